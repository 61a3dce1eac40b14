/* SPDX-License-Identifier: ISC */
/*
 * httpd_request.c - what of a request matters
 *
 * http_parser does the parsing, RFC 9112; its callbacks keep the target and a
 * few fields.  A value may come in several pieces.  Limits are ours: what is
 * longer than them is answered with 414 or 431.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "httpd.h"

static const char *const field_names[FIELD_N] = {
	[FIELD_OTHER] = "",
	[FIELD_HOST] = "Host",
	[FIELD_RANGE] = "Range",
	[FIELD_IF_RANGE] = "If-Range",
	[FIELD_IF_NONE_MATCH] = "If-None-Match",
	[FIELD_IF_MODIFIED_SINCE] = "If-Modified-Since",
};

/* Appends to a string that is NULL at first. */
static bool append(char **text, size_t old, const char *at, size_t len,
		   size_t limit)
{
	char *p;

	if (old + len >= limit)
		return false;
	p = realloc(*text, old + len + 1);
	if (!p)
		return false;
	memcpy(p + old, at, len);
	p[old + len] = '\0';
	*text = p;
	return true;
}

static int refuse(struct request *r, enum http_status status)
{
	r->refused = status;
	r->keep_alive = false;
	return -1;
}

static int on_url(http_parser *p, const char *at, size_t len)
{
	struct request *r = p->data;

	if (!append(&r->target, r->target_len, at, len, REQUEST_TARGET))
		return refuse(r, HTTP_STATUS_URI_TOO_LONG);
	r->target_len += len;
	return 0;
}

/* The first piece of a name ends the value before it. */
static int on_header_field(http_parser *p, const char *at, size_t len)
{
	struct request *r = p->data;

	if (r->field != FIELD_N) {
		r->field = FIELD_N;
		r->name_len = 0;
	}
	if (r->name_len + len >= sizeof(r->name))
		len = sizeof(r->name) - 1 - r->name_len; /* not one of ours */
	memcpy(r->name + r->name_len, at, len);
	r->name_len += len;
	r->name[r->name_len] = '\0';
	return 0;
}

static enum request_field find_field(const char *name)
{
	unsigned int i;

	for (i = FIELD_OTHER + 1; i < FIELD_N; i++)
		if (!strcasecmp(name, field_names[i]))
			return (enum request_field)i;
	return FIELD_OTHER;
}

static int on_header_value(http_parser *p, const char *at, size_t len)
{
	struct request *r = p->data;
	char **value;

	if (r->field == FIELD_N) { /* the first piece */
		r->field = find_field(r->name);
		r->n_hosts += r->field == FIELD_HOST;
	}
	if (r->field == FIELD_OTHER)
		return 0;
	value = &r->value[r->field];
	if (!append(value, *value ? strlen(*value) : 0, at, len, REQUEST_FIELD))
		return refuse(r, HTTP_STATUS_REQUEST_HEADER_FIELDS_TOO_LARGE);
	return 0;
}

/* RFC 9112 3.2: exactly one Host field, in HTTP/1.1. */
static int on_headers_complete(http_parser *p)
{
	struct request *r = p->data;

	r->keep_alive = http_should_keep_alive(p);
	if (r->n_hosts > 1 ||
	    (r->n_hosts == 0 && p->http_major == 1 && p->http_minor >= 1))
		return refuse(r, HTTP_STATUS_BAD_REQUEST);
	if (p->http_major != 1)
		return refuse(r, HTTP_STATUS_HTTP_VERSION_NOT_SUPPORTED);
	/* Not after its body, which may be long. */
	if (p->method != HTTP_GET && p->method != HTTP_HEAD)
		return refuse(r, HTTP_STATUS_METHOD_NOT_ALLOWED);
	/* An offer to speak another protocol is declined by not taking it. */
	p->upgrade = 0;
	return 0;
}

static int on_message_complete(http_parser *p)
{
	struct request *r = p->data;

	r->complete = true;
	http_parser_pause(p, 1);
	return 0;
}

void request_init(struct request *r)
{
	memset(r, 0, sizeof(*r));
	http_parser_init(&r->parser, HTTP_REQUEST);
	r->parser.data = r;
	r->field = FIELD_OTHER;
}

void request_release(struct request *r)
{
	unsigned int i;

	free(r->target);
	r->target = NULL;
	for (i = 0; i < FIELD_N; i++) {
		free(r->value[i]);
		r->value[i] = NULL;
	}
}

static enum http_status explain(enum http_errno error)
{
	if (error == HPE_HEADER_OVERFLOW)
		return HTTP_STATUS_REQUEST_HEADER_FIELDS_TOO_LARGE;
	if (error == HPE_INVALID_METHOD)
		return HTTP_STATUS_NOT_IMPLEMENTED;
	if (error == HPE_INVALID_VERSION)
		return HTTP_STATUS_HTTP_VERSION_NOT_SUPPORTED;
	return HTTP_STATUS_BAD_REQUEST;
}

size_t request_parse(struct request *r, const char *bytes, size_t len)
{
	static const http_parser_settings settings = {
		.on_url = on_url,
		.on_header_field = on_header_field,
		.on_header_value = on_header_value,
		.on_headers_complete = on_headers_complete,
		.on_message_complete = on_message_complete,
	};
	size_t used = http_parser_execute(&r->parser, &settings, bytes, len);
	enum http_errno error = HTTP_PARSER_ERRNO(&r->parser);

	if (error == HPE_OK || error == HPE_PAUSED)
		return used;
	if (!r->refused)
		refuse(r, explain(error));
	return len;
}

void request_print(const struct request *r, FILE *f)
{
	const char *p;

	if (!r->target) {
		fputs("\"-\"", f);
		return;
	}
	fprintf(f, "\"%s ",
		http_method_str((enum http_method)r->parser.method));
	for (p = r->target; *p; p++)
		fputc(isprint((unsigned char)*p) && *p != '"' ? *p : '?', f);
	fprintf(f, " HTTP/%d.%d\"", r->parser.http_major, r->parser.http_minor);
}
