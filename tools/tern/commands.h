/* SPDX-License-Identifier: ISC */
/*
 * commands.h - the subcommands of tern(1)
 *
 * Each lives in a file of its own name.  It is called with argv[0] set to
 * "tern NAME", which is what argp and getopt put in front of their messages,
 * and returns the exit status of the program: 0, 1 if what it was asked for
 * failed, 2 for a command line that cannot be used.
 */
#ifndef TERN_COMMANDS_H
#define TERN_COMMANDS_H

/* The exit status for bad usage. */
#define EXIT_USAGE 2

struct command {
	const char *name;
	const char *summary; /* one line for `tern --help` */
	int (*run)(int argc, char **argv);
};

int cmd_shake(int argc, char **argv);
int cmd_drill(int argc, char **argv);
int cmd_httpd(int argc, char **argv);
int cmd_nc(int argc, char **argv);
int cmd_perf(int argc, char **argv);
int cmd_ss(int argc, char **argv);
int cmd_nstat(int argc, char **argv);
int cmd_sysctl(int argc, char **argv);
int cmd_trace(int argc, char **argv);

#endif
