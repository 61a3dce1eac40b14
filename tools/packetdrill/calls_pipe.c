/* SPDX-License-Identifier: ISC */
/*
 * calls_pipe.c - pipe and splice
 *
 * splice() between the end of a pipe and a socket is a read or a write; the
 * pipe's side of it never waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <tern/socket.h>

#include "calls.h"
#include "clock.h"

struct splicing {
	struct pd_call call;
	int end; /* of the pipe: it may be closed while the call waits */
	size_t len;
	unsigned int flags;
};

static struct drill_pipe *pipe_of(struct pd *p, struct splicing *a)
{
	const struct pd_fd *f = pd_fd_find(p, a->end);

	a->call.result = -EBADF;
	return f ? f->pipe : NULL;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* From the socket into the pipe. */
static bool try_fill(struct pd *p, struct pd_call *c, bool last)
{
	struct splicing *a = (struct splicing *)c;
	struct drill_pipe *q = pipe_of(p, a);
	size_t len;

	if (!q)
		return true;
	memmove(q->bytes, q->bytes + q->begin, q->len);
	q->begin = 0;
	len = least(a->len, DRILL_PIPE_SIZE - q->len);
	c->result = -EAGAIN;
	if (len == 0)
		return true;
	c->result = tern_recv(p->stage.stack, c->fd, q->bytes + q->len, len, 0);
	if (c->result > 0)
		q->len += (size_t)c->result;
	return c->result != -EAGAIN || last;
}

/* From the pipe into the socket. */
static bool try_drain(struct pd *p, struct pd_call *c, bool last)
{
	struct splicing *a = (struct splicing *)c;
	struct drill_pipe *q = pipe_of(p, a);
	size_t len;

	if (!q)
		return true;
	len = least(a->len, q->len);
	c->result = q->n_ends == 2 ? -EAGAIN : 0;
	if (len == 0)
		return true;
	c->result = tern_send(p->stage.stack, c->fd, q->bytes + q->begin, len,
			      a->flags & SPLICE_F_MORE ? MSG_MORE : 0);
	if (c->result > 0) {
		q->begin += (size_t)c->result;
		q->len -= (size_t)c->result;
	}
	return c->result != -EAGAIN || last;
}

static bool is_blocking(const struct pd *p, int tern, unsigned int flags)
{
	const int mode = tern_fcntl(p->stage.stack, tern, F_GETFL, 0);

	return mode >= 0 && !(mode & O_NONBLOCK) &&
	       !(flags & SPLICE_F_NONBLOCK);
}

/* Finds out which way it goes.  Returns 0 or a negative errno. */
static int prepare(struct pd *p, int in, int out, struct splicing *a)
{
	const struct pd_fd *from = pd_fd_find(p, in), *to;
	const struct pd_fd source = from ? *from : (struct pd_fd){.tern = -1};

	/* Looking for the one may have moved the other. */
	to = pd_fd_find(p, out);
	if (!from || !to)
		return -EBADF;
	if (to->kind == DRILL_FD_PIPE_WRITE && source.kind == DRILL_FD_SOCKET) {
		a->call.attempt = try_fill;
		a->call.fd = source.tern;
		a->end = out;
		return to->pipe->n_ends < 2 ? -EPIPE : 0;
	}
	if (source.kind == DRILL_FD_PIPE_READ && to->kind == DRILL_FD_SOCKET) {
		a->call.attempt = try_drain;
		a->call.fd = to->tern;
		a->end = in;
		return 0;
	}
	return -EINVAL;
}

int pd_pipe(void *ud, int fds[2])
{
	struct pd *p = pd_enter(ud);
	int r;

	if (!p)
		return -1;
	r = fds ? pd_fd_add_pipe(p, fds) : -EFAULT;
	return (int)pd_leave(p, r);
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are Linux's. */
int pd_splice(void *ud, int in, loff_t *in_off, int out, loff_t *out_off,
	      size_t len, unsigned int flags)
{
	struct splicing a = {.len = len, .flags = flags};
	struct pd *p = pd_enter(ud);
	int r;

	if (!p)
		return -1;
	if (in_off || out_off)
		return (int)pd_leave(p, -ESPIPE);
	r = prepare(p, in, out, &a);
	if (r)
		return (int)pd_leave(p, r);
	a.call.wait = is_blocking(p, a.call.fd, flags);
	a.call.until = pd_clock_timeout(
		p, a.call.fd,
		a.call.attempt == try_fill ? SO_RCVTIMEO : SO_SNDTIMEO);
	return (int)pd_leave(p, pd_call_make(p, &a.call));
}
