/* SPDX-License-Identifier: ISC */
/*
 * rack.c - loss is told by time: RACK, RFC 8985 6
 *
 *	sent	  1    2    3    4            RACK.segment: 3, the youngest
 *	-------|----|----|----|------------	that has arrived
 *	arrived        x         |
 *	                         1 is lost when RACK.rtt + RACK.reo_wnd
 *	                         have passed since it left
 *
 * The window is 0 until reordering is seen, once repair is under way or
 * DupThresh segments were SACKed; then a quarter of the smallest round trip,
 * and another quarter for each round with a D-SACK, which says that something
 * was sent again for nothing; never more than SRTT.
 *
 * Here is what RACK knows of one connection; repair.c walks the records.
 */
#include "tcp/rack.h"

#include "base/bytes.h"

#define PERSIST 16 /* recoveries that a widened window lasts */

void rack_init(struct rack *k)
{
	*k = (struct rack){.mult = 1};
}

void rack_on_delivered(struct rack *k, uint64_t now, uint64_t sent_at,
		       struct seq end)
{
	k->rtt_ns = now > sent_at ? now - sent_at : 0;
	if (sent_at < k->xmit_at)
		return;
	if (sent_at == k->xmit_at && !seq_lt(k->end, end))
		return;
	k->xmit_at = sent_at;
	k->end = end;
}

uint32_t rack_on_order(struct rack *k, struct seq end, bool again)
{
	if (seq_lt(k->fack, end)) {
		k->fack = end;
		return 0;
	}
	if (again || seq_eq(end, k->fack))
		return 0;
	k->reordering_seen = true;
	return seq_len(end, k->fack);
}

void rack_on_dsack(struct rack *k, struct seq una, struct seq nxt)
{
	if (k->in_dsack_round && seq_lt(una, k->dsack_round))
		return;
	k->in_dsack_round = true;
	k->dsack_round = nxt;
	if (k->mult < UINT16_MAX)
		k->mult++;
	k->persist = PERSIST;
}

void rack_on_exit(struct rack *k)
{
	if (k->persist > 0)
		k->persist--;
	if (k->persist == 0)
		k->mult = 1;
}

uint64_t rack_window(const struct rack *k, const struct rack_view *v)
{
	if (!k->reordering_seen &&
	    (v->in_recovery || v->segs_sacked >= v->dup_thresh))
		return 0;
	return min_u64(k->mult * v->min_rtt_ns / 4, v->srtt_ns);
}
