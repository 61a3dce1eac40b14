/* SPDX-License-Identifier: ISC */
/*
 * parse.h - what the files of the parser share
 *
 * Recursive descent.  A function takes from the lexer what it is named after
 * and returns true, or enters what is wrong and returns false.
 */
#ifndef TERN_DRILL_PARSE_H
#define TERN_DRILL_PARSE_H

#include "lex.h"
#include "script.h"

struct drill_parser {
	struct drill_lexer lex;
	struct drill_arena *arena;
	struct drill_error *error;
	int depth; /* of structures in structures */
	struct drill_define *defines;
};

/* Enters "expected `what`, found ..." with the next token. */
void drill_parse_complain(struct drill_parser *p, const char *what);

/* The same.  Returns false, for callers to return. */
static inline bool drill_parse_expected(struct drill_parser *p,
					const char *what)
{
	drill_parse_complain(p, what);
	return false;
}

/* Takes this mark; `after` says behind what it is expected, or is NULL. */
bool drill_parse_mark(struct drill_parser *p, char mark, const char *after);

/* Takes a number from 0 to `max`; `what` names it. */
bool drill_parse_number(struct drill_parser *p, uint32_t max, const char *what,
			uint32_t *out);

/* Takes a name, as a string of its own. */
bool drill_parse_name(struct drill_parser *p, const char *what,
		      const char **out);

/* Enters definitions from outside, "NAME=VALUE" each, ended by NULL. */
bool drill_parse_given(struct drill_parser *p, const char *const *defines);

/* Takes the option lines at the head of a script. */
bool drill_parse_settings(struct drill_parser *p, struct drill_setting **end);

bool drill_parse_packet(struct drill_parser *p, struct drill_packet *out);
bool drill_parse_tcp_options(struct drill_parser *p, struct drill_packet *out);
bool drill_parse_icmp(struct drill_parser *p, struct drill_packet *out);
bool drill_parse_span(struct drill_parser *p, struct drill_packet *out);
bool drill_parse_syscall(struct drill_parser *p, struct drill_syscall *out);
bool drill_parse_expr(struct drill_parser *p, struct drill_expr **out);

#endif
