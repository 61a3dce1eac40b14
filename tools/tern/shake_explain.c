/* SPDX-License-Identifier: ISC */
/*
 * shake_explain.c - a sentence for each step
 *
 * What a segment means depends on what it did: the sentence is chosen by the
 * state it put its receiver into.  Scenarios have sentences of their own for
 * the steps they are about (shake_tell()); these here are for the rest.
 */
#include <string.h>

#include "shake.h"

const char *shake_side_name(enum shake_side side)
{
	return side == CLIENT ? "client" : "server";
}

const char *shake_flags(uint16_t flags, char *buf)
{
	static const struct {
		uint16_t flag;
		const char *name;
	} names[] = {
		{TERN_SYN, "SYN"}, {TERN_FIN, "FIN"}, {TERN_RST, "RST"},
		{TERN_PSH, "PSH"}, {TERN_URG, "URG"}, {TERN_ECE, "ECE"},
		{TERN_CWR, "CWR"}, {TERN_ACK, "ACK"},
	};
	size_t i, len = 0;

	buf[0] = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(flags & names[i].flag))
			continue;
		len += (size_t)snprintf(buf + len, SHAKE_FLAGS - len, "%s%s",
					len ? "," : "", names[i].name);
	}
	return buf;
}

const char *shake_timer_name(enum tern_tcp_timer timer)
{
	switch (timer) {
	case TERN_TIMER_NONE:
		break;
	case TERN_TIMER_RETRANSMIT:
	case TERN_TIMER_SYN_ACK:
		return "RTO expires";
	case TERN_TIMER_PERSIST:
		return "persist timer expires";
	case TERN_TIMER_DELAYED_ACK:
		return "delayed ACK timer expires";
	case TERN_TIMER_KEEPALIVE:
		return "keep-alive timer expires";
	case TERN_TIMER_FIN_WAIT_2:
		return "FIN-WAIT-2 timer expires";
	case TERN_TIMER_TIME_WAIT:
		return "2MSL are over";
	case TERN_TIMER_USER:
		return "user timeout expires";
	case TERN_TIMER_CORK:
		return "cork timer expires";
	case TERN_TIMER_PROBE:
		return "an ACK is overdue";
	case TERN_TIMER_REORDER:
		return "reordering timer expires";
	}
	return "timer expires";
}

static enum shake_side receiver_of(const struct shake_step *st)
{
	return st->side == CLIENT ? SERVER : CLIENT;
}

/* The state that the segment put its receiver into; CLOSED if none. */
static enum tern_tcp_state effect_of(const struct shake_step *st)
{
	enum shake_side to = receiver_of(st);

	return st->changed[to] ? st->state[to] : TERN_TCP_CLOSED;
}

bool shake_is_refused(const struct shake_step *st)
{
	/* What comes in TIME-WAIT is counted as dropped, but answered. */
	return st->drop != TERN_DROP_NONE &&
	       st->drop != TERN_DROP_TCP_TIMEWAIT && !st->probe;
}

static const char *explain_syn(const struct shake_step *st)
{
	if (st->again)
		return "The same SYN again. It takes up a number of its own, "
		       "so that it can be repeated like data.";
	if (effect_of(st) == TERN_TCP_SYN_RECEIVED)
		return "I want to talk, and my numbers begin here. The request "
		       "waits in the SYN queue.";
	return "I want to talk, and my numbers begin here.";
}

static const char *explain_syn_ack(const struct shake_step *st)
{
	if (st->again)
		return "No answer yet: the SYN,ACK goes out again.";
	if (effect_of(st) == TERN_TCP_ESTABLISHED)
		return "Mine begin here, and ack 1 says that your SYN has "
		       "arrived. Now the client knows that both directions "
		       "work.";
	return "Mine begin here, and ack 1 says that your SYN has arrived.";
}

static const char *explain_fin(const struct shake_step *st)
{
	if (st->again)
		return "Its FIN has not been acknowledged: it goes out again.";
	if (effect_of(st) == TERN_TCP_CLOSE_WAIT)
		return "FIN: nothing more will come from me. It closes this "
		       "direction only.";
	if (effect_of(st) == TERN_TCP_TIME_WAIT)
		return "The other direction ends too. Whoever closed first now "
		       "stays in TIME-WAIT.";
	return "FIN: nothing more will come from me.";
}

/* An ACK that ends a state. */
static const char *explain_ack_effect(const struct shake_step *st)
{
	switch (effect_of(st)) {
	case TERN_TCP_ESTABLISHED:
		return "The third tells the server that its SYN,ACK has "
		       "arrived. The connection moves to the accept queue.";
	case TERN_TCP_FIN_WAIT_2:
		return "The FIN has arrived: one direction is closed, the "
		       "other is still open.";
	case TERN_TCP_TIME_WAIT:
		return "My FIN is acknowledged, and theirs was here before.";
	case TERN_TCP_CLOSED:
		if (!st->changed[receiver_of(st)])
			break;
		return "The last ACK. Nobody acknowledges it, so its sender "
		       "must stay to repeat it.";
	case TERN_TCP_LISTEN:
	case TERN_TCP_SYN_SENT:
	case TERN_TCP_SYN_RECEIVED:
	case TERN_TCP_FIN_WAIT_1:
	case TERN_TCP_CLOSE_WAIT:
	case TERN_TCP_CLOSING:
	case TERN_TCP_LAST_ACK:
		break;
	}
	return NULL;
}

static const char *explain_ack(const struct shake_step *st, char *buf)
{
	const char *effect = explain_ack_effect(st);

	if (effect)
		return effect;
	if (st->probe)
		return "A probe. Its number was acknowledged long ago, so the "
		       "other side must say what it expects.";
	if (st->seg.wnd == 0 && st->wnd_before)
		return "All of it is here, and there is no room left: the "
		       "window is 0.";
	if (st->seg.wnd == 0)
		return "I am here, but there is still no room.";
	if (st->rel_ack == st->ack_before && st->seg.wnd > st->wnd_before)
		return "There is room again: a window update.";
	if (st->rel_ack == st->ack_before)
		return "";
	snprintf(buf, SHAKE_TEXT, "Everything before %u is here.", st->rel_ack);
	return buf;
}

static const char *explain_data(const struct shake_step *st, char *buf)
{
	uint32_t last = st->rel_seq + st->seg.len - 1;

	if (st->again)
		return "Not acknowledged in time: the same bytes again.";
	snprintf(buf, SHAKE_TEXT, "%u bytes, with the numbers %u to %u.",
		 st->seg.len, st->rel_seq, last);
	return buf;
}

static const char *explain_segment(const struct shake_step *st, char *buf)
{
	if (st->lost) {
		snprintf(buf, SHAKE_TEXT,
			 "Lost on the way. Nobody tells the %s, only its own "
			 "timer will.",
			 shake_side_name(st->side));
		return buf;
	}
	if (shake_is_refused(st)) {
		snprintf(buf, SHAKE_TEXT, "The %s throws it away: %s.",
			 shake_side_name(receiver_of(st)),
			 tern_drop_text(st->drop));
		return buf;
	}
	switch (st->kind) {
	case SHAKE_SYN:
		return explain_syn(st);
	case SHAKE_SYN_ACK:
		return explain_syn_ack(st);
	case SHAKE_ACK:
		return explain_ack(st, buf);
	case SHAKE_DATA:
		return explain_data(st, buf);
	case SHAKE_FIN:
		return explain_fin(st);
	case SHAKE_RST:
		return "RST: no such connection here. It is never answered.";
	case SHAKE_ANY:
		break;
	}
	return "";
}

/* The last of them: it closes the connection, or forgets the request. */
static const char *explain_end(const struct shake_step *st)
{
	switch (st->timer) {
	case TERN_TIMER_SYN_ACK:
		return "The third segment never came: the request leaves the "
		       "SYN queue.";
	case TERN_TIMER_TIME_WAIT:
		return "No segment of this connection can be under way any "
		       "more: nothing is left of it.";
	case TERN_TIMER_KEEPALIVE:
		return "No answer to any of them: the connection is given up.";
	case TERN_TIMER_FIN_WAIT_2:
		return "Their FIN did not come. Nobody waits for it any more.";
	case TERN_TIMER_RETRANSMIT:
	case TERN_TIMER_PERSIST:
	case TERN_TIMER_USER:
		return "That was the last try: the connection is given up.";
	case TERN_TIMER_NONE:
	case TERN_TIMER_DELAYED_ACK:
	case TERN_TIMER_CORK:
	case TERN_TIMER_PROBE:
	case TERN_TIMER_REORDER:
		break;
	}
	return "";
}

static const char *explain_timer(const struct shake_step *st)
{
	if (st->changed[st->side])
		return explain_end(st);
	switch (st->timer) {
	case TERN_TIMER_RETRANSMIT:
		return "No acknowledgement in time. Send it again, and wait "
		       "twice as long for the next.";
	case TERN_TIMER_SYN_ACK:
		return "The third segment did not come in time.";
	case TERN_TIMER_PERSIST:
		if (st->peer_wnd)
			return "There is room for less than a segment. Waiting "
			       "has not made it more: send what fits.";
		return "The window is still 0. Ask: were the update lost, both "
		       "would wait for ever.";
	case TERN_TIMER_DELAYED_ACK:
		return "No data went the other way that could carry the ACK, "
		       "so it goes alone.";
	case TERN_TIMER_KEEPALIVE:
		return "Silence. Ask whether the other side still lives.";
	case TERN_TIMER_NONE:
	case TERN_TIMER_FIN_WAIT_2:
	case TERN_TIMER_TIME_WAIT:
	case TERN_TIMER_USER:
	case TERN_TIMER_CORK:
	case TERN_TIMER_PROBE:
	case TERN_TIMER_REORDER:
		break;
	}
	return "";
}

static const char *explain(const struct shake_step *st, char *buf)
{
	if (st->told)
		return st->told;
	if (st->type == SHAKE_SEGMENT)
		return explain_segment(st, buf);
	return st->type == SHAKE_TIMER ? explain_timer(st) : "";
}

/* The same again, in few words. */
static const char *explain_again(const struct shake_step *st)
{
	if (st->type == SHAKE_SEGMENT) {
		if (st->lost)
			return "Lost, too.";
		if (shake_is_refused(st))
			return "Thrown away like the one before.";
		if (st->probe)
			return "The same question.";
		if (st->kind == SHAKE_ACK && !st->seg.wnd)
			return "Still no room.";
		return st->again ? "And again." : "";
	}
	if (st->timer == TERN_TIMER_RETRANSMIT)
		return "Twice as long as before.";
	if (st->timer == TERN_TIMER_PERSIST && !st->peer_wnd)
		return "Ask again.";
	if (st->timer == TERN_TIMER_KEEPALIVE)
		return "Still silence.";
	return "";
}

const char *shake_explain(const struct shake *s, const struct shake_step *st,
			  char *buf)
{
	const char *text = explain(st, buf);
	const struct shake_step *e;
	char earlier[SHAKE_TEXT];

	if (!*text || st->told)
		return text;
	for (e = s->step; e < st; e++)
		if (!e->folded && !strcmp(explain(e, earlier), text))
			return explain_again(st);
	return text;
}
