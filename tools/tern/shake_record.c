/* SPDX-License-Identifier: ISC */
/*
 * shake_record.c - turns what happens into steps
 *
 * A segment becomes a step when it is put on the wire, and the step is
 * completed when it arrives.  What a stack does because of a segment, a call or
 * a timer follows in its trace at the same instant: these events complete the
 * last step of that side.  When the instant is over, shake_sync() compares with
 * the stack's own list of sockets, which has the last word.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "shake.h"

#include "sim/host.h"
#include "sim/world.h"

static enum shake_side other(enum shake_side side)
{
	return side == CLIENT ? SERVER : CLIENT;
}

static struct tern_tuple flip(const struct tern_tuple *t)
{
	return (struct tern_tuple){t->raddr, t->laddr, t->rport, t->lport};
}

static bool same(const struct tern_tuple *a, const struct tern_tuple *b)
{
	return a->laddr == b->laddr && a->raddr == b->raddr &&
	       a->lport == b->lport && a->rport == b->rport;
}

/* Finds the connection, or makes it known; -1 if there are too many. */
static int find_conn(struct shake *s, const struct tern_tuple *t,
		     enum shake_side side)
{
	struct tern_tuple tuple = side == CLIENT ? *t : flip(t);
	int i;

	if (!tuple.lport || !tuple.rport)
		return -1;
	for (i = 0; i < s->n_conns; i++)
		if (same(&s->conn[i].tuple, &tuple))
			return i;
	if (s->n_conns == SHAKE_CONNS) {
		shake_fail(s, -ENOSPC, "connections");
		return -1;
	}
	s->conn[i].tuple = tuple;
	s->n_conns++;
	if (s->listen_port == tuple.rport)
		s->conn[i].state[SERVER] = TERN_TCP_LISTEN;
	return i;
}

/* A raw peer has no states. */
bool shake_has_state(const struct shake *s, int conn, int side)
{
	if (side == CLIENT && s->raw_addr &&
	    s->conn[conn].tuple.laddr == s->raw_addr)
		return false;
	return s->host[side] != NULL;
}

/* Writes how things stand into a step. */
static void fill_states(struct shake *s, struct shake_step *st)
{
	int side;

	st->queues = s->queues;
	for (side = 0; side < 2 && st->conn >= 0; side++) {
		st->state[side] = s->conn[st->conn].state[side];
		st->stateful[side] = shake_has_state(s, st->conn, side);
	}
}

unsigned int shake_add_step(struct shake *s, enum shake_step_type type,
			    enum shake_side side)
{
	struct shake_step *st;

	if (s->n_steps == s->steps_size) {
		unsigned int size = s->steps_size ? 2 * s->steps_size : 64;

		st = realloc(s->step, size * sizeof(*st));
		if (!st) {
			shake_fail(s, -ENOMEM, "steps");
			return 0;
		}
		s->step = st;
		s->steps_size = size;
	}
	st = &s->step[s->n_steps];
	memset(st, 0, sizeof(*st));
	st->type = type;
	st->side = side;
	st->conn = -1;
	st->at = st->sent_at = sim_world_now(s->world);
	st->sent_no = st->end_no = s->n_events++;
	st->folded = s->fold;
	fill_states(s, st);
	if (type != SHAKE_SEGMENT && type != SHAKE_TIMER) {
		st->told = s->note;
		s->note = NULL;
	}
	s->last[side] = (int)s->n_steps;
	return s->n_steps++;
}

enum shake_kind shake_kind_of(const struct sim_segment *seg)
{
	if (seg->flags & TERN_RST)
		return SHAKE_RST;
	if (seg->flags & TERN_SYN)
		return seg->flags & TERN_ACK ? SHAKE_SYN_ACK : SHAKE_SYN;
	if (seg->flags & TERN_FIN)
		return SHAKE_FIN;
	return seg->len ? SHAKE_DATA : SHAKE_ACK;
}

/* Numbers of the stream that a segment takes up. */
static uint32_t span(const struct sim_segment *seg)
{
	return seg->len + !!(seg->flags & TERN_SYN) + !!(seg->flags & TERN_FIN);
}

/* Keeps count of a side's numbers.  True if all of it was sent before. */
static bool count_numbers(struct shake_conn *c, enum shake_side from,
			  const struct sim_segment *seg)
{
	uint32_t end = seg->seq + span(seg);
	bool again;

	if ((seg->flags & TERN_SYN) &&
	    (!c->has_first[from] || c->first[from] != seg->seq)) {
		c->first[from] = c->next[from] = seg->seq;
		c->has_first[from] = true;
		c->answered[from] = false;
	}
	again = span(seg) && (int32_t)(end - c->next[from]) <= 0;
	if ((int32_t)(end - c->next[from]) > 0)
		c->next[from] = end;
	/* Where both open, a SYN becomes a SYN,ACK: not the same again. */
	if (shake_kind_of(seg) == SHAKE_SYN_ACK) {
		again &= c->answered[from];
		c->answered[from] = true;
	}
	return again;
}

void shake_on_wire(struct shake *s, enum shake_side from,
		   const struct sim_segment *seg, bool lost)
{
	const struct tern_tuple t = {seg->src, seg->dst, seg->sport,
				     seg->dport};
	int conn = find_conn(s, &t, from), last = s->last[from];
	struct shake_step *st;
	struct shake_conn *c;
	unsigned int i;

	if (conn < 0 || s->failed)
		return;
	i = shake_add_step(s, SHAKE_SEGMENT, from);
	if (s->failed)
		return;
	/* What caused it to be sent goes on being completed. */
	s->last[from] = last;
	c = &s->conn[conn];
	st = &s->step[i];
	st->conn = conn;
	st->kind = shake_kind_of(seg);
	st->seg = *seg;
	st->lost = lost;
	st->probe = st->kind == SHAKE_ACK && seg->seq + 1 == c->next[from];
	st->again = count_numbers(c, from, seg);
	st->rel_seq = seg->seq - c->first[from];
	st->rel_ack =
		seg->flags & TERN_ACK ? seg->ack - c->first[other(from)] : 0;
	st->ack_before = c->ack[from];
	st->wnd_before = c->wnd[from];
	c->ack[from] = st->rel_ack;
	c->wnd[from] = seg->wnd;
	c->last_sent[from] = st->at;
	fill_states(s, st);
	memcpy(st->sent_state, st->state, sizeof(st->state));
}

/* Finds the step of a segment that has arrived now. */
static int find_sent(const struct shake *s, enum shake_side to, int conn,
		     uint32_t seq, uint16_t flags)
{
	unsigned int i;

	for (i = 0; i < s->n_steps; i++) {
		const struct shake_step *st = &s->step[i];

		if (st->type == SHAKE_SEGMENT && st->side != to &&
		    !st->arrived && !st->lost && st->conn == conn &&
		    st->seg.seq == seq && st->seg.flags == flags)
			return (int)i;
	}
	return -1;
}

static void arrive(struct shake *s, enum shake_side to, int conn, uint32_t seq,
		   uint16_t flags)
{
	int i = find_sent(s, to, conn, seq, flags);
	struct shake_step *st;

	if (i < 0)
		return;
	st = &s->step[i];
	st->arrived = true;
	st->at = sim_world_now(s->world);
	st->end_no = s->n_events++;
	s->conn[conn].last_heard[to] = st->at;
	fill_states(s, st);
	s->last[to] = i;
}

void shake_on_raw(void *ctx, const struct sim_segment *seg)
{
	const struct tern_tuple t = {seg->dst, seg->src, seg->dport,
				     seg->sport};
	struct shake *s = ctx;
	int conn = find_conn(s, &t, CLIENT);

	if (conn >= 0)
		arrive(s, CLIENT, conn, seg->seq, seg->flags);
}

static void set_state(struct shake *s, enum shake_side side, int conn,
		      enum tern_tcp_state state)
{
	struct shake_conn *c = &s->conn[conn];
	int i = s->last[side];
	struct shake_step *st;

	if (c->state[side] == state)
		return;
	c->state[side] = state;
	c->had_state[side] = true;
	if (c->n_path[side] < SHAKE_PATH)
		c->path[side][c->n_path[side]++] = state;
	if (i < 0)
		return;
	st = &s->step[i];
	if (st->conn < 0)
		st->conn = conn;
	if (st->conn != conn)
		return;
	st->state[side] = state;
	st->changed[side] = true;
	st->stateful[CLIENT] = shake_has_state(s, conn, CLIENT);
	st->stateful[SERVER] = shake_has_state(s, conn, SERVER);
}

static void set_queues(struct shake *s, const struct shake_queues *q)
{
	int i = s->last[SERVER];

	s->queues = *q;
	if (q->n_syn > s->max_n_syn)
		s->max_n_syn = q->n_syn;
	if (q->n_accept > s->max_n_accept)
		s->max_n_accept = q->n_accept;
	if (i >= 0)
		s->step[i].queues = *q;
}

/* Since when a timer has been running: a guess from what was seen. */
static tern_time timer_begin(const struct shake_conn *c, enum shake_side side,
			     enum tern_tcp_timer timer)
{
	tern_time sent = c->last_sent[side], heard = c->last_heard[side];

	if (timer == TERN_TIMER_RETRANSMIT || timer == TERN_TIMER_SYN_ACK)
		return sent;
	return sent > heard ? sent : heard;
}

static void add_timer(struct shake *s, enum shake_side side, int conn,
		      enum tern_tcp_timer timer)
{
	unsigned int i = shake_add_step(s, SHAKE_TIMER, side);
	tern_time waited = 0;
	struct shake_step *st;

	if (s->failed)
		return;
	st = &s->step[i];
	st->conn = conn;
	st->timer = timer;
	if (conn >= 0) {
		waited = st->at - timer_begin(&s->conn[conn], side, timer);
		st->peer_wnd = s->conn[conn].wnd[other(side)];
	}
	snprintf(st->text, SHAKE_TEXT, "%s after %.3f s",
		 shake_timer_name(timer), (double)waited / 1e9);
	fill_states(s, st);
}

/* A state that changes by itself does so because its time is over. */
static void explain_change(struct shake *s, enum shake_side side, int conn,
			   enum tern_tcp_state to)
{
	enum tern_tcp_state from = s->conn[conn].state[side];

	if (s->last[side] >= 0)
		return;
	if (from == TERN_TCP_TIME_WAIT && to == TERN_TCP_CLOSED)
		add_timer(s, side, conn, TERN_TIMER_TIME_WAIT);
	else if (from == TERN_TCP_SYN_RECEIVED &&
		 (to == TERN_TCP_LISTEN || to == TERN_TCP_CLOSED))
		add_timer(s, side, conn, TERN_TIMER_SYN_ACK);
}

static void on_drop(struct shake *s, enum shake_side side,
		    enum tern_drop reason)
{
	int i = s->last[side];
	struct shake_step *st;

	if (i < 0)
		return;
	st = &s->step[i];
	if (st->type == SHAKE_SEGMENT && st->side != side && st->arrived)
		st->drop = reason;
}

void shake_on_trace(void *ctx, const struct tern_event *ev)
{
	const struct shake_ear *ear = ctx;
	struct shake *s = ear->s;
	enum shake_side side = ear->side;
	struct shake_queues q = {.known = true};
	int conn;

	if (s->failed)
		return;
	switch (ev->type) {
	case TERN_EV_SEGMENT_IN:
		conn = find_conn(s, &ev->tuple, side);
		if (conn >= 0)
			arrive(s, side, conn, ev->u.segment.seq,
			       ev->u.segment.flags);
		return;
	case TERN_EV_STATE:
		conn = find_conn(s, &ev->tuple, side);
		if (conn < 0)
			return;
		explain_change(s, side, conn, ev->u.state.to);
		set_state(s, side, conn, ev->u.state.to);
		return;
	case TERN_EV_TIMER:
		add_timer(s, side, find_conn(s, &ev->tuple, side),
			  ev->u.timer.timer);
		return;
	case TERN_EV_QUEUE:
		q.n_syn = ev->u.queue.n_syn;
		q.max_syn = ev->u.queue.max_syn;
		q.n_accept = ev->u.queue.n_accept;
		q.max_accept = ev->u.queue.max_accept;
		if (side == SERVER)
			set_queues(s, &q);
		return;
	case TERN_EV_DROP:
		on_drop(s, side, ev->u.drop.reason);
		return;
	case TERN_EV_SEGMENT_OUT: /* the wire tells of it */
	case TERN_EV_CWND:
		return;
	}
}

static void sync_listener(struct shake *s, const struct tern_sockinfo *info)
{
	const struct shake_queues q = {
		.known = true,
		.is_unix = info->family == AF_UNIX,
		.n_syn = info->n_syn,
		.max_syn = info->max_syn,
		.n_accept = info->recv_q,
		.max_accept = info->send_q + 1, /* one above the backlog */
	};

	s->listen_port = info->tuple.lport;
	set_queues(s, &q);
}

/* What one look at a side's sockets has shown. */
struct sight {
	bool seen[SHAKE_CONNS];
	bool listening;
};

static void sync_socket(struct shake *s, enum shake_side side,
			const struct tern_sockinfo *info, struct sight *sight)
{
	int conn;

	if (info->state == TERN_TCP_LISTEN) {
		sight->listening = true;
		if (side == SERVER)
			sync_listener(s, info);
		return;
	}
	conn = info->family == AF_INET ? find_conn(s, &info->tuple, side) : -1;
	if (conn < 0)
		return;
	sight->seen[conn] = true;
	set_state(s, side, conn, info->state);
}

static void sync_side(struct shake *s, enum shake_side side)
{
	struct sight sight = {.listening = false};
	struct tern_sockinfo info[8];
	uint64_t cursor = 0;
	int i, n;

	while ((n = tern_sockets(sim_host_look(s->host[side]), &cursor, info,
				 8)) > 0)
		for (i = 0; i < n; i++)
			sync_socket(s, side, &info[i], &sight);
	for (i = 0; i < s->n_conns; i++) {
		const struct shake_conn *c = &s->conn[i];

		/* A request that was given up went back to LISTEN. */
		if (sight.seen[i] || !c->had_state[side] ||
		    (sight.listening && c->state[side] == TERN_TCP_LISTEN))
			continue;
		set_state(s, side, i, TERN_TCP_CLOSED);
	}
	if (side == SERVER && !sight.listening)
		s->queues.known = false;
}

void shake_sync(struct shake *s)
{
	int side;

	for (side = 0; side < 2; side++)
		if (s->host[side] && !s->failed)
			sync_side(s, (enum shake_side)side);
	s->last[CLIENT] = s->last[SERVER] = -1;
}

int shake_conn_of_fd(struct shake *s, enum shake_side side, int fd)
{
	struct tern_sockinfo info[8];
	uint64_t cursor = 0;
	int i, n;

	while ((n = tern_sockets(sim_host_look(s->host[side]), &cursor, info,
				 8)) > 0)
		for (i = 0; i < n; i++)
			if (info[i].fd == fd && info[i].family == AF_INET)
				return find_conn(s, &info[i].tuple, side);
	return -1;
}
