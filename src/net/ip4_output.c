/* SPDX-License-Identifier: ISC */
/*
 * ip4_output.c - IPv4 datagrams out, RFC 791, RFC 1122 3.2.1, RFC 6864
 *
 * The transport has left room for the headers at the start of the frame; they
 * are written there, and nothing moves.  A datagram that exceeds the MTU is
 * dropped: who sends it knows the MTU, and this host does not cut.
 */
#include "net/frames.h"
#include "net/tables.h"
#include "wire/ip4_plain.h"

static bool drop(struct net *net, const struct ip_meta *ip,
		 struct tern_frame *f, enum tern_drop reason)
{
	struct tern_tuple tuple = {.laddr = ip->src, .raddr = ip->dst};

	env_drop(net->env, reason, &tuple);
	tern_frame_release(f);
	return false;
}

/* What becomes one datagram on the wire is no longer than the MTU. */
static bool fits(const struct netif *nif, const struct tern_frame *f,
		 uint32_t link_len)
{
	uint32_t len = f->len - link_len;

	if (likely(len <= nif->config.mtu))
		return true;
	if (!f->gso_size || !(nif->config.flags & TERN_IF_GSO))
		return false;
	return len <= UINT16_MAX &&
	       (uint32_t)f->hdr_len + f->gso_size <= nif->config.mtu + link_len;
}

static void put_header(struct net *net, const struct ip_meta *ip, uint8_t *p,
		       uint32_t total_len)
{
	struct ip4_plain h = {
		.tos = ip->tos,
		.ttl = ip->ttl ? ip->ttl : (uint8_t)net->tun.ip_default_ttl,
		.proto = ip->proto,
		.total_len = (uint16_t)total_len,
		.src = ip->src,
		.dst = ip->dst,
	};

	h.df = ip->df && !net->tun.ip_no_pmtu_disc &&
	       !pmtu_forbids_df(net, ip->dst);
	if (!h.df) /* else it is 0, and so again when sent again: MAY-4 */
		h.id = ip_ids_next(&net->tables->ids, &net->env->rng);
	ip4_write_plain(p, &h);
}

bool net_finish(struct net *net, const struct net_path *path,
		const struct ip_meta *ip, struct tern_frame *f)
{
	struct netif *nif = net_if(net, path->ifindex);
	uint32_t link_len;

	env_count(net->env, TERN_IpOutRequests);
	if (unlikely(!nif || !nif->up))
		return drop(net, ip, f, TERN_DROP_LINK_DOWN);
	link_len = netif_link_len(nif);
	if (unlikely(path->headroom != link_len + IP4_HEADER_LEN))
		return drop(net, ip, f, TERN_DROP_LINK_DOWN);
	if (unlikely(!fits(nif, f, link_len)))
		return drop(net, ip, f, TERN_DROP_IP_TOO_BIG);
	put_header(net, ip, f->head + link_len, f->len - link_len);
	env_add(net->env, TERN_IpExtOutOctets, f->len - link_len);
	if (link_len > 0 && !neigh_output(net, nif, path->next_hop, f))
		return false;
	env_count(net->env, TERN_IpOutTransmits);
	return true;
}

void net_finish_next(struct net *net, const struct net_path *path,
		     struct tern_frame *f)
{
	uint8_t *p = f->head + path->headroom - IP4_HEADER_LEN;
	const uint32_t len = f->len - (path->headroom - IP4_HEADER_LEN);

	if (load_be16(p + 2) != len)
		ip4_change_plain(p, 2, (uint16_t)len);
	if (unlikely(!(load_be16(p + 6) & IP4_PLAIN_DF)))
		ip4_change_plain(
			p, 4, ip_ids_next(&net->tables->ids, &net->env->rng));
	env_count(net->env, TERN_IpOutRequests);
	env_add(net->env, TERN_IpExtOutOctets, len);
	env_count(net->env, TERN_IpOutTransmits);
}

struct tern_frame *net_reply(struct net *net, const struct net_path *path)
{
	struct netif *nif = net_if(net, path->ifindex);

	if (!nif || !nif->up) {
		env_drop(net->env, TERN_DROP_LINK_DOWN, NULL);
		return NULL;
	}
	return ready_add(&nif->ready, net->env);
}

void net_reply_send(struct net *net, const struct net_path *path,
		    const struct ip_meta *ip, struct tern_frame *f)
{
	if (!net_finish(net, path, ip, f))
		net_reply_cancel(net, path, f);
}

void net_reply_cancel(struct net *net, const struct net_path *path,
		      struct tern_frame *f)
{
	ready_cancel(&net->ifs[path->ifindex]->ready, f);
}
