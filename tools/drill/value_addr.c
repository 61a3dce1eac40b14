/* SPDX-License-Identifier: ISC */
/*
 * value_addr.c - addresses of sockets in arguments
 *
 *	{sa_family = AF_INET, sin_port = htons(8080),
 *	 sin_addr = inet_addr("192.168.0.1")}
 *
 * The length that stands beside an address is that of the structure; a script
 * that wants another says it there.
 */
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "run.h"

#define ADDR_FIELDS                                                     \
	"sa_family|sin_family|sin_port|sin_addr|sin6_family|sin6_port|" \
	"sin6_flowinfo|sin6_addr|sin6_scope_id|sun_family|sun_path"

void drill_addr_make(struct sockaddr_storage *out, uint32_t addr, uint16_t port)
{
	struct sockaddr_in in = {.sin_family = AF_INET};

	in.sin_port = htons(port);
	in.sin_addr.s_addr = htonl(addr);
	memset(out, 0, sizeof(*out));
	memcpy(out, &in, sizeof(in));
}

/* htons(8080), or a number as it is in memory. */
static bool value_port(struct drill_run *r, const struct drill_expr *e,
		       uint16_t *port)
{
	int64_t v = 0;
	const bool call = e->kind == DRILL_EXPR_CALL;

	if (call && strcmp(e->text, "htons") != 0)
		return drill_run_wrong(r, e->place, "expected htons()");
	if (!drill_value_number(r, call ? e->first : e, &v))
		return false;
	*port = call ? htons((uint16_t)v) : (uint16_t)v;
	return true;
}

/* inet_addr("1.2.3.4"), htonl(INADDR_ANY), or a number as it is in memory. */
static bool value_host(struct drill_run *r, const struct drill_expr *e,
		       struct in_addr *addr)
{
	int64_t v = 0;

	if (e->kind == DRILL_EXPR_CALL && strcmp(e->text, "inet_addr") == 0) {
		if (e->first && e->first->kind == DRILL_EXPR_STRING &&
		    inet_pton(AF_INET, e->first->text, addr) == 1)
			return true;
		return drill_run_wrong(r, e->place,
				       "expected inet_addr(\"a.b.c.d\")");
	}
	if (e->kind == DRILL_EXPR_CALL && strcmp(e->text, "htonl") == 0) {
		if (!drill_value_number(r, e->first, &v))
			return false;
		addr->s_addr = htonl((uint32_t)v);
		return true;
	}
	if (!drill_value_number(r, e, &v))
		return false;
	addr->s_addr = (uint32_t)v;
	return true;
}

static bool value_inet(struct drill_run *r, const struct drill_expr *e,
		       struct sockaddr_in *in)
{
	const struct drill_expr *port = drill_expr_field(e, "sin_port");
	const struct drill_expr *addr = drill_expr_field(e, "sin_addr");

	if (port && port->kind != DRILL_EXPR_ELLIPSIS &&
	    !value_port(r, port, &in->sin_port))
		return false;
	return !addr || addr->kind == DRILL_EXPR_ELLIPSIS ||
	       value_host(r, addr, &in->sin_addr);
}

static bool value_unix(struct drill_run *r, const struct drill_expr *e,
		       struct sockaddr_un *un, socklen_t *len)
{
	const struct drill_expr *path = drill_expr_field(e, "sun_path");

	*len = sizeof(un->sun_family);
	if (!path)
		return true;
	if (path->kind != DRILL_EXPR_STRING ||
	    path->len >= sizeof(un->sun_path))
		return drill_run_wrong(r, path->place, "expected a path");
	memcpy(un->sun_path, path->text, path->len);
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path->len +
			   1);
	return true;
}

/* The family stands in `sa_family`, or under the name of its own structure. */
static bool value_family(struct drill_run *r, const struct drill_expr *e,
			 int64_t *family)
{
	static const char *const names[] = {"sa_family", "sin_family",
					    "sin6_family", "sun_family"};
	size_t i;

	*family = AF_INET;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (drill_expr_field(e, names[i]))
			return drill_value_field(r, e, names[i], AF_INET,
						 family);
	return true;
}

bool drill_value_addr(struct drill_run *r, const struct drill_expr *e,
		      const struct sockaddr_storage *usual,
		      struct sockaddr_storage *out, socklen_t *len)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct sockaddr_in in;
	int64_t family;

	*out = *usual;
	*len = sizeof(in);
	if (e->kind == DRILL_EXPR_ELLIPSIS)
		return true;
	if (e->kind != DRILL_EXPR_STRUCT)
		return drill_run_wrong(r, e->place,
				       "expected an address or '...'");
	if (!drill_value_fields(r, e, ADDR_FIELDS) ||
	    !value_family(r, e, &family))
		return false;
	if (family == AF_INET6)
		return drill_run_wrong(r, e->place, "the stack has no IPv6");
	if (family == AF_UNIX) {
		if (!value_unix(r, e, &un, len))
			return false;
		memset(out, 0, sizeof(*out));
		memcpy(out, &un, sizeof(un));
		return true;
	}
	memcpy(&in, usual, sizeof(in));
	in.sin_family = (sa_family_t)family;
	if (!value_inet(r, e, &in))
		return false;
	memcpy(out, &in, sizeof(in));
	return true;
}

static void print(char *out, size_t size, const struct sockaddr_in *in)
{
	char addr[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &in->sin_addr, addr, sizeof(addr));
	snprintf(out, size, "%s port %u", addr, ntohs(in->sin_port));
}

bool drill_value_check_addr(struct drill_run *r, const struct drill_call *c,
			    const struct drill_expr *e,
			    const struct sockaddr_storage *actual)
{
	struct sockaddr_storage expected;
	struct sockaddr_in a, x;
	char at[64], xt[64];
	socklen_t len;

	if (!e || e->kind == DRILL_EXPR_ELLIPSIS)
		return true;
	/* What is not said is as it is. */
	if (!drill_value_addr(r, e, actual, &expected, &len))
		return false;
	memcpy(&a, actual, sizeof(a));
	memcpy(&x, &expected, sizeof(x));
	if (x.sin_family != AF_INET || a.sin_family != AF_INET)
		return drill_value_check(r, c, NULL, "", 0);
	if (a.sin_port == x.sin_port && a.sin_addr.s_addr == x.sin_addr.s_addr)
		return true;
	print(at, sizeof(at), &a);
	print(xt, sizeof(xt), &x);
	return drill_run_fail(r, c->event,
			      "%s(): the address is %s, expected "
			      "%s",
			      c->s->name, at, xt);
}
