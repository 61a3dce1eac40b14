/* SPDX-License-Identifier: ISC */
/*
 * wire.h - bytes in network order, and their sums
 */
#ifndef TERN_DRILL_WIRE_H
#define TERN_DRILL_WIRE_H

#include <stdint.h>

#define DRILL_IP_HEAD  20u
#define DRILL_TCP_HEAD 20u
#define DRILL_UDP_HEAD 8u

enum {
	DRILL_PROTO_ICMP = 1,
	DRILL_PROTO_TCP = 6,
	DRILL_PROTO_UDP = 17,
};

static inline void drill_put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void drill_put32(uint8_t *p, uint32_t v)
{
	drill_put16(p, v >> 16);
	drill_put16(p + 2, v & 0xffff);
}

static inline uint16_t drill_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t drill_get32(const uint8_t *p)
{
	return (uint32_t)drill_get16(p) << 16 | drill_get16(p + 2);
}

static inline uint32_t drill_sum(uint32_t acc, const uint8_t *p, uint32_t len)
{
	uint32_t i;

	for (i = 0; i + 1 < len; i += 2)
		acc += drill_get16(p + i);
	if (len & 1)
		acc += (uint32_t)p[len - 1] << 8;
	return acc;
}

/* The checksum that belongs to a sum; 0 if the sum had a good one in it. */
static inline uint16_t drill_fold(uint32_t acc)
{
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return (uint16_t)~acc;
}

/* The sum of the pseudo header, of a datagram that begins at `ip`. */
static inline uint32_t drill_sum_pseudo(const uint8_t *ip, uint32_t l4_len)
{
	return drill_sum(ip[9] + l4_len, ip + 12, 8);
}

#endif
