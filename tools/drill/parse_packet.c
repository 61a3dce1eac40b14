/* SPDX-License-Identifier: ISC */
/*
 * parse_packet.c - a packet behind its '<' or '>'
 *
 *	packet	= [ ip ] [ sport ">" dport [ ":" ] ] ( tcp | udp | icmp )
 *	ip	= "[" item { "," item } "]" | "(" ... ")" | item
 *	item	= noecn, ect0, ect1, ect01, ce, badsum, tos n, ttl n,
 *		  flowlabel n, src "address", dst "address"
 *	tcp	= flags span [ "ack" n ] [ "win" n ] [ "urg" n ] [ options ]
 *	span	= seq ":" end "(" len ")"
 *	udp	= "udp" "(" len ")"
 *
 * Flags are letters without blanks: F S R P . U E W A, where C is another W; a
 * digit stands for the three bits AE, CWR and ECE as a number, and - for no
 * flag at all.
 */
#include "parse.h"

#include <string.h>

#include <tern/netif.h>

#define FLAG_CHARS "FSRP.UEWAC-01234567"

static const struct {
	const char *name;
	enum drill_ecn ecn;
} ecns[] = {
	{"noecn", DRILL_ECN_NONE}, {"ect0", DRILL_ECN_ECT0},
	{"ect1", DRILL_ECN_ECT1},  {"ect01", DRILL_ECN_ECT01},
	{"ce", DRILL_ECN_CE},
};

#define N_ECNS (sizeof(ecns) / sizeof(ecns[0]))

/* An address in quotes: one packet's own, to try what no wire should bring. */
static bool parse_addr(struct drill_parser *p, uint32_t *out)
{
	const struct drill_token *t;
	char text[32] = "";

	drill_lex_take(&p->lex);
	t = drill_lex_peek(&p->lex);
	if (t->kind == DRILL_TOKEN_STRING && t->len < sizeof(text))
		memcpy(text, t->text, t->len);
	if (tern_parse_addr(text, out))
		return drill_parse_expected(p, "an address in quotes");
	drill_lex_take(&p->lex);
	return true;
}

/* Takes one item.  *found is false, and nothing is taken, if it is none. */
static bool parse_ip_item(struct drill_parser *p, struct drill_packet *out,
			  bool *found)
{
	struct drill_lexer *l = &p->lex;
	uint32_t v;
	size_t i;

	*found = true;
	for (i = 0; i < N_ECNS; i++) {
		if (!drill_lex_is_name(l, ecns[i].name))
			continue;
		drill_lex_take(l);
		out->ecn = ecns[i].ecn;
		return true;
	}
	if (drill_lex_is_name(l, "src"))
		return parse_addr(p, &out->src);
	if (drill_lex_is_name(l, "dst"))
		return parse_addr(p, &out->dst);
	if (drill_lex_is_name(l, "badsum")) {
		drill_lex_take(l);
		out->bad_sum = true;
	} else if (drill_lex_is_name(l, "tos")) {
		drill_lex_take(l);
		out->has_tos = true;
		if (!drill_parse_number(p, 255, "a TOS", &v))
			return false;
		out->tos = (uint8_t)v;
	} else if (drill_lex_is_name(l, "ttl")) {
		drill_lex_take(l);
		out->has_ttl = true;
		if (!drill_parse_number(p, 255, "a TTL", &v))
			return false;
		out->ttl = (uint8_t)v;
	} else if (drill_lex_is_name(l, "flowlabel")) {
		drill_lex_take(l);
		out->has_label = true;
		return drill_parse_number(p, 0xfffff, "a flow label",
					  &out->label);
	} else {
		*found = false;
	}
	return true;
}

static bool parse_ip(struct drill_parser *p, struct drill_packet *out)
{
	char close = 0;
	bool found;

	if (drill_lex_take_mark(&p->lex, '['))
		close = ']';
	else if (drill_lex_take_mark(&p->lex, '('))
		close = ')';
	if (!close) {
		do {
			if (!parse_ip_item(p, out, &found))
				return false;
		} while (found);
		return true;
	}
	do {
		if (!parse_ip_item(p, out, &found))
			return false;
		if (!found)
			return drill_parse_expected(
				p, "noecn, ect0, ect1, ect01, ce, badsum, tos, "
				   "ttl, flowlabel, src or dst");
	} while (drill_lex_take_mark(&p->lex, ','));
	return drill_parse_mark(p, close, "what is said of IP");
}

static bool parse_ports(struct drill_parser *p, struct drill_packet *out)
{
	uint32_t sport, dport;

	if (drill_lex_peek(&p->lex)->kind != DRILL_TOKEN_NUMBER ||
	    drill_lex_after(&p->lex) != '>')
		return true;
	if (!drill_parse_number(p, 65535, "a port", &sport))
		return false;
	drill_lex_take(&p->lex);
	if (!drill_parse_number(p, 65535, "a port", &dport))
		return false;
	drill_lex_take_mark(&p->lex, ':');
	out->has_ports = true;
	out->sport = (uint16_t)sport;
	out->dport = (uint16_t)dport;
	return true;
}

static uint16_t flag_of(char c)
{
	switch (c) {
	case 'F':
		return TERN_FIN;
	case 'S':
		return TERN_SYN;
	case 'R':
		return TERN_RST;
	case 'P':
		return TERN_PSH;
	case '.':
		return TERN_ACK;
	case 'U':
		return TERN_URG;
	case 'E':
		return TERN_ECE;
	case 'W':
	case 'C':
		return TERN_CWR;
	case 'A':
		return TERN_AE;
	default: /* a digit; '-' is no flag */
		return (uint16_t)(c == '-' ? 0 : (c - '0') * TERN_ECE);
	}
}

static bool parse_flags(struct drill_parser *p, struct drill_packet *out)
{
	const char *text;
	size_t n, i;

	n = drill_lex_run(&p->lex, FLAG_CHARS, &text);
	if (n == 0)
		return drill_parse_expected(
			p, "flags such as S, S. or P., icmp or udp");
	for (i = 0; i < n; i++) {
		uint16_t f = flag_of(text[i]);

		if (out->flags & f || (text[i] == '-' && n > 1)) {
			drill_error_set(
				p->error,
				drill_lex_place(&p->lex, (size_t)(text + i -
								  p->lex.text)),
				"the flag '%c' stands with others that "
				"exclude it",
				text[i]);
			return false;
		}
		out->flags |= f;
	}
	return true;
}

bool drill_parse_span(struct drill_parser *p, struct drill_packet *out)
{
	struct drill_place at = drill_lex_here(&p->lex);
	uint32_t end;

	if (!drill_parse_number(p, UINT32_MAX, "a sequence number",
				&out->seq) ||
	    !drill_parse_mark(p, ':', "a sequence number") ||
	    !drill_parse_number(p, UINT32_MAX, "a sequence number", &end) ||
	    !drill_parse_mark(p, '(', "two sequence numbers") ||
	    !drill_parse_number(p, UINT32_MAX, "a length", &out->len) ||
	    !drill_parse_mark(p, ')', "a length"))
		return false;
	if (end - out->seq == out->len)
		return true;
	drill_error_set(p->error, at,
			"from %u to %u it is %u bytes, but the length is %u",
			out->seq, end, end - out->seq, out->len);
	return false;
}

/* A word with its number; each may stand once. */
static bool parse_word(struct drill_parser *p, const char *word, uint32_t max,
		       bool *has, uint32_t *v)
{
	if (!drill_lex_is_name(&p->lex, word))
		return true;
	if (*has)
		return drill_parse_expected(p, "each word once");
	drill_lex_take(&p->lex);
	*has = true;
	return drill_parse_number(p, max, "a number", v);
}

static bool parse_tcp(struct drill_parser *p, struct drill_packet *out)
{
	uint32_t wnd = 0, urgent = 0;

	if (!parse_flags(p, out) || !drill_parse_span(p, out))
		return false;
	if (!parse_word(p, "ack", UINT32_MAX, &out->has_ack, &out->ack) ||
	    !parse_word(p, "win", 65535, &out->has_wnd, &wnd) ||
	    !parse_word(p, "urg", 65535, &out->has_urgent, &urgent))
		return false;
	out->wnd = (uint16_t)wnd;
	out->urgent = (uint16_t)urgent;
	return drill_parse_tcp_options(p, out);
}

static bool parse_udp(struct drill_parser *p, struct drill_packet *out)
{
	out->protocol = DRILL_UDP;
	drill_lex_take(&p->lex);
	return drill_parse_mark(p, '(', "udp") &&
	       drill_parse_number(p, UINT32_MAX, "a length", &out->len) &&
	       drill_parse_mark(p, ')', "a length");
}

/* What the language has elsewhere, and this stack does not speak. */
static bool check_protocol(struct drill_parser *p)
{
	static const char *const foreign[] = {"icmpv6", "ipv4", "ipv6",	  "gre",
					      "mpls",	"sctp", "udplite"};
	size_t i;

	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		if (!drill_lex_is_name(&p->lex, foreign[i]))
			continue;
		drill_error_set(p->error, drill_lex_here(&p->lex),
				"the stack has no %s here: a packet is TCP, "
				"udp or icmp over one IPv4 header",
				foreign[i]);
		return false;
	}
	return true;
}

bool drill_parse_packet(struct drill_parser *p, struct drill_packet *out)
{
	out->place = drill_lex_here(&p->lex);
	/* Flags may be a digit and letters, which are no token. */
	if (!strchr("FSRP.UEWAC-", drill_lex_char(&p->lex)) ||
	    !drill_lex_char(&p->lex)) {
		if (!parse_ip(p, out) || !parse_ports(p, out) ||
		    !check_protocol(p))
			return false;
	}
	if (drill_lex_is_name(&p->lex, "icmp"))
		return drill_parse_icmp(p, out);
	if (drill_lex_is_name(&p->lex, "udp"))
		return parse_udp(p, out);
	return parse_tcp(p, out);
}
