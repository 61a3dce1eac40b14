/* SPDX-License-Identifier: ISC */
/*
 * evaluate.c - plain asserts, without python
 *
 * Reads and computes in one pass, with Python's precedence:
 *
 *	or, and, not, comparisons and in, |, ^, &, shifts, + -, * / // %,
 *	unary + - ~, **
 *
 * Comparisons chain (a < b < c), `and` and `or` give one of their operands,
 * and / gives a fraction.  What would overflow 64 bits is left to python, and
 * so is a division by zero.
 */
#include "evaluate.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64
#define LIST_MAX  32

struct number {
	bool real;
	int64_t i;
	double d;
};

struct state {
	const char *p, *end;
	drill_name_fn *name;
	const void *ctx;
	bool foreign;
	int depth;
	char *values;
	size_t values_size;
};

static struct number foreign(struct state *s)
{
	s->foreign = true;
	return (struct number){0};
}

static struct number integer(int64_t i)
{
	return (struct number){.i = i};
}

static struct number real(double d)
{
	return (struct number){.real = true, .d = d};
}

static double as_double(struct number n)
{
	return n.real ? n.d : (double)n.i;
}

static bool truth(struct number n)
{
	return n.real ? n.d != 0 : n.i != 0;
}

/* Blanks, and in parentheses newlines and comments too. */
static void skip(struct state *s)
{
	while (s->p < s->end) {
		if (*s->p == '#')
			while (s->p < s->end && *s->p != '\n')
				s->p++;
		else if (isspace((unsigned char)*s->p))
			s->p++;
		else if (*s->p == '\\' && s->p + 1 < s->end && s->p[1] == '\n')
			s->p += 2;
		else
			return;
	}
}

static bool at_word(struct state *s, const char *word)
{
	const size_t len = strlen(word);

	skip(s);
	return (size_t)(s->end - s->p) >= len && memcmp(s->p, word, len) == 0 &&
	       !(isalnum((unsigned char)s->p[len]) || s->p[len] == '_');
}

static bool take_word(struct state *s, const char *word)
{
	if (!at_word(s, word))
		return false;
	s->p += strlen(word);
	return true;
}

/* Takes an operator, but not the beginning of a longer one. */
static bool take(struct state *s, const char *op)
{
	const size_t len = strlen(op);
	char next = 0;

	skip(s);
	if ((size_t)(s->end - s->p) < len || memcmp(s->p, op, len) != 0)
		return false;
	if (s->p + len < s->end)
		next = s->p[len];
	if (len == 1 && strchr("*/<>", *op) && next == *op)
		return false;
	if (strchr("<>", op[len - 1]) && next == '=')
		return false;
	s->p += len;
	return true;
}

static struct number parse_or(struct state *s);

static void remember(struct state *s, const char *name, int64_t v)
{
	const size_t len = strlen(s->values);

	if (!strstr(s->values, name))
		snprintf(s->values + len, s->values_size - len, "%s%s is %lld",
			 len ? ", " : "", name, (long long)v);
}

static struct number parse_name(struct state *s)
{
	char name[64];
	int64_t v;
	size_t n = 0;

	while (s->p < s->end && n + 1 < sizeof(name) &&
	       (isalnum((unsigned char)*s->p) || *s->p == '_'))
		name[n++] = *s->p++;
	name[n] = 0;
	if (strcmp(name, "True") == 0 || strcmp(name, "False") == 0)
		return integer(name[0] == 'T');
	if (!s->name(s->ctx, name, &v))
		return foreign(s);
	skip(s);
	if (s->p < s->end && strchr("([.", *s->p))
		return foreign(s);
	remember(s, name, v);
	return integer(v);
}

static struct number parse_number(struct state *s)
{
	char text[20] = "";
	size_t n = 0;
	bool hex;
	int64_t i;
	double d;
	char *end;

	while (s->p < s->end && n + 1 < sizeof(text) &&
	       (isalnum((unsigned char)*s->p) || *s->p == '.' || *s->p == '_'))
		text[n++] = *s->p++;
	hex = text[0] == '0' && (text[1] | 0x20) == 'x';
	/* Too long, or in a form that only Python has. */
	if (n > 18 || (!hex && strpbrk(text, "_jJoObBxX")) ||
	    (text[0] == '0' && isdigit((unsigned char)text[1])))
		return foreign(s);
	i = strtoll(text, &end, hex ? 16 : 10);
	if (*end == 0)
		return integer(i);
	d = strtod(text, &end);
	return *end || hex ? foreign(s) : real(d);
}

static struct number parse_atom(struct state *s)
{
	struct number n;

	skip(s);
	if (s->p == s->end || s->foreign || s->depth == DEPTH_MAX)
		return foreign(s);
	if (take(s, "(")) {
		s->depth++;
		n = parse_or(s);
		s->depth--;
		return take(s, ")") ? n : foreign(s);
	}
	if (isdigit((unsigned char)*s->p) || *s->p == '.')
		return parse_number(s);
	if (isalpha((unsigned char)*s->p) || *s->p == '_')
		return parse_name(s);
	return foreign(s);
}

static struct number power(struct state *s, struct number a, struct number b)
{
	int64_t r = 1;
	int64_t i;

	if (a.real || b.real || b.i < 0 || b.i > 63)
		return foreign(s);
	for (i = 0; i < b.i; i++)
		if (__builtin_mul_overflow(r, a.i, &r))
			return foreign(s);
	return integer(r);
}

static struct number parse_unary(struct state *s);

static struct number parse_power(struct state *s)
{
	struct number a = parse_atom(s);

	if (!take(s, "**"))
		return a;
	return power(s, a, parse_unary(s));
}

static struct number parse_unary(struct state *s)
{
	struct number n;
	bool minus, not ;

	if (++s->depth > DEPTH_MAX)
		return foreign(s);
	minus = take(s, "-");
	not = !minus && take(s, "~");
	if (!minus && !not &&!take(s, "+")) {
		s->depth--;
		return parse_power(s);
	}
	n = parse_unary(s);
	s->depth--;
	if (n.real)
		return not ? foreign(s) : real(minus ? -n.d : n.d);
	if (n.i == INT64_MIN)
		return foreign(s);
	return integer(minus ? -n.i : not ? ~n.i : n.i);
}

/* Python rounds towards minus infinity. */
static struct number divide(struct state *s, struct number a, struct number b,
			    char op)
{
	int64_t q, m;

	if (!truth(b) || (op != '/' && (a.real || b.real)) ||
	    (!a.real && a.i == INT64_MIN))
		return foreign(s);
	if (op == '/')
		return real(as_double(a) / as_double(b));
	q = a.i / b.i;
	m = a.i % b.i;
	if (m != 0 && (m < 0) != (b.i < 0)) {
		q--;
		m += b.i;
	}
	return integer(op == '%' ? m : q);
}

static struct number add(struct state *s, struct number a, struct number b,
			 char op)
{
	int64_t r;
	bool over;

	if (a.real || b.real) {
		double x = as_double(a), y = as_double(b);

		return real(op == '*' ? x * y : op == '+' ? x + y : x - y);
	}
	if (op == '*')
		over = __builtin_mul_overflow(a.i, b.i, &r);
	else if (op == '+')
		over = __builtin_add_overflow(a.i, b.i, &r);
	else
		over = __builtin_sub_overflow(a.i, b.i, &r);
	return over ? foreign(s) : integer(r);
}

static struct number parse_product(struct state *s)
{
	struct number a = parse_unary(s);

	while (!s->foreign) {
		if (take(s, "//"))
			a = divide(s, a, parse_unary(s), 'q');
		else if (take(s, "*"))
			a = add(s, a, parse_unary(s), '*');
		else if (take(s, "/"))
			a = divide(s, a, parse_unary(s), '/');
		else if (take(s, "%"))
			a = divide(s, a, parse_unary(s), '%');
		else
			break;
	}
	return a;
}

static struct number parse_sum(struct state *s)
{
	struct number a = parse_product(s);

	while (!s->foreign) {
		if (take(s, "+"))
			a = add(s, a, parse_product(s), '+');
		else if (take(s, "-"))
			a = add(s, a, parse_product(s), '-');
		else
			break;
	}
	return a;
}

static struct number shift(struct state *s, struct number a, struct number b,
			   bool left)
{
	if (a.real || b.real || b.i < 0 || b.i > 62 || a.i < 0)
		return foreign(s);
	if (!left)
		return integer(a.i >> b.i);
	if (a.i > INT64_MAX >> b.i)
		return foreign(s);
	return integer(a.i << b.i);
}

static struct number parse_shift(struct state *s)
{
	struct number a = parse_sum(s);

	while (!s->foreign) {
		if (take(s, "<<"))
			a = shift(s, a, parse_sum(s), true);
		else if (take(s, ">>"))
			a = shift(s, a, parse_sum(s), false);
		else
			break;
	}
	return a;
}

static struct number bits(struct state *s, struct number a, struct number b,
			  char op)
{
	if (a.real || b.real)
		return foreign(s);
	return integer(op == '&'   ? a.i & b.i
		       : op == '|' ? a.i | b.i
				   : a.i ^ b.i);
}

static struct number parse_and_bits(struct state *s)
{
	struct number a = parse_shift(s);

	while (!s->foreign && take(s, "&"))
		a = bits(s, a, parse_shift(s), '&');
	return a;
}

static struct number parse_xor_bits(struct state *s)
{
	struct number a = parse_and_bits(s);

	while (!s->foreign && take(s, "^"))
		a = bits(s, a, parse_and_bits(s), '^');
	return a;
}

static struct number parse_bits(struct state *s)
{
	struct number a = parse_xor_bits(s);

	while (!s->foreign && take(s, "|"))
		a = bits(s, a, parse_xor_bits(s), '|');
	return a;
}

static int compare(struct number a, struct number b)
{
	if (!a.real && !b.real)
		return a.i < b.i ? -1 : a.i > b.i;
	return as_double(a) < as_double(b) ? -1 : as_double(a) > as_double(b);
}

/* x in (1, 2) */
static bool parse_in(struct state *s, struct number a)
{
	const char *close = take(s, "(") ? ")" : take(s, "[") ? "]" : NULL;
	bool found = false;
	int n = 0;

	if (!close)
		return foreign(s).real;
	do {
		if (s->foreign || n++ == LIST_MAX)
			return foreign(s).real;
		skip(s);
		if (s->p < s->end && *s->p == *close)
			break;
		found |= compare(a, parse_or(s)) == 0;
	} while (take(s, ","));
	if (!take(s, close))
		foreign(s);
	return found;
}

/* Takes one comparison with what comes next.  False if there is none. */
static bool parse_relation(struct state *s, struct number *a, bool *holds)
{
	static const struct {
		const char *op;
		int least, most; /* of compare(), or 2 for anything but 0 */
	} ops[] = {{"==", 0, 0}, {"!=", 2, 2},	{"<=", -1, 0},
		   {">=", 0, 1}, {"<", -1, -1}, {">", 1, 1}};
	size_t i;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		struct number b;
		int c;

		if (!take(s, ops[i].op))
			continue;
		b = parse_bits(s);
		c = compare(*a, b);
		*holds &= ops[i].least == 2
				  ? c != 0
				  : c >= ops[i].least && c <= ops[i].most;
		*a = b;
		return true;
	}
	return false;
}

static struct number parse_comparison(struct state *s)
{
	struct number a = parse_bits(s);
	bool holds = true, any = false;

	while (!s->foreign) {
		bool not = take_word(s, "not");

		if (take_word(s, "in"))
			holds &= parse_in(s, a) != not ;
		else if (not )
			return foreign(s);
		else if (!parse_relation(s, &a, &holds))
			break;
		any = true;
	}
	return any ? integer(holds) : a;
}

static struct number parse_not(struct state *s)
{
	struct number n;

	if (++s->depth > DEPTH_MAX)
		return foreign(s);
	if (take_word(s, "not"))
		n = integer(!truth(parse_not(s)));
	else
		n = parse_comparison(s);
	s->depth--;
	return n;
}

static struct number parse_and(struct state *s)
{
	struct number a = parse_not(s);

	while (!s->foreign && take_word(s, "and")) {
		struct number b = parse_not(s);

		a = truth(a) ? b : a;
	}
	return a;
}

static struct number parse_or(struct state *s)
{
	struct number a = parse_and(s);

	while (!s->foreign && take_word(s, "or")) {
		struct number b = parse_and(s);

		a = truth(a) ? a : b;
	}
	return a;
}

/* The end of a statement: a newline or ';' outside strings and parentheses. */
static const char *statement_end(const char *p)
{
	int depth = 0;
	char quote = 0;

	for (; *p; p++) {
		if (*p == '\\' && p[1]) {
			p++;
		} else if (quote) {
			if (*p == quote)
				quote = 0;
		} else if (*p == '\'' || *p == '"') {
			quote = *p;
		} else if (*p == '#') {
			p += strcspn(p, "\n");
			if (depth <= 0 || !*p)
				return p;
		} else if (strchr("([{", *p)) {
			depth++;
		} else if (strchr(")]}", *p)) {
			depth--;
		} else if (depth <= 0 && (*p == '\n' || *p == ';')) {
			return p;
		}
	}
	return p;
}

/* Returns false if the statement is an assert that does not hold. */
static bool statement(struct state *s)
{
	struct number n;

	skip(s);
	if (s->p == s->end || take_word(s, "pass"))
		return true;
	if (!take_word(s, "assert")) {
		foreign(s);
		return true;
	}
	n = parse_or(s);
	skip(s);
	if (s->p < s->end && *s->p != ',')
		foreign(s);
	return s->foreign || truth(n);
}

void drill_code_evaluate(const char *code, drill_name_fn *name, const void *ctx,
			 struct drill_outcome_at *out)
{
	const char *p = code, *end;
	char values[256];

	memset(out, 0, sizeof(*out));
	for (; *p; p = *end ? end + 1 : end) {
		struct state s = {.name = name,
				  .ctx = ctx,
				  .values = values,
				  .values_size = sizeof(values)};
		bool holds;

		end = statement_end(p);
		values[0] = 0;
		s.p = p;
		s.end = end;
		holds = statement(&s);
		if (s.foreign) {
			out->outcome = DRILL_CODE_FOREIGN;
			return;
		}
		if (holds || out->outcome == DRILL_CODE_FAILED)
			continue;
		out->outcome = DRILL_CODE_FAILED;
		p += strspn(p, " \t\n");
		out->offset = (size_t)(p - code);
		out->len = (size_t)(end - p);
		memcpy(out->values, values, sizeof(values));
	}
}
