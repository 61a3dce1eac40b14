/* SPDX-License-Identifier: ISC */
/*
 * fast.c - header prediction: the next segment in order, or a plain ACK
 *
 * When nothing is unusual, the eight steps come down to a few comparisons, in
 * ESTABLISHED and in the states that follow it.  Whatever does not pass them
 * all takes the long way, so that nothing here decides anything that
 * arrives_other() would decide otherwise.
 *
 * In SYN-RECEIVED the third segment of the handshake is predicted, if it has
 * only to say that it is that.
 */
#include "tcp/arrives.h"

#include "tcp/ecn.h"
#include "tcp/state.h"

/* No options but timestamps, if there are to be any; and not old ones. */
static bool options_are_predicted(const struct tcb *t,
				  const struct tcp_options *opt)
{
	if (!t->ts_ok)
		return opt->present == 0;
	return opt->present == TERN_OPT_TIMESTAMPS &&
	       (int32_t)(opt->ts_val - t->ts_recent) >= 0;
}

/* Text for a user who receives, or none. */
static bool text_is_wanted(const struct tcb *t, const struct segment *seg)
{
	return seg->text_len == 0 || (can_receive(t) && !t->rcv_shut);
}

static bool is_predicted(const struct tcb *t, const struct segment *seg)
{
	if (!is_synchronized(t) || (seg->flags & ~(PSH | FIN)) != ACK)
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
	return t->recovery == RECOVERY_OPEN && text_is_wanted(t, seg);
}

/* SND.UNA moves to SEG.ACK. */
static void advance(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	if (ack_is_plain(tcp, t, seg->ack))
		ack_plain(tcp, t, seg);
	else if (ack_is_last(tcp, t, seg->ack))
		ack_last(tcp, t, seg->ack);
	else
		ack_advance(tcp, t, seg);
}

static bool is_third(const struct tcp *tcp, const struct tcb *t,
		     const struct segment *seg)
{
	if (t->state != SYN_RECEIVED || seg->flags != ACK || seg->len > 0)
		return false;
	if (!seq_eq(seg->seq, t->rcv.nxt) || !seq_eq(seg->ack, t->snd.nxt))
		return false;
	return tcp->predicts && !t->flow && !t->conn.flags && !t->fin_queued &&
	       options_are_predicted(t, &seg->opt);
}

static bool try_third(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	if (!is_third(tcp, t, seg))
		return false;
	segment_is_alive(tcp, t);
	arrives_complete(tcp, t, seg);
	env_count(tcp->env, TERN_TcpExtTCPPureAcks);
	if (t->ts_ok)
		timestamp_take(tcp, t, seg);
	return true;
}

bool arrives_fast(struct tcp *tcp, struct tcb *t, struct segment *seg)
{
	const bool new_ack = seq_lt(t->snd.una, seg->ack);

	if (!is_predicted(t, seg) || !tcp->tun.prediction)
		return try_third(tcp, t, seg);
	if (seg->len == 0 && !new_ack)
		return false; /* a duplicate, or a window update */
	env_count(tcp->env,
		  seg->len > 0 ? TERN_TcpExtTCPHPHits : TERN_TcpExtTCPHPAcks);
	segment_is_alive(tcp, t);
	if (t->ts_ok && seq_le(seg->seq, t->rcv.acked))
		timestamp_take(tcp, t, seg);
	if (new_ack)
		advance(tcp, t, seg);
	ack_update_window(tcp, t, seg);
	if (unlikely(t->fin_acked) && arrives_fin_acked(tcp, t) == DROP)
		return true;
	if (seg->text_len > 0)
		text_predicted(tcp, t, seg);
	if (unlikely((seg->flags & FIN) || (t->flow && t->flow->fin_held)))
		fin_process(tcp, t, seg);
	arrives_end(tcp, t);
	return true;
}
