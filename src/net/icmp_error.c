/* SPDX-License-Identifier: ISC */
/*
 * icmp_error.c - ICMP error messages out, RFC 1122 3.2.2, RFC 1812 4.3.2
 *
 * A message quotes the IP header and as much of what follows as the head of a
 * frame has room for: at least the 8 bytes that RFC 792 asks for, and a whole
 * TCP header as a rule.  It is sent from the address that the datagram was
 * sent to (RFC 1122 3.2.2).
 *
 * Nothing is ever said about errors, fragments, and what was sent to many or
 * came from no single host: ip4_input() lets no illegal source through, and no
 * ICMP message or fragment gets here.
 */
#include "net/frames.h"
#include "net/tables.h"
#include "wire/icmp4.h"

#define INTERNETWORK_CONTROL 0xc0 /* precedence, RFC 1812 4.3.2.5 */

static void count(struct net *net, uint8_t type)
{
	env_count(net->env, TERN_IcmpOutMsgs);
	if (type == ICMP4_UNREACHABLE)
		env_count(net->env, TERN_IcmpOutDestUnreachs);
	else if (type == ICMP4_TIME_EXCEEDED)
		env_count(net->env, TERN_IcmpOutTimeExcds);
}

/* Where the datagram begins, and how much of it can be quoted. */
static const uint8_t *datagram(const struct packet *p, uint32_t *len)
{
	uint32_t link_len = netif_link_len(p->in);
	uint32_t contig;
	const uint8_t *start = frame_start(p->frame, &contig);

	*len = contig - link_len;
	return start + link_len;
}

void icmp_send_error(struct net *net, const struct packet *about, uint8_t type,
		     uint8_t code, uint32_t mtu)
{
	struct icmp4_message m = {
		.type = type, .code = code, .mtu = (uint16_t)mtu};
	struct ip_meta ip = {
		.src = about->dst,
		.dst = about->src,
		.proto = IP_PROTO_ICMP,
		.tos = INTERNETWORK_CONTROL,
		.ttl = (uint8_t)net->tun.ip_default_ttl,
		.df = true,
	};
	struct net_path path;
	struct tern_frame *f;
	uint32_t room, len;

	if (about->group || net_path(net, ip.dst, &ip.src, &path))
		return;
	if (path.ifindex != TERN_IF_LOOPBACK &&
	    !limit_allows_error(net, ip.dst)) {
		env_drop(net->env, TERN_DROP_ICMP_RATE, NULL);
		return;
	}
	f = net_reply(net, &path);
	if (!f)
		return;
	m.data = datagram(about, &len);
	room = TERN_FRAME_HEAD - path.headroom - ICMP4_HEADER_LEN;
	m.data_len = min_u32(len, room);
	len = path.headroom + icmp4_emit(f->head + path.headroom, &m);
	f->head_len = (uint16_t)len;
	f->len = len;
	count(net, type);
	net_reply_send(net, &path, &ip, f);
}
