/* SPDX-License-Identifier: ISC */
/*
 * shim_args.c - the words of a command, for the shims that have a grammar
 */
#include "shim_args.h"

#include <string.h>

#include <tern/netif.h>

#include "stage.h"

bool shim_take(struct shim_args *a, const char *word)
{
	if (!*a->at || strcmp(*a->at, word) != 0)
		return false;
	a->at++;
	return true;
}

/* True if the word is one of these, separated by '|'; takes it. */
bool shim_take_any(struct shim_args *a, const char *words)
{
	const size_t len = *a->at ? strlen(*a->at) : 0;
	const char *p;

	for (p = words; p && len; p = strchr(p, '|'), p = p ? p + 1 : NULL) {
		if (strncmp(p, *a->at, len) == 0 &&
		    (p[len] == '|' || !p[len])) {
			a->at++;
			return true;
		}
	}
	return false;
}

int shim_refuse(struct shim_args *a, const char *what, const char *word)
{
	fprintf(a->err, "%s '%s'\n", what, word ? word : "");
	return 2;
}

/* The index of a device; the one of the script if its name is tun0. */
int shim_device(const struct shim_args *a, const char *name)
{
	if (name && strcmp(name, "lo") == 0)
		return TERN_IF_LOOPBACK;
	if (name && strcmp(name, DRILL_DEVICE) == 0)
		return a->h->ifindex;
	return -1;
}

int shim_answer(struct shim_args *a, int err)
{
	if (!err)
		return 0;
	fprintf(a->err, "the stack answers: %s\n", strerror(-err));
	return 2;
}
