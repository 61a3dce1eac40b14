/* SPDX-License-Identifier: ISC */
/*
 * opening_test.c - connections open the short way as they do the long way
 *
 * The same play twice, with tern.tcp_prediction and without, as in
 * prediction_test.c, but of connections that begin: options and tunables of
 * both ends by chance, segments that get lost, come twice or late, users who
 * write or close before it is open, and queues that are full.  Each frame, each
 * answer of a call, each deadline, what TCP_INFO says and all counters must be
 * the same.
 *
 * A failure tells seed and step; PLAY_SEED in the environment runs that one
 * alone.
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

#define SEEDS 80
#define STEPS 600
#define PORT  80

static int listener;

static void set_one(struct play *p, int k, int fd)
{
	static const struct {
		int level, name, values;
	} options[] = {
		{IPPROTO_TCP, TCP_NODELAY, 2},
		{IPPROTO_TCP, TCP_DEFER_ACCEPT, 3},
		{IPPROTO_TCP, TCP_USER_TIMEOUT, 9000},
		{IPPROTO_TCP, TCP_NOTSENT_LOWAT, 4000},
		{IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 2},
		{IPPROTO_TCP, TCP_MAXSEG, 1400},
		{SOL_SOCKET, SO_KEEPALIVE, 2},
		{SOL_SOCKET, SO_RCVBUF, 40000},
		{SOL_SOCKET, SO_SNDBUF, 40000},
		{IPPROTO_IP, IP_TOS, 256},
	};
	const uint32_t i = play_roll(p, sizeof(options) / sizeof(options[0]));
	const int value = (int)play_roll(p, (uint32_t)options[i].values);

	play_note_number(p, tern_setsockopt(play_stack(p, k), fd,
					    options[i].level, options[i].name,
					    &value, sizeof(value)));
}

/* One of an end's descriptors, perhaps none. */
static int *any(struct play *p, int k)
{
	return &p->fd[k][play_roll(p, PLAY_FDS)];
}

static void dial(struct play *p)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(PORT),
				 .sin_addr.s_addr = htonl(TWO_B)};
	int *fd = any(p, 0);

	if (*fd < 0)
		*fd = tern_socket(p->two.a, AF_INET, SOCK_STREAM, 0);
	if (play_roll(p, 3) == 0)
		set_one(p, 0, *fd);
	if (play_roll(p, 20) == 0)
		to.sin_port = htons(PORT + 1); /* nobody */
	if (play_roll(p, 20) == 0)
		to.sin_family = AF_UNSPEC; /* disconnects */
	play_note_number(
		p, tern_connect(p->two.a, *fd, (const void *)&to, sizeof(to)));
}

static void welcome(struct play *p)
{
	int *fd = any(p, 1);

	if (*fd >= 0)
		return;
	*fd = tern_accept(p->two.b, listener, NULL, NULL);
	play_note_number(p, *fd);
	if (*fd < 0)
		*fd = -1;
}

static void talk(struct play *p)
{
	const int k = (int)play_roll(p, 2), fd = *any(p, k);
	uint8_t text[3000] = {1};

	if (fd < 0)
		return;
	if (play_roll(p, 2))
		play_note_number(
			p, tern_send(play_stack(p, k), fd, text,
				     1 + play_roll(p, play_roll(p, 2) ? 100
								      : 3000),
				     0));
	else
		play_note_number(p, tern_recv(play_stack(p, k), fd, text,
					      sizeof(text), 0));
}

static void leave(struct play *p)
{
	const int k = (int)play_roll(p, 2);
	int *fd = any(p, k);

	if (*fd < 0)
		return;
	if (play_roll(p, 3) == 0) {
		play_note_number(p, tern_shutdown(play_stack(p, k), *fd,
						  (int)play_roll(p, 3)));
		return;
	}
	play_note_number(p, tern_close(play_stack(p, k), *fd));
	*fd = -1;
}

static void pass(struct play *p)
{
	static const uint32_t longest_us[] = {20,   20,	    3000,
					      3000, 900000, 4000000};

	p->two.now += play_roll(p, longest_us[play_roll(p, 6)]) * TERN_US;
	for (int k = 0; k < 2; k++)
		tern_advance(play_stack(p, k), p->two.now);
}

static void note_all(struct play *p)
{
	struct tcp_info info;
	socklen_t len;
	struct pollfd ready;

	for (int k = 0; k < 2; k++) {
		play_note_number(p, (int64_t)tern_deadline(play_stack(p, k)));
		tern_selfcheck(play_stack(p, k));
		for (int i = 0; i < PLAY_FDS; i++) {
			if (p->fd[k][i] < 0)
				continue;
			len = sizeof(info);
			memset(&info, 0, sizeof(info));
			play_note_number(
				p, tern_getsockopt(play_stack(p, k),
						   p->fd[k][i], IPPROTO_TCP,
						   TCP_INFO, &info, &len));
			play_note(p, &info, sizeof(info));
			ready = (struct pollfd){.fd = p->fd[k][i],
						.events = POLLIN | POLLOUT};
			play_note_number(
				p, tern_poll(play_stack(p, k), &ready, 1));
			play_note_number(p, ready.revents);
		}
	}
}

static void step(struct play *p)
{
	switch (play_roll(p, 16)) {
	case 0:
	case 1:
		dial(p);
		break;
	case 2:
	case 3:
		welcome(p);
		break;
	case 4:
		talk(p);
		break;
	case 5:
		leave(p);
		break;
	case 6:
	case 7:
		pass(p);
		break;
	case 8:
		if (play_roll(p, 4) == 0)
			p->trouble = play_roll(p, 2) ? 0 : 2 + play_roll(p, 10);
		else
			play_give_held(p);
		break;
	default:
		play_move(p, (int)play_roll(p, 2));
	}
	note_all(p);
}

static void set_tunables(struct play *p, int k)
{
	static const struct play_tunable tunables[] = {
		{"net.ipv4.tcp_sack", 2},
		{"net.ipv4.tcp_timestamps", 2},
		{"net.ipv4.tcp_window_scaling", 2},
		{"net.ipv4.tcp_ecn", 4},
		{"net.ipv4.tcp_fastopen", 4},
		{"net.ipv4.tcp_syncookies", 3},
		{"net.ipv4.tcp_abort_on_overflow", 2},
		{"net.ipv4.tcp_mtu_probing", 3},
		{"tern.tcp_linux_acks", 2},
		{"tern.tcp_uto", 2},
		{"tern.tcp_pacing", 2},
	};

	for (size_t i = 0; i < sizeof(tunables) / sizeof(tunables[0]); i++)
		if (play_roll(p, 5) == 0)
			play_roll_tunable(p, k, &tunables[i]);
}

static void perform(struct play *p, uint64_t seed, uint32_t prediction)
{
	play_begin(p, seed, prediction);
	p->trouble = play_roll(p, 2) ? 0 : 2 + play_roll(p, 10);
	for (int k = 0; k < 2; k++)
		set_tunables(p, k);
	listener = two_listen(p->two.b, PORT, 1 + (int)play_roll(p, 3));
	if (play_roll(p, 3) == 0)
		set_one(p, 1, listener);
	for (int i = 0; i < STEPS; i++) {
		step(p);
		play_step_done(p);
	}
	play_end(p);
}

static uint64_t n_opened;

static void seen(const struct play *with, const struct play *without)
{
	(void)without;
	n_opened += with->counters[1][TERN_TcpPassiveOpens];
}

static void test_both_ways(void **state)
{
	(void)state;
	if (play_seeds(perform, seen, SEEDS))
		assert_true(n_opened > SEEDS * 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
