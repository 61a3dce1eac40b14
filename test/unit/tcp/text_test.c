/* SPDX-License-Identifier: ISC */
/*
 * text_test.c - segment text: what is cut off it, and when it is acknowledged,
 * RFC 9293 3.10.7.4, 3.8.6.3
 */
#include "tcp/arrives.h"
#include "unit/tcp/flight.h"
#include "unit/tcp/opts_of.h"

static uint8_t bytes[1000];

/* 600 bytes in three parts: 100, 200, 300. */
static struct segment three_parts(void)
{
	struct segment s = {.text_len = 600, .len = 601, .n_parts = 3};

	s.seq.u = 0xffffff00;
	s.part[0] = (struct tern_slice){NULL, bytes, 100};
	s.part[1] = (struct tern_slice){NULL, bytes + 100, 200};
	s.part[2] = (struct tern_slice){NULL, bytes + 300, 300};
	return s;
}

/* The front is cut to the octet, whole parts go. */
static void front(void **state)
{
	static const struct {
		uint32_t n;
		uint8_t parts;
		uint32_t at, len;
	} row[] = {
		{0, 3, 0, 100},	    {1, 3, 1, 99},	{99, 3, 99, 1},
		{100, 2, 100, 200}, {101, 2, 101, 199}, {300, 1, 300, 300},
		{599, 1, 599, 1},   {600, 0, 0, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		struct segment s = three_parts();

		text_trim_front(&s, row[i].n);
		assert_int_equal(s.seq.u, 0xffffff00 + row[i].n);
		assert_int_equal(s.text_len, 600 - row[i].n);
		assert_int_equal(s.len, 601 - row[i].n);
		assert_int_equal(s.n_parts, row[i].parts);
		if (row[i].parts == 0)
			continue;
		assert_ptr_equal(s.part[0].data, bytes + row[i].at);
		assert_int_equal(s.part[0].len, row[i].len);
		if (row[i].parts > 1)
			assert_ptr_equal(s.part[row[i].parts - 1].data,
					 bytes + 300);
	}
}

static void back(void **state)
{
	static const struct {
		uint32_t n;
		uint8_t parts;
		uint32_t len;
	} row[] = {
		{0, 3, 300},   {1, 3, 299},   {299, 3, 1}, {300, 2, 200},
		{301, 2, 199}, {500, 1, 100}, {599, 1, 1}, {600, 0, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		struct segment s = three_parts();

		text_trim_back(&s, row[i].n);
		assert_int_equal(s.seq.u, 0xffffff00);
		assert_int_equal(s.text_len, 600 - row[i].n);
		assert_int_equal(s.len, 601 - row[i].n);
		assert_int_equal(s.n_parts, row[i].parts);
		if (row[i].parts > 0)
			assert_int_equal(s.part[row[i].parts - 1].len,
					 row[i].len);
	}
}

/* A connection that acknowledges late: `mss` is what it takes for full. */
static struct drive *late(uint16_t mss)
{
	struct drive *d = flight_new(false);

	flight_tcb(d)->quick_acks = 0;
	flight_tcb(d)->rcv_mss = mss;
	return d;
}

/* SHLD-19: an ACK for every second full-sized segment, counted in octets;
 * SHLD-18: others wait. */
static void every_second_segment(void **state)
{
	struct drive *d = late(1000);

	(void)state;
	inject(d, SEG(ACK, 1, 1, .len = 1000));
	expect_nothing(d);
	inject(d, SEG(ACK, 1001, 1, .len = 999));
	expect_nothing(d);
	inject(d, SEG(ACK, 2000, 1, .len = 1));
	expect(d, SEG(ACK, 1, 2001));
	inject(d, SEG(ACK, 2001, 1, .len = 10));
	flight_wait(d, 40 * TERN_MS);
	expect(d, SEG(ACK, 1, 2011));
	drive_free(d);
}

/* net.ipv4.tcp_delack_min of 0: nothing waits. */
static void no_delay(void **state)
{
	struct drive *d = late(1000);

	(void)state;
	d->n->tcp.tun.delack_min_ms = 0;
	inject(d, SEG(ACK, 1, 1, .len = 10));
	expect(d, SEG(ACK, 1, 11));
	drive_free(d);
}

/* The first segments are acknowledged at once, unless the user wants it
 * otherwise. */
static void quick(void **state)
{
	struct drive *d = late(1000);

	(void)state;
	flight_tcb(d)->quick_acks = 1;
	inject(d, SEG(ACK, 1, 1, .len = 10));
	expect(d, SEG(ACK, 1, 11));
	inject(d, SEG(ACK, 11, 1, .len = 10));
	expect_nothing(d);
	drive_sleep(d, RTT);
	drive_drain(d);
	flight_tcb(d)->quick_acks = 5;
	opts_of(flight_tcb(d))->quickack_off = true;
	inject(d, SEG(ACK, 21, 1, .len = 10));
	expect_nothing(d);
	assert_int_equal(flight_tcb(d)->quick_acks, 5);
	drive_free(d);
}

/* RMSS is the largest segment seen; it becomes less when two in a row have one
 * smaller size, but for tiny ones and the last of a SEND. */
static void full_sized(void **state)
{
	struct drive *d = late(800);
	const struct tcb *t = flight_tcb(d);
	uint32_t seq = 1;
	size_t i;
	static const struct {
		uint32_t len;
		uint16_t flags, mss;
	} row[] = {
		{1000, 0, 1000},  {999, 0, 1000}, {998, 0, 1000},
		{998, PSH, 1000}, {998, 0, 998},  {535, 0, 998},
		{535, 0, 998},	  {536, 0, 998},  {536, 0, 536},
		{700, 0, 700},
	};

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		inject(d, SEG(ACK | row[i].flags, seq, 1, .len = row[i].len));
		seq += row[i].len;
		if (t->rcv_mss != row[i].mss)
			fail_msg("row %zu: %u", i, t->rcv_mss);
	}
	drive_free(d);
}

/* An ACK that fills a gap, or a part of one, goes at once (RFC 5681 4.2), and
 * says all that is there now (MUST-58, MUST-59). */
static void fills_a_gap(void **state)
{
	struct drive *d = late(1000);

	(void)state;
	inject(d, SEG(ACK, 21, 1, .len = 10));
	expect(d, SEG(ACK, 1, 1)); /* SHLD-31: a duplicate at once */
	inject(d, SEG(ACK, 1, 1, .len = 10));
	expect(d, SEG(ACK, 1, 11));
	inject(d, SEG(ACK, 11, 1, .len = 10));
	expect(d, SEG(ACK, 1, 31));
	expect_nothing(d);
	assert_int_equal(drive_recv(d, 100), 30);
	assert_int_equal(drive_info(d).bytes_received, 30);
	drive_free(d);
}

/* A FIN ahead of missing text waits for it; what lies behind it is nothing. */
static void early_fin(void **state)
{
	struct drive *d = late(1000);

	(void)state;
	inject(d, SEG(ACK | FIN, 11, 1, .len = 10));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	inject(d, SEG(ACK | FIN, 31, 1)); /* another FIN: the first counts */
	expect(d, SEG(ACK, 1, 1));
	inject(d, SEG(ACK, 1, 1, .len = 30)); /* ten too many */
	expect(d, SEG(ACK, 1, 22));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSE_WAIT);
	assert_int_equal(drive_recv(d, 100), 20);
	assert_int_equal(drive_recv(d, 100), 0);
	drive_free(d);
}

/* SHLD-3: text after the user's CLOSE is reset, if it is new. */
static void nobody_reads(void **state)
{
	struct drive *d = late(1000);

	(void)state;
	inject(d, SEG(ACK, 1, 1, .len = 10));
	drive_recv(d, 100);
	drive_sleep(d, RTT);
	drive_drain(d);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(ACK | FIN, 1, 11));
	inject(d, SEG(ACK, 1, 2, .len = 10)); /* it came before */
	expect(d, SEG(ACK, 2, 11));
	assert_int_equal(COUNTED(d, TCPAbortOnData), 0);
	inject(d, SEG(ACK, 1, 2, .len = 11));
	assert_true(drive_take(d));
	assert_true(d->last.flags & RST);
	assert_int_equal(COUNTED(d, TCPAbortOnData), 1);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(front),
		cmocka_unit_test(back),
		cmocka_unit_test(every_second_segment),
		cmocka_unit_test(no_delay),
		cmocka_unit_test(quick),
		cmocka_unit_test(full_sized),
		cmocka_unit_test(fills_a_gap),
		cmocka_unit_test(early_fin),
		cmocka_unit_test(nobody_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
