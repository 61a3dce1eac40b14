/* SPDX-License-Identifier: ISC */
/*
 * rfc9768_test.c - More Accurate ECN feedback: handshake, counters, option
 */
#include "unit/rfc/drive_tcp_info.h"

#include "tcp/accecn.h"
#include "tcp/ecn.h"

#define MSS 1000

/* The three flags that say n. */
#define ACE(n) ((uint16_t)((n) << 6))

static struct drive *drive_accurate(void)
{
	struct drive *d = drive_new();

	drive_sysctl(d, "net.ipv4.tcp_ecn", "3");
	drive_sysctl(d, "net.ipv4.tcp_sack", "0");
	drive_sysctl(d, "net.ipv4.tcp_congestion_control", "reno");
	return d;
}

/* A connection that the peer opened, which says that SYN,ACK came as it went;
 * without options, unless the test puts some on. */
static struct drive *server(uint16_t ack_ace)
{
	struct drive *d = drive_accurate();

	drive_listen(d, 8);
	inject(d, SEG(SYN | ACE(7), 0, 0, .mss = MSS));
	expect(d, SEG(SYN | ACK | ACE(2), 0, 1));
	inject(d, SEG(ACK | ACE(ack_ace), 1, 1));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_true(d->fd >= 0);
	return d;
}

static struct drive *client(uint16_t ace)
{
	struct drive *d = drive_accurate();

	d->fd = drive_socket(d);
	drive_connect(d, d->fd);
	expect(d, SEG(SYN | ACE(7), 0, ANY));
	assert_int_equal(d->last_tos, 0);
	inject(d, SEG(SYN | ACK | ACE(ace), 0, 1, .mss = MSS));
	return d;
}

static uint32_t cwnd_of(struct drive *d)
{
	return drive_tcp_info(d).tcpi_snd_cwnd;
}

/* Is text sent as ECN-capable? */
static bool sends_ect(struct drive *d)
{
	drive_send(d, 10, 0);
	assert_true(drive_take(d));
	assert_int_equal(d->last.len, 10);
	return d->last_tos == ECN_ECT_0;
}

/* Table 2, from the server's side, and 3.1.3: what is not known is AccECN. */
static void table_2_server(void **state)
{
	static const uint16_t answer[] = {0, 2, 2, 1, 2, 2, 2, 2};
	static const uint16_t how[] = {2, 3, 4, 6}; /* Not-ECT, 1, 0, CE */
	uint16_t ask, ip;

	(void)state;
	for (ask = 0; ask < 8; ask++) {
		struct drive *d = drive_accurate();

		drive_listen(d, 8);
		inject(d, SEG(SYN | ACE(ask), 0, 0, .mss = MSS));
		expect(d, SEG(SYN | ACK | ACE(answer[ask]), 0, 1));
		drive_free(d);
	}
	for (ip = 0; ip < 4; ip++) {
		struct drive *d = drive_accurate();

		drive_listen(d, 8);
		inject(d,
		       SEG(SYN | ACE(7), 0, 0, .mss = MSS, .tos = (uint8_t)ip));
		expect(d, SEG(SYN | ACK | ACE(how[ip]), 0, 1));
		drive_free(d);
	}
}

/* Table 2, from the client's side, and Table 3. */
static void table_2_client(void **state)
{
	/* What the first ACK says after each SYN,ACK. */
	static const struct {
		uint16_t ack;
		bool ect;
	} row[] = {
		{0, false},		/* no ECN */
		{0, true},		/* classic */
		{2, true},  {2, false}, /* our SYN was not ECT(1) */
		{2, false}, {2, true},	/* reserved: unchanged */
		{2, false},		/* our SYN was not CE */
		{0, false},		/* broken */
	};
	uint16_t i;

	(void)state;
	for (i = 0; i < 8; i++) {
		struct drive *d = client(i);

		expect(d, SEG(ACK | ACE(row[i].ack), 1, 1));
		assert_int_equal(sends_ect(d), row[i].ect);
		drive_free(d);
	}
}

/* Table 3: how SYN,ACK came, on the ACK that answers it; CE counts, once. */
static void table_3(void **state)
{
	static const uint16_t ace[] = {2, 3, 4, 6};
	uint8_t ip;

	(void)state;
	for (ip = 0; ip < 4; ip++) {
		struct drive *d = drive_accurate();
		int n;

		d->fd = drive_socket(d);
		drive_connect(d, d->fd);
		expect(d, SEG(SYN | ACE(7), 0, ANY));
		for (n = 0; n < 2; n++) { /* it comes twice */
			inject(d, SEG(SYN | ACK | ACE(2), 0, 1, .mss = MSS,
				      .tos = ip));
			expect(d, SEG(ACK | ACE(ace[ip]), 1, 1));
		}
		drive_send(d, 10, 0);
		expect(d, SEG(PSH | ACK | ACE(ip == ECN_CE ? 6 : 5), 1, 1,
			      .len = 10));
		drive_free(d);
	}
}

/* Table 4: the ACK of SYN,ACK; 0 means that the field is wiped. */
static void table_4(void **state)
{
	static const bool ect[] = {false, true, true,  false,
				   false, true, false, true};
	uint16_t ace;

	(void)state;
	for (ace = 0; ace < 8; ace++) {
		struct drive *d = server(ace);

		assert_int_equal(sends_ect(d), ect[ace]);
		drive_free(d);
	}
}

/* 3.2.1, 3.2.2.2: r.cep begins at 5, and its low bits are on each segment. */
static void counts_marks(void **state)
{
	struct drive *d = server(2);
	uint32_t i;

	(void)state;
	inject(d, SEG(ACK | ACE(5), 1, 1, .len = 100, .tos = ECN_ECT_0));
	expect(d, SEG(ACK | ACE(5), 1, 101));
	for (i = 1; i < 14; i++) { /* while all is told at once */
		inject(d, SEG(ACK | ACE(5), 1 + 100 * i, 1, .len = 100,
			      .tos = ECN_CE));
		expect(d, SEG(ACK | ACE((5 + i) & 7), 1, 101 + 100 * i));
	}
	drive_send(d, 10, 0); /* and with text */
	expect(d, SEG(PSH | ACK | ACE((5 + 13) & 7), 1, 1401, .len = 10));
	drive_free(d);
}

/* Only what is acceptable counts, 3.2. */
static void marks_outside(void **state)
{
	struct drive *d = server(2);

	(void)state;
	inject(d, SEG(ACK | ACE(5), 1, 1, .len = 100));
	expect(d, SEG(ACK | ACE(5), 1, 101));
	inject(d, SEG(ACK | ACE(5), 1, 1, .len = 100, .tos = ECN_CE));
	expect(d, SEG(ACK | ACE(5), 1, 101));
	inject(d, SEG(ACK | ACE(5), 101, 5000, .len = 9, .tos = ECN_CE));
	expect(d, SEG(ACK | ACE(5), 1, 101));
	drive_free(d);
}

/* 3.2.2.5.1: of marks that come in one batch no more than seven are told by one
 * ACK; here the field would have wrapped. */
static void marks_in_a_batch(void **state)
{
	struct drive *d = server(2);
	uint32_t i, last = 5, sum = 0;

	(void)state;
	drive_hold(d);
	for (i = 0; i < 30; i++)
		inject(d, SEG(ACK | ACE(5), 1 + 10 * i, 1, .len = 10,
			      .tos = ECN_CE));
	drive_deliver(d);
	while (drive_take(d)) {
		const uint32_t ace = d->last.flags >> 6 & 7U;

		sum += (ace - last) & 7U;
		last = ace;
	}
	assert_int_equal(sum, 30);
	drive_free(d);
}

/* The peer's counter goes up: once a window, as for ECE; no CWR in answer. */
static void reaction(void **state)
{
	struct drive *d = server(2);

	(void)state;
	drive_send(d, 50 * MSS, 0);
	drive_drain(d);
	assert_int_equal(cwnd_of(d), 10);
	inject(d, SEG(ACK | ACE(6), 1, 1 + MSS));
	assert_int_equal(cwnd_of(d), 5);
	inject(d, SEG(ACK | ACE(7), 1, 1 + 2 * MSS));
	assert_int_equal(cwnd_of(d), 5);
	inject(d, SEG(ACK | ACE(7), 1, 1 + 6 * MSS));
	while (drive_take(d)) {
		assert_int_equal(d->last.flags & ACE(7), ACE(5));
		assert_int_equal(d->last_tos, ECN_ECT_0);
	}
	drive_free(d);
}

/* A field that stays where it is says nothing, around the wrap too. */
static void no_reaction(void **state)
{
	struct drive *d = server(2);
	uint32_t i;

	(void)state;
	drive_send(d, 50 * MSS, 0);
	drive_drain(d);
	for (i = 1; i < 6; i++)
		inject(d, SEG(ACK | ACE(5), 1, 1 + i * MSS));
	assert_int_equal(cwnd_of(d), 15);
	drive_free(d);
}

/* 3.2.2.5.2: an ACK of more than seven segments, without options: the field may
 * have wrapped, and it is taken so. */
static void ambiguous_field(void **state)
{
	struct drive *d = server(2);

	(void)state;
	drive_send(d, 50 * MSS, 0);
	drive_drain(d);
	inject(d, SEG(ACK | ACE(5), 1, 1 + 8 * MSS));
	assert_true(cwnd_of(d) < 10);
	drive_free(d);
}

/* ... but an option tells that no byte was marked. */
static void option_resolves(void **state)
{
	struct drive *d = server(2);
	const uint8_t option[] = {172, 8, 0, 31, 65, 0, 0, 0};

	(void)state;
	drive_send(d, 50 * MSS, 0);
	drive_drain(d);
	inject(d, SEG(ACK | ACE(5), 1, 1 + 8 * MSS, .options = option,
		      .options_len = sizeof(option)));
	assert_true(cwnd_of(d) >= 10);
	drive_free(d);
}

/* 3.2.2.4: the first counter is 0: wiped.  Nothing is ECN-capable any more, and
 * no mark is believed; what arrives is reported all the same. */
static void wiped_field(void **state)
{
	struct drive *d = client(2);

	(void)state;
	expect(d, SEG(ACK | ACE(2), 1, 1));
	drive_send(d, 20 * MSS, 0);
	drive_drain(d);
	inject(d, SEG(ACK, 1, 1 + MSS));
	while (drive_take(d))
		assert_int_equal(d->last_tos, ECN_NOT_ECT);
	inject(d, SEG(ACK | ACE(3), 1, 1 + 2 * MSS));
	assert_true(cwnd_of(d) >= 10);
	drive_drain(d);
	inject(d, SEG(ACK, 1, 1 + 2 * MSS, .len = 10, .tos = ECN_CE));
	assert_true(drive_take(d));
	assert_int_equal(d->last.flags & ACE(7), ACE(6));
	drive_free(d);
}

/* 3.1.4.1: the first retransmission of SYN asks once more, the second not. */
static void syn_again(void **state)
{
	struct drive *d = drive_accurate();

	(void)state;
	d->fd = drive_socket(d);
	drive_connect(d, d->fd);
	expect(d, SEG(SYN | ACE(7), 0, ANY));
	drive_sleep(d, TERN_S + TERN_S / 10);
	expect(d, SEG(SYN | ACE(7), 0, ANY));
	drive_sleep(d, 2 * TERN_S);
	expect(d, SEG(SYN, 0, ANY));
	/* "the mode appropriate to the first SYN/ACK it receives" */
	inject(d, SEG(SYN | ACK | ACE(2), 0, 1, .mss = MSS));
	expect(d, SEG(ACK | ACE(2), 1, 1));
	assert_true(sends_ect(d));
	drive_free(d);
}

/* 3.2.3.2.2: SYN,ACK goes again without the option, and then without flags;
 * the server stays in its mode, but sends nothing ECN-capable (3.1.5). */
static void syn_ack_again(void **state)
{
	struct drive *d = drive_accurate();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN | ACE(7), 0, 0, .mss = MSS));
	expect(d, SEG(SYN | ACK | ACE(2), 0, 1));
	drive_sleep(d, TERN_S + TERN_S / 10);
	expect(d, SEG(SYN | ACK | ACE(2), 0, 1));
	drive_sleep(d, 2 * TERN_S);
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(ACK | ACE(2), 1, 1));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_false(sends_ect(d));
	inject(d, SEG(ACK | ACE(5), 1, 11, .len = 10, .tos = ECN_CE));
	assert_true(drive_take(d));
	assert_int_equal(d->last.flags & ACE(7), ACE(6));
	drive_free(d);
}

/* 3.1.5: SYNs of both kinds in one handshake end it. */
static void contradiction(void **state)
{
	static const uint16_t kinds[2][2] = {{3, 7}, {7, 3}};
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct drive *d = drive_accurate();

		drive_listen(d, 8);
		inject(d, SEG(SYN | ACE(kinds[i][0]), 0, 0, .mss = MSS));
		assert_true(drive_take(d));
		inject(d, SEG(SYN | ACE(kinds[i][1]), 0, 0, .mss = MSS));
		assert_true(drive_take(d));
		assert_true(d->last.flags & RST);
		drive_free(d);
	}
}

/* 5.1: a cookie remembers nothing, the third segment says it. */
static void cookie(void **state)
{
	uint16_t ace;

	(void)state;
	for (ace = 0; ace < 8; ace++) {
		struct drive *d = drive_accurate();

		drive_sysctl(d, "net.ipv4.tcp_syncookies", "2");
		drive_listen(d, 8);
		inject(d, SEG(SYN | ACE(7), 0, 0, .mss = MSS));
		expect(d, SEG(SYN | ACK | ACE(2), 0, 1));
		inject(d, SEG(ACK | ACE(ace), 1, 1));
		d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
		assert_true(d->fd >= 0);
		drive_send(d, 10, 0);
		expect(d,
		       SEG(PSH | ACK | ACE(ace > 1 ? 5 : 0), 1, 1, .len = 10));
		drive_free(d);
	}
}

/* 3.1.2, simultaneous open: as if it had been the responding host. */
static void simultaneous_open(void **state)
{
	struct drive *d = drive_accurate();

	(void)state;
	d->fd = drive_socket(d);
	drive_connect(d, d->fd);
	expect(d, SEG(SYN | ACE(7), 0, ANY));
	inject(d, SEG(SYN | ACE(7), 0, 0, .mss = MSS, .tos = ECN_ECT_1));
	expect(d, SEG(SYN | ACK | ACE(3), 0, 1));
	inject(d, SEG(SYN | ACK | ACE(2), 0, 1, .mss = MSS));
	drive_drain(d);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK | ACE(5), 1, 1, .len = 10));
	drive_free(d);
}

/* The counters outlive an idle second, in which the cold half would go. */
static void idle(void **state)
{
	struct drive *d = server(2);

	(void)state;
	inject(d, SEG(ACK | ACE(5), 1, 1, .len = 10, .tos = ECN_CE));
	expect(d, SEG(ACK | ACE(6), 1, 11));
	assert_int_equal(drive_recv(d, 100), 10);
	drive_sleep(d, 60 * TERN_S);
	drive_drain(d);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK | ACE(6), 1, 11, .len = 10));
	drive_free(d);
}

/* The encoding for itself: Tables 2 and 3. */
static void encoding(void **state)
{
	(void)state;
	assert_int_equal(accecn_handshake_ace(ECN_NOT_ECT), 2);
	assert_int_equal(accecn_handshake_ace(ECN_ECT_1), 3);
	assert_int_equal(accecn_handshake_ace(ECN_ECT_0), 4);
	assert_int_equal(accecn_handshake_ace(ECN_CE), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_2_server),
		cmocka_unit_test(table_2_client),
		cmocka_unit_test(table_3),
		cmocka_unit_test(table_4),
		cmocka_unit_test(counts_marks),
		cmocka_unit_test(marks_outside),
		cmocka_unit_test(marks_in_a_batch),
		cmocka_unit_test(reaction),
		cmocka_unit_test(no_reaction),
		cmocka_unit_test(ambiguous_field),
		cmocka_unit_test(option_resolves),
		cmocka_unit_test(wiped_field),
		cmocka_unit_test(syn_again),
		cmocka_unit_test(syn_ack_again),
		cmocka_unit_test(contradiction),
		cmocka_unit_test(cookie),
		cmocka_unit_test(simultaneous_open),
		cmocka_unit_test(idle),
		cmocka_unit_test(encoding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
