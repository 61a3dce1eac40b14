/* SPDX-License-Identifier: ISC */
/*
 * lane.c - one direction of an impaired link
 *
 * What may happen to a frame, in this order:
 *
 *	cut		a GSO frame becomes its segments, so that what follows
 *			strikes segments, as a wire does; not if there is
 *			nothing but a fixed delay
 *	lose		the filter says so, or the loss mask, or chance
 *	duplicate	the copy follows its original, but is spared what
 *			the next line and reordering do to that
 *	corrupt		one bit of a private copy is flipped, the checksum
 *			having been completed before
 *	queue		until the rate limit lets it go; dropped if the queue
 *			is full
 *	delay		fixed, plus jitter, in order; a reordered frame waits
 *			longer and lets those behind it pass
 *
 * Chance is repeatable bit for bit.  Each kind has a stream of its own, which
 * is drawn from once for each frame whatever the probability, so that to change
 * the one does not change which frames are struck by the other.
 */
#include "lane.h"

#include <string.h>

#include "chance.h"
#include "header.h"
#include "segment.h"

#define QUEUE_DEFAULT (1024 * 1024)
#define OVERHEAD_MAX  65535
#define RATE_MAX      UINT64_C(10000000000000) /* keeps products in 64 bits */
#define QUEUE_MAX_S   1000000		       /* ... likewise */
#define DELAY_MAX     (UINT64_C(1) << 60)      /* and sums of times */

void lane_init(struct lane *ln, const struct tern_impair_config *c, bool tx)
{
	uint64_t i;

	memset(ln, 0, sizeof(*ln));
	held_init(&ln->held, &c->alloc);
	ln->blocks = c->blocks;
	ln->tx = tx;
	for (i = 0; i < CHANCE_N; i++)
		ln->chance[i] = chance_start(c->seed, tx ? i : CHANCE_N + i);
}

static uint64_t at_most(uint64_t v, uint64_t max)
{
	return v < max ? v : max;
}

void lane_set(struct lane *ln, const struct tern_impair_dir *dir)
{
	struct tern_impair_dir *d = &ln->dir;

	*d = *dir;
	if (d->queue_bytes == 0)
		d->queue_bytes = QUEUE_DEFAULT;
	d->overhead = (uint32_t)at_most(d->overhead, OVERHEAD_MAX);
	d->rate_bps = at_most(d->rate_bps, RATE_MAX);
	d->delay_ns = at_most(d->delay_ns, DELAY_MAX);
	d->jitter_ns = at_most(d->jitter_ns, DELAY_MAX);
	d->reorder_ns = at_most(d->reorder_ns, DELAY_MAX);
	ln->carry = 0;
}

/* What chance has in store for a frame. */
struct fate {
	bool lost, twice, reorder, corrupt;
	uint64_t jitter; /* to be reduced to the range */
};

/* True if single segments may fare differently. */
static bool tells_segments_apart(const struct lane *ln)
{
	const struct tern_impair_dir *d = &ln->dir;

	return d->loss_ppm || d->duplicate_ppm || d->reorder_ppm ||
	       d->corrupt_ppm || d->loss_mask || d->jitter_ns || d->rate_bps ||
	       ln->filter;
}

bool lane_is_clear(const struct lane *ln)
{
	return ln->held.n == 0 && ln->dir.delay_ns == 0 &&
	       !tells_segments_apart(ln);
}

static void lose(struct lane *ln, struct tern_frame *f)
{
	ln->stats.lost++;
	tern_frame_release(f);
}

/* Makes the frame a copy that nobody else reads, and flips a bit of it. */
static bool corrupt(struct lane *ln, struct tern_frame *f)
{
	uint64_t bit = chance_draw(&ln->chance[CHANCE_BIT]);
	struct tern_block *b = NULL;
	struct tern_frame copy;
	uint8_t *data;

	if (ln->blocks && f->len > 0)
		b = tern_block_get(ln->blocks, f->len);
	if (!b)
		return false;
	data = tern_block_data(b);
	tern_frame_wrap(&copy, b, data, tern_frame_flatten(f, data));
	bit %= (uint64_t)copy.len * 8;
	data[bit / 8] ^= (uint8_t)(1U << bit % 8);
	tern_frame_release(f);
	tern_frame_move(f, &copy);
	ln->stats.corrupted++;
	return true;
}

/* Bytes that wait before the rate limit. */
static uint64_t backlog(const struct lane *ln, tern_time now)
{
	uint64_t rate = ln->dir.rate_bps;
	uint64_t s, ns, bits;

	if (ln->busy_until <= now)
		return 0;
	s = (ln->busy_until - now) / TERN_S;
	ns = (ln->busy_until - now) % TERN_S;
	if (s >= QUEUE_MAX_S)
		return UINT64_MAX;
	bits = s * rate;
	bits += rate < TERN_S ? ns * rate / TERN_S
			      : ns * (rate / 1000) / (TERN_S / 1000);
	return (bits + 7) / 8;
}

/* Time on the wire; what division leaves is kept for the next frame. */
static tern_time wire_time(struct lane *ln, uint64_t bytes)
{
	uint64_t total = bytes * 8 * TERN_S + ln->carry;

	ln->carry = total % ln->dir.rate_bps;
	return total / ln->dir.rate_bps;
}

/* When the frame has left the queue, or TERN_NEVER if it is not let in. */
static tern_time depart(struct lane *ln, uint32_t len, tern_time now)
{
	uint64_t bytes = (uint64_t)len + ln->dir.overhead;
	uint64_t waiting;

	if (ln->dir.rate_bps == 0)
		return now;
	waiting = backlog(ln, now);
	if (waiting > 0 && waiting + bytes > ln->dir.queue_bytes)
		return TERN_NEVER;
	if (ln->busy_until < now) {
		ln->busy_until = now;
		ln->carry = 0;
	}
	ln->busy_until += wire_time(ln, bytes);
	return ln->busy_until;
}

static tern_time arrival(struct lane *ln, tern_time departure,
			 const struct fate *fate)
{
	tern_time at = departure + ln->dir.delay_ns;

	if (ln->dir.jitter_ns)
		at += fate->jitter % (ln->dir.jitter_ns + 1);
	if (at < ln->last_release)
		at = ln->last_release;
	if (fate->reorder)
		return at + ln->dir.reorder_ns;
	ln->last_release = at;
	return at;
}

/* Takes one copy of a frame on its way. */
static void dispatch(struct lane *ln, struct tern_frame *f,
		     const struct fate *fate, tern_time now)
{
	tern_time at;

	if (fate->corrupt && !corrupt(ln, f)) {
		lose(ln, f);
		return;
	}
	at = depart(ln, f->len, now);
	if (at == TERN_NEVER) {
		ln->stats.overflowed++;
		tern_frame_release(f);
		return;
	}
	if (held_push(&ln->held, f, arrival(ln, at, fate)) < 0) {
		lose(ln, f);
		return;
	}
	ln->stats.passed++;
	ln->stats.reordered += fate->reorder;
}

static struct fate draw_fate(struct lane *ln)
{
	const struct tern_impair_dir *d = &ln->dir;
	uint64_t *chance = ln->chance;
	struct fate fate;

	fate.lost = chance_happens(&chance[CHANCE_LOSS], d->loss_ppm);
	fate.twice =
		chance_happens(&chance[CHANCE_DUPLICATE], d->duplicate_ppm);
	fate.reorder = chance_happens(&chance[CHANCE_REORDER], d->reorder_ppm);
	fate.corrupt = chance_happens(&chance[CHANCE_CORRUPT], d->corrupt_ppm);
	fate.jitter = chance_draw(&chance[CHANCE_JITTER]);
	if (d->loss_mask >> (ln->n_frames++ % 64) & 1)
		fate.lost = true;
	return fate;
}

static void take_one(struct lane *ln, struct tern_frame *f, tern_time now)
{
	struct fate fate = draw_fate(ln);
	struct tern_frame copy;

	if (ln->filter && ln->filter(ln->filter_ctx, ln->tx, f, now))
		fate.lost = true;
	if (fate.lost) {
		lose(ln, f);
		return;
	}
	if (fate.twice)
		tern_frame_share(&copy, f);
	dispatch(ln, f, &fate, now);
	if (fate.twice) {
		ln->stats.duplicated++;
		fate.corrupt = fate.reorder = false;
		dispatch(ln, &copy, &fate, now);
	}
}

void lane_take(struct lane *ln, struct tern_frame *f, tern_time now)
{
	struct segmenter s;
	struct tern_frame one;

	if (f->gso_size == 0 || !tells_segments_apart(ln)) {
		take_one(ln, f, now);
		return;
	}
	if (segmenter_begin(&s, f, ln->ip) < 0) {
		lose(ln, f);
		return;
	}
	while (segmenter_next(&s, &one)) {
		if (ln->finish)
			tern_frame_finish_csum(&one);
		take_one(ln, &one, now);
	}
}
