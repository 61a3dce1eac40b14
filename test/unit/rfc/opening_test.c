/* SPDX-License-Identifier: ISC */
/*
 * opening_test.c - RFC 9293 3.5 and 3.9.1.1: opening connections
 */
#include "unit/rfc/drive.h"

static void must_10_simultaneous_open(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	assert_int_equal(drive_connect(d, d->fd), 0);
	drive_free(d);
}

static void must_11_rst_after_passive_open_returns_to_listen(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
	inject(d, SEG(RST, 1, 0));
	expect_nothing(d);
	assert_int_equal(d->trail[d->n_states - 1], TERN_TCP_LISTEN);
	drive_server(d); /* it still listens */
	drive_free(d);
}

static void must_11_rst_after_active_open_is_an_error(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(RST, 1, 0));
	assert_int_equal(drive_connect(d, d->fd), -ECONNREFUSED);
	drive_free(d);
}

/* MUST-10: our SYN,ACK may be lost, and the peer's SYN,ACK does without it
 * (Figure 8, where both have sent one). */
static void must_10_synack_lost(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	drive_wait(d);
	expect(d, SEG(SYN | ACK, 0, 1));	/* it is sent again */
	inject(d, SEG(SYN, 0, 0, .mss = 1460)); /* and so is theirs */
	expect(d, SEG(ACK, 1, 1));
	inject(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	drive_free(d);
}

/* MUST-10: options are agreed on as ever; the window of a SYN,ACK is not
 * scaled (RFC 7323 2.2). */
static void must_10_with_options(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN, 0, 0, .mss = 1000, .wscale_on = true, .wscale = 7,
		      .sack_ok = true, .ts = true, .ts_val = 1));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_true(d->last.wscale_on && d->last.sack_ok && d->last.ts);
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1000, .wscale_on = true,
		      .wscale = 7, .sack_ok = true, .ts = true, .ts_val = 2,
		      .ts_ecr = d->last.ts_val, .wnd = 5000));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	assert_int_equal(drive_info(d).snd_wnd, 5000);
	assert_int_equal(drive_info(d).mss, 1000 - 12);
	inject(d, SEG(ACK, 1, 1, .ts = true, .ts_val = 2, .wnd = 5000));
	assert_int_equal(drive_info(d).snd_wnd, 5000 << 7);
	drive_free(d);
}

/* MUST-10: closed before it was open: FIN follows the SYN. */
static void must_10_closed_meanwhile(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(FIN | ACK, 1, 1)); /* 3.10.4: nothing waits before it */
	inject(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_state(d), TERN_TCP_FIN_WAIT_1);
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 2));
	assert_int_equal(drive_state(d), TERN_TCP_FIN_WAIT_2);
	drive_free(d);
}

/* MUST-11: a SYN in the window sends a passive OPEN back to LISTEN (3.10.7.4,
 * fourth step); an active one answers it and goes on. */
static void must_11_syn_in_syn_received(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(SYN, 10, 0));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	assert_int_equal(d->trail[d->n_states - 1], TERN_TCP_LISTEN);
	drive_free(d);

	d = drive_new();
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(SYN, 10, 0));
	expect(d, SEG(ACK, 1, 1)); /* a challenge ACK */
	assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
	drive_free(d);
}

/* A socket bound to the well-known port, which may be shared. */
static int bound(struct drive *d)
{
	struct sockaddr_in sin = drive_addr(INADDR_ANY, STACK_PORT);
	const int fd = drive_socket(d);

	drive_set(d, fd, SOL_SOCKET, SO_REUSEADDR, 1);
	assert_int_equal(
		tern_bind(d->n, fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return fd;
}

/* MUST-41: LISTEN on the port of a connection, and its end, leave the
 * connection alone. */
static void must_41_listen_leaves_connections_alone(void **state)
{
	struct drive *d = drive_new();
	int lfd;

	(void)state;
	assert_int_equal(drive_connect(d, bound(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	expect(d, SEG(ACK, 1, 1));
	lfd = bound(d);
	assert_int_equal(tern_listen(d->n, lfd, 8), 0);
	inject(d, SEG(ACK, 1, 1, .len = 10));
	expect(d, SEG(ACK, 1, 11));
	inject(d, SEG(SYN, 11, 0)); /* of the connection, not for LISTEN */
	expect(d, SEG(ACK, 1, 11));
	assert_int_equal(tern_close(d->n, lfd), 0);
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	assert_int_equal(drive_recv(d, 100), 10);
	drive_free(d);
}

/* MUST-41: also connections that the same LISTEN has made. */
static void must_41_listen_again(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	d->lfd = bound(d);
	assert_int_equal(tern_listen(d->n, d->lfd, 8), 0);
	drive_server(d);
	assert_int_equal(tern_listen(d->n, d->lfd, 1), 0);
	assert_int_equal(tern_close(d->n, d->lfd), 0);
	d->lfd = bound(d);
	assert_int_equal(tern_listen(d->n, d->lfd, 8), 0);
	expect_nothing(d);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	drive_free(d);
}

/* MUST-42: LISTEN beside a connection in SYN-SENT, then in SYN-RECEIVED. */
static void must_42_listen_beside_syn_sent(void **state)
{
	struct drive *d = drive_new();
	int lfd;

	(void)state;
	assert_int_equal(drive_connect(d, bound(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	lfd = bound(d);
	assert_int_equal(tern_listen(d->n, lfd, 8), 0);
	assert_int_equal(tern_close(d->n, lfd), 0);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
	lfd = bound(d);
	assert_int_equal(tern_listen(d->n, lfd, 8), 0);
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	d->rport = 7; /* and LISTEN works for others */
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	drive_free(d);
}

static uint32_t local_addr(struct drive *d)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	assert_int_equal(
		tern_getsockname(d->n, d->fd, (struct sockaddr *)&sin, &len),
		0);
	return ntohl(sin.sin_addr.s_addr);
}

/* MUST-44: the route to the peer chooses the local address, before the SYN. */
static void must_44_ip_chooses_the_local_address(void **state)
{
	struct drive *d = drive_new();
	struct tern_route r = {.dst = PEER_ADDR, .prefix_len = 32};

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	assert_int_equal(local_addr(d), STACK_ADDR);
	expect(d, SEG(SYN, 0, 0));
	assert_int_equal(d->last.src, STACK_ADDR);

	r.ifindex = d->ifindex = drive_second(d);
	assert_int_equal(tern_route_add(d->n, &r), 0);
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	assert_int_equal(local_addr(d), DRIVE_SECOND);
	expect(d, SEG(SYN, 0, 0));
	assert_int_equal(d->last.src, DRIVE_SECOND);
	drive_free(d);
}

/* MUST-45: the route changes, the address does not: not for the SYN that is
 * sent again, not for text, nor for RST. */
static void must_45_local_address_stays(void **state)
{
	struct drive *d = drive_new();
	struct tern_route r = {.dst = PEER_ADDR, .prefix_len = 32};
	const int first = d->ifindex;

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	r.ifindex = drive_second(d);
	assert_int_equal(tern_route_add(d->n, &r), 0);
	d->ifindex = r.ifindex; /* what the stack sends comes out there */
	drive_wait(d);
	expect(d, SEG(SYN, 0, 0));
	assert_int_equal(d->last.src, STACK_ADDR);
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(d->last.src, STACK_ADDR);
	assert_int_equal(tern_route_remove(d->n, &r), 0);
	d->ifindex = first;
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	assert_int_equal(d->last.src, STACK_ADDR);
	assert_int_equal(local_addr(d), STACK_ADDR);
	drive_free(d);
}

/* MUST-45: a server answers from the address it was asked at. */
static void must_45_server_keeps_the_address(void **state)
{
	struct drive *d = drive_new();
	const uint32_t other = STACK_ADDR + 7;

	(void)state;
	assert_int_equal(tern_addr_add(d->n, d->ifindex, other, 24), 0);
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460, .dst = other));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_int_equal(d->last.src, other);
	inject(d, SEG(ACK, 1, 1, .dst = other, .len = 10));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_true(d->fd >= 0);
	expect(d, SEG(ACK, 1, 11));
	assert_int_equal(d->last.src, other);
	assert_int_equal(local_addr(d), other);
	drive_free(d);
}

static const uint32_t not_one_host[] = {
	0xffffffff, 0xc0a800ff, /* 192.168.0.255 */
	0xe0000001, 0xefffffff, /* multicast */
	0xf0000001, 0xfffffffe, /* reserved */
};

/* MUST-46: OPEN to what is not one host is refused, and sends nothing. */
static void must_46_open_to_a_group(void **state)
{
	struct drive *d = drive_new_if(1500, 0);
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++) {
		struct sockaddr_in sin = drive_addr(not_one_host[i], 80);
		const int fd = drive_socket(d);

		assert_true(tern_connect(d->n, fd, (struct sockaddr *)&sin,
					 sizeof(sin)) < 0);
		assert_int_not_equal(tern_connect(d->n, fd,
						  (struct sockaddr *)&sin,
						  sizeof(sin)),
				     -EINPROGRESS);
		expect_nothing(d);
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	}
	drive_free(d);
}

/* MUST-57: a SYN to a group makes nothing and is not answered, whether or not
 * somebody listens; nor is anything else. */
static void must_57_syn_to_a_group(void **state)
{
	struct drive *d = drive_new_if(1500, 0);
	size_t i;

	(void)state;
	for (i = 0; i < 12; i++) {
		if (i == 6)
			drive_listen(d, 8);
		inject(d, SEG(SYN, 0, 0, .dst = not_one_host[i % 6]));
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
		inject(d, SEG(ACK, 1, 1, .dst = not_one_host[i % 6]));
		inject(d, SEG(RST, 1, 1, .dst = not_one_host[i % 6]));
		expect_nothing(d);
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	}
	drive_server(d); /* to one host it is answered */
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_10_simultaneous_open),
		cmocka_unit_test(must_10_synack_lost),
		cmocka_unit_test(must_10_with_options),
		cmocka_unit_test(must_10_closed_meanwhile),
		cmocka_unit_test(
			must_11_rst_after_passive_open_returns_to_listen),
		cmocka_unit_test(must_11_rst_after_active_open_is_an_error),
		cmocka_unit_test(must_11_syn_in_syn_received),
		cmocka_unit_test(must_41_listen_leaves_connections_alone),
		cmocka_unit_test(must_41_listen_again),
		cmocka_unit_test(must_42_listen_beside_syn_sent),
		cmocka_unit_test(must_44_ip_chooses_the_local_address),
		cmocka_unit_test(must_45_local_address_stays),
		cmocka_unit_test(must_45_server_keeps_the_address),
		cmocka_unit_test(must_46_open_to_a_group),
		cmocka_unit_test(must_57_syn_to_a_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
