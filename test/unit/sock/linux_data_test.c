/* SPDX-License-Identifier: ISC */
/*
 * linux_data_test.c - sending, receiving, shutting down, closing: as Linux
 */
#include <limits.h>

#include "side.h"

/* Sends and lets it arrive. */
static long put(struct side *s, int fd, const void *buf, size_t len, int flags)
{
	long r = do_send(s, fd, buf, len, flags);

	side_settle(s);
	return r;
}

static void reset_on_close(struct side *s, int fd)
{
	struct linger now = {1, 0};

	NEED(do_setsockopt(s, fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	NEED(do_close(s, fd));
	side_settle(s);
}

static void stream(struct side *s)
{
	char buf[16] = {0};
	int e[2], value = 0;

	side_connected(s, e);
	NOTE(s, do_recv(s, e[0], buf, 4, 0));
	NOTE(s, do_recv(s, e[0], buf, 0, 0));
	NOTE(s, do_recv(s, e[0], buf, 0, MSG_PEEK));
	NOTE(s, put(s, e[0], "hello", 5, 0));
	NOTE(s, side_events(s, e[1]));
	NOTE(s, do_ioctl(s, e[1], FIONREAD, &value));
	NOTE(s, value);
	NOTE(s, do_ioctl(s, e[0], SIOCOUTQ, &value));
	NOTE(s, value);
	NOTE(s, do_recv(s, e[1], buf, 2, MSG_PEEK));
	NOTE(s, do_recv(s, e[1], buf, 0, 0));
	NOTE(s, do_recv(s, e[1], buf, 2, 0));
	NOTE(s, buf[0] << 8 | buf[1]);
	NOTE(s, do_recv(s, e[1], buf, 10, MSG_WAITALL));
	NOTE(s, buf[0] << 8 | buf[1]);
	NOTE(s, do_recv(s, e[1], buf, 10, MSG_WAITALL));
	NOTE(s, put(s, e[0], "", 0, 0));
	NOTE(s, do_write(s, e[0], "abc", 3));
	side_settle(s);
	NOTE(s, do_read(s, e[1], buf, 16));
	NOTE(s, do_read(s, e[1], buf, 16));
	NOTE(s, do_read(s, e[1], buf, 0));
	NOTE(s,
	     put(s, e[1], "xyzzy", 5, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_EOR));
	NOTE(s, do_recv(s, e[0], NULL, 3, MSG_TRUNC));
	NOTE(s, do_recv(s, e[0], buf, 16, MSG_TRUNC | MSG_PEEK));
	NOTE(s, do_recv(s, e[0], buf, 16, MSG_TRUNC));
	NOTE(s, do_recv(s, e[0], buf, 16, MSG_ERRQUEUE));
	NOTE(s, do_send(s, e[0], "x", 1, MSG_FASTOPEN));
}

static void addresses(struct side *s)
{
	struct sockaddr_in a = side_addr(0x08080808, 9);
	socklen_t len = sizeof(a);
	char buf[16];
	int e[2];

	side_connected(s, e);
	NOTE(s, do_sendto(s, e[0], "one", 3, &a, sizeof(a)));
	NOTE(s, do_sendto(s, e[0], "two", 3, &a, 1));
	NOTE(s, do_sendto(s, e[0], "two", 3, &a, 129));
	NOTE(s, do_sendto(s, e[0], "two", 3, NULL, 129));
	a.sin_family = AF_UNIX;
	NOTE(s, do_sendto(s, e[0], "two", 3, &a, sizeof(a)));
	side_settle(s);
	a.sin_family = 4711;
	NOTE(s, do_recvfrom(s, e[1], buf, 4, &a, &len));
	NOTE(s, len);
	NOTE(s, a.sin_family);
	len = (socklen_t)-1;
	NOTE(s, do_recvfrom(s, e[1], buf, 1, &a, &len));
	len = sizeof(a);
	DIFFERS(s, do_recvfrom(s, e[1], buf, 16, &a, &len), 7, 8,
		"a call that fails takes nothing out");
	NOTE(s, do_recvfrom(s, e[1], buf, 16, &a, &len));
	NOTE(s, len);
}

static void vectors(struct side *s)
{
	static struct iovec many[1025];
	static char bytes[1025];
	char a[4], b[4], *none = NULL;
	struct iovec two[3] = {{a, 2}, {none, 0}, {b, 4}};
	struct iovec huge[2] = {{a, 4}, {b, SIZE_MAX}};
	int e[2];

	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	for (int i = 0; i < 1025; i++)
		many[i] = (struct iovec){bytes + i, 1};
	side_connected(s, e);
	NOTE(s, do_writev(s, e[0], two, 3));
	side_settle(s);
	NOTE(s, do_readv(s, e[1], two, 3));
	NOTE(s, a[1] << 8 | b[3]);
	NOTE(s, do_writev(s, e[0], two, 0));
	NOTE(s, do_writev(s, e[0], NULL, 0));
	NOTE(s, do_writev(s, e[0], two, -1));
	NOTE(s, do_readv(s, e[1], two, 0));
	NOTE(s, do_readv(s, e[1], two, -1));
	NOTE(s, do_writev(s, e[0], many, 1024));
	NOTE(s, do_writev(s, e[0], many, 1025));
	NOTE(s, do_readv(s, e[1], many, 1025));
	NOTE(s, do_writev(s, e[0], huge, 2));
	NOTE(s, do_readv(s, e[1], huge, 2));
	side_settle(s);
	NOTE(s, do_readv(s, e[1], many, 1024));
	two[1].iov_len = 4;
	NOTE(s, do_writev(s, e[0], two + 1, 1));
	NOTE(s, do_send(s, e[0], NULL, 3, 0));
	NOTE(s, do_write(s, e[0], NULL, 3));
	NOTE(s, do_send(s, e[0], NULL, 0, 0));
	NOTE(s, do_read(s, e[1], NULL, 0));
}

static void messages(struct side *s)
{
	char a[4] = "ab", c[64] = {0};
	struct iovec iov[2] = {{a, 2}, {a, 1}};
	struct sockaddr_in from;
	struct msghdr m;
	struct cmsghdr *cm = (struct cmsghdr *)(void *)c;
	int e[2];

	memset(&m, 0, sizeof(m));
	side_connected(s, e);
	NOTE(s, do_sendmsg(s, e[0], &m, 0));
	m.msg_iov = iov;
	m.msg_iovlen = 2;
	NOTE(s, do_sendmsg(s, e[0], &m, 0));
	side_settle(s);
	m.msg_name = &from;
	m.msg_namelen = sizeof(from);
	m.msg_control = c;
	m.msg_controllen = sizeof(c);
	m.msg_flags = 0x7777;
	NOTE(s, do_recvmsg(s, e[1], &m, 0));
	NOTE(s, m.msg_namelen);
	NOTE(s, (long)m.msg_controllen);
	NOTE(s, m.msg_flags);
	NOTE(s, do_recvmsg(s, e[1], &m, 0));
	m.msg_iovlen = 1025;
	NOTE(s, do_sendmsg(s, e[0], &m, 0));
	NOTE(s, do_recvmsg(s, e[1], &m, 0));

	/* Control messages. */
	m.msg_iovlen = 1;
	m.msg_name = NULL;
	m.msg_namelen = 0;
	m.msg_control = c;
	m.msg_controllen = sizeof(c);
	memset(c, 0, sizeof(c));
	NOTE(s, do_sendmsg(s, e[0], &m, 0)); /* length 0 */
	cm->cmsg_len = CMSG_LEN(4);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = 12345;
	m.msg_controllen = CMSG_SPACE(4);
	NOTE(s, do_sendmsg(s, e[0], &m, 0));
	cm->cmsg_level = 12345;
	NOTE(s, do_sendmsg(s, e[0], &m, 0));
	cm->cmsg_len = 1000;
	NOTE(s, do_sendmsg(s, e[0], &m, 0));
	m.msg_controllen = 3;
	NOTE(s, do_sendmsg(s, e[0], &m, 0));
}

static void half_close(struct side *s)
{
	char buf[16];
	int e[2];

	side_connected(s, e);
	NOTE(s, put(s, e[0], "last", 4, 0));
	NOTE(s, do_shutdown(s, e[0], SHUT_WR));
	side_settle(s);
	NOTE(s, side_events(s, e[0]));
	NOTE(s, side_events(s, e[1]));
	NOTE(s, do_send(s, e[0], "x", 1, 0));
	NOTE(s, do_send(s, e[0], "", 0, 0));
	NOTE(s, do_shutdown(s, e[0], SHUT_WR));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, do_recv(s, e[1], buf, 16, MSG_WAITALL));
	NOTE(s, side_events(s, e[1]));
	NOTE(s, put(s, e[1], "still", 5, 0));
	NOTE(s, do_recv(s, e[0], buf, 16, 0));
	NOTE(s, do_shutdown(s, e[1], SHUT_WR));
	side_settle(s);
	NOTE(s, side_events(s, e[0]));
	NOTE(s, side_events(s, e[1]));
	NOTE(s, do_recv(s, e[0], buf, 16, 0));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, do_send(s, e[0], "x", 1, 0));
	NOTE(s, do_send(s, e[1], "x", 1, 0));
	NOTE(s, do_shutdown(s, e[0], SHUT_RD));
	NOTE(s, do_shutdown(s, e[1], SHUT_RDWR));
	NOTE(s, side_opt(s, e[0], SOL_SOCKET, SO_ERROR));
	NOTE(s, side_opt(s, e[1], SOL_SOCKET, SO_ERROR));
}

static void peer_names_after(struct side *s)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	char buf[4];
	int e[2];

	side_connected(s, e);
	NEED(do_shutdown(s, e[0], SHUT_WR));
	side_settle(s);
	NOTE(s, do_getpeername(s, e[0], &a, &len));
	NOTE(s, do_getpeername(s, e[1], &a, &len));
	NEED(do_close(s, e[1]));
	side_settle(s);
	NOTE(s, side_events(s, e[0]));
	NOTE(s, do_getpeername(s, e[0], &a, &len));
	NOTE(s, do_recv(s, e[0], buf, 4, 0));
	NOTE(s, do_getsockname(s, e[0], &a, &len));
	NOTE(s, ntohl(a.sin_addr.s_addr));
	NOTE(s, a.sin_port != 0);
}

static void reading_shut(struct side *s)
{
	char buf[16];
	int e[2];

	side_connected(s, e);
	NOTE(s, put(s, e[0], "before", 6, 0));
	NOTE(s, do_shutdown(s, e[1], SHUT_RD));
	side_settle(s);
	NOTE(s, side_events(s, e[0]));
	NOTE(s, side_events(s, e[1]));
	NOTE(s, do_recv(s, e[1], buf, 3, 0));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, put(s, e[1], "back", 4, 0));
	NOTE(s, do_recv(s, e[0], buf, 16, 0));
	NOTE(s, do_shutdown(s, e[1], SHUT_RD));
	NOTE(s, do_shutdown(s, e[1], SHUT_WR));
	side_settle(s);
	NOTE(s, side_events(s, e[1]));
	NOTE(s, do_recv(s, e[0], buf, 16, 0));
}

/* Data after SHUT_RD is still taken on Linux. */
static void data_after_shut(struct side *s)
{
	char buf[16];
	int e[2];

	side_connected(s, e);
	NOTE(s, do_shutdown(s, e[1], SHUT_RD));
	NOTE(s, put(s, e[0], "after", 5, 0));
	NOTE(s, side_events(s, e[1]));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, side_events(s, e[0]));
	NOTE(s, put(s, e[0], "more", 4, 0));
}

static void was_reset(struct side *s)
{
	char buf[16];
	int e[2];

	side_connected(s, e);
	NOTE(s, put(s, e[0], "text", 4, 0));
	reset_on_close(s, e[0]);
	NOTE(s, side_events(s, e[1]));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, side_events(s, e[1]));
	NOTE(s, do_send(s, e[1], "x", 1, 0));
	NOTE(s, do_shutdown(s, e[1], SHUT_WR));
	NOTE(s, do_shutdown(s, e[1], SHUT_RD));

	side_connected(s, e);
	reset_on_close(s, e[0]);
	NOTE(s, do_send(s, e[1], "x", 1, 0));
	NOTE(s, do_send(s, e[1], "x", 1, 0));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));

	side_connected(s, e);
	reset_on_close(s, e[0]);
	NOTE(s, side_opt(s, e[1], SOL_SOCKET, SO_ERROR));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));

	side_connected(s, e);
	reset_on_close(s, e[0]);
	NOTE(s, do_shutdown(s, e[1], SHUT_RDWR));
}

/* Closing with unread data resets the peer. */
static void closed_unread(struct side *s)
{
	char buf[16];
	int e[2];

	side_connected(s, e);
	NOTE(s, put(s, e[0], "unread", 6, 0));
	NOTE(s, do_close(s, e[1]));
	side_settle(s);
	NOTE(s, side_events(s, e[0]));
	NOTE(s, do_recv(s, e[0], buf, 16, 0));
	NOTE(s, do_recv(s, e[0], buf, 16, 0));

	/* Data for one that has closed is answered with a reset. */
	side_connected(s, e);
	NOTE(s, do_close(s, e[1]));
	side_settle(s);
	NOTE(s, side_events(s, e[0]));
	NOTE(s, put(s, e[0], "late", 4, 0));
	NOTE(s, side_events(s, e[0]));
	NOTE(s, do_recv(s, e[0], buf, 16, 0));
	NOTE(s, do_send(s, e[0], "x", 1, 0));
	NOTE(s, do_send(s, e[0], "x", 1, 0));
	NOTE(s, do_recv(s, e[0], buf, 16, 0));
}

static void urgent(struct side *s)
{
	char buf[16] = {0};
	int e[2], value = -1;

	side_connected(s, e);
	NOTE(s, do_recv(s, e[1], buf, 1, MSG_OOB));
	NOTE(s, do_ioctl(s, e[1], SIOCATMARK, &value));
	NOTE(s, value);
	NOTE(s, put(s, e[0], "abc", 3, MSG_OOB));
	NOTE(s, side_events(s, e[1]));
	NOTE(s, do_ioctl(s, e[1], FIONREAD, &value));
	NOTE(s, value);
	NOTE(s, do_recv(s, e[1], buf, 1, MSG_OOB | MSG_PEEK));
	NOTE(s, buf[0]);
	buf[0] = 0;
	NOTE(s, do_recv(s, e[1], buf, 4, MSG_OOB));
	NOTE(s, buf[0]);
	NOTE(s, side_events(s, e[1]));
	NOTE(s, do_recv(s, e[1], buf, 1, MSG_OOB));
	NOTE(s, put(s, e[0], "def", 3, 0));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, do_ioctl(s, e[1], SIOCATMARK, &value));
	NOTE(s, value);
	NOTE(s, do_ioctl(s, e[1], FIONREAD, &value));
	NOTE(s, value);
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, buf[0]);
	NOTE(s, do_ioctl(s, e[1], SIOCATMARK, &value));
	NOTE(s, value);

	/* Inline: the byte is read like the others. */
	NOTE(s, side_set_opt(s, e[1], SOL_SOCKET, SO_OOBINLINE, 1));
	NOTE(s, put(s, e[0], "ghi", 3, MSG_OOB));
	NOTE(s, put(s, e[0], "jkl", 3, 0));
	NOTE(s, do_recv(s, e[1], buf, 1, MSG_OOB));
	NOTE(s, side_events(s, e[1]));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, do_ioctl(s, e[1], SIOCATMARK, &value));
	NOTE(s, value);
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, buf[0]);
	NOTE(s, side_events(s, e[1]));
}

/* The urgent byte that is not read is lost, also when another comes. */
static void urgent_twice(struct side *s)
{
	char buf[16] = {0};
	int e[2];

	side_connected(s, e);
	NOTE(s, put(s, e[0], "ab", 2, MSG_OOB));
	NOTE(s, put(s, e[0], "cd", 2, MSG_OOB));
	NOTE(s, do_recv(s, e[1], buf, 1, MSG_OOB));
	NOTE(s, buf[0]);
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, buf[0] << 8 | buf[1]);
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, put(s, e[0], "e", 1, MSG_OOB));
	NOTE(s, side_events(s, e[1]));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, do_recv(s, e[1], buf, 16, MSG_OOB));
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, do_shutdown(s, e[0], SHUT_WR));
	side_settle(s);
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, do_recv(s, e[1], buf, 16, MSG_OOB));
}

/* A socket that waits to connect. */
static void not_yet_connected(struct side *s)
{
	struct sockaddr_in at;
	char buf[4];
	int value = 0;
	int fd = side_tcp(s), l = side_listener(s, &at, 0);

	/* The queue is filled, so that this one stays in SYN-SENT. */
	side_dial(s, &at);
	side_dial(s, &at);
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	side_settle(s);
	NOTE(s, side_events(s, fd));
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	NOTE(s, do_send(s, fd, "x", 1, 0));
	NOTE(s, do_recv(s, fd, buf, 4, 0));
	NOTE(s, do_recv(s, fd, buf, 4, MSG_OOB));
	NOTE(s, do_ioctl(s, fd, FIONREAD, &value));
	NOTE(s, do_ioctl(s, fd, SIOCOUTQ, &value));
	NOTE(s, value);
	NOTE(s, do_listen(s, fd, 1));
	NOTE(s, do_bind(s, fd, &at, sizeof(at)));
	NOTE(s, do_shutdown(s, fd, SHUT_RD));
	NOTE(s, side_events(s, fd));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_ERROR));
	NOTE(s, do_recv(s, fd, buf, 4, 0));
	fd = side_tcp(s);
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	NOTE(s, do_shutdown(s, fd, SHUT_WR));
	NOTE(s, side_events(s, fd));
	NOTE(s, do_send(s, fd, "x", 1, 0));
	(void)l;
}

/* A full buffer: what was sent is neither lost nor changed. */
static void full(struct side *s)
{
	static char buf[65536];
	long total = 0, r;
	int e[2];

	side_connected(s, e);
	NOTE(s, side_set_opt(s, e[0], SOL_SOCKET, SO_SNDBUF, 20000));
	do {
		r = do_send(s, e[0], buf, sizeof(buf), 0);
		total += r > 0 ? r : 0;
		side_settle(s);
	} while (r > 0);
	NOTE(s, r);
	NOTE(s, total > 20000);
	NOTE(s, side_events(s, e[0]));
	NOTE(s, side_events(s, e[1]));
	while ((r = do_recv(s, e[1], buf, sizeof(buf), 0)) > 0 || total > 0) {
		if (r > 0)
			total -= r;
		side_settle(s);
		side_settle(s);
	}
	NOTE(s, total);
	NOTE(s, side_events(s, e[0]));
	NOTE(s, side_events(s, e[1]));
}

static void low_water(struct side *s)
{
	char buf[16];
	int e[2];

	side_connected(s, e);
	NOTE(s, side_set_opt(s, e[1], SOL_SOCKET, SO_RCVLOWAT, 4));
	NOTE(s, put(s, e[0], "abc", 3, 0));
	NOTE(s, side_events(s, e[1]));
	NOTE(s, put(s, e[0], "d", 1, 0));
	NOTE(s, side_events(s, e[1]));
	NOTE(s, do_recv(s, e[1], buf, 2, 0));
	NOTE(s, side_events(s, e[1]));
	NOTE(s, do_recv(s, e[1], buf, 16, 0)); /* does not wait for 4 */
	NOTE(s, put(s, e[0], "e", 1, 0));
	NOTE(s, do_shutdown(s, e[0], SHUT_WR));
	side_settle(s);
	NOTE(s, side_events(s, e[1]));
}

SCRIPT(stream)
SCRIPT(addresses)
SCRIPT(vectors)
SCRIPT(messages)
SCRIPT(half_close)
SCRIPT(peer_names_after)
SCRIPT(reading_shut)
SCRIPT(data_after_shut)
SCRIPT(was_reset)
SCRIPT(closed_unread)
SCRIPT(urgent)
SCRIPT(urgent_twice)
SCRIPT(not_yet_connected)
SCRIPT(full)
SCRIPT(low_water)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_half_close),
		cmocka_unit_test(test_peer_names_after),
		cmocka_unit_test(test_reading_shut),
		cmocka_unit_test(test_data_after_shut),
		cmocka_unit_test(test_was_reset),
		cmocka_unit_test(test_closed_unread),
		cmocka_unit_test(test_urgent),
		cmocka_unit_test(test_urgent_twice),
		cmocka_unit_test(test_not_yet_connected),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_low_water),
	};

	return cmocka_run_group_tests(tests, side_kernel, NULL);
}
