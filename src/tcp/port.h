/* SPDX-License-Identifier: ISC */
/*
 * port.h - who uses which local port, and the choice of a free one, RFC 6056
 *
 * Everything that has a local port is a holder of it: a socket from bind() on,
 * a connection that has no socket any more, a TIME-WAIT entry.  Holders are
 * counted, not listed, so all questions are answered in O(1) with a million of
 * them on one port.
 */
#ifndef TERN_TCP_PORT_H
#define TERN_TCP_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/trace.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/siphash.h"

/* net.ipv4.ip_local_port_range */
#define PORT_RANGE_LO 32768
#define PORT_RANGE_HI 60999

/* What a holder is; it must be released with the flags it has. */
enum port_flag {
	PORT_REUSE_ADDR = 1, /* SO_REUSEADDR */
	PORT_REUSE_PORT = 2, /* SO_REUSEPORT */
	PORT_LISTEN = 4,     /* is in state LISTEN */
	PORT_CONNECT = 8,    /* ports_pick_connect() chose the port, so others
				to another peer may be given it too */
};
#define PORT_FLAGS 15U /* all of them */

/* Counts of holders, each of whom is in one or more of these. */
struct port_counts {
	uint32_t n;
	uint32_t n_chosen; /* have it by bind(), not by PORT_CONNECT */
	uint32_t n_strict; /* ... would not share with SO_REUSEADDR */
	uint32_t n_noport; /* ... would not share with SO_REUSEPORT */
	uint32_t n_never;  /* ... with neither */
};

/*
 * A port.  As long as all its holders have the same local address this is all
 * there is; when a second address comes, `split` is set and each address gets
 * a port_addr besides.
 */
struct port_use {
	uint32_t addr; /* of all holders unless split; 0: any address */
	bool split;    /* addresses differ; look for them one by one */
	struct port_counts counts;
};

/* The holders of one address of a split port. */
struct port_addr {
	struct map_node node;
	uint32_t addr;
	uint16_t port;
	struct port_counts counts;
	struct list idle; /* on ports.idle while they are zero */
};

#define PORTS_A_PAGE 64
#define PORT_PAGES   (65536 / PORTS_A_PAGE)

struct port_page {
	uint32_t n_used;
	struct port_use of[PORTS_A_PAGE];
};

struct ports {
	struct port_page **pages; /* of port / PORTS_A_PAGE; NULL: nobody */
	struct port_page
		*spare;	  /* all zeros, for the next one that is needed */
	struct map addrs; /* of split ports */
	struct pool pool;
	struct list idle; /* some struct port_addr, longest without holder
			     first */
	uint32_t n_idle;
	struct mem *mem;
	uint64_t *used;	  /* bitmap of all ports: 1 if there is any holder */
	uint64_t *chosen; /* the same: 1 if any of them has it by bind() */
	uint16_t lo, hi;  /* ephemeral ports, both included */
	uint32_t n_picks; /* since the last change of pick_key */
	struct siphash_key pick_key; /* see port_pick.c */
};

/* Returns 0, or -ENOBUFS.  Keys are drawn from rng. */
TERN_CHECK int ports_init(struct ports *p, struct mem *mem, struct rng *rng);

/* Gives all memory back, whoever still holds a port. */
void ports_fini(struct ports *p);

/* Sets the ephemeral range; -EINVAL unless 1 <= lo <= hi. */
TERN_CHECK int ports_set_range(struct ports *p, uint16_t lo, uint16_t hi);

/*
 * May there be one more holder?  0 or -EADDRINUSE.  Linux's rules: those who
 * hold an overlapping address (the same one, or either is 0, any) conflict,
 * unless both have SO_REUSEADDR and the one who is there does not listen, or
 * both have SO_REUSEPORT.  PORT_LISTEN among the flags asked for does not
 * matter: a listener may come where others, in TIME-WAIT for one, are.
 */
int ports_check(const struct ports *p, uint32_t addr, uint16_t port,
		unsigned int flags);

/*
 * The same for one who holds (addr, port) already, with these flags, and will
 * now listen: nobody else may conflict.  0 or -EADDRINUSE.
 */
int ports_check_listen(const struct ports *p, uint32_t addr, uint16_t port,
		       unsigned int flags);

/* For who will soon ask for this port. */
void ports_prefetch(const struct ports *p, uint16_t port);

/* The holders, counted, with whose address addr overlaps. */
struct port_counts ports_overlap(const struct ports *p, uint32_t addr,
				 uint16_t port);

/*
 * Adds a holder, whether or not there is a conflict.  Returns 0, or -ENOBUFS
 * with nothing changed.
 */
TERN_CHECK int ports_hold(struct ports *p, uint32_t addr, uint16_t port,
			  unsigned int flags);

/* Takes a holder away. */
void ports_release(struct ports *p, uint32_t addr, uint16_t port,
		   unsigned int flags);

/* Changes the flags of a holder. */
void ports_change(struct ports *p, uint32_t addr, uint16_t port,
		  unsigned int old_flags, unsigned int new_flags);

/*
 * A port for bind() to port 0: one that nobody holds for an overlapping
 * address (sharing is only for those who name the port).  Returns the port,
 * or -EADDRINUSE if there is none in the range.  Does not hold it.
 */
int ports_pick_bind(struct ports *p, struct rng *rng, uint32_t addr);

/* True if there is a connection t with this local port, so it cannot be had. */
typedef bool port_taken_fn(void *ctx, uint16_t port);

/*
 * A port for connect() of an unbound socket from t->laddr to t->raddr and
 * t->rport (t->lport is not looked at): one that no bind() holds for an
 * overlapping address, and with which the tuple is not taken.  Connections to
 * other peers do not matter.  Returns the port, or -EADDRNOTAVAIL if there is
 * none in the range.  Does not hold it.
 */
int ports_pick_connect(struct ports *p, struct rng *rng,
		       const struct tern_tuple *t, port_taken_fn *taken,
		       void *ctx);

#endif
