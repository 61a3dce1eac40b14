/* SPDX-License-Identifier: ISC */
/*
 * shake_fault.c - scenarios: the other side is gone, or does not listen
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "shake.h"

#include "sim/host.h"
#include "sim/world.h"

void shake_server_crash(struct shake *s)
{
	char buf[64];
	struct shake_pair p;
	unsigned int from;
	int err;

	shake_stage(s);
	shake_make_pair_folded(s, &p);
	if (!s->broken)
		shake_crash(s);
	from = s->n_steps;
	shake_tell(s, CLIENT, SHAKE_DATA,
		   "Data of a connection that only the client remembers.");
	shake_tell(s, SERVER, SHAKE_RST,
		   "RST: no such connection here. Its number is the one that "
		   "the client acknowledged, so the client believes it.");
	shake_send(s, CLIENT, p.client, "are you there?");
	shake_run(s, TERN_S);
	err = (int)shake_recv(s, CLIENT, p.client, buf, sizeof(buf));

	shake_promise(s,
		      shake_flow_is(s, from, "C:PSH,ACK! S:RST") ||
			      shake_flow_is(s, from, "C:PSH,ACK S:RST"),
		      "the old data is answered with RST");
	shake_promise(s, err == -ECONNRESET, "recv() says ECONNRESET");
	shake_promise(s, shake_state(s, CLIENT, 0) == TERN_TCP_CLOSED,
		      "the client's end is closed at once, without TIME-WAIT");
}

/* When the client gave up, 0 if it did not. */
static tern_time gave_up_at(const struct shake *s, unsigned int from)
{
	unsigned int i;

	for (i = from; i < s->n_steps; i++)
		if (s->step[i].type == SHAKE_TIMER &&
		    s->step[i].changed[CLIENT] &&
		    s->step[i].state[CLIENT] == TERN_TCP_CLOSED)
			return s->step[i].at;
	return 0;
}

void shake_cable_cut(struct shake *s)
{
	char buf[64];
	struct shake_pair p;
	unsigned int from, n;
	tern_time begin;
	int err;

	shake_stage(s);
	shake_note(s, "Give up as early as RFC 9293 allows, after 100 s; "
		      "otherwise it takes a quarter of an hour.");
	shake_sysctl(s, CLIENT, "net.ipv4.tcp_retries2", "5");
	shake_note(s, "And no tail loss probe before the timer expires.");
	shake_sysctl(s, CLIENT, "net.ipv4.tcp_early_retrans", "0");
	shake_make_pair_folded(s, &p);
	if (!s->broken)
		shake_cut(s);
	from = s->n_steps;
	begin = s->failed ? 0 : sim_world_now(s->world);
	shake_send(s, CLIENT, p.client, "are you there?");
	shake_run(s, 200 * TERN_S);
	err = (int)shake_recv(s, CLIENT, p.client, buf, sizeof(buf));

	n = shake_count(s, from, CLIENT, SHAKE_DATA);
	shake_promise(s, shake_waits_double(s, from, CLIENT, SHAKE_DATA, n),
		      "the data is sent again, after waits that double (%u "
		      "times)",
		      n ? n - 1 : 0);
	shake_promise(s,
		      err == -ETIMEDOUT &&
			      gave_up_at(s, from) >= begin + 100 * TERN_S,
		      "after 100 s the client gives up: recv() says "
		      "ETIMEDOUT");
	shake_promise(s,
		      sim_wire_is_cut(s->wire) &&
			      shake_state(s, SERVER, 0) == TERN_TCP_ESTABLISHED,
		      "the server, which sends nothing, has noticed nothing");
}

void shake_keepalive(struct shake *s)
{
	char buf[64];
	struct shake_pair p;
	unsigned int from, n_answers, n_probes;
	int err, fd;

	shake_stage(s);
	shake_make_pair_folded(s, &p);
	fd = p.client;
	if (!s->broken)
		shake_setsockopt(s, CLIENT, fd,
				 SHAKE_OPTION(SOL_SOCKET, SO_KEEPALIVE), 1);
	shake_note(s, "After 10 s of silence (usual: two hours) ...");
	shake_setsockopt(s, CLIENT, fd, SHAKE_OPTION(IPPROTO_TCP, TCP_KEEPIDLE),
			 10);
	shake_note(s, "... ask, every 5 s ...");
	shake_setsockopt(s, CLIENT, fd,
			 SHAKE_OPTION(IPPROTO_TCP, TCP_KEEPINTVL), 5);
	shake_note(s, "... up to 3 times.");
	shake_setsockopt(s, CLIENT, fd, SHAKE_OPTION(IPPROTO_TCP, TCP_KEEPCNT),
			 3);
	from = s->n_steps;
	shake_tell(s, CLIENT, SHAKE_ACK,
		   "A number that was acknowledged long ago: whoever lives "
		   "must say what it really expects.");
	shake_tell(s, SERVER, SHAKE_ACK, "I am here.");
	shake_run(s, 12 * TERN_S);
	n_answers = shake_count(s, from, SERVER, SHAKE_ACK);
	shake_cut(s);
	from = s->n_steps;
	shake_run(s, 60 * TERN_S);
	n_probes = shake_count(s, from, CLIENT, SHAKE_ACK);
	err = (int)shake_recv(s, CLIENT, fd, buf, sizeof(buf));

	shake_promise(s, n_answers == 1,
		      "while the other side lives, it answers");
	shake_promise(s, n_probes == 3 && err == -ETIMEDOUT,
		      "after 3 probes without an answer recv() says ETIMEDOUT");
	shake_promise(s, shake_state(s, CLIENT, 0) == TERN_TCP_CLOSED,
		      "the connection is closed, although nobody sent "
		      "anything");
}

#define BULK 4000

/* Reads at the server until all is there, for at most `tries` windows. */
static size_t read_all(struct shake *s, int fd, size_t got, int tries)
{
	while (got < BULK && tries-- > 0 && !s->failed) {
		ssize_t r = shake_recv_all(s, SERVER, fd);

		got += r > 0 ? (size_t)r : 0;
		shake_run(s, 6 * SHAKE_DELAY);
	}
	return got;
}

static bool closed_window(const struct shake *s, unsigned int from)
{
	const struct shake_step *st;
	unsigned int i;

	for (i = 0; (st = shake_nth(s, from, SERVER, SHAKE_ACK, i)); i++)
		if (st->seg.wnd == 0)
			return true;
	return false;
}

void shake_zero_window(struct shake *s)
{
	struct shake_pair p;
	unsigned int from, n_probes;
	size_t got = 0;
	bool closed;

	shake_stage(s);
	s->show_window = true;
	shake_fold(s, "(opened, with a small receive buffer)");
	p.listener = shake_socket(s, SERVER);
	shake_setsockopt(s, SERVER, p.listener,
			 SHAKE_OPTION(SOL_SOCKET, SO_RCVBUF), 2048);
	shake_bind(s, SERVER, p.listener, 0, SHAKE_PORT);
	shake_listen(s, SERVER, p.listener, 3);
	p.client = shake_socket(s, CLIENT);
	shake_connect(s, CLIENT, p.client, SHAKE_SERVER_ADDR, SHAKE_PORT);
	shake_run(s, 5 * SHAKE_DELAY);
	p.server = shake_accept(s, SERVER, p.listener);
	shake_unfold(s);
	from = s->n_steps;
	shake_send_bulk(s, CLIENT, p.client, BULK);
	if (s->broken)
		got = read_all(s, p.server, got, 400);
	shake_run(s, 4 * TERN_S);
	n_probes = shake_count_timer(s, from, CLIENT, TERN_TIMER_PERSIST);
	closed = closed_window(s, from);
	shake_note(s, "Now the server reads: there is room again.");
	got = read_all(s, p.server, got, 40);
	shake_run(s, TERN_S);

	shake_promise(s, closed, "the window closes: win 0");
	shake_promise(s, n_probes > 0,
		      "the client stops, and asks by and by (%u times)",
		      n_probes);
	shake_promise(s, got == BULK,
		      "when the server reads, all %d bytes arrive", BULK);
}
