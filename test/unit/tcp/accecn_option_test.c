/* SPDX-License-Identifier: ISC */
/*
 * accecn_option_test.c - the option of More Accurate ECN, RFC 9768 3.2.3: what
 * is told in it, and what it decides
 */
#include "unit/tcp/accecn_bench.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(room),
		cmocka_unit_test(modes),
		cmocka_unit_test(owed),
		cmocka_unit_test(told),
		cmocka_unit_test(first_text_lost),
		cmocka_unit_test(option_decides),
		cmocka_unit_test(option_follows),
		cmocka_unit_test(wiped_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
