/* SPDX-License-Identifier: ISC */
/*
 * rfc5681_test.c - congestion control: RFC 5681, with the initial window of RFC
 * 6928 and the byte counting of RFC 3465
 *
 * What happens after a loss is in rfc6582_test.c.
 */
#include <netinet/tcp.h>

#include "unit/rfc/drive.h"

#define MSS 1460U
#define IW  (10 * MSS)

static uint32_t cwnd(struct drive *d)
{
	return drive_info(d).cwnd;
}

/* Takes all that is sent; it must be n full segments. */
static void expect_burst(struct drive *d, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (!drive_take(d))
			fail_msg("segment %d of %d is missing", i + 1, n);
		assert_int_equal(d->last.len, MSS);
	}
	expect_nothing(d);
}

/* RFC 6928 2: min(10 * MSS, max(2 * MSS, 14600)). */
static void initial_window(void **state)
{
	static const struct {
		uint32_t mtu;
		uint16_t mss;
		uint32_t iw;
	} row[] = {
		{1500, 1460, 14600}, {1500, 1000, 10000}, {1500, 536, 5360},
		{9000, 8960, 17920}, {9000, 4000, 14600}, {3000, 2960, 14600},
		{1500, 100, 1000},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct drive *d = drive_new_mtu(row[i].mtu);
		uint32_t sent = 0;

		drive_accept(d, SEG(SYN, 0, 0, .mss = row[i].mss));
		assert_int_equal(cwnd(d), row[i].iw);
		drive_send(d, 60000, 0);
		while (drive_take(d))
			sent += d->last.len;
		assert_in_range(sent, row[i].iw - row[i].mss + 1, row[i].iw);
		drive_free(d);
	}
}

/* RFC 6928 2: one lost SYN does not change it, a second one does. */
static void initial_window_after_lost_syns(void **state)
{
	int lost;

	(void)state;
	for (lost = 0; lost < 4; lost++) {
		struct drive *d = drive_new();
		int i;

		assert_int_equal(drive_connect(d, drive_socket(d)),
				 -EINPROGRESS);
		expect(d, SEG(SYN, 0, 0));
		for (i = 0; i < lost; i++) {
			drive_sleep(d, (TERN_S << i) + TERN_MS);
			expect(d, SEG(SYN, 0, 0));
		}
		inject(d, SEG(SYN | ACK, 0, 1, .mss = MSS));
		expect(d, SEG(ACK, 1, 1));
		drive_send(d, 2 * IW, 0);
		expect_burst(d, lost > 1 ? 1 : 10);
		drive_free(d);
	}
}

/* The same for a server's SYN,ACK. */
static void initial_window_after_lost_syn_acks(void **state)
{
	int lost;

	(void)state;
	for (lost = 0; lost < 4; lost++) {
		struct drive *d = drive_new();
		int i;

		drive_listen(d, 8);
		inject(d, SEG(SYN, 0, 0, .mss = MSS));
		expect(d, SEG(SYN | ACK, 0, 1));
		for (i = 0; i < lost; i++) {
			drive_sleep(d, (TERN_S << i) + TERN_MS);
			expect(d, SEG(SYN | ACK, 0, 1));
		}
		inject(d, SEG(ACK, 1, 1));
		d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
		drive_send(d, 2 * IW, 0);
		expect_burst(d, lost > 1 ? 1 : 10);
		drive_free(d);
	}
}

/* 3.1 (2): slow start adds what was acknowledged: each ACK for one segment lets
 * two go. */
static void slow_start(void **state)
{
	struct drive *d = drive_new();
	uint32_t una = 1, i;

	(void)state;
	drive_server(d);
	drive_send(d, 100 * MSS, 0);
	expect_burst(d, 10);
	for (i = 0; i < 30; i++) {
		una += MSS;
		inject(d, SEG(ACK, 1, una));
		expect_burst(d, 2);
		assert_int_equal(cwnd(d), IW + (i + 1) * MSS);
	}
	drive_free(d);
}

/* RFC 3465 2.2: an ACK for many segments counts for two. */
static void slow_start_limit(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 100 * MSS, 0);
	expect_burst(d, 10);
	inject(d, SEG(ACK, 1, 1 + 2 * MSS));
	assert_int_equal(cwnd(d), IW + 2 * MSS);
	inject(d, SEG(ACK, 1, 1 + 10 * MSS));
	assert_int_equal(cwnd(d), IW + 4 * MSS);
	drive_drain(d);
	drive_free(d);
}

/* T22: who cuts an ACK into many gains nothing. */
static void t22_ack_division(void **state)
{
	struct drive *d = drive_new();
	uint32_t i;

	(void)state;
	drive_server(d);
	drive_send(d, 100 * MSS, 0);
	expect_burst(d, 10);
	for (i = 1; i <= MSS; i++)
		inject(d, SEG(ACK, 1, 1 + i));
	assert_int_equal(cwnd(d), IW + MSS);
	expect_burst(d, 2);
	drive_free(d);
}

/* The window does not grow while the user, not the window, limits what is
 * sent. */
static void no_growth_if_not_used(void **state)
{
	struct drive *d = drive_new();
	uint32_t una = 1, i;

	(void)state;
	drive_server(d);
	for (i = 0; i < 100; i++) {
		drive_send(d, 2 * MSS, 0);
		expect_burst(d, 2);
		una += 2 * MSS;
		inject(d, SEG(ACK, 1, una));
	}
	assert_int_equal(cwnd(d), IW);
	drive_free(d);
}

/* Brings the connection into congestion avoidance with this window: after a
 * timeout with twice as much in flight.  Returns SND.UNA; nothing is in
 * flight. */
static uint32_t avoid_congestion(struct drive *d, uint32_t segments)
{
	uint32_t una = 1, seq = 1, i;

	drive_server(d);
	drive_set(d, d->fd, SOL_SOCKET, SO_SNDBUF, 1 << 20);
	drive_send(d, 2 * segments * MSS, 0);
	while (drive_take(d))
		seq += d->last.len;
	assert_int_equal(seq, 1 + 2 * segments * MSS);
	drive_sleep(d, 300 * TERN_MS);
	expect(d, SEG(ACK, 1, 1, .len = ANY));
	assert_int_equal(drive_info(d).ssthresh, segments * MSS);
	assert_int_equal(cwnd(d), MSS);
	for (i = 0; i < 2 * segments; i++) {
		una += MSS;
		inject(d, SEG(ACK, 1, una));
		(void)drive_drain(d);
	}
	return una;
}

/* 3.1: at or above ssthresh, a segment each time a window was acknowledged. */
static void congestion_avoidance(void **state)
{
	struct drive *d = drive_new();
	uint32_t una = avoid_congestion(d, 5), before, acked, rounds;

	(void)state;
	drive_send(d, 400 * MSS, 0);
	(void)drive_drain(d);
	for (rounds = 0; rounds < 10; rounds++) {
		before = cwnd(d);
		assert_true(before >= 5 * MSS);
		for (acked = 0; cwnd(d) == before; acked += MSS) {
			una += MSS;
			inject(d, SEG(ACK, 1, una));
			(void)drive_drain(d);
		}
		assert_int_equal(cwnd(d), before + MSS);
		if (rounds > 0)
			assert_int_equal(acked / MSS, before / MSS);
	}
	drive_free(d);
}

/* T22 in congestion avoidance. */
static void t22_ack_division_in_avoidance(void **state)
{
	struct drive *d = drive_new();
	uint32_t una = avoid_congestion(d, 5), before, i;

	(void)state;
	drive_send(d, 100 * MSS, 0);
	(void)drive_drain(d);
	before = cwnd(d);
	for (i = 1; i <= 2 * MSS; i++)
		inject(d, SEG(ACK, 1, una + i));
	assert_in_range(cwnd(d), before, before + MSS);
	drive_drain(d);
	drive_free(d);
}

/* 3.1 (4): after a timeout ssthresh is half of what was in flight, cwnd is one
 * segment; further timeouts of the segment do not halve again. */
static void timeout(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_base_mss", "1460"); /* no smaller */
	drive_server(d);
	drive_send(d, 100 * MSS, 0);
	expect_burst(d, 10);
	drive_sleep(d, 250 * TERN_MS);
	expect(d, SEG(ACK, 1, 1, .len = MSS));
	expect_nothing(d);
	assert_int_equal(cwnd(d), MSS);
	assert_int_equal(drive_info(d).ssthresh, 5 * MSS);
	for (i = 0; i < 5; i++) {
		drive_sleep(d, 500 * TERN_MS << i);
		assert_int_equal(cwnd(d), MSS);
		assert_int_equal(drive_info(d).ssthresh, 5 * MSS);
	}
	drive_drain(d);
	drive_free(d);
}

/* 3.1 (4): never less than two segments. */
static void ssthresh_is_at_least_two_segments(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	drive_sleep(d, 250 * TERN_MS);
	assert_int_equal(drive_info(d).ssthresh, 2 * MSS);
	drive_drain(d);
	drive_free(d);
}

/* 3.1, and RFC 3465 2.3 (L = 1): slow start after the timeout, from one segment
 * on, up to ssthresh. */
static void slow_start_after_timeout(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_frto", "0"); /* no new text first */
	drive_server(d);
	drive_send(d, 100 * MSS, 0);
	expect_burst(d, 10);
	drive_sleep(d, 250 * TERN_MS);
	expect_burst(d, 1);
	inject(d, SEG(ACK, 1, 1 + MSS));
	assert_int_equal(cwnd(d), 2 * MSS);
	expect(d, SEG(ACK, 1 + MSS, 1, .len = MSS));
	expect(d, SEG(ACK, 1 + 2 * MSS, 1, .len = MSS));
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 1 + 3 * MSS)); /* two segments, one counts */
	assert_int_equal(cwnd(d), 3 * MSS);
	expect_burst(d, 3);
	inject(d, SEG(ACK, 1, 1 + 4 * MSS));
	inject(d, SEG(ACK, 1, 1 + 5 * MSS));
	assert_int_equal(cwnd(d), 5 * MSS);
	inject(d, SEG(ACK, 1, 1 + 6 * MSS)); /* ssthresh is reached */
	assert_int_equal(cwnd(d), 5 * MSS);
	drive_drain(d);
	drive_free(d);
}

/* 4.1: after an idle time longer than the RTO, no more than the initial
 * window; a smaller window stays what it is. */
static void restart_after_idle(void **state)
{
	struct drive *d = drive_new();
	uint32_t una = 1, i;

	(void)state;
	drive_server(d);
	drive_send(d, 40 * MSS, 0);
	for (i = 0; i < 40; i++) {
		drive_drain(d);
		una += MSS;
		inject(d, SEG(ACK, 1, una));
	}
	assert_true(cwnd(d) > 2 * IW);
	drive_sleep(d, 100 * TERN_MS); /* less than RTO */
	drive_send(d, 20 * MSS, 0);
	expect_burst(d, 20);
	una += 20 * MSS;
	inject(d, SEG(ACK, 1, una));
	drive_sleep(d, TERN_S);
	drive_send(d, 40 * MSS, 0);
	expect_burst(d, 10);
	drive_free(d);

	d = drive_new();
	avoid_congestion(d, 5);
	i = cwnd(d);
	assert_true(i < IW);
	drive_sleep(d, 5 * TERN_S);
	drive_send(d, MSS, 0);
	expect_burst(d, 1);
	assert_int_equal(cwnd(d), i);
	drive_free(d);
}

/* MAY-18: the algorithm is chosen by name; there is one, which conforms. */
static void may_18_algorithm_by_name(void **state)
{
	struct drive *d = drive_new();
	char name[16] = "";
	socklen_t len = sizeof(name);
	const int fd = drive_socket(d);

	(void)state;
	assert_int_equal(tern_getsockopt(d->n, fd, IPPROTO_TCP, TCP_CONGESTION,
					 name, &len),
			 0);
	assert_string_equal(name, "reno");
	assert_int_equal(tern_setsockopt(d->n, fd, IPPROTO_TCP, TCP_CONGESTION,
					 "reno", 4),
			 0);
	assert_int_equal(tern_setsockopt(d->n, fd, IPPROTO_TCP, TCP_CONGESTION,
					 "vegas", 5),
			 -ENOENT);
	drive_sysctl(d, "net.ipv4.tcp_congestion_control", "reno");
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(initial_window),
		cmocka_unit_test(initial_window_after_lost_syns),
		cmocka_unit_test(initial_window_after_lost_syn_acks),
		cmocka_unit_test(slow_start),
		cmocka_unit_test(slow_start_limit),
		cmocka_unit_test(t22_ack_division),
		cmocka_unit_test(no_growth_if_not_used),
		cmocka_unit_test(congestion_avoidance),
		cmocka_unit_test(t22_ack_division_in_avoidance),
		cmocka_unit_test(timeout),
		cmocka_unit_test(ssthresh_is_at_least_two_segments),
		cmocka_unit_test(slow_start_after_timeout),
		cmocka_unit_test(restart_after_idle),
		cmocka_unit_test(may_18_algorithm_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
