/* SPDX-License-Identifier: ISC */
/*
 * nstat_history.c - what tern nstat has shown last time of a process
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "message.h"
#include "nstat_history.h"

#define PATH_LEN 300

static int path_of(pid_t pid, char path[PATH_LEN])
{
	char directory[PATH_LEN - 24];
	int r = control_directory(directory, sizeof(directory), false);

	if (r == 0)
		snprintf(path, PATH_LEN, "%s/%d.nstat", directory, (int)pid);
	return r;
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Counters of one process never go back. */
static bool is_past_of(json_t *then, json_t *now)
{
	const char *name;
	json_t *value;

	json_object_foreach(then, name, value)
	{
		if (json_integer_value(value) >
		    json_integer_value(json_object_get(now, name)))
			return false;
	}
	return true;
}

void nstat_history_load(pid_t pid, json_t *now, struct nstat_history *h)
{
	char path[PATH_LEN];
	json_t *file, *counters;
	double at;

	if (path_of(pid, path) < 0)
		return;
	file = json_load_file(path, 0, NULL);
	if (!file)
		return;
	if (json_unpack(file, "{s:F, s:o}", "at", &at, "counters", &counters) ==
		    0 &&
	    is_past_of(counters, now) && at <= now_s()) {
		h->counters = json_incref(counters);
		h->seconds = now_s() - at;
	} else {
		unlink(path);
	}
	json_decref(file);
}

void nstat_history_save(pid_t pid, json_t *now)
{
	json_t *file = json_pack("{s:f, s:O}", "at", now_s(), "counters", now);
	char path[PATH_LEN];
	int r = path_of(pid, path);

	if (r == 0 && json_dump_file(file, path, JSON_COMPACT) < 0)
		r = -1;
	if (r < 0)
		message("what was shown cannot be remembered");
	json_decref(file);
}
