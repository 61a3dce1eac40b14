/* SPDX-License-Identifier: ISC */
/*
 * side.h - one script of socket calls, run on the kernel and on tern
 *
 * A script makes its calls through do_*() and notes results with NOTE().  It is
 * run twice, and the notes must be the same: what Linux says is what is right.
 * Where tern differs by design, DIFFERS() says what each must give, and why.
 *
 * Both sides run over their loopback interface.  side_settle() lets what was
 * sent arrive.
 */
#ifndef TEST_UNIT_SOCK_SIDE_H
#define TEST_UNIT_SOCK_SIDE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <tern/libc.h>
#include <tern/tern.h>

#define SIDE_NOTES 4096
#define SIDE_FDS   4096

struct note {
	char what[160];
	long value;
};

struct side {
	struct tern *n; /* NULL: the kernel */
	tern_time now;
	struct note notes[SIDE_NOTES];
	int n_notes;
	int fds[SIDE_FDS]; /* the kernel's, to be closed at the end */
	int n_fds;
};

/* Not inline, or the compiler warns of what the kernel is to refuse. */
#define NOINLINE __attribute__((noinline, unused))

typedef void script_fn(struct side *s);

/* Result of a system call as tern gives it. */
#define SYS(call) side_sys((long)(call))

static inline long side_sys(long r)
{
	return r < 0 ? -errno : r;
}

static inline void side_note(struct side *s, int line, const char *what,
			     long value)
{
	struct note *note = &s->notes[s->n_notes++];

	assert_true(s->n_notes <= SIDE_NOTES);
	snprintf(note->what, sizeof(note->what), "line %d: %s", line, what);
	note->value = value;
}

/* Notes what the call gives; the other side must give the same. */
#define NOTE(s, call) side_note(s, __LINE__, #call, (long)(call))

/* The sides differ, and for this reason. */
#define DIFFERS(s, call, on_linux, on_tern, reason)                    \
	side_differs(s, __LINE__, #call " (" reason ")", (long)(call), \
		     (long)((s)->n ? (on_tern) : (on_linux)))

static inline void side_differs(struct side *s, int line, const char *what,
				long value, long expected)
{
	if (value != expected)
		fail_msg("%s line %d: %s: %ld, expected %ld",
			 s->n ? "tern" : "linux", line, what, value, expected);
}

/* What must succeed for the script to go on. */
#define NEED(call) side_need(__LINE__, #call, (long)(call))

static inline int side_need(int line, const char *what, long value)
{
	if (value < 0)
		fail_msg("line %d: %s: %s", line, what, strerror((int)-value));
	return (int)value;
}

static inline void side_settle(struct side *s)
{
	tern_time until = s->now + 20 * TERN_MS;

	if (!s->n) {
		usleep(3000);
		return;
	}
	while (s->now < until) {
		tern_time at = tern_deadline(s->n);

		if (at > s->now)
			s->now = at < until ? at : until;
		tern_advance(s->n, s->now);
	}
	while (tern_deadline(s->n) <= s->now)
		tern_advance(s->n, s->now);
	tern_selfcheck(s->n);
}

static inline int side_keep(struct side *s, long fd)
{
	if (!s->n && fd >= 0) {
		assert_true(s->n_fds < SIDE_FDS);
		s->fds[s->n_fds++] = (int)fd;
	}
	return (int)fd;
}

static inline int do_socket(struct side *s, int domain, int type, int protocol)
{
	return side_keep(s, s->n ? tern_socket(s->n, domain, type, protocol)
				 : SYS(socket(domain, type, protocol)));
}

static inline int do_socketpair(struct side *s, int domain, int type,
				int protocol, int fds[2])
{
	long r;

	if (s->n)
		return tern_socketpair(s->n, domain, type, protocol, fds);
	r = SYS(socketpair(domain, type, protocol, fds));
	if (r == 0) {
		side_keep(s, fds[0]);
		side_keep(s, fds[1]);
	}
	return (int)r;
}

static inline long do_bind(struct side *s, int fd, const void *addr,
			   socklen_t len)
{
	return s->n ? tern_bind(s->n, fd, addr, len) : SYS(bind(fd, addr, len));
}

static inline long do_listen(struct side *s, int fd, int backlog)
{
	return s->n ? tern_listen(s->n, fd, backlog) : SYS(listen(fd, backlog));
}

static inline int do_accept(struct side *s, int fd, void *addr, socklen_t *len,
			    int flags)
{
	return side_keep(s, s->n ? tern_accept4(s->n, fd, addr, len, flags)
				 : SYS(accept4(fd, addr, len, flags)));
}

static inline long do_connect(struct side *s, int fd, const void *addr,
			      socklen_t len)
{
	return s->n ? tern_connect(s->n, fd, addr, len)
		    : SYS(connect(fd, addr, len));
}

static inline long do_shutdown(struct side *s, int fd, int how)
{
	return s->n ? tern_shutdown(s->n, fd, how) : SYS(shutdown(fd, how));
}

static inline long do_close(struct side *s, int fd)
{
	for (int i = 0; i < s->n_fds; i++)
		if (s->fds[i] == fd)
			s->fds[i] = -1;
	return s->n ? tern_close(s->n, fd) : SYS(close(fd));
}

NOINLINE static long do_send(struct side *s, int fd, const void *buf,
			     size_t len, int flags)
{
	return s->n ? tern_send(s->n, fd, buf, len, flags)
		    : SYS(send(fd, buf, len, flags));
}

static inline long do_sendto(struct side *s, int fd, const void *buf,
			     size_t len, const void *addr, socklen_t addr_len)
{
	return s->n ? tern_sendto(s->n, fd, buf, len, 0, addr, addr_len)
		    : SYS(sendto(fd, buf, len, 0, addr, addr_len));
}

NOINLINE static long do_recv(struct side *s, int fd, void *buf, size_t len,
			     int flags)
{
	return s->n ? tern_recv(s->n, fd, buf, len, flags)
		    : SYS(recv(fd, buf, len, flags));
}

static inline long do_recvfrom(struct side *s, int fd, void *buf, size_t len,
			       void *addr, socklen_t *addr_len)
{
	return s->n ? tern_recvfrom(s->n, fd, buf, len, 0, addr, addr_len)
		    : SYS(recvfrom(fd, buf, len, 0, addr, addr_len));
}

static inline long do_sendmsg(struct side *s, int fd, const struct msghdr *m,
			      int flags)
{
	return s->n ? tern_sendmsg(s->n, fd, m, flags)
		    : SYS(sendmsg(fd, m, flags));
}

static inline long do_recvmsg(struct side *s, int fd, struct msghdr *m,
			      int flags)
{
	return s->n ? tern_recvmsg(s->n, fd, m, flags)
		    : SYS(recvmsg(fd, m, flags));
}

NOINLINE static long do_write(struct side *s, int fd, const void *buf,
			      size_t len)
{
	return s->n ? tern_write(s->n, fd, buf, len) : SYS(write(fd, buf, len));
}

NOINLINE static long do_read(struct side *s, int fd, void *buf, size_t len)
{
	return s->n ? tern_read(s->n, fd, buf, len) : SYS(read(fd, buf, len));
}

NOINLINE static long do_writev(struct side *s, int fd, const struct iovec *iov,
			       int n)
{
	return s->n ? tern_writev(s->n, fd, iov, n) : SYS(writev(fd, iov, n));
}

NOINLINE static long do_readv(struct side *s, int fd, const struct iovec *iov,
			      int n)
{
	return s->n ? tern_readv(s->n, fd, iov, n) : SYS(readv(fd, iov, n));
}

static inline long do_getsockname(struct side *s, int fd, void *addr,
				  socklen_t *len)
{
	return s->n ? tern_getsockname(s->n, fd, addr, len)
		    : SYS(getsockname(fd, addr, len));
}

static inline long do_getpeername(struct side *s, int fd, void *addr,
				  socklen_t *len)
{
	return s->n ? tern_getpeername(s->n, fd, addr, len)
		    : SYS(getpeername(fd, addr, len));
}

static inline long do_setsockopt(struct side *s, int fd, int level, int name,
				 const void *value, socklen_t len)
{
	return s->n ? tern_setsockopt(s->n, fd, level, name, value, len)
		    : SYS(setsockopt(fd, level, name, value, len));
}

static inline long do_getsockopt(struct side *s, int fd, int level, int name,
				 void *value, socklen_t *len)
{
	return s->n ? tern_getsockopt(s->n, fd, level, name, value, len)
		    : SYS(getsockopt(fd, level, name, value, len));
}

static inline long do_ioctl(struct side *s, int fd, unsigned long request,
			    int *value)
{
	return s->n ? tern_ioctl(s->n, fd, request, value)
		    : SYS(ioctl(fd, request, value));
}

static inline long do_fcntl(struct side *s, int fd, int cmd, int arg)
{
	return s->n ? tern_fcntl(s->n, fd, cmd, arg) : SYS(fcntl(fd, cmd, arg));
}

static inline long do_poll(struct side *s, struct pollfd *fds, nfds_t n)
{
	return s->n ? tern_poll(s->n, fds, n) : SYS(poll(fds, n, 0));
}

static inline int do_epoll_create(struct side *s)
{
	return side_keep(s, s->n ? tern_epoll_create(s->n)
				 : SYS(epoll_create1(0)));
}

static inline long do_epoll_ctl(struct side *s, int epfd, int op, int fd,
				struct epoll_event *ev)
{
	return s->n ? tern_epoll_ctl(s->n, epfd, op, fd, ev)
		    : SYS(epoll_ctl(epfd, op, fd, ev));
}

NOINLINE static long do_epoll_wait(struct side *s, int epfd,
				   struct epoll_event *evs, int max)
{
	return s->n ? tern_epoll_wait(s->n, epfd, evs, max)
		    : SYS(epoll_wait(epfd, evs, max, 0));
}

/* --- What scripts do often. */

static inline struct sockaddr_in side_addr(uint32_t ip, uint16_t port)
{
	struct sockaddr_in a;

	memset(&a, 0, sizeof(a));
	a.sin_family = AF_INET;
	a.sin_port = htons(port);
	a.sin_addr.s_addr = htonl(ip);
	return a;
}

static inline int side_tcp(struct side *s)
{
	return NEED(do_socket(s, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
}

/* Where a socket is bound. */
static inline struct sockaddr_in side_name(struct side *s, int fd)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	NEED(do_getsockname(s, fd, &a, &len));
	return a;
}

/* A port that nobody had a moment ago. */
static inline uint16_t side_free_port(struct side *s)
{
	struct sockaddr_in a = side_addr(INADDR_ANY, 0);
	int fd = side_tcp(s);

	NEED(do_bind(s, fd, &a, sizeof(a)));
	a = side_name(s, fd);
	NEED(do_close(s, fd));
	return ntohs(a.sin_port);
}

/* A listener on a free port of the loopback interface; where it is. */
static inline int side_listener(struct side *s, struct sockaddr_in *at,
				int backlog)
{
	int fd = side_tcp(s);

	*at = side_addr(INADDR_LOOPBACK, 0);
	NEED(do_bind(s, fd, at, sizeof(*at)));
	NEED(do_listen(s, fd, backlog));
	*at = side_name(s, fd);
	return fd;
}

/* A client connected, or connecting, to the address. */
static inline int side_dial(struct side *s, const struct sockaddr_in *at)
{
	int fd = side_tcp(s);
	long r = do_connect(s, fd, at, sizeof(*at));

	if (r != -EINPROGRESS)
		NEED(r);
	side_settle(s);
	return fd;
}

/* Two connected ends, and the listener. */
static inline int side_connected(struct side *s, int ends[2])
{
	struct sockaddr_in at;
	int l = side_listener(s, &at, 5);

	ends[0] = side_dial(s, &at);
	ends[1] = NEED(do_accept(s, l, NULL, NULL, SOCK_NONBLOCK));
	return l;
}

/* What poll(2) says, all events asked for. */
static inline long side_events(struct side *s, int fd)
{
	struct pollfd p = {fd,
			   POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLRDNORM |
				   POLLWRNORM,
			   0};

	do_poll(s, &p, 1);
	return p.revents;
}

/* An option that is an int: its value, or the error. */
static inline long side_opt(struct side *s, int fd, int level, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);
	long err = do_getsockopt(s, fd, level, name, &value, &len);

	return err ? err : value;
}

static inline long side_set_opt(struct side *s, int fd, int level, int name,
				int value)
{
	return do_setsockopt(s, fd, level, name, &value, sizeof(value));
}

/* One option with an int: what each value gives, and how it reads back. */
static inline void side_numbers(struct side *s, int fd, int level, int name)
{
	static const int values[] = {
		0,     1,     2,	 7,   10,  87,	    88,
		100,   127,   128,	 255, 256, 536,	    1460,
		32767, 32768, 100000000, -1,  -2,  INT_MAX, INT_MIN};

	NOTE(s, side_opt(s, fd, level, name));
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		NOTE(s, side_set_opt(s, fd, level, name, values[i]));
		NOTE(s, side_opt(s, fd, level, name));
	}
}

/* Lengths other than that of an int. */
static inline void side_lengths(struct side *s, int fd, int level, int name)
{
	char value[8] = {1, 0, 0, 0, 0, 0, 0, 0};
	socklen_t len;

	for (socklen_t n = 0; n <= 8; n++)
		NOTE(s, do_setsockopt(s, fd, level, name, value, n));
	NOTE(s, do_setsockopt(s, fd, level, name, value, (socklen_t)-1));
	NOTE(s, do_setsockopt(s, fd, level, name, NULL, 4));
	for (socklen_t n = 0; n <= 8; n++) {
		len = n;
		memset(value, 'x', sizeof(value));
		NOTE(s, do_getsockopt(s, fd, level, name, value, &len));
		NOTE(s, len);
		for (int i = 0; i < 8; i++)
			NOTE(s, value[i]);
	}
	len = (socklen_t)-1;
	NOTE(s, do_getsockopt(s, fd, level, name, value, &len));
}

/* --- Running a script. */

static inline void side_end(struct side *s)
{
	for (int i = 0; i < s->n_fds; i++)
		if (s->fds[i] >= 0)
			close(s->fds[i]);
	if (s->n)
		tern_destroy(s->n);
}

static inline struct tern *side_stack(void)
{
	struct tern_config c;
	struct tern *n = NULL;

	tern_config_init(&c);
	c.alloc = tern_libc_allocator();
	assert_int_equal(tern_create(&n, &c, TERN_S), 0);
	return n;
}

static inline void side_compare(const struct side *kernel,
				const struct side *tern)
{
	int n = kernel->n_notes < tern->n_notes ? kernel->n_notes
						: tern->n_notes;
	int n_bad = 0;

	for (int i = 0; i < n; i++) {
		const struct note *k = &kernel->notes[i];
		const struct note *t = &tern->notes[i];

		if (strcmp(k->what, t->what) != 0)
			fail_msg("scripts diverge: %s, %s", k->what, t->what);
		if (k->value == t->value)
			continue;
		print_error(
			"%s: Linux %ld (%s), tern %ld (%s)\n", k->what,
			k->value, k->value < 0 ? strerror((int)-k->value) : "",
			t->value, t->value < 0 ? strerror((int)-t->value) : "");
		n_bad++;
	}
	if (n_bad || kernel->n_notes != tern->n_notes)
		fail_msg("%d of %d results differ from Linux", n_bad, n);
}

/* Runs a script on both sides.  Skips the test if the kernel has no loopback
 * interface that works. */
static inline void side_run(script_fn *script)
{
	static struct side kernel, tern;

	signal(SIGPIPE, SIG_IGN);
	alarm(60);
	memset(&kernel, 0, sizeof(kernel));
	memset(&tern, 0, sizeof(tern));
	tern.now = TERN_S;
	tern.n = side_stack();
	script(&kernel);
	side_end(&kernel);
	script(&tern);
	side_compare(&kernel, &tern);
	side_end(&tern);
	alarm(0);
}

/* A group setup: exit code 77 where the kernel cannot be asked. */
static inline int side_kernel(void **state)
{
	struct sockaddr_in a = side_addr(INADDR_LOOPBACK, 0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, 1) < 0) {
		print_message("no loopback interface to compare with\n");
		exit(77);
	}
	close(fd);
	return 0;
}

#define SCRIPT(name)                          \
	static void test_##name(void **state) \
	{                                     \
		(void)state;                  \
		side_run(name);               \
	}

#endif
