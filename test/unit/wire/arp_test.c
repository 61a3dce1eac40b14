/* SPDX-License-Identifier: ISC */
/*
 * arp_test.c - the ARP packet
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/wire/exact.h"
#include "wire/arp.h"

/* Who has 10.0.0.2?  Tell 10.0.0.1. */
static const uint8_t sample[ARP_PACKET_LEN] = {
	0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01, 0x02, 0, 0,  0, 0, 1,
	10,   0,    0,	  1,	0, 0, 0,    0,	  0,	0, 10, 0, 0, 2};

static void test_fields_and_back(void **state)
{
	uint8_t out[ARP_PACKET_LEN];
	struct arp_packet a;

	(void)state;
	assert_int_equal(arp_parse(sample, sizeof(sample), &a), TERN_DROP_NONE);
	assert_int_equal(a.op, ARP_REQUEST);
	assert_memory_equal(a.sha, sample + 8, 6);
	assert_memory_equal(a.tha, sample + 18, 6);
	assert_int_equal(a.spa, 0x0a000001);
	assert_int_equal(a.tpa, 0x0a000002);
	arp_emit(out, &a);
	assert_memory_equal(out, sample, sizeof(sample));
}

static void test_every_shorter_packet_is_dropped(void **state)
{
	struct arp_packet a;
	uint32_t len;

	(void)state;
	for (len = 0; len < ARP_PACKET_LEN; len++) {
		uint8_t *p = exact_copy(sample, len);

		assert_int_equal(arp_parse(p, len, &a), TERN_DROP_FRAME_SHORT);
		free(p);
	}
}

/* All values of the fixed bytes: only one of each is taken. */
static void test_fixed_fields_are_checked(void **state)
{
	struct arp_packet a;
	int at, value;

	(void)state;
	for (at = 0; at < 8; at++) {
		for (value = 0; value < 256; value++) {
			uint8_t p[ARP_PACKET_LEN];
			bool good = value == sample[at] ||
				    (at == 7 && value == ARP_REPLY);

			memcpy(p, sample, sizeof(p));
			p[at] = (uint8_t)value;
			assert_int_equal(arp_parse(p, sizeof(p), &a),
					 good ? TERN_DROP_NONE
					      : TERN_DROP_ARP_INVALID);
		}
	}
}

static void test_sender_is_one_station(void **state)
{
	uint8_t p[ARP_PACKET_LEN];
	struct arp_packet a;

	(void)state;
	memcpy(p, sample, sizeof(p));
	p[8] |= 1;
	assert_int_equal(arp_parse(p, sizeof(p), &a), TERN_DROP_ARP_INVALID);
}

static void test_padding_of_a_short_frame_is_fine(void **state)
{
	uint8_t p[46] = {0};
	struct arp_packet a;

	(void)state;
	memcpy(p, sample, sizeof(sample));
	assert_int_equal(arp_parse(p, sizeof(p), &a), TERN_DROP_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_and_back),
		cmocka_unit_test(test_every_shorter_packet_is_dropped),
		cmocka_unit_test(test_fixed_fields_are_checked),
		cmocka_unit_test(test_sender_is_one_station),
		cmocka_unit_test(test_padding_of_a_short_frame_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
