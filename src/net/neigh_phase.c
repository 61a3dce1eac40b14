/* SPDX-License-Identifier: ISC */
/*
 * neigh_phase.c - what becomes of a neighbour, RFC 826, RFC 1122 2.3.2
 *
 *	INCOMPLETE  a broadcast asks for it, again after neigh_retrans_ms, then
 *		    twice that; after neigh_solicits requests it has failed:
 *		    waiting frames are dropped, the entry goes, and a gateway
 *		    is passed over for a while (RFC 1122 3.3.1.4)
 *	REACHABLE   for neigh_reachable_ms after its answer to us, or after the
 *		    transport made progress through it
 *	STALE	    until it is used
 *	PROBE	    asked directly, 5 s after that use or at once when the
 *		    transport makes no progress (MUST-20); frames go on to be
 *		    sent to it meanwhile.  No answer: INCOMPLETE again
 *
 * An entry that was not used for neigh_stale_s goes.
 *
 * ARP has no proof of anything.  RFC 826 lets any packet overwrite an entry;
 * here one that was confirmed of late is not given up on a stranger's word.
 * The station known so far is asked first, and if it answers, the claim is
 * forgotten; if it is silent for a second, as after a real takeover of the
 * address, the claim is believed.
 */
#include "net/arp.h"
#include "net/neigh.h"
#include "net/tables.h"

#define BACKOFF_MAX 6	   /* doublings of neigh_retrans_ms */
#define USED_NS	    TERN_S /* n->used is no more precise than this */

static uint64_t retrans_ns(const struct net *net)
{
	return net->tun.neigh_retrans_ms * TERN_MS;
}

static void set_timer(struct net *net, struct neigh *n, uint64_t at)
{
	wheel_set(&net->tables->neigh.wheel, &n->timer, at);
}

/* In REACHABLE and STALE the timer only looks for disuse. */
static void set_idle_timer(struct net *net, struct neigh *n)
{
	uint64_t life = net->tun.neigh_stale_s * TERN_S;

	set_timer(net, n, add_sat_u64(n->used, life));
}

/* Asks for it, all stations or the one known, and sees to the next request. */
static void ask(struct net *net, struct neigh *n)
{
	bool all = n->phase == NEIGH_INCOMPLETE;
	uint64_t wait = retrans_ns(net);

	arp_send_request(net, net->ifs[n->ifindex], n->addr,
			 all ? NULL : n->mac);
	n->next_ask = add_sat_u64(net->env->now, wait);
	if (all)
		wait <<= min_u32(n->n_asked, BACKOFF_MAX);
	if (n->n_asked < UINT8_MAX)
		n->n_asked++;
	set_timer(net, n, add_sat_u64(net->env->now, wait));
}

static void start_incomplete(struct net *net, struct neigh *n)
{
	n->phase = NEIGH_INCOMPLETE;
	n->n_asked = 0;
	n->disputed = false;
	neigh_classify(&net->tables->neigh, n, NEIGH_ASKED);
	ask(net, n);
}

/* Asks the station known so far, as soon as the rate allows. */
static void start_probe(struct net *net, struct neigh *n)
{
	n->phase = NEIGH_PROBE;
	n->n_asked = 0;
	if (net->env->now >= n->next_ask)
		ask(net, n);
	else
		set_timer(net, n, n->next_ask);
}

static void confirm(struct net *net, struct neigh *n)
{
	n->confirmed = net->env->now;
	if (n->phase == NEIGH_REACHABLE)
		return;
	n->phase = NEIGH_REACHABLE;
	n->disputed = false;
	set_idle_timer(net, n);
	if (route_set_alive(&net->tables->routes, n->ifindex, n->addr,
			    net->env->now))
		net_rerouted(net);
}

static void fail(struct net *net, struct neigh *n)
{
	uint64_t now = net->env->now;
	int ifindex = n->ifindex;
	uint32_t addr = n->addr;
	struct list frames;

	list_init(&frames);
	list_splice_tail(&frames, &n->waiting);
	neigh_delete(net, n, TERN_DROP_ARP_UNRESOLVED);
	if (route_set_dead(&net->tables->routes, ifindex, addr, now,
			   add_sat_u64(now, NEIGH_DEAD_NS)))
		net_rerouted(net);
	neigh_report_unreachable(net, &frames);
}

/* The phase that a frame to the neighbour puts it in. */
static void use(struct net *net, struct neigh *n)
{
	uint64_t now = net->env->now;

	if (now - n->used >= USED_NS || n->class == NEIGH_LEARNED) {
		n->used = now;
		if (n->phase != NEIGH_INCOMPLETE && n->phase != NEIGH_STATIC)
			neigh_classify(&net->tables->neigh, n, NEIGH_KNOWN);
	}
	if (n->phase == NEIGH_REACHABLE && !neigh_is_confirmed(net, n))
		n->phase = NEIGH_STALE;
	if (n->phase == NEIGH_STALE) {
		n->phase = NEIGH_PROBE;
		n->n_asked = 0;
		set_timer(net, n, add_sat_u64(now, NEIGH_DELAY_NS));
	}
}

void neigh_put_header(const struct netif *nif, const uint8_t mac[ETH_ADDR_LEN],
		      struct tern_frame *f)
{
	struct eth_header h = {.type = ETH_TYPE_IP4};

	memcpy(h.dst, mac, ETH_ADDR_LEN);
	memcpy(h.src, nif->config.mac, ETH_ADDR_LEN);
	eth_emit(f->head, &h);
}

/* Addresses of many need not be asked for: RFC 894, RFC 1112 6.4. */
static bool group_mac(const struct net *net, uint32_t addr,
		      uint8_t mac[ETH_ADDR_LEN])
{
	enum addr_kind kind = net_addr_kind(net, addr);

	if (kind == ADDR_BROADCAST) {
		memset(mac, 0xff, ETH_ADDR_LEN);
		return true;
	}
	if (kind != ADDR_MULTICAST)
		return false;
	mac[0] = 0x01;
	mac[1] = 0x00;
	mac[2] = 0x5e;
	mac[3] = addr >> 16 & 0x7f;
	mac[4] = (uint8_t)(addr >> 8);
	mac[5] = (uint8_t)addr;
	return true;
}

static bool output_to_stranger(struct net *net, struct netif *nif,
			       uint32_t next_hop, struct tern_frame *f)
{
	uint8_t mac[ETH_ADDR_LEN];
	struct neigh *n;

	if (group_mac(net, next_hop, mac)) {
		neigh_put_header(nif, mac, f);
		return true;
	}
	n = neigh_create(net, nif, next_hop, NEIGH_ASKED);
	if (!n) {
		tern_frame_release(f);
		return false;
	}
	neigh_enqueue(net, n, f);
	ask(net, n);
	return false;
}

bool neigh_output(struct net *net, struct netif *nif, uint32_t next_hop,
		  struct tern_frame *f)
{
	struct neigh_table *t = &net->tables->neigh;
	struct neigh *n = neigh_find(t, nif->index, next_hop);

	if (unlikely(!n))
		return output_to_stranger(net, nif, next_hop, f);
	use(net, n);
	if (unlikely(n->phase == NEIGH_INCOMPLETE)) {
		neigh_enqueue(net, n, f);
		return false;
	}
	neigh_put_header(nif, n->mac, f);
	return true;
}

/* True if it is the reply to a request of ours. */
static bool is_answer(const struct netif *nif, const struct neigh *n,
		      const struct arp_packet *a)
{
	return a->op == ARP_REPLY && n->n_asked > 0 &&
	       netif_has_addr(nif, a->tpa) &&
	       eth_equal(a->tha, nif->config.mac);
}

/* The first word on where the neighbour is. */
static void resolve(struct net *net, struct netif *nif, struct neigh *n,
		    const struct arp_packet *a)
{
	memcpy(n->mac, a->sha, ETH_ADDR_LEN);
	n->phase = NEIGH_STALE;
	n->used = net->env->now;
	neigh_classify(&net->tables->neigh, n, NEIGH_KNOWN);
	set_idle_timer(net, n);
	neigh_send_waiting(net, nif, n);
	if (is_answer(nif, n, a))
		confirm(net, n);
}

/* Another station than the one known says that it is the neighbour. */
static void dispute(struct net *net, struct neigh *n, const uint8_t *mac)
{
	memcpy(n->claim, mac, ETH_ADDR_LEN);
	n->disputed = true;
	if (n->phase != NEIGH_PROBE || n->n_asked == 0)
		start_probe(net, n);
}

void neigh_heard(struct net *net, struct netif *nif, struct neigh *n,
		 const struct arp_packet *a)
{
	bool same = eth_equal(a->sha, n->mac);

	switch ((enum neigh_phase)n->phase) {
	case NEIGH_INCOMPLETE:
		resolve(net, nif, n, a);
		return;
	case NEIGH_REACHABLE:
		if (!same && neigh_is_confirmed(net, n))
			dispute(net, n, a->sha);
		else
			memcpy(n->mac, a->sha, ETH_ADDR_LEN);
		return;
	case NEIGH_STALE:
		memcpy(n->mac, a->sha, ETH_ADDR_LEN);
		return;
	case NEIGH_PROBE:
		if (!same)
			dispute(net, n, a->sha);
		else if (is_answer(nif, n, a))
			confirm(net, n);
		return;
	case NEIGH_STATIC:
		if (!same)
			env_drop(net->env, TERN_DROP_ARP_UNSOLICITED, NULL);
		return;
	}
}

void neigh_learn(struct net *net, struct netif *nif, const struct arp_packet *a)
{
	struct neigh *n = neigh_create(net, nif, a->spa, NEIGH_LEARNED);

	if (!n)
		return;
	memcpy(n->mac, a->sha, ETH_ADDR_LEN);
	set_idle_timer(net, n);
}

static void probe_timeout(struct net *net, struct neigh *n)
{
	if (n->disputed && n->n_asked > 0) {
		n->disputed = false;
		memcpy(n->mac, n->claim, ETH_ADDR_LEN);
		start_probe(net, n);
	} else if (n->n_asked < net->tun.neigh_solicits) {
		ask(net, n);
	} else {
		start_incomplete(net, n);
	}
}

static void timeout(void *ctx, struct wheel_node *timer)
{
	struct neigh *n = container_of(timer, struct neigh, timer);
	struct net *net = ctx;

	switch ((enum neigh_phase)n->phase) {
	case NEIGH_INCOMPLETE:
		if (n->n_asked < net->tun.neigh_solicits)
			ask(net, n);
		else
			fail(net, n);
		return;
	case NEIGH_PROBE:
		probe_timeout(net, n);
		return;
	case NEIGH_REACHABLE:
	case NEIGH_STALE:
		if (net->env->now - n->used < net->tun.neigh_stale_s * TERN_S)
			set_idle_timer(net, n);
		else
			neigh_delete(net, n, TERN_DROP_NONE);
		return;
	case NEIGH_STATIC:
		return;
	}
}

void neigh_advance(struct net *net)
{
	wheel_advance(&net->tables->neigh.wheel, net->env->now, timeout, net);
}

/*
 * The entry that a path's frames go to, if there is one whose phase depends on
 * what the transport says.  Who is spoken of is known.
 */
static struct neigh *neigh_of(struct net *net, const struct net_path *path)
{
	const struct netif *nif = net_if(net, path->ifindex);
	struct neigh_table *t = &net->tables->neigh;
	struct neigh *n;

	if (!nif || !netif_is_ethernet(nif))
		return NULL;
	n = neigh_find(t, path->ifindex, path->next_hop);
	if (!n || n->phase == NEIGH_INCOMPLETE || n->phase == NEIGH_STATIC)
		return NULL;
	if (unlikely(n->class == NEIGH_LEARNED))
		neigh_classify(t, n, NEIGH_KNOWN);
	return n;
}

void net_confirm(struct net *net, const struct net_path *path)
{
	struct neigh *n = neigh_of(net, path);

	if (n)
		confirm(net, n);
}

void net_suspect(struct net *net, const struct net_path *path)
{
	struct neigh *n = neigh_of(net, path);

	if (n && (n->phase != NEIGH_PROBE || n->n_asked == 0))
		start_probe(net, n);
}
