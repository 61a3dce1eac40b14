/* SPDX-License-Identifier: ISC */
/*
 * call_close.c - CLOSE and ABORT, RFC 9293 3.10.4 and 3.10.5; half-close
 *
 * CLOSE means "I have no more data to send" (3.6).  shutdown(SHUT_WR) says just
 * that.  close() also lets go of the block (MAY-1): what is still unread can
 * then reach nobody, so that is a reset (SHLD-3).
 */
#include <errno.h>
#include <sys/socket.h>

#include "tcp/life.h"
#include "tcp/output.h"
#include "tcp/state.h"
#include "tcp/tcb.h"
#include "tcp/timeout.h"

/* The FIN follows what is queued.  The state says at once that it will. */
static void queue_fin(struct tcp *tcp, struct tcb *t)
{
	if (t->fin_queued)
		return;
	t->fin_queued = true;
	t->snd.end = seq_add(t->snd.end, 1);
	t->more = false;
	switch ((enum tcp_state)t->state) {
	case ESTABLISHED:
		tcp_set_state(tcp, t, FIN_WAIT_1);
		return;
	case CLOSE_WAIT:
		tcp_set_state(tcp, t, LAST_ACK);
		return;
	case SYN_RECEIVED: /* FIN goes; FIN-WAIT-1 when the ACK of SYN comes */
	case CLOSED:
	case LISTEN:
	case SYN_SENT:
	case FIN_WAIT_1:
	case FIN_WAIT_2:
	case CLOSING:
	case LAST_ACK:
	case TIME_WAIT:
		return;
	}
}

int tcp_call_shutdown(struct tcp *tcp, struct tcb *t, int how)
{
	if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
		return -EINVAL;
	if (t->connecting && (t->state == CLOSED || t->state == SYN_RECEIVED))
		t->dead_end = true;
	if (t->state == CLOSED) { /* but it counts later, as on Linux */
		t->rcv_shut |= how != SHUT_WR;
		return -ENOTCONN;
	}
	if (t->state == SYN_SENT) /* as on Linux, which way does not matter */
		return tcp_call_disconnect(tcp, t);
	if (how != SHUT_WR) {
		t->rcv_shut = true;
		tcp_notify(tcp, t, TCP_READY_IN | TCP_READY_RDHUP);
	}
	if (how != SHUT_RD) {
		queue_fin(tcp, t);
		if (t->rcv_shut || !can_receive(t))
			tcp_notify(tcp, t, TCP_READY_HUP);
	}
	tcp_settle(tcp, t);
	return 0;
}

/* SHLD-3, or an ABORT by SO_LINGER. */
static bool must_reset(const struct tcb *t)
{
	if (t->opts->linger && t->opts->linger_s == 0)
		return true;
	return t->flow && t->flow->recvq.len > 0;
}

/* The descriptor is gone: nobody will read, nobody will ask. */
static void let_go(struct tcp *tcp, struct tcb *t)
{
	t->user = TCP_NO_USER;
	t->orphan = true;
	t->rcv_shut = true;
	if (t->state != CLOSED)
		tcp->n_orphans++;
	if (t->flow) {
		recvq_free(&t->flow->recvq, &tcp->env->mem);
		t->flow->kept &= (uint8_t)~FLOW_KEPT_LENT;
	}
}

void tcp_call_abort(struct tcp *tcp, struct tcb *t)
{
	let_go(tcp, t);
	if (t->state == SYN_SENT || t->state == CLOSED)
		tcp_end(tcp, t, 0); /* the peer knows of nothing to reset */
	else
		tcp_reset(tcp, t, 0);
	tcp_settle(tcp, t);
}

void tcp_call_close(struct tcp *tcp, struct tcb *t)
{
	const bool reset = must_reset(t);

	if (t->state == CLOSED || t->state == SYN_SENT) {
		tcp_call_abort(tcp, t);
		return;
	}
	if (reset || tcp->n_orphans >= tcp->tun.max_orphans) {
		env_count(tcp->env, t->opts->linger && !t->opts->linger_s
					    ? TERN_TcpExtTCPAbortOnLinger
				    : reset ? TERN_TcpExtTCPAbortOnClose
					    : TERN_TcpExtTCPAbortOnMemory);
		tcp_call_abort(tcp, t);
		return;
	}
	let_go(tcp, t);
	queue_fin(tcp, t);
	if (t->state == FIN_WAIT_2)
		timer_start_fin_wait_2(tcp, t);
	tcp_settle(tcp, t);
}
