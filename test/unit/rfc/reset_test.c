/* SPDX-License-Identifier: ISC */
/*
 * reset_test.c - RFC 9293 3.5.2, 3.5.3 and 3.10.7: RST and SYN in every state,
 * at every place of the window, with the checks of RFC 5961
 */
#include "unit/rfc/states.h"

static const struct place syn_received = {TERN_TCP_SYN_RECEIVED, 1, 1, false};
static const struct place syn_received_active = {TERN_TCP_SYN_RECEIVED, 1, 1,
						 true};
static const struct place syn_sent = {TERN_TCP_SYN_SENT, 1, 0, true};
static const struct place time_wait = {TERN_TCP_TIME_WAIT, 2, 2, false};

/* 3.5.2, group 1: no connection.  Never a RST for a RST. */
static void closed_answers_with_rst(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	inject(d, SEG(SYN, 0, 0));
	expect(d, SEG(RST | ACK, ANY, 1));
	inject(d, SEG(SYN, 0, 0, .len = 10));
	expect(d, SEG(RST | ACK, ANY, 11));
	inject(d, SEG(FIN, 5, 0, .len = 10)); /* SEG.LEN counts FIN too */
	expect(d, SEG(RST | ACK, ANY, 16));
	d->iss = 0;
	d->iss_known = true;
	inject(d, SEG(ACK, 5, 77));
	expect(d, SEG(RST, 77, 0));
	inject(d, SEG(SYN | ACK, 5, 78));
	expect(d, SEG(RST, 78, 0));
	inject(d, SEG(RST, 5, 0));
	inject(d, SEG(RST | ACK, 5, 77));
	expect_nothing(d);
	drive_free(d);
}

/* 3.10.7.2: LISTEN: RST ignored, ACK reset, the rest without SYN dropped. */
static void listen_answers(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(RST, 1, 0));
	inject(d, SEG(RST | SYN, 1, 0));
	inject(d, SEG(FIN, 1, 0));
	inject(d, SEG(0, 1, 0, .len = 5));
	inject(d, SEG(SYN | FIN, 0, 0));
	expect_nothing(d);
	d->iss_known = true;
	inject(d, SEG(ACK, 1, 9));
	expect(d, SEG(RST, 9, 0));
	inject(d, SEG(SYN | ACK, 1, 9));
	expect(d, SEG(RST, 9, 0));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_server(d);
	drive_free(d);
}

/* 3.10.7.3: SYN-SENT: only an ACK of the SYN is acceptable. */
static void syn_sent_answers(void **state)
{
	struct drive *d = drive_to(&syn_sent);

	(void)state;
	inject(d, SEG(ACK, 0, 0));
	expect(d, SEG(RST, 0, 0));
	inject(d, SEG(SYN | ACK, 0, 2));
	expect(d, SEG(RST, 2, 0));
	inject(d, SEG(SYN | ACK, 0, 0));
	expect(d, SEG(RST, 0, 0));
	inject(d, SEG(ACK, 0, 1)); /* acceptable, but no SYN */
	inject(d, SEG(FIN | ACK, 0, 1));
	inject(d, SEG(RST, 0, 0)); /* about nothing of ours */
	inject(d, SEG(RST | ACK, 0, 0));
	inject(d, SEG(RST | ACK, 0, 2));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_SYN_SENT);
	inject(d, SEG(RST | ACK, 12345, 1)); /* any number: none is known */
	expect_nothing(d);
	assert_int_equal(drive_connect(d, d->fd), -ECONNREFUSED);
	drive_free(d);
}

/* 3.5.3 with RFC 5961: RST outside the window is dropped in silence. */
static void rst_outside_the_window(void **state)
{
	const uint32_t off[] = {UINT32_MAX, UINT32_MAX - 100, STATES_WND,
				STATES_WND + 1, UINT32_C(1) << 31};
	size_t i, k;

	(void)state;
	for (i = 0; i < N_SYNCHRONIZED; i++) {
		const struct place *p = &synchronized_places[i];
		struct drive *d = drive_to(p);
		const uint32_t fin = p->rcv_nxt - 1; /* took a place */

		for (k = 0; k < 5; k++) {
			const uint32_t at =
				k == 2 || k == 3 ? off[k] - fin : off[k];

			inject(d, SEG(RST, p->rcv_nxt + at, 0));
			inject(d, SEG(RST | ACK, p->rcv_nxt + at, p->snd_nxt));
			expect_nothing(d);
			assert_int_equal(drive_state(d), p->state);
		}
		/* Nor does text in it bring it into the window. */
		inject(d, SEG(RST, p->rcv_nxt - 1, 0, .len = 10));
		expect_nothing(d);
		drive_free(d);
	}
}

/* ... inside it but not at RCV.NXT it is challenged. */
static void rst_inside_the_window(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < N_SYNCHRONIZED; i++) {
		const struct place *p = &synchronized_places[i];
		struct drive *d = drive_to(p);
		const uint32_t off[] = {1, 100, STATES_WND - p->rcv_nxt};

		for (k = 0; k < 3; k++) {
			inject(d, SEG(RST, p->rcv_nxt + off[k], 0));
			expect(d, SEG(ACK, p->snd_nxt, p->rcv_nxt));
			assert_int_equal(drive_state(d), p->state);
		}
		expect_nothing(d);
		drive_free(d);
	}
}

/* ... and at RCV.NXT it is good, with an ACK or without. */
static void rst_at_the_left_edge(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 2 * N_SYNCHRONIZED; i++) {
		const struct place *p = &synchronized_places[i / 2];
		struct drive *d = drive_to(p);

		inject(d, SEG((uint16_t)(i % 2 ? RST : RST | ACK), p->rcv_nxt,
			      p->snd_nxt));
		expect_nothing(d);
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
		drive_sleep(d, 300 * TERN_S);
		expect_nothing(d); /* all timers are off */
		drive_free(d);
	}
}

/* RST in SYN-RECEIVED: the same places. */
static void rst_in_syn_received(void **state)
{
	const struct place *p[] = {&syn_received, &syn_received_active};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct drive *d = drive_to(p[i]);

		inject(d, SEG(RST, 0, 0));
		inject(d, SEG(RST, 1 + STATES_WND, 0));
		inject(d, SEG(RST, 0, 0, .len = 10));
		expect_nothing(d);
		inject(d, SEG(RST, 2, 0));
		expect(d, SEG(ACK, 1, 1));
		inject(d, SEG(RST, STATES_WND, 0));
		expect(d, SEG(ACK, 1, 1));
		assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
		inject(d, SEG(RST, 1, 0));
		expect_nothing(d);
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
		drive_free(d);
	}
}

/* RFC 1337, fix 1: no RST ends TIME-WAIT, wherever it is; unless told so. */
static void rst_in_time_wait(void **state)
{
	struct drive *d = drive_to(&time_wait);
	uint32_t seq;

	(void)state;
	for (seq = 0; seq < 5; seq++)
		inject(d, SEG(RST, seq, 0));
	inject(d, SEG(RST | ACK, 2, 2));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_sysctl(d, "net.ipv4.tcp_rfc1337", "0");
	inject(d, SEG(RST, 3, 0));
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	inject(d, SEG(RST, 2, 0));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	expect_nothing(d);
	drive_free(d);
}

/* 3.10.7.4, fourth step: a SYN in a synchronized state is challenged whatever
 * its number, and changes nothing. */
static void syn_in_synchronized_states(void **state)
{
	static const uint16_t flags[] = {SYN, SYN | ACK, SYN | FIN};
	const uint32_t off[] = {UINT32_MAX, 0, 1, STATES_WND,
				UINT32_C(1) << 31};
	size_t i, k;

	(void)state;
	for (i = 0; i < N_SYNCHRONIZED; i++) {
		const struct place *p = &synchronized_places[i];
		struct drive *d = drive_to(p);

		for (k = 0; k < 15; k++) {
			if (k % 10 == 0)
				drive_sleep(d, TERN_MS);
			inject(d, SEG(flags[k / 5], p->rcv_nxt + off[k % 5],
				      p->snd_nxt));
			if (k < 10) /* the budget of 5 s */
				expect(d, SEG(ACK, p->snd_nxt, p->rcv_nxt));
			expect_nothing(d);
			assert_int_equal(drive_state(d), p->state);
		}
		drive_free(d);
	}
}

/* SYN in SYN-RECEIVED after a passive OPEN: again, outside, inside. */
static void syn_in_syn_received(void **state)
{
	struct drive *d = drive_to(&syn_received);

	(void)state;
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(SYN, UINT32_MAX, 0));
	expect(d, SEG(ACK, 1, 1));
	inject(d, SEG(SYN, 1 + STATES_WND, 0));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
	inject(d, SEG(SYN, STATES_WND, 0));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* 3.5.2, group 2: an ACK of what was never sent, in SYN-RECEIVED, is reset,
 * and the state stays. */
static void bad_ack_in_syn_received(void **state)
{
	const struct place *p[] = {&syn_received, &syn_received_active};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct drive *d = drive_to(p[i]);

		inject(d, SEG(ACK, 1, 2));
		expect(d, SEG(RST, 2, 0));
		inject(d, SEG(ACK, 1, 0));
		expect(d, SEG(RST, 0, 0));
		inject(d, SEG(0, 1, 0, .len = 10)); /* no ACK: dropped */
		expect_nothing(d);
		assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
		inject(d, SEG(ACK, 1, 1));
		assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
		drive_free(d);
	}
}

/* 3.5.2, group 3: what is outside the window, or acknowledges what was never
 * sent, is answered by an empty ACK, in every synchronized state. */
static void unacceptable_segments_are_answered(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_SYNCHRONIZED; i++) {
		const struct place *p = &synchronized_places[i];
		struct drive *d = drive_to(p);

		inject(d, SEG(ACK, p->rcv_nxt + 2 * STATES_WND, p->snd_nxt,
			      .len = 10));
		expect(d, SEG(ACK, p->snd_nxt, p->rcv_nxt));
		inject(d, SEG(ACK, p->rcv_nxt - 1, p->snd_nxt, .len = 1));
		expect(d, SEG(ACK, p->snd_nxt, p->rcv_nxt));
		inject(d, SEG(ACK, p->rcv_nxt, p->snd_nxt + 1));
		expect(d, SEG(ACK, p->snd_nxt, p->rcv_nxt));
		inject(d, SEG(0, p->rcv_nxt, 0, .len = 1)); /* no ACK bit */
		expect_nothing(d);
		assert_int_equal(drive_state(d), p->state);
		drive_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closed_answers_with_rst),
		cmocka_unit_test(listen_answers),
		cmocka_unit_test(syn_sent_answers),
		cmocka_unit_test(rst_outside_the_window),
		cmocka_unit_test(rst_inside_the_window),
		cmocka_unit_test(rst_at_the_left_edge),
		cmocka_unit_test(rst_in_syn_received),
		cmocka_unit_test(rst_in_time_wait),
		cmocka_unit_test(syn_in_synchronized_states),
		cmocka_unit_test(syn_in_syn_received),
		cmocka_unit_test(bad_ack_in_syn_received),
		cmocka_unit_test(unacceptable_segments_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
