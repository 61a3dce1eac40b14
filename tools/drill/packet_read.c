/* SPDX-License-Identifier: ISC */
/*
 * packet_read.c - a datagram that the stack has sent, taken apart
 *
 * Everything is looked at that could be wrong: lengths, reserved bits and
 * checksums.  Options are listed one by one in their order, padding included.
 */
#include <string.h>

#include "packet.h"
#include "wire.h"

/* Reads one option.  Returns its length, 0 if it is malformed. */
static uint32_t read_option(struct drill_option *o, const uint8_t *p,
			    uint32_t len)
{
	uint32_t n, i;

	o->kind = p[0];
	if (p[0] == DRILL_OPT_EOL || p[0] == DRILL_OPT_NOP)
		return 1;
	n = len > 1 ? p[1] : 0;
	if (n < 2 || n > len)
		return 0;
	if (!drill_option_is_numeric(p[0])) {
		o->n = (uint8_t)(n - 2);
		memcpy(o->u.bytes, p + 2, n - 2);
		return n;
	}
	if (p[0] == DRILL_OPT_MSS || p[0] == DRILL_OPT_WSCALE) {
		o->n = 1;
		o->u.number[0] = n == 4 ? drill_get16(p + 2) : p[2];
		return n == drill_option_len(o) ? n : 0;
	}
	if ((n - 2) % 4 || n > 34 || (p[0] == DRILL_OPT_TS && n != 10))
		return 0;
	o->n = (uint8_t)((n - 2) / 4);
	for (i = 0; i < o->n; i++)
		o->u.number[i] = drill_get32(p + 2 + 4 * i);
	return n;
}

static bool read_options(struct drill_packet *p, const uint8_t *in,
			 uint32_t len)
{
	bool ended = false;

	while (len > 0) {
		uint32_t n;

		if (p->n_options == DRILL_OPTIONS_MAX)
			return false;
		n = read_option(&p->option[p->n_options], in, len);
		ended |= n > 0 && in[0] == DRILL_OPT_EOL;
		if (n == 0 || (ended && in[0] != DRILL_OPT_EOL))
			return false;
		p->n_options++;
		in += n;
		len -= n;
	}
	return true;
}

static const char *read_tcp(struct drill_packet *p, const uint8_t *ip,
			    uint32_t len, const uint8_t **text)
{
	const uint8_t *tcp = ip + DRILL_IP_HEAD;
	uint32_t head;

	if (len < DRILL_TCP_HEAD)
		return "the TCP header does not fit";
	head = (tcp[12] >> 4) * 4u;
	if (head < DRILL_TCP_HEAD || head > len)
		return "the data offset of TCP is wrong";
	p->sport = drill_get16(tcp);
	p->dport = drill_get16(tcp + 2);
	p->seq = drill_get32(tcp + 4);
	p->ack = drill_get32(tcp + 8);
	p->flags = drill_get16(tcp + 12) & 0x1ff;
	p->reserved = drill_get16(tcp + 12) >> 9 & 7;
	p->wnd = drill_get16(tcp + 14);
	p->urgent = drill_get16(tcp + 18);
	p->has_ack = p->flags & TERN_ACK;
	p->has_wnd = true;
	p->has_urgent = p->flags & TERN_URG;
	p->len = len - head;
	*text = tcp + head;
	if (drill_fold(drill_sum(drill_sum_pseudo(ip, len), tcp, len)))
		return "the checksum of TCP is wrong";
	if (!read_options(p, tcp + DRILL_TCP_HEAD, head - DRILL_TCP_HEAD))
		return "the options of TCP are malformed";
	return NULL;
}

static const char *read_udp(struct drill_packet *p, const uint8_t *ip,
			    uint32_t len, const uint8_t **text)
{
	const uint8_t *udp = ip + DRILL_IP_HEAD;

	p->protocol = DRILL_UDP;
	if (len < DRILL_UDP_HEAD || drill_get16(udp + 4) != len)
		return "the length of UDP is wrong";
	p->sport = drill_get16(udp);
	p->dport = drill_get16(udp + 2);
	p->len = len - DRILL_UDP_HEAD;
	*text = udp + DRILL_UDP_HEAD;
	if (drill_get16(udp + 6) &&
	    drill_fold(drill_sum(drill_sum_pseudo(ip, len), udp, len)))
		return "the checksum of UDP is wrong";
	return NULL;
}

static void read_quote(struct drill_packet *p, const uint8_t *ip, uint32_t len)
{
	const uint8_t *l4 = ip + DRILL_IP_HEAD;

	if (len < DRILL_IP_HEAD + 8 || ip[0] != 0x45)
		return;
	p->sport = drill_get16(l4);
	p->dport = drill_get16(l4 + 2);
	p->len = drill_get16(ip + 2) - DRILL_IP_HEAD;
	if (ip[9] == DRILL_PROTO_TCP) {
		p->quote = DRILL_QUOTE_TCP;
		p->seq = drill_get32(l4 + 4);
		p->len -= len > DRILL_IP_HEAD + 12 ? (l4[12] >> 4) * 4u
						   : DRILL_TCP_HEAD;
	} else if (ip[9] == DRILL_PROTO_UDP) {
		p->quote = DRILL_QUOTE_UDP;
		p->len -= DRILL_UDP_HEAD;
	}
}

static const char *read_icmp(struct drill_packet *p, const uint8_t *ip,
			     uint32_t len, const uint8_t **text)
{
	const uint8_t *icmp = ip + DRILL_IP_HEAD;

	p->protocol = DRILL_ICMP;
	if (len < 8)
		return "the ICMP message is too short";
	p->type = icmp[0];
	p->code = icmp[1];
	p->has_mtu = p->type == 3 && p->code == 4;
	p->mtu = drill_get16(icmp + 6);
	*text = icmp + 8;
	if (drill_fold(drill_sum(0, icmp, len)))
		return "the checksum of ICMP is wrong";
	if (p->type == 3 || p->type == 4 || p->type == 11 || p->type == 12)
		read_quote(p, icmp + 8, len - 8);
	return NULL;
}

const char *drill_packet_read(struct drill_packet *p, const uint8_t *in,
			      uint32_t len, const uint8_t **text)
{
	memset(p, 0, sizeof(*p));
	*text = in + len;
	if (len < DRILL_IP_HEAD || in[0] != 0x45)
		return "this is no IPv4 header of 20 bytes";
	p->src = drill_get32(in + 12);
	p->dst = drill_get32(in + 16);
	p->has_tos = p->has_ttl = p->has_ports = true;
	p->tos = in[1];
	p->ttl = in[8];
	p->ecn = DRILL_ECN_UNSAID;
	if (drill_get16(in + 2) != len)
		return "the total length of IP is wrong";
	if (drill_fold(drill_sum(0, in, DRILL_IP_HEAD)))
		return "the checksum of the IP header is wrong";
	if (drill_get16(in + 6) & 0x3fff)
		return "this is a fragment";
	len -= DRILL_IP_HEAD;
	switch (in[9]) {
	case DRILL_PROTO_TCP:
		return read_tcp(p, in, len, text);
	case DRILL_PROTO_UDP:
		return read_udp(p, in, len, text);
	case DRILL_PROTO_ICMP:
		return read_icmp(p, in, len, text);
	}
	return "the protocol is neither TCP nor UDP nor ICMP";
}
