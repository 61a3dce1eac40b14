/* SPDX-License-Identifier: ISC */
/*
 * sent_test.c - the records of what is in flight
 *
 * The twin knows of each segment by itself what became of it; whatever is done
 * to both, the records must say the same of each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/sent.h"
#include "unit/tcp/memory.h"

#define MSS 100U
#define N   64U /* segments that the twin can hold */
#define ISS 0xfffff000U

struct bench {
	struct memory m;
	struct pool pool;
	struct sentq q;
	uint64_t now;
	uint32_t first, n; /* numbers of segments, and how many in flight */
	struct {
		enum sent_fate fate;
		bool again;
	} twin[N]; /* by number modulo N */
};

static struct seq number(uint32_t segment)
{
	return (struct seq){ISS + segment * MSS};
}

static void begin(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	memory_open(&b->m);
	pool_init(&b->pool, &b->m.mem, TERN_MEM_SEND, sizeof(struct sent));
	sentq_init(&b->q);
	b->now = 1;
}

static void end(struct bench *b)
{
	sentq_free(&b->q, &b->pool);
	sentq_check(&b->q);
	assert_int_equal(pool_count(&b->pool), 0);
	pool_drain(&b->pool);
	memory_close(&b->m);
}

static void append(struct bench *b, uint32_t n)
{
	for (; n > 0; n--, b->n++) {
		const uint32_t i = b->first + b->n;

		assert_non_null(sentq_append(&b->q, &b->pool, number(i), MSS,
					     MSS, b->now));
		b->twin[i % N].fate = SENT_FLYING;
		b->twin[i % N].again = false;
	}
}

static void compare(struct bench *b)
{
	const struct sent *r = b->q.first;
	uint32_t lost = 0, sacked = 0;

	sentq_check(&b->q);
	assert_int_equal(b->q.len, b->n * MSS);
	for (uint32_t i = b->first; i < b->first + b->n; i++) {
		assert_non_null(r);
		assert_int_equal(r->fate, b->twin[i % N].fate);
		if (r->fate != SENT_SACKED)
			assert_int_equal(r->again, b->twin[i % N].again);
		lost += r->fate == SENT_LOST;
		sacked += r->fate == SENT_SACKED;
		if (seq_eq(sent_end(r), number(i + 1)))
			r = sentq_next(r);
	}
	assert_null(r);
	assert_int_equal(sentq_pipe(&b->q), (b->n - lost - sacked) * MSS);
}

/* A burst is one record, and the first record costs no memory. */
static void burst_is_one_record(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	append(&b, 10);
	assert_int_equal(b.q.n, 1);
	assert_int_equal(pool_count(&b.pool), 0);
	b.now++;
	append(&b, 1);
	assert_int_equal(b.q.n, 2);
	assert_int_equal(pool_count(&b.pool), 1);
	assert_int_equal(sentq_oldest(&b.q)->len, 10 * MSS);
	compare(&b);
	end(&b);
}

/* The second part of what is cut has the fate of the first. */
static void cut_keeps_the_fate(void **state)
{
	struct bench b;
	struct sent *r;

	(void)state;
	for (int fate = SENT_FLYING; fate <= SENT_SACKED; fate++) {
		begin(&b);
		append(&b, 4);
		if (fate == SENT_LOST)
			sentq_set_lost(&b.q, b.q.first);
		if (fate == SENT_SACKED)
			sentq_set_sacked(&b.q, &b.pool, b.q.first);
		r = sentq_cut(&b.q, &b.pool, b.q.first, number(3));
		assert_int_equal(r->len, MSS);
		assert_int_equal(r->fate, fate);
		sentq_check(&b.q);
		if (fate == SENT_LOST) {
			sentq_set_flying(&b.q, b.q.first);
			assert_ptr_equal(sentq_first_lost(&b.q), r);
		}
		end(&b);
	}
}

/* No sample may come of a record that stands for all. */
static void collapsed_says_nothing(void **state)
{
	struct bench b;
	struct sent *r;

	(void)state;
	begin(&b);
	append(&b, 3);
	b.now++;
	append(&b, 3);
	sentq_set_sacked(&b.q, &b.pool, b.q.last);
	r = sentq_collapse(&b.q, &b.pool, number(0), 7 * MSS, MSS);
	assert_int_equal(b.q.n, 1);
	assert_int_equal(r->len, 7 * MSS);
	assert_int_equal(r->fate, SENT_FLYING);
	assert_true(r->again);
	assert_int_equal(r->stamp.sent_at, 2);
	assert_int_equal(b.q.n_again, 7 * MSS);
	assert_int_equal(pool_count(&b.pool), 0);
	sentq_check(&b.q);
	end(&b);
}

/* Without memory a cut changes nothing. */
static void no_memory(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	append(&b, 4);
	memory_fail_from(&b.m, 0);
	assert_null(sentq_cut(&b.q, &b.pool, b.q.first, number(2)));
	compare(&b);
	b.now++;
	assert_null(sentq_append(&b.q, &b.pool, number(4), MSS, MSS, b.now));
	compare(&b);
	end(&b);
}

/* Whole segments only: what covers half of one covers nothing of it. */
static void covered_is_whole(void **state)
{
	struct seq at = {ISS + 50};
	struct bench b;
	struct sent *r;

	(void)state;
	begin(&b);
	append(&b, 5);
	r = sentq_covered(&b.q, &b.pool, &at, (struct seq){ISS + 350});
	assert_int_equal(r->left.u, ISS + 100);
	assert_int_equal(r->len, 200);
	assert_int_equal(at.u, ISS + 300);
	sentq_set_sacked(&b.q, &b.pool, r);
	assert_null(sentq_covered(&b.q, &b.pool, &at, (struct seq){ISS + 350}));
	at.u = ISS + 100;
	r = sentq_covered(&b.q, &b.pool, &at, (struct seq){ISS + 500});
	assert_int_equal(r->left.u, ISS + 300);
	sentq_check(&b.q);
	end(&b);
}

static uint32_t draw(uint64_t *x, uint32_t below)
{
	*x = *x * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(*x >> 33) % below;
}

/* SACKs, or takes for lost, what is not SACKed of some segments. */
static void mark(struct bench *b, uint32_t from, uint32_t n, bool sack)
{
	struct seq at = number(from);
	struct sent *r;

	while ((r = sentq_covered(&b->q, &b->pool, &at, number(from + n)))) {
		if (sack)
			sentq_set_sacked(&b->q, &b->pool, r);
		else
			sentq_set_lost(&b->q, r);
	}
	for (uint32_t i = from; i < from + n; i++)
		if (b->twin[i % N].fate != SENT_SACKED)
			b->twin[i % N].fate = sack ? SENT_SACKED : SENT_LOST;
}

static void send_again(struct bench *b)
{
	const struct sent *r = sentq_first_lost(&b->q);
	uint32_t i = b->first;

	while (i < b->first + b->n && b->twin[i % N].fate != SENT_LOST)
		i++;
	if (i == b->first + b->n) {
		assert_null(r);
		return;
	}
	assert_int_equal(r->left.u, number(i).u);
	assert_non_null(sentq_again(&b->q, &b->pool, number(i), MSS, b->now));
	b->twin[i % N].fate = SENT_FLYING;
	b->twin[i % N].again = true;
}

static void agrees_with_its_twin(void **state)
{
	struct bench b;
	uint64_t x = 1;

	(void)state;
	begin(&b);
	for (int step = 0; step < 20000; step++) {
		const uint32_t op = draw(&x, 8);
		uint32_t from, n;

		b.now += draw(&x, 2);
		if (op < 3 && b.n < N - 8)
			append(&b, 1 + draw(&x, 8));
		if (b.n == 0)
			continue;
		from = b.first + draw(&x, b.n);
		n = 1 + draw(&x, b.first + b.n - from);
		if (op == 3 || op == 4)
			mark(&b, from, n, op == 3);
		if (op == 5)
			send_again(&b);
		if (op > 5) {
			n = b.q.first->len / MSS;
			n = 1 + draw(&x, n);
			sentq_drop(&b.q, &b.pool, n * MSS);
			b.first += n;
			b.n -= n;
		}
		compare(&b);
	}
	end(&b);
}

/* SACKed segments are counted as RFC 8985 6.2 wants them, short ones too. */
static void sacked_segments(void **state)
{
	static const struct {
		uint32_t len, segs;
	} row[] = {{MSS, 1}, {3 * MSS, 3}, {3 * MSS + 1, 4}, {1, 1}, {99, 1}};
	struct bench b;
	struct sent *r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		begin(&b);
		r = sentq_append(&b.q, &b.pool, number(0), row[i].len, MSS, 1);
		sentq_set_sacked(&b.q, &b.pool, r);
		assert_int_equal(b.q.segs_sacked, row[i].segs);
		r = sentq_append(&b.q, &b.pool, seq_add(number(0), row[i].len),
				 2 * MSS, MSS, 2);
		assert_int_equal(b.q.segs_sacked, row[i].segs);
		sentq_set_sacked(&b.q, &b.pool, r);
		assert_int_equal(b.q.segs_sacked, row[i].segs + 2);
		assert_int_equal(b.q.n, 1);
		sentq_drop(&b.q, &b.pool, row[i].len);
		sentq_check(&b.q);
		sentq_drop(&b.q, &b.pool, 2 * MSS);
		assert_int_equal(b.q.segs_sacked, 0);
		end(&b);
	}
}

/* RFC 6675 4: what goes again though it was not lost counts twice, until its
 * fate is known. */
static void twice_in_the_pipe(void **state)
{
	struct bench b;
	struct sent *r;

	(void)state;
	for (int i = 0; i < 4; i++) {
		begin(&b);
		append(&b, 4);
		r = sentq_again(&b.q, &b.pool, number(0), 2 * MSS, 9);
		sentq_set_twice(&b.q, r);
		assert_int_equal(sentq_pipe(&b.q), 6 * MSS);
		sentq_set_twice(&b.q, r);
		assert_int_equal(sentq_pipe(&b.q), 6 * MSS);
		sentq_check(&b.q);
		if (i == 0)
			sentq_set_lost(&b.q, r);
		if (i == 1)
			sentq_set_sacked(&b.q, &b.pool, r);
		if (i == 2)
			sentq_drop(&b.q, &b.pool, 2 * MSS);
		if (i < 3)
			assert_int_equal(sentq_pipe(&b.q), 2 * MSS);
		if (i == 3) {
			sentq_drop(&b.q, &b.pool, MSS);
			assert_int_equal(sentq_pipe(&b.q), 4 * MSS);
		}
		if (i == 0) {
			sentq_set_twice(&b.q, r); /* it is in no pipe */
			assert_int_equal(sentq_pipe(&b.q), 2 * MSS);
		}
		sentq_check(&b.q);
		end(&b);
	}
}

/* What begins inside the last segment of a record covers none of it. */
static void covered_from_the_last(void **state)
{
	struct bench b;
	struct seq at;

	(void)state;
	begin(&b);
	append(&b, 3);
	at = seq_add(number(2), 1);
	assert_null(sentq_covered(&b.q, &b.pool, &at, number(3)));
	assert_int_equal(b.q.n, 1);
	sentq_check(&b.q);
	at = seq_add(number(1), 1);
	assert_non_null(sentq_covered(&b.q, &b.pool, &at, number(3)));
	assert_int_equal(at.u, number(3).u);
	assert_int_equal(b.q.last->len, MSS);
	sentq_check(&b.q);
	end(&b);
}

/* A segment that is not full ends a record: the next one is another. */
static void short_segment_ends_a_record(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	sentq_append(&b.q, &b.pool, number(0), MSS + 1, MSS, 1);
	sentq_append(&b.q, &b.pool, seq_add(number(1), 1), MSS, MSS, 1);
	assert_int_equal(b.q.n, 2);
	sentq_append(&b.q, &b.pool, seq_add(number(2), 1), MSS, MSS - 1, 1);
	assert_int_equal(b.q.n, 3);
	sentq_check(&b.q);
	end(&b);
}

/* What was SACKed as one and flies again ends a SEND where its last part did.
 */
static void joined_ends_as_its_last(void **state)
{
	struct bench b;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		begin(&b);
		sentq_append(&b.q, &b.pool, number(0), MSS, MSS, 1)->push = i;
		sentq_append(&b.q, &b.pool, number(1), MSS, MSS, 2)->push = !i;
		sentq_set_sacked(&b.q, &b.pool, b.q.first);
		sentq_set_sacked(&b.q, &b.pool, b.q.last);
		assert_int_equal(b.q.n, 1);
		assert_int_equal(b.q.first->push, !i);
		sentq_check(&b.q);
		end(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sacked_segments),
		cmocka_unit_test(twice_in_the_pipe),
		cmocka_unit_test(covered_from_the_last),
		cmocka_unit_test(short_segment_ends_a_record),
		cmocka_unit_test(joined_ends_as_its_last),
		cmocka_unit_test(burst_is_one_record),
		cmocka_unit_test(cut_keeps_the_fate),
		cmocka_unit_test(collapsed_says_nothing),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(covered_is_whole),
		cmocka_unit_test(agrees_with_its_twin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
