/* SPDX-License-Identifier: ISC */
/*
 * iss.h - initial sequence numbers and timestamp offsets, RFC 9293 3.4.1
 */
#ifndef TERN_TCP_ISS_H
#define TERN_TCP_ISS_H

#include <tern/trace.h>

#include "base/siphash.h"
#include "tcp/seq.h"

/* F(tuple, secret), RFC 6528. */
uint64_t iss_secret(const struct siphash_key *key, const struct tern_tuple *t);

/* ISN = M + F; M ticks every 4 us. */
struct seq iss_at(uint64_t f, uint64_t now);

/* What is added to the 1 ms timestamp clock of the tuple, RFC 7323 5.4. */
uint32_t iss_timestamp_offset(uint64_t f);

#endif
