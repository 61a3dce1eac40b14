/* SPDX-License-Identifier: ISC */
/*
 * ip4_input.c - IPv4 datagrams in, RFC 1122 3.2.1, RFC 1812 5.2, RFC 7126
 *
 * In this order: the header (version, lengths, checksum), options, source,
 * destination, fragment, protocol.  This host forwards nothing: what is not
 * for it is dropped.  TTL is not looked at, a datagram that has arrived has
 * arrived (RFC 1122 3.2.1.7).
 *
 * The host is of the weak kind (RFC 1122 3.3.4.2): an address of any of its
 * interfaces may be used on any link, except 127/8, which is never seen on a
 * wire.  A datagram from a wire with a source of ours is forged; only TCP gets
 * those whose destination is the same address, to drop them under the name
 * that they have there (LAND).
 *
 * Nearly all datagrams are plain TCP segments to an address of ours.  They are
 * recognised by a few inlined checks, which together say the same as those of
 * the long way, and count nothing but the delivery.
 *
 * Options are ignored, except source routes.  Fragments are dropped:
 * IP_FRAGMENT.
 */
#include "net/ip4.h"

#include "net/frames.h"
#include "net/tables.h"
#include "wire/icmp4.h"
#include "wire/ip4_plain.h"

static enum ip4_verdict drop(struct net *net, enum tern_drop reason,
			     const struct ip4_header *h)
{
	struct tern_tuple tuple = {.laddr = h->dst, .raddr = h->src};

	env_drop(net->env, reason, &tuple);
	return IP4_DROPPED;
}

/* Linux counts as a header error whatever it cannot read a header from. */
static enum ip4_verdict drop_unread(struct net *net, enum tern_drop reason)
{
	if (reason == TERN_DROP_FRAME_SHORT ||
	    reason == TERN_DROP_FRAME_SCATTERED)
		env_count(net->env, TERN_IpInHdrErrors);
	env_drop(net->env, reason, NULL);
	return IP4_DROPPED;
}

/* True for 0/8, 127/8, 224/4 and 240/4. */
static inline bool is_martian(uint32_t src)
{
	uint32_t top = src >> 24;

	return top == 0 || top == 127 || top >= 224;
}

/*
 * True if a datagram from outside can have this source: RFC 1122 3.2.1.3,
 * RFC 1812 5.3.7 (MUST-63).
 */
static bool source_is_legal(const struct net *net, const struct ip4_header *h)
{
	if (is_martian(h->src))
		return false;
	switch (addr_find(&net->tables->addrs, h->src)) {
	case ADDR_REMOTE:
		return true;
	case ADDR_LOCAL:
		return h->src == h->dst && h->proto == IP_PROTO_TCP;
	case ADDR_BROADCAST:
	case ADDR_ANY:
	case ADDR_MULTICAST:
	case ADDR_INVALID:
		break;
	}
	return false;
}

/* True if it is for this host; sets p->group if for others too. */
static bool destination_is_ours(const struct net *net,
				const struct ip4_header *h, struct packet *p)
{
	switch (net_addr_kind(net, h->dst)) {
	case ADDR_LOCAL:
		return netif_is_loopback(p->in) || !ip4_is_loopback(h->dst);
	case ADDR_BROADCAST:
		p->group = true;
		return true;
	case ADDR_MULTICAST:
		/* No group has been joined, but MUST-57 is TCP's to meet. */
		p->group = true;
		return h->proto == IP_PROTO_TCP;
	case ADDR_ANY:
	case ADDR_INVALID:
	case ADDR_REMOTE:
		break;
	}
	return false;
}

/* The transport's part of the datagram; the rest of the frame goes. */
static inline void fill(struct packet *p, uint32_t off, uint32_t header_len,
			uint32_t total_len)
{
	uint8_t known = TERN_FRAME_CSUM_OK | TERN_FRAME_CSUM_PARTIAL;
	const uint8_t *start;
	uint32_t contig;

	if (unlikely(p->frame->len != off + total_len))
		frame_trim(p->frame, off + total_len);
	start = frame_start(p->frame, &contig);
	p->csum_ok = (p->frame->flags & known) ||
		     (p->in->config.flags & TERN_IF_TRUSTED);
	p->l4_off = off + header_len;
	p->l4 = start + p->l4_off;
	p->l4_len = total_len - header_len;
	p->l4_contig = contig - p->l4_off;
}

static enum ip4_verdict deliver(struct net *net, struct packet *p,
				const struct ip4_header *h)
{
	if (likely(h->proto == IP_PROTO_TCP)) {
		env_count(net->env, TERN_IpInDelivers);
		return IP4_TCP;
	}
	if (h->proto == IP_PROTO_ICMP) {
		env_count(net->env, TERN_IpInDelivers);
		return IP4_ICMP;
	}
	drop(net, TERN_DROP_IP_PROTOCOL, h);
	icmp_send_error(net, p, ICMP4_UNREACHABLE, ICMP4_PROTO_UNREACHABLE, 0);
	return IP4_DROPPED;
}

/* The long way, for all that is not plain or not right. */
static enum ip4_verdict input_any(struct net *net, struct packet *p,
				  uint32_t off)
{
	uint32_t contig;
	const uint8_t *start = frame_start(p->frame, &contig);
	struct ip4_header h;
	enum tern_drop bad;

	bad = ip4_parse(start + off, contig - off, p->frame->len - off, &h);
	if (bad)
		return drop_unread(net, bad);
	/* DEPARTS MUST-51, MUST-52, MUST-53, SHLD-24: whoever may write a
	 * source route chooses the way; RFC 7126 4.3 and 4.4 say to drop them.
	 * All other options are ignored (MUST-50). */
	if (h.options_len > 0 && ip4_check_options(&h))
		return drop(net, TERN_DROP_IP_OPTIONS, &h);
	if (!netif_is_loopback(p->in) && !source_is_legal(net, &h))
		return drop(net, TERN_DROP_IP_SOURCE, &h);
	if (!destination_is_ours(net, &h, p))
		return drop(net, TERN_DROP_IP_DESTINATION, &h);
	if (ip4_is_fragment(&h))
		return drop(net, TERN_DROP_IP_FRAGMENT, &h);
	p->src = h.src;
	p->dst = h.dst;
	p->tos = h.tos;
	p->ttl = h.ttl;
	fill(p, off, h.header_len, h.total_len);
	return deliver(net, p, &h);
}

/* True for a source about which there is nothing to think. */
static inline bool is_plain_source(const struct net *net,
				   const struct netif *in, uint32_t src)
{
	return netif_is_loopback(in) ||
	       (!is_martian(src) && !addr_maybe(&net->tables->addrs, src));
}

/* What was looked up for one datagram holds for the next. */
static inline bool is_known(const struct packet *before,
			    const struct ip4_plain *h)
{
	return before && before->src == h->src && before->dst == h->dst &&
	       !before->group;
}

/* To an address of ours, and from one that can be. */
static inline bool is_plain(const struct net *net, const struct netif *in,
			    const struct ip4_plain *h)
{
	return !ip4_is_loopback(h->dst) &&
	       addr_is_known_local(&net->tables->addrs, h->dst) &&
	       is_plain_source(net, in, h->src);
}

enum ip4_verdict ip4_input(struct net *net, struct packet *p, uint32_t off,
			   const struct packet *before)
{
	uint32_t contig;
	const uint8_t *start = frame_start(p->frame, &contig);
	struct ip4_plain h;

	env_count(net->env, TERN_IpInReceives);
	env_add(net->env, TERN_IpExtInOctets, p->frame->len - off);
	if (unlikely(!ip4_read_plain(start + off, contig - off,
				     p->frame->len - off, &h) ||
		     h.proto != IP_PROTO_TCP ||
		     (!is_known(before, &h) && !is_plain(net, p->in, &h))))
		return input_any(net, p, off);
	env_count(net->env, TERN_IpInDelivers);
	p->src = h.src;
	p->dst = h.dst;
	p->tos = h.tos;
	p->ttl = h.ttl;
	fill(p, off, IP4_HEADER_LEN, h.total_len);
	return IP4_TCP;
}
