/* SPDX-License-Identifier: ISC */
/*
 * calls_test.c - every call of packetdrill's interface, and what it says of
 * arguments that are wrong
 */
#include "drive.h"

#include <fcntl.h>

#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <linux/sockios.h>

static int open_library(void **state)
{
	static struct drive d;

	drive_open(&d, "linux");
	*state = &d;
	return 0;
}

static int close_library(void **state)
{
	drive_close(*state);
	return 0;
}

/* The next packet carries this much text. */
static void sends(struct drive *d, uint32_t len)
{
	struct drill_packet p;

	assert_true(drive_next(d, &p) >= 0);
	assert_int_equal(p.len, len);
}

static void six_ways_to_send(void **state)
{
	struct drive *d = *state;
	const int fd = drive_connected(d);
	struct iovec v[2] = {{(char[]){"abc"}, 3}, {(char[]){"defg"}, 4}};
	struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
	const int on = 1;

	assert_int_equal(d->i.setsockopt(d->ud, fd, IPPROTO_TCP, TCP_NODELAY,
					 &on, sizeof(on)),
			 0);
	assert_int_equal(d->i.write(d->ud, fd, "x", 1), 1);
	sends(d, 1);
	assert_int_equal(d->i.writev(d->ud, fd, v, 2), 7);
	sends(d, 7);
	assert_int_equal(d->i.send(d->ud, fd, "xy", 2, MSG_NOSIGNAL), 2);
	sends(d, 2);
	assert_int_equal(d->i.sendto(d->ud, fd, "xyz", 3, 0, NULL, 0), 3);
	sends(d, 3);
	assert_int_equal(d->i.sendmsg(d->ud, fd, &m, 0), 7);
	sends(d, 7);
	assert_int_equal(d->i.write(d->ud, fd, NULL, 0), 0);
}

static void receives(const struct drive *d, const uint8_t *buf, uint32_t from,
		     ssize_t n, ssize_t expected)
{
	ssize_t i;

	(void)d;
	assert_int_equal(n, expected);
	for (i = 0; i < n; i++)
		assert_int_equal(buf[i],
				 drill_pattern(true, from + (uint32_t)i));
}

static void five_ways_to_receive(void **state)
{
	struct drive *d = *state;
	const int fd = drive_connected(d);
	struct sockaddr_in from = {.sin_family = 0};
	socklen_t len = sizeof(from);
	uint8_t b[64];
	struct iovec v[2] = {{b, 4}, {b + 4, 6}};
	struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};

	drive_feed(d, TERN_ACK | TERN_PSH, 1, 50);
	receives(d, b, 0, d->i.recv(d->ud, fd, b, 10, MSG_PEEK), 10);
	receives(d, b, 0, d->i.read(d->ud, fd, b, 10), 10);
	receives(d, b, 10, d->i.readv(d->ud, fd, v, 2), 10);
	receives(d, b, 20, d->i.recv(d->ud, fd, b, 10, 0), 10);
	receives(d, b, 30,
		 d->i.recvfrom(d->ud, fd, b, 10, 0, (struct sockaddr *)&from,
			       &len),
		 10);
	receives(d, b, 40, d->i.recvmsg(d->ud, fd, &m, 0), 10);
	assert_int_equal(m.msg_flags, 0);
	assert_fails(d->i.recv(d->ud, fd, b, 10, MSG_DONTWAIT), EAGAIN);
}

static void options_and_modes(void **state)
{
	struct drive *d = *state;
	const int fd = drive_connected(d);
	struct tcp_info info;
	uint32_t mem[16];
	uint8_t cc[64];
	socklen_t len = sizeof(info);
	int value = -1;

	assert_int_equal(d->i.fcntl(d->ud, fd, F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(d->i.fcntl(d->ud, fd, F_SETFL, O_NONBLOCK), 0);
	assert_true(d->i.fcntl(d->ud, fd, F_GETFL) & O_NONBLOCK);
	assert_fails(d->i.read(d->ud, fd, cc, 1), EAGAIN);
	drive_feed(d, TERN_ACK | TERN_PSH, 1, 50);
	assert_int_equal(d->i.ioctl(d->ud, fd, FIONREAD, &value), 0);
	assert_int_equal(value, 50);
	assert_int_equal(
		d->i.getsockopt(d->ud, fd, IPPROTO_TCP, TCP_INFO, &info, &len),
		0);
	assert_int_equal(info.tcpi_state, TCP_ESTABLISHED);
	len = sizeof(mem);
	assert_int_equal(
		d->i.getsockopt(d->ud, fd, SOL_SOCKET, SO_MEMINFO, mem, &len),
		0);
	len = sizeof(cc);
	assert_int_equal(
		d->i.getsockopt(d->ud, fd, IPPROTO_TCP, TCP_CC_INFO, cc, &len),
		0);
	len = sizeof(value);
	assert_fails(d->i.getsockopt(d->ud, fd, SOL_SOCKET, 9999, &value, &len),
		     ENOPROTOOPT);
}

static void readiness(void **state)
{
	struct drive *d = *state;
	const int fd = drive_connected(d), set = d->i.epoll_create(d->ud, 1);
	struct epoll_event ev = {.events = EPOLLIN, .data.u64 = 77};
	struct pollfd p[3] = {{.fd = fd, .events = POLLIN | POLLOUT},
			      {.fd = 9999, .events = POLLIN},
			      {.fd = -1, .events = POLLIN}};

	assert_true(set > 2);
	assert_int_equal(d->i.poll(d->ud, p, 3, 0), 2);
	assert_int_equal(p[0].revents, POLLOUT);
	assert_int_equal(p[1].revents, POLLNVAL);
	assert_int_equal(p[2].revents, 0);
	assert_int_equal(d->i.epoll_ctl(d->ud, set, EPOLL_CTL_ADD, fd, &ev), 0);
	assert_fails(d->i.epoll_ctl(d->ud, set, EPOLL_CTL_ADD, fd, &ev),
		     EEXIST);
	assert_int_equal(d->i.epoll_wait(d->ud, set, &ev, 1, 0), 0);
	drive_feed(d, TERN_ACK | TERN_PSH, 1, 50);
	memset(&ev, 0, sizeof(ev));
	assert_int_equal(d->i.epoll_wait(d->ud, set, &ev, 1, -1), 1);
	assert_int_equal(ev.data.u64, 77);
	assert_int_equal(ev.events, EPOLLIN);
	assert_int_equal(d->i.poll(d->ud, p, 1, -1), 1);
	assert_int_equal(p[0].revents, POLLIN | POLLOUT);
	assert_int_equal(d->i.close(d->ud, set), 0);
}

static void pipes(void **state)
{
	struct drive *d = *state;
	const int fd = drive_connected(d);
	uint8_t b[64];
	int end[2];

	assert_int_equal(d->i.pipe(d->ud, end), 0);
	assert_fails(d->i.read(d->ud, end[0], b, 5), EAGAIN);
	assert_fails(d->i.read(d->ud, end[1], b, 5), EBADF);
	assert_fails(d->i.recv(d->ud, end[0], b, 5, 0), ENOTSOCK);
	assert_int_equal(d->i.write(d->ud, end[1], "hello", 5), 5);
	assert_int_equal(d->i.read(d->ud, end[0], b, 3), 3);
	assert_memory_equal(b, "hel", 3);
	assert_int_equal(d->i.splice(d->ud, end[0], NULL, fd, NULL, 100, 0), 2);
	sends(d, 2);
	drive_feed(d, TERN_ACK | TERN_PSH, 1, 30);
	assert_int_equal(d->i.splice(d->ud, fd, NULL, end[1], NULL, 20, 0), 20);
	receives(d, b, 0, d->i.read(d->ud, end[0], b, 64), 20);
	assert_fails(d->i.splice(d->ud, fd, NULL, fd, NULL, 20, 0), EINVAL);
	assert_int_equal(d->i.close(d->ud, end[1]), 0);
	assert_int_equal(d->i.read(d->ud, end[0], b, 64), 0);
	assert_int_equal(d->i.close(d->ud, end[0]), 0);
}

static int64_t connect_to_peer(struct drive *d, struct drive_thread *t)
{
	const struct sockaddr_in a = drive_addr(REMOTE, PEER);

	return d->i.connect(d->ud, t->fd, (const struct sockaddr *)&a,
			    sizeof(a));
}

static void connect_waits(void **state)
{
	const struct sockaddr_in a = drive_addr(LOCAL, PORT);
	struct drive *d = *state;
	struct drive_thread t = {.d = d, .call = connect_to_peer};
	struct drill_packet p;

	t.fd = d->i.socket(d->ud, AF_INET, SOCK_STREAM, 0);
	assert_int_equal(
		d->i.bind(d->ud, t.fd, (const struct sockaddr *)&a, sizeof(a)),
		0);
	drive_start(&t);
	assert_int_equal(t.over, 0);
	assert_true(drive_next(d, &p) >= 0);
	assert_int_equal(p.flags, TERN_SYN);
	drive_feed(d, TERN_SYN | TERN_ACK, 0, 0);
	drive_join(&t);
	assert_int_equal(t.result, 0);
	sends(d, 0);
}

static int64_t close_it(struct drive *d, struct drive_thread *t)
{
	return d->i.close(d->ud, t->fd);
}

static void close_lingers(void **state)
{
	const struct linger lg = {1, 5};
	struct drive *d = *state;
	struct drive_thread t = {.d = d, .call = close_it};
	const long long start = drive_now(d);

	t.fd = drive_connected(d);
	assert_int_equal(d->i.setsockopt(d->ud, t.fd, SOL_SOCKET, SO_LINGER,
					 &lg, sizeof(lg)),
			 0);
	assert_int_equal(d->i.write(d->ud, t.fd, "abc", 3), 3);
	drive_start(&t);
	assert_int_equal(t.over, 0);
	assert_int_equal(d->i.usleep(d->ud, 6000000), 0);
	drive_join(&t);
	assert_int_equal(t.result, 0);
	assert_in_range(t.at, start + 5000000, start + 5000010);
	assert_fails(d->i.close(d->ud, t.fd), EBADF);
}

static void half_close(void **state)
{
	struct drive *d = *state;
	const int fd = drive_connected(d);
	struct drill_packet p;
	uint8_t b[8];

	assert_int_equal(d->i.shutdown(d->ud, fd, SHUT_WR), 0);
	assert_true(drive_next(d, &p) >= 0);
	assert_int_equal(p.flags, TERN_FIN | TERN_ACK);
	assert_fails(d->i.write(d->ud, fd, "x", 1), EPIPE);
	drive_feed(d, TERN_FIN | TERN_ACK, 1, 0);
	assert_int_equal(d->i.read(d->ud, fd, b, sizeof(b)), 0);
}

static void flags_choose(void **state)
{
	const struct sockaddr_in a = drive_addr(0x0a000001, PORT);
	struct drill_packet p;
	struct drive d;
	int fd;

	(void)state;
	drive_open(&d, "freebsd, local=10.0.0.1,prefix=8,mtu=600,"
		       "net.ipv4.tcp_window_scaling=0");
	fd = d.i.socket(d.ud, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(
		d.i.bind(d.ud, fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	assert_fails(d.i.connect(d.ud, fd, (const struct sockaddr *)&a,
				 sizeof(a) - 1),
		     EINVAL);
	assert_fails(connect_to_peer(&d, &(struct drive_thread){.fd = fd}),
		     EINPROGRESS);
	assert_true(drive_next(&d, &p) >= 0);
	assert_int_equal(p.src, 0x0a000001);
	assert_int_equal(drill_option_find(&p, DRILL_OPT_MSS)->u.number[0],
			 560);
	assert_null(drill_option_find(&p, DRILL_OPT_WSCALE));
	drive_close(&d);
}

/* What makes no sense is refused, and no script hangs over it. */
static void flags_refused(void **state)
{
	static const char *const flags[] = {
		"windows",
		"mtu=67",
		"mtu=65536",
		"mtu=x",
		"prefix=0",
		"prefix=33",
		"local=1.2",
		"local",
		"ipv6",
		"color=red",
		"mtu=1500x",
		"local=::1",
		"net.ipv4.none=1",
		"linux,net.ipv4.tcp_sack=many",
		"ipv4-mapped-ipv6",
	};
	struct drill_packet p;
	struct drive d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		drive_open(&d, flags[i]);
		assert_fails(d.i.socket(d.ud, AF_INET, SOCK_STREAM, 0), ENODEV);
		assert_fails(d.i.netdev_send(d.ud, "x", 1), ENODEV);
		assert_int_equal(drive_next(&d, &p), -1);
		assert_true(drive_now(&d) > 0);
		drive_close(&d);
	}
}

static void no_ip6(void **state)
{
	struct drive *d = *state;
	uint8_t packet[60] = {0x60};

	assert_fails(d->i.socket(d->ud, AF_INET6, SOCK_STREAM, 0),
		     EAFNOSUPPORT);
	assert_fails(d->i.netdev_send(d->ud, packet, sizeof(packet)),
		     EAFNOSUPPORT);
}

/* Every call that takes a descriptor, with one that is none. */
static void check_bad_fd(struct drive *d, int fd)
{
	struct sockaddr_in a = drive_addr(LOCAL, 1);
	struct sockaddr *sa = (struct sockaddr *)&a;
	struct epoll_event ev = {.events = EPOLLIN};
	socklen_t len = sizeof(a);
	uint8_t b[8] = {0};
	struct iovec v = {b, sizeof(b)};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
	int n = 0;

	assert_fails(d->i.bind(d->ud, fd, sa, len), EBADF);
	assert_fails(d->i.listen(d->ud, fd, 1), EBADF);
	assert_fails(d->i.accept(d->ud, fd, sa, &len), EBADF);
	assert_fails(d->i.connect(d->ud, fd, sa, len), EBADF);
	assert_fails(d->i.read(d->ud, fd, b, 8), EBADF);
	assert_fails(d->i.readv(d->ud, fd, &v, 1), EBADF);
	assert_fails(d->i.recv(d->ud, fd, b, 8, 0), EBADF);
	assert_fails(d->i.recvfrom(d->ud, fd, b, 8, 0, sa, &len), EBADF);
	assert_fails(d->i.recvmsg(d->ud, fd, &m, 0), EBADF);
	assert_fails(d->i.write(d->ud, fd, b, 8), EBADF);
	assert_fails(d->i.writev(d->ud, fd, &v, 1), EBADF);
	assert_fails(d->i.send(d->ud, fd, b, 8, 0), EBADF);
	assert_fails(d->i.sendto(d->ud, fd, b, 8, 0, sa, len), EBADF);
	assert_fails(d->i.sendmsg(d->ud, fd, &m, 0), EBADF);
	assert_fails(d->i.fcntl(d->ud, fd, F_GETFL), EBADF);
	assert_fails(d->i.ioctl(d->ud, fd, FIONREAD, &n), EBADF);
	assert_fails(d->i.close(d->ud, fd), EBADF);
	assert_fails(d->i.shutdown(d->ud, fd, SHUT_WR), EBADF);
	len = sizeof(n);
	assert_fails(d->i.getsockopt(d->ud, fd, SOL_SOCKET, SO_TYPE, &n, &len),
		     EBADF);
	assert_fails(
		d->i.setsockopt(d->ud, fd, SOL_SOCKET, SO_KEEPALIVE, &n, len),
		EBADF);
	assert_fails(d->i.epoll_ctl(d->ud, fd, EPOLL_CTL_ADD, fd, &ev), EBADF);
	assert_fails(d->i.epoll_wait(d->ud, fd, &ev, 1, 0), EBADF);
	assert_fails(d->i.splice(d->ud, fd, NULL, fd, NULL, 1, 0), EBADF);
}

static void bad_fds(void **state)
{
	struct drive *d = *state;
	const int fd = d->i.socket(d->ud, AF_INET, SOCK_STREAM, 0);
	struct stat st;

	check_bad_fd(d, -1);
	check_bad_fd(d, 0); /* the kernel's, and not ours */
	check_bad_fd(d, 9999);
	check_bad_fd(d, INT32_MAX);
	/* One that was closed behind the library's back. */
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(syscall(SYS_close, fd), 0);
	check_bad_fd(d, fd);
	assert_int_equal(d->i.socket(d->ud, AF_INET, SOCK_STREAM, 0), fd);
	assert_int_equal(d->i.listen(d->ud, fd, 1), 0);
}

static void bad_pointers(void **state)
{
	struct drive *d = *state;
	const int fd = drive_connected(d);
	struct iovec v[2] = {{NULL, 8}, {NULL, SIZE_MAX}};
	struct msghdr m = {.msg_iov = NULL, .msg_iovlen = 1};
	socklen_t len = 8;
	size_t count = 8;

	assert_fails(d->i.bind(d->ud, fd, NULL, 16), EFAULT);
	assert_fails(d->i.connect(d->ud, fd, NULL, 16), EFAULT);
	assert_fails(d->i.read(d->ud, fd, NULL, 8), EFAULT);
	assert_fails(d->i.write(d->ud, fd, NULL, SIZE_MAX), EFAULT);
	assert_fails(d->i.writev(d->ud, fd, v, 1), EFAULT);
	assert_fails(d->i.writev(d->ud, fd, NULL, 1), EFAULT);
	assert_fails(d->i.sendmsg(d->ud, fd, &m, 0), EFAULT);
	assert_fails(d->i.sendmsg(d->ud, fd, NULL, 0), EFAULT);
	assert_fails(d->i.recvmsg(d->ud, fd, NULL, 0), EFAULT);
	assert_fails(d->i.ioctl(d->ud, fd, FIONREAD, NULL), EFAULT);
	assert_fails(
		d->i.getsockopt(d->ud, fd, SOL_SOCKET, SO_TYPE, NULL, &len),
		EFAULT);
	assert_fails(
		d->i.getsockopt(d->ud, fd, SOL_SOCKET, SO_TYPE, &len, NULL),
		EFAULT);
	assert_fails(d->i.setsockopt(d->ud, fd, SOL_SOCKET, SO_LINGER, NULL, 8),
		     EFAULT);
	assert_fails(d->i.poll(d->ud, NULL, 1, 0), EFAULT);
	assert_fails(d->i.pipe(d->ud, NULL), EFAULT);
	assert_fails(d->i.netdev_send(d->ud, NULL, 40), EFAULT);
	assert_int_equal(d->i.netdev_receive(d->ud, NULL, &count, NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(d->i.netdev_receive(d->ud, &len, NULL, NULL), 0);
}

static void huge_lengths(void **state)
{
	struct drive *d = *state;
	const int fd = drive_connected(d);
	uint8_t b[64];
	struct iovec v[2] = {{b, 8}, {b, SIZE_MAX}};
	struct msghdr m = {.msg_iov = v, .msg_iovlen = SIZE_MAX};
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	struct sockaddr_in a = drive_addr(LOCAL, 1);
	struct epoll_event ev;
	socklen_t len = UINT32_MAX;
	const int set = d->i.epoll_create(d->ud, INT32_MAX);
	int n;

	drive_feed(d, TERN_ACK | TERN_PSH, 1, 50);
	assert_int_equal(d->i.read(d->ud, fd, b, SIZE_MAX), 50);
	assert_fails(d->i.readv(d->ud, fd, v, INT32_MAX), EINVAL);
	assert_fails(d->i.readv(d->ud, fd, v, -1), EINVAL);
	assert_fails(d->i.readv(d->ud, fd, v, 2), EINVAL);
	assert_fails(d->i.recvmsg(d->ud, fd, &m, 0), EMSGSIZE);
	assert_fails(d->i.bind(d->ud, fd, (struct sockaddr *)&a, UINT32_MAX),
		     EINVAL);
	assert_fails(d->i.getsockopt(d->ud, fd, SOL_SOCKET, SO_TYPE, &n, &len),
		     EINVAL);
	assert_fails(d->i.setsockopt(d->ud, fd, SOL_SOCKET, SO_TYPE, &n, len),
		     EINVAL);
	assert_fails(d->i.poll(d->ud, &p, (nfds_t)-1, 0), EINVAL);
	assert_int_equal(d->i.epoll_wait(d->ud, set, &ev, INT32_MAX, 0), 0);
	assert_fails(d->i.epoll_wait(d->ud, set, &ev, 0, 0), EINVAL);
	assert_fails(d->i.epoll_wait(d->ud, set, &ev, -1, 0), EINVAL);
	assert_fails(d->i.netdev_send(d->ud, b, SIZE_MAX), EMSGSIZE);
	assert_fails(d->i.netdev_send(d->ud, b, 0), EINVAL);
	for (n = 1; n <= 64; n++) /* no packets, whatever they are */
		assert_int_equal(
			d->i.netdev_send(d->ud, memset(b, 0x45, 64), (size_t)n),
			0);
}

static void after_free(void **state)
{
	struct drill_packet p;
	struct drive d;

	(void)state;
	drive_open(&d, "");
	assert_true(drive_listen(&d) > 2);
	d.i.free(d.ud);
	check_bad_fd(&d, 5);
	assert_fails(d.i.socket(d.ud, AF_INET, SOCK_STREAM, 0), EBADF);
	assert_fails(d.i.usleep(d.ud, 5), EBADF);
	assert_int_equal(drive_next(&d, &p), -1);
	d.i.free(d.ud);
	d.i.free(NULL);
	d.ud = NULL;
	check_bad_fd(&d, 5);
	assert_int_equal(drive_next(&d, &p), -1);
	dlclose(d.handle);
}

/* A program may forget to free it before it unloads the library. */
static void unload_without_free(void **state)
{
	char path[256];
	struct drive d;

	(void)state;
	drive_open(&d, NULL);
	drive_listen(&d);
	snprintf(path, sizeof(path), "%s", getenv(PACKETDRILL_CONTROL));
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(dlclose(d.handle), 0);
	assert_int_equal(access(path, F_OK), -1);
}

/* Two at the same time know nothing of each other. */
static void two_instances(void **state)
{
	struct drive *d = *state;
	const int fd = drive_listen(d);
	struct drive other;
	long long now;

	drive_open(&other, "freebsd");
	assert_true(drive_listen(&other) != fd);
	check_bad_fd(&other, fd);
	now = drive_now(d);
	assert_int_equal(other.i.usleep(other.ud, 1000000), 0);
	assert_int_equal(drive_now(d), now + 1);
	drive_close(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_library, close_library)
		T(six_ways_to_send),
		T(five_ways_to_receive),
		T(options_and_modes),
		T(readiness),
		T(pipes),
		T(connect_waits),
		T(close_lingers),
		T(half_close),
		T(no_ip6),
		T(bad_fds),
		T(bad_pointers),
		T(huge_lengths),
		T(two_instances),
#undef T
		cmocka_unit_test(flags_choose),
		cmocka_unit_test(flags_refused),
		cmocka_unit_test(after_free),
		cmocka_unit_test(unload_without_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
