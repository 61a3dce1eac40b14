/* SPDX-License-Identifier: ISC */
/*
 * icmp_test.c - RFC 9293 3.9.2.2: what ICMP messages do to connections
 *
 * What a forger might try is in rfc5927_test.c.
 */
#include "unit/rfc/drive_icmp.h"

#define UNREACHABLE ICMP4_UNREACHABLE

static const struct {
	uint8_t type, code;
	int error;
} soft[] = {
	{UNREACHABLE, ICMP4_NET_UNREACHABLE, ENETUNREACH},
	{UNREACHABLE, ICMP4_HOST_UNREACHABLE, EHOSTUNREACH},
	{UNREACHABLE, ICMP4_SOURCE_ROUTE_FAILED, EOPNOTSUPP},
	{ICMP4_TIME_EXCEEDED, ICMP4_TTL_EXCEEDED, EHOSTUNREACH},
	{ICMP4_TIME_EXCEEDED, ICMP4_REASSEMBLY_EXCEEDED, EHOSTUNREACH},
	{ICMP4_PARAMETER_PROBLEM, 0, EPROTO},
	{ICMP4_PARAMETER_PROBLEM, 1, EPROTO},
	{ICMP4_PARAMETER_PROBLEM, 2, EPROTO},
};
#define N_SOFT (sizeof(soft) / sizeof(soft[0]))

/* Brings a connection into a state, with something in flight at seq. */
static uint32_t enter(struct drive *d, enum tern_tcp_state to)
{
	switch (to) {
	case TERN_TCP_SYN_SENT:
		assert_int_equal(drive_connect(d, drive_socket(d)),
				 -EINPROGRESS);
		expect(d, SEG(SYN, 0, 0));
		return 0;
	case TERN_TCP_SYN_RECEIVED:
		enter(d, TERN_TCP_SYN_SENT);
		inject(d, SEG(SYN, 0, 0, .mss = 1460));
		expect(d, SEG(SYN | ACK, 0, 1));
		return 0;
	case TERN_TCP_ESTABLISHED:
		drive_server(d);
		drive_send(d, 100, 0);
		expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
		return 1;
	case TERN_TCP_FIN_WAIT_1:
		drive_server(d);
		assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
		drive_pull(d);
		expect(d, SEG(FIN | ACK, 1, 1));
		return 1;
	case TERN_TCP_CLOSING:
		enter(d, TERN_TCP_FIN_WAIT_1);
		inject(d, SEG(FIN | ACK, 1, 1));
		expect(d, SEG(ACK, 2, 2));
		return 1;
	case TERN_TCP_CLOSE_WAIT:
		enter(d, TERN_TCP_ESTABLISHED);
		inject(d, SEG(FIN | ACK, 1, 1));
		expect(d, SEG(ACK, 101, 2));
		return 1;
	case TERN_TCP_LAST_ACK:
		enter(d, TERN_TCP_CLOSE_WAIT);
		assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
		drive_pull(d);
		expect(d, SEG(FIN | ACK, 101, 2));
		return 1;
	case TERN_TCP_CLOSED:
	case TERN_TCP_LISTEN:
	case TERN_TCP_FIN_WAIT_2:
	case TERN_TCP_TIME_WAIT:
		break;
	}
	fail();
	return 0;
}

static const enum tern_tcp_state states[] = {
	TERN_TCP_SYN_SENT,   TERN_TCP_SYN_RECEIVED, TERN_TCP_ESTABLISHED,
	TERN_TCP_FIN_WAIT_1, TERN_TCP_CLOSING,	    TERN_TCP_CLOSE_WAIT,
	TERN_TCP_LAST_ACK,
};
#define N_STATES (sizeof(states) / sizeof(states[0]))

/* MUST-54: the connection that is quoted, and no other. */
static void must_54_it_reaches_its_connection(void **state)
{
	struct drive *d = drive_new();
	int first;
	uint16_t lport;

	(void)state;
	first = drive_socket(d);
	assert_int_equal(drive_connect(d, first), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	lport = d->lport;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_int_not_equal(d->lport, lport);
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, 0));
	assert_int_equal(drive_connect(d, d->fd), -ECONNREFUSED);
	assert_int_equal(drive_connect(d, first), -EALREADY);
	drive_free(d);
}

/* MUST-54: of a connection that nobody has there is nothing to do. */
static void must_54_unknown_connections(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	enter(d, TERN_TCP_SYN_SENT);
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, 0,
			    .rport = PEER_PORT + 1));
	inject_icmp(d,
		    ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, 0, .lport = 1));
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, 0,
			    .dst = PEER_ADDR + 1));
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, 0,
			    .proto = IP_PROTO_UDP));
	assert_int_equal(tern_drops(d->n, TERN_DROP_ICMP_NO_CONNECTION), 4);
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, 0,
			    .src = PEER_ADDR)); /* not from here */
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, 0,
			    .bad_sum = true));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_SYN_SENT);
	drive_free(d);
}

/* MUST-54: an entry of the SYN queue is a connection too. */
static void must_54_half_open(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_HOST_UNREACHABLE, 0));
	assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, 0));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	assert_int_equal(d->trail[d->n_states - 1], TERN_TCP_LISTEN);
	assert_int_equal(tern_counter(d->n, TERN_TcpAttemptFails), 1);
	expect_nothing(d);
	drive_free(d);
}

/* MUST-54: "fragmentation needed" makes segments smaller and sends again what
 * was too big, without a timeout and without blaming the load. */
static void must_54_fragmentation_needed(void **state)
{
	struct drive *d = drive_new();
	uint32_t cwnd;

	(void)state;
	drive_server(d);
	drive_send(d, 3 * 1460, 0);
	assert_int_equal(drive_drain(d), 3);
	cwnd = drive_info(d).cwnd;
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_FRAG_NEEDED, 1, .mtu = 1000));
	expect(d, SEG(ACK, 1, 1, .len = 960));
	expect(d, SEG(ACK, 961, 1, .len = 960));
	expect(d, SEG(ACK, 1921, 1, .len = 960));
	expect(d, SEG(ACK, 2881, 1, .len = 960));
	expect(d, SEG(PSH | ACK, 3841, 1, .len = 540));
	expect_nothing(d);
	assert_int_equal(drive_info(d).mss, 960);
	assert_int_equal(drive_info(d).cwnd, cwnd);
	assert_int_equal(drive_info(d).retries, 0);
	drive_free(d);
}

/* MUST-56: whatever the state, soft errors end nothing, and what is in flight
 * is sent again.  (Of MUST-54: they do arrive.) */
static void must_56_soft_errors_do_not_abort(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < N_STATES; i++) {
		struct drive *d = drive_new();
		uint32_t seq = enter(d, states[i]);

		for (k = 0; k < N_SOFT; k++) {
			inject_icmp(d, ICMP(soft[k].type, soft[k].code, seq));
			assert_int_equal(drive_state(d), states[i]);
			expect_nothing(d);
		}
		assert_int_equal(tern_drops(d->n, TERN_DROP_ICMP_QUOTE), 0);
		assert_int_equal(tern_drops(d->n, TERN_DROP_ICMP_OUT_OF_WINDOW),
				 0);
		drive_sleep(d, 1100 * TERN_MS);
		assert_true(drive_take(d));
		assert_int_equal(d->last.seq, seq);
		drive_free(d);
	}
}

/* MUST-56: nor a half-open connection's. */
static void must_56_soft_errors_and_half_open(void **state)
{
	struct drive *d = drive_new();
	size_t k;

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	for (k = 0; k < N_SOFT; k++)
		inject_icmp(d, ICMP(soft[k].type, soft[k].code, 0));
	assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
	inject(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);
}

/* SHLD-25: the user who asks for them gets them at once. */
static void shld_25_soft_errors_are_reported(void **state)
{
	struct pollfd p = {.events = POLLIN};
	struct drive *d = drive_new();
	size_t k;

	(void)state;
	enter(d, TERN_TCP_ESTABLISHED);
	p.fd = d->fd;
	drive_set(d, d->fd, IPPROTO_IP, IP_RECVERR, 1);
	for (k = 0; k < N_SOFT; k++) {
		assert_int_equal(tern_poll(d->n, &p, 1), 0);
		inject_icmp(d, ICMP(soft[k].type, soft[k].code, 1));
		assert_int_equal(tern_poll(d->n, &p, 1), 1);
		assert_int_equal(p.revents, POLLERR);
		assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_ERROR),
				 soft[k].error);
		assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	}
	drive_free(d);
}

/* SHLD-25: everyone learns it as the reason why the connection has failed. */
static void shld_25_soft_error_explains_the_end(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	enter(d, TERN_TCP_ESTABLISHED);
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_HOST_UNREACHABLE, 1));
	drive_sleep(d, 2000 * TERN_S);
	drive_drain(d);
	assert_int_equal(drive_recv(d, 1), -EHOSTUNREACH);
	drive_free(d);

	d = drive_new();
	enter(d, TERN_TCP_SYN_SENT);
	inject_icmp(d, ICMP(UNREACHABLE, ICMP4_NET_UNREACHABLE, 0));
	drive_sleep(d, 300 * TERN_S);
	drive_drain(d);
	assert_int_equal(drive_connect(d, d->fd), -ENETUNREACH);
	drive_free(d);

	d = drive_new();
	enter(d, TERN_TCP_SYN_SENT);
	inject_icmp(d, ICMP(UNREACHABLE, 16, 0)); /* no such code */
	drive_sleep(d, 300 * TERN_S);
	drive_drain(d);
	assert_int_equal(drive_connect(d, d->fd), -EHOSTUNREACH);
	drive_free(d);
}

/* SHLD-26: hard errors end a connection that is being opened. */
static void shld_26_hard_errors_end_an_attempt(void **state)
{
	static const struct {
		uint8_t code;
		int error;
	} hard[] = {
		{ICMP4_PROTO_UNREACHABLE, -ENOPROTOOPT},
		{ICMP4_PORT_UNREACHABLE, -ECONNREFUSED},
	};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct drive *d = drive_new();

		enter(d, states[i / 2]);
		inject_icmp(d, ICMP(UNREACHABLE, hard[i % 2].code, 0));
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
		expect_nothing(d);
		assert_int_equal(drive_connect(d, d->fd), hard[i % 2].error);
		drive_free(d);
	}
}

/* SHLD-26, as RFC 5927 5.2 amends it: no connection that is open.  They are
 * soft then, and reported. */
static void shld_26_hard_errors_do_not_end_an_open_connection(void **state)
{
	size_t i;

	(void)state;
	for (i = 2; i < N_STATES; i++) {
		struct drive *d = drive_new();
		uint32_t seq = enter(d, states[i]);

		inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PROTO_UNREACHABLE, seq));
		inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, seq));
		assert_int_equal(drive_state(d), states[i]);
		drive_set(d, d->fd, IPPROTO_IP, IP_RECVERR, 1);
		inject_icmp(d, ICMP(UNREACHABLE, ICMP4_PORT_UNREACHABLE, seq));
		assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_ERROR),
				 ECONNREFUSED);
		assert_int_equal(drive_state(d), states[i]);
		drive_free(d);
	}
}

/* MUST-55: in no state does Source Quench change anything. */
static void must_55_source_quench_is_dropped(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_STATES; i++) {
		struct drive *d = drive_new();
		uint32_t seq = enter(d, states[i]);
		struct tern_sockinfo before, after;

		drive_set(d, d->fd, IPPROTO_IP, IP_RECVERR, 1);
		before = drive_info(d);
		inject_icmp(d, ICMP(ICMP4_SOURCE_QUENCH, 0, seq));
		expect_nothing(d);
		after = drive_info(d);
		assert_int_equal(after.state, states[i]);
		assert_int_equal(after.cwnd, before.cwnd);
		assert_int_equal(after.ssthresh, before.ssthresh);
		assert_int_equal(after.error, 0);
		assert_int_equal(tern_drops(d->n, TERN_DROP_ICMP_TYPE), 1);
		assert_int_equal(tern_counter(d->n, TERN_IcmpInSrcQuenchs), 1);
		drive_free(d);
	}
}

/* No message there might be ends an open connection. */
static void no_message_ends_an_open_connection(void **state)
{
	struct drive *d = drive_new();
	unsigned int type, code;

	(void)state;
	enter(d, TERN_TCP_ESTABLISHED);
	for (type = 0; type < 256; type++)
		for (code = 0; code < 20; code++)
			inject_icmp(d, ICMP((uint8_t)type, (uint8_t)code, 1,
					    .mtu = 1400));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	inject(d, SEG(ACK, 1, 101));
	drive_send(d, 1, 0);
	assert_int_equal(drive_info(d).unacked, 1);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_54_it_reaches_its_connection),
		cmocka_unit_test(must_54_unknown_connections),
		cmocka_unit_test(must_54_half_open),
		cmocka_unit_test(must_54_fragmentation_needed),
		cmocka_unit_test(must_56_soft_errors_do_not_abort),
		cmocka_unit_test(must_56_soft_errors_and_half_open),
		cmocka_unit_test(shld_25_soft_errors_are_reported),
		cmocka_unit_test(shld_25_soft_error_explains_the_end),
		cmocka_unit_test(shld_26_hard_errors_end_an_attempt),
		cmocka_unit_test(
			shld_26_hard_errors_do_not_end_an_open_connection),
		cmocka_unit_test(must_55_source_quench_is_dropped),
		cmocka_unit_test(no_message_ends_an_open_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
