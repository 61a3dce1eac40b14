/* SPDX-License-Identifier: ISC */
/*
 * straight.h - the straight way of send(2) and recv(2)
 *
 * One buffer, and a TCP connection of which nothing was asked that stands
 * beside the text: then the checks of sock_send() and sock_receive() come down
 * to a few comparisons.  What does not pass them all takes the long way, so
 * that nothing here decides anything that would be decided otherwise there.
 */
#ifndef TERN_SOCK_STRAIGHT_H
#define TERN_SOCK_STRAIGHT_H

#include "sock/socks.h"
#include "sock/vector.h"

/* Flags that are not for tcp_call_send(), tcp_call_receive() alone. */
#define STRAIGHT_NOT_SEND    MSG_FASTOPEN
#define STRAIGHT_NOT_RECEIVE (MSG_ERRQUEUE | MSG_WAITALL)

/* The connection, if nothing is unusual about descriptor and buffer; else NULL.
 * `f` may be NULL. */
static inline struct tcb *straight_to(const struct fd *f,
				      const struct iovec *one)
{
	if (unlikely(!f || f->kind != FD_TCP || (f->flags & FD_HAS_EXTRAS)))
		return NULL;
	if (unlikely(!one->iov_base || one->iov_len > VECTOR_BYTES_MAX))
		return NULL;
	return f->u.tcb;
}

#endif
