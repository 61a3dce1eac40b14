/* SPDX-License-Identifier: ISC */
/*
 * tcp_opt_test.c - TCP options: MUST-4 to MUST-7, MUST-64, MUST-68, MUST-69
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "unit/base/dice.h"
#include "unit/wire/exact.h"
#include "wire/tcp.h"
#include "wire/tcp_opt.h"

static struct tcp_options parse(const void *bytes, uint32_t len)
{
	uint8_t *p = exact_copy(bytes, len);
	struct tcp_options o;

	memset(&o, 0xff, sizeof(o));
	tcp_opt_parse(p, len, &o);
	free(p);
	return o;
}

/* One legal option of each kind, with the bit that it sets. */
static const struct sample {
	uint8_t bit;
	uint8_t len;
	uint8_t bytes[34];
} samples[] = {
	{TERN_OPT_MSS, 4, {2, 4, 0x05, 0xb4}},
	{TERN_OPT_WSCALE, 3, {3, 3, 7}},
	{TERN_OPT_SACK_PERM, 2, {4, 2}},
	{TERN_OPT_TIMESTAMPS, 10, {8, 10, 1, 2, 3, 4, 5, 6, 7, 8}},
	{TERN_OPT_SACK, 10, {5, 10, 0, 0, 0, 1, 0, 0, 0, 2}},
	{TERN_OPT_UTO, 4, {28, 4, 0x81, 0x02}},
	{TERN_OPT_FASTOPEN, 2, {34, 2}},
	{TERN_OPT_FASTOPEN, 10, {34, 10, 1, 2, 3, 4, 5, 6, 7, 8}},
	{TERN_OPT_FASTOPEN, 8, {254, 8, 0xf9, 0x89, 1, 2, 3, 4}},
	{TERN_OPT_ACCECN, 11, {172, 11, 0, 0, 1, 0, 0, 2, 0, 0, 3}},
	{TERN_OPT_ACCECN, 8, {174, 8, 0, 0, 1, 0, 0, 2}},
	{TERN_OPT_ACCECN, 5, {172, 5, 0, 0, 1}},
	{TERN_OPT_ACCECN, 2, {174, 2}},
	{TERN_OPT_SACK, 34, {5, 34, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0,
			     0, 3,  0, 0, 0, 4, 0, 0, 0, 5, 0, 0,
			     0, 6,  0, 0, 0, 7, 0, 0, 0, 8}},
};

static void check_values(const struct tcp_options *o)
{
	uint32_t i;

	if (o->present & TERN_OPT_MSS)
		assert_int_equal(o->mss, 1460);
	if (o->present & TERN_OPT_WSCALE)
		assert_int_equal(o->wscale, 7);
	if (o->present & TERN_OPT_TIMESTAMPS) {
		assert_int_equal(o->ts_val, 0x01020304);
		assert_int_equal(o->ts_ecr, 0x05060708);
	}
	if (o->present & TERN_OPT_UTO)
		assert_int_equal(o->uto, 0x8102);
	for (i = 0; o->present & TERN_OPT_FASTOPEN && i < o->fo_len; i++)
		assert_int_equal(o->fo[i], i + 1);
	for (i = 0; o->present & TERN_OPT_ACCECN && i < o->n_accecn; i++)
		assert_int_equal(o->accecn[i], i + 1);
	for (i = 0; o->present & TERN_OPT_SACK && i < o->n_sack; i++) {
		assert_int_equal(o->sack[i].left, 2 * i + 1);
		assert_int_equal(o->sack[i].right, 2 * i + 2);
	}
}

/* MUST-4, MUST-64: after any number of NOPs, that is, at any alignment. */
static void test_every_kind_at_every_alignment(void **state)
{
	size_t i, nops;

	(void)state;
	for (i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];

		for (nops = 0; nops + s->len <= 40; nops++) {
			uint8_t p[40];
			struct tcp_options o;

			memset(p, TCP_OPT_NOP, sizeof(p));
			memcpy(p + nops, s->bytes, s->len);
			o = parse(p, (uint32_t)(nops + s->len));
			assert_int_equal(o.present, s->bit);
			assert_false(o.malformed);
			check_values(&o);
			if (s->bit == TERN_OPT_SACK)
				assert_int_equal(o.n_sack, s->len / 8);
			/* ... and with anything after the end of the list. */
			if (nops + s->len < 40) {
				memset(p + nops + s->len, 0xff,
				       40 - nops - s->len);
				p[nops + s->len] = TCP_OPT_EOL;
				o = parse(p, 40);
				assert_int_equal(o.present, s->bit);
				assert_false(o.malformed);
			}
		}
	}
}

static void test_nothing_at_all(void **state)
{
	static const uint8_t p[40];
	struct tcp_options o = parse(p, 0);

	(void)state;
	assert_int_equal(o.present, 0);
	assert_int_equal(o.n_sack, 0);
	assert_false(o.malformed);
	o = parse(p, 40); /* EOL first */
	assert_int_equal(o.present, 0);
	assert_false(o.malformed);
}

static bool is_known(int kind, int len)
{
	size_t i;

	if (kind == TCP_OPT_SACK)
		return len == 10 || len == 18 || len == 26 || len == 34;
	if (kind == TCP_OPT_ACCECN_0 || kind == TCP_OPT_ACCECN_1)
		return true;	      /* RFC 9768 3.2.3: of any length */
	if (kind == TCP_OPT_FASTOPEN) /* RFC 7413 4.1.1 */
		return len == 2 || (len >= 6 && len <= 18 && len % 2 == 0);
	for (i = 0; i < ARRAY_LEN(samples); i++)
		if (samples[i].bytes[0] == kind && samples[i].len == len)
			return true;
	return false;
}

/* MUST-6, MUST-7, MUST-68: all kinds, all lengths, then a window scale. */
static void test_every_kind_and_length(void **state)
{
	int kind, len;

	(void)state;
	for (kind = 2; kind < 256; kind++) {
		for (len = 0; len < 256; len++) {
			struct tcp_options o;
			bool fits = len >= 2 && len <= 40;
			uint8_t p[40];

			memset(p, TCP_OPT_NOP, sizeof(p));
			p[0] = (uint8_t)kind;
			p[1] = (uint8_t)len;
			if (fits && len <= 36)
				memcpy(p + len, "\4\2", 2);
			o = parse(p, sizeof(p));
			assert_int_equal(o.malformed, !fits);
			/* What comes after a skipped option is found. */
			if (fits && len <= 36)
				assert_true(o.present & TERN_OPT_SACK_PERM);
			if (kind != TCP_OPT_SACK_PERM && !is_known(kind, len))
				assert_int_equal(
					o.present & ~TERN_OPT_SACK_PERM, 0);
			if (!fits)
				assert_int_equal(o.present, 0);
		}
	}
}

/* MUST-7: each legal option, cut short at each place. */
static void test_truncated_options_are_malformed(void **state)
{
	size_t i;
	uint32_t len;

	(void)state;
	for (i = 0; i < ARRAY_LEN(samples); i++) {
		for (len = 1; len < samples[i].len; len++) {
			struct tcp_options o = parse(samples[i].bytes, len);

			assert_true(o.malformed);
			assert_int_equal(o.present, 0);
		}
	}
}

static void test_what_stood_before_the_fault_counts(void **state)
{
	static const uint8_t p[] = {2, 4, 0x05, 0xb4, 8, 1, 4, 2};
	struct tcp_options o = parse(p, sizeof(p));

	(void)state;
	assert_true(o.malformed);
	assert_int_equal(o.present, TERN_OPT_MSS);
	assert_int_equal(o.mss, 1460);
}

static void test_first_of_several_counts(void **state)
{
	static const uint8_t p[] = {
		2, 3,  9,			     /* wrong length: none */
		2, 4,  0x05, 0xb4,		     /* this one */
		2, 4,  0xff, 0xff,		     /* too late */
		3, 3,  7,    3,	   3, 9,	     /* 7 */
		5, 2,				     /* wrong length: none */
		5, 10, 0,    0,	   0, 1, 0, 0, 0, 2, /* this one */
	};
	struct tcp_options o = parse(p, sizeof(p));

	(void)state;
	assert_false(o.malformed);
	assert_int_equal(o.present,
			 TERN_OPT_MSS | TERN_OPT_WSCALE | TERN_OPT_SACK);
	assert_int_equal(o.n_sack, 1);
	check_values(&o);
}

/* RFC 7323 2.3: "... MUST use 14 instead of the specified value." */
static void test_window_scale_is_at_most_14(void **state)
{
	int shift;

	(void)state;
	for (shift = 0; shift < 256; shift++) {
		uint8_t p[3] = {3, 3, (uint8_t)shift};
		struct tcp_options o = parse(p, 3);

		assert_int_equal(o.wscale, shift < 14 ? shift : 14);
	}
}

static void test_aligned_timestamps(void **state)
{
	uint8_t p[12] = {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
	struct tcp_options o = parse(p, 12);

	(void)state;
	assert_int_equal(o.present, TERN_OPT_TIMESTAMPS);
	assert_int_equal(o.n_sack, 0);
	assert_false(o.malformed);
	check_values(&o);
	p[3] = 11; /* looks nearly like it */
	o = parse(p, 12);
	assert_true(o.malformed);
	assert_int_equal(o.present, 0);
}

struct emitted {
	uint8_t present;
	uint8_t n_sack;
	uint8_t len;
	uint8_t bytes[40];
};

#define MSS_BYTES 2, 4, 0x05, 0xb4
#define TS_BYTES  8, 10, 1, 2, 3, 4, 5, 6, 7, 8
#define MSS	  TERN_OPT_MSS
#define TS	  TERN_OPT_TIMESTAMPS
#define PERM	  TERN_OPT_SACK_PERM
#define WS	  TERN_OPT_WSCALE
#define SACK	  TERN_OPT_SACK

/* Order and padding of Linux. */
static const struct emitted forms[] = {
	{0, 0, 0, {0}},
	{MSS, 0, 4, {MSS_BYTES}},
	{MSS | WS, 0, 8, {MSS_BYTES, 1, 3, 3, 7}},
	{MSS | PERM, 0, 8, {MSS_BYTES, 1, 1, 4, 2}},
	{MSS | PERM | WS, 0, 12, {MSS_BYTES, 1, 1, 4, 2, 1, 3, 3, 7}},
	{MSS | TS, 0, 16, {MSS_BYTES, 1, 1, TS_BYTES}},
	{MSS | PERM | TS, 0, 16, {MSS_BYTES, 4, 2, TS_BYTES}},
	{MSS | TS | WS, 0, 20, {MSS_BYTES, 1, 1, TS_BYTES, 1, 3, 3, 7}},
	{MSS | PERM | TS | WS, 0, 20, {MSS_BYTES, 4, 2, TS_BYTES, 1, 3, 3, 7}},
	{TS, 0, 12, {1, 1, TS_BYTES}},
	{SACK, 1, 12, {1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2}},
	{TS | SACK,
	 1,
	 24,
	 {1, 1, TS_BYTES, 1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2}},
	{TS | SACK, /* four do not fit: three */
	 4,
	 40,
	 {1, 1, TS_BYTES, 1, 1, 5, 26, 0, 0, 0, 1, 0, 0, 0, 2, 0,
	  0, 0, 3,	  0, 0, 0, 4,  0, 0, 0, 5, 0, 0, 0, 6}},
	{SACK, /* four do */
	 4,
	 36,
	 {1, 1, 5, 34, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0,
	  0, 4, 0, 0,  0, 5, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0, 8}},
	{SACK, 0, 0, {0}},
};

static struct tcp_options values(uint8_t present, uint8_t n_sack)
{
	struct tcp_options o = {.present = present,
				.n_sack = n_sack,
				.mss = 1460,
				.wscale = 7,
				.ts_val = 0x01020304,
				.ts_ecr = 0x05060708};
	uint32_t i;

	for (i = 0; i < TCP_SACK_MAX; i++)
		o.sack[i] = (struct tcp_sack_block){2 * i + 1, 2 * i + 2};
	return o;
}

static void test_emitted_bytes_are_those_of_linux(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(forms); i++) {
		const struct emitted *f = &forms[i];
		struct tcp_options o = values(f->present, f->n_sack);
		uint8_t out[41];

		memset(out, 0xee, sizeof(out));
		assert_int_equal(tcp_opt_len(&o), f->len);
		assert_int_equal(tcp_opt_emit(out, &o), f->len);
		assert_memory_equal(out, f->bytes, f->len);
		assert_int_equal(out[f->len], 0xee);
	}
}

/* Every set of options: whole words (MUST-69: no EOL), 40 bytes, read back. */
static void test_every_set_of_options_comes_back(void **state)
{
	uint8_t present, n_sack;

	(void)state;
	for (present = 0; present < 32; present++) {
		for (n_sack = 0; n_sack < 8; n_sack++) {
			struct tcp_options o = values(present, n_sack), back;
			uint8_t *out = malloc(40), want = present;
			uint32_t len = tcp_opt_emit(out, &o);

			assert_int_equal(len % 4, 0);
			assert_true(len <= TCP_OPTIONS_MAX);
			assert_int_equal(len, tcp_opt_len(&o));
			back = parse(out, len);
			assert_false(back.malformed);
			if (n_sack == 0 || !back.n_sack)
				want &= (uint8_t)~SACK;
			assert_int_equal(back.present, want);
			if (present & SACK && n_sack)
				assert_true(back.n_sack >= 1);
			check_values(&back);
			free(out);
		}
	}
}

/* A SYN whose options are in the usual order says what it would say with a NOP
 * in front of them, which is not; and so does what is nearly one. */
static void test_usual_syn_is_read_like_any(void **state)
{
	struct tcp_options o = values(MSS | PERM | TS | WS, 0), a, b;
	struct dice dice = {7};
	int i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		uint8_t bytes[21] = {TCP_OPT_NOP};
		uint32_t n = dice_below(&dice, 3);

		o.mss = (uint16_t)dice_below(&dice, 65536);
		o.wscale = (uint8_t)dice_below(&dice, TCP_WSCALE_MAX + 1);
		assert_int_equal(tcp_opt_emit(bytes + 1, &o), 20);
		while (n-- > 0)
			bytes[1 + dice_below(&dice, 20)] =
				(uint8_t)dice_below(&dice, 256);
		a = parse(bytes + 1, 20);
		b = parse(bytes, 21);
		assert_memory_equal(&a, &b, sizeof(a));
	}
}

static void test_emitted_bytes_are_those_of_freebsd(void **state)
{
	static const struct {
		uint8_t present, n_sack;
		const char *bytes; /* in hexadecimal, numbers as in values() */
	} layouts[] = {
		{0, 0, ""},
		{MSS, 0, "020405b4"},
		{MSS | PERM, 0, "020405b404020000"},
		{MSS | WS, 0, "020405b401030307"},
		{MSS | WS | PERM, 0, "020405b40103030704020000"},
		{MSS | PERM | TS, 0, "020405b40402080a1122334455667788"},
		{MSS | WS | PERM | TS, 0,
		 "020405b4010303070402080a1122334455667788"},
		{MSS | WS | TS, 0, "020405b4010303070101080a1122334455667788"},
		{TS, 0, "0101080a1122334455667788"},
		{SACK, 1, "0101050a0000000100000002"},
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(layouts); i++) {
		struct tcp_options o =
			values(layouts[i].present, layouts[i].n_sack);
		uint8_t out[41];
		char text[81] = "";
		uint32_t len;

		o.mss = 1460;
		o.wscale = 7;
		o.ts_val = 0x11223344;
		o.ts_ecr = 0x55667788;
		o.sack[0] = (struct tcp_sack_block){1, 2};
		memset(out, 0xee, sizeof(out));
		len = tcp_opt_emit_bsd(out, &o);
		for (k = 0; k < len; k++)
			snprintf(text + 2 * k, 3, "%02x", out[k]);
		assert_string_equal(text, layouts[i].bytes);
		assert_int_equal(out[len], 0xee);
	}
}

/* Whole words, 40 bytes at most, and all of it can be read back. */
static void test_every_set_comes_back_from_freebsd(void **state)
{
	uint8_t present, n_sack;

	(void)state;
	for (present = 0; present < 32; present++) {
		for (n_sack = 0; n_sack < 8; n_sack++) {
			struct tcp_options o = values(present, n_sack), back;
			uint8_t *out = malloc(40), want = present;
			uint32_t len = tcp_opt_emit_bsd(out, &o);

			assert_int_equal(len % 4, 0);
			assert_true(len <= TCP_OPTIONS_MAX);
			back = parse(out, len);
			assert_false(back.malformed);
			if (n_sack == 0 || !back.n_sack)
				want &= (uint8_t)~SACK;
			assert_int_equal(back.present, want);
			check_values(&back);
			free(out);
		}
	}
}

/* A caller that gives more than a header holds is not harmed either. */
static void test_more_sack_blocks_than_there_can_be(void **state)
{
	uint8_t p[255] = {0};
	struct tcp_options o;
	uint32_t len;

	(void)state;
	for (len = 42; len < 256; len += 8) {
		p[0] = TCP_OPT_SACK;
		p[1] = (uint8_t)len;
		o = parse(p, sizeof(p));
		assert_int_equal(o.present, 0);
		assert_int_equal(o.n_sack, 0);
	}
}

static void test_random_bytes_do_no_harm(void **state)
{
	struct dice d = {1};
	int round;

	(void)state;
	for (round = 0; round < 100000; round++) {
		uint8_t p[40];
		uint32_t len = dice_below(&d, 41), i;
		struct tcp_options o;

		for (i = 0; i < len; i++)
			p[i] = (uint8_t)(dice_below(&d, 20) ? dice_below(&d, 12)
							    : dice_u64(&d));
		o = parse(p, len);
		assert_true(o.n_sack <= TCP_SACK_MAX);
		assert_true(o.wscale <= TCP_WSCALE_MAX);
		assert_true(!(o.present & TERN_OPT_FASTOPEN) ||
			    o.fo_len <= TCP_COOKIE_MAX);
		assert_true(!(o.present & TERN_OPT_ACCECN) || o.n_accecn <= 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_at_every_alignment),
		cmocka_unit_test(test_nothing_at_all),
		cmocka_unit_test(test_every_kind_and_length),
		cmocka_unit_test(test_truncated_options_are_malformed),
		cmocka_unit_test(test_what_stood_before_the_fault_counts),
		cmocka_unit_test(test_first_of_several_counts),
		cmocka_unit_test(test_window_scale_is_at_most_14),
		cmocka_unit_test(test_aligned_timestamps),
		cmocka_unit_test(test_emitted_bytes_are_those_of_linux),
		cmocka_unit_test(test_every_set_of_options_comes_back),
		cmocka_unit_test(test_usual_syn_is_read_like_any),
		cmocka_unit_test(test_emitted_bytes_are_those_of_freebsd),
		cmocka_unit_test(test_every_set_comes_back_from_freebsd),
		cmocka_unit_test(test_more_sack_blocks_than_there_can_be),
		cmocka_unit_test(test_random_bytes_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
