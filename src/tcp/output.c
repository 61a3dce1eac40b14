/* SPDX-License-Identifier: ISC */
/*
 * output.c - the output pass: pays what input, calls and timers have promised
 *
 * Connections that owe something stand on the work list of their interface.
 * Each gets its turn; what is left when the array is full goes on next time.
 * ACKs are paid after text, since text carries them (MUST-58).
 */
#include "tcp/output.h"

#include "tcp/ahead.h"
#include "tcp/arrives.h"
#include "tcp/burst.h"
#include "tcp/congest.h"
#include "tcp/cut.h"
#include "tcp/delivery.h"
#include "tcp/dialogue.h"
#include "tcp/ecn.h"
#include "tcp/life.h"
#include "tcp/output_plain.h"
#include "tcp/pace.h"
#include "tcp/plan.h"
#include "tcp/sparse.h"
#include "tcp/state.h"
#include "tcp/timeout.h"

#define SACK_BESIDE_TEXT 3   /* blocks: with timestamps there are no more */
#define SACK_MSS_MIN	 256 /* too little text would be left */
#define GSO_TEXT_MAX	 (65535U - 20 - TCP_HEADER_LEN_MAX)

/* The most text that may go at once in up to `max` frames of this link. */
static uint32_t max_text(const struct tcp *tcp, const struct netif *out,
			 const struct tcb *t, int max)
{
	const uint32_t n = t->mss; /* 0 until the SYN is answered */

	/* MUST-62: who cuts a long frame copies the urgent pointer, which
	 * counts from the number of each segment. */
	if (t->conn.flags & ECN_CWR_OWED)
		return n; /* CWR is for the first segment only */
	if (n == 0 || t->urgent_out)
		return n;
	if (out->config.flags & TERN_IF_GSO)
		return max_u32(GSO_TEXT_MAX - GSO_TEXT_MAX % n, n);
	return cut_is_possible(tcp, t) ? n * (uint32_t)max : n;
}

/* SYN-RECEIVED too answers what is not acceptable. */
static bool owes_ack(struct tcp *tcp, const struct tcb *t)
{
	if (!tcb_has(t, .ack_now = true, .challenge = true, .wnd_update = true))
		return false;
	if (!is_synchronized(t) && t->state != SYN_RECEIVED)
		return false;
	return t->ack_now || t->challenge ||
	       (t->wnd_update && window_update_due(tcp, t));
}

/* An ACK or a probe. */
static bool owes_bare(struct tcp *tcp, const struct tcb *t)
{
	return owes_ack(tcp, t) || (t->probe_now && is_synchronized(t));
}

bool output_wanted(struct tcp *tcp, const struct tcb *t)
{
	struct outseg o;

	if (t->state == CLOSED)
		return false;
	return owes_bare(tcp, t) ||
	       (!pace_holds(t) && plan_next(t, t->mss, &o));
}

/* Something other than new text and FIN may be waiting. */
static bool is_unusual(const struct tcb *t)
{
	return tcb_has(t, .syn_unacked = true, .rexmit_now = true) ||
	       t->recovery != RECOVERY_OPEN ||
	       (t->flow &&
		(t->flow->repair.tlp.due || t->flow->sent.n_lost > 0));
}

/* False if plan_next() finds nothing; true if it might. */
static bool may_have_text(const struct tcb *t)
{
	return !seq_eq(t->snd.nxt, output_end(t)) || is_unusual(t);
}

bool output_suspected(struct tcp *tcp, const struct tcb *t)
{
	return owes_bare(tcp, t) || (may_have_text(t) && !pace_holds(t));
}

bool output_reroute(struct tcp *tcp, struct tcb *t)
{
	uint32_t src = t->conn.laddr; /* MUST-45: it never changes */

	if (net_path(tcp->net, t->conn.raddr, &src, &t->path) < 0 ||
	    !opts_device_ok(t->opts, t->path.ifindex)) {
		t->path.ifindex = 0;
		return false;
	}
	if (is_synchronized(t))
		mss_update(tcp, t);
	return true;
}

/* Every segment acknowledges. */
static void paid_ack(const struct tcp *tcp, struct tcb *t)
{
	if (unlikely(tcp->tun.linux_acks))
		dialogue_acked(tcp, t);
	t->ack_now = false;
	t->challenge = false;
	t->wnd_update = false;
	t->dupacks_owed = 0;
	timer_stop_delayed_ack(t);
}

static uint32_t segments(const struct tcb *t, const struct outseg *o)
{
	return o->len > t->mss ? (o->len + t->mss - 1) / t->mss : 1;
}

/* Of a run the first segment is timed, which is acknowledged first. */
static struct seq timed_end(const struct tcb *t, const struct outseg *o,
			    struct seq end)
{
	return o->len > t->mss && !o->probe && !(o->flags & SYN)
		       ? seq_add(o->seq, t->mss)
		       : end;
}

/* What is new in flight is timed and watched. */
static void sent_new(struct tcp *tcp, struct tcb *t, const struct outseg *o,
		     struct seq end)
{
	if (tcp_flight(t) == 0)
		t->stalled_at = tcp->env->now;
	if (!t->rtt_start && o->len + (o->flags & SYN) > 0) {
		t->rtt_start = tcp->env->now;
		t->rtt_seq = timed_end(t, o, end);
	}
	delivery_sent(tcp, t, o);
	tally_text_out(t, o->len);
	if (o->probe)
		plpmtud_sent(t, o);
	t->snd.nxt = end;
	if (t->recovery != RECOVERY_LOSS)
		t->snd.rtx = t->snd.una;
	if (o->len > 0 && o->len % t->mss && !o->probe && !o->cut) /* SHLD-7 */
		t->flow->sml = end;
	env_add(tcp->env, TERN_TcpExtTCPOrigDataSent,
		o->probe ? 1 : segments(t, o));
}

static void sent_again(struct tcp *tcp, struct tcb *t, const struct outseg *o,
		       struct seq end)
{
	const uint32_t n = segments(t, o);

	t->rexmit_now = false;
	t->n_rexmit += n;
	env_add(tcp->env, TERN_TcpRetransSegs, n);
	delivery_sent_again(tcp, t, o);
	if (o->flags & SYN)
		return;
	tally_text_out(t, o->len);
	if (t->tally)
		t->tally->bytes_again += o->len;
	if (t->rtt_start && seq_lt(o->seq, t->rtt_seq))
		t->rtt_start = 0; /* Karn, RFC 6298 3, MUST-18 */
	if (t->recovery == RECOVERY_LOSS) {
		t->snd.rtx = seq_max(t->snd.rtx, end);
		env_add(tcp->env, TERN_TcpExtTCPSlowStartRetrans, n);
	} else if (!o->tail_probe) {
		env_add(tcp->env, TERN_TcpExtTCPFastRetrans, n);
	}
}

static void sent(struct tcp *tcp, struct tcb *t, const struct outseg *o)
{
	const struct seq end = seq_add(o->seq, o->len + !!(o->flags & SYN) +
						       !!(o->flags & FIN));
	const uint8_t dups = t->dupacks_owed;

	if (o->again)
		sent_again(tcp, t, o, end);
	else
		sent_new(tcp, t, o, end);
	if (o->len > 0 && (o->flags & SYN))
		t->conn.fastopen |= FASTOPEN_SENT;
	if (o->len > 0) {
		t->tally->sent_at = tcp->env->now;
		sparse_text_out(t);
		if (unlikely(t->watched))
			tcp_moved(tcp, t, TCP_MOVED_SENT,
				  seq_add(o->seq, !!(o->flags & SYN)),
				  seq_sub(end, !!(o->flags & FIN)));
		if (unlikely(tcp->tun.linux_acks)) {
			dialogue_answered(tcp, t);
			t->flow->push_at = TERN_NEVER;
		} else {
			t->quick_acks = 0; /* text will carry the ACKs */
		}
	}
	t->override_sws = false;
	if (seq_eq(t->snd.nxt, output_end(t))) {
		t->push_now = false;
		if (t->flow)
			t->flow->push_at = TERN_NEVER;
	}
	if (t->rexmit_at == TERN_NEVER || t->persisting)
		timer_start_rexmit(tcp, t); /* RFC 6298 5.1 */
	else if (unlikely(tcp->tun.linux_acks) && o->again && !o->tail_probe &&
		 o->len > 0 && seq_eq(o->seq, t->snd.una))
		timer_start_rexmit(tcp, t);
	if (t->flow)
		repair_on_sent(tcp, t, o);
	paid_ack(tcp, t);
	if (o->len > 0 && dups > 0) { /* RFC 5681 2: with text it is none */
		t->dupacks_owed = dups;
		t->ack_now = true;
	}
}

static int emit_text(struct tcp *tcp, struct tcb *t, const struct netif *out,
		     struct tern_frame *f, struct outseg *o)
{
	uint32_t len;
	int n;

	if (o->len > t->mss && !o->probe && !(out->config.flags & TERN_IF_GSO))
		n = cut_run(tcp, t, o, f, &len);
	else
		n = emit_segment(tcp, t, o, f, &len);
	if (len < o->len) { /* the rest, and the FIN, go in the next one */
		o->len = len;
		o->flags &= (uint16_t) ~(FIN | PSH);
	}
	sent(tcp, t, o);
	return n;
}

/* SHLD-12 and 3.8.6.1: <SEQ=SND.UNA-1>, no text: the peer must answer. */
static int emit_probe(struct tcp *tcp, struct tcb *t, struct tern_frame *f)
{
	const struct outseg o = {.seq = seq_sub(t->snd.una, 1)};
	uint32_t len;

	t->probe_now = false;
	return emit_segment(tcp, t, &o, f, &len);
}

static int emit_ack(struct tcp *tcp, struct tcb *t, struct tern_frame *f)
{
	const struct outseg o = {.seq = t->snd.nxt};
	const uint8_t more = t->dupacks_owed;
	uint32_t len;
	int n;

	n = emit_segment(tcp, t, &o, f, &len);
	paid_ack(tcp, t);
	if (more > 1) { /* RFC 5681 4.2: one for each out of order */
		t->dupacks_owed = more - 1;
		t->ack_now = true;
	}
	return n;
}

/*
 * RFC 2018 4: segments with text, too, tell of text beyond a gap, and of such
 * that came twice.  The first of a batch makes room for that in place of a pure
 * ACK, if one is owed anyway; a duplicate ACK remains one by itself.
 */
static uint32_t sack_room(const struct tcb *t)
{
	const struct flow *f = t->flow;
	uint32_t n;

	if (!t->ack_now || t->dupacks_owed > 0 || !t->sack_ok || !f)
		return 0;
	n = min_u32(f->reass.n_ranges + f->dsack_due, SACK_BESIDE_TEXT);
	return n > 0 && t->mss >= SACK_MSS_MIN ? 4 + 8 * n : 0;
}

/* Text, as far as windows, departure times and frames allow. */
static int output_text(struct tcp *tcp, struct tcb *t, const struct netif *out,
		       struct tern_frame *frames, int max)
{
	uint32_t budget = pace_budget(tcp, t);
	const bool paced = budget != UINT32_MAX;
	struct outseg o;
	int n = 0;

	while (n < max && budget > 0 && may_have_text(t)) {
		const uint32_t room = sack_room(t);
		const uint32_t most =
			room ? t->mss - room
			     : clamp_u32(budget, t->mss,
					 max_text(tcp, out, t, max - n));

		burst_begin(tcp, t);
		if (!plan_next(t, most, &o))
			break;
		n += emit_text(tcp, t, out, &frames[n], &o);
		if (!paced)
			continue;
		pace_on_sent(tcp, t, o.len);
		budget -= min_u32(budget, o.len);
	}
	return n;
}

/* Everything that one connection owes, as far as it fits. */
static int output_one(struct tcp *tcp, struct tcb *t, const struct netif *out,
		      struct tern_frame *frames, int max)
{
	const bool was_low =
		send_lowat(tcp, t) != UINT32_MAX && !send_room_ok(tcp, t);
	int n = 0;

	if (tcp_flight(t) == 0 && tcp_sendq_len(t) > 0)
		congest_on_start(tcp, t);
	if (ecn_wants_ack_first(t) && max > 0)
		n += emit_ack(tcp, t, &frames[n]);
	n += output_text(tcp, t, out, frames + n, max - n);
	t->cwnd_limited = plan_cwnd_blocked(t) || plan_fills_half(t);
	if (unlikely(t->snd.wnd < t->cc.cwnd))
		congest_on_blocked(t);
	if (n < max && is_synchronized(t) && t->probe_now)
		n += emit_probe(tcp, t, &frames[n]);
	while (n < max && owes_ack(tcp, t))
		n += emit_ack(tcp, t, &frames[n]);
	t->wnd_update = false;
	if (unlikely(was_low) && send_room_ok(tcp, t) && can_send(t))
		tcp_notify(tcp, t, TCP_READY_OUT); /* TCP_NOTSENT_LOWAT */
	return n;
}

int tcp_output(void *ctx, struct netif *out, struct tern_frame *frames, int max)
{
	struct tcp *tcp = ctx;
	struct list *first;
	unsigned int i;
	int n = 0;

	for (i = 0; n < max && (first = list_first(&out->work)) != NULL; i++) {
		struct tcb *t = LIST_ENTRY(first, struct tcb, work);

		if (unlikely(tcp->cold_work) && i % TCP_WORK_AHEAD == 0)
			tcp_prefetch_work(&out->work);
		list_del(&t->work);
		if (!net_path_valid(tcp->net, &t->path) &&
		    !output_reroute(tcp, t)) {
			timer_settle(tcp, t);
			continue;
		}
		if (t->path.ifindex != out->index) {
			tcp_settle(tcp, t);
			continue;
		}
		if (likely(output_is_plain(tcp, t))) {
			n += output_plain(tcp, t, &frames[n]);
			continue;
		}
		if (output_is_syn(tcp, t)) {
			n += output_syn(tcp, t, &frames[n]);
			continue;
		}
		n += output_one(tcp, t, out, frames + n, max - n);
		tcp_settle_output(tcp, t, n == max);
	}
	if (list_empty(&out->work))
		tcp->cold_work = false;
	return n;
}

static void reroute_visit(void *ctx, struct map_node *node)
{
	struct conn *c = container_of(node, struct conn, node);
	struct tcb *t;

	if (c->kind != CONN_TCB)
		return;
	t = container_of(c, struct tcb, conn);
	list_del(&t->work); /* the interface may be gone */
	tcp_settle(ctx, t);
}

/* Rare: only when addresses or routes change. */
void tcp_rerouted(void *ctx)
{
	struct tcp *tcp = ctx;
	struct map_cursor cur = {0};

	while (map_visit(&tcp->conns, &cur, 1024, reroute_visit, tcp))
		;
}
