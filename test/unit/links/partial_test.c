/* SPDX-License-Identifier: ISC */
/* partial_test.c - which frames look as if their checksum were partial */
#include "frames.h"

#include "links/partial.h"

#define TEXT 100
#define LEN  (ETH_LEN + HEADERS + TEXT)

static uint8_t packet[LEN];

/* A frame with the sum of its pseudo header, and nothing else, in its field. */
static int setup(void **state)
{
	uint8_t *ip = packet + ETH_LEN;
	uint32_t i;

	(void)state;
	memset(packet, 0, sizeof(packet));
	put_be16(packet + ETH_TYPE, ETH_TYPE_IP4);
	headers_write(ip, TEXT, 1, 0x10);
	for (i = 0; i < TEXT; i++)
		ip[HEADERS + i] = payload_byte(i);
	put_be16(ip + IP4_LEN + TCP_CHECKSUM,
		 folded_sum(IP4_TCP + TCP_LEN + TEXT, ip + IP4_SOURCE, 8));
	return 0;
}

static bool is_marked(uint32_t len)
{
	struct tern_frame f;

	tern_frame_init(&f);
	partial_mark(&f, packet, len);
	if (!(f.flags & TERN_FRAME_CSUM_PARTIAL))
		return false;
	assert_int_equal(f.csum_start, ETH_LEN + IP4_LEN);
	assert_int_equal(f.csum_offset, TCP_CHECKSUM);
	return true;
}

static void test_partial(void **state)
{
	(void)state;
	assert_true(is_marked(LEN));
}

/* Ethernet pads what is short. */
static void test_padding(void **state)
{
	static uint8_t longer[LEN + 20];
	struct tern_frame f;

	(void)state;
	memcpy(longer, packet, LEN);
	tern_frame_init(&f);
	partial_mark(&f, longer, sizeof(longer));
	assert_int_equal(f.flags, TERN_FRAME_CSUM_PARTIAL);
}

static void test_complete(void **state)
{
	uint8_t *tcp = packet + ETH_LEN + IP4_LEN;
	uint16_t sum = folded_sum(0, tcp, TCP_LEN + TEXT);

	(void)state;
	put_be16(tcp + TCP_CHECKSUM, (uint16_t)~sum);
	assert_false(is_marked(LEN));
}

static void test_damaged(void **state)
{
	(void)state;
	packet[ETH_LEN + IP4_LEN + TCP_CHECKSUM] ^= 0x10;
	assert_false(is_marked(LEN));
}

static void test_other_frames(void **state)
{
	uint8_t *ip = packet + ETH_LEN;
	uint32_t len;

	(void)state;
	for (len = 0; len < LEN; len++)
		assert_false(is_marked(len));
	packet[ETH_TYPE + 1] = 6; /* ARP */
	assert_false(is_marked(LEN));
	setup(NULL);
	ip[IP4_PROTOCOL] = 17;
	assert_false(is_marked(LEN));
	setup(NULL);
	ip[6] = 0x20; /* the first of several fragments */
	assert_false(is_marked(LEN));
	setup(NULL);
	ip[7] = 1; /* one behind it */
	assert_false(is_marked(LEN));
	setup(NULL);
	ip[6] = 0x40; /* DF */
	assert_true(is_marked(LEN));
	setup(NULL);
	ip[0] = 0x44;
	assert_false(is_marked(LEN));
	setup(NULL);
	put_be16(ip + IP4_TOTAL, HEADERS - 1);
	assert_false(is_marked(LEN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_partial, setup),
		cmocka_unit_test_setup(test_padding, setup),
		cmocka_unit_test_setup(test_complete, setup),
		cmocka_unit_test_setup(test_damaged, setup),
		cmocka_unit_test_setup(test_other_frames, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
