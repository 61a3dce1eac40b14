/* SPDX-License-Identifier: ISC */
/*
 * pages_test.c - the allocator for slabs: nothing overlaps, what is free comes
 * back, and beyond what is kept its pages go to the system
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <tern/pages.h>

#define SLAB 65536u
#define N    2500 /* more than two regions have */
#define KEPT 64

struct fixture {
	struct tern_pages *pages;
	struct tern_allocator a;
	unsigned char *slab[N];
};

static void setup(struct fixture *f)
{
	size_t i;

	assert_int_equal(tern_pages_create(&f->pages), 0);
	f->a = tern_pages_allocator(f->pages);
	assert_int_equal(tern_pages_resident(f->pages), 0);
	for (i = 0; i < N; i++) {
		f->slab[i] = f->a.alloc(f->a.ctx, SLAB);
		assert_non_null(f->slab[i]);
		assert_int_equal((uintptr_t)f->slab[i] % 64, 0);
		/* At both ends, where a neighbour would show. */
		memset(f->slab[i], (int)(i % 251), 64);
		memset(f->slab[i] + SLAB - 64, (int)(i % 251), 64);
	}
	assert_true(tern_pages_resident(f->pages) >= (uint64_t)N * SLAB);
}

static void check(const struct fixture *f, size_t from, size_t step)
{
	size_t i, k;

	for (i = from; i < N; i += step)
		for (k = 0; k < 64; k++) {
			assert_int_equal(f->slab[i][k], i % 251);
			assert_int_equal(f->slab[i][SLAB - 64 + k], i % 251);
		}
}

static void test_slabs_are_apart(void **state)
{
	static struct fixture f;

	(void)state;
	setup(&f);
	check(&f, 0, 1);
	tern_pages_destroy(f.pages);
}

static int is_resident(const void *p)
{
	unsigned char in = 0;
	const uintptr_t page = ((uintptr_t)p + SLAB / 2) & ~UINT64_C(4095);

	assert_int_equal(mincore((void *)page, 1, &in), 0);
	return in & 1;
}

static void test_every_other_one_comes_back(void **state)
{
	static struct fixture f;
	uint64_t before;
	size_t i, n = 0;

	(void)state;
	setup(&f);
	for (i = 0; i < N; i++)
		f.slab[i][SLAB / 2] = 1;
	before = tern_pages_resident(f.pages);
	for (i = 0; i < N; i += 2)
		f.a.free(f.a.ctx, f.slab[i], SLAB);
	/* Those in use between them do not keep the others. */
	assert_true(tern_pages_resident(f.pages) <=
		    before - (uint64_t)(N / 2 - KEPT) * SLAB);
	for (i = 0; i < N; i += 2)
		n += (size_t)is_resident(f.slab[i]);
	assert_int_equal(n, KEPT);
	check(&f, 1, 2);
	before = tern_pages_resident(f.pages);
	for (i = 0; i < N; i += 2) {
		f.slab[i] = f.a.alloc(f.a.ctx, SLAB);
		memset(f.slab[i], (int)(i % 251), SLAB);
	}
	assert_true(tern_pages_resident(f.pages) > before);
	check(&f, 0, 1);
	tern_pages_destroy(f.pages);
}

/* Of src/base/map.c, a line longer than a slab. */
static void test_segments_of_tables_are_served(void **state)
{
	struct tern_pages *pages;
	struct tern_allocator a;
	uint8_t *p;

	(void)state;
	assert_int_equal(tern_pages_create(&pages), 0);
	a = tern_pages_allocator(pages);
	p = a.alloc(a.ctx, SLAB + 64);
	assert_non_null(p);
	memset(p, 1, SLAB + 64);
	assert_true(tern_pages_resident(pages) >= SLAB + 64);
	a.free(a.ctx, p, SLAB + 64);
	tern_pages_destroy(pages);
}

static void test_other_sizes_are_malloc_s(void **state)
{
	static const size_t sizes[] = {1, 60000, SLAB + 65, 1 << 20};
	struct tern_pages *pages;
	struct tern_allocator a;
	size_t i;
	void *p;

	(void)state;
	assert_int_equal(tern_pages_create(&pages), 0);
	a = tern_pages_allocator(pages);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		p = a.alloc(a.ctx, sizes[i]);
		assert_non_null(p);
		memset(p, 1, sizes[i]);
		assert_int_equal(tern_pages_resident(pages), 0);
		a.free(a.ctx, p, sizes[i]);
	}
	tern_pages_destroy(pages);
	tern_pages_destroy(NULL);
}

/* What was reserved is there, is given out first, and stays. */
static void test_reserved_ones_are_ready(void **state)
{
	const uint64_t size = UINT64_C(100) << 20;
	const size_t n = (size_t)(size / SLAB);
	struct tern_pages *pages;
	struct tern_allocator a;
	void **slab = calloc(n, sizeof(*slab));
	size_t i;

	(void)state;
	assert_non_null(slab);
	assert_int_equal(tern_pages_create(&pages), 0);
	assert_int_equal(tern_pages_reserve(pages, size), 0);
	a = tern_pages_allocator(pages);
	assert_in_range(tern_pages_resident(pages), size, size + size / 2);
	for (i = 0; i < n; i++) {
		slab[i] = a.alloc(a.ctx, SLAB);
		assert_non_null(slab[i]);
		assert_true(is_resident(slab[i]));
	}
	assert_in_range(tern_pages_resident(pages), size, size + size / 2);
	for (i = 0; i < n; i++)
		a.free(a.ctx, slab[i], SLAB);
	for (i = 0; i < n; i++)
		assert_true(is_resident(slab[i]));
	assert_ptr_equal(a.alloc(a.ctx, SLAB), slab[n - 1]);
	free(slab);
	tern_pages_destroy(pages);
}

/* So much address space more than now, and no more. */
static struct rlimit allow(uint64_t more)
{
	struct rlimit before, now;
	unsigned long n_pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu", &n_pages), 1);
	fclose(f);
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	now = before;
	now.rlim_cur = n_pages * (uint64_t)sysconf(_SC_PAGESIZE) + more;
	assert_int_equal(setrlimit(RLIMIT_AS, &now), 0);
	return before;
}

/* More than there is: it says so, and goes on with what there is. */
static void test_too_much_is_refused(void **state)
{
	struct tern_pages *pages;
	struct tern_allocator a;
	struct rlimit before;
	void *slab;

	(void)state;
	assert_int_equal(tern_pages_create(&pages), 0);
	assert_int_equal(tern_pages_reserve(pages, UINT64_MAX), -ENOMEM);
	assert_int_equal(tern_pages_resident(pages), 0);
	before = allow(UINT64_C(300) << 20);
	assert_int_equal(tern_pages_reserve(pages, UINT64_C(1) << 30), -ENOMEM);
	a = tern_pages_allocator(pages);
	slab = a.alloc(a.ctx, SLAB);
	assert_non_null(slab);
	memset(slab, 1, SLAB);
	a.free(a.ctx, slab, SLAB);
	tern_pages_destroy(pages);
	assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slabs_are_apart),
		cmocka_unit_test(test_every_other_one_comes_back),
		cmocka_unit_test(test_segments_of_tables_are_served),
		cmocka_unit_test(test_other_sizes_are_malloc_s),
		cmocka_unit_test(test_reserved_ones_are_ready),
		cmocka_unit_test(test_too_much_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
