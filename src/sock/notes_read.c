/* SPDX-License-Identifier: ISC */
/*
 * notes_read.c - what recvmsg(2) tells beside the text: the error queue,
 * timestamps of what came, and TCP_INQ
 *
 * Messages stand in the order in which Linux has them.  A timestamp is the time
 * of the stack, tern_advance(), in seconds and nanoseconds.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include <linux/net_tstamp.h>

#include "base/bytes.h"
#include "sock/control.h"
#include "sock/epoll.h"
#include "sock/extras.h"
#include "sock/note.h"
#include "sock/socks.h"
#include "tcp/tcp.h"

#define CAME_MAX 256 /* beyond that several have the time of the last */

#define OPT_RX_FILTER (1U << 17) /* newer than some headers */

static void put(const struct control_out *p, int level, int type,
		const void *data, size_t len)
{
	const struct cmsghdr head = {
		.cmsg_len = CMSG_LEN(len),
		.cmsg_level = level,
		.cmsg_type = type,
	};

	control_put(p, &head, data);
}

/* SO_TIMESTAMP and SO_TIMESTAMPNS, and SO_TIMESTAMPING: software, two of
 * hardware, of which there is none. */
static void put_time(const struct control_out *p, const struct tcp_opts *o,
		     uint64_t at)
{
	const struct timespec ts = {(time_t)(at / TERN_S), (long)(at % TERN_S)};
	const struct timeval tv = {ts.tv_sec, ts.tv_nsec / 1000};
	const struct timespec three[3] = {{ts.tv_sec, ts.tv_nsec}};

	if (o->stamp && o->stamp_ns)
		put(p, SOL_SOCKET, SO_TIMESTAMPNS, &ts, sizeof(ts));
	else if (o->stamp)
		put(p, SOL_SOCKET, SO_TIMESTAMP, &tv, sizeof(tv));
	if (o->timestamping & SOF_TIMESTAMPING_SOFTWARE)
		put(p, SOL_SOCKET, SO_TIMESTAMPING, three, sizeof(three));
}

/* -------------------------------------------------------- the error queue */

ssize_t notes_receive(struct socks *s, struct fd *f, int fd,
		      const struct control_out *out)
{
	struct extras *x = extras_find(s, f, fd);
	struct list *first = x ? list_first(&x->notes.queued) : NULL;
	struct {
		struct sock_extended_err ee;
		struct sockaddr_in offender;
	} err;
	struct note *note;

	if (!first)
		return -EAGAIN;
	note = LIST_ENTRY(first, struct note, link);
	if (note->at != TERN_NEVER && f->kind == FD_TCP)
		put_time(out, tcp_opts(f->u.tcb), note->at);
	memset(&err, 0, sizeof(err));
	err.ee = note->ee;
	put(out, IPPROTO_IP, IP_RECVERR, &err, sizeof(err));
	out->msg->msg_flags |= MSG_ERRQUEUE | (note->has_text ? MSG_TRUNC : 0);
	note_put(s, &x->notes, note);
	if (list_empty(&x->notes.queued))
		f->flags &= (uint8_t)~FD_ERROR_QUEUE;
	else
		watch_wake(s, f, POLLERR);
	return 0;
}

/* ------------------------------------------------------------- what came */

bool note_wants_came(const struct tcp_opts *o)
{
	const uint32_t how = o->timestamping;

	if (o->stamp)
		return true;
	return (how & SOF_TIMESTAMPING_SOFTWARE) &&
	       (how & SOF_TIMESTAMPING_RX_SOFTWARE || !(how & OPT_RX_FILTER));
}

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* Notes about what was read are of no use. */
static void drop_came(struct socks *s, struct notes *n, uint32_t unread)
{
	struct list *at;

	while ((at = list_first(&n->came)) != NULL) {
		struct note *note = LIST_ENTRY(at, struct note, link);

		if (before(unread, note->end))
			return;
		note_put(s, n, note);
		n->n_came--;
	}
}

void note_came(struct socks *s, struct fd *f, struct notes *n, uint32_t end,
	       uint64_t at)
{
	struct list *last;
	struct note *note = NULL;
	struct tcp_places p;

	if (!note_wants_came(tcp_opts(f->u.tcb)))
		return;
	tcp_places(f->u.tcb, &p);
	drop_came(s, n, p.unread);
	last = list_last(&n->came);
	if (n->n_came < CAME_MAX)
		note = note_get(s, n, tcp_bufs(f->u.tcb)->rcv);
	if (note) {
		n->n_came++;
		list_add_tail(&n->came, &note->link);
	} else if (last) {
		note = LIST_ENTRY(last, struct note, link);
	} else {
		return;
	}
	note->end = end;
	note->at = at;
}

int notes_options(struct socks *s, struct fd *f, int fd,
		  const struct tcp_opts *o)
{
	struct tcp_places p;
	struct extras *x;

	if (!o->zerocopy && !o->inq && !o->timestamping && !o->stamp)
		return 0;
	x = extras_get(s, f, fd);
	if (!x)
		return -ENOBUFS;
	if (f->kind != FD_TCP || !note_wants_came(o))
		return 0;
	tcp_watch(f->u.tcb, true);
	tcp_places(f->u.tcb, &p);
	if (p.unread != p.received && list_empty(&x->notes.came))
		note_came(s, f, &x->notes, p.received, p.rx_at);
	return 0;
}

/* ------------------------------------------------------------------- read */

/* When the octet in front of `end` came. */
static void put_came(const struct control_out *p, const struct tcp_opts *o,
		     const struct notes *n, uint32_t end)
{
	struct list *at;

	list_for_each(at, &n->came) {
		const struct note *note = LIST_ENTRY(at, struct note, link);

		if (before(note->end, end))
			continue;
		put_time(p, o, note->at);
		return;
	}
}

void notes_read(struct socks *s, struct fd *f, int fd,
		const struct control_out *out, ssize_t n, bool peek)
{
	struct extras *x = extras_find(s, f, fd);
	const struct tcp_opts *o = tcp_opts(f->u.tcb);
	struct tcp_places at;
	int inq;

	if (!x || n < 0)
		return;
	tcp_places(f->u.tcb, &at);
	if (n > 0)
		put_came(out, o, &x->notes,
			 at.unread + (peek ? (uint32_t)n : 0));
	drop_came(s, &x->notes, at.unread);
	if (!o->inq)
		return;
	inq = (int)tcp_inq_hint(f->u.tcb);
	put(out, IPPROTO_TCP, TCP_CM_INQ, &inq, sizeof(inq));
}
