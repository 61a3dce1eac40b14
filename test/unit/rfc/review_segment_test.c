/* SPDX-License-Identifier: ISC */
/*
 * review_segment_test.c - segments as they are: retransmissions that nobody
 * asked for, windows that are not scaled, long frames, the end of connections
 */
#include "unit/rfc/drive.h"
#include "unit/rfc/drive_icmp.h"

/* Three duplicates and the ACK of everything, all in one batch: there is
 * nothing to send again, now or later. */
static void late_dupacks_cost_nothing(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_server(d);
	drive_send(d, 5 * 1460, 0);
	assert_int_equal(drive_drain(d), 5);
	drive_hold(d);
	for (i = 0; i < 3; i++)
		inject(d, SEG(ACK, 1, 1));
	inject(d, SEG(ACK, 1, 7301));
	drive_deliver(d);
	expect_nothing(d);
	drive_send(d, 100, 0);
	expect(d, SEG(PSH | ACK, 7301, 1, .len = 100));
	expect_nothing(d);
	drive_free(d);
}

/* RFC 6582 3.2: only the first partial ACK restarts the timer, so that many
 * holes end in one timeout and not in as many round trips. */
static void first_partial_ack_restarts_the_timer(void **state)
{
	struct drive *d = drive_new();
	tern_time rto;
	int i;

	(void)state;
	drive_server(d);
	drive_send(d, 10 * 1460, 0);
	assert_int_equal(drive_drain(d), 10);
	for (i = 0; i < 3; i++)
		inject(d, SEG(ACK, 1, 1));
	expect(d, SEG(ACK, 1, 1, .len = 1460));
	drive_sleep(d, 100 * TERN_MS);
	inject(d, SEG(ACK, 1, 1461));
	expect(d, SEG(ACK, 1461, 1, .len = 1460));
	drive_sleep(d, 100 * TERN_MS);
	inject(d, SEG(ACK, 1, 2921));
	expect(d, SEG(ACK, 2921, 1, .len = 1460));
	drive_sleep(d, 50 * TERN_MS);
	inject(d, SEG(ACK, 1, 4381));
	expect(d, SEG(ACK, 4381, 1, .len = 1460));
	rto = drive_wait(d);
	assert_true(rto <= 60 * TERN_MS);
	expect(d, SEG(ACK, 4381, 1, .len = 1460));
	drive_free(d);
}

/* RFC 7323 2.2: the window of a segment with SYN is not scaled, that of the
 * SYN,ACK in a simultaneous open neither. */
static void crossed_syn_ack_is_not_scaled(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN, 0, 0, .mss = 1460, .wscale_on = true, .wscale = 7,
		      .wnd = 1000));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460, .wscale_on = true,
		      .wscale = 7, .wnd = 1000));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	assert_int_equal(drive_info(d).snd_wnd, 1000);
	drive_free(d);
}

/* RFC 1191: the path became narrower while a timeout is being repaired. All
 * that was sent too large goes again at once. */
static void path_shrinks_after_a_timeout(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 4 * 1460, 0);
	assert_int_equal(drive_drain(d), 4);
	drive_wait(d);
	expect(d, SEG(ACK, 1, 1, .len = 1460));
	inject(d, SEG(ACK, 1, 1461));
	expect(d, SEG(ACK, 1461, 1, .len = 1460));
	expect(d, SEG(ACK, 2921, 1, .len = 1460));
	expect_nothing(d);
	inject_icmp(d, ICMP(ICMP4_UNREACHABLE, ICMP4_FRAG_NEEDED, 1461,
			    .mtu = 1040));
	/* RFC 5927 7.2: larger ones have arrived, so a timeout decides. */
	expect_nothing(d);
	drive_wait(d);
	expect(d, SEG(ACK, 1461, 1, .len = 1000));
	drive_free(d);
}

/* One interface that takes long frames. */
static struct drive *long_frames(void)
{
	struct tern_if_config ic = {.name = "d1",
				    .mtu = 1500,
				    .flags = TERN_IF_POINTOPOINT | TERN_IF_GSO};
	struct drive *d = drive_new();
	struct tern_route def = {.dst = 0};

	assert_int_equal(tern_if_remove(d->n, d->ifindex), 0);
	d->ifindex = tern_if_add(d->n, &ic);
	assert_true(d->ifindex > 0);
	assert_int_equal(tern_addr_add(d->n, d->ifindex, STACK_ADDR, 24), 0);
	def.ifindex = d->ifindex;
	assert_int_equal(tern_route_add(d->n, &def), 0);
	return d;
}

/* The urgent pointer counts from the number of its segment, and who cuts a
 * long frame copies it: none may be cut (MUST-62). */
static void urgent_text_is_not_to_be_cut(void **state)
{
	struct drive *d = long_frames();

	(void)state;
	drive_server(d);
	drive_send(d, 4000, MSG_OOB);
	expect(d, SEG(URG | ACK, 1, 1, .len = 1460, .up = 4000));
	expect(d, SEG(URG | ACK, 1461, 1, .len = 1460, .up = 2540));
	expect(d, SEG(URG | PSH | ACK, 2921, 1, .len = 1080, .up = 1080));
	drive_free(d);
}

/* RFC 5681 4.1: after a pause no more than the initial window, in the first
 * frame either. */
static void long_frame_after_a_pause(void **state)
{
	struct drive *d = long_frames();
	uint32_t seq = 1;
	int i;

	(void)state;
	drive_server(d);
	for (i = 0; i < 6; i++) {
		drive_send(d, 60 * 1460, 0);
		while (drive_take(d)) {
			seq = d->last.seq + d->last.len;
			inject(d, SEG(ACK, 1, seq, .wnd = 65535));
		}
	}
	assert_true(drive_info(d).cwnd > 30 * 1460);
	drive_sleep(d, 100 * TERN_S);
	drive_send(d, 30 * 1460, 0);
	expect(d, SEG(ACK, seq, 1, .len = 10 * 1460));
	expect_nothing(d);
	drive_free(d);
}

/* 3.6.1: without room for TIME-WAIT the peer's FIN is acknowledged all the
 * same; it did nothing to be reset for. */
static void no_room_for_time_wait(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_sysctl(d, "net.ipv4.tcp_max_tw_buckets", "0");
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	expect(d, SEG(FIN | ACK, 1, 1));
	inject(d, SEG(ACK, 1, 2));
	inject(d, SEG(FIN | ACK, 1, 2));
	expect(d, SEG(ACK, 2, 2));
	expect_nothing(d);
	drive_free(d);
}

/* A connection that was reset while it waits for accept(), with text. */
static void reset_in_the_accept_queue(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 4);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(ACK, 1, 1, .len = 100));
	expect(d, SEG(ACK, 1, 101));
	inject(d, SEG(RST, 101, 0));
	expect_nothing(d);
	drive_free(d);
}

/* RFC 5961 7: TIME-WAIT answers a segment without text, but not for ever: it
 * might be half of a loop. */
static void time_wait_feeds_no_loop(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_server(d);
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	expect(d, SEG(FIN | ACK, 1, 1));
	inject(d, SEG(ACK, 1, 2));
	inject(d, SEG(FIN | ACK, 1, 2));
	expect(d, SEG(ACK, 2, 2));
	for (i = 0; i < 50; i++)
		inject(d, SEG(ACK, 5000, 2));
	assert_in_range(drive_drain(d), 1, 10);
	inject(d, SEG(FIN | ACK, 1, 2));
	expect(d, SEG(ACK, 2, 2));
	drive_free(d);
}

/* The least segment has room for the options that each carries, whatever the
 * peer and the tunable say. */
static void least_segment_holds_its_options(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(
		tern_sysctl_set(d->n, "net.ipv4.tcp_min_snd_mss", "12"),
		-EINVAL);
	drive_accept(d, SEG(SYN, 0, 0, .mss = 1, .ts = true, .ts_val = 1));
	drive_send(d, 100, 0);
	expect(d, SEG(ACK, 1, 1, .len = 36));
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(late_dupacks_cost_nothing),
		cmocka_unit_test(first_partial_ack_restarts_the_timer),
		cmocka_unit_test(crossed_syn_ack_is_not_scaled),
		cmocka_unit_test(path_shrinks_after_a_timeout),
		cmocka_unit_test(urgent_text_is_not_to_be_cut),
		cmocka_unit_test(long_frame_after_a_pause),
		cmocka_unit_test(no_room_for_time_wait),
		cmocka_unit_test(reset_in_the_accept_queue),
		cmocka_unit_test(time_wait_feeds_no_loop),
		cmocka_unit_test(least_segment_holds_its_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
