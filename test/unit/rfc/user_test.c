/* SPDX-License-Identifier: ISC */
/*
 * user_test.c - RFC 9293 3.9.1: what the user can say, and is told
 *
 * Asynchronous reports (3.9.1.8), the Diffserv field (3.9.1.9), and the local
 * address of OPEN (3.9.1.1).
 */
#include <tern/poll.h>

#include "unit/rfc/drive_icmp.h"

#define OTHER_ADDR ip4_addr(192, 168, 0, 2)

/* An edge-triggered set that watches the connection: what was not there before
 * is told once, without being asked for. */
static int watch(struct drive *d)
{
	struct epoll_event ev = {.events = EPOLLPRI | EPOLLERR | EPOLLET};
	const int ep = tern_epoll_create(d->n);

	assert_true(ep >= 0);
	assert_int_equal(tern_epoll_ctl(d->n, ep, EPOLL_CTL_ADD, d->fd, &ev),
			 0);
	(void)!tern_epoll_wait(d->n, ep, &ev, 1);
	return ep;
}

static uint32_t reported(struct drive *d, int ep)
{
	struct epoll_event ev;

	if (tern_epoll_wait(d->n, ep, &ev, 1) == 0)
		return 0;
	assert_int_equal(tern_epoll_wait(d->n, ep, &ev, 1), 0);
	return ev.events;
}

/* MUST-47: an ICMP message. */
static void must_47_icmp_is_reported(void **state)
{
	struct drive *d = drive_new();
	int ep;

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_IP, IP_RECVERR, 1);
	ep = watch(d);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	assert_int_equal(reported(d, ep), 0);
	inject_icmp(d, ICMP(ICMP4_UNREACHABLE, ICMP4_HOST_UNREACHABLE, 1));
	assert_int_equal(reported(d, ep), EPOLLERR);
	assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_ERROR),
			 EHOSTUNREACH);
	assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_ERROR), 0);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);
}

/* MUST-47: it is the next call's error too, once; then the call works. */
static void must_47_report_by_a_call(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_IP, IP_RECVERR, 1);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	inject_icmp(d, ICMP(ICMP4_UNREACHABLE, ICMP4_NET_UNREACHABLE, 1));
	assert_int_equal(tern_send(d->n, d->fd, "x", 1, 0), -ENETUNREACH);
	assert_int_equal(tern_send(d->n, d->fd, "x", 1, 0), 1);
	inject_icmp(d, ICMP(ICMP4_UNREACHABLE, ICMP4_NET_UNREACHABLE, 1));
	assert_int_equal(drive_recv(d, 1), -ENETUNREACH);
	assert_int_equal(drive_recv(d, 1), -EAGAIN);
	drive_free(d);
}

/* MUST-47: excessive retransmissions. */
static void must_47_retransmissions_are_reported(void **state)
{
	struct drive *d = drive_new();
	int ep;

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_IP, IP_RECVERR, 1);
	ep = watch(d);
	drive_send(d, 10, 0);
	drive_sleep(d, 700 * TERN_MS); /* two of them */
	assert_int_equal(reported(d, ep), 0);
	drive_sleep(d, TERN_S);
	assert_int_equal(reported(d, ep), EPOLLERR);
	assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_ERROR), ETIMEDOUT);
	drive_drain(d);
	drive_free(d);
}

/* MUST-47: each advance of the urgent pointer. */
static void must_47_urgent_advance_is_reported(void **state)
{
	struct drive *d = drive_new();
	int ep;

	(void)state;
	drive_server(d);
	ep = watch(d);
	inject(d, SEG(ACK | URG, 1, 1, .len = 10, .up = 10));
	assert_int_equal(reported(d, ep), EPOLLPRI);
	inject(d, SEG(ACK | URG, 1, 1, .len = 20, .up = 10)); /* no advance */
	assert_int_equal(reported(d, ep) & EPOLLPRI, 0);
	inject(d, SEG(ACK | URG, 21, 1, .len = 10, .up = 10));
	assert_int_equal(reported(d, ep) & EPOLLPRI, EPOLLPRI);
	drive_drain(d);
	drive_free(d);
}

/* SHLD-20: off unless asked for, and it can be switched off again. */
static void shld_20_reports_can_be_switched_off(void **state)
{
	struct drive *d = drive_new();
	int ep, on;

	(void)state;
	drive_server(d);
	assert_int_equal(drive_get(d, d->fd, IPPROTO_IP, IP_RECVERR), 0);
	ep = watch(d);
	drive_send(d, 10, 0);
	for (on = 0; on < 4; on++) {
		drive_set(d, d->fd, IPPROTO_IP, IP_RECVERR, on % 2);
		inject_icmp(d,
			    ICMP(ICMP4_UNREACHABLE, ICMP4_HOST_UNREACHABLE, 1));
		assert_int_equal(reported(d, ep), on % 2 ? EPOLLERR : 0);
		assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_ERROR),
				 on % 2 ? EHOSTUNREACH : 0);
	}
	drive_drain(d);
	drive_free(d);
}

/* MUST-48: an active OPEN's goes with each segment, whatever the state. */
static void must_48_diffserv_of_a_client(void **state)
{
	struct drive *d = drive_new();
	const int fd = drive_socket(d);

	(void)state;
	drive_set(d, fd, IPPROTO_IP, IP_TOS, 0xb8); /* EF */
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_int_equal(d->last_tos, 0xb8);
	drive_sleep(d, 1100 * TERN_MS);
	expect(d, SEG(SYN, 0, 0)); /* again */
	assert_int_equal(d->last_tos, 0xb8);
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460, .tos = 0x20));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(d->last_tos, 0xb8);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	assert_int_equal(d->last_tos, 0xb8);
	inject(d, SEG(ACK, 1, 11));
	assert_int_equal(tern_shutdown(d->n, fd, SHUT_WR), 0);
	drive_pull(d);
	expect(d, SEG(FIN | ACK, 11, 1));
	assert_int_equal(d->last_tos, 0xb8);
	inject(d, SEG(FIN | ACK, 1, 12));
	expect(d, SEG(ACK, 12, 2));
	assert_int_equal(d->last_tos, 0xb8);
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	inject(d, SEG(FIN | ACK, 1, 12));
	expect(d, SEG(ACK, 12, 2)); /* by TIME-WAIT */
	assert_int_equal(d->last_tos, 0xb8);
	drive_free(d);
}

/* MUST-48: a passive OPEN's goes with the SYN,ACK and is inherited. */
static void must_48_diffserv_of_a_server(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	drive_set(d, d->lfd, IPPROTO_IP, IP_TOS, 0x28);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_int_equal(d->last_tos, 0x28);
	inject(d, SEG(ACK, 9000000, 1));
	expect(d, SEG(ACK, 1, 1)); /* still half-open */
	assert_int_equal(d->last_tos, 0x28);
	inject(d, SEG(ACK, 1, 1));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_int_equal(drive_get(d, d->fd, IPPROTO_IP, IP_TOS), 0x28);
	inject(d, SEG(PSH | ACK, 1, 1, .len = 5));
	expect(d, SEG(ACK, 1, 6));
	assert_int_equal(d->last_tos, 0x28);
	assert_int_equal(tern_close(d->n, d->fd), 0); /* with text unread */
	drive_pull(d);
	expect(d, SEG(RST | ACK, 1, 6));
	assert_int_equal(d->last_tos, 0x28);
	drive_free(d);
}

/* SHLD-22: all values of the field go as they are; the two bits beside it are
 * the transport's (RFC 3168). */
static void shld_22_all_values_unchanged(void **state)
{
	struct drive *d = drive_new();
	uint32_t nxt = 1;
	int dscp;

	(void)state;
	drive_server(d);
	for (dscp = 0; dscp < 64; dscp++) {
		drive_set(d, d->fd, IPPROTO_IP, IP_TOS, dscp << 2 | 3);
		drive_send(d, 1, 0);
		expect(d, SEG(PSH | ACK, nxt, 1, .len = 1));
		assert_int_equal(d->last_tos, dscp << 2);
		inject(d, SEG(ACK, 1, ++nxt));
	}
	drive_free(d);
}

/* SHLD-21: for what is sent from now on, retransmissions too. */
static void shld_21_changed_during_the_connection(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	assert_int_equal(d->last_tos, 0);
	drive_set(d, d->fd, IPPROTO_IP, IP_TOS, 0x48);
	drive_sleep(d, 300 * TERN_MS);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	assert_int_equal(d->last_tos, 0x48);
	inject(d, SEG(ACK, 1, 11));
	drive_set(d, d->fd, IPPROTO_IP, IP_TOS, 0);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 11, 1, .len = 10));
	assert_int_equal(d->last_tos, 0);
	drive_free(d);
}

static struct drive *two_addresses(void)
{
	struct drive *d = drive_new();

	assert_int_equal(tern_addr_add(d->n, d->ifindex, OTHER_ADDR, 24), 0);
	return d;
}

static void bind_to(struct drive *d, int fd, uint32_t addr, uint16_t port)
{
	struct sockaddr_in sin = drive_addr(addr, port);

	assert_int_equal(
		tern_bind(d->n, fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
}

/* MUST-43: "will be used for opening the connection". */
static void must_43_local_address_of_active_open(void **state)
{
	struct drive *d = two_addresses();
	int fd = drive_socket(d);

	(void)state;
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_int_equal(d->last.src, STACK_ADDR); /* the host's choice */
	fd = drive_socket(d);
	bind_to(d, fd, OTHER_ADDR, 0);
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_int_equal(d->last.src, OTHER_ADDR);
	fd = drive_socket(d);
	bind_to(d, fd, OTHER_ADDR, 12345);
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_int_equal(d->last.src, OTHER_ADDR);
	assert_int_equal(d->lport, 12345);
	drive_free(d);
}

/* MUST-43: "will await an incoming connection request to that address". */
static void must_43_local_address_of_passive_open(void **state)
{
	struct drive *d = two_addresses();

	(void)state;
	d->lfd = drive_socket(d);
	bind_to(d, d->lfd, OTHER_ADDR, STACK_PORT);
	assert_int_equal(tern_listen(d->n, d->lfd, 8), 0);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(RST | ACK, 0u - d->iss, 1));
	inject(d, SEG(SYN, 0, 0, .mss = 1460, .dst = OTHER_ADDR));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_int_equal(d->last.src, OTHER_ADDR);
	drive_free(d);
}

/* MUST-43: "if the parameter is unspecified": any, and then that one. */
static void must_43_any_local_address(void **state)
{
	struct drive *d = two_addresses();
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460, .dst = OTHER_ADDR));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_int_equal(d->last.src, OTHER_ADDR);
	inject(d, SEG(ACK, 1, 1, .dst = OTHER_ADDR));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_int_equal(
		tern_getsockname(d->n, d->fd, (struct sockaddr *)&sin, &len),
		0);
	assert_int_equal(ntohl(sin.sin_addr.s_addr), OTHER_ADDR);
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 1));
	assert_int_equal(d->last.src, OTHER_ADDR);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_47_icmp_is_reported),
		cmocka_unit_test(must_47_report_by_a_call),
		cmocka_unit_test(must_47_retransmissions_are_reported),
		cmocka_unit_test(must_47_urgent_advance_is_reported),
		cmocka_unit_test(shld_20_reports_can_be_switched_off),
		cmocka_unit_test(must_48_diffserv_of_a_client),
		cmocka_unit_test(must_48_diffserv_of_a_server),
		cmocka_unit_test(shld_22_all_values_unchanged),
		cmocka_unit_test(shld_21_changed_during_the_connection),
		cmocka_unit_test(must_43_local_address_of_active_open),
		cmocka_unit_test(must_43_local_address_of_passive_open),
		cmocka_unit_test(must_43_any_local_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
