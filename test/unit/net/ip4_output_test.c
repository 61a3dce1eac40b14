/* SPDX-License-Identifier: ISC */
/*
 * ip4_output_test.c - headers in front of frames, MTUs, replies
 */
#include "fixture.h"

#define TUN_PEER IP(172, 16, 0, 2)

/* The path and the fields for a datagram to the tunnel's peer. */
static void prepare(struct host *h, struct net_path *path, struct ip_meta *ip,
		    struct tern_frame *f)
{
	memset(ip, 0, sizeof(*ip));
	ip->dst = TUN_PEER;
	ip->proto = IP_PROTO_TCP;
	ip->tos = 0xb9;
	ip->ttl = 77;
	ip->df = true;
	assert_int_equal(net_path(&h->net, ip->dst, &ip->src, path), 0);
	tern_frame_init(f);
	memset(f->head, 0xaa, sizeof(f->head));
	f->head_len = path->headroom + 20;
	f->len = f->head_len;
}

static void set_len(struct tern_frame *f, uint32_t len)
{
	f->len = len; /* the parts are not looked at */
}

static void the_header_says_what_was_asked(struct host *h)
{
	struct ip4_header got;
	struct net_path path;
	struct tern_frame f;
	struct ip_meta ip;

	prepare(h, &path, &ip, &f);
	assert_true(net_finish(&h->net, &path, &ip, &f));
	assert_int_equal(ip4_parse(f.head, 40, 40, &got), 0);
	assert_int_equal(got.header_len, 20);
	assert_int_equal(got.total_len, 40);
	assert_int_equal(got.tos, 0xb9);
	assert_int_equal(got.ttl, 77);
	assert_int_equal(got.proto, IP_PROTO_TCP);
	assert_int_equal(got.src, IP(172, 16, 0, 1));
	assert_int_equal(got.dst, TUN_PEER);
	assert_true(got.df);
	assert_false(got.mf);
	assert_int_equal(got.frag_off, 0);
	assert_int_equal(got.id, 0); /* RFC 6864 4.1 */
	assert_int_equal(f.head[20], 0xaa);
	assert_int_equal(counter(h, TERN_IpOutRequests), 1);
	assert_int_equal(counter(h, TERN_IpOutTransmits), 1);
}

/* MUST-49: who asks for none gets the stack's. */
static void a_ttl_of_0_is_the_stacks(struct host *h)
{
	struct ip4_header got;
	struct net_path path;
	struct tern_frame f;
	struct ip_meta ip;

	prepare(h, &path, &ip, &f);
	ip.ttl = 0;
	h->net.tun.ip_default_ttl = 255;
	assert_true(net_finish(&h->net, &path, &ip, &f));
	assert_int_equal(ip4_parse(f.head, 40, 40, &got), 0);
	assert_int_equal(got.ttl, 255);
}

static void ethernet_gets_its_header_too(struct host *h)
{
	struct eth_header eth;
	struct tern_frame f;

	assert_int_equal(net_neigh_add(&h->net, h->eth, PEER_IP, peer_mac), 0);
	assert_true(send_to(h, PEER_IP, 20, &f));
	assert_int_equal(eth_parse(f.head, f.head_len, &eth), 0);
	assert_memory_equal(eth.dst, peer_mac, 6);
	assert_memory_equal(eth.src, our_mac, 6);
	assert_int_equal(eth.type, ETH_TYPE_IP4);
	assert_int_equal(f.len, 54);
	assert_int_equal(f.head[34], 0);
	assert_int_equal(f.head[53], 19);
}

/* Whoever may be cut has an ID of its own. */
static void without_df_ids_differ(struct host *h)
{
	struct ip4_header got;
	uint16_t ids[100];

	for (int i = 0; i < 100; i++) {
		struct net_path path;
		struct tern_frame f;
		struct ip_meta ip;

		prepare(h, &path, &ip, &f);
		ip.df = false;
		assert_true(net_finish(&h->net, &path, &ip, &f));
		assert_int_equal(ip4_parse(f.head, 40, 40, &got), 0);
		assert_false(got.df);
		ids[i] = got.id;
		for (int k = 0; k < i; k++)
			assert_int_not_equal(ids[k], ids[i]);
	}
}

/* DF goes if it is configured away, or the path is too narrow for it. */
static void df_may_be_forbidden(struct host *h)
{
	struct ip4_header got;
	struct net_path path;
	struct tern_frame f;
	struct ip_meta ip;

	prepare(h, &path, &ip, &f);
	h->net.tun.ip_no_pmtu_disc = true;
	assert_true(net_finish(&h->net, &path, &ip, &f));
	assert_int_equal(ip4_parse(f.head, 40, 40, &got), 0);
	assert_false(got.df);
	h->net.tun.ip_no_pmtu_disc = false;

	net_pmtu_lower(&h->net, TUN_PEER, 400);
	assert_true(net_finish(&h->net, &path, &ip, &f));
	assert_int_equal(ip4_parse(f.head, 40, 40, &got), 0);
	assert_false(got.df);
	ip.dst++;
	assert_true(net_finish(&h->net, &path, &ip, &f));
	assert_int_equal(ip4_parse(f.head, 40, 40, &got), 0);
	assert_true(got.df);
}

static void the_mtu_holds(struct host *h)
{
	struct net_path path;
	struct tern_frame f;
	struct ip_meta ip;

	prepare(h, &path, &ip, &f);
	set_len(&f, 1500);
	assert_true(net_finish(&h->net, &path, &ip, &f));
	set_len(&f, 1501);
	assert_false(net_finish(&h->net, &path, &ip, &f));
	assert_int_equal(drops(h, TERN_DROP_IP_TOO_BIG), 1);
	assert_int_equal(counter(h, TERN_IpOutDiscards), 1);
	assert_int_equal(f.len, 0); /* it was released */
}

static void the_mtu_is_without_the_link_header(struct host *h)
{
	struct net_path path;
	struct tern_frame f;
	struct ip_meta ip;

	assert_int_equal(net_neigh_add(&h->net, h->eth, PEER_IP, peer_mac), 0);
	prepare(h, &path, &ip, &f);
	ip.dst = PEER_IP;
	ip.src = 0;
	assert_int_equal(net_path(&h->net, ip.dst, &ip.src, &path), 0);
	f.head_len = 54;
	set_len(&f, 1514);
	assert_true(net_finish(&h->net, &path, &ip, &f));
	set_len(&f, 1515);
	assert_false(net_finish(&h->net, &path, &ip, &f));
}

/* A super-segment is as long as it likes; what it is cut into is not. */
static void segments_of_super_segments_fit(struct host *h)
{
	struct net_path path;
	struct tern_frame f;
	struct ip_meta ip;
	struct netif *nif = net_if(&h->net, h->tun);

	prepare(h, &path, &ip, &f);
	f.gso_size = 1460;
	f.hdr_len = 40;
	set_len(&f, 60000);
	assert_false(net_finish(&h->net, &path, &ip, &f)); /* not a GSO link */
	nif->config.flags |= TERN_IF_GSO | TERN_IF_CSUM;
	prepare(h, &path, &ip, &f);
	f.gso_size = 1460;
	f.hdr_len = 40;
	set_len(&f, 65535);
	assert_true(net_finish(&h->net, &path, &ip, &f));
	set_len(&f, 65536);
	assert_false(net_finish(&h->net, &path, &ip, &f));
	prepare(h, &path, &ip, &f);
	f.gso_size = 1461;
	f.hdr_len = 40;
	set_len(&f, 60000);
	assert_false(net_finish(&h->net, &path, &ip, &f));
	assert_int_equal(drops(h, TERN_DROP_IP_TOO_BIG), 3);
}

static void segments_fit_behind_a_link_header_too(struct host *h)
{
	struct ip_meta ip = {.dst = PEER_IP, .ttl = 64, .df = true};
	struct net_path path;
	struct tern_frame f;

	assert_int_equal(net_neigh_add(&h->net, h->eth, PEER_IP, peer_mac), 0);
	net_if(&h->net, h->eth)->config.flags |= TERN_IF_GSO | TERN_IF_CSUM;
	assert_int_equal(net_path(&h->net, ip.dst, &ip.src, &path), 0);
	tern_frame_init(&f);
	f.head_len = f.hdr_len = 54;
	f.gso_size = 1460;
	set_len(&f, 14 + 65535);
	assert_true(net_finish(&h->net, &path, &ip, &f));
	f.gso_size = 1461;
	assert_false(net_finish(&h->net, &path, &ip, &f));
}

/* Index 3 is now another interface, with another headroom. */
static void a_path_to_what_is_gone(struct host *h)
{
	struct net_path path;
	struct tern_frame f;
	struct ip_meta ip;

	prepare(h, &path, &ip, &f);
	assert_int_equal(net_if_remove(&h->net, h->tun), 0);
	assert_false(net_finish(&h->net, &path, &ip, &f));
	assert_int_equal(add_if(h, "eth1", TERN_IF_ETHERNET), h->tun);
	f.head_len = 40;
	set_len(&f, 40);
	assert_false(net_finish(&h->net, &path, &ip, &f));
	assert_int_equal(drops(h, TERN_DROP_LINK_DOWN), 2);
}

static void replies_wait_in_the_ring(struct host *h)
{
	struct net_path path;
	struct tern_frame f, *r;
	struct ip_meta ip;
	uint8_t p[64];

	prepare(h, &path, &ip, &f);
	r = net_reply(&h->net, &path);
	assert_non_null(r);
	assert_int_equal(r->len, 0);
	r->head_len = 40;
	r->len = 40;
	net_reply_send(&h->net, &path, &ip, r);
	assert_true(net_has_output(net_if(&h->net, h->tun)));
	assert_int_equal(take(h, h->tun, p, sizeof(p)), 40);
	assert_int_equal(load_be32(p + 16), TUN_PEER);
	assert_false(net_has_output(net_if(&h->net, h->tun)));
}

/* The ARP request is made while the reply's frame is still in the ring. */
static void a_reply_to_a_stranger_waits_for_arp(struct host *h)
{
	struct ip_meta ip = {.dst = PEER_IP, .ttl = 64, .proto = 6};
	struct eth_header eth;
	struct arp_packet a;
	struct net_path path;
	struct tern_frame *r;
	uint8_t p[64];

	assert_int_equal(net_path(&h->net, ip.dst, &ip.src, &path), 0);
	r = net_reply(&h->net, &path);
	r->head_len = 54;
	r->len = 54;
	net_reply_send(&h->net, &path, &ip, r);
	assert_true(take_arp(h, &eth, &a));
	assert_int_equal(a.tpa, PEER_IP);
	assert_int_equal(take(h, h->eth, p, sizeof(p)), 0);
	inject_arp(h, ARP_REPLY, PEER_IP, peer_mac, OUR_IP);
	assert_int_equal(take(h, h->eth, p, sizeof(p)), 54);
	assert_memory_equal(p, peer_mac, 6);
}

static void replies_are_bounded(struct host *h)
{
	struct net_path path;
	struct tern_frame f;
	struct ip_meta ip;
	int n = 0;

	prepare(h, &path, &ip, &f);
	for (int i = 0; i < NETIF_READY_MAX + 5; i++) {
		struct tern_frame *r = net_reply(&h->net, &path);

		if (!r)
			continue;
		n++;
		r->head_len = 40;
		r->len = 40;
		net_reply_send(&h->net, &path, &ip, r);
	}
	assert_int_equal(n, NETIF_READY_MAX);
	assert_int_equal(drops(h, TERN_DROP_REPLY_QUEUE_FULL), 5);
	assert_int_equal(take_all(h, h->tun), NETIF_READY_MAX);
}

/* A reply too big for its link leaves no hole in the ring. */
static void a_reply_that_cannot_go(struct host *h)
{
	struct net_path path;
	struct tern_frame f, *r;
	struct ip_meta ip;

	prepare(h, &path, &ip, &f);
	r = net_reply(&h->net, &path);
	r->head_len = 40;
	r->len = 1501;
	net_reply_send(&h->net, &path, &ip, r);
	assert_int_equal(drops(h, TERN_DROP_IP_TOO_BIG), 1);
	assert_false(net_has_output(net_if(&h->net, h->tun)));
}

HOST_TEST(the_header_says_what_was_asked)
HOST_TEST(a_ttl_of_0_is_the_stacks)
HOST_TEST(ethernet_gets_its_header_too)
HOST_TEST(without_df_ids_differ)
HOST_TEST(df_may_be_forbidden)
HOST_TEST(the_mtu_holds)
HOST_TEST(the_mtu_is_without_the_link_header)
HOST_TEST(segments_of_super_segments_fit)
HOST_TEST(segments_fit_behind_a_link_header_too)
HOST_TEST(a_path_to_what_is_gone)
HOST_TEST(replies_wait_in_the_ring)
HOST_TEST(a_reply_to_a_stranger_waits_for_arp)
HOST_TEST(replies_are_bounded)
HOST_TEST(a_reply_that_cannot_go)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_says_what_was_asked_test),
		cmocka_unit_test(a_ttl_of_0_is_the_stacks_test),
		cmocka_unit_test(ethernet_gets_its_header_too_test),
		cmocka_unit_test(without_df_ids_differ_test),
		cmocka_unit_test(df_may_be_forbidden_test),
		cmocka_unit_test(the_mtu_holds_test),
		cmocka_unit_test(the_mtu_is_without_the_link_header_test),
		cmocka_unit_test(segments_of_super_segments_fit_test),
		cmocka_unit_test(segments_fit_behind_a_link_header_too_test),
		cmocka_unit_test(a_path_to_what_is_gone_test),
		cmocka_unit_test(replies_wait_in_the_ring_test),
		cmocka_unit_test(a_reply_to_a_stranger_waits_for_arp_test),
		cmocka_unit_test(replies_are_bounded_test),
		cmocka_unit_test(a_reply_that_cannot_go_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
