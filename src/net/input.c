/* SPDX-License-Identifier: ISC */
/*
 * input.c - frames in: link header, network protocol, transport
 *
 * TCP's packets are gathered, up to NET_BATCH of them, and handed up together;
 * ICMP messages keep their place among them.  The packets refer to the frames
 * of the caller's array, so that nothing is moved, and frames are released
 * once those above have had them.
 */
#include "net/arp.h"
#include "net/frames.h"
#include "net/icmp.h"
#include "net/ip4.h"
#include "net/tables.h"

/* One call of net_input(). */
struct batch {
	struct net *net;
	struct netif *in;
	struct packet *next; /* behind those gathered */
	struct packet packets[NET_BATCH];
};

static void flush(struct batch *b)
{
	struct net *net = b->net;
	const struct packet *end = b->next;

	if (end == b->packets)
		return;
	b->next = b->packets;
	if (net->tcp.input)
		net->tcp.input(net->tcp.ctx, b->packets,
			       (int)(end - b->packets));
	for (const struct packet *p = b->packets; p < end; p++)
		tern_frame_release(p->frame);
}

static void drop(struct batch *b, struct tern_frame *f, enum tern_drop reason)
{
	env_drop(b->net->env, reason, NULL);
	tern_frame_release(f);
}

/* A datagram that begins `off` bytes into the frame. */
static void datagram(struct batch *b, struct tern_frame *f, uint32_t off,
		     bool group)
{
	struct packet *p = b->next;
	const struct packet *before = p > b->packets ? p - 1 : NULL;

	p->frame = f;
	p->in = b->in;
	p->group = group;
	switch (ip4_input(b->net, p, off, before)) {
	case IP4_TCP:
		if (++b->next == b->packets + NET_BATCH)
			flush(b);
		return;
	case IP4_ICMP: {
		struct packet icmp = *p;

		flush(b);
		icmp_input(b->net, &icmp);
		break;
	}
	case IP4_DROPPED:
		break;
	}
	tern_frame_release(f);
}

static void ethernet(struct batch *b, struct tern_frame *f)
{
	struct eth_header h;
	uint32_t contig;
	const uint8_t *p = frame_start(f, &contig);
	bool group;

	if (unlikely(eth_parse(p, contig, &h))) {
		drop(b, f,
		     f->len < ETH_HEADER_LEN ? TERN_DROP_FRAME_SHORT
					     : TERN_DROP_FRAME_SCATTERED);
		return;
	}
	group = eth_is_group(h.dst);
	if (unlikely(!group && !eth_equal(h.dst, b->in->config.mac))) {
		drop(b, f, TERN_DROP_ETH_NOT_FOR_US);
		return;
	}
	if (likely(h.type == ETH_TYPE_IP4)) {
		datagram(b, f, ETH_HEADER_LEN, group);
	} else if (h.type == ETH_TYPE_ARP) {
		arp_input(b->net, b->in, f);
		tern_frame_release(f);
	} else {
		drop(b, f, TERN_DROP_ETH_TYPE);
	}
}

/* Asks for the bytes that the checks of a frame will look at. */
static void prefetch_frame(const struct tern_frame *f)
{
	uint32_t contig;

	prefetch(frame_start(f, &contig));
}

void net_input(struct net *net, struct netif *in, struct tern_frame *frames,
	       int n)
{
	struct batch b;

	b.net = net;
	b.in = in;
	b.next = b.packets;
	in->rx_frames += (uint64_t)n;
	for (int i = 0; i < n; i++) {
		struct tern_frame *f = &frames[i];

		if (i + 1 < n)
			prefetch_frame(f + 1);
		in->rx_bytes += f->len;
		if (unlikely(!in->up))
			drop(&b, f, TERN_DROP_LINK_DOWN);
		else if (netif_is_ethernet(in))
			ethernet(&b, f);
		else
			datagram(&b, f, 0, false);
	}
	flush(&b);
}
