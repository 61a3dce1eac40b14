/* SPDX-License-Identifier: ISC */
/*
 * timestamp.c - the Timestamps option, RFC 7323 3 to 5: PAWS
 *
 * The clock ticks in milliseconds and has an offset of its own for each tuple,
 * so that it tells nobody how long we have been up (5.4).
 */
#include "tcp/arrives.h"

#define TS_RECENT_LIFE_MS (24U * 24 * 3600 * 1000) /* 5.5: 24 days */

uint32_t timestamp_now(const struct tcp *tcp, uint32_t offset)
{
	return (uint32_t)(tcp->env->now / TERN_MS) + offset;
}

static bool recent_is_valid(const struct tcp *tcp, const struct tcb *t)
{
	const uint32_t now_ms = (uint32_t)(tcp->env->now / TERN_MS);

	return now_ms - t->ts_recent_ms < TS_RECENT_LIFE_MS;
}

/* R1: an old timestamp makes the segment unacceptable; a RST is not asked. */
enum verdict timestamp_check(struct tcp *tcp, struct tcb *t,
			     const struct segment *seg)
{
	if (!t->ts_ok || (seg->flags & RST))
		return NEXT;
	if (!(seg->opt.present & TERN_OPT_TIMESTAMPS)) /* 3.2 */
		return tcb_drop(tcp, t, TERN_DROP_TCP_NO_TIMESTAMP);
	if ((int32_t)(seg->opt.ts_val - t->ts_recent) >= 0 ||
	    !recent_is_valid(tcp, t))
		return NEXT;
	blind_answer_unacceptable(tcp, t, seg);
	if (unlikely(tcp->tun.linux_acks))
		dsack_note_old(tcp, t, seg);
	return tcb_drop(tcp, t, TERN_DROP_TCP_PAWS);
}

void timestamp_take(const struct tcp *tcp, struct tcb *t,
		    const struct segment *seg)
{
	t->ts_recent = seg->opt.ts_val;
	t->ts_recent_ms = (uint32_t)(tcp->env->now / TERN_MS);
}

/* R3: "If SEG.TSval >= TS.Recent and SEG.SEQ <= Last.ACK.sent". */
void timestamp_update(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	if (!t->ts_ok || !(seg->opt.present & TERN_OPT_TIMESTAMPS) ||
	    (seg->flags & RST))
		return;
	if (!seq_le(seg->seq, t->rcv.acked))
		return;
	if ((int32_t)(seg->opt.ts_val - t->ts_recent) < 0 &&
	    recent_is_valid(tcp, t))
		return;
	timestamp_take(tcp, t, seg);
}
