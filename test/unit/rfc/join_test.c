/* SPDX-License-Identifier: ISC */
/*
 * join_test.c - what arrives in one batch says the same as what arrives in many
 *
 * Segments that continue each other are taken as one (src/tcp/join.c), which
 * nobody must be able to tell: not the reader, not the peer, not who counts.
 */
#include "unit/rfc/drive.h"

#include "unit/base/dice.h"

#define MSS 1448

static struct drive *server(void)
{
	struct drive *d = drive_new();

	drive_server(d);
	drive_drain(d);
	return d;
}

/* The i-th of a row of full segments, each of another text. */
static struct dseg full(uint32_t i)
{
	return SEG(ACK, 1 + i * MSS, 1, .len = MSS,
		   .text_from = (uint8_t)(i * MSS));
}

/* How often the steps of 3.10.7.4 were gone through for text. */
static uint64_t taken(const struct drive *d)
{
	return tern_counter(d->n, TERN_TcpExtTCPHPHits);
}

/* The number that the last of what the stack has sent acknowledges. */
static uint32_t last_ack(struct drive *d)
{
	uint32_t ack = 0;

	while (drive_take(d))
		ack = d->last.ack;
	return ack;
}

/* All text that can be read must be 0, 1, 2 ...  Returns how much. */
static uint32_t read_all(struct drive *d)
{
	static uint8_t p[1 << 17];
	ssize_t n;
	uint32_t total = 0, i;

	while ((n = tern_recv(d->n, d->fd, p, sizeof(p), 0)) > 0) {
		for (i = 0; i < (uint32_t)n; i++)
			assert_int_equal(p[i], (uint8_t)(total + i));
		total += (uint32_t)n;
	}
	return total;
}

/* Eight are one; the last, shorter and pushed, belongs to them. */
static void a_row_is_one(void **state)
{
	struct drive *d = server();
	struct dseg last = full(7);
	uint32_t i;

	(void)state;
	drive_hold(d);
	for (i = 0; i < 7; i++)
		inject(d, full(i));
	last.len = 100;
	last.flags |= PSH;
	inject(d, last);
	drive_deliver(d);
	assert_int_equal(taken(d), 1);
	assert_int_equal(drive_info(d).segs_in, 1 + 8);
	assert_int_equal(tern_counter(d->n, TERN_TcpInSegs), 2 + 8);
	expect(d, SEG(ACK, 1, 1 + 7 * MSS + 100));
	expect_nothing(d);
	assert_int_equal(read_all(d), 7 * MSS + 100);
	drive_free(d);
}

/* What a run of five, with something else in the middle, comes to. */
struct outcome {
	uint64_t taken, dropped;
	uint32_t read, ack;
	uint32_t wnd;
	enum tern_tcp_state state;
	uint64_t segs_in;
};

static struct outcome run(struct dseg middle, bool batch)
{
	struct drive *d = server();
	struct outcome o = {0};
	uint32_t i;

	drive_set(d, d->fd, SOL_SOCKET, SO_OOBINLINE, 1);
	if (batch)
		drive_hold(d);
	for (i = 0; i < 5; i++)
		inject(d, i == 2 ? middle : full(i));
	if (batch)
		drive_deliver(d);
	drive_sleep(d, TERN_S);
	while (drive_take(d)) {
		o.ack = d->last.ack;
		o.wnd = d->last.wnd;
	}
	o.taken = taken(d);
	o.dropped = tern_counter(d->n, TERN_TcpInErrs);
	o.state = drive_state(d);
	o.segs_in = drive_info(d).segs_in;
	if (o.state != TERN_TCP_CLOSED)
		o.read = read_all(d);
	drive_free(d);
	return o;
}

/* One that differs ends a run, and is what it would have been alone. */
static void what_differs_is_not_joined(void **state)
{
	static const uint8_t sack[] = {1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2};
	static const uint8_t nops[] = {1, 1, 1, 1};
	const struct {
		struct dseg middle;
		uint32_t pieces; /* at least so many steps; 5: none is joined */
	} rows[] = {
		{full(2), 1},
		{SEG(ACK, 1 + 2 * MSS, 1, .len = MSS,
		     .text_from = 2 * MSS % 256, .wnd = 60000),
		 3},
		{SEG(ACK, 1 + 2 * MSS, 1, .len = MSS,
		     .text_from = 2 * MSS % 256, .tos = 4),
		 3},
		{SEG(ACK | PSH, 1 + 2 * MSS, 1, .len = MSS,
		     .text_from = 2 * MSS % 256),
		 2},
		{SEG(ACK, 1 + 2 * MSS, 1, .len = MSS,
		     .text_from = 2 * MSS % 256, .options = nops,
		     .options_len = 4),
		 3},
		/* Less in the middle, or more: a gap, an overlap. */
		{SEG(ACK, 1 + 2 * MSS, 1, .len = MSS - 1,
		     .text_from = 2 * MSS % 256),
		 1},
		{SEG(ACK, 1 + 2 * MSS, 1, .len = MSS + 1,
		     .text_from = 2 * MSS % 256),
		 1},
		{SEG(ACK | FIN, 1 + 2 * MSS, 1, .len = MSS,
		     .text_from = 2 * MSS % 256),
		 1},
		{SEG(ACK | URG, 1 + 2 * MSS, 1, .len = MSS, .up = 5,
		     .text_from = 2 * MSS % 256),
		 1},
		{SEG(RST | ACK, 1 + 2 * MSS, 1), 1},
		{SEG(SYN | ACK, 1 + 2 * MSS, 1), 1},
		{SEG(ACK, 1 + 2 * MSS, 1), 1},
		{SEG(ACK, 1 + 2 * MSS, 1, .options = sack, .options_len = 12),
		 1},
		/* ACKs what was never sent. */
		{SEG(ACK, 1 + 2 * MSS, 99, .len = MSS,
		     .text_from = 2 * MSS % 256),
		 1},
		{SEG(ACK, 1 + 2 * MSS, 1, .len = MSS, .bad_sum = true,
		     .text_from = 2 * MSS % 256),
		 1},
		{SEG(ACK, 1 + 3 * MSS, 1, .len = MSS,
		     .text_from = 3 * MSS % 256),
		 1},
		{SEG(ACK, 1 + MSS, 1, .len = MSS, .text_from = MSS % 256), 1},
		{SEG(ACK, 1 + 2 * MSS, 1, .len = MSS, .src = PEER_ADDR + 1), 1},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct outcome a = run(rows[i].middle, true);
		const struct outcome b = run(rows[i].middle, false);

		assert_true(a.taken >= rows[i].pieces && a.taken <= b.taken);
		assert_int_equal(a.read, b.read);
		assert_int_equal(a.ack, b.ack);
		assert_int_equal(a.wnd, b.wnd);
		assert_int_equal(a.state, b.state);
		assert_int_equal(a.segs_in, b.segs_in);
		assert_int_equal(a.dropped, b.dropped);
	}
}

/* A run goes into the window and no farther, as its segments would. */
static void window_is_kept(void **state)
{
	struct drive *d = drive_new(), *e = drive_new();
	uint32_t ack, i;

	(void)state;
	drive_small_server(d, 4096);
	drive_small_server(e, 4096);
	drive_drain(d);
	drive_hold(d);
	for (i = 0; i < 12; i++) {
		inject(d, full(i));
		inject(e, full(i));
	}
	drive_deliver(d);
	ack = last_ack(d);
	assert_int_equal(ack, last_ack(e));
	assert_in_range(ack, 1 + 2 * MSS, 12 * MSS);
	assert_int_equal(read_all(d), read_all(e));
	drive_free(d);
	drive_free(e);
}

/* RFC 9768 3.2.2.5.1: marks of congestion are counted one by one. */
static void marks_are_not_joined(void **state)
{
	struct drive *d = server();
	uint32_t i;

	(void)state;
	drive_hold(d);
	for (i = 0; i < 6; i++) {
		struct dseg s = full(i);

		s.tos = 3;
		inject(d, s);
	}
	drive_deliver(d);
	assert_int_equal(taken(d), 6);
	assert_int_equal(last_ack(d), 1 + 6 * MSS);
	drive_free(d);
}

/* Out of order each segment is answered by a duplicate ACK, RFC 5681 4.2. */
static void gaps_are_told_one_by_one(void **state)
{
	struct drive *d = server();
	uint32_t i;

	(void)state;
	drive_hold(d);
	for (i = 1; i < 5; i++)
		inject(d, full(i));
	drive_deliver(d);
	for (i = 1; i < 5; i++)
		expect(d, SEG(ACK, 1, 1));
	expect_nothing(d);
	inject(d, full(0));
	expect(d, SEG(ACK, 1, 1 + 5 * MSS));
	assert_int_equal(read_all(d), 5 * MSS);
	drive_free(d);
}

/* After the user has closed, or the peer, text is what it was. */
static void other_states(void **state)
{
	struct drive *d = server();
	uint32_t i;

	(void)state;
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	drive_pull(d);
	expect(d, SEG(FIN | ACK, 1, 1));
	drive_hold(d);
	for (i = 0; i < 3; i++)
		inject(d, full(i));
	drive_deliver(d);
	assert_int_equal(last_ack(d), 1 + 3 * MSS);
	assert_int_equal(read_all(d), 3 * MSS);
	drive_free(d);
}

/* Rows with everything that may befall them: the same text either way. */
static void at_random(void **state)
{
	struct dice dice = {11};
	int round;

	(void)state;
	for (round = 0; round < 300; round++) {
		struct drive *d = server(), *e = server();
		uint32_t at = 0;
		int i;

		drive_hold(d);
		for (i = 0; i < 40; i++) {
			const uint32_t back =
				dice_below(&dice, 8) == 0 && at > 9
					? dice_below(&dice, 9)
					: 0;
			struct dseg s = SEG(ACK, 1 + at - back, 1, .len = 700);

			s.text_from = (uint8_t)(at - back);
			if (dice_below(&dice, 6) == 0)
				s.flags |= PSH;
			if (dice_below(&dice, 9) == 0)
				s.len = 1 + dice_below(&dice, 699);
			if (dice_below(&dice, 9) == 0)
				s.wnd = 30000;
			s.bad_sum = dice_below(&dice, 12) == 0;
			inject(d, s);
			inject(e, s);
			if (!s.bad_sum && dice_below(&dice, 12))
				at = at - back + s.len;
			if (dice_below(&dice, 10) == 0) {
				drive_deliver(d);
				drive_hold(d);
			}
		}
		drive_deliver(d);
		drive_drain(d);
		drive_drain(e);
		assert_int_equal(drive_info(d).segs_in, drive_info(e).segs_in);
		assert_int_equal(tern_counter(d->n, TERN_TcpInErrs),
				 tern_counter(e->n, TERN_TcpInErrs));
		assert_true(taken(d) <= taken(e));
		assert_int_equal(read_all(d), read_all(e));
		drive_free(d);
		drive_free(e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_is_one),
		cmocka_unit_test(what_differs_is_not_joined),
		cmocka_unit_test(window_is_kept),
		cmocka_unit_test(marks_are_not_joined),
		cmocka_unit_test(gaps_are_told_one_by_one),
		cmocka_unit_test(other_states),
		cmocka_unit_test(at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
