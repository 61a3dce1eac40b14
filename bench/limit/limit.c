/* SPDX-License-Identifier: ISC */
/*
 * limit.c - bench-limit: the work that no stack can avoid, without a stack
 *
 *	bench-limit bulk window=BYTES	1460 bytes are copied into a buffer of
 *					that size, summed, and later summed
 *					again and copied out
 *	bench-limit super window=BYTES	64 KiB are copied in and out
 *	bench-limit copy		64 KiB that stay in the cache, copied
 *	bench-limit checksum		1460 bytes, summed
 *	bench-limit copysum		1460 bytes, copied, then summed
 *	bench-limit touch conns=N lines=L
 *					of two of N objects at random L lines of
 *					cache are written, 32 asked for at a
 *					time: two ends and a transaction
 *
 * The sum is the Internet checksum (RFC 1071) by 32-bit words in vector
 * registers, of AVX2 where the processor has it.
 */
#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/measure.h"

#define SEGMENT	 1460
#define SUPER	 65536
#define NS_PER_S UINT64_C(1000000000)

static uint64_t sink;

/* Adds 32-bit words in lanes of 64 bits; the rest, up to 31 bytes, slowly. */
__attribute__((target("avx2"))) static uint64_t sum_avx2(const uint8_t *p,
							 size_t len)
{
	const __m256i mask = _mm256_set1_epi64x(0xffffffff);
	__m256i a = _mm256_setzero_si256(), b = a, v;
	uint64_t lanes[4], sum = 0;
	uint16_t word;

	for (; len >= 32; len -= 32, p += 32) {
		v = _mm256_loadu_si256((const void *)p);
		a = _mm256_add_epi64(a, _mm256_and_si256(v, mask));
		b = _mm256_add_epi64(b, _mm256_srli_epi64(v, 32));
	}
	_mm256_storeu_si256((void *)lanes, _mm256_add_epi64(a, b));
	for (; len >= 2; len -= 2, p += 2) {
		memcpy(&word, p, 2);
		sum += word;
	}
	return sum + lanes[0] + lanes[1] + lanes[2] + lanes[3];
}

static uint64_t sum_portable(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;
	uint32_t word;

	for (; len >= 4; len -= 4, p += 4) {
		memcpy(&word, p, 4);
		sum += word;
	}
	return sum;
}

static uint64_t (*sum)(const uint8_t *p, size_t len);

/* A ring of `window` bytes: filled at one place, emptied at the other. */
struct ring {
	uint8_t *bytes, *in, *out;
	size_t window, at, unit;
};

static void fill(struct ring *r, bool summed)
{
	size_t used;

	for (used = 0; used + r->unit <= r->window; used += r->unit) {
		memcpy(r->bytes + used, r->in, r->unit);
		if (summed)
			sink += sum(r->bytes + used, r->unit);
	}
	r->at = used;
}

static void empty(struct ring *r, bool summed)
{
	size_t used;

	for (used = 0; used < r->at; used += r->unit) {
		if (summed)
			sink += sum(r->bytes + used, r->unit);
		memcpy(r->out, r->bytes + used, r->unit);
		sink += r->out[0];
	}
}

static void through_ring(size_t unit, bool summed)
{
	const uint64_t limit = argument("seconds", 2) * NS_PER_S;
	struct ring r = {.window = argument("window", 65536), .unit = unit};
	uint64_t bytes = 0;
	struct span s;

	/* Both stacks of a pair hand over batches of 64 at most. */
	if (summed && r.window > 64 * SEGMENT)
		r.window = 64 * SEGMENT;
	r.bytes = calloc(1, r.window);
	r.in = calloc(1, unit);
	r.out = calloc(1, unit);
	must(r.bytes && r.in && r.out, "no memory");
	span_start(&s);
	while (!span_over(&s, clock_ns(), limit)) {
		fill(&r, summed);
		empty(&r, summed);
		bytes += r.at;
	}
	span_end(&s);
	report_rate("", "Gbit/s", (double)bytes * 8e-9, &s);
}

enum act { COPY, SUM, COPY_SUM };

static void one_act(enum act act, size_t unit)
{
	const uint64_t limit = argument("seconds", 2) * NS_PER_S;
	uint8_t *from = calloc(1, unit), *to = calloc(1, unit);
	uint64_t bytes = 0;
	struct span s;
	int i;

	must(from && to, "no memory");
	span_start(&s);
	while (!span_over(&s, clock_ns(), limit)) {
		for (i = 0; i < 64; i++) {
			if (act != SUM)
				memcpy(to, from, unit);
			if (act != COPY)
				sink += sum(act == SUM ? from : to, unit);
			/* The compiler must not see that nothing changes. */
			__asm__ volatile("" : : "r"(from), "r"(to) : "memory");
		}
		bytes += 64 * unit;
	}
	span_end(&s);
	report_rate("", "Gbit/s", (double)bytes * 8e-9, &s);
}

#define LINE  64
#define DEPTH 32
#define HUGE  (UINT64_C(2) << 20)

/* In large pages, if the system has them, and there. */
static uint8_t *objects(size_t size)
{
	uint8_t *p = aligned_alloc(HUGE, (size + HUGE - 1) & ~(HUGE - 1));

	must(p, "no memory");
	(void)madvise(p, size, MADV_HUGEPAGE);
	memset(p, 1, size);
	return p;
}

static void touch_some(uint8_t *end, uint64_t conns, uint64_t size)
{
	uint8_t *object[DEPTH];
	uint64_t at;
	int i;

	for (i = 0; i < DEPTH; i++) {
		object[i] = end + draw((uint32_t)conns) * size;
		for (at = 0; at < size; at += LINE)
			__builtin_prefetch(object[i] + at, 1);
	}
	for (i = 0; i < DEPTH; i++)
		for (at = 0; at < size; at += LINE)
			object[i][at]++;
}

static void touch(void)
{
	const uint64_t limit = argument("seconds", 2) * NS_PER_S;
	const uint64_t conns = argument("conns", 10000);
	const uint64_t size = argument("lines", 28) * LINE;
	uint8_t *end[2] = {objects(conns * size), objects(conns * size)};
	uint64_t done = 0;
	struct span s;

	span_start(&s);
	while (!span_over(&s, clock_ns(), limit)) {
		touch_some(end[0], conns, size);
		touch_some(end[1], conns, size);
		done += DEPTH;
	}
	span_end(&s);
	report_rate("", "transactions/s", (double)done, &s);
	free(end[0]);
	free(end[1]);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	arguments(argc - 1, argv + 1);
	sum = __builtin_cpu_supports("avx2") ? sum_avx2 : sum_portable;
	if (!strcmp(what, "bulk"))
		through_ring(SEGMENT, true);
	else if (!strcmp(what, "super"))
		through_ring(SUPER, false);
	else if (!strcmp(what, "copy"))
		one_act(COPY, SUPER);
	else if (!strcmp(what, "checksum"))
		one_act(SUM, SEGMENT);
	else if (!strcmp(what, "copysum"))
		one_act(COPY_SUM, SEGMENT);
	else if (!strcmp(what, "touch"))
		touch();
	else
		must(false, "usage: bench-limit QUESTION [name=value]...");
	return sink == 1;
}
