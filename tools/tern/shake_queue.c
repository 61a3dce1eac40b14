/* SPDX-License-Identifier: ISC */
/*
 * shake_queue.c - scenarios: one of a listener's queues is full
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "shake.h"

#include "sim/host.h"

#define FLOOD_MAX 40

/* SYNs from one port after the other, until the first cookie is sent. */
static unsigned int flood(struct shake *s)
{
	unsigned int i;

	for (i = 0; i < FLOOD_MAX && !s->failed; i++) {
		const struct sim_segment syn = {
			.sport = (uint16_t)(50000 + i),
			.dport = SHAKE_PORT,
			.seq = 1000 * i,
			.flags = TERN_SYN,
			.wnd = 65535,
			.present = TERN_OPT_MSS,
			.mss = 1460,
		};

		if (s->queues.n_syn && s->queues.n_syn == s->queues.max_syn)
			break;
		shake_raw_send(s, &syn);
		shake_run(s, 3 * SHAKE_DELAY);
	}
	return i;
}

void shake_syn_queue_full(struct shake *s)
{
	char heard[64] = "";
	bool full, kept;
	int lfd, cfd, sfd;

	shake_stage(s);
	shake_add_raw(s, "10.0.9.1/24", "10.0.9.2/24");
	if (s->broken)
		shake_sysctl(s, SERVER, "net.ipv4.tcp_syncookies", "0");
	lfd = shake_make_listener(s, SHAKE_PORT, 7);
	shake_fold(s, "(10.0.9.1 sends nothing but SYNs)");
	flood(s);
	shake_unfold(s);
	full = s->queues.n_syn && s->queues.n_syn == s->queues.max_syn;
	cfd = shake_socket(s, CLIENT);
	shake_tell(s, SERVER, SHAKE_SYN_ACK,
		   "No entry is made. seq is a cookie: a keyed hash of both "
		   "addresses, ports and the time, with the MSS in it.");
	shake_tell(s, CLIENT, SHAKE_ACK,
		   "ack is the cookie + 1. Only who got the SYN,ACK can know "
		   "it: straight into the accept queue.");
	shake_connect(s, CLIENT, cfd, SHAKE_SERVER_ADDR, SHAKE_PORT);
	shake_run(s, 3 * SHAKE_DELAY);
	kept = s->queues.n_syn == s->queues.max_syn;
	sfd = shake_accept(s, SERVER, lfd);
	shake_send(s, CLIENT, cfd, "hello");
	shake_run(s, 2 * SHAKE_DELAY);
	if (sfd >= 0)
		shake_recv(s, SERVER, sfd, heard, sizeof(heard));

	shake_promise(s, full && kept,
		      "the SYN queue is full, and the client takes no place in "
		      "it");
	shake_promise(s,
		      shake_counter(s, SERVER, TERN_TcpExtSyncookiesSent) &&
			      shake_counter(s, SERVER,
					    TERN_TcpExtSyncookiesRecv) == 1,
		      "a cookie goes out and comes back");
	shake_promise(s, !strcmp(heard, "hello"),
		      "the client is served although the queue is full");
}

static void connect_folded(struct shake *s, int n)
{
	int fd;

	shake_fold(s, n == 2 ? "(two clients connect, nobody accepts)"
			     : "(a client connects, nobody accepts)");
	while (n-- > 0) {
		fd = shake_socket(s, CLIENT);
		shake_connect(s, CLIENT, fd, SHAKE_SERVER_ADDR, SHAKE_PORT);
		shake_run(s, 5 * SHAKE_DELAY);
	}
	shake_unfold(s);
}

void shake_accept_queue_full(struct shake *s)
{
	int lfd, cfd, err, first, second;
	unsigned int from, n_accept;

	shake_stage(s);
	shake_note(s, "A backlog of 1: the queue holds one more than that, as "
		      "on Linux.");
	lfd = shake_make_listener(s, SHAKE_PORT, 1);
	connect_folded(s, 2);
	n_accept = s->queues.n_accept;
	if (s->broken)
		shake_accept(s, SERVER, lfd);
	from = s->n_steps;
	cfd = shake_socket(s, CLIENT);
	shake_note(s, "Three tries more, not six: it makes the picture "
		      "shorter.");
	shake_setsockopt(s, CLIENT, cfd, SHAKE_OPTION(IPPROTO_TCP, TCP_SYNCNT),
			 3);
	shake_connect(s, CLIENT, cfd, SHAKE_SERVER_ADDR, SHAKE_PORT);
	shake_run(s, 30 * TERN_S);
	err = shake_connect(s, CLIENT, cfd, SHAKE_SERVER_ADDR, SHAKE_PORT);
	first = shake_accept(s, SERVER, lfd);
	second = shake_accept(s, SERVER, lfd);

	shake_promise(s, n_accept == 2,
		      "two connections wait in an accept queue for two");
	shake_promise(s,
		      shake_flow_is(s, from, "C:SYN! C:SYN! C:SYN! C:SYN!") &&
			      shake_counter(s, SERVER,
					    TERN_TcpExtListenOverflows) == 4,
		      "the third SYN is thrown away each time, without an "
		      "answer (TcpExtListenOverflows 4)");
	shake_promise(s, err == -ETIMEDOUT, "connect() says ETIMEDOUT");
	shake_promise(s, first >= 0 && second >= 0,
		      "those who were in the queue are still there");
}
