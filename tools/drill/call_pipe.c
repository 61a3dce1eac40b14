/* SPDX-License-Identifier: ISC */
/*
 * call_pipe.c - pipe and splice
 *
 * The stack has no pipes; they live in the runner, and splice() between one
 * and a socket is a read or a write.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <tern/socket.h>

#include "call_table.h"

static void add_end(struct drill_run *r, struct drill_pipe *p, int64_t number,
		    enum drill_fd_kind kind)
{
	struct drill_fd *fd;

	if (number < 0)
		number = drill_fd_unused(&r->fds);
	fd = drill_fd_add(&r->fds, (int)number, -1);
	fd->kind = kind;
	fd->pipe = p;
	p->n_ends++;
}

/* Both ends, under the numbers that the script expects. */
static enum drill_progress pipe_of_target(struct drill_run *r,
					  struct drill_call *c)
{
	const struct drill_expr *e = drill_call_arg(c, 0);
	int64_t number[2] = {-1, -1};
	int fds[2], i, err;

	for (i = 0; i < 2 && e->kind == DRILL_EXPR_LIST; i++)
		if (!drill_value_number(r, drill_expr_at(e, i), &number[i]))
			return DRILL_CALL_WRONG;
	err = r->stage.target->pipe(&r->stage, fds);
	for (i = 0; i < 2 && !err; i++) {
		if (number[i] < 0)
			number[i] = drill_fd_unused(&r->fds);
		drill_fd_add(&r->fds, (int)number[i], fds[i]);
	}
	return drill_call_answer(c, err);
}

enum drill_progress drill_call_pipe(struct drill_run *r, struct drill_call *c)
{
	const struct drill_expr *e = drill_call_arg(c, 0);
	int64_t number[2] = {-1, -1};
	struct drill_pipe *p;
	int i;

	if (r->stage.target->pipe)
		return pipe_of_target(r, c);
	for (i = 0; i < 2 && e->kind == DRILL_EXPR_LIST; i++) {
		if (!drill_value_number(r, drill_expr_at(e, i), &number[i]))
			return DRILL_CALL_WRONG;
		if (number[i] < 0 || number[i] > INT32_MAX ||
		    drill_fd_find(&r->fds, (int)number[i])) {
			drill_run_wrong(r, e->place,
					"expected two new descriptors");
			return DRILL_CALL_WRONG;
		}
	}
	p = drill_grow(NULL, 1, sizeof(*p));
	memset(p, 0, sizeof(*p));
	add_end(r, p, number[0], DRILL_FD_PIPE_READ);
	add_end(r, p, number[1], DRILL_FD_PIPE_WRITE);
	return drill_call_answer(c, 0);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* From the socket into the pipe. */
static enum drill_progress fill(struct drill_run *r, struct drill_call *c,
				struct drill_fd *from, struct drill_pipe *p,
				size_t len)
{
	static const struct drill_expr any = {.kind = DRILL_EXPR_ELLIPSIS};
	uint8_t *at;
	ssize_t n;

	memmove(p->bytes, p->bytes + p->begin, p->len);
	p->begin = 0;
	at = p->bytes + p->len;
	len = least(len, DRILL_PIPE_SIZE - p->len);
	if (len == 0)
		return drill_call_answer(c, -EAGAIN);
	n = r->stage.target->read(&r->stage, from->tern, at, len);
	if (n == -EAGAIN)
		return drill_call_wait(r, c, from, SO_RCVTIMEO, 0);
	if (n <= 0)
		return drill_call_answer(c, n);
	if (!drill_text_check(r, c, from, &any, at, (size_t)n))
		return DRILL_CALL_WRONG;
	from->read_pos += (uint32_t)n;
	p->len += (size_t)n;
	return drill_call_answer(c, n);
}

/* From the pipe into the socket. */
static enum drill_progress drain(struct drill_run *r, struct drill_call *c,
				 struct drill_fd *to, struct drill_pipe *p,
				 size_t len, int flags)
{
	struct drill_flow *flow = drill_fd_flow(r, to);
	ssize_t n;

	len = least(len, p->len);
	if (len == 0)
		return drill_call_answer(c, p->n_ends == 2 ? -EAGAIN : 0);
	n = r->stage.target->send(
		&r->stage, to->tern,
		&(struct drill_send){.buf = p->bytes + p->begin,
				     .len = len,
				     .flags = flags & SPLICE_F_MORE ? MSG_MORE
								    : 0});
	if (n == -EAGAIN)
		return drill_call_wait(r, c, to, SO_SNDTIMEO, 0);
	if (n <= 0)
		return drill_call_answer(c, n);
	if (flow) /* it is what the peer had sent, not the pattern */
		flow->text_out_known = false;
	to->write_pos += (uint32_t)n;
	p->begin += (size_t)n;
	p->len -= (size_t)n;
	return drill_call_answer(c, n);
}

/* What has gone through is not seen, and is no pattern any more. */
static enum drill_progress splice_of_target(struct drill_run *r,
					    struct drill_call *c,
					    struct drill_fd *in,
					    struct drill_fd *out, size_t len,
					    unsigned int flags)
{
	const ssize_t n = r->stage.target->splice(&r->stage, in->tern,
						  out->tern, len, flags);
	struct drill_flow *flow = drill_fd_flow(r, out);

	if (n > 0) {
		in->read_pos += (uint32_t)n;
		out->write_pos += (uint32_t)n;
		if (flow)
			flow->text_out_known = false;
	}
	return drill_call_answer(c, n);
}

enum drill_progress drill_call_splice(struct drill_run *r, struct drill_call *c)
{
	struct drill_fd *in, *out, no_in, no_out;
	int64_t flags;
	size_t len;

	if (!drill_arg_fd(r, c, 0, &in, &no_in) ||
	    !drill_arg_fd(r, c, 2, &out, &no_out) ||
	    !drill_arg_size(r, c, 4, &len) ||
	    !drill_arg_number(r, c, 5, &flags))
		return DRILL_CALL_WRONG;
	if (r->stage.target->splice)
		return splice_of_target(r, c, in, out, len, (unsigned)flags);
	if (out->kind == DRILL_FD_PIPE_WRITE && in->kind == DRILL_FD_SOCKET)
		return fill(r, c, in, out->pipe, len);
	if (in->kind == DRILL_FD_PIPE_READ && out->kind == DRILL_FD_SOCKET)
		return drain(r, c, out, in->pipe, len, (int)flags);
	return drill_call_answer(c, -EINVAL);
}
