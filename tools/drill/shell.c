/* SPDX-License-Identifier: ISC */
/*
 * shell.c - a `command` of the script
 *
 * Most commands set sysctls, directly or through scripts that lie beside the
 * test.  Text that consists of such commands only is carried out here, and
 * nothing outside is touched; sleep(1) then sleeps in virtual time, and a
 * script of defaults puts the tunables back to those of the profile.  All
 * other text goes to a shell, for which sysctl, ip, tc, ss and nstat are names
 * of the shims.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "shim.h"
#include "words.h"

#define PROC "/proc/sys/"

static bool is_name(const struct drill_words *w, const char *name)
{
	return strcmp(drill_base_name(w->word[0]), name) == 0;
}

static bool is_null(const char *target)
{
	return !target || strcmp(target, "/dev/null") == 0;
}

static bool is_setting(const struct drill_words *w)
{
	return w->target && strncmp(w->target, PROC, strlen(PROC)) == 0;
}

/* Can this one be carried out here? */
static bool is_ours(const struct drill_words *w)
{
	if (w->n == 0)
		return true;
	if (is_name(w, "echo"))
		return is_null(w->target) || is_setting(w);
	if (!is_null(w->target))
		return false;
	return drill_words_are_defaults(w) || is_name(w, "true") ||
	       is_name(w, ":") || (is_name(w, "sleep") && w->n == 2) ||
	       drill_shim_knows(drill_base_name(w->word[0]));
}

static bool all_ours(const char *text)
{
	struct drill_words w;

	while (*text)
		if (!drill_words_read(&w, &text) || !is_ours(&w))
			return false;
	return true;
}

static int command(struct drill_run *r, char **argv, FILE *err)
{
	return r->stage.target->command(&r->stage, argv, err, err);
}

/* echo 4096 87380 6291456 > /proc/sys/net/ipv4/tcp_rmem */
static int echo(struct drill_run *r, const struct drill_words *w, FILE *err)
{
	static char sysctl[] = "sysctl", quiet[] = "-q";
	char value[512], *argv[] = {sysctl, quiet, value, NULL};
	int i;

	if (!is_setting(w))
		return 0;
	snprintf(value, sizeof(value), "%s=", w->target);
	for (i = 1; i < w->n; i++) {
		size_t len = strlen(value);

		snprintf(value + len, sizeof(value) - len, "%s%s",
			 i > 1 ? " " : "", w->word[i]);
	}
	return command(r, argv, err);
}

static int nap(struct drill_run *r, const char *text)
{
	const int64_t now = drill_stage_time(&r->stage);
	double s = strtod(text, NULL);

	if (!(s >= 0 && s < 1e9))
		return 1;
	drill_run_until(r, now + (int64_t)(s * 1e9));
	r->last_ns = drill_stage_time(&r->stage);
	return 0;
}

static int run_ours(struct drill_run *r, struct drill_words *w, FILE *err)
{
	static char defaults[] = "tern-drill-defaults";
	char *argv[2] = {defaults, NULL};

	if (w->n == 0 || is_name(w, "true") || is_name(w, ":"))
		return 0;
	if (is_name(w, "echo"))
		return echo(r, w, err);
	if (is_name(w, "sleep"))
		return nap(r, w->word[1]);
	if (drill_words_are_defaults(w))
		return command(r, argv, err);
	return command(r, w->word, err);
}

static int run_all_ours(struct drill_run *r, const char *text, FILE *err)
{
	struct drill_words w;
	int status = 0;

	while (*text && !status && !r->failed && drill_words_read(&w, &text))
		status = run_ours(r, &w, err);
	return status;
}

/* Commands that are called by a path are not found by PATH: their names are
 * put into the text. */
static void rename_commands(const char *text, FILE *out)
{
	while (*text) {
		const char *begin = text, *end = begin + strcspn(begin, "\n");
		size_t blanks = strspn(begin, " \t");
		struct drill_words w;
		char line[1024];
		const char *p = line;

		text = *end ? end + 1 : end;
		snprintf(line, sizeof(line), "%.*s", (int)(end - begin), begin);
		if (!drill_words_read(&w, &p) || w.n == 0) {
			fprintf(out, "%.*s\n", (int)(end - begin), begin);
		} else if (drill_words_are_defaults(&w)) {
			fprintf(out, "tern-drill-defaults\n");
		} else if (drill_shim_knows(drill_base_name(w.word[0]))) {
			begin += blanks + strcspn(begin + blanks, " \t\n");
			fprintf(out, "%s%.*s\n", drill_base_name(w.word[0]),
				(int)(end - begin), begin);
		} else {
			fprintf(out, "%.*s\n", (int)(end - begin), begin);
		}
	}
}

static int run_shell(struct drill_run *r, const char *body, FILE *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out;
	int status;

	if (r->config->confined) {
		fputs("no shell is run here\n", err);
		return 127;
	}
	out = open_memstream(&text, &len);
	if (!out)
		return 127;
	rename_commands(body, out);
	fclose(out);
	status = drill_host_shell(r, text, err);
	free(text);
	return status;
}

/* The message without newlines at its end. */
static void trim(char *s)
{
	size_t len = strlen(s);

	while (len > 0 && isspace((unsigned char)s[len - 1]))
		s[--len] = 0;
}

bool drill_run_shell(struct drill_run *r, const struct drill_event *e)
{
	char *said = NULL;
	size_t len = 0;
	FILE *err = open_memstream(&said, &len);
	bool ok;
	int status;

	if (!err)
		return drill_run_fail(r, e, "there is no memory");
	drill_run_tell(r, "%s", e->source);
	if (all_ours(e->body))
		status = run_all_ours(r, e->body, err);
	else
		status = run_shell(r, e->body, err);
	fclose(err);
	trim(said);
	ok = status == 0 && drill_run_resume(r);
	if (status)
		drill_run_fail(r, e, "the command failed with status %d%s%s",
			       status, said[0] ? ": " : "", said);
	free(said);
	drill_stage_settle(&r->stage);
	return ok && !r->failed;
}
