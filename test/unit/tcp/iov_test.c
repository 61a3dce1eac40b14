/* SPDX-License-Identifier: ISC */
/*
 * iov_test.c - a place in an array of iovecs
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/iov.h"

static char a[] = "abc", b[] = "d", c[] = "efghij";

/* Empty ones stand at the start, in between and at the end. */
static const struct iovec iov[] = {
	{NULL, 0}, {a, 3}, {b, 1}, {NULL, 0}, {NULL, 0}, {c, 6}, {NULL, 0},
};

static void gathers_from_any_place(void **state)
{
	uint8_t out[10];
	size_t skip, len;

	(void)state;
	for (skip = 0; skip <= 10; skip++)
		for (len = 0; skip + len <= 10; len++) {
			struct iov_place p = {iov, skip};

			iov_gather(&p, out, len);
			assert_memory_equal(out, &"abcdefghij"[skip], len);
		}
}

static void gathers_in_steps(void **state)
{
	struct iov_place p = {iov, 1};
	uint8_t out[9];
	int i;

	(void)state;
	for (i = 0; i < 9; i++)
		iov_gather(&p, &out[i], 1);
	assert_memory_equal(out, "bcdefghij", 9);
}

static void scatters(void **state)
{
	char x[4] = "....", y[3] = "...";
	const struct iovec to[] = {{x, 4}, {NULL, 0}, {y, 3}};
	struct iov_place p = {to, 2};

	(void)state;
	iov_scatter(&p, (const uint8_t *)"123", 3);
	assert_memory_equal(x, "..12", 4);
	assert_memory_equal(y, "3..", 3);
	iov_scatter(&p, (const uint8_t *)"45", 2);
	assert_memory_equal(y, "345", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gathers_from_any_place),
		cmocka_unit_test(gathers_in_steps),
		cmocka_unit_test(scatters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
