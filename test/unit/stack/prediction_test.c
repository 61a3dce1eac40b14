/* SPDX-License-Identifier: ISC */
/*
 * prediction_test.c - the short way does what the long way does
 *
 * The same play twice: with tern.tcp_prediction, and without.  By chance: who
 * speaks and how much, what is read, what gets lost, comes twice or out of
 * order, how time passes, options and tunables that change meanwhile; at last
 * both ends close, once they have read all, if that is not too much.  Each
 * frame, each answer of a call, each deadline, what TCP_INFO says of both ends,
 * and at the end all counters must be the same, but for those that count the
 * predictions themselves.
 *
 * A failure tells seed and step; PREDICTION_SEED in the environment runs that
 * one alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "stack/tern.h"
#include "two.h"

#define SEEDS	 60
#define STEPS	 4000
#define ROUNDS	 50 /* until all is read */
#define CLOSING	 300
#define TEXT_MAX 30000
#define FRAMES	 8
#define BYTES	 70000
#define PORT	 80

struct play {
	struct two two;
	int fd[2];
	uint64_t dice;
	uint32_t trouble; /* one frame of so many, 0: none */
	struct tern_frame held;
	int held_for;	 /* the end that is to get it late, or -1 */
	uint64_t *trace; /* a digest of each step */
	uint64_t digest;
};

static uint32_t roll(struct play *p, uint32_t n)
{
	p->dice ^= p->dice << 13;
	p->dice ^= p->dice >> 7;
	p->dice ^= p->dice << 17;
	return (uint32_t)((p->dice >> 11) % n);
}

static void note(struct play *p, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p->digest = (p->digest ^ ((const uint8_t *)bytes)[i]) *
			    UINT64_C(0x100000001b3);
}

static void note_number(struct play *p, int64_t n)
{
	note(p, &n, sizeof(n));
}

static struct tern *stack(struct play *p, int k)
{
	return k ? p->two.b : p->two.a;
}

static int wire(const struct play *p, int k)
{
	return k ? p->two.if_b : p->two.if_a;
}

static void note_frame(struct play *p, const struct tern_frame *f)
{
	static uint8_t bytes[BYTES];

	note_number(p, f->len);
	assert_true(f->len <= sizeof(bytes));
	assert_int_equal(tern_frame_flatten(f, bytes), f->len);
	note(p, bytes, f->len);
}

static void give(struct play *p, int to, struct tern_frame *f)
{
	tern_input(stack(p, to), wire(p, to), f, 1, p->two.now);
}

static void give_held(struct play *p)
{
	if (p->held_for >= 0)
		give(p, p->held_for, &p->held);
	p->held_for = -1;
}

static void arrives(struct play *p, int to, struct tern_frame *f)
{
	struct tern_frame again;

	if (!p->trouble || roll(p, p->trouble)) {
		give(p, to, f);
		return;
	}
	switch (roll(p, 3)) {
	case 0:
		tern_frame_release(f);
		return;
	case 1:
		tern_frame_share(&again, f);
		give(p, to, f);
		give(p, to, &again);
		return;
	default:
		give_held(p);
		tern_frame_move(&p->held, f);
		p->held_for = to;
	}
}

static int move(struct play *p, int from)
{
	struct tern_frame f[FRAMES];
	const int n = tern_output(stack(p, from), wire(p, from), f,
				  1 + (int)roll(p, FRAMES), p->two.now);

	note_number(p, n);
	for (int i = 0; i < n; i++) {
		note_frame(p, &f[i]);
		arrives(p, !from, &f[i]);
	}
	return n;
}

static void speak(struct play *p, int k)
{
	static uint8_t text[TEXT_MAX];
	const uint32_t most = roll(p, 8) ? 200 : TEXT_MAX;
	const uint32_t len = 1 + roll(p, most);
	static const int flags[] = {0, 0, 0, 0, 0, MSG_MORE, MSG_OOB, MSG_EOR};

	memset(text, (int)roll(p, 256), len);
	note_number(p, tern_send(stack(p, k), p->fd[k], text, len,
				 flags[roll(p, 8)]));
}

static void hear(struct play *p, int k)
{
	static uint8_t text[TEXT_MAX];
	const uint32_t len = 1 + roll(p, roll(p, 4) ? TEXT_MAX : 100);
	const ssize_t n = tern_recv(stack(p, k), p->fd[k], text, len,
				    roll(p, 16) ? 0 : MSG_PEEK);

	note_number(p, n);
	if (n > 0)
		note(p, text, (size_t)n);
}

static void pass(struct play *p)
{
	static const tern_time longest[] = {50 * TERN_US, 5 * TERN_MS,
					    500 * TERN_MS, 20 * TERN_S};
	const uint32_t i = roll(p, 32);

	p->two.now += roll(p, (uint32_t)(longest[i < 16	  ? 0
						 : i < 27 ? 1
						 : i < 30 ? 2
							  : 3] /
					 1000)) *
		      UINT64_C(1000);
	for (int k = 0; k < 2; k++)
		tern_advance(stack(p, k), p->two.now);
}

static void set_option(struct play *p, int k)
{
	static const struct {
		int level, name, values;
	} options[] = {
		{IPPROTO_TCP, TCP_NODELAY, 2},
		{IPPROTO_TCP, TCP_CORK, 2},
		{IPPROTO_TCP, TCP_QUICKACK, 2},
		{IPPROTO_TCP, TCP_NOTSENT_LOWAT, 4000},
		{IPPROTO_TCP, TCP_USER_TIMEOUT, 30000},
		{IPPROTO_TCP, TCP_WINDOW_CLAMP, 60000},
		{SOL_SOCKET, SO_RCVBUF, 40000},
		{SOL_SOCKET, SO_SNDBUF, 40000},
		{SOL_SOCKET, SO_KEEPALIVE, 2},
		{IPPROTO_TCP, TCP_KEEPIDLE, 20},
		{IPPROTO_TCP, TCP_KEEPINTVL, 5},
		{SOL_SOCKET, SO_RCVLOWAT, 300},
		{IPPROTO_IP, IP_TOS, 256},
	};
	static const char *const names[] = {"cubic", "reno", "bbr", "bbr1",
					    "dctcp"};
	const uint32_t i = roll(p, sizeof(options) / sizeof(options[0]) + 1);
	int value;

	if (i == sizeof(options) / sizeof(options[0])) {
		const char *name = names[roll(p, 5)];

		note_number(p, tern_setsockopt(stack(p, k), p->fd[k],
					       IPPROTO_TCP, TCP_CONGESTION,
					       name, (socklen_t)strlen(name)));
		return;
	}
	value = (int)roll(p, (uint32_t)options[i].values);
	note_number(p, tern_setsockopt(stack(p, k), p->fd[k], options[i].level,
				       options[i].name, &value, sizeof(value)));
}

static void set(struct play *p, int k, const char *name, uint32_t n)
{
	char value[16];

	snprintf(value, sizeof(value), "%u", roll(p, n));
	assert_int_equal(tern_sysctl_set(stack(p, k), name, value), 0);
}

static void set_tunable(struct play *p, int k)
{
	static const struct {
		const char *name;
		uint32_t values;
	} tunables[] = {
		{"tern.tcp_linux_acks", 2},
		{"tern.tcp_linux_cwnd", 2},
		{"tern.tcp_whole_window", 2},
		{"tern.tcp_pacing", 2},
		{"net.ipv4.tcp_min_tso_segs", 3},
		{"net.ipv4.tcp_notsent_lowat", 9000},
		{"net.ipv4.tcp_slow_start_after_idle", 2},
		{"net.ipv4.tcp_recovery", 2},
		{"net.ipv4.tcp_early_retrans", 5},
	};
	const uint32_t i = roll(p, sizeof(tunables) / sizeof(tunables[0]));

	set(p, k, tunables[i].name, tunables[i].values);
	if (roll(p, 2)) /* nearly always all are as they were at first */
		return;
	assert_int_equal(tern_sysctl_set(stack(p, k),
					 "net.ipv4.tcp_notsent_lowat",
					 "4294967295"),
			 0);
	for (size_t j = 0; j < 5; j++)
		assert_int_equal(
			tern_sysctl_set(stack(p, k), tunables[j].name, "0"), 0);
}

/* Both ends of a link that takes more now, or less; or one end is done. */
static void turn(struct play *p, int k)
{
	static const uint32_t mtus[] = {1500, 1500, 1000, 576};
	const uint32_t mtu = mtus[roll(p, 4)];

	if (roll(p, 4) == 0) {
		note_number(p, tern_shutdown(stack(p, k), p->fd[k],
					     roll(p, 4) ? SHUT_WR : SHUT_RDWR));
		return;
	}
	for (k = 0; k < 2; k++)
		assert_int_equal(tern_if_set_mtu(stack(p, k), wire(p, k), mtu),
				 0);
}

static void note_end(struct play *p, int k)
{
	struct pollfd ready = {.fd = p->fd[k], .events = POLLIN | POLLOUT};
	struct tcp_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	note_number(p, tern_getsockopt(stack(p, k), p->fd[k], IPPROTO_TCP,
				       TCP_INFO, &info, &len));
	note(p, &info, sizeof(info));
	note_number(p, tern_poll(stack(p, k), &ready, 1));
	note_number(p, ready.revents);
	note_number(p, (int64_t)tern_deadline(stack(p, k)));
	tern_selfcheck(stack(p, k));
}

static void step(struct play *p)
{
	const int k = (int)roll(p, 2);

	switch (roll(p, 16)) {
	case 0:
	case 1:
	case 2:
		speak(p, k);
		break;
	case 3:
	case 4:
	case 5:
		hear(p, k);
		break;
	case 6:
	case 7:
		pass(p);
		break;
	case 8:
		if (roll(p, 6) == 0)
			p->trouble = roll(p, 2) ? 0 : 2 + roll(p, 20);
		else if (roll(p, 8) == 0)
			set_option(p, k);
		else if (roll(p, 12) == 0)
			set_tunable(p, k);
		else if (roll(p, 50) == 0)
			turn(p, k);
		break;
	case 9:
		give_held(p);
		break;
	default:
		move(p, k);
	}
	note_end(p, 0);
	note_end(p, 1);
}

/* What is still on its way is read, as nothing gets lost any more, and then a
 * last word of each end. */
static void drain(struct play *p)
{
	p->trouble = 0;
	give_held(p);
	for (int i = 0; i < ROUNDS; i++) {
		for (int k = 0; k < 2; k++) {
			if (i == ROUNDS - 2)
				note_number(p, tern_send(stack(p, k), p->fd[k],
							 "x", 1, 0));
			move(p, k);
			hear(p, !k);
		}
		if (i < ROUNDS - 2)
			pass(p);
	}
}

/* Both ends close, now or later, and one of them first. */
static void end_play(struct play *p)
{
	bool open[2] = {true, true};

	drain(p);
	p->trouble = roll(p, 2) ? 0 : 2 + roll(p, 6);
	for (int i = 0; i < CLOSING; i++) {
		const int k = (int)roll(p, 2);

		if (open[k] && roll(p, 10) == 0) {
			note_number(p, tern_close(stack(p, k), p->fd[k]));
			open[k] = false;
		} else if (roll(p, 20) == 0) {
			pass(p);
		} else {
			move(p, k);
		}
		for (int j = 0; j < 2; j++) {
			note_number(p, (int64_t)tern_deadline(stack(p, j)));
			tern_selfcheck(stack(p, j));
		}
	}
	give_held(p);
}

static void open_play(struct play *p, uint64_t seed, const char *prediction)
{
	int listener;

	p->digest = UINT64_C(0xcbf29ce484222325);
	p->dice = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	p->trouble = 0;
	p->held_for = -1;
	assert_int_equal(two_open(&p->two), 0);
	for (int k = 0; k < 2; k++) {
		assert_int_equal(tern_sysctl_set(stack(p, k),
						 "tern.tcp_prediction",
						 prediction),
				 0);
		if (roll(p, 4) == 0)
			set(p, k, "net.ipv4.tcp_sack", 2);
		if (roll(p, 4) == 0)
			set(p, k, "net.ipv4.tcp_timestamps", 2);
		if (roll(p, 4) == 0)
			set(p, k, "net.ipv4.tcp_ecn", 2);
		if (roll(p, 4) == 0)
			set(p, k, "net.ipv4.tcp_mtu_probing", 3);
	}
	listener = two_listen(p->two.b, PORT, 1);
	p->fd[0] = two_dial(p->two.a, TWO_B, PORT);
	two_run(&p->two);
	p->fd[1] = tern_accept(p->two.b, listener, NULL, NULL);
	assert_true(p->fd[1] >= 0);
}

/* What it is that counts predictions, and what comes the other way. */
static bool is_of_prediction(int c)
{
	return c == TERN_TcpExtTCPHPHits || c == TERN_TcpExtTCPHPAcks ||
	       c == TERN_TcpExtTCPPureAcks;
}

static void play(uint64_t seed, const char *prediction, struct play *p,
		 uint64_t counters[2][TERN_COUNTER_N])
{
	open_play(p, seed, prediction);
	for (int i = 0; i < STEPS; i++) {
		step(p);
		p->trace[i] = p->digest;
	}
	end_play(p);
	p->trace[STEPS] = p->digest;
	for (int k = 0; k < 2; k++)
		for (int c = 0; c < TERN_COUNTER_N; c++)
			counters[k][c] =
				tern_counter(stack(p, k), (enum tern_counter)c);
	two_close(&p->two);
}

static void test_both_ways(void **state)
{
	const char *one = getenv("PREDICTION_SEED");
	const uint64_t first = one ? strtoull(one, NULL, 10) : 1;
	const uint64_t last = one ? first : SEEDS;
	static uint64_t with[2][TERN_COUNTER_N], without[2][TERN_COUNTER_N];
	static uint64_t a[STEPS + 1], b[STEPS + 1];
	static struct play p;
	uint64_t n_hits = 0, n_closed = 0;

	(void)state;
	for (uint64_t seed = first; seed <= last; seed++) {
		p.trace = a;
		play(seed, "1", &p, with);
		p.trace = b;
		play(seed, "0", &p, without);
		for (int i = 0; i <= STEPS; i++)
			if (a[i] != b[i])
				fail_msg("seed %llu, step %d",
					 (unsigned long long)seed, i);
		for (int k = 0; k < 2; k++)
			for (int c = 0; c < TERN_COUNTER_N; c++)
				if (!is_of_prediction(c))
					assert_int_equal(with[k][c],
							 without[k][c]);
		n_hits += with[0][TERN_TcpExtTCPHPHits];
		n_closed += with[0][TERN_TcpExtTW] + with[1][TERN_TcpExtTW];
		assert_int_equal(without[0][TERN_TcpExtTCPHPHits], 0);
	}
	assert_true(one || n_hits > SEEDS * 10);
	assert_true(one || n_closed > SEEDS / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
