/* SPDX-License-Identifier: ISC */
/*
 * rfc7413_client_test.c - TCP Fast Open of a client: the cookie that was given,
 * text in the SYN, and the way back where a path does not let it through
 */
#include "unit/rfc/fast_open.h"

#include <poll.h>

#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif

static ssize_t open_send(struct drive *d, uint32_t len)
{
	static uint8_t text[100000];
	struct sockaddr_in sin = drive_addr(PEER_ADDR, PEER_PORT);
	ssize_t n;

	d->fd = drive_socket(d);
	d->iss_known = false;
	n = tern_sendto(d->n, d->fd, text, len, MSG_FASTOPEN,
			(struct sockaddr *)&sin, sizeof(sin));
	drive_pull(d);
	return n;
}

static const uint8_t give[] = {2,   4,	 3,   232, 34,	10,  'c', 'o',
			       'o', 'k', 'i', 'e', '1', '2', 1,	  1};

/* A first connection, in which the peer gives a cookie. */
static void learn(struct drive *d)
{
	struct tcp_options o;

	assert_int_equal(open_send(d, 100), -EINPROGRESS);
	assert_true(peek_cookie(d, &o));
	assert_int_equal(o.fo_len, 0);
	expect(d, SEG(SYN, 0, ANY));
	inject(d, SEG(SYN | ACK, 0, 1, .options = give,
		      .options_len = sizeof(give)));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_tcp_info(d).tcpi_fastopen_client_fail, 1);
	inject(d, SEG(RST, 1, 0));
	assert_int_equal(tern_close(d->n, d->fd), 0);
}

/* 4.1.3: the cookie comes back with text. */
static void client(void **state)
{
	struct drive *d = drive_new();
	struct tcp_options o;

	(void)state;
	learn(d);
	assert_int_equal(open_send(d, 100), 100);
	assert_true(peek_cookie(d, &o));
	assert_int_equal(o.fo_len, 8);
	assert_memory_equal(o.fo, "cookie12", 8);
	expect(d, SEG(SYN, 0, ANY, .len = 100));
	inject(d, SEG(SYN | ACK, 0, 101, .mss = MSS));
	expect(d, SEG(ACK, 101, 1));
	assert_true(drive_tcp_info(d).tcpi_options & TCPI_OPT_SYN_DATA);
	assert_int_equal(drive_tcp_info(d).tcpi_fastopen_client_fail, 0);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 101, 1, .len = 10));
	drive_free(d);
}

/* More than one SYN carries: as much as fits into its MSS. */
static void client_with_much(void **state)
{
	struct drive *d = drive_new();
	ssize_t n;

	(void)state;
	learn(d);
	n = open_send(d, 5000);
	assert_in_range(n, MSS - 60, MSS);
	expect(d, SEG(SYN, 0, ANY, .len = (uint32_t)n));
	drive_free(d);
}

/* Only the SYN is acknowledged: the text goes again at once. */
static void client_text_refused(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	learn(d);
	assert_int_equal(open_send(d, 100), 100);
	expect(d, SEG(SYN, 0, ANY, .len = 100));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = MSS));
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	assert_int_equal(drive_tcp_info(d).tcpi_fastopen_client_fail, 2);
	assert_false(drive_tcp_info(d).tcpi_options & TCPI_OPT_SYN_DATA);
	inject(d, SEG(ACK, 1, 101));
	expect_nothing(d);
	drive_free(d);
}

/* 4.1.3.1, 7.1: a SYN that goes again has neither option nor text; and for a
 * while the server is not tried so. */
static void client_syn_lost(void **state)
{
	struct drive *d = drive_new();
	struct tcp_options o;

	(void)state;
	learn(d);
	assert_int_equal(open_send(d, 100), 100);
	expect(d, SEG(SYN, 0, ANY, .len = 100));
	drive_sleep(d, TERN_S + TERN_S / 10);
	assert_false(peek_cookie(d, &o));
	expect(d, SEG(SYN, 0, ANY));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = MSS));
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	assert_int_equal(drive_tcp_info(d).tcpi_fastopen_client_fail, 3);
	inject(d, SEG(RST, 1, 0));
	assert_int_equal(tern_close(d->n, d->fd), 0);
	assert_int_equal(open_send(d, 100), -EINPROGRESS);
	assert_false(peek_cookie(d, &o));
	expect(d, SEG(SYN, 0, ANY));
	assert_int_equal(tern_close(d->n, d->fd), 0);
	drive_sleep(d, 60 * TERN_S);
	drive_drain(d);
	assert_int_equal(open_send(d, 100), 100);
	drive_free(d);
}

/* TCP_FASTOPEN_CONNECT: connect() says yes, and the SYN waits for text, however
 * long. */
static void client_connects_later(void **state)
{
	struct drive *d = drive_new();
	struct pollfd p = {.events = POLLIN | POLLOUT};

	(void)state;
	learn(d);
	d->fd = drive_socket(d);
	d->iss_known = false;
	drive_set(d, d->fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	assert_int_equal(drive_connect(d, d->fd), 0);
	drive_sleep(d, 10 * TERN_S);
	expect_nothing(d);
	p.fd = d->fd;
	assert_int_equal(tern_poll(d->n, &p, 1), 1);
	assert_int_equal(p.revents, POLLOUT);
	drive_send(d, 50, 0);
	expect(d, SEG(SYN, 0, ANY, .len = 50));
	inject(d, SEG(SYN | ACK, 0, 51, .mss = MSS));
	expect(d, SEG(ACK, 51, 1));
	drive_free(d);
}

/* Without a cookie connect() does as always, and asks for one. */
static void client_connects_first(void **state)
{
	struct drive *d = drive_new();
	struct tcp_options o;

	(void)state;
	d->fd = drive_socket(d);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	assert_int_equal(drive_connect(d, d->fd), -EINPROGRESS);
	drive_pull(d);
	assert_true(peek_cookie(d, &o));
	expect(d, SEG(SYN, 0, ANY));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = MSS));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_tcp_info(d).tcpi_fastopen_client_fail, 1);
	drive_free(d);
}

static void client_is_off(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_fastopen", "2");
	assert_int_equal(open_send(d, 100), -EOPNOTSUPP);
	drive_free(d);
}

static void client_without_cookie(void **state)
{
	struct drive *d = drive_new();
	struct tcp_options o;

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_fastopen", "5");
	assert_int_equal(open_send(d, 100), 100);
	assert_false(peek_cookie(d, &o));
	expect(d, SEG(SYN, 0, ANY, .len = 100));
	inject(d, SEG(SYN | ACK, 0, 101, .mss = MSS));
	expect(d, SEG(ACK, 101, 1));
	drive_free(d);
}

/* A connection that began so and gets nothing through: a black hole. */
static void black_hole(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_fastopen_blackhole_timeout_sec", "3600");
	learn(d);
	assert_int_equal(open_send(d, 100), 100);
	expect(d, SEG(SYN, 0, ANY, .len = 100));
	inject(d, SEG(SYN | ACK, 0, 101, .mss = MSS));
	expect(d, SEG(ACK, 101, 1));
	drive_send(d, 10, 0);
	drive_sleep(d, 10 * TERN_S);
	drive_drain(d);
	assert_int_equal(tern_counter(d->n, TERN_TcpExtTCPFastOpenBlackhole),
			 1);
	inject(d, SEG(RST, 1, 0));
	assert_int_equal(open_send(d, 100), -EINPROGRESS);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	drive_sleep(d, 3600 * TERN_S);
	drive_drain(d);
	assert_int_equal(open_send(d, 100), 100);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client),
		cmocka_unit_test(client_with_much),
		cmocka_unit_test(client_text_refused),
		cmocka_unit_test(client_syn_lost),
		cmocka_unit_test(client_connects_later),
		cmocka_unit_test(client_connects_first),
		cmocka_unit_test(client_is_off),
		cmocka_unit_test(client_without_cookie),
		cmocka_unit_test(black_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
