/* SPDX-License-Identifier: ISC */
/*
 * answer_event.c - a traced event as JSON
 */
#include <tern/tern.h>

#include "answer.h"

static const char *type_name(enum tern_event_type type)
{
	switch (type) {
	case TERN_EV_SEGMENT_IN:
		return "in";
	case TERN_EV_SEGMENT_OUT:
		return "out";
	case TERN_EV_STATE:
		return "state";
	case TERN_EV_DROP:
		return "drop";
	case TERN_EV_TIMER:
		return "timer";
	case TERN_EV_QUEUE:
		return "queue";
	case TERN_EV_CWND:
		return "cwnd";
	}
	return "unknown";
}

static void add_options(json_t *o, const struct tern_event_segment *s)
{
	json_t *sack;
	unsigned int i;

	if (s->present & TERN_OPT_MSS)
		json_object_set_new(o, "mss", json_integer(s->mss));
	if (s->present & TERN_OPT_WSCALE)
		json_object_set_new(o, "wscale", json_integer(s->wscale));
	if (s->present & TERN_OPT_SACK_PERM)
		json_object_set_new(o, "sack_permitted", json_true());
	if (s->present & TERN_OPT_TIMESTAMPS) {
		json_object_set_new(o, "ts_val", json_integer(s->ts_val));
		json_object_set_new(o, "ts_ecr", json_integer(s->ts_ecr));
	}
	if (!(s->present & TERN_OPT_SACK))
		return;
	sack = json_array();
	for (i = 0; i < s->n_sack && i < 4; i++)
		json_array_append_new(
			sack, json_pack("[I, I]", (json_int_t)s->sack[2 * i],
					(json_int_t)s->sack[2 * i + 1]));
	json_object_set_new(o, "sack", sack);
}

static void add_segment(json_t *o, const struct tern_event_segment *s)
{
	json_object_set_new(o, "flags", json_integer(s->flags));
	json_object_set_new(o, "seq", json_integer(s->seq));
	json_object_set_new(o, "ack", json_integer(s->ack));
	json_object_set_new(o, "wnd", json_integer(s->wnd));
	json_object_set_new(o, "len", json_integer(s->len));
	if (s->flags & TERN_URG)
		json_object_set_new(o, "urgent", json_integer(s->urgent));
	if (s->retransmission)
		json_object_set_new(o, "retransmission", json_true());
	add_options(o, s);
}

static void add_endpoint(json_t *o, const char *key, uint32_t addr,
			 uint16_t port)
{
	char text[16];

	json_object_set_new(o, key,
			    json_pack("{s:s, s:i}", "addr",
				      tern_format_addr(addr, text), "port",
				      (int)port));
}

/* What each type has of its own. */
static void add_rest(json_t *o, const struct tern_event *ev)
{
	switch (ev->type) {
	case TERN_EV_SEGMENT_IN:
	case TERN_EV_SEGMENT_OUT:
		add_segment(o, &ev->u.segment);
		return;
	case TERN_EV_STATE:
		json_object_set_new(
			o, "from",
			json_string(tern_tcp_state_name(ev->u.state.from)));
		json_object_set_new(
			o, "to",
			json_string(tern_tcp_state_name(ev->u.state.to)));
		return;
	case TERN_EV_DROP:
		json_object_set_new(
			o, "reason",
			json_string(tern_drop_name(ev->u.drop.reason)));
		json_object_set_new(
			o, "text",
			json_string(tern_drop_text(ev->u.drop.reason)));
		return;
	case TERN_EV_TIMER:
		json_object_set_new(
			o, "timer",
			json_string(tern_tcp_timer_name(ev->u.timer.timer)));
		json_object_set_new(o, "retries",
				    json_integer(ev->u.timer.retries));
		return;
	case TERN_EV_QUEUE:
		json_object_set_new(o, "syn", json_integer(ev->u.queue.n_syn));
		json_object_set_new(o, "max_syn",
				    json_integer(ev->u.queue.max_syn));
		json_object_set_new(o, "accept",
				    json_integer(ev->u.queue.n_accept));
		json_object_set_new(o, "max_accept",
				    json_integer(ev->u.queue.max_accept));
		return;
	case TERN_EV_CWND:
		json_object_set_new(o, "cwnd", json_integer(ev->u.cwnd.cwnd));
		json_object_set_new(o, "ssthresh",
				    json_integer(ev->u.cwnd.ssthresh));
		return;
	}
}

json_t *answer_event(const struct tern_event *ev, tern_time epoch_ns)
{
	json_t *o = json_pack("{s:s, s:I}", "event", type_name(ev->type),
			      "time_ns", (json_int_t)(ev->now + epoch_ns));

	if (!o)
		return NULL;
	if (ev->tuple.laddr || ev->tuple.raddr || ev->tuple.lport) {
		add_endpoint(o, "local", ev->tuple.laddr, ev->tuple.lport);
		add_endpoint(o, "peer", ev->tuple.raddr, ev->tuple.rport);
	}
	add_rest(o, ev);
	return o;
}
