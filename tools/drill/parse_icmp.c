/* SPDX-License-Identifier: ISC */
/*
 * parse_icmp.c - an ICMP message
 *
 *	icmp	= "icmp" type [ code ] [ "mtu" n ] [ "[" quoted "]" ]
 *	quoted	= span | "udp" "(" len ")"
 *
 * Type and code are names or numbers.  What is quoted is the header of a
 * packet of the other direction; without it, one with sequence number 0.
 */
#include "parse.h"

struct code {
	const char *name;
	uint8_t type, code;
};

#define ANY_TYPE 255

static const struct code types[] = {
	{"echo_reply", 0, 0},	       {"unreachable", 3, 0},
	{"source_quench", 4, 0},       {"redirect", 5, 0},
	{"echo_request", 8, 0},	       {"time_exceeded", 11, 0},
	{"parameter_problem", 12, 0},  {"timestamp", 13, 0},
	{"timestamp_reply", 14, 0},    {"info_request", 15, 0},
	{"info_reply", 16, 0},	       {"address_mask", 17, 0},
	{"address_mask_reply", 18, 0}, {"packet_too_big", 3, 4},
};

static const struct code codes[] = {
	{"net_unreachable", 3, 0},
	{"host_unreachable", 3, 1},
	{"protocol_unreachable", 3, 2},
	{"port_unreachable", 3, 3},
	{"frag_needed", 3, 4},
	{"source_route_failed", 3, 5},
	{"net_unknown", 3, 6},
	{"host_unknown", 3, 7},
	{"source_host_isolated", 3, 8},
	{"net_prohibited", 3, 9},
	{"host_prohibited", 3, 10},
	{"net_prohibited_for_tos", 3, 11},
	{"host_prohibited_for_tos", 3, 12},
	{"packet_filtered", 3, 13},
	{"precedence_violation", 3, 14},
	{"precedence_cutoff", 3, 15},
	{"ttl_exceeded", 11, 0},
	{"reassembly_timeout", 11, 1},
};

#define N_TYPES (sizeof(types) / sizeof(types[0]))
#define N_CODES (sizeof(codes) / sizeof(codes[0]))

/* Takes a number, or a name of the list that fits `type`. */
static bool parse_code(struct drill_parser *p, const struct code *list,
		       size_t n, uint8_t type, const struct code **found)
{
	size_t i;

	*found = NULL;
	for (i = 0; i < n && !*found; i++)
		if (drill_lex_is_name(&p->lex, list[i].name) &&
		    (type == ANY_TYPE || list[i].type == type))
			*found = &list[i];
	if (*found)
		drill_lex_take(&p->lex);
	return *found;
}

static bool parse_type(struct drill_parser *p, struct drill_packet *out)
{
	const struct code *found;
	uint32_t v;

	if (drill_lex_is_name(&p->lex, "type"))
		drill_lex_take(&p->lex);
	if (parse_code(p, types, N_TYPES, ANY_TYPE, &found)) {
		out->type = found->type;
		out->code = found->code;
		return true;
	}
	if (drill_lex_peek(&p->lex)->kind != DRILL_TOKEN_NUMBER)
		return drill_parse_expected(p, "a type of ICMP message, such "
					       "as unreachable");
	if (!drill_parse_number(p, 255, "a type", &v))
		return false;
	out->type = (uint8_t)v;
	return true;
}

static bool parse_optional_code(struct drill_parser *p,
				struct drill_packet *out)
{
	const struct code *found;
	bool said = drill_lex_is_name(&p->lex, "code");
	uint32_t v;

	if (said)
		drill_lex_take(&p->lex);
	if (parse_code(p, codes, N_CODES, out->type, &found)) {
		out->code = found->code;
		return true;
	}
	if (drill_lex_peek(&p->lex)->kind == DRILL_TOKEN_NUMBER && said) {
		if (!drill_parse_number(p, 255, "a code", &v))
			return false;
		out->code = (uint8_t)v;
		return true;
	}
	if (said || (drill_lex_peek(&p->lex)->kind == DRILL_TOKEN_NAME &&
		     !drill_lex_is_name(&p->lex, "mtu")))
		return drill_parse_expected(p, "a code of this type of ICMP "
					       "message, or mtu");
	return true;
}

static bool parse_quote(struct drill_parser *p, struct drill_packet *out)
{
	if (drill_lex_is_name(&p->lex, "udp")) {
		drill_lex_take(&p->lex);
		out->quote = DRILL_QUOTE_UDP;
		if (!drill_parse_mark(p, '(', "udp") ||
		    !drill_parse_number(p, 65507, "a length", &out->len) ||
		    !drill_parse_mark(p, ')', "a length"))
			return false;
	} else {
		out->quote = DRILL_QUOTE_TCP;
		if (!drill_parse_span(p, out))
			return false;
	}
	return drill_parse_mark(p, ']', "what is quoted");
}

bool drill_parse_icmp(struct drill_parser *p, struct drill_packet *out)
{
	out->protocol = DRILL_ICMP;
	drill_lex_take(&p->lex);
	if (!parse_type(p, out) || !parse_optional_code(p, out))
		return false;
	if (drill_lex_is_name(&p->lex, "mtu")) {
		drill_lex_take(&p->lex);
		out->has_mtu = true;
		if (!drill_parse_number(p, 65535, "an MTU", &out->mtu))
			return false;
	}
	if (drill_lex_take_mark(&p->lex, '['))
		return parse_quote(p, out);
	return true;
}
