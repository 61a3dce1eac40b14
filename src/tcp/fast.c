/* SPDX-License-Identifier: ISC */
/*
 * fast.c - header prediction: the next segment in order, or a plain ACK
 *
 * In ESTABLISHED, when nothing is unusual, the eight steps come down to a few
 * comparisons.  Whatever does not pass them all takes the long way, so that
 * nothing here decides anything that arrives_other() would decide otherwise.
 */
#include "tcp/arrives.h"

#include "tcp/ecn.h"

/* No options but timestamps, if there are to be any; and not old ones. */
static bool options_are_predicted(const struct tcb *t,
				  const struct tcp_options *opt)
{
	if (!t->ts_ok)
		return opt->present == 0;
	return opt->present == TERN_OPT_TIMESTAMPS &&
	       (int32_t)(opt->ts_val - t->ts_recent) >= 0;
}

static bool is_predicted(const struct tcb *t, const struct segment *seg)
{
	if (t->state != ESTABLISHED || (seg->flags & ~(PSH | FIN)) != ACK)
		return false;
	if (!seq_eq(seg->seq, t->rcv.nxt) ||
	    !seq_le(seq_add(seg->seq, seg->len), t->rcv.adv))
		return false;
	if (seq_len(t->snd.una, seg->ack) > tcp_flight(t))
		return false;
	if (!options_are_predicted(t, &seg->opt))
		return false;
	if (t->conn.flags && !ecn_predicted(t, seg))
		return false;
	return t->recovery == RECOVERY_OPEN && !t->rcv_shut;
}

bool arrives_fast(struct tcp *tcp, struct tcb *t, struct segment *seg)
{
	const bool new_ack = seq_lt(t->snd.una, seg->ack);

	if (!is_predicted(t, seg) || !tcp->tun.prediction)
		return false;
	if (seg->len == 0 && !new_ack)
		return false; /* a duplicate, or a window update */
	segment_is_alive(tcp, t);
	if (t->ts_ok && seq_le(seg->seq, t->rcv.acked))
		timestamp_take(tcp, t, seg);
	if (new_ack && ack_is_plain(tcp, t, seg->ack))
		ack_plain(tcp, t, seg);
	else if (new_ack)
		ack_advance(tcp, t, seg);
	ack_update_window(tcp, t, seg);
	if (seg->len > 0) {
		env_count(tcp->env, TERN_TcpExtTCPHPHits);
		text_predicted(tcp, t, seg);
		if (unlikely((seg->flags & FIN) ||
			     (t->flow && t->flow->fin_held)))
			fin_process(tcp, t, seg);
	} else {
		env_count(tcp->env, TERN_TcpExtTCPHPAcks);
	}
	return true;
}
