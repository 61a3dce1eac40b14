/* SPDX-License-Identifier: ISC */
/*
 * shim.c - sysctl(8) and scripts that set sysctls, for the stack
 */
#include "shim.h"

#include <string.h>

#include "words.h"

#define DEFAULTS "tern-drill-defaults"

const char *const drill_shim_names[] = {
	"sysctl", "ip", "tc", "ss", "nstat", "set_sysctls.py", DEFAULTS, NULL,
};

bool drill_shim_knows(const char *name)
{
	int i;

	for (i = 0; drill_shim_names[i]; i++)
		if (strcmp(drill_shim_names[i], name) == 0)
			return true;
	return false;
}

/* name=value, or a name to be read. */
static int set_or_get(const struct drill_shims *h, char *word, bool quiet,
		      bool bare, FILE *out, FILE *err)
{
	char *eq = strchr(word, '='), text[192];

	if (!eq) {
		if (!drill_tunable_get(h->stack, word, text, sizeof(text))) {
			fprintf(err, "%s\n", text);
			return 1;
		}
		fprintf(out, bare ? "%.0s%s\n" : "%s = %s\n", word, text);
		return 0;
	}
	*eq = 0;
	if (!drill_tunable_set(h->stack, word, eq + 1, text, sizeof(text))) {
		fprintf(err, "%s\n", text);
		return 1;
	}
	if (!quiet)
		fprintf(out, "%s = %s\n", word, eq + 1);
	return 0;
}

/* The words behind the options; "a = b" in three words is "a=b" in one. */
static int run_sysctl(const struct drill_shims *h, char **argv, FILE *out,
		      FILE *err)
{
	bool quiet = false, bare = false;
	int status = 0;

	for (argv++; *argv; argv++) {
		if ((*argv)[0] == '-') {
			quiet |= strchr(*argv, 'q') != NULL;
			bare |= strchr(*argv, 'n') != NULL;
			continue;
		}
		status |= set_or_get(h, *argv, quiet, bare, out, err);
	}
	return status;
}

static int run_set_sysctls(const struct drill_shims *h, char **argv, FILE *out,
			   FILE *err)
{
	int status = 0;

	for (argv++; *argv; argv++)
		status |= set_or_get(h, *argv, true, true, out, err);
	return status;
}

int drill_shim(const struct drill_shims *h, char **argv, FILE *out, FILE *err)
{
	const char *name = drill_base_name(argv[0]);

	if (strcmp(name, "sysctl") == 0)
		return run_sysctl(h, argv, out, err);
	if (strcmp(name, "set_sysctls.py") == 0)
		return run_set_sysctls(h, argv, out, err);
	if (strcmp(name, "ip") == 0)
		return drill_shim_ip(h, argv, out, err);
	if (strcmp(name, "tc") == 0)
		return drill_shim_tc(h, argv, out, err);
	if (strcmp(name, "ss") == 0)
		return drill_shim_ss(h, argv, out, err);
	if (strcmp(name, "nstat") == 0)
		return drill_shim_nstat(h, argv, out, err);
	if (strcmp(name, DEFAULTS) == 0) {
		drill_tunables_restore(h->defaults, h->stack);
		return 0;
	}
	fprintf(err, "%s: there is no such command\n", name);
	return 127;
}
