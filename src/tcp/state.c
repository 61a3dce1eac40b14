/* SPDX-License-Identifier: ISC */
/*
 * state.c - the eleven states and the ways between them, RFC 9293 3.3.2
 *
 * Figure 5 as data: row is the state left, one bit for each state that may
 * follow.  The figure leaves out what the text of 3.10 adds: from every state a
 * RST, an ABORT or a timeout leads to CLOSED, and a connection that was opened
 * passively returns from SYN-RECEIVED to LISTEN.
 */
#include "tcp/state.h"

#include "base/assert.h"
#include "tcp/timeout.h"

#define TO(s) (1U << (s))

static const uint16_t edges[] = {
	[CLOSED] = TO(LISTEN) | TO(SYN_SENT) | TO(SYN_RECEIVED),
	[LISTEN] = TO(SYN_RECEIVED) | TO(SYN_SENT) | TO(CLOSED),
	[SYN_SENT] = TO(SYN_RECEIVED) | TO(ESTABLISHED) | TO(CLOSED),
	[SYN_RECEIVED] = TO(ESTABLISHED) | TO(FIN_WAIT_1) | TO(CLOSE_WAIT) |
			 TO(LISTEN) | TO(CLOSED),
	[ESTABLISHED] = TO(FIN_WAIT_1) | TO(CLOSE_WAIT) | TO(CLOSED),
	[FIN_WAIT_1] =
		TO(FIN_WAIT_2) | TO(CLOSING) | TO(TIME_WAIT) | TO(CLOSED),
	[FIN_WAIT_2] = TO(TIME_WAIT) | TO(CLOSED),
	[CLOSE_WAIT] = TO(LAST_ACK) | TO(CLOSED),
	[CLOSING] = TO(TIME_WAIT) | TO(CLOSED),
	[LAST_ACK] = TO(CLOSED),
	[TIME_WAIT] = TO(CLOSED) | TO(SYN_RECEIVED) | TO(SYN_SENT),
};

bool state_edge(enum tcp_state from, enum tcp_state to)
{
	return edges[from] & TO(to);
}

static void tell(struct tcp *tcp, const struct tern_tuple *tuple,
		 enum tcp_state from, enum tcp_state to)
{
	struct tern_event ev = {.type = TERN_EV_STATE, .tuple = *tuple};

	ev.u.state.from = (enum tern_tcp_state)from;
	ev.u.state.to = (enum tern_tcp_state)to;
	env_trace(tcp->env, &ev);
}

void state_trace(struct tcp *tcp, const struct tern_tuple *tuple,
		 enum tcp_state from, enum tcp_state to)
{
	if (unlikely(env_traced(tcp->env)))
		tell(tcp, tuple, from, to);
}

void tcp_set_state(struct tcp *tcp, struct tcb *t, enum tcp_state to)
{
	const enum tcp_state from = t->state;

	TERN_ASSERT(state_edge(from, to));
	t->state = (uint8_t)to;
	if (unlikely(env_traced(tcp->env))) {
		const struct tern_tuple tuple = conn_tuple(&t->conn);

		tell(tcp, &tuple, from, to);
	}

	switch (to) {
	case ESTABLISHED:
		t->retries = 0;
		timer_start_keepalive(tcp, t);
		return;
	case FIN_WAIT_2:
		timer_start_fin_wait_2(tcp, t);
		return;
	case TIME_WAIT:
		t->peer_fin = true;
		timer_stop_all(tcp, t);
		return;
	case CLOSED:
		timer_stop_all(tcp, t);
		return;
	case CLOSE_WAIT:
	case CLOSING:
		t->peer_fin = true;
		return;
	case LISTEN:
	case SYN_SENT:
	case SYN_RECEIVED:
	case FIN_WAIT_1:
	case LAST_ACK:
		return;
	}
}

void tcp_set_state_received(struct tcb *t)
{
	TERN_ASSERT(t->state == CLOSED);
	t->state = SYN_RECEIVED;
}

void tcp_set_state_gone(struct tcp *tcp, struct tcb *t)
{
	tcp_set_state(tcp, t, TIME_WAIT);
	t->state = CLOSED;
}
