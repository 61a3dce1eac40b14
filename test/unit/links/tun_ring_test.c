/* SPDX-License-Identifier: ISC */
/*
 * tun_ring_test.c - the TUN driver with bursts through io_uring, over sockets
 *
 * Nothing that a burst does may be seen from outside: frames arrive whole, in
 * order, once, as they do one by one.  Skipped where there is no io_uring.
 */
#include "tun.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define BURST 40 /* more than go together */
#define LONG  30000
#define SHORT 100

static struct tern_link *l[2];
static int fds[2];
static bool may_open;

static int attach(void **state)
{
	struct tern_tun_config c;
	int error;

	memory_setup(state);
	c = config(false, true);
	c.ring = true;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	error = tern_tun_attach(&l[0], fds[0], &c);
	may_open = error == 0;
	if (!may_open) {
		if (error != -EPERM)
			assert_int_equal(error, -ENOSYS);
		close(fds[0]);
		close(fds[1]);
		return 0;
	}
	c.ring = false;
	assert_int_equal(tern_tun_attach(&l[1], fds[1], &c), 0);
	return 0;
}

static int detach(void **state)
{
	int i;

	for (i = 0; i < 2 && may_open; i++)
		if (l[i])
			tern_link_close(l[i]);
	return memory_teardown(state);
}

/* `n` frames, whose sequence numbers count from `first`. */
static void make(struct tern_frame *f, int n, uint32_t first,
		 const uint32_t *lengths, int n_lengths)
{
	int i;

	for (i = 0; i < n; i++)
		frame_make(&f[i], &mem, lengths[i % n_lengths],
			   first + (uint32_t)i, 0x10);
}

static void release(struct tern_frame *f, int n)
{
	int i;

	for (i = 0; i < n; i++)
		tern_frame_release(&f[i]);
}

/* The next frame must be that with this number, and whole. */
static void expect(uint32_t number, uint32_t payload)
{
	static uint8_t flat[HEADERS + LONG];
	struct tern_frame f;
	uint32_t i;

	assert_int_equal(tern_link_recv(l[1], &f, 1, 0), 1);
	assert_int_equal(f.len, HEADERS + payload);
	assert_int_equal(f.flags, TERN_FRAME_CSUM_PARTIAL);
	tern_frame_finish_csum(&f);
	tern_frame_read(&f, 0, flat, sizeof(flat));
	assert_int_equal(get_be32(flat + IP4_LEN + TCP_SEQ), number);
	assert_true(packet_is_sound(flat, f.len));
	for (i = 0; i < payload; i += 997)
		assert_int_equal(flat[HEADERS + i], payload_byte(i));
	tern_frame_release(&f);
}

static void expect_no_more(void)
{
	struct tern_frame f;

	assert_int_equal(tern_link_recv(l[1], &f, 1, 0), 0);
}

static void set_room(int bytes)
{
	assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &bytes,
				    sizeof(bytes)),
			 0);
}

/* Those of which the socket has taken `n`; the rest is offered again. */
static int send_all(struct tern_frame *f, int n, const uint32_t *lengths,
		    int n_lengths)
{
	int sent = 0, got = 0, taken, turns = 0;

	while (sent < n) {
		taken = tern_link_send(l[0], f + sent, n - sent, 0);
		assert_in_range(taken, 1, n - sent);
		for (sent += taken; got < sent; got++)
			expect((uint32_t)got, lengths[got % n_lengths]);
		turns++;
	}
	expect_no_more();
	return turns;
}

static void carry_burst(const uint32_t *lengths, int n_lengths)
{
	struct tern_frame f[BURST];

	make(f, BURST, 0, lengths, n_lengths);
	send_all(f, BURST, lengths, n_lengths);
}

static void test_long_frames(void **state)
{
	static const uint32_t lengths[] = {LONG, 2000};

	(void)state;
	if (!may_open)
		skip();
	carry_burst(lengths, 2);
}

static void test_short_frames_between(void **state)
{
	static const uint32_t lengths[] = {2000, 2000,	SHORT,
					   2000, SHORT, SHORT};

	(void)state;
	if (!may_open)
		skip();
	carry_burst(lengths, 6);
}

/* What the socket has no room for stays the caller's, and nothing is sent
 * twice. */
static void test_full_socket(void **state)
{
	static const uint32_t lengths[] = {LONG};
	struct tern_frame f[BURST];

	(void)state;
	if (!may_open)
		skip();
	set_room(150000);
	make(f, BURST, 0, lengths, 1);
	assert_true(send_all(f, BURST, lengths, 1) > 3);
}

/* A frame that it will never take is lost, and no other with it. */
static void test_one_that_is_refused(void **state)
{
	static const uint32_t lengths[] = {2000, LONG, 2000, 2000};
	struct tern_frame f[4];

	(void)state;
	if (!may_open)
		skip();
	set_room(12000);
	make(f, 4, 0, lengths, 4);
	assert_int_equal(tern_link_send(l[0], f, 4, 0), 4);
	expect(0, 2000);
	expect(2, 2000);
	expect(3, 2000);
	expect_no_more();
}

static void test_peer_is_gone(void **state)
{
	static const uint32_t lengths[] = {2000};
	struct tern_frame f[4];

	(void)state;
	if (!may_open)
		skip();
	tern_link_close(l[1]);
	l[1] = NULL;
	make(f, 4, 0, lengths, 1);
	assert_int_equal(tern_link_send(l[0], f, 4, 0), -ENODEV);
	release(f, 4);
}

static void note(int signo)
{
	(void)signo;
}

/* Signals that come all the time do not end a burst before it is done. */
static void test_signals(void **state)
{
	static const uint32_t lengths[] = {2000};
	const struct sigaction on = {.sa_handler = note};
	const struct itimerval often = {{0, 50}, {0, 50}}, never = {{0}, {0}};
	int i;

	(void)state;
	if (!may_open)
		skip();
	assert_int_equal(sigaction(SIGALRM, &on, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	for (i = 0; i < 50; i++)
		carry_burst(lengths, 1);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, attach, detach)
		TEST(test_long_frames),	 TEST(test_short_frames_between),
		TEST(test_full_socket),	 TEST(test_one_that_is_refused),
		TEST(test_peer_is_gone), TEST(test_signals),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
