/* SPDX-License-Identifier: ISC */
/*
 * frames.h - what the tests of links need: TCP frames, and counted memory
 *
 * Every test runs between memory_begin() and memory_end(), which fails it if
 * a block or an allocation is left.
 */
#ifndef TERN_TEST_LINKS_FRAMES_H
#define TERN_TEST_LINKS_FRAMES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tern/link.h>
#include <tern/netif.h>

#include "base/block.h"
#include "links/header.h"

#define HEADERS (IP4_LEN + TCP_LEN)

/* An allocator that counts, and fails once `fail_in` has come down to 0. */
struct memory {
	struct tern_allocator alloc;
	struct tern_block_pool *blocks;
	long out;
	long fail_in; /* negative: never */
};

static inline void *memory_alloc(void *ctx, size_t size)
{
	struct memory *m = ctx;

	if (m->fail_in == 0)
		return NULL;
	if (m->fail_in > 0)
		m->fail_in--;
	m->out++;
	return malloc(size);
}

static inline void memory_free(void *ctx, void *p, size_t size)
{
	struct memory *m = ctx;

	(void)size;
	m->out--;
	free(p);
}

static inline void memory_begin(struct memory *m)
{
	m->alloc.alloc = memory_alloc;
	m->alloc.free = memory_free;
	m->alloc.ctx = m;
	m->out = 0;
	m->fail_in = -1;
	m->blocks = tern_block_pool_create(&m->alloc, 64 << 20);
	assert_non_null(m->blocks);
}

static inline void memory_end(struct memory *m)
{
	assert_int_equal(block_pool_count(m->blocks), 0);
	tern_block_pool_destroy(m->blocks);
	assert_int_equal(m->out, 0);
}

/* That of the test that runs, with the fixtures of one that needs no more. */
static struct memory mem;

static inline int memory_setup(void **state)
{
	(void)state;
	memory_begin(&mem);
	return 0;
}

static inline int memory_teardown(void **state)
{
	(void)state;
	memory_end(&mem);
	return 0;
}

/* Writes IPv4 and TCP headers for `payload` bytes; the sums are left 0. */
static inline void headers_write(uint8_t *p, uint32_t payload, uint32_t seq,
				 uint8_t flags)
{
	static const uint8_t addrs[8] = {10, 0, 0, 1, 10, 0, 0, 2};

	memset(p, 0, HEADERS);
	p[0] = 0x45;
	put_be16(p + IP4_TOTAL, (uint16_t)(HEADERS + payload));
	put_be16(p + IP4_ID, 0xfffe); /* wraps soon */
	p[8] = 64;
	p[IP4_PROTOCOL] = IP4_TCP;
	memcpy(p + IP4_SOURCE, addrs, sizeof(addrs));
	p += IP4_LEN;
	put_be16(p, 1000);
	put_be16(p + 2, 80);
	put_be32(p + TCP_SEQ, seq);
	put_be32(p + 8, 7);
	p[TCP_OFFSET] = 0x50;
	p[TCP_FLAGS] = flags;
	put_be16(p + 14, 0xffff);
}

/* The byte that stands at a place of every test's payload. */
static inline uint8_t payload_byte(uint32_t i)
{
	return (uint8_t)(i * 7 + (i >> 8));
}

/*
 * A frame as a stack makes it: headers in the head, payload in two blocks, the
 * checksum partial.
 */
static inline void frame_make(struct tern_frame *f, struct memory *m,
			      uint32_t payload, uint32_t seq, uint8_t flags)
{
	uint32_t i, k = 0, len[2] = {payload / 3, payload - payload / 3};
	struct tern_block *b;

	tern_frame_init(f);
	headers_write(f->head, payload, seq, flags);
	put_be16(f->head + IP4_CHECKSUM,
		 (uint16_t)~folded_sum(0, f->head, IP4_LEN));
	put_be16(f->head + IP4_LEN + TCP_CHECKSUM,
		 folded_sum(IP4_TCP + TCP_LEN + payload, f->head + IP4_SOURCE,
			    8));
	f->head_len = HEADERS;
	f->flags = TERN_FRAME_CSUM_PARTIAL;
	f->csum_start = IP4_LEN;
	f->csum_offset = TCP_CHECKSUM;
	f->hdr_len = HEADERS;
	f->len = HEADERS + payload;
	for (i = 0; i < 2 && payload > 0; i++) {
		b = tern_block_get(m->blocks, len[i] + 1);
		assert_non_null(b);
		f->part[i].block = b;
		f->part[i].data = tern_block_data(b);
		f->part[i].len = len[i];
		f->n_parts++;
		for (len[i] += k; k < len[i]; k++)
			f->part[i].data[k - (i ? len[0] : 0)] = payload_byte(k);
	}
}

/* A frame of one byte that says which it is, and nothing else. */
static inline void frame_number(struct tern_frame *f, struct memory *m,
				uint32_t number)
{
	assert_int_equal(tern_frame_copy(f, m->blocks, &number, sizeof(number)),
			 0);
}

/* Its number; the frame is released. */
static inline uint32_t frame_which(struct tern_frame *f)
{
	uint32_t number = UINT32_MAX;

	tern_frame_read(f, 0, &number, sizeof(number));
	tern_frame_release(f);
	return number;
}

/* True if both checksums of a flat IPv4 TCP packet are right. */
static inline bool packet_is_sound(const uint8_t *p, uint32_t len)
{
	uint32_t ip_len = ip4_header_len(p), tcp_len = len - ip_len;
	uint32_t pseudo = folded_sum(IP4_TCP + tcp_len, p + IP4_SOURCE, 8);

	return folded_sum(0, p, ip_len) == 0xffff &&
	       get_be16(p + IP4_TOTAL) == len &&
	       folded_sum(pseudo, p + ip_len, tcp_len) == 0xffff;
}

#endif
