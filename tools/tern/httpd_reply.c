/* SPDX-License-Identifier: ISC */
/*
 * httpd_reply.c - which response a request gets, RFC 9110
 *
 * GET and HEAD of files and directories; conditional requests; one range.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "httpd.h"

#define DATE_TEXT 32
#define DATE_FORM "%a, %d %b %Y %H:%M:%S GMT"

/* What is known while a response is being made. */
struct making {
	struct response *out;
	const struct request *request;
	int root;
	bool head;  /* the request is HEAD: a head and no body */
	FILE *file; /* writes out->head */
};

static void put_date(FILE *f, const char *field, time_t t)
{
	char text[DATE_TEXT];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), DATE_FORM, &tm);
	fprintf(f, "%s: %s\r\n", field, text);
}

/* Everything up to the fields of the particular response. */
static void begin(struct making *m, enum http_status status)
{
	m->out->status = status;
	fprintf(m->file, "HTTP/1.1 %d %s\r\nServer: tern\r\n", (int)status,
		http_status_str(status));
	put_date(m->file, "Date", time(NULL));
	fprintf(m->file, "Connection: %s\r\n",
		m->out->keep_alive ? "keep-alive" : "close");
}

/* A short text as body, after fields that are put between. */
static void end_with_text(struct making *m, const char *type, const char *body,
			  size_t len)
{
	fprintf(m->file, "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
		type, len);
	if (m->head)
		return;
	fwrite(body, 1, len, m->file);
	m->out->text_len = len;
}

static void explain(struct making *m, enum http_status status)
{
	char body[64];
	int len = snprintf(body, sizeof(body), "%d %s\n", (int)status,
			   http_status_str(status));

	end_with_text(m, "text/plain; charset=utf-8", body, (size_t)len);
}

static void make_error(struct making *m, enum http_status status)
{
	begin(m, status);
	if (status == HTTP_STATUS_METHOD_NOT_ALLOWED)
		fputs("Allow: GET, HEAD\r\n", m->file);
	explain(m, status);
}

/* A directory without its slash: links in its listing would go astray. */
static void make_redirect(struct making *m)
{
	const char *target = m->request->target;
	size_t len = strcspn(target, "?#");

	begin(m, HTTP_STATUS_MOVED_PERMANENTLY);
	/* "//host" would name another host. */
	while (target[0] == '/' && target[1] == '/') {
		target++;
		len--;
	}
	fprintf(m->file, "Location: %.*s/%s\r\n", (int)len, target,
		target + len);
	explain(m, HTTP_STATUS_MOVED_PERMANENTLY);
}

static void make_index(struct making *m, int fd, const char *path)
{
	char *body = NULL, *title = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&body, &len);
	int r = -1;

	if (f && asprintf(&title, "/%s", strcmp(path, ".") ? path : "") >= 0)
		r = index_write(f, fd, title);
	else
		close(fd);
	if (f && fclose(f) != 0)
		r = -1;
	if (r < 0) {
		make_error(m, HTTP_STATUS_INTERNAL_SERVER_ERROR);
	} else {
		begin(m, HTTP_STATUS_OK);
		end_with_text(m, "text/html; charset=utf-8", body, len);
	}
	free(title);
	free(body);
}

static void make_etag(const struct stat *st, char out[64])
{
	snprintf(out, 64, "\"%llx-%llx-%llx\"", (long long)st->st_mtim.tv_sec,
		 (long long)st->st_mtim.tv_nsec, (long long)st->st_size);
}

static bool parse_date(const char *text, time_t *out)
{
	struct tm tm;
	const char *end;

	memset(&tm, 0, sizeof(tm));
	end = strptime(text, DATE_FORM, &tm);
	if (!end || *end)
		return false;
	*out = timegm(&tm);
	return true;
}

/* RFC 9110 13.2.2: If-None-Match rules, if it is there. */
static bool is_unmodified(const struct request *r, const struct stat *st)
{
	const char *match = r->value[FIELD_IF_NONE_MATCH];
	const char *since = r->value[FIELD_IF_MODIFIED_SINCE];
	char etag[64];
	time_t date;

	if (match) {
		make_etag(st, etag);
		return !strcmp(match, "*") || strstr(match, etag);
	}
	return since && parse_date(since, &date) && st->st_mtime <= date;
}

/* RFC 9110 13.1.5: the range counts only for the file that it was made for. */
static bool range_applies(const struct request *r, const struct stat *st)
{
	const char *if_range = r->value[FIELD_IF_RANGE];
	char etag[64];
	time_t date;

	if (!r->value[FIELD_RANGE] || r->parser.method != HTTP_GET)
		return false;
	if (!if_range)
		return true;
	make_etag(st, etag);
	return !strcmp(if_range, etag) ||
	       (parse_date(if_range, &date) && st->st_mtime == date);
}

static void put_file_fields(struct making *m, const struct stat *st)
{
	char etag[64];

	make_etag(st, etag);
	put_date(m->file, "Last-Modified", st->st_mtime);
	fprintf(m->file, "ETag: %s\r\nAccept-Ranges: bytes\r\n", etag);
}

/* Returns false if the response needs no file. */
static bool make_file(struct making *m, const struct stat *st, const char *path)
{
	struct response *out = m->out;
	enum range_kind kind = RANGE_NONE;

	if (is_unmodified(m->request, st)) {
		begin(m, HTTP_STATUS_NOT_MODIFIED);
		put_file_fields(m, st);
		fputs("\r\n", m->file);
		return false;
	}
	out->end = st->st_size;
	if (range_applies(m->request, st))
		kind = range_parse(m->request->value[FIELD_RANGE], st->st_size,
				   &out->offset, &out->end);
	if (kind == RANGE_UNSATISFIABLE) {
		begin(m, HTTP_STATUS_RANGE_NOT_SATISFIABLE);
		fprintf(m->file, "Content-Range: bytes */%lld\r\n",
			(long long)st->st_size);
		explain(m, HTTP_STATUS_RANGE_NOT_SATISFIABLE);
		return false;
	}
	if (kind == RANGE_NONE) {
		out->offset = 0;
		out->end = st->st_size;
	}
	begin(m, kind == RANGE_PART ? HTTP_STATUS_PARTIAL_CONTENT
				    : HTTP_STATUS_OK);
	put_file_fields(m, st);
	if (kind == RANGE_PART)
		fprintf(m->file, "Content-Range: bytes %lld-%lld/%lld\r\n",
			(long long)out->offset, (long long)out->end - 1,
			(long long)st->st_size);
	fprintf(m->file, "Content-Type: %s\r\nContent-Length: %lld\r\n\r\n",
		media_type(path), (long long)(out->end - out->offset));
	return !m->head;
}

static void make_from_file(struct making *m, int fd, const struct stat *st,
			   const char *path)
{
	if (make_file(m, st, path))
		m->out->fd = fd;
	else
		close(fd);
}

/* index.html if there is one, the listing if not. */
static void make_directory(struct making *m, int fd, const char *path)
{
	const char *target = m->request->target;
	size_t len = strcspn(target, "?#");
	struct stat st;
	int index;

	if (len && target[len - 1] != '/' && strcmp(path, ".") != 0) {
		close(fd);
		make_redirect(m);
		return;
	}
	index = path_open(fd, "index.html");
	if (index >= 0 && fstat(index, &st) == 0 && S_ISREG(st.st_mode)) {
		close(fd);
		make_from_file(m, index, &st, "index.html");
		return;
	}
	if (index >= 0)
		close(index);
	make_index(m, fd, path);
}

static void make_found(struct making *m, int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		close(fd);
		make_error(m, HTTP_STATUS_INTERNAL_SERVER_ERROR);
	} else if (S_ISDIR(st.st_mode)) {
		make_directory(m, fd, path);
	} else if (S_ISREG(st.st_mode)) {
		make_from_file(m, fd, &st, path);
	} else {
		close(fd);
		make_error(m, HTTP_STATUS_FORBIDDEN);
	}
}

static void make(struct making *m)
{
	const struct request *r = m->request;
	char path[REQUEST_TARGET];
	int status, fd;

	if (r->refused) {
		make_error(m, r->refused);
		return;
	}
	status = path_decode(r->target, path, sizeof(path));
	if (status) {
		make_error(m, (enum http_status)status);
		return;
	}
	fd = path_open(m->root, path);
	if (fd < 0)
		make_error(m, (enum http_status) - fd);
	else
		make_found(m, fd, path);
}

int reply_make(struct response *out, int root, const struct request *r)
{
	struct making m = {.out = out, .request = r, .root = root};

	memset(out, 0, sizeof(*out));
	out->fd = -1;
	out->keep_alive = r->keep_alive && !r->refused;
	m.head = !r->refused && r->parser.method == HTTP_HEAD;
	m.file = open_memstream(&out->head, &out->head_len);
	if (!m.file)
		return -ENOMEM;
	make(&m);
	if (fclose(m.file) != 0) {
		response_release(out);
		return -ENOMEM;
	}
	return 0;
}

void response_release(struct response *r)
{
	free(r->head);
	r->head = NULL;
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}
