/* SPDX-License-Identifier: ISC */
/*
 * notes.c - what is awaited of text that was sent
 *
 * On Linux a note belongs to a buffer of the send queue.  So a send whose bytes
 * join the last one's, not yet sent, has one note with it: its timestamps are
 * then those of the later one's last octet, and both are done at once.
 */
#include "sock/notes.h"

#include <errno.h>

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

#include "base/bytes.h"
#include "sock/control.h"
#include "sock/epoll.h"
#include "sock/extras.h"
#include "sock/note.h"
#include "sock/socks.h"
#include "tcp/tcp.h"

#define JOIN_MAX 65000 /* bytes of a buffer of Linux, about */

void notes_init(struct notes *n)
{
	list_init(&n->awaited);
	list_init(&n->queued);
	list_init(&n->came);
}

static void free_all(struct socks *s, struct list *l)
{
	struct list *at;

	while ((at = list_pop_head(l)) != NULL)
		pool_put(&s->notes, LIST_ENTRY(at, struct note, link));
}

void notes_free(struct socks *s, struct notes *n)
{
	free_all(s, &n->awaited);
	free_all(s, &n->queued);
	free_all(s, &n->came);
	n->n = n->n_came = 0;
}

struct note *note_get(struct socks *s, struct notes *n, uint32_t bytes_max)
{
	struct note *note = NULL;

	if ((uint64_t)(n->n + 1) * NOTE_CHARGE <= bytes_max)
		note = pool_zget(&s->notes);
	if (!note)
		return NULL;
	n->n++;
	note->at = TERN_NEVER;
	return note;
}

void note_put(struct socks *s, struct notes *n, struct note *note)
{
	list_del(&note->link);
	pool_put(&s->notes, note);
	n->n--;
}

/* The connection is to say what moves, or need not. */
static void settle_watch(struct notes *n, struct tcb *t)
{
	tcp_watch(t, !list_empty(&n->awaited) || note_wants_came(tcp_opts(t)));
}

/* -------------------------------------------------------- the error queue */

static void tell(struct socks *s, struct fd *f)
{
	f->flags |= FD_ERROR_QUEUE;
	watch_wake(s, f, POLLERR);
}

/* A send with MSG_ZEROCOPY is done.  Those that follow each other are told of
 * as one. */
static void queue_done(struct socks *s, struct fd *f, struct notes *n,
		       struct note *note)
{
	struct list *last = list_last(&n->queued);
	struct note *before = last ? LIST_ENTRY(last, struct note, link) : NULL;

	list_del(&note->link);
	if (before && before->ee.ee_origin == SO_EE_ORIGIN_ZEROCOPY &&
	    before->ee.ee_data + 1 == note->ee.ee_info) {
		before->ee.ee_data = note->ee.ee_data;
		list_unlinked(&note->link);
		note_put(s, n, note);
	} else {
		list_add_tail(&n->queued, &note->link);
	}
	tell(s, f);
}

static void queue_timestamp(struct socks *s, struct fd *f, struct notes *n,
			    const struct note *of, uint32_t what)
{
	const struct tcp_opts *o = tcp_opts(f->u.tcb);
	struct note *note = note_get(s, n, tcp_bufs(f->u.tcb)->rcv);

	if (!note)
		return;
	note->at = s->env->now;
	note->has_text = !(o->timestamping & SOF_TIMESTAMPING_OPT_TSONLY);
	note->ee.ee_errno = ENOMSG;
	note->ee.ee_origin = SO_EE_ORIGIN_TIMESTAMPING;
	note->ee.ee_info = what;
	if (o->timestamping & SOF_TIMESTAMPING_OPT_ID)
		note->ee.ee_data = of->end - 1 - n->ts_base;
	list_add_tail(&n->queued, &note->link);
	tell(s, f);
}

/* ------------------------------------------------------------- what moves */

static bool is_timestamp(const struct note *note)
{
	return note->ee.ee_origin != SO_EE_ORIGIN_ZEROCOPY;
}

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* Text has left: every note whose last octet was in it.  The text is near the
 * end of what is awaited, unless it goes again. */
static void on_sent(struct socks *s, struct fd *f, struct notes *n,
		    uint32_t from, uint32_t to)
{
	struct list *at = &n->awaited;
	struct list *prev;

	while ((prev = list_prev(&n->awaited, at)) != NULL &&
	       before(from, LIST_ENTRY(prev, struct note, link)->end))
		at = prev;
	if (at == &n->awaited)
		return;
	for (; at; at = list_next(&n->awaited, at)) {
		const struct note *note = LIST_ENTRY(at, struct note, link);

		if (before(to, note->end))
			return;
		if (note->tx_flags & SOF_TIMESTAMPING_TX_SCHED)
			queue_timestamp(s, f, n, note, SCM_TSTAMP_SCHED);
		if (note->tx_flags & SOF_TIMESTAMPING_TX_SOFTWARE)
			queue_timestamp(s, f, n, note, SCM_TSTAMP_SND);
	}
}

static void on_acked(struct socks *s, struct fd *f, struct notes *n,
		     uint32_t una)
{
	struct list *at;

	while ((at = list_first(&n->awaited)) != NULL) {
		struct note *note = LIST_ENTRY(at, struct note, link);

		if (before(una, note->end))
			break;
		if (!is_timestamp(note)) {
			queue_done(s, f, n, note);
			continue;
		}
		if (note->tx_flags & SOF_TIMESTAMPING_TX_ACK)
			queue_timestamp(s, f, n, note, SCM_TSTAMP_ACK);
		note_put(s, n, note);
	}
	settle_watch(n, f->u.tcb);
}

/* Memory of MSG_ZEROCOPY is the user's again, whatever became of the text. */
static void on_over(struct socks *s, struct fd *f, struct notes *n)
{
	struct list *at;

	while ((at = list_first(&n->awaited)) != NULL) {
		struct note *note = LIST_ENTRY(at, struct note, link);

		if (is_timestamp(note))
			note_put(s, n, note);
		else
			queue_done(s, f, n, note);
	}
	settle_watch(n, f->u.tcb);
}

void socks_tcp_moved(void *ctx, uint32_t user, enum tcp_moved what,
		     uint32_t from, uint32_t to)
{
	struct socks *s = ctx;
	struct fd *f = fd_at(&s->fds, user);
	struct extras *x = extras_find(s, f, fd_number(&s->fds, user));

	if (!x || f->kind != FD_TCP)
		return;
	switch (what) {
	case TCP_MOVED_SENT:
		on_sent(s, f, &x->notes, from, to);
		return;
	case TCP_MOVED_ACKED:
		on_acked(s, f, &x->notes, to);
		return;
	case TCP_MOVED_RECEIVED:
		note_came(s, f, &x->notes, to, s->env->now);
		return;
	case TCP_MOVED_OVER:
		on_over(s, f, &x->notes);
		return;
	}
}

/* ------------------------------------------------------------------- send */

int notes_begin(struct socks *s, struct fd *f, int fd, int flags,
		const struct control_in *in, struct notes_send *w)
{
	const struct tcp_opts *o = tcp_opts(f->u.tcb);
	struct extras *x;

	w->tx_flags =
		in->has_tx ? in->tx_flags : o->timestamping & NOTES_TX_FLAGS;
	w->eor = flags & MSG_EOR;
	if (!w->tx_flags && !((flags & MSG_ZEROCOPY) && o->zerocopy))
		return 0;
	x = extras_get(s, f, fd);
	if (!x)
		return -ENOBUFS;
	if ((flags & MSG_ZEROCOPY) && o->zerocopy) {
		w->zc = note_get(s, &x->notes, tcp_bufs(f->u.tcb)->rcv);
		return w->zc ? 0 : -ENOBUFS;
	}
	return 0;
}

/* A note for [.., end); the last one of its kind if the bytes have joined. */
static struct note *joined(const struct notes *n, const struct tcp_places *p,
			   bool timestamp)
{
	struct list *at = list_last(&n->awaited);

	for (; at; at = list_prev(&n->awaited, at)) {
		struct note *note = LIST_ENTRY(at, struct note, link);

		if (!before(p->nxt, note->end) || note->eor)
			return NULL;
		if (is_timestamp(note) == timestamp)
			return p->end - note->from <= JOIN_MAX ? note : NULL;
	}
	return NULL;
}

static void await(struct notes *n, struct note *note,
		  const struct tcp_places *p, const struct notes_send *w)
{
	note->end = p->end;
	note->eor = w->eor;
	list_add_tail(&n->awaited, &note->link);
}

static void await_timestamp(struct socks *s, struct fd *f, struct notes *n,
			    const struct tcp_places *p,
			    const struct notes_send *w, uint32_t len)
{
	struct note *note = joined(n, p, true);

	if (note) {
		list_del(&note->link);
	} else {
		note = note_get(s, n, tcp_bufs(f->u.tcb)->rcv);
		if (!note)
			return;
		note->from = p->end - len;
	}
	note->tx_flags |= w->tx_flags;
	await(n, note, p, w);
}

static void await_done(struct socks *s, struct notes *n,
		       const struct tcp_places *p, const struct notes_send *w,
		       uint32_t len)
{
	struct note *note = joined(n, p, false);

	if (note) {
		list_del(&note->link);
		list_unlinked(&w->zc->link);
		note_put(s, n, w->zc);
		n->zc_next++;
		note->ee.ee_data++;
	} else {
		note = w->zc;
		note->from = p->end - len;
		note->ee.ee_origin = SO_EE_ORIGIN_ZEROCOPY;
		note->ee.ee_code = SO_EE_CODE_ZEROCOPY_COPIED;
		note->ee.ee_info = note->ee.ee_data = n->zc_next++;
	}
	await(n, note, p, w);
}

void notes_sent(struct socks *s, struct fd *f, int fd, struct notes_send *w,
		ssize_t len)
{
	struct extras *x = extras_find(s, f, fd);
	struct tcp_places p;

	if (!x || (!w->zc && !w->tx_flags))
		return;
	if (len <= 0) {
		if (!w->zc)
			return;
		list_unlinked(&w->zc->link);
		note_put(s, &x->notes, w->zc);
		return;
	}
	tcp_places(f->u.tcb, &p);
	if (w->tx_flags)
		await_timestamp(s, f, &x->notes, &p, w, (uint32_t)len);
	if (w->zc)
		await_done(s, &x->notes, &p, w, (uint32_t)len);
	settle_watch(&x->notes, f->u.tcb);
}
