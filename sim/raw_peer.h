/* SPDX-License-Identifier: ISC */
/*
 * raw_peer.h - a peer without a stack: sends exactly what it is told
 *
 * It sits on a wire of its own at end 0, facing a host at end 1, and answers
 * nothing by itself.  With it a test can be the client that never sends the
 * third segment, or the peer that does what no stack would do.
 */
#ifndef TERN_SIM_RAW_PEER_H
#define TERN_SIM_RAW_PEER_H

#include "segment.h"
#include "wire.h"

struct sim_raw_peer;

/*
 * Wires a raw peer to `host`.  `c` gives the impairment, the capture and both
 * addresses (c->addr[0] is the peer's); its hosts and raw function are not
 * looked at.  Returns 0 or an error of sim_wire_create().
 */
TERN_CHECK int sim_raw_peer_create(struct sim_raw_peer **p, struct sim_world *w,
				   struct sim_host *host,
				   const struct sim_wire_config *c);

/* Frees the peer; its wire stays with the world and falls silent. */
void sim_raw_peer_destroy(struct sim_raw_peer *p);

struct sim_wire *sim_raw_peer_wire(struct sim_raw_peer *p);
uint32_t sim_raw_peer_addr(const struct sim_raw_peer *p);

/* Called for each TCP segment that arrives. */
typedef void sim_raw_segment_fn(void *ctx, const struct sim_segment *s);
void sim_raw_peer_on_segment(struct sim_raw_peer *p, sim_raw_segment_fn *fn,
			     void *ctx);

/* How many segments have arrived, and the last of them. */
unsigned int sim_raw_peer_n_received(const struct sim_raw_peer *p);
const struct sim_segment *sim_raw_peer_last(const struct sim_raw_peer *p);

/*
 * Sends a segment as it stands; src 0 and dst 0 are filled in with the
 * addresses of the two ends.  Returns 0, -EMSGSIZE if the text
 * is longer than 9000 bytes, or -ENOBUFS.
 */
TERN_CHECK int sim_raw_peer_send(struct sim_raw_peer *p,
				 const struct sim_segment *s, const void *text);

#endif
