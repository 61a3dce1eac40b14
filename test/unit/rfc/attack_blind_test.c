/* SPDX-License-Identifier: ISC */
/*
 * attack_blind_test.c - segments of those who do not see the connection
 */
#include "unit/rfc/drive.h"

/* RFC 7323 5.3: a timestamp far ahead makes PAWS refuse all that the peer
 * sends.  To guess SEG.SEQ must not be enough; SEG.ACK is looked at too. */
static void timestamp_with_a_wrong_ack(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_accept(d,
		     SEG(SYN, 0, 0, .mss = 1460, .ts = true, .ts_val = 1000));
	inject(d, SEG(ACK, 1, 0x40000000, .ts = true, .ts_val = 0x70000000,
		      .len = 10));
	inject(d, SEG(ACK, 1, 0x90000000, .ts = true, .ts_val = 0x70000000));
	inject(d, SEG(0, 1, 0, .ts = true, .ts_val = 0x70000000, .len = 10));
	inject(d, SEG(SYN, 1, 0, .ts = true, .ts_val = 0x70000000));
	drive_drain(d);
	inject(d, SEG(ACK, 1, 1, .ts = true, .ts_val = 1001, .len = 10));
	assert_int_equal(drive_recv(d, 100), 10);
	assert_true(drive_take(d));
	assert_int_equal(d->last.ts_ecr, 1001);
	drive_free(d);
}

/* A client that sends its request and FIN at once, whose bare third segment was
 * lost, is not to be reset for that. */
static void cookie_comes_back_with_a_fin(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 4);
	drive_sysctl(d, "net.ipv4.tcp_syncookies", "2");
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(FIN | PSH | ACK, 1, 1, .len = 100));
	expect(d, SEG(ACK, 1, 102));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_true(d->fd >= 0);
	assert_int_equal(drive_recv(d, 200), 100);
	assert_int_equal(drive_recv(d, 200), 0);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(FIN | ACK, 1, 102));
	drive_free(d);
}

/* T10: nobody gets in by guessing. */
static void guessed_cookies(void **state)
{
	struct drive *d = drive_new();
	uint32_t i, seed = 1;

	(void)state;
	drive_listen(d, 4);
	drive_sysctl(d, "net.ipv4.tcp_syncookies", "2");
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	for (i = 0; i < 20000; i++) {
		seed = seed * 1664525 + 1013904223;
		inject(d, SEG(ACK | (i & 1 ? FIN : 0), 1, 2 + (seed >> 1)));
		drive_drain(d);
	}
	assert_int_equal(tern_counter(d->n, TERN_TcpExtSyncookiesRecv), 0);
	assert_int_equal(tern_drops(d->n, TERN_DROP_TCP_COOKIE), 20000);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timestamp_with_a_wrong_ack),
		cmocka_unit_test(cookie_comes_back_with_a_fin),
		cmocka_unit_test(guessed_cookies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
