/* SPDX-License-Identifier: ISC */
/*
 * compare.c - a packet and what was expected, field by field
 *
 * Always: flags with PSH, sequence number, length, acknowledgement, reserved
 * bits, urgent pointer, and options in their exact order.  Only what the
 * script mentions: window, TOS, TTL, ECN.  Not: the stamps of the timestamps
 * option, unless asked for.
 */
#include <string.h>

#include "line.h"
#include "outbound.h"

static bool same_option(const struct drill_option *a,
			const struct drill_option *b, bool stamps)
{
	if (a->kind != b->kind || a->n != b->n)
		return false;
	if (a->any || (a->kind == DRILL_OPT_TS && !stamps))
		return true;
	if (drill_option_is_numeric(a->kind))
		return memcmp(a->u.number, b->u.number,
			      a->n * sizeof(a->u.number[0])) == 0;
	return memcmp(a->u.bytes, b->u.bytes, a->n) == 0;
}

static bool same_options(const struct drill_packet *a,
			 const struct drill_packet *b, bool stamps)
{
	int i;

	if (a->any_options)
		return true;
	if (a->n_options != b->n_options)
		return false;
	for (i = 0; i < a->n_options; i++)
		if (!same_option(&a->option[i], &b->option[i], stamps))
			return false;
	return true;
}

uint64_t drill_options_compare(const struct drill_packet *expected,
			       const struct drill_packet *actual, bool stamps)
{
	uint64_t differ = 0;
	int i;

	for (i = 0; i < actual->n_options && !expected->any_options; i++)
		if (i >= expected->n_options ||
		    !same_option(&expected->option[i], &actual->option[i],
				 stamps))
			differ |= UINT64_C(1) << i;
	return differ;
}

static bool same_ecn(enum drill_ecn expected, uint8_t tos)
{
	const uint8_t bits = tos & 3;

	switch (expected) {
	case DRILL_ECN_UNSAID:
		return true;
	case DRILL_ECN_NONE:
		return bits == 0;
	case DRILL_ECN_ECT1:
		return bits == 1;
	case DRILL_ECN_ECT0:
		return bits == 2;
	case DRILL_ECN_CE:
		return bits == 3;
	case DRILL_ECN_ECT01:
		return bits == 1 || bits == 2;
	}
	return false;
}

static bool same_ip(const struct drill_packet *a, const struct drill_packet *b)
{
	if (a->has_tos && a->tos != b->tos)
		return false;
	if (a->has_ttl && a->ttl != b->ttl)
		return false;
	return same_ecn(a->ecn, b->tos);
}

static unsigned int bit(bool same, enum drill_field f)
{
	return same ? 0 : DRILL_FIELD_BIT(f);
}

static unsigned int compare_tcp(const struct drill_packet *a,
				const struct drill_packet *b, bool stamps)
{
	return bit(a->flags == b->flags && !b->reserved, DRILL_FIELD_FLAGS) |
	       bit(a->seq == b->seq, DRILL_FIELD_SEQ) |
	       bit(a->len == b->len, DRILL_FIELD_LENGTH) |
	       bit(!(a->flags & TERN_ACK) || a->ack == b->ack,
		   DRILL_FIELD_ACK) |
	       bit(!a->has_wnd || a->wnd == b->wnd, DRILL_FIELD_WND) |
	       bit(a->urgent == b->urgent, DRILL_FIELD_URGENT) |
	       bit(same_options(a, b, stamps), DRILL_FIELD_OPTIONS);
}

static unsigned int compare_icmp(const struct drill_packet *a,
				 const struct drill_packet *b)
{
	const bool same = a->type == b->type && a->code == b->code &&
			  (!a->has_mtu || a->mtu == b->mtu);

	if (a->quote == DRILL_QUOTE_NONE)
		return bit(same, DRILL_FIELD_FLAGS);
	return bit(same, DRILL_FIELD_FLAGS) |
	       bit(a->quote == b->quote && a->len == b->len &&
			   (a->quote == DRILL_QUOTE_UDP || a->seq == b->seq),
		   DRILL_FIELD_SEQ);
}

unsigned int drill_packet_compare(const struct drill_packet *expected,
				  const struct drill_packet *actual,
				  bool stamps)
{
	unsigned int differ = bit(same_ip(expected, actual), DRILL_FIELD_IP);

	if (expected->protocol != actual->protocol)
		return differ | DRILL_FIELD_BIT(DRILL_FIELD_PROTOCOL);
	differ |= bit(expected->src == actual->src &&
			      expected->dst == actual->dst,
		      DRILL_FIELD_PORTS);
	switch (expected->protocol) {
	case DRILL_TCP:
		differ |= compare_tcp(expected, actual, stamps);
		break;
	case DRILL_UDP:
		differ |= bit(expected->len == actual->len, DRILL_FIELD_LENGTH);
		break;
	case DRILL_ICMP:
		return differ | compare_icmp(expected, actual);
	}
	return differ | bit(expected->sport == actual->sport &&
				    expected->dport == actual->dport,
			    DRILL_FIELD_PORTS);
}
