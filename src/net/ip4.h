/* SPDX-License-Identifier: ISC */
/*
 * ip4.h - IPv4 datagrams in, RFC 791, RFC 1122 3.2.1
 */
#ifndef TERN_NET_IP4_H
#define TERN_NET_IP4_H

#include "net/net.h"

enum ip4_verdict {
	IP4_DROPPED, /* counted; the frame is still the caller's */
	IP4_TCP,
	IP4_ICMP,
};

/*
 * Checks the datagram that begins `off` bytes into p->frame and fills in the
 * rest of *p, of which frame, in and group must be set.  Cuts link padding off
 * the frame.  On a verdict other than IP4_DROPPED it is for this host.
 *
 * `before` was accepted in front of it, or is NULL: if it has the same
 * addresses, these are not looked up again.
 */
enum ip4_verdict ip4_input(struct net *net, struct packet *p, uint32_t off,
			   const struct packet *before);

#endif
