/* SPDX-License-Identifier: ISC */
/* sysctl_test.c - tunables as text: defaults, ranges, values that belong
 * together */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/libc.h>
#include <tern/socket.h>

#include "stack/tern.h"
#include "stack/tunable.h"

static struct tern *n;

static int setup(void **state)
{
	struct tern_config c;

	(void)state;
	tern_config_init(&c);
	c.alloc = tern_libc_allocator();
	return tern_create(&n, &c, 1);
}

static int teardown(void **state)
{
	(void)state;
	tern_destroy(n);
	return 0;
}

static const char *get(const char *name)
{
	static char value[64];
	int len = tern_sysctl_get(n, name, value, sizeof(value));

	assert_true(len > 0);
	assert_int_equal(len, strlen(value));
	return value;
}

/* The numbers of a value. */
static int split(const char *value, long v[4])
{
	int k = 0;
	char *end;

	for (; *value && k < 4; value = end)
		v[k++] = strtol(value, &end, 10);
	return k;
}

static void test_table_tells_the_defaults(void **state)
{
	const struct tern_sysctl *s;
	int i;

	(void)state;
	for (i = 0; (s = tern_sysctl_at(i)); i++) {
		long v[4];
		int k = split(get(s->name), v);

		assert_true(s->min <= s->initial && s->initial <= s->max);
		assert_true(strlen(s->what) > 0 && strlen(s->unit) > 0);
		if (tunable_at((size_t)i)->kind == TUNABLE_CC)
			continue;
		assert_true(k == 1 || k == 2 || k == 3);
		assert_int_equal(v[k == 3 ? 1 : 0], s->initial);
	}
	assert_true(i > 50);
	assert_null(tern_sysctl_at(-1));
	assert_null(tern_sysctl_at(100000));
}

/* Each takes its least and its most, and nothing beyond. */
static void test_ranges(void **state)
{
	const struct tern_sysctl *s;
	char value[64], before[64];

	(void)state;
	for (int i = 0; (s = tern_sysctl_at(i)); i++) {
		enum tunable_kind kind = tunable_at((size_t)i)->kind;

		if (kind == TUNABLE_CC || kind == TUNABLE_TCP_3 ||
		    kind == TUNABLE_PORTS)
			continue;
		/* Limits of each other are tried below. */
		if (strstr(s->name, "rto_") || strstr(s->name, "delack_"))
			continue;
		snprintf(value, sizeof(value), "%" PRId64, s->max);
		assert_int_equal(tern_sysctl_set(n, s->name, value), 0);
		assert_string_equal(get(s->name), value);
		snprintf(value, sizeof(value), "%" PRId64, s->min);
		assert_int_equal(tern_sysctl_set(n, s->name, value), 0);
		assert_string_equal(get(s->name), value);
		strcpy(before, value);
		snprintf(value, sizeof(value), "%" PRId64, s->max + 1);
		assert_int_equal(tern_sysctl_set(n, s->name, value), -EINVAL);
		snprintf(value, sizeof(value), "%" PRId64, s->min - 1);
		assert_int_equal(tern_sysctl_set(n, s->name, value), -EINVAL);
		assert_string_equal(get(s->name), before);
	}
}

static void test_text(void **state)
{
	static const char *const name = "net.ipv4.tcp_fin_timeout";
	static const char *const bad[] = {"",
					  " ",
					  "x",
					  "1x",
					  "0x",
					  "0x1g",
					  "-1",
					  "+1",
					  "1 2",
					  "1.5",
					  "18446744073709551617",
					  "99999999999999999999"};
	char small[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(tern_sysctl_set(n, name, bad[i]), -EINVAL);
	assert_string_equal(get(name), "60");
	assert_int_equal(tern_sysctl_set(n, name, " \t30\n"), 0);
	assert_string_equal(get(name), "30");
	assert_int_equal(tern_sysctl_set(n, name, "0x1E"), 0);
	assert_int_equal(tern_sysctl_set(n, name, "0x1f"), 0);
	assert_string_equal(get(name), "31");
	assert_int_equal(tern_sysctl_set(n, name, "007"), 0);
	assert_string_equal(get(name), "7");
	assert_int_equal(tern_sysctl_set(n, "net.ipv4.none", "1"), -ENOENT);
	assert_int_equal(tern_sysctl_get(n, "net.ipv4.none", small, 4),
			 -ENOENT);
	assert_int_equal(tern_sysctl_set(n, name, "1234"), 0);
	assert_int_equal(tern_sysctl_get(n, name, small, 4), -EINVAL);
	assert_int_equal(tern_sysctl_set(n, name, "123"), 0);
	assert_int_equal(tern_sysctl_get(n, name, small, 4), 3);
	assert_int_equal(tern_sysctl_get(n, name, small, 0), -EINVAL);
}

static void test_three_numbers(void **state)
{
	static const char *const name = "net.ipv4.tcp_rmem";

	(void)state;
	assert_string_equal(get(name), "4096 131072 33554432");
	assert_int_equal(tern_sysctl_set(n, name, "5000\t6000  7000\n"), 0);
	assert_string_equal(get(name), "5000 6000 7000");
	assert_int_equal(tern_sysctl_set(n, name, "5000 6000"), -EINVAL);
	assert_int_equal(tern_sysctl_set(n, name, "5000 6000 7000 8000"),
			 -EINVAL);
	assert_int_equal(tern_sysctl_set(n, name, "7000 6000 8000"), -EINVAL);
	assert_int_equal(tern_sysctl_set(n, name, "5000 9000 8000"), -EINVAL);
	assert_int_equal(tern_sysctl_set(n, name, "5000 6000 -1"), -EINVAL);
	assert_string_equal(get(name), "5000 6000 7000");

	/* A new socket has it. */
	assert_int_equal(tern_sysctl_set(n, name, "4096 12345 99999"), 0);
	{
		int value = 0, fd = tern_socket(n, AF_INET, SOCK_STREAM, 0);
		socklen_t len = sizeof(value);

		assert_int_equal(tern_getsockopt(n, fd, SOL_SOCKET, SO_RCVBUF,
						 &value, &len),
				 0);
		assert_int_equal(value, 12345);
	}
}

static void test_limits_of_each_other(void **state)
{
	(void)state;
	assert_int_equal(tern_sysctl_set(n, "net.ipv4.tcp_rto_max_ms", "1000"),
			 0);
	assert_int_equal(tern_sysctl_set(n, "tern.tcp_rto_min_ms", "1001"),
			 -EINVAL);
	assert_int_equal(tern_sysctl_set(n, "tern.tcp_rto_initial_ms", "1001"),
			 -EINVAL);
	assert_int_equal(tern_sysctl_set(n, "tern.tcp_rto_min_ms", "1000"), 0);
	assert_int_equal(n->tcp.rtt_limits.min_us, 1000000);
	assert_int_equal(n->tcp.rtt_limits.max_us, 1000000);
}

/* A mistyped name finds what was meant, first. */
static void test_near(void **state)
{
	static const struct {
		const char *typed, *meant;
	} rows[] = {
		{"tcp_sakc", "net.ipv4.tcp_sack"},
		{"net.ipv4.tcp_rmen", "net.ipv4.tcp_rmem"},
		{"default_ttl", "net.ipv4.ip_default_ttl"},
		{"tern.tcp_timewait", "tern.tcp_time_wait"},
		{"qqqqqqqq", NULL},
		{"", NULL},
	};
	const struct tern_sysctl *near[3];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int k = tern_sysctl_near(rows[i].typed, near, 3);

		assert_in_range(k, 0, 3);
		if (!rows[i].meant) {
			assert_int_equal(k, 0);
			continue;
		}
		assert_true(k > 0);
		assert_string_equal(near[0]->name, rows[i].meant);
		assert_int_equal(tern_sysctl_near(rows[i].typed, near, 1), 1);
		assert_string_equal(near[0]->name, rows[i].meant);
	}
}

static void test_ports(void **state)
{
	static const char *const name = "net.ipv4.ip_local_port_range";
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);
	int fd;

	(void)state;
	assert_string_equal(get(name), "32768 60999");
	assert_int_equal(tern_sysctl_set(n, name, "5000 4000"), -EINVAL);
	assert_int_equal(tern_sysctl_set(n, name, "0 4000"), -EINVAL);
	assert_int_equal(tern_sysctl_set(n, name, "5000 65536"), -EINVAL);
	assert_int_equal(tern_sysctl_set(n, name, "5000"), -EINVAL);
	assert_string_equal(get(name), "32768 60999");
	assert_int_equal(tern_sysctl_set(n, name, "5000 5000"), 0);
	fd = tern_socket(n, AF_INET, SOCK_STREAM, 0);
	assert_int_equal(tern_bind(n, fd, (struct sockaddr *)&a, sizeof(a)), 0);
	tern_getsockname(n, fd, (struct sockaddr *)&a, &len);
	assert_int_equal(ntohs(a.sin_port), 5000);
	fd = tern_socket(n, AF_INET, SOCK_STREAM, 0);
	a.sin_port = 0;
	assert_int_equal(tern_bind(n, fd, (struct sockaddr *)&a, sizeof(a)),
			 -EADDRINUSE);
}

static void test_algorithm(void **state)
{
	static const char *const name = "net.ipv4.tcp_congestion_control";
	char own[64];

	(void)state;
	strcpy(own, get(name));
	assert_int_equal(tern_sysctl_set(n, name, own), 0);
	strcat(own, "\n");
	assert_int_equal(tern_sysctl_set(n, name, own), 0);
	assert_int_equal(tern_sysctl_set(n, name, "none"), -EINVAL);
	assert_int_equal(tern_sysctl_set(n, name, ""), -EINVAL);
	strcat(own, "x");
	assert_int_equal(tern_sysctl_set(n, name, own), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_table_tells_the_defaults,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_ranges, setup, teardown),
		cmocka_unit_test_setup_teardown(test_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_three_numbers, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_limits_of_each_other,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_near, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ports, setup, teardown),
		cmocka_unit_test_setup_teardown(test_algorithm, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
