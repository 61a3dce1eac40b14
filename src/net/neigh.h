/* SPDX-License-Identifier: ISC */
/*
 * neigh.h - the neighbours of Ethernet interfaces: who has which address
 *
 * RFC 826 gives the packets, RFC 1122 2.3.2 the rules of the cache, and the
 * phases of an entry are modelled on RFC 4861 7.3.2.
 */
#ifndef TERN_NET_NEIGH_H
#define TERN_NET_NEIGH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/siphash.h"
#include "base/wheel.h"
#include "net/net.h"
#include "wire/arp.h"

#define NEIGH_CACHE	 256  /* entries found without a look-up; 2^8 */
#define NEIGH_QUEUED_MAX 1024 /* frames that wait, for all neighbours */

/* A neighbour is given time to be confirmed by others before it is asked. */
#define NEIGH_DELAY_NS (5 * TERN_S)

/* How long a gateway that does not answer is passed over. */
#define NEIGH_DEAD_NS (60 * TERN_S)

enum neigh_phase {
	NEIGH_INCOMPLETE, /* asked for by broadcast; frames wait */
	NEIGH_REACHABLE,  /* confirmed not long ago */
	NEIGH_STALE,	  /* was heard of, not confirmed of late */
	NEIGH_PROBE,	  /* in use, and asked directly whether it is there */
	NEIGH_STATIC,	  /* configured: never asked, never forgotten */
};

/* One of the lists that eviction goes by; static entries are on none. */
enum neigh_class {
	NEIGH_ASKED,   /* INCOMPLETE */
	NEIGH_LEARNED, /* from its own request, and never used yet */
	NEIGH_KNOWN,   /* all others */
	NEIGH_CLASSES,
};

struct neigh {
	struct map_node node;
	struct wheel_node timer; /* always armed, except in STATIC */
	struct list link;	 /* on neigh_table.classes[class] */
	struct list waiting;	 /* INCOMPLETE: struct neigh_frame */
	uint64_t confirmed;	 /* REACHABLE: last sign that it is there */
	uint64_t used;		 /* last frame to it, to about a second */
	uint64_t next_ask;	 /* no request before this time */
	uint32_t addr;
	uint8_t ifindex;
	uint8_t phase;	 /* enum neigh_phase */
	uint8_t class;	 /* enum neigh_class */
	uint8_t n_asked; /* requests of this phase */
	uint16_t n_waiting;
	bool disputed; /* PROBE: `claim` waits for the old one's silence */
	uint8_t mac[ETH_ADDR_LEN];   /* not in INCOMPLETE */
	uint8_t claim[ETH_ADDR_LEN]; /* what another station said it is */
};

/* A frame that waits for its neighbour, its link header not filled. */
struct neigh_frame {
	struct list link;
	struct tern_frame frame;
};

struct neigh_table {
	struct map map;
	struct pool pool;   /* struct neigh */
	struct pool frames; /* struct neigh_frame */
	struct wheel wheel;
	struct list classes[NEIGH_CLASSES]; /* oldest or least used first */
	uint32_t count[NEIGH_CLASSES];
	uint32_t n_queued; /* frames that wait */
	struct siphash_key key;
	struct neigh *cache[NEIGH_CACHE]; /* by address, unkeyed */
};

void neigh_init(struct neigh_table *t, struct env *env);
void neigh_fini(struct net *net);

/* neigh.c: the table. */

struct neigh *neigh_find(struct neigh_table *t, int ifindex, uint32_t addr);

/*
 * Makes an entry, INCOMPLETE or STALE by its class, that another one may have
 * to leave for.  NULL, and a drop is counted, if none can.
 */
struct neigh *neigh_create(struct net *net, struct netif *nif, uint32_t addr,
			   enum neigh_class class);

/* Moves it to the end of a class's list / takes it off all of them. */
void neigh_classify(struct neigh_table *t, struct neigh *n,
		    enum neigh_class class);
void neigh_unclassify(struct neigh_table *t, struct neigh *n);

/* Drops what waits, for the given reason, and the entry. */
void neigh_delete(struct net *net, struct neigh *n, enum tern_drop reason);

/* Deletes the entries of an interface, the static ones only if asked to. */
void neigh_flush(struct net *net, int ifindex, bool statics);

/* True if the neighbour is REACHABLE, and still is now. */
static inline bool neigh_is_confirmed(const struct net *net,
				      const struct neigh *n)
{
	return n->phase == NEIGH_REACHABLE &&
	       net->env->now - n->confirmed <
		       net->tun.neigh_reachable_ms * TERN_MS;
}

/* neigh_queue.c: the frames that wait. */

/* Takes the frame over; if too many wait, the oldest leaves. */
void neigh_enqueue(struct net *net, struct neigh *n, struct tern_frame *f);

/* Moves the frames, now addressed, to the interface's ready ring. */
void neigh_send_waiting(struct net *net, struct netif *nif, struct neigh *n);

/*
 * Drops the frames and tells the transport of each that the host cannot be
 * reached.  The list is no longer part of any entry.
 */
void neigh_report_unreachable(struct net *net, struct list *frames);

/* neigh_phase.c: what happens to an entry. */

/*
 * Puts the link header in front of a datagram.  Returns false if the frame was
 * taken: it waits, or was dropped and counted.
 */
bool neigh_output(struct net *net, struct netif *nif, uint32_t next_hop,
		  struct tern_frame *f);

/* Fills the link header of a frame that goes to a station. */
void neigh_put_header(const struct netif *nif, const uint8_t mac[ETH_ADDR_LEN],
		      struct tern_frame *f);

/* An ARP packet came from a neighbour that has an entry. */
void neigh_heard(struct net *net, struct netif *nif, struct neigh *n,
		 const struct arp_packet *a);

/* A neighbour asked for us: what it says of itself is remembered. */
void neigh_learn(struct net *net, struct netif *nif,
		 const struct arp_packet *a);

/* Fires the timers that are due. */
void neigh_advance(struct net *net);

#endif
