/* SPDX-License-Identifier: ISC */
/*
 * outbound.c - a packet that the stack should send
 *
 * The next one that it has sent is taken, however early, and waited for, if
 * there is none yet.  One that is longer in the script than what came is the
 * sum of several of equal size, as a stack sends that leaves cutting to its
 * device: all but the last without FIN.  PSH may end any of them, since a stack
 * that sends several bursts sets it on each.
 */
#include "outbound.h"

#include <stdlib.h>
#include <string.h>

#include "run.h"

#define SEGMENT_ENDS (TERN_PSH | TERN_FIN)

/* When the packet may come. */
struct window {
	int64_t first, last;
};

static struct window window_of(const struct drill_run *r,
			       const struct drill_event *e)
{
	struct window w = {r->event_ns, r->event_ns};
	int64_t room;

	if (e->time.kind == DRILL_TIME_ANY) {
		w.first = 0;
		w.last = drill_stage_time(&r->stage) +
			 r->stage.target->any_time_ns;
		return w;
	}
	if (e->time.range)
		w.last += e->time.end_ns - e->time.ns;
	room = drill_run_tolerance(r, r->event_ns - r->last_ns);
	w.first -= room;
	w.last += room;
	return w;
}

static struct drill_live *wait_for(struct drill_run *r, int64_t until)
{
	struct drill_live *l;

	while (!(l = drill_stage_take(&r->stage)) && drill_run_step(r, until))
		;
	/* While a library was waited for, a call may have come back. */
	if (l && r->stage.target->blocks && !drill_run_resume(r)) {
		free(l);
		l = NULL;
	}
	return l;
}

static bool fail_nothing(struct drill_run *r, const struct drill_event *e,
			 const struct drill_packet *expected)
{
	struct drill_line line;

	if (r->failed)
		return false;
	if (r->set.lenient_packets) {
		drill_run_tell(r, "(nothing was sent)");
		return false;
	}
	drill_line_print(&line, expected, r->event_ns);
	return drill_run_fail(r, e, "nothing was sent\n  expected %s",
			      line.text);
}

/* One packet, taken apart. */
struct arrived {
	struct drill_packet packet; /* in the script's numbers */
	int64_t at_ns;
	bool text_known;
	uint32_t text_pos;
	const uint8_t *text;
	struct drill_live *live;
};

static void name_fields(unsigned int differ, char *out, size_t size)
{
	size_t len = 0;
	int f;

	out[0] = 0;
	for (f = 0; f < DRILL_FIELD_N; f++) {
		if (!(differ & DRILL_FIELD_BIT(f)))
			continue;
		snprintf(out + len, size - len, "%s%s", len ? ", " : "",
			 drill_field_name((enum drill_field)f));
		len = strlen(out);
	}
}

static bool fail_unlike(struct drill_run *r, const struct drill_event *e,
			const struct drill_packet *expected,
			const struct arrived *arrived, unsigned int differ)
{
	struct drill_packet actual = arrived->packet;
	char marks[1024], names[256];
	struct drill_line a, x;
	int64_t due = r->event_ns;

	if (e->time.kind == DRILL_TIME_ANY)
		due = INT64_MIN;
	/* What is not asked for would only make the lines harder to compare. */
	actual.has_tos = expected->has_tos || expected->ecn != DRILL_ECN_UNSAID;
	actual.has_ttl = expected->has_ttl;
	drill_line_print(&x, expected, due);
	drill_line_print(&a, &actual, arrived->at_ns);
	drill_line_mark(
		&a, differ,
		drill_options_compare(expected, &actual, r->set.ts_tick_us > 0),
		marks, sizeof(marks));
	name_fields(differ, names, sizeof(names));
	return drill_run_fail(r, e,
			      "the packet is not as expected: %s\n"
			      "  expected %s\n  actual   %s\n           %s",
			      names, x.text, a.text, marks);
}

static bool take(struct drill_run *r, const struct drill_event *e,
		 const struct drill_packet *expected, const struct window *w,
		 struct arrived *a)
{
	const int64_t latest = w->last + r->stage.target->patience_ns;
	struct drill_flow *flow;
	struct drill_line line;
	const char *wrong;

	a->live = wait_for(r, w->last);
	if (!a->live)
		a->live = wait_for(r, latest);
	if (!a->live || a->live->at_ns > latest)
		return fail_nothing(r, e, expected);
	a->at_ns = a->live->at_ns;
	wrong = drill_packet_read(&a->packet, a->live->bytes, a->live->len,
				  &a->text);
	if (wrong) {
		drill_line_print(&line, &a->packet, a->at_ns);
		return drill_run_fail(r, e,
				      "a packet was sent that is "
				      "malformed: %s\n  actual   %s",
				      wrong, line.text);
	}
	flow = drill_flow_find(&r->flows, a->packet.sport, a->packet.dport);
	if (a->packet.protocol == DRILL_ICMP || !flow)
		flow = r->flows.current;
	a->text_pos = drill_flow_from_live(flow, &r->set, expected, &a->packet);
	a->text_known = flow->text_out_known &&
			a->packet.protocol == DRILL_TCP && flow->local_known;
	return true;
}

static bool check_text(struct drill_run *r, const struct drill_event *e,
		       const struct arrived *a)
{
	uint32_t i;

	/* A probe may carry a byte of before the stream. */
	if (!a->text_known || a->text_pos > INT32_MAX)
		return true;
	for (i = 0; i < a->packet.len; i++)
		if (a->text[i] != drill_pattern(false, a->text_pos + i))
			return drill_run_fail(
				r, e,
				"byte %u of the stream is not what was "
				"written",
				a->text_pos + i + 1);
	return true;
}

static bool check(struct drill_run *r, const struct drill_event *e,
		  const struct drill_packet *expected, const struct window *w,
		  const struct arrived *a)
{
	unsigned int differ;

	differ = drill_packet_compare(expected, &a->packet,
				      r->set.ts_tick_us > 0);
	if (a->at_ns < w->first || a->at_ns > w->last)
		differ |= DRILL_FIELD_BIT(DRILL_FIELD_TIME);
	if (differ && r->set.lenient_packets) {
		drill_run_tell(r, "(this differs)");
		return true;
	}
	if (differ)
		return fail_unlike(r, e, expected, a, differ);
	return check_text(r, e, a);
}

/* True if what came is a part of what is expected. */
static bool is_part(const struct drill_run *r,
		    const struct drill_packet *expected,
		    const struct drill_packet *actual, uint32_t size)
{
	if (r->set.strict_segments || expected->protocol != DRILL_TCP ||
	    actual->protocol != DRILL_TCP)
		return false;
	if (r->set.mss && actual->len != r->set.mss)
		return false;
	return actual->len > 0 && actual->len == size &&
	       actual->len < expected->len;
}

static void finish(struct drill_run *r, struct arrived *a)
{
	if (a->live) {
		if (a->at_ns > r->last_ns)
			r->last_ns = a->at_ns;
		drill_run_tell(r, "%s", r->event->source);
	}
	free(a->live);
	a->live = NULL;
}

/* The parts of a segment one after the other, the last one with its flags. */
static bool check_parts(struct drill_run *r, const struct drill_event *e,
			struct drill_packet *expected, const struct window *w,
			struct arrived *a)
{
	const uint32_t size = a->packet.len;

	while (is_part(r, expected, &a->packet, size)) {
		struct drill_packet part = *expected;
		bool ok;

		part.len = a->packet.len;
		part.flags &= (uint16_t)~SEGMENT_ENDS;
		part.flags |= a->packet.flags & TERN_PSH;
		ok = check(r, e, &part, w, a);
		free(a->live);
		a->live = NULL;
		expected->seq += part.len;
		expected->len -= part.len;
		if (!ok || !take(r, e, expected, w, a))
			return false;
	}
	return check(r, e, expected, w, a);
}

bool drill_run_outbound(struct drill_run *r, const struct drill_event *e)
{
	struct drill_packet expected = *e->packet;
	const struct window w = window_of(r, e);
	struct arrived a = {.live = NULL};
	const struct drill_flow *flow;
	bool ok;

	flow = drill_flow_of(&r->flows, &r->set, &expected, false);
	expected.src = r->set.local;
	expected.dst = r->set.remote;
	expected.sport = flow->lport;
	expected.dport = flow->rport;
	ok = take(r, e, &expected, &w, &a) &&
	     check_parts(r, e, &expected, &w, &a);
	if (ok)
		finish(r, &a);
	free(a.live);
	return ok;
}
