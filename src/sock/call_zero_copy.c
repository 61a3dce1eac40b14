/* SPDX-License-Identifier: ISC */
/*
 * call_zero_copy.c - sending and receiving by reference
 *
 * What is short is copied all the same, and done at once: a frame holds few
 * references, and a segment that is made of many short loans would not be full.
 *
 * Who closes a descriptor has not got his memory back; see loan.h.
 */
#include <errno.h>
#include <limits.h>

#include "sock/extras.h"
#include "sock/loan.h"
#include "sock/socks.h"
#include "tcp/tcp.h"

/* Lent bytes up to this number are copied. */
#define COPY_MAX 1024

static int kind_error(const struct fd *f, int listening)
{
	switch ((enum fd_kind)f->kind) {
	case FD_TCP:
		return 0;
	case FD_LISTENER:
		return listening;
	case FD_UNIX:
		return -EOPNOTSUPP;
	case FD_EPOLL:
	case FD_FREE:
		break;
	}
	return -ENOTSOCK;
}

static struct lender *lender_of(const struct socks *s, const struct fd *f,
				int fd)
{
	struct extras *x = extras_find(s, f, fd);

	return x ? &x->lender : NULL;
}

/* Returns what tern_send_zc() does; the loan has begun, or is none. */
static ssize_t send_loan(struct socks *s, struct tcb *t,
			 struct tern_slice *loan, int flags)
{
	const struct iovec iov = {loan->data, loan->len};
	const bool copied = loan->len <= COPY_MAX;
	ssize_t n;

	if (copied)
		n = tcp_call_send(s->tcp, t, &iov, iov.iov_len, flags);
	else
		n = tcp_call_send_slice(s->tcp, t, loan, flags);
	loan_begun(loan, n, copied);
	return n;
}

ssize_t sock_send_zc(struct socks *s, int fd, const struct iovec *lent,
		     int flags, uint64_t cookie)
{
	const int known = MSG_OOB | MSG_MORE | MSG_EOR;
	struct tern_slice loan;
	struct extras *x;
	struct fd *f;
	int err = fd_find_socket(&s->fds, fd, &f);

	if (!err)
		err = kind_error(f, -EPIPE);
	if (err)
		return err;
	if (flags & ~(known | MSG_DONTWAIT | MSG_NOSIGNAL))
		return -EOPNOTSUPP;
	if (lent->iov_len > SSIZE_MAX)
		return -EINVAL;
	if (lent->iov_len == 0)
		return tcp_call_send(s->tcp, f->u.tcb, lent, 0, 0);
	if (!lent->iov_base)
		return -EFAULT;
	x = extras_get(s, f, fd);
	if (!x)
		return -ENOBUFS;
	err = loan_begin(&x->lender, lent->iov_base, lent->iov_len, cookie,
			 &loan);
	if (err)
		return err;
	return send_loan(s, f->u.tcb, &loan, flags & known);
}

int sock_zc_done(struct socks *s, int fd, struct tern_zc_done *done, int max)
{
	struct lender *l = &s->retired;
	const struct fd *f;
	int n;

	if (fd != -1) {
		f = fd_find(&s->fds, fd);
		if (!f)
			return -EBADF;
		l = lender_of(s, f, fd);
	}
	if (max <= 0)
		return -EINVAL;
	if (!l || l->n == 0)
		return 0;
	n = loan_take(l, done, max);
	return n ? n : -EAGAIN;
}

int sock_recv_zc(struct socks *s, int fd, struct tern_slice *slices, int max,
		 int flags)
{
	struct fd *f;
	int err = fd_find_socket(&s->fds, fd, &f);

	if (!err)
		err = kind_error(f, -ENOTCONN);
	if (err)
		return err;
	if (flags & ~MSG_DONTWAIT)
		return -EOPNOTSUPP;
	if (max <= 0)
		return -EINVAL;
	return tcp_call_receive_slices(s->tcp, f->u.tcb, slices, max);
}

void sock_recv_zc_done(struct socks *s, int fd, struct tern_slice *slices,
		       int n)
{
	const struct fd *f = fd_find(&s->fds, fd);
	int i;

	if (f && f->kind == FD_TCP)
		tcp_call_receive_done(s->tcp, f->u.tcb, slices, n);
	for (i = 0; i < n; i++) {
		block_unref(slices[i].block);
		slices[i] = (struct tern_slice){0};
	}
}
