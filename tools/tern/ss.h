/* SPDX-License-Identifier: ISC */
/*
 * ss.h - the parts of tern ss
 */
#ifndef TERN_TOOL_SS_H
#define TERN_TOOL_SS_H

#include <jansson.h>
#include <stdbool.h>

#include "control_client.h"

struct ss_options {
	bool tcp, unix_sockets;
	bool listening, all;
	bool numeric, timers, info, memory, extended, processes;
	bool no_header, json;
	bool summary, stats, interfaces;
	const char *sysctl; /* "all", "NAME" or "NAME=VALUE" */
	const char *who;    /* which process; NULL: all of them */
};

/* True if the options ask for this socket. */
bool ss_wanted(const struct ss_options *o, json_t *socket);

/* Prints rows (objects that ss_row_add() made) in columns, with a header. */
struct ss_rows;
struct ss_rows *ss_rows_create(const struct ss_options *o);
void ss_rows_add(struct ss_rows *rows, const struct peer *p, json_t *socket);
void ss_rows_print(struct ss_rows *rows);
void ss_rows_destroy(struct ss_rows *rows);

/* What ss calls a state: "ESTAB" for "ESTABLISHED". */
const char *ss_state(const char *state);

/* The other lists, one process each.  Return 0, or -1 after a message. */
int ss_summary(struct peer *p);
int ss_stats(struct peer *p);
int ss_interfaces(struct peer *p);
int ss_sysctl(struct peer *p, const char *setting);

#endif
