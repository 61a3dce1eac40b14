/* SPDX-License-Identifier: ISC */
/*
 * accecn_test.c - counters and fields of More Accurate ECN, RFC 9768 3.2, each
 * rule by itself
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/accecn.h"
#include "tcp/ecn.h"
#include "tcp/tcb.h"

#define MSS 1000U
#define ISS UINT32_C(0xffffffff)

struct bench {
	struct tcp tcp;
	struct tcb t;
	struct tcp_opts opts;
	struct flow f;
	struct packet packet;
	struct tern_frame frame;
	struct segment seg;
	struct tcp_options o;
	struct accecn *a;
};

static void begin(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->t.opts = &b->opts;
	b->t.flow = &b->f;
	b->a = &b->f.accecn;
	accecn_init(b->a);
	b->t.mss = MSS;
	b->t.snd.iss = (struct seq){ISS};
	b->t.snd.una = (struct seq){0};
	b->t.snd.nxt = (struct seq){50000};
	b->t.conn.flags = ECN_ACCURATE;
	b->tcp.tun.ecn_option = 2;
	b->seg.flags = ACK;
	b->seg.ack = (struct seq){0};
	b->seg.packet = &b->packet;
	b->packet.frame = &b->frame;
	b->a->proven = true;
}

static void ace(struct bench *b, uint32_t n)
{
	b->seg.flags = (uint16_t)(ACK | n << ECN_ACE_SHIFT);
}

/* ---------------------------------------------------------- the option */

/* 3.2.3: nothing has changed, nothing is told; a counter that has changed is
 * told with those in front of it. */
static void fields(void **state)
{
	static const struct {
		uint32_t e0b, ceb, e1b;
		uint8_t n, order;
	} row[] = {
		{1, 0, 1, 0, 0}, {2, 0, 1, 1, 0}, {1, 5, 1, 2, 0},
		{2, 5, 1, 2, 0}, {1, 0, 2, 1, 1}, {1, 5, 2, 2, 1},
		{2, 0, 2, 3, 0}, {2, 5, 2, 3, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		struct bench b;
		uint32_t len;

		begin(&b);
		b.a->r.e0b = row[i].e0b;
		b.a->r.ceb = row[i].ceb;
		b.a->r.e1b = row[i].e1b;
		len = accecn_option(&b.tcp, &b.t, 40, &b.o);
		assert_int_equal(b.o.n_accecn, row[i].n);
		assert_int_equal(b.o.accecn_order, row[i].order);
		if (row[i].n == 0) {
			assert_int_equal(len, 0);
			assert_int_equal(b.o.present, 0);
			continue;
		}
		assert_int_equal(b.o.present, TERN_OPT_ACCECN);
		assert_int_equal(len, row[i].n == 1   ? 8
				      : row[i].n == 2 ? 8
						      : 12);
		assert_int_equal(b.o.accecn[0],
				 row[i].order ? row[i].e1b : row[i].e0b);
		assert_int_equal(b.o.accecn[1], row[i].ceb);
		assert_int_equal(b.o.accecn[2],
				 row[i].order ? row[i].e0b : row[i].e1b);
	}
}

/* 3.2.3.3: it may have no room; then what is new since the last one. */
static void room(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	b.a->r.e0b = 100;
	b.a->r.e1b = 100;
	assert_int_equal(accecn_option(&b.tcp, &b.t, 12, &b.o), 12);
	b.a->told = b.a->r;
	b.a->r.e0b = 200;
	assert_int_equal(accecn_option(&b.tcp, &b.t, 11, &b.o), 8);
	assert_int_equal(b.o.n_accecn, 1);
	assert_int_equal(accecn_option(&b.tcp, &b.t, 8, &b.o), 8);
	memset(&b.o, 0, sizeof(b.o));
	assert_int_equal(accecn_option(&b.tcp, &b.t, 7, &b.o), 0);
	assert_int_equal(b.o.present, 0);
}

/* net.ipv4.tcp_ecn_option: 0 never, 1 with marks only, 2 with any change, 3
 * even after the path has thrown it away. */
static void modes(void **state)
{
	static const struct {
		uint32_t mode;
		bool off, owed, ceb, e0b, e1b, told;
	} row[] = {
		{0, false, true, true, true, true, false},
		{1, false, false, false, true, true, false},
		{1, false, false, true, false, false, true},
		{1, false, true, false, false, false, true},
		{1, true, true, true, false, false, false},
		{2, false, false, false, true, false, true},
		{2, false, false, false, false, true, true},
		{2, false, false, false, false, false, false},
		{2, true, true, true, true, true, false},
		{3, true, false, true, false, false, true},
		{3, true, false, false, true, false, true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		struct bench b;

		begin(&b);
		b.tcp.tun.ecn_option = row[i].mode;
		b.a->option_off = row[i].off;
		b.a->option_owed = row[i].owed;
		b.a->r.ceb += row[i].ceb;
		b.a->r.e0b += row[i].e0b;
		b.a->r.e1b += row[i].e1b;
		assert_int_equal(accecn_option(&b.tcp, &b.t, 40, &b.o) > 0,
				 row[i].told);
	}
}

/* 3.2.3.2.1: after the handshake all three fields, twice. */
static void owed(void **state)
{
	struct bench b;
	int i;

	(void)state;
	begin(&b);
	ace(&b, 2);
	accecn_agreed(&b.t, &b.seg);
	for (i = 0; i < 2; i++) {
		memset(&b.o, 0, sizeof(b.o));
		assert_int_equal(accecn_option(&b.tcp, &b.t, 40, &b.o), 12);
		assert_int_equal(b.o.n_accecn, 3);
		accecn_sent(&b.t, &b.o, (struct seq){0}, 0);
	}
	memset(&b.o, 0, sizeof(b.o));
	assert_int_equal(accecn_option(&b.tcp, &b.t, 40, &b.o), 0);
	accecn_option_initial(&b.o);
	assert_int_equal(b.o.n_accecn, 3);
	assert_int_equal(b.o.accecn[0], 1);
	assert_int_equal(b.o.accecn[1], 0);
	assert_int_equal(b.o.accecn[2], 1);
	assert_int_equal(b.o.accecn_order, 0);
	assert_int_equal(b.o.present, TERN_OPT_ACCECN);
}

/* What was told once is not told again; a segment without the option tells
 * nothing. */
static void told(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	b.o.present = TERN_OPT_ACCECN; /* a bare ACK at the first octet */
	accecn_sent(&b.t, &b.o, (struct seq){0}, 0);
	accecn_text_lost(&b.t, (struct seq){0});
	assert_false(b.a->option_off); /* is no text that could be lost */
	b.o.present = 0;
	b.a->r.e0b = 100;
	b.a->unsaid = 2;
	accecn_sent(&b.t, &b.o, (struct seq){0}, 100);
	assert_int_equal(b.a->unsaid, 0);
	assert_false(b.a->option_first);
	accecn_text_lost(&b.t, (struct seq){0});
	assert_false(b.a->option_off); /* there was none in it */
	assert_int_equal(accecn_option(&b.tcp, &b.t, 40, &b.o), 8);
	accecn_sent(&b.t, &b.o, (struct seq){1000}, 100);
	assert_false(b.a->option_first);
	assert_int_equal(accecn_option(&b.tcp, &b.t, 40, &b.o), 0);
}

/* 3.2.3.2.2: the first text had the option and was lost: there is something on
 * the path that does not let it through. */
static void first_text_lost(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	b.o.present = TERN_OPT_ACCECN;
	accecn_sent(&b.t, &b.o, (struct seq){0}, 100);
	accecn_text_lost(&b.t, (struct seq){100});
	assert_false(b.a->option_off);
	accecn_text_lost(&b.t, (struct seq){0});
	assert_true(b.a->option_off);
}

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
		b.frame.gso_size = row[i].gso;
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

static void option_in(struct bench *b, uint32_t e0b, uint32_t ceb)
{
	b->seg.opt.present = TERN_OPT_ACCECN;
	b->seg.opt.n_accecn = 2;
	b->seg.opt.accecn[0] = e0b;
	b->seg.opt.accecn[1] = ceb;
}

/* 3.2.2.5.2: the option says how many bytes, and so how often it wrapped. */
static void option_decides(void **state)
{
	static const struct {
		uint32_t d, ceb, marks;
	} row[] = {
		{1, 1000, 1},  {1, 1001, 9}, {1, 9000, 9},
		{1, 9001, 17}, {0, 0, 0},    {0, 1, 8},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		struct bench b;

		begin(&b);
		ace(&b, (5 + row[i].d) & 7);
		option_in(&b, 1, row[i].ceb);
		assert_int_equal(accecn_feedback(&b.t, &b.seg, 20000),
				 row[i].ceb);
		assert_int_equal(b.a->s.cep - 5, row[i].marks);
		assert_true(b.a->option_in);
		assert_int_equal(b.a->s.ceb, row[i].ceb);
	}
}

/* A field of 24 bits wraps; one that goes back comes from an older ACK. */
static void option_follows(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	b.a->s.ceb = 0xfffffe;
	ace(&b, 6);
	option_in(&b, 1, 1);
	assert_int_equal(accecn_feedback(&b.t, &b.seg, 20000), 3);
	assert_int_equal(b.a->s.ceb, 0x1000001);
	option_in(&b, 1, 0xfffffe);
	assert_int_equal(accecn_feedback(&b.t, &b.seg, 0), 0);
	assert_int_equal(b.a->s.ceb, 0x1000001);
	option_in(&b, 1, 1 + 0x7fffff); /* half the range */
	accecn_feedback(&b.t, &b.seg, 0);
	assert_int_equal(b.a->s.ceb, 0x1800000);
	b.seg.opt.accecn_order = 1;
	b.seg.opt.n_accecn = 3;
	b.seg.opt.accecn[0] = 77;
	b.seg.opt.accecn[1] = 0x800000;
	b.seg.opt.accecn[2] = 55;
	accecn_feedback(&b.t, &b.seg, 0);
	assert_int_equal(b.a->s.e1b, 77);
	assert_int_equal(b.a->s.e0b, 55);
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

/* 3.2.3.2.4: an initial value of 0 in a place where none can be was wiped: the
 * option is not read any more. */
static void wiped_option(void **state)
{
	static const struct {
		uint8_t n;
		uint32_t v[3];
		bool ignore;
	} row[] = {
		{3, {1, 0, 1}, false}, {3, {0, 0, 1}, true},
		{3, {1, 0, 0}, true},  {2, {1, 0, 0}, false},
		{1, {0, 0, 0}, true},  {0, {0, 0, 0}, false},
		{2, {1, 7, 0}, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		struct bench b;

		begin(&b);
		b.a->opening = true;
		b.seg.opt.present = TERN_OPT_ACCECN;
		b.seg.opt.n_accecn = row[i].n;
		memcpy(b.seg.opt.accecn, row[i].v, sizeof(row[i].v));
		ace(&b, 2);
		accecn_feedback(&b.t, &b.seg, 0);
		assert_int_equal(b.a->option_ignore, row[i].ignore);
		ace(&b, 6);
		option_in(&b, 1, 3);
		assert_int_equal(accecn_feedback(&b.t, &b.seg, 5000),
				 row[i].ignore ? 1000 : 3);
		assert_int_equal(b.a->option_in, !row[i].ignore);
	}
	/* It was not there at all. */
	{
		struct bench b;

		begin(&b);
		b.a->opening = true;
		b.seg.opt.n_accecn = 3;
		ace(&b, 2);
		accecn_feedback(&b.t, &b.seg, 0);
		assert_false(b.a->option_ignore);
	}
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
		cmocka_unit_test(fields),
		cmocka_unit_test(room),
		cmocka_unit_test(modes),
		cmocka_unit_test(owed),
		cmocka_unit_test(told),
		cmocka_unit_test(first_text_lost),
		cmocka_unit_test(counters),
		cmocka_unit_test(joined_packets),
		cmocka_unit_test(told_at_once),
		cmocka_unit_test(handshake_field),
		cmocka_unit_test(field),
		cmocka_unit_test(ambiguous),
		cmocka_unit_test(option_decides),
		cmocka_unit_test(option_follows),
		cmocka_unit_test(superseded),
		cmocka_unit_test(table_4),
		cmocka_unit_test(first_is_not_pure),
		cmocka_unit_test(wiped),
		cmocka_unit_test(wiped_option),
		cmocka_unit_test(contradiction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
