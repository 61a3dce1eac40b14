/* SPDX-License-Identifier: ISC */
/*
 * urgent.c - the communication of urgent information, RFC 9293 3.8.5, MUST-30
 *
 * The urgent pointer names the octet after the urgent data (MUST-62).  RCV.UP
 * is kept in that sense, so that the last octet of the urgent data, which the
 * socket calls give as "out of band", is RCV.UP - 1.
 */
#include "tcp/arrives.h"

#include "tcp/life.h"
#include "tcp/state.h"

/* Sequence number of the first octet that the user has not read. */
static struct seq first_unread(const struct tcb *t)
{
	return seq_sub(t->rcv.nxt, t->flow ? t->flow->recvq.len : 0);
}

/*
 * Sixth: RCV.UP <- max(RCV.UP, SEG.UP), and the user is told when it was
 * nothing or less before (MUST-32).  The run may be longer than the window
 * (MUST-31): the pointer may be far ahead of the text.
 */
void urgent_process(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	const struct seq up = seq_add(seg->seq, seg->up);

	if (!(seg->flags & URG) || !can_receive(t))
		return;
	if (seg->up == 0 || !seq_lt(first_unread(t), up))
		return; /* nothing that is still to be read */
	if (t->urgent_in && !seq_lt(t->rcv.up, up))
		return; /* it only advances */
	t->rcv.up = up;
	t->urgent_in = true;
	t->urgent_read = false;
	env_count(tcp->env, TERN_TcpExtTCPUrgent);
	tcp_notify(tcp, t, TCP_READY_PRI);
}
