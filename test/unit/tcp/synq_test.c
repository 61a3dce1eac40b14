/* SPDX-License-Identifier: ISC */
/*
 * synq_test.c - the SYN queue: how often a SYN,ACK goes again (MUST-20,
 * MUST-22), and what happens when the queue is full (RFC 4987)
 */
#include <netinet/tcp.h>

#include "unit/tcp/flight.h"

static void syn(struct drive *d, uint16_t port)
{
	d->rport = port;
	inject(d, SEG(SYN, 0, 0, .mss = MSS));
}

/* How often SYN,ACK comes before the peer is given up. */
static int answers(struct drive *d)
{
	int n = 0;

	while (d->q_head != d->q_tail || drive_wait(d) < TERN_S * 86400) {
		if (!drive_take(d))
			break;
		assert_int_equal(d->last.flags, SYN | ACK);
		n++;
		if (n > 20)
			break;
	}
	return n;
}

/* net.ipv4.tcp_synack_retries times; TCP_SYNCNT on the listener goes before. */
static void retries(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct drive *d = drive_new();

		drive_listen(d, 8);
		drive_sysctl(d, "net.ipv4.tcp_synack_retries", "3");
		if (i == 1)
			drive_set(d, d->lfd, IPPROTO_TCP, TCP_SYNCNT, 2);
		syn(d, 1000);
		assert_int_equal(answers(d), i == 1 ? 3 : 4);
		assert_int_equal(COUNTED(d, TCPSynRetrans), i == 1 ? 2 : 3);
		drive_free(d);
	}
}

/* TCP_DEFER_ACCEPT: the bare third segment has come; so long is waited for
 * text, and not less than otherwise. */
static void deferred(void **state)
{
	struct drive *d = drive_new();
	int n = 0;

	(void)state;
	drive_listen(d, 8);
	drive_sysctl(d, "net.ipv4.tcp_synack_retries", "1");
	drive_set(d, d->lfd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 7); /* 3 times */
	syn(d, 1000);
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(ACK, 1, 1));
	while (drive_wait(d) < 3600 * TERN_S && drive_take(d)) {
		assert_int_equal(d->last.flags, SYN | ACK);
		n++;
	}
	assert_int_equal(n, 3);
	drive_free(d);
}

/* RFC 9768 3.2.3.2.2: SYN,ACK lost once says nothing of the flags in it; lost
 * twice, they are left out, and text is not ECN-capable. */
static void accurate_ecn(void **state)
{
	uint64_t lost;

	(void)state;
	for (lost = 0; lost < 3; lost++) {
		struct drive *d = drive_new();
		const uint16_t syn_ack = SYN | ACK | 2 << 6;

		drive_sysctl(d, "net.ipv4.tcp_ecn", "3");
		drive_listen(d, 8);
		inject(d, SEG(SYN | 7 << 6, 0, 0, .mss = MSS));
		expect(d, SEG(syn_ack, 0, 1));
		if (lost > 0) {
			drive_wait(d);
			expect(d, SEG(syn_ack, 0, 1));
		}
		if (lost > 1) {
			drive_wait(d);
			assert_true(drive_take(d));
		}
		inject(d, SEG(ACK | 5 << 6, 1, 1));
		d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
		assert_true(d->fd >= 0);
		drive_send(d, 100, 0);
		assert_true(drive_take(d));
		assert_int_equal(d->last_tos, lost < 2 ? 2 : 0);
		drive_free(d);
	}
}

/* RFC 4987 3.6: a full queue answers with cookies, and counts that; without
 * them it drops. */
static void full(void **state)
{
	struct drive *d = drive_new();
	uint16_t i;

	(void)state;
	drive_listen(d, 8);
	drive_sysctl(d, "net.ipv4.tcp_max_syn_backlog", "4");
	for (i = 0; i < 20; i++)
		syn(d, (uint16_t)(1000 + i));
	assert_int_equal(drive_drain(d), 20);
	assert_true(COUNTED(d, TCPReqQFullDoCookies) > 0);
	assert_int_equal(COUNTED(d, TCPReqQFullDoCookies),
			 COUNTED(d, SyncookiesSent));
	drive_free(d);

	d = drive_new();
	drive_listen(d, 8);
	drive_sysctl(d, "net.ipv4.tcp_max_syn_backlog", "4");
	drive_sysctl(d, "net.ipv4.tcp_syncookies", "0");
	for (i = 0; i < 20; i++)
		syn(d, (uint16_t)(1000 + i));
	assert_in_range(drive_drain(d), 1, 8);
	assert_int_equal(COUNTED(d, SyncookiesSent), 0);
	assert_int_equal(d->last_drop, TERN_DROP_TCP_SYN_QUEUE_FULL);
	drive_free(d);

	d = drive_new(); /* always cookies: the queue is not full for that */
	drive_listen(d, 8);
	drive_sysctl(d, "net.ipv4.tcp_syncookies", "2");
	syn(d, 1000);
	assert_int_equal(drive_drain(d), 1);
	assert_int_equal(COUNTED(d, SyncookiesSent), 1);
	assert_int_equal(COUNTED(d, TCPReqQFullDoCookies), 0);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(retries),
		cmocka_unit_test(deferred),
		cmocka_unit_test(accurate_ecn),
		cmocka_unit_test(full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
