/* SPDX-License-Identifier: ISC */
/*
 * eth_test.c - the Ethernet header
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/wire/exact.h"
#include "wire/eth.h"

static const uint8_t sample[ETH_HEADER_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff,
					       0xff, 0x02, 0x00, 0x00, 0x00,
					       0x00, 0x01, 0x08, 0x06};

static void test_fields_and_back(void **state)
{
	uint8_t out[ETH_HEADER_LEN];
	struct eth_header h;

	(void)state;
	assert_int_equal(eth_parse(sample, sizeof(sample), &h), TERN_DROP_NONE);
	assert_memory_equal(h.dst, sample, 6);
	assert_memory_equal(h.src, sample + 6, 6);
	assert_int_equal(h.type, ETH_TYPE_ARP);
	eth_emit(out, &h);
	assert_memory_equal(out, sample, sizeof(sample));
}

static void test_every_shorter_frame_is_dropped(void **state)
{
	struct eth_header h;
	uint32_t len;

	(void)state;
	for (len = 0; len < ETH_HEADER_LEN; len++) {
		uint8_t *p = exact_copy(sample, len);

		assert_int_equal(eth_parse(p, len, &h), TERN_DROP_FRAME_SHORT);
		free(p);
	}
}

static void test_kinds_of_address(void **state)
{
	uint8_t a[6] = {0}, b[6] = {0};
	int i;

	(void)state;
	assert_true(eth_is_zero(a));
	assert_false(eth_is_group(a));
	assert_true(eth_is_broadcast(sample));
	assert_true(eth_is_group(sample));
	for (i = 0; i < 6; i++) {
		a[i] = 2;
		assert_false(eth_is_zero(a));
		assert_false(eth_equal(a, b));
		b[i] = 2;
		assert_true(eth_equal(a, b));
		assert_false(eth_is_group(a));
		a[i] = 0;
		b[i] = 0;
		memset(a, 0xff, 6);
		a[i] = 0xfe;
		assert_false(eth_is_broadcast(a));
		assert_int_equal(eth_is_group(a), i != 0);
		memset(a, 0, 6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_and_back),
		cmocka_unit_test(test_every_shorter_frame_is_dropped),
		cmocka_unit_test(test_kinds_of_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
