/* SPDX-License-Identifier: ISC */
/*
 * life.c - how control blocks come and go
 *
 * The user (a descriptor) and the connection let go of a block each in its own
 * time; tcp_settle() gives it back when both have.  A block whose connection is
 * over stays for its user: unread text, the pending error, the options.
 */
#include "tcp/life.h"
#include "tcp/eor.h"

#include <errno.h>

#include "base/assert.h"
#include "tcp/ahead.h"
#include "tcp/arrives.h"
#include "tcp/autotune.h"
#include "tcp/congest.h"
#include "tcp/demux.h"
#include "tcp/fastopen.h"
#include "tcp/listener.h"
#include "tcp/output.h"
#include "tcp/pace.h"
#include "tcp/sparse.h"
#include "tcp/state.h"
#include "tcp/timeout.h"

/* More records than these are not walked. */
#define CHECK_RECORDS_MAX 64

/* How long an empty cold half is kept; and how long one with which nothing is
 * lost, if there are as many as this, which push each other out of the cache:
 * longer with more. */
#define FLOW_IDLE_NS	   (1 * TERN_S)
#define FLOW_IDLE_SHORT_NS (40 * TERN_MS) /* and two round trips */
#define FLOWS_MANY	   16384
#define FLOWS_MAX	   64 /* looked at by one call; the rest by the next */
#define FLOW_AHEAD	   6  /* places from one to that for which it asks */

/* Takes the reference to the options over. */
static struct tcb *create(struct tcp *tcp, const struct tcp_opts *opts,
			  struct tcp_bufs bufs)
{
	struct tcb *t = opts ? pool_zget(&tcp->tcbs) : NULL;

	if (!t) {
		opts_drop(&tcp->opts, opts);
		return NULL;
	}
	t->opts = opts;
	t->conn.kind = CONN_TCB;
	list_unlinked(&t->work);
	t->rexmit_at = t->idle_at = TERN_NEVER;
	t->user = TCP_NO_USER;
	t->asked = true;
	t->bufs = bufs;
	return t;
}

struct tcb *tcp_create(struct tcp *tcp)
{
	const struct tcp_bufs bufs = {tcp->tun.wmem[1], tcp->tun.rmem[1]};

	return create(tcp, opts_initial(&tcp->opts, (uint8_t)tcp->tun.cc),
		      bufs);
}

struct tcb *tcp_create_child(struct tcp *tcp, const struct listener *l)
{
	return create(tcp, opts_take(l->opts), l->bufs);
}

static void flow_free(struct tcp *tcp, struct tcb *t)
{
	struct flow *f = t->flow;

	if (!f)
		return;
	eor_free(tcp, t);
	sentq_free(&f->sent, &tcp->sents);
	sendq_free(&f->sendq, &tcp->env->mem);
	recvq_free(&f->recvq, &tcp->env->mem);
	reass_free(&f->reass, &tcp->env->mem);
	list_del(&f->link);
	pool_put(&tcp->flows, f);
	t->flow = NULL;
	if (unlikely(pool_is_idle(&tcp->sents)))
		pool_drain(&tcp->sents);
}

static uint64_t flow_patience(const struct tcp *tcp)
{
	const uint64_t n = pool_count(&tcp->flows);

	if (n <= FLOWS_MANY)
		return FLOW_IDLE_NS;
	return min_u64(FLOW_IDLE_NS, FLOW_IDLE_SHORT_NS * n / FLOWS_MANY);
}

/* One is listed: who came some places earlier will ask for it. */
static void flow_announce(const struct tcp *tcp, struct flow *f)
{
	struct list *earlier = &f->link;
	int i;

	for (i = 0; i < FLOW_AHEAD; i++) {
		earlier = earlier->prev;
		if (earlier == &tcp->idle_flows)
			return;
	}
	LIST_ENTRY(earlier, struct flow, link)->ahead = f;
}

/* Not before those that were listed earlier, so that the first one is looked at
 * first: patience is shorter with more of them. */
static uint64_t flow_look_at(const struct tcp *tcp)
{
	const uint64_t at = tcp->env->now + flow_patience(tcp);
	struct list *last = tcp->idle_flows.prev;

	if (list_empty(&tcp->idle_flows))
		return at;
	return max_u64(at, LIST_ENTRY(last, struct flow, link)->look_at);
}

static void flow_list(struct tcp *tcp, struct flow *f, struct list *on)
{
	list_del(&f->link);
	f->on = on;
	f->look_at = flow_look_at(tcp);
	if (on)
		list_add_tail(on, &f->link);
	if (on != &tcp->idle_flows)
		return;
	if (pool_count(&tcp->flows) > FLOWS_MANY / 2)
		flow_announce(tcp, f);
	env_arm(tcp->env, f->look_at);
}

struct flow *tcp_flow(struct tcp *tcp, struct tcb *t)
{
	struct flow *f = t->flow;

	if (f)
		return f;
	f = tally_begin(tcp, t) ? pool_zget(&tcp->flows) : NULL;
	if (!f)
		return NULL;
	f->t = t;
	f->ack_at = f->push_at = f->pace_at = TERN_NEVER;
	f->sml = t->snd.una;
	list_unlinked(&f->link);
	flow_list(tcp, f, &tcp->idle_flows);
	list_unlinked(&f->fo_link);
	sentq_init(&f->sent);
	autotune_init(tcp, f);
	repair_init(tcp, &f->repair);
	t->flow = f;
	congest_begin(tcp, t);
	return f;
}

static bool flow_empty(const struct flow *f)
{
	return f->sent.n == 0 && f->sendq.len == 0 && f->recvq.len == 0 &&
	       f->reass.len == 0 && !f->kept && !f->fin_held &&
	       f->ack_at == TERN_NEVER && f->push_at == TERN_NEVER &&
	       f->pace_at == TERN_NEVER; /* a FIN may wait for that */
}

/*
 * Keeps the lists of cold halves: those with text that might be let go, and
 * those that may be idle.  One that has been empty stays on the second when it
 * fills again, until somebody looks, so that traffic does not move it about.
 */
static void flow_settle(struct tcp *tcp, struct flow *f)
{
	if (unlikely((f->reass.len > 0) != (f->on == &tcp->ooo_flows)))
		flow_list(tcp, f, f->reass.len > 0 ? &tcp->ooo_flows : NULL);
	if (!f->on && flow_empty(f))
		flow_list(tcp, f, &tcp->idle_flows);
}

bool flow_relieve(struct tcp *tcp)
{
	struct mem *m = &tcp->env->mem;
	struct list *first;

	while (mem_is_below(m, MEM_SHORT)) {
		struct flow *f;

		first = list_first(&tcp->ooo_flows);
		if (!first)
			return false;
		f = LIST_ENTRY(first, struct flow, link);
		if (f->reass.len > 0) { /* or it was not settled since */
			tcb_drop(tcp, f->t, TERN_DROP_TCP_OOO_FULL);
			reass_free(&f->reass, m);
		}
		flow_settle(tcp, f);
	}
	return true;
}

uint64_t flow_deadline(const struct tcp *tcp)
{
	struct list *first = list_first(&tcp->idle_flows);

	if (!first)
		return TERN_NEVER;
	return LIST_ENTRY(first, struct flow, link)->look_at;
}

/* A cold half of which a short silence takes nothing: no departure is promised,
 * no reordering was seen, and the algorithm has no model of the path. */
static bool is_simple(const struct flow *f)
{
	return f->pace_next == 0 && f->repair.rack.mult <= 1 &&
	       !cc_at(f->cc_number)->paces;
}

/* Two round trips, in which an answer may come that will be answered: not to
 * one that is done with sending, whose user has gone (no sample is taken of the
 * ACK for such a FIN, ack_plain.c). */
static uint64_t exchange_ns(const struct tcb *t)
{
	if (t->orphan && t->fin_acked)
		return 0;
	return UINT64_C(2000) * t->rtt.srtt_us;
}

static bool was_active(const struct tcp *tcp, const struct flow *f)
{
	const struct tcb *t = f->t;
	uint64_t silence = FLOW_IDLE_NS;

	if (is_simple(f))
		silence = min_u64(silence, flow_patience(tcp) + exchange_ns(t));
	return max_u64(t->rx_at, t->tally->sent_at) + silence > tcp->env->now;
}

/* What it said is acknowledged, and it will be silent again, sparse.h: its
 * memory is in the cache now, and good for the next. */
static void flow_rest(struct tcp *tcp, struct tcb *t)
{
	if (!sparse_is(tcp, t) || !flow_empty(t->flow) || !is_simple(t->flow))
		return;
	congest_save(t);
	flow_free(tcp, t);
}

/*
 * What will be needed: each asks for one that comes FLOW_AHEAD places later,
 * which is there when it is the second, and then for what it refers to.
 */
static void prefetch_after(const struct tcp *tcp, const struct flow *f)
{
	const struct list *end = &tcp->idle_flows;
	struct list *next = f->link.next;

	if (f->ahead)
		prefetch_object(f->ahead, FLOW_USUAL);
	if (next == end)
		return;
	f = LIST_ENTRY(next, struct flow, link);
	prefetch_object(f->t->tally, sizeof(*f->t->tally));
	next = next->next;
	if (next != end)
		prefetch_object(LIST_ENTRY(next, struct flow, link)->t,
				sizeof(*f->t));
}

void flow_advance(struct tcp *tcp)
{
	struct list *first;
	struct flow *f;
	int i;

	for (i = 0; i < FLOWS_MAX; i++) {
		first = list_first(&tcp->idle_flows);
		if (!first)
			return;
		f = LIST_ENTRY(first, struct flow, link);
		if (f->look_at > tcp->env->now)
			return;
		if (pool_count(&tcp->flows) > FLOWS_MANY)
			prefetch_after(tcp, f);
		if (!flow_empty(f)) {
			flow_list(tcp, f, NULL);
		} else if (was_active(tcp, f)) {
			flow_list(tcp, f, &tcp->idle_flows);
		} else {
			congest_save(f->t);
			flow_free(tcp, f->t);
		}
	}
}

unsigned int tcp_port_flags(const struct tcp_opts *o)
{
	return (o->reuse_addr ? PORT_REUSE_ADDR : 0U) |
	       (o->reuse_port ? PORT_REUSE_PORT : 0U);
}

void tcp_release_port(struct tcp *tcp, struct tcb *t)
{
	if (!t->port_held)
		return;
	ports_release(&tcp->ports, t->conn.laddr, t->conn.lport, t->port_flags);
	t->port_held = false;
}

/* By itself: most calls of tcp_settle() then have fewer registers to save. */
static __attribute__((noinline)) void tcb_free(struct tcp *tcp, struct tcb *t)
{
	TERN_ASSERT(!t->pending);
	tcp_release_port(tcp, t);
	tally_free(tcp, t);
	flow_free(tcp, t);
	list_del(&t->work);
	wheel_cancel(&tcp->wheel, &t->wheel.node);
	opts_drop(&tcp->opts, t->opts);
	pool_put(&tcp->tcbs, t);
}

/* Neither a descriptor nor an accept queue has it: when the connection is over
 * the block goes. */
static bool is_abandoned(const struct tcb *t)
{
	return t->orphan && !t->pending;
}

/* What every end has in common: nobody can find it any more, and nothing but
 * what the user has still to read is kept. */
static void detach(struct tcp *tcp, struct tcb *t)
{
	if (is_abandoned(t))
		tcp->n_orphans--;
	if (!t->time_waiting)
		demux_remove(tcp, &t->conn);
	list_del(&t->work);
	if (unlikely(t->watched))
		tcp_moved(tcp, t, TCP_MOVED_OVER, t->snd.una, t->snd.una);
	fastopen_complete(t);
	if (!t->flow || is_abandoned(t)) /* tcp_settle() gives all back */
		return;
	eor_free(tcp, t);
	sentq_free(&t->flow->sent, &tcp->sents);
	sendq_free(&t->flow->sendq, &tcp->env->mem);
	reass_free(&t->flow->reass, &tcp->env->mem);
	t->snd.end =
		seq_add(output_data_start(t), t->fin_queued && !t->fin_acked);
	t->flow->fin_held = false;
	t->flow->ack_at = t->flow->push_at = TERN_NEVER;
}

static void notify_end(struct tcp *tcp, const struct tcb *t)
{
	tcp_notify(tcp, t,
		   TCP_READY_IN | TCP_READY_OUT | TCP_READY_HUP |
			   TCP_READY_RDHUP | (t->error ? TCP_READY_ERR : 0U));
}

void tcp_end(struct tcp *tcp, struct tcb *t, int error)
{
	if (error)
		t->error = (int16_t)error;
	if (t->state == CLOSED)
		return;
	detach(tcp, t);
	tcp_set_state(tcp, t, CLOSED);
	if (!t->bound_port)
		tcp_release_port(tcp, t);
	notify_end(tcp, t);
}

void tcp_end_in_timewait(struct tcp *tcp, struct tcb *t)
{
	t->time_waiting = true;
	detach(tcp, t);
	tcp_set_state_gone(tcp, t);
	notify_end(tcp, t);
}

void tcp_reset(struct tcp *tcp, struct tcb *t, int error)
{
	reply_reset_of(tcp, t);
	tcp_end(tcp, t, error);
}

void tcp_queue_work(struct tcp *tcp, struct tcb *t)
{
	struct netif *out;

	if (list_linked(&t->work))
		return;
	if (!net_path_valid(tcp->net, &t->path) && !output_reroute(tcp, t))
		return;
	out = net_if(tcp->net, t->path.ifindex);
	list_add_tail(&out->work, &t->work);
}

static void settle_rest(struct tcp *tcp, struct tcb *t)
{
	if (!t->flow) {
		timer_settle(tcp, t);
		return;
	}
	flow_settle(tcp, t->flow);
	tally_settle(tcp, t);
	timer_settle(tcp, t);
	flow_rest(tcp, t);
}

/* The ACK may go with an answer: whoever gives it will settle, and if nobody
 * does then the output pass.  Until then the timer can stay where it is. */
static bool awaits_answer(const struct tcb *t)
{
	return t->flow && t->flow->ack_at < t->wheel.node.expires;
}

/*
 * Leaves the rest to the output pass, which settles it, if the connection is on
 * the work list.  While the link is down that pass does not come, but a timer
 * must run all the same, be it a late one: if none does, all are settled here.
 */
static bool leave_to_output(struct tcp *tcp, struct tcb *t)
{
	if (!list_linked(&t->work))
		return false;
	if (!wheel_armed(&t->wheel.node))
		timer_settle(tcp, t);
	return true;
}

void tcp_settle(struct tcp *tcp, struct tcb *t)
{
	if (unlikely(t->state == CLOSED)) {
		if (is_abandoned(t)) {
			tcb_free(tcp, t);
			return;
		}
	} else {
		pace_settle(tcp, t);
		if (!list_linked(&t->work) &&
		    (awaits_answer(t) || output_suspected(tcp, t)))
			tcp_queue_work(tcp, t);
		if (leave_to_output(tcp, t))
			return;
	}
	settle_rest(tcp, t);
}

void tcp_settle_written(struct tcp *tcp, struct tcb *t)
{
	if (unlikely(pace_is_on(t))) { /* perhaps it is not its time */
		tcp_settle(tcp, t);
		return;
	}
	tcp_queue_work(tcp, t);
	if (!leave_to_output(tcp, t))
		settle_rest(tcp, t);
}

void tcp_settle_read(struct tcp *tcp, struct tcb *t)
{
	if (unlikely(t->wnd_update))
		tcp_queue_work(tcp, t);
	if (!t->flow)
		return;
	flow_settle(tcp, t->flow); /* it may have become empty */
	if (!tcb_has(t, .ack_now = true, .wnd_update = true))
		flow_rest(tcp, t);
}

void tcp_settle_output(struct tcp *tcp, struct tcb *t, bool cut_short)
{
	pace_settle(tcp, t);
	if ((cut_short || pace_is_on(t)) && output_wanted(tcp, t))
		tcp_queue_work(tcp, t);
	settle_rest(tcp, t);
}

void tcp_notify(struct tcp *tcp, const struct tcb *t, uint32_t ready)
{
	if (t->asked && t->user != TCP_NO_USER)
		tcp->user.ready(tcp->user.ctx, t->user, ready);
}

void tcp_moved(struct tcp *tcp, const struct tcb *t, enum tcp_moved what,
	       struct seq from, struct seq to)
{
	if (t->user != TCP_NO_USER)
		tcp->user.moved(tcp->user.ctx, t->user, what, from.u, to.u);
}

void tcp_watch(struct tcb *t, bool on)
{
	t->watched = on;
}

void tcp_set_user(struct tcb *t, uint32_t user)
{
	t->user = user;
}

void tcp_ask(struct tcb *t, bool on)
{
	t->asked = on;
}

uint32_t tcp_get_user(const struct tcb *t)
{
	return t->user;
}

/* What is queued, counting SYN and FIN, must be what lies before the end. */
static void check_send(const struct tcb *t)
{
	const struct seq end = output_end(t);

	TERN_ASSERT(seq_le(t->snd.una, t->snd.nxt)); /* I1 */
	TERN_ASSERT(seq_le(t->snd.una, t->snd.rtx));
	TERN_ASSERT(seq_le(t->snd.rtx, t->snd.nxt));
	TERN_ASSERT(seq_le(t->snd.nxt, end));
	TERN_ASSERT(
		seq_eq(output_data_end(t), seq_add(output_data_start(t),
						   tcp_sendq_len(t)))); /* I6 */
	if (tcp_flight(t) > 0)						/* I3 */
		TERN_ASSERT(t->rexmit_at != TERN_NEVER ||
			    list_linked(&t->work));
	if (t->persisting)
		TERN_ASSERT(t->rexmit_at != TERN_NEVER);
	if (t->flow && t->flow->sent.n > 0) { /* I8 */
		const struct sentq *q = &t->flow->sent;

		if (q->n <= CHECK_RECORDS_MAX) /* after every entry */
			sentq_check(q);
		TERN_ASSERT(seq_eq(q->first->left, output_data_start(t)));
		TERN_ASSERT(seq_eq(sent_end(q->last), t->snd.nxt));
	}
}

void tcb_check(struct tcp *tcp, const struct tcb *t)
{
	const struct flow *f = t->flow;

	TERN_ASSERT(t->state != LISTEN && t->state != TIME_WAIT);
	if (t->state == CLOSED) {
		TERN_ASSERT(!list_linked(&t->work));
		TERN_ASSERT(t->rexmit_at == TERN_NEVER);
		return;
	}
	check_send(t);
	if (f && f->reass.len > 0) { /* I5 */
		reass_check(&f->reass);
		TERN_ASSERT(seq_le(reass_end(&f->reass, t->rcv.nxt),
				   seq_max(t->rcv.adv, t->rcv.nxt)));
	}
	if (output_wanted(tcp, t) && net_path_valid(tcp->net, &t->path))
		TERN_ASSERT(list_linked(&t->work)); /* I7 */
}
