/* SPDX-License-Identifier: ISC */
/*
 * shake_open.c - scenarios: how a connection begins
 */
#include <errno.h>
#include <string.h>

#include "shake.h"

#include "sim/world.h"

static void tell_handshake(struct shake *s)
{
	shake_tell(s, CLIENT, SHAKE_SYN,
		   "First: I want to talk, and my numbers begin here. The "
		   "server notes it in the SYN queue.");
	shake_tell(s, SERVER, SHAKE_SYN_ACK,
		   "Second, an answer and a question in one: ack 1, I heard "
		   "you; and my numbers begin here.");
	shake_tell(s, CLIENT, SHAKE_ACK,
		   "Third: I heard you too. Only now the server knows that its "
		   "segments arrive, so two are not enough; and a fourth would "
		   "tell nobody anything new.");
}

void shake_open(struct shake *s)
{
	int lfd, cfd, sfd;

	shake_stage(s);
	if (s->broken)
		shake_lose(s, SERVER, SHAKE_SYN_ACK, UINT32_MAX);
	shake_note(s, "A descriptor and empty buffers: bound to nothing yet.");
	lfd = shake_socket(s, SERVER);
	shake_note(s, "Now it has an address and a port.");
	shake_bind(s, SERVER, lfd, 0, SHAKE_PORT);
	shake_note(s, "Two queues: one for requests (syn), one for "
		      "connections that wait for accept() (acc).");
	shake_listen(s, SERVER, lfd, 3);
	cfd = shake_socket(s, CLIENT);
	tell_handshake(s);
	shake_note(s, "connect() picks a port and sends the SYN.");
	shake_connect(s, CLIENT, cfd, SHAKE_SERVER_ADDR, SHAKE_PORT);
	shake_run(s, 100 * TERN_MS);
	shake_note(s, "The client may send now, whether the server's program "
		      "has called accept() or not.");
	shake_connect(s, CLIENT, cfd, SHAKE_SERVER_ADDR, SHAKE_PORT);
	shake_note(s, "accept() takes the oldest connection out of the queue.");
	sfd = shake_accept(s, SERVER, lfd);
	shake_run(s, 100 * TERN_MS);

	shake_promise(s, shake_flow_is(s, 0, "C:SYN S:SYN,ACK C:ACK"),
		      "three segments make a connection: SYN; SYN,ACK; ACK");
	shake_promise(s,
		      shake_state(s, CLIENT, 0) == TERN_TCP_ESTABLISHED &&
			      shake_state(s, SERVER, 0) == TERN_TCP_ESTABLISHED,
		      "both ends are ESTABLISHED");
	shake_promise(s,
		      s->max_n_syn == 1 && s->max_n_accept == 1 && sfd >= 0 &&
			      s->queues.n_syn == 0 && s->queues.n_accept == 0,
		      "it went through the SYN queue and the accept queue, and "
		      "accept() took it");
}

static void promise_data(struct shake *s, unsigned int from, const char *heard,
			 const char *answer)
{
	const struct shake_step *d = shake_nth(s, from, CLIENT, SHAKE_DATA, 0);
	const struct shake_step *r = shake_nth(s, from, SERVER, SHAKE_DATA, 0);

	shake_promise(s,
		      !strcmp(heard, "hello, server") &&
			      !strcmp(answer, "hello, client!"),
		      "both sides received what the other sent, byte for byte");
	shake_promise(s, d && r && d->rel_seq == 1 && r->rel_ack == 14,
		      "13 bytes numbered 1 to 13 are acknowledged with ack 14");
	shake_promise(s, shake_count_again(s, from, CLIENT, SHAKE_DATA) == 0,
		      "nothing had to be sent twice");
}

void shake_data(struct shake *s)
{
	char heard[64] = "", answer[64] = "";
	struct shake_pair p;
	unsigned int from;

	shake_stage(s);
	shake_make_pair_folded(s, &p);
	from = s->n_steps;
	if (s->broken)
		shake_lose(s, CLIENT, SHAKE_DATA, UINT32_MAX);
	shake_tell(s, CLIENT, SHAKE_DATA,
		   "Numbers 1 to 13. PSH says: this is all for now, hand it to "
		   "the program.");
	shake_tell(s, SERVER, SHAKE_ACK,
		   "ack 14: everything before 14 is here, 14 is next.");
	shake_tell(s, SERVER, SHAKE_DATA,
		   "The other direction has numbers of its own. The ACK goes "
		   "along for free.");
	shake_note(s, "send() copies into the send buffer and returns; what "
		      "follows is TCP's business.");
	shake_send(s, CLIENT, p.client, "hello, server");
	shake_run(s, 2 * SHAKE_DELAY);
	shake_recv(s, SERVER, p.server, heard, sizeof(heard));
	shake_send(s, SERVER, p.server, "hello, client!");
	shake_run(s, SHAKE_DELAY + TERN_MS);
	shake_recv(s, CLIENT, p.client, answer, sizeof(answer));
	shake_run(s, 500 * TERN_MS);
	promise_data(s, from, heard, answer);
}

void shake_simultaneous_open(struct shake *s)
{
	int cfd, sfd;

	shake_stage(s);
	s->names[CLIENT] = "peer 10.0.0.1";
	s->names[SERVER] = "peer 10.0.0.2";
	cfd = shake_socket(s, CLIENT);
	sfd = shake_socket(s, SERVER);
	shake_note(s, "Each must know the other's port beforehand.");
	shake_bind(s, CLIENT, cfd, 0, 7001);
	shake_bind(s, SERVER, sfd, 0, 7002);
	shake_tell(s, SERVER, SHAKE_SYN,
		   "A SYN where a SYN,ACK was expected: the other side wants "
		   "the same. SYN-SENT becomes SYN-RECEIVED.");
	shake_tell(s, CLIENT, SHAKE_SYN, "The same at the other end.");
	shake_connect(s, CLIENT, cfd, SHAKE_SERVER_ADDR, 7002);
	if (s->broken)
		shake_run(s, 100 * TERN_MS);
	shake_connect(s, SERVER, sfd, SHAKE_CLIENT_ADDR, 7001);
	shake_tell(s, SERVER, SHAKE_SYN_ACK,
		   "Each answers the other's SYN. With that, both know all "
		   "there is to know.");
	shake_tell(s, CLIENT, SHAKE_SYN_ACK, "One connection, not two.");
	shake_run(s, TERN_S);

	shake_promise(s,
		      shake_went(s, CLIENT, 0, TERN_TCP_SYN_SENT,
				 TERN_TCP_SYN_RECEIVED, TERN_TCP_ESTABLISHED,
				 -1) &&
			      shake_went(s, SERVER, 0, TERN_TCP_SYN_SENT,
					 TERN_TCP_SYN_RECEIVED,
					 TERN_TCP_ESTABLISHED, -1),
		      "both ends go from SYN-SENT through SYN-RECEIVED to "
		      "ESTABLISHED");
	shake_promise(s, s->n_conns == 1 && !s->queues.known,
		      "there is one connection, and nobody listened");
}

static int send_syn(struct shake *s)
{
	const struct sim_segment syn = {
		.sport = 40000,
		.dport = SHAKE_PORT,
		.seq = 1000,
		.flags = TERN_SYN,
		.wnd = 65535,
		.present = TERN_OPT_MSS,
		.mss = 1460,
	};

	shake_raw_send(s, &syn);
	return 0;
}

/* What the client would have had to do: for --break. */
static void send_third(struct shake *s)
{
	const struct shake_step *answer =
		shake_nth(s, 0, SERVER, SHAKE_SYN_ACK, 0);
	struct sim_segment ack = {
		.sport = 40000,
		.dport = SHAKE_PORT,
		.seq = 1001,
		.flags = TERN_ACK,
		.wnd = 65535,
	};

	if (!answer)
		return;
	ack.ack = answer->seg.seq + 1;
	shake_raw_send(s, &ack);
}

void shake_half_open(struct shake *s)
{
	enum tern_tcp_state seen;
	unsigned int n;
	int lfd;

	shake_stage_raw(s);
	lfd = shake_make_listener(s, SHAKE_PORT, 3);
	send_syn(s);
	shake_run(s, 3 * SHAKE_DELAY);
	seen = shake_state(s, SERVER, 0);
	if (s->broken)
		send_third(s);
	shake_run(s, 300 * TERN_S);

	n = shake_count(s, 0, SERVER, SHAKE_SYN_ACK);
	shake_promise(s, seen == TERN_TCP_SYN_RECEIVED && s->max_n_syn == 1,
		      "the request stays in the SYN queue, in SYN-RECEIVED");
	shake_promise(
		s, n == 6 && shake_waits_double(s, 0, SERVER, SHAKE_SYN_ACK, n),
		"the SYN,ACK is sent again 5 times, after waits that "
		"double");
	shake_promise(s,
		      shake_state(s, SERVER, 0) == TERN_TCP_CLOSED &&
			      s->queues.n_syn == 0 && s->queues.n_accept == 0,
		      "then the server gives up, and the queue is empty");
	shake_promise(s, shake_accept(s, SERVER, lfd) == -EAGAIN,
		      "accept() never sees it");
}
