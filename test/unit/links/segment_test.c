/* SPDX-License-Identifier: ISC */
/* segment_test.c - cutting a GSO frame: every header field, every byte */
#include "frames.h"
#include "links/segment.h"

struct cut {
	uint8_t bytes[2048];
	uint32_t len;
	uint8_t flags;
	uint32_t seq;
	uint16_t id;
};

/* Takes the next segment, complete, and looks at what every one must have. */
static bool next(struct segmenter *s, struct cut *c)
{
	struct tern_frame f;

	if (!segmenter_next(s, &f))
		return false;
	assert_int_equal(f.gso_size, 0);
	assert_int_equal(f.flags, TERN_FRAME_CSUM_PARTIAL);
	tern_frame_finish_csum(&f);
	c->len = tern_frame_read(&f, 0, c->bytes, sizeof(c->bytes));
	assert_int_equal(c->len, f.len);
	assert_true(packet_is_sound(c->bytes, c->len));
	c->seq = get_be32(c->bytes + IP4_LEN + TCP_SEQ);
	c->flags = c->bytes[IP4_LEN + TCP_FLAGS];
	c->id = get_be16(c->bytes + IP4_ID);
	tern_frame_release(&f);
	return true;
}

static void expect_payload(const struct cut *c, uint32_t from, uint32_t len)
{
	uint32_t i;

	assert_int_equal(c->len, HEADERS + len);
	for (i = 0; i < len; i++)
		assert_int_equal(c->bytes[HEADERS + i], payload_byte(from + i));
}

/* Payloads around a whole number of segments, in two blocks of odd length. */
static void test_cuts_every_length(void **state)
{
	const uint32_t payloads[] = {1,	  99,	100,  101,  199,
				     200, 1000, 1001, 60000};
	struct tern_frame f;
	struct segmenter s;
	struct cut c;
	uint32_t n, at, len, seq = 0xffffff00;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		frame_make(&f, &mem, payloads[i], seq, 0x10);
		f.gso_size = 100;
		n = (payloads[i] + 99) / 100;
		assert_int_equal(segmenter_begin(&s, &f, 0), n);
		assert_int_equal(f.n_parts, 0);
		for (at = 0; at < payloads[i]; at += 100) {
			len = payloads[i] - at < 100 ? payloads[i] - at : 100;
			assert_true(next(&s, &c));
			expect_payload(&c, at, len);
			assert_int_equal(c.seq, (uint32_t)(seq + at));
			assert_int_equal(c.id, (uint16_t)(0xfffe + at / 100));
		}
		assert_false(next(&s, &c));
	}
}

static void test_flags_go_where_they_belong(void **state)
{
	const uint8_t all = TCP_FIN | TCP_PSH | TCP_CWR | 0x10 | 0x40;
	struct tern_frame f;
	struct segmenter s;
	struct cut c;

	(void)state;
	frame_make(&f, &mem, 300, 1, all);
	f.gso_size = 100;
	assert_int_equal(segmenter_begin(&s, &f, 0), 3);
	next(&s, &c);
	assert_int_equal(c.flags, TCP_CWR | 0x10 | 0x40);
	next(&s, &c);
	assert_int_equal(c.flags, 0x10 | 0x40);
	next(&s, &c);
	assert_int_equal(c.flags, TCP_FIN | TCP_PSH | 0x10 | 0x40);
}

/* The urgent pointer says 150: it moves, and ends in the second segment. */
static void test_urgent_pointer(void **state)
{
	const struct {
		uint8_t flags;
		uint16_t pointer;
	} want[] = {{TCP_URG | 0x10, 150}, {TCP_URG | 0x10, 50}, {0x10, 0}};
	struct tern_frame f;
	struct segmenter s;
	struct cut c;
	size_t i;

	(void)state;
	frame_make(&f, &mem, 300, 1, TCP_URG | 0x10);
	put_be16(f.head + IP4_LEN + TCP_URGENT, 150);
	f.gso_size = 100;
	assert_int_equal(segmenter_begin(&s, &f, 0), 3);
	for (i = 0; next(&s, &c); i++) {
		assert_int_equal(c.flags, want[i].flags);
		assert_int_equal(get_be16(c.bytes + IP4_LEN + TCP_URGENT),
				 want[i].pointer);
	}
	assert_int_equal(i, 3);
}

/* As a driver reads it: no head, all in one part, behind an Ethernet header. */
static void test_cuts_what_a_driver_read(void **state)
{
	uint8_t flat[ETH_LEN + HEADERS + 250] = {0};
	struct tern_frame f, one;
	struct segmenter s;
	uint32_t i, n = 0;

	(void)state;
	headers_write(flat + ETH_LEN, 250, 5, 0x18);
	for (i = 0; i < 250; i++)
		flat[ETH_LEN + HEADERS + i] = payload_byte(i);
	assert_int_equal(tern_frame_copy(&f, mem.blocks, flat, sizeof(flat)),
			 0);
	f.gso_size = 100;
	assert_int_equal(segmenter_begin(&s, &f, ETH_LEN), 3);
	while (segmenter_next(&s, &one)) {
		tern_frame_finish_csum(&one);
		assert_int_equal(one.head_len, ETH_LEN + HEADERS);
		tern_frame_read(&one, ETH_LEN, flat, sizeof(flat));
		assert_true(packet_is_sound(flat, one.len - ETH_LEN));
		assert_int_equal(flat[HEADERS], payload_byte(100 * n++));
		tern_frame_release(&one);
	}
	assert_int_equal(n, 3);
}

/* Payload that stands in the head is not lost. */
static void test_payload_in_the_head(void **state)
{
	struct tern_frame f;
	struct segmenter s;
	struct cut c;
	uint32_t i;

	(void)state;
	tern_frame_init(&f);
	headers_write(f.head, 90, 5, 0x10);
	for (i = 0; i < 90; i++)
		f.head[HEADERS + i] = payload_byte(i);
	f.head_len = HEADERS + 90;
	f.len = f.head_len;
	f.gso_size = 40;
	assert_int_equal(segmenter_begin(&s, &f, 0), 3);
	for (i = 0; next(&s, &c); i++)
		expect_payload(&c, i * 40, i < 2 ? 40 : 10);
	assert_int_equal(i, 3);
}

static void test_end_releases_the_rest(void **state)
{
	struct tern_frame f, one;
	struct segmenter s;

	(void)state;
	frame_make(&f, &mem, 300, 1, 0);
	f.gso_size = 100;
	assert_int_equal(segmenter_begin(&s, &f, 0), 3);
	assert_true(segmenter_next(&s, &one));
	segmenter_end(&s);
	assert_false(segmenter_next(&s, &one));
	tern_frame_release(&one);
}

/* What is not TCP over IPv4, or has headers that do not fit, is left alone. */
static void test_refuses_what_it_cannot_cut(void **state)
{
	const struct {
		uint32_t at;
		uint8_t value;
	} spoil[] = {
		{0, 0x65},	    /* version 6 */
		{0, 0x44},	    /* header of 16 bytes */
		{IP4_PROTOCOL, 17}, /* UDP */
		{32, 0x40},	    /* TCP header of 16 bytes */
		{32, 0xf0},	    /* ... of 60 bytes: not all there */
		{0, 0x4f},	    /* IP header of 60 bytes */
	};
	struct tern_frame f;
	struct segmenter s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(spoil) / sizeof(spoil[0]); i++) {
		frame_make(&f, &mem, 10, 1, 0);
		f.gso_size = 5;
		f.head[spoil[i].at] = spoil[i].value;
		assert_int_equal(segmenter_begin(&s, &f, 0), -EINVAL);
		assert_int_equal(f.n_parts, 2);
		tern_frame_release(&f);
	}
	frame_make(&f, &mem, 10, 1, 0);
	assert_int_equal(segmenter_begin(&s, &f, 0), -EINVAL);
	f.gso_size = 5;
	assert_int_equal(segmenter_begin(&s, &f, f.len + 1), -EINVAL);
	tern_frame_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, memory_setup, memory_teardown)
		TEST(test_cuts_every_length),
		TEST(test_flags_go_where_they_belong),
		TEST(test_urgent_pointer),
		TEST(test_cuts_what_a_driver_read),
		TEST(test_payload_in_the_head),
		TEST(test_end_releases_the_rest),
		TEST(test_refuses_what_it_cannot_cut),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
