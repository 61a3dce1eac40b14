/* SPDX-License-Identifier: ISC */
/*
 * trace.c - tern trace: follows the events of a running tern process
 */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "commands.h"
#include "control_client.h"
#include "message.h"
#include "number.h"
#include "trace_print.h"

#define MAX_PEERS 2

enum { KEY_JSON = 0x2000 };

struct options {
	json_t *types;
	bool json;
	bool relative;
	uint64_t count; /* end after so many events; 0: never */
	const char *who;
};

static const char *const all_types[] = {"segments", "states", "drops",
					"timers",   "queues", "cwnd"};

#define N_TYPES (sizeof(all_types) / sizeof(all_types[0]))

static const struct argp_option options[] = {
	{"filter", 'f', "LIST", 0,
	 "Only these events, separated by commas: "
	 "segments, states, drops, timers, queues, cwnd",
	 0},
	{"count", 'c', "N", 0, "End after N events", 0},
	{"relative", 'r', NULL, 0, "Times since the first event, in seconds",
	 0},
	{"json", KEY_JSON, NULL, 0, "One JSON object a line", 0},
	{0},
};

static void add_type(struct options *o, const char *word, const char *list)
{
	size_t i;

	for (i = 0; i < N_TYPES && strcmp(word, all_types[i]) != 0; i++)
		;
	if (i == N_TYPES)
		message_usage("--filter %s: '%s' is no kind of event; accepted "
			      "are segments, states, drops, timers, queues, "
			      "cwnd",
			      list, word);
	json_array_append_new(o->types, json_string(word));
}

static void parse_filter(struct options *o, const char *list)
{
	char *copy = strdup(list), *rest = NULL, *word;

	for (word = copy ? strtok_r(copy, ",", &rest) : NULL; word;
	     word = strtok_r(NULL, ",", &rest))
		add_type(o, word, list);
	free(copy);
	if (json_array_size(o->types) == 0)
		message_usage("--filter '%s': no kind of event", list);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'f':
		parse_filter(o, arg);
		return 0;
	case 'c':
		if (!number_parse(arg, 1, UINT64_MAX, &o->count))
			message_usage("--count %s: accepted is a number from 1 "
				      "on",
				      arg);
		return 0;
	case 'r':
		o->relative = true;
		return 0;
	case KEY_JSON:
		o->json = true;
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
	.doc = "Follows the events of a running tern process as they happen: "
	       "segments, changes of state, drops with their reasons, timers.",
};

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* Reading is not restarted, so that a signal ends it. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int follow(const struct options *o, struct peer *p)
{
	struct trace_printer printer = {.relative = o->relative};
	struct timeval forever = {0};
	uint64_t n = 0;
	json_t *line;
	int failed = 0;

	setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof(forever));
	if (peer_ask(p, json_pack("{s:s, s:O}", "cmd", "trace", "types",
				  o->types)) < 0)
		return -1;
	while (!interrupted && (!o->count || n < o->count)) {
		line = peer_next(p, &failed);
		if (!line)
			break;
		if (json_object_get(line, "tracing"))
			message("following process %d, tern %s, %s",
				(int)p->pid, p->command, p->detail);
		n += json_object_get(line, "event") != NULL;
		if (o->json)
			trace_print_json(line);
		else
			trace_print(&printer, line);
		json_decref(line);
		if (fflush(stdout) != 0) {
			message_error(-errno, "standard output");
			return -1;
		}
	}
	return failed && !interrupted ? -1 : 0;
}

int cmd_trace(int argc, char **argv)
{
	struct options o = {.types = json_array()};
	struct peer peers[MAX_PEERS];
	size_t i;
	int n, r;

	message_name(argv[0]);
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_USAGE;
	if (json_array_size(o.types) == 0)
		for (i = 0; i < N_TYPES; i++)
			json_array_append_new(o.types,
					      json_string(all_types[i]));
	n = peer_find(peers, MAX_PEERS, o.who);
	if (n < 0)
		return EXIT_FAILURE;
	if (n > 1) {
		message("several tern processes are running, %d and %d among "
			"them; give a PID, a command or a device",
			(int)peers[0].pid, (int)peers[1].pid);
		return EXIT_FAILURE;
	}
	catch_signals();
	r = follow(&o, &peers[0]);
	peer_close(&peers[0]);
	json_decref(o.types);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
