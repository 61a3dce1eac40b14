/* SPDX-License-Identifier: ISC */
/*
 * urgent_test.c - RFC 9293 3.8.5: the communication of urgent information
 *
 * The peer's ISN is 16 below 2^32, so that its pointers wrap.
 */
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "unit/rfc/drive.h"

static bool at_mark(struct drive *d)
{
	int v = -1;

	assert_int_equal(tern_ioctl(d->n, d->fd, SIOCATMARK, &v), 0);
	return v;
}

static bool urgent_pending(struct drive *d)
{
	struct pollfd p = {.fd = d->fd, .events = POLLPRI};

	return tern_poll(d->n, &p, 1) == 1 && (p.revents & POLLPRI);
}

/* Expects URG with this pointer, or no URG if it is 0. */
static void expect_up(struct drive *d, uint32_t seq, uint32_t len, uint32_t up)
{
	assert_true(drive_take(d));
	assert_int_equal(d->last.seq, seq);
	assert_int_equal(d->last.len, len);
	assert_int_equal(!!(d->last.flags & URG), up > 0);
	assert_int_equal(d->last.up, up);
}

/* MUST-30, MUST-62: MSG_OOB sets URG; the pointer names the octet after. */
static void must_30_urgent_is_sent(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 1, MSG_OOB);
	expect(d, SEG(URG | PSH | ACK, 1, 1, .len = 1, .up = 1));
	inject(d, SEG(ACK, 1, 2));
	drive_send(d, 1, 0);
	expect_up(d, 2, 1, 0); /* over */
	drive_free(d);
}

static void must_62_pointer_names_the_octet_after(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_wrap_iss(d, 2000);
	drive_server(d);
	drive_send(d, 3000, MSG_OOB);
	drive_send(d, 1000, 0); /* not urgent */
	expect_up(d, 1, 1460, 3000);
	expect_up(d, 1461, 1460, 1540);
	expect_up(d, 2921, 80, 80);
	inject(d, SEG(ACK, 1, 3001));
	expect_up(d, 3001, 1000, 0);
	drive_free(d);
}

/* MUST-62: also where it shares a segment with what is not urgent. */
static void must_62_pointer_inside_a_segment(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 10, MSG_MORE);
	drive_send(d, 5, MSG_OOB | MSG_MORE);
	drive_send(d, 20, 0);
	expect(d, SEG(URG | PSH | ACK, 1, 1, .len = 35, .up = 15));
	drive_free(d);
}

/* MUST-62: what is sent again, and what has no text, has the same pointer. */
static void must_62_pointer_again(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
	drive_send(d, 100, MSG_OOB);
	drive_wait(d);
	expect(d, SEG(URG | ACK, 0, 1, .up = 101)); /* a window probe */
	inject(d, SEG(ACK, 1, 1, .len = 1));
	expect(d, SEG(URG | PSH | ACK, 1, 2, .len = 100, .up = 100));
	drive_wait(d);
	expect(d, SEG(URG | PSH | ACK, 1, 2, .len = 100, .up = 100));
	inject(d, SEG(ACK, 2, 101));
	inject(d, SEG(ACK, 2, 101, .len = 1));
	drive_wait(d);
	expect_up(d, 101, 0, 0);
	drive_free(d);
}

/* MUST-31: a run of any length; as far as 16 bits do not reach the pointer is
 * at their end, and so advances. */
static void must_31_long_run_is_sent(void **state)
{
	struct drive *d = drive_new();
	uint32_t seq = 1;
	const uint32_t end = 1 + 150000;

	(void)state;
	drive_sysctl(d, "tern.tcp_init_cwnd", "100");
	drive_accept(
		d, SEG(SYN, 0, 0, .mss = 1460, .wscale_on = true, .wscale = 4));
	drive_send(d, 150000, MSG_OOB);
	while (seq < end) {
		const uint32_t up = end - seq < 65535 ? end - seq : 65535;

		if (!drive_take(d)) {
			inject(d, SEG(ACK, 1, seq));
			continue;
		}
		assert_int_equal(d->last.seq, seq);
		assert_true(d->last.flags & URG);
		assert_int_equal(d->last.up, up);
		seq += d->last.len;
	}
	drive_free(d);
}

/* MUST-30: the last urgent octet comes out of band, once, and the rest of the
 * stream without it. */
static void must_30_urgent_is_received(void **state)
{
	struct drive *d = drive_new();
	uint8_t p[100];

	(void)state;
	drive_server(d);
	inject(d, SEG(URG | ACK, 1, 1, .len = 40, .up = 20));
	assert_true(urgent_pending(d));
	assert_int_equal(tern_recv(d->n, d->fd, p, 1, MSG_OOB), 1);
	assert_int_equal(p[0], 19);
	assert_int_equal(tern_recv(d->n, d->fd, p, 1, MSG_OOB), -EINVAL);
	assert_false(urgent_pending(d));
	assert_int_equal(tern_recv(d->n, d->fd, p, 100, 0), 19);
	assert_int_equal(p[18], 18);
	assert_int_equal(tern_recv(d->n, d->fd, p, 100, 0), 20);
	assert_int_equal(p[0], 20);
	drive_free(d);
}

/* MUST-30: or in line, as RFC 6093 recommends, with a pause at the mark. */
static void must_30_urgent_in_line(void **state)
{
	struct drive *d = drive_new();
	uint8_t p[100];

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, SOL_SOCKET, SO_OOBINLINE, 1);
	inject(d, SEG(URG | ACK, 1, 1, .len = 40, .up = 20));
	assert_int_equal(tern_recv(d->n, d->fd, p, 1, MSG_OOB), -EINVAL);
	assert_int_equal(tern_recv(d->n, d->fd, p, 100, 0), 19);
	assert_true(at_mark(d));
	assert_int_equal(tern_recv(d->n, d->fd, p, 100, 0), 21);
	assert_int_equal(p[0], 19);
	assert_false(at_mark(d));
	drive_free(d);
}

/* MUST-31: a run beyond the window, and beyond 64 KiB. */
static void must_31_long_run_is_received(void **state)
{
	struct drive *d = drive_new();
	const uint32_t end = 1 + 100000;
	uint32_t seq, len, got = 0;

	(void)state;
	drive_small_server(d, 10000);
	for (seq = 1; seq < end + 1000; seq += len) {
		const uint32_t left = seq < end ? end - seq : 0;

		len = seq < end && left < 1000 ? left : 1000;
		inject(d, SEG((uint16_t)(left ? URG | ACK : ACK), seq, 1,
			      .len = len,
			      .up = (uint16_t)(left < 65535 ? left : 65535)));
		if (seq + len < end) /* still in urgent mode */
			assert_true(urgent_pending(d));
		drive_drain(d);
		if (seq + len == end)
			break;
		assert_int_equal(drive_recv(d, len), len);
		assert_false(at_mark(d));
		got += len;
	}
	assert_int_equal(drive_recv(d, 20000), end - 2 - got);
	assert_true(at_mark(d));
	drive_free(d);
}

/* Edge-triggered: how many times the user was told since the last call. */
static int told(struct drive *d, int ep)
{
	struct epoll_event ev;
	int n = 0;

	while (tern_epoll_wait(d->n, ep, &ev, 1) == 1)
		n += (ev.events & EPOLLPRI) != 0;
	return n;
}

/* MUST-32: told of the first pointer, and of each that goes further; not of
 * the same, nor of one that goes back. */
static void must_32_told_of_each_advance(void **state)
{
	struct drive *d = drive_new();
	struct epoll_event ev = {.events = EPOLLPRI | EPOLLET};
	int ep;

	(void)state;
	drive_server(d);
	ep = tern_epoll_create(d->n);
	assert_true(ep >= 0);
	assert_int_equal(tern_epoll_ctl(d->n, ep, EPOLL_CTL_ADD, d->fd, &ev),
			 0);
	assert_int_equal(told(d, ep), 0);
	inject(d, SEG(URG | ACK, 1, 1, .up = 10)); /* without text */
	assert_int_equal(told(d, ep), 1);
	inject(d, SEG(URG | ACK, 1, 1, .up = 10));
	assert_int_equal(told(d, ep), 0);
	inject(d, SEG(URG | ACK, 1, 1, .len = 2, .up = 11));
	assert_int_equal(told(d, ep), 1);
	inject(d, SEG(URG | ACK, 3, 1, .len = 2, .up = 8));
	assert_int_equal(told(d, ep), 0);
	inject(d, SEG(URG | ACK, 5, 1, .len = 20, .up = 20));
	assert_int_equal(told(d, ep), 1);
	assert_int_equal(drive_recv(d, 100), 23);      /* to the mark */
	assert_int_equal(drive_recv(d, 100), -EAGAIN); /* beyond it */
	assert_false(urgent_pending(d));
	inject(d, SEG(URG | ACK, 25, 1, .len = 1, .up = 1));
	assert_int_equal(told(d, ep), 1);
	drive_free(d);
}

/* MUST-33: is there more urgent data to be read, and how much? */
static void must_33_how_much_is_left(void **state)
{
	struct drive *d = drive_new();
	int v;

	(void)state;
	drive_server(d);
	assert_false(at_mark(d));
	inject(d, SEG(ACK, 1, 1, .len = 10));
	assert_false(urgent_pending(d));
	inject(d, SEG(URG | ACK, 11, 1, .len = 50, .up = 30));
	assert_true(urgent_pending(d));
	assert_false(at_mark(d));
	assert_int_equal(tern_ioctl(d->n, d->fd, SIOCINQ, &v), 0);
	assert_int_equal(v, 39);
	assert_int_equal(drive_recv(d, 9), 9);
	assert_int_equal(tern_ioctl(d->n, d->fd, SIOCINQ, &v), 0);
	assert_int_equal(v, 30);
	assert_int_equal(drive_recv(d, 100), 30);
	assert_true(at_mark(d));
	assert_true(urgent_pending(d));
	assert_int_equal(drive_recv(d, 100), 20);
	assert_false(at_mark(d));
	assert_false(urgent_pending(d));
	drive_free(d);
}

/* 3.8.5: "a TCP receiver should be robust to invalid urgent pointer values":
 * 0, behind what was read, far ahead, and after the FIN. */
static void must_30_invalid_pointers(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(URG | ACK, 1, 1, .len = 15));
	inject(d, SEG(URG | ACK, 16, 1, .len = 15)); /* unread before it */
	assert_false(urgent_pending(d));
	assert_int_equal(drive_recv(d, 100), 30);
	inject(d, SEG(URG | ACK, 11, 1, .len = 20, .up = 20)); /* old */
	assert_false(urgent_pending(d));
	inject(d, SEG(URG | ACK, 31, 1, .len = 1, .up = 65535));
	assert_true(urgent_pending(d));
	assert_int_equal(drive_recv(d, 100), 1);
	inject(d, SEG(FIN | ACK, 32, 1));
	assert_int_equal(drive_recv(d, 100), 0);
	inject(d, SEG(URG | ACK, 33, 1, .len = 1, .up = 1));
	assert_int_equal(drive_recv(d, 100), 0);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSE_WAIT);
	drive_free(d);
}

/* MUST-30: URG in the SYN,ACK counts from the number of the SYN. */
static void must_30_urgent_with_syn(void **state)
{
	struct drive *d = drive_new();
	uint8_t c = 0;

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN | URG | ACK, 0, 1, .len = 10, .up = 6));
	expect(d, SEG(ACK, 1, 11));
	assert_int_equal(tern_recv(d->n, d->fd, &c, 1, MSG_OOB), 1);
	assert_int_equal(c, 4); /* octet 5, text begins at 1 with value 0 */
	drive_free(d);
}

/* Two GiB after an urgent octet its number must not look as if it lay ahead
 * (or MSG_OOB, and reading, would go by it). */
static void must_30_old_mark_is_over(void **state)
{
	struct drive *d = drive_new();
	uint32_t seq = 2, left = 1U << 31;
	const uint32_t step = 60000;

	(void)state;
	drive_server(d);
	inject(d, SEG(URG | ACK, 1, 1, .len = 1, .up = 1));
	while (left > 0) {
		const uint32_t len = left < step ? left : step;

		inject(d, SEG(ACK, seq, 1, .len = len));
		assert_int_equal(drive_recv(d, step), len);
		drive_drain(d);
		seq += len;
		left -= len;
	}
	assert_false(at_mark(d));
	inject(d, SEG(URG | ACK, seq, 1, .len = 2, .up = 2));
	assert_true(urgent_pending(d));
	assert_int_equal(drive_recv(d, 10), 1);
	assert_true(at_mark(d));
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_30_urgent_is_sent),
		cmocka_unit_test(must_62_pointer_names_the_octet_after),
		cmocka_unit_test(must_62_pointer_inside_a_segment),
		cmocka_unit_test(must_62_pointer_again),
		cmocka_unit_test(must_31_long_run_is_sent),
		cmocka_unit_test(must_30_urgent_is_received),
		cmocka_unit_test(must_30_urgent_in_line),
		cmocka_unit_test(must_31_long_run_is_received),
		cmocka_unit_test(must_32_told_of_each_advance),
		cmocka_unit_test(must_33_how_much_is_left),
		cmocka_unit_test(must_30_invalid_pointers),
		cmocka_unit_test(must_30_urgent_with_syn),
		cmocka_unit_test(must_30_old_mark_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
