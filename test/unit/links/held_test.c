/* SPDX-License-Identifier: ISC */
/* held_test.c - the heap of waiting frames, against a slow and plain twin */
#include "frames.h"
#include "links/chance.h"
#include "links/held.h"

#define N 2000

/* The twin: the smallest time, of those the first to come. */
static uint32_t slow_next(const tern_time *at, const bool *gone, uint32_t n)
{
	uint32_t i, best = n;

	for (i = 0; i < n; i++)
		if (!gone[i] && (best == n || at[i] < at[best]))
			best = i;
	return best;
}

static void test_agrees_with_a_slow_twin(void **state)
{
	static tern_time at[N];
	static bool gone[N];
	uint64_t seed = 1;
	uint32_t i, n = 0, want;
	struct tern_frame f;
	struct held h;

	(void)state;
	memset(gone, 0, sizeof(gone));
	held_init(&h, &mem.alloc);
	assert_true(held_next(&h) == TERN_NEVER);
	for (i = 0; i < 7 * N / 4; i++) {
		if (n < N && chance_draw(&seed) % 3) {
			/* Few times, so that many are equal. */
			at[n] = chance_draw(&seed) % 50;
			frame_number(&f, &mem, n);
			assert_int_equal(held_push(&h, &f, at[n]), 0);
			n++;
		} else if (h.n > 0) {
			want = slow_next(at, gone, n);
			assert_true(held_next(&h) == at[want]);
			held_pop(&h, &f);
			assert_int_equal(frame_which(&f), want);
			gone[want] = true;
		}
	}
	assert_true(h.n > 0);
	held_free(&h);
	assert_true(held_next(&h) == TERN_NEVER);
}

static void test_push_without_memory(void **state)
{
	struct tern_frame f;
	struct held h;
	long i;

	(void)state;
	held_init(&h, &mem.alloc);
	frame_number(&f, &mem, 1);
	for (i = 0; i < 2; i++) {
		mem.fail_in = i;
		assert_int_equal(held_push(&h, &f, 1), -ENOMEM);
		assert_int_equal(f.n_parts, 1);
		assert_int_equal(h.n, 0);
	}
	mem.fail_in = -1;
	assert_int_equal(held_push(&h, &f, 1), 0);
	held_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, memory_setup, memory_teardown)
		TEST(test_agrees_with_a_slow_twin),
		TEST(test_push_without_memory),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
