/* SPDX-License-Identifier: ISC */
/*
 * rfc4987_test.c - SYN floods and SYN cookies, RFC 4987; the two queues of a
 * listener when they are full
 */
#include <netinet/tcp.h>

#include "unit/rfc/drive.h"

/* Throws away what the stack has sent, unread. */
static int discard(struct drive *d)
{
	const int n = d->q_tail - d->q_head;

	while (d->q_head < d->q_tail)
		tern_frame_release(&d->q[d->q_head++]);
	d->q_head = d->q_tail = 0;
	return n;
}

static uint32_t spoofed(uint32_t i)
{
	return ip4_addr(203, 0, 113, 1) + (i * UINT32_C(2654435761) >> 12);
}

/* A listener whose SYN queue is full. */
static struct drive *besieged(void)
{
	struct drive *d = drive_new();
	uint32_t i;

	drive_listen(d, 4);
	for (i = 0; i < 8; i++)
		inject(d, SEG(SYN, 0, 0, .mss = 1460, .src = spoofed(i)));
	discard(d);
	return d;
}

/* Counts those in a state, and fills in what is known of the last. */
static int find(struct drive *d, enum tern_tcp_state state,
		struct tern_sockinfo *info)
{
	struct tern_sockinfo i[64];
	uint64_t cursor = 0;
	int n, k, found = 0;

	while ((n = tern_sockets(d->n, &cursor, i, 64)) > 0) {
		for (k = 0; k < n; k++) {
			if (i[k].state != state)
				continue;
			*info = i[k];
			found++;
		}
	}
	return found;
}

static int connections(struct drive *d, enum tern_tcp_state state)
{
	struct tern_sockinfo info;

	return find(d, state, &info);
}

/* 3.6: while the queue is full, a SYN is answered and not remembered. */
static void cookie_needs_no_entry(void **state)
{
	struct drive *d = besieged();
	const int half_open = connections(d, TERN_TCP_SYN_RECEIVED);
	const size_t memory = tern_memory_total(d->n);

	(void)state;
	inject(d, SEG(SYN, 0, 0, .mss = 1000));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_int_equal(d->last.mss, 1460);
	assert_int_equal(connections(d, TERN_TCP_SYN_RECEIVED), half_open);
	assert_int_equal(tern_memory_total(d->n), memory);
	drive_sleep(d, 3 * TERN_S); /* so it is not sent again either */
	while (drive_take(d))
		assert_int_not_equal(d->last.dst, PEER_ADDR);
	drive_free(d);
}

/* 3.6: the third segment brings it back, with the MSS. */
static void cookie_makes_a_connection(void **state)
{
	static const uint16_t mss[][2] = {
		{216, 216},   {300, 216},   {536, 536},	  {1000, 536},
		{1024, 1024}, {1220, 1220}, {1360, 1360}, {1440, 1440},
		{1459, 1440}, {1460, 1460}, {8940, 1460}, {65535, 1460},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(mss) / sizeof(mss[0]); i++) {
		struct drive *d = besieged();

		inject(d, SEG(SYN, 0, 0, .mss = mss[i][0]));
		expect(d, SEG(SYN | ACK, 0, 1));
		inject(d, SEG(ACK, 1, 1));
		d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
		assert_true(d->fd >= 0);
		drive_send(d, 5000, 0);
		assert_true(drive_take(d));
		assert_int_equal(d->last.len, mss[i][1]);
		drive_drain(d);
		assert_int_equal(tern_counter(d->n, TERN_TcpExtSyncookiesSent),
				 5);
		assert_int_equal(tern_counter(d->n, TERN_TcpExtSyncookiesRecv),
				 1);
		drive_free(d);
	}
}

/* The third segment may carry the request already. */
static void cookie_with_text(void **state)
{
	struct drive *d = besieged();

	(void)state;
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(PSH | ACK, 1, 1, .len = 100));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_int_equal(drive_recv(d, 1000), 100);
	drive_drain(d);
	drive_free(d);
}

/* With timestamps window scale and SACK are kept, too. */
static void cookie_with_timestamps(void **state)
{
	struct tern_sockinfo info;
	int shift, sack;

	(void)state;
	for (shift = -1; shift < 15; shift += 5) {
		for (sack = 0; sack < 2; sack++) {
			struct drive *d = besieged();

			inject(d, SEG(SYN, 0, 0, .mss = 1460, .ts = true,
				      .ts_val = 77, .sack_ok = sack,
				      .wscale_on = shift >= 0,
				      .wscale = (uint8_t)(shift & 15)));
			expect(d, SEG(SYN | ACK, 0, 1));
			assert_true(d->last.ts);
			assert_int_equal(d->last.ts_ecr, 77);
			assert_int_equal(d->last.wscale_on, shift >= 0);
			assert_int_equal(d->last.sack_ok, sack);
			inject(d, SEG(ACK, 1, 1, .wnd = 10, .ts = true,
				      .ts_val = 78, .ts_ecr = d->last.ts_val));
			d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
			assert_int_equal(find(d, TERN_TCP_ESTABLISHED, &info),
					 1);
			assert_true(info.timestamps);
			assert_int_equal(info.sack, sack);
			assert_int_equal(info.wscale_ok, shift >= 0);
			assert_int_equal(info.snd_wnd,
					 10 << (shift < 0 ? 0 : shift));
			drive_free(d);
		}
	}
}

/* Without them, nothing is offered that could not be remembered. */
static void cookie_without_timestamps(void **state)
{
	struct drive *d = besieged();

	(void)state;
	inject(d, SEG(SYN, 0, 0, .mss = 1460, .sack_ok = true,
		      .wscale_on = true, .wscale = 7));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_false(d->last.wscale_on);
	assert_false(d->last.sack_ok);
	assert_false(d->last.ts);
	inject(d, SEG(ACK, 1, 1, .wnd = 10));
	assert_int_equal(connections(d, TERN_TCP_ESTABLISHED), 1);
	drive_free(d);
}

/* T10: an old cookie is as bad as a forged one. */
static void t10_cookies_expire(void **state)
{
	struct drive *d = besieged();

	(void)state;
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	drive_sleep(d, 60 * TERN_S);
	discard(d);
	inject(d, SEG(ACK, 1, 1)); /* good for a minute at least */
	assert_int_equal(connections(d, TERN_TCP_ESTABLISHED), 1);
	drive_free(d);

	d = besieged();
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	drive_sleep(d, 128 * TERN_S);
	discard(d);
	inject(d, SEG(SYN, 0, 0, .mss = 1460, .src = spoofed(99)));
	discard(d); /* there are cookies about, but not this one */
	inject(d, SEG(ACK, 1, 1));
	expect(d, SEG(RST, 1, 0));
	assert_int_equal(connections(d, TERN_TCP_ESTABLISHED), 0);
	drive_free(d);
}

/* T10: no bit of it may be changed, nor the peer's ISN, address or port. */
static void t10_cookies_are_bound(void **state)
{
	struct drive *d = besieged();
	uint32_t iss;
	int bit;

	(void)state;
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	iss = d->iss;
	for (bit = 0; bit < 32; bit++) {
		d->iss = iss;
		inject(d, SEG(ACK, 1, (1 + iss) ^ (UINT32_C(1) << bit)));
		discard(d);
		inject(d, SEG(ACK, 1U ^ UINT32_C(1) << bit, 1));
		inject(d, SEG(ACK, 1, 1,
			      .src = PEER_ADDR ^ UINT32_C(1) << bit % 24));
		d->rport = (uint16_t)(PEER_PORT ^ 1U << bit % 16);
		inject(d, SEG(ACK, 1, 1));
		d->rport = PEER_PORT;
		discard(d);
	}
	assert_int_equal(connections(d, TERN_TCP_ESTABLISHED), 0);
	d->iss = iss;
	inject(d, SEG(ACK, 1, 1));
	assert_int_equal(connections(d, TERN_TCP_ESTABLISHED), 1);
	drive_free(d);
}

/* T10: 2^17 guesses. */
static void t10_cookies_are_not_guessed(void **state)
{
	struct drive *d = besieged();
	uint32_t i;

	(void)state;
	for (i = 0; i < 1 << 17; i++) {
		inject(d, SEG(ACK, i * 7919, i * UINT32_C(2654435761),
			      .src = spoofed(i)));
		discard(d);
	}
	assert_int_equal(connections(d, TERN_TCP_ESTABLISHED), 0);
	drive_free(d);
}

/* A listener that has sent no cookie of late does not look for one. */
static void no_cookie_no_check(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 4);
	inject(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_drain(d), 1);
	assert_int_equal(d->last_drop, TERN_DROP_TCP_LISTEN_ACK);
	assert_int_equal(tern_counter(d->n, TERN_TcpExtSyncookiesFailed), 0);
	drive_free(d);
}

/* net.ipv4.tcp_syncookies: 0, never: the SYN is dropped. */
static void cookies_switched_off(void **state)
{
	struct drive *d = drive_new();
	uint32_t i;

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_syncookies", "0");
	drive_listen(d, 4);
	for (i = 0; i < 20; i++)
		inject(d, SEG(SYN, 0, 0, .mss = 1460, .src = spoofed(i)));
	assert_int_equal(discard(d), 4);
	assert_int_equal(tern_drops(d->n, TERN_DROP_TCP_SYN_QUEUE_FULL), 16);
	drive_sleep(d, 64 * TERN_S); /* they are given up */
	discard(d);
	drive_server(d);
	drive_free(d);
}

/* 2: always. */
static void cookies_always(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_syncookies", "2");
	drive_listen(d, 4);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_int_equal(connections(d, TERN_TCP_SYN_RECEIVED), 0);
	inject(d, SEG(ACK, 1, 1));
	assert_int_equal(connections(d, TERN_TCP_ESTABLISHED), 1);
	drive_free(d);
}

/* T9: a flood of spoofed SYNs takes no memory beyond the queue, and those who
 * mean it get in. */
static void t9_flood(void **state)
{
	struct drive *d = drive_new();
	size_t memory = 0;
	uint32_t i;
	int fd, n = 0;

	(void)state;
	drive_listen(d, 128);
	for (i = 0; i < 50000; i++) {
		inject(d, SEG(SYN, i, 0, .mss = 1460, .src = spoofed(i)));
		discard(d);
		if (i == 1000)
			memory = tern_memory_total(d->n);
		if (i > 1000 && i % 100 == 0) {
			d->rport = (uint16_t)(1024 + i / 100);
			inject(d, SEG(SYN, 0, 0, .mss = 1460));
			expect(d, SEG(SYN | ACK, 0, 1));
			inject(d, SEG(ACK, 1, 1));
			fd = tern_accept(d->n, d->lfd, NULL, NULL);
			n += fd >= 0;
			inject(d, SEG(RST, 1, 0));
			tern_close(d->n, fd);
			discard(d);
		}
		if (i % 10 == 0)
			drive_sleep(d, TERN_MS);
		discard(d);
	}
	assert_int_equal(n, 489);
	assert_true(tern_memory_total(d->n) < memory + 65536);
	assert_true(connections(d, TERN_TCP_SYN_RECEIVED) <= 128);
	drive_free(d);
}

/* T41: nobody accepts: the backlog holds, SYNs are dropped and counted. */
static void t41_accept_queue(void **state)
{
	struct drive *d = drive_new();
	uint32_t i;
	int n;

	(void)state;
	drive_listen(d, 4);
	for (i = 0; i < 5; i++) {
		d->rport = (uint16_t)(2000 + i);
		inject(d, SEG(SYN, 0, 0, .mss = 1460));
		expect(d, SEG(SYN | ACK, 0, 1));
		inject(d, SEG(ACK, 1, 1));
	}
	assert_int_equal(connections(d, TERN_TCP_ESTABLISHED), 5);
	for (i = 0; i < 10000; i++) {
		d->rport = (uint16_t)(3000 + i);
		inject(d, SEG(SYN, 0, 0, .mss = 1460));
		expect_nothing(d);
	}
	assert_int_equal(tern_counter(d->n, TERN_TcpExtListenOverflows), 10000);
	assert_int_equal(connections(d, TERN_TCP_ESTABLISHED), 5);
	for (n = 0; tern_accept(d->n, d->lfd, NULL, NULL) >= 0; n++)
		;
	assert_int_equal(n, 5);
	drive_server(d);
	drive_free(d);
}

/* T41: the third segment finds the queue full: it stays half-open, and gets in
 * when there is room, by the SYN,ACK that is sent again. */
static void t41_third_segment_finds_no_room(void **state)
{
	struct drive *d = drive_new();
	uint32_t iss;
	int i;

	(void)state;
	drive_listen(d, 0);
	d->rport = 2000;
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	iss = d->iss;
	d->rport = 2001;
	inject(d, SEG(SYN, 0, 0, .mss = 1460)); /* a cookie */
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(ACK, 1, 1)); /* which is the faster one */
	assert_int_equal(connections(d, TERN_TCP_ESTABLISHED), 1);
	d->rport = 2000;
	d->iss = iss;
	inject(d, SEG(ACK, 1, 1));
	expect_nothing(d);
	assert_int_equal(connections(d, TERN_TCP_SYN_RECEIVED), 1);
	for (i = 0; i < 2; i++) {
		drive_sleep(d, 2 * TERN_S + 500 * TERN_MS);
		assert_true(drive_take(d));
		assert_int_equal(d->last.flags, SYN | ACK);
		inject(d, SEG(ACK, 1, 1));
		if (i == 0)
			assert_true(tern_accept(d->n, d->lfd, NULL, NULL) >= 0);
		discard(d);
	}
	assert_int_equal(connections(d, TERN_TCP_ESTABLISHED), 2);
	assert_true(tern_accept(d->n, d->lfd, NULL, NULL) >= 0);
	drive_free(d);
}

/* T41: or it is reset, if that is wanted. */
static void t41_abort_on_overflow(void **state)
{
	struct drive *d = drive_new();
	uint32_t iss;

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_abort_on_overflow", "1");
	drive_listen(d, 0);
	d->rport = 2000;
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	iss = d->iss;
	d->rport = 2001;
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(ACK, 1, 1));
	d->rport = 2000;
	d->iss = iss;
	inject(d, SEG(ACK, 1, 1));
	expect(d, SEG(RST, 1, 0));
	assert_int_equal(connections(d, TERN_TCP_SYN_RECEIVED), 0);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cookie_needs_no_entry),
		cmocka_unit_test(cookie_makes_a_connection),
		cmocka_unit_test(cookie_with_text),
		cmocka_unit_test(cookie_with_timestamps),
		cmocka_unit_test(cookie_without_timestamps),
		cmocka_unit_test(t10_cookies_expire),
		cmocka_unit_test(t10_cookies_are_bound),
		cmocka_unit_test(t10_cookies_are_not_guessed),
		cmocka_unit_test(no_cookie_no_check),
		cmocka_unit_test(cookies_switched_off),
		cmocka_unit_test(cookies_always),
		cmocka_unit_test(t9_flood),
		cmocka_unit_test(t41_accept_queue),
		cmocka_unit_test(t41_third_segment_finds_no_room),
		cmocka_unit_test(t41_abort_on_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
