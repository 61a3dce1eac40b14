/* SPDX-License-Identifier: ISC */
/*
 * words_test.c - shell text: what is simple enough to be understood here
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tools/drill/words.h"

static void simple(void **state)
{
	const char *p = "  sysctl -q a.b='1 2  3' \"c=d\" # why\n"
			"x>/dev/null 2>&1; y && z 2> /dev/null";
	struct drill_words w;

	(void)state;
	assert_true(drill_words_read(&w, &p));
	assert_int_equal(w.n, 4);
	assert_string_equal(w.word[2], "a.b=1 2  3");
	assert_string_equal(w.word[3], "c=d");
	assert_null(w.word[4]);
	assert_null(w.target);
	assert_true(drill_words_read(&w, &p));
	assert_int_equal(w.n, 1);
	assert_string_equal(w.target, "/dev/null");
	assert_true(drill_words_read(&w, &p));
	assert_string_equal(w.word[0], "y");
	assert_true(drill_words_read(&w, &p));
	assert_string_equal(w.word[0], "z");
	assert_int_equal(w.n, 1);
	assert_null(w.target);
	assert_string_equal(p, "");
}

static void needs_a_shell(void **state)
{
	static const char *const texts[] = {
		"echo $HOME", "a | b",	"a `b`",   "a < b",	   "a &",
		"(a)",	      "ls *",	"a \\\nb", "{ a; }",	   "! a",
		"~/x",	      "\"$x\"", "'a",	   "a >",	   "a >> b",
		"a || b",     "a > $x", "a 3> b",  "cat <<E\nE\n",
	};
	struct drill_words w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *p = texts[i];
		bool ok = true;

		while (ok && *p)
			ok = drill_words_read(&w, &p);
		if (ok)
			fail_msg("'%s' was understood", texts[i]);
	}
}

static void empty(void **state)
{
	const char *p = "\n ;\n# x";
	struct drill_words w;
	int n = 0;

	(void)state;
	for (; *p; n++) {
		assert_true(drill_words_read(&w, &p));
		assert_int_equal(w.n, 0);
	}
	assert_int_equal(n, 4);
}

static void too_many(void **state)
{
	char text[6000];
	struct drill_words w;
	const char *p = text;
	size_t i;

	(void)state;
	for (i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "a ", 2);
	text[2 * DRILL_WORDS_MAX] = 0;
	assert_true(drill_words_read(&w, &p));
	assert_int_equal(w.n, DRILL_WORDS_MAX);
	text[2 * DRILL_WORDS_MAX] = 'a';
	text[2 * DRILL_WORDS_MAX + 1] = 0;
	p = text;
	assert_false(drill_words_read(&w, &p));
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	p = text;
	assert_false(drill_words_read(&w, &p));
}

static void defaults(void **state)
{
	static const struct {
		const char *text;
		bool are;
	} cases[] = {
		{"../common/defaults.sh", true}, {". ./defaults.sh", true},
		{"source x/defaults.sh", true},	 {"sh defaults.sh", true},
		{"defaults.sh", true},		 {"defaults.shx", false},
		{"echo defaults.sh", false},	 {"", false},
	};
	struct drill_words w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *p = cases[i].text;

		assert_true(drill_words_read(&w, &p));
		assert_int_equal(drill_words_are_defaults(&w), cases[i].are);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simple),   cmocka_unit_test(needs_a_shell),
		cmocka_unit_test(empty),    cmocka_unit_test(too_many),
		cmocka_unit_test(defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
