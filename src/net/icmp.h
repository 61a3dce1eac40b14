/* SPDX-License-Identifier: ISC */
/*
 * icmp.h - ICMP messages in, RFC 792, RFC 1122 3.2.2
 */
#ifndef TERN_NET_ICMP_H
#define TERN_NET_ICMP_H

#include "net/net.h"

/* Handles a message; the frame remains the caller's. */
void icmp_input(struct net *net, const struct packet *p);

/* Answers an echo request whose 8 bytes of header are contiguous. */
void icmp_echo_input(struct net *net, const struct packet *p);

#endif
