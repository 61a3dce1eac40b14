/* SPDX-License-Identifier: ISC */
/*
 * buffers_test.c - windows and buffers as user, tunables and memory set them
 */
#include "unit/rfc/drive.h"

#include <netinet/tcp.h>

/* What our SYN,ACK says of the scale holds, whatever is set on the listener
 * before the third segment comes (RFC 7323 2); and so does the edge (SHLD-14),
 * also with a cookie. */
static void handshake_is_kept(bool cookies)
{
	struct drive *d = drive_new();
	uint8_t scale;

	if (cookies)
		drive_sysctl(d, "net.ipv4.tcp_syncookies", "2");
	drive_listen(d, 8);
	drive_set(d, d->lfd, SOL_SOCKET, SO_RCVBUF, 1 << 20);
	inject(d, SEG(SYN, 0, 0, .mss = 1460, .wscale_on = true, .ts = true,
		      .ts_val = 1000));
	expect(d, SEG(SYN | ACK, 0, 1));
	scale = d->last.wscale;
	assert_true(scale > 0);
	assert_int_equal(d->last.wnd, 65535);
	drive_set(d, d->lfd, SOL_SOCKET, SO_RCVBUF, 2304);
	inject(d, SEG(ACK, 1, 1, .ts = true, .ts_val = 1001,
		      .ts_ecr = d->last.ts_val));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_true(d->fd >= 0);
	assert_int_equal(drive_info(d).rcv_wscale, scale);
	assert_int_equal(drive_info(d).rcv_wnd, 65535);
	drive_free(d);
}

static void scale_and_edge_of_the_handshake(void **state)
{
	(void)state;
	handshake_is_kept(false);
	handshake_is_kept(true);
}

/* Beyond what TCP_NOTSENT_LOWAT allows nothing is taken, and the socket is
 * writable when half of it has left. */
static void notsent_lowat(void **state)
{
	static const char text[65536];
	struct drive *d = drive_new();
	struct pollfd p = {.events = POLLOUT};

	(void)state;
	drive_server(d);
	p.fd = d->fd;
	drive_set(d, d->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 10000);
	assert_int_equal(tern_send(d->n, d->fd, text, sizeof(text), 0), 10000);
	assert_int_equal(tern_poll(d->n, &p, 1), 0);
	assert_int_equal(tern_send(d->n, d->fd, text, 1, MSG_DONTWAIT),
			 -EAGAIN);
	drive_drain(d); /* all of it fits into the initial window */
	assert_int_equal(tern_poll(d->n, &p, 1), 1);
	/* Three segments go, the rest waits for cwnd. */
	assert_int_equal(tern_send(d->n, d->fd, text, sizeof(text), 0), 10000);
	drive_drain(d);
	assert_int_equal(tern_poll(d->n, &p, 1), 0);
	inject(d, SEG(ACK, 1, 1 + 10000 + 3 * 1460));
	drive_drain(d);
	assert_int_equal(tern_poll(d->n, &p, 1), 1);
	drive_free(d);
}

/* The tunable stands in for the option. */
static void notsent_lowat_of_all(void **state)
{
	static const char text[65536];
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_sysctl(d, "net.ipv4.tcp_notsent_lowat", "3000");
	assert_int_equal(tern_send(d->n, d->fd, text, sizeof(text), 0), 3000);
	drive_free(d);
}

/* tcp_mem: the edge stands still while the stack holds much and something is
 * unread, what was promised is taken and nothing is dropped; then it moves
 * again. */
static void memory_closes_the_window(void **state)
{
	struct drive *d = drive_new();
	uint32_t seq, edge;

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .len = 1000));
	drive_drain(d);
	edge = 1001 + drive_info(d).rcv_wnd;
	drive_sysctl(d, "net.ipv4.tcp_mem", "1 1 1");
	for (seq = 1001; seq + 1000 <= edge; seq += 1000) {
		inject(d, SEG(PSH | ACK, seq, 1, .len = 1000));
		drive_recv(d, 990);
		drive_drain(d);
		assert_int_equal(seq + 1000 + drive_info(d).rcv_wnd, edge);
	}
	/* Who has read all goes on, by a few segments. */
	drive_recv(d, 65536);
	drive_drain(d);
	assert_in_range(drive_info(d).rcv_wnd, 1460, 4 * 1460);
	assert_int_equal(tern_counter(d->n, TERN_TcpExtTCPMemoryPressures), 1);
	assert_int_equal(tern_drops(d->n, TERN_DROP_TCP_RCV_BUFFER), 0);
	assert_int_equal(tern_drops(d->n, TERN_DROP_NO_MEMORY), 0);
	drive_sysctl(d, "net.ipv4.tcp_mem", "100000 200000 300000");
	inject(d, SEG(PSH | ACK, seq, 1, .len = 1000));
	drive_recv(d, 65536);
	drive_sleep(d, 300 * TERN_MS);
	drive_drain(d);
	assert_true(drive_info(d).rcv_wnd > 60000);
	drive_free(d);
}

/* tcp_adv_win_scale: how much of a buffer is offered. */
static void share_of_overhead(void **state)
{
	static const struct {
		const char *scale;
		uint16_t wnd;
	} rows[] = {{"1", 20000}, {"2", 30000}, {"0", 40000}, {"-2", 10000}};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct drive *d = drive_new();

		drive_sysctl(d, "net.ipv4.tcp_adv_win_scale", rows[i].scale);
		drive_listen(d, 8);
		drive_set(d, d->lfd, SOL_SOCKET, SO_RCVBUF, 20000);
		inject(d, SEG(SYN, 0, 0, .mss = 1460));
		expect(d, SEG(SYN | ACK, 0, 1, .wnd = rows[i].wnd));
		drive_free(d);
	}
}

/* SHLD-19: two segments of a smaller size, and that size is full. */
static void full_size_becomes_smaller(void **state)
{
	struct drive *d = drive_new();
	uint32_t seq = 1;
	int i;

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_QUICKACK, 0);
	for (i = 0; i < 2; i++, seq += 1460)
		inject(d, SEG(ACK, seq, 1, .len = 1460));
	assert_int_equal(drive_info(d).rcv_mss, 1460);
	for (i = 0; i < 2; i++, seq += 600)
		inject(d, SEG(ACK, seq, 1, .len = 600));
	assert_int_equal(drive_info(d).rcv_mss, 600);
	/* Not by what is pushed: that may be the end of a SEND. */
	for (i = 0; i < 2; i++, seq += 540)
		inject(d, SEG(PSH | ACK, seq, 1, .len = 540));
	assert_int_equal(drive_info(d).rcv_mss, 600);
	drive_drain(d);
	drive_free(d);
}

/* What a connection needs while it has text goes back, however late the user
 * reads it: there is still something to be done, and then nothing. */
static void read_late(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(PSH | ACK, 1, 1, .len = 100));
	drive_sleep(d, 5 * TERN_S);
	assert_true(tern_deadline(d->n) == TERN_NEVER);
	assert_int_equal(drive_recv(d, 100), 100);
	assert_true(tern_deadline(d->n) <= d->now + 2 * TERN_S);
	drive_sleep(d, 5 * TERN_S);
	assert_true(tern_deadline(d->n) == TERN_NEVER);
	drive_drain(d);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scale_and_edge_of_the_handshake),
		cmocka_unit_test(notsent_lowat),
		cmocka_unit_test(notsent_lowat_of_all),
		cmocka_unit_test(memory_closes_the_window),
		cmocka_unit_test(share_of_overhead),
		cmocka_unit_test(full_size_becomes_smaller),
		cmocka_unit_test(read_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
