/* SPDX-License-Identifier: ISC */
/*
 * parse_option.c - the options of a TCP segment, between '<' and '>'
 *
 *	mss N, wscale N, sackOK, sack A:B ..., TS val N ecr N, nop, eol,
 *	md5 [HEX], FO [HEX], FOEXP [HEX], AccECN: ECN e0b N ceb N e1b N,
 *	option-KIND [HEX], raw HEX
 *
 * md5 without its digest (RFC 2385) is sent with one of zeros, and expected
 * with any.  option-KIND is what a failure calls an option without a name;
 * raw is for bytes that are none, in a packet that is sent.
 *
 * Nothing is padded: a header that is no multiple of four is an error, since
 * the script has to say what fills it.  <...> in a packet that is expected
 * means any options; in one that is sent there is nothing to choose from.
 */
#include "parse.h"

#include <string.h>

#define HEX	   "0123456789abcdefABCDEF"
#define FOEXP_ID_1 0xf9 /* the experiment's identifier, RFC 7413 4.1.1 */
#define FOEXP_ID_2 0x89

bool drill_option_is_numeric(uint8_t kind)
{
	return kind == DRILL_OPT_MSS || kind == DRILL_OPT_WSCALE ||
	       kind == DRILL_OPT_SACK || kind == DRILL_OPT_TS;
}

uint32_t drill_option_len(const struct drill_option *o)
{
	if (o->raw)
		return o->n;
	switch (o->kind) {
	case DRILL_OPT_EOL:
	case DRILL_OPT_NOP:
		return 1;
	case DRILL_OPT_MSS:
		return 4;
	case DRILL_OPT_WSCALE:
		return 3;
	case DRILL_OPT_SACK:
	case DRILL_OPT_TS:
		return 2 + 4u * o->n;
	default:
		return 2u + o->n;
	}
}

uint32_t drill_options_len(const struct drill_packet *p)
{
	uint32_t len = 0;
	int i;

	for (i = 0; i < p->n_options; i++)
		len += drill_option_len(&p->option[i]);
	return len;
}

const struct drill_option *drill_option_find(const struct drill_packet *p,
					     uint8_t kind)
{
	int i;

	for (i = 0; i < p->n_options; i++)
		if (p->option[i].kind == kind)
			return &p->option[i];
	return NULL;
}

static bool parse_one_number(struct drill_parser *p, struct drill_option *o,
			     uint32_t max, const char *what)
{
	o->n = 1;
	return drill_parse_number(p, max, what, &o->u.number[0]);
}

static bool parse_sack(struct drill_parser *p, struct drill_option *o)
{
	while (drill_lex_peek(&p->lex)->kind == DRILL_TOKEN_NUMBER) {
		uint32_t *edge = &o->u.number[o->n];

		if (o->n == 8)
			return drill_parse_expected(
				p, "no more than 4 SACK blocks");
		if (!drill_parse_number(p, UINT32_MAX, "an edge", &edge[0]) ||
		    !drill_parse_mark(p, ':', "the left edge") ||
		    !drill_parse_number(p, UINT32_MAX, "an edge", &edge[1]))
			return false;
		o->n = (uint8_t)(o->n + 2);
	}
	return o->n > 0 ||
	       drill_parse_expected(p, "a SACK block such as 1001:2001");
}

/* A word, and the number behind it. */
static bool parse_named(struct drill_parser *p, const char *word, uint32_t max,
			uint32_t *out)
{
	if (!drill_lex_is_name(&p->lex, word))
		return drill_parse_expected(p, word);
	drill_lex_take(&p->lex);
	return drill_parse_number(p, max, "a number", out);
}

static bool parse_timestamps(struct drill_parser *p, struct drill_option *o)
{
	o->n = 2;
	return parse_named(p, "val", UINT32_MAX, &o->u.number[0]) &&
	       parse_named(p, "ecr", UINT32_MAX, &o->u.number[1]);
}

/* Bytes in hexadecimal, behind those that are there already. */
static bool parse_hex(struct drill_parser *p, struct drill_option *o)
{
	const char *text;
	size_t n = drill_lex_run(&p->lex, HEX, &text), i;

	if (n % 2 || n / 2 + o->n > DRILL_OPTIONS_MAX - 2u) {
		drill_error_set(
			p->error,
			drill_lex_place(&p->lex, (size_t)(text - p->lex.text)),
			"expected whole bytes, and no more than fit");
		return false;
	}
	for (i = 0; i < n; i += 2)
		o->u.bytes[o->n++] = (uint8_t)(drill_hex_digit(text[i]) * 16 +
					       drill_hex_digit(text[i + 1]));
	return true;
}

static void put24(struct drill_option *o, uint32_t v)
{
	o->u.bytes[o->n++] = (uint8_t)(v >> 16);
	o->u.bytes[o->n++] = (uint8_t)(v >> 8);
	o->u.bytes[o->n++] = (uint8_t)v;
}

/* RFC 9768 3.2.3: counters in one of two orders, the last may be left out. */
static bool parse_accecn(struct drill_parser *p, struct drill_option *o)
{
	static const char *const order[2][3] = {{"e0b", "ceb", "e1b"},
						{"e1b", "ceb", "e0b"}};
	int which = drill_lex_is_name(&p->lex, "e1b");
	uint32_t v = 0;
	int i;

	if (o->kind == DRILL_OPT_EOL)
		o->kind = which ? DRILL_OPT_ACCECN1 : DRILL_OPT_ACCECN0;
	which = o->kind == DRILL_OPT_ACCECN1;
	for (i = 0; i < 3; i++) {
		if (!drill_lex_is_name(&p->lex, order[which][i]))
			break;
		if (!parse_named(p, order[which][i], 0xffffff, &v))
			return false;
		put24(o, v);
	}
	return true;
}

static bool parse_foexp(struct drill_parser *p, struct drill_option *o)
{
	o->u.bytes[o->n++] = FOEXP_ID_1;
	o->u.bytes[o->n++] = FOEXP_ID_2;
	return parse_hex(p, o);
}

static bool parse_md5(struct drill_parser *p, struct drill_option *o)
{
	if (!parse_hex(p, o))
		return false;
	o->any = o->n == 0;
	if (o->any)
		o->n = DRILL_MD5_LEN;
	return true;
}

/* A kind by its number.  Those whose bytes have a form are called by it. */
static bool parse_any(struct drill_parser *p, struct drill_option *o)
{
	struct drill_place at;
	uint32_t kind;

	if (!drill_parse_mark(p, '-', "option"))
		return false;
	at = drill_lex_here(&p->lex);
	if (!drill_parse_number(p, 255, "a kind of option", &kind))
		return false;
	o->kind = (uint8_t)kind;
	if (kind <= DRILL_OPT_NOP || drill_option_is_numeric(o->kind) ||
	    kind == DRILL_OPT_SACK_OK) {
		drill_error_set(p->error, at,
				"expected the name of this option");
		return false;
	}
	return parse_hex(p, o);
}

enum form {
	FORM_BARE,
	FORM_MSS,
	FORM_WSCALE,
	FORM_SACK,
	FORM_TS,
	FORM_HEX,
	FORM_MD5,
	FORM_FOEXP,
	FORM_ACCECN,
	FORM_ANY,
	FORM_RAW,
};

static const struct {
	const char *name;
	uint8_t kind;
	enum form form;
} known[] = {
	{"nop", DRILL_OPT_NOP, FORM_BARE},
	{"eol", DRILL_OPT_EOL, FORM_BARE},
	{"mss", DRILL_OPT_MSS, FORM_MSS},
	{"wscale", DRILL_OPT_WSCALE, FORM_WSCALE},
	{"sackOK", DRILL_OPT_SACK_OK, FORM_BARE},
	{"sack", DRILL_OPT_SACK, FORM_SACK},
	{"TS", DRILL_OPT_TS, FORM_TS},
	{"md5", DRILL_OPT_MD5, FORM_MD5},
	{"FO", DRILL_OPT_FO, FORM_HEX},
	{"FOEXP", DRILL_OPT_EXP, FORM_FOEXP},
	{"ECN", DRILL_OPT_EOL, FORM_ACCECN}, /* the order of counters decides */
	{"AccECN", DRILL_OPT_EOL, FORM_ACCECN},
	{"AccECN0", DRILL_OPT_ACCECN0, FORM_ACCECN},
	{"AccECN1", DRILL_OPT_ACCECN1, FORM_ACCECN},
	{"option", DRILL_OPT_EOL, FORM_ANY},
	{"raw", DRILL_OPT_EOL, FORM_RAW},
};

#define N_KNOWN (sizeof(known) / sizeof(known[0]))

static bool parse_form(struct drill_parser *p, enum form form,
		       struct drill_option *o)
{
	switch (form) {
	case FORM_BARE:
		return true;
	case FORM_MSS:
		return parse_one_number(p, o, 65535, "an MSS");
	case FORM_WSCALE:
		return parse_one_number(p, o, 255, "a shift count");
	case FORM_SACK:
		return parse_sack(p, o);
	case FORM_TS:
		return parse_timestamps(p, o);
	case FORM_HEX:
		return parse_hex(p, o);
	case FORM_MD5:
		return parse_md5(p, o);
	case FORM_ANY:
		return parse_any(p, o);
	case FORM_RAW:
		o->raw = true;
		return parse_hex(p, o);
	case FORM_FOEXP:
		return parse_foexp(p, o);
	case FORM_ACCECN:
		return parse_accecn(p, o);
	}
	return false;
}

static bool parse_option(struct drill_parser *p, struct drill_option *o)
{
	size_t i;

	for (i = 0; i < N_KNOWN; i++) {
		if (!drill_lex_is_name(&p->lex, known[i].name))
			continue;
		drill_lex_take(&p->lex);
		o->kind = known[i].kind;
		return parse_form(p, known[i].form, o);
	}
	return drill_parse_expected(p, "a TCP option (mss, wscale, sackOK, "
				       "sack, TS, nop, eol, md5, FO, FOEXP, "
				       "ECN, option-KIND or raw)");
}

static bool check_room(struct drill_parser *p, struct drill_place at,
		       const struct drill_packet *out)
{
	const uint32_t len = drill_options_len(out);

	if (len > DRILL_OPTIONS_MAX)
		drill_error_set(p->error, at,
				"these options have %u bytes, and 40 fit", len);
	else if (len % 4)
		drill_error_set(p->error, at,
				"these options have %u bytes, which is no "
				"multiple of 4: say what pads them, nop or eol",
				len);
	return !p->error->text[0];
}

bool drill_parse_tcp_options(struct drill_parser *p, struct drill_packet *out)
{
	struct drill_place at = drill_lex_here(&p->lex);

	/* "<" of the next statement never stands behind what ends this one. */
	if (!drill_lex_take_mark(&p->lex, '<'))
		return true;
	if (drill_lex_peek(&p->lex)->kind == DRILL_TOKEN_ELLIPSIS) {
		drill_lex_take(&p->lex);
		out->any_options = true;
		return drill_parse_mark(p, '>', "'...'");
	}
	do {
		if (out->n_options == DRILL_OPTIONS_MAX)
			return drill_parse_expected(p, "no more options");
		if (!parse_option(p, &out->option[out->n_options]))
			return false;
		out->n_options++;
	} while (drill_lex_take_mark(&p->lex, ','));
	return drill_parse_mark(p, '>', "the options") &&
	       check_room(p, at, out);
}
