/* SPDX-License-Identifier: ISC */
/* error_queue_test.c - what MSG_ERRQUEUE tells: order, bounds, memory */
#include "zero_copy.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

#define CHARGE 768 /* bytes of SO_RCVBUF that a note counts for */

/* One read of the error queue: what IP_RECVERR said, and the first time. */
struct told {
	ssize_t n;
	int flags;
	int n_messages;
	struct sock_extended_err ee;
	struct timespec at;
};

static struct told read_queue(int fd, size_t room)
{
	_Alignas(struct cmsghdr) uint8_t bytes[256];
	struct msghdr m = {.msg_control = bytes, .msg_controllen = room};
	struct told told = {0};
	struct cmsghdr *h;

	assert_true(room <= sizeof(bytes));
	told.n = tern_recvmsg(t.a, fd, &m, MSG_ERRQUEUE);
	told.flags = m.msg_flags;
	if (told.n < 0)
		return told;
	for (h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
		told.n_messages++;
		if (h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_RECVERR &&
		    h->cmsg_len >= CMSG_LEN(sizeof(told.ee)))
			memcpy(&told.ee, CMSG_DATA(h), sizeof(told.ee));
		else if (h->cmsg_len >= CMSG_LEN(sizeof(told.at)))
			memcpy(&told.at, CMSG_DATA(h), sizeof(told.at));
	}
	return told;
}

static struct told next(void)
{
	return read_queue(e[0], 256);
}

static void set(int fd, int level, int name, int value)
{
	assert_int_equal(
		tern_setsockopt(t.a, fd, level, name, &value, sizeof(value)),
		0);
}

static void assert_done(struct told told, uint32_t first, uint32_t last)
{
	assert_int_equal(told.n, 0);
	assert_int_equal(told.flags, MSG_ERRQUEUE);
	assert_int_equal(told.n_messages, 1);
	assert_int_equal(told.ee.ee_errno, 0);
	assert_int_equal(told.ee.ee_origin, SO_EE_ORIGIN_ZEROCOPY);
	assert_int_equal(told.ee.ee_code, SO_EE_CODE_ZEROCOPY_COPIED);
	assert_int_equal(told.ee.ee_info, first);
	assert_int_equal(told.ee.ee_data, last);
}

/* Sends between which nothing leaves are one buffer, and done as one. */
static void test_sends_that_join(void **state)
{
	(void)state;
	set(e[0], SOL_SOCKET, SO_ZEROCOPY, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(tern_send(t.a, e[0], text, 100, MSG_ZEROCOPY),
				 100);
	assert_int_equal(next().n, -EAGAIN);
	two_move(&t, t.a, t.if_a, t.b, t.if_b);
	assert_int_equal(events(t.a, e[0]) & POLLERR, 0);
	two_run(&t);
	assert_int_equal(events(t.a, e[0]) & POLLERR, POLLERR);
	assert_done(next(), 0, 2);
	assert_int_equal(events(t.a, e[0]) & POLLERR, 0);
	assert_int_equal(next().n, -EAGAIN);
}

/* What is refused has no number. */
static void test_refused_send_has_no_number(void **state)
{
	(void)state;
	set(e[0], SOL_SOCKET, SO_ZEROCOPY, 1);
	assert_int_equal(tern_send(t.a, e[0], NULL, 100, MSG_ZEROCOPY),
			 -EFAULT);
	while (tern_send(t.a, e[0], text, BIG, MSG_ZEROCOPY) > 0)
		;
	assert_int_equal(tern_send(t.a, e[0], text, 1, MSG_ZEROCOPY), -EAGAIN);
	two_wait(&t, TERN_S);
	while (borrow_all(0) > 0)
		two_wait(&t, TERN_S);
	assert_done(next(), 0, 0);
	assert_int_equal(next().n, -EAGAIN);
	assert_int_equal(tern_send(t.a, e[0], text, 9, MSG_ZEROCOPY), 9);
	two_run(&t);
	assert_done(next(), 1, 1);
}

/* SO_RCVBUF bounds them: a send beyond is refused, a timestamp is lost. */
static void test_bounds(void **state)
{
	socklen_t len = sizeof(int);
	int size = 0, n;

	(void)state;
	set(e[0], SOL_SOCKET, SO_RCVBUF, 8000);
	tern_getsockopt(t.a, e[0], SOL_SOCKET, SO_RCVBUF, &size, &len);
	set(e[0], SOL_SOCKET, SO_ZEROCOPY, 1);
	for (n = 0; n < 100; n++)
		if (tern_send(t.a, e[0], text, 1, MSG_ZEROCOPY | MSG_EOR) != 1)
			break;
	assert_int_equal(n, size / CHARGE);
	assert_int_equal(tern_send(t.a, e[0], text, 1, MSG_ZEROCOPY), -ENOBUFS);
	assert_int_equal(tern_send(t.a, e[0], text, 1, 0), 1);
	two_run(&t);
	assert_done(next(), 0, (uint32_t)n - 1);
	set(e[0], SOL_SOCKET, SO_TIMESTAMPING,
	    SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_ACK |
		    SOF_TIMESTAMPING_TX_SCHED);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(tern_send(t.a, e[0], text, 1, 0), 1);
		two_run(&t);
	}
	for (n = 0; next().n == 0; n++)
		;
	assert_true(n >= size / CHARGE - 1 && n <= size / CHARGE);
}

/* The time is the stack's, and that of the last octet's acknowledgment. */
static void test_time(void **state)
{
	tern_time sent;
	struct told told;

	(void)state;
	set(e[0], SOL_SOCKET, SO_TIMESTAMPING,
	    SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_ACK |
		    SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_ID);
	two_wait(&t, 1234567);
	sent = t.now;
	assert_int_equal(tern_send(t.a, e[0], text, 1000, 0), 1000);
	two_move(&t, t.a, t.if_a, t.b, t.if_b);
	told = next();
	assert_int_equal(told.flags, MSG_ERRQUEUE | MSG_TRUNC);
	assert_int_equal(told.ee.ee_errno, ENOMSG);
	assert_int_equal(told.ee.ee_info, SCM_TSTAMP_SND);
	assert_int_equal(told.ee.ee_data, 999);
	assert_int_equal((tern_time)told.at.tv_sec * TERN_S +
				 (tern_time)told.at.tv_nsec,
			 sent);
	two_wait(&t, TERN_S);
	told = next();
	assert_int_equal(told.ee.ee_info, SCM_TSTAMP_ACK);
	assert_true((tern_time)told.at.tv_sec * TERN_S +
			    (tern_time)told.at.tv_nsec >
		    sent - 1);
}

/* A buffer for messages that is too short gets what there is room for. */
static void test_room_for_messages(void **state)
{
	struct told told;

	(void)state;
	set(e[0], SOL_SOCKET, SO_ZEROCOPY, 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tern_send(t.a, e[0], text, 9, MSG_ZEROCOPY),
				 9);
		two_run(&t);
		told = read_queue(e[0], i ? 20 : 0);
		assert_int_equal(told.n, 0);
		assert_int_equal(told.flags, MSG_ERRQUEUE | MSG_CTRUNC);
	}
	assert_int_equal(next().n, -EAGAIN);
}

/* What is closed is told to nobody, and its memory comes back. */
static void test_close(void **state)
{
	(void)state;
	set(e[0], SOL_SOCKET, SO_ZEROCOPY, 1);
	set(e[0], SOL_SOCKET, SO_TIMESTAMPNS, 1);
	for (int i = 0; i < 5; i++)
		assert_int_equal(
			tern_send(t.a, e[0], text, 100, MSG_ZEROCOPY | MSG_EOR),
			100);
	assert_int_equal(tern_close(t.a, e[0]), 0);
	two_wait(&t, TERN_S);
	assert_int_equal(next().n, -EBADF);
	assert_int_equal(borrow_all(0), 500);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_sends_that_join),
		TEST(test_refused_send_has_no_number),
		TEST(test_bounds),
		TEST(test_time),
		TEST(test_room_for_messages),
		TEST(test_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
