/* SPDX-License-Identifier: ISC */
/*
 * autotune.h - how large the buffers of a connection are, and the memory of all
 *
 * SO_RCVBUF and SO_SNDBUF follow what the path carries, between the first and
 * the last number of tcp_rmem and tcp_wmem, unless the user has set them.
 */
#ifndef TERN_TCP_AUTOTUNE_H
#define TERN_TCP_AUTOTUNE_H

#include "tcp/tcb.h"
#include "tcp/tcp.h"

/* Text that buffer memory of this size may hold: what tcp_adv_win_scale leaves
 * beside the overhead; and the memory for so much text. */
uint32_t autotune_text(const struct tcp *tcp, uint32_t space);
uint32_t autotune_space(const struct tcp *tcp, uint32_t text);

/* The cold half was made: the window begins where it is. */
void autotune_init(const struct tcp *tcp, struct flow *f);

/* Text arrived in order: measures the round trip, opens the window. */
void autotune_received(struct tcp *tcp, struct tcb *t,
		       const struct segment *seg);

/* `len` bytes of text arrived out of order, and are kept: more may come. */
void autotune_held(struct tcp *tcp, struct tcb *t, uint32_t len);

/* The user has read: once a round trip the buffer follows what he takes. */
void autotune_read(struct tcp *tcp, struct tcb *t);

/* The send buffer follows the congestion window. */
void autotune_send(struct tcp *tcp, struct tcb *t);

/*
 * tcp_mem: true while the stack has more memory in use than is good.  Buffers
 * do not grow then, and windows shrink as text arrives.  With more than the
 * last number in use, no window moves over text that nobody reads:
 * autotune_closed().
 */
bool autotune_closed(struct tcp *tcp);
bool autotune_measure(struct tcp *tcp); /* what is behind the next */

#define AUTOTUNE_PAGE UINT64_C(4096) /* unit of tcp_mem */

static inline bool autotune_pressed(struct tcp *tcp)
{
	if (likely(!tcp->pressed_at &&
		   mem_used(&tcp->env->mem) <= tcp->tun.mem[1] * AUTOTUNE_PAGE))
		return false;
	return autotune_measure(tcp);
}

#endif
