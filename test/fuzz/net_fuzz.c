/* SPDX-License-Identifier: ISC */
/*
 * net_fuzz.c - the network floor under whatever comes in
 *
 * The input is a list of commands to a host with an Ethernet interface and a
 * tunnel, two letters (command, argument) each, and for frames a length and
 * the bytes.  Frames may have their checksums put right, so that the search
 * gets past them, and may come in pieces.  The transport above reads every
 * byte that it is given.  In the end nothing may be left.
 */
#include <stdlib.h>
#include <string.h>

#include "base/block.h"
#include "net/check.h"
#include "net/config.h"
#include "net/frames.h"
#include "net/tables.h"
#include "wire/checksum.h"
#include "wire/icmp4.h"

#define FRAME_MAX 2048
#define CHECK(cond)                       \
	do {                              \
		if (!(cond))              \
			__builtin_trap(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct host {
	struct env env;
	struct net net;
	int eth, tun;
	uint64_t seen; /* keeps the compiler from leaving reads out */
};

struct input {
	const uint8_t *p;
	size_t left;
};

static uint8_t byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->p++;
}

static void *allocate(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static void release(void *ctx, void *p, size_t size)
{
	(void)ctx;
	(void)size;
	free(p);
}

static void tcp_input(void *ctx, struct packet *p, int n)
{
	struct host *h = ctx;

	CHECK(n > 0 && n <= NET_BATCH);
	for (int i = 0; i < n; i++) {
		uint32_t len = p[i].frame->len;

		CHECK(p[i].l4_off + p[i].l4_len == len);
		CHECK(p[i].l4_contig <= p[i].l4_len);
		for (uint32_t k = 0; k < p[i].l4_contig; k++)
			h->seen += p[i].l4[k];
		h->seen += frame_sum(0, p[i].frame, 0, len);
		if (p[i].ttl & 1)
			icmp_send_error(&h->net, &p[i], ICMP4_UNREACHABLE,
					ICMP4_PORT_UNREACHABLE, 0);
	}
}

static void tcp_error(void *ctx, const struct icmp_error *e)
{
	struct host *h = ctx;

	/* What this host says itself may be about an address that is gone. */
	CHECK(e->from == 0 || net_addr_kind(&h->net, e->src) == ADDR_LOCAL);
	if (e->type == ICMP4_UNREACHABLE && e->code == ICMP4_FRAG_NEEDED) {
		CHECK(e->mtu >= 68);
		net_pmtu_lower(&h->net, e->dst, e->mtu);
	}
	h->seen += e->l4[7];
}

static int tcp_output(void *ctx, struct netif *out, struct tern_frame *frames,
		      int max)
{
	(void)ctx;
	(void)out;
	(void)frames;
	(void)max;
	return 0;
}

static int add_if(struct host *h, const char *name, uint32_t flags)
{
	struct tern_if_config c = {
		.flags = flags, .mtu = 1500, .mac = {2, 0, 0, 0, 0, 1}};

	memcpy(c.name, name, strlen(name) + 1);
	return net_if_add(&h->net, &c);
}

static void start(struct host *h)
{
	const struct tern_allocator alloc = {allocate, release, NULL};
	struct tern_route def = {.gateway = ip4_addr(10, 0, 0, 254)};
	static const uint8_t seed[32];

	memset(h, 0, sizeof(*h));
	mem_init(&h->env.mem, &alloc, 1 << 20);
	rng_init(&h->env.rng, seed, 0);
	h->env.blocks = block_pool_create(&h->env.mem);
	CHECK(h->env.blocks && net_init(&h->net, &h->env) == 0);
	h->net.tcp = (struct net_proto){.ctx = h,
					.input = tcp_input,
					.error = tcp_error,
					.output = tcp_output};
	h->eth = add_if(h, "eth0", TERN_IF_ETHERNET);
	h->tun = add_if(h, "tun0", 0);
	CHECK(!net_addr_add(&h->net, h->eth, ip4_addr(10, 0, 0, 1), 24));
	CHECK(!net_addr_add(&h->net, h->tun, ip4_addr(172, 16, 0, 1), 24));
	CHECK(!net_route_add(&h->net, &def));
	h->net.tun.neigh_max = 16;
}

static void finish(struct host *h)
{
	net_fini(&h->net);
	CHECK(block_pool_count(h->env.blocks) == 0);
	block_pool_destroy(h->env.blocks);
	CHECK(mem_used(&h->env.mem) == 0);
}

/* Puts right what stands at the place of an IPv4 header, and of ICMP's. */
static void fix_checksums(uint8_t *p, uint32_t len, uint32_t off)
{
	uint32_t header_len;

	if (len < off + 20)
		return;
	p += off;
	len -= off;
	header_len = (p[0] & 15U) * 4;
	if (header_len < 20 || header_len > len)
		return;
	store_be16(p + 2, (uint16_t)len);
	if (p[9] == IP_PROTO_ICMP && len >= header_len + 8) {
		uint8_t *icmp = p + header_len;

		store_be16(icmp + 2, 0);
		store_be16(icmp + 2, checksum_finish(sum_bytes(
					     0, icmp, len - header_len)));
	}
	store_be16(p + 10, 0);
	store_be16(p + 10, checksum_finish(sum_bytes(0, p, header_len)));
}

/* How: bits 0-1 the interface, 2 checksums, 3 addressed to us, 4-7 pieces. */
static void frame_in(struct host *h, struct input *in, uint8_t how)
{
	static const uint8_t our_mac[6] = {2, 0, 0, 0, 0, 1};
	uint32_t len = (uint32_t)byte(in) << 3 | (how >> 5), cut = 0;
	int ifindex = 1 + (how & 3) % 3;
	uint8_t p[FRAME_MAX];
	struct tern_frame f;

	len = len < in->left ? len : (uint32_t)in->left;
	memcpy(p, in->p, len);
	in->p += len;
	in->left -= len;
	if ((how & 8) && ifindex == h->eth && len >= 6)
		memcpy(p, our_mac, 6);
	if (how & 4)
		fix_checksums(p, len, ifindex == h->eth ? 14 : 0);
	if (how & 16)
		cut = (uint32_t)byte(in) % (TERN_FRAME_HEAD + 1);
	cut = cut < len ? cut : len;
	if (tern_frame_copy(&f, h->env.blocks, p + cut, len - cut))
		return;
	memcpy(f.head, p, cut);
	f.head_len = (uint16_t)cut;
	f.len = len;
	net_input(&h->net, net_if(&h->net, ifindex), &f, 1);
}

static void frame_out(struct host *h, uint8_t to)
{
	static const uint32_t dst[] = {
		0x0a000002, 0x0a000003, 0xc0000207, 0xac100002,
		0x7f000001, 0x0a000001, 0x0a0000ff, 0xe0000001,
	};
	struct ip_meta ip = {
		.dst = dst[to % 8] + (to & 0x80 ? to >> 3 & 15U : 0),
		.proto = IP_PROTO_TCP,
		.ttl = 64,
		.df = to & 8,
	};
	struct net_path path;
	struct tern_frame *f;

	if (net_path(&h->net, ip.dst, &ip.src, &path))
		return;
	if (to & 16)
		net_suspect(&h->net, &path);
	if (to & 32)
		net_confirm(&h->net, &path);
	CHECK(net_pmtu(&h->net, ip.dst, &path) >= 68);
	f = net_reply(&h->net, &path);
	if (!f)
		return;
	memset(f->head + path.headroom, 0, 20);
	f->len = f->head_len = (uint16_t)(path.headroom + 20);
	net_reply_send(&h->net, &path, &ip, f);
}

/* Takes frames, and lets the peer echo them if asked to. */
static void take(struct host *h, uint8_t how)
{
	struct netif *nif = net_if(&h->net, 1 + (how & 3) % 3);
	struct tern_frame f[4];
	int n = net_output(&h->net, nif, f, 4);

	for (int i = 0; i < n; i++)
		CHECK(f[i].len > 0 && f[i].len <= FRAME_MAX + 42);
	if (how & 4) {
		net_input(&h->net, nif, f, n);
		return;
	}
	for (int i = 0; i < n; i++)
		tern_frame_release(&f[i]);
}

static void configure(struct host *h, uint8_t what)
{
	int ifindex = what & 1 ? h->eth : h->tun;
	uint32_t addr = ip4_addr(10, 0, 0, what >> 4);
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};

	switch (what >> 1 & 7) {
	case 0:
	case 1:
		net_if_set_up(&h->net, ifindex, what & 2);
		break;
	case 2:
		if (net_addr_add(&h->net, ifindex, addr, 24))
			break;
		break;
	case 3:
		net_addr_remove(&h->net, ifindex, addr);
		break;
	case 4:
		if (net_neigh_add(&h->net, ifindex, addr, mac))
			break;
		break;
	case 5:
		net_if_set_mtu(&h->net, ifindex, 68 + what * 10U);
		break;
	default:
		h->net.tun.icmp_echo_ignore_broadcasts = what & 16;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct host *h = malloc(sizeof(*h));

	CHECK(h);
	start(h);
	while (in.left > 0) {
		uint8_t command = byte(&in), argument = byte(&in);

		switch (command % 8) {
		case 0:
		case 1:
		case 2:
			frame_in(h, &in, argument);
			break;
		case 3:
			frame_out(h, argument);
			break;
		case 4:
		case 5:
			take(h, argument);
			break;
		case 6:
			h->env.now += argument * 300 * TERN_MS;
			net_advance(&h->net);
			CHECK(net_deadline(&h->net) > h->env.now);
			break;
		case 7:
			configure(h, argument);
			break;
		}
		net_check(&h->net);
	}
	finish(h);
	free(h);
	return 0;
}
