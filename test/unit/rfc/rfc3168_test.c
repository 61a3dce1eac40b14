/* SPDX-License-Identifier: ISC */
/*
 * rfc3168_test.c - Explicit Congestion Notification: RFC 3168 6.1, RFC 8511
 */
#include "unit/rfc/drive_tcp_info.h"

#include "tcp/ecn.h"

#define MSS 1000

/* A connection that the peer has opened, with the flags of its SYN. */
static struct drive *server(uint16_t flags, uint16_t answer)
{
	struct drive *d = drive_new();

	drive_sysctl(d, "net.ipv4.tcp_sack", "0");
	drive_sysctl(d, "net.ipv4.tcp_congestion_control", "reno");
	drive_listen(d, 8);
	inject(d, SEG(SYN | flags, 0, 0, .mss = MSS));
	expect(d, SEG(SYN | ACK | answer, 0, 1));
	assert_int_equal(d->last_tos, 0);
	inject(d, SEG(ACK, 1, 1));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_true(d->fd >= 0);
	return d;
}

static struct drive *ecn_server(void)
{
	return server(ECE | CWR, ECE);
}

static uint32_t cwnd_of(struct drive *d)
{
	return drive_tcp_info(d).tcpi_snd_cwnd;
}

/* SHLD-8.  6.1.1: a SYN with both flags is answered with ECE alone. */
static void setup_passive(void **state)
{
	static const uint16_t asks[] = {0, ECE, CWR, ECE | CWR};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(asks); i++) {
		const bool both = asks[i] == (ECE | CWR);
		struct drive *d = server(asks[i], both ? ECE : 0);

		drive_send(d, 100, 0);
		expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
		assert_int_equal(d->last_tos, both ? ECN_ECT_0 : ECN_NOT_ECT);
		drive_free(d);
	}
}

/* tcp_ecn: 0 agrees to nothing, 1 and 2 do, 1 asks. */
static void setup_by_tunable(void **state)
{
	static const struct {
		const char *value;
		bool agrees, asks;
	} rows[] = {{"0", false, false}, {"1", true, true}, {"2", true, false}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct drive *d = drive_new();
		int fd;

		drive_sysctl(d, "net.ipv4.tcp_ecn", rows[i].value);
		drive_listen(d, 8);
		inject(d, SEG(SYN | ECE | CWR, 0, 0, .mss = MSS));
		expect(d, SEG(SYN | ACK | (rows[i].agrees ? ECE : 0), 0, 1));
		inject(d, SEG(RST, 1, 0));
		d->iss_known = false;
		fd = drive_socket(d);
		drive_connect(d, fd);
		expect(d, SEG(rows[i].asks ? SYN | ECE | CWR : SYN, 0, ANY));
		drive_free(d);
	}
}

/* A SYN that comes ECN-capable was written into on its way. */
static void setup_of_a_marked_syn(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN | ECE | CWR, 0, 0, .mss = MSS, .tos = ECN_CE));
	expect(d, SEG(SYN | ACK, 0, 1));
	drive_free(d);
}

static struct drive *client(uint16_t answer)
{
	struct drive *d = drive_new();

	drive_sysctl(d, "net.ipv4.tcp_ecn", "1");
	drive_sysctl(d, "net.ipv4.tcp_sack", "0");
	drive_sysctl(d, "net.ipv4.tcp_congestion_control", "reno");
	d->fd = drive_socket(d);
	drive_connect(d, d->fd);
	expect(d, SEG(SYN | ECE | CWR, 0, ANY));
	assert_int_equal(d->last_tos, 0);
	inject(d, SEG(SYN | ACK | answer, 0, 1, .mss = MSS));
	expect(d, SEG(ACK, 1, 1));
	return d;
}

/* 6.1.1: only ECE without CWR agrees; both are a server that reflects. */
static void setup_active(void **state)
{
	static const uint16_t answers[] = {0, ECE, CWR, ECE | CWR};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(answers); i++) {
		struct drive *d = client(answers[i]);

		drive_send(d, 100, 0);
		expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
		assert_int_equal(d->last_tos,
				 answers[i] == ECE ? ECN_ECT_0 : ECN_NOT_ECT);
		drive_free(d);
	}
}

/* 6.1.1.1: the SYN that goes again asks for nothing, and then there is no ECN
 * whatever the answer is; unless tcp_ecn_fallback forbids it. */
static void fallback(void **state)
{
	int on;

	(void)state;
	for (on = 0; on < 2; on++) {
		struct drive *d = drive_new();

		drive_sysctl(d, "net.ipv4.tcp_ecn", "1");
		drive_sysctl(d, "net.ipv4.tcp_ecn_fallback", on ? "1" : "0");
		d->fd = drive_socket(d);
		drive_connect(d, d->fd);
		expect(d, SEG(SYN | ECE | CWR, 0, ANY));
		drive_sleep(d, TERN_S + TERN_S / 10);
		expect(d, SEG(on ? SYN : SYN | ECE | CWR, 0, ANY));
		inject(d, SEG(SYN | ACK | ECE, 0, 1, .mss = MSS));
		expect(d, SEG(ACK, 1, 1));
		drive_send(d, 100, 0);
		expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
		assert_int_equal(d->last_tos, on ? ECN_NOT_ECT : ECN_ECT_0);
		drive_free(d);
	}
}

/* 6.1.3: ECE on each ACK from the first mark until CWR comes; a mark on the
 * segment that has CWR begins it again. */
static void echo(void **state)
{
	struct drive *d = ecn_server();

	(void)state;
	inject(d, SEG(ACK, 1, 1, .len = 100, .tos = ECN_ECT_0));
	expect(d, SEG(ACK, 1, 101));
	inject(d, SEG(ACK, 101, 1, .len = 100, .tos = ECN_CE));
	expect(d, SEG(ACK | ECE, 1, 201));
	inject(d, SEG(ACK, 201, 1, .len = 100, .tos = ECN_ECT_0));
	expect(d, SEG(ACK | ECE, 1, 301));
	drive_send(d, 10, 0); /* on text too */
	expect(d, SEG(PSH | ACK | ECE, 1, 301, .len = 10));
	inject(d, SEG(ACK | CWR, 301, 11, .len = 100, .tos = ECN_CE));
	expect(d, SEG(ACK | ECE, 11, 401));
	inject(d, SEG(ACK | CWR, 401, 11, .len = 100, .tos = ECN_ECT_0));
	expect(d, SEG(ACK, 11, 501));
	drive_free(d);
}

/* 6.1.5: what lies outside the window is not asked. */
static void mark_outside_the_window(void **state)
{
	struct drive *d = ecn_server();

	(void)state;
	inject(d, SEG(ACK, 1, 1, .len = 100, .tos = ECN_ECT_0));
	expect(d, SEG(ACK, 1, 101));
	inject(d, SEG(ACK, 1, 1, .len = 100, .tos = ECN_CE)); /* again */
	expect(d, SEG(ACK, 1, 101));
	inject(d, SEG(ACK, 101 + (1U << 30), 1, .len = 100, .tos = ECN_CE));
	expect(d, SEG(ACK, 1, 101));
	drive_free(d);
}

/* Without ECN agreed on a mark means nothing. */
static void mark_without_ecn(void **state)
{
	struct drive *d = server(0, 0);

	(void)state;
	inject(d, SEG(ACK, 1, 1, .len = 100, .tos = ECN_CE));
	expect(d, SEG(ACK, 1, 101));
	drive_send(d, 100, 0);
	expect(d, SEG(PSH | ACK, 1, 101, .len = 100));
	inject(d, SEG(ACK | ECE, 101, 101));
	assert_int_equal(cwnd_of(d), 10);
	drive_free(d);
}

/* Grows cwnd to n segments, and fills it; all new text is ECN-capable.  Returns
 * SND.UNA. */
static uint32_t fill(struct drive *d, uint32_t n)
{
	uint32_t una = 1;

	drive_send(d, 200 * MSS, 0);
	for (;;) {
		while (drive_take(d))
			assert_int_equal(d->last_tos, ECN_ECT_0);
		if (cwnd_of(d) >= n)
			return una;
		una += MSS;
		inject(d, SEG(ACK, 1, una));
	}
}

/* 6.1.2: ECE is answered like a loss, but nothing goes again; once a window;
 * and CWR is on the first new text, and on that only. */
static void reduction(void **state)
{
	struct drive *d = ecn_server();
	uint32_t una = fill(d, 20), before = cwnd_of(d), edge, i;

	(void)state;
	edge = una + before * MSS;
	inject(d, SEG(ACK | ECE, 1, una + MSS));
	una += MSS;
	/* RFC 8511 4.1: in slow start by half, as for a loss. */
	assert_int_equal(cwnd_of(d), before / 2);
	expect_nothing(d);
	/* Further ACKs of the same window change nothing, nor do they grow. */
	for (i = 0; i < 5; i++) {
		una += MSS;
		inject(d, SEG(ACK | ECE, 1, una));
		assert_int_equal(cwnd_of(d), before / 2);
	}
	/* Room for one segment more. */
	una = edge - (before / 2 - 1) * MSS;
	inject(d, SEG(ACK | ECE, 1, una));
	expect(d, SEG(ACK | CWR, edge, 1, .len = MSS));
	assert_int_equal(d->last_tos, ECN_ECT_0);
	una += MSS;
	inject(d, SEG(ACK, 1, una));
	assert_true(drive_take(d));
	assert_false(d->last.flags & CWR);
	drive_free(d);
}

/* A mark of the next window is a new event: beta_ecn = 0.8 in congestion
 * avoidance (RFC 8511 4.1). */
static void reduction_again(void **state)
{
	struct drive *d = ecn_server();
	uint32_t una = fill(d, 20), before = cwnd_of(d), edge;

	(void)state;
	edge = una + before * MSS;
	inject(d, SEG(ACK | ECE, 1, una + MSS));
	assert_int_equal(cwnd_of(d), before / 2);
	inject(d, SEG(ACK | ECE, 1, edge)); /* all of that window */
	assert_int_equal(cwnd_of(d), before / 2);
	expect(d, SEG(ACK | CWR, edge, 1, .len = MSS));
	drive_drain(d);
	before = cwnd_of(d);
	inject(d, SEG(ACK | ECE, 1, edge + MSS));
	assert_int_equal(cwnd_of(d), before * 8 / 10);
	drive_free(d);
}

/* 6.1.5: a retransmission is not ECN-capable; 6.1.2: after it, too, CWR is set
 * on new text, not on what goes again. */
static void retransmission(void **state)
{
	struct drive *d = ecn_server();

	(void)state;
	drive_send(d, MSS, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = MSS));
	assert_int_equal(d->last_tos, ECN_ECT_0);
	drive_sleep(d, 2 * TERN_S);
	while (drive_take(d)) {
		assert_int_equal(d->last.seq, 1);
		assert_int_equal(d->last_tos, ECN_NOT_ECT);
		assert_false(d->last.flags & CWR);
	}
	inject(d, SEG(ACK, 1, 1 + MSS));
	drive_send(d, MSS, 0);
	expect(d, SEG(PSH | ACK | CWR, 1 + MSS, 1, .len = MSS));
	assert_int_equal(d->last_tos, ECN_ECT_0);
	drive_free(d);
}

/* 6.1.4, 6.1.6: pure ACKs, FIN and window probes are not ECN-capable. */
static void control_segments(void **state)
{
	struct drive *d = ecn_server();

	(void)state;
	inject(d, SEG(PSH | ACK, 1, 1, .len = 10, .tos = ECN_ECT_0));
	expect(d, SEG(ACK, 1, 11));
	assert_int_equal(d->last_tos, ECN_NOT_ECT);
	inject(d, SEG(ACK, 11, 1, .wnd_zero = true));
	drive_send(d, 10, 0);
	drive_sleep(d, 2 * TERN_S);
	assert_true(drive_take(d)); /* a probe */
	assert_int_equal(d->last.seq, 0);
	assert_int_equal(d->last_tos, ECN_NOT_ECT);
	drive_drain(d);
	inject(d, SEG(ACK, 11, 1));
	expect(d, SEG(PSH | ACK, 1, 11, .len = 10));
	assert_int_equal(drive_recv(d, 100), 10);
	inject(d, SEG(ACK, 11, 11));
	assert_int_equal(tern_close(d->n, d->fd), 0);
	drive_pull(d);
	expect(d, SEG(FIN | ACK, 11, 11));
	assert_int_equal(d->last_tos, ECN_NOT_ECT);
	drive_free(d);
}

/* The codepoint is the stack's; what the user has set is DSCP only. */
static void user_keeps_dscp(void **state)
{
	struct drive *d = ecn_server();

	(void)state;
	drive_set(d, d->fd, IPPROTO_IP, IP_TOS, 0xb8 | ECN_CE);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	assert_int_equal(d->last_tos, 0xb8 | ECN_ECT_0);
	drive_free(d);
}

/* Marks and reductions around the wrap of sequence numbers. */
static void wrap(void **state)
{
	struct drive *d = drive_new();
	uint32_t una, before;

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_sack", "0");
	drive_sysctl(d, "net.ipv4.tcp_congestion_control", "reno");
	drive_wrap_iss(d, 5 * MSS);
	inject(d, SEG(SYN | ECE | CWR, 0, 0, .mss = MSS));
	expect(d, SEG(SYN | ACK | ECE, 0, 1));
	inject(d, SEG(ACK, 1, 1));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	una = fill(d, 10);
	before = cwnd_of(d);
	inject(d, SEG(ACK | ECE, 1, una + MSS));
	assert_int_equal(cwnd_of(d), before / 2);
	inject(d, SEG(ACK | ECE, 1, una + 7 * MSS));
	assert_int_equal(cwnd_of(d), before / 2);
	drive_free(d);
}

/* A SYN cookie remembers ECN in the timestamp; without one it is not agreed. */
static void cookie(void **state)
{
	int ts;

	(void)state;
	for (ts = 0; ts < 2; ts++) {
		struct drive *d = drive_new();
		uint32_t val;

		drive_sysctl(d, "net.ipv4.tcp_syncookies", "2");
		drive_listen(d, 8);
		inject(d, SEG(SYN | ECE | CWR, 0, 0, .mss = MSS, .ts = ts,
			      .ts_val = 7));
		expect(d, SEG(ts ? SYN | ACK | ECE : SYN | ACK, 0, 1));
		val = d->last.ts_val;
		inject(d, SEG(ACK, 1, 1, .ts = ts, .ts_val = 8, .ts_ecr = val));
		d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
		assert_true(d->fd >= 0);
		drive_send(d, 10, 0);
		expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
		assert_int_equal(d->last_tos, ts ? ECN_ECT_0 : ECN_NOT_ECT);
		drive_free(d);
	}
}

/* TCP_INFO says that it is agreed on, and that marks arrive. */
static void info(void **state)
{
	struct drive *d = ecn_server();
	const uint8_t both = TCPI_OPT_ECN | TCPI_OPT_ECN_SEEN;

	(void)state;
	assert_int_equal(drive_tcp_info(d).tcpi_options & both, TCPI_OPT_ECN);
	inject(d, SEG(ACK, 1, 1, .len = 10, .tos = ECN_ECT_0));
	assert_true(drive_tcp_info(d).tcpi_options & TCPI_OPT_ECN_SEEN);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(setup_passive),
		cmocka_unit_test(setup_by_tunable),
		cmocka_unit_test(setup_of_a_marked_syn),
		cmocka_unit_test(setup_active),
		cmocka_unit_test(fallback),
		cmocka_unit_test(echo),
		cmocka_unit_test(mark_outside_the_window),
		cmocka_unit_test(mark_without_ecn),
		cmocka_unit_test(reduction),
		cmocka_unit_test(reduction_again),
		cmocka_unit_test(retransmission),
		cmocka_unit_test(control_segments),
		cmocka_unit_test(user_keeps_dscp),
		cmocka_unit_test(wrap),
		cmocka_unit_test(cookie),
		cmocka_unit_test(info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
