/* SPDX-License-Identifier: ISC */
/*
 * neigh_phase_test.c - what becomes of a neighbour, over time
 */
#include "net/neigh.h"

#include "fixture.h"

static struct neigh *entry(struct host *h, uint32_t addr)
{
	return neigh_find(&h->net.tables->neigh, h->eth, addr);
}

static int phase(struct host *h, uint32_t addr)
{
	const struct neigh *n = entry(h, addr);

	return n ? n->phase : -1;
}

static struct net_path path_to(struct host *h, uint32_t dst)
{
	struct net_path path;
	uint32_t src = 0;

	assert_int_equal(net_path(&h->net, dst, &src, &path), 0);
	return path;
}

/* Expects one request, and nothing more: to a station, or all (NULL). */
static void expect_request(struct host *h, uint32_t addr, const uint8_t *mac)
{
	struct eth_header eth;
	struct arp_packet a;

	assert_true(take_arp(h, &eth, &a));
	assert_int_equal(a.op, ARP_REQUEST);
	assert_int_equal(a.tpa, addr);
	assert_int_equal(a.spa, OUR_IP);
	assert_memory_equal(eth.dst, mac ? mac : broadcast_mac, 6);
	assert_false(take_arp(h, &eth, &a));
}

static void expect_silence(struct host *h)
{
	assert_int_equal(take_all(h, h->eth), 0);
}

/* The station that a frame to PEER_IP goes to. */
static void expect_station(struct host *h, const uint8_t *mac)
{
	struct tern_frame f;

	assert_true(send_to(h, PEER_IP, 20, &f));
	assert_memory_equal(f.head, mac, 6);
}

static void answer(struct host *h, const uint8_t *mac)
{
	inject_arp(h, ARP_REPLY, PEER_IP, mac, OUR_IP);
}

/* PEER_IP has been asked for and has answered. */
static void meet(struct host *h)
{
	assert_false(sends(h, PEER_IP));
	expect_request(h, PEER_IP, NULL);
	answer(h, peer_mac);
	assert_int_equal(take_all(h, h->eth), 1);
	assert_int_equal(phase(h, PEER_IP), NEIGH_REACHABLE);
}

static void the_answer_lets_the_frame_go(struct host *h)
{
	uint8_t p[128];

	assert_false(sends(h, PEER_IP));
	assert_int_equal(phase(h, PEER_IP), NEIGH_INCOMPLETE);
	expect_request(h, PEER_IP, NULL);
	answer(h, peer_mac);
	assert_int_equal(phase(h, PEER_IP), NEIGH_REACHABLE);
	assert_int_equal(take(h, h->eth, p, sizeof(p)), 54);
	assert_memory_equal(p, peer_mac, 6);
	assert_memory_equal(p + 6, our_mac, 6);
	assert_int_equal(load_be32(p + 30), PEER_IP);
	assert_int_equal(p[53], 19); /* all of it */
	expect_station(h, peer_mac);
	expect_silence(h);
}

/* RFC 1122 2.3.2.1: no more than one request a second, and fewer later. */
static void requests_back_off_then_fail(struct host *h)
{
	assert_false(sends(h, PEER_IP));
	expect_request(h, PEER_IP, NULL);
	for (int i = 0; i < 50; i++)
		assert_false(sends(h, PEER_IP)); /* no request for each */
	pass_time(h, TERN_S - TERN_MS);
	expect_silence(h);
	pass_time(h, 2 * TERN_MS);
	expect_request(h, PEER_IP, NULL); /* after 1 s */
	pass_time(h, 1990 * TERN_MS);
	expect_silence(h);
	pass_time(h, 20 * TERN_MS);
	expect_request(h, PEER_IP, NULL); /* after 2 s more */
	pass_time(h, 3980 * TERN_MS);
	assert_int_equal(phase(h, PEER_IP), NEIGH_INCOMPLETE);
	pass_time(h, 40 * TERN_MS);
	assert_int_equal(phase(h, PEER_IP), -1);
	expect_silence(h);
	assert_int_equal(counter(h, TERN_ArpOutRequests), 3);
	assert_int_equal(net_deadline(&h->net), TERN_NEVER);
}

static void failure_is_reported(struct host *h)
{
	const struct icmp_error *e = &h->errors[0];

	assert_false(sends(h, PEER_IP));
	assert_false(sends(h, PEER_IP));
	pass_time(h, 8 * TERN_S);
	assert_int_equal(drops(h, TERN_DROP_ARP_UNRESOLVED), 2);
	assert_int_equal(counter(h, TERN_ArpUnresolved), 2);
	assert_int_equal(h->n_errors, 2);
	assert_int_equal(e->type, ICMP4_UNREACHABLE);
	assert_int_equal(e->code, ICMP4_HOST_UNREACHABLE);
	assert_int_equal(e->from, 0);
	assert_int_equal(e->src, OUR_IP);
	assert_int_equal(e->dst, PEER_IP);
	assert_int_equal(e->quoted_len, 40);
	assert_int_equal(e->l4[7], 7);
	/* The next frame asks again. */
	take_all(h, h->eth);
	assert_false(sends(h, PEER_IP));
	expect_request(h, PEER_IP, NULL);
}

/* What the neighbour says of itself before it answers is as good. */
static void its_own_request_resolves_it(struct host *h)
{
	assert_false(sends(h, PEER_IP));
	take_all(h, h->eth);
	inject_arp(h, ARP_REQUEST, PEER_IP, peer_mac, OUR_IP);
	assert_int_equal(phase(h, PEER_IP), NEIGH_STALE);
	assert_int_equal(take_all(h, h->eth), 2); /* the frame, the reply */
}

static void unused_entries_go(struct host *h)
{
	meet(h);
	pass_time(h, 59 * TERN_S);
	assert_int_not_equal(phase(h, PEER_IP), -1);
	pass_time(h, 2 * TERN_S);
	assert_int_equal(phase(h, PEER_IP), -1);
	assert_int_equal(net_deadline(&h->net), TERN_NEVER);
	expect_silence(h);
}

/* In use, but nobody confirms it: asked directly after a delay. */
static void stale_ones_are_probed_when_used(struct host *h)
{
	meet(h);
	pass_time(h, 31 * TERN_S);
	expect_station(h, peer_mac); /* goes on to be sent to */
	assert_int_equal(phase(h, PEER_IP), NEIGH_PROBE);
	pass_time(h, 4990 * TERN_MS);
	expect_silence(h);
	pass_time(h, 20 * TERN_MS);
	expect_request(h, PEER_IP, peer_mac);
	expect_station(h, peer_mac);
	answer(h, peer_mac);
	assert_int_equal(phase(h, PEER_IP), NEIGH_REACHABLE);
	pass_time(h, 20 * TERN_S);
	expect_silence(h);
}

/* MUST-20's other half: progress needs no probe. */
static void progress_confirms(struct host *h)
{
	struct net_path path = path_to(h, PEER_IP);

	meet(h);
	for (int i = 0; i < 20; i++) {
		pass_time(h, 20 * TERN_S);
		expect_station(h, peer_mac);
		net_confirm(&h->net, &path);
	}
	assert_int_equal(phase(h, PEER_IP), NEIGH_REACHABLE);
	pass_time(h, 31 * TERN_S);
	expect_station(h, peer_mac);
	assert_int_equal(phase(h, PEER_IP), NEIGH_PROBE);
	net_confirm(&h->net, &path); /* within the delay */
	assert_int_equal(phase(h, PEER_IP), NEIGH_REACHABLE);
	pass_time(h, 10 * TERN_S);
	expect_silence(h);
}

static void silence_in_probe_means_asking_all(struct host *h)
{
	meet(h);
	pass_time(h, 31 * TERN_S);
	expect_station(h, peer_mac);
	pass_time(h, 5 * TERN_S + TERN_MS);
	expect_request(h, PEER_IP, peer_mac);
	pass_time(h, TERN_S + TERN_MS);
	expect_request(h, PEER_IP, peer_mac);
	pass_time(h, TERN_S + TERN_MS);
	expect_request(h, PEER_IP, peer_mac);
	pass_time(h, TERN_S + TERN_MS);
	expect_request(h, PEER_IP, NULL);
	assert_int_equal(phase(h, PEER_IP), NEIGH_INCOMPLETE);
	assert_false(sends(h, PEER_IP));
	answer(h, other_mac); /* it has moved */
	assert_int_equal(take_all(h, h->eth), 1);
	expect_station(h, other_mac);
}

/* MUST-20: the transport makes no progress. */
static void suspicion_probes_at_once(struct host *h)
{
	struct net_path path = path_to(h, PEER_IP);

	meet(h);
	pass_time(h, 2 * TERN_S);
	net_suspect(&h->net, &path);
	expect_request(h, PEER_IP, peer_mac);
	net_suspect(&h->net, &path); /* again: it is being asked */
	expect_silence(h);
	expect_station(h, peer_mac);
	answer(h, peer_mac);
	assert_int_equal(phase(h, PEER_IP), NEIGH_REACHABLE);
	net_suspect(&h->net, &path); /* not more than once a second */
	expect_silence(h);
	assert_int_equal(phase(h, PEER_IP), NEIGH_PROBE);
	pass_time(h, TERN_S + TERN_MS);
	expect_request(h, PEER_IP, peer_mac);
}

/* One that was only learned is known as soon as it is spoken of. */
static void suspicion_and_progress_promote(struct host *h)
{
	struct net_path path = path_to(h, PEER_IP);
	struct net_path next = path_to(h, PEER_IP + 1);

	inject_arp(h, ARP_REQUEST, PEER_IP, peer_mac, OUR_IP);
	inject_arp(h, ARP_REQUEST, PEER_IP + 1, peer_mac, OUR_IP);
	assert_int_equal(h->net.tables->neigh.count[NEIGH_LEARNED], 2);
	net_confirm(&h->net, &path);
	assert_int_equal(phase(h, PEER_IP), NEIGH_REACHABLE);
	net_suspect(&h->net, &next);
	assert_int_equal(phase(h, PEER_IP + 1), NEIGH_PROBE);
	assert_int_equal(h->net.tables->neigh.count[NEIGH_LEARNED], 0);
	assert_int_equal(h->net.tables->neigh.count[NEIGH_KNOWN], 2);
}

static void suspicion_of_nothing(struct host *h)
{
	struct net_path lo = path_to(h, OUR_IP);
	struct net_path tun = path_to(h, IP(172, 16, 0, 9));
	struct net_path peer = path_to(h, PEER_IP);

	net_suspect(&h->net, &lo);
	net_confirm(&h->net, &lo);
	net_suspect(&h->net, &tun);
	net_confirm(&h->net, &tun);
	net_suspect(&h->net, &peer); /* not known */
	net_confirm(&h->net, &peer);
	assert_int_equal(phase(h, PEER_IP), -1);
	assert_false(sends(h, PEER_IP));
	net_suspect(&h->net, &peer); /* being asked for already */
	net_confirm(&h->net, &peer);
	assert_int_equal(phase(h, PEER_IP), NEIGH_INCOMPLETE);
	expect_request(h, PEER_IP, NULL);
}

/* I12: a confirmed neighbour is not given up on a stranger's word. */
static void a_false_claim_is_forgotten(struct host *h)
{
	meet(h);
	pass_time(h, 2 * TERN_S);
	answer(h, other_mac); /* nobody asked */
	expect_station(h, peer_mac);
	take_all(h, h->eth);
	pass_time(h, 500 * TERN_MS);
	answer(h, peer_mac); /* the one we know answers our question */
	pass_time(h, 3 * TERN_S);
	expect_station(h, peer_mac);
	assert_int_equal(phase(h, PEER_IP), NEIGH_REACHABLE);
	expect_silence(h);
}

/* Once it has been answered, a claim has no effect on what comes later. */
static void a_false_claim_does_not_come_back(struct host *h)
{
	struct net_path path = path_to(h, PEER_IP);

	meet(h);
	pass_time(h, 2 * TERN_S);
	answer(h, other_mac);
	answer(h, peer_mac);
	pass_time(h, 2 * TERN_S);
	take_all(h, h->eth);
	net_suspect(&h->net, &path);
	expect_request(h, PEER_IP, peer_mac);
	pass_time(h, TERN_S + TERN_MS);
	expect_request(h, PEER_IP, peer_mac);
	expect_station(h, peer_mac);
}

/* What is said before we ask answers nothing. */
static void an_answer_comes_after_the_question(struct host *h)
{
	meet(h);
	pass_time(h, 31 * TERN_S);
	expect_station(h, peer_mac);
	assert_int_equal(phase(h, PEER_IP), NEIGH_PROBE);
	answer(h, peer_mac);
	assert_int_equal(phase(h, PEER_IP), NEIGH_PROBE);
}

static void a_true_claim_is_believed_after_a_second(struct host *h)
{
	meet(h);
	pass_time(h, 2 * TERN_S);
	inject_arp(h, ARP_REQUEST, PEER_IP, other_mac, PEER_IP); /* takeover */
	expect_request(h, PEER_IP, peer_mac);
	expect_station(h, peer_mac);
	pass_time(h, TERN_S / 2);
	inject_arp(h, ARP_REQUEST, PEER_IP, other_mac, PEER_IP);
	pass_time(h, TERN_S / 2 + TERN_MS);
	expect_request(h, PEER_IP, other_mac);
	expect_station(h, other_mac);
	answer(h, other_mac);
	assert_int_equal(phase(h, PEER_IP), NEIGH_REACHABLE);
}

/* Claims do not make us ask more often than once a second. */
static void claims_cannot_make_a_flood(struct host *h)
{
	meet(h);
	for (int i = 0; i < 1000; i++) {
		uint8_t mac[6] = {2, 1, 1, 1, (uint8_t)(i >> 8), (uint8_t)i};

		answer(h, mac);
		pass_time(h, 5 * TERN_MS); /* 5 s in all */
	}
	assert_true(counter(h, TERN_ArpOutRequests) <= 7);
	assert_int_equal(map_count(&h->net.tables->neigh.map), 1);
}

/* One that is not confirmed takes what RFC 826 says. */
static void stale_entries_are_overwritten(struct host *h)
{
	inject_arp(h, ARP_REQUEST, PEER_IP, peer_mac, OUR_IP);
	take_all(h, h->eth);
	assert_int_equal(phase(h, PEER_IP), NEIGH_STALE);
	inject_arp(h, ARP_REQUEST, PEER_IP, other_mac, OUR_IP);
	take_all(h, h->eth);
	expect_station(h, other_mac);
}

static void expired_entries_are_overwritten(struct host *h)
{
	meet(h);
	pass_time(h, 31 * TERN_S);
	answer(h, other_mac);
	expect_station(h, other_mac);
	assert_int_equal(phase(h, PEER_IP), NEIGH_PROBE);
}

/* A reply that was sent to another station proves nothing. */
static void an_answer_is_to_us(struct host *h)
{
	struct arp_packet a = {.op = ARP_REPLY, .spa = PEER_IP, .tpa = OUR_IP};
	uint8_t p[42];

	meet(h);
	pass_time(h, 31 * TERN_S);
	expect_station(h, peer_mac);
	pass_time(h, 5 * TERN_S + TERN_MS);
	expect_request(h, PEER_IP, peer_mac);
	memcpy(a.sha, peer_mac, 6);
	memcpy(a.tha, other_mac, 6);
	put_eth(p, our_mac, peer_mac, ETH_TYPE_ARP);
	arp_emit(p + 14, &a);
	inject(h, h->eth, p, sizeof(p));
	assert_int_equal(phase(h, PEER_IP), NEIGH_PROBE);
	memcpy(a.tha, our_mac, 6);
	a.tpa = GATEWAY;
	arp_emit(p + 14, &a);
	inject(h, h->eth, p, sizeof(p));
	assert_int_equal(phase(h, PEER_IP), NEIGH_PROBE);
	a.tpa = OUR_IP;
	arp_emit(p + 14, &a);
	inject(h, h->eth, p, sizeof(p));
	assert_int_equal(phase(h, PEER_IP), NEIGH_REACHABLE);
}

/* RFC 1122 3.3.1.4: another gateway, if there is one. */
static void a_dead_gateway_is_passed_over(struct host *h)
{
	struct tern_route spare = {.gateway = PEER_IP, .metric = 10};
	int n;

	assert_int_equal(net_route_add(&h->net, &spare), 0);
	assert_int_equal(path_to(h, FAR_IP).next_hop, GATEWAY);
	assert_false(sends(h, FAR_IP));
	n = h->n_rerouted;
	pass_time(h, 8 * TERN_S);
	assert_int_equal(h->n_rerouted, n + 1);
	assert_int_equal(path_to(h, FAR_IP).next_hop, PEER_IP);
	/* After a minute it is given another chance. */
	pass_time(h, 60 * TERN_S);
	assert_int_equal(path_to(h, FAR_IP).next_hop, GATEWAY);
	assert_int_equal(h->n_errors, 1);
}

static void a_gateway_that_answers_is_used_again(struct host *h)
{
	struct tern_route spare = {.gateway = PEER_IP, .metric = 10};

	assert_int_equal(net_route_add(&h->net, &spare), 0);
	assert_false(sends(h, FAR_IP));
	pass_time(h, 8 * TERN_S);
	take_all(h, h->eth);
	assert_false(sends(h, GATEWAY)); /* to itself */
	inject_arp(h, ARP_REPLY, GATEWAY, other_mac, OUR_IP);
	assert_int_equal(path_to(h, FAR_IP).next_hop, GATEWAY);
}

/* The only gateway stays in use, dead or not. */
static void the_only_gateway_is_not_given_up(struct host *h)
{
	assert_false(sends(h, FAR_IP));
	pass_time(h, 8 * TERN_S);
	assert_int_equal(path_to(h, FAR_IP).next_hop, GATEWAY);
}

/* Frames to many need no neighbour. */
static void groups_have_known_addresses(struct host *h)
{
	static const uint8_t mapped[6] = {1, 0, 0x5e, 0x7f, 2, 3};
	struct ip_meta ip = {.src = OUR_IP, .ttl = 1};
	struct net_path path = path_to(h, PEER_IP);
	struct tern_frame f;

	tern_frame_init(&f);
	f.len = f.head_len = 54;
	path.next_hop = IP(10, 0, 0, 255);
	assert_true(net_finish(&h->net, &path, &ip, &f));
	assert_memory_equal(f.head, broadcast_mac, 6);
	path.next_hop = UINT32_MAX;
	assert_true(net_finish(&h->net, &path, &ip, &f));
	assert_memory_equal(f.head, broadcast_mac, 6);
	path.next_hop = IP(239, 255, 2, 3);
	assert_true(net_finish(&h->net, &path, &ip, &f));
	assert_memory_equal(f.head, mapped, 6);
	assert_int_equal(map_count(&h->net.tables->neigh.map), 0);
}

/* Many neighbours, one deadline: the earliest of them. */
static void the_deadline_is_the_earliest(struct host *h)
{
	for (uint32_t i = 0; i < 100; i++) {
		assert_false(sends(h, PEER_IP + i));
		h->env.now += TERN_MS;
	}
	take_all(h, h->eth);
	assert_in_range(net_deadline(&h->net), TERN_S - TERN_MS,
			TERN_S + TERN_MS);
	pass_time(h, TERN_S - 50 * TERN_MS);
	assert_in_range(take_all(h, h->eth), 40, 60);
}

HOST_TEST(the_answer_lets_the_frame_go)
HOST_TEST(requests_back_off_then_fail)
HOST_TEST(failure_is_reported)
HOST_TEST(its_own_request_resolves_it)
HOST_TEST(unused_entries_go)
HOST_TEST(stale_ones_are_probed_when_used)
HOST_TEST(progress_confirms)
HOST_TEST(silence_in_probe_means_asking_all)
HOST_TEST(suspicion_probes_at_once)
HOST_TEST(suspicion_and_progress_promote)
HOST_TEST(suspicion_of_nothing)
HOST_TEST(a_false_claim_is_forgotten)
HOST_TEST(a_false_claim_does_not_come_back)
HOST_TEST(an_answer_comes_after_the_question)
HOST_TEST(a_true_claim_is_believed_after_a_second)
HOST_TEST(claims_cannot_make_a_flood)
HOST_TEST(stale_entries_are_overwritten)
HOST_TEST(expired_entries_are_overwritten)
HOST_TEST(an_answer_is_to_us)
HOST_TEST(a_dead_gateway_is_passed_over)
HOST_TEST(a_gateway_that_answers_is_used_again)
HOST_TEST(the_only_gateway_is_not_given_up)
HOST_TEST(groups_have_known_addresses)
HOST_TEST(the_deadline_is_the_earliest)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_lets_the_frame_go_test),
		cmocka_unit_test(requests_back_off_then_fail_test),
		cmocka_unit_test(failure_is_reported_test),
		cmocka_unit_test(its_own_request_resolves_it_test),
		cmocka_unit_test(unused_entries_go_test),
		cmocka_unit_test(stale_ones_are_probed_when_used_test),
		cmocka_unit_test(progress_confirms_test),
		cmocka_unit_test(silence_in_probe_means_asking_all_test),
		cmocka_unit_test(suspicion_probes_at_once_test),
		cmocka_unit_test(suspicion_and_progress_promote_test),
		cmocka_unit_test(suspicion_of_nothing_test),
		cmocka_unit_test(a_false_claim_is_forgotten_test),
		cmocka_unit_test(a_false_claim_does_not_come_back_test),
		cmocka_unit_test(an_answer_comes_after_the_question_test),
		cmocka_unit_test(a_true_claim_is_believed_after_a_second_test),
		cmocka_unit_test(claims_cannot_make_a_flood_test),
		cmocka_unit_test(stale_entries_are_overwritten_test),
		cmocka_unit_test(expired_entries_are_overwritten_test),
		cmocka_unit_test(an_answer_is_to_us_test),
		cmocka_unit_test(a_dead_gateway_is_passed_over_test),
		cmocka_unit_test(a_gateway_that_answers_is_used_again_test),
		cmocka_unit_test(the_only_gateway_is_not_given_up_test),
		cmocka_unit_test(groups_have_known_addresses_test),
		cmocka_unit_test(the_deadline_is_the_earliest_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
