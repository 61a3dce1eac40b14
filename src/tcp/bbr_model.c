/* SPDX-License-Identifier: ISC */
/*
 * bbr_model.c - what BBR knows of the path, draft-ietf-ccwg-bbr-05 5.5
 *
 * Two numbers say what the path can do: max_bw, the greatest delivery rate of
 * two probing cycles, and min_rtt, the shortest round trip of ten seconds.
 * Their product is what belongs in flight.  Two pairs of bounds say what the
 * queue bears: the long-term one was found while probing for more, the
 * short-term one answers losses since.  extra_acked is how far ACKs run ahead
 * of the rate at times, because something on the path bundles them.
 *
 * Up to LossThresh, 2% of a round trip, losses are noise.  The draft means that
 * (2.2), but goes further in two places:
 *
 * - Outside of probes, any loss makes bw_shortterm what was delivered: a path
 *   that loses 1% at random takes 2% of the rate a round trip, with the pacing
 *   margin, and up to 62 round trips pass before the next probe.  Here that
 *   much is added to what was delivered, and it is losses beyond it that slow
 *   down, by as much.
 * - A flight of 100 segments that loses three has lost more than 2%, and does
 *   so every other round trip at 1%.  Here the losses must exceed what 2% would
 *   be by two standard deviations of such a count, before a probe is given up.
 *   Of large flights that is 2%, and in shallow queues a probe loses far more.
 *
 * And what ProbeRTT delivers, which is half at most, is no measure of what to
 * slow down to; by the draft, one loss in it or after it costs 30% until the
 * next probe.  DOWN sends nine tenths on purpose, and what it delivers counts
 * for as much more, if the losses are noise; by the draft, one of them in it or
 * after it costs 10%.
 *
 * ProbeRTT is there to let the queue go, together with others, before min_rtt
 * is raised; a flow that has the path to itself is not to pay for it (5.3.4.2),
 * because at times its queue is gone anyway.  By the letter it is spared only
 * if a sample is shorter than all, and where the shortest was met in the first
 * round trips none is ever.  Here a sample that is as short, within 6%, puts
 * ProbeRTT off: then the queue is gone for all who share it.  min_rtt stays
 * what it was, so nothing creeps upwards; and ProbeRTT comes after ten seconds
 * in any case, lest a flow that never saw the path empty goes on without.
 */
#include "tcp/bbr.h"

#define MIN_RTT_FILTER_NS     (10 * BBR_NS_PER_S)
#define PROBE_RTT_INTERVAL_NS (5 * BBR_NS_PER_S)
#define MIN_RTT_NEAR_DIV      16 /* so close to min_rtt it was met again */
#define EXTRA_ACKED_ROUNDS    5	 /* half of ExtraAckedFilterLen: two slots */

void bbr_start_round(struct bbr_call *k)
{
	k->b->next_round_delivered = k->at->delivered;
}

/* 5.5.1 */
static void update_round(struct bbr_call *k)
{
	struct bbr *b = k->b;

	b->round_start = false;
	if (!k->a->rs->has_data ||
	    k->a->rs->prior_delivered < b->next_round_delivered)
		return;
	bbr_start_round(k);
	b->round_count++;
	b->rounds_since_bw_probe++;
	b->round_start = true;
	if (b->rounds_to_fill > 0)
		b->rounds_to_fill--;
	if (b->rounds_to_speed > 0)
		b->rounds_to_speed--;
}

/* 5.5.5.  What the user, not the path, held back counts only if it is more. */
static void update_max_bw(struct bbr_call *k)
{
	struct bbr *b = k->b;

	update_round(k);
	if (k->rate == 0)
		return;
	if (k->rate >= bbr_max_bw(b) || !k->a->rs->is_app_limited)
		b->max_bw_filter[1] = max_u64(b->max_bw_filter[1], k->rate);
}

/* 5.5.6.  A cycle without a sample does not make what is known old. */
void bbr_advance_max_bw(struct bbr *b)
{
	if (b->max_bw_filter[1] == 0)
		return;
	b->max_bw_filter[0] = b->max_bw_filter[1];
	b->max_bw_filter[1] = 0;
}

void bbr_reset_congestion_signals(struct bbr *b)
{
	b->loss_in_round = false;
	b->bw_latest = 0;
	b->inflight_latest = 0;
}

void bbr_reset_short_term(struct bbr *b)
{
	b->bw_shortterm = BBR_RATE_INF;
	b->inflight_shortterm = BBR_VOLUME_INF;
}

void bbr_reset_full_bw(struct bbr *b)
{
	b->full_bw = 0;
	b->full_bw_count = 0;
	b->full_bw_now = false;
}

static uint32_t delivered_of(const struct bbr_call *k)
{
	const struct rate_sample *rs = k->a->rs;

	return rs->has_data ? (uint32_t)min_u64(rs->delivered, CC_CWND_MAX) : 0;
}

/* 5.5.10.3: the most of one round trip. */
void bbr_update_latest(struct bbr_call *k)
{
	struct bbr *b = k->b;

	b->loss_round_start = false;
	b->bw_latest = max_u64(b->bw_latest, k->rate);
	b->inflight_latest = max_u32(b->inflight_latest, delivered_of(k));
	if (k->a->rs->has_data &&
	    k->a->rs->prior_delivered >= b->loss_round_delivered) {
		b->loss_round_delivered = k->at->delivered;
		b->loss_round_start = true;
	}
}

void bbr_advance_latest(struct bbr_call *k)
{
	if (!k->b->loss_round_start)
		return;
	k->b->bw_latest = k->rate;
	k->b->inflight_latest = delivered_of(k);
}

/* Does DOWN show in what was delivered, and nothing worse? */
static bool is_slowed(const struct bbr_call *k)
{
	const struct rate_sample *rs = k->a->rs;

	return (k->b->state == BBR_PROBE_BW_DOWN ||
		k->b->rounds_to_speed > 0) &&
	       !bbr_is_too_high(k, rs->lost, rs->tx_in_flight);
}

/* What was delivered, and what may be missing without a reason to slow down:
 * noise, and what DOWN has not sent. */
static uint64_t tolerant(const struct bbr_call *k, uint64_t delivered)
{
	const uint64_t noise = 100 / BBR_LOSS_THRESH_DIV + BBR_MARGIN;
	const uint64_t d = min_u64(delivered, UINT64_C(1) << 50);

	return d * (100 + noise) / (is_slowed(k) ? BBR_DOWN_GAIN : 100);
}

/* Does what is delivered show the path?  Not while ProbeRTT holds it down, nor
 * in the two round trips after: in the first, what was sent meanwhile arrives;
 * in the second the pipe fills, and each sample reaches back into the first. */
static bool is_held_down(const struct bbr *b)
{
	return b->state == BBR_PROBE_RTT || b->rounds_to_fill > 0;
}

/* Once a round trip that lost something, but not while looking for more. */
static void adapt_lower_bounds(struct bbr_call *k)
{
	struct bbr *b = k->b;
	uint32_t beta_inflight;

	if (b->state == BBR_STARTUP || b->state == BBR_PROBE_BW_REFILL ||
	    b->state == BBR_PROBE_BW_UP || !b->loss_in_round || is_held_down(b))
		return;
	if (b->bw_shortterm == BBR_RATE_INF)
		b->bw_shortterm = bbr_max_bw(b);
	if (b->inflight_shortterm == BBR_VOLUME_INF)
		b->inflight_shortterm = k->c->cwnd;
	b->bw_shortterm = max_u64(tolerant(k, b->bw_latest),
				  b->bw_shortterm / 100 * BBR_BETA);
	beta_inflight =
		(uint32_t)((uint64_t)b->inflight_shortterm * BBR_BETA / 100);
	b->inflight_shortterm = max_u32(
		(uint32_t)tolerant(k, b->inflight_latest), beta_inflight);
}

void bbr_update_congestion_signals(struct bbr_call *k)
{
	update_max_bw(k);
	if (!k->b->loss_round_start)
		return;
	adapt_lower_bounds(k);
	k->b->loss_in_round = false;
}

/* 5.5.9 */
void bbr_update_aggregation(struct bbr_call *k)
{
	struct bbr *b = k->b;
	const uint64_t us =
		min_u64((k->at->now - b->extra_acked_start) / 1000, 1u << 30);
	uint64_t expected = min_u64(b->bw, UINT64_C(1) << 33) * us / 1000000;
	uint32_t extra;

	if (b->extra_acked_delivered <= expected) {
		b->extra_acked_delivered = 0;
		b->extra_acked_start = k->at->now;
		expected = 0;
	}
	b->extra_acked_delivered += k->a->delivered;
	extra = (uint32_t)min_u64(b->extra_acked_delivered - expected,
				  k->c->cwnd);
	if (b->round_start &&
	    b->round_count - b->extra_acked_round >=
		    (b->full_bw_reached ? EXTRA_ACKED_ROUNDS : 1)) {
		b->extra_acked[1] = b->extra_acked[0];
		b->extra_acked[0] = 0;
		b->extra_acked_round = b->round_count;
	}
	b->extra_acked[0] = max_u32(b->extra_acked[0], extra);
}

/* 5.3.1.2: three rounds of pushing that moved nothing. */
void bbr_check_full_bw(struct bbr_call *k)
{
	struct bbr *b = k->b;

	if (b->full_bw_now || !b->round_start || k->a->rs->is_app_limited)
		return;
	if (k->rate >= b->full_bw + b->full_bw / 4) {
		bbr_reset_full_bw(b);
		b->full_bw = k->rate;
		return;
	}
	b->full_bw_count++;
	b->full_bw_now = b->full_bw_count >= 3;
	if (b->full_bw_now)
		b->full_bw_reached = true;
}

/* When ProbeRTT is due: 5 s after what it is to refresh, or after min_rtt was
 * met again, but never more than 10 s. */
static uint64_t probe_rtt_due(const struct bbr *b)
{
	const uint64_t since = b->probe_rtt_min_stamp;
	const uint64_t met =
		min_u64(b->min_rtt_stamp, since + PROBE_RTT_INTERVAL_NS);

	return max_u64(since, met) + PROBE_RTT_INTERVAL_NS;
}

/* 5.3.4.3 */
void bbr_update_min_rtt(struct bbr_call *k)
{
	struct bbr *b = k->b;
	const uint64_t now = k->at->now;
	const uint32_t rtt = k->a->rtt_us;

	b->probe_rtt_expired = now > probe_rtt_due(b);
	if (rtt > 0 && (rtt < b->probe_rtt_min_us || b->probe_rtt_expired)) {
		b->probe_rtt_min_us = rtt;
		b->probe_rtt_min_stamp = now;
	}
	if (b->probe_rtt_min_us < b->min_rtt_us ||
	    now > b->min_rtt_stamp + MIN_RTT_FILTER_NS) {
		b->min_rtt_us = b->probe_rtt_min_us;
		b->min_rtt_stamp = b->probe_rtt_min_stamp;
	} else if (rtt > 0 && rtt - min_u32(rtt, b->min_rtt_us) <=
				      b->min_rtt_us / MIN_RTT_NEAR_DIV) {
		b->min_rtt_stamp = now;
	}
}

/* 5.6.4.2 */
uint32_t bbr_bdp(const struct bbr_call *k, uint64_t bw, uint32_t gain)
{
	const struct bbr *b = k->b;
	uint64_t bdp;

	if (b->min_rtt_us == UINT32_MAX || bw == 0)
		return cc_iw(k->at);
	bdp = min_u64(bw, UINT64_C(1) << 36) *
	      min_u32(b->min_rtt_us, 100000000) / 1000000;
	return (uint32_t)min_u64(bdp * gain / 100, CC_CWND_MAX);
}

uint32_t bbr_quantize(const struct bbr_call *k, uint32_t volume)
{
	volume = max_u32(volume, 3 * k->f->send_quantum);
	volume = max_u32(volume, BBR_MIN_PIPE * k->at->smss);
	if (k->b->state == BBR_PROBE_BW_UP)
		volume += 2 * k->at->smss;
	return volume;
}

uint32_t bbr_inflight(const struct bbr_call *k, uint64_t bw, uint32_t gain)
{
	return bbr_quantize(k, bbr_bdp(k, bw, gain));
}

/* 5.3.3.6: leaves room for others. */
uint32_t bbr_inflight_with_headroom(const struct bbr_call *k)
{
	const uint32_t hi = k->b->inflight_longterm;
	uint32_t room;

	if (hi == BBR_VOLUME_INF)
		return hi;
	room = max_u32(k->at->smss,
		       (uint32_t)((uint64_t)hi * BBR_HEADROOM / 100));
	return max_u32(hi > room ? hi - room : 0, BBR_MIN_PIPE * k->at->smss);
}

uint32_t bbr_target_inflight(const struct bbr_call *k)
{
	return min_u32(bbr_bdp(k, k->b->bw, 100), k->c->cwnd);
}

/* 5.5.11.1 */
void bbr_save_upon_loss(struct bbr *b)
{
	b->undo_state = b->state;
	b->undo_bw_shortterm = b->bw_shortterm;
	b->undo_inflight_shortterm = b->inflight_shortterm;
	b->undo_inflight_longterm = b->inflight_longterm;
}

/* 5.5.10.2 */
void bbr_note_loss(struct bbr_call *k)
{
	struct bbr *b = k->b;

	if (!b->loss_in_round) {
		b->loss_round_delivered = k->at->delivered;
		bbr_save_upon_loss(b);
	}
	b->loss_in_round = true;
}

bool bbr_is_too_high(const struct bbr_call *k, uint32_t lost,
		     uint32_t tx_in_flight)
{
	const uint64_t noise = tx_in_flight / BBR_LOSS_THRESH_DIV;

	if (!k->b->has_sack)
		return lost > 0;
	if (lost <= noise)
		return false;
	return (lost - noise) * (lost - noise) > 4 * noise * k->at->smss;
}

void bbr_inflight_too_high(struct bbr_call *k, uint32_t tx_in_flight,
			   bool app_limited)
{
	struct bbr *b = k->b;
	const uint64_t least = (uint64_t)bbr_target_inflight(k) * BBR_BETA;

	b->bw_probe_samples = false; /* once a probe */
	if (!app_limited)
		b->inflight_longterm =
			max_u32(tx_in_flight, (uint32_t)(least / 100));
	if (b->state == BBR_PROBE_BW_UP)
		bbr_start_down(k);
}

/* BBRInflightAtLoss: where in this burst the losses became too many. */
static uint32_t inflight_at_loss(const struct cc_lost *lost)
{
	const uint32_t prev = lost->tx_in_flight > lost->len
				      ? lost->tx_in_flight - lost->len
				      : 0;
	const uint32_t lost_prev =
		lost->lost_since > lost->len ? lost->lost_since - lost->len : 0;
	const uint32_t allowed = prev / BBR_LOSS_THRESH_DIV;

	if (allowed <= lost_prev)
		return prev;
	return prev +
	       (uint32_t)((uint64_t)(allowed - lost_prev) *
			  BBR_LOSS_THRESH_DIV / (BBR_LOSS_THRESH_DIV - 1));
}

void bbr_lost_packet(struct bbr_call *k, const struct cc_lost *lost)
{
	bbr_note_loss(k);
	if (!k->b->bw_probe_samples)
		return;
	if (bbr_is_too_high(k, lost->lost_since, lost->tx_in_flight))
		bbr_inflight_too_high(k, inflight_at_loss(lost),
				      lost->is_app_limited);
}

/* The bound rises 1, 2, 4, ... segments in successive rounds of ProbeBW_UP. */
static void raise_slope(struct bbr_call *k)
{
	struct bbr *b = k->b;
	const uint64_t growth = (uint64_t)k->at->smss << b->bw_probe_up_rounds;

	b->bw_probe_up_rounds =
		(uint8_t)min_u32(b->bw_probe_up_rounds + 1u, 30);
	b->probe_up_cnt = (uint32_t)max_u64(k->c->cwnd / growth, 1);
}

static void probe_upward(struct bbr_call *k)
{
	struct bbr *b = k->b;
	uint64_t delta;

	if (!k->a->cwnd_limited || k->c->cwnd < b->inflight_longterm)
		return;
	if (b->probe_up_cnt == BBR_VOLUME_INF)
		raise_slope(k);
	b->bw_probe_up_acks += k->a->delivered;
	delta = b->bw_probe_up_acks / b->probe_up_cnt;
	b->bw_probe_up_acks %= b->probe_up_cnt;
	b->inflight_longterm =
		(uint32_t)min_u64(b->inflight_longterm + delta, CC_CWND_MAX);
	if (b->round_start)
		raise_slope(k);
}

/* 5.3.3.6 */
void bbr_adapt_long_term(struct bbr_call *k)
{
	struct bbr *b = k->b;
	const struct rate_sample *rs = k->a->rs;

	if (b->ack_phase == BBR_ACKS_PROBE_STARTING && b->round_start)
		b->ack_phase = BBR_ACKS_PROBE_FEEDBACK;
	if (b->ack_phase == BBR_ACKS_PROBE_STOPPING && b->round_start) {
		b->bw_probe_samples = false;
		b->ack_phase = BBR_ACKS_INIT;
		if (bbr_in_probe_bw(b) && !rs->is_app_limited)
			bbr_advance_max_bw(b);
	}
	if (!rs->has_data || bbr_is_too_high(k, rs->lost, rs->tx_in_flight))
		return;
	if (b->inflight_longterm == BBR_VOLUME_INF)
		return;
	b->inflight_longterm = max_u32(b->inflight_longterm, rs->tx_in_flight);
	if (b->state == BBR_PROBE_BW_UP)
		probe_upward(k);
}
