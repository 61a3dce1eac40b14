/* SPDX-License-Identifier: ISC */
/*
 * value.c - arguments of system calls: numbers, descriptors, text
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/time.h>

#include <tern/socket.h>

#include "run.h"

/* The longest buffer of one call. */
#define BYTES_MAX ((size_t)64 << 20)

bool drill_value_number(struct drill_run *r, const struct drill_expr *e,
			int64_t *v)
{
	if (e && e->kind == DRILL_EXPR_NUMBER) {
		*v = e->number;
		return true;
	}
	return drill_run_wrong(r, e ? e->place : r->event->place,
			       "expected a number");
}

bool drill_arg_number(struct drill_run *r, const struct drill_call *c, int i,
		      int64_t *v)
{
	return drill_value_number(r, drill_call_arg(c, i), v);
}

bool drill_arg_size(struct drill_run *r, const struct drill_call *c, int i,
		    size_t *v)
{
	const size_t max =
		r->config->max_bytes ? r->config->max_bytes : BYTES_MAX;
	int64_t n = 0;

	if (!drill_arg_number(r, c, i, &n))
		return false;
	if (n < 0 || (uint64_t)n > max)
		return drill_run_wrong(r, drill_call_arg(c, i)->place,
				       "expected a length of at most %zu "
				       "bytes",
				       max);
	*v = (size_t)n;
	return true;
}

bool drill_arg_fd(struct drill_run *r, const struct drill_call *c, int i,
		  struct drill_fd **fd, struct drill_fd *unknown)
{
	int64_t n = 0;

	if (!drill_arg_number(r, c, i, &n))
		return false;
	*fd = n >= 0 && n <= INT32_MAX ? drill_fd_find(&r->fds, (int)n) : NULL;
	if (!*fd) {
		*unknown = (struct drill_fd){.script = (int)n, .tern = -1};
		*fd = unknown;
	}
	return true;
}

bool drill_value_field(struct drill_run *r, const struct drill_expr *e,
		       const char *name, int64_t otherwise, int64_t *v)
{
	const struct drill_expr *f = drill_expr_field(e, name);

	*v = otherwise;
	if (!f || f->kind == DRILL_EXPR_ELLIPSIS)
		return true;
	return drill_value_number(r, f, v);
}

static bool is_one_of(const char *name, const char *known)
{
	const size_t len = strlen(name);
	const char *p;

	for (p = known; p; p = strchr(p, '|'), p = p ? p + 1 : NULL)
		if (strncmp(p, name, len) == 0 && (!p[len] || p[len] == '|'))
			return true;
	return false;
}

bool drill_value_fields(struct drill_run *r, const struct drill_expr *e,
			const char *known)
{
	const struct drill_expr *f;

	for (f = e->first; f; f = f->next)
		if (f->field && !is_one_of(f->field, known))
			return drill_run_wrong(r, f->place,
					       "there is no field %s here, "
					       "expected one of %s",
					       f->field, known);
	return true;
}

bool drill_value_check(struct drill_run *r, const struct drill_call *c,
		       const struct drill_expr *e, const char *what,
		       int64_t actual)
{
	int64_t expected = 0;

	if (!e || e->kind == DRILL_EXPR_ELLIPSIS)
		return true;
	if (!drill_value_number(r, e, &expected))
		return false;
	if (expected == actual)
		return true;
	return drill_run_fail(r, c->event,
			      "%s(): %s is %lld (0x%llx), expected %lld "
			      "(0x%llx)",
			      c->s->name, what, (long long)actual,
			      (unsigned long long)actual, (long long)expected,
			      (unsigned long long)expected);
}

static int64_t socket_timeout(struct drill_run *r, const struct drill_fd *fd,
			      int option)
{
	struct timeval tv = {0, 0};
	socklen_t len = sizeof(tv);

	if (!option ||
	    r->stage.target->getsockopt(&r->stage, fd->tern, SOL_SOCKET, option,
					&tv, &len) ||
	    (tv.tv_sec == 0 && tv.tv_usec == 0) || tv.tv_sec > 1000000000)
		return INT64_MAX;
	return drill_stage_time(&r->stage) + (int64_t)tv.tv_sec * 1000000000 +
	       (int64_t)tv.tv_usec * 1000;
}

enum drill_progress drill_call_wait(struct drill_run *r, struct drill_call *c,
				    const struct drill_fd *fd, int timeout,
				    int flags)
{
	int mode;

	if (r->stage.target->blocks)
		return r->stage.target->waiting(&r->stage)
			       ? DRILL_CALL_BLOCKS
			       : drill_call_answer(c, -EAGAIN);
	mode = r->stage.target->fcntl(&r->stage, fd->tern, F_GETFL, 0);

	if (mode < 0 || mode & O_NONBLOCK || flags & MSG_DONTWAIT)
		return drill_call_answer(c, -EAGAIN);
	if (!c->begun)
		c->until_ns = socket_timeout(r, fd, timeout);
	if (c->until_ns <= drill_stage_time(&r->stage))
		return drill_call_answer(c, -EAGAIN);
	return DRILL_CALL_BLOCKS;
}

enum drill_progress drill_call_wait_ms(struct drill_run *r,
				       struct drill_call *c, int64_t ms)
{
	const int64_t now = drill_stage_time(&r->stage);

	if (r->stage.target->blocks)
		return r->stage.target->waiting(&r->stage)
			       ? DRILL_CALL_BLOCKS
			       : drill_call_answer(c, 0);
	if (!c->begun && ms >= 0 && ms < INT32_MAX)
		c->until_ns = now + ms * 1000000;
	if (c->until_ns <= now)
		return drill_call_answer(c, 0);
	return DRILL_CALL_BLOCKS;
}

struct drill_flow *drill_fd_flow(struct drill_run *r, const struct drill_fd *fd)
{
	struct sockaddr_in local, remote;
	socklen_t len = sizeof(local), rlen = sizeof(remote);

	memset(&local, 0, sizeof(local));
	memset(&remote, 0, sizeof(remote));
	if (r->stage.target->getsockname(&r->stage, fd->tern,
					 (struct sockaddr *)&local, &len) ||
	    r->stage.target->getpeername(&r->stage, fd->tern,
					 (struct sockaddr *)&remote, &rlen))
		return NULL;
	return drill_flow_find(&r->flows, ntohs(local.sin_port),
			       ntohs(remote.sin_port));
}

bool drill_text_fill(struct drill_run *r, struct drill_fd *fd,
		     const struct drill_expr *e, uint8_t *buf, size_t len)
{
	struct drill_flow *flow;
	size_t i;

	if (!e || e->kind != DRILL_EXPR_STRING) {
		for (i = 0; i < len; i++)
			buf[i] = drill_pattern(false,
					       fd->write_pos + (uint32_t)i);
		return true;
	}
	if (len > e->len)
		return drill_run_wrong(r, e->place,
				       "this string has %zu bytes, fewer than "
				       "the %zu to be sent",
				       e->len, len);
	memcpy(buf, e->text, len);
	flow = drill_fd_flow(r, fd);
	if (flow)
		flow->text_out_known = false;
	return true;
}

static bool check_string(struct drill_run *r, const struct drill_call *c,
			 const struct drill_expr *e, const uint8_t *buf,
			 size_t len)
{
	if (len == e->len && memcmp(buf, e->text, len) == 0)
		return true;
	return drill_run_fail(r, c->event,
			      "%s(): the %zu bytes differ from the string",
			      c->s->name, len);
}

bool drill_text_check(struct drill_run *r, const struct drill_call *c,
		      struct drill_fd *fd, const struct drill_expr *e,
		      const uint8_t *buf, size_t len)
{
	const struct drill_flow *flow;
	size_t i;

	if (e && e->kind == DRILL_EXPR_STRING)
		return check_string(r, c, e, buf, len);
	flow = drill_fd_flow(r, fd);
	if (!flow || !flow->text_in_known)
		return true;
	for (i = 0; i < len; i++)
		if (buf[i] != drill_pattern(true, fd->read_pos + (uint32_t)i))
			return drill_run_fail(
				r, c->event,
				"%s(): byte %zu of the stream is not what the "
				"peer has sent",
				c->s->name, fd->read_pos + i + 1);
	return true;
}
