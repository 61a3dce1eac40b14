/* SPDX-License-Identifier: ISC */
/*
 * nstat.c - tern nstat: what running tern processes have counted
 *
 * As nstat(8): without -a it shows how much each counter has moved since the
 * last call, which is remembered beside the control socket of the process.
 */
#include <argp.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "control_client.h"
#include "message.h"
#include "nstat_history.h"

#define MAX_PEERS 256

struct options {
	bool absolute, zeros, keep, reset, silent, json, drops;
	const char *who;
	char **patterns;
	int n_patterns;
};

static const struct argp_option options[] = {
	{"ignore", 'a', NULL, 0, "Since the process began, not since last time",
	 0},
	{"drops", 'd', NULL, 0, "Also what was dropped, by its reason", 0},
	{"json", 'j', NULL, 0, "JSON", 0},
	{"nooutput", 'n', NULL, 0, "Show nothing, remember only", 0},
	{"reset", 'r', NULL, 0, "Forget what was shown last time", 0},
	{"noupdate", 's', NULL, 0, "Do not remember what is shown", 0},
	{"zeros", 'z', NULL, 0, "Counters that are zero, too", 0},
	{"process", 'p', "WHO", 0,
	 "Only of the process with this PID, command or device; without, of "
	 "all",
	 0},
	{0},
};

static bool *flag(struct options *o, int key)
{
	switch (key) {
	case 'a':
		return &o->absolute;
	case 'd':
		return &o->drops;
	case 'j':
		return &o->json;
	case 'n':
		return &o->silent;
	case 'r':
		return &o->reset;
	case 's':
		return &o->keep;
	case 'z':
		return &o->zeros;
	default:
		return NULL;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	bool *set = flag(o, key);

	if (set) {
		*set = true;
		return 0;
	}
	switch (key) {
	case 'p':
		o->who = arg;
		return 0;
	case ARGP_KEY_ARGS:
		o->patterns = state->argv + state->next;
		o->n_patterns = state->argc - state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[PATTERN...]",
	.doc = "Shows what running tern processes have counted, under the "
	       "names that Linux has in /proc/net/snmp and netstat, as "
	       "nstat(8) does.",
};

static bool is_drop(const char *name)
{
	return strncmp(name, "TernDrop_", 9) == 0;
}

static bool wanted(const struct options *o, const char *name)
{
	int i;

	if (o->n_patterns == 0)
		return o->drops || !is_drop(name);
	for (i = 0; i < o->n_patterns; i++)
		if (fnmatch(o->patterns[i], name, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

static json_t *ask(struct peer *p)
{
	json_t *counters = NULL, *line;
	int failed;

	if (peer_ask(p, json_pack("{s:s}", "cmd", "counters")) < 0)
		return NULL;
	while ((line = peer_next(p, &failed))) {
		json_decref(counters);
		counters = line;
	}
	if (!failed)
		return counters;
	json_decref(counters);
	return NULL;
}

/* In the order in which the library has them. */
static void show(const struct options *o, json_t *now, json_t *before,
		 double seconds)
{
	const char *name;
	json_t *value;
	json_int_t n;

	json_object_foreach(now, name, value)
	{
		n = json_integer_value(value) -
		    json_integer_value(json_object_get(before, name));
		if ((n == 0 && !o->zeros) || !wanted(o, name))
			continue;
		printf("%-32s%-16lld%.1f\n", name, (long long)n,
		       seconds > 0 ? (double)n / seconds : 0.0);
	}
}

static void show_json(const struct options *o, const struct peer *p,
		      json_t *now, json_t *before)
{
	json_t *out = json_object(), *value;
	const char *name;
	json_int_t n;

	json_object_foreach(now, name, value)
	{
		n = json_integer_value(value) -
		    json_integer_value(json_object_get(before, name));
		if ((n != 0 || o->zeros) && wanted(o, name))
			json_object_set_new(out, name, json_integer(n));
	}
	out = json_pack("{s:i, s:o}", "pid", (int)p->pid, "counters", out);
	json_dumpf(out, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(out);
}

static int do_peer(const struct options *o, struct peer *p)
{
	struct nstat_history before = {0};
	json_t *now = ask(p);

	if (!now)
		return -1;
	if (!o->absolute && !o->reset)
		nstat_history_load(p->pid, now, &before);
	if (!o->silent && !o->json) {
		printf("#tern %s, process %d, %s\n", p->command, (int)p->pid,
		       p->detail);
		show(o, now, before.counters, before.seconds);
	} else if (!o->silent) {
		show_json(o, p, now, before.counters);
	}
	if (!o->keep)
		nstat_history_save(p->pid, now);
	json_decref(before.counters);
	json_decref(now);
	return 0;
}

int cmd_nstat(int argc, char **argv)
{
	static struct peer peers[MAX_PEERS];
	struct options o = {0};
	int n, r = 0, i;

	message_name(argv[0]);
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_USAGE;
	n = peer_find(peers, MAX_PEERS, o.who);
	if (n < 0)
		return EXIT_FAILURE;
	for (i = 0; i < n; i++) {
		if (do_peer(&o, &peers[i]) < 0)
			r = -1;
		peer_close(&peers[i]);
	}
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
