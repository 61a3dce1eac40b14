/* SPDX-License-Identifier: ISC */
/*
 * main.c - tern(1): finds the subcommand and runs it
 *
 * Options before the subcommand are main's, those after it are its own.
 * `tern help NAME` is `tern NAME --help`.
 */
#include <argp.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

static const struct command commands[] = {
	{"shake", "draw what happens on a connection, segment by segment",
	 cmd_shake},
	{"drill", "run packet scripts in virtual time", cmd_drill},
	{"httpd", "serve the files of a directory over HTTP", cmd_httpd},
	{"nc", "connect or listen, and copy standard input and output", cmd_nc},
	{"perf", "measure throughput and requests per second", cmd_perf},
	{"ss", "list the sockets of a running tern process", cmd_ss},
	{"nstat", "show what a running tern process has counted", cmd_nstat},
	{"sysctl", "get and set tunables of a running tern process",
	 cmd_sysctl},
	{"trace", "follow the events of a running tern process", cmd_trace},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find(const char *name)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void print_commands(FILE *out)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-7s  %s\n", commands[i].name,
			commands[i].summary);
}

static int unknown(const char *name)
{
	fprintf(stderr, "tern: there is no command '%s'; these are:\n", name);
	print_commands(stderr);
	return EXIT_USAGE;
}

static int run(const struct command *c, int argc, char **argv)
{
	static char name[32];

	snprintf(name, sizeof(name), "tern %s", c->name);
	argv[0] = name;
	return c->run(argc, argv);
}

/* argp calls this for each part of its help text; the list goes at the end. */
static char *help_filter(int key, const char *text, void *input)
{
	char *list = NULL;
	size_t len = 0;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text;
	f = open_memstream(&list, &len);
	if (!f)
		return (char *)(uintptr_t)text;
	fputs("Commands:\n", f);
	print_commands(f);
	fputs("\n`tern COMMAND --help' and tern-COMMAND(1) tell more.", f);
	fclose(f);
	return list;
}

/* Stops at the first argument, so that what follows is the subcommand's. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is argp's */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	int *first = state->input;

	(void)arg; /* it is argv[first] */
	switch (key) {
	case ARGP_KEY_ARG:
		*first = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_state_help(state, stderr,
				ARGP_HELP_USAGE | ARGP_HELP_POST_DOC);
		exit(EXIT_USAGE);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option no_options[] = {{0}};

static const struct argp tern_argp = {
	.options = no_options,
	.parser = parse,
	.args_doc = "COMMAND [ARG...]\nhelp COMMAND",
	.doc = "A TCP/IP stack of its own, at work in the terminal.\v",
	.help_filter = help_filter,
};

static int help(int argc, char **argv)
{
	static char tern[] = "tern", option[] = "--help";
	char *args[3] = {tern, option, NULL};
	const struct command *c;

	if (argc < 2)
		return argp_parse(&tern_argp, 2, args, 0, NULL, NULL);
	c = find(argv[1]);
	return c ? run(c, 2, args) : unknown(argv[1]);
}

int main(int argc, char **argv)
{
	const struct command *c;
	int first = 0;

	argp_program_version = "tern " TERN_VERSION;
	argp_err_exit_status = EXIT_USAGE;
	setlocale(LC_CTYPE, "");
	if (argp_parse(&tern_argp, argc, argv, ARGP_IN_ORDER, NULL, &first))
		return EXIT_USAGE;
	argc -= first;
	argv += first;
	if (!strcmp(argv[0], "help"))
		return help(argc, argv);
	c = find(argv[0]);
	return c ? run(c, argc, argv) : unknown(argv[0]);
}
