/* SPDX-License-Identifier: ISC */
/*
 * tcp_test.c - the TCP header: fields, and lengths in all combinations
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "unit/base/dice.h"
#include "unit/wire/exact.h"
#include "wire/tcp.h"

static const uint8_t sample[20] = {0x30, 0x39, 0x00, 0x50, 0xff, 0xff, 0xff,
				   0xff, 0x00, 0x00, 0x00, 0x01, 0x50, 0x12,
				   0xfa, 0xf0, 0xbe, 0xef, 0x00, 0x07};

static void test_fields_and_back(void **state)
{
	struct tcp_header h;
	uint8_t out[20];

	(void)state;
	assert_int_equal(tcp_parse(sample, 20, 20, &h), TERN_DROP_NONE);
	assert_int_equal(h.sport, 12345);
	assert_int_equal(h.dport, 80);
	assert_int_equal(h.seq, 0xffffffff);
	assert_int_equal(h.ack, 1);
	assert_int_equal(h.header_len, 20);
	assert_int_equal(h.flags, SYN | ACK);
	assert_int_equal(h.rsrvd, 0);
	assert_int_equal(h.wnd, 64240);
	assert_int_equal(h.sum, 0xbeef);
	assert_int_equal(h.up, 7);
	assert_ptr_equal(h.options, sample + 20);
	tcp_emit(out, &h);
	assert_memory_equal(out, sample, 20);
}

static void test_every_flag_and_reserved_bit(void **state)
{
	uint32_t bits;

	(void)state;
	for (bits = 0; bits < 4096; bits++) {
		struct tcp_header h;
		uint8_t in[20], out[20];

		memcpy(in, sample, 20);
		store_be16(in + 12, (uint16_t)(5 << 12 | bits));
		assert_int_equal(tcp_parse(in, 20, 20, &h), TERN_DROP_NONE);
		assert_int_equal(h.flags, bits & 0x1ff);
		assert_int_equal(h.rsrvd, bits >> 9);
		/* Reserved bits are not sent, whatever was received. */
		tcp_emit(out, &h);
		assert_int_equal(load_be16(out + 12), 5 << 12 | (bits & 0x1ff));
	}
}

static void test_matrix_of_lengths(void **state)
{
	uint32_t data_off, len, head_len;

	(void)state;
	for (data_off = 0; data_off < 16; data_off++) {
		uint8_t whole[64] = {0};

		memcpy(whole, sample, 20);
		whole[12] = (uint8_t)(data_off << 4);
		for (len = 0; len <= 64; len++) {
			for (head_len = 0; head_len <= len; head_len++) {
				uint8_t *p = exact_copy(whole, head_len);
				enum tern_drop want = TERN_DROP_NONE;
				struct tcp_header h;

				if (len < 20)
					want = TERN_DROP_TCP_HEADER;
				else if (head_len < 20)
					want = TERN_DROP_FRAME_SCATTERED;
				else if (data_off < 5 || data_off * 4 > len)
					want = TERN_DROP_TCP_HEADER;
				else if (data_off * 4 > head_len)
					want = TERN_DROP_FRAME_SCATTERED;
				assert_int_equal(
					tcp_parse(p, head_len, len, &h), want);
				if (!want)
					assert_int_equal(h.header_len,
							 data_off * 4);
				free(p);
			}
		}
	}
}

static void test_random_headers_come_back(void **state)
{
	struct dice d = {1};
	int round;

	(void)state;
	for (round = 0; round < 2000; round++) {
		uint8_t in[60], out[20];
		struct tcp_header h;

		dice_fill(&d, in, sizeof(in));
		in[12] = (uint8_t)(in[12] & 0xf1); /* reserved bits zero */
		if (in[12] >> 4 < 5)
			in[12] = (uint8_t)(0x50 | (in[12] & 1));
		assert_int_equal(tcp_parse(in, 60, 60, &h), TERN_DROP_NONE);
		tcp_emit(out, &h);
		assert_memory_equal(in, out, 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_and_back),
		cmocka_unit_test(test_every_flag_and_reserved_bit),
		cmocka_unit_test(test_matrix_of_lengths),
		cmocka_unit_test(test_random_headers_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
