/* SPDX-License-Identifier: ISC */
/*
 * icmp4.c - ICMP for IPv4, RFC 792, RFC 1122 3.2.2, RFC 1191
 *
 *	0	type	1	code	2	checksum
 *	4	by type: identifier and sequence number; next-hop MTU in the
 *		second half; pointer in the first byte; gateway
 *	8	data, or the quoted datagram
 */
#include "wire/icmp4.h"

#include <string.h>

#include "base/bytes.h"
#include "wire/checksum.h"

bool icmp4_is_error(uint8_t type)
{
	return type == ICMP4_UNREACHABLE || type == ICMP4_SOURCE_QUENCH ||
	       type == ICMP4_REDIRECT || type == ICMP4_TIME_EXCEEDED ||
	       type == ICMP4_PARAMETER_PROBLEM;
}

static bool is_echo(uint8_t type)
{
	return type == ICMP4_ECHO || type == ICMP4_ECHO_REPLY;
}

static bool is_frag_needed(const struct icmp4_message *m)
{
	return m->type == ICMP4_UNREACHABLE && m->code == ICMP4_FRAG_NEEDED;
}

static enum tern_drop parse_quote(struct icmp4_message *m)
{
	uint32_t there, meant;

	if (ip4_parse_quote(m->data, m->data_len, &m->quote))
		return TERN_DROP_ICMP_QUOTE;
	there = m->data_len - m->quote.header_len;
	meant = (uint32_t)m->quote.total_len - m->quote.header_len;
	m->quote_data = m->data + m->quote.header_len;
	m->quote_data_len = min_u32(there, meant);
	/* Ports are in the first fragment only. */
	if (m->quote_data_len < ICMP4_QUOTE_MIN || m->quote.frag_off)
		return TERN_DROP_ICMP_QUOTE;
	return TERN_DROP_NONE;
}

enum tern_drop icmp4_parse(const uint8_t *p, uint32_t len,
			   struct icmp4_message *m)
{
	if (len < ICMP4_HEADER_LEN)
		return TERN_DROP_ICMP_SHORT;
	if (!checksum_ok(sum_bytes(0, p, len)))
		return TERN_DROP_ICMP_CHECKSUM;
	memset(m, 0, sizeof(*m));
	m->type = p[0];
	m->code = p[1];
	m->data = p + ICMP4_HEADER_LEN;
	m->data_len = len - ICMP4_HEADER_LEN;
	if (is_echo(m->type)) {
		m->id = load_be16(p + 4);
		m->seq = load_be16(p + 6);
	} else if (is_frag_needed(m)) {
		m->mtu = load_be16(p + 6);
	} else if (m->type == ICMP4_PARAMETER_PROBLEM) {
		m->pointer = p[4];
	} else if (m->type == ICMP4_REDIRECT) {
		m->gateway = load_be32(p + 4);
	}
	return icmp4_is_error(m->type) ? parse_quote(m) : TERN_DROP_NONE;
}

uint32_t icmp4_emit(uint8_t *p, const struct icmp4_message *m)
{
	uint32_t len = ICMP4_HEADER_LEN + m->data_len;

	p[0] = m->type;
	p[1] = m->code;
	memset(p + 2, 0, 6);
	if (is_echo(m->type)) {
		store_be16(p + 4, m->id);
		store_be16(p + 6, m->seq);
	} else if (is_frag_needed(m)) {
		store_be16(p + 6, m->mtu);
	} else if (m->type == ICMP4_PARAMETER_PROBLEM) {
		p[4] = m->pointer;
	} else if (m->type == ICMP4_REDIRECT) {
		store_be32(p + 4, m->gateway);
	}
	if (m->data_len > 0 && m->data != p + ICMP4_HEADER_LEN)
		memcpy(p + ICMP4_HEADER_LEN, m->data, m->data_len);
	store_be16(p + 2, checksum_finish(sum_bytes(0, p, len)));
	return len;
}
