/* SPDX-License-Identifier: ISC */
/*
 * packet_plain.h - a link over a packet socket without rings
 */
#ifndef TERN_LINKS_PACKET_PLAIN_H
#define TERN_LINKS_PACKET_PLAIN_H

#include "tun.h"

struct packet_plain {
	struct tun tun;	    /* must be first */
	tern_time check_at; /* whether the interface is still there */
};

extern const struct tern_link_ops packet_plain_ops;

#endif
