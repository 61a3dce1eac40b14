/* SPDX-License-Identifier: ISC */
/*
 * port_pick_test.c - the choice of ephemeral ports: which are free, what others
 * can learn from it, and what it costs
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "tcp/port.h"
#include "unit/base/dice.h"
#include "unit/tcp/memory.h"

#define A 0x0a000001U
#define B 0x0a000002U
#define N (PORT_RANGE_HI - PORT_RANGE_LO + 1)

/* The server: connections to it take the ports marked. */
static const struct tern_tuple tuple = {A, 0xc0000201, 0, 443};

struct fixture {
	struct memory m;
	struct rng rng;
	struct ports p;
	bool taken[65536];
	uint32_t n_asked;
};

static int setup(void **state)
{
	static const uint8_t seed[32] = {4, 5, 6};
	static struct fixture f;

	memset(f.taken, 0, sizeof(f.taken));
	f.n_asked = 0;
	memory_open(&f.m);
	rng_init(&f.rng, seed, 0);
	*state = &f;
	return ports_init(&f.p, &f.m.mem, &f.rng);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ports_fini(&f->p);
	memory_close(&f->m);
	return 0;
}

static bool is_taken(void *ctx, uint16_t port)
{
	struct fixture *f = ctx;

	f->n_asked++;
	return f->taken[port];
}

static bool never(void *ctx, uint16_t port)
{
	(void)ctx;
	(void)port;
	return false;
}

static int pick(struct fixture *f)
{
	return ports_pick_connect(&f->p, &f->rng, &tuple, is_taken, f);
}

static void hold_range(struct fixture *f, uint32_t addr, uint32_t lo,
		       uint32_t hi, unsigned int flags)
{
	for (; lo <= hi; lo++)
		assert_int_equal(ports_hold(&f->p, addr, (uint16_t)lo, flags),
				 0);
}

/* Every port of a range is chosen once before any is chosen twice. */
static void no_port_comes_back(void **state)
{
	static const uint32_t sizes[] = {1,  2,	 3,   5,   15,	 16,   17,   31,
					 32, 33, 100, 256, 1000, 1024, 28232};
	struct fixture *f = *state;
	size_t s;

	for (s = 0; s < ARRAY_LEN(sizes); s++) {
		uint32_t n = sizes[s], tries = min_u32(n, 16), i;
		static bool seen[65536];

		memset(seen, 0, sizeof(seen));
		assert_int_equal(
			ports_set_range(&f->p, 2000, (uint16_t)(2000 + n - 1)),
			0);
		f->p.n_picks = 0;
		for (i = 0; i + tries <= n; i++) {
			int port = pick(f);

			assert_in_range(port, 2000, 2000 + n - 1);
			assert_false(seen[port]);
			seen[port] = true;
		}
	}
}

/* One permutation of a range of 64 is gone through to the last port. */
static void goes_through_all(void **state)
{
	struct fixture *f = *state;
	uint32_t i;
	int port;

	assert_int_equal(ports_set_range(&f->p, 1, 64), 0);
	for (i = 0; i < 64; i++) {
		port = pick(f);
		assert_in_range(port, 1, 64);
		f->taken[port] = true;
	}
	for (i = 1; i <= 64; i++)
		assert_true(f->taken[i]);
	assert_int_equal(pick(f), -EADDRNOTAVAIL);
}

/* A port that bind() or a listener has is passed over; connections' are not. */
static void respects_binds(void **state)
{
	struct fixture *f = *state;
	int i;

	assert_int_equal(ports_set_range(&f->p, 1000, 1007), 0);
	hold_range(f, A, 1000, 1000, 0);
	hold_range(f, 0, 1001, 1001, PORT_REUSE_ADDR);
	hold_range(f, A, 1002, 1002, PORT_REUSE_ADDR | PORT_LISTEN);
	hold_range(f, B, 1003, 1003, 0); /* not ours: does not matter */
	hold_range(f, A, 1004, 1005, PORT_CONNECT);
	hold_range(f, B, 1006, 1006, 0);
	hold_range(f, A, 1006, 1006, PORT_CONNECT);
	hold_range(f, A, 1006, 1006, PORT_REUSE_PORT);
	hold_range(f, B, 1007, 1007, 0);
	hold_range(f, 0, 1007, 1007, PORT_LISTEN);
	for (i = 0; i < 3; i++) {
		int port = pick(f);

		assert_in_range(port, 1003, 1005);
		assert_false(f->taken[port]);
		f->taken[port] = true;
	}
	assert_int_equal(pick(f), -EADDRNOTAVAIL);
}

/* The last free port of all is found, wherever it is. */
static void finds_the_last(void **state)
{
	struct fixture *f = *state;
	uint32_t i, last;

	for (i = PORT_RANGE_LO; i <= PORT_RANGE_HI; i++)
		f->taken[i] = true;
	assert_int_equal(pick(f), -EADDRNOTAVAIL);
	for (i = 0; i < 20; i++) {
		last = PORT_RANGE_LO + i * 1009 % N;
		last = i == 0 ? PORT_RANGE_LO : i == 1 ? PORT_RANGE_HI : last;
		f->taken[last] = false;
		assert_int_equal(pick(f), last);
		f->taken[last] = true;
	}
}

/*
 * All connections go to one server, until nearly no port is left: a choice
 * still costs a few questions, not a walk.
 */
static void full_range_is_cheap(void **state)
{
	struct fixture *f = *state;
	uint32_t i;
	int port;

	for (i = 0; i < N; i++) {
		f->n_asked = 0;
		port = pick(f);
		assert_in_range(port, PORT_RANGE_LO, PORT_RANGE_HI);
		assert_in_range(f->n_asked, 1, 17);
		assert_false(f->taken[port]);
		f->taken[port] = true;
		hold_range(f, A, (uint32_t)port, (uint32_t)port, PORT_CONNECT);
	}
	assert_int_equal(pick(f), -EADDRNOTAVAIL);
}

/* A bind in the only free place is respected by the search as well. */
static void search_respects_binds(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	for (i = PORT_RANGE_LO; i <= PORT_RANGE_HI; i++)
		f->taken[i] = i != 50000;
	hold_range(f, 0, 50000, 50000, 0);
	assert_int_equal(pick(f), -EADDRNOTAVAIL);
	ports_release(&f->p, 0, 50000, 0);
	assert_int_equal(pick(f), 50000);
}

static double chi2(const uint32_t *count, int n, double expected)
{
	double sum = 0;
	int i;

	for (i = 0; i < n; i++)
		sum += ((double)count[i] - expected) *
		       ((double)count[i] - expected) / expected;
	return sum;
}

/*
 * RFC 6056: whoever knows all ports chosen so far, for the victim's server or
 * for his own, guesses the next one no better than by chance.  The differences
 * between successive choices, and between those for two servers, are spread
 * evenly: over 256 classes, chi2 above 360 is one in 10^5.
 */
static void cannot_be_predicted(void **state)
{
	static uint32_t same[256], across[256], low[256];
	struct tern_tuple mine = tuple;
	struct fixture *f = *state;
	int i, last = 0, hit = 0;

	mine.raddr++;
	for (i = 0; i < 100000; i++) {
		int theirs =
			ports_pick_connect(&f->p, &f->rng, &tuple, never, NULL);
		int ours =
			ports_pick_connect(&f->p, &f->rng, &mine, never, NULL);
		uint32_t step = (uint32_t)(theirs - last + N) % N;
		uint32_t diff = (uint32_t)(theirs - ours + N) % N;

		hit += step <= 10; /* the classic guess: a little further on */
		same[step * 256 / N]++;
		across[diff * 256 / N]++;
		low[theirs & 255]++;
		last = theirs;
	}
	assert_true(chi2(same, 256, 100000 / 256.0) < 360);
	assert_true(chi2(across, 256, 100000 / 256.0) < 360);
	assert_true(chi2(low, 256, 100000 / 256.0) < 900); /* N % 256 != 0 */
	assert_in_range(hit, 10, 75);			   /* 39 by chance */
}

/* After a change of key, the same i give other ports. */
static void key_is_renewed(void **state)
{
	struct fixture *f = *state;
	int first[50], second[50], i, equal = 0;

	for (i = 0; i < 50; i++)
		first[i] = pick(f);
	f->p.n_picks = N; /* gone through */
	for (i = 0; i < 50; i++) {
		second[i] = pick(f);
		equal += first[i] == second[i];
	}
	assert_int_equal(f->p.n_picks, 50);
	assert_in_range(equal, 0, 1);
}

/* The same seed gives the same ports, another one others. */
static void depends_on_seed(void **state)
{
	static const uint8_t seed[32] = {4, 5, 6}, other[32] = {4, 5, 7};
	struct fixture *f = *state;
	struct ports p;
	struct rng r;
	int i, equal = 0;

	rng_init(&r, seed, 0);
	assert_int_equal(ports_init(&p, &f->m.mem, &r), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(pick(f), ports_pick_connect(&p, &r, &tuple,
							     never, NULL));
	ports_fini(&p);
	rng_init(&r, other, 0);
	assert_int_equal(ports_init(&p, &f->m.mem, &r), 0);
	for (i = 0; i < 100; i++)
		equal += pick(f) ==
			 ports_pick_connect(&p, &r, &tuple, never, NULL);
	assert_in_range(equal, 0, 2);
	ports_fini(&p);
}

static void bind_takes_unused(void **state)
{
	struct fixture *f = *state;
	uint32_t i;
	int port;

	assert_int_equal(ports_set_range(&f->p, 1000, 1199), 0);
	for (i = 0; i < 200; i++) {
		port = ports_pick_bind(&f->p, &f->rng, A);
		assert_in_range(port, 1000, 1199);
		assert_int_equal(ports_overlap(&f->p, 0, (uint16_t)port).n, 0);
		hold_range(f, A, (uint32_t)port, (uint32_t)port,
			   PORT_REUSE_ADDR | PORT_REUSE_PORT);
	}
	assert_int_equal(ports_pick_bind(&f->p, &f->rng, A), -EADDRINUSE);
	assert_int_equal(ports_pick_bind(&f->p, &f->rng, 0), -EADDRINUSE);
	/* Another address may use the same ports. */
	port = ports_pick_bind(&f->p, &f->rng, B);
	assert_in_range(port, 1000, 1199);
	hold_range(f, 0, 1000, 1199, 0);
	assert_int_equal(ports_pick_bind(&f->p, &f->rng, B), -EADDRINUSE);
}

/* The whole range is used, to both ends. */
static void bind_uses_whole_range(void **state)
{
	static const uint16_t ranges[][2] = {
		{1, 1},	    {63, 64},	{64, 127},	{65535, 65535},
		{1, 65535}, {100, 200}, {65472, 65535}, {127, 128},
	};
	struct fixture *f = *state;
	size_t r;
	int port;

	for (r = 0; r < ARRAY_LEN(ranges); r++) {
		uint32_t lo = ranges[r][0], hi = ranges[r][1], left;

		assert_int_equal(
			ports_set_range(&f->p, (uint16_t)lo, (uint16_t)hi), 0);
		for (left = hi - lo + 1; left > 0; left--) {
			port = ports_pick_bind(&f->p, &f->rng, A);
			assert_in_range(port, lo, hi);
			hold_range(f, A, (uint32_t)port, (uint32_t)port, 0);
		}
		assert_int_equal(ports_pick_bind(&f->p, &f->rng, A),
				 -EADDRINUSE);
		for (; lo <= hi; lo++)
			ports_release(&f->p, A, (uint16_t)lo, 0);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(no_port_comes_back),	  T(goes_through_all),
		T(respects_binds),	  T(finds_the_last),
		T(full_range_is_cheap),	  T(search_respects_binds),
		T(cannot_be_predicted),	  T(key_is_renewed),
		T(depends_on_seed),	  T(bind_takes_unused),
		T(bind_uses_whole_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
