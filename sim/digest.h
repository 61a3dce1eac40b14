/* SPDX-License-Identifier: ISC */
/*
 * digest.h - one number that stands for everything that was traced
 *
 * Two runs whose digests agree have had the same events in the same order at
 * the same nanosecond.  Give sim_digest_event() to sim_host_add_tracer().
 */
#ifndef TERN_SIM_DIGEST_H
#define TERN_SIM_DIGEST_H

#include <tern/trace.h>

/* Zeroed is empty. */
struct sim_digest {
	uint64_t value;
	uint64_t n_events;
};

void sim_digest_add(struct sim_digest *d, uint64_t number);

/* A trace listener; `ctx` is a struct sim_digest. */
void sim_digest_event(void *ctx, const struct tern_event *ev);

#endif
