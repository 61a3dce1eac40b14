/* SPDX-License-Identifier: ISC */
/*
 * rfc6056_test.c - RFC 6056: ephemeral ports, as a peer sees them; T39
 *
 * The choice itself is tested in tcp/port_pick_test.c.
 */
#include "unit/rfc/drive.h"

#define LO 32768
#define HI 60999

/* Connects to a port of the peer, and gives up.  Returns the local port. */
static uint16_t pick(struct drive *d, uint16_t rport)
{
	struct sockaddr_in sin = drive_addr(PEER_ADDR, rport);
	const int fd = drive_socket(d);
	uint16_t port;

	assert_int_equal(
		tern_connect(d->n, fd, (struct sockaddr *)&sin, sizeof(sin)),
		-EINPROGRESS);
	drive_pull(d);
	expect(d, SEG(SYN, 0, 0));
	port = d->lport;
	assert_int_equal(tern_close(d->n, fd), 0);
	return port;
}

/* 3.2: from the range, which is a tunable. */
static void ports_are_of_the_range(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	for (i = 0; i < 2000; i++)
		assert_in_range(pick(d, PEER_PORT), LO, HI);
	drive_sysctl(d, "net.ipv4.ip_local_port_range", "5000 5099");
	for (i = 0; i < 2000; i++)
		assert_in_range(pick(d, PEER_PORT), 5000, 5099);
	drive_free(d);
}

/* 2.1, T39: the next port is not the last one and a bit, to one peer or to
 * many; all parts of the range are used alike. */
static void t39_ports_are_not_predicted(void **state)
{
	struct drive *d = drive_new();
	int near = 0, eighth[8] = {0}, i;
	uint16_t last = 0, port;

	(void)state;
	for (i = 0; i < 8000; i++) {
		port = pick(d, (uint16_t)(PEER_PORT + (i < 4000 ? 0 : i)));
		near += abs(port - last) < 20;
		eighth[(port - LO) * 8 / (HI - LO + 1)]++;
		last = port;
	}
	assert_in_range(near, 0, 40); /* 11 are to be expected */
	for (i = 0; i < 8; i++)
		assert_in_range(eighth[i], 850, 1150);
	drive_free(d);
}

/* 3.3: the tuple is what must be free: a port may be used to two peers, and is
 * not given twice to one. */
static void tuples_are_unique(void **state)
{
	static bool seen[2][65536];
	struct drive *d = drive_new();
	struct sockaddr_in sin;
	int peer, i, fd;

	(void)state;
	drive_sysctl(d, "net.ipv4.ip_local_port_range", "5000 5049");
	for (peer = 0; peer < 2; peer++) {
		sin = drive_addr(PEER_ADDR + (uint32_t)peer, PEER_PORT);
		for (i = 0; i < 50; i++) {
			fd = drive_socket(d);
			assert_int_equal(tern_connect(d->n, fd,
						      (struct sockaddr *)&sin,
						      sizeof(sin)),
					 -EINPROGRESS);
			drive_pull(d);
			expect(d, SEG(SYN, 0, 0));
			assert_false(seen[peer][d->lport]);
			seen[peer][d->lport] = true;
		}
		fd = drive_socket(d);
		assert_int_equal(tern_connect(d->n, fd, (struct sockaddr *)&sin,
					      sizeof(sin)),
				 -EADDRNOTAVAIL);
	}
	drive_free(d);
}

/* 3.2: a port that somebody listens on is not given away. */
static void listening_ports_are_spared(void **state)
{
	struct drive *d = drive_new();
	struct sockaddr_in sin = drive_addr(INADDR_ANY, 5003);
	const int fd = drive_socket(d);
	int i;

	(void)state;
	drive_sysctl(d, "net.ipv4.ip_local_port_range", "5000 5009");
	assert_int_equal(
		tern_bind(d->n, fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(tern_listen(d->n, fd, 8), 0);
	for (i = 0; i < 200; i++)
		assert_int_not_equal(pick(d, PEER_PORT), 5003);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_are_of_the_range),
		cmocka_unit_test(t39_ports_are_not_predicted),
		cmocka_unit_test(tuples_are_unique),
		cmocka_unit_test(listening_ports_are_spared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
