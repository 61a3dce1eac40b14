/* SPDX-License-Identifier: ISC */
/*
 * sysctl.c - tern sysctl: gets and sets tunables of running tern processes
 *
 * Arguments and output are those of sysctl(8); a name may be written with
 * slashes as under /proc/sys, and without "net.ipv4." or what else stands in
 * front of its last part, if there is only one such.
 */
#include <argp.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/stack.h>

#include "commands.h"
#include "control_client.h"
#include "message.h"

#define MAX_PEERS 256

enum { KEY_JSON = 0x2000 };

struct options {
	bool all, values, describe, json, quiet;
	const char *who;
	char **settings;
	int n_settings;
};

static const struct argp_option options[] = {
	{"all", 'a', NULL, 0, "All tunables", 0},
	{"describe", 'd', NULL, 0, "What each is for, its unit and its range",
	 0},
	{"values", 'n', NULL, 0, "Values without names", 0},
	{"quiet", 'q', NULL, 0, "Do not print what is set", 0},
	{"process", 'p', "WHO", 0,
	 "Only of the process with this PID, command or device; without, of "
	 "all",
	 0},
	{"write", 'w', NULL, OPTION_HIDDEN, "", 0},
	{"json", KEY_JSON, NULL, 0, "One JSON object a line", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'a':
		o->all = true;
		return 0;
	case 'd':
		o->describe = true;
		return 0;
	case 'n':
		o->values = true;
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case 'p':
		o->who = arg;
		return 0;
	case 'w': /* what sysctl(8) wants for setting */
		return 0;
	case KEY_JSON:
		o->json = true;
		return 0;
	case ARGP_KEY_ARGS:
		o->settings = state->argv + state->next;
		o->n_settings = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		if (!o->all && o->n_settings == 0)
			message_usage("give NAME, NAME=VALUE, or -a");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "-a\nNAME[=VALUE]...",
	.doc = "Gets and sets tunables of running tern processes as sysctl(8) "
	       "does.  NAME may be a pattern for getting.",
};

static const char *word(json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

static long long field(json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static void print_line(const struct options *o, const struct peer *p,
		       json_t *line)
{
	if (o->json) {
		json_object_set_new(line, "pid", json_integer(p->pid));
		json_dumpf(line, stdout, JSON_COMPACT);
		putchar('\n');
		return;
	}
	if (o->values)
		puts(word(line, "value"));
	else
		printf("%s = %s\n", word(line, "name"), word(line, "value"));
	if (o->describe && *word(line, "what"))
		printf("\t%s %s (%lld to %lld, at first %lld)\n",
		       word(line, "unit"), word(line, "what"),
		       field(line, "min"), field(line, "max"),
		       field(line, "initial"));
}

/* "tcp_sack" and "net/ipv4/tcp_sack" are net.ipv4.tcp_sack. */
static void full_name(const char *typed, size_t len, char out[64])
{
	const struct tern_sysctl *s;
	const char *found = NULL, *last;
	int n = 0;

	snprintf(out, 64, "%.*s", (int)len, typed);
	for (char *at = out; *at; at++)
		if (*at == '/')
			*at = '.';
	if (strchr(out, '.'))
		return;
	for (int i = 0; (s = tern_sysctl_at(i)); i++) {
		last = strrchr(s->name, '.');
		if (last && !strcmp(last + 1, out)) {
			found = s->name;
			n++;
		}
	}
	if (n == 1)
		snprintf(out, 64, "%s", found);
}

static bool is_pattern(const char *name)
{
	return strpbrk(name, "*?[") != NULL;
}

/* All that match, in the order of the table. */
static int list(const struct options *o, struct peer *p, const char *pattern)
{
	json_t *line;
	int failed;

	if (peer_ask(p, json_pack("{s:s}", "cmd", "sysctl")) < 0)
		return -1;
	while ((line = peer_next(p, &failed))) {
		if (fnmatch(pattern, word(line, "name"), 0) == 0)
			print_line(o, p, line);
		json_decref(line);
	}
	return failed ? -1 : 0;
}

static int set(const struct options *o, struct peer *p, const char *name,
	       const char *value)
{
	json_t *line;
	int failed;

	if (peer_ask(p, json_pack("{s:s, s:s, s:s}", "cmd", "sysctl", "name",
				  name, "value", value)) < 0)
		return -1;
	while ((line = peer_next(p, &failed))) {
		if (!o->quiet)
			print_line(o, p, line);
		json_decref(line);
	}
	return failed ? -1 : 0;
}

/* A single one is asked for by its name, so that a wrong name is an error. */
static int get(const struct options *o, struct peer *p, const char *name)
{
	json_t *line;
	int failed;

	if (is_pattern(name))
		return list(o, p, name);
	if (peer_ask(p, json_pack("{s:s, s:s}", "cmd", "sysctl", "name",
				  name)) < 0)
		return -1;
	line = peer_next(p, &failed);
	if (!line)
		return -1;
	json_decref(line);
	while ((line = peer_next(p, &failed)))
		json_decref(line);
	return failed ? -1 : list(o, p, name);
}

static int do_setting(const struct options *o, struct peer *p, const char *s)
{
	const char *value = strchr(s, '=');
	char name[64];

	full_name(s, value ? (size_t)(value - s) : strlen(s), name);
	return value ? set(o, p, name, value + 1) : get(o, p, name);
}

static int do_peer(const struct options *o, struct peer *p)
{
	int r = 0;

	if (o->all)
		r = list(o, p, "*");
	for (int i = 0; i < o->n_settings; i++)
		if (do_setting(o, p, o->settings[i]) < 0)
			r = -1;
	return r;
}

int cmd_sysctl(int argc, char **argv)
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
		if (n > 1 && !o.json)
			printf("%s# process %d, tern %s, %s\n", i ? "\n" : "",
			       (int)peers[i].pid, peers[i].command,
			       peers[i].detail);
		if (do_peer(&o, &peers[i]) < 0)
			r = -1;
		peer_close(&peers[i]);
	}
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
