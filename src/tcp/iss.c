/* SPDX-License-Identifier: ISC */
/*
 * iss.c - initial sequence numbers and timestamp offsets, RFC 9293 3.4.1
 *
 * ISN = M + F(tuple, secret), RFC 6528 (SHLD-1).  M is a clock that ticks every
 * 4 us (MUST-8), so that a new incarnation of a tuple begins beyond the old
 * one.  F is SipHash-2-4 under a key drawn from the seed; without the key it
 * cannot be computed (MUST-9), and the numbers of one tuple say nothing about
 * those of another.
 *
 * The timestamp offset is constant, so that the clock that a peer sees goes on
 * over connections (PAWS, RFC 6191), and another one for each tuple, so that
 * nobody learns how long this stack has been running.  It is the other half of
 * F, which has 64 bits: of a keyed hash that is a pseudorandom function one
 * half says nothing about the other.
 */
#include "tcp/iss.h"

#define TICK_NS 4000

static uint64_t addrs_of(const struct tern_tuple *t)
{
	return (uint64_t)t->laddr << 32 | t->raddr;
}

static uint32_t ports_of(const struct tern_tuple *t)
{
	return (uint32_t)t->lport << 16 | t->rport;
}

uint64_t iss_secret(const struct siphash_key *key, const struct tern_tuple *t)
{
	return siphash24_12(key, addrs_of(t), ports_of(t)); /* MUST-9 */
}

struct seq iss_at(uint64_t f, uint64_t now)
{
	return (struct seq){(uint32_t)(now / TICK_NS + f)}; /* MUST-8, SHLD-1 */
}

uint32_t iss_timestamp_offset(uint64_t f)
{
	return (uint32_t)(f >> 32);
}
