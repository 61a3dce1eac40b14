/* SPDX-License-Identifier: ISC */
/*
 * net_test.c - the floor as a whole: made, asked for frames, torn down
 */
#include "net/net.h"

#include "fixture.h"

/* Whichever allocation fails, all that was taken is given back. */
static void init_survives_lack_of_memory(void **state)
{
	struct host *h = malloc(sizeof(*h));
	int err, n = 0;

	(void)state;
	assert_non_null(h);
	do {
		host_start(h);
		h->fail_after = n++;
		err = net_init(&h->net, &h->env);
		if (err)
			assert_int_equal(err, -ENOMEM);
		h->fail_after = -1;
		host_down(h);
	} while (err);
	assert_true(n > 3);
	free(h);
}

static void tunables_begin_as_documented(struct host *h)
{
	const struct net_tunables *t = &h->net.tun;

	assert_int_equal(t->ip_default_ttl, 64);
	assert_int_equal(t->icmp_msgs_per_sec, 1000);
	assert_int_equal(t->icmp_msgs_burst, 50);
	assert_int_equal(t->icmp_ratelimit_ms, 1000);
	assert_int_equal(t->mtu_expires_s, 600);
	assert_int_equal(t->min_pmtu, 552);
	assert_true(t->icmp_echo_ignore_broadcasts);
	assert_false(t->icmp_echo_ignore_all);
	assert_false(t->ip_no_pmtu_disc);
}

/* A transport that has one frame, for a neighbour nobody knows. */
static int send_to_stranger(void *ctx, struct netif *out,
			    struct tern_frame *frames, int max)
{
	struct host *h = ctx;
	struct ip_meta ip = {.dst = PEER_IP, .proto = IP_PROTO_TCP};
	struct net_path path;

	(void)max;
	list_del(list_first(&out->work));
	assert_int_equal(net_path(&h->net, ip.dst, &ip.src, &path), 0);
	tern_frame_init(&frames[0]);
	frames[0].head_len = path.headroom + 20;
	frames[0].len = frames[0].head_len;
	return net_finish(&h->net, &path, &ip, &frames[0]);
}

/* "0 if there are none for now": the ARP request that it causes is one. */
static void output_is_what_the_transport_caused_too(struct host *h)
{
	struct netif *eth = net_if(&h->net, h->eth);
	struct list node = {NULL, NULL};
	struct tern_frame f[2];

	h->net.tcp.output = send_to_stranger;
	list_add_tail(&eth->work, &node);
	assert_int_equal(net_output(&h->net, eth, f, 1), 1);
	assert_int_equal(f[0].len, 42);
	assert_false(net_has_output(eth));
}

/* Ready frames first, then the transport's, never more than asked for. */
static void output_is_ready_frames_then_the_transport(struct host *h)
{
	struct netif *eth = net_if(&h->net, h->eth);
	struct list node = {NULL, NULL};
	struct tern_frame f[8];

	assert_int_equal(net_output(&h->net, eth, f, 8), 0);
	for (int i = 0; i < 3; i++)
		inject_arp(h, ARP_REQUEST, PEER_IP, peer_mac, OUR_IP);
	h->n_owed = 7; /* but nobody is on the work list */
	assert_int_equal(net_output(&h->net, eth, f, 2), 2);
	assert_int_equal(net_output(&h->net, eth, f, 8), 1);
	assert_false(net_has_output(eth));
	list_add_tail(&eth->work, &node);
	assert_true(net_has_output(eth));
	inject_arp(h, ARP_REQUEST, PEER_IP, peer_mac, OUR_IP);
	assert_int_equal(net_output(&h->net, eth, f, 4), 4);
	assert_int_equal(f[0].len, 42);
	assert_int_equal(f[1].len, 1);
	assert_int_equal(net_output(&h->net, eth, f, 8), 4);
	assert_int_equal(eth->tx_frames, 3 + 8);
	assert_int_equal(eth->tx_bytes, 4 * 42 + 7);
	assert_int_equal(net_output(&h->net, eth, f, 0), 0);
	list_del(&node);
}

static void torn_down_with_everything_in_use(struct host *h)
{
	struct tern_route r = {.gateway = PEER_IP, .metric = 9};

	assert_int_equal(net_route_add(&h->net, &r), 0);
	assert_int_equal(net_neigh_add(&h->net, h->eth, PEER_IP, peer_mac), 0);
	assert_false(sends(h, FAR_IP));
	assert_false(sends(h, PEER_IP + 7));
	net_pmtu_lower(&h->net, FAR_IP, 1000);
	inject_ip(h, h->tun, IP(172, 16, 0, 2), IP(172, 16, 0, 1), 99);
	/* host_down() finds what is left. */
}

static void the_deadline_is_the_next_of_all(struct host *h)
{
	assert_int_equal(net_deadline(&h->net), TERN_NEVER);
	net_pmtu_lower(&h->net, FAR_IP, 1000);
	assert_int_equal(net_deadline(&h->net), 600 * TERN_S);
	assert_false(sends(h, PEER_IP));
	assert_in_range(net_deadline(&h->net), TERN_S, TERN_S + TERN_MS);
	pass_time(h, 1000 * TERN_S);
	assert_int_equal(net_deadline(&h->net), TERN_NEVER);
}

/* Same inputs, same outputs: two floors do the same thing, byte for byte. */
static void runs_repeat(struct host *h)
{
	struct host *other = malloc(sizeof(*other));
	struct host *both[2] = {h, other};
	uint8_t p[2][2048];
	uint32_t len[2];

	assert_non_null(other);
	host_up(other);
	for (int i = 0; i < 200; i++) {
		for (int k = 0; k < 2; k++) {
			struct host *x = both[k];

			inject_ip(x, x->tun, IP(172, 16, 0, 2),
				  IP(172, 16, 0, 1), 99);
			inject_arp(x, ARP_REQUEST, PEER_IP + (uint32_t)i,
				   peer_mac, OUR_IP);
			sends(x, PEER_IP + (uint32_t)i * 2);
			pass_time(x, 10 * TERN_MS);
		}
		for (int ifindex = 1; ifindex <= 3; ifindex++) {
			do {
				for (int k = 0; k < 2; k++)
					len[k] = take(both[k], ifindex, p[k],
						      sizeof(p[k]));
				assert_int_equal(len[0], len[1]);
				assert_memory_equal(p[0], p[1], len[0]);
			} while (len[0]);
		}
	}
	assert_memory_equal(h->env.drop, other->env.drop, sizeof(h->env.drop));
	host_down(other);
	free(other);
}

HOST_TEST(tunables_begin_as_documented)
HOST_TEST(output_is_ready_frames_then_the_transport)
HOST_TEST(output_is_what_the_transport_caused_too)
HOST_TEST(torn_down_with_everything_in_use)
HOST_TEST(the_deadline_is_the_next_of_all)
HOST_TEST(runs_repeat)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_survives_lack_of_memory),
		cmocka_unit_test(tunables_begin_as_documented_test),
		cmocka_unit_test(
			output_is_ready_frames_then_the_transport_test),
		cmocka_unit_test(output_is_what_the_transport_caused_too_test),
		cmocka_unit_test(torn_down_with_everything_in_use_test),
		cmocka_unit_test(the_deadline_is_the_next_of_all_test),
		cmocka_unit_test(runs_repeat_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
