/* SPDX-License-Identifier: ISC */
/*
 * attack_data_test.c - text and FINs in evil order: reassembly, truncation,
 * what it costs
 */
#include "unit/rfc/drive.h"

/* Reads all that is there; byte i of the stream must be from + i. */
static uint32_t read_all(struct drive *d, uint8_t from)
{
	static uint8_t p[1 << 20];
	uint32_t n = 0, i;
	ssize_t got;

	while ((got = tern_recv(d->n, d->fd, p, sizeof(p), 0)) > 0)
		for (i = 0; i < (uint32_t)got; i++, n++)
			assert_int_equal(p[i], (uint8_t)(from + n));
	drive_pull(d);
	return n;
}

/* Text whose byte at sequence number s is (uint8_t)(s - 1). */
static void inject_text(struct drive *d, uint32_t seq, uint32_t len,
			uint16_t more)
{
	inject(d, SEG(ACK | more, seq, 1, .len = len,
		      .text_from = (uint8_t)(seq - 1)));
}

/* T26: every second octet, in falling, rising and mixed order; then the rest.
 * The stream is whole, and the memory was bounded. */
static void t26_every_second_octet(void **state)
{
	const uint32_t n = 5000;
	uint32_t i, at;
	int order;

	(void)state;
	for (order = 0; order < 3; order++) {
		struct drive *d = drive_new();
		size_t before, peak = 0;

		drive_server(d);
		before = tern_memory_total(d->n);
		for (i = 1; i < n; i++) {
			at = order == 0 ? i : order == 1 ? n - i : i * 7919 % n;
			if (at % 2 == 0 || at == 0)
				continue;
			inject_text(d, 1 + at, 1, 0);
			drive_drain(d);
			if (tern_memory_total(d->n) > peak)
				peak = tern_memory_total(d->n);
		}
		/* Twice the receive buffer at most, whatever it cost. */
		assert_true(peak - before < 2 * 2 * 2097152);
		inject_text(d, 1, 1460, 0);
		for (i = 1460; i < n; i += 1460)
			inject_text(d, 1 + i, 1460, 0);
		drive_drain(d);
		assert_true(read_all(d, 0) >= n);
		drive_drain(d);
		drive_free(d);
	}
}

/* T27: single octets are charged by what they cost, not by what they hold. */
static void t27_single_octets(void **state)
{
	struct drive *d = drive_new();
	size_t before;
	uint32_t i;

	(void)state;
	drive_listen(d, 8);
	drive_set(d, d->lfd, SOL_SOCKET, SO_RCVBUF, 32768);
	drive_server(d);
	before = tern_memory_total(d->n);
	for (i = 1; i < 8000; i += 2) {
		inject_text(d, 1 + i, 1, 0);
		drive_drain(d);
		assert_true(tern_memory_total(d->n) - before < 4 * 65536);
	}
	inject_text(d, 1, 1, 0); /* it is alive */
	assert_true(read_all(d, 0) >= 2);
	drive_drain(d);
	drive_free(d);
}

/* T28: other octets for the same sequence numbers: what came first stays, in
 * all shapes of overlap, and what was delivered is never changed. */
static void t28_inconsistent_retransmission(void **state)
{
	uint32_t from, to;

	(void)state;
	for (from = 0; from < 14; from++) {
		for (to = from + 1; to <= 14; to++) {
			struct drive *d = drive_new();
			uint8_t p[32];

			drive_server(d);
			inject_text(d, 1 + 4, 6, 0); /* 4 to 9 */
			inject(d, SEG(ACK, 1 + from, 1, .len = to - from,
				      .text_from = 200));
			inject_text(d, 1, 14, 0);
			drive_drain(d);
			assert_int_equal(tern_recv(d->n, d->fd, p, 32, 0), 14);
			for (uint8_t i = 4; i < 10; i++)
				if (from > 0)
					assert_int_equal(p[i], i);
			inject(d, SEG(ACK, 1, 1, .len = 14, .text_from = 100));
			assert_int_equal(tern_recv(d->n, d->fd, p, 32, 0),
					 -EAGAIN);
			drive_drain(d);
			drive_free(d);
		}
	}
}

/* T29: a FIN that arrives before text in front of it is remembered, and what
 * lies beyond it is no text. */
static void t29_fin_out_of_order(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject_text(d, 101, 100, FIN);
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	inject_text(d, 201, 100, 0); /* where the FIN is, and beyond */
	inject_text(d, 1, 100, 0);
	drive_drain(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSE_WAIT);
	assert_int_equal(read_all(d, 0), 200);
	assert_int_equal(drive_recv(d, 1), 0);
	drive_free(d);
}

/* T29: a FIN beyond the window does not count, nor does one whose text was cut
 * to the window: that would cut the stream short. */
static void t29_fin_cut_with_its_text(void **state)
{
	struct drive *d = drive_new();
	uint32_t edge;

	(void)state;
	drive_listen(d, 8);
	drive_set(d, d->lfd, SOL_SOCKET, SO_RCVBUF, 4096);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	edge = 1U + d->last.wnd;
	inject(d, SEG(ACK, 1, 1));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	inject_text(d, 1, edge + 99, FIN);
	drive_drain(d);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	assert_int_equal(read_all(d, 0), edge - 1);
	drive_sleep(d, TERN_S);
	drive_drain(d);
	inject_text(d, edge, 100, FIN);
	drive_drain(d);
	assert_int_equal(read_all(d, (uint8_t)(edge - 1)), 100);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSE_WAIT);
	drive_free(d);
}

/* T29: a FIN behind text that came before; a FIN twice; text after the FIN. */
static void t29_fin_again_and_text_after(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_server(d);
	inject_text(d, 1, 100, 0);
	inject_text(d, 51, 50, FIN);
	drive_drain(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSE_WAIT);
	for (i = 0; i < 3; i++) {
		inject_text(d, 51, 50, FIN);
		expect(d, SEG(ACK, 1, 102));
	}
	inject_text(d, 102, 50, 0);
	inject_text(d, 102, 50, FIN);
	drive_drain(d);
	assert_int_equal(read_all(d, 0), 100);
	assert_int_equal(drive_recv(d, 1), 0);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSE_WAIT);
	drive_free(d);
}

/* T29: two FINs at different places: the first that was told stays. */
static void t29_two_fins(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject_text(d, 101, 100, FIN); /* at 201 */
	inject_text(d, 301, 100, FIN); /* at 401 */
	inject_text(d, 1, 100, 0);
	inject_text(d, 201, 100, 0);
	drive_drain(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSE_WAIT);
	assert_int_equal(read_all(d, 0), 200);
	drive_free(d);
}

/* T35: after the tuple was used again, no octet of the old connection comes
 * in, whatever of it is played again. */
static void t35_old_incarnation(void **state)
{
	struct drive *d = drive_new();
	uint32_t seq;

	(void)state;
	drive_accept(d,
		     SEG(SYN, 0, 0, .mss = 1460, .ts = true, .ts_val = 1000));
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	drive_pull(d);
	expect(d, SEG(FIN | ACK, 1, 1));
	inject(d, SEG(FIN | ACK, 1, 2, .ts = true, .ts_val = 2000));
	expect(d, SEG(ACK, 2, 2));
	tern_close(d->n, d->fd);
	inject(d, SEG(SYN, 500, 0, .mss = 1460, .ts = true, .ts_val = 3000));
	expect(d, SEG(SYN | ACK, 0, 501)); /* by RFC 6191 */
	inject(d, SEG(ACK, 501, 1, .ts = true, .ts_val = 3001));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_true(d->fd >= 0);
	for (seq = 0; seq < 3000; seq += 7) {
		inject(d, SEG(PSH | ACK, seq, 1, .len = 10, .ts = true,
			      .ts_val = 2000 - seq % 1000));
		drive_drain(d);
	}
	assert_int_equal(drive_recv(d, 100), -EAGAIN);
	inject(d,
	       SEG(PSH | ACK, 501, 1, .len = 10, .ts = true, .ts_val = 3002));
	assert_int_equal(drive_recv(d, 100), 10);
	drive_drain(d);
	drive_free(d);
}

/* T47: a transfer across the wrap of the sequence numbers, in order and not. */
static void t47_wrap(void **state)
{
	struct drive *d = drive_new();
	uint32_t at, total = 0;

	(void)state;
	drive_server(d); /* PEER_ISN is 15 before the wrap */
	for (at = 0; at < 4000; at += 8) {
		inject_text(d, 1 + at + 4, 4, 0);
		inject_text(d, 1 + at, 4, 0);
		total += read_all(d, (uint8_t)at);
		drive_drain(d);
	}
	assert_int_equal(total, 4000);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t26_every_second_octet),
		cmocka_unit_test(t27_single_octets),
		cmocka_unit_test(t28_inconsistent_retransmission),
		cmocka_unit_test(t29_fin_out_of_order),
		cmocka_unit_test(t29_fin_cut_with_its_text),
		cmocka_unit_test(t29_fin_again_and_text_after),
		cmocka_unit_test(t29_two_fins),
		cmocka_unit_test(t35_old_incarnation),
		cmocka_unit_test(t47_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
