/* SPDX-License-Identifier: ISC */
/*
 * listener.c - LISTEN: listeners by address and port, and their two queues
 */
#include "tcp/listener.h"

#include <errno.h>
#include <poll.h>

#include "tcp/demux.h"
#include "tcp/fastopen.h"
#include "tcp/life.h"
#include "tcp/output.h"
#include "tcp/state.h"
#include "tcp/syncookie.h"
#include "tcp/synq.h"
#include "tcp/tcb.h"

/* No secret: only the user chooses where to listen. */
static uint32_t key_hash(uint32_t addr, uint16_t port)
{
	const uint64_t key = (uint64_t)addr << 16 | port;

	return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* Highest random weight: taking one away moves no tuple of the others. */
static uint32_t score_of(const struct tcp *tcp, const struct listener *l,
			 const struct tern_tuple *t)
{
	return demux_hash(tcp, t) ^ (l->user * UINT32_C(2654435769));
}

/*
 * Of several listeners on one address and port (SO_REUSEPORT) the tuple
 * decides, so that a peer's segments always meet the same one.
 */
static struct listener *find_at(struct tcp *tcp, uint32_t addr, uint16_t port,
				const struct tern_tuple *t)
{
	const uint32_t hash = key_hash(addr, port);
	struct listener *chosen = NULL;
	struct map_node *n;

	for (n = map_first(&tcp->listeners, hash); n;
	     n = map_next(&tcp->listeners, n)) {
		struct listener *l = container_of(n, struct listener, node);

		if (l->laddr != addr || l->lport != port)
			continue;
		if (!chosen || score_of(tcp, l, t) > score_of(tcp, chosen, t))
			chosen = l;
	}
	return chosen;
}

struct listener *listener_find(struct tcp *tcp, const struct tern_tuple *t)
{
	struct listener *l = NULL;

	if (tcp->n_own_addr > 0)
		l = find_at(tcp, t->laddr, t->lport, t);
	return l ? l : find_at(tcp, 0, t->lport, t);
}

bool listener_has_cookies(const struct tcp *tcp, const struct listener *l)
{
	return l->cookies_at != 0 &&
	       tcp->env->now - l->cookies_at <= SYNCOOKIE_LIFE_NS;
}

static void tell(struct tcp *tcp, const struct listener *l)
{
	struct tern_event ev = {.type = TERN_EV_QUEUE};

	ev.tuple.laddr = l->laddr;
	ev.tuple.lport = l->lport;
	ev.u.queue.n_syn = l->n_syn;
	ev.u.queue.max_syn = l->max_syn;
	ev.u.queue.n_accept = l->n_accept;
	ev.u.queue.max_accept = l->backlog + 1;
	env_trace(tcp->env, &ev);
}

void listener_trace(struct tcp *tcp, const struct listener *l)
{
	if (unlikely(env_traced(tcp->env)))
		tell(tcp, l);
}

void listener_set_backlog(struct tcp *tcp, struct listener *l, uint32_t backlog)
{
	l->backlog = min_u32(backlog, tcp->tun.somaxconn);
	l->max_syn = min_u32(max_u32(l->backlog, 1), tcp->tun.max_syn_backlog);
}

/* The descriptor's block becomes a listener: it had only options. */
static struct listener *make(struct tcp *tcp, const struct tcb *t)
{
	struct listener *l = pool_zget(&tcp->listener_pool);

	if (!l)
		return NULL;
	l->laddr = t->conn.laddr;
	l->lport = t->conn.lport;
	l->user = t->user;
	l->opts = opts_take(t->opts);
	l->bufs = t->bufs;
	list_init(&l->syn);
	list_init(&l->accept);
	list_init(&l->fastopens);
	if (map_insert(&tcp->listeners, &l->node,
		       key_hash(l->laddr, l->lport)) < 0) {
		opts_drop(&tcp->opts, l->opts);
		pool_put(&tcp->listener_pool, l);
		return NULL;
	}
	tcp->n_own_addr += l->laddr != 0;
	return l;
}

int tcp_call_listen(struct tcp *tcp, struct tcb *t, uint32_t backlog,
		    struct listener **out)
{
	const struct tern_tuple tuple = conn_tuple(&t->conn);
	struct listener *l;
	int err;

	if (t->state != CLOSED || t->was_open || t->connecting || t->dead_end)
		return -EINVAL;
	if (!t->port_held) {
		err = tcp_bind_any(tcp, t);
		if (err)
			return err;
	}
	/* MUST-41, MUST-42: others on this port are not disturbed, and need
	 * not be gone unless they listen too. */
	err = ports_check_listen(&tcp->ports, t->conn.laddr, t->conn.lport,
				 t->port_flags);
	if (err)
		return err;
	l = make(tcp, t);
	if (!l)
		return -ENOBUFS;
	l->port_flags = t->port_flags | PORT_LISTEN;
	ports_change(&tcp->ports, l->laddr, l->lport, t->port_flags,
		     l->port_flags);
	listener_set_backlog(tcp, l, backlog);
	list_add_tail(&tcp->listeners_all, &l->all);
	t->port_held = false; /* the listener holds it now */
	t->user = TCP_NO_USER;
	t->orphan = true;
	state_trace(tcp, &tuple, CLOSED, LISTEN);
	listener_trace(tcp, l);
	tcp_settle(tcp, t);
	*out = l;
	return 0;
}

/* Who comes here leaves the SYN queue, and a place there that is no less. */
_Static_assert(sizeof(struct pending) <= sizeof(struct synq_entry),
	       "a place in either queue is of one pool");

void listener_add_pending(struct listener *l, struct tcb *t, void *place)
{
	struct pending *p = place;

	p->l = l;
	p->t = t;
	t->pending = p;
	list_add_tail(&l->accept, &p->link);
	l->n_accept++;
}

void listener_del_pending(struct tcp *tcp, struct tcb *t)
{
	struct pending *p = t->pending;

	p->l->n_accept--;
	list_del(&p->link);
	t->pending = NULL;
	pool_put(&tcp->synqs, p);
}

struct tcb *tcp_call_accept(struct tcp *tcp, struct listener *l)
{
	struct list *first = list_first(&l->accept);
	struct tcb *t;

	if (!first)
		return NULL;
	t = LIST_ENTRY(first, struct pending, link)->t;
	listener_del_pending(tcp, t);
	t->orphan = false;
	t->connected = true;
	listener_trace(tcp, l);
	return t;
}

void listener_close(struct tcp *tcp, struct listener *l)
{
	const struct tern_tuple tuple = {.laddr = l->laddr, .lport = l->lport};
	struct list *n;

	while ((n = list_first(&l->syn)) != NULL) {
		struct synq_entry *e = LIST_ENTRY(n, struct synq_entry, queue);
		const struct tern_tuple of = conn_tuple(&e->conn);

		state_trace(tcp, &of, SYN_RECEIVED, CLOSED);
		synq_drop(tcp, e);
	}
	while ((n = list_first(&l->accept)) != NULL) {
		struct tcb *t = LIST_ENTRY(n, struct pending, link)->t;

		if (t->state != CLOSED)
			tcp_reset(tcp, t, 0);
		listener_del_pending(tcp, t);
		tcp_settle(tcp, t);
	}
	fastopen_forget(l);
	map_remove(&tcp->listeners, &l->node);
	tcp->n_own_addr -= l->laddr != 0;
	list_del(&l->all);
	ports_release(&tcp->ports, l->laddr, l->lport, l->port_flags);
	state_trace(tcp, &tuple, LISTEN, CLOSED);
	opts_drop(&tcp->opts, l->opts);
	pool_put(&tcp->listener_pool, l);
}

uint32_t listener_poll(const struct listener *l)
{
	return l->n_accept > 0 ? POLLIN | POLLRDNORM : 0;
}

void listener_set_user(struct listener *l, uint32_t user)
{
	l->user = user;
}

uint32_t listener_get_user(const struct listener *l)
{
	return l->user;
}

int listener_set_opts(struct tcp *tcp, struct listener *l,
		      const struct tcp_opts *o)
{
	const unsigned int flags = tcp_port_flags(o) | PORT_LISTEN;

	if (opts_change(&tcp->opts, &l->opts, o) < 0)
		return -ENOBUFS;
	ports_change(&tcp->ports, l->laddr, l->lport, l->port_flags, flags);
	l->port_flags = (uint8_t)flags;
	return 0;
}

const struct tcp_opts *listener_opts(const struct listener *l)
{
	return l->opts;
}

struct tcp_bufs *listener_bufs(struct listener *l)
{
	return &l->bufs;
}

struct tern_tuple listener_tuple_of(const struct listener *l)
{
	return (struct tern_tuple){.laddr = l->laddr, .lport = l->lport};
}

struct fastopen_keys *listener_fastopen_keys(struct listener *l)
{
	return &l->fo_keys;
}
