/* SPDX-License-Identifier: ISC */
/*
 * frto.c - was the timeout needed? Forward RTO-Recovery, RFC 5682
 *
 *	timeout: SND.UNA goes again, and nothing else
 *	first ACK	advances by all of it, but not to `recover': two new
 *			segments
 *			does not: nothing is known yet (with SACK), or it was
 *			needed (without)
 *	second ACK	for something sent once only, before the timeout: that
 *			had only been late.  The timeout was not needed.
 *			of any other kind: it was needed; repair goes on
 *
 * With SACK 3.1, without 2.1.
 */
#include "tcp/arrives.h"
#include "tcp/congest.h"
#include "tcp/output.h"
#include "tcp/repair.h"

/* 2.1 (1): not if a timeout has just been repaired up to here; Linux does if
 * nothing has been acknowledged since. */
void frto_begin(const struct tcp *tcp, struct tcb *t, bool again)
{
	if (tcp->tun.linux_acks && t->retries > 1)
		again = false;
	t->flow->repair.frto = tcp->tun.frto && !again ? FRTO_FIRST : FRTO_OFF;
}

/* `wnd` is that of the ACK, which SND.WND follows later. */
static bool has_new_text(const struct tcb *t, uint32_t wnd)
{
	const struct seq edge = seq_add(t->snd.una, wnd);

	return seq_lt(t->snd.nxt, output_end(t)) && seq_lt(t->snd.nxt, edge);
}

/* 2.1 (3a): two round trips have passed, and two new segments are in flight. */
static void revert(struct tcb *t)
{
	t->flow->repair.frto = FRTO_OFF;
	if (!congest_owns_cwnd(t))
		t->cc.cwnd = 3 * t->mss;
}

bool frto_on_ack(struct tcp *tcp, struct tcb *t, uint32_t wnd, bool advanced,
		 bool original, bool dup)
{
	struct repair *p = &t->flow->repair;

	switch ((enum frto)p->frto) {
	case FRTO_OFF:
		return false;
	case FRTO_FIRST:
		if (original && advanced && t->sack_ok && tcp->tun.linux_acks) {
			p->frto = FRTO_OFF; /* does not wait for another */
			env_count(tcp->env, TERN_TcpExtTCPSpuriousRTOs);
			return true;
		}
		if (advanced && seq_le(t->snd.rtx, t->snd.una) &&
		    seq_lt(t->snd.una, t->recover) && has_new_text(t, wnd))
			p->frto = FRTO_NEW;
		else if (advanced || (dup && !t->sack_ok))
			p->frto = FRTO_OFF;
		return false;
	case FRTO_NEW:
		if (!original && !advanced && !dup)
			return false;
		if (!original) {
			revert(t);
			return false;
		}
		p->frto = FRTO_OFF;
		env_count(tcp->env, TERN_TcpExtTCPSpuriousRTOs);
		return true;
	}
	return false;
}
