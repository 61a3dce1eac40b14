/* SPDX-License-Identifier: ISC */
/*
 * drive_icmp.h - ICMP errors about what the stack has sent
 *
 * inject_icmp() sends the stack a message from a router that quotes a segment
 * of d's connection: its IP header and the first 8 bytes, as RFC 792 asks for.
 */
#ifndef TERN_TEST_RFC_DRIVE_ICMP_H
#define TERN_TEST_RFC_DRIVE_ICMP_H

#include "unit/rfc/drive.h"

#define ROUTER_ADDR ip4_addr(198, 51, 100, 1)

struct dicmp {
	uint8_t type, code;
	uint32_t seq; /* quoted, relative */
	uint16_t mtu;
	uint16_t lport, rport; /* quoted; 0: those of the connection */
	uint32_t src, dst;     /* quoted; 0: likewise */
	uint8_t proto;	       /* quoted; 0: TCP */
	uint16_t total_len;    /* quoted; 0: 1500 */
	uint8_t text_len;      /* quoted bytes of TCP; 0: 8 */
	bool bad_sum;
};

#define ICMP(t, c, s, ...) \
	((struct dicmp){.type = (t), .code = (c), .seq = (s), __VA_ARGS__})

static inline uint32_t dicmp_quote(const struct drive *d, const struct dicmp *m,
				   uint8_t *p)
{
	const struct ip4_header ip = {
		.src = m->src ? m->src : STACK_ADDR,
		.dst = m->dst ? m->dst : PEER_ADDR,
		.ttl = 1,
		.df = true,
		.proto = m->proto ? m->proto : IP_PROTO_TCP,
		.total_len = m->total_len ? m->total_len : 1500,
	};
	const uint32_t len = m->text_len ? m->text_len : 8;
	uint8_t tcp[20] = {0};

	ip4_emit(p, &ip);
	store_be16(tcp, m->lport ? m->lport : d->lport);
	store_be16(tcp + 2, m->rport ? m->rport : d->rport);
	store_be32(tcp + 4, d->iss + m->seq);
	memcpy(p + 20, tcp, len);
	return 20 + len;
}

static inline void inject_icmp(struct drive *d, struct dicmp m)
{
	uint8_t p[100] = {0}, quote[40];
	struct ip4_header ip = {.src = ROUTER_ADDR,
				.dst = STACK_ADDR,
				.ttl = 64,
				.proto = IP_PROTO_ICMP};
	const uint32_t n = dicmp_quote(d, &m, quote);

	ip.total_len = (uint16_t)(20 + 8 + n);
	ip4_emit(p, &ip);
	p[20] = m.type;
	p[21] = m.code;
	store_be16(p + 26, m.mtu);
	memcpy(p + 28, quote, n);
	store_be16(p + 22,
		   (uint16_t)(checksum_finish(sum_bytes(0, p + 20, 8 + n)) +
			      m.bad_sum));
	drive_datagram(d, p, ip.total_len);
}

#endif
