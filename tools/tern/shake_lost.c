/* SPDX-License-Identifier: ISC */
/*
 * shake_lost.c - scenarios: one of the three segments gets lost
 */
#include <errno.h>
#include <string.h>

#include "shake.h"

static bool both_established(struct shake *s)
{
	return shake_state(s, CLIENT, 0) == TERN_TCP_ESTABLISHED &&
	       shake_state(s, SERVER, 0) == TERN_TCP_ESTABLISHED;
}

void shake_lost_syn(struct shake *s)
{
	const struct shake_step *first, *second;
	int cfd;

	shake_stage(s);
	shake_make_listener(s, SHAKE_PORT, 3);
	shake_lose(s, CLIENT, SHAKE_SYN, s->broken ? UINT32_MAX : 1);
	cfd = shake_socket(s, CLIENT);
	shake_connect(s, CLIENT, cfd, SHAKE_SERVER_ADDR, SHAKE_PORT);
	shake_run(s, 5 * TERN_S);

	first = shake_nth(s, 0, CLIENT, SHAKE_SYN, 0);
	second = shake_nth(s, 0, CLIENT, SHAKE_SYN, 1);
	shake_promise(s,
		      shake_flow_is(s, 0, "C:SYN* C:SYN S:SYN,ACK C:ACK") &&
			      first->seg.seq == second->seg.seq,
		      "the same SYN is sent a second time, with the same "
		      "number");
	shake_promise(s,
		      second && shake_is_about(second->sent_at,
					       first->sent_at + TERN_S),
		      "it is sent after the first RTO, one second");
	shake_promise(s, both_established(s), "both ends are ESTABLISHED");
}

void shake_lost_syn_ack(struct shake *s)
{
	int cfd;

	shake_stage(s);
	shake_make_listener(s, SHAKE_PORT, 3);
	shake_lose(s, SERVER, SHAKE_SYN_ACK, s->broken ? UINT32_MAX : 1);
	cfd = shake_socket(s, CLIENT);
	shake_connect(s, CLIENT, cfd, SHAKE_SERVER_ADDR, SHAKE_PORT);
	shake_run(s, 5 * TERN_S);

	shake_promise(s, both_established(s), "both ends are ESTABLISHED");
	shake_promise(s, s->n_conns == 1 && s->max_n_syn == 1,
		      "the repeated SYN is recognised: there is one request, "
		      "not two");
	shake_promise(s, s->queues.n_syn == 0 && s->queues.n_accept == 1,
		      "the connection waits in the accept queue, once");
}

void shake_lost_third_ack(struct shake *s)
{
	enum tern_tcp_state before[2], after;
	char heard[64] = "";
	int lfd, cfd, sfd;

	shake_stage(s);
	lfd = shake_make_listener(s, SHAKE_PORT, 3);
	shake_lose(s, CLIENT, SHAKE_ACK, s->broken ? UINT32_MAX : 1);
	cfd = shake_socket(s, CLIENT);
	shake_connect(s, CLIENT, cfd, SHAKE_SERVER_ADDR, SHAKE_PORT);
	shake_run(s, 100 * TERN_MS);
	before[CLIENT] = shake_state(s, CLIENT, 0);
	before[SERVER] = shake_state(s, SERVER, 0);
	shake_note(s, "Nothing in the queue: for the server, the handshake is "
		      "not complete.");
	sfd = shake_accept(s, SERVER, lfd);
	if (s->broken)
		shake_lose(s, CLIENT, SHAKE_DATA, UINT32_MAX);
	shake_tell(s, CLIENT, SHAKE_DATA,
		   "Data carries ack 1 like every segment: it is a third "
		   "segment, too.");
	shake_send(s, CLIENT, cfd, "hello");
	shake_run(s, 3 * SHAKE_DELAY);
	after = shake_state(s, SERVER, 0);
	if (sfd == -EAGAIN)
		sfd = shake_accept(s, SERVER, lfd);
	if (sfd >= 0)
		shake_recv(s, SERVER, sfd, heard, sizeof(heard));
	shake_run(s, TERN_S);

	shake_promise(s,
		      before[CLIENT] == TERN_TCP_ESTABLISHED &&
			      before[SERVER] == TERN_TCP_SYN_RECEIVED,
		      "without the third segment the client is ESTABLISHED, "
		      "the server in SYN-RECEIVED");
	shake_promise(s, after == TERN_TCP_ESTABLISHED,
		      "the first data completes the handshake");
	shake_promise(s, !strcmp(heard, "hello"), "no byte of it is lost");
}

void shake_no_listen(struct shake *s)
{
	int cfd, err;

	shake_stage(s);
	if (s->broken)
		shake_make_listener(s, SHAKE_PORT, 3);
	cfd = shake_socket(s, CLIENT);
	shake_connect(s, CLIENT, cfd, SHAKE_SERVER_ADDR, SHAKE_PORT);
	shake_tell(s, SERVER, SHAKE_RST,
		   "No listener, no connection: RST. It acknowledges the SYN, "
		   "which proves that it is not forged blindly.");
	shake_run(s, TERN_S);
	err = shake_connect(s, CLIENT, cfd, SHAKE_SERVER_ADDR, SHAKE_PORT);

	shake_promise(s, shake_flow_is(s, 0, "C:SYN! S:RST,ACK"),
		      "the SYN is answered with RST,ACK");
	shake_promise(s, err == -ECONNREFUSED, "connect() says ECONNREFUSED");
	shake_promise(s,
		      shake_state(s, CLIENT, 0) == TERN_TCP_CLOSED &&
			      shake_state(s, SERVER, 0) == TERN_TCP_CLOSED,
		      "nothing is left at either end");
}
