/* SPDX-License-Identifier: ISC */
/*
 * call_send.c - SEND, RFC 9293 3.10.2 and 3.9.1.2
 *
 * Data is queued here and segmented by the output pass, so that many small
 * SENDs become full segments (MAY-16).  There is no push flag but its opposite,
 * MSG_MORE (MAY-15): what is queued goes as soon as it may (MUST-60).
 */
#include <errno.h>
#include <sys/socket.h>

#include "base/block.h"
#include "tcp/ahead.h"
#include "tcp/congest.h"
#include "tcp/eor.h"
#include "tcp/fastopen.h"
#include "tcp/life.h"
#include "tcp/plan.h"
#include "tcp/state.h"
#include "tcp/tcb.h"
#include "tcp/timeout.h"

static int check_state(struct tcb *t)
{
	if (t->error)
		return tcp_take_error(t);
	switch ((enum tcp_state)t->state) {
	case SYN_SENT:
	case SYN_RECEIVED:
		if (t->fin_queued)
			return -EPIPE;
		return fastopen_is_early(t) || fastopen_defers(t) ? 0 : -EAGAIN;
	case ESTABLISHED:
	case CLOSE_WAIT:
		return 0;
	case CLOSED:
	case LISTEN:
	case FIN_WAIT_1:
	case FIN_WAIT_2:
	case CLOSING:
	case LAST_ACK:
	case TIME_WAIT:
		return -EPIPE;
	}
	return -EPIPE;
}

/* MSG_MORE and TCP_CORK hold the last part of a segment back, but not for
 * ever. */
static void hold_back(struct tcp *tcp, struct tcb *t, int flags)
{
	t->more = flags & MSG_MORE;
	if (t->more || t->opts->cork)
		timer_start_push(tcp, t);
}

/* 3.8.5: SND.UP is after the last octet of this SEND. */
static void mark_urgent(struct tcb *t)
{
	t->flow->up = seq_add(t->snd.una, t->flow->sendq.len);
	t->urgent_out = true;
}

static void mark_end(struct tcp *tcp, struct tcb *t, int flags)
{
	if (flags & MSG_OOB)
		mark_urgent(t);
	if (flags & MSG_EOR)
		eor_add(tcp, t, !(flags & MSG_MORE));
}

/* What TCP_NOTSENT_LOWAT leaves.  Linux asks for it whenever it begins another
 * buffer, of up to half of the window; what may go at once has gone by then. */
static uint32_t lowat_room(const struct tcp *tcp, const struct tcb *t,
			   uint32_t lowat)
{
	const uint32_t unsent = output_unsent(t);
	const uint32_t mss = max_u32(t->mss, 1);
	uint32_t goal = min_u32(t->snd.wnd_max / 2, 65000);
	uint64_t room, most = lowat;

	if (!tcp->tun.linux_acks)
		return unsent < lowat ? lowat - unsent : 0;
	goal = max_u32(goal - goal % mss, mss);
	room = unsent % goal ? goal - unsent % goal : 0;
	if (t->flow && is_synchronized(t))
		most += min_u32(plan_cwnd_room(t), plan_window_room(t));
	if (unsent + room < most)
		room += (most - unsent - room + goal - 1) / goal * goal;
	return (uint32_t)min_u64(room, UINT32_MAX - 1);
}

/*
 * The same where memory runs short: nobody may queue more than is needed to go
 * on, or a few peers with closed windows would stop all; who waits is told when
 * some of his own was acknowledged.
 */
static size_t short_room(struct tcp *tcp, struct tcb *t, size_t len)
{
	const size_t spare = mem_spare(&tcp->env->mem, len + BLOCK_SUPER);
	const uint32_t queued = tcp_sendq_charged(t);
	const uint32_t limit = min_u32(send_limit(t), tcp->tun.wmem[0]);

	if (spare >= BLOCK_SUPER)
		return min_size(len, spare);
	if (queued >= limit) /* until an ACK ends it, and tells */
		t->send_held = true;
	return limit > queued ? min_size(len, limit - queued) : 0;
}

/* How many of `len` bytes may be queued now. */
static size_t send_room(struct tcp *tcp, struct tcb *t, size_t len)
{
	const uint32_t queued = tcp_sendq_charged(t);
	const uint32_t lowat = send_lowat(tcp, t);
	const uint32_t limit = send_limit(t);

	if (queued >= limit)
		return 0;
	len = min_size(len, limit - queued);
	if (unlikely(lowat != UINT32_MAX))
		len = min_size(len, lowat_room(tcp, t, lowat));
	/* The largest block that is taken at once may be used but little. */
	if (likely(mem_has_spare(&tcp->env->mem, len + BLOCK_SUPER)))
		return len;
	return short_room(tcp, t, len);
}

/* Returns how many bytes may be queued, and the queue is there then; or 0 or
 * what SEND must return. */
static inline ssize_t begin(struct tcp *tcp, struct tcb *t, size_t len)
{
	size_t room;
	int err;

	tcb_prefetch(tcp, t);
	err = check_state(t);
	if (err)
		return err;
	if (len == 0)
		return 0;
	room = send_room(tcp, t, len);
	if (room == 0) {
		if (t->flow)
			t->flow->send_full = true;
		return -EAGAIN;
	}
	if (!tcp_flow(tcp, t))
		return -ENOBUFS;
	congest_on_write(t);
	t->flow->send_full = room < len;
	return (ssize_t)room;
}

/* `n` bytes were queued, or none for a reason; `all` there were? */
static inline ssize_t finish(struct tcp *tcp, struct tcb *t, ssize_t n,
			     bool all, int flags)
{
	if (n <= 0) {
		tcp_settle(tcp, t);
		return n;
	}
	t->snd.end = seq_add(t->snd.end, (uint32_t)n);
	t->conn.fastopen &= (uint16_t)~FASTOPEN_DEFERS;
	if (unlikely(flags & (MSG_OOB | MSG_EOR)) && all)
		mark_end(tcp, t, flags);
	hold_back(tcp, t, flags);
	tcp_settle_written(tcp, t);
	return n;
}

/* Long text is summed for the segments that it will be, unless the link sums
 * for itself. */
static void expect_segments(const struct tcp *tcp, struct tcb *t, size_t n)
{
	struct sendq *q = &t->flow->sendq;
	const struct netif *out;
	bool summed;

	if (!sendq_is_long(q, n))
		return;
	out = net_if(tcp->net, t->path.ifindex);
	summed = out && !(out->config.flags & TERN_IF_CSUM);
	sendq_expect(q, seq_len(output_data_start(t), t->snd.nxt),
		     summed ? t->mss : 0);
}

ssize_t tcp_call_send(struct tcp *tcp, struct tcb *t, const struct iovec *iov,
		      size_t len, int flags)
{
	ssize_t n = begin(tcp, t, len);

	if (n <= 0)
		return n;
	expect_segments(tcp, t, (size_t)n);
	n = sendq_append(&t->flow->sendq, &tcp->env->mem, tcp->env->blocks, iov,
			 0, (size_t)n);
	return finish(tcp, t, n, (size_t)n == len, flags);
}

ssize_t tcp_call_send_slice(struct tcp *tcp, struct tcb *t,
			    const struct tern_slice *s, int flags)
{
	struct tern_slice part = *s;
	ssize_t n = begin(tcp, t, s->len);

	if (n <= 0)
		return n;
	part.len = (uint32_t)n;
	if (sendq_append_slice(&t->flow->sendq, &tcp->env->mem, &part))
		n = -ENOBUFS;
	else
		block_ref(part.block);
	return finish(tcp, t, n, n == (ssize_t)s->len, flags);
}
