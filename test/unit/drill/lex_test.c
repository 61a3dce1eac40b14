/* SPDX-License-Identifier: ISC */
/*
 * lex_test.c - the tokens of a script, and the places they are at
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tools/drill/lex.h"

struct bench {
	struct drill_lexer l;
	struct drill_error error;
};

static void begin(struct bench *b, const char *text)
{
	memset(b, 0, sizeof(*b));
	drill_lex_init(&b->l, text, strlen(text), &b->error);
}

static struct drill_token next(struct bench *b, enum drill_token_kind kind)
{
	struct drill_token t = drill_lex_take(&b->l);

	assert_int_equal(t.kind, kind);
	return t;
}

static void numbers(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "0 12 0x1F 18446744073709551615 .5 1.25 0.000000001");
	assert_int_equal(next(&b, DRILL_TOKEN_NUMBER).number, 0);
	assert_int_equal(next(&b, DRILL_TOKEN_NUMBER).ns, 12000000000);
	assert_int_equal(next(&b, DRILL_TOKEN_NUMBER).number, 31);
	assert_int_equal(next(&b, DRILL_TOKEN_NUMBER).number, UINT64_MAX);
	assert_int_equal(next(&b, DRILL_TOKEN_FRACTION).ns, 500000000);
	assert_int_equal(next(&b, DRILL_TOKEN_FRACTION).ns, 1250000000);
	assert_int_equal(next(&b, DRILL_TOKEN_FRACTION).ns, 1);
	next(&b, DRILL_TOKEN_END);
}

static void number_too_large(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, " 18446744073709551616");
	next(&b, DRILL_TOKEN_BAD);
	assert_int_equal(b.error.place.col, 2);
	begin(&b, "0x");
	next(&b, DRILL_TOKEN_BAD);
}

/* A point between digits is a fraction, three are a range. */
static void points(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "0...0.2 .1....5 ...");
	assert_int_equal(next(&b, DRILL_TOKEN_NUMBER).number, 0);
	next(&b, DRILL_TOKEN_ELLIPSIS);
	assert_int_equal(next(&b, DRILL_TOKEN_FRACTION).ns, 200000000);
	assert_int_equal(next(&b, DRILL_TOKEN_FRACTION).ns, 100000000);
	next(&b, DRILL_TOKEN_ELLIPSIS);
	assert_int_equal(next(&b, DRILL_TOKEN_FRACTION).ns, 500000000);
	next(&b, DRILL_TOKEN_ELLIPSIS);
	next(&b, DRILL_TOKEN_END);
}

static void comments(void **state)
{
	struct bench b;
	struct drill_token t;

	(void)state;
	begin(&b, "// one\n# two\n/* three\n four */ a /*/ five */ b//six");
	t = next(&b, DRILL_TOKEN_NAME);
	assert_int_equal(drill_lex_place(&b.l, t.begin).line, 4);
	assert_int_equal(drill_lex_place(&b.l, t.begin).col, 10);
	assert_memory_equal(next(&b, DRILL_TOKEN_NAME).text, "b", 1);
	next(&b, DRILL_TOKEN_END);
}

static void bodies(void **state)
{
	struct bench b;
	struct drill_token t;

	(void)state;
	begin(&b, "`ls\n-l` %{ x = {'%': 1} }% \"a\\\"b\"");
	t = next(&b, DRILL_TOKEN_SHELL);
	assert_int_equal(t.len, 5);
	t = next(&b, DRILL_TOKEN_CODE);
	assert_memory_equal(t.text, " x = {'%': 1} ", t.len);
	t = next(&b, DRILL_TOKEN_STRING);
	assert_int_equal(t.len, 4);
	next(&b, DRILL_TOKEN_END);
}

static void unended(void **state)
{
	static const char *const texts[] = {"\n `ls",  "\n %{ x }",
					    "\n \"a",  "\n \"a\nb\"",
					    "\n /* x", "\n \"\\"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct bench b;

		begin(&b, texts[i]);
		next(&b, DRILL_TOKEN_BAD);
		next(&b, DRILL_TOKEN_BAD); /* it stays */
		assert_int_equal(b.error.place.line, 2);
		assert_int_equal(b.error.place.col, 2);
	}
}

/* Flags are read as they stand, whatever tokens they would be. */
static void runs(void **state)
{
	const char *text;
	struct bench b;

	(void)state;
	begin(&b, "  . 1:2 FP. -");
	assert_int_equal(drill_lex_peek(&b.l)->kind, DRILL_TOKEN_MARK);
	assert_int_equal(drill_lex_run(&b.l, "FP.-", &text), 1);
	assert_int_equal(next(&b, DRILL_TOKEN_NUMBER).number, 1);
	next(&b, DRILL_TOKEN_MARK);
	next(&b, DRILL_TOKEN_NUMBER);
	assert_int_equal(drill_lex_run(&b.l, "FP.-", &text), 3);
	assert_memory_equal(text, "FP.", 3);
	assert_int_equal(drill_lex_char(&b.l), '-');
	assert_int_equal(drill_lex_run(&b.l, "FP.-", &text), 1);
	assert_int_equal(drill_lex_run(&b.l, "FP.-", &text), 0);
}

static void remarks(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "(not (yet) there) 5 (no\nend)");
	assert_true(drill_lex_remark(&b.l));
	assert_int_equal(next(&b, DRILL_TOKEN_NUMBER).number, 5);
	assert_false(drill_lex_remark(&b.l));
	assert_int_equal(b.error.place.col, 21);
}

static void zero_byte(void **state)
{
	struct bench b;

	(void)state;
	memset(&b, 0, sizeof(b));
	drill_lex_init(&b.l, "a\0b", 3, &b.error);
	next(&b, DRILL_TOKEN_NAME);
	next(&b, DRILL_TOKEN_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),   cmocka_unit_test(number_too_large),
		cmocka_unit_test(points),    cmocka_unit_test(comments),
		cmocka_unit_test(bodies),    cmocka_unit_test(unended),
		cmocka_unit_test(runs),	     cmocka_unit_test(remarks),
		cmocka_unit_test(zero_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
