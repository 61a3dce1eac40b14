/* SPDX-License-Identifier: ISC */
/*
 * ss.c - tern ss: lists the sockets of running tern processes
 *
 * The options are those of ss(8) as far as they make sense here, and the
 * columns are its columns, so that what people and scripts know still holds.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "message.h"
#include "ss.h"

#define MAX_PEERS 256

enum { KEY_JSON = 0x2000, KEY_STATS, KEY_INTERFACES, KEY_SYSCTL };

static const struct argp_option options[] = {
	{"tcp", 't', NULL, 0, "TCP sockets (the default)", 0},
	{"unix", 'x', NULL, 0, "AF_UNIX sockets", 0},
	{"listening", 'l', NULL, 0, "Listening sockets only", 0},
	{"all", 'a', NULL, 0,
	 "All sockets: without this, neither LISTEN nor "
	 "SYN-RECV nor TIME-WAIT is shown",
	 0},
	{"numeric", 'n', NULL, 0, "Ports as numbers", 0},
	{"options", 'o', NULL, 0,
	 "The timer that runs: what for, for how "
	 "long, after how many retries",
	 0},
	{"info", 'i', NULL, 0, "What TCP_INFO says", 0},
	{"memory", 'm', NULL, 0, "Bytes in the buffers and their limits", 0},
	{"extended", 'e', NULL, 0, "Descriptors; of listeners the SYN queue",
	 0},
	{"processes", 'p', NULL, 0, "Which process has the socket", 0},
	{"no-header", 'H', NULL, 0, "No header line", 0},
	{"summary", 's', NULL, 0, "How many sockets are in which state", 0},
	{"json", KEY_JSON, NULL, 0, "One JSON object a line", 0},
	{"stats", KEY_STATS, NULL, 0,
	 "Counters, drops and memory instead of "
	 "sockets",
	 0},
	{"interfaces", KEY_INTERFACES, NULL, 0, "Interfaces instead of sockets",
	 0},
	{"sysctl", KEY_SYSCTL, "NAME[=VALUE]", 0,
	 "Get or set a tunable; all "
	 "lists them",
	 0},
	{0},
};

/* Keys that just set a flag. */
static bool *flag(struct ss_options *o, int key)
{
	switch (key) {
	case 't':
		return &o->tcp;
	case 'x':
		return &o->unix_sockets;
	case 'l':
		return &o->listening;
	case 'a':
		return &o->all;
	case 'n':
		return &o->numeric;
	case 'o':
		return &o->timers;
	case 'i':
		return &o->info;
	case 'm':
		return &o->memory;
	case 'e':
		return &o->extended;
	case 'p':
		return &o->processes;
	case 'H':
		return &o->no_header;
	case 's':
		return &o->summary;
	case KEY_JSON:
		return &o->json;
	case KEY_STATS:
		return &o->stats;
	case KEY_INTERFACES:
		return &o->interfaces;
	default:
		return NULL;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct ss_options *o = state->input;
	bool *set = flag(o, key);

	if (set) {
		*set = true;
		return 0;
	}
	switch (key) {
	case KEY_SYSCTL:
		o->sysctl = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->who)
			message_usage("'%s': one process is accepted", arg);
		o->who = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[PID|NAME]",
	.doc = "Lists the sockets of running tern processes as ss(8) does: of "
	       "all, or of the one with this PID, command or device.",
};

/* Asks for a list and prints each line of the answer as it is. */
static int copy_json(struct peer *p, const char *cmd)
{
	json_t *line;
	int failed;

	if (peer_ask(p, json_pack("{s:s}", "cmd", cmd)) < 0)
		return -1;
	while ((line = peer_next(p, &failed))) {
		json_object_set_new(line, "pid", json_integer(p->pid));
		json_dumpf(line, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(line);
	}
	return failed ? -1 : 0;
}

static int list_json(const struct ss_options *o, struct peer *p)
{
	json_t *line;
	int failed;

	if (peer_ask(p, json_pack("{s:s}", "cmd", "list")) < 0)
		return -1;
	while ((line = peer_next(p, &failed))) {
		if (ss_wanted(o, line)) {
			json_object_set_new(line, "pid", json_integer(p->pid));
			json_dumpf(line, stdout, JSON_COMPACT);
			putchar('\n');
		}
		json_decref(line);
	}
	return failed ? -1 : 0;
}

static int collect(const struct ss_options *o, struct peer *p,
		   struct ss_rows *rows)
{
	json_t *line;
	int failed;

	if (peer_ask(p, json_pack("{s:s}", "cmd", "list")) < 0)
		return -1;
	while ((line = peer_next(p, &failed))) {
		if (ss_wanted(o, line))
			ss_rows_add(rows, p, line);
		json_decref(line);
	}
	return failed ? -1 : 0;
}

/* Everything but the list of sockets in columns is printed by process. */
static int print_one(const struct ss_options *o, struct peer *p)
{
	if (o->sysctl && !(o->json && !strcmp(o->sysctl, "all")))
		return ss_sysctl(p, o->sysctl);
	if (o->json && o->sysctl)
		return copy_json(p, "sysctl");
	if (o->stats)
		return o->json ? copy_json(p, "stats") : ss_stats(p);
	if (o->interfaces)
		return o->json ? copy_json(p, "interfaces") : ss_interfaces(p);
	if (o->summary)
		return ss_summary(p);
	return list_json(o, p);
}

static int print_each(const struct ss_options *o, struct peer *peers, int n)
{
	int r = 0, i;

	for (i = 0; i < n; i++) {
		if (n > 1 && !o->json)
			printf("%sProcess %d, tern %s, %s:\n", i ? "\n" : "",
			       (int)peers[i].pid, peers[i].command,
			       peers[i].detail);
		if (print_one(o, &peers[i]) < 0)
			r = -1;
	}
	return r;
}

static int print_list(const struct ss_options *o, struct peer *peers, int n)
{
	struct ss_rows *rows = ss_rows_create(o);
	int r = 0, i;

	for (i = 0; i < n && r == 0; i++)
		r = collect(o, &peers[i], rows);
	if (r == 0)
		ss_rows_print(rows);
	ss_rows_destroy(rows);
	return r;
}

int cmd_ss(int argc, char **argv)
{
	static struct peer peers[MAX_PEERS];
	struct ss_options o = {0};
	int n, r, i;

	message_name(argv[0]);
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_USAGE;
	if (!o.unix_sockets)
		o.tcp = true;
	n = peer_find(peers, MAX_PEERS, o.who);
	if (n < 0)
		return EXIT_FAILURE;
	if (n > 1)
		o.processes = true;
	if (o.json || o.summary || o.stats || o.interfaces || o.sysctl)
		r = print_each(&o, peers, n);
	else
		r = print_list(&o, peers, n);
	for (i = 0; i < n; i++)
		peer_close(&peers[i]);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
