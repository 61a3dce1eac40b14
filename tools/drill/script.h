/* SPDX-License-Identifier: ISC */
/*
 * script.h - a script as the parser leaves it
 *
 * A list of events in the order of the file.  All of it lives in one arena.
 */
#ifndef TERN_DRILL_SCRIPT_H
#define TERN_DRILL_SCRIPT_H

#include "arena.h"
#include "packet.h"

enum drill_expr_kind {
	DRILL_EXPR_ELLIPSIS, /* ...: does not matter */
	DRILL_EXPR_NUMBER,   /* also constants and those joined by | */
	DRILL_EXPR_STRING,
	DRILL_EXPR_LIST,   /* [a, b] */
	DRILL_EXPR_STRUCT, /* {a = b, c} */
	DRILL_EXPR_CALL,   /* htons(8080) */
};

/* An argument of a system call, or a part of one. */
struct drill_expr {
	struct drill_expr *next; /* beside it in a list, structure or call */
	enum drill_expr_kind kind;
	struct drill_place place;
	int64_t number;
	const char *text; /* of a string, its bytes; of a call, its name */
	size_t len;	  /* ... and their number */
	struct drill_expr *first;     /* what is inside */
	const char *field;	      /* in a structure: its name, or NULL */
	struct drill_expr *field_arg; /* msg_iov(2)=...: the 2 */
};

enum drill_time_kind {
	DRILL_TIME_ABSOLUTE,
	DRILL_TIME_RELATIVE, /* since the event before */
	DRILL_TIME_ANY,
};

struct drill_time {
	enum drill_time_kind kind;
	bool range; /* until `end_ns` */
	int64_t ns, end_ns;
};

struct drill_syscall {
	const char *name;
	struct drill_expr *args;
	int n_args;
	struct drill_expr *result;
	int err;	      /* a positive errno, 0 if none is named */
	const char *err_name; /* NULL if none is named */
	bool blocks;	      /* a time range was given */
	int64_t end_ns;	      /* ... its end, counted like the beginning */
};

enum drill_event_kind {
	DRILL_EVENT_INBOUND,
	DRILL_EVENT_OUTBOUND,
	DRILL_EVENT_CALL,
	DRILL_EVENT_SHELL,
	DRILL_EVENT_CODE,
};

struct drill_event {
	struct drill_event *next;
	enum drill_event_kind kind;
	struct drill_time time;
	struct drill_place place; /* of its first character */
	const char *source;	  /* as it stands in the script, one line */
	struct drill_packet *packet;
	struct drill_syscall *call;
	const char *body; /* of a command or of code */
	struct drill_place body_place;
};

/* --name=value at the head of a script. */
struct drill_setting {
	struct drill_setting *next;
	struct drill_place place;
	const char *name, *value; /* value is "" if there is none */
};

struct drill_script {
	struct drill_arena arena;
	struct drill_setting *settings;
	struct drill_event *events;
	struct drill_error error;
};

/* A longer text is no script. */
#define DRILL_SCRIPT_MAX (1u << 20)

/*
 * Parses.  `defines` are "NAME=VALUE" that stand before those of the script,
 * ended by NULL, or NULL.  Returns true, or false with s->error set.  In both
 * cases drill_script_free() is to be called.
 */
bool drill_script_parse(struct drill_script *s, const char *text, size_t len,
			const char *const *defines);
void drill_script_free(struct drill_script *s);

/* The field of a structure, NULL if it has none of that name. */
const struct drill_expr *drill_expr_field(const struct drill_expr *e,
					  const char *name);

/* The i-th part of a list, structure or call; NULL if there are fewer. */
const struct drill_expr *drill_expr_at(const struct drill_expr *e, int i);
int drill_expr_count(const struct drill_expr *e);

#endif
