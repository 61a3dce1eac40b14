/* SPDX-License-Identifier: ISC */
/*
 * relay.h - copies between a connection and two descriptors of the system
 */
#ifndef TERN_TOOL_RELAY_H
#define TERN_TOOL_RELAY_H

#include "loop.h"

struct relay_config {
	int in;		      /* read and sent; -1: nothing is sent */
	int out;	      /* what is received is written here */
	bool shutdown_at_eof; /* send FIN when `in` has ended */
	bool end_at_peer_eof; /* do not wait for the end of `in` then */
	tern_time quiet_ns;   /* end after so long without a byte; 0: never */
};

struct relay_result {
	uint64_t sent, received;
	tern_time took;
	bool in_ended; /* `in` is at its end: the next relay gets -1 */
};

/*
 * Copies until both directions have ended, or as `c` says.  Returns 0; -EINTR
 * or -ENODEV as loop_wait() does; or -1 after a message.
 */
int relay_run(struct loop *l, int fd, const struct relay_config *c,
	      struct relay_result *result);

#endif
