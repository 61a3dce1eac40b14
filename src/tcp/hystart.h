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
	uint32_t window_end;  /* the round ends when this is acknowledged */
	uint32_t last_min_us; /* lastRoundMinRTT; 0: infinite, here and below */
	uint32_t cur_min_us;  /* currentRoundMinRTT */
	uint32_t baseline_us; /* cssBaselineMinRtt; not 0: in CSS */
	uint8_t n_samples;    /* rttSampleCount, as far as it matters */
	uint8_t css_rounds;
	bool started;
	bool done; /* CSS_ROUNDS have passed: ssthresh = cwnd */
};

/* An ACK in slow start.  Returns the bytes by which cwnd may grow for it.
 * `paced`: L is infinite.  Afterwards look at `done`. */
uint32_t hystart_on_ack(struct hystart *h, const struct cc_ack *a, bool paced);

#endif
