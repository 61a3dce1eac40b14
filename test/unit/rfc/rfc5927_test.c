/* SPDX-License-Identifier: ISC */
/*
 * rfc5927_test.c - RFC 5927, RFC 1191: ICMP messages that may be forged
 */
#include <tern/netif.h>

#include "unit/rfc/drive_icmp.h"

#include <netinet/tcp.h>

#define UNREACHABLE ICMP4_UNREACHABLE
#define MSS	    1460U

/* ESTABLISHED, octets 1001 to 5000 in flight. */
static struct drive *in_flight(void)
{
	struct drive *d = drive_new();
	uint32_t i;

	/* In small segments: a claim about large ones is believed at once (7.2)
	 * as long as none has arrived. */
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_NODELAY, 1);
	for (i = 0; i < 1000; i += 20) {
		drive_send(d, 20, 0);
		expect(d, SEG(PSH | ACK, 1 + i, 1, .len = 20));
		inject(d, SEG(ACK, 1, 21 + i));
	}
	drive_set(d, d->fd, IPPROTO_TCP, TCP_NODELAY, 0);
	drive_send(d, 4000, 0);
	assert_int_equal(drive_drain(d), 3);
	return d;
}

/* 4.1: SND.UNA =< quoted sequence number < SND.NXT, or it is of no meaning. */
static void t51_sequence_check(void **state)
{
	static const struct {
		uint32_t seq;
		bool ok;
	} row[] = {
		{1000, false},
		{1001, true},
		{1002, true},
		{5000, true},
		{5001, false},
		{1, false},
		{0, false},
		{5001 + 0x7fffffffU, false},
		{1001 - 0x7fffffffU, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct drive *d = in_flight();

		drive_set(d, d->fd, IPPROTO_IP, IP_RECVERR, 1);
		inject_icmp(d, ICMP(UNREACHABLE, ICMP4_HOST_UNREACHABLE,
				    row[i].seq));
		assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_ERROR),
				 row[i].ok ? EHOSTUNREACH : 0);
		inject_icmp(d, ICMP(UNREACHABLE, ICMP4_FRAG_NEEDED, row[i].seq,
				    .mtu = 1000));
		assert_int_equal(drive_info(d).mss,
				 row[i].ok ? 1000 - 40 : MSS);
		assert_int_equal(tern_drops(d->n, TERN_DROP_ICMP_OUT_OF_WINDOW),
				 row[i].ok ? 0 : 2);
		drive_drain(d);
		drive_free(d);
	}
}

/* 4.1: when nothing is in flight, nothing can have caused an error. */
static void t51_idle_connection(void **state)
{
	struct drive *d = drive_new();
	uint32_t seq;

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_IP, IP_RECVERR, 1);
	for (seq = 0; seq < 4; seq++) {
		inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, seq));
		inject_icmp(d, ICMP(UNREACHABLE, ICMP4_FRAG_NEEDED, seq,
				    .mtu = 576));
	}
	assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_ERROR), 0);
	assert_int_equal(drive_info(d).mss, MSS);
	drive_free(d);
}

/* 4.1 for a SYN: only its own number ends the attempt. */
static void t51_syn(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, 1));
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, 0u - 1));
	assert_int_equal(drive_state(d), TERN_TCP_SYN_SENT);
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, 0));
	assert_int_equal(drive_connect(d, d->fd), -ECONNREFUSED);
	drive_free(d);
}

/* 4.1 for a half-open connection, which a forger would like to be rid of. */
static void t51_half_open(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, 1));
	assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
	drive_free(d);
}

/* 5.2: hard errors are soft in synchronized states, also with the right
 * sequence number; TIME-WAIT has nothing that could have caused one. */
static void t51_hard_errors(void **state)
{
	struct drive *d = in_flight();

	(void)state;
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, 1001));
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PROTO_UNREACHABLE, 1001));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);

	d = drive_new();
	drive_server(d);
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	drive_pull(d);
	inject(d, SEG(FIN | ACK, 1, 2));
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_drain(d);
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, 1));
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	expect_nothing(d);
	drive_free(d);
}

/* 7, RFC 1191: a path MTU only shrinks, and not to nothing; below the floor
 * routers may cut. */
static void t51_path_mtu_matrix(void **state)
{
	static const struct {
		uint16_t mtu;
		uint32_t mss;
		bool df;
	} row[] = {
		{65535, 1460, true}, {1501, 1460, true}, {1500, 1460, true},
		{1499, 1459, true},  {1280, 1240, true}, {1279, 1239, true},
		{576, 536, true},    {552, 512, true},	 {551, 512, false},
		{296, 512, false},   {69, 512, false},	 {68, 512, false},
		{67, 1460, true},    {20, 1460, true},	 {1, 1460, true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct drive *d = in_flight();

		inject_icmp(d, ICMP(UNREACHABLE, ICMP4_FRAG_NEEDED, 1001,
				    .mtu = row[i].mtu));
		if (drive_info(d).mss != row[i].mss)
			fail_msg("mtu %u: mss %u", row[i].mtu,
				 drive_info(d).mss);
		drive_drain(d);
		inject(d, SEG(ACK, 1, 5001));
		drive_send(d, 3000, 0);
		assert_true(drive_take(d));
		assert_int_equal(d->last.len, row[i].mss);
		assert_int_equal(d->last_df, row[i].df);
		drive_drain(d);
		drive_free(d);
	}
}

/* RFC 1191 5: a router that tells no MTU: the next plateau below the length of
 * what was too long. */
static void t51_router_without_mtu(void **state)
{
	struct drive *d = in_flight();

	(void)state;
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_FRAG_NEEDED, 1001,
			    .total_len = 1500));
	assert_int_equal(drive_info(d).mss, 1492 - 40);
	drive_drain(d);
	drive_free(d);
}

/* It does not grow again by a message, however many there are. */
static void t51_path_mtu_never_grows_by_a_message(void **state)
{
	struct drive *d = in_flight();

	(void)state;
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_FRAG_NEEDED, 1001, .mtu = 1000));
	assert_int_equal(drive_info(d).mss, 960);
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_FRAG_NEEDED, 1001, .mtu = 1400));
	assert_int_equal(drive_info(d).mss, 960);
	drive_drain(d);
	drive_free(d);
}

/* RFC 1191 6.3: after ten minutes it is tried anew. */
static void path_mtu_is_forgotten(void **state)
{
	struct drive *d = in_flight();
	uint32_t nxt = 5001;
	int minute;

	(void)state;
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_FRAG_NEEDED, 1001, .mtu = 1000));
	drive_drain(d);
	inject(d, SEG(ACK, 1, nxt));
	for (minute = 0; minute < 12; minute++) {
		drive_send(d, 3000, 0);
		assert_true(drive_take(d));
		if (minute < 9)
			assert_int_equal(d->last.len, 960);
		drive_drain(d);
		nxt += 3000;
		inject(d, SEG(ACK, 1, nxt));
		drive_sleep(d, 60 * TERN_S);
	}
	drive_send(d, 3000, 0);
	assert_true(drive_take(d));
	assert_int_equal(d->last.len, MSS);
	drive_drain(d);
	drive_free(d);
}

/* It is what all connections to that host know, and no other. */
static void path_mtu_of_other_connections(void **state)
{
	struct drive *d = in_flight();

	(void)state;
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_FRAG_NEEDED, 1001, .mtu = 1000));
	drive_drain(d);
	d->rport++;
	drive_server(d);
	drive_send(d, 3000, 0);
	expect(d, SEG(ACK, 1, 1, .len = 960));
	drive_drain(d);
	drive_free(d);
}

/* T51: the flood changes nothing and costs no memory. */
static void t51_flood(void **state)
{
	struct drive *d = in_flight();
	const size_t before = tern_memory_total(d->n);
	uint32_t i;

	(void)state;
	for (i = 0; i < 20000; i++)
		inject_icmp(d, ICMP(UNREACHABLE, ICMP4_FRAG_NEEDED,
				    5001 + i * 77777, .mtu = 600,
				    .dst = i % 2 ? 0 : PEER_ADDR + i));
	assert_int_equal(drive_info(d).mss, MSS);
	assert_int_equal(tern_memory_total(d->n), before);
	expect_nothing(d);
	drive_free(d);
}

/* T52: Redirect and Source Quench are ignored. */
static void t52_redirect_and_quench(void **state)
{
	struct drive *d = in_flight();
	const uint32_t cwnd = drive_info(d).cwnd;
	struct tern_route r, s;
	int i;

	(void)state;
	assert_int_equal(tern_route_at(d->n, 0, &r), 0);
	for (i = 0; i < 4; i++)
		inject_icmp(d, ICMP(ICMP4_REDIRECT, (uint8_t)i, 1001));
	inject_icmp(d, ICMP(ICMP4_SOURCE_QUENCH, 0, 1001));
	assert_int_equal(tern_drops(d->n, TERN_DROP_ICMP_TYPE), 5);
	expect_nothing(d);
	assert_int_equal(tern_route_at(d->n, 0, &s), 0);
	assert_memory_equal(&r, &s, sizeof(r));
	assert_int_equal(drive_info(d).cwnd, cwnd);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t51_sequence_check),
		cmocka_unit_test(t51_idle_connection),
		cmocka_unit_test(t51_syn),
		cmocka_unit_test(t51_half_open),
		cmocka_unit_test(t51_hard_errors),
		cmocka_unit_test(t51_path_mtu_matrix),
		cmocka_unit_test(t51_router_without_mtu),
		cmocka_unit_test(t51_path_mtu_never_grows_by_a_message),
		cmocka_unit_test(path_mtu_is_forgotten),
		cmocka_unit_test(path_mtu_of_other_connections),
		cmocka_unit_test(t51_flood),
		cmocka_unit_test(t52_redirect_and_quench),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
