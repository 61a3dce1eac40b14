/* SPDX-License-Identifier: ISC */
/*
 * bbr1.h - BBR version 1, draft-cardwell-iccrg-bbr-congestion-control-00: its
 * state, shared by its files
 *
 *	cc_bbr1.c	events, and the parameters that come out (4.2)
 *	bbr1_model.c	what is known of the path (4.1)
 *	bbr1_phase.c	the state machine (4.3)
 *	bbr1_police.c	a path with a policer on it
 *
 * Rates are in bytes a second, volumes in bytes, gains in 1/256.
 */
#ifndef TERN_TCP_BBR1_H
#define TERN_TCP_BBR1_H

#include "base/bytes.h"
#include "tcp/cc.h"

#define BBR1_UNIT      256 /* of gains */
#define BBR1_HIGH_GAIN 739 /* 2/ln(2): doubles the rate each round trip */
#define BBR1_BW_ROUNDS 10  /* BtlBwFilterLen */
#define BBR1_PHASES    8   /* of the gain cycle */
#define BBR1_MIN_PIPE  4   /* BBRMinPipeCwnd, in SMSS */
#define BBR1_NO_RTT    UINT32_MAX
#define BBR1_NS_PER_S  UINT64_C(1000000000)

enum bbr1_state {
	BBR1_STARTUP,
	BBR1_DRAIN,
	BBR1_PROBE_BW,
	BBR1_PROBE_RTT,
};

/* What a policer lets through, bbr1_police.c. */
struct bbr1_police {
	uint64_t bw;	    /* of the last interval, 0: none yet */
	uint64_t since;	    /* when this interval began */
	uint64_t delivered; /* C.delivered then */
	uint64_t lost;	    /* bbr1.lost then */
	uint32_t rounds;    /* of the interval, or in which bw was used */
	bool is_sampling;
	bool is_used; /* bw is the rate */
};

struct bbr1 {
	/* The model. */
	uint64_t bw[BBR1_BW_ROUNDS]; /* the most of each round: BtlBw */
	uint32_t bw_idx, bw_round;   /* the latest, and its round */
	uint64_t min_rtt_stamp;
	uint32_t min_rtt_us; /* RTprop; BBR1_NO_RTT: none yet */
	uint32_t round_count;
	uint64_t next_round_delivered;
	uint64_t lost; /* bytes taken for lost so far */

	/* Has the pipe been filled? */
	uint64_t full_bw;
	uint8_t full_bw_count;

	/* Aggregation: most of this window of rounds, and of the last. */
	uint64_t ack_epoch_at;
	uint64_t ack_epoch_acked;
	uint32_t extra_acked[2];
	uint32_t extra_acked_round;

	/* The states. */
	uint64_t cycle_stamp;
	uint64_t probe_rtt_done_stamp; /* 0: not yet known */
	uint32_t prior_cwnd;
	uint8_t state; /* enum bbr1_state */
	uint8_t cycle_idx;
	bool full_bw_reached, round_start, probe_rtt_round_done;
	bool min_rtt_expired, idle_restart, seen_rtt;
	uint32_t recover; /* goes_on: when to look again */
	bool in_recovery, recovery_begins, packet_conservation;
	bool goes_on; /* repair is over, but more had been lost meanwhile */

	struct bbr1_police police;
};

/* One event, as the functions here pass it on. */
struct bbr1_call {
	struct bbr1 *b;
	struct cc *c;
	struct cc_cold *f;
	const struct cc_now *at;
	const struct cc_ack *a; /* NULL if it is not an ACK */
};

/* bbr1_model.c */
uint64_t bbr1_max_bw(const struct bbr1 *b);
/* The rate to go by: BtlBw, or what a policer lets through. */
uint64_t bbr1_bw(const struct bbr1 *b);
void bbr1_start_round(struct bbr1_call *k);
void bbr1_update_round(struct bbr1_call *k);
void bbr1_update_bw(struct bbr1_call *k);
void bbr1_update_aggregation(struct bbr1_call *k);
void bbr1_check_full_pipe(struct bbr1_call *k);
void bbr1_update_min_rtt(struct bbr1_call *k);
/* gain times the bandwidth-delay product; IW as long as there is none. */
uint32_t bbr1_bdp(const struct bbr1_call *k, uint64_t bw, uint32_t gain);
/* And what keeps both ends busy on top of it (4.2.3.2). */
uint32_t bbr1_quantize(const struct bbr1_call *k, uint32_t volume);
uint32_t bbr1_inflight(const struct bbr1_call *k, uint64_t bw, uint32_t gain);

/* bbr1_phase.c */
uint32_t bbr1_pacing_gain(const struct bbr1 *b);
uint32_t bbr1_cwnd_gain(const struct bbr1 *b);
void bbr1_enter_probe_bw(struct bbr1_call *k);
void bbr1_update_cycle(struct bbr1_call *k);
void bbr1_check_drain(struct bbr1_call *k);
void bbr1_check_probe_rtt(struct bbr1_call *k);
void bbr1_check_probe_rtt_done(struct bbr1_call *k);

/* bbr1_police.c */
void bbr1_police_reset(struct bbr1_call *k);
/* `lost`: something was taken for lost with this event. */
void bbr1_police_sample(struct bbr1_call *k, bool lost, bool app_limited);

/* cc_bbr1.c */
void bbr1_save_cwnd(struct bbr1_call *k);

#endif
