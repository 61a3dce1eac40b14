/* SPDX-License-Identifier: ISC */
/*
 * shell.c - a `command` of the script
 *
 * Most commands set sysctls, directly or through scripts that lie beside the
 * test.  Text that consists of such commands only is carried out here, and
 * nothing outside is touched; sleep(1) then sleeps in virtual time, and of a
 * script of defaults what it says of tunables is read.  All other text goes to
 * a shell, for which sysctl, ip, tc, ss and others are names of the shims.
 */
#include "shell.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "shim.h"

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

bool drill_shell_knows(const struct drill_words *w)
{
	if (w->n == 0)
		return true;
	if (is_name(w, "echo"))
		return is_null(w->target) || is_setting(w);
	if (!is_null(w->target))
		return false;
	return drill_words_defaults(w) || is_name(w, "true") ||
	       is_name(w, ":") || (is_name(w, "sleep") && w->n == 2) ||
	       drill_shim_knows(drill_base_name(w->word[0]));
}

static bool all_ours(const char *text)
{
	struct drill_words w;

	while (*text)
		if (!drill_words_read(&w, &text) || !drill_shell_knows(&w))
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

int drill_shell_command(struct drill_run *r, struct drill_words *w, FILE *err)
{
	const char *defaults = drill_words_defaults(w);

	if (w->n == 0 || is_name(w, "true") || is_name(w, ":"))
		return 0;
	if (is_name(w, "echo"))
		return echo(r, w, err);
	if (is_name(w, "sleep"))
		return nap(r, w->word[1]);
	if (defaults)
		return drill_shell_defaults(r, defaults);
	return command(r, w->word, err);
}

static int run_all_ours(struct drill_run *r, const char *text, FILE *err)
{
	struct drill_words w;
	int status = 0;

	while (*text && !status && !r->failed && drill_words_read(&w, &text))
		status = drill_shell_command(r, &w, err);
	return status;
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
	drill_shell_rename(body, out);
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
