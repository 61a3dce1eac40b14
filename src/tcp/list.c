/* SPDX-License-Identifier: ISC */
/*
 * list.c - everything that has a state, for netstat and ss
 *
 * The cursor is 0 at the beginning.  Its upper bits say which table is being
 * visited, the lower ones at which chain, and those between how many of that
 * chain were listed when there was no room for the rest.  Bit 61 is left to the
 * caller.
 */
#include <string.h>
#include <sys/socket.h>

#include "tcp/life.h"
#include "tcp/listener.h"
#include "tcp/synq.h"
#include "tcp/timewait.h"

#define CURSOR_CONNS (UINT64_C(1) << 62) /* connections; else listeners */
#define CURSOR_END   (UINT64_C(1) << 63)
#define CURSOR_SKIP  34
#define SKIP_MAX     ((1U << 26) - 1)
#define CURSOR_POS   ((UINT64_C(1) << CURSOR_SKIP) - 1)

struct visit {
	const struct tcp *tcp;
	struct tern_sockinfo *out;
	int n, max;
	uint32_t skip;	 /* nodes of this chain that were listed before */
	uint32_t n_left; /* ... for which there was no room */
};

static struct tern_sockinfo *next_row(struct visit *v)
{
	struct tern_sockinfo *i;

	if (v->skip) {
		v->skip--;
		return NULL;
	}
	if (v->n >= v->max) {
		v->n_left++;
		return NULL;
	}
	i = &v->out[v->n++];
	memset(i, 0, sizeof(*i));
	i->family = AF_INET;
	i->fd = -1;
	return i;
}

static void row_listener(void *ctx, struct map_node *node)
{
	struct visit *v = ctx;
	struct listener *l = container_of(node, struct listener, node);
	struct tern_sockinfo *i = next_row(v);

	if (!i)
		return;
	i->fd = (int)l->user;
	i->state = TERN_TCP_LISTEN;
	i->tuple = listener_tuple_of(l);
	i->recv_q = l->n_accept;
	i->send_q = l->backlog;
	i->n_syn = l->n_syn;
	i->max_syn = l->max_syn;
	i->timer_at = TERN_NEVER;
}

static void row_syn(struct tern_sockinfo *i, const struct synq_entry *e)
{
	i->state = TERN_TCP_SYN_RECEIVED;
	i->timer = TERN_TIMER_SYN_ACK;
	i->timer_at = e->wheel.expires;
	i->retries = e->retries;
	i->peer_mss = e->mss;
	i->timestamps = e->conn.flags & SYNQ_TS;
	i->sack = e->conn.flags & SYNQ_SACK;
	i->wscale_ok = e->conn.flags & SYNQ_WSCALE;
	i->snd_wscale = e->snd_wscale;
	i->rcv_wscale = e->conn.rcv_wscale;
}

static void row_timewait(const struct tcp *tcp, struct tern_sockinfo *i,
			 const struct timewait *w)
{
	const uint64_t ms = tcp->env->now / TERN_MS;
	const int32_t left = timewait_left_ms(tcp, w);

	i->state = TERN_TCP_TIME_WAIT;
	i->timer = TERN_TIMER_TIME_WAIT;
	i->timer_at = (ms + (left > 0 ? (uint32_t)left : 0)) * TERN_MS;
	i->timestamps = w->conn.flags & TIMEWAIT_TS;
}

static void row_conn(void *ctx, struct map_node *node)
{
	struct visit *v = ctx;
	struct conn *c = container_of(node, struct conn, node);
	struct tern_sockinfo *i = next_row(v);
	const struct tcb *t = container_of(c, struct tcb, conn);

	if (!i)
		return;
	switch ((enum conn_kind)c->kind) {
	case CONN_TCB:
		tcp_call_status(v->tcp, t, i);
		i->fd = t->user == TCP_NO_USER ? -1 : (int)t->user;
		break;
	case CONN_SYN_QUEUE:
		row_syn(i, container_of(c, struct synq_entry, conn));
		break;
	case CONN_TIME_WAIT:
		row_timewait(v->tcp, i, container_of(c, struct timewait, conn));
		break;
	}
	i->tuple = conn_tuple(c);
}

/* Lists one chain, from where the cursor stands. */
static void list_chain(struct tcp *tcp, uint64_t *cursor, struct visit *v)
{
	const uint64_t table = *cursor & CURSOR_CONNS;
	const uint32_t skip = (uint32_t)(*cursor >> CURSOR_SKIP) & SKIP_MAX;
	struct map_cursor c = {.pos = *cursor & CURSOR_POS};
	const int n = v->n;
	bool more;

	v->skip = skip;
	v->n_left = 0;
	more = map_visit(table ? &tcp->conns : &tcp->listeners, &c, 1,
			 table ? row_conn : row_listener, v);
	if (v->n_left)
		*cursor += (uint64_t)(v->n - n) << CURSOR_SKIP;
	else if (more)
		*cursor = c.pos | table;
	else
		*cursor = table ? CURSOR_END : CURSOR_CONNS;
}

int tcp_list(struct tcp *tcp, uint64_t *cursor, struct tern_sockinfo *out,
	     int max)
{
	struct visit v = {.tcp = tcp, .out = out, .max = max};

	while (!(*cursor & CURSOR_END) && v.n < max)
		list_chain(tcp, cursor, &v);
	return v.n;
}
