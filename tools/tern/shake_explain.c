/* SPDX-License-Identifier: ISC */
/*
 * shake_explain.c - a sentence for each step
 *
 * What a segment means depends on what it did: the sentence is chosen by the
 * state it put its receiver into.  Scenarios have sentences of their own for
 * the steps they are about (shake_tell()); these here are for the rest.
 */
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
		return "RTO";
	case TERN_TIMER_PERSIST:
		return "persist timer";
	case TERN_TIMER_DELAYED_ACK:
		return "delayed ACK timer";
	case TERN_TIMER_KEEPALIVE:
		return "keep-alive timer";
	case TERN_TIMER_FIN_WAIT_2:
		return "FIN-WAIT-2 timer";
	case TERN_TIMER_TIME_WAIT:
		return "2MSL";
	case TERN_TIMER_USER:
		return "user timeout";
	case TERN_TIMER_CORK:
		return "cork timer";
	}
	return "timer";
}

static const char *explain_syn(const struct shake_step *st,
			       enum tern_tcp_state receiver)
{
	if (st->again)
		return "The same SYN again. It takes up a number of its own, "
		       "so that it can be repeated like data.";
	if (receiver == TERN_TCP_SYN_RECEIVED)
		return "I want to talk, and my numbers begin at seq. The "
		       "request waits in the SYN queue.";
	return "I want to talk, and my numbers begin at seq.";
}

static const char *explain_syn_ack(const struct shake_step *st,
				   enum tern_tcp_state receiver)
{
	if (st->again)
		return "No answer yet: the SYN,ACK goes out again.";
	if (receiver == TERN_TCP_ESTABLISHED)
		return "Mine begin here, and ack says that your SYN has "
		       "arrived. Now the client knows that both directions "
		       "work.";
	return "Mine begin here, and ack says that your SYN has arrived.";
}

static const char *explain_fin(const struct shake_step *st,
			       enum tern_tcp_state receiver)
{
	if (st->again)
		return "Its FIN has not been acknowledged: it goes out again.";
	if (receiver == TERN_TCP_CLOSE_WAIT)
		return "FIN: nothing more will come from me. It closes this "
		       "direction only.";
	if (receiver == TERN_TCP_CLOSING)
		return "FIN meets FIN: each asked before it heard the other.";
	if (receiver == TERN_TCP_TIME_WAIT)
		return "The other direction ends too. Whoever closed first now "
		       "stays in TIME-WAIT.";
	return "FIN: nothing more will come from me.";
}

static const char *explain_ack(const struct shake_step *st, enum shake_side to)
{
	if (st->seg.wnd == 0)
		return "All has arrived, and now there is no room left: the "
		       "window is 0.";
	if (!st->changed[to])
		return "";
	switch (st->state[to]) {
	case TERN_TCP_ESTABLISHED:
		return "The third tells the server that its SYN,ACK has "
		       "arrived. The connection moves to the accept queue.";
	case TERN_TCP_FIN_WAIT_2:
		return "The FIN has arrived: one direction is closed, the "
		       "other is still open.";
	case TERN_TCP_TIME_WAIT:
		return "My FIN is acknowledged, and theirs was here before.";
	case TERN_TCP_CLOSED:
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
	return "";
}

static const char *explain_data(const struct shake_step *st)
{
	return st->again ? "Not acknowledged in time: the same bytes again."
			 : "";
}

static const char *explain_segment(const struct shake_step *st, char *buf)
{
	enum shake_side to = st->side == CLIENT ? SERVER : CLIENT;
	enum tern_tcp_state receiver =
		st->changed[to] ? st->state[to] : TERN_TCP_LISTEN;

	if (st->lost) {
		snprintf(buf, SHAKE_TEXT,
			 "Lost on the way. Nobody tells the %s, only its own "
			 "timer will.",
			 shake_side_name(st->side));
		return buf;
	}
	if (st->drop != TERN_DROP_NONE) {
		snprintf(buf, SHAKE_TEXT, "The %s throws it away: %s.",
			 shake_side_name(to), tern_drop_text(st->drop));
		return buf;
	}
	switch (st->kind) {
	case SHAKE_SYN:
		return explain_syn(st, receiver);
	case SHAKE_SYN_ACK:
		return explain_syn_ack(st, receiver);
	case SHAKE_ACK:
		return explain_ack(st, to);
	case SHAKE_DATA:
		return explain_data(st);
	case SHAKE_FIN:
		return explain_fin(st, receiver);
	case SHAKE_RST:
		return "RST: no such connection here. It is never answered.";
	case SHAKE_ANY:
		break;
	}
	return "";
}

static const char *explain_timer(const struct shake_step *st)
{
	switch (st->timer) {
	case TERN_TIMER_RETRANSMIT:
		if (st->changed[st->side] &&
		    st->state[st->side] == TERN_TCP_CLOSED)
			return "That was the last try: the connection is given "
			       "up.";
		return "No acknowledgement in time. Send it again, and wait "
		       "twice as long for the next.";
	case TERN_TIMER_SYN_ACK:
		if (st->changed[st->side])
			return "That was the last try: the request leaves the "
			       "SYN queue.";
		return "The third segment did not come in time.";
	case TERN_TIMER_PERSIST:
		return "The window is still 0. Ask: were the update lost, both "
		       "would wait for ever.";
	case TERN_TIMER_DELAYED_ACK:
		return "No data went the other way that could carry the ACK, "
		       "so it goes alone.";
	case TERN_TIMER_KEEPALIVE:
		return "Silence. Ask whether the other side still lives.";
	case TERN_TIMER_FIN_WAIT_2:
		return "Their FIN did not come; nobody waits for it any more.";
	case TERN_TIMER_TIME_WAIT:
		return "No segment of this connection can be under way any "
		       "more.";
	case TERN_TIMER_USER:
		return "The user would not wait longer.";
	case TERN_TIMER_NONE:
	case TERN_TIMER_CORK:
		break;
	}
	return "";
}

const char *shake_explain(const struct shake_step *st, char *buf)
{
	if (st->told)
		return st->told;
	switch (st->type) {
	case SHAKE_SEGMENT:
		return explain_segment(st, buf);
	case SHAKE_TIMER:
		return explain_timer(st);
	case SHAKE_CALL:
	case SHAKE_EVENT:
	case SHAKE_FOLDED:
		break;
	}
	return "";
}
