/* SPDX-License-Identifier: ISC */
/*
 * net.h - the network floor as the floors above see it
 *
 * In: net_input() validates frames and hands the transport protocols arrays of
 * struct packet, so that they can look ahead (DESIGN 3, rule 4).  Out: the
 * transport asks net_path() once where a destination lies, writes its header
 * into a frame at the path's headroom, and calls net_finish(), which puts the
 * IP and link headers in front.  Replies that belong to no connection (RST,
 * SYN,ACK, ICMP, ARP) are made in the interface's ring of ready frames.
 *
 * net_output() gives the ready frames first and then asks the transport to
 * fill the rest of the array from the interface's work list.
 */
#ifndef TERN_NET_NET_H
#define TERN_NET_NET_H

#include <tern/frame.h>
#include <tern/netif.h>

#include "base/env.h"
#include "base/list.h"
#include "net/netif.h"
#include "wire/ip4.h"

#define NET_BATCH 64 /* packets handed up at a time */

/* An IPv4 datagram that has passed all checks of the header. */
struct packet {
	struct tern_frame *frame; /* whoever keeps the payload takes slices
				     out of it; net_input() releases it */
	struct netif *in;
	uint32_t src, dst;
	uint8_t tos, ttl;
	bool csum_ok;	    /* transport checksum need not be verified */
	bool group;	    /* sent to a broadcast or multicast address,
			       or to a link-layer group address */
	const uint8_t *l4;  /* transport header */
	uint32_t l4_contig; /* bytes that lie contiguous at l4 */
	uint32_t l4_len;    /* transport header and payload */
	uint32_t l4_off;    /* offset of l4 in the frame */
};

/* An ICMP error about a datagram that we (claim to) have sent. */
struct icmp_error {
	uint8_t type, code;
	uint32_t mtu;	     /* of "fragmentation needed"; if not told, guessed
			      from quoted_len by the plateaus of RFC 1191 7 */
	uint32_t from;	     /* who sent the error, 0: this host itself */
	uint32_t src, dst;   /* of the quoted datagram: src is ours */
	uint16_t quoted_len; /* total length of the quoted datagram */
	uint8_t l4[8];	     /* first 8 bytes of the quoted transport header */
};

/* What a transport protocol gives to this floor.  Set once by src/stack. */
struct net_proto {
	void *ctx;
	/* Packets of this protocol, 1 to NET_BATCH of them. */
	void (*input)(void *ctx, struct packet *p, int n);
	void (*error)(void *ctx, const struct icmp_error *e);
	/* Fills frames from out->work; returns their number. */
	int (*output)(void *ctx, struct netif *out, struct tern_frame *frames,
		      int max);
	/* The addresses or routes have changed: cached paths are void. */
	void (*rerouted)(void *ctx);
};

/* Where a destination lies.  Valid while gen == net->route_gen. */
struct net_path {
	uint16_t ifindex;  /* 0: no path */
	uint16_t headroom; /* bytes that net_finish() puts in front */
	uint32_t next_hop;
	uint32_t gen;
};

/* What goes into the IP header.  A TTL of 0 is the stack's (MUST-49). */
struct ip_meta {
	uint32_t src, dst;
	uint8_t proto, tos, ttl;
	bool df;
};

struct net_tunables {
	uint32_t ip_default_ttl;
	uint32_t icmp_msgs_per_sec, icmp_msgs_burst; /* all destinations */
	uint32_t icmp_ratelimit_ms;		     /* one destination */
	bool icmp_echo_ignore_all, icmp_echo_ignore_broadcasts;
	uint32_t mtu_expires_s, min_pmtu;
	uint32_t neigh_max, neigh_queue_max, neigh_solicits;
	uint32_t neigh_retrans_ms, neigh_reachable_ms, neigh_stale_s;
	bool ip_no_pmtu_disc;
};

struct net {
	struct env *env;
	struct net_tunables tun;
	struct net_proto tcp;	      /* protocol 6 */
	uint32_t route_gen;	      /* grows with each change of routes */
	struct netif *ifs[NETIF_MAX]; /* by index; 0 is never used */
	struct netif_tables *tables;  /* routes, neighbours, path MTUs */
};

/* Returns 0 or -ENOMEM.  Makes the loopback interface. */
int net_init(struct net *net, struct env *env);
void net_fini(struct net *net);

struct netif *net_if(const struct net *net, int ifindex);

/* Takes the frames over. */
void net_input(struct net *net, struct netif *in, struct tern_frame *frames,
	       int n);
int net_output(struct net *net, struct netif *out, struct tern_frame *frames,
	       int max);
bool net_has_output(const struct netif *out);

/* Timers of this floor: neighbours, path MTUs, rate limits. */
uint64_t net_deadline(const struct net *net);
uint64_t net_due(const struct net *net); /* like tcp_due() */
void net_advance(struct net *net);

/*
 * Finds the way to `dst`.  *src 0: is chosen and stored (MUST-44); otherwise
 * it is kept, and must be ours.  Returns 0, -ENETUNREACH, -EADDRNOTAVAIL,
 * -EINVAL for a destination that no connection can have (MUST-46).
 */
int net_path(struct net *net, uint32_t dst, uint32_t *src,
	     struct net_path *path);

static inline bool net_path_valid(const struct net *net,
				  const struct net_path *path)
{
	return path->ifindex != 0 && path->gen == net->route_gen;
}

/*
 * Completes a frame: the transport header and payload start at
 * f->head + path->headroom, and f->len, f->head_len, parts, csum_start (from
 * the start of the frame) are set as if the headroom were filled.  Returns
 * true if the frame is ready to go; false if it was taken: kept until the
 * neighbour answers, or dropped and counted.
 */
bool net_finish(struct net *net, const struct net_path *path,
		const struct ip_meta *ip, struct tern_frame *f);

/*
 * The same for a frame that goes where one has just gone for which net_finish()
 * has said true, and whose head is a copy of that one's.  Only its length may
 * differ; it is never longer.
 */
void net_finish_next(struct net *net, const struct net_path *path,
		     struct tern_frame *f);

/*
 * A ready frame on the path's interface to make a reply in, empty; NULL if too
 * many wait already (counted).  Fill it as for net_finish() and send it; or
 * call net_finish(), and take the frame back if that says false.
 */
struct tern_frame *net_reply(struct net *net, const struct net_path *path);
void net_reply_send(struct net *net, const struct net_path *path,
		    const struct ip_meta *ip, struct tern_frame *f);
void net_reply_cancel(struct net *net, const struct net_path *path,
		      struct tern_frame *f);

/* The interface's MTU, and the path MTU to dst as far as it is known. */
uint32_t net_mtu(const struct net *net, const struct net_path *path);
uint32_t net_pmtu(const struct net *net, uint32_t dst,
		  const struct net_path *path);
/* A believed "fragmentation needed": lowers the path MTU (RFC 1191). */
void net_pmtu_lower(struct net *net, uint32_t dst, uint32_t mtu);

/*
 * The largest datagram that every interface that is up can receive, loopback
 * left aside (SHLD-6); 65535 if there is none.
 */
uint32_t net_smallest_mtu(const struct net *net);

/* The transport makes progress / does not, with this next hop (MUST-20). */
void net_confirm(struct net *net, const struct net_path *path);
void net_suspect(struct net *net, const struct net_path *path);

enum addr_kind {
	ADDR_ANY,	/* 0.0.0.0 */
	ADDR_LOCAL,	/* one of ours, 127/8 included */
	ADDR_BROADCAST, /* 255.255.255.255 or that of a subnet of ours */
	ADDR_MULTICAST,
	ADDR_INVALID, /* 0/8, 240/4 */
	ADDR_REMOTE,
};
enum addr_kind net_addr_kind(const struct net *net, uint32_t addr);

/*
 * ICMP "destination unreachable" and the like about a packet that arrived.
 * Rate limited; never about group packets, fragments or ICMP errors.
 */
void icmp_send_error(struct net *net, const struct packet *about, uint8_t type,
		     uint8_t code, uint32_t mtu);

#endif
