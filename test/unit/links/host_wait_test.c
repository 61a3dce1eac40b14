/* SPDX-License-Identifier: ISC */
/*
 * host_wait_test.c - sleeping and waking: poll, epoll, signals, who leads
 *
 * Most are run twice: in a host with a thread, and in one that is pumped by
 * those who wait.
 */
#include "hosts.h"

#include <stdatomic.h>

static void expect_error(ssize_t result, int error)
{
	assert_int_equal(result, -1);
	assert_int_equal(errno, error);
}

static struct tern_host *host;

static void write_byte(void *arg)
{
	tern_host_write(host, *(int *)arg, "x", 1);
}

static void check_poll(bool threaded)
{
	struct pollfd p[3] = {{.events = POLLIN}, {.fd = -1}, {.fd = 4711}};
	struct later l;
	tern_time start;
	int fds[2];

	host = host_make(threaded);
	connect_pair(host, fds);
	p[0].fd = fds[1];
	assert_int_equal(tern_host_poll(host, p, 2, 0), 0);
	start = tern_host_now();
	assert_int_equal(tern_host_poll(host, p, 2, 30), 0);
	assert_in_range(ms_since(start), 30, 5000);
	/* Without descriptors, as a sleep. */
	start = tern_host_now();
	assert_int_equal(tern_host_poll(host, NULL, 0, 30), 0);
	assert_in_range(ms_since(start), 30, 5000);

	later_start(&l, 20, write_byte, &fds[0]);
	start = tern_host_now();
	assert_int_equal(tern_host_poll(host, p, 2, -1), 1);
	assert_in_range(ms_since(start), 10, 5000);
	assert_int_equal(p[0].revents, POLLIN);
	assert_int_equal(p[1].revents, 0);
	later_join(&l);
	/* What is no descriptor is ready at once, to say so. */
	assert_int_equal(tern_host_poll(host, p, 3, -1), 2);
	assert_int_equal(p[2].revents, POLLNVAL);
	tern_host_destroy(host);
}

static void test_poll(void **state)
{
	(void)state;
	check_poll(true);
	check_poll(false);
}

static void check_epoll(bool threaded)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLET}, got[4];
	struct later l;
	tern_time start;
	int epfd, fds[2];

	host = host_make(threaded);
	connect_pair(host, fds);
	epfd = tern_host_epoll_create(host);
	assert_true(epfd >= 0);
	ev.data.u64 = 42;
	assert_int_equal(
		tern_host_epoll_ctl(host, epfd, EPOLL_CTL_ADD, fds[1], &ev), 0);
	expect_error(
		tern_host_epoll_ctl(host, epfd, EPOLL_CTL_ADD, fds[1], &ev),
		EEXIST);
	assert_int_equal(tern_host_epoll_wait(host, epfd, got, 4, 0), 0);
	start = tern_host_now();
	assert_int_equal(tern_host_epoll_wait(host, epfd, got, 4, 30), 0);
	assert_in_range(ms_since(start), 30, 5000);

	later_start(&l, 20, write_byte, &fds[0]);
	assert_int_equal(tern_host_epoll_wait(host, epfd, got, 4, -1), 1);
	assert_int_equal(got[0].data.u64, 42);
	assert_int_equal(got[0].events, EPOLLIN);
	later_join(&l);
	/* Edge-triggered: told once. */
	assert_int_equal(tern_host_epoll_wait(host, epfd, got, 4, 20), 0);
	expect_error(tern_host_epoll_wait(host, fds[0], got, 4, -1), EINVAL);
	tern_host_destroy(host);
}

static void test_epoll(void **state)
{
	(void)state;
	check_epoll(true);
	check_epoll(false);
}

static void close_it(void *arg)
{
	tern_host_close(host, *(int *)arg);
}

/* Who sleeps on a descriptor that another thread closes is told. */
static void check_close_wakes(bool threaded)
{
	struct later l;
	int fds[2];
	char byte;

	host = host_make(threaded);
	connect_pair(host, fds);
	later_start(&l, 30, close_it, &fds[1]);
	expect_error(tern_host_read(host, fds[1], &byte, 1), EBADF);
	later_join(&l);
	tern_host_destroy(host);
}

static void test_close_wakes(void **state)
{
	(void)state;
	check_close_wakes(true);
	check_close_wakes(false);
}

/* Signals. */

static atomic_int caught, enough;

static void on_signal(int number)
{
	(void)number;
	atomic_fetch_add(&caught, 1);
}

static void catch_signals(int flags)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = flags};

	sigaction(SIGUSR1, &sa, NULL);
	atomic_store(&caught, 0);
}

/* Repeats itself, since the first may come before the call has begun. */
static void send_signals(void *arg)
{
	(void)arg;
	while (!atomic_load(&enough)) {
		kill(getpid(), SIGUSR1);
		usleep(20000);
	}
}

static void signal_then_write(void *arg)
{
	int i;

	for (i = 0; i < 3; i++) {
		kill(getpid(), SIGUSR1);
		usleep(20000);
	}
	write_byte(arg);
}

/* Makes sure that it is this thread that the signals go to. */
static void start_signals(struct later *l, void (*fn)(void *), int *fd)
{
	sigset_t set;

	atomic_store(&enough, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	later_start(l, 20, fn, fd);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void stop_signals(struct later *l)
{
	atomic_store(&enough, 1);
	later_join(l);
	assert_true(atomic_load(&caught) > 0);
	atomic_store(&caught, 0);
}

static void test_signal_interrupts(void **state)
{
	struct sockaddr_in to = endpoint(0x0a000009, 7);
	struct tern_host *other;
	struct later l;
	int fds[2], fd;
	char byte;

	(void)state;
	hosts_make(&host, &other, true);
	connect_pair(host, fds);
	catch_signals(0);
	start_signals(&l, send_signals, NULL);
	expect_error(tern_host_read(host, fds[1], &byte, 1), EINTR);
	stop_signals(&l);

	/* The handshake goes on. */
	fd = tern_host_socket(host, AF_INET, SOCK_STREAM, 0);
	start_signals(&l, send_signals, NULL);
	expect_error(
		tern_host_connect(host, fd, (struct sockaddr *)&to, sizeof(to)),
		EINTR);
	stop_signals(&l);
	set_nonblocking(host, fd);
	expect_error(
		tern_host_connect(host, fd, (struct sockaddr *)&to, sizeof(to)),
		EALREADY);
	tern_host_destroy(host);
	tern_host_destroy(other);
}

static void test_signal_with_restart(void **state)
{
	struct pollfd p = {.events = POLLIN};
	struct later l;
	int fds[2];
	char byte;

	(void)state;
	host = host_make(true);
	connect_pair(host, fds);
	catch_signals(SA_RESTART);
	start_signals(&l, signal_then_write, &fds[0]);
	assert_int_equal(tern_host_read(host, fds[1], &byte, 1), 1);
	stop_signals(&l);
	/* A call with a timeout is never restarted, nor is poll. */
	set_timeout(host, fds[1], SO_RCVTIMEO, 5000);
	start_signals(&l, send_signals, NULL);
	expect_error(tern_host_read(host, fds[1], &byte, 1), EINTR);
	stop_signals(&l);
	p.fd = fds[1];
	start_signals(&l, send_signals, NULL);
	expect_error(tern_host_poll(host, &p, 1, -1), EINTR);
	stop_signals(&l);
	tern_host_destroy(host);
}

/* A host without a thread: whoever leads is interrupted in any case. */
static void test_signal_to_the_leader(void **state)
{
	struct later l;
	int fds[2];
	char byte;

	(void)state;
	host = host_make(false);
	connect_pair(host, fds);
	catch_signals(SA_RESTART);
	start_signals(&l, send_signals, NULL);
	expect_error(tern_host_read(host, fds[1], &byte, 1), EINTR);
	stop_signals(&l);
	tern_host_destroy(host);
}

/* Several who wait, none of whom is the host's thread. */

#define READERS 4

struct reader {
	pthread_t thread;
	int fd;
	char got;
};

static void *read_byte(void *arg)
{
	struct reader *r = arg;

	if (tern_host_read(host, r->fd, &r->got, 1) != 1)
		r->got = '?';
	return NULL;
}

/*
 * The readers wait on connections to the peer; bytes come one after the other,
 * for the last that came to wait first, then the other way round: the lead has
 * to be handed on, and back.
 */
static void check_readers(bool threaded, bool backwards)
{
	struct tern_host *peer;
	struct reader r[READERS];
	int i, k, listener, out[READERS];

	hosts_make(&host, &peer, threaded);
	if (!threaded)
		assert_int_equal(tern_host_start(peer), 0);
	listener = listen_at(peer, 7);
	for (i = 0; i < READERS; i++) {
		r[i].fd = tern_host_socket(host, AF_INET, SOCK_STREAM, 0);
		assert_int_equal(connect_to(host, r[i].fd, ADDR_B, 7), 0);
		out[i] = tern_host_accept(peer, listener, NULL, NULL);
		assert_int_equal(
			pthread_create(&r[i].thread, NULL, read_byte, &r[i]),
			0);
		usleep(10000);
	}
	for (i = 0; i < READERS; i++) {
		k = backwards ? READERS - 1 - i : i;
		assert_int_equal(tern_host_write(peer, out[k], &"abcd"[k], 1),
				 1);
		pthread_join(r[k].thread, NULL);
		assert_int_equal(r[k].got, "abcd"[k]);
	}
	tern_host_destroy(host);
	tern_host_destroy(peer);
}

static void test_readers(void **state)
{
	(void)state;
	check_readers(true, false);
	check_readers(true, true);
	check_readers(false, false);
	check_readers(false, true);
}

/* The leader's own bytes come from a call of another thread. */
static void test_leader_is_called_back(void **state)
{
	struct later l;
	tern_time start;
	int fds[2];
	char byte;

	(void)state;
	host = host_make(false);
	connect_pair(host, fds);
	later_start(&l, 20, write_byte, &fds[0]);
	start = tern_host_now();
	assert_int_equal(tern_host_read(host, fds[1], &byte, 1), 1);
	assert_in_range(ms_since(start), 10, 5000);
	later_join(&l);
	tern_host_destroy(host);
}

static void start_thread(void *arg)
{
	(void)arg;
	assert_int_equal(tern_host_start(host), 0);
}

/* The host gets its thread while somebody leads. */
static void test_start_while_waiting(void **state)
{
	struct later start, write;
	int fds[2];
	char byte;

	(void)state;
	host = host_make(false);
	connect_pair(host, fds);
	later_start(&start, 20, start_thread, NULL);
	later_start(&write, 50, write_byte, &fds[0]);
	assert_int_equal(tern_host_read(host, fds[1], &byte, 1), 1);
	later_join(&start);
	later_join(&write);
	tern_host_destroy(host);
}

/* Timers fire while the only thread sleeps in a call: a SYN is repeated. */
static void test_time_passes_while_waiting(void **state)
{
	struct tern_host *peer;
	struct tern_if_info info;
	int fd;

	(void)state;
	hosts_make(&host, &peer, false); /* the peer is never pumped */
	fd = tern_host_socket(host, AF_INET, SOCK_STREAM, 0);
	set_timeout(host, fd, SO_SNDTIMEO, 1300);
	expect_error(connect_to(host, fd, ADDR_B, 7), EINPROGRESS);
	tern_host_lock(host);
	assert_int_equal(tern_if_info(tern_host_stack(host), 2, &info), 0);
	tern_host_unlock(host);
	assert_int_equal(info.tx_frames, 2);
	tern_host_destroy(host);
	tern_host_destroy(peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_poll),
		cmocka_unit_test(test_epoll),
		cmocka_unit_test(test_close_wakes),
		cmocka_unit_test(test_signal_interrupts),
		cmocka_unit_test(test_signal_with_restart),
		cmocka_unit_test(test_signal_to_the_leader),
		cmocka_unit_test(test_readers),
		cmocka_unit_test(test_leader_is_called_back),
		cmocka_unit_test(test_start_while_waiting),
		cmocka_unit_test(test_time_passes_while_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
