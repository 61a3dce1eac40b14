/* SPDX-License-Identifier: ISC */
/*
 * near.c - tunables whose names resemble one that does not exist
 *
 * Who mistypes a name has most of its letters right, and who half remembers one
 * has a part of it.  So a name is as far from another as characters must be
 * put in, taken out or changed (Levenshtein), and next to any that contains it.
 * What stands in front of the last dot counts only if it was typed.
 */
#include <string.h>

#include "base/bytes.h"
#include "stack/tern.h"
#include "stack/tunable.h"

#define NAME_MAX_LEN 63

static const char *last_part(const char *name)
{
	const char *last = name;

	for (; *name; name++)
		if (*name == '.')
			last = name + 1;
	return last;
}

static bool contains(const char *name, const char *part)
{
	const size_t len = strlen(part);

	for (; strlen(name) >= len; name++)
		if (memcmp(name, part, len) == 0)
			return true;
	return false;
}

static bool has_dot(const char *name)
{
	return last_part(name) != name;
}

/* One row of the usual table at a time: row[j] is from i of a to j of b. */
static uint32_t distance(const char *a, const char *b)
{
	const size_t n = strlen(a), m = strlen(b);
	uint32_t row[NAME_MAX_LEN + 1];

	for (size_t j = 0; j <= m; j++)
		row[j] = (uint32_t)j;
	for (size_t i = 1; i <= n; i++) {
		uint32_t corner = row[0];

		row[0] = (uint32_t)i;
		for (size_t j = 1; j <= m; j++) {
			uint32_t change = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			row[j] = min_u32(min_u32(row[j], row[j - 1]) + 1,
					 change);
		}
	}
	return row[m];
}

/* UINT32_MAX if they have little in common. */
static uint32_t how_far(const char *typed, const char *name)
{
	uint32_t d;

	if (!has_dot(typed))
		name = last_part(name);
	if (contains(name, typed))
		return 1;
	d = distance(typed, name);
	return d * 2 > strlen(typed) ? UINT32_MAX : d;
}

int tern_sysctl_near(const char *name, const struct tern_sysctl **out, int max)
{
	const struct tern_sysctl *s;
	int n = 0, k;

	if (strlen(name) > NAME_MAX_LEN || !*name)
		return 0;
	for (int i = 0; (s = tern_sysctl_at(i)) != NULL; i++) {
		const uint32_t far = how_far(name, s->name);

		if (far == UINT32_MAX)
			continue;
		for (k = n; k > 0 && how_far(name, out[k - 1]->name) > far; k--)
			if (k < max)
				out[k] = out[k - 1];
		if (k < max)
			out[k] = s;
		if (n < max)
			n++;
	}
	return n;
}
