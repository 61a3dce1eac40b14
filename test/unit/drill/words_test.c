/* SPDX-License-Identifier: ISC */
/*
 * words_test.c - shell text: what is simple enough to be understood here
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/drill/shell.h"

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
	p = "a \\\n b\\\nc";
	assert_true(drill_words_read(&w, &p));
	assert_int_equal(w.n, 2);
	assert_string_equal(w.word[1], "bc");
}

static void needs_a_shell(void **state)
{
	static const char *const texts[] = {
		"echo $HOME", "a | b",	"a `b`",  "a < b",	  "a &",
		"(a)",	      "ls *",	"a \\b",  "{ a; }",	  "! a",
		"~/x",	      "\"$x\"", "'a",	  "a >",	  "a >> b",
		"a || b",     "a > $x", "a 3> b", "cat <<E\nE\n",
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
	char text[20000];
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
		{"../common/defaults.sh", true},
		{". ./defaults.sh", true},
		{"/tmp/sysctl_restore_7.sh", true},
		{"source x/defaults.sh", true},
		{"sh defaults.sh", true},
		{"defaults.sh", true},
		{"defaults.shx", false},
		{"echo defaults.sh", false},
		{"", false},
	};
	struct drill_words w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *p = cases[i].text;

		assert_true(drill_words_read(&w, &p));
		assert_int_equal(drill_words_defaults(&w) != NULL,
				 cases[i].are);
	}
}

/* Commands that are the runner's are found by PATH wherever they were. */
static void renamed(void **state)
{
	static const char *const cases[][2] = {
		{"/sbin/sysctl -w a=b", "sysctl -w a=b"},
		{"x=1; ../common/defaults.sh; ls",
		 "x=1; tern-drill-defaults ../common/defaults.sh; ls"},
		{"if true; then . ./defaults.sh\nfi",
		 "if true; then tern-drill-defaults ./defaults.sh\nfi"},
		{"python3 ../common/set_sysctls.py /proc/x=1",
		 "set_sysctls.py /proc/x=1"},
		{"sudo /usr/sbin/ip link", "sudo ip link"},
		{"/tmp/sysctl_restore_${PPID}.sh",
		 "tern-drill-defaults /tmp/sysctl_restore_${PPID}.sh"},
		{"cat ../common/defaults.sh", "cat ../common/defaults.sh"},
		{"[ $(cat /proc/sys/a/b) = 1 ]",
		 "[ $(sysctl -n /proc/sys/a/b) = 1 ]"},
		{"test \"$(cat /proc/sys/a/b)\" = 1",
		 "test \"$(sysctl -n /proc/sys/a/b)\" = 1"},
		{"test \"$(/sbin/sysctl x)-$(ls)\"",
		 "test \"$(sysctl x)-$(ls)\""},
		{"test \"$(ls", "test \"$(ls"},
		{"cat /proc/stat", "cat /proc/stat"},
		{"if :; then echo 1 > /proc/sys/a/b; fi",
		 "if :; then echo 1 | xargs -I@ sysctl -q /proc/sys/a/b=@; "
		 "fi"},
		{"(echo 1 >>/proc/sys/a)",
		 "(echo 1 | xargs -I@ sysctl -q /proc/sys/a=@)"},
		{"ls > /tmp/x", "ls > /tmp/x"},
		{"ls 2> /proc/sys/a", "ls 2> /proc/sys/a"},
		{"echo '; /sbin/ip' \"; /sbin/ip\\\"; /sbin/ip\"",
		 "echo '; /sbin/ip' \"; /sbin/ip\\\"; /sbin/ip\""},
		{"sh -c 'x", "sh -c 'x"},
		{"y=$(/sbin/sysctl -n a)", "y=$(sysctl -n a)"},
		{"/bin/ls", "/bin/ls"},
		{"", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);

		assert_non_null(out);
		drill_shell_rename(cases[i][0], out);
		fclose(out);
		assert_string_equal(text, cases[i][1]);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renamed),	 cmocka_unit_test(simple),
		cmocka_unit_test(needs_a_shell), cmocka_unit_test(empty),
		cmocka_unit_test(too_many),	 cmocka_unit_test(defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
