/* SPDX-License-Identifier: ISC */
/*
 * cwv.h - is the congestion window still what the path was seen to carry?
 * RFC 7661
 *
 * A pure object, for algorithms whose window grows with what is acknowledged.
 */
#ifndef TERN_TCP_CWV_H
#define TERN_TCP_CWV_H

#include <stdbool.h>
#include <stdint.h>

struct cc;
struct cc_ack;
struct cc_now;

/* All zero is the beginning: pipeACK is undefined, the window validated. */
struct cwv {
	uint64_t round_at;  /* when the sample under way began */
	uint64_t period_at; /* when the sampling period did */
	uint64_t since;	    /* when the non-validated phase did, 0: not in it */
	uint32_t round;	    /* bytes acknowledged in the sample under way */
	uint32_t best, prior; /* greatest sample of this and the last period */
	bool defined;	      /* there was a sample */
};

/* Takes an ACK into account.  After five minutes of the non-validated phase
 * takes cwnd down (4.4.3). */
void cwv_on_ack(struct cwv *v, struct cc *c, const struct cc_ack *a);

/* The same for `acked` bytes while the window is not in use.  False if it must
 * be taken down now; then nothing has been done. */
bool cwv_on_unused(struct cwv *v, const struct cc *c, uint64_t now,
		   uint32_t srtt_us, uint32_t acked);

/* pipeACK in bytes, UINT32_MAX while it is undefined. */
uint32_t cwv_pipe_ack(const struct cwv *v);

/* The volume that a congestion event is to be answered from: FlightSize, or in
 * the non-validated phase pipeACK if that is more (4.4.1); cwnd bounds it. */
uint32_t cwv_volume(const struct cwv *v, const struct cc *c, uint32_t flight);

/* Is there anything that is worth keeping through a silence? */
bool cwv_knows(const struct cwv *v);

/* cwnd was set anew by a congestion event: all is forgotten. */
void cwv_reset(struct cwv *v);

#endif
