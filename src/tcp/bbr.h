/* SPDX-License-Identifier: ISC */
/*
 * bbr.h - BBR version 3, draft-ietf-ccwg-bbr-05: its state, shared by its files
 *
 *	cc_bbr.c	events, and the parameters that come out (5.6)
 *	bbr_model.c	what is known of the path (5.5)
 *	bbr_phase.c	the state machine (5.3)
 *
 * Names are the draft's.  Rates are in bytes a second, volumes in bytes, gains
 * in hundredths.
 */
#ifndef TERN_TCP_BBR_H
#define TERN_TCP_BBR_H

#include "base/bytes.h"
#include "tcp/cc.h"

#define BBR_RATE_INF   UINT64_MAX
#define BBR_VOLUME_INF UINT32_MAX

#define BBR_MIN_PIPE	    4  /* MinPipeCwnd, in SMSS */
#define BBR_LOSS_THRESH_DIV 50 /* LossThresh = 2% */
#define BBR_MARGIN	    1  /* PacingMarginPercent */
#define BBR_BETA	    70
#define BBR_HEADROOM	    15
#define BBR_DOWN_GAIN	    90 /* of the pacing, 5.3.3.1 */
#define BBR_NS_PER_S	    UINT64_C(1000000000)

enum bbr_state {
	BBR_STARTUP,
	BBR_DRAIN,
	BBR_PROBE_BW_DOWN,
	BBR_PROBE_BW_CRUISE,
	BBR_PROBE_BW_REFILL,
	BBR_PROBE_BW_UP,
	BBR_PROBE_RTT,
};

enum bbr_ack_phase {
	BBR_ACKS_INIT,
	BBR_ACKS_REFILLING,
	BBR_ACKS_PROBE_STARTING,
	BBR_ACKS_PROBE_FEEDBACK,
	BBR_ACKS_PROBE_STOPPING,
};

struct bbr {
	/* The model. */
	uint64_t max_bw_filter[2]; /* of the last cycle and this one */
	uint64_t bw_shortterm, bw_latest, bw;
	uint32_t inflight_longterm, inflight_shortterm, inflight_latest;
	uint32_t min_rtt_us; /* UINT32_MAX: none yet */
	uint64_t min_rtt_stamp;
	uint32_t probe_rtt_min_us;
	uint64_t probe_rtt_min_stamp;
	uint64_t probe_rtt_done_stamp;

	/* Rounds. */
	uint64_t next_round_delivered, loss_round_delivered;
	uint32_t round_count, rounds_since_bw_probe, drain_start_round;

	/* Has the pipe been filled? */
	uint64_t full_bw;
	uint8_t full_bw_count;

	/* Probing for bandwidth. */
	uint64_t cycle_stamp, bw_probe_wait_ns;
	uint64_t bw_probe_up_acks;
	uint32_t probe_up_cnt;
	uint8_t bw_probe_up_rounds;

	/* Aggregation. */
	uint64_t extra_acked_start;
	uint64_t extra_acked_delivered;
	uint32_t extra_acked[2]; /* most, of these rounds and those before */
	uint32_t extra_acked_round;

	uint32_t prior_cwnd;
	uint64_t undo_bw_shortterm;
	uint32_t undo_inflight_shortterm, undo_inflight_longterm;

	uint8_t state; /* enum bbr_state */
	uint8_t undo_state;
	uint8_t ack_phase; /* enum bbr_ack_phase */
	uint8_t loss_events;
	uint8_t rounds_to_fill;	 /* the pipe, after ProbeRTT */
	uint8_t rounds_to_speed; /* up, after DOWN */
	bool full_bw_reached, full_bw_now;
	bool round_start, loss_round_start, loss_in_round;
	bool bw_probe_samples, probe_rtt_expired, probe_rtt_round_done;
	bool idle_restart, in_recovery, seen_rtt, has_sack;
};

/* One event, as the functions here pass it on. */
struct bbr_call {
	struct bbr *b;
	struct cc *c;
	struct cc_cold *f;
	const struct cc_now *at;
	const struct cc_ack *a; /* NULL if it is not an ACK */
	uint64_t rate;		/* RS.delivery_rate */
};

static inline bool bbr_in_probe_bw(const struct bbr *b)
{
	return b->state >= BBR_PROBE_BW_DOWN && b->state <= BBR_PROBE_BW_UP;
}

static inline uint64_t bbr_max_bw(const struct bbr *b)
{
	return max_u64(b->max_bw_filter[0], b->max_bw_filter[1]);
}

/* bbr_model.c */
void bbr_start_round(struct bbr_call *k);
void bbr_reset_congestion_signals(struct bbr *b);
void bbr_reset_short_term(struct bbr *b);
void bbr_reset_full_bw(struct bbr *b);
void bbr_update_latest(struct bbr_call *k);
void bbr_advance_latest(struct bbr_call *k);
void bbr_update_congestion_signals(struct bbr_call *k);
void bbr_update_aggregation(struct bbr_call *k);
void bbr_check_full_bw(struct bbr_call *k);
void bbr_update_min_rtt(struct bbr_call *k);
void bbr_advance_max_bw(struct bbr *b);
void bbr_save_upon_loss(struct bbr *b);
void bbr_note_loss(struct bbr_call *k);
void bbr_adapt_long_term(struct bbr_call *k);
void bbr_inflight_too_high(struct bbr_call *k, uint32_t tx_in_flight,
			   bool app_limited);
/* IsInflightTooHigh() */
bool bbr_is_too_high(const struct bbr_call *k, uint32_t lost,
		     uint32_t tx_in_flight);
void bbr_lost_packet(struct bbr_call *k, const struct cc_lost *lost);

/* BBRInflight(bw, gain): what is in flight at this rate without a queue. */
uint32_t bbr_inflight(const struct bbr_call *k, uint64_t bw, uint32_t gain);
/* BBRQuantizationBudget: at least what keeps both ends busy. */
uint32_t bbr_quantize(const struct bbr_call *k, uint32_t volume);
uint32_t bbr_bdp(const struct bbr_call *k, uint64_t bw, uint32_t gain);
uint32_t bbr_inflight_with_headroom(const struct bbr_call *k);
uint32_t bbr_target_inflight(const struct bbr_call *k);

/* bbr_phase.c */
void bbr_enter_startup(struct bbr *b);
void bbr_start_down(struct bbr_call *k);
void bbr_start_up(struct bbr_call *k);
void bbr_resume_up(struct bbr_call *k); /* it should not have ended */
void bbr_check_startup_done(struct bbr_call *k);
void bbr_check_drain_done(struct bbr_call *k);
void bbr_update_cycle(struct bbr_call *k);
void bbr_check_probe_rtt(struct bbr_call *k);
void bbr_check_probe_rtt_done(struct bbr_call *k);

/* cc_bbr.c */
void bbr_save_cwnd(struct bbr_call *k);
uint32_t bbr_probe_rtt_cwnd(const struct bbr_call *k);

#endif
