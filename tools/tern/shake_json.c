/* SPDX-License-Identifier: ISC */
/*
 * shake_json.c - a scenario as one JSON object in one line
 *
 * Times are nanoseconds of the virtual clock.  Sequence numbers are given as
 * they are drawn, counted from the first of each side, and as on the wire.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "shake.h"

static void put(json_t *o, const char *key, json_t *value)
{
	/* A value that could not be made leaves the key out. */
	if (value)
		json_object_set_new(o, key, value);
}

static void put_number(json_t *o, const char *key, uint64_t value)
{
	put(o, key, json_integer((json_int_t)value));
}

static void put_text(json_t *o, const char *key, const char *value)
{
	put(o, key, json_string(value));
}

static json_t *flags_of(uint16_t flags)
{
	json_t *list = json_array();
	uint16_t bit;

	for (bit = 1; bit && list; bit = (uint16_t)(bit << 1)) {
		char name[SHAKE_FLAGS];

		shake_flags(flags & bit, name);
		if (name[0])
			json_array_append_new(list, json_string(name));
	}
	return list;
}

static json_t *segment_of(const struct shake_step *st)
{
	const struct sim_segment *seg = &st->seg;
	json_t *o = json_object();

	if (!o)
		return NULL;
	put(o, "flags", flags_of(seg->flags));
	put_number(o, "source_port", seg->sport);
	put_number(o, "destination_port", seg->dport);
	put_number(o, "seq", st->rel_seq);
	put_number(o, "seq_on_wire", seg->seq);
	if (seg->flags & TERN_ACK) {
		put_number(o, "ack", st->rel_ack);
		put_number(o, "ack_on_wire", seg->ack);
	}
	put_number(o, "len", seg->len);
	put_number(o, "window", seg->wnd);
	if (seg->present & TERN_OPT_MSS)
		put_number(o, "mss", seg->mss);
	if (seg->present & TERN_OPT_WSCALE)
		put_number(o, "window_scale", seg->wscale);
	if (seg->present & TERN_OPT_SACK_PERM)
		put(o, "sack_permitted", json_true());
	if (seg->present & TERN_OPT_TIMESTAMPS) {
		put_number(o, "timestamp", seg->ts_val);
		put_number(o, "timestamp_echo", seg->ts_ecr);
	}
	put(o, "retransmission", json_boolean(st->again));
	return o;
}

static json_t *states_of(const struct shake_step *st)
{
	json_t *o = json_object();
	int side;

	for (side = 0; side < 2 && o; side++)
		if (st->stateful[side])
			put_text(o, shake_side_name((enum shake_side)side),
				 tern_tcp_state_name(st->state[side]));
	return o;
}

static json_t *queues_of(const struct shake_queues *q)
{
	json_t *o = json_object();

	if (!o)
		return NULL;
	if (!q->is_unix) {
		put_number(o, "syn", q->n_syn);
		put_number(o, "syn_max", q->max_syn);
	}
	put_number(o, "accept", q->n_accept);
	put_number(o, "accept_max", q->max_accept);
	return o;
}

static const char *kind_of(enum shake_step_type type)
{
	switch (type) {
	case SHAKE_CALL:
		return "call";
	case SHAKE_SEGMENT:
		return "segment";
	case SHAKE_TIMER:
		return "timer";
	case SHAKE_EVENT:
		return "event";
	case SHAKE_FOLDED:
		return "folded";
	}
	return "";
}

static json_t *step_of(const struct shake *s, const struct shake_step *st)
{
	json_t *o = json_object();
	char why[SHAKE_TEXT];

	if (!o)
		return NULL;
	put_number(o, "time", st->at);
	put_text(o, "kind", kind_of(st->type));
	put_text(o, "from", shake_side_name(st->side));
	if (st->conn >= 0)
		put_number(o, "connection", (uint64_t)st->conn + 1);
	if (st->type == SHAKE_SEGMENT) {
		put_text(o, "to",
			 shake_side_name(st->side == CLIENT ? SERVER : CLIENT));
		put_number(o, "sent", st->sent_at);
		put(o, "arrived", json_boolean(st->arrived));
		put(o, "lost", json_boolean(st->lost));
		if (st->drop != TERN_DROP_NONE)
			put_text(o, "dropped", tern_drop_name(st->drop));
		put(o, "segment", segment_of(st));
	} else {
		put_text(o, "what", st->text);
	}
	if (st->type == SHAKE_TIMER)
		put_text(o, "timer", tern_tcp_timer_name(st->timer));
	put(o, "states", states_of(st));
	if (st->queues.known)
		put(o, "queues", queues_of(&st->queues));
	put_text(o, "why", shake_explain(s, st, why));
	return o;
}

static int by_order(const void *a, const void *b)
{
	const struct shake_step *const *sa = a, *const *sb = b;

	return (*sa)->end_no < (*sb)->end_no ? -1
					     : (*sa)->end_no > (*sb)->end_no;
}

/* In the order of arrival, as they are drawn. */
static json_t *steps_of(const struct shake *s)
{
	const struct shake_step **order;
	json_t *list = json_array();
	unsigned int i;

	order = calloc(s->n_steps + 1, sizeof(*order));
	if (!order || !list) {
		free(order);
		return list;
	}
	for (i = 0; i < s->n_steps; i++)
		order[i] = &s->step[i];
	qsort(order, s->n_steps, sizeof(*order), by_order);
	for (i = 0; i < s->n_steps; i++)
		json_array_append_new(list, step_of(s, order[i]));
	free(order);
	return list;
}

static json_t *promises_of(const struct shake *s)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < s->n_promises && list; i++) {
		json_t *o = json_object();

		put_text(o, "promise", s->promise[i].text);
		put(o, "kept", json_boolean(s->promise[i].kept));
		json_array_append_new(list, o);
	}
	return list;
}

int shake_write_json(const struct shake *s, FILE *out)
{
	json_t *o = json_object();
	int err = 0;

	if (!o)
		return -ENOMEM;
	put_text(o, "scenario", s->scenario->name);
	put_text(o, "title", s->scenario->title);
	put_number(o, "seed", s->seed);
	put(o, "steps", steps_of(s));
	put(o, "promises", promises_of(s));
	put(o, "kept", json_boolean(shake_all_kept(s)));
	if (s->failed)
		put_text(o, "failure", s->failure);
	if (json_dumpf(o, out, JSON_COMPACT) || fputc('\n', out) == EOF)
		err = -ENOMEM;
	json_decref(o);
	return err;
}
