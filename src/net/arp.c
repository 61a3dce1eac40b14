/* SPDX-License-Identifier: ISC */
/*
 * arp.c - ARP packets in and out, RFC 826, RFC 5227
 *
 * Input follows the order of RFC 826, "Packet Reception": an entry that exists
 * takes note of the sender whatever the packet wants (neigh_heard() says with
 * how much belief), then requests for an address of this interface are
 * answered, and who asked is remembered.  A reply never makes an entry.
 *
 * Of RFC 5227 this host does what costs nothing: it answers probes, and it
 * defends its addresses by one announcement every 10 s (2.4 (c)).  It does not
 * probe before it uses an address: addresses are given to it by somebody who
 * can do so, and who sees ArpInReplies and the drop ARP_CONFLICT.
 */
#include "net/arp.h"

#include "net/frames.h"
#include "net/tables.h"

#define DEFEND_INTERVAL_NS (10 * TERN_S) /* RFC 5227 1.1 */

static const uint8_t everybody[ETH_ADDR_LEN] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

static void send(struct net *net, struct netif *nif,
		 const uint8_t to[ETH_ADDR_LEN], const struct arp_packet *a)
{
	struct tern_frame *f = ready_add(&nif->ready, net->env);
	struct eth_header h = {.type = ETH_TYPE_ARP};

	if (!f)
		return;
	memcpy(h.dst, to, ETH_ADDR_LEN);
	memcpy(h.src, nif->config.mac, ETH_ADDR_LEN);
	eth_emit(f->head, &h);
	arp_emit(f->head + ETH_HEADER_LEN, a);
	f->head_len = ETH_HEADER_LEN + ARP_PACKET_LEN;
	f->len = f->head_len;
	env_count(net->env, a->op == ARP_REQUEST ? TERN_ArpOutRequests
						 : TERN_ArpOutReplies);
}

/* A packet that says who we are on this interface. */
static void fill_sender(const struct netif *nif, uint32_t spa,
			struct arp_packet *a)
{
	memset(a, 0, sizeof(*a));
	memcpy(a->sha, nif->config.mac, ETH_ADDR_LEN);
	a->spa = spa;
}

void arp_send_request(struct net *net, struct netif *nif, uint32_t addr,
		      const uint8_t mac[ETH_ADDR_LEN])
{
	struct arp_packet a;

	fill_sender(nif, net_choose_source(net, nif, addr), &a);
	a.op = ARP_REQUEST;
	a.tpa = addr;
	if (mac)
		memcpy(a.tha, mac, ETH_ADDR_LEN);
	send(net, nif, mac ? mac : everybody, &a);
}

static void send_reply(struct net *net, struct netif *nif,
		       const struct arp_packet *request)
{
	struct arp_packet a;

	fill_sender(nif, request->tpa, &a);
	a.op = ARP_REPLY;
	a.tpa = request->spa;
	memcpy(a.tha, request->sha, ETH_ADDR_LEN);
	send(net, nif, request->sha, &a);
}

/* RFC 5227 2.4: says once more, but not too often, whose address it is. */
static void defend(struct net *net, struct netif *nif, uint32_t addr)
{
	struct arp_packet a;

	if (net->env->now < nif->next_defence)
		return;
	nif->next_defence = add_sat_u64(net->env->now, DEFEND_INTERVAL_NS);
	fill_sender(nif, addr, &a);
	a.op = ARP_REQUEST;
	a.tpa = addr;
	send(net, nif, everybody, &a);
}

/* True if a station can have the address, and it is not one of ours. */
static enum tern_drop check_sender(struct net *net, struct netif *in,
				   const struct arp_packet *a)
{
	if (eth_is_zero(a->sha) || eth_equal(a->sha, in->config.mac))
		return TERN_DROP_ARP_INVALID;
	switch (net_addr_kind(net, a->spa)) {
	case ADDR_REMOTE:
		return TERN_DROP_NONE;
	case ADDR_ANY: /* a probe, RFC 5227 2.1.1 */
		return a->op == ARP_REQUEST ? TERN_DROP_NONE
					    : TERN_DROP_ARP_INVALID;
	case ADDR_LOCAL:
		if (ip4_is_loopback(a->spa))
			return TERN_DROP_ARP_INVALID;
		if (netif_has_addr(in, a->spa))
			defend(net, in, a->spa);
		return TERN_DROP_ARP_CONFLICT;
	case ADDR_BROADCAST:
	case ADDR_MULTICAST:
	case ADDR_INVALID:
		break;
	}
	return TERN_DROP_ARP_INVALID;
}

static void request_input(struct net *net, struct netif *in, bool known,
			  const struct arp_packet *a)
{
	if (!netif_has_addr(in, a->tpa)) {
		if (!known)
			env_drop(net->env, TERN_DROP_ARP_NOT_FOR_US, NULL);
		return;
	}
	/* Who is not on this link will not be sent to on this link. */
	if (!known && netif_addr_covering(in, a->spa))
		neigh_learn(net, in, a);
	send_reply(net, in, a);
}

void arp_input(struct net *net, struct netif *in, const struct tern_frame *f)
{
	struct arp_packet a;
	enum tern_drop drop;
	struct neigh *n;
	uint32_t contig;
	const uint8_t *p = frame_start(f, &contig);

	drop = arp_parse(p + ETH_HEADER_LEN, contig - ETH_HEADER_LEN, &a);
	if (!drop) {
		env_count(net->env, a.op == ARP_REQUEST ? TERN_ArpInRequests
							: TERN_ArpInReplies);
		drop = check_sender(net, in, &a);
	}
	if (drop) {
		env_drop(net->env, drop, NULL);
		return;
	}
	n = a.spa ? neigh_find(&net->tables->neigh, in->index, a.spa) : NULL;
	if (n)
		neigh_heard(net, in, n, &a);
	if (a.op == ARP_REQUEST)
		request_input(net, in, n != NULL, &a);
	else if (!n)
		env_drop(net->env, TERN_DROP_ARP_UNSOLICITED, NULL);
}
