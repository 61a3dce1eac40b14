/* SPDX-License-Identifier: ISC */
/*
 * hystart.h - HyStart++: when slow start has gone far enough, RFC 9406
 *
 * A pure object, for the first slow start of a connection only: while ssthresh
 * is at its initial value.
 */
#ifndef TERN_TCP_HYSTART_H
#define TERN_TCP_HYSTART_H

#include <stdbool.h>
#include <stdint.h>

struct cc_ack;

/* All zero is the beginning. */
struct hystart {
	uint64_t train_at;    /* when the train of ACKs began */
	uint64_t acked_at;    /* the last ACK */
	uint32_t window_end;  /* the round ends when this is acknowledged */
	uint32_t last_min_us; /* lastRoundMinRTT; 0: infinite, here and below */
	uint32_t cur_min_us;  /* currentRoundMinRTT */
	uint32_t baseline_us; /* cssBaselineMinRtt; not 0: in CSS */
	uint8_t n_samples;    /* rttSampleCount, as far as it matters */
	uint8_t css_rounds;
	bool by_train; /* CSS began with a train, not with delay */
	bool started;
	bool done; /* ssthresh = cwnd */
};

/* An ACK in slow start, with the window `cwnd` in use.  Returns the bytes by
 * which cwnd may grow for it; afterwards look at `done`. */
uint32_t hystart_on_ack(struct hystart *h, const struct cc_ack *a,
			uint32_t cwnd);

#endif
