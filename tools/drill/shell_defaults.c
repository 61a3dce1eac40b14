/* SPDX-License-Identifier: ISC */
/*
 * shell_defaults.c - a script of defaults, such as ../common/defaults.sh
 *
 * Suites have one that sets everything a kernel has to what their tests
 * expect.  The profile stands for most of it; what the script says beyond it
 * (sizes of buffers, say) counts as far as the stack knows the name and takes
 * the value.  Conditions and variables are not looked at.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"

#define DEFAULTS_MAX 65536

/* Where the path leads from the directory of the test. */
static FILE *open_beside(const char *test, const char *path)
{
	const char *slash = strrchr(test, '/');
	char full[PATH_MAX];

	if (path[0] == '/' || !slash)
		return fopen(path, "r");
	snprintf(full, sizeof(full), "%.*s/%s", (int)(slash - test), test,
		 path);
	return fopen(full, "r");
}

/* Commands one after the other; what cannot be read is passed over. */
static void apply(struct drill_run *r, const char *text, FILE *err)
{
	static struct drill_words w;

	while (*text && !r->failed) {
		if (!drill_words_read(&w, &text)) {
			text += strcspn(text, "\n");
			text += *text == '\n';
			continue;
		}
		if (drill_shell_knows(&w) && !drill_words_defaults(&w))
			(void)drill_shell_command(r, &w, err);
	}
}

int drill_shell_defaults(struct drill_run *r, const char *path)
{
	static char name[] = "tern-drill-defaults", text[DEFAULTS_MAX];
	char *argv[] = {name, NULL}, *said = NULL;
	size_t len = 0;
	FILE *err = open_memstream(&said, &len), *f = NULL;

	if (!err)
		return 126;
	(void)r->stage.target->command(&r->stage, argv, err, err);
	if (path && !r->config->confined)
		f = open_beside(r->path, path);
	if (path && !f)
		drill_run_tell(r,
			       "(%s is not there: the profile stands for it)",
			       path);
	if (f) {
		text[fread(text, 1, sizeof(text) - 1, f)] = 0;
		fclose(f);
		apply(r, text, err);
	}
	fclose(err);
	free(said);
	return 0;
}
