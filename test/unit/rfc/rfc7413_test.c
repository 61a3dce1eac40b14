/* SPDX-License-Identifier: ISC */
/*
 * rfc7413_test.c - TCP Fast Open: cookies, text in the SYN, limits, fallback
 */
#include "unit/rfc/drive.h"

#include <linux/tcp.h>
#include <poll.h>

#include "tcp/fastopen_cookie.h"

#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif

#define MSS 1000

static struct tcp_info info_of(struct drive *d)
{
	struct tcp_info i = {0};
	socklen_t len = sizeof(i);

	assert_int_equal(
		tern_getsockopt(d->n, d->fd, IPPROTO_TCP, TCP_INFO, &i, &len),
		0);
	return i;
}

/* The options of a SYN: MSS, and a cookie of n bytes, or an empty one. */
static struct dseg syn_with(uint8_t *o, const uint8_t *cookie, uint8_t n)
{
	struct dseg s = SEG(SYN, 0, 0);

	memcpy(o, "\2\4\3\350", 4); /* MSS 1000 */
	o[4] = 34;
	o[5] = (uint8_t)(2 + n);
	if (n)
		memcpy(o + 6, cookie, n);
	o[6 + n] = o[7 + n] = 1;
	s.options = o;
	s.options_len = (uint8_t)(6 + n + 2);
	return s;
}

/* The Fast Open option of the segment that drive_take() would return. */
static bool peek_cookie(const struct drive *d, struct tcp_options *o)
{
	const struct tern_frame *f = &d->q[d->q_head];
	struct tcp_header h;
	struct ip4_header ip;

	if (d->q_head == d->q_tail)
		return false;
	assert_int_equal(ip4_parse(f->head, f->head_len, f->len, &ip), 0);
	assert_int_equal(tcp_parse(f->head + ip.header_len,
				   f->head_len - ip.header_len,
				   f->len - ip.header_len, &h),
			 0);
	tcp_opt_parse(h.options, h.header_len - 20U, o);
	return o->present & TERN_OPT_FASTOPEN;
}

static void listen_open(struct drive *d, int qlen)
{
	drive_sysctl(d, "net.ipv4.tcp_fastopen", "3");
	drive_listen(d, 8);
	drive_set(d, d->lfd, IPPROTO_TCP, TCP_FASTOPEN, qlen);
}

/* Asks for a cookie, and lets that connection be. */
static void ask(struct drive *d, uint8_t cookie[8])
{
	struct tcp_options o;
	uint8_t bytes[40];

	inject(d, syn_with(bytes, NULL, 0));
	assert_true(peek_cookie(d, &o));
	assert_int_equal(o.fo_len, 8);
	memcpy(cookie, o.fo, 8);
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(RST, 1, 0));
	expect_nothing(d);
	d->iss_known = false;
}

/* 3, 4.2: a cookie is given, and with it text is the user's at once; what the
 * user answers goes before the third segment. */
static void server(void **state)
{
	struct drive *d = drive_new();
	uint8_t cookie[8], bytes[40];
	struct pollfd p = {.events = POLLIN | POLLOUT};
	struct dseg s;

	(void)state;
	listen_open(d, 5);
	ask(d, cookie);
	s = syn_with(bytes, cookie, 8);
	s.len = 100;
	inject(d, s);
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_true(d->fd >= 0);
	assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
	p.fd = d->fd;
	assert_int_equal(tern_poll(d->n, &p, 1), 1);
	assert_int_equal(p.revents, POLLIN | POLLOUT);
	expect(d, SEG(SYN | ACK, 0, 101));
	assert_int_equal(drive_recv(d, 1000), 100);
	assert_int_equal(drive_recv(d, 1000), -EAGAIN);
	drive_send(d, 2500, 0);
	expect(d, SEG(ACK, 1, 101, .len = 1000));
	expect(d, SEG(ACK, 1001, 101, .len = 1000));
	expect(d, SEG(PSH | ACK, 2001, 101, .len = 500));
	inject(d, SEG(ACK, 101, 2501, .len = 10));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	assert_int_equal(drive_recv(d, 1000), 10);
	assert_true(info_of(d).tcpi_options & TCPI_OPT_SYN_DATA);
	assert_int_equal(tern_counter(d->n, TERN_TcpExtTCPFastOpenPassive), 1);
	assert_int_equal(tern_counter(d->n, TERN_TcpPassiveOpens), 1);
	drive_free(d);
}

/* Off unless the tunable and the socket both say so. */
static void server_is_off(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct drive *d = drive_new();
		struct tcp_options o;
		uint8_t bytes[40];

		listen_open(d, i ? 5 : 0);
		if (i)
			drive_sysctl(d, "net.ipv4.tcp_fastopen", "1");
		inject(d, syn_with(bytes, NULL, 0));
		assert_false(peek_cookie(d, &o));
		expect(d, SEG(SYN | ACK, 0, 1));
		drive_free(d);
	}
}

/* 4.1.2: another cookie than ours, or ours from elsewhere: only the SYN is
 * acknowledged, and a good cookie comes along. */
static void bad_cookies(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 66; i++) {
		struct drive *d = drive_new();
		uint8_t cookie[8], bytes[40];
		struct tcp_options o;
		struct dseg s;

		listen_open(d, 5);
		ask(d, cookie);
		if (i < 64)
			cookie[i / 8] ^= (uint8_t)(1U << i % 8);
		s = syn_with(bytes, cookie, i == 64 ? 6 : 8);
		s.len = 100;
		if (i == 65)
			s.src = PEER_ADDR + 1;
		inject(d, s);
		assert_true(peek_cookie(d, &o));
		expect(d, SEG(SYN | ACK, 0, 1));
		assert_int_equal(tern_accept(d->n, d->lfd, NULL, NULL),
				 -EAGAIN);
		drive_free(d);
	}
}

/* 4.1.1: the experiment's kind, 254 with 0xf989. */
static void experiment(void **state)
{
	const uint8_t ask[] = {2, 4, 3, 232, 254, 4, 0xf9, 0x89};
	struct drive *d = drive_new();
	struct tcp_options o;

	(void)state;
	listen_open(d, 5);
	inject(d, SEG(SYN, 0, 0, .options = ask, .options_len = sizeof(ask)));
	assert_true(peek_cookie(d, &o));
	assert_true(o.fo_experiment);
	assert_int_equal(o.fo_len, 8);
	drive_free(d);
}

/* 4.2.2, PendingFastOpenRequests: beyond it the handshake is the usual one;
 * and what was reset counts on for a while (5.1). */
static void limit(void **state)
{
	struct drive *d = drive_new();
	uint8_t cookie[8], bytes[40];
	struct dseg s;

	(void)state;
	listen_open(d, 1);
	ask(d, cookie);
	s = syn_with(bytes, cookie, 8);
	s.len = 10;
	inject(d, s);
	expect(d, SEG(SYN | ACK, 0, 11));
	inject(d, SEG(RST, 11, 0));
	d->iss_known = false;
	inject(d, s);
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(RST, 1, 0));
	d->iss_known = false;
	assert_int_equal(
		tern_counter(d->n, TERN_TcpExtTCPFastOpenListenOverflow), 1);
	drive_sleep(d, 61 * TERN_S);
	inject(d, s);
	expect(d, SEG(SYN | ACK, 0, 11));
	/* The third segment makes room. */
	inject(d, SEG(ACK, 11, 1));
	d->iss_known = false;
	s.src = PEER_ADDR;
	drive_free(d);
}

/* The listener may go before the handshake is over. */
static void listener_goes(void **state)
{
	struct drive *d = drive_new();
	uint8_t cookie[8], bytes[40];
	struct dseg s;

	(void)state;
	listen_open(d, 5);
	ask(d, cookie);
	s = syn_with(bytes, cookie, 8);
	s.len = 10;
	inject(d, s);
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	expect(d, SEG(SYN | ACK, 0, 11));
	assert_int_equal(tern_close(d->n, d->lfd), 0);
	inject(d, SEG(ACK, 11, 1));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);
}

/* SYN,ACK is lost: it goes again, and so for a SYN that comes again. */
static void syn_ack_lost(void **state)
{
	struct drive *d = drive_new();
	uint8_t cookie[8], bytes[40];
	struct dseg s;

	(void)state;
	listen_open(d, 5);
	ask(d, cookie);
	s = syn_with(bytes, cookie, 8);
	s.len = 10;
	inject(d, s);
	expect(d, SEG(SYN | ACK, 0, 11));
	inject(d, SEG(SYN, 0, 0, .mss = MSS));
	expect(d, SEG(SYN | ACK, 0, 11));
	drive_sleep(d, TERN_S + TERN_S / 10);
	expect(d, SEG(SYN | ACK, 0, 11));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	inject(d, SEG(ACK, 11, 1));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);
}

/* A RST before the third segment: the user, who has it, learns of it. */
static void reset_early(void **state)
{
	struct drive *d = drive_new();
	uint8_t cookie[8], bytes[40];
	struct dseg s;

	(void)state;
	listen_open(d, 5);
	ask(d, cookie);
	s = syn_with(bytes, cookie, 8);
	s.len = 10;
	inject(d, s);
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	expect(d, SEG(SYN | ACK, 0, 11));
	inject(d, SEG(RST, 11, 0));
	assert_int_equal(drive_recv(d, 100), 10);
	assert_int_equal(drive_recv(d, 100), -ECONNRESET);
	drive_free(d);
}

/* 4.1.2: keys are changed; the old one is good as long as it is the second. */
static void keys(void **state)
{
	struct drive *d = drive_new();
	uint8_t key[32], old[8], fresh[8], bytes[40];
	struct tcp_options o;
	socklen_t len = sizeof(key);
	struct dseg s;
	int i;

	(void)state;
	for (i = 0; i < 32; i++)
		key[i] = (uint8_t)(i * 7);
	listen_open(d, 5);
	assert_int_equal(tern_setsockopt(d->n, d->lfd, IPPROTO_TCP,
					 TCP_FASTOPEN_KEY, key + 16, 16),
			 0);
	ask(d, old);
	assert_int_equal(tern_setsockopt(d->n, d->lfd, IPPROTO_TCP,
					 TCP_FASTOPEN_KEY, key, 32),
			 0);
	assert_int_equal(tern_setsockopt(d->n, d->lfd, IPPROTO_TCP,
					 TCP_FASTOPEN_KEY, key, 17),
			 -EINVAL);
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(tern_getsockopt(d->n, d->lfd, IPPROTO_TCP,
					 TCP_FASTOPEN_KEY, bytes, &len),
			 0);
	assert_int_equal(len, 32);
	assert_memory_equal(bytes, key, 32);
	ask(d, fresh);
	assert_memory_not_equal(fresh, old, 8);
	s = syn_with(bytes, old, 8);
	s.len = 10;
	inject(d, s);
	assert_true(peek_cookie(d, &o)); /* a new one comes along */
	assert_int_equal(o.fo_len, 8);
	assert_memory_equal(o.fo, fresh, 8);
	expect(d, SEG(SYN | ACK, 0, 11));
	drive_free(d);
}

/* Without cookies, where the tunable or the socket says so. */
static void server_without_cookie(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct drive *d = drive_new();

		listen_open(d, 5);
		if (i == 1)
			drive_sysctl(d, "net.ipv4.tcp_fastopen", "514");
		if (i == 2)
			drive_set(d, d->lfd, IPPROTO_TCP,
				  TCP_FASTOPEN_NO_COOKIE, 1);
		inject(d, SEG(SYN, 0, 0, .mss = MSS, .len = 10));
		expect(d, SEG(SYN | ACK, 0, i ? 11 : 1));
		drive_free(d);
	}
}

/* ... for text: a SYN without any is an ordinary one, and its connection the
 * user's after the third segment. */
static void server_without_text(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	listen_open(d, 5);
	drive_sysctl(d, "net.ipv4.tcp_fastopen", "514");
	inject(d, SEG(SYN, 0, 0, .mss = MSS));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_int_equal(tern_accept(d->n, d->lfd, NULL, NULL), -EAGAIN);
	assert_int_equal(tern_counter(d->n, TERN_TcpExtTCPFastOpenPassive), 0);
	inject(d, SEG(ACK, 1, 1));
	assert_true(tern_accept(d->n, d->lfd, NULL, NULL) >= 0);
	drive_free(d);
}

/* ----------------------------------------------------------------- client */

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
	assert_int_equal(info_of(d).tcpi_fastopen_client_fail, 0);
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
	assert_true(info_of(d).tcpi_options & TCPI_OPT_SYN_DATA);
	assert_int_equal(info_of(d).tcpi_fastopen_client_fail, 0);
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
	assert_int_equal(info_of(d).tcpi_fastopen_client_fail, 2);
	assert_false(info_of(d).tcpi_options & TCPI_OPT_SYN_DATA);
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
	assert_int_equal(info_of(d).tcpi_fastopen_client_fail, 3);
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
	assert_int_equal(info_of(d).tcpi_fastopen_client_fail, 1);
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

/* Cookies are made of both addresses and a key, and of nothing else. */
static void cookie_itself(void **state)
{
	const struct fastopen_keys a = {.key = {{1, 2}, {3, 4}}, .n = 2};
	const struct fastopen_keys b = {.key = {{3, 4}}, .n = 1};
	struct tern_tuple t = {.laddr = 1, .raddr = 2, .lport = 3, .rport = 4};
	uint8_t c[8], e[8];

	(void)state;
	fastopen_cookie_make(&a, &t, c);
	fastopen_cookie_make(&b, &t, e);
	assert_memory_not_equal(c, e, 8);
	t.rport = 99; /* the client comes from another port */
	assert_int_equal(fastopen_cookie_check(&a, &t, c, 8), 0);
	assert_int_equal(fastopen_cookie_check(&a, &t, e, 8), 1);
	assert_int_equal(fastopen_cookie_check(&b, &t, c, 8), -1);
	assert_int_equal(fastopen_cookie_check(&a, &t, c, 6), -1);
	t.raddr = 3;
	assert_int_equal(fastopen_cookie_check(&a, &t, c, 8), -1);
	t.raddr = 2;
	t.laddr = 2;
	assert_int_equal(fastopen_cookie_check(&a, &t, c, 8), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(server),
		cmocka_unit_test(server_is_off),
		cmocka_unit_test(bad_cookies),
		cmocka_unit_test(experiment),
		cmocka_unit_test(limit),
		cmocka_unit_test(listener_goes),
		cmocka_unit_test(syn_ack_lost),
		cmocka_unit_test(reset_early),
		cmocka_unit_test(keys),
		cmocka_unit_test(server_without_cookie),
		cmocka_unit_test(server_without_text),
		cmocka_unit_test(client),
		cmocka_unit_test(client_with_much),
		cmocka_unit_test(client_text_refused),
		cmocka_unit_test(client_syn_lost),
		cmocka_unit_test(client_connects_later),
		cmocka_unit_test(client_connects_first),
		cmocka_unit_test(client_is_off),
		cmocka_unit_test(client_without_cookie),
		cmocka_unit_test(black_hole),
		cmocka_unit_test(cookie_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
