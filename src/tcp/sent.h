/* SPDX-License-Identifier: ISC */
/*
 * sent.h - what is in flight: one record for each burst of segments
 *
 * A record stands for contiguous segments with one fate: sent at the same time,
 * and all of them in the network, or all SACKed, or all taken for lost.  When
 * their fates part, the record is cut between two segments; cuts never fall
 * inside a segment, so that there are no more records than segments.
 *
 *	SND.UNA                                            SND.NXT
 *	|-- lost --|-- flying --|-- SACKed --|--- flying ---|
 *
 * Records cover everything from the first one on; what is before it (the SYN,
 * or a FIN that was sent without a cold half) has none.
 */
#ifndef TERN_TCP_SENT_H
#define TERN_TCP_SENT_H

#include "base/list.h"
#include "base/pool.h"
#include "base/tree.h"
#include "tcp/rate.h"
#include "tcp/seq.h"

#define SENTQ_MAX 131072 /* records of a connection: 64 MiB of 512 bytes */

enum sent_fate {
	SENT_FLYING, /* in the network, as far as one can know */
	SENT_LOST,   /* to be sent again */
	SENT_SACKED, /* arrived, but not acknowledged cumulatively */
};

struct sent {
	struct tree_node by_seq;
	union {
		struct list by_time;   /* flying */
		struct tree_node lost; /* lost: in order of sequence */
	};
	struct seq left;
	uint32_t len;
	struct rate_stamp stamp; /* of the last transmission */
	uint32_t segs;		 /* SACKed: how many they were */
	uint16_t mss;		 /* all segments but the last have this size */
	uint8_t fate;		 /* enum sent_fate */
	bool push : 1;		 /* its last segment ends a SEND */
	bool again : 1;		 /* it has been sent more than once */
	bool twice : 1; /* it counts twice in the pipe (RFC 6675 4): sent
			   again though it was not taken for lost */
};

struct sentq {
	struct tree all;	   /* by sequence number */
	struct tree lost;	   /* those to be sent again, likewise */
	struct list flying;	   /* the one sent first at the head */
	struct sent *first, *last; /* of all */
	uint32_t n;
	/* Bytes covered, and of these: SACKed, lost, in the network for more
	   than the first time, in the network twice. */
	uint32_t len, n_sacked, n_lost, n_again, n_twice;
	uint32_t segs_sacked;
	bool one_used;
	struct sent one; /* the only record of a short flight */
};

/* It is all zero. */
void sentq_init(struct sentq *q);

/* Forgets all records. */
void sentq_free(struct sentq *q, struct pool *pool);

/* The same as sentq_append() while there are no records. */
struct sent *sentq_start(struct sentq *q, struct seq left, uint32_t len,
			 uint16_t mss, uint64_t now);

/*
 * Text or a FIN, sent at `now` for the first time, directly behind the last
 * record.  Returns its record, which may be one that has grown by `len`; then
 * its stamp is of the same time.  NULL if there is none to be had.
 */
struct sent *sentq_append(struct sentq *q, struct pool *pool, struct seq left,
			  uint32_t len, uint16_t mss, uint64_t now);

/*
 * There is no memory: one record for all, from `left` on, that says nothing but
 * that something was sent.  What had been SACKed is forgotten; the timeout will
 * repair what was lost.
 */
struct sent *sentq_collapse(struct sentq *q, struct pool *pool, struct seq left,
			    uint32_t len, uint16_t mss);

/* The record that `seq` lies in or the first one behind it; or NULL. */
struct sent *sentq_find(const struct sentq *q, struct seq seq);

/* The next one in order of sequence, or NULL. */
struct sent *sentq_next(const struct sent *r);
struct sent *sentq_prev(const struct sent *r);

static inline struct seq sent_end(const struct sent *r)
{
	return seq_add(r->left, r->len);
}

/* The lost record with the lowest number, or NULL. */
struct sent *sentq_first_lost(const struct sentq *q);

/* The flying record that was sent first, or NULL; and the next one. */
struct sent *sentq_oldest(const struct sentq *q);
struct sent *sentq_younger(const struct sentq *q, const struct sent *r);

/*
 * Cuts a record at `at`, which lies inside.  Returns the second part, or NULL
 * if there is no memory or a record too many; then nothing has changed.
 */
struct sent *sentq_cut(struct sentq *q, struct pool *pool, struct sent *r,
		       struct seq at);

/*
 * Finds the first record at or behind *at that lies before `right` and is not
 * SACKed yet, cut to what whole segments of it lie between the two.  Moves *at
 * behind it.  Returns NULL if there is none.
 */
struct sent *sentq_covered(struct sentq *q, struct pool *pool, struct seq *at,
			   struct seq right);

/* Changes of fate.  A SACKed record joins those on both sides. */
void sentq_set_sacked(struct sentq *q, struct pool *pool, struct sent *r);
void sentq_set_lost(struct sentq *q, struct sent *r);
/* It was taken for lost, or for SACKed, in error: as if never. */
void sentq_set_flying(struct sentq *q, struct sent *r);
/* What was taken for lost was not: all of it flies again. */
void sentq_forgive(struct sentq *q);

/*
 * Bytes seq .. seq + len - 1, all of one record, were sent again at `now`.
 * Returns their record, for a new stamp, or NULL if they have none.
 */
struct sent *sentq_again(struct sentq *q, struct pool *pool, struct seq seq,
			 uint32_t len, uint64_t now);

/* The record now counts twice in the pipe. */
void sentq_set_twice(struct sentq *q, struct sent *r);

/* The first n bytes of the first record are acknowledged; it goes with its
 * last one. */
void sentq_drop(struct sentq *q, struct pool *pool, uint32_t n);

/* Is any of it not simply in the network, once? */
static inline bool sentq_is_marked(const struct sentq *q)
{
	return q->n_sacked | q->n_lost | q->n_twice;
}

/* Bytes in the network: neither SACKed nor taken for lost. */
static inline uint32_t sentq_pipe(const struct sentq *q)
{
	return q->len - q->n_sacked - q->n_lost + q->n_twice;
}

/* Checks the invariants; traps if one is broken.  For tests. */
void sentq_check(const struct sentq *q);

#endif
