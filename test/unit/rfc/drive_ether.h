/* SPDX-License-Identifier: ISC */
/*
 * drive_ether.h - one stack on an Ethernet with two gateways
 *
 * Gateways answer ARP while they are alive.  Behind them is PEER_ADDR, which
 * answers nothing but the first SYN.  For tests of what TCP tells IP about the
 * way (RFC 9293 3.8.3 b, RFC 1122 3.3.1.4).
 */
#ifndef TERN_TEST_RFC_DRIVE_ETHER_H
#define TERN_TEST_RFC_DRIVE_ETHER_H

#include "unit/rfc/drive.h"
#include "wire/arp.h"
#include "wire/eth.h"

#define GATEWAY_ADDR(i) ip4_addr(192, 168, 0, (uint8_t)(254 - (i)))

struct ether {
	struct meter meter;
	struct tern *n;
	tern_time now;
	int ifindex, fd;
	uint16_t rport;
	struct {
		bool alive;
		int n_asked; /* by ARP, since ether_open() */
	} gateway[2];
	int n_segments;
	int last_hop; /* the gateway that got the last segment */
	uint32_t last_src;
	struct tcp_header last;
};

static const uint8_t ether_own_mac[6] = {2, 0, 0, 0, 0, 1};

static inline void ether_mac(int i, uint8_t mac[6])
{
	memcpy(mac, ether_own_mac, 6);
	mac[4] = 1;
	mac[5] = (uint8_t)i;
}

static inline struct ether *ether_new(void)
{
	struct ether *e = calloc(1, sizeof(*e));
	struct tern_if_config ic = {
		.name = "e0", .mtu = 1500, .flags = TERN_IF_ETHERNET};
	struct tern_route r = {0};
	struct tern_config c;
	int i;

	assert_non_null(e);
	tern_config_init(&c);
	c.alloc = meter_allocator(&e->meter);
	e->now = 1000 * TERN_S;
	e->rport = PEER_PORT;
	memcpy(ic.mac, ether_own_mac, 6);
	assert_int_equal(tern_create(&e->n, &c, e->now), 0);
	e->ifindex = tern_if_add(e->n, &ic);
	assert_true(e->ifindex > 0);
	assert_int_equal(tern_addr_add(e->n, e->ifindex, STACK_ADDR, 24), 0);
	for (i = 0; i < 2; i++) {
		e->gateway[i].alive = true;
		r.gateway = GATEWAY_ADDR(i);
		r.ifindex = e->ifindex;
		r.metric = (uint32_t)i;
		assert_int_equal(tern_route_add(e->n, &r), 0);
	}
	return e;
}

static inline void ether_free(struct ether *e)
{
	tern_destroy(e->n);
	assert_int_equal(e->meter.bytes_out, 0);
	free(e);
}

/* Sends len bytes behind an Ethernet header from gateway i. */
static inline void ether_inject(struct ether *e, int i, enum eth_type type,
				const uint8_t *p, uint32_t len)
{
	struct eth_header h = {.type = (uint16_t)type};
	struct tern_frame f;
	uint8_t out[1514];

	memcpy(h.dst, ether_own_mac, 6);
	ether_mac(i, h.src);
	eth_emit(out, &h);
	memcpy(out + ETH_HEADER_LEN, p, len);
	assert_int_equal(tern_frame_copy(&f, tern_blocks(e->n), out,
					 ETH_HEADER_LEN + len),
			 0);
	assert_int_equal(tern_input(e->n, e->ifindex, &f, 1, e->now), 0);
}

static inline void ether_arp(struct ether *e, const uint8_t *p, uint32_t len)
{
	struct arp_packet a, r = {.op = ARP_REPLY};
	uint8_t out[ARP_PACKET_LEN];
	int i;

	assert_int_equal(arp_parse(p, len, &a), 0);
	for (i = 0; i < 2; i++) {
		if (a.op != ARP_REQUEST || a.tpa != GATEWAY_ADDR(i))
			continue;
		e->gateway[i].n_asked++;
		if (!e->gateway[i].alive)
			return;
		ether_mac(i, r.sha);
		r.spa = a.tpa;
		memcpy(r.tha, a.sha, 6);
		r.tpa = a.spa;
		arp_emit(out, &r);
		ether_inject(e, i, ETH_TYPE_ARP, out, sizeof(out));
	}
}

/* The peer answers: seq and ack are absolute. */
static inline void ether_reply(struct ether *e, uint16_t flags, uint32_t seq,
			       uint32_t ack)
{
	uint8_t p[40];
	const struct ip4_header ip = {.src = PEER_ADDR,
				      .dst = STACK_ADDR,
				      .ttl = 64,
				      .proto = IP_PROTO_TCP,
				      .total_len = 40};
	const struct tcp_header h = {.sport = e->rport,
				     .dport = e->last.sport,
				     .seq = seq,
				     .ack = ack,
				     .flags = flags,
				     .wnd = 65535,
				     .header_len = 20};
	uint64_t acc = sum_pseudo4(ip.src, ip.dst, ip.proto, 20);

	ip4_emit(p, &ip);
	tcp_emit(p + 20, &h);
	store_be16(p + 20 + TCP_SUM_OFFSET,
		   checksum_finish(sum_bytes(acc, p + 20, 20)));
	ether_inject(e, 0, ETH_TYPE_IP4, p, sizeof(p));
}

static inline void ether_frame(struct ether *e, const uint8_t *p, uint32_t len)
{
	struct eth_header h;
	struct ip4_header ip;

	assert_int_equal(eth_parse(p, len, &h), 0);
	p += ETH_HEADER_LEN;
	len -= ETH_HEADER_LEN;
	if (h.type == ETH_TYPE_ARP) {
		ether_arp(e, p, len);
		return;
	}
	assert_int_equal(ip4_parse(p, len, len, &ip), 0);
	assert_int_equal(tcp_parse(p + 20, len - 20, len - 20, &e->last), 0);
	e->n_segments++;
	e->last_src = ip.src;
	e->last_hop = h.dst[5];
}

static inline void ether_pull(struct ether *e)
{
	static uint8_t p[2000];
	struct tern_frame f;
	uint32_t len;

	while (tern_output(e->n, e->ifindex, &f, 1, e->now) > 0) {
		len = tern_frame_read(&f, 0, p, sizeof(p));
		tern_frame_release(&f);
		ether_frame(e, p, len);
	}
	tern_selfcheck(e->n);
}

static inline void ether_connect(struct ether *e)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};

	sin.sin_port = htons(e->rport);
	sin.sin_addr.s_addr = htonl(PEER_ADDR);
	e->fd = tern_socket(e->n, AF_INET, SOCK_STREAM, 0);
	assert_true(e->fd >= 0);
	assert_int_equal(
		tern_connect(e->n, e->fd, (struct sockaddr *)&sin, sizeof(sin)),
		-EINPROGRESS);
	e->n_segments = 0;
	ether_pull(e);
}

/* ESTABLISHED, over the first gateway. */
static inline void ether_open(struct ether *e)
{
	ether_connect(e);
	assert_int_equal(e->n_segments, 1);
	assert_int_equal(e->last_hop, 0);
	ether_reply(e, SYN | ACK, PEER_ISN, e->last.seq + 1);
	ether_pull(e);
	assert_int_equal(e->n_segments, 2);
	e->gateway[0].n_asked = 0;
}

static inline void ether_send(struct ether *e, uint32_t len)
{
	static const uint8_t zeros[1460];

	assert_int_equal(tern_send(e->n, e->fd, zeros, len, 0), len);
	ether_pull(e);
}

/* Time passes until the next segment is sent. */
static inline void ether_until_segment(struct ether *e)
{
	const int n = e->n_segments;
	const tern_time began = e->now;

	while (e->n_segments == n) {
		tern_time next = tern_deadline(e->n);

		assert_true(next != TERN_NEVER);
		assert_true(e->now - began < 1000 * TERN_S);
		e->now = next > e->now ? next : e->now + 1;
		tern_advance(e->n, e->now);
		ether_pull(e);
	}
}

#endif
