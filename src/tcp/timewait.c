/* SPDX-License-Identifier: ISC */
/*
 * timewait.c - TIME-WAIT, RFC 9293 3.6.1
 *
 * It lasts 2 MSL (MUST-13): our last ACK may be lost, then the peer sends its
 * FIN again and must be answered; and an old segment must not be taken for one
 * of a later connection between the same ends.  A RST does not end it (RFC
 * 1337).  All last equally long, so a queue is enough to time them: an entry
 * knows when it began, and tern.tcp_time_wait, when changed, holds for those
 * that are there as well.
 */
#include "tcp/timewait.h"

#include "tcp/arrives.h"
#include "tcp/demux.h"
#include "tcp/iss.h"
#include "tcp/life.h"
#include "tcp/listener.h"
#include "tcp/output.h"
#include "tcp/state.h"
#include "tcp/synq.h"
#include "tcp/timeout.h"

#define REUSE_AFTER_MS 1000
#define ACK_AGE_MAX    (1U << 30) /* the largest window, 65535 << 14 */

static uint32_t now_ms(const struct tcp *tcp)
{
	return (uint32_t)(tcp->env->now / TERN_MS);
}

/* MUST-13; again, if the FIN comes again. */
static void start_2msl(struct tcp *tcp, struct timewait *w)
{
	list_del(&w->queue);
	w->since_ms = now_ms(tcp);
	list_add_tail(&tcp->time_waits, &w->queue);
	env_arm(tcp->env, timewait_deadline(tcp));
}

/* <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. */
static void answer(struct tcp *tcp, const struct timewait *w)
{
	struct tcp_options o = {0};
	struct bare_segment b = {
		.tuple = conn_tuple(&w->conn),
		.seq = w->snd_nxt,
		.ack = w->rcv_nxt,
		.flags = ACK,
		.wnd = w->conn.wnd_raw,
		.tos = (uint8_t)(w->conn.dscp << 2), /* SHLD-22 */
		.opt = &o,
	};

	if (w->conn.flags & TIMEWAIT_TS) {
		o.present = TERN_OPT_TIMESTAMPS;
		o.ts_val = timestamp_now(tcp, conn_ts_offset(&w->conn));
		o.ts_ecr = w->ts_recent;
	}
	reply_bare(tcp, &b);
}

static struct timewait *oldest(const struct tcp *tcp)
{
	struct list *first = list_first(&tcp->time_waits);

	return first ? LIST_ENTRY(first, struct timewait, queue) : NULL;
}

/* All of them together may have this part of the memory. */
#define SHARE 4

static bool is_full(struct tcp *tcp)
{
	struct mem *m = &tcp->env->mem;

	return pool_count(&tcp->timewaits) >= tcp->tun.max_tw_buckets ||
	       mem_used_for(m, TERN_MEM_TIMEWAIT) >= m->limit / SHARE ||
	       mem_is_below(m, MEM_SHORT);
}

/* The one that has lasted longest makes place: that does the least harm. */
static void evict(struct tcp *tcp)
{
	struct timewait *w = oldest(tcp);
	struct tern_tuple tuple;

	if (!w)
		return;
	tuple = conn_tuple(&w->conn);
	segment_drop(tcp, &tuple, TERN_DROP_TCP_TIMEWAIT_FULL);
	timewait_drop(tcp, w);
}

static void fill(const struct tcp *tcp, struct timewait *w, const struct tcb *t)
{
	w->conn = t->conn;
	w->conn.kind = CONN_TIME_WAIT;
	w->conn.flags = (uint8_t)((t->ts_ok ? TIMEWAIT_TS : 0) |
				  t->port_flags << TIMEWAIT_PORT_SHIFT);
	w->conn.wnd_raw = window_last(tcp, t);
	w->conn.dscp = t->opts->tos >> 2 & 63U;
	w->snd_nxt = t->snd.nxt;
	w->rcv_nxt = t->rcv.nxt;
	w->ts_recent = t->ts_recent;
	list_unlinked(&w->queue);
}

static struct timewait *make(struct tcp *tcp, const struct tcb *t)
{
	struct timewait *w;

	if (is_full(tcp))
		evict(tcp);
	if (pool_count(&tcp->timewaits) >= tcp->tun.max_tw_buckets)
		return NULL;
	w = pool_zget(&tcp->timewaits);
	if (w)
		fill(tcp, w, t);
	return w;
}

/* No room: the peer did nothing to be reset for, its FIN is acknowledged.
 * Should it come again, it meets nobody. */
static void end_at_once(struct tcp *tcp, struct tcb *t)
{
	tcb_drop(tcp, t, TERN_DROP_TCP_TIMEWAIT_FULL);
	tcp_end(tcp, t, 0);
}

void timewait_enter(struct tcp *tcp, struct tcb *t)
{
	struct timewait *w;

	if (t->ack_now) /* the block does not wait for the output pass */
		reply_ack_of(tcp, t);
	w = make(tcp, t);
	if (!w) {
		end_at_once(tcp, t);
		return;
	}
	env_count(tcp->env, TERN_TcpExtTW);
	demux_replace(tcp, &t->conn, &w->conn);
	tcp_end_in_timewait(tcp, t);
	t->port_held = false; /* the entry holds it now */
	start_2msl(tcp, w);
}

void timewait_drop(struct tcp *tcp, struct timewait *w)
{
	const struct tern_tuple tuple = conn_tuple(&w->conn);

	state_trace(tcp, &tuple, TIME_WAIT, CLOSED);
	demux_remove(tcp, &w->conn);
	list_del(&w->queue);
	ports_release(&tcp->ports, w->conn.laddr, w->conn.lport,
		      w->conn.flags >> TIMEWAIT_PORT_SHIFT &
			      TIMEWAIT_PORT_MASK);
	pool_put(&tcp->timewaits, w);
}

int32_t timewait_left_ms(const struct tcp *tcp, const struct timewait *w)
{
	return (int32_t)(w->since_ms + tcp->tun.time_wait_s * 1000 -
			 now_ms(tcp));
}

/* What one call lets go, at the most: the rest is due at once. */
#define REAPED_MAX 64

void timewait_advance(struct tcp *tcp)
{
	struct tern_tuple tuple;
	struct timewait *w;
	int i;

	for (i = 0; i < REAPED_MAX; i++) {
		w = oldest(tcp);
		if (!w || timewait_left_ms(tcp, w) > 0)
			return;
		tuple = conn_tuple(&w->conn);
		timer_trace(tcp, &tuple, TERN_TIMER_TIME_WAIT, 0);
		timewait_drop(tcp, w);
	}
}

uint64_t timewait_deadline(const struct tcp *tcp)
{
	const struct timewait *w = oldest(tcp);
	int32_t left;

	if (!w)
		return TERN_NEVER;
	left = timewait_left_ms(tcp, w);
	return (tcp->env->now / TERN_MS + (left > 0 ? (uint32_t)left : 0)) *
	       TERN_MS;
}

bool timewait_reusable(const struct tcp *tcp, const struct timewait *w)
{
	if (tcp->tun.tw_reuse == 0 || !(w->conn.flags & TIMEWAIT_TS))
		return false;
	if (tcp->tun.tw_reuse == 2 && w->conn.laddr >> 24 != 127)
		return false;
	return now_ms(tcp) - w->since_ms >= REUSE_AFTER_MS;
}

/* RFC 6191 2: may this SYN begin a new connection in place of the old? */
static bool syn_may_reopen(const struct tcp *tcp, const struct timewait *w,
			   const struct segment *seg)
{
	const bool seq_beyond = seq_lt(w->rcv_nxt, seg->seq);
	const bool ts_new =
		tcp->tun.timestamps && (seg->opt.present & TERN_OPT_TIMESTAMPS);
	const bool ts_old = w->conn.flags & TIMEWAIT_TS;
	const int32_t newer = (int32_t)(seg->opt.ts_val - w->ts_recent);

	if (ts_old && ts_new) /* SHLD-4 */
		return newer > 0 || (newer == 0 && seq_beyond);
	if (!ts_old && ts_new)
		return true;
	return seq_beyond; /* MAY-2 */
}

/* Two ends that disagree must not answer each other's ACKs for ever. */
static bool may_answer_bare(struct tcp *tcp, struct timewait *w)
{
	if (w->conn.flags >> TIMEWAIT_BARE_SHIFT == TIMEWAIT_BARE_MAX) {
		env_count(tcp->env, TERN_TcpExtTCPACKSkippedTimeWait);
		return false;
	}
	w->conn.flags = (uint8_t)(w->conn.flags + (1 << TIMEWAIT_BARE_SHIFT));
	return true;
}

static void syn_arrives(struct tcp *tcp, struct timewait *w,
			struct segment *seg, const struct tern_tuple *tuple)
{
	const struct seq floor = w->snd_nxt;
	struct listener *l = listener_find(tcp, tuple);

	if (seg->flags & ACK) { /* cannot be a new one: RFC 5961 4.2 */
		if (may_answer_bare(tcp, w))
			answer(tcp, w);
		segment_drop(tcp, tuple, TERN_DROP_TCP_TIMEWAIT);
		return;
	}
	if ((seg->flags & FIN) || !syn_may_reopen(tcp, w, seg)) {
		segment_drop(tcp, tuple, TERN_DROP_TCP_TIMEWAIT);
		return;
	}
	if (!l) {
		answer(tcp, w);
		segment_drop(tcp, tuple, TERN_DROP_TCP_TIMEWAIT);
		return;
	}
	/* MAY-2 (2): this stays beneath the new entry, to return to should
	 * the SYN turn out to be an old duplicate. */
	synq_open(tcp, l, seg, tuple, &floor);
}

void timewait_recycle(struct tcp *tcp, const struct tern_tuple *tuple)
{
	struct conn *c = demux_find_time_wait(tcp, tuple);

	if (!c)
		return;
	env_count(tcp->env, TERN_TcpExtTWRecycled);
	timewait_drop(tcp, container_of(c, struct timewait, conn));
}

/* RFC 5961 5.2: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT.  How large the
 * window was is no more known, so it is taken to be the largest there is. */
static bool ack_is_plausible(const struct timewait *w,
			     const struct segment *seg)
{
	return !(seg->flags & ACK) ||
	       seq_len(seg->ack, w->snd_nxt) <= ACK_AGE_MAX;
}

/* A segment without an octet that is not the ACK that is awaited.  Nor is one
 * without an ACK, but inside the window that is dropped. */
static bool is_astray(const struct timewait *w, const struct segment *seg)
{
	const uint32_t from_left = seq_len(w->rcv_nxt, seg->seq);

	if (seg->flags & ACK)
		return from_left > 0 || !ack_is_plausible(w, seg);
	return from_left > 0 && from_left >= w->conn.wnd_raw;
}

/* The FIN again, which ends at RCV.NXT, or one in the window, in so far as that
 * is known without its scale. */
static bool fin_counts(const struct timewait *w, const struct segment *seg)
{
	const struct seq end = seq_add(seg->seq, seg->len);

	return (seg->flags & FIN) && ack_is_plausible(w, seg) &&
	       seq_len(w->rcv_nxt, end) <= w->conn.wnd_raw;
}

void timewait_arrives(struct tcp *tcp, struct timewait *w, struct segment *seg,
		      const struct tern_tuple *tuple)
{
	const bool ts = seg->opt.present & TERN_OPT_TIMESTAMPS;
	const bool paws = ts && (w->conn.flags & TIMEWAIT_TS) &&
			  (int32_t)(seg->opt.ts_val - w->ts_recent) < 0;

	if (seg->flags & RST) {
		if (!tcp->tun.rfc1337 && seq_eq(seg->seq, w->rcv_nxt)) {
			timewait_drop(tcp, w);
			return;
		}
		segment_drop(tcp, tuple, TERN_DROP_TCP_TIMEWAIT_RST);
		return;
	}
	if (seg->flags & SYN) {
		syn_arrives(tcp, w, seg, tuple);
		return;
	}
	/* "Acknowledge it, and restart the 2 MSL timeout". */
	if (!paws && fin_counts(w, seg))
		start_2msl(tcp, w);
	if (seg->len > 0 ||
	    ((paws || is_astray(w, seg)) && may_answer_bare(tcp, w)))
		answer(tcp, w);
	segment_drop(tcp, tuple, TERN_DROP_TCP_TIMEWAIT);
}
