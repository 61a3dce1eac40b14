/* SPDX-License-Identifier: ISC */
/*
 * ss_rows.c - the list of sockets in the columns of ss(8)
 *
 * Rows are kept as text until all are known, because the width of a column is
 * that of its widest entry.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "ss.h"
#include "ss_detail.h"

enum column {
	NETID,
	STATE,
	RECV_Q,
	SEND_Q,
	LOCAL_ADDR,
	LOCAL_PORT,
	PEER_ADDR,
	PEER_PORT,
	N_COLUMNS,
};

struct row {
	char *text[N_COLUMNS];
	char *rest; /* process, timer and details */
};

struct ss_rows {
	const struct ss_options *options;
	struct row *list;
	size_t n, room;
};

static void *check(void *p)
{
	if (!p) {
		message_error(-ENOMEM, "too many sockets");
		exit(EXIT_FAILURE);
	}
	return p;
}

static char *format(const char *f, ...) __attribute__((format(printf, 1, 2)));

static char *format(const char *f, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, f);
	if (vasprintf(&text, f, args) < 0)
		text = NULL;
	va_end(args);
	return check(text);
}

const char *ss_state(const char *state)
{
	static const char *const names[][2] = {
		{"ESTABLISHED", "ESTAB"},
		{"SYN-RECEIVED", "SYN-RECV"},
		{"FIN-WAIT-1", "FIN-WAIT-1"},
		{"CLOSED", "UNCONN"},
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(state, names[i][0]))
			return names[i][1];
	return state;
}

bool ss_wanted(const struct ss_options *o, json_t *socket)
{
	const char *family = "", *state = "";

	json_unpack(socket, "{s:s, s:s}", "family", &family, "state", &state);
	if (!strcmp(family, "unix") ? !o->unix_sockets : !o->tcp)
		return false;
	if (o->all)
		return true;
	if (o->listening)
		return !strcmp(state, "LISTEN");
	return strcmp(state, "LISTEN") != 0 && strcmp(state, "CLOSED") != 0 &&
	       strcmp(state, "TIME-WAIT") != 0 &&
	       strcmp(state, "SYN-RECEIVED") != 0;
}

struct ss_rows *ss_rows_create(const struct ss_options *o)
{
	struct ss_rows *rows = check(calloc(1, sizeof(*rows)));

	rows->options = o;
	return rows;
}

static char *port_text(const struct ss_options *o, int port)
{
	const struct servent *service;

	if (port == 0)
		return format("*");
	service =
		o->numeric ? NULL : getservbyport(htons((uint16_t)port), "tcp");
	return service ? format("%s", service->s_name) : format("%d", port);
}

static void set_endpoint(const struct ss_options *o, struct row *row,
			 enum column column, json_t *endpoint)
{
	const char *addr = "*";
	int port = 0;

	json_unpack(endpoint, "{s:s, s:i}", "addr", &addr, "port", &port);
	row->text[column] = format("%s", addr);
	row->text[column + 1] = port_text(o, port);
}

void ss_rows_add(struct ss_rows *rows, const struct peer *p, json_t *socket)
{
	const struct ss_options *o = rows->options;
	const char *family = "", *state = "", *path = "";
	json_int_t recv_q = 0, send_q = 0;
	struct row *row;

	if (rows->n == rows->room) {
		rows->room = rows->room ? 2 * rows->room : 64;
		rows->list = check(reallocarray(rows->list, rows->room,
						sizeof(*rows->list)));
	}
	row = &rows->list[rows->n++];
	json_unpack(socket, "{s:s, s:s, s:I, s:I, s?s}", "family", &family,
		    "state", &state, "recv_q", &recv_q, "send_q", &send_q,
		    "path", &path);
	row->text[NETID] = format("%s", family);
	row->text[STATE] = format("%s", ss_state(state));
	row->text[RECV_Q] = format("%lld", (long long)recv_q);
	row->text[SEND_Q] = format("%lld", (long long)send_q);
	if (!strcmp(family, "unix")) {
		row->text[LOCAL_ADDR] = format("%s", *path ? path : "*");
		row->text[LOCAL_PORT] = format(" ");
		row->text[PEER_ADDR] = format("*");
		row->text[PEER_PORT] = format(" ");
	} else {
		set_endpoint(o, row, LOCAL_ADDR,
			     json_object_get(socket, "local"));
		set_endpoint(o, row, PEER_ADDR,
			     json_object_get(socket, "peer"));
	}
	row->rest = check(ss_detail(o, p, socket));
}

static int width(const struct ss_rows *rows, enum column c, const char *title)
{
	size_t widest = strlen(title), len, i;

	for (i = 0; i < rows->n; i++) {
		len = strlen(rows->list[i].text[c]);
		if (len > widest)
			widest = len;
	}
	return (int)widest;
}

static void print_row(const int w[N_COLUMNS], const char *const t[N_COLUMNS],
		      bool netid)
{
	if (netid)
		printf("%-*s ", w[NETID], t[NETID]);
	printf("%-*s %-*s %-*s %*s:%-*s %*s:%-*s", w[STATE], t[STATE],
	       w[RECV_Q], t[RECV_Q], w[SEND_Q], t[SEND_Q], w[LOCAL_ADDR],
	       t[LOCAL_ADDR], w[LOCAL_PORT], t[LOCAL_PORT], w[PEER_ADDR],
	       t[PEER_ADDR], w[PEER_PORT], t[PEER_PORT]);
}

void ss_rows_print(struct ss_rows *rows)
{
	static const char *const titles[N_COLUMNS] = {
		[NETID] = "Netid",
		[STATE] = "State",
		[RECV_Q] = "Recv-Q",
		[SEND_Q] = "Send-Q",
		[LOCAL_ADDR] = "Local Address",
		[LOCAL_PORT] = "Port",
		[PEER_ADDR] = "Peer Address",
		[PEER_PORT] = "Port",
	};
	const struct ss_options *o = rows->options;
	bool netid = o->tcp && o->unix_sockets;
	const char *text[N_COLUMNS];
	int w[N_COLUMNS];
	size_t i, c;

	for (c = 0; c < N_COLUMNS; c++)
		w[c] = width(rows, (enum column)c, titles[c]);
	if (!o->no_header) {
		print_row(w, titles, netid);
		puts(o->processes ? " Process" : "");
	}
	for (i = 0; i < rows->n; i++) {
		for (c = 0; c < N_COLUMNS; c++)
			text[c] = rows->list[i].text[c];
		print_row(w, text, netid);
		puts(rows->list[i].rest);
	}
}

void ss_rows_destroy(struct ss_rows *rows)
{
	size_t i, c;

	for (i = 0; i < rows->n; i++) {
		for (c = 0; c < N_COLUMNS; c++)
			free(rows->list[i].text[c]);
		free(rows->list[i].rest);
	}
	free(rows->list);
	free(rows);
}
