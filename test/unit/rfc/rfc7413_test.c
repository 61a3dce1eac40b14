/* SPDX-License-Identifier: ISC */
/*
 * rfc7413_test.c - TCP Fast Open of a server: cookies, text in the SYN, limits
 *
 * The client is rfc7413_client_test.c.
 */
#include "unit/rfc/fast_open.h"

#include <poll.h>

#include "tcp/fastopen_cookie.h"

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

/* Asks for a cookie, and comes again with it and `len` bytes of text. */
static struct dseg come_again(struct drive *d, uint32_t len)
{
	static uint8_t bytes[40];
	uint8_t cookie[8];
	struct dseg s;

	ask(d, cookie);
	s = syn_with(bytes, cookie, 8);
	s.len = len;
	inject(d, s);
	return s;
}

/* 3, 4.2: a cookie is given, and with it text is the user's at once; what the
 * user answers goes before the third segment. */
static void server(void **state)
{
	struct drive *d = drive_new();
	struct pollfd p = {.events = POLLIN | POLLOUT};

	(void)state;
	listen_open(d, 5);
	come_again(d, 100);
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
	assert_true(drive_tcp_info(d).tcpi_options & TCPI_OPT_SYN_DATA);
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
	struct dseg s;

	(void)state;
	listen_open(d, 1);
	s = come_again(d, 10);
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

	(void)state;
	listen_open(d, 5);
	come_again(d, 10);
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

	(void)state;
	listen_open(d, 5);
	come_again(d, 10);
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

	(void)state;
	listen_open(d, 5);
	come_again(d, 10);
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
		cmocka_unit_test(cookie_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
