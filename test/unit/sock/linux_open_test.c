/* SPDX-License-Identifier: ISC */
/*
 * linux_open_test.c - socket, bind, listen, accept, connect, names: as Linux
 */
#include "side.h"

static void kinds(struct side *s)
{
	NOTE(s, do_socket(s, AF_INET, SOCK_STREAM, 0) >= 0);
	NOTE(s, do_socket(s, AF_INET, SOCK_STREAM, IPPROTO_TCP) >= 0);
	NOTE(s, do_socket(s, AF_INET, SOCK_STREAM, IPPROTO_UDP));
	NOTE(s, do_socket(s, AF_INET, SOCK_STREAM, 7));
	NOTE(s, do_socket(s, AF_INET, SOCK_STREAM, -1));
	NOTE(s, do_socket(s, AF_INET, SOCK_STREAM, 100000));
	NOTE(s, do_socket(s, AF_INET, SOCK_SEQPACKET, 0));
	NOTE(s, do_socket(s, AF_INET, SOCK_RDM, 0));
	NOTE(s, do_socket(s, AF_INET, 0, 0));
	NOTE(s, do_socket(s, AF_INET, 11, 0));
	NOTE(s, do_socket(s, AF_INET, 15, 0));
	NOTE(s, do_socket(s, AF_INET, SOCK_STREAM | 0x100000, 0));
	NOTE(s, do_socket(s, AF_INET, SOCK_STREAM | 0x10, 0));
	NOTE(s, do_socket(s, -1, SOCK_STREAM, 0));
	NOTE(s, do_socket(s, AF_MAX, SOCK_STREAM, 0));
	NOTE(s, do_socket(s, AF_MAX, 11, 0));
	NOTE(s, do_socket(s, AF_UNSPEC, SOCK_STREAM, 0));
	NOTE(s, do_socket(s, AF_UNIX, SOCK_STREAM, 0) >= 0);
	NOTE(s, do_socket(s, AF_UNIX, SOCK_STREAM, PF_UNIX) >= 0);
	NOTE(s, do_socket(s, AF_UNIX, SOCK_STREAM, 2));
	NOTE(s, do_socket(s, AF_UNIX, SOCK_RDM, 0));
	DIFFERS(s, do_socket(s, AF_INET, SOCK_DGRAM, 0) < 0, 0, 1,
		"there is no UDP yet");
}

static void flags(struct side *s)
{
	int a = NEED(do_socket(s, AF_INET, SOCK_STREAM, 0));
	int b = NEED(do_socket(s, AF_INET,
			       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	int on = 1;

	NOTE(s, do_fcntl(s, a, F_GETFL, 0));
	NOTE(s, do_fcntl(s, a, F_GETFD, 0));
	NOTE(s, do_fcntl(s, b, F_GETFL, 0));
	NOTE(s, do_fcntl(s, b, F_GETFD, 0));
	NOTE(s, do_fcntl(s, a, F_SETFL, O_NONBLOCK));
	NOTE(s, do_fcntl(s, a, F_GETFL, 0));
	NOTE(s, do_fcntl(s, a, F_SETFL, 0));
	NOTE(s, do_fcntl(s, a, F_GETFL, 0));
	NOTE(s, do_fcntl(s, a, F_SETFD, FD_CLOEXEC));
	NOTE(s, do_fcntl(s, a, F_GETFD, 0));
	NOTE(s, do_ioctl(s, a, FIONBIO, &on));
	NOTE(s, do_fcntl(s, a, F_GETFL, 0));
	NOTE(s, do_fcntl(s, a, 12345, 0));
	NOTE(s, do_fcntl(s, 999999, F_GETFL, 0));
}

static void bad_descriptor(struct side *s, int fd)
{
	struct sockaddr_in a = side_addr(INADDR_LOOPBACK, 0);
	socklen_t len = sizeof(a);
	int value = 0;
	char c = 0;

	NOTE(s, do_bind(s, fd, &a, sizeof(a)));
	NOTE(s, do_listen(s, fd, 1));
	NOTE(s, do_accept(s, fd, NULL, NULL, 0));
	NOTE(s, do_accept(s, fd, NULL, NULL, 0x10));
	NOTE(s, do_connect(s, fd, &a, sizeof(a)));
	NOTE(s, do_connect(s, fd, &a, 1000));
	NOTE(s, do_shutdown(s, fd, SHUT_RD));
	NOTE(s, do_shutdown(s, fd, 77));
	NOTE(s, do_send(s, fd, &c, 1, 0));
	NOTE(s, do_sendto(s, fd, &c, 1, &a, 1000));
	NOTE(s, do_recv(s, fd, &c, 1, 0));
	NOTE(s, do_write(s, fd, &c, 1));
	NOTE(s, do_read(s, fd, &c, 1));
	NOTE(s, do_getsockname(s, fd, &a, &len));
	NOTE(s, do_getpeername(s, fd, &a, &len));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_TYPE));
	NOTE(s, side_set_opt(s, fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	NOTE(s, do_ioctl(s, fd, FIONREAD, &value));
}

static void bad_descriptors(struct side *s)
{
	bad_descriptor(s, -1);
	bad_descriptor(s, 999999);
	bad_descriptor(s, NEED(do_epoll_create(s)));
	NOTE(s, do_close(s, -1));
	NOTE(s, do_close(s, 999999));
}

static void bind_addresses(struct side *s)
{
	struct sockaddr_in a = side_addr(INADDR_LOOPBACK, 0);
	struct sockaddr_in far = side_addr(0x08080808, 0);
	struct sockaddr_in odd = a;
	struct sockaddr_in out;
	socklen_t len = sizeof(out);
	int fd = side_tcp(s);

	NOTE(s, do_getsockname(s, fd, &out, &len));
	NOTE(s, len);
	NOTE(s, ntohl(out.sin_addr.s_addr));
	NOTE(s, ntohs(out.sin_port));
	NOTE(s, out.sin_family);
	NOTE(s, do_bind(s, fd, &far, sizeof(far)));
	NOTE(s, do_bind(s, fd, &a, sizeof(a) - 1));
	NOTE(s, do_bind(s, fd, &a, 0));
	NOTE(s, do_bind(s, fd, &a, 129));
	odd.sin_family = AF_INET6;
	NOTE(s, do_bind(s, fd, &odd, sizeof(odd)));
	odd.sin_family = AF_UNSPEC;
	NOTE(s, do_bind(s, fd, &odd, sizeof(odd)));
	NOTE(s, do_bind(s, fd, &a, sizeof(a)));
	NOTE(s, do_bind(s, fd, &a, sizeof(a)));
	NOTE(s, do_bind(s, fd, &far, sizeof(far)));
	NOTE(s, ntohs(side_name(s, fd).sin_port) != 0);
	NOTE(s, ntohl(side_name(s, fd).sin_addr.s_addr));

	fd = side_tcp(s);
	odd = side_addr(INADDR_ANY, 0);
	odd.sin_family = AF_UNSPEC;
	NOTE(s, do_bind(s, fd, &odd, sizeof(odd)));
	NOTE(s, ntohs(side_name(s, fd).sin_port) != 0);

	/* A longer address than need be is fine. */
	fd = side_tcp(s);
	NOTE(s, do_bind(s, fd, &a, 128));
	fd = side_tcp(s);
	odd = side_addr(0xe0000001, 0);
	DIFFERS(s, do_bind(s, fd, &odd, sizeof(odd)), 0, -EADDRNOTAVAIL,
		"TCP has no use for a group address, MUST-57");
	fd = side_tcp(s);
	odd = side_addr(0x7f010203, 0);
	NOTE(s, do_bind(s, fd, &odd, sizeof(odd)));
	fd = side_tcp(s);
	NOTE(s, side_set_opt(s, fd, IPPROTO_IP, IP_FREEBIND, 1));
	NOTE(s, do_bind(s, fd, &far, sizeof(far)));
}

/* One row of two sockets on one port. */
static void share(struct side *s, uint32_t ip_a, uint32_t ip_b, int how)
{
	/* Free on all addresses: of Linux' ports others take some meanwhile. */
	struct sockaddr_in a = side_addr(ip_a, side_free_port(s)), b;
	int fd_a = side_tcp(s), fd_b = side_tcp(s);

	if (how & 1)
		NOTE(s, side_set_opt(s, fd_a, SOL_SOCKET, SO_REUSEADDR, 1));
	if (how & 2)
		NOTE(s, side_set_opt(s, fd_b, SOL_SOCKET, SO_REUSEADDR, 1));
	if (how & 4)
		NOTE(s, side_set_opt(s, fd_a, SOL_SOCKET, SO_REUSEPORT, 1));
	if (how & 8)
		NOTE(s, side_set_opt(s, fd_b, SOL_SOCKET, SO_REUSEPORT, 1));
	NEED(do_bind(s, fd_a, &a, sizeof(a)));
	b = side_addr(ip_b, ntohs(a.sin_port));
	if (how & 16)
		NOTE(s, do_listen(s, fd_a, 1));
	NOTE(s, do_bind(s, fd_b, &b, sizeof(b)));
	NOTE(s, do_listen(s, fd_b, 1));
	if (!(how & 16))
		NOTE(s, do_listen(s, fd_a, 1));
	NOTE(s, do_close(s, fd_a));
	NOTE(s, do_close(s, fd_b));
}

static void ports_shared(struct side *s)
{
	static const uint32_t ips[] = {INADDR_ANY, INADDR_LOOPBACK, 0x7f000002};

	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++)
			for (int how = 0; how < 32; how++)
				share(s, ips[i], ips[k], how);
}

/* SO_REUSEADDR and SO_REUSEPORT, set when it listens or is bound already. */
static void sharing_late(struct side *s)
{
	static const int names[] = {SO_REUSEADDR, SO_REUSEPORT};

	for (int how = 0; how < 8; how++) {
		struct sockaddr_in a = side_addr(INADDR_LOOPBACK, 0);
		int fd = side_tcp(s), other = side_tcp(s);
		int name = names[how & 1];

		if (how & 4)
			NEED(side_set_opt(s, fd, SOL_SOCKET, name, 1));
		NEED(do_bind(s, fd, &a, sizeof(a)));
		if (how & 2)
			NEED(do_listen(s, fd, 1));
		a = side_name(s, fd);
		NEED(side_set_opt(s, other, SOL_SOCKET, name, 1));
		NOTE(s, side_set_opt(s, fd, SOL_SOCKET, name, !(how & 4)));
		if (how & 4 && name == SO_REUSEPORT)
			DIFFERS(s, do_bind(s, other, &a, sizeof(a)), 0,
				-EADDRINUSE,
				"Linux goes by what it was at bind()");
		else
			NOTE(s, do_bind(s, other, &a, sizeof(a)));
		NOTE(s, do_listen(s, other, 1));
	}
}

static void listening(struct side *s)
{
	struct sockaddr_in at, far, peer;
	socklen_t len = sizeof(peer);
	int fd = side_tcp(s), c;
	char buf[4] = {0};
	int value = 0;

	NOTE(s, do_accept(s, fd, NULL, NULL, 0));
	NOTE(s, do_listen(s, fd, 3)); /* takes a port */
	NOTE(s, ntohs(side_name(s, fd).sin_port) != 0);
	fd = side_tcp(s);
	at = side_addr(INADDR_LOOPBACK, side_free_port(s));
	NOTE(s, do_bind(s, fd, &at, sizeof(at)));
	NOTE(s, do_listen(s, fd, 3));
	NOTE(s, do_listen(s, fd, -1));
	NOTE(s, do_listen(s, fd, 0));
	NOTE(s, do_accept(s, fd, NULL, NULL, 0));
	NOTE(s, do_accept(s, fd, NULL, NULL, 0x10));
	NOTE(s, side_events(s, fd));
	NOTE(s, do_bind(s, fd, &at, sizeof(at)));
	far = side_addr(0x08080808, 0);
	NOTE(s, do_bind(s, fd, &far, sizeof(far)));
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	NOTE(s, do_connect(s, fd, &at, 1));
	NOTE(s, do_send(s, fd, buf, 1, 0));
	NOTE(s, do_send(s, fd, buf, 0, 0));
	NOTE(s, do_recv(s, fd, buf, 1, 0));
	NOTE(s, do_recv(s, fd, buf, 1, MSG_PEEK));
	NOTE(s, do_recv(s, fd, buf, 1, MSG_OOB));
	NOTE(s, do_write(s, fd, buf, 1));
	NOTE(s, do_getpeername(s, fd, &peer, &len));
	NOTE(s, do_ioctl(s, fd, FIONREAD, &value));
	NOTE(s, do_ioctl(s, fd, SIOCOUTQ, &value));
	NOTE(s, do_ioctl(s, fd, SIOCOUTQNSD, &value));
	NOTE(s, do_ioctl(s, fd, SIOCATMARK, &value));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_ACCEPTCONN));
	c = side_dial(s, &at);
	NOTE(s, side_events(s, fd));
	NOTE(s, do_shutdown(s, fd, SHUT_WR));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_ACCEPTCONN));
	NOTE(s, do_shutdown(s, fd, 3));
	NOTE(s, do_shutdown(s, fd, SHUT_RD));
	side_settle(s);
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_ACCEPTCONN));
	NOTE(s, do_accept(s, fd, NULL, NULL, 0));
	NOTE(s, side_events(s, fd));
	NOTE(s, side_events(s, c));
	NOTE(s, side_opt(s, c, SOL_SOCKET, SO_ERROR));
	NOTE(s, ntohs(side_name(s, fd).sin_port) == ntohs(at.sin_port));
	NOTE(s, do_listen(s, fd, 1));
	NOTE(s, ntohs(side_name(s, fd).sin_port) == ntohs(at.sin_port));
	c = side_dial(s, &at);
	NOTE(s, side_events(s, c));
}

static void accepting(struct side *s)
{
	struct sockaddr_in at, peer;
	socklen_t len;
	int l = side_listener(s, &at, 5), c, a;

	c = side_dial(s, &at);
	memset(&peer, 0, sizeof(peer));
	len = sizeof(peer);
	a = NEED(do_accept(s, l, &peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC));
	NOTE(s, len);
	NOTE(s, peer.sin_port == side_name(s, c).sin_port);
	NOTE(s, ntohl(peer.sin_addr.s_addr));
	NOTE(s, do_fcntl(s, a, F_GETFL, 0));
	NOTE(s, do_fcntl(s, a, F_GETFD, 0));
	NOTE(s, ntohs(side_name(s, a).sin_port) == ntohs(at.sin_port));

	/* O_NONBLOCK is not inherited; a short address is cut. */
	c = side_dial(s, &at);
	len = 4;
	memset(&peer, 0, sizeof(peer));
	a = NEED(do_accept(s, l, &peer, &len, 0));
	NOTE(s, len);
	NOTE(s, peer.sin_family);
	NOTE(s, peer.sin_addr.s_addr);
	NOTE(s, do_fcntl(s, a, F_GETFL, 0));
	NOTE(s, do_fcntl(s, a, F_GETFD, 0));

	/* One that was reset before it was accepted is still accepted. */
	c = side_dial(s, &at);
	{
		struct linger now = {1, 0};
		char buf[1];

		NEED(do_setsockopt(s, c, SOL_SOCKET, SO_LINGER, &now,
				   sizeof(now)));
		NEED(do_close(s, c));
		side_settle(s);
		NOTE(s, side_events(s, l));
		len = sizeof(peer);
		a = do_accept(s, l, &peer, &len, SOCK_NONBLOCK);
		NOTE(s, a >= 0);
		NOTE(s, len);
		NOTE(s, ntohl(peer.sin_addr.s_addr));
		NOTE(s, side_events(s, a));
		len = sizeof(peer);
		NOTE(s, do_getpeername(s, a, &peer, &len));
		NOTE(s, do_recv(s, a, buf, 1, 0));
		NOTE(s, do_recv(s, a, buf, 1, 0));
		NOTE(s, do_send(s, a, buf, 1, 0));
	}
}

static void connecting(struct side *s)
{
	struct sockaddr_in at, odd, peer;
	socklen_t len = sizeof(peer);
	int l = side_listener(s, &at, 5);
	int fd = side_tcp(s);

	NOTE(s, side_events(s, fd));
	NOTE(s, do_getpeername(s, fd, &peer, &len));
	NOTE(s, do_connect(s, fd, &at, 0));
	NOTE(s, do_connect(s, fd, &at, 1));
	NOTE(s, do_connect(s, fd, &at, 2));
	NOTE(s, do_connect(s, fd, &at, sizeof(at) - 1));
	NOTE(s, do_connect(s, fd, &at, 129));
	odd = at;
	odd.sin_family = AF_INET6;
	NOTE(s, do_connect(s, fd, &odd, sizeof(odd)));
	odd.sin_family = AF_UNSPEC;
	NOTE(s, do_connect(s, fd, &odd, sizeof(odd)));
	NOTE(s, do_connect(s, fd, &odd, 2));
	NOTE(s, ntohs(side_name(s, fd).sin_port));
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	side_settle(s);
	NOTE(s, side_events(s, fd));
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	NOTE(s, do_connect(s, fd, &at, 3));
	NOTE(s, do_bind(s, fd, &at, sizeof(at)));
	NOTE(s, do_listen(s, fd, 1));
	NOTE(s, do_accept(s, fd, NULL, NULL, 0));
	len = sizeof(peer);
	NOTE(s, do_getpeername(s, fd, &peer, &len));
	NOTE(s, len);
	NOTE(s, peer.sin_port == at.sin_port);
	NOTE(s, ntohl(side_name(s, fd).sin_addr.s_addr));

	/* Back to nothing, and again. */
	NOTE(s, do_connect(s, fd, &odd, 2));
	side_settle(s);
	NOTE(s, side_events(s, fd));
	DIFFERS(s, ntohs(side_name(s, fd).sin_port) == 0, 0, 1,
		"Linux tells a port that the socket does not have any more");
	NOTE(s, ntohl(side_name(s, fd).sin_addr.s_addr));
	NOTE(s, do_getpeername(s, fd, &peer, &len));
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	side_settle(s);
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	NOTE(s, side_events(s, fd));
	NOTE(s, do_accept(s, l, NULL, NULL, 0) >= 0);
	NOTE(s, do_accept(s, l, NULL, NULL, 0) >= 0);
}

/* A bound socket keeps its name through AF_UNSPEC. */
static void disconnecting_bound(struct side *s)
{
	struct sockaddr_in at, mine, none;
	int fd = side_tcp(s);
	int port;

	side_listener(s, &at, 5);
	mine = side_addr(INADDR_LOOPBACK, side_free_port(s));
	NEED(do_bind(s, fd, &mine, sizeof(mine)));
	port = side_name(s, fd).sin_port;
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	side_settle(s);
	memset(&none, 0, sizeof(none));
	NOTE(s, do_connect(s, fd, &none, sizeof(none)));
	NOTE(s, side_name(s, fd).sin_port == port);
	NOTE(s, ntohl(side_name(s, fd).sin_addr.s_addr));
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	side_settle(s);
	NOTE(s, side_events(s, fd));
	NOTE(s, side_name(s, fd).sin_port == port);
}

static void refused(struct side *s)
{
	struct sockaddr_in at, odd;
	char buf[1] = {0};
	int fd = side_tcp(s);
	int l = side_listener(s, &at, 1);

	NEED(do_close(s, l));
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	side_settle(s);
	NOTE(s, side_events(s, fd));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_ERROR));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_ERROR));
	NOTE(s, side_events(s, fd));

	/* The error comes once, by whichever call is first. */
	fd = side_tcp(s);
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	side_settle(s);
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	side_settle(s);
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	side_settle(s);
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	side_settle(s);
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_ERROR));

	fd = side_dial(s, &at);
	NOTE(s, do_recv(s, fd, buf, 1, 0));
	NOTE(s, do_recv(s, fd, buf, 1, 0));
	NOTE(s, do_send(s, fd, buf, 1, 0));
	fd = side_dial(s, &at);
	NOTE(s, do_send(s, fd, buf, 1, 0));
	NOTE(s, do_send(s, fd, buf, 1, 0));
	fd = side_dial(s, &at);
	NOTE(s, do_shutdown(s, fd, SHUT_RDWR));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_ERROR));

	/* Places that cannot be. */
	fd = side_tcp(s);
	odd = side_addr(0xffffffff, 80);
	NOTE(s, do_connect(s, fd, &odd, sizeof(odd)));
	odd = side_addr(0xe0000001, 80);
	NOTE(s, do_connect(s, fd, &odd, sizeof(odd)));
	odd = side_addr(INADDR_ANY, ntohs(at.sin_port));
	NOTE(s, do_connect(s, fd, &odd, sizeof(odd)));
	side_settle(s);
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_ERROR));
}

static void not_connected(struct side *s)
{
	char buf[4] = {0};
	struct iovec iov = {buf, 1};
	int value = 0;
	int fd = side_tcp(s);

	NOTE(s, do_send(s, fd, buf, 1, 0));
	NOTE(s, do_send(s, fd, buf, 0, 0));
	NOTE(s, do_write(s, fd, buf, 1));
	NOTE(s, do_writev(s, fd, &iov, 1));
	NOTE(s, do_recv(s, fd, buf, 1, 0));
	NOTE(s, do_recv(s, fd, buf, 0, 0));
	NOTE(s, do_recv(s, fd, buf, 1, MSG_PEEK));
	NOTE(s, do_recv(s, fd, buf, 1, MSG_OOB));
	NOTE(s, do_read(s, fd, buf, 1));
	NOTE(s, do_read(s, fd, buf, 0));
	NOTE(s, do_shutdown(s, fd, SHUT_RD));
	fd = side_tcp(s);
	NOTE(s, do_shutdown(s, fd, SHUT_WR));
	fd = side_tcp(s);
	NOTE(s, do_shutdown(s, fd, SHUT_RDWR));
	NOTE(s, do_shutdown(s, fd, -1));
	fd = side_tcp(s);
	NOTE(s, do_ioctl(s, fd, FIONREAD, &value));
	NOTE(s, value);
	NOTE(s, do_ioctl(s, fd, SIOCOUTQ, &value));
	NOTE(s, value);
	NOTE(s, do_ioctl(s, fd, SIOCATMARK, &value));
	NOTE(s, value);
	NOTE(s, do_ioctl(s, fd, 0x12345678, &value));
}

/* The accept queue holds backlog + 1. */
static void backlog(struct side *s)
{
	struct sockaddr_in at;
	int l = side_listener(s, &at, 2), c[5];

	for (int i = 0; i < 5; i++)
		c[i] = side_dial(s, &at);
	for (int i = 0; i < 3; i++)
		NOTE(s, side_events(s, c[i]));
	for (int i = 0; i < 3; i++)
		NOTE(s, do_accept(s, l, NULL, NULL, 0) >= 0);
	NOTE(s, do_accept(s, l, NULL, NULL, 0));
}

SCRIPT(kinds)
SCRIPT(flags)
SCRIPT(bad_descriptors)
SCRIPT(bind_addresses)
SCRIPT(ports_shared)
SCRIPT(sharing_late)
SCRIPT(listening)
SCRIPT(accepting)
SCRIPT(connecting)
SCRIPT(disconnecting_bound)
SCRIPT(refused)
SCRIPT(not_connected)
SCRIPT(backlog)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_bad_descriptors),
		cmocka_unit_test(test_bind_addresses),
		cmocka_unit_test(test_ports_shared),
		cmocka_unit_test(test_sharing_late),
		cmocka_unit_test(test_listening),
		cmocka_unit_test(test_accepting),
		cmocka_unit_test(test_connecting),
		cmocka_unit_test(test_disconnecting_bound),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_not_connected),
		cmocka_unit_test(test_backlog),
	};

	return cmocka_run_group_tests(tests, side_kernel, NULL);
}
