/* SPDX-License-Identifier: ISC */
/*
 * segment.c - a TCP segment in IPv4, RFC 791 3.1 and RFC 9293 3.1
 */
#include "segment.h"

#include <string.h>

#define ETHERNET_HEAD 14
#define PROTO_TCP     6

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static uint32_t sum(uint32_t acc, const uint8_t *p, uint32_t len)
{
	uint32_t i;

	for (i = 0; i + 1 < len; i += 2)
		acc += get16(p + i);
	if (len & 1)
		acc += (uint32_t)p[len - 1] << 8;
	return acc;
}

static uint16_t fold(uint32_t acc)
{
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return (uint16_t)~acc;
}

/* Writes the options, padded to a multiple of four.  Returns their length. */
static uint32_t write_options(const struct sim_segment *s, uint8_t *p)
{
	uint8_t *start = p;

	if (s->present & TERN_OPT_MSS) {
		*p++ = 2;
		*p++ = 4;
		put16(p, s->mss);
		p += 2;
	}
	if (s->present & TERN_OPT_WSCALE) {
		*p++ = 1; /* aligns what follows */
		*p++ = 3;
		*p++ = 3;
		*p++ = s->wscale;
	}
	if (s->present & TERN_OPT_SACK_PERM) {
		*p++ = 1;
		*p++ = 1;
		*p++ = 4;
		*p++ = 2;
	}
	if (s->present & TERN_OPT_TIMESTAMPS) {
		*p++ = 1;
		*p++ = 1;
		*p++ = 8;
		*p++ = 10;
		put32(p, s->ts_val);
		put32(p + 4, s->ts_ecr);
		p += 8;
	}
	return (uint32_t)(p - start);
}

static void write_ip(const struct sim_segment *s, uint32_t len, uint8_t *p)
{
	memset(p, 0, 20);
	p[0] = 0x45;
	put16(p + 2, len);
	put16(p + 6, 0x4000); /* don't fragment */
	p[8] = 64;
	p[9] = PROTO_TCP;
	put32(p + 12, s->src);
	put32(p + 16, s->dst);
	put16(p + 10, fold(sum(0, p, 20)));
}

uint32_t sim_segment_write(const struct sim_segment *s, const void *text,
			   uint8_t *out)
{
	uint8_t *tcp = out + 20;
	uint32_t head = 20 + write_options(s, tcp + 20);
	uint32_t len = head + s->len;
	uint32_t pseudo;

	put16(tcp, s->sport);
	put16(tcp + 2, s->dport);
	put32(tcp + 4, s->seq);
	put32(tcp + 8, s->ack);
	put16(tcp + 12, head / 4 << 12 | (s->flags & 0x1ffu));
	put16(tcp + 14, s->wnd);
	put32(tcp + 16, 0); /* checksum, urgent pointer */
	if (s->len)
		memcpy(tcp + head, text, s->len);
	write_ip(s, 20 + len, out);
	pseudo = sum(PROTO_TCP + len, out + 12, 8);
	put16(tcp + 16, fold(sum(pseudo, tcp, len)));
	return 20 + len;
}

static void read_option(struct sim_segment *s, const uint8_t *p, uint32_t len)
{
	if (p[0] == 2 && len == 4) {
		s->present |= TERN_OPT_MSS;
		s->mss = get16(p + 2);
	} else if (p[0] == 3 && len == 3) {
		s->present |= TERN_OPT_WSCALE;
		s->wscale = p[2];
	} else if (p[0] == 4 && len == 2) {
		s->present |= TERN_OPT_SACK_PERM;
	} else if (p[0] == 8 && len == 10) {
		s->present |= TERN_OPT_TIMESTAMPS;
		s->ts_val = get32(p + 2);
		s->ts_ecr = get32(p + 6);
	}
}

static void read_options(struct sim_segment *s, const uint8_t *p, uint32_t len)
{
	while (len > 0 && p[0] != 0) {
		uint32_t n = p[0] == 1 ? 1 : len > 1 ? p[1] : 0;

		if (n == 0 || n > len || (p[0] != 1 && n < 2))
			return;
		if (p[0] != 1)
			read_option(s, p, n);
		p += n;
		len -= n;
	}
}

/* `n` bytes are there to be looked at, of a frame of `whole`. */
static bool read_ip(struct sim_segment *s, const uint8_t *p, uint32_t n,
		    uint32_t whole)
{
	const uint8_t *tcp;
	uint32_t ip_head, head, total;

	memset(s, 0, sizeof(*s));
	if (n < 20 || p[0] >> 4 != 4 || p[9] != PROTO_TCP)
		return false;
	ip_head = (p[0] & 15u) * 4;
	/* A frame above 64 KiB minus one has no total length to speak of. */
	total = get16(p + 2) ? get16(p + 2) : whole;
	if (ip_head < 20 || n < ip_head + 20 || total > whole)
		return false;
	tcp = p + ip_head;
	head = (tcp[12] >> 4) * 4u;
	if (head < 20 || n < ip_head + head || total < ip_head + head)
		return false;
	s->src = get32(p + 12);
	s->dst = get32(p + 16);
	s->sport = get16(tcp);
	s->dport = get16(tcp + 2);
	s->seq = get32(tcp + 4);
	s->ack = get32(tcp + 8);
	s->flags = get16(tcp + 12) & 0x1ff;
	s->wnd = get16(tcp + 14);
	s->len = total - ip_head - head;
	read_options(s, tcp + 20, head - 20);
	return true;
}

bool sim_segment_read(struct sim_segment *s, const struct tern_frame *f)
{
	uint8_t head[120];
	uint32_t n = tern_frame_read(f, 0, head, sizeof(head));

	return read_ip(s, head, n, f->len);
}

bool sim_segment_read_ethernet(struct sim_segment *s,
			       const struct tern_frame *f)
{
	uint8_t head[ETHERNET_HEAD + 120];
	uint32_t n = tern_frame_read(f, 0, head, sizeof(head));

	memset(s, 0, sizeof(*s));
	if (n < ETHERNET_HEAD || get16(head + 12) != 0x0800)
		return false;
	return read_ip(s, head + ETHERNET_HEAD, n - ETHERNET_HEAD,
		       f->len - ETHERNET_HEAD);
}
