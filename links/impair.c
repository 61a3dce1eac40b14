/* SPDX-License-Identifier: ISC */
/*
 * impair.c - a link that behaves as badly as it is told to
 *
 * Middleware: it stands on another link and has two lanes, one for what is
 * sent and one for what is received; lane.c says what happens in them.  Here
 * is the traffic between the lanes, the link below, and whoever calls.
 *
 * Frames that have done their time are handed to the link below by send() and
 * recv() alike, so that it is enough to call one of the two at the deadline.
 * If the link below is full, send() takes no more until it is not; for lack of
 * a better sign that is asked again after RETRY_NS.
 *
 * With nothing to impair and nothing under way, calls go straight through.
 */
#include <tern/link.h>

#include <errno.h>
#include <string.h>

#include <tern/netif.h>

#include "header.h"
#include "lane.h"

#define BATCH	 32
#define RETRY_NS TERN_MS

struct impair {
	struct tern_link link; /* must be first */
	struct tern_link *below;
	struct tern_allocator alloc;
	struct lane tx, rx;

	/* Out of the tx lane, but not taken by the link below. */
	struct tern_frame out[BATCH];
	int out_first, out_n;
	tern_time retry_at;
};

static struct impair *impair_of(struct tern_link *l)
{
	return (struct impair *)(void *)l;
}

static const struct impair *impair_of_const(const struct tern_link *l)
{
	return (const struct impair *)(const void *)l;
}

static int pop_due(struct lane *ln, struct tern_frame *frames, int max,
		   tern_time now)
{
	int n = 0;

	while (n < max && ln->held.n > 0 && held_next(&ln->held) <= now)
		held_pop(&ln->held, &frames[n++]);
	return n;
}

/* Hands down what is due.  Returns 1 if all was taken, 0 or an error if not. */
static int flush(struct impair *m, tern_time now)
{
	int n;

	for (;;) {
		if (m->out_n == 0) {
			m->out_first = 0;
			m->out_n = pop_due(&m->tx, m->out, BATCH, now);
		}
		if (m->out_n == 0)
			return 1;
		n = tern_link_send(m->below, &m->out[m->out_first], m->out_n,
				   now);
		if (n <= 0) {
			m->retry_at = now + RETRY_NS;
			return n;
		}
		m->out_first += n;
		m->out_n -= n;
	}
}

static int impair_send(struct tern_link *l, struct tern_frame *frames, int n,
		       tern_time now)
{
	struct impair *m = impair_of(l);
	int i, sent = flush(m, now);

	if (sent <= 0)
		return sent;
	if (lane_is_clear(&m->tx)) {
		sent = tern_link_send(m->below, frames, n, now);
		if (sent > 0)
			m->tx.stats.passed += (uint64_t)sent;
		return sent;
	}
	for (i = 0; i < n; i++)
		lane_take(&m->tx, &frames[i], now);
	flush(m, now);
	return n;
}

/* Reads what the link below has.  Returns the number, 0 or an error. */
static int take_from_below(struct impair *m, tern_time now)
{
	struct tern_frame batch[BATCH];
	int i, n = tern_link_recv(m->below, batch, BATCH, now);

	for (i = 0; i < n; i++)
		lane_take(&m->rx, &batch[i], now);
	return n;
}

static int impair_recv(struct tern_link *l, struct tern_frame *frames, int max,
		       tern_time now)
{
	struct impair *m = impair_of(l);
	int n, more = 1;

	flush(m, now);
	if (lane_is_clear(&m->rx)) {
		n = tern_link_recv(m->below, frames, max, now);
		if (n > 0)
			m->rx.stats.passed += (uint64_t)n;
		return n;
	}
	n = pop_due(&m->rx, frames, max, now);
	while (n < max && more > 0) {
		more = take_from_below(m, now);
		n += pop_due(&m->rx, frames + n, max - n, now);
	}
	return n == 0 && more < 0 && m->rx.held.n == 0 ? more : n;
}

static tern_time impair_deadline(const struct tern_link *l)
{
	const struct impair *m = impair_of_const(l);
	tern_time at = tern_link_deadline(m->below);
	tern_time tx = m->out_n > 0 ? m->retry_at : held_next(&m->tx.held);
	tern_time rx = held_next(&m->rx.held);

	at = tx < at ? tx : at;
	return rx < at ? rx : at;
}

static void impair_close(struct tern_link *l)
{
	struct impair *m = impair_of(l);
	struct tern_allocator alloc = m->alloc;
	int i;

	for (i = 0; i < m->out_n; i++)
		tern_frame_release(&m->out[m->out_first + i]);
	held_free(&m->tx.held);
	held_free(&m->rx.held);
	tern_link_close(m->below);
	alloc.free(alloc.ctx, m, sizeof(*m));
}

static const struct tern_link_ops impair_ops = {
	.send = impair_send,
	.recv = impair_recv,
	.deadline = impair_deadline,
	.close = impair_close,
};

int tern_impair_create(struct tern_link **l, struct tern_link *below,
		       const struct tern_impair_config *c)
{
	struct impair *m;

	if (!c->alloc.alloc || !c->alloc.free ||
	    (!c->blocks && (c->tx.corrupt_ppm || c->rx.corrupt_ppm)))
		return -EINVAL;
	m = c->alloc.alloc(c->alloc.ctx, sizeof(*m));
	if (!m)
		return -ENOMEM;
	memset(m, 0, sizeof(*m));
	m->link = *below;
	m->link.ops = &impair_ops;
	m->below = below;
	m->alloc = c->alloc;
	lane_init(&m->tx, c, true);
	lane_init(&m->rx, c, false);
	m->tx.ip = m->rx.ip = below->flags & TERN_IF_ETHERNET ? ETH_LEN : 0;
	m->tx.finish = !(below->flags & TERN_IF_CSUM);
	lane_set(&m->tx, &c->tx);
	lane_set(&m->rx, &c->rx);
	*l = &m->link;
	return 0;
}

void tern_impair_set(struct tern_link *l, const struct tern_impair_dir *tx,
		     const struct tern_impair_dir *rx)
{
	struct impair *m = impair_of(l);

	if (tx)
		lane_set(&m->tx, tx);
	if (rx)
		lane_set(&m->rx, rx);
}

void tern_impair_stats(const struct tern_link *l, struct tern_impair_stats *tx,
		       struct tern_impair_stats *rx)
{
	const struct impair *m = impair_of_const(l);

	if (tx)
		*tx = m->tx.stats;
	if (rx)
		*rx = m->rx.stats;
}

void tern_impair_filter(struct tern_link *l, tern_impair_fn *fn, void *ctx)
{
	struct impair *m = impair_of(l);

	m->tx.filter = m->rx.filter = fn;
	m->tx.filter_ctx = m->rx.filter_ctx = ctx;
}
