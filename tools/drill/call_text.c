/* SPDX-License-Identifier: ISC */
/*
 * call_text.c - read, write, recv, send and their vectors
 */
#include <errno.h>
#include <string.h>

#include <tern/socket.h>

#include "call_table.h"
#include "transfer.h"

/* All that is to be sent, or room for all that may come, is in one piece. */
static ssize_t pipe_text(const struct drill_transfer *t, bool writes)
{
	if (writes != (t->fd->kind == DRILL_FD_PIPE_WRITE))
		return -EBADF;
	return (ssize_t)(writes ? drill_pipe_write(t->fd->pipe, t->buf, t->len)
				: drill_pipe_read(t->fd->pipe, t->buf, t->len));
}

enum drill_progress drill_call_write(struct drill_run *r, struct drill_call *c)
{
	struct drill_transfer t = {0};

	if (!drill_transfer_plain(r, c, 1, &t) ||
	    !drill_transfer_fill(r, c, &t))
		return DRILL_CALL_WRONG;
	if (t.fd->pipe)
		return drill_transfer_sent(r, c, &t, pipe_text(&t, true));
	return drill_transfer_sent(r, c, &t,
				   r->stage.target->write(&r->stage, t.fd->tern,
							  t.iov[0].iov_base,
							  t.iov[0].iov_len));
}

enum drill_progress drill_call_writev(struct drill_run *r, struct drill_call *c)
{
	struct drill_transfer t = {0};
	int64_t n;

	if (!drill_arg_fd(r, c, 0, &t.fd, &t.unknown) ||
	    !drill_arg_number(r, c, 2, &n) ||
	    !drill_transfer_vector(r, drill_call_arg(c, 1), &t) ||
	    !drill_transfer_fill(r, c, &t))
		return DRILL_CALL_WRONG;
	if (t.fd->pipe)
		return drill_transfer_sent(r, c, &t, pipe_text(&t, true));
	return drill_transfer_sent(
		r, c, &t,
		r->stage.target->writev(&r->stage, t.fd->tern, t.iov,
					n < t.n_parts ? (int)n : t.n_parts));
}

static enum drill_progress send_to(struct drill_run *r, struct drill_call *c,
				   const struct sockaddr_storage *addr,
				   socklen_t len)
{
	struct drill_transfer t = {0};
	int64_t flags;
	ssize_t n;

	if (!drill_arg_number(r, c, 3, &flags) ||
	    !drill_transfer_plain(r, c, 1, &t))
		return DRILL_CALL_WRONG;
	t.flags = (int)flags;
	if (!drill_transfer_fill(r, c, &t))
		return DRILL_CALL_WRONG;
	n = r->stage.target->send(
		&r->stage, t.fd->tern,
		&(struct drill_send){t.iov[0].iov_base, t.iov[0].iov_len,
				     t.flags, (const struct sockaddr *)addr,
				     len});
	if (addr && !c->begun && t.flags & MSG_FASTOPEN)
		drill_call_connected(r, t.fd, addr);
	return drill_transfer_sent(r, c, &t, n);
}

enum drill_progress drill_call_send(struct drill_run *r, struct drill_call *c)
{
	return send_to(r, c, NULL, 0);
}

enum drill_progress drill_call_sendto(struct drill_run *r, struct drill_call *c)
{
	const struct drill_expr *size = drill_call_arg(c, 5);
	struct sockaddr_storage usual, addr;
	socklen_t len;
	int64_t null;

	drill_addr_make(&usual, r->set.remote, r->set.connect_port);
	if (drill_call_arg(c, 4)->kind == DRILL_EXPR_NUMBER) {
		if (!drill_arg_number(r, c, 4, &null))
			return DRILL_CALL_WRONG;
		return send_to(r, c, NULL, 0);
	}
	if (!drill_value_addr(r, drill_call_arg(c, 4), &usual, &addr, &len))
		return DRILL_CALL_WRONG;
	if (size->kind == DRILL_EXPR_NUMBER)
		len = (socklen_t)size->number;
	return send_to(r, c, &addr, len);
}

enum drill_progress drill_call_read(struct drill_run *r, struct drill_call *c)
{
	struct drill_transfer t = {0};

	if (!drill_transfer_plain(r, c, 1, &t))
		return DRILL_CALL_WRONG;
	if (t.fd->pipe)
		return drill_transfer_received(r, c, &t, pipe_text(&t, false));
	return drill_transfer_received(
		r, c, &t,
		r->stage.target->read(&r->stage, t.fd->tern, t.buf, t.len));
}

enum drill_progress drill_call_readv(struct drill_run *r, struct drill_call *c)
{
	struct drill_transfer t = {0};
	int64_t n;

	if (!drill_arg_fd(r, c, 0, &t.fd, &t.unknown) ||
	    !drill_arg_number(r, c, 2, &n) ||
	    !drill_transfer_vector(r, drill_call_arg(c, 1), &t))
		return DRILL_CALL_WRONG;
	if (t.fd->pipe)
		return drill_transfer_received(r, c, &t, pipe_text(&t, false));
	return drill_transfer_received(
		r, c, &t,
		r->stage.target->readv(&r->stage, t.fd->tern, t.iov,
				       n < t.n_parts ? (int)n : t.n_parts));
}

static enum drill_progress receive_from(struct drill_run *r,
					struct drill_call *c,
					struct sockaddr_storage *addr,
					socklen_t *len)
{
	struct drill_transfer t = {0};
	struct drill_recv args;
	int64_t flags;
	ssize_t n;

	if (!drill_arg_number(r, c, 3, &flags) ||
	    !drill_transfer_plain(r, c, 1, &t))
		return DRILL_CALL_WRONG;
	t.flags = (int)flags;
	args = (struct drill_recv){t.buf, t.len, t.flags,
				   (struct sockaddr *)addr, len};
	n = r->stage.target->recv(&r->stage, t.fd->tern, &args);
	if (n == -EAGAIN && drill_transfer_takes_less(r, c, &t)) {
		args.flags &= ~MSG_WAITALL;
		n = r->stage.target->recv(&r->stage, t.fd->tern, &args);
	}
	return drill_transfer_received(r, c, &t, n);
}

enum drill_progress drill_call_recv(struct drill_run *r, struct drill_call *c)
{
	return receive_from(r, c, NULL, NULL);
}

enum drill_progress drill_call_recvfrom(struct drill_run *r,
					struct drill_call *c)
{
	const struct drill_expr *e = drill_call_arg(c, 4);
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	enum drill_progress p;

	memset(&addr, 0, sizeof(addr));
	if (e->kind == DRILL_EXPR_NUMBER) /* NULL */
		return receive_from(r, c, NULL, NULL);
	p = receive_from(r, c, &addr, &len);
	if (p == DRILL_CALL_DONE && c->result >= 0 && len > 0 &&
	    !drill_value_check_addr(r, c, e, &addr))
		return DRILL_CALL_WRONG;
	return p;
}
