/* SPDX-License-Identifier: ISC */
/*
 * fixture.h - a network floor under a transport that only takes notes
 *
 * Every test begins with host_up() and ends with host_down(), which fails if
 * a byte is still charged or a block still held.
 */
#ifndef TERN_TEST_NET_FIXTURE_H
#define TERN_TEST_NET_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/block.h"
#include "net/config.h"
#include "net/frames.h"
#include "net/tables.h"
#include "wire/arp.h"
#include "wire/checksum.h"
#include "wire/icmp4.h"

#define IP(a, b, c, d) ip4_addr(a, b, c, d)

#define OUR_IP	  IP(10, 0, 0, 1)
#define PEER_IP	  IP(10, 0, 0, 2)
#define GATEWAY	  IP(10, 0, 0, 254)
#define FAR_IP	  IP(192, 0, 2, 7)
#define NOTES_MAX 128

static const uint8_t our_mac[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t peer_mac[6] = {2, 0, 0, 0, 0, 2};
static const uint8_t other_mac[6] = {2, 0, 0, 0, 0, 3};
static const uint8_t broadcast_mac[6] = {255, 255, 255, 255, 255, 255};

/* What the transport was given. */
struct note {
	struct packet packet; /* pointers in it are stale */
	uint8_t l4[64];	      /* the first bytes at packet.l4 */
	int batch;	      /* number of the call */
	int batch_len;
};

struct host {
	struct env env;
	struct net net;
	int fail_after; /* this many allocations succeed; -1: all */
	long n_allocs;	/* now held */

	struct note notes[NOTES_MAX];
	int n_notes, n_batches;
	struct icmp_error errors[NOTES_MAX];
	int n_errors;
	int n_rerouted;
	int n_owed; /* frames that the transport will make */
	int eth, tun;
};

static inline void *host_alloc(void *ctx, size_t size)
{
	struct host *h = ctx;

	if (h->fail_after == 0)
		return NULL;
	if (h->fail_after > 0)
		h->fail_after--;
	h->n_allocs++;
	return malloc(size);
}

static inline void host_free(void *ctx, void *p, size_t size)
{
	struct host *h = ctx;

	(void)size;
	h->n_allocs--;
	free(p);
}

static inline void note_input(void *ctx, struct packet *p, int n)
{
	struct host *h = ctx;

	assert_true(n >= 1 && n <= NET_BATCH);
	for (int i = 0; i < n; i++) {
		struct note *note = &h->notes[h->n_notes % NOTES_MAX];

		h->n_notes++;
		note->packet = p[i];
		note->batch = h->n_batches;
		note->batch_len = n;
		assert_true(p[i].l4_contig <= p[i].l4_len);
		assert_int_equal(p[i].l4_off + p[i].l4_len, p[i].frame->len);
		memcpy(note->l4, p[i].l4,
		       min_u32(p[i].l4_contig, sizeof(note->l4)));
	}
	h->n_batches++;
}

static inline void note_error(void *ctx, const struct icmp_error *e)
{
	struct host *h = ctx;

	h->errors[h->n_errors++ % NOTES_MAX] = *e;
}

static inline void note_rerouted(void *ctx)
{
	struct host *h = ctx;

	h->n_rerouted++;
}

static inline int make_output(void *ctx, struct netif *out,
			      struct tern_frame *frames, int max)
{
	struct host *h = ctx;
	int n = 0;

	(void)out;
	assert_true(max > 0);
	while (n < max && h->n_owed > 0) {
		tern_frame_init(&frames[n]);
		frames[n].head_len = 1;
		frames[n].len = 1;
		n++;
		h->n_owed--;
	}
	return n;
}

static inline void host_start(struct host *h)
{
	static const uint8_t seed[32] = {1, 2, 3};
	const struct tern_allocator alloc = {host_alloc, host_free, h};

	memset(h, 0, sizeof(*h));
	h->fail_after = -1;
	mem_init(&h->env.mem, &alloc, 64 << 20);
	rng_init(&h->env.rng, seed, 0);
	h->env.blocks = block_pool_create(&h->env.mem);
	assert_non_null(h->env.blocks);
}

static inline void host_set_proto(struct host *h)
{
	h->net.tcp.ctx = h;
	h->net.tcp.input = note_input;
	h->net.tcp.error = note_error;
	h->net.tcp.output = make_output;
	h->net.tcp.rerouted = note_rerouted;
}

static inline int add_if(struct host *h, const char *name, uint32_t flags)
{
	struct tern_if_config c = {.flags = flags, .mtu = 1500};

	memcpy(c.name, name, strlen(name) + 1);
	memcpy(c.mac, our_mac, sizeof(c.mac));
	return net_if_add(&h->net, &c);
}

/* Ethernet 10.0.0.1/24, a tunnel 172.16.0.1/24, default by 10.0.0.254. */
static inline void host_up(struct host *h)
{
	struct tern_route def = {.gateway = GATEWAY};

	host_start(h);
	assert_int_equal(net_init(&h->net, &h->env), 0);
	host_set_proto(h);
	h->eth = add_if(h, "eth0", TERN_IF_ETHERNET);
	h->tun = add_if(h, "tun0", 0);
	assert_int_equal(h->eth, 2);
	assert_int_equal(h->tun, 3);
	assert_int_equal(net_addr_add(&h->net, h->eth, OUR_IP, 24), 0);
	assert_int_equal(net_addr_add(&h->net, h->tun, IP(172, 16, 0, 1), 24),
			 0);
	assert_int_equal(net_route_add(&h->net, &def), 0);
}

static inline void host_down(struct host *h)
{
	net_fini(&h->net);
	assert_int_equal(mem_used_for(&h->env.mem, TERN_MEM_NET), 0);
	assert_int_equal(block_pool_count(h->env.blocks), 0);
	block_pool_destroy(h->env.blocks);
	assert_int_equal(mem_used(&h->env.mem), 0);
	assert_int_equal(h->n_allocs, 0);
}

/* A test function between host_up() and host_down(). */
#define HOST_TEST(fn)                                \
	static void fn##_test(void **state)          \
	{                                            \
		struct host *h = malloc(sizeof(*h)); \
                                                     \
		(void)state;                         \
		assert_non_null(h);                  \
		host_up(h);                          \
		fn(h);                               \
		host_down(h);                        \
		free(h);                             \
	}

static inline void pass_time(struct host *h, uint64_t ns)
{
	uint64_t end = h->env.now + ns;

	while (net_deadline(&h->net) <= end) {
		h->env.now = max_u64(h->env.now, net_deadline(&h->net));
		net_advance(&h->net);
	}
	h->env.now = end;
	net_advance(&h->net);
}

static inline uint64_t drops(const struct host *h, enum tern_drop d)
{
	return h->env.drop[d];
}

static inline uint64_t all_drops(const struct host *h)
{
	uint64_t n = 0;

	for (int i = 0; i < TERN_DROP_N; i++)
		n += h->env.drop[i];
	return n;
}

static inline uint64_t counter(const struct host *h, enum tern_counter c)
{
	return h->env.counter[c];
}

static inline const struct note *last_note(const struct host *h)
{
	assert_true(h->n_notes > 0);
	return &h->notes[(h->n_notes - 1) % NOTES_MAX];
}

/* Bytes that arrive, as a driver hands them in: all in one part. */
static inline void inject(struct host *h, int ifindex, const void *bytes,
			  uint32_t len)
{
	struct tern_frame f;

	assert_int_equal(tern_frame_copy(&f, h->env.blocks, bytes, len), 0);
	net_input(&h->net, net_if(&h->net, ifindex), &f, 1);
}

/* An IPv4 datagram in `p`: h->total_len is set.  Returns its length. */
static inline uint32_t put_ip(uint8_t *p, struct ip4_header *ip,
			      const void *data, uint32_t len)
{
	uint32_t header_len = IP4_HEADER_LEN + ((ip->options_len + 3U) & ~3U);

	ip->total_len = (uint16_t)(header_len + len);
	ip4_emit(p, ip);
	if (len > 0)
		memcpy(p + header_len, data, len);
	return header_len + len;
}

static inline struct ip4_header ip_header(uint32_t src, uint32_t dst,
					  uint8_t proto)
{
	struct ip4_header ip = {
		.ttl = 64, .proto = proto, .src = src, .dst = dst};

	return ip;
}

static inline uint32_t put_eth(uint8_t *p, const uint8_t *dst,
			       const uint8_t *src, uint16_t type)
{
	struct eth_header eth = {.type = type};

	memcpy(eth.dst, dst, 6);
	memcpy(eth.src, src, 6);
	eth_emit(p, &eth);
	return ETH_HEADER_LEN;
}

/* A datagram with 20 bytes of "TCP" from src to dst on an interface. */
static inline void inject_ip(struct host *h, int ifindex, uint32_t src,
			     uint32_t dst, uint8_t proto)
{
	struct ip4_header ip = ip_header(src, dst, proto);
	uint8_t p[128], l4[20] = {0x12, 0x34, 0x00, 0x50};
	uint32_t len = 0;

	if (ifindex == h->eth)
		len = put_eth(p, our_mac, peer_mac, ETH_TYPE_IP4);
	len += put_ip(p + len, &ip, l4, sizeof(l4));
	inject(h, ifindex, p, len);
}

static inline void inject_arp(struct host *h, uint16_t op, uint32_t spa,
			      const uint8_t *sha, uint32_t tpa)
{
	struct arp_packet a = {.op = op, .spa = spa, .tpa = tpa};
	uint8_t p[ETH_HEADER_LEN + ARP_PACKET_LEN];

	memcpy(a.sha, sha, 6);
	if (op == ARP_REPLY)
		memcpy(a.tha, our_mac, 6);
	put_eth(p, op == ARP_REPLY ? our_mac : broadcast_mac, sha,
		ETH_TYPE_ARP);
	arp_emit(p + ETH_HEADER_LEN, &a);
	inject(h, h->eth, p, sizeof(p));
}

/* Takes one frame that the interface sends, as bytes; returns its length. */
static inline uint32_t take(struct host *h, int ifindex, uint8_t *p,
			    uint32_t max)
{
	struct netif *nif = net_if(&h->net, ifindex);
	struct tern_frame f;
	uint32_t len;

	if (net_output(&h->net, nif, &f, 1) == 0)
		return 0;
	len = f.len;
	assert_true(len <= max);
	assert_int_equal(tern_frame_read(&f, 0, p, max), len);
	tern_frame_release(&f);
	return len;
}

/* Takes an ARP packet; returns false if there is nothing to take. */
static inline bool take_arp(struct host *h, struct eth_header *eth,
			    struct arp_packet *a)
{
	uint8_t p[2048];
	uint32_t len = take(h, h->eth, p, sizeof(p));

	if (len == 0)
		return false;
	assert_int_equal(len, ETH_HEADER_LEN + ARP_PACKET_LEN);
	assert_int_equal(eth_parse(p, len, eth), 0);
	assert_int_equal(eth->type, ETH_TYPE_ARP);
	assert_int_equal(arp_parse(p + ETH_HEADER_LEN, ARP_PACKET_LEN, a), 0);
	assert_memory_equal(a->sha, our_mac, 6);
	assert_memory_equal(eth->src, our_mac, 6);
	return true;
}

/* Throws away what the interface has to send; returns how much that was. */
static inline int take_all(struct host *h, int ifindex)
{
	uint8_t p[2048];
	int n = 0;

	while (take(h, ifindex, p, sizeof(p)) > 0)
		n++;
	return n;
}

/* Sends a datagram with `len` bytes of transport; true if it is ready. */
static inline bool send_to(struct host *h, uint32_t dst, uint32_t len,
			   struct tern_frame *f)
{
	struct ip_meta ip = {
		.dst = dst, .proto = IP_PROTO_TCP, .ttl = 64, .df = true};
	struct net_path path;

	assert_int_equal(net_path(&h->net, dst, &ip.src, &path), 0);
	tern_frame_init(f);
	f->head_len = (uint16_t)(path.headroom + len);
	f->len = f->head_len;
	for (uint32_t i = 0; i < len; i++)
		f->head[path.headroom + i] = (uint8_t)i;
	return net_finish(&h->net, &path, &ip, f);
}

/* The same over Ethernet, where the frame may wait or be dropped. */
static inline bool sends(struct host *h, uint32_t dst)
{
	struct tern_frame f;
	bool ready = send_to(h, dst, 20, &f);

	if (ready)
		tern_frame_release(&f);
	return ready;
}

#endif
