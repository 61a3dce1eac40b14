/* SPDX-License-Identifier: ISC */
/*
 * attack_loop_test.c - answers that answer answers: ACK wars, reflected resets
 *
 * Two ends that disagree about a connection (an attacker has injected data)
 * answer each other's ACKs.  Each answer here must be the last for a while.
 */
#include "unit/rfc/drive.h"

/* The peer answers each of the stack's segments by a bare ACK with numbers that
 * the stack does not believe in.  Returns how many it sent in the time. */
static int war(struct drive *d, uint32_t seq, uint32_t ack, tern_time ns)
{
	const tern_time until = d->now + ns;
	int n = 0;

	inject(d, SEG(ACK, seq, ack));
	while (d->now < until) {
		while (drive_take(d)) {
			n++;
			inject(d, SEG(ACK, seq, ack));
		}
		drive_sleep(d, TERN_MS);
	}
	return n;
}

/* T20: at most two a second, if the sequence number is wrong. */
static void t20_war_about_sequence_numbers(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_in_range(war(d, 0x80000000, 1, 10 * TERN_S), 1, 20);
	drive_free(d);
}

/* T20: and ten in five seconds, if the acknowledgement is: what desynchronized
 * ends do with data that only one of them has sent. */
static void t20_war_about_acknowledgements(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_in_range(war(d, 1, 1000, 10 * TERN_S), 1, 20);
	drive_free(d);
}

/* T20: an octet before the window looks like a keep-alive. */
static void t20_war_of_keep_alives(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_in_range(war(d, 0, 1, 10 * TERN_S), 1, 201);
	drive_free(d);
}

/* T20: in TIME-WAIT a few, and then silence; a FIN is always answered. */
static void t20_war_in_time_wait(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_server(d);
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	drive_pull(d);
	expect(d, SEG(FIN | ACK, 1, 1));
	inject(d, SEG(FIN | ACK, 1, 2));
	expect(d, SEG(ACK, 2, 2));
	assert_in_range(war(d, 1000, 2, 50 * TERN_S), 1, 10);
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	for (i = 0; i < 50; i++) {
		inject(d, SEG(FIN | ACK, 1, 2));
		expect(d, SEG(ACK, 2, 2));
	}
	drive_sleep(d, 59 * TERN_S); /* 2 MSL from the last FIN on */
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_sleep(d, 2 * TERN_S);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* T20: a half-open connection is in no war. */
static void t20_war_in_syn_received(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	/* SYN,ACKs again are among them. */
	assert_in_range(war(d, 70000, 1, 50 * TERN_S), 1, 20);
	drive_free(d);
}

/* T50: no RST is answered, in no state, whatever else is set. */
static void t50_rst_to_a_rst(void **state)
{
	static const uint16_t flags[] = {
		RST,
		RST | ACK,
		RST | SYN,
		RST | FIN,
		RST | SYN | ACK | FIN,
		RST | PSH | URG,
		0x1ff,
	};
	struct drive *d = drive_new();
	size_t i;

	(void)state;
	for (i = 0; i < 7; i++) {
		inject(d, SEG(flags[i], 0, 0)); /* nobody listens */
		inject(d, SEG(flags[i], 1, 1, .len = 10));
	}
	drive_listen(d, 8);
	for (i = 0; i < 7; i++) {
		inject(d, SEG(flags[i], 0, 0));
		inject(d, SEG(flags[i], 1, 1, .len = 10));
	}
	expect_nothing(d);
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	for (i = 0; i < 7; i++)
		inject(d, SEG(flags[i], 0, 1000)); /* a wrong ACK, if any */
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_SYN_SENT);
	drive_free(d);
}

/* T50: resets to segments of no connection have a limit. */
static void t50_rst_rate(void **state)
{
	struct drive *d = drive_new();
	int i, n = 0;

	(void)state;
	drive_sysctl(d, "tern.tcp_rst_per_second", "100");
	for (i = 0; i < 10000; i++) {
		inject(d, SEG(ACK, 1, 1));
		n += drive_drain(d);
		if (i % 1000 == 999)
			drive_sleep(d, 100 * TERN_MS);
	}
	assert_in_range(n, 100, 200);
	assert_int_equal(tern_drops(d->n, TERN_DROP_TCP_RST_RATE), 10000 - n);
	drive_sleep(d, TERN_S);
	inject(d, SEG(SYN, 0, 0));
	assert_int_equal(drive_drain(d), 1);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t20_war_about_sequence_numbers),
		cmocka_unit_test(t20_war_about_acknowledgements),
		cmocka_unit_test(t20_war_of_keep_alives),
		cmocka_unit_test(t20_war_in_time_wait),
		cmocka_unit_test(t20_war_in_syn_received),
		cmocka_unit_test(t50_rst_to_a_rst),
		cmocka_unit_test(t50_rst_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
