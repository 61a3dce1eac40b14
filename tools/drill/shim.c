/* SPDX-License-Identifier: ISC */
/*
 * shim.c - sysctl(8) and scripts that set sysctls, for the stack
 */
#include "shim.h"

#include <string.h>

#include <tern/stack.h>

#include "words.h"

const char *const drill_shim_names[] = {
	"sysctl",
	"ip",
	"tc",
	"ss",
	"nstat",
	"ethtool",
	"ifconfig",
	"modprobe",
	"kldload",
	"kldunload",
	"kldstat",
	"sync",
	"set_sysctls.py",
	DRILL_SHIM_DEFAULTS,
	NULL,
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
static int set_or_get(const struct drill_sysctls *h, char *word, bool quiet,
		      bool bare, FILE *out, FILE *err)
{
	char *eq = strchr(word, '='), text[192];

	if (!eq) {
		if (!h->get(h->ctx, word, text, sizeof(text))) {
			fprintf(err, "%s\n", text);
			return 1;
		}
		fprintf(out, bare ? "%.0s%s\n" : "%s = %s\n", word, text);
		return 0;
	}
	*eq = 0;
	if (!h->set(h->ctx, word, eq + 1, text, sizeof(text))) {
		fprintf(err, "%s\n", text);
		return 1;
	}
	if (!quiet)
		fprintf(out, "%s = %s\n", word, eq + 1);
	return 0;
}

/* Everything, for -a. */
static int show_all(const struct drill_sysctls *h, FILE *out)
{
	const char *name;
	char value[128];
	int i;

	for (i = 0; h->at && (name = h->at(i)); i++)
		if (h->get(h->ctx, name, value, sizeof(value)))
			fprintf(out, "%s = %s\n", name, value);
	return 0;
}

/* name = value, in three words, is name=value; returns the word. */
static char *join(char ***argv, char *joined, size_t size)
{
	char **at = *argv;

	if (!at[1] || strcmp(at[1], "=") != 0 || !at[2])
		return at[0];
	snprintf(joined, size, "%s=%s", at[0], at[2]);
	*argv += 2;
	return joined;
}

int drill_shim_sysctl(const struct drill_sysctls *h, char **argv, FILE *out,
		      FILE *err)
{
	bool quiet = false, bare = false, lenient = false;
	char joined[512];
	int status = 0;

	for (argv++; *argv; argv++) {
		const char *word = *argv;

		if (word[0] != '-') {
			status |= set_or_get(
				h, join(&argv, joined, sizeof(joined)), quiet,
				bare, out, err);
			continue;
		}
		if (word[1 + strspn(word + 1, "aqnewibN")]) {
			fprintf(err, "sysctl: not known here: %s\n", word);
			return 1;
		}
		if (strchr(word, 'a'))
			return show_all(h, out);
		quiet |= strchr(word, 'q') != NULL;
		bare |= strpbrk(word, "nb") != NULL;
		lenient |= strpbrk(word, "ei") != NULL;
	}
	return lenient ? 0 : status;
}

int drill_shim_set_sysctls(const struct drill_sysctls *h, char **argv,
			   FILE *out, FILE *err)
{
	int status = 0;

	for (argv++; *argv; argv++)
		status |= set_or_get(h, *argv, true, true, out, err);
	return status;
}

bool drill_shim_means_nothing(const char *name)
{
	static const char *const names[] = {"modprobe", "kldload", "kldunload",
					    "kldstat",	"ethtool", "sync"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool set_tunable(void *ctx, const char *name, const char *value,
			char *why, size_t size)
{
	return drill_tunable_set(ctx, name, value, why, size);
}

static bool get_tunable(void *ctx, const char *name, char *value, size_t size)
{
	return drill_tunable_get(ctx, name, value, size);
}

static const char *tunable_at(int i)
{
	const struct tern_sysctl *s = tern_sysctl_at(i);

	return s ? s->name : NULL;
}

int drill_shim(const struct drill_shims *h, char **argv, FILE *out, FILE *err)
{
	const struct drill_sysctls how = {h->stack, set_tunable, get_tunable,
					  tunable_at};
	const char *name = drill_base_name(argv[0]);

	if (strcmp(name, "sysctl") == 0)
		return drill_shim_sysctl(&how, argv, out, err);
	if (strcmp(name, "set_sysctls.py") == 0)
		return drill_shim_set_sysctls(&how, argv, out, err);
	if (strcmp(name, "ip") == 0)
		return drill_shim_ip(h, argv, out, err);
	if (strcmp(name, "tc") == 0)
		return drill_shim_tc(h, argv, out, err);
	if (strcmp(name, "ss") == 0)
		return drill_shim_ss(h, argv, out, err);
	if (strcmp(name, "nstat") == 0)
		return drill_shim_nstat(h, argv, out, err);
	if (strcmp(name, "ifconfig") == 0)
		return drill_shim_ifconfig(h, argv, out, err);
	if (drill_shim_means_nothing(name))
		return 0;
	if (strcmp(name, DRILL_SHIM_DEFAULTS) == 0) {
		drill_tunables_restore(h->defaults, h->stack);
		return 0;
	}
	fprintf(err, "%s: there is no such command\n", name);
	return 127;
}
