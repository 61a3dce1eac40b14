/* SPDX-License-Identifier: ISC */
/*
 * rfc2883_test.c - D-SACK: what is told of text that came twice, and what not
 *
 * The examples of RFC 2883 are packet scripts, script/dsack.
 */
#include <netinet/tcp.h>

#include "unit/rfc/drive.h"

static struct drive *connected(bool sack)
{
	struct drive *d = drive_new();

	drive_accept(d, SEG(SYN, 0, 0, .mss = 1000, .sack_ok = sack));
	drive_drain(d);
	return d;
}

static void expect_blocks(struct drive *d, int n, uint32_t left, uint32_t right)
{
	assert_true(drive_take(d));
	assert_int_equal(d->last.n_sack, n);
	if (n == 0)
		return;
	assert_int_equal(d->last.sack[0].left, left);
	assert_int_equal(d->last.sack[0].right, right);
}

/* 4 (2): in one ACK only. */
static void told_once(void **state)
{
	struct drive *d = connected(true);

	(void)state;
	inject(d, SEG(ACK, 1, 1, .len = 100));
	drive_drain(d);
	inject(d, SEG(ACK, 1, 1, .len = 100));
	expect_blocks(d, 1, 1, 101);
	inject(d, SEG(ACK, 301, 1, .len = 100));
	expect_blocks(d, 1, 301, 401);
	drive_free(d);
}

/* What lies before the stream was never sent, an octet of garbage either. */
static void not_before_the_stream(void **state)
{
	struct drive *d = connected(true);

	(void)state;
	inject(d, SEG(ACK, 0, 1, .len = 1));
	expect_blocks(d, 0, 0, 0);
	inject(d, SEG(ACK, 1, 1, .len = 10));
	drive_drain(d);
	inject(d, SEG(ACK, 0xfffffff0, 1, .len = 20));
	expect_blocks(d, 0, 0, 0);
	drive_free(d);
}

static void not_without_leave(void **state)
{
	struct drive *d = connected(false);

	(void)state;
	inject(d, SEG(ACK, 1, 1, .len = 100));
	drive_drain(d);
	inject(d, SEG(ACK, 1, 1, .len = 100));
	expect_blocks(d, 0, 0, 0);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_once),
		cmocka_unit_test(not_before_the_stream),
		cmocka_unit_test(not_without_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
