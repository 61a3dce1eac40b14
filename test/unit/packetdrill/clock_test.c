/* SPDX-License-Identifier: ISC */
/*
 * clock_test.c - virtual time through packetdrill's interface, and calls of a
 * second thread that wait
 */
#include "drive.h"

#include <fcntl.h>

/* Timers of the stack are some microseconds late at most. */
#define assert_near(at, due) assert_in_range((at) - (due), 0, 10)

static int open_library(void **state)
{
	static struct drive d;

	drive_open(&d, NULL);
	*state = &d;
	return 0;
}

static int close_library(void **state)
{
	drive_close(*state);
	return 0;
}

/* A look moves the clock by 1 us, and sleep by what it was asked for. */
static void moves(void **state)
{
	struct drive *d = *state;
	const long long start = drive_now(d);

	assert_int_equal(drive_now(d), start + 1);
	assert_int_equal(d->i.usleep(d->ud, 0), 0);
	assert_int_equal(drive_now(d), start + 2);
	assert_int_equal(d->i.usleep(d->ud, 1500000), 0);
	assert_int_equal(drive_now(d), start + 1500003);
	assert_int_equal(d->i.usleep(d->ud, 4000000000u), 0);
	assert_int_equal(drive_now(d), start + 4001500004ll);
	assert_int_equal(d->i.gettimeofday(d->ud, NULL, NULL), 0);
	assert_int_equal(drive_now(d), start + 4001500006ll);
}

static void nothing_comes(void **state)
{
	struct drive *d = *state;
	struct drill_packet p;

	assert_int_equal(drive_next(d, &p), -1);
	drive_listen(d);
	assert_int_equal(drive_next(d, &p), -1);
}

/* A SYN, and again each second at first, until the stack gives up. */
static void packets_have_times(void **state)
{
	struct drive *d = *state;
	const struct sockaddr_in a = drive_addr(REMOTE, PORT);
	const int fd =
		d->i.socket(d->ud, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	const long long start = drive_now(d);
	struct drill_packet p;
	long long at;
	int n;

	assert_fails(
		d->i.connect(d->ud, fd, (const struct sockaddr *)&a, sizeof(a)),
		EINPROGRESS);
	assert_int_equal(drive_next(d, &p), start);
	assert_int_equal(p.flags, TERN_SYN);
	assert_near(drive_next(d, &p), start + 1000000);
	at = drive_next(d, &p);
	assert_near(at, start + 2000000);
	assert_int_equal(drive_now(d), at + 1);
	/* What is sent while the clock is moved on is kept with its time. */
	assert_int_equal(d->i.usleep(d->ud, 10000000), 0);
	assert_near(drive_next(d, &p), at + 1000000);
	for (n = 4; drive_next(d, &p) >= 0; n++)
		;
	assert_int_equal(n, 11);
}

static void short_buffer(void **state)
{
	struct drive *d = *state;
	uint8_t bytes[20];
	size_t count = sizeof(bytes);
	long long at = 0;

	drive_listen(d);
	drive_feed(d, TERN_SYN, 0, 0);
	assert_int_equal(d->i.netdev_receive(d->ud, bytes, &count, &at), 0);
	assert_int_equal(count, sizeof(bytes));
	assert_int_equal(bytes[0], 0x45);
}

static int64_t read_some(struct drive *d, struct drive_thread *t)
{
	return d->i.read(d->ud, t->fd, t->buf, sizeof(t->buf));
}

static void packet_wakes(void **state)
{
	struct drive *d = *state;
	struct drive_thread t = {.d = d, .call = read_some};
	long long start;

	t.fd = drive_connected(d);
	drive_start(&t);
	assert_int_equal(t.over, 0);
	assert_int_equal(d->i.usleep(d->ud, 500000), 0);
	assert_int_equal(t.over, 0);
	start = drive_now(d);
	drive_feed(d, TERN_ACK | TERN_PSH, 1, 100);
	drive_join(&t);
	assert_int_equal(t.result, 100);
	assert_int_equal(t.buf[99], drill_pattern(true, 99));
	assert_int_equal(t.at, start + 1);
}

/* The clock waits for the thread, however slow that is. */
static void clock_waits(void **state)
{
	const struct timeval second = {.tv_sec = 1};
	struct drive *d = *state;
	struct drive_thread t = {.d = d, .call = read_some, .nap = 50000};
	long long start;

	t.fd = drive_connected(d);
	assert_int_equal(d->i.setsockopt(d->ud, t.fd, SOL_SOCKET, SO_RCVTIMEO,
					 &second, sizeof(second)),
			 0);
	start = drive_now(d);
	drive_start(&t);
	assert_int_equal(t.over, 0);
	assert_int_equal(d->i.usleep(d->ud, 10000000), 0);
	/* It has looked before the rest of the time went by. */
	assert_int_equal(drive_now(d), start + 10000001);
	drive_join(&t);
	assert_int_equal(t.result, -EAGAIN);
	assert_int_equal(t.at, start + 1000001);
}

static int64_t read_and_never_look(struct drive *d, struct drive_thread *t)
{
	const int64_t n = read_some(d, t);

	usleep(1500000);
	return n;
}

/* ... but not for ever. */
static void clock_goes_on(void **state)
{
	struct drive *d = *state;
	struct drive_thread t = {.d = d, .call = read_and_never_look};
	long long start;

	t.fd = drive_connected(d);
	drive_start(&t);
	drive_feed(d, TERN_ACK | TERN_PSH, 1, 100);
	start = drive_now(d);
	assert_int_equal(d->i.usleep(d->ud, 1000), 0);
	assert_int_equal(drive_now(d), start + 1001);
	drive_join(&t);
	assert_int_equal(t.result, 100);
}

/* Who moves the clock waits by moving it. */
static void own_calls_pass_time(void **state)
{
	struct drive *d = *state;
	const int listener = drive_listen(d);
	struct pollfd p = {.fd = listener, .events = POLLIN};
	const struct sockaddr_in a = drive_addr(REMOTE, PORT);
	const int fd = d->i.socket(d->ud, AF_INET, SOCK_STREAM, 0);
	const long long start = drive_now(d);

	assert_int_equal(d->i.poll(d->ud, &p, 1, 2500), 0);
	assert_int_equal(drive_now(d), start + 2500001);
	assert_fails(d->i.accept(d->ud, listener, NULL, NULL), EDEADLK);
	assert_fails(
		d->i.connect(d->ud, fd, (const struct sockaddr *)&a, sizeof(a)),
		ETIMEDOUT);
	assert_int_equal((drive_now(d) - start) / 1000000, 2 + 131);
}

static int64_t poll_second(struct drive *d, struct drive_thread *t)
{
	struct pollfd p = {.fd = t->fd, .events = POLLIN};

	return d->i.poll(d->ud, &p, 1, 1000);
}

/* A program that waits for its thread, and lets nobody move the clock. */
static void waits_alone(void **state)
{
	struct drive *d = *state;
	struct drive_thread t = {.d = d, .call = poll_second};
	long long start;

	t.fd = drive_listen(d);
	start = drive_now(d);
	drive_start(&t);
	drive_join(&t);
	assert_int_equal(t.result, 0);
	assert_int_equal(t.at, start + 1000001);
}

static void *read_only(void *arg)
{
	struct drive_thread *t = arg;

	t->tid = (int)syscall(SYS_gettid);
	t->result = read_some(t->d, t) < 0 ? -errno : 0;
	return NULL;
}

static void free_ends_calls(void **state)
{
	struct drive d;
	struct drive_thread t = {.d = &d};
	int asleep = 0;

	(void)state;
	drive_open(&d, "linux");
	t.fd = drive_connected(&d);
	assert_int_equal(pthread_create(&t.thread, NULL, read_only, &t), 0);
	while (asleep < 3) {
		usleep(1000);
		asleep = t.tid && drive_is_asleep(t.tid) ? asleep + 1 : 0;
	}
	d.i.free(d.ud);
	drive_join(&t);
	assert_int_equal(t.result, -EBADF);
	dlclose(d.handle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_library, close_library)
		T(moves),
		T(nothing_comes),
		T(packets_have_times),
		T(short_buffer),
		T(packet_wakes),
		T(clock_waits),
		T(clock_goes_on),
		T(own_calls_pass_time),
		T(waits_alone),
#undef T
		cmocka_unit_test(free_ends_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
