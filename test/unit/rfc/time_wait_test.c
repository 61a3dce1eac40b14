/* SPDX-License-Identifier: ISC */
/*
 * time_wait_test.c - RFC 9293 3.6.1: TIME-WAIT, how long it lasts, and how a
 * new connection may follow the old: RFC 6191, RFC 1337
 */
#include <netinet/tcp.h>

#include "unit/rfc/states.h"

#define TSVAL 1000 /* TS.Recent of the old connection */

/* A socket bound to the well-known port, with SO_REUSEADDR. */
static int sharing(struct drive *d)
{
	struct sockaddr_in sin = drive_addr(INADDR_ANY, STACK_PORT);
	const int fd = drive_socket(d);

	drive_set(d, fd, SOL_SOCKET, SO_REUSEADDR, 1);
	assert_int_equal(
		tern_bind(d->n, fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return fd;
}

/* In TIME-WAIT, SND.NXT and RCV.NXT are 2; with timestamps or without.  The
 * port may be shared. */
static struct drive *in_time_wait(bool ts)
{
	struct drive *d = drive_new();

	d->lfd = sharing(d);
	assert_int_equal(tern_listen(d->n, d->lfd, 8), 0);
	drive_accept(
		d, SEG(SYN, 0, 0, .mss = 1460, .ts = ts, .ts_val = TSVAL - 1));
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(FIN | ACK, 1, 1));
	inject(d, SEG(FIN | ACK, 1, 2, .ts = ts, .ts_val = TSVAL));
	expect(d, SEG(ACK, 2, 2));
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	return d;
}

/* MUST-13: 2 MSL, which are 60 s, and not less by a moment. */
static void must_13_lasts_2_msl(void **state)
{
	struct drive *d = in_time_wait(false);

	(void)state;
	drive_sleep(d, 60 * TERN_S - 2 * TERN_MS);
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_sleep(d, 4 * TERN_MS);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	expect_nothing(d);
	inject(d, SEG(FIN | ACK, 1, 2));
	expect(d, SEG(RST, 2, 0));
	drive_free(d);
}

/* MUST-13: MSL is to be chosen: here the 2 minutes of RFC 793. */
static void must_13_configured(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_sysctl(d, "tern.tcp_time_wait", "240");
	drive_server(d);
	to_later_state(d, TERN_TCP_TIME_WAIT);
	drive_sleep(d, 240 * TERN_S - 2 * TERN_MS);
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_sleep(d, 4 * TERN_MS);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* MUST-13: both ends close at once: here too; and the peer that has closed
 * last, after us, does not need it. */
static void must_13_who_lingers(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	to_later_state(d, TERN_TCP_CLOSING);
	inject(d, SEG(ACK, 2, 2));
	drive_sleep(d, 59 * TERN_S);
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_free(d);
	d = drive_new();
	drive_server(d);
	to_later_state(d, TERN_TCP_LAST_ACK);
	inject(d, SEG(ACK, 2, 2));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* 3.10.7.4: "a retransmission of the remote FIN.  Acknowledge it, and restart
 * the 2 MSL timeout." */
static void must_13_fin_restarts_it(void **state)
{
	struct drive *d = in_time_wait(false);

	(void)state;
	drive_sleep(d, 50 * TERN_S);
	inject(d, SEG(FIN | ACK, 1, 2));
	expect(d, SEG(ACK, 2, 2));
	drive_sleep(d, 59 * TERN_S);
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_sleep(d, 2 * TERN_S);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* ... unless PAWS (RFC 7323 5) says that it is an old duplicate. */
static void must_13_old_fin_does_not(void **state)
{
	int older;

	(void)state;
	for (older = 0; older < 2; older++) {
		struct drive *d = in_time_wait(true);

		drive_sleep(d, 50 * TERN_S);
		inject(d, SEG(FIN | ACK, 1, 2, .ts = true,
			      .ts_val = TSVAL - (uint32_t)older));
		expect(d, SEG(ACK, 2, 2));
		drive_sleep(d, 20 * TERN_S);
		assert_int_equal(drive_state(d),
				 older ? TERN_TCP_CLOSED : TERN_TCP_TIME_WAIT);
		drive_free(d);
	}
}

/* Only the FIN again, or one in the window, does so: one that lies elsewhere,
 * or acknowledges what was never sent, is just answered (RFC 5961 5.2). */
static void must_13_other_fins_do_not(void **state)
{
	static const struct {
		uint32_t seq, ack;
	} fins[] = {{0, 2}, {2 + 65535, 2},  {0x7fffffff, 2},
		    {1, 3}, {1, 0x80000001}, {1, 2U - (1U << 30) - 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(fins) / sizeof(fins[0]); i++) {
		struct drive *d = in_time_wait(false);

		drive_sleep(d, 50 * TERN_S);
		inject(d, SEG(FIN | ACK, fins[i].seq, fins[i].ack));
		expect(d, SEG(ACK, 2, 2));
		drive_sleep(d, 11 * TERN_S);
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
		drive_free(d);
	}
}

/* RFC 5961 4.2, 5.2: a SYN,ACK and an ACK of what was never sent are
 * challenged; but not for ever.  In the window, what has no ACK is dropped. */
static void challenges_what_is_forged(void **state)
{
	struct drive *d = in_time_wait(false);

	(void)state;
	inject(d, SEG(SYN | ACK, 100, 2));
	expect(d, SEG(ACK, 2, 2));
	inject(d, SEG(ACK, 2, 3));
	expect(d, SEG(ACK, 2, 2));
	inject(d, SEG(ACK, 2, 2U - (1U << 30) - 1));
	expect(d, SEG(ACK, 2, 2));
	inject(d, SEG(ACK, 2, 2U - (1U << 30)));
	inject(d, SEG(0, 2, 0));
	inject(d, SEG(0, 100, 0));
	expect_nothing(d);
	for (int i = 3; i < 7; i++) {
		inject(d, SEG(SYN | ACK, 100, 2));
		expect(d, SEG(ACK, 2, 2));
	}
	inject(d, SEG(SYN | ACK, 100, 2));
	inject(d, SEG(ACK, 2, 3));
	expect_nothing(d);
	drive_free(d);
}

/* MUST-13: meanwhile connect() cannot have the same two ends. */
static void must_13_tuple_is_taken(void **state)
{
	struct drive *d = in_time_wait(false);

	(void)state;
	assert_int_equal(tern_close(d->n, d->lfd), 0);
	drive_sleep(d, 30 * TERN_S);
	assert_int_equal(drive_connect(d, sharing(d)), -EADDRNOTAVAIL);
	expect_nothing(d);
	drive_sleep(d, 31 * TERN_S);
	assert_int_equal(drive_connect(d, sharing(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	drive_free(d);
}

/* RFC 1337: what is old is answered, and does not end TIME-WAIT: text, an ACK
 * (hazard H3 begins so), a RST (H1). */
static void must_13_old_segments(void **state)
{
	struct drive *d = in_time_wait(false);

	(void)state;
	inject(d, SEG(ACK, 1, 2, .len = 1));
	expect(d, SEG(ACK, 2, 2));
	inject(d, SEG(ACK, 700, 1));
	expect(d, SEG(ACK, 2, 2));
	inject(d, SEG(RST, 2, 0));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_free(d);
}

/* MAY-2 (1): the new connection's ISS is larger than what the old one used. */
static void may_2_iss_is_larger(void **state)
{
	struct drive *d = drive_new();
	uint32_t old;

	(void)state;
	drive_sysctl(d, "tern.tcp_init_cwnd", "100");
	drive_accept(
		d, SEG(SYN, 0, 0, .mss = 1460, .wscale_on = true, .wscale = 7));
	drive_send(d, 140000, 0); /* in no time: the clock of ISS stands */
	drive_drain(d);
	inject(d, SEG(ACK, 1, 140001));
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(FIN | ACK, 140001, 1));
	inject(d, SEG(FIN | ACK, 1, 140002));
	expect(d, SEG(ACK, 140002, 2));
	old = d->iss + 140002;
	inject(d, SEG(SYN, 10, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 11));
	assert_true((int32_t)(d->iss - old) > 0);
	inject(d, SEG(ACK, 11, 1));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);
}

/* MAY-2 (2): a SYN that turns out to be an old duplicate: the peer resets our
 * SYN,ACK, and we are back in TIME-WAIT, for the time that was left. */
static void may_2_back_to_time_wait(void **state)
{
	struct drive *d = in_time_wait(false);
	const uint32_t iss = d->iss;

	(void)state;
	drive_sleep(d, 20 * TERN_S);
	inject(d, SEG(SYN, 10, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 11));
	inject(d, SEG(RST, 11, 0));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	d->iss = iss;
	inject(d, SEG(ACK, 1, 2, .len = 1)); /* the old numbers hold again */
	expect(d, SEG(ACK, 2, 2));
	drive_sleep(d, 39 * TERN_S);
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_sleep(d, 2 * TERN_S);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* MAY-2 (2): the same if nobody answers at all. */
static void may_2_back_without_an_answer(void **state)
{
	struct drive *d = in_time_wait(false);

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_synack_retries", "1");
	inject(d, SEG(SYN, 10, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 11));
	drive_sleep(d, 10 * TERN_S);
	drive_drain(d);
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_free(d);
}

/* MAY-2: a SYN that cannot be served now leaves TIME-WAIT as it is: nobody
 * listens, or the queue is full. */
static void may_2_not_served(void **state)
{
	struct drive *d = in_time_wait(false);
	uint32_t iss;

	(void)state;
	assert_int_equal(tern_close(d->n, d->lfd), 0);
	inject(d, SEG(SYN, 10, 0, .mss = 1460));
	expect(d, SEG(ACK, 2, 2));
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_free(d);

	d = in_time_wait(false);
	iss = d->iss;
	assert_int_equal(tern_listen(d->n, d->lfd, 0), 0);
	d->rport = 2; /* fills the accept queue */
	inject(d, SEG(SYN, 0, 0));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(ACK, 1, 1));
	d->rport = PEER_PORT;
	d->iss = iss;
	inject(d, SEG(SYN, 10, 0, .mss = 1460));
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 2, .len = 1));
	expect(d, SEG(ACK, 2, 2));
	drive_free(d);
}

/* SHLD-4: the cases of RFC 6191 section 2. */
static void shld_4_rfc_6191(void **state)
{
	static const struct {
		bool ts_old, ts_new;
		uint32_t val, seq;
		bool honoured;
	} row[] = {
		/* 1: a newer timestamp, whatever the number */
		{true, true, TSVAL + 1, 100, true},
		{true, true, TSVAL + 1, 1, true},
		{true, true, TSVAL + 0x7fffffffU, UINT32_MAX, true},
		/* 2: the same timestamp, and a larger number */
		{true, true, TSVAL, 3, true},
		/* ... or not a larger one */
		{true, true, TSVAL, 1, false},
		/* 3: an older timestamp, whatever the number */
		{true, true, TSVAL - 1, 100, false},
		/* 4: no timestamp now, and a larger number, or not */
		{true, false, 0, 3, true},
		{true, false, 0, 1, false},
		/* 5: a timestamp now and none before, whatever the number */
		{false, true, 1, 100, true},
		{false, true, 1, 1, true},
		/* 6: none at all, and a larger number */
		{false, false, 0, 3, true},
		/* 7: ... or not */
		{false, false, 0, 1, false},
		{false, false, 0, UINT32_C(0x80000004), false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct drive *d = in_time_wait(row[i].ts_old);

		inject(d, SEG(SYN, row[i].seq, 0, .mss = 1460,
			      .ts = row[i].ts_new, .ts_val = row[i].val));
		if (row[i].honoured) {
			expect(d, SEG(SYN | ACK, 0, row[i].seq + 1));
			inject(d,
			       SEG(ACK, row[i].seq + 1, 1, .ts = row[i].ts_new,
				   .ts_val = row[i].val));
		}
		expect_nothing(d); /* "silently drop" */
		assert_int_equal(drive_state(d), row[i].honoured
							 ? TERN_TCP_ESTABLISHED
							 : TERN_TCP_TIME_WAIT);
		drive_free(d);
	}
}

/* SHLD-4: the other way round: connect() takes the tuple over, if told to. */
static void connect_again_after(uint32_t rounds)
{
	struct sockaddr_in local = drive_addr(INADDR_ANY, 5000);
	struct drive *d = drive_new();
	uint32_t old, nxt = 1;
	int fd;

	drive_sysctl(d, "net.ipv4.tcp_tw_reuse", "1");
	fd = drive_socket(d);
	drive_set(d, fd, IPPROTO_TCP, TCP_NODELAY, 1);
	drive_set(d, fd, SOL_SOCKET, SO_REUSEADDR, 1);
	assert_int_equal(
		tern_bind(d->n, fd, (struct sockaddr *)&local, sizeof(local)),
		0);
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460, .ts = true, .ts_val = 1,
		      .ts_ecr = d->last.ts_val));
	expect(d, SEG(ACK, 1, 1));
	for (; rounds > 0; rounds--) {
		drive_send(d, 10000, 0);
		drive_drain(d);
		nxt += 10000;
		inject(d, SEG(ACK, 1, nxt, .ts = true, .ts_val = 1));
	}
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(FIN | ACK, nxt, 1));
	inject(d, SEG(FIN | ACK, 1, nxt + 1, .ts = true, .ts_val = 1));
	expect(d, SEG(ACK, nxt + 1, 2));
	old = d->iss + nxt + 1;
	fd = drive_socket(d);
	drive_set(d, fd, SOL_SOCKET, SO_REUSEADDR, 1);
	assert_int_equal(
		tern_bind(d->n, fd, (struct sockaddr *)&local, sizeof(local)),
		0);
	assert_int_equal(drive_connect(d, fd), -EADDRNOTAVAIL); /* too early */
	drive_sleep(d, 1100 * TERN_MS);
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_true((int32_t)(d->iss - old) > 0);
	drive_free(d);
}

static void shld_4_connect(void **state)
{
	(void)state;
	connect_again_after(0);
}

/* The clock of initial numbers makes 250000 a second: text may be faster, and
 * then it is not the clock that keeps the new numbers beyond the old. */
static void shld_4_connect_after_much_text(void **state)
{
	(void)state;
	connect_again_after(60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_13_lasts_2_msl),
		cmocka_unit_test(must_13_configured),
		cmocka_unit_test(must_13_who_lingers),
		cmocka_unit_test(must_13_fin_restarts_it),
		cmocka_unit_test(must_13_old_fin_does_not),
		cmocka_unit_test(must_13_other_fins_do_not),
		cmocka_unit_test(challenges_what_is_forged),
		cmocka_unit_test(must_13_tuple_is_taken),
		cmocka_unit_test(must_13_old_segments),
		cmocka_unit_test(may_2_iss_is_larger),
		cmocka_unit_test(may_2_back_to_time_wait),
		cmocka_unit_test(may_2_back_without_an_answer),
		cmocka_unit_test(may_2_not_served),
		cmocka_unit_test(shld_4_rfc_6191),
		cmocka_unit_test(shld_4_connect),
		cmocka_unit_test(shld_4_connect_after_much_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
