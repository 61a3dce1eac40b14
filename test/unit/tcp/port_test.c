/* SPDX-License-Identifier: ISC */
/*
 * port_test.c - who may share a port: Linux's rules, and the counts behind them
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

#define ANY 0U
#define A   0x0a000001U
#define B   0x0a000002U
#define RA  PORT_REUSE_ADDR
#define RP  PORT_REUSE_PORT
#define L   PORT_LISTEN
#define C   PORT_CONNECT

struct fixture {
	struct memory m;
	struct rng rng;
	struct ports p;
};

static int setup(void **state)
{
	static const uint8_t seed[32] = {1, 2, 3};
	static struct fixture f;

	memory_open(&f.m);
	rng_init(&f.rng, seed, 0);
	*state = &f;
	return ports_init(&f.p, &f.m.mem, &f.rng);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ports_fini(&f->p);
	ports_fini(&f->p); /* once more is harmless */
	memory_close(&f->m);
	return 0;
}

static void hold(struct fixture *f, uint32_t addr, uint16_t port,
		 unsigned int flags)
{
	assert_int_equal(ports_hold(&f->p, addr, port, flags), 0);
}

/* Who holds, who comes, and whether he may: on one port. */
static void rules(void **state)
{
	static const struct {
		uint32_t addr;
		unsigned int flags;
		uint32_t new_addr;
		unsigned int new_flags;
		bool ok;
	} rows[] = {
		{A, 0, A, 0, false},
		{A, 0, B, 0, true},
		{ANY, 0, A, 0, false},
		{A, 0, ANY, 0, false},
		{ANY, 0, ANY, 0, false},
		{A, RA, A, 0, false},
		{A, 0, A, RA, false},
		{A, RA, A, RA, true},
		{ANY, RA, A, RA, true},
		{A, RA, ANY, RA, true},
		/* A listener shares with nobody, unless both REUSEPORT. */
		{A, RA | L, A, RA, false},
		{ANY, RA | L, A, RA, false},
		{A, RA | L, B, RA, true},
		{A, RA | L, ANY, RA, false},
		/* ... but may come where TIME-WAIT is. */
		{A, RA, A, RA | L, true},
		{A, 0, A, RA | L, false},
		{A, RP, A, RP, true},
		{A, RP, A, 0, false},
		{A, 0, A, RP, false},
		{A, RP | L, A, RP, true},
		{A, RP | L, A, RP | L, true},
		/* One has one, the other the other. */
		{A, RA, A, RP, false},
		{A, RP, A, RA, false},
		{A, RA | RP, A, RA, true},
		{A, RA | RP, A, RP, true},
		{A, RA | RP | L, A, RA, false},
		{A, RA | RP | L, A, RP, true},
		{A, RA | RP | L, A, RA | RP, true},
		{A, RA | L, A, RA | RP, false},
		{A, RA, A, RA | RP, true},
		{A, RP | L, A, RA | RP, true},
		/* That connect() chose the port makes no difference. */
		{A, C, A, 0, false},
		{A, C | RA, A, RA, true},
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		int want = rows[i].ok ? 0 : -EADDRINUSE;

		hold(f, rows[i].addr, 80, rows[i].flags);
		assert_int_equal(ports_check(&f->p, rows[i].new_addr, 80,
					     rows[i].new_flags),
				 want);
		assert_int_equal(ports_check(&f->p, rows[i].new_addr, 81,
					     rows[i].new_flags),
				 0);
		ports_release(&f->p, rows[i].addr, 80, rows[i].flags);
		assert_int_equal(ports_check(&f->p, rows[i].new_addr, 80, 0),
				 0);
	}
}

/* Each with another reason to share: neither counts for the other's. */
static void reasons_do_not_mix(void **state)
{
	struct fixture *f = *state;

	hold(f, A, 80, RA);
	hold(f, A, 80, RP);
	assert_int_equal(ports_check(&f->p, A, 80, RA | RP), 0);
	assert_int_equal(ports_check(&f->p, A, 80, RA), -EADDRINUSE);
	assert_int_equal(ports_check(&f->p, A, 80, RP), -EADDRINUSE);
	hold(f, A, 80, 0);
	assert_int_equal(ports_check(&f->p, A, 80, RA | RP), -EADDRINUSE);
}

/* listen() asks again, and is not in its own way. */
static void listening(void **state)
{
	struct fixture *f = *state;

	hold(f, A, 80, RA);
	assert_int_equal(ports_check_listen(&f->p, A, 80, RA), 0);
	hold(f, A, 80, RA);
	assert_int_equal(ports_check_listen(&f->p, A, 80, RA), 0);
	ports_change(&f->p, A, 80, RA, RA | L);
	assert_int_equal(ports_check_listen(&f->p, A, 80, RA), -EADDRINUSE);
	ports_release(&f->p, A, 80, RA | L);
	assert_int_equal(ports_check_listen(&f->p, A, 80, RA), 0);

	/* The same while the port is split by address. */
	hold(f, B, 80, 0);
	hold(f, ANY, 80, RA);
	assert_int_equal(ports_check_listen(&f->p, A, 80, RA), 0);
	assert_int_equal(ports_check_listen(&f->p, ANY, 80, RA), -EADDRINUSE);
	ports_release(&f->p, B, 80, 0);
	assert_int_equal(ports_check_listen(&f->p, ANY, 80, RA), 0);
	ports_change(&f->p, ANY, 80, RA, RA | L);
	assert_int_equal(ports_check_listen(&f->p, A, 80, RA), -EADDRINUSE);
}

/* A port is one entry of 28 bytes in a page until addresses differ. */
static void memory_per_port(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	assert_int_equal(sizeof(struct port_use), 28);
	for (i = 0; i < 1000; i++)
		hold(f, A, 80, RA);
	assert_int_equal(pool_count(&f->p.pool), 0);
	hold(f, B, 80, RA);
	assert_int_equal(pool_count(&f->p.pool), 2);
	hold(f, B, 81, RA);
	assert_int_equal(pool_count(&f->p.pool), 2);
	assert_int_equal(f->p.pages[80 / PORTS_A_PAGE]->n_used, 2);
	ports_release(&f->p, B, 80, RA);
	ports_release(&f->p, B, 81, RA);
	for (i = 0; i < 1000; i++)
		ports_release(&f->p, A, 80, RA);
	assert_int_equal(pool_count(&f->p.pool), 2);
	assert_int_equal(f->p.n_idle, 2);
	for (i = 0; i < 65536 / 64; i++)
		assert_int_equal(f->p.used[i], 0);
}

/* Some entries of addresses are kept when their last holder goes, and serve the
 * next one; no more than that. */
static void addresses_are_kept(void **state)
{
	struct fixture *f = *state;
	uint32_t i, n;

	hold(f, ANY, 80, 0);
	for (i = 0; i < 3; i++) {
		hold(f, A, 80, 0);
		assert_int_equal(pool_count(&f->p.pool), 2);
		assert_int_equal(f->p.n_idle, 0);
		ports_release(&f->p, A, 80, 0);
		assert_int_equal(ports_overlap(&f->p, A, 80).n, 1);
		assert_int_equal(f->p.n_idle, 1);
	}
	for (i = 0; i < 1000; i++)
		hold(f, A + i, 80, 0);
	n = (uint32_t)pool_count(&f->p.pool);
	assert_int_equal(n, 1001);
	for (i = 0; i < 1000; i++) {
		ports_release(&f->p, A + i, 80, 0);
		assert_int_equal(ports_overlap(&f->p, A + i, 80).n, 1);
	}
	assert_int_equal(pool_count(&f->p.pool), 1 + f->p.n_idle);
	assert_true(f->p.n_idle >= 16 && f->p.n_idle <= 256);
	hold(f, A + 999, 80, 0); /* of the last that went */
	assert_int_equal(pool_count(&f->p.pool), 2 + f->p.n_idle);
	hold(f, A, 80, 0); /* of the first */
	assert_int_equal(ports_overlap(&f->p, A, 80).n, 2);
}

/* Pages come and go with the ports in them, and one is kept that is clean. */
static void pages(void **state)
{
	struct fixture *f = *state;
	const size_t before = mem_used_for(&f->m.mem, TERN_MEM_CONN);
	uint32_t i;

	for (i = 0; i < PORT_PAGES; i++) {
		hold(f, A, (uint16_t)(i * PORTS_A_PAGE), 0);
		hold(f, B, (uint16_t)(i * PORTS_A_PAGE + 63), RA | C);
		ports_release(&f->p, A, (uint16_t)(i * PORTS_A_PAGE), 0);
	}
	for (i = 0; i < PORT_PAGES; i++) {
		assert_int_equal(f->p.pages[i]->n_used, 1);
		ports_release(&f->p, B, (uint16_t)(i * PORTS_A_PAGE + 63),
			      RA | C);
		assert_null(f->p.pages[i]);
	}
	assert_int_equal(mem_used_for(&f->m.mem, TERN_MEM_CONN) - before,
			 sizeof(struct port_page));
	hold(f, B, 7, RA);
	assert_null(f->p.spare);
	for (i = 0; i < PORTS_A_PAGE; i++) {
		const struct port_counts c =
			ports_overlap(&f->p, ANY, (uint16_t)i);

		assert_int_equal(c.n, i == 7);
		assert_int_equal(c.n_chosen, i == 7);
		assert_int_equal(c.n_strict, 0);
	}
}

static void range_is_checked(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->p.lo, 32768);
	assert_int_equal(f->p.hi, 60999);
	assert_int_equal(ports_set_range(&f->p, 0, 10), -EINVAL);
	assert_int_equal(ports_set_range(&f->p, 11, 10), -EINVAL);
	assert_int_equal(f->p.lo, 32768);
	assert_int_equal(ports_set_range(&f->p, 1, 65535), 0);
	assert_int_equal(ports_set_range(&f->p, 10, 10), 0);
}

/* Nothing is changed where there is no memory. */
static void memory_runs_out(void **state)
{
	struct fixture *f = *state;
	uint32_t addrs[] = {A, B, ANY, A};
	struct ports p;
	uint32_t i;
	size_t nth;

	memory_fail_from(&f->m, 1);
	assert_int_equal(ports_init(&p, &f->m.mem, &f->rng), -ENOBUFS);
	ports_fini(&p);

	for (nth = 1; nth < 8; nth++) {
		uint32_t held = 0;

		memory_fail_from(&f->m, nth);
		for (i = 0; i < ARRAY_LEN(addrs); i++) {
			int err = ports_hold(&f->p, addrs[i], 80, 0);

			assert_true(!err || err == -ENOBUFS);
			held += !err;
			assert_int_equal(ports_overlap(&f->p, ANY, 80).n, held);
			if (!err)
				continue;
			addrs[i] = UINT32_MAX; /* marks it as not held */
		}
		memory_fail_none(&f->m);
		for (i = 0; i < ARRAY_LEN(addrs); i++)
			if (addrs[i] != UINT32_MAX)
				ports_release(&f->p, addrs[i], 80, 0);
		assert_int_equal(pool_count(&f->p.pool), f->p.n_idle);
		addrs[0] = addrs[3] = A;
		addrs[1] = B;
		addrs[2] = ANY;
		pool_drain(&f->p.pool); /* so that it must ask again */
		list_init(&f->p.idle);
		f->p.n_idle = 0;
		map_fini(&f->p.addrs);
		map_init(&f->p.addrs, &f->m.mem, TERN_MEM_CONN);
		mem_free(&f->m.mem, TERN_MEM_CONN, f->p.spare,
			 sizeof(*f->p.spare));
		f->p.spare = NULL;
	}
}

/* A plain list of holders, asked one by one. */
struct holder {
	uint32_t addr;
	uint16_t port;
	unsigned int flags;
	bool here;
};

#define N_HOLDERS 60

static bool overlaps(uint32_t a, uint32_t b)
{
	return a == b || a == ANY || b == ANY;
}

static bool shares(unsigned int there, unsigned int comes)
{
	return (there & comes & RA && !(there & L)) || (there & comes & RP);
}

/* 0 or -EADDRINUSE by the list; holder `self` does not count. */
static int ask_list(const struct holder *h, uint32_t addr, uint16_t port,
		    unsigned int flags, int self)
{
	int i;

	for (i = 0; i < N_HOLDERS; i++)
		if (h[i].here && i != self && h[i].port == port &&
		    overlaps(h[i].addr, addr) && !shares(h[i].flags, flags))
			return -EADDRINUSE;
	return 0;
}

static void agrees_with_list(void **state)
{
	static const uint32_t addrs[] = {ANY, A, B, B + 1};
	static struct holder h[N_HOLDERS];
	struct fixture *f = *state;
	struct dice d = {7};
	int i, k;

	memset(h, 0, sizeof(h));
	for (i = 0; i < 200000; i++) {
		struct holder *x;
		uint32_t addr = addrs[dice_below(&d, 4)];
		uint16_t port = (uint16_t)(1 + dice_below(&d, 12));
		unsigned int flags = dice_below(&d, 16);

		assert_int_equal(ports_check(&f->p, addr, port, flags),
				 ask_list(h, addr, port, flags, -1));
		k = (int)dice_below(&d, N_HOLDERS);
		x = &h[k];
		if (!x->here) {
			*x = (struct holder){addr, port, flags, true};
			hold(f, addr, port, flags);
		} else if (dice_below(&d, 2)) {
			ports_change(&f->p, x->addr, x->port, x->flags, flags);
			x->flags = flags;
		} else {
			ports_release(&f->p, x->addr, x->port, x->flags);
			x->here = false;
		}
		if (x->here)
			assert_int_equal(
				ports_check_listen(&f->p, x->addr, x->port,
						   x->flags),
				ask_list(h, x->addr, x->port, x->flags, k));
	}
	for (k = 0; k < N_HOLDERS; k++)
		if (h[k].here)
			ports_release(&f->p, h[k].addr, h[k].port, h[k].flags);
	assert_int_equal(pool_count(&f->p.pool), f->p.n_idle);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(rules),
		T(reasons_do_not_mix),
		T(listening),
		T(memory_per_port),
		T(pages),
		T(range_is_checked),
		T(memory_runs_out),
		T(agrees_with_list),
		T(addresses_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
