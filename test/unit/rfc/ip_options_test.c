/* SPDX-License-Identifier: ISC */
/*
 * ip_options_test.c - RFC 9293 3.9.2 and 3.9.2.1: options of the IP header
 */
#include "unit/rfc/drive.h"

#define LOOSE_ROUTE  131
#define STRICT_ROUTE 137
#define RECORD_ROUTE 7
#define TIMESTAMP    68

/* Sends a segment without text behind an IP header with these options. */
static void inject_behind(struct drive *d, const uint8_t *options, uint8_t n,
			  struct dseg s)
{
	uint8_t p[100];
	const struct ip4_header ip = {
		.src = PEER_ADDR,
		.dst = STACK_ADDR,
		.ttl = 64,
		.proto = IP_PROTO_TCP,
		.options = options,
		.options_len = n,
		.total_len = (uint16_t)(20 + ((n + 3) & ~3) + 20),
	};
	const struct tcp_header h = {
		.sport = d->rport,
		.dport = d->lport,
		.seq = PEER_ISN + s.seq,
		.ack = s.flags & ACK ? d->iss + s.ack : 0,
		.flags = s.flags,
		.wnd = 65535,
		.header_len = 20,
	};
	const uint32_t at = ip4_emit(p, &ip);
	uint64_t acc = sum_pseudo4(ip.src, ip.dst, ip.proto, 20);

	tcp_emit(p + at, &h);
	store_be16(p + at + TCP_SUM_OFFSET,
		   checksum_finish(sum_bytes(acc, p + at, 20)));
	drive_datagram(d, p, at + 20);
}

/* What the stack sends has a bare IP header. */
static void expect_bare(struct drive *d, struct dseg s)
{
	expect(d, s);
	assert_int_equal(d->last_ip_len, 20);
}

/* MUST-50: a handshake goes on whatever option is in its segments. */
static void must_50_unknown_options_are_ignored(void **state)
{
	uint8_t o[40];
	unsigned int kind;

	(void)state;
	for (kind = 2; kind < 256; kind++) {
		struct drive *d = drive_new();
		const uint8_t len = (uint8_t)(2 + kind % 39);

		if (kind == LOOSE_ROUTE || kind == STRICT_ROUTE) {
			drive_free(d);
			continue;
		}
		memset(o, 0xff, sizeof(o));
		o[0] = (uint8_t)kind;
		o[1] = len;
		drive_listen(d, 8);
		inject_behind(d, o, len, SEG(SYN, 0, 0));
		expect_bare(d, SEG(SYN | ACK, 0, 1));
		inject_behind(d, o, len, SEG(ACK, 1, 1));
		d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
		assert_true(d->fd >= 0);
		inject_behind(d, o, len, SEG(FIN | ACK, 1, 1));
		expect_bare(d, SEG(ACK, 1, 2));
		inject_behind(d, o, len, SEG(RST, 2, 0));
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
		drive_free(d);
	}
}

/* MUST-50: No Operation, End of List, and several in a row. */
static void must_50_lists_of_options(void **state)
{
	static const uint8_t lists[][8] = {
		{1, 1, 1, 1, 1, 1, 1, 1},    {0, 0, 0, 0, 0, 0, 0, 0},
		{0, 131, 3, 4, 0, 0, 0, 0}, /* behind the end */
		{148, 4, 0, 0, 1, 30, 3, 9}, {1, 200, 7, 1, 2, 3, 4, 5},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct drive *d = drive_new();

		drive_listen(d, 8);
		inject_behind(d, lists[i], 8, SEG(SYN, 0, 0));
		expect_bare(d, SEG(SYN | ACK, 0, 1));
		drive_free(d);
	}
}

/* MAY-10, MAY-11: Timestamp and Record Route are options like others: they are
 * not filled in, and not sent back. */
static void may_10_may_11_not_used(void **state)
{
	static const uint8_t record[12] = {RECORD_ROUTE, 11, 4};
	static const uint8_t stamp[12] = {TIMESTAMP, 12, 5};
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject_behind(d, record, 12, SEG(SYN, 0, 0));
	expect_bare(d, SEG(SYN | ACK, 0, 1));
	inject_behind(d, stamp, 12, SEG(FIN | ACK, 1, 1));
	expect_bare(d, SEG(ACK, 1, 2));
	drive_free(d);
}

/* MUST-53, SHLD-24: a segment with a source route, complete or not, is dropped
 * without an answer (RFC 7126 4.3, 4.4). */
static void must_53_source_routes_are_dropped(void **state)
{
	static const uint8_t routes[][12] = {
		{LOOSE_ROUTE, 7, 4, 192, 0, 2, 9, 1},
		{LOOSE_ROUTE, 7, 8, 192, 0, 2, 9, 1}, /* completed */
		{STRICT_ROUTE, 11, 4, 192, 0, 2, 9, 192, 0, 2, 8, 1},
		{STRICT_ROUTE, 11, 12, 192, 0, 2, 9, 192, 0, 2, 8, 1},
		{1, 1, 1, 1, 1, LOOSE_ROUTE, 7, 8, 192, 0, 2, 9},
	};
	struct drive *d = drive_new();
	uint32_t i;

	(void)state;
	drive_listen(d, 8);
	for (i = 0; i < 5; i++) {
		inject_behind(d, routes[i], 12, SEG(SYN, 0, 0));
		expect_nothing(d);
		assert_int_equal(tern_drops(d->n, TERN_DROP_IP_OPTIONS), i + 1);
	}
	drive_server(d);
	inject_behind(d, routes[1], 12, SEG(RST, 1, 0)); /* nor later */
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);
}

/* MUST-51, MUST-52: who asks for a source route is told that there is none. */
static void must_51_user_cannot_give_a_source_route(void **state)
{
	static const uint8_t route[8] = {LOOSE_ROUTE, 7, 4, 192, 0, 2, 9, 0};
	struct drive *d = drive_new();
	const int fd = drive_socket(d);

	(void)state;
	assert_int_equal(tern_setsockopt(d->n, fd, IPPROTO_IP, IP_OPTIONS,
					 route, sizeof(route)),
			 -ENOPROTOOPT);
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect_bare(d, SEG(SYN, 0, 0));
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_50_unknown_options_are_ignored),
		cmocka_unit_test(must_50_lists_of_options),
		cmocka_unit_test(may_10_may_11_not_used),
		cmocka_unit_test(must_53_source_routes_are_dropped),
		cmocka_unit_test(must_51_user_cannot_give_a_source_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
