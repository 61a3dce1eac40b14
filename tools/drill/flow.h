/* SPDX-License-Identifier: ISC */
/*
 * flow.h - the connections of a script, and their numbers
 *
 * A script counts from what it calls the initial sequence numbers, mostly 0.
 * The peer's are on the wire as the script has them.  The stack chooses its
 * own; the difference is learnt from its SYN, and again from a SYN that begins
 * another connection between the same ports.
 *
 * Timestamps of the stack are learnt one by one, so that what the script lets
 * the peer echo becomes what the stack had sent.
 */
#ifndef TERN_DRILL_FLOW_H
#define TERN_DRILL_FLOW_H

#include "settings.h"

struct drill_stamp {
	uint32_t script, live;
};

struct drill_flow {
	struct drill_flow *next;
	uint16_t lport, rport;

	bool local_known;
	bool local_renew;      /* the next SYN of the stack counts anew */
	uint32_t local_isn;    /* in the script */
	uint32_t local_offset; /* live is script plus this */

	bool remote_known;
	uint32_t remote_isn;

	struct drill_stamp *stamps;
	size_t n_stamps, stamps_size;
	bool clock_known;
	struct drill_stamp clock; /* the first stamp of the connection */

	bool text_in_known, text_out_known; /* it is drill_pattern() */
};

struct drill_flows {
	struct drill_flow *all;
	struct drill_flow *current; /* of packets that name no ports */
};

void drill_flows_free(struct drill_flows *f);

/* Finds the flow of these ports, or makes it, and makes it the current one. */
struct drill_flow *drill_flow_use(struct drill_flows *f, uint16_t lport,
				  uint16_t rport);
struct drill_flow *drill_flow_find(const struct drill_flows *f, uint16_t lport,
				   uint16_t rport);

/* The flow of a packet; `inbound` tells whose ports come first. */
struct drill_flow *drill_flow_of(struct drill_flows *f,
				 const struct drill_settings *set,
				 const struct drill_packet *p, bool inbound);

/*
 * Makes *live what a scripted packet is on the wire.  Returns where in the
 * stream its text begins.
 */
uint32_t drill_flow_to_live(struct drill_flow *f,
			    const struct drill_settings *set,
			    const struct drill_packet *script,
			    struct drill_packet *live);

/*
 * Puts the numbers of what the stack has sent into those of the script, and
 * learns from it.  `script` is what was expected.  Stamps count from the first
 * of the connection; one that is off by less than the tolerance is taken for
 * the one expected.  Returns where in the stream its text begins.
 */
uint32_t drill_flow_from_live(struct drill_flow *f,
			      const struct drill_settings *set,
			      const struct drill_packet *script,
			      struct drill_packet *live);

#endif
