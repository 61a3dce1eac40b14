/* SPDX-License-Identifier: ISC */
/*
 * lex.c - the tokens of a script
 */
#include "lex.h"

#include <ctype.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* A hundred years in seconds: what is longer is no time of a script. */
#define SECONDS_MAX UINT64_C(3155760000)

void drill_lex_init(struct drill_lexer *l, const char *text, size_t len,
		    struct drill_error *error)
{
	memset(l, 0, sizeof(*l));
	l->text = text;
	l->len = len;
	l->known = (struct drill_place){1, 1};
	l->error = error;
}

static int at(const struct drill_lexer *l, size_t pos)
{
	return pos < l->len ? (unsigned char)l->text[pos] : 0;
}

/* Counts on from the last place that was asked for: most lie behind it. */
struct drill_place drill_lex_place(struct drill_lexer *l, size_t offset)
{
	if (offset < l->known_offset) {
		l->known_offset = 0;
		l->known = (struct drill_place){1, 1};
	}
	for (; l->known_offset < offset; l->known_offset++) {
		if (at(l, l->known_offset) == '\n') {
			l->known.line++;
			l->known.col = 1;
		} else {
			l->known.col++;
		}
	}
	return l->known;
}

static void skip_line(struct drill_lexer *l)
{
	while (l->pos < l->len && l->text[l->pos] != '\n')
		l->pos++;
}

static bool skip_comment(struct drill_lexer *l)
{
	const size_t begin = l->pos;

	for (l->pos += 2; l->pos < l->len; l->pos++) {
		if (at(l, l->pos) == '*' && at(l, l->pos + 1) == '/') {
			l->pos += 2;
			return true;
		}
	}
	drill_error_set(l->error, drill_lex_place(l, begin),
			"this comment does not end");
	return false;
}

/* Blanks and comments. */
static bool skip(struct drill_lexer *l)
{
	for (;;) {
		int c = at(l, l->pos);

		if (l->pos >= l->len)
			return true;
		if (c == '#' || (c == '/' && at(l, l->pos + 1) == '/')) {
			skip_line(l);
		} else if (c == '/' && at(l, l->pos + 1) == '*') {
			if (!skip_comment(l))
				return false;
		} else if (isspace(c)) {
			l->pos++;
		} else {
			return true;
		}
	}
}

static bool bad(struct drill_lexer *l, struct drill_token *t, const char *why)
{
	t->kind = DRILL_TOKEN_BAD;
	drill_error_set(l->error, drill_lex_place(l, t->begin), "%s", why);
	return false;
}

/* Up to `close`; the token is what lies between. */
static bool lex_until(struct drill_lexer *l, struct drill_token *t,
		      size_t open_len, const char *close, const char *why)
{
	const size_t close_len = strlen(close);
	size_t p;

	t->text = l->text + l->pos + open_len;
	for (p = l->pos + open_len; p + close_len <= l->len; p++) {
		if (memcmp(l->text + p, close, close_len) != 0)
			continue;
		t->len = p - l->pos - open_len;
		l->pos = p + close_len;
		return true;
	}
	l->pos = l->len;
	return bad(l, t, why);
}

static bool lex_string(struct drill_lexer *l, struct drill_token *t)
{
	t->kind = DRILL_TOKEN_STRING;
	t->text = l->text + l->pos + 1;
	for (l->pos++; l->pos < l->len; l->pos++) {
		int c = at(l, l->pos);

		if (c == '\n')
			break;
		if (c == '\\') {
			l->pos++;
		} else if (c == '"') {
			t->len = (size_t)(l->text + l->pos - t->text);
			l->pos++;
			return true;
		}
	}
	if (l->pos > l->len)
		l->pos = l->len;
	return bad(l, t, "this string does not end in its line");
}

int drill_hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)((at - digits) % 16) : -1;
}

static bool lex_hex(struct drill_lexer *l, struct drill_token *t)
{
	size_t n = 0;

	t->kind = DRILL_TOKEN_NUMBER;
	for (l->pos += 2; isxdigit(at(l, l->pos)); l->pos++, n++)
		t->number = t->number << 4 |
			    (unsigned int)drill_hex_digit((char)at(l, l->pos));
	if (n == 0 || n > 16)
		return bad(l, t, "a hexadecimal number has 1 to 16 digits");
	return true;
}

/* The digits behind the point; what is below a nanosecond is lost. */
static int64_t lex_decimals(struct drill_lexer *l)
{
	int64_t unit = NS_PER_S / 10, ns = 0;

	for (; isdigit(at(l, l->pos)); l->pos++, unit /= 10)
		ns += unit * (at(l, l->pos) - '0');
	return ns;
}

static bool lex_number(struct drill_lexer *l, struct drill_token *t)
{
	bool large = false;

	if (at(l, l->pos) == '0' && (at(l, l->pos + 1) | 0x20) == 'x')
		return lex_hex(l, t);
	t->kind = DRILL_TOKEN_NUMBER;
	for (; isdigit(at(l, l->pos)); l->pos++) {
		uint64_t digit = (uint64_t)(at(l, l->pos) - '0');

		large |= t->number > (UINT64_MAX - digit) / 10;
		t->number = t->number * 10 + digit;
	}
	if (large)
		return bad(l, t, "this number is too large");
	t->ns = t->number > SECONDS_MAX ? INT64_MAX
					: (int64_t)t->number * NS_PER_S;
	if (at(l, l->pos) == '.' && isdigit(at(l, l->pos + 1))) {
		l->pos++;
		t->kind = DRILL_TOKEN_FRACTION;
		t->ns += t->ns == INT64_MAX ? 0 : lex_decimals(l);
		if (t->ns == INT64_MAX)
			return bad(l, t, "this time is too long");
	}
	return true;
}

static bool lex_fraction(struct drill_lexer *l, struct drill_token *t)
{
	t->kind = DRILL_TOKEN_FRACTION;
	l->pos++;
	t->ns = lex_decimals(l);
	return true;
}

static bool is_letter(int c)
{
	return isalpha(c) || c == '_';
}

static void lex_name(struct drill_lexer *l, struct drill_token *t)
{
	t->kind = DRILL_TOKEN_NAME;
	t->text = l->text + l->pos;
	while (isalnum(at(l, l->pos)) || at(l, l->pos) == '_')
		l->pos++;
	t->len = (size_t)(l->text + l->pos - t->text);
}

static const char *defined(const struct drill_lexer *l, const char *name,
			   size_t len)
{
	const struct drill_define *d;

	for (d = l->defines; d; d = d->next)
		if (strlen(d->name) == len && memcmp(d->name, name, len) == 0)
			return d->value;
	return NULL;
}

static bool lex_token(struct drill_lexer *l, struct drill_token *t);

/* What the name stands for takes its place.  It is one token, in which no name
 * stands for anything, so that this ends. */
static bool substitute(struct drill_lexer *l, struct drill_token *t,
		       const char *value)
{
	struct drill_token in = {.kind = DRILL_TOKEN_END};
	struct drill_error ignored = {.text = ""};
	struct drill_lexer sub;

	drill_lex_init(&sub, value, strlen(value), &ignored);
	if (!lex_token(&sub, &in) || sub.pos < sub.len)
		return bad(l, t,
			   "this stands for what is not one number, string or "
			   "name");
	in.begin = t->begin;
	*t = in;
	return true;
}

/* NAME if it is defined, or $NAME, which has to be. */
static bool lex_word(struct drill_lexer *l, struct drill_token *t)
{
	const bool must = at(l, l->pos) == '$';
	const char *value;

	l->pos += must;
	lex_name(l, t);
	value = defined(l, t->text, t->len);
	if (value)
		return substitute(l, t, value);
	return !must || bad(l, t, "this name is not defined");
}

static bool lex_token(struct drill_lexer *l, struct drill_token *t)
{
	int c = at(l, l->pos);

	if (isdigit(c))
		return lex_number(l, t);
	if (c == '.' && isdigit(at(l, l->pos + 1)))
		return lex_fraction(l, t);
	if (c == '.' && at(l, l->pos + 1) == '.' && at(l, l->pos + 2) == '.') {
		t->kind = DRILL_TOKEN_ELLIPSIS;
		l->pos += 3;
		return true;
	}
	if (is_letter(c) || (c == '$' && is_letter(at(l, l->pos + 1))))
		return lex_word(l, t);
	if (c == '"')
		return lex_string(l, t);
	if (c == '`') {
		t->kind = DRILL_TOKEN_SHELL;
		return lex_until(l, t, 1, "`", "this command does not end");
	}
	if (c == '%' && at(l, l->pos + 1) == '{') {
		t->kind = DRILL_TOKEN_CODE;
		return lex_until(l, t, 2, "}%", "this code does not end");
	}
	if (!isprint(c))
		return bad(l, t, "a character that has no meaning here");
	t->kind = DRILL_TOKEN_MARK;
	t->mark = (char)c;
	l->pos++;
	return true;
}

static void scan(struct drill_lexer *l)
{
	struct drill_token *t = &l->ahead;

	memset(t, 0, sizeof(*t));
	l->has_ahead = true;
	t->begin = l->pos;
	if (!skip(l)) {
		t->kind = DRILL_TOKEN_BAD;
		return;
	}
	t->begin = l->pos;
	if (l->pos < l->len && !lex_token(l, t))
		t->kind = DRILL_TOKEN_BAD;
	t->end = l->pos;
}

const struct drill_token *drill_lex_peek(struct drill_lexer *l)
{
	if (!l->has_ahead)
		scan(l);
	return &l->ahead;
}

struct drill_token drill_lex_take(struct drill_lexer *l)
{
	struct drill_token t = *drill_lex_peek(l);

	l->taken = t.end;
	/* What is wrong, and the end, stay ahead. */
	l->has_ahead = t.kind == DRILL_TOKEN_BAD || t.kind == DRILL_TOKEN_END;
	return t;
}

bool drill_lex_is_mark(struct drill_lexer *l, char mark)
{
	const struct drill_token *t = drill_lex_peek(l);

	return t->kind == DRILL_TOKEN_MARK && t->mark == mark;
}

bool drill_lex_take_mark(struct drill_lexer *l, char mark)
{
	if (!drill_lex_is_mark(l, mark))
		return false;
	drill_lex_take(l);
	return true;
}

bool drill_lex_is_name(struct drill_lexer *l, const char *name)
{
	const struct drill_token *t = drill_lex_peek(l);

	return t->kind == DRILL_TOKEN_NAME && t->len == strlen(name) &&
	       memcmp(t->text, name, t->len) == 0;
}

size_t drill_lex_begin(struct drill_lexer *l)
{
	return drill_lex_peek(l)->begin;
}

struct drill_place drill_lex_here(struct drill_lexer *l)
{
	return drill_lex_place(l, drill_lex_begin(l));
}

/* Goes back to where the token that was looked at begins. */
static void unpeek(struct drill_lexer *l)
{
	if (l->has_ahead && l->ahead.kind != DRILL_TOKEN_BAD)
		l->pos = l->ahead.begin;
	l->has_ahead = l->has_ahead && l->ahead.kind == DRILL_TOKEN_BAD;
}

size_t drill_lex_run(struct drill_lexer *l, const char *set, const char **text)
{
	size_t begin;

	unpeek(l);
	*text = l->text + l->pos;
	if (l->has_ahead || !skip(l))
		return 0;
	begin = l->pos;
	*text = l->text + begin;
	while (l->pos < l->len && at(l, l->pos) && strchr(set, at(l, l->pos)))
		l->pos++;
	if (l->pos > begin)
		l->taken = l->pos;
	return l->pos - begin;
}

bool drill_lex_remark(struct drill_lexer *l)
{
	size_t begin;
	int depth = 0;

	if (!drill_lex_is_mark(l, '('))
		return true;
	unpeek(l);
	begin = l->pos;
	for (; l->pos < l->len && at(l, l->pos) != '\n'; l->pos++) {
		depth += at(l, l->pos) == '(';
		depth -= at(l, l->pos) == ')';
		if (depth == 0) {
			l->taken = ++l->pos;
			return true;
		}
	}
	drill_error_set(l->error, drill_lex_place(l, begin),
			"this remark does not end in its line");
	return false;
}

size_t drill_lex_option(struct drill_lexer *l, const char **text)
{
	size_t begin;

	unpeek(l);
	if (l->has_ahead || !skip(l))
		return 0;
	if (at(l, l->pos) != '-')
		return 0;
	begin = l->pos;
	*text = l->text + begin;
	skip_line(l);
	return l->pos - begin;
}

char drill_lex_char(struct drill_lexer *l)
{
	unpeek(l);
	return (char)(l->has_ahead || !skip(l) ? 0 : at(l, l->pos));
}

char drill_lex_after(struct drill_lexer *l)
{
	size_t p = drill_lex_peek(l)->end;

	while (p < l->len && isspace(at(l, p)))
		p++;
	return (char)at(l, p);
}
