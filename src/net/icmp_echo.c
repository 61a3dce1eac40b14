/* SPDX-License-Identifier: ISC */
/*
 * icmp_echo.c - answering echo requests, RFC 1122 3.2.2.6
 *
 * The reply carries the request's data by reference, however much it is, and
 * its checksum is the request's, with the type changed (RFC 1624).  It goes
 * from the address that was asked; if that is a broadcast address, which is
 * ignored unless configured otherwise, from the interface's own.
 */
#include "net/icmp.h"

#include "net/frames.h"
#include "net/tables.h"
#include "wire/checksum.h"
#include "wire/icmp4.h"

#define DSCP 0xfc /* of the TOS byte; the ECN bits are not echoed */

static void drop(struct net *net, const struct packet *p, enum tern_drop reason)
{
	struct tern_tuple tuple = {.laddr = p->dst, .raddr = p->src};

	env_drop(net->env, reason, &tuple);
}

/* The same message with another type. */
static void put_header(uint8_t *to, const uint8_t *request)
{
	uint16_t sum = load_be16(request + 2);
	uint16_t old = load_be16(request);
	uint16_t new = (uint16_t)(ICMP4_ECHO_REPLY << 8 | request[1]);

	memcpy(to, request, ICMP4_HEADER_LEN);
	to[0] = ICMP4_ECHO_REPLY;
	store_be16(to + 2, checksum_update16(sum, old, new));
}

static void reply(struct net *net, const struct packet *p)
{
	struct ip_meta ip = {
		.src = p->group ? 0 : p->dst,
		.dst = p->src,
		.proto = IP_PROTO_ICMP,
		.tos = p->tos & DSCP,
		.ttl = (uint8_t)net->tun.ip_default_ttl,
		.df = p->l4_len + IP4_HEADER_LEN <= net->tun.min_pmtu,
	};
	struct net_path path;
	struct tern_frame *f;

	if (net_path(net, ip.dst, &ip.src, &path)) {
		drop(net, p, TERN_DROP_IP_NO_ROUTE);
		return;
	}
	if (path.ifindex != TERN_IF_LOOPBACK && !limit_allows_echo(net)) {
		drop(net, p, TERN_DROP_ICMP_RATE);
		return;
	}
	f = net_reply(net, &path);
	if (!f)
		return;
	put_header(f->head + path.headroom, p->l4);
	f->head_len = (uint16_t)(path.headroom + ICMP4_HEADER_LEN);
	f->len = f->head_len;
	if (!frame_append(f, p->frame, p->l4_off + ICMP4_HEADER_LEN)) {
		drop(net, p, TERN_DROP_FRAME_SCATTERED);
		ready_cancel(&net->ifs[path.ifindex]->ready, f);
		return;
	}
	env_count(net->env, TERN_IcmpOutMsgs);
	env_count(net->env, TERN_IcmpOutEchoReps);
	net_reply_send(net, &path, &ip, f);
}

void icmp_echo_input(struct net *net, const struct packet *p)
{
	const struct net_tunables *tun = &net->tun;

	if (!checksum_ok(frame_sum(0, p->frame, p->l4_off, p->l4_len))) {
		drop(net, p, TERN_DROP_ICMP_CHECKSUM);
		return;
	}
	env_count(net->env, TERN_IcmpInEchos);
	if (tun->icmp_echo_ignore_all)
		drop(net, p, TERN_DROP_ICMP_TYPE);
	else if (p->group && tun->icmp_echo_ignore_broadcasts)
		drop(net, p, TERN_DROP_ICMP_GROUP);
	else
		reply(net, p);
}
