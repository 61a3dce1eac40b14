/* SPDX-License-Identifier: ISC */
/*
 * rate_test.c - delivery rate samples, draft-ietf-ccwg-bbr 4.1
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/rate.h"

#define MS UINT64_C(1000000)

/*
 * Ten segments leave back to back; ACKs come 1 ms apart after 20 ms, and each
 * lets one more go.  A sample spans the segments delivered while its own was
 * in flight; it shows the path's rate once sending, too, was spread by it.
 */
static void ack_rate(void **state)
{
	struct rate r = {0};
	struct rate_stamp p[40];
	uint64_t now = 1000 * MS;
	uint64_t ms[] = {20, 21, 22, 29, 20, 21, 29, 10, 10, 10};
	const int at[] = {0, 1, 2, 9, 10, 11, 19, 20, 21, 29};
	size_t row = 0;
	uint32_t i;

	(void)state;
	for (i = 0; i < 10; i++)
		rate_on_sent(&r, &p[i], now, 1000 * i, 1000);
	assert_int_equal(p[9].tx_in_flight, 10000);
	now += 20 * MS;
	for (i = 0; i < 30; i++, now += MS) {
		struct rate_sample rs = {0};

		rate_on_delivered(&r, &rs, &p[i], now, 1000, 1000 * (i + 1));
		rate_finish(&r, &rs, 10 * MS);
		assert_int_equal(rs.delivered, i < 10 ? 1000 * (i + 1) : 10000);
		if ((int)i == at[row])
			assert_int_equal(rs.interval_ns, ms[row++] * MS);
		if (i >= 20)
			assert_int_equal(rate_of(&rs), 1000000);
		rate_on_sent(&r, &p[10 + i], now, 9000, 1000);
	}
	assert_int_equal(row, 10);
}

/* ACKs that a queue has pressed together do not show more than was sent. */
static void send_rate_bounds(void **state)
{
	struct rate r = {0};
	struct rate_sample rs = {0};
	struct rate_stamp p[3];
	int i;

	(void)state;
	for (i = 0; i < 3; i++) /* 10 ms apart */
		rate_on_sent(&r, &p[i], (uint64_t)(100 + 10 * i) * MS,
			     1000 * (uint32_t)i, 1000);
	rate_on_delivered(&r, &rs, &p[0], 130 * MS, 1000, 1000);
	rate_finish(&r, &rs, 0);
	assert_int_equal(rs.interval_ns, 30 * MS);
	rs = (struct rate_sample){0};
	p[1].delivered_at = p[2].delivered_at = 130 * MS;
	p[1].delivered = p[2].delivered = 1000;
	rate_on_delivered(&r, &rs, &p[1], 130 * MS, 1000, 2000);
	rate_on_delivered(&r, &rs, &p[2], 130 * MS, 1000, 3000);
	rate_finish(&r, &rs, 0);
	assert_int_equal(rs.ack_elapsed_ns, 0);
	assert_int_equal(rs.send_elapsed_ns, 20 * MS);
	assert_int_equal(rs.interval_ns, 20 * MS);
	assert_int_equal(rs.delivered, 2000);
}

/* The newest is the one sent last, and of those sent at once the one farther
 * on, across the wrap of sequence numbers. */
static void newest_counts(void **state)
{
	struct rate r = {0};
	struct rate_sample rs = {0};
	struct rate_stamp p[3];

	(void)state;
	rate_on_sent(&r, &p[0], 1 * MS, 0, 100);
	rate_on_sent(&r, &p[1], 2 * MS, 100, 100);
	rate_on_sent(&r, &p[2], 2 * MS, 200, 100);
	rate_on_delivered(&r, &rs, &p[2], 9 * MS, 100, 50);
	rate_on_delivered(&r, &rs, &p[0], 9 * MS, 100, UINT32_MAX - 100);
	rate_on_delivered(&r, &rs, &p[1], 9 * MS, 100, UINT32_MAX - 49);
	assert_int_equal(rs.tx_in_flight, 300);
	assert_int_equal(rs.last_end, 50);
	assert_int_equal(r.delivered, 300);
	assert_int_equal(r.first_sent_at, 2 * MS);
}

static void no_sample(void **state)
{
	struct rate r = {0};
	struct rate_sample rs = {0};
	struct rate_stamp p;

	(void)state;
	rate_finish(&r, &rs, 0);
	assert_int_equal(rs.interval_ns, 0);
	assert_int_equal(rate_of(&rs), 0);
	rate_on_sent(&r, &p, 5 * MS, 0, 1000);
	rate_on_delivered(&r, &rs, &p, 14 * MS, 1000, 1000);
	rate_finish(&r, &rs, 9 * MS + 1); /* sooner than can be */
	assert_int_equal(rs.interval_ns, 0);
	rate_finish(&r, &rs, 9 * MS);
	assert_int_equal(rs.interval_ns, 9 * MS);
}

/* A gap marks what is sent after it, until it is out of the pipe. */
static void app_limited(void **state)
{
	struct rate r = {0};
	struct rate_sample rs = {0};
	struct rate_stamp p[3];

	(void)state;
	rate_on_sent(&r, &p[0], 1 * MS, 0, 1000);
	assert_false(p[0].app_limited);
	rate_app_limited(&r, 1000);
	rate_on_sent(&r, &p[1], 2 * MS, 1000, 1000);
	assert_true(p[1].app_limited);
	rate_on_delivered(&r, &rs, &p[0], 9 * MS, 1000, 1000);
	rate_finish(&r, &rs, 0);
	assert_false(rs.is_app_limited);
	assert_int_equal(r.app_limited, 1000); /* reached, not passed */
	rs = (struct rate_sample){0};
	rate_on_delivered(&r, &rs, &p[1], 9 * MS, 1000, 2000);
	rate_finish(&r, &rs, 0);
	assert_true(rs.is_app_limited);
	assert_int_equal(r.app_limited, 0);
	rate_on_sent(&r, &p[2], 9 * MS, 0, 1000);
	assert_false(p[2].app_limited);
	r = (struct rate){0};
	rate_app_limited(&r, 0); /* 0 would say that it is not */
	assert_int_equal(r.app_limited, 1);
}

static void lost_since(void **state)
{
	struct rate r = {.lost = UINT32_MAX - 5};
	struct rate_sample rs = {0};
	struct rate_stamp p[2];

	(void)state;
	rate_on_sent(&r, &p[0], 1, 0, 1000);
	assert_int_equal(rate_on_lost(&r, &p[0], 1000), 1000);
	rate_on_sent(&r, &p[1], 2, 0, 1000);
	assert_int_equal(rate_on_lost(&r, &p[0], 500), 1500);
	rate_on_delivered(&r, &rs, &p[1], 3, 1000, 1000);
	assert_int_equal(rs.lost, 500);
}

static void huge(void **state)
{
	const struct rate_sample rs = {
		.delivered = UINT64_C(1) << 50,
		.interval_ns = UINT64_C(1) << 30,
	};

	(void)state;
	assert_int_equal(rate_of(&rs), (UINT64_C(1) << 20) * 1000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ack_rate),
		cmocka_unit_test(send_rate_bounds),
		cmocka_unit_test(newest_counts),
		cmocka_unit_test(no_sample),
		cmocka_unit_test(app_limited),
		cmocka_unit_test(lost_since),
		cmocka_unit_test(huge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
