/* SPDX-License-Identifier: ISC */
/*
 * lex.h - the tokens of a script, each with its place
 *
 * The language has corners in which the same characters mean other things: the
 * flags of a segment, cookies in hexadecimal, remarks behind a result, option
 * lines.  The parser knows when it is in one, and asks for what is there with
 * a function of its own; such a function reads from where the token that was
 * looked at, if any, begins.
 */
#ifndef TERN_DRILL_LEX_H
#define TERN_DRILL_LEX_H

#include <stdbool.h>

#include "error.h"

enum drill_token_kind {
	DRILL_TOKEN_END,
	DRILL_TOKEN_NUMBER,   /* 12, 0x1f */
	DRILL_TOKEN_FRACTION, /* 0.5, .5: seconds */
	DRILL_TOKEN_NAME,
	DRILL_TOKEN_STRING,   /* `text` is what is between the quotes */
	DRILL_TOKEN_SHELL,    /* ... the backquotes */
	DRILL_TOKEN_CODE,     /* ... %{ and }% */
	DRILL_TOKEN_ELLIPSIS, /* ... */
	DRILL_TOKEN_MARK,     /* any other character, in `mark` */
	DRILL_TOKEN_BAD,      /* the error says why */
};

struct drill_token {
	enum drill_token_kind kind;
	char mark;
	const char *text;
	size_t len;
	uint64_t number; /* of a NUMBER */
	int64_t ns;	 /* of a NUMBER or FRACTION, taken as seconds */
	size_t begin, end;
};

/* A name that stands for a number, a string or another name. */
struct drill_define {
	struct drill_define *next;
	const char *name, *value;
};

struct drill_lexer {
	const char *text;
	size_t len;
	size_t pos;
	size_t taken; /* where what was taken last ended */
	bool has_ahead;
	struct drill_token ahead;
	struct drill_place known; /* the place of known_offset */
	size_t known_offset;
	struct drill_error *error;
	const struct drill_define *defines;
};

void drill_lex_init(struct drill_lexer *l, const char *text, size_t len,
		    struct drill_error *error);

/* The next token, which stays the next. */
const struct drill_token *drill_lex_peek(struct drill_lexer *l);

/* The next token, which is gone then. */
struct drill_token drill_lex_take(struct drill_lexer *l);

/* Takes the next token if it is this mark. */
bool drill_lex_take_mark(struct drill_lexer *l, char mark);

/* True if the next token is this mark, or this name. */
bool drill_lex_is_mark(struct drill_lexer *l, char mark);
bool drill_lex_is_name(struct drill_lexer *l, const char *name);

/* The place of an offset, and of the next token. */
struct drill_place drill_lex_place(struct drill_lexer *l, size_t offset);
struct drill_place drill_lex_here(struct drill_lexer *l);

/* Where the next token begins. */
size_t drill_lex_begin(struct drill_lexer *l);

/*
 * Takes as many characters as are in `set`, behind blanks and comments.
 * Returns their number, and where they stand in *text.
 */
size_t drill_lex_run(struct drill_lexer *l, const char *set, const char **text);

/* Takes a remark in parentheses, if there is one.  False if it does not end. */
bool drill_lex_remark(struct drill_lexer *l);

/*
 * Takes a line that begins with "-", if the next does.  Returns its length
 * without the line's end, 0 if it does not.
 */
size_t drill_lex_option(struct drill_lexer *l, const char **text);

/* The value of a hexadecimal digit, -1 if it is none. */
int drill_hex_digit(char c);

/* The first character of what comes next; 0 at the end. */
char drill_lex_char(struct drill_lexer *l);

/* The character behind the next token and blanks; 0 at the end. */
char drill_lex_after(struct drill_lexer *l);

#endif
