/* SPDX-License-Identifier: ISC */
/*
 * runs_test.c - the same play over links that cut long segments, and that
 * cannot
 *
 * A run of text leaves in one frame, which the test cuts; or the stack cuts it,
 * and sums it or leaves that to the link.  By chance: how much is written and
 * read and with which flags, what gets lost, how many frames are asked for at a
 * time, the options and the algorithm, the size of the link.  Each way all of
 * it arrives, with no bad checksum among the segments, and both ends close.
 *
 * A failure tells its seed; RUNS_SEED in the environment runs that one alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>

#include "links/segment.h"
#include "stack/tern.h"
#include "two.h"

#define SEEDS	  12
#define STEPS	  3000
#define WRITE_MAX 40000
#define FRAMES	  64
#define PORT	  80
#define CALM_S	  3000 /* the longest that repair may take */

struct play {
	struct tern *n[2];
	int ifindex[2], fd[2];
	tern_time now;
	uint64_t dice, sent[2], got[2];
	uint64_t n_long;  /* runs that left in one frame */
	uint32_t trouble; /* of so many segments one is lost, 0: none */
	bool closed[2], ended[2];
};

static uint32_t roll(struct play *p, uint32_t n)
{
	p->dice ^= p->dice << 13;
	p->dice ^= p->dice >> 7;
	p->dice ^= p->dice << 17;
	return (uint32_t)((p->dice >> 11) % n);
}

static uint8_t byte_of(int from, uint64_t at)
{
	return (uint8_t)(at * 31 + (at >> 8) * 7 + (uint64_t)from * 101);
}

static void check(struct play *p)
{
	tern_selfcheck(p->n[0]);
	tern_selfcheck(p->n[1]);
}

static void arrives(struct play *p, int to, struct tern_frame *f)
{
	struct tern_if_info info;

	if (p->trouble && roll(p, p->trouble) == 0) {
		tern_frame_release(f);
		return;
	}
	assert_int_equal(tern_if_info(p->n[!to], p->ifindex[!to], &info), 0);
	if (f->flags & TERN_FRAME_CSUM_PARTIAL)
		tern_frame_finish_csum(f);
	tern_input(p->n[to], p->ifindex[to], f, 1, p->now);
}

/* What is long becomes what a link makes of it. */
static void cut(struct play *p, int to, struct tern_frame *whole)
{
	const uint32_t ip = whole->hdr_len ? 14 : 0;
	struct segmenter s;
	struct tern_frame f;

	if (whole->gso_size == 0) {
		arrives(p, to, whole);
		return;
	}
	p->n_long++;
	assert_true(segmenter_begin(&s, whole, ip) > 1);
	while (segmenter_next(&s, &f))
		arrives(p, to, &f);
}

static int move(struct play *p, int from)
{
	struct tern_frame f[FRAMES + 1];
	const int max = 1 + (int)roll(p, FRAMES);
	int n;

	memset(&f[max], 0xa5, sizeof(f[max]));
	n = tern_output(p->n[from], p->ifindex[from], f, max, p->now);
	assert_in_range(n, 0, max);
	for (size_t i = 0; i < sizeof(f[max]); i++)
		assert_int_equal(((uint8_t *)&f[max])[i], 0xa5);
	for (int i = 0; i < n; i++)
		cut(p, !from, &f[i]);
	check(p);
	return n;
}

static void do_send(struct play *p, int k)
{
	static uint8_t buf[WRITE_MAX];
	const uint32_t most = roll(p, 3) ? 3000 : WRITE_MAX;
	const uint32_t len = 1 + roll(p, most);
	ssize_t n;

	if (p->closed[k])
		return;
	for (uint32_t i = 0; i < len; i++)
		buf[i] = byte_of(k, p->sent[k] + i);
	n = tern_send(p->n[k], p->fd[k], buf, len, roll(p, 4) ? 0 : MSG_MORE);
	assert_true(n > 0 || n == -EAGAIN);
	p->sent[k] += n > 0 ? (uint64_t)n : 0;
}

static void do_receive(struct play *p, int k)
{
	static uint8_t buf[WRITE_MAX];
	ssize_t n =
		tern_recv(p->n[k], p->fd[k], buf, 1 + roll(p, WRITE_MAX), 0);

	assert_true(n >= 0 || n == -EAGAIN);
	if (n == 0)
		p->ended[k] = true;
	for (ssize_t i = 0; i < n; i++)
		assert_int_equal(buf[i], byte_of(!k, p->got[k] + (uint64_t)i));
	p->got[k] += n > 0 ? (uint64_t)n : 0;
}

static void pass(struct play *p, tern_time ns)
{
	p->now += ns;
	for (int k = 0; k < 2; k++)
		tern_advance(p->n[k], p->now);
}

static void step(struct play *p)
{
	static const uint32_t mtus[] = {576, 1500, 1006, 4000};
	const int k = roll(p, 4) == 0;

	switch (roll(p, 12)) {
	case 0:
	case 1:
	case 2:
		do_send(p, k);
		break;
	case 3:
	case 4:
		do_receive(p, !k);
		break;
	case 5:
		pass(p, roll(p, 20) ? roll(p, 3000) * TERN_US
				    : roll(p, 2000) * TERN_MS);
		break;
	case 6:
		if (roll(p, 40) == 0)
			assert_int_equal(tern_if_set_mtu(p->n[k], p->ifindex[k],
							 mtus[roll(p, 4)]),
					 0);
		if (roll(p, 20) == 0)
			p->trouble = roll(p, 2) ? 0 : 4 + roll(p, 100);
		break;
	default:
		move(p, k);
	}
	check(p);
}

/* Ethernet: the first frames wait for ARP. */
static void attach(struct play *p, int k, uint32_t flags)
{
	struct tern_if_config c = {.name = "wire",
				   .flags = TERN_IF_ETHERNET | flags,
				   .mtu = 1500,
				   .mac = {2, 0, 0, 0, 0, (uint8_t)k}};

	p->ifindex[k] = tern_if_add(p->n[k], &c);
	assert_true(p->ifindex[k] > 0);
	assert_int_equal(
		tern_addr_add(p->n[k], p->ifindex[k], k ? TWO_B : TWO_A, 24),
		0);
}

/* The same for both ends, or not. */
static void set(struct play *p, const char *name, uint32_t n)
{
	char value[16];

	for (int k = 0; k < 2; k++) {
		snprintf(value, sizeof(value), "%u", roll(p, n));
		assert_int_equal(tern_sysctl_set(p->n[k], name, value), 0);
	}
}

static void configure(struct play *p)
{
	set(p, "net.ipv4.tcp_sack", 2);
	set(p, "net.ipv4.tcp_timestamps", 2);
	set(p, "net.ipv4.tcp_recovery", 2);
	set(p, "net.ipv4.ip_no_pmtu_disc", 2);
	set(p, "net.ipv4.tcp_mtu_probing", 3);
	set(p, "tern.tcp_linux_acks", 2);
	set(p, "tern.tcp_linux_cwnd", 2);
	set(p, "tern.tcp_pacing", 2);
	if (roll(p, 4) == 0) /* then each segment has marks of its own */
		set(p, "net.ipv4.tcp_ecn", 2);
	if (roll(p, 4) == 0)
		set(p, "net.ipv4.tcp_min_tso_segs", 3);
}

static void choose(struct play *p, int k)
{
	static const char *const names[] = {"cubic", "reno", "bbr", "bbr1"};
	const char *name = names[roll(p, 4)];
	int room = (int)(1 + roll(p, 20)) * 8192, on = 1;
	struct tern *n = p->n[k];

	if (roll(p, 2) == 0)
		(void)!tern_setsockopt(n, p->fd[k], SOL_SOCKET, SO_RCVBUF,
				       &room, sizeof(room));
	if (roll(p, 2) == 0)
		(void)!tern_setsockopt(n, p->fd[k], IPPROTO_TCP, TCP_NODELAY,
				       &on, sizeof(on));
	assert_int_equal(tern_setsockopt(n, p->fd[k], IPPROTO_TCP,
					 TCP_CONGESTION, name,
					 (socklen_t)strlen(name)),
			 0);
}

/* All that has to be done at this time, and no step towards the next. */
static void settle(struct play *p)
{
	int n;

	do {
		pass(p, 0);
		n = move(p, 0);
		n += move(p, 1);
		for (int k = 0; k < 2; k++)
			if (p->fd[k] >= 0 && !p->ended[k])
				do_receive(p, k);
	} while (n > 0 || tern_deadline(p->n[0]) <= p->now ||
		 tern_deadline(p->n[1]) <= p->now);
}

static void wait(struct play *p)
{
	tern_time a = tern_deadline(p->n[0]), b = tern_deadline(p->n[1]);

	settle(p);
	a = tern_deadline(p->n[0]);
	b = tern_deadline(p->n[1]);
	a = a < b ? a : b;
	if (a != TERN_NEVER)
		p->now = a;
	pass(p, 0);
	settle(p);
}

static void open_play(struct play *p, uint64_t seed, uint32_t flags)
{
	int listener;

	memset(p, 0, sizeof(*p));
	p->dice = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	p->now = TERN_S;
	p->fd[0] = p->fd[1] = -1;
	for (int k = 0; k < 2; k++) {
		p->n[k] = two_stack((uint8_t)(seed + (uint64_t)k), p->now);
		assert_non_null(p->n[k]);
		attach(p, k, flags);
	}
	configure(p);
	listener = two_listen(p->n[1], PORT, 1);
	p->fd[0] = two_dial(p->n[0], TWO_B, PORT);
	choose(p, 0);
	settle(p);
	p->fd[1] = tern_accept(p->n[1], listener, NULL, NULL);
	assert_true(p->fd[1] >= 0);
	assert_int_equal(tern_close(p->n[1], listener), 0);
	choose(p, 1);
}

static void close_play(struct play *p)
{
	const tern_time until = p->now + CALM_S * TERN_S;
	struct tern_sockinfo row;
	uint64_t cursor;

	for (int k = 0; k < 2; k++) {
		assert_int_equal(tern_if_set_mtu(p->n[k], p->ifindex[k], 1500),
				 0);
		assert_int_equal(tern_shutdown(p->n[k], p->fd[k], SHUT_WR), 0);
	}
	p->trouble = 0;
	while ((!p->ended[0] || !p->ended[1]) && p->now < until)
		wait(p);
	for (int k = 0; k < 2; k++) {
		assert_true(p->ended[k]);
		assert_int_equal(p->got[k], p->sent[!k]);
		assert_int_equal(tern_close(p->n[k], p->fd[k]), 0);
		p->fd[k] = -1;
	}
	for (int i = 0; i < 100; i++)
		wait(p);
	for (int k = 0; k < 2; k++) {
		cursor = 0;
		assert_int_equal(tern_sockets(p->n[k], &cursor, &row, 1), 0);
		assert_int_equal(tern_counter(p->n[k], TERN_TcpInCsumErrors),
				 0);
		assert_int_equal(tern_counter(p->n[k], TERN_IpInHdrErrors), 0);
		assert_int_equal(block_pool_count(tern_blocks(p->n[k])), 0);
		tern_destroy(p->n[k]);
	}
}

static void play(uint64_t seed, uint32_t flags, struct play *p)
{
	open_play(p, seed, flags);
	for (int i = 0; i < STEPS; i++)
		step(p);
	close_play(p);
}

static void test_cut_here_or_there(void **state)
{
	static const uint32_t ways[] = {0, TERN_IF_CSUM,
					TERN_IF_CSUM | TERN_IF_GSO};
	const char *one = getenv("RUNS_SEED");
	static struct play p;
	uint64_t first = one ? strtoull(one, NULL, 10) : 1;
	uint64_t last = one ? first : SEEDS, n_long = 0, n_bytes = 0;

	(void)state;
	for (uint64_t seed = first; seed <= last; seed++) {
		for (size_t i = 0; i < 3; i++) {
			print_message("seed %llu, way %zu\n",
				      (unsigned long long)seed, i);
			play(seed, ways[i], &p);
			assert_true(i == 2 || p.n_long == 0);
			n_bytes += p.got[1];
			n_long += p.n_long;
		}
	}
	assert_true(one || (n_long > 0 && n_bytes > 1000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_here_or_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
