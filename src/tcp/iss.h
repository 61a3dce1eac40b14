/* SPDX-License-Identifier: ISC */
/*
 * iss.h - initial sequence numbers and timestamp offsets, RFC 9293 3.4.1
 */
#ifndef TERN_TCP_ISS_H
#define TERN_TCP_ISS_H

#include <tern/trace.h>

#include "base/siphash.h"
#include "tcp/seq.h"

/* ISN = M + F(tuple, secret), RFC 6528; M ticks every 4 us. */
struct seq iss_generate(const struct siphash_key *key,
			const struct tern_tuple *t, uint64_t now);

/* What is added to the 1 ms timestamp clock of this tuple, RFC 7323 5.4. */
uint32_t iss_timestamp_offset(const struct siphash_key *key,
			      const struct tern_tuple *t);

#endif
