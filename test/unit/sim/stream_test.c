/* SPDX-License-Identifier: ISC */
/*
 * stream_test.c - seeded streams: any part is as the whole has it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/stream.h"

static void any_part_is_as_in_the_whole(void **state)
{
	uint8_t whole[64], part[64];
	size_t from, len;

	(void)state;
	sim_stream_fill(9, 0, whole, sizeof(whole));
	for (from = 0; from < 32; from++)
		for (len = 0; len <= 32; len++) {
			sim_stream_fill(9, from, part, len);
			assert_memory_equal(part, whole + from, len);
		}
}

static void the_first_wrong_byte_is_found(void **state)
{
	uint8_t bytes[40];
	size_t i;

	(void)state;
	sim_stream_fill(3, 1000, bytes, sizeof(bytes));
	assert_int_equal(sim_stream_check(3, 1000, bytes, sizeof(bytes)),
			 sizeof(bytes));
	for (i = 0; i < sizeof(bytes); i++) {
		bytes[i] ^= 1;
		assert_int_equal(
			sim_stream_check(3, 1000, bytes, sizeof(bytes)), i);
		bytes[i] ^= 1;
	}
	assert_true(sim_stream_check(3, 1001, bytes, sizeof(bytes)) < 3);
	assert_true(sim_stream_check(4, 1000, bytes, sizeof(bytes)) < 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_part_is_as_in_the_whole),
		cmocka_unit_test(the_first_wrong_byte_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
