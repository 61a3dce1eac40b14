/* SPDX-License-Identifier: ISC */
/*
 * evaluate_test.c - plain asserts: true, false, and left to python
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tools/drill/evaluate.h"

static bool name(const void *ctx, const char *text, int64_t *value)
{
	(void)ctx;
	if (strcmp(text, "a") == 0)
		*value = 7;
	else if (strcmp(text, "b") == 0)
		*value = -3;
	else if (strcmp(text, "big") == 0)
		*value = INT64_MAX;
	else
		return false;
	return true;
}

static enum drill_outcome outcome(const char *code)
{
	struct drill_outcome_at at;

	drill_code_evaluate(code, name, NULL, &at);
	return at.outcome;
}

static void check(const char *const *codes, size_t n, enum drill_outcome want)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (outcome(codes[i]) != want)
			fail_msg("'%s' is %d", codes[i], outcome(codes[i]));
}

#define CHECK(want, ...)                                      \
	do {                                                  \
		static const char *const c[] = {__VA_ARGS__}; \
		check(c, sizeof(c) / sizeof(c[0]), want);     \
	} while (0)

/* Each of these holds in Python 3. */
static void hold(void **state)
{
	(void)state;
	CHECK(DRILL_CODE_PASSED, "", "  \n ; \n", "pass", "assert True",
	      "assert a == 7", "assert a == 7, a", "assert a==7,'no; \"'",
	      "assert a != 8 and b < 0", "assert not a == 8",
	      "assert a in (1, 7)", "assert a in [7]", "assert a not in (1,)",
	      "assert 1 < 2 < 3", "assert not 1 < 3 < 2",
	      "assert 2 + 3 * 4 == 14", "assert (2 + 3) * 4 == 20",
	      "assert -7 // 2 == -4", "assert -7 % 3 == 2",
	      "assert 7 // -2 == -4", "assert 7 % -3 == -2",
	      "assert 7 / 2 == 3.5", "assert 2 ** 10 == 1024",
	      "assert -2 ** 2 == -4", "assert 1 << 4 | 1 == 17",
	      "assert 6 & 3 == 2", "assert 6 ^ 3 == 5", "assert ~0 == -1",
	      "assert 0x10 == 16", "assert .5 < 1", "assert 5 or 0",
	      "assert (0 or 5) == 5", "assert (2 and 5) == 5",
	      "assert a == 7 # why\nassert b == -3", "assert (a ==\n 7)",
	      "assert a == 7; assert b == -3", "assert a >= 7 >= 0 <= 7",
	      "assert a == \\\n 7");
}

static void hold_not(void **state)
{
	(void)state;
	CHECK(DRILL_CODE_FAILED, "assert a == 8", "assert False", "assert 0",
	      "assert not a", "assert a == 7; assert b == 3",
	      "assert a in (1, 2)", "assert a in ()", "assert 3 > 2 > 2",
	      "assert a == 7 and 0", "assert 0 or 0", "assert .0");
}

static void left_to_python(void **state)
{
	(void)state;
	CHECK(DRILL_CODE_FOREIGN, "import os", "x = 1", "assert c == 1",
	      "assert a.b", "assert a()", "assert abs(b) == 3",
	      "assert a ==", "assert (a", "assert a b", "assert 1 / 0",
	      "assert 1 // 0", "assert big + 1 > 0", "assert big * 2",
	      "assert 2 ** -1", "assert 1 << 64", "assert 'x' == 'x'",
	      "assert a if a else b", "assert 0 == 0; print(1)",
	      "assert 1_000 == 1000", "assert 0o7 == 7", "assert a not 3",
	      "assert 99999999999999999999 > 0", "for x in a: pass",
	      "assert a in 7",
	      /* Nothing is judged of code that python must run. */
	      "assert a == 8; import os");
}

static void deep(void **state)
{
	char code[600];

	(void)state;
	memset(code, '(', sizeof(code));
	memcpy(code, "assert ", 7);
	code[sizeof(code) - 1] = 0;
	assert_int_equal(outcome(code), DRILL_CODE_FOREIGN);
	memset(code + 7, '-', sizeof(code) - 8);
	assert_int_equal(outcome(code), DRILL_CODE_FOREIGN);
}

static void tells_which(void **state)
{
	static const char code[] =
		"assert a == 7\n  assert b == 4, b\nassert a";
	struct drill_outcome_at at;

	(void)state;
	drill_code_evaluate(code, name, NULL, &at);
	assert_int_equal(at.outcome, DRILL_CODE_FAILED);
	assert_int_equal(at.offset, 16);
	assert_memory_equal(code + at.offset, "assert b == 4, b", at.len);
	assert_string_equal(at.values, "b is -3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hold),		  cmocka_unit_test(hold_not),
		cmocka_unit_test(left_to_python), cmocka_unit_test(deep),
		cmocka_unit_test(tells_which),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
