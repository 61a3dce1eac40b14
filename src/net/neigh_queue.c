/* SPDX-License-Identifier: ISC */
/*
 * neigh_queue.c - frames that wait for their neighbour to answer
 *
 * RFC 1122 2.3.2.2: save "at least one (the latest)" of the frames to an
 * address that is being resolved.  A neighbour that never answers holds
 * neigh_queue_max frames at most, and all of them together NEIGH_QUEUED_MAX.
 *
 * When it does not answer, the senders of its frames are told "host
 * unreachable", as the last router of a path would tell them.
 */
#include "net/neigh.h"
#include "net/tables.h"
#include "wire/icmp4.h"

static struct neigh_frame *pop(struct list *frames)
{
	struct list *link = list_pop_head(frames);

	return link ? LIST_ENTRY(link, struct neigh_frame, link) : NULL;
}

static void put(struct neigh_table *t, struct neigh_frame *w)
{
	tern_frame_release(&w->frame);
	pool_put(&t->frames, w);
	t->n_queued--;
}

static void drop(struct net *net, struct tern_frame *f, enum tern_drop reason)
{
	env_drop(net->env, reason, NULL);
	tern_frame_release(f);
}

void neigh_enqueue(struct net *net, struct neigh *n, struct tern_frame *f)
{
	struct neigh_table *t = &net->tables->neigh;
	struct neigh_frame *w;

	if (n->n_waiting > 0 && (n->n_waiting >= net->tun.neigh_queue_max ||
				 t->n_queued >= NEIGH_QUEUED_MAX)) {
		env_drop(net->env, TERN_DROP_ARP_QUEUE_FULL, NULL);
		put(t, pop(&n->waiting));
		n->n_waiting--;
	}
	if (net->tun.neigh_queue_max == 0 || t->n_queued >= NEIGH_QUEUED_MAX) {
		drop(net, f, TERN_DROP_ARP_QUEUE_FULL);
		return;
	}
	w = pool_get(&t->frames);
	if (!w) {
		drop(net, f, TERN_DROP_NO_MEMORY);
		return;
	}
	tern_frame_move(&w->frame, f);
	list_add_tail(&n->waiting, &w->link);
	n->n_waiting++;
	t->n_queued++;
}

void neigh_send_waiting(struct net *net, struct netif *nif, struct neigh *n)
{
	struct neigh_table *t = &net->tables->neigh;
	struct neigh_frame *w;

	while ((w = pop(&n->waiting)) != NULL) {
		struct tern_frame *f = ready_add(&nif->ready, net->env);

		if (f) {
			neigh_put_header(nif, n->mac, &w->frame);
			tern_frame_move(f, &w->frame);
			env_count(net->env, TERN_IpOutTransmits);
		}
		put(t, w);
	}
	n->n_waiting = 0;
}

/* Fills in what a router would send about a datagram of ours. */
static bool quote(const struct tern_frame *f, struct icmp_error *e)
{
	const uint8_t *p = f->head + ETH_HEADER_LEN;
	struct ip4_header h;

	if (f->head_len < ETH_HEADER_LEN ||
	    ip4_parse_quote(p, f->head_len - ETH_HEADER_LEN, &h) ||
	    h.proto != IP_PROTO_TCP ||
	    f->head_len < ETH_HEADER_LEN + h.header_len + sizeof(e->l4))
		return false;
	memset(e, 0, sizeof(*e));
	e->type = ICMP4_UNREACHABLE;
	e->code = ICMP4_HOST_UNREACHABLE;
	e->src = h.src;
	e->dst = h.dst;
	e->quoted_len = h.total_len;
	memcpy(e->l4, p + h.header_len, sizeof(e->l4));
	return true;
}

void neigh_report_unreachable(struct net *net, struct list *frames)
{
	struct neigh_table *t = &net->tables->neigh;
	struct neigh_frame *w;

	while ((w = pop(frames)) != NULL) {
		struct icmp_error e;

		env_drop(net->env, TERN_DROP_ARP_UNRESOLVED, NULL);
		if (quote(&w->frame, &e) && net->tcp.error)
			net->tcp.error(net->tcp.ctx, &e);
		put(t, w);
	}
}
