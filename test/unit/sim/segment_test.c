/* SPDX-License-Identifier: ISC */
/*
 * segment_test.c - the simulator's own encoder and decoder of segments
 *
 * The bytes of one segment were worked out by hand from RFC 791 and RFC 9293;
 * the rest is writing and reading back, and headers that lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <tern/frame.h>
#include <tern/libc.h>

#include "sim/segment.h"

static struct tern_block_pool *pool;

static int make_pool(void **state)
{
	const struct tern_allocator a = tern_libc_allocator();

	(void)state;
	pool = tern_block_pool_create(&a, 1 << 20);
	return pool ? 0 : -1;
}

static int drop_pool(void **state)
{
	(void)state;
	tern_block_pool_destroy(pool);
	return 0;
}

static bool read_bytes(struct sim_segment *s, const uint8_t *bytes,
		       uint32_t len)
{
	struct tern_frame f;
	bool ok;

	assert_int_equal(tern_frame_copy(&f, pool, bytes, len), 0);
	ok = sim_segment_read(s, &f);
	tern_frame_release(&f);
	return ok;
}

static void assert_same(const struct sim_segment *a,
			const struct sim_segment *b)
{
	assert_true(a->src == b->src && a->dst == b->dst);
	assert_true(a->sport == b->sport && a->dport == b->dport);
	assert_true(a->seq == b->seq && a->ack == b->ack);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->wnd, b->wnd);
	assert_int_equal(a->len, b->len);
	assert_int_equal(a->present, b->present);
	assert_int_equal(a->mss, b->mss);
	assert_int_equal(a->wscale, b->wscale);
	assert_true(a->ts_val == b->ts_val && a->ts_ecr == b->ts_ecr);
}

static void a_syn_has_the_bytes_of_the_rfc(void **state)
{
	static const uint8_t expected[] = {
		/* 10.0.0.1 to 10.0.0.2, 44 bytes, DF, TTL 64 */
		0x45, 0, 0, 44, 0, 0, 0x40, 0, 64, 6, 0x26, 0xca, 10, 0, 0, 1,
		10, 0, 0, 2,
		/* 40000 to 80, seq 1000, SYN, window 65535 */
		0x9c, 0x40, 0, 80, 0, 0, 0x03, 0xe8, 0, 0, 0, 0, 0x60, 0x02,
		0xff, 0xff, 0xe3, 0xab, 0, 0,
		/* MSS 1460 */
		2, 4, 0x05, 0xb4};
	const struct sim_segment s = {
		.src = 0x0a000001,
		.dst = 0x0a000002,
		.sport = 40000,
		.dport = 80,
		.seq = 1000,
		.flags = TERN_SYN,
		.wnd = 65535,
		.present = TERN_OPT_MSS,
		.mss = 1460,
	};
	uint8_t out[SIM_SEGMENT_HEAD];

	(void)state;
	assert_int_equal(sim_segment_write(&s, NULL, out), sizeof(expected));
	assert_memory_equal(out, expected, sizeof(expected));
}

static void what_is_written_is_read_back(void **state)
{
	const struct sim_segment s = {
		.src = 0xc0a80001,
		.dst = 0xc0a800fe,
		.sport = 65535,
		.dport = 1,
		.seq = 0xfffffffe,
		.ack = 0x80000000,
		.flags = TERN_SYN | TERN_ACK | TERN_PSH | TERN_ECE,
		.wnd = 4711,
		.len = 5,
		.present = TERN_OPT_MSS | TERN_OPT_WSCALE | TERN_OPT_SACK_PERM |
			   TERN_OPT_TIMESTAMPS,
		.mss = 536,
		.wscale = 14,
		.ts_val = 0xdeadbeef,
		.ts_ecr = 1,
	};
	uint8_t out[SIM_SEGMENT_HEAD + 5];
	struct sim_segment r;
	uint32_t len;

	(void)state;
	len = sim_segment_write(&s, "hello", out);
	assert_int_equal(len, sizeof(out));
	assert_true(read_bytes(&r, out, len));
	assert_same(&r, &s);
	assert_memory_equal(out + len - 5, "hello", 5);
}

/* Each cut or lie makes it something that is not read past its end. */
static void no_segment_is_made_of_less(void **state)
{
	const struct sim_segment s = {
		.src = 1,
		.dst = 2,
		.flags = TERN_ACK,
		.present = TERN_OPT_TIMESTAMPS,
		.len = 3,
	};
	uint8_t out[SIM_SEGMENT_HEAD + 3], bad[SIM_SEGMENT_HEAD + 3];
	struct sim_segment r;
	uint32_t len, i;

	(void)state;
	len = sim_segment_write(&s, "abc", out);
	for (i = 0; i < len; i++)
		assert_false(read_bytes(&r, out, i));
	memcpy(bad, out, len);
	bad[0] = 0x65; /* IPv6 */
	assert_false(read_bytes(&r, bad, len));
	bad[0] = 0x44; /* a header of 16 bytes */
	assert_false(read_bytes(&r, bad, len));
	memcpy(bad, out, len);
	bad[9] = 17; /* UDP */
	assert_false(read_bytes(&r, bad, len));
	memcpy(bad, out, len);
	bad[32] = 0xf0; /* more TCP header than there is */
	assert_false(read_bytes(&r, bad, len));
	bad[32] = 0x40;
	assert_false(read_bytes(&r, bad, len));
	memcpy(bad, out, len);
	bad[43] = 0; /* an option of no length ends the options */
	assert_true(read_bytes(&r, bad, len));
	assert_int_equal(r.present, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syn_has_the_bytes_of_the_rfc),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(no_segment_is_made_of_less),
	};

	return cmocka_run_group_tests(tests, make_pool, drop_pool);
}
