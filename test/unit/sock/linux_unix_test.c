/* SPDX-License-Identifier: ISC */
/*
 * linux_unix_test.c - AF_UNIX stream sockets: as Linux
 *
 * The kernel's names are in a directory of the test's own, which both sides
 * are told as part of the path.
 */
#include "side.h"

static char folder[40];

static struct sockaddr_un path(const char *name, socklen_t *len)
{
	struct sockaddr_un a;

	memset(&a, 0, sizeof(a));
	a.sun_family = AF_UNIX;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", folder, name);
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			   strlen(a.sun_path) + 1);
	return a;
}

/* Abstract, and of this process alone. */
static struct sockaddr_un abstract(const char *name, socklen_t *len)
{
	struct sockaddr_un a;

	memset(&a, 0, sizeof(a));
	a.sun_family = AF_UNIX;
	snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "tern-%d-%s",
		 (int)getpid(), name);
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			   strlen(a.sun_path + 1));
	return a;
}

static int unix_socket(struct side *s)
{
	return NEED(do_socket(s, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
}

static int unix_listener(struct side *s, const char *name, int backlog)
{
	socklen_t len;
	struct sockaddr_un a = abstract(name, &len);
	int fd = unix_socket(s);

	NEED(do_bind(s, fd, &a, len));
	NEED(do_listen(s, fd, backlog));
	return fd;
}

static long dial(struct side *s, int fd, const char *name)
{
	socklen_t len;
	struct sockaddr_un a = abstract(name, &len);

	return do_connect(s, fd, &a, len);
}

/* Path names lie on the disk on Linux, and must go. */
static void forget(struct side *s, const char *name)
{
	socklen_t len;
	struct sockaddr_un a = path(name, &len);

	if (!s->n)
		unlink(a.sun_path);
}

static void note_name(struct side *s, int fd, bool of_peer)
{
	struct sockaddr_un a;
	socklen_t len = sizeof(a);
	unsigned long sum = 0;

	memset(&a, 0x55, sizeof(a));
	if (of_peer)
		NOTE(s, do_getpeername(s, fd, &a, &len));
	else
		NOTE(s, do_getsockname(s, fd, &a, &len));
	NOTE(s, len);
	for (size_t i = 0; i < sizeof(a); i++)
		sum = sum * 31 + ((const unsigned char *)&a)[i];
	NOTE(s, sum);
}

static void naming(struct side *s)
{
	socklen_t len;
	struct sockaddr_un a = path("x", &len);
	struct sockaddr_un b = abstract("x", &len), full;
	int fd = unix_socket(s), other = unix_socket(s);

	note_name(s, fd, false);
	NOTE(s, do_bind(s, fd, &a, 1));
	NOTE(s, do_bind(s, fd, &a, sizeof(a) + 1));
	a.sun_family = AF_INET;
	NOTE(s, do_bind(s, fd, &a, sizeof(a)));
	NOTE(s, do_bind(s, fd, &a, 2));
	a = path("x", &len);
	NOTE(s, do_bind(s, fd, &a, len));
	note_name(s, fd, false);
	NOTE(s, do_bind(s, fd, &a, len));
	NOTE(s, do_bind(s, other, &a, len));
	NOTE(s, do_bind(s, other, &a, sizeof(a))); /* ends at the zero */
	NOTE(s, do_bind(s, other, &a, len - 1));
	a = path("y", &len);
	NOTE(s, do_bind(s, other, &a, len - 1)); /* no zero at all */
	note_name(s, other, false);
	forget(s, "x");
	forget(s, "y");

	fd = unix_socket(s);
	b = abstract("x", &len);
	NOTE(s, do_bind(s, fd, &b, len));
	note_name(s, fd, false);
	other = unix_socket(s);
	NOTE(s, do_bind(s, other, &b, len));
	NOTE(s, do_bind(s, other, &b, len + 1)); /* another name */
	note_name(s, other, false);
	NOTE(s, do_close(s, fd));
	fd = unix_socket(s);
	NOTE(s, do_bind(s, fd, &b, len)); /* free again */

	/* As long as can be. */
	memset(&full, 'f', sizeof(full));
	full.sun_family = AF_UNIX;
	full.sun_path[0] = 0;
	fd = unix_socket(s);
	NOTE(s, do_bind(s, fd, &full, sizeof(full)));
	note_name(s, fd, false);
}

/* A name that the system chooses. */
static void autobind(struct side *s)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(a);
	int fd = unix_socket(s);

	NOTE(s, do_bind(s, fd, &a, 2));
	NOTE(s, do_getsockname(s, fd, &a, &len));
	NOTE(s, len);
	NOTE(s, a.sun_path[0]);
	NOTE(s, strspn(a.sun_path + 1, "0123456789abcdef"));
	NOTE(s, do_bind(s, fd, &a, 2));
	NOTE(s, do_bind(s, fd, &a, len));
	NOTE(s, do_listen(s, fd, 1));
}

static void connecting(struct side *s)
{
	socklen_t len;
	struct sockaddr_un a;
	char buf[4];
	int fd = unix_socket(s), l, c;

	NOTE(s, side_events(s, fd));
	NOTE(s, do_listen(s, fd, 1)); /* has no name */
	NOTE(s, do_accept(s, fd, NULL, NULL, 0));
	NOTE(s, dial(s, fd, "nobody"));
	a = path("nobody", &len);
	DIFFERS(s, do_connect(s, fd, &a, len), -ENOENT, -ECONNREFUSED,
		"there is no file system to look into");
	NOTE(s, do_connect(s, fd, &a, 2));
	NOTE(s, do_connect(s, fd, &a, 1));
	NOTE(s, do_connect(s, fd, &a, sizeof(a) + 1));
	a.sun_family = AF_INET;
	NOTE(s, do_connect(s, fd, &a, len));
	a.sun_family = AF_UNSPEC;
	NOTE(s, do_connect(s, fd, &a, len));

	/* Bound, but does not listen. */
	a = abstract("quiet", &len);
	l = unix_socket(s);
	NOTE(s, do_bind(s, l, &a, len));
	NOTE(s, dial(s, fd, "quiet"));
	NOTE(s, side_events(s, l));

	NOTE(s, do_listen(s, l, 1));
	NOTE(s, side_events(s, l));
	NOTE(s, do_accept(s, l, NULL, NULL, SOCK_NONBLOCK));
	NOTE(s, dial(s, fd, "quiet"));
	NOTE(s, side_events(s, fd));
	NOTE(s, side_events(s, l));
	NOTE(s, dial(s, fd, "quiet"));
	NOTE(s, dial(s, fd, "nobody"));
	NOTE(s, dial(s, l, "quiet"));
	NOTE(s, do_listen(s, fd, 1));
	NOTE(s, do_send(s, fd, "early", 5, 0));
	note_name(s, fd, true);
	note_name(s, fd, false);
	len = sizeof(a);
	c = NEED(do_accept(s, l, &a, &len, SOCK_NONBLOCK));
	NOTE(s, len);
	note_name(s, c, true);
	note_name(s, c, false);
	NOTE(s, do_recv(s, c, buf, 4, 0));
	NOTE(s, do_recv(s, c, buf, 4, 0));
	NOTE(s, do_recv(s, c, buf, 4, 0));
	NOTE(s, do_recv(s, l, buf, 4, 0));
	NOTE(s, do_send(s, l, "x", 1, 0));
	NOTE(s, do_close(s, c));
	NOTE(s, side_events(s, fd));
	note_name(s, fd, true);
	NOTE(s, do_connect(s, fd, &a, 2));
	NOTE(s, dial(s, fd, "quiet"));
}

static void backlog(struct side *s)
{
	int l = unix_listener(s, "full", 2), c[5];

	for (int i = 0; i < 5; i++) {
		c[i] = unix_socket(s);
		NOTE(s, dial(s, c[i], "full"));
	}
	NOTE(s, do_accept(s, l, NULL, NULL, 0) >= 0);
	NOTE(s, dial(s, c[3], "full"));
	NOTE(s, do_listen(s, l, 0));
	NOTE(s, dial(s, c[4], "full"));
	NOTE(s, do_shutdown(s, l, SHUT_RD));
	NOTE(s, dial(s, c[4], "full"));
	NOTE(s, do_accept(s, l, NULL, NULL, 0) >= 0);
	NOTE(s, do_accept(s, l, NULL, NULL, 0) >= 0);
	NOTE(s, do_accept(s, l, NULL, NULL, 0) >= 0);
	NOTE(s, do_accept(s, l, NULL, NULL, 0));
	NOTE(s, side_events(s, l));
}

static void transfer(struct side *s)
{
	struct sockaddr_un a;
	socklen_t len;
	char buf[64] = {0}, control[64];
	struct iovec iov[3] = {{buf, 2}, {NULL, 0}, {buf + 2, 3}};
	struct msghdr m;
	int p[2], value = 0;

	NOTE(s, do_socketpair(s, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p));
	note_name(s, p[0], false);
	note_name(s, p[1], true);
	NOTE(s, side_events(s, p[0]));
	NOTE(s, do_recv(s, p[0], buf, 4, 0));
	NOTE(s, do_recv(s, p[0], buf, 0, 0));
	NOTE(s, do_send(s, p[0], "abcdef", 6, MSG_EOR | MSG_NOSIGNAL));
	NOTE(s, do_send(s, p[0], "gh", 2, MSG_MORE));
	NOTE(s, do_send(s, p[0], "", 0, 0));
	NOTE(s, side_events(s, p[1]));
	NOTE(s, do_ioctl(s, p[1], FIONREAD, &value));
	NOTE(s, value);
	NOTE(s, do_recv(s, p[1], buf, 4, MSG_PEEK));
	NOTE(s, do_recv(s, p[1], buf, 3, 0));
	NOTE(s, do_recv(s, p[1], buf, 64, MSG_TRUNC));
	NOTE(s, buf[0]);
	NOTE(s, do_recv(s, p[1], buf, 64, 0));
	NOTE(s, do_writev(s, p[1], iov, 3));
	NOTE(s, do_readv(s, p[0], iov, 3));
	NOTE(s, do_write(s, p[1], buf, 0));
	NOTE(s, do_read(s, p[1], buf, 0));
	NOTE(s, do_send(s, p[1], NULL, 3, 0));
	a = abstract("x", &len);
	NOTE(s, do_sendto(s, p[0], "x", 1, &a, len));
	NOTE(s, do_sendto(s, unix_socket(s), "x", 1, &a, len));
	NOTE(s, do_send(s, unix_socket(s), "x", 1, 0));
	NOTE(s, do_send(s, unix_socket(s), "", 0, 0));
	NOTE(s, do_recv(s, unix_socket(s), buf, 1, 0));

	/* The sender's name, if it has one. */
	memset(&m, 0, sizeof(m));
	m.msg_iov = iov;
	m.msg_iovlen = 3;
	m.msg_name = &a;
	m.msg_namelen = sizeof(a);
	m.msg_control = control;
	m.msg_controllen = sizeof(control);
	NOTE(s, do_send(s, p[0], "xy", 2, 0));
	NOTE(s, do_recvmsg(s, p[1], &m, 0));
	NOTE(s, m.msg_namelen);
	NOTE(s, (long)m.msg_controllen);
	NOTE(s, m.msg_flags);
	len = sizeof(a);
	NOTE(s, do_send(s, p[0], "xy", 2, 0));
	NOTE(s, do_recvfrom(s, p[1], buf, 4, &a, &len));
	NOTE(s, len);
	a = abstract("me", &len);
	NOTE(s, do_bind(s, p[0], &a, len));
	NOTE(s, do_send(s, p[0], "xy", 2, 0));
	len = sizeof(a);
	NOTE(s, do_recvfrom(s, p[1], buf, 4, &a, &len));
	NOTE(s, len);
	NOTE(s, a.sun_path[1]);
	note_name(s, p[1], true);
	DIFFERS(s, do_send(s, p[0], "x", 1, MSG_OOB), 1, -EOPNOTSUPP,
		"no urgent data between processes");
}

static void ends(struct side *s)
{
	char buf[8];
	int p[2];

	NEED(do_socketpair(s, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p));
	NOTE(s, do_send(s, p[0], "last", 4, 0));
	NOTE(s, do_shutdown(s, p[0], SHUT_WR));
	NOTE(s, do_send(s, p[0], "x", 1, 0));
	NOTE(s, do_send(s, p[0], "", 0, 0));
	NOTE(s, side_events(s, p[0]));
	NOTE(s, side_events(s, p[1]));
	NOTE(s, do_recv(s, p[1], buf, 8, 0));
	NOTE(s, do_recv(s, p[1], buf, 8, 0));
	NOTE(s, do_send(s, p[1], "back", 4, 0));
	NOTE(s, do_recv(s, p[0], buf, 8, 0));
	NOTE(s, do_shutdown(s, p[1], SHUT_WR));
	NOTE(s, side_events(s, p[0]));
	NOTE(s, do_recv(s, p[0], buf, 8, 0));
	NOTE(s, do_shutdown(s, p[1], SHUT_WR));
	NOTE(s, do_shutdown(s, p[1], 3));

	NEED(do_socketpair(s, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p));
	NOTE(s, do_send(s, p[0], "kept", 4, 0));
	NOTE(s, do_shutdown(s, p[1], SHUT_RD));
	NOTE(s, side_events(s, p[0]));
	NOTE(s, side_events(s, p[1]));
	NOTE(s, do_send(s, p[0], "x", 1, 0));
	NOTE(s, do_recv(s, p[1], buf, 8, 0));
	NOTE(s, do_recv(s, p[1], buf, 8, 0));

	NEED(do_socketpair(s, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p));
	NOTE(s, do_send(s, p[0], "last", 4, 0));
	NOTE(s, do_close(s, p[0]));
	NOTE(s, side_events(s, p[1]));
	NOTE(s, do_recv(s, p[1], buf, 8, 0));
	NOTE(s, do_recv(s, p[1], buf, 8, 0));
	NOTE(s, do_send(s, p[1], "x", 1, 0));
	NOTE(s, side_opt(s, p[1], SOL_SOCKET, SO_ERROR));

	/* With unread data. */
	NEED(do_socketpair(s, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p));
	NOTE(s, do_send(s, p[0], "last", 4, 0));
	NOTE(s, do_send(s, p[1], "lost", 4, 0));
	NOTE(s, do_close(s, p[0]));
	NOTE(s, side_events(s, p[1]));
	NOTE(s, do_send(s, p[1], "x", 1, 0));
	NOTE(s, do_recv(s, p[1], buf, 8, 0));
	NOTE(s, do_recv(s, p[1], buf, 8, 0));
	NOTE(s, do_recv(s, p[1], buf, 8, 0));

	/* Not connected. */
	p[0] = unix_socket(s);
	NOTE(s, do_shutdown(s, p[0], SHUT_WR));
	NOTE(s, side_events(s, p[0]));
	NOTE(s, do_send(s, p[0], "x", 1, 0));
	NOTE(s, do_shutdown(s, p[0], SHUT_RD));
	NOTE(s, side_events(s, p[0]));
	NOTE(s, do_recv(s, p[0], buf, 1, 0));
}

static void listener_ends(struct side *s)
{
	char buf[8];
	int l = unix_listener(s, "door", 5);
	int a = unix_socket(s), b = unix_socket(s), c;

	NOTE(s, dial(s, a, "door"));
	NOTE(s, dial(s, b, "door"));
	NOTE(s, do_send(s, a, "x", 1, 0));
	NOTE(s, do_close(s, a)); /* gone before it is accepted */
	c = NEED(do_accept(s, l, NULL, NULL, SOCK_NONBLOCK));
	NOTE(s, side_events(s, c));
	NOTE(s, do_recv(s, c, buf, 8, 0));
	NOTE(s, do_recv(s, c, buf, 8, 0));
	NOTE(s, do_close(s, l));
	NOTE(s, side_events(s, b));
	NOTE(s, do_send(s, b, "x", 1, 0));
	NOTE(s, do_recv(s, b, buf, 8, 0));
	NOTE(s, do_recv(s, b, buf, 8, 0));
	NOTE(s, dial(s, unix_socket(s), "door"));
}

static void options(struct side *s)
{
	int p[2], l = unix_listener(s, "opt", 1);

	NEED(do_socketpair(s, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p));
	NOTE(s, side_opt(s, p[0], SOL_SOCKET, SO_SNDBUF));
	NOTE(s, side_opt(s, p[0], SOL_SOCKET, SO_RCVBUF));
	NOTE(s, side_opt(s, p[0], SOL_SOCKET, SO_TYPE));
	NOTE(s, side_opt(s, p[0], SOL_SOCKET, SO_DOMAIN));
	NOTE(s, side_opt(s, p[0], SOL_SOCKET, SO_PROTOCOL));
	NOTE(s, side_opt(s, p[0], SOL_SOCKET, SO_ACCEPTCONN));
	NOTE(s, side_opt(s, l, SOL_SOCKET, SO_ACCEPTCONN));
	NOTE(s, side_opt(s, p[0], SOL_SOCKET, SO_SNDLOWAT));
}

SCRIPT(naming)
SCRIPT(autobind)
SCRIPT(connecting)
SCRIPT(backlog)
SCRIPT(transfer)
SCRIPT(ends)
SCRIPT(listener_ends)
SCRIPT(options)

static int setup(void **state)
{
	snprintf(folder, sizeof(folder), "/tmp/tern-unix-XXXXXX");
	return mkdtemp(folder) ? side_kernel(state) : -1;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_naming),
		cmocka_unit_test(test_autobind),
		cmocka_unit_test(test_connecting),
		cmocka_unit_test(test_backlog),
		cmocka_unit_test(test_transfer),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_listener_ends),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
