/* SPDX-License-Identifier: ISC */
/*
 * names_test.c - every number of an enumeration has a name of its own
 */
#include <tern/stats.h>
#include <tern/trace.h>
#include <tern/types.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *counter(int i)
{
	return tern_counter_name((enum tern_counter)i);
}

static const char *drop(int i)
{
	return tern_drop_name((enum tern_drop)i);
}

static const char *text(int i)
{
	return tern_drop_text((enum tern_drop)i);
}

static const char *purpose(int i)
{
	return tern_mem_purpose_name((enum tern_mem_purpose)i);
}

static const char *tcp_state(int i)
{
	return tern_tcp_state_name((enum tern_tcp_state)i);
}

static const char *timer(int i)
{
	return tern_tcp_timer_name((enum tern_tcp_timer)i);
}

/* Names 0 to n - 1 exist and differ; n, and what is below 0, is "?". */
static void check_names(const char *(*name)(int), int n)
{
	for (int i = 0; i < n; i++) {
		assert_non_null(name(i));
		assert_true(strlen(name(i)) > 1);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(name(i), name(j));
	}
	assert_string_equal(name(n), "?");
	assert_string_equal(name(-1), "?");
}

static void all_are_named(void **state)
{
	(void)state;
	check_names(counter, TERN_COUNTER_N);
	check_names(drop, TERN_DROP_N);
	check_names(text, TERN_DROP_N);
	check_names(purpose, TERN_MEM_N);
	check_names(tcp_state, TERN_TCP_TIME_WAIT + 1);
	check_names(timer, TERN_TIMER_REORDER + 1);
}

static void names_are_the_known_ones(void **state)
{
	(void)state;
	assert_string_equal(tern_counter_name(TERN_IpInReceives),
			    "IpInReceives");
	assert_string_equal(tern_counter_name(TERN_TcpExtListenOverflows),
			    "TcpExtListenOverflows");
	assert_string_equal(tern_drop_name(TERN_DROP_TCP_SEQ), "TCP_SEQ");
	assert_string_equal(tern_drop_text(TERN_DROP_IP_FRAGMENT),
			    "IP fragment");
	assert_string_equal(tern_mem_purpose_name(TERN_MEM_CONN),
			    "connections");
	assert_string_equal(tern_tcp_state_name(TERN_TCP_FIN_WAIT_1),
			    "FIN-WAIT-1");
	assert_string_equal(tern_tcp_timer_name(TERN_TIMER_KEEPALIVE),
			    "keepalive");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_named),
		cmocka_unit_test(names_are_the_known_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
