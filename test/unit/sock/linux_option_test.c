/* SPDX-License-Identifier: ISC */
/*
 * linux_option_test.c - setsockopt and getsockopt: as Linux
 */
#include <limits.h>

#include "side.h"

static void flags_of_socket(struct side *s)
{
	static const int names[] = {SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE,
				    SO_OOBINLINE};

	for (int i = 0; i < 4; i++) {
		side_numbers(s, side_tcp(s), SOL_SOCKET, names[i]);
		side_lengths(s, side_tcp(s), SOL_SOCKET, names[i]);
	}
}

static void tcp_numbers(struct side *s)
{
	static const int names[] = {
		TCP_NODELAY,   TCP_CORK,	 TCP_KEEPIDLE,
		TCP_KEEPINTVL, TCP_KEEPCNT,	 TCP_SYNCNT,
		TCP_MAXSEG,    TCP_USER_TIMEOUT, TCP_QUICKACK,
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd = side_tcp(s);

		/* The number of SYNs is net.ipv4.tcp_syn_retries at first. */
		if (names[i] == TCP_SYNCNT)
			NEED(side_set_opt(s, fd, IPPROTO_TCP, TCP_SYNCNT, 3));
		side_numbers(s, fd, IPPROTO_TCP, names[i]);
	}
	side_lengths(s, side_tcp(s), IPPROTO_TCP, TCP_NODELAY);
	side_lengths(s, side_tcp(s), IPPROTO_TCP, TCP_KEEPIDLE);
}

static void tcp_times(struct side *s)
{
	static const int seconds[] = {-5,  0,	1,	2,	3,  4,
				      7,   8,	15,	31,	63, 127,
				      128, 500, 100000, INT_MAX};
	int fd = side_tcp(s);

	side_numbers(s, fd, IPPROTO_TCP, TCP_LINGER2);
	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		NOTE(s, side_set_opt(s, fd, IPPROTO_TCP, TCP_DEFER_ACCEPT,
				     seconds[i]));
		NOTE(s, side_opt(s, fd, IPPROTO_TCP, TCP_DEFER_ACCEPT));
	}
}

static void window_clamp(struct side *s)
{
	int fd = side_tcp(s), e[2];

	NOTE(s, side_set_opt(s, fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, 0));
	NOTE(s, side_opt(s, fd, IPPROTO_TCP, TCP_WINDOW_CLAMP));
	NOTE(s, side_set_opt(s, fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, 1));
	NOTE(s, side_opt(s, fd, IPPROTO_TCP, TCP_WINDOW_CLAMP));
	NOTE(s, side_set_opt(s, fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, 5000));
	NOTE(s, side_opt(s, fd, IPPROTO_TCP, TCP_WINDOW_CLAMP));
	NOTE(s, side_set_opt(s, fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, -1));
	NOTE(s, side_opt(s, fd, IPPROTO_TCP, TCP_WINDOW_CLAMP));
	fd = side_connected(s, e);
	NOTE(s, side_set_opt(s, e[0], IPPROTO_TCP, TCP_WINDOW_CLAMP, 0));
	NOTE(s, side_set_opt(s, fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, 0));
	NOTE(s, side_set_opt(s, e[0], IPPROTO_TCP, TCP_WINDOW_CLAMP, 9000));
	NOTE(s, side_opt(s, e[0], IPPROTO_TCP, TCP_WINDOW_CLAMP));
}

static void ip_numbers(struct side *s)
{
	static const int names[] = {IP_TOS, IP_TTL, IP_RECVERR, IP_FREEBIND};

	for (int i = 0; i < 4; i++) {
		side_numbers(s, side_tcp(s), IPPROTO_IP, names[i]);
		side_lengths(s, side_tcp(s), IPPROTO_IP, names[i]);
	}
}

static void ip_mtu(struct side *s)
{
	int e[2], l = side_connected(s, e), fd = side_tcp(s);

	NOTE(s, side_opt(s, fd, IPPROTO_IP, IP_MTU));
	NOTE(s, side_opt(s, l, IPPROTO_IP, IP_MTU));
	NOTE(s, side_set_opt(s, fd, IPPROTO_IP, IP_MTU, 1500));
	NOTE(s, side_opt(s, e[0], IPPROTO_IP, IP_MTU));
}

static void buffers(struct side *s)
{
	static const int names[] = {SO_SNDBUF, SO_RCVBUF};
	static const int values[] = {0,	   1,	 1000, 1151,  1152,  1153,
				     2303, 2304, 2305, 10000, 100000};

	for (int i = 0; i < 2; i++) {
		int fd = side_tcp(s);
		int un = NEED(do_socket(s, AF_UNIX, SOCK_STREAM, 0));

		for (int k = 0; k < 11; k++) {
			NOTE(s, side_set_opt(s, fd, SOL_SOCKET, names[i],
					     values[k]));
			NOTE(s, side_opt(s, fd, SOL_SOCKET, names[i]));
			NOTE(s, side_set_opt(s, un, SOL_SOCKET, names[i],
					     values[k]));
			NOTE(s, side_opt(s, un, SOL_SOCKET, names[i]));
		}
		side_lengths(s, fd, SOL_SOCKET, names[i]);
		/* A negative size is a large one: the limit, twice. */
		NOTE(s, side_set_opt(s, fd, SOL_SOCKET, names[i], -1));
		NOTE(s, side_opt(s, fd, SOL_SOCKET, names[i]) > 1000000);
	}
}

static void forced_buffers(struct side *s)
{
	int fd = side_tcp(s);

	/* Linux wants CAP_NET_ADMIN. */
	if (!s->n && geteuid() != 0)
		return;
	NOTE(s, side_set_opt(s, fd, SOL_SOCKET, SO_SNDBUFFORCE, 100000000));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_SNDBUF));
	NOTE(s, side_set_opt(s, fd, SOL_SOCKET, SO_RCVBUFFORCE, 100000000));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_RCVBUF));
	NOTE(s, side_set_opt(s, fd, SOL_SOCKET, SO_SNDBUFFORCE, -1));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_SNDBUF));
	NOTE(s, side_set_opt(s, fd, SOL_SOCKET, SO_RCVBUFFORCE, -1));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_RCVBUF));
	NOTE(s, side_set_opt(s, fd, SOL_SOCKET, SO_SNDBUFFORCE, INT_MAX));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_SNDBUF));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_SNDBUFFORCE));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_RCVBUFFORCE));
}

static void low_water_marks(struct side *s)
{
	int fd = side_tcp(s);

	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_RCVLOWAT));
	NOTE(s, side_set_opt(s, fd, SOL_SOCKET, SO_RCVLOWAT, 0));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_RCVLOWAT));
	NOTE(s, side_set_opt(s, fd, SOL_SOCKET, SO_RCVLOWAT, 1000));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_RCVLOWAT));
	NEED(side_set_opt(s, fd, SOL_SOCKET, SO_RCVBUF, 5000));
	NOTE(s, side_set_opt(s, fd, SOL_SOCKET, SO_RCVLOWAT, 1000000));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_RCVLOWAT));
	NOTE(s, side_set_opt(s, fd, SOL_SOCKET, SO_RCVLOWAT, -1));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_RCVLOWAT));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_SNDLOWAT));
	NOTE(s, side_set_opt(s, fd, SOL_SOCKET, SO_SNDLOWAT, 1));
}

static void lingers(struct side *s)
{
	static const struct linger values[] = {
		{0, 0}, {1, 0}, {1, 5}, {0, 7}, {-1, 3}, {5, 100}, {1, 60000}};
	struct linger l;
	socklen_t len;
	int fd = side_tcp(s);

	for (int i = 0; i < 7; i++) {
		NOTE(s, do_setsockopt(s, fd, SOL_SOCKET, SO_LINGER, &values[i],
				      sizeof(l)));
		len = sizeof(l);
		NOTE(s, do_getsockopt(s, fd, SOL_SOCKET, SO_LINGER, &l, &len));
		NOTE(s, len);
		NOTE(s, l.l_onoff);
		NOTE(s, l.l_linger);
	}
	NOTE(s, do_setsockopt(s, fd, SOL_SOCKET, SO_LINGER, &l, 7));
	NOTE(s, do_setsockopt(s, fd, SOL_SOCKET, SO_LINGER, &l, 9));
	len = 5;
	NOTE(s, do_getsockopt(s, fd, SOL_SOCKET, SO_LINGER, &l, &len));
	NOTE(s, len);
	len = 100;
	NOTE(s, do_getsockopt(s, fd, SOL_SOCKET, SO_LINGER, &l, &len));
	NOTE(s, len);
}

static void timeouts(struct side *s)
{
	static const int names[] = {SO_RCVTIMEO, SO_SNDTIMEO, SO_RCVTIMEO_NEW,
				    SO_SNDTIMEO_NEW};
	/* Whole jiffies, since Linux counts in these. */
	static const struct timeval values[] = {
		{0, 0},	 {1, 0},  {3, 500000}, {0, 999999 + 1},
		{0, -1}, {-1, 0}, {100000, 0}, {5, 20000}};
	struct timeval tv;
	socklen_t len;
	int fd = side_tcp(s), un = NEED(do_socket(s, AF_UNIX, SOCK_STREAM, 0));

	for (int i = 0; i < 4; i++)
		for (int k = 0; k < 8; k++) {
			NOTE(s,
			     do_setsockopt(s, k & 1 ? fd : un, SOL_SOCKET,
					   names[i], &values[k], sizeof(tv)));
			len = sizeof(tv);
			NOTE(s, do_getsockopt(s, k & 1 ? fd : un, SOL_SOCKET,
					      names[i ^ 2], &tv, &len));
			NOTE(s, len);
			NOTE(s, tv.tv_sec);
			NOTE(s, tv.tv_usec);
		}
	NOTE(s, do_setsockopt(s, fd, SOL_SOCKET, SO_RCVTIMEO, &tv, 15));
	NOTE(s, do_setsockopt(s, fd, SOL_SOCKET, SO_RCVTIMEO, &tv, 17));
	len = 12;
	NOTE(s, do_getsockopt(s, fd, SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
	NOTE(s, len);
}

static void read_only(struct side *s)
{
	static const int names[] = {SO_ERROR, SO_TYPE, SO_DOMAIN, SO_PROTOCOL,
				    SO_ACCEPTCONN};
	int e[2], l = side_connected(s, e);
	int pair[2];
	int fds[5] = {l, e[0], e[1], 0, 0};

	NEED(do_socketpair(s, AF_UNIX, SOCK_STREAM, 0, pair));
	fds[3] = side_tcp(s);
	fds[4] = pair[0];
	for (int i = 0; i < 5; i++)
		for (int k = 0; k < 5; k++) {
			NOTE(s, side_opt(s, fds[k], SOL_SOCKET, names[i]));
			NOTE(s,
			     side_set_opt(s, fds[k], SOL_SOCKET, names[i], 1));
		}
	side_lengths(s, e[0], SOL_SOCKET, SO_TYPE);
	NOTE(s, side_set_opt(s, e[0], IPPROTO_TCP, TCP_INFO, 1));
}

static void peer_name(struct side *s)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int e[2];

	side_connected(s, e);
	NOTE(s, do_getsockopt(s, e[0], SOL_SOCKET, SO_PEERNAME, &a, &len));
	NOTE(s, len);
	NOTE(s, ntohl(a.sin_addr.s_addr));
	len = 5;
	NOTE(s, do_getsockopt(s, e[0], SOL_SOCKET, SO_PEERNAME, &a, &len));
	NOTE(s, len);
	len = sizeof(a) + 1;
	NOTE(s, do_getsockopt(s, e[0], SOL_SOCKET, SO_PEERNAME, &a, &len));
	len = sizeof(a);
	NOTE(s,
	     do_getsockopt(s, side_tcp(s), SOL_SOCKET, SO_PEERNAME, &a, &len));
}

static void unknown(struct side *s)
{
	int fd = side_tcp(s);
	int un = NEED(do_socket(s, AF_UNIX, SOCK_STREAM, 0));

	NOTE(s, side_opt(s, fd, SOL_SOCKET, 9999));
	NOTE(s, side_set_opt(s, fd, SOL_SOCKET, 9999, 1));
	NOTE(s, side_opt(s, fd, IPPROTO_TCP, 9999));
	NOTE(s, side_set_opt(s, fd, IPPROTO_TCP, 9999, 1));
	NOTE(s, side_opt(s, fd, IPPROTO_IP, 9999));
	NOTE(s, side_set_opt(s, fd, IPPROTO_IP, 9999, 1));
	NOTE(s, side_opt(s, fd, IPPROTO_UDP, 1));
	NOTE(s, side_set_opt(s, fd, IPPROTO_UDP, 1, 1));
	NOTE(s, side_opt(s, fd, 4711, 1));
	NOTE(s, side_set_opt(s, fd, 4711, 1, 1));
	NOTE(s, side_opt(s, un, IPPROTO_TCP, TCP_NODELAY));
	NOTE(s, side_set_opt(s, un, IPPROTO_TCP, TCP_NODELAY, 1));
	NOTE(s, side_opt(s, un, IPPROTO_IP, IP_TOS));
	NOTE(s, side_set_opt(s, un, IPPROTO_IP, IP_TOS, 1));
	NOTE(s, side_opt(s, un, SOL_SOCKET, 9999));
	NOTE(s, side_set_opt(s, un, SOL_SOCKET, 9999, 1));
	DIFFERS(s, side_set_opt(s, un, SOL_SOCKET, SO_REUSEADDR, 1), 0,
		-ENOPROTOOPT, "it would do nothing");
}

static void congestion(struct side *s)
{
	char name[32];
	socklen_t len;
	int fd = side_tcp(s);

	NOTE(s, do_setsockopt(s, fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	memset(name, 'x', sizeof(name));
	len = sizeof(name);
	NOTE(s, do_getsockopt(s, fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	NOTE(s, len);
	NOTE(s, strcmp(name, "reno"));
	for (int i = 0; i < 20; i++)
		NOTE(s, name[i]);
	len = 3;
	NOTE(s, do_getsockopt(s, fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	NOTE(s, len);
	NOTE(s, do_setsockopt(s, fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 5));
	NOTE(s, do_setsockopt(s, fd, IPPROTO_TCP, TCP_CONGESTION, "renos", 4));
	NOTE(s, do_setsockopt(s, fd, IPPROTO_TCP, TCP_CONGESTION, "none", 4));
	NOTE(s, do_setsockopt(s, fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 0));
	NOTE(s, do_setsockopt(s, fd, IPPROTO_TCP, TCP_CONGESTION,
			      "0123456789012345678", 19));
}

/* What a listener has, its children get. */
static void inherited(struct side *s)
{
	struct linger linger = {1, 9};
	struct timeval tv = {7, 0};
	struct sockaddr_in at;
	socklen_t len = sizeof(tv);
	int l = side_tcp(s), c;

	NOTE(s, side_set_opt(s, l, SOL_SOCKET, SO_KEEPALIVE, 1));
	NOTE(s, side_set_opt(s, l, SOL_SOCKET, SO_OOBINLINE, 1));
	NOTE(s, side_set_opt(s, l, SOL_SOCKET, SO_RCVBUF, 50000));
	NOTE(s, side_set_opt(s, l, SOL_SOCKET, SO_SNDBUF, 60000));
	NOTE(s, side_set_opt(s, l, SOL_SOCKET, SO_RCVLOWAT, 11));
	NOTE(s, side_set_opt(s, l, IPPROTO_TCP, TCP_NODELAY, 1));
	NOTE(s, side_set_opt(s, l, IPPROTO_TCP, TCP_KEEPIDLE, 77));
	NOTE(s, side_set_opt(s, l, IPPROTO_TCP, TCP_KEEPINTVL, 78));
	NOTE(s, side_set_opt(s, l, IPPROTO_TCP, TCP_KEEPCNT, 79));
	NOTE(s, side_set_opt(s, l, IPPROTO_TCP, TCP_USER_TIMEOUT, 80));
	NOTE(s, side_set_opt(s, l, IPPROTO_TCP, TCP_LINGER2, 81));
	NOTE(s, side_set_opt(s, l, IPPROTO_IP, IP_TOS, 0x10));
	NOTE(s, side_set_opt(s, l, IPPROTO_IP, IP_TTL, 99));
	NOTE(s, do_setsockopt(s, l, SOL_SOCKET, SO_LINGER, &linger,
			      sizeof(linger)));
	NOTE(s, do_setsockopt(s, l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	at = side_addr(INADDR_LOOPBACK, 0);
	NEED(do_bind(s, l, &at, sizeof(at)));
	NEED(do_listen(s, l, 5));
	at = side_name(s, l);
	NOTE(s, side_opt(s, l, IPPROTO_TCP, TCP_KEEPIDLE));
	side_dial(s, &at);
	c = NEED(do_accept(s, l, NULL, NULL, 0));
	NOTE(s, side_opt(s, c, SOL_SOCKET, SO_KEEPALIVE));
	NOTE(s, side_opt(s, c, SOL_SOCKET, SO_OOBINLINE));
	NOTE(s, side_opt(s, c, SOL_SOCKET, SO_RCVBUF));
	NOTE(s, side_opt(s, c, SOL_SOCKET, SO_SNDBUF));
	NOTE(s, side_opt(s, c, SOL_SOCKET, SO_RCVLOWAT));
	NOTE(s, side_opt(s, c, IPPROTO_TCP, TCP_NODELAY));
	NOTE(s, side_opt(s, c, IPPROTO_TCP, TCP_KEEPIDLE));
	NOTE(s, side_opt(s, c, IPPROTO_TCP, TCP_KEEPINTVL));
	NOTE(s, side_opt(s, c, IPPROTO_TCP, TCP_KEEPCNT));
	NOTE(s, side_opt(s, c, IPPROTO_TCP, TCP_USER_TIMEOUT));
	NOTE(s, side_opt(s, c, IPPROTO_TCP, TCP_LINGER2));
	NOTE(s, side_opt(s, c, IPPROTO_IP, IP_TOS));
	NOTE(s, side_opt(s, c, IPPROTO_IP, IP_TTL));
	NOTE(s, do_getsockopt(s, c, SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
	NOTE(s, tv.tv_sec);
	len = sizeof(linger);
	NOTE(s, do_getsockopt(s, c, SOL_SOCKET, SO_LINGER, &linger, &len));
	NOTE(s, linger.l_onoff);
	NOTE(s, linger.l_linger);
}

static void info(struct side *s)
{
	struct tcp_info i;
	socklen_t len = sizeof(i);
	int e[2], l = side_connected(s, e);

	memset(&i, 0, sizeof(i));
	NOTE(s, do_getsockopt(s, e[0], IPPROTO_TCP, TCP_INFO, &i, &len));
	NOTE(s, len);
	NOTE(s, i.tcpi_state);
	NOTE(s, i.tcpi_ca_state);
	NOTE(s, i.tcpi_options & ~TCPI_OPT_ECN);
	NOTE(s, i.tcpi_unacked);
	NOTE(s, i.tcpi_retransmits);
	DIFFERS(s, i.tcpi_snd_cwnd, 10, 2,
		"the initial window is 2 of such large segments, RFC 6928");
	len = 5;
	NOTE(s, do_getsockopt(s, e[0], IPPROTO_TCP, TCP_INFO, &i, &len));
	NOTE(s, len);
	memset(&i, 0, sizeof(i));
	len = sizeof(i);
	NOTE(s, do_getsockopt(s, l, IPPROTO_TCP, TCP_INFO, &i, &len));
	NOTE(s, i.tcpi_state);
	NOTE(s, i.tcpi_unacked); /* the accept queue, and its limit */
	NOTE(s, i.tcpi_sacked);
	len = sizeof(i);
	NOTE(s, do_getsockopt(s, side_tcp(s), IPPROTO_TCP, TCP_INFO, &i, &len));
	NOTE(s, i.tcpi_state);
}

SCRIPT(flags_of_socket)
SCRIPT(tcp_numbers)
SCRIPT(tcp_times)
SCRIPT(window_clamp)
SCRIPT(ip_numbers)
SCRIPT(ip_mtu)
SCRIPT(buffers)
SCRIPT(forced_buffers)
SCRIPT(low_water_marks)
SCRIPT(lingers)
SCRIPT(timeouts)
SCRIPT(read_only)
SCRIPT(peer_name)
SCRIPT(unknown)
SCRIPT(congestion)
SCRIPT(inherited)
SCRIPT(info)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags_of_socket),
		cmocka_unit_test(test_tcp_numbers),
		cmocka_unit_test(test_tcp_times),
		cmocka_unit_test(test_window_clamp),
		cmocka_unit_test(test_ip_numbers),
		cmocka_unit_test(test_ip_mtu),
		cmocka_unit_test(test_buffers),
		cmocka_unit_test(test_forced_buffers),
		cmocka_unit_test(test_low_water_marks),
		cmocka_unit_test(test_lingers),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_peer_name),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_congestion),
		cmocka_unit_test(test_inherited),
		cmocka_unit_test(test_info),
	};

	return cmocka_run_group_tests(tests, side_kernel, NULL);
}
