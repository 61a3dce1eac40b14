/* SPDX-License-Identifier: ISC */
/*
 * shake_close.c - scenarios: how a connection ends
 */
#include <errno.h>
#include <string.h>

#include "shake.h"

#include "sim/host.h"
#include "sim/world.h"

#define MSL2 (60 * TERN_S)

static bool all_closed(struct shake *s)
{
	return shake_state(s, CLIENT, 0) == TERN_TCP_CLOSED &&
	       shake_state(s, SERVER, 0) == TERN_TCP_CLOSED;
}

static void tell_close(struct shake *s)
{
	shake_tell(s, CLIENT, SHAKE_FIN,
		   "One: nothing more will come from me. FIN takes up a "
		   "number, so it can be acknowledged and repeated.");
	shake_tell(s, SERVER, SHAKE_ACK,
		   "Two: understood. Why not FIN as well? Because the server's "
		   "program may still have something to send.");
	shake_tell(s, SERVER, SHAKE_FIN,
		   "Three: now nothing more will come from me either.");
	shake_tell(s, CLIENT, SHAKE_ACK,
		   "Four: understood. Should this one be lost, the FIN will "
		   "come again: somebody must be there to answer it.");
}

/* How long the client stayed in TIME-WAIT: from its last ACK to 2MSL. */
static tern_time time_waited(const struct shake *s, unsigned int from)
{
	const struct shake_step *fin = shake_nth(s, from, SERVER, SHAKE_FIN, 0);
	unsigned int i;

	for (i = from; i < s->n_steps && fin; i++)
		if (s->step[i].type == SHAKE_TIMER &&
		    s->step[i].timer == TERN_TIMER_TIME_WAIT)
			return s->step[i].at - fin->at;
	return 0;
}

void shake_close_four(struct shake *s)
{
	char buf[16];
	struct shake_pair p;
	unsigned int from;

	shake_stage(s);
	shake_make_pair_folded(s, &p);
	from = s->n_steps;
	tell_close(s);
	shake_close(s, CLIENT, p.client);
	shake_run(s, 5 * SHAKE_DELAY);
	shake_note(s, "0 is the end of the stream: the FIN was read.");
	shake_recv(s, SERVER, p.server, buf, sizeof(buf));
	if (!s->broken)
		shake_close(s, SERVER, p.server);
	shake_run(s, 2 * MSL2);

	shake_promise(s,
		      shake_flow_is(s, from, "C:FIN,ACK S:ACK S:FIN,ACK C:ACK"),
		      "four segments close it: FIN, ACK, FIN, ACK");
	shake_promise(s,
		      shake_went(s, CLIENT, 0, TERN_TCP_ESTABLISHED,
				 TERN_TCP_FIN_WAIT_1, TERN_TCP_FIN_WAIT_2,
				 TERN_TCP_TIME_WAIT, TERN_TCP_CLOSED, -1),
		      "who closes first goes through FIN-WAIT-1, FIN-WAIT-2, "
		      "TIME-WAIT");
	shake_promise(s,
		      shake_went(s, SERVER, 0, TERN_TCP_ESTABLISHED,
				 TERN_TCP_CLOSE_WAIT, TERN_TCP_LAST_ACK,
				 TERN_TCP_CLOSED, -1),
		      "the other goes through CLOSE-WAIT and LAST-ACK");
	shake_promise(
		s, shake_is_about(time_waited(s, from), MSL2) && all_closed(s),
		"TIME-WAIT lasts 2MSL, 60 seconds; then nothing is left");
}

void shake_simultaneous_close(struct shake *s)
{
	struct shake_pair p;
	unsigned int from;

	shake_stage(s);
	shake_make_pair_folded(s, &p);
	from = s->n_steps;
	shake_tell(s, SERVER, SHAKE_FIN,
		   "A FIN where the ACK of the own FIN was expected: CLOSING.");
	shake_tell(s, CLIENT, SHAKE_FIN, "The same at the other end.");
	shake_tell(s, SERVER, SHAKE_ACK,
		   "Now the own FIN is acknowledged, too: TIME-WAIT.");
	shake_tell(s, CLIENT, SHAKE_ACK,
		   "Neither closed first, so both have to wait.");
	shake_close(s, CLIENT, p.client);
	if (s->broken)
		shake_run(s, 100 * TERN_MS);
	shake_close(s, SERVER, p.server);
	shake_run(s, 2 * MSL2);

	shake_promise(s,
		      shake_went(s, CLIENT, 0, TERN_TCP_FIN_WAIT_1,
				 TERN_TCP_CLOSING, TERN_TCP_TIME_WAIT, -1) &&
			      shake_went(s, SERVER, 0, TERN_TCP_FIN_WAIT_1,
					 TERN_TCP_CLOSING, TERN_TCP_TIME_WAIT,
					 -1),
		      "both ends go from FIN-WAIT-1 through CLOSING to "
		      "TIME-WAIT");
	shake_promise(s,
		      shake_count(s, from, CLIENT, SHAKE_FIN) == 1 &&
			      shake_count(s, from, SERVER, SHAKE_FIN) == 1 &&
			      all_closed(s),
		      "two FINs are enough, and nothing is left in the end");
}

void shake_half_close(struct shake *s)
{
	char buf[64], heard[64] = "";
	enum tern_tcp_state state;
	struct shake_pair p;
	int err;

	shake_stage(s);
	shake_make_pair_folded(s, &p);
	shake_note(s, "I have sent all I had, but I still listen.");
	if (s->broken)
		shake_close(s, CLIENT, p.client);
	else
		shake_shutdown(s, CLIENT, p.client);
	shake_run(s, 5 * SHAKE_DELAY);
	shake_note(s, "The client may not send any more.");
	err = s->broken ? 0 : (int)shake_send(s, CLIENT, p.client, "more");
	shake_recv(s, SERVER, p.server, buf, sizeof(buf));
	shake_tell(s, SERVER, SHAKE_DATA,
		   "Data after the FIN, against its direction: nothing unusual "
		   "for TCP.");
	shake_send(s, SERVER, p.server, "the answer");
	shake_run(s, 200 * TERN_MS);
	state = shake_state(s, CLIENT, 0);
	if (!s->broken)
		shake_recv(s, CLIENT, p.client, heard, sizeof(heard));
	shake_close(s, SERVER, p.server);
	shake_run(s, 5 * SHAKE_DELAY);
	if (!s->broken)
		shake_close(s, CLIENT, p.client);
	shake_run(s, 2 * MSL2);

	shake_promise(
		s, state == TERN_TCP_FIN_WAIT_2 && !strcmp(heard, "the answer"),
		"data arrives after the FIN, in FIN-WAIT-2");
	shake_promise(s, err == -EPIPE, "send() after shutdown() says EPIPE");
	shake_promise(s,
		      shake_went(s, CLIENT, 0, TERN_TCP_FIN_WAIT_2,
				 TERN_TCP_TIME_WAIT, TERN_TCP_CLOSED, -1) &&
			      all_closed(s),
		      "the server's FIN ends it, and nothing is left");
}

/* The server of `fin-ack`: closes in the very moment it reads the FIN. */
struct closer {
	struct shake *s;
	int fd;
};

static bool close_at_end(void *ctx)
{
	struct closer *c = ctx;
	struct tern_sockinfo info;
	char buf[16];

	if (c->fd < 0 || !shake_sockinfo(c->s, SERVER, 0, &info) ||
	    info.state != TERN_TCP_CLOSE_WAIT)
		return false;
	shake_recv(c->s, SERVER, c->fd, buf, sizeof(buf));
	shake_note(c->s, "At once: the ACK has not even gone out.");
	shake_close(c->s, SERVER, c->fd);
	c->fd = -1;
	return true;
}

void shake_fin_ack(struct shake *s)
{
	struct shake_pair p;
	struct closer c;
	unsigned int from;

	shake_stage(s);
	shake_make_pair_folded(s, &p);
	from = s->n_steps;
	c = (struct closer){s, p.server};
	if (!s->failed && !s->broken &&
	    sim_host_add_program(s->host[SERVER], close_at_end, &c))
		shake_fail(s, -ENOMEM, "program");
	shake_tell(s, SERVER, SHAKE_FIN,
		   "FIN and the ACK of the client's FIN in one segment.");
	shake_close(s, CLIENT, p.client);
	shake_run(s, 5 * SHAKE_DELAY);
	if (s->broken)
		shake_close(s, SERVER, p.server);
	shake_run(s, 2 * MSL2);
	if (!s->failed)
		sim_host_remove_program(s->host[SERVER], &c);

	shake_promise(s, shake_flow_is(s, from, "C:FIN,ACK S:FIN,ACK C:ACK"),
		      "three segments close it: FIN; FIN,ACK; ACK");
	shake_promise(s,
		      shake_went(s, CLIENT, 0, TERN_TCP_FIN_WAIT_1,
				 TERN_TCP_TIME_WAIT, -1),
		      "the client goes from FIN-WAIT-1 straight to TIME-WAIT");
	shake_promise(s, all_closed(s), "nothing is left in the end");
}

void shake_lost_last_ack(struct shake *s)
{
	struct tern_sockinfo first = {0}, second = {0};
	char buf[16];
	struct shake_pair p;
	unsigned int from;

	shake_stage(s);
	shake_make_pair_folded(s, &p);
	from = s->n_steps;
	shake_close(s, CLIENT, p.client);
	shake_run(s, 5 * SHAKE_DELAY);
	shake_recv(s, SERVER, p.server, buf, sizeof(buf));
	shake_lose(s, CLIENT, SHAKE_ACK, s->broken ? UINT32_MAX : 1);
	shake_tell(s, CLIENT, SHAKE_ACK,
		   "Lost. The client cannot know it; the server misses the ACK "
		   "of its FIN.");
	shake_tell(s, CLIENT, SHAKE_ACK,
		   "TIME-WAIT is there for this: it acknowledges again, and "
		   "2MSL begin anew.");
	shake_close(s, SERVER, p.server);
	shake_run(s, 3 * SHAKE_DELAY);
	shake_sockinfo(s, CLIENT, 0, &first);
	shake_run(s, 5 * TERN_S);
	shake_sockinfo(s, CLIENT, 0, &second);
	shake_run(s, 2 * MSL2);

	shake_promise(s, shake_count_again(s, from, SERVER, SHAKE_FIN) == 1,
		      "the server sends its FIN again, once");
	shake_promise(s,
		      shake_went(s, SERVER, 0, TERN_TCP_LAST_ACK,
				 TERN_TCP_CLOSED, -1) &&
			      shake_count(s, from, CLIENT, SHAKE_ACK) == 2,
		      "TIME-WAIT acknowledges it again, and the server is "
		      "done");
	shake_promise(s,
		      first.state == TERN_TCP_TIME_WAIT &&
			      second.state == TERN_TCP_TIME_WAIT &&
			      second.timer_at > first.timer_at && all_closed(s),
		      "2MSL are counted from that second ACK");
}
