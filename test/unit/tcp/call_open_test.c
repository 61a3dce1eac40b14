/* SPDX-License-Identifier: ISC */
/*
 * call_open_test.c - OPEN, RFC 9293 3.9.1.1: which address and port it has, and
 * what a second call says, and what is left when nothing came of it
 */
#include "unit/tcp/flight.h"

static int connect_to(struct drive *d, int fd, uint32_t addr, uint16_t port)
{
	const struct sockaddr_in sin = drive_addr(addr, port);

	return tern_connect(d->n, fd, (const struct sockaddr *)&sin,
			    sizeof(sin));
}

static int bind_to(struct drive *d, int fd, uint32_t addr, uint16_t port)
{
	const struct sockaddr_in sin = drive_addr(addr, port);

	return tern_bind(d->n, fd, (const struct sockaddr *)&sin, sizeof(sin));
}

static struct sockaddr_in name_of(struct drive *d, int fd)
{
	struct sockaddr_in sin = {0};
	socklen_t len = sizeof(sin);

	assert_int_equal(
		tern_getsockname(d->n, fd, (struct sockaddr *)&sin, &len), 0);
	return sin;
}

/* RFC 6056: all ports are taken, so there is none; and the socket is as it was,
 * bound to nothing. */
static void no_port_left(void **state)
{
	struct drive *d = drive_new();
	struct sockaddr_in name;
	int fd;

	(void)state;
	drive_sysctl(d, "net.ipv4.ip_local_port_range", "5000 5000");
	assert_int_equal(connect_to(d, drive_socket(d), PEER_ADDR, 80),
			 -EINPROGRESS);
	fd = drive_socket(d);
	assert_int_equal(connect_to(d, fd, PEER_ADDR, 80), -EADDRNOTAVAIL);
	name = name_of(d, fd);
	assert_int_equal(name.sin_port, 0);
	assert_int_equal(name.sin_addr.s_addr, 0);
	/* Another peer, another tuple. */
	assert_int_equal(connect_to(d, fd, PEER_ADDR, 81), -EINPROGRESS);
	name = name_of(d, fd);
	assert_int_equal(ntohs(name.sin_port), 5000);
	assert_int_equal(ntohl(name.sin_addr.s_addr), STACK_ADDR);
	drive_free(d);
}

/* A tuple that is in use cannot be had twice, by a port that was bound. */
static void tuple_in_use(void **state)
{
	struct drive *d = drive_new();
	int a = drive_socket(d), b = drive_socket(d);

	(void)state;
	drive_set(d, a, SOL_SOCKET, SO_REUSEADDR, 1);
	drive_set(d, b, SOL_SOCKET, SO_REUSEADDR, 1);
	assert_int_equal(bind_to(d, a, STACK_ADDR, 5000), 0);
	assert_int_equal(bind_to(d, b, STACK_ADDR, 5000), 0);
	assert_int_equal(connect_to(d, a, PEER_ADDR, 80), -EINPROGRESS);
	assert_int_equal(connect_to(d, b, PEER_ADDR, 80), -EADDRNOTAVAIL);
	assert_int_equal(ntohs(name_of(d, b).sin_port), 5000);
	assert_int_equal(ntohl(name_of(d, b).sin_addr.s_addr), STACK_ADDR);
	assert_int_equal(connect_to(d, b, PEER_ADDR, 81), -EINPROGRESS);
	drive_free(d);
}

/* Another connect() meanwhile, after it, and after the end. */
static void again(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_int_equal(drive_connect(d, d->fd), -EALREADY);
	inject(d, SEG(SYN | ACK, 0, 1, .mss = MSS));
	assert_int_equal(drive_connect(d, d->fd), 0);
	assert_int_equal(drive_connect(d, d->fd), -EISCONN);
	drive_free(d);

	d = drive_new(); /* refused: told once, then it may be tried again */
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(RST | ACK, 0, 1));
	assert_int_equal(drive_connect(d, d->fd), -ECONNREFUSED);
	drive_free(d);
}

/* It was opened and closed before the user came to ask: that is success. */
static void opened_and_closed(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = MSS));
	expect(d, SEG(ACK, 1, 1));
	inject(d, SEG(ACK | FIN, 1, 1));
	expect(d, SEG(ACK, 1, 2));
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	expect(d, SEG(ACK | FIN, 1, 2));
	inject(d, SEG(ACK, 2, 2));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	assert_int_equal(drive_connect(d, d->fd), 0);
	assert_int_equal(drive_connect(d, d->fd), -EISCONN);
	drive_free(d);
}

/* MUST-43, MUST-46: an address of this host to bind to, one host to connect
 * to. */
static void addresses(void **state)
{
	const struct {
		uint32_t addr;
		int err;
	} row[] = {
		{INADDR_ANY, 0},
		{STACK_ADDR, 0},
		{PEER_ADDR, -EADDRNOTAVAIL},
		{0xffffffff, -EADDRNOTAVAIL},
		{0xe0000001, -EADDRNOTAVAIL},
	};
	struct drive *d = drive_new();
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		fd = drive_socket(d);
		assert_int_equal(bind_to(d, fd, row[i].addr, 0), row[i].err);
		if (row[i].err)
			continue;
		assert_int_not_equal(name_of(d, fd).sin_port, 0);
		assert_int_equal(bind_to(d, fd, row[i].addr, 0), -EINVAL);
	}
	fd = drive_socket(d); /* IP_FREEBIND */
	drive_set(d, fd, IPPROTO_IP, 15, 1);
	assert_int_equal(bind_to(d, fd, PEER_ADDR, 7), 0);
	fd = drive_socket(d);
	assert_int_equal(bind_to(d, fd, STACK_ADDR, 7), 0);
	assert_int_equal(bind_to(d, drive_socket(d), STACK_ADDR, 7),
			 -EADDRINUSE);
	/* What was bound is where it comes from. */
	assert_int_equal(connect_to(d, fd, PEER_ADDR, 80), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_int_equal(d->last.src, STACK_ADDR);
	assert_int_equal(d->lport, 7);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_port_left),
		cmocka_unit_test(tuple_in_use),
		cmocka_unit_test(again),
		cmocka_unit_test(opened_and_closed),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
