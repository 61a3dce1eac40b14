/* SPDX-License-Identifier: ISC */
/*
 * checksum_test.c - RFC 9293 3.1: the checksum, sent and received
 *
 * drive_take() checks the sum of every segment of every test; here are the
 * cases that a sum may get wrong.
 */
#include <netinet/tcp.h>

#include "unit/rfc/drive.h"

/* MUST-2: all sums come out right, 0 and 0xffff among them: two bytes of text
 * take every value. */
static void must_2_every_sum(void **state)
{
	struct drive *d = drive_new();
	uint32_t v;

	(void)state;
	drive_server(d);
	for (v = 0; v < 65536; v++) {
		const uint8_t p[2] = {(uint8_t)(v >> 8), (uint8_t)v};

		assert_int_equal(tern_send(d->n, d->fd, p, 2, 0), 2);
		expect(d, SEG(PSH | ACK, 1 + 2 * v, 1, .len = 2));
		inject(d, SEG(ACK, 1, 3 + 2 * v));
	}
	drive_free(d);
}

/* MUST-2: text of odd length, in pieces of odd length. */
static void must_2_odd_pieces(void **state)
{
	struct drive *d = drive_new();
	uint32_t seq = 1, n, i;

	(void)state;
	drive_server(d);
	for (n = 1; n < 40; n++) {
		for (i = 1; i < n; i++)
			drive_send(d, i, MSG_MORE);
		drive_send(d, n, 0);
		while (drive_take(d)) {
			assert_int_equal(d->last.seq, seq);
			seq += d->last.len;
		}
		inject(d, SEG(ACK, 1, seq));
		assert_int_equal(drive_info(d).unacked, 0);
	}
	drive_free(d);
}

/* MUST-2: what is sent again, and what has no connection. */
static void must_2_retransmissions_and_replies(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	inject(d, SEG(SYN, 0, 0)); /* nobody listens */
	expect(d, SEG(RST | ACK, ANY, 1));
	inject(d, SEG(ACK, 1, 7));
	expect(d, SEG(RST, ANY, 0));
	d->iss_known = false;
	drive_server(d);
	drive_send(d, 777, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 777));
	drive_wait(d);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 777));
	drive_free(d);
}

/* MUST-2: where the link sums by itself it is given what it needs for that;
 * drive_take() finishes the sum as the link would. */
static void must_2_left_to_the_link(void **state)
{
	struct drive *d =
		drive_new_if(1500, TERN_IF_POINTOPOINT | TERN_IF_CSUM);

	(void)state;
	drive_server(d);
	drive_send(d, 2001, 0);
	assert_true(d->q[d->q_head].flags & TERN_FRAME_CSUM_PARTIAL);
	expect(d, SEG(ACK, 1, 1, .len = 1460));
	expect(d, SEG(PSH | ACK, 1461, 1, .len = 541));
	drive_free(d);
}

/* MUST-3: with a wrong sum nothing is answered, and nothing changes. */
static void must_3_wrong_sum_is_dropped(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .bad_sum = true));
	expect_nothing(d);
	assert_int_equal(d->last_drop, TERN_DROP_TCP_CHECKSUM);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_server(d);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	inject(d, SEG(ACK, 1, 11, .len = 5, .bad_sum = true));
	inject(d, SEG(FIN | ACK, 1, 1, .bad_sum = true));
	inject(d, SEG(RST, 1, 0, .bad_sum = true));
	expect_nothing(d);
	assert_int_equal(drive_info(d).unacked, 10);
	assert_int_equal(drive_recv(d, 10), -EAGAIN);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	inject(d, SEG(ACK, 2, 1, .bad_sum = true)); /* nor is it unacceptable */
	expect_nothing(d);
	drive_free(d);
}

/* Makes the IP header good again. */
static void fix_ip(uint8_t *p)
{
	store_be16(p + 10, 0);
	store_be16(p + 10, checksum_finish(sum_bytes(0, p, 20)));
}

/* MUST-3: any one bit that changed on the way is noticed, in the addresses
 * (the pseudo header), the TCP header and the text. */
static void must_3_any_bit(void **state)
{
	struct drive *d = drive_new();
	uint8_t good[100], p[100];
	uint32_t len, bit;

	(void)state;
	drive_server(d);
	len = drive_make(d, SEG(ACK, 1, 1, .len = 21, .text_from = 200), good);
	for (bit = 12 * 8; bit < len * 8; bit++) {
		if (bit >= 16 * 8 && bit < 20 * 8)
			continue; /* then it is for another host */
		memcpy(p, good, len);
		p[bit / 8] ^= (uint8_t)(1U << bit % 8);
		fix_ip(p);
		d->last_drop = TERN_DROP_NONE;
		drive_datagram(d, p, len);
		expect_nothing(d);
		assert_true(d->last_drop == TERN_DROP_TCP_CHECKSUM ||
			    d->last_drop == TERN_DROP_TCP_HEADER ||
			    d->last_drop == TERN_DROP_IP_SOURCE);
	}
	assert_int_equal(drive_recv(d, 100), -EAGAIN);
	drive_datagram(d, good, len);
	assert_int_equal(drive_recv(d, 100), 21);
	drive_free(d);
}

/* MUST-3: the sum covers all of the text, odd or even, and its last byte. */
static void must_3_last_byte(void **state)
{
	struct drive *d = drive_new();
	uint8_t p[1500];
	uint32_t n, len, seq = 1;

	(void)state;
	drive_server(d);
	for (n = 1; n < 100; n++) {
		len = drive_make(d, SEG(ACK, seq, 1, .len = n), p);
		p[len - 1] ^= 0x80;
		drive_datagram(d, p, len);
		assert_int_equal(drive_recv(d, 100), -EAGAIN);
		p[len - 1] ^= 0x80;
		drive_datagram(d, p, len);
		assert_int_equal(drive_recv(d, 100), n);
		seq += n;
	}
	drive_free(d);
}

/* Hands a datagram over in three pieces, cut at these offsets. */
static void in_pieces(struct drive *d, const uint8_t *p, uint32_t len,
		      uint32_t first, uint32_t second)
{
	const uint32_t at[4] = {0, first, second, len};
	struct tern_frame f;
	int i;

	tern_frame_init(&f);
	for (i = 0; i < 3; i++) {
		const uint32_t n = at[i + 1] - at[i];
		struct tern_block *b = tern_block_get(tern_blocks(d->n), n);

		assert_non_null(b);
		memcpy(tern_block_data(b), p + at[i], n);
		f.part[i].block = b;
		f.part[i].data = tern_block_data(b);
		f.part[i].len = n;
	}
	f.n_parts = 3;
	f.len = len;
	assert_int_equal(tern_input(d->n, d->ifindex, &f, 1, d->now), 0);
	drive_pull(d);
}

/* MUST-3: text in several pieces, which begin at odd offsets too. */
static void must_3_scattered_text(void **state)
{
	struct drive *d = drive_new();
	uint8_t p[200];
	uint32_t first, second, len, seq = 1;

	(void)state;
	drive_server(d);
	for (first = 40; first < 48; first++) {
		for (second = first + 1; second < first + 8; second++) {
			len = drive_make(d, SEG(ACK, seq, 1, .len = 60), p);
			p[len - 1] ^= 1;
			in_pieces(d, p, len, first, second);
			assert_int_equal(drive_recv(d, 100), -EAGAIN);
			p[len - 1] ^= 1;
			in_pieces(d, p, len, first, second);
			assert_int_equal(drive_recv(d, 100), 60);
			seq += 60;
			drive_drain(d);
		}
	}
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_2_every_sum),
		cmocka_unit_test(must_2_odd_pieces),
		cmocka_unit_test(must_2_retransmissions_and_replies),
		cmocka_unit_test(must_2_left_to_the_link),
		cmocka_unit_test(must_3_wrong_sum_is_dropped),
		cmocka_unit_test(must_3_any_bit),
		cmocka_unit_test(must_3_last_byte),
		cmocka_unit_test(must_3_scattered_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
