/* SPDX-License-Identifier: ISC */
/*
 * accecn_test.c - counters and the field of More Accurate ECN, RFC 9768 3.2.1
 * and 3.2.2, each rule by itself
 *
 * The option is accecn_option_test.c.
 */
#include "unit/tcp/accecn_bench.h"

/* ------------------------------------------------------- data receiver */

static void arrives(struct bench *b, uint8_t tos, uint32_t len)
{
	b->seg.tos = tos;
	b->seg.text_len = len;
	accecn_arrived(&b->tcp, &b->t, &b->seg);
}

/* 3.2.1: r.cep counts packets, the others bytes of text. */
static void counters(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	arrives(&b, ECN_NOT_ECT, 100);
	assert_int_equal(b.a->r.cep, 5);
	assert_int_equal(b.a->r.e0b, 1);
	arrives(&b, ECN_ECT_0, 100);
	arrives(&b, ECN_ECT_1, 20);
	arrives(&b, ECN_CE, 3);
	arrives(&b, ECN_CE, 0);
	assert_int_equal(b.a->r.cep, 7);
	assert_int_equal(b.a->r.e0b, 101);
	assert_int_equal(b.a->r.e1b, 21);
	assert_int_equal(b.a->r.ceb, 3);
}

/* What the link has joined was as many packets as its size says. */
static void joined_packets(void **state)
{
	static const struct {
		uint16_t gso;
		uint32_t len, packets;
	} row[] = {
		{0, 5000, 1},	 {1000, 5000, 5}, {1000, 4001, 5},
		{1000, 1000, 1}, {1000, 1001, 2}, {1000, 0, 1},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		struct bench b;

		begin(&b);
		b.seg.size = row[i].gso;
		arrives(&b, ECN_CE, row[i].len);
		assert_int_equal(b.a->r.cep, 5 + row[i].packets);
		assert_int_equal(b.a->unsaid, row[i].packets);
	}
}

/* 3.2.2.5.1: the first mark of text is told at once, and each second one of
 * text, third one of nothing new. */
static void told_at_once(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	arrives(&b, ECN_ECT_0, 100);
	assert_false(b.t.ack_now);
	arrives(&b, ECN_CE, 100);
	assert_true(b.t.ack_now);
	b.t.ack_now = false;
	b.a->unsaid = 0;
	arrives(&b, ECN_CE, 100); /* the second in a row */
	assert_false(b.t.ack_now);
	arrives(&b, ECN_CE, 100);
	assert_true(b.t.ack_now);
	b.t.ack_now = false;
	b.a->unsaid = 0;
	arrives(&b, ECN_ECT_0, 100);
	assert_false(b.t.ack_now);
	arrives(&b, ECN_CE, 100);
	assert_true(b.t.ack_now);

	begin(&b); /* pure ACKs, and nothing that waits for one */
	arrives(&b, ECN_CE, 0);
	arrives(&b, ECN_CE, 0);
	assert_false(b.t.ack_now);
	arrives(&b, ECN_CE, 0);
	assert_true(b.t.ack_now);

	begin(&b);
	b.t.rcv.nxt = seq_add(b.t.rcv.acked, 1);
	arrives(&b, ECN_CE, 0);
	assert_false(b.t.ack_now);
	arrives(&b, ECN_CE, 0);
	assert_true(b.t.ack_now);
}

/* Table 3: the ACK of SYN,ACK says how that came; only a pure ACK, and once. */
static void handshake_field(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	b.seg.tos = ECN_CE;
	accecn_syn_ack(&b.t, &b.seg);
	accecn_syn_ack(&b.t, &b.seg); /* it comes twice */
	assert_int_equal(b.a->r.cep, 6);
	assert_int_equal(accecn_ace(&b.t, false), 6);
	b.a->r.cep = 7;
	assert_int_equal(accecn_ace(&b.t, true), 6);
	assert_int_equal(accecn_ace(&b.t, true), 7);
	b.a->r.cep = 8;
	assert_int_equal(accecn_ace(&b.t, true), 0);
}

/* --------------------------------------------------------- data sender */

/* 3.2.2.5: the field follows by less than eight. */
static void field(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	ace(&b, 5);
	assert_int_equal(accecn_feedback(&b.t, &b.seg, 5000), 0);
	ace(&b, 7);
	assert_int_equal(accecn_feedback(&b.t, &b.seg, 5000), 2000);
	assert_int_equal(b.a->s.cep, 7);
	ace(&b, 0);
	assert_int_equal(accecn_feedback(&b.t, &b.seg, 5000), 1000);
	assert_int_equal(b.a->s.cep, 8);
	ace(&b, 2); /* no more than was acknowledged, one byte at least */
	assert_int_equal(accecn_feedback(&b.t, &b.seg, 1500), 1500);
	ace(&b, 3);
	assert_int_equal(accecn_feedback(&b.t, &b.seg, 0), 1);
}

/* 3.2.2.5.2: more than seven segments: it may have wrapped. */
static void ambiguous(void **state)
{
	static const struct {
		uint32_t d, acked;
		bool option_in;
		uint32_t marks;
	} row[] = {
		{1, 7000, false, 1},   {1, 7001, false, 1},
		{1, 8000, false, 1},   {1, 8001, false, 9},
		{1, 9000, false, 9},   {1, 16000, false, 9},
		{1, 17000, false, 17}, {0, 7000, false, 0},
		{0, 8000, false, 8},   {0, 8000, true, 0},
		{1, 9000, true, 9},    {7, 14000, false, 7},
		{7, 15000, false, 15},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		struct bench b;

		begin(&b);
		b.a->option_in = row[i].option_in;
		ace(&b, (5 + row[i].d) & 7);
		accecn_feedback(&b.t, &b.seg, row[i].acked);
		assert_int_equal(b.a->s.cep - 5, row[i].marks);
	}
}

/* Appendix A.1: what a later ACK has superseded says nothing. */
static void superseded(void **state)
{
	struct bench b;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		begin(&b);
		ace(&b, 6);
		if (i == 0)
			b.seg.ack = (struct seq){UINT32_MAX};
		if (i == 1)
			b.seg.flags |= SYN;
		if (i == 2)
			b.seg.was_syn = true;
		assert_int_equal(accecn_feedback(&b.t, &b.seg, 1000), 0);
		assert_int_equal(b.a->s.cep, 5);
	}
}

/* Table 4: the first ACK says how our SYN,ACK came. */
static void table_4(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 8; i++) {
		struct bench b;
		uint8_t off = 0;

		begin(&b);
		b.a->proven = false;
		b.a->opening = true;
		ace(&b, i);
		assert_int_equal(accecn_feedback(&b.t, &b.seg, 0), i == 6);
		assert_false(b.a->opening);
		assert_true(b.a->proven);
		assert_int_equal(b.a->s.cep, i == 6 ? 6 : 5);
		if (i == 0)
			off = ECN_NO_ECT | ECN_DEAF;
		if (i == 3 || i == 4 || i == 6)
			off = ECN_NO_ECT;
		assert_int_equal(b.t.conn.flags & (ECN_NO_ECT | ECN_DEAF), off);
	}
}

/* 3.2.2.1: with text or SACK it is an ordinary field already. */
static void first_is_not_pure(void **state)
{
	struct bench b;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		begin(&b);
		b.a->proven = false;
		b.a->opening = true;
		ace(&b, 6);
		if (i == 0)
			b.seg.text_len = 10;
		else
			b.seg.opt.present = TERN_OPT_SACK;
		assert_int_equal(accecn_feedback(&b.t, &b.seg, 5000), 1000);
		assert_int_equal(b.t.conn.flags & ECN_NO_ECT, 0);
	}
}

/* 3.2.2.4: a first field of 0 was wiped; a later one has wrapped. */
static void wiped(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	b.a->proven = false;
	ace(&b, 0);
	assert_int_equal(accecn_feedback(&b.t, &b.seg, 5000), 0);
	assert_int_equal(b.t.conn.flags & (ECN_NO_ECT | ECN_DEAF),
			 ECN_NO_ECT | ECN_DEAF);
	begin(&b);
	b.a->proven = false;
	ace(&b, 5);
	accecn_feedback(&b.t, &b.seg, 5000);
	ace(&b, 0);
	assert_int_equal(accecn_feedback(&b.t, &b.seg, 5000), 3000);
	assert_int_equal(b.t.conn.flags & (ECN_NO_ECT | ECN_DEAF), 0);
}

/* 3.2.3.2.5: bytes were marked, but no packet: the path changes the field. */
static void contradiction(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	ace(&b, 5);
	accecn_feedback(&b.t, &b.seg, 100);
	assert_int_equal(b.t.conn.flags & ECN_NO_ECT, 0);
	b.a->s.ceb = 1;
	accecn_feedback(&b.t, &b.seg, 100);
	assert_int_equal(b.t.conn.flags & ECN_NO_ECT, ECN_NO_ECT);
	begin(&b);
	b.a->s.ceb = 1;
	ace(&b, 6);
	accecn_feedback(&b.t, &b.seg, 100);
	assert_int_equal(b.t.conn.flags & ECN_NO_ECT, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters),
		cmocka_unit_test(joined_packets),
		cmocka_unit_test(told_at_once),
		cmocka_unit_test(handshake_field),
		cmocka_unit_test(field),
		cmocka_unit_test(ambiguous),
		cmocka_unit_test(superseded),
		cmocka_unit_test(table_4),
		cmocka_unit_test(first_is_not_pure),
		cmocka_unit_test(wiped),
		cmocka_unit_test(contradiction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
