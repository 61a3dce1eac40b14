/* SPDX-License-Identifier: ISC */
/*
 * segment.c - cutting a GSO frame into the segments that it stands for
 *
 * Every segment gets the headers of the whole, changed in these fields:
 *
 *	IP   total length, identification (counts up), header checksum
 *	TCP  sequence number, checksum (partial: the pseudo header's sum)
 *	     FIN and PSH stay on the last segment only, CWR on the first
 *	     (RFC 3168 6.1.2: the sender says it once), and URG on those
 *	     segments that begin before the urgent pointer's byte
 *
 * No payload is copied: a segment's parts are slices of the whole's blocks.
 * Payload bytes that stand in the whole's head are carried over in the head.
 */
#include "segment.h"

#include <errno.h>
#include <string.h>

#include "header.h"

static bool is_tcp4(const uint8_t *ip, uint32_t len)
{
	uint32_t ip_len;

	if (len < IP4_LEN || ip[0] >> 4 != 4 || ip[IP4_PROTOCOL] != IP4_TCP)
		return false;
	ip_len = ip4_header_len(ip);
	return ip_len >= IP4_LEN && len >= ip_len + TCP_LEN &&
	       tcp_header_len(ip + ip_len) >= TCP_LEN &&
	       len >= ip_len + tcp_header_len(ip + ip_len);
}

int segmenter_begin(struct segmenter *s, struct tern_frame *whole, uint32_t ip)
{
	uint32_t n, payload;

	n = tern_frame_read(whole, 0, s->head, sizeof(s->head));
	if (whole->gso_size == 0 || n < ip || !is_tcp4(s->head + ip, n - ip))
		return -EINVAL;
	s->ip = ip;
	s->tcp = ip + ip4_header_len(s->head + ip);
	s->hdr_len = s->tcp + tcp_header_len(s->head + s->tcp);
	s->size = whole->gso_size;
	s->i = 0;
	payload = whole->len - s->hdr_len;
	s->n = payload ? (payload + s->size - 1) / s->size : 1;
	tern_frame_move(&s->whole, whole);
	return (int)s->n;
}

void segmenter_end(struct segmenter *s)
{
	tern_frame_release(&s->whole);
	s->i = s->n;
}

/* Appends `len` bytes of the whole from `off` on, as slices. */
static void append(struct tern_frame *out, const struct tern_frame *whole,
		   uint32_t off, uint32_t len)
{
	const struct tern_slice *from;
	struct tern_slice *to;
	uint32_t k;

	out->len += len;
	if (off < whole->head_len) {
		k = whole->head_len - off < len ? whole->head_len - off : len;
		memcpy(out->head + out->head_len, whole->head + off, k);
		out->head_len = (uint16_t)(out->head_len + k);
		off += k;
		len -= k;
	}
	off -= whole->head_len;
	for (from = whole->part; len > 0; from++) {
		if (off >= from->len) {
			off -= from->len;
			continue;
		}
		k = from->len - off < len ? from->len - off : len;
		to = &out->part[out->n_parts++];
		to->block = tern_block_ref(from->block);
		to->data = from->data + off;
		to->len = k;
		off = 0;
		len -= k;
	}
}

static void write_ip(const struct segmenter *s, uint8_t *ip, uint32_t total)
{
	uint32_t id = get_be16(ip + IP4_ID) + s->i;

	put_be16(ip + IP4_TOTAL, (uint16_t)total);
	put_be16(ip + IP4_ID, (uint16_t)id);
	put_be16(ip + IP4_CHECKSUM, 0);
	put_be16(ip + IP4_CHECKSUM,
		 (uint16_t)~folded_sum(0, ip, s->tcp - s->ip));
}

static void write_urgent(uint8_t *tcp, uint32_t before)
{
	uint32_t pointer = get_be16(tcp + TCP_URGENT);

	if (!(tcp[TCP_FLAGS] & TCP_URG))
		return;
	if (pointer > before) {
		put_be16(tcp + TCP_URGENT, (uint16_t)(pointer - before));
		return;
	}
	tcp[TCP_FLAGS] &= (uint8_t)~TCP_URG;
	put_be16(tcp + TCP_URGENT, 0);
}

static void write_tcp(const struct segmenter *s, uint8_t *head, uint32_t len)
{
	const uint8_t *addrs = head + s->ip + IP4_SOURCE;
	uint8_t *tcp = head + s->tcp;
	uint32_t before = s->i * s->size;
	uint8_t clear = 0;

	if (s->i > 0)
		clear |= TCP_CWR;
	if (s->i + 1 < s->n)
		clear |= TCP_FIN | TCP_PSH;
	put_be32(tcp + TCP_SEQ, get_be32(tcp + TCP_SEQ) + before);
	tcp[TCP_FLAGS] &= (uint8_t)~clear;
	write_urgent(tcp, before);
	put_be16(tcp + TCP_CHECKSUM, folded_sum(IP4_TCP + len, addrs, 8));
}

bool segmenter_next(struct segmenter *s, struct tern_frame *out)
{
	uint32_t from = s->hdr_len + s->i * s->size;
	uint32_t n;

	if (s->i == s->n)
		return false;
	n = s->whole.len - from < s->size ? s->whole.len - from : s->size;
	tern_frame_init(out);
	memcpy(out->head, s->head, s->hdr_len);
	out->head_len = (uint16_t)s->hdr_len;
	out->len = s->hdr_len;
	write_ip(s, out->head + s->ip, s->hdr_len - s->ip + n);
	write_tcp(s, out->head, s->hdr_len - s->tcp + n);
	out->flags = TERN_FRAME_CSUM_PARTIAL;
	out->csum_start = (uint16_t)s->tcp;
	out->csum_offset = TCP_CHECKSUM;
	append(out, &s->whole, from, n);
	if (++s->i == s->n)
		segmenter_end(s);
	return true;
}
