/* SPDX-License-Identifier: ISC */
/*
 * shake_judge.c - what really happened, for a scenario to compare its promises
 * with
 */
#include <stdarg.h>
#include <string.h>

#include "shake.h"

#include "sim/host.h"

void shake_promise(struct shake *s, bool kept, const char *format, ...)
{
	struct shake_promise *p;
	va_list args;

	if (s->n_promises == SHAKE_PROMISES)
		return;
	p = &s->promise[s->n_promises++];
	p->kept = kept && !s->failed;
	va_start(args, format);
	vsnprintf(p->text, sizeof(p->text), format, args);
	va_end(args);
}

bool shake_all_kept(const struct shake *s)
{
	unsigned int i;

	for (i = 0; i < s->n_promises; i++)
		if (!s->promise[i].kept)
			return false;
	return s->n_promises > 0 && !s->failed;
}

bool shake_flow_is(const struct shake *s, unsigned int from, const char *flow)
{
	unsigned int i;

	for (i = from; i < s->n_steps; i++) {
		const struct shake_step *st = &s->step[i];
		char word[64], flags[SHAKE_FLAGS];
		size_t len;

		if (st->type != SHAKE_SEGMENT)
			continue;
		len = (size_t)snprintf(word, sizeof(word), "%c:%s%s",
				       st->side == CLIENT ? 'C' : 'S',
				       shake_flags(st->seg.flags, flags),
				       st->lost		      ? "*"
				       : shake_is_refused(st) ? "!"
							      : "");
		while (*flow == ' ')
			flow++;
		if (strncmp(flow, word, len) != 0 ||
		    (flow[len] != ' ' && flow[len] != '\0'))
			return false;
		flow += len;
	}
	return *flow == '\0';
}

static bool is_segment(const struct shake_step *st, enum shake_side side,
		       enum shake_kind kind)
{
	return st->type == SHAKE_SEGMENT && st->side == side &&
	       (kind == SHAKE_ANY || st->kind == kind);
}

unsigned int shake_count(const struct shake *s, unsigned int from,
			 enum shake_side side, enum shake_kind kind)
{
	unsigned int i, n = 0;

	for (i = from; i < s->n_steps; i++)
		n += is_segment(&s->step[i], side, kind);
	return n;
}

unsigned int shake_count_again(const struct shake *s, unsigned int from,
			       enum shake_side side, enum shake_kind kind)
{
	unsigned int i, n = 0;

	for (i = from; i < s->n_steps; i++)
		n += is_segment(&s->step[i], side, kind) && s->step[i].again;
	return n;
}

unsigned int shake_count_timer(const struct shake *s, unsigned int from,
			       enum shake_side side, enum tern_tcp_timer timer)
{
	unsigned int i, n = 0;

	for (i = from; i < s->n_steps; i++)
		n += s->step[i].type == SHAKE_TIMER &&
		     s->step[i].side == side && s->step[i].timer == timer;
	return n;
}

const struct shake_step *shake_nth(const struct shake *s, unsigned int from,
				   enum shake_side side, enum shake_kind kind,
				   unsigned int n)
{
	unsigned int i;

	for (i = from; i < s->n_steps; i++)
		if (is_segment(&s->step[i], side, kind) && n-- == 0)
			return &s->step[i];
	return NULL;
}

bool shake_is_about(tern_time a, tern_time b)
{
	return (a > b ? a - b : b - a) < 2 * TERN_MS;
}

bool shake_waits_double(const struct shake *s, unsigned int from,
			enum shake_side side, enum shake_kind kind,
			unsigned int n)
{
	unsigned int i;

	for (i = 0; i + 2 < n; i++) {
		const struct shake_step *a = shake_nth(s, from, side, kind, i);
		const struct shake_step *b =
			shake_nth(s, from, side, kind, i + 1);
		const struct shake_step *c =
			shake_nth(s, from, side, kind, i + 2);

		if (!c || !shake_is_about(c->sent_at - b->sent_at,
					  2 * (b->sent_at - a->sent_at)))
			return false;
	}
	return n > 2;
}

static bool is_end_of(const struct tern_tuple *t, enum shake_side side,
		      const struct tern_tuple *seen)
{
	if (side == CLIENT)
		return t->laddr == seen->laddr && t->lport == seen->lport &&
		       t->raddr == seen->raddr && t->rport == seen->rport;
	return t->laddr == seen->raddr && t->lport == seen->rport &&
	       t->raddr == seen->laddr && t->rport == seen->lport;
}

bool shake_sockinfo(struct shake *s, enum shake_side side, int conn,
		    struct tern_sockinfo *info)
{
	uint64_t cursor = 0;

	if (s->failed || conn >= s->n_conns)
		return false;
	while (tern_sockets(sim_host_look(s->host[side]), &cursor, info, 1) > 0)
		if (is_end_of(&s->conn[conn].tuple, side, &info->tuple))
			return true;
	return false;
}

enum tern_tcp_state shake_state(struct shake *s, enum shake_side side, int conn)
{
	struct tern_sockinfo info;

	return shake_sockinfo(s, side, conn, &info) ? info.state
						    : TERN_TCP_CLOSED;
}

uint64_t shake_counter(const struct shake *s, enum shake_side side,
		       enum tern_counter counter)
{
	return s->failed ? 0
			 : tern_counter(sim_host_look(s->host[side]), counter);
}

static bool path_begins(const struct shake_conn *c, enum shake_side side,
			int at, va_list states)
{
	int state = va_arg(states, int);

	for (; state >= 0; at++, state = va_arg(states, int))
		if (at >= c->n_path[side] || (int)c->path[side][at] != state)
			return false;
	return true;
}

bool shake_went(const struct shake *s, enum shake_side side, int conn, ...)
{
	int at;

	if (conn >= s->n_conns)
		return false;
	for (at = 0; at < s->conn[conn].n_path[side]; at++) {
		bool found;
		va_list states;

		va_start(states, conn);
		found = path_begins(&s->conn[conn], side, at, states);
		va_end(states);
		if (found)
			return true;
	}
	return false;
}

bool shake_ever_was(const struct shake *s, enum shake_side side, int conn,
		    enum tern_tcp_state state)
{
	return shake_went(s, side, conn, (int)state, -1);
}
