/* SPDX-License-Identifier: ISC */
/*
 * bbr1_model.c - what BBR version 1 knows of the path,
 * draft-cardwell-iccrg-bbr-congestion-control-00 4.1
 *
 *	BtlBw	the greatest delivery rate of ten round trips
 *	RTprop	the shortest round trip of ten seconds
 *
 * They cannot be measured at once: a full pipe makes round trips longer, and
 * one that is not full delivers less.  Their product belongs in flight.
 *
 * extra_acked is by how much ACKs ran ahead of BtlBw in the last five to ten
 * round trips: Wi-Fi and the like hold them back and deliver them in bulk, and
 * without as much more in flight the pipe would run dry meanwhile.
 */
#include "tcp/bbr1.h"

#define MIN_RTT_FILTER_NS  (10 * BBR1_NS_PER_S) /* RTpropFilterLen */
#define FULL_BW_ROUNDS	   3
#define EXTRA_ACKED_ROUNDS 5
#define EXTRA_ACKED_NS	   (BBR1_NS_PER_S / 10) /* at most, of BtlBw */
#define EPOCH_ACKED_MAX	   (UINT64_C(1) << 30)
#define RATE_MAX	   (UINT64_C(1) << 36)
#define LATE_DIVISOR	   8

uint64_t bbr1_max_bw(const struct bbr1 *b)
{
	uint64_t most = 0;

	for (int i = 0; i < BBR1_BW_ROUNDS; i++)
		most = max_u64(most, b->bw[i]);
	return most;
}

uint64_t bbr1_bw(const struct bbr1 *b)
{
	return b->police.is_used ? b->police.bw : bbr1_max_bw(b);
}

void bbr1_start_round(struct bbr1_call *k)
{
	k->b->next_round_delivered = k->at->delivered;
}

/* 4.1.1.3: a round is over when something is delivered that was sent after it
 * began. */
void bbr1_update_round(struct bbr1_call *k)
{
	const struct rate_sample *rs = k->a->rs;
	struct bbr1 *b = k->b;

	b->round_start = false;
	if (!rs->has_data || rs->interval_ns == 0 ||
	    rs->prior_delivered < b->next_round_delivered)
		return;
	bbr1_start_round(k);
	b->round_count++;
	b->round_start = true;
	b->packet_conservation = false;
}

/* 4.1.1.4.  What the user, not the path, held back counts only if it is no
 * less.  A round that shows nothing else makes nothing old: by the letter those
 * of ProbeRTT, of which there may be many, would leave no BtlBw. */
void bbr1_update_bw(struct bbr1_call *k)
{
	struct bbr1 *b = k->b;
	const uint64_t rate = min_u64(rate_of(k->a->rs), RATE_MAX);

	if (rate == 0 || (k->a->rs->is_app_limited && rate < bbr1_max_bw(b)))
		return;
	if (b->round_count != b->bw_round) {
		b->bw_round = b->round_count;
		b->bw_idx = (b->bw_idx + 1) % BBR1_BW_ROUNDS;
		b->bw[b->bw_idx] = 0; /* of ten rounds ago */
	}
	b->bw[b->bw_idx] = max_u64(b->bw[b->bw_idx], rate);
}

/* What came since the epoch began, beyond what BtlBw would have brought.  It
 * begins anew when BtlBw has caught up. */
void bbr1_update_aggregation(struct bbr1_call *k)
{
	struct bbr1 *b = k->b;
	const uint64_t bw = bbr1_bw(b);
	const uint64_t us = min_u64((k->at->now - b->ack_epoch_at) / 1000,
				    UINT64_C(1) << 26);
	uint64_t expected = bw * us / 1000000, extra;

	if (!k->a->rs->has_data || k->a->delivered == 0)
		return;
	if (b->round_start &&
	    b->round_count - b->extra_acked_round >= EXTRA_ACKED_ROUNDS) {
		b->extra_acked[1] = b->extra_acked[0];
		b->extra_acked[0] = 0;
		b->extra_acked_round = b->round_count;
	}
	if (b->ack_epoch_acked <= expected ||
	    b->ack_epoch_acked > EPOCH_ACKED_MAX) {
		b->ack_epoch_acked = 0;
		b->ack_epoch_at = k->at->now;
		expected = 0;
	}
	b->ack_epoch_acked += k->a->delivered;
	extra = min_u64(b->ack_epoch_acked - expected, k->c->cwnd);
	extra = min_u64(extra, bw * (EXTRA_ACKED_NS / 1000) / 1000000);
	b->extra_acked[0] = max_u32(b->extra_acked[0], (uint32_t)extra);
}

/* 4.3.2.2: three rounds of pushing that brought less than a quarter. */
void bbr1_check_full_pipe(struct bbr1_call *k)
{
	struct bbr1 *b = k->b;
	const uint64_t bw = bbr1_max_bw(b);

	if (b->full_bw_reached || !b->round_start || k->a->rs->is_app_limited)
		return;
	if (bw >= b->full_bw + b->full_bw / 4) {
		b->full_bw = bw;
		b->full_bw_count = 0;
		return;
	}
	b->full_bw_count++;
	b->full_bw_reached = b->full_bw_count >= FULL_BW_ROUNDS;
}

/* 4.1.2.3 */
void bbr1_update_min_rtt(struct bbr1_call *k)
{
	struct bbr1 *b = k->b;
	const uint32_t rtt = k->a->rtt_us;

	b->min_rtt_expired = k->at->now > b->min_rtt_stamp + MIN_RTT_FILTER_NS;
	if (rtt == 0 || (rtt > b->min_rtt_us && !b->min_rtt_expired))
		return;
	b->min_rtt_us = rtt;
	b->min_rtt_stamp = k->at->now;
}

uint32_t bbr1_bdp(const struct bbr1_call *k, uint64_t bw, uint32_t gain)
{
	const struct bbr1 *b = k->b;
	uint64_t bdp;

	if (b->min_rtt_us == BBR1_NO_RTT)
		return cc_iw(k->at);
	bdp = min_u64(bw, RATE_MAX) * min_u32(b->min_rtt_us, 100000000) /
	      1000000;
	return (uint32_t)min_u64(bdp * gain / BBR1_UNIT, CC_CWND_MAX);
}

/* What the path delivers while this host is late: else it would run dry.  Where
 * the path is short as much would be a queue of many round trips: then 1/8 of
 * one. */
static uint32_t late_volume(const struct bbr1_call *k)
{
	const uint64_t rtt_ns = UINT64_C(1000) * k->b->min_rtt_us;
	const uint64_t ns = min_u64(k->at->late_ns, rtt_ns / LATE_DIVISOR);

	return (uint32_t)min_u64(min_u64(bbr1_bw(k->b), RATE_MAX) * ns /
					 BBR1_NS_PER_S,
				 CC_CWND_MAX);
}

/* Three quanta: one leaves, one is on its way through either host.  The phase
 * that probes has two segments more, which exceed a small BDP, too. */
uint32_t bbr1_quantize(const struct bbr1_call *k, uint32_t volume)
{
	volume += 3 * k->f->send_quantum + late_volume(k);
	if (k->b->state == BBR1_PROBE_BW && k->b->cycle_idx == 0)
		volume += 2 * k->at->smss;
	return volume;
}

uint32_t bbr1_inflight(const struct bbr1_call *k, uint64_t bw, uint32_t gain)
{
	return bbr1_quantize(k, bbr1_bdp(k, bw, gain));
}
