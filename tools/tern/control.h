/* SPDX-License-Identifier: ISC */
/*
 * control.h - the control socket of a running command
 *
 * A UNIX stream socket, PID.sock in a directory that only its owner can enter.
 * The client writes requests, one JSON object a line; the server answers with
 * one or more lines, the last of which has "end" or "error".
 *
 *	{"cmd": "hello"}	   who is there
 *	{"cmd": "list"}		   one line a socket
 *	{"cmd": "stats"}	   counters, drops, memory
 *	{"cmd": "counters"}	   every counter, zeros too, and every drop
 *	{"cmd": "interfaces"}	   one line an interface
 *	{"cmd": "sysctl"}	   one line a tunable
 *	{"cmd": "sysctl", "name": N, "value": V}	V may be left out
 *	{"cmd": "trace", "types": ["segments", ...]}	one line an event, until
 *			the client goes; {"lost": n} where some are missing
 */
#ifndef TERN_TOOL_CONTROL_H
#define TERN_TOOL_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

struct control;
struct ring;
struct tern;

struct control_config {
	const char *command; /* "httpd" */
	const char *detail;  /* its link, in words */
	struct tern *stack;
	struct ring *ring;
};

/* Opens it.  Returns 0 or a negative errno. */
int control_open(struct control **out, const struct control_config *config);

/* A descriptor that is readable when control_run() has something to do. */
int control_fd(const struct control *c);

/*
 * Does what can be done without waiting; to be called in each turn, with
 * `readable` if control_fd() is.  Returns true if there is more to do at once.
 */
bool control_run(struct control *c, bool readable);

/* Closes it and removes its name. */
void control_close(struct control *c);

/*
 * The directory of the control sockets, made if `create`.  Returns 0, or a
 * negative errno: -EPERM if others than its owner may write there.
 */
int control_directory(char *out, size_t size, bool create);

#endif
