/* SPDX-License-Identifier: ISC */
/*
 * mutate_test.c - no mutated script brings the runner down
 *
 * The scripts of test/script are cut, joined, doubled and changed by bytes,
 * lines, numbers and words, always in the same way, and run: 20,000 of them.
 * Each must end by itself and say where it went wrong.  Neither shell nor
 * python is run.  What a mutant is comes from its number alone; the number of
 * the one that crashed or hung is printed, and DRILL_MUTANT=NUMBER prints and
 * runs that one.
 */
#include <fts.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/drill/drill.h"

#define MUTANTS	    20000
#define SCRIPTS_MAX 4096
#define TEXT_MAX    16384
#define SECONDS_MAX 20 /* of one mutant */
#define CHANGES_MAX 4
#define PIECE_MAX   200

struct text {
	char *bytes;
	size_t len;
};

static struct text scripts[SCRIPTS_MAX];
static size_t n_scripts;
static unsigned int n_verdicts[DRILL_UNREADABLE + 1];
static unsigned int current; /* the mutant that runs */

static uint64_t seed;

/* splitmix64 */
static uint32_t draw(uint32_t below)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return below ? (uint32_t)(z % below) : 0;
}

static void read_script(const char *path)
{
	FILE *f = fopen(path, "r");
	struct text *t = &scripts[n_scripts];

	assert_non_null(f);
	t->bytes = malloc(TEXT_MAX);
	assert_non_null(t->bytes);
	t->len = fread(t->bytes, 1, TEXT_MAX, f);
	fclose(f);
	n_scripts += t->len > 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int read_scripts(void **state)
{
	char dir[] = "test/script", *dirs[] = {dir, NULL};
	FTS *tree = fts_open(dirs, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	FTSENT *e;

	(void)state;
	assert_non_null(tree);
	while ((e = fts_read(tree)) && n_scripts < SCRIPTS_MAX)
		if (e->fts_info == FTS_F && strstr(e->fts_name, ".pkt"))
			read_script(e->fts_path);
	fts_close(tree);
	assert_true(n_scripts > 100);
	return 0;
}

static int free_scripts(void **state)
{
	(void)state;
	while (n_scripts > 0)
		free(scripts[--n_scripts].bytes);
	return 0;
}

/* Puts `n` bytes in the place of `gone` ones. */
static void replace(struct text *t, size_t at, size_t gone, const char *with,
		    size_t n)
{
	if (t->len - gone + n > TEXT_MAX)
		return;
	memmove(t->bytes + at + n, t->bytes + at + gone, t->len - at - gone);
	memcpy(t->bytes + at, with, n);
	t->len = t->len - gone + n;
}

/* A piece of a script, up to the end of a line now and then. */
static size_t piece(const struct text *t, size_t at)
{
	size_t n = draw(PIECE_MAX), left = t->len - at;
	const char *nl = memchr(t->bytes + at, '\n', left);

	if (nl && draw(2))
		return (size_t)(nl - t->bytes) - at + 1;
	return n < left ? n : left;
}

/* A whole line, so that what is made of it can be read more often. */
static size_t line_of(const struct text *t, size_t *at)
{
	const char *nl;

	while (*at > 0 && t->bytes[*at - 1] != '\n')
		--*at;
	nl = memchr(t->bytes + *at, '\n', t->len - *at);
	return nl ? (size_t)(nl - t->bytes) - *at + 1 : t->len - *at;
}

/* Doubles a line of a script, or puts one of another script in. */
static void insert_line(struct text *t, const struct text *from)
{
	char copy[TEXT_MAX];
	size_t at = draw((uint32_t)from->len), to = draw((uint32_t)t->len);
	const size_t n = line_of(from, &at);

	memcpy(copy, from->bytes + at, n);
	line_of(t, &to);
	replace(t, to, 0, copy, n);
}

static void change_number(struct text *t)
{
	static const char *const numbers[] = {
		"0",
		"1",
		"-1",
		"65535",
		"65536",
		"2147483647",
		"2147483648",
		"4294967295",
		"4294967296",
		"0xffffffff",
		"99999999999999999999",
		"1.5",
		"0x",
		"...",
		"3",
		"4",
		"1000000",
	};
	size_t at = draw((uint32_t)t->len), end = at;
	const char *with = numbers[draw(sizeof(numbers) / sizeof(numbers[0]))];

	while (at < t->len && !strchr("0123456789", t->bytes[at]))
		at++;
	for (end = at; end < t->len && strchr("0123456789", t->bytes[end]);)
		end++;
	if (at < t->len)
		replace(t, at, end - at, with, strlen(with));
}

static void insert_word(struct text *t)
{
	static const char *const words[] = {
		"<",
		">",
		"(",
		")",
		"[",
		"]",
		"{",
		"}",
		",",
		"=",
		"|",
		"*",
		"+",
		"~",
		"...",
		"`",
		"%{",
		"}%",
		"/*",
		"#",
		"\"",
		"\n",
		"--mss=",
		"-D A=1\n",
		"$A",
		"\n+0 ",
		"S. ",
		"urg 1",
		"ack 1",
		"icmp ",
		"udp (1)",
		"sack ",
		"TS val ",
		"md5,",
		"option-99 00",
		"FOEXP ",
		"AccECN ",
		"eol,",
		"<...>",
		"[ce] ",
		"tos 255 ",
		"SOCK_NONBLOCK|",
		"{fd=4,events=1}",
		"msg_iov(1)=",
	};
	const char *w = words[draw(sizeof(words) / sizeof(words[0]))];

	replace(t, draw((uint32_t)t->len + 1), 0, w, strlen(w));
}

static void change(struct text *t)
{
	const struct text *other = &scripts[draw((uint32_t)n_scripts)];
	size_t at = draw((uint32_t)t->len), from;

	if (t->len == 0)
		return;
	switch (draw(9)) {
	case 0:
		t->bytes[at] = (char)draw(256);
		return;
	case 1:
		replace(t, at, piece(t, at), "", 0);
		return;
	case 2:
		from = draw((uint32_t)other->len);
		replace(t, at, 0, other->bytes + from, piece(other, from));
		return;
	case 3:
		insert_word(t);
		return;
	case 4:
		from = line_of(t, &at);
		replace(t, at, from, "", 0);
		return;
	case 5:
		insert_line(t, t);
		return;
	case 6:
		insert_line(t, other);
		return;
	default:
		change_number(t);
	}
}

static void make_mutant(unsigned int number, struct text *t)
{
	const struct text *from;
	uint32_t n;

	seed = number;
	from = &scripts[draw((uint32_t)n_scripts)];
	memcpy(t->bytes, from->bytes, from->len);
	t->len = from->len;
	for (n = 1 + draw(CHANGES_MAX); n > 0; n--)
		change(t);
}

/* What is said begins with the place: file, line, and column if the script
 * cannot be read. */
static bool has_place(const char *said, bool column)
{
	static const char name[] = "mutant.pkt:";
	const char *p = said + strlen(name);
	char *end;

	if (strncmp(said, name, strlen(name)) != 0)
		return false;
	if (strtoul(p, &end, 10) == 0 || *end != ':')
		return false;
	if (!column)
		return true;
	p = end + 1;
	return strtoul(p, &end, 10) > 0 && *end == ':';
}

static void run(unsigned int number, struct text *t)
{
	const struct drill_config c = {
		.profile = drill_profile_find(number % 4 ? "linux" : "freebsd"),
		.confined = true,
		.max_steps = 2000,
		.max_bytes = 65536,
	};
	enum drill_verdict v;
	char *said = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&said, &len);

	assert_non_null(out);
	make_mutant(number, t);
	if (getenv("DRILL_MUTANT"))
		fwrite(t->bytes, 1, t->len, stderr);
	v = drill_run_text(&c, "mutant.pkt", t->bytes, t->len, out);
	fclose(out);
	n_verdicts[v]++;
	if (v != DRILL_PASSED && !has_place(said, v == DRILL_UNREADABLE))
		fail_msg("mutant %u: no place in: %s", number, said);
	free(said);
}

static void tell(int number)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "mutate_test: mutant %u\n",
			 current);

	if (write(STDERR_FILENO, text, (size_t)n) != n)
		_exit(2);
	signal(number, SIG_DFL);
	raise(number);
}

static void mutants(void **state)
{
	const char *one = getenv("DRILL_MUTANT");
	struct text t = {malloc(TEXT_MAX), 0};

	(void)state;
	assert_non_null(t.bytes);
	signal(SIGALRM, tell);
	signal(SIGABRT, tell);
	signal(SIGTRAP, tell);
	signal(SIGILL, tell);
	signal(SIGSEGV, tell);
	if (one) {
		run((unsigned int)strtoul(one, NULL, 10), &t);
	} else {
		for (current = 0; current < MUTANTS; current++) {
			alarm(SECONDS_MAX);
			run(current, &t);
		}
	}
	alarm(0);
	print_message("%u passed, %u failed, %u cannot be read\n",
		      n_verdicts[DRILL_PASSED], n_verdicts[DRILL_FAILED],
		      n_verdicts[DRILL_UNREADABLE]);
	if (!one) /* all kinds, or the changes are too small or too large */
		assert_true(n_verdicts[DRILL_PASSED] > MUTANTS / 100 &&
			    n_verdicts[DRILL_FAILED] > MUTANTS / 10 &&
			    n_verdicts[DRILL_UNREADABLE] > MUTANTS / 10);
	free(t.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutants),
	};

	return cmocka_run_group_tests(tests, read_scripts, free_scripts);
}
