/* SPDX-License-Identifier: ISC */
/*
 * packet_write.c - a packet as a datagram, RFC 791, 792, 768, 9293 3.1
 *
 * Written without the stack, so that a fault there does not hide itself.
 */
#include <string.h>

#include "packet.h"
#include "wire.h"

#define TTL_USUAL 255

uint8_t drill_pattern(bool inbound, uint32_t pos)
{
	uint32_t x = (pos + 1) * UINT32_C(2654435761);

	return (uint8_t)((x >> 24) ^ (x >> 11) ^ (inbound ? 0x5a : 0));
}

static void write_text(uint8_t *out, uint32_t pos, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		out[i] = drill_pattern(true, pos + i);
}

static uint8_t tos_of(const struct drill_packet *p)
{
	uint8_t tos = p->has_tos ? p->tos : 0;

	switch (p->ecn) {
	case DRILL_ECN_UNSAID:
		return tos;
	case DRILL_ECN_NONE:
		return tos & 0xfc;
	case DRILL_ECN_ECT1:
		return (tos & 0xfc) | 1;
	case DRILL_ECN_ECT0:
	case DRILL_ECN_ECT01:
		return (tos & 0xfc) | 2;
	case DRILL_ECN_CE:
		return tos | 3;
	}
	return tos;
}

static void write_ip(const struct drill_packet *p, uint8_t proto, uint32_t len,
		     uint8_t *out)
{
	memset(out, 0, DRILL_IP_HEAD);
	out[0] = 0x45;
	out[1] = tos_of(p);
	drill_put16(out + 2, len);
	drill_put16(out + 6, 0x4000); /* don't fragment */
	out[8] = p->has_ttl ? p->ttl : TTL_USUAL;
	out[9] = proto;
	drill_put32(out + 12, p->src);
	drill_put32(out + 16, p->dst);
	drill_put16(out + 10, drill_fold(drill_sum(0, out, DRILL_IP_HEAD)));
}

static uint8_t *write_option(const struct drill_option *o, uint8_t *p)
{
	int i;

	if (o->raw) {
		memcpy(p, o->u.bytes, o->n);
		return p + o->n;
	}
	*p++ = o->kind;
	if (o->kind == DRILL_OPT_EOL || o->kind == DRILL_OPT_NOP)
		return p;
	*p++ = (uint8_t)drill_option_len(o);
	if (o->kind == DRILL_OPT_MSS) {
		drill_put16(p, o->u.number[0]);
		return p + 2;
	}
	if (o->kind == DRILL_OPT_WSCALE) {
		*p = (uint8_t)o->u.number[0];
		return p + 1;
	}
	for (i = 0; i < o->n; i++) {
		if (!drill_option_is_numeric(o->kind)) {
			*p++ = o->u.bytes[i];
			continue;
		}
		drill_put32(p, o->u.number[i]);
		p += 4;
	}
	return p;
}

static uint32_t write_tcp(const struct drill_packet *p, uint32_t text_pos,
			  uint8_t *ip)
{
	uint8_t *tcp = ip + DRILL_IP_HEAD, *at = tcp + DRILL_TCP_HEAD;
	uint32_t head, len;
	int i;

	for (i = 0; i < p->n_options; i++)
		at = write_option(&p->option[i], at);
	head = (uint32_t)(at - tcp);
	len = head + p->len;
	drill_put16(tcp, p->sport);
	drill_put16(tcp + 2, p->dport);
	drill_put32(tcp + 4, p->seq);
	drill_put32(tcp + 8, p->ack);
	drill_put16(tcp + 12, head / 4 << 12 | (p->flags & 0x1ffu));
	drill_put16(tcp + 14, p->wnd);
	drill_put16(tcp + 16, 0);
	drill_put16(tcp + 18, p->urgent);
	write_text(at, text_pos, p->len);
	write_ip(p, DRILL_PROTO_TCP, DRILL_IP_HEAD + len, ip);
	drill_put16(tcp + 16,
		    drill_fold(drill_sum(drill_sum_pseudo(ip, len), tcp, len)));
	if (p->bad_sum)
		tcp[16] ^= 0x55;
	return DRILL_IP_HEAD + len;
}

static uint32_t write_udp(const struct drill_packet *p, uint32_t text_pos,
			  uint8_t *ip)
{
	uint8_t *udp = ip + DRILL_IP_HEAD;
	const uint32_t len = DRILL_UDP_HEAD + p->len;

	drill_put16(udp, p->sport);
	drill_put16(udp + 2, p->dport);
	drill_put16(udp + 4, len);
	drill_put16(udp + 6, 0);
	write_text(udp + DRILL_UDP_HEAD, text_pos, p->len);
	write_ip(p, DRILL_PROTO_UDP, DRILL_IP_HEAD + len, ip);
	drill_put16(udp + 6,
		    drill_fold(drill_sum(drill_sum_pseudo(ip, len), udp, len)));
	return DRILL_IP_HEAD + len;
}

/* The header of the packet that is complained of, which went the other way,
 * and the eight bytes behind it. */
static uint32_t write_quote(const struct drill_packet *p, uint8_t *out)
{
	const bool udp = p->quote == DRILL_QUOTE_UDP;
	const uint32_t head = udp ? DRILL_UDP_HEAD : DRILL_TCP_HEAD;
	struct drill_packet q = {.src = p->dst, .dst = p->src};
	uint8_t *l4 = out + DRILL_IP_HEAD;

	if (p->quote == DRILL_QUOTE_NONE)
		return 0;
	write_ip(&q, udp ? DRILL_PROTO_UDP : DRILL_PROTO_TCP,
		 (DRILL_IP_HEAD + head + p->len) & 0xffff, out);
	drill_put16(l4, p->sport);
	drill_put16(l4 + 2, p->dport);
	if (udp)
		drill_put32(l4 + 4, ((DRILL_UDP_HEAD + p->len) & 0xffff) << 16);
	else
		drill_put32(l4 + 4, p->seq);
	return DRILL_IP_HEAD + 8;
}

static uint32_t write_icmp(const struct drill_packet *p, uint8_t *ip)
{
	uint8_t *icmp = ip + DRILL_IP_HEAD;
	uint32_t len = 8;

	memset(icmp, 0, 8);
	icmp[0] = p->type;
	icmp[1] = p->code;
	if (p->has_mtu)
		drill_put16(icmp + 6, p->mtu);
	len += write_quote(p, icmp + 8);
	drill_put16(icmp + 2, drill_fold(drill_sum(0, icmp, len)));
	write_ip(p, DRILL_PROTO_ICMP, DRILL_IP_HEAD + len, ip);
	return DRILL_IP_HEAD + len;
}

uint32_t drill_packet_write(const struct drill_packet *p, uint32_t text_pos,
			    uint8_t out[DRILL_WIRE_MAX])
{
	switch (p->protocol) {
	case DRILL_TCP:
		return write_tcp(p, text_pos, out);
	case DRILL_UDP:
		return write_udp(p, text_pos, out);
	case DRILL_ICMP:
		return write_icmp(p, out);
	}
	return 0;
}
