/* SPDX-License-Identifier: ISC */
/*
 * sendq_twin.h - the send queue and a plain array that must stay equal to it
 *
 * Operations come as numbers, from dice or from a fuzzer.  Slices that were
 * handed out are kept for a while, as segments on their way are: their bytes
 * must never change.  Traps if the two differ.
 */
#ifndef TERN_TEST_TCP_SENDQ_TWIN_H
#define TERN_TEST_TCP_SENDQ_TWIN_H

#include <errno.h>

#include "tcp/sendq.h"
#include "unit/tcp/memory.h"
#include "wire/checksum.h"

#define SENDQ_TWIN_MAX	 300000 /* bytes queued */
#define SENDQ_TWIN_SENT	 32	/* slices on their way */
#define SENDQ_TWIN_WRITE 100000 /* bytes at once */

struct sendq_sent {
	struct tern_slice s;
	uint32_t first; /* number of its first byte in the stream */
};

struct sendq_twin {
	struct memory m;
	struct sendq q;
	uint32_t next; /* number of the next byte written */
	uint32_t len;
	struct sendq_sent sent[SENDQ_TWIN_SENT];
	uint32_t n_sent; /* ever */
	uint32_t n_summed;
	uint8_t buf[SENDQ_TWIN_WRITE];
};

/* The byte with this number. */
static inline uint8_t sendq_twin_byte(uint32_t i)
{
	return (uint8_t)((i * UINT32_C(2654435761)) >> 24);
}

static inline void sendq_twin_open(struct sendq_twin *t, uint32_t base)
{
	memory_open(&t->m);
	memset(&t->q, 0, sizeof(t->q));
	memset(t->sent, 0, sizeof(t->sent));
	t->q.base = base;
	t->next = base;
	t->len = 0;
	t->n_sent = 0;
	t->n_summed = 0;
}

static inline void sendq_twin_check_sent(const struct sendq_sent *s)
{
	uint32_t i;

	for (i = 0; i < s->s.len; i++)
		TERN_ASSERT(s->s.data[i] == sendq_twin_byte(s->first + i));
}

/* The segment has arrived: its bytes are as they were, and let go. */
static inline void sendq_twin_forget(struct sendq_sent *s)
{
	if (!s->s.block)
		return;
	sendq_twin_check_sent(s);
	block_unref(s->s.block);
	s->s.block = NULL;
}

static inline void sendq_twin_close(struct sendq_twin *t)
{
	uint32_t i;

	sendq_free(&t->q, &t->m.mem);
	for (i = 0; i < SENDQ_TWIN_SENT; i++)
		sendq_twin_forget(&t->sent[i]);
	memory_close(&t->m);
}

/* Writes `len` bytes in up to three pieces, after `skip` that are not meant. */
static inline void sendq_twin_write(struct sendq_twin *t, uint32_t len,
				    uint32_t skip)
{
	struct iovec iov[4];
	uint32_t i, cut = len / 3;
	ssize_t n;

	if (len + skip > SENDQ_TWIN_WRITE || t->len + len > SENDQ_TWIN_MAX)
		return;
	for (i = 0; i < skip; i++)
		t->buf[i] = 0xee;
	for (i = 0; i < len; i++)
		t->buf[skip + i] = sendq_twin_byte(t->next + i);
	iov[0] = (struct iovec){t->buf, skip};
	iov[1] = (struct iovec){t->buf + skip, cut};
	iov[2] = (struct iovec){t->buf + skip + cut, 0};
	iov[3] = (struct iovec){t->buf + skip + cut, len - cut};
	n = sendq_append(&t->q, &t->m.mem, t->m.blocks, iov, skip, len);
	if (n < 0) {
		TERN_ASSERT(n == -ENOBUFS && memory_failed(&t->m) && len > 0);
		return;
	}
	TERN_ASSERT((uint32_t)n == len || memory_failed(&t->m));
	t->next += (uint32_t)n;
	t->len += (uint32_t)n;
}

/* Hands over a block of the application's, of which it keeps a part. */
static inline void sendq_twin_hand(struct sendq_twin *t, uint32_t len,
				   bool keep)
{
	struct sendq_sent *app = &t->sent[t->n_sent % SENDQ_TWIN_SENT];
	struct tern_slice s;
	uint32_t i;

	if (len == 0 || len > SENDQ_TWIN_WRITE || t->len + len > SENDQ_TWIN_MAX)
		return;
	for (i = 0; i < len; i++)
		t->buf[i] = sendq_twin_byte(t->next + i);
	memory_fail_none(&t->m);
	s = memory_slice(&t->m, len + 8, 3, t->buf, len);
	if (keep) { /* also what follows in the block is the application's */
		sendq_twin_forget(app);
		t->n_sent++;
		*app = (struct sendq_sent){s, t->next};
		app->s.len = len + 5;
		for (i = 0; i < 5; i++)
			s.data[len + i] = sendq_twin_byte(t->next + len + i);
		block_ref(s.block);
	}
	TERN_ASSERT(sendq_append_slice(&t->q, &t->m.mem, &s) == 0);
	t->next += len;
	t->len += len;
}

/* Segments of `len` bytes are expected from one in the queue on. */
static inline void sendq_twin_expect(struct sendq_twin *t, uint32_t off,
				     uint32_t len)
{
	if (off <= t->len)
		sendq_expect(&t->q, off, len);
}

/* What is summed is right; the queue may not know. */
static inline void sendq_twin_sum(struct sendq_twin *t, uint32_t off,
				  uint32_t len)
{
	const uint32_t first = t->next - t->len + off;
	uint64_t acc = 7, plain = 7;
	uint32_t i;

	if (off > t->len || len > t->len - off)
		return;
	if (!sendq_sum(&t->q, off, len, &acc)) {
		TERN_ASSERT(acc == 7);
		return;
	}
	for (i = 0; i < len; i++) {
		const uint8_t byte = sendq_twin_byte(first + i);

		plain = sum_at(plain, &byte, 1, i & 1);
	}
	TERN_ASSERT(sum_fold(acc) == sum_fold(plain));
	t->n_summed++;
}

static inline void sendq_twin_send(struct sendq_twin *t, uint32_t off,
				   uint32_t len, int max_parts)
{
	struct tern_slice parts[8];
	uint32_t first = t->next - t->len, covered, sum = 0;
	uint8_t n = 99, i;

	if (off > t->len || len > t->len - off)
		return;
	covered = sendq_slice(&t->q, off, len, parts, max_parts, &n);
	TERN_ASSERT(n <= max_parts && covered <= len);
	TERN_ASSERT(covered == len || n == max_parts);
	for (i = 0; i < n; i++) {
		struct sendq_sent *s = &t->sent[t->n_sent++ % SENDQ_TWIN_SENT];

		sendq_twin_forget(s);
		*s = (struct sendq_sent){parts[i], first + off + sum};
		TERN_ASSERT(parts[i].len > 0);
		sendq_twin_check_sent(s);
		sum += parts[i].len;
	}
	TERN_ASSERT(sum == covered);
}

static inline void sendq_twin_ack(struct sendq_twin *t, uint32_t n)
{
	if (n > t->len)
		return;
	sendq_drop(&t->q, n);
	t->len -= n;
}

/* The chunks are a gapless row, and say where they are. */
static inline void sendq_twin_check(const struct sendq_twin *t)
{
	const struct sendq *q = &t->q;
	uint32_t i, at = q->base;

	TERN_ASSERT(q->len == t->len && q->base == t->next - t->len);
	TERN_ASSERT(q->n <= q->cap && (q->cap & (q->cap - 1)) == 0);
	for (i = 0; i < q->n; i++) {
		const struct sendq_chunk *c =
			&q->ring[(q->head + i) & (q->cap - 1)];

		TERN_ASSERT(c->at == at && c->len > 0);
		TERN_ASSERT(c->data >= c->block->data);
		TERN_ASSERT(c->data + c->len <=
			    c->block->data + c->block->size);
		at += c->len;
	}
	TERN_ASSERT(at - q->base == q->len);
}

#endif
