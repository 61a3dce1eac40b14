/* SPDX-License-Identifier: ISC */
/*
 * shake_test.c - every scenario of `tern shake`, as it is and sabotaged
 *
 * A scenario that is left alone keeps all it promises and exits 0.  With
 * --break it must notice: at least one promise is broken, and it exits 1.  So
 * each check is known to be able to fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What the article tells of: none may get lost. */
static const char *const scenarios[] = {
	"open",
	"data",
	"close",
	"simultaneous-open",
	"simultaneous-close",
	"half-close",
	"fin-ack",
	"lost-last-ack",
	"time-wait",
	"half-open",
	"lost-syn",
	"lost-syn-ack",
	"lost-third-ack",
	"no-listen",
	"syn-queue-full",
	"accept-queue-full",
	"bind-none",
	"bind-foreign",
	"bind-busy",
	"server-crash",
	"cable-cut",
	"keepalive",
	"zero-window",
	"unix-open",
	"unix-full",
};

#define N_SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

struct outcome {
	int status;
	unsigned int n_kept, n_broken, n_failed;
	char text[1 << 20];
};

/* build/tern stands beside the directory of this program. */
static void tool_path(char path[4096])
{
	ssize_t n = readlink("/proc/self/exe", path, 4000);
	char *slash;

	assert_true(n > 0);
	path[n] = '\0';
	slash = strrchr(path, '/');
	assert_non_null(slash);
	memcpy(slash, "/../tern", sizeof("/../tern"));
}

static unsigned int count(const char *text, const char *word)
{
	unsigned int n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

/* Runs the tool; what it writes goes into o->text. */
static void run(char *const args[], struct outcome *o)
{
	char path[4096];
	size_t len;
	int fds[2];
	pid_t pid;
	FILE *f;

	tool_path(path);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		execv(path, args);
		_exit(127);
	}
	close(fds[1]);
	f = fdopen(fds[0], "r");
	assert_non_null(f);
	len = fread(o->text, 1, sizeof(o->text) - 1, f);
	o->text[len] = '\0';
	fclose(f);
	assert_int_equal(waitpid(pid, &o->status, 0), pid);
	assert_true(WIFEXITED(o->status));
	o->status = WEXITSTATUS(o->status);
}

static void play(const char *option, const char *name, struct outcome *o)
{
	static char tern[] = "tern", shake[] = "shake", ascii[] = "--ascii";
	char first[32], second[32];
	char *args[] = {tern, shake, ascii, first, second, NULL};

	snprintf(first, sizeof(first), "%s", option);
	snprintf(second, sizeof(second), "%s", name);
	run(args, o);
	o->n_kept = count(o->text, ". kept\n");
	o->n_broken = count(o->text, ". BROKEN\n");
	o->n_failed = count(o->text, "could not be played");
}

static void keeps_its_promises(void **state)
{
	static struct outcome o;

	play("--color=never", *state, &o);
	if (o.status)
		print_error("%s", o.text);
	assert_int_equal(o.status, 0);
	assert_true(o.n_kept >= 2);
	assert_int_equal(o.n_broken, 0);
	assert_int_equal(o.n_failed, 0);
}

static void notices_sabotage(void **state)
{
	static struct outcome o;

	play("--break", *state, &o);
	if (o.status != 1)
		print_error("%s", o.text);
	assert_int_equal(o.status, 1);
	assert_true(o.n_broken >= 1);
	assert_int_equal(o.n_failed, 0);
}

/* Other numbers, ports and hashes: nothing may hang on the seed. */
static void keeps_them_with_any_seed(void **state)
{
	static struct outcome o;
	char option[32];
	int seed;

	(void)state;
	for (seed = 2; seed < 12; seed++) {
		snprintf(option, sizeof(option), "--seed=%d", seed);
		play(option, "--all", &o);
		if (o.status)
			print_error("%s", o.text);
		assert_int_equal(o.status, 0);
		assert_true(o.n_kept >= N_SCENARIOS);
	}
}

int main(void)
{
	static char names[2 * N_SCENARIOS][64];
	struct CMUnitTest tests[2 * N_SCENARIOS + 1] = {{0}};
	size_t i, n = 0;

	for (i = 0; i < 2 * N_SCENARIOS; i++) {
		const char *name = scenarios[i / 2];

		snprintf(names[i], sizeof(names[i]), "%s_%s", name,
			 i % 2 ? "notices_sabotage" : "keeps_its_promises");
		tests[n].name = names[i];
		tests[n].test_func =
			i % 2 ? notices_sabotage : keeps_its_promises;
		tests[n++].initial_state = (void *)(uintptr_t)name;
	}
	tests[n].name = "keeps_them_with_any_seed";
	tests[n++].test_func = keeps_them_with_any_seed;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
