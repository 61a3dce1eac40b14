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
 * A failure tells seed and step; PLAY_SEED in the environment runs that
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

#include "play.h"
#include "stack/tern.h"

#define SEEDS	 60
#define STEPS	 4000
#define ROUNDS	 50 /* until all is read */
#define CLOSING	 300
#define TEXT_MAX 30000
#define PORT	 80

static void speak(struct play *p, int k)
{
	static uint8_t text[TEXT_MAX];
	const uint32_t most = play_roll(p, 8) ? 200 : TEXT_MAX;
	const uint32_t len = 1 + play_roll(p, most);
	static const int flags[] = {0, 0, 0, 0, 0, MSG_MORE, MSG_OOB, MSG_EOR};

	memset(text, (int)play_roll(p, 256), len);
	play_note_number(p, tern_send(play_stack(p, k), p->fd[k][0], text, len,
				      flags[play_roll(p, 8)]));
}

static void hear(struct play *p, int k)
{
	static uint8_t text[TEXT_MAX];
	const uint32_t len = 1 + play_roll(p, play_roll(p, 4) ? TEXT_MAX : 100);
	const ssize_t n = tern_recv(play_stack(p, k), p->fd[k][0], text, len,
				    play_roll(p, 16) ? 0 : MSG_PEEK);

	play_note_number(p, n);
	if (n > 0)
		play_note(p, text, (size_t)n);
}

static void pass(struct play *p)
{
	static const tern_time longest[] = {50 * TERN_US, 5 * TERN_MS,
					    500 * TERN_MS, 20 * TERN_S};
	const uint32_t i = play_roll(p, 32);

	p->two.now += play_roll(p, (uint32_t)(longest[i < 16   ? 0
						      : i < 27 ? 1
						      : i < 30 ? 2
							       : 3] /
					      1000)) *
		      UINT64_C(1000);
	for (int k = 0; k < 2; k++)
		tern_advance(play_stack(p, k), p->two.now);
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
	const uint32_t i =
		play_roll(p, sizeof(options) / sizeof(options[0]) + 1);
	int value;

	if (i == sizeof(options) / sizeof(options[0])) {
		const char *name = names[play_roll(p, 5)];

		play_note_number(p, tern_setsockopt(play_stack(p, k),
						    p->fd[k][0], IPPROTO_TCP,
						    TCP_CONGESTION, name,
						    (socklen_t)strlen(name)));
		return;
	}
	value = (int)play_roll(p, (uint32_t)options[i].values);
	play_note_number(p, tern_setsockopt(play_stack(p, k), p->fd[k][0],
					    options[i].level, options[i].name,
					    &value, sizeof(value)));
}

static void set_tunable(struct play *p, int k)
{
	static const struct play_tunable tunables[] = {
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
	const uint32_t i = play_roll(p, sizeof(tunables) / sizeof(tunables[0]));

	play_roll_tunable(p, k, &tunables[i]);
	if (play_roll(p, 2)) /* nearly always all are as they were at first */
		return;
	assert_int_equal(tern_sysctl_set(play_stack(p, k),
					 "net.ipv4.tcp_notsent_lowat",
					 "4294967295"),
			 0);
	for (size_t j = 0; j < 5; j++)
		assert_int_equal(tern_sysctl_set(play_stack(p, k),
						 tunables[j].name, "0"),
				 0);
}

/* Both ends of a link that takes more now, or less; or one end is done. */
static void turn(struct play *p, int k)
{
	static const uint32_t mtus[] = {1500, 1500, 1000, 576};
	const uint32_t mtu = mtus[play_roll(p, 4)];

	if (play_roll(p, 4) == 0) {
		play_note_number(p, tern_shutdown(play_stack(p, k), p->fd[k][0],
						  play_roll(p, 4) ? SHUT_WR
								  : SHUT_RDWR));
		return;
	}
	for (k = 0; k < 2; k++)
		assert_int_equal(
			tern_if_set_mtu(play_stack(p, k), play_wire(p, k), mtu),
			0);
}

static void note_end(struct play *p, int k)
{
	struct pollfd ready = {.fd = p->fd[k][0], .events = POLLIN | POLLOUT};
	struct tcp_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	play_note_number(p,
			 tern_getsockopt(play_stack(p, k), p->fd[k][0],
					 IPPROTO_TCP, TCP_INFO, &info, &len));
	play_note(p, &info, sizeof(info));
	play_note_number(p, tern_poll(play_stack(p, k), &ready, 1));
	play_note_number(p, ready.revents);
	play_note_number(p, (int64_t)tern_deadline(play_stack(p, k)));
	tern_selfcheck(play_stack(p, k));
}

/* What others may see of connections, whoever has them. */
static void note_sockets(struct play *p, int k)
{
	struct tern_sockinfo all[4];
	uint64_t cursor = 0;
	const int n = tern_sockets(play_stack(p, k), &cursor, all, 4);

	play_note_number(p, n);
	for (int i = 0; i < n; i++) {
		play_note_number(p, all[i].state);
		play_note_number(p, all[i].timer);
		play_note_number(p, (int64_t)all[i].timer_at);
		play_note_number(p, all[i].send_q);
		play_note_number(p, (int64_t)all[i].bytes_acked);
		play_note_number(p, all[i].unacked);
		play_note_number(p, all[i].retries);
	}
}

static void step(struct play *p)
{
	const int k = (int)play_roll(p, 2);

	switch (play_roll(p, 16)) {
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
		if (play_roll(p, 6) == 0)
			p->trouble = play_roll(p, 2) ? 0 : 2 + play_roll(p, 20);
		else if (play_roll(p, 8) == 0)
			set_option(p, k);
		else if (play_roll(p, 12) == 0)
			set_tunable(p, k);
		else if (play_roll(p, 50) == 0)
			turn(p, k);
		break;
	case 9:
		play_give_held(p);
		break;
	default:
		play_move(p, k);
	}
	note_end(p, 0);
	note_end(p, 1);
}

/* What is still on its way is read, as nothing gets lost any more, and then a
 * last word of each end. */
static void drain(struct play *p)
{
	p->trouble = 0;
	play_give_held(p);
	for (int i = 0; i < ROUNDS; i++) {
		for (int k = 0; k < 2; k++) {
			if (i == ROUNDS - 2)
				play_note_number(p, tern_send(play_stack(p, k),
							      p->fd[k][0], "x",
							      1, 0));
			play_move(p, k);
			hear(p, !k);
		}
		if (i < ROUNDS - 2)
			pass(p);
	}
}

/* One end has something to say yet, or hears; or it is done with speaking, or
 * with all.  Text may be queued then, and what is unread makes it a reset. */
static void finish(struct play *p, int k, bool *open)
{
	switch (play_roll(p, 8)) {
	case 0:
		play_note_number(p, tern_send(play_stack(p, k), p->fd[k][0],
					      "last", 4, 0));
		return;
	case 1:
		play_note_number(p, tern_shutdown(play_stack(p, k), p->fd[k][0],
						  SHUT_WR));
		return;
	case 2:
		if (play_roll(p, 8))
			hear(p, k);
		play_note_number(p, tern_close(play_stack(p, k), p->fd[k][0]));
		*open = false;
		return;
	default:
		hear(p, k);
	}
}

/* Both ends close, now or later, and one of them first. */
static void end_play(struct play *p)
{
	bool open[2] = {true, true};

	drain(p);
	p->trouble = play_roll(p, 2) ? 0 : 2 + play_roll(p, 6);
	for (int i = 0; i < CLOSING; i++) {
		const int k = (int)play_roll(p, 2);

		if (open[k] && play_roll(p, 3) == 0)
			finish(p, k, &open[k]);
		else if (play_roll(p, 20) == 0)
			pass(p);
		else
			play_move(p, k);
		for (int j = 0; j < 2; j++) {
			play_note_number(
				p, (int64_t)tern_deadline(play_stack(p, j)));
			note_sockets(p, j);
			tern_selfcheck(play_stack(p, j));
		}
	}
	play_give_held(p);
}

static void open_play(struct play *p)
{
	int listener;

	for (int k = 0; k < 2; k++) {
		if (play_roll(p, 4) == 0)
			play_set(p, k, "net.ipv4.tcp_sack", play_roll(p, 2));
		if (play_roll(p, 4) == 0)
			play_set(p, k, "net.ipv4.tcp_timestamps",
				 play_roll(p, 2));
		if (play_roll(p, 4) == 0)
			play_set(p, k, "net.ipv4.tcp_ecn", play_roll(p, 2));
		if (play_roll(p, 4) == 0)
			play_set(p, k, "net.ipv4.tcp_mtu_probing",
				 play_roll(p, 3));
	}
	listener = two_listen(p->two.b, PORT, 1);
	p->fd[0][0] = two_dial(p->two.a, TWO_B, PORT);
	two_run(&p->two);
	p->fd[1][0] = tern_accept(p->two.b, listener, NULL, NULL);
	assert_true(p->fd[1][0] >= 0);
}

static void perform(struct play *p, uint64_t seed, uint32_t prediction)
{
	play_begin(p, seed, prediction);
	open_play(p);
	for (int i = 0; i < STEPS; i++) {
		step(p);
		play_step_done(p);
	}
	end_play(p);
	play_step_done(p);
	play_end(p);
}

static uint64_t n_hits, n_closed;

static void seen(const struct play *with, const struct play *without)
{
	n_hits += with->counters[0][TERN_TcpExtTCPHPHits];
	n_closed += with->counters[0][TERN_TcpExtTW] +
		    with->counters[1][TERN_TcpExtTW];
	assert_int_equal(without->counters[0][TERN_TcpExtTCPHPHits], 0);
}

static void test_both_ways(void **state)
{
	(void)state;
	if (!play_seeds(perform, seen, SEEDS))
		return;
	assert_true(n_hits > SEEDS * 10);
	assert_true(n_closed > SEEDS / 4);
}

/* Seeds whose plays were not the same once: text with an old ACK was taken for
 * news of a tail loss probe. */
static void test_what_differed(void **state)
{
	static const uint64_t seeds[] = {5803, 7839, 13015};

	(void)state;
	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		play_both_ways(perform, seen, seeds[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_what_differed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
