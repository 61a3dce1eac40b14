/* SPDX-License-Identifier: ISC */
/*
 * flow.c - the connections of a script, and their numbers
 */
#include "flow.h"

#include <stdlib.h>
#include <string.h>

void drill_flows_free(struct drill_flows *f)
{
	while (f->all) {
		struct drill_flow *next = f->all->next;

		free(f->all->stamps);
		free(f->all);
		f->all = next;
	}
	f->current = NULL;
}

struct drill_flow *drill_flow_find(const struct drill_flows *f, uint16_t lport,
				   uint16_t rport)
{
	struct drill_flow *x;

	for (x = f->all; x; x = x->next)
		if (x->lport == lport && x->rport == rport)
			return x;
	return NULL;
}

struct drill_flow *drill_flow_use(struct drill_flows *f, uint16_t lport,
				  uint16_t rport)
{
	struct drill_flow *x = drill_flow_find(f, lport, rport);

	if (!x) {
		x = drill_grow(NULL, 1, sizeof(*x));
		memset(x, 0, sizeof(*x));
		x->lport = lport;
		x->rport = rport;
		x->text_in_known = x->text_out_known = true;
		x->next = f->all;
		f->all = x;
	}
	f->current = x;
	return x;
}

struct drill_flow *drill_flow_of(struct drill_flows *f,
				 const struct drill_settings *set,
				 const struct drill_packet *p, bool inbound)
{
	if (p->has_ports && p->protocol != DRILL_ICMP)
		return inbound ? drill_flow_use(f, p->dport, p->sport)
			       : drill_flow_use(f, p->sport, p->dport);
	if (f->current)
		return f->current;
	return drill_flow_use(f, set->bind_port, set->remote_port);
}

static void add_stamp(struct drill_flow *f, uint32_t script, uint32_t live)
{
	if (f->n_stamps == f->stamps_size) {
		f->stamps_size = f->stamps_size ? 2 * f->stamps_size : 16;
		f->stamps = drill_grow(f->stamps, f->stamps_size,
				       sizeof(*f->stamps));
	}
	f->stamps[f->n_stamps++] = (struct drill_stamp){script, live};
}

/* What the stack had sent when the script says `script`; the latest, if the
 * script says the same of several. */
static uint32_t live_stamp(const struct drill_flow *f, uint32_t script)
{
	size_t i;

	for (i = f->n_stamps; i > 0; i--)
		if (f->stamps[i - 1].script == script)
			return f->stamps[i - 1].live;
	return script;
}

static void options_to_live(const struct drill_flow *f, struct drill_packet *p)
{
	int i, k;

	for (i = 0; i < p->n_options; i++) {
		struct drill_option *o = &p->option[i];

		if (o->kind == DRILL_OPT_TS)
			o->u.number[1] = live_stamp(f, o->u.number[1]);
		if (o->kind == DRILL_OPT_SACK)
			for (k = 0; k < o->n; k++)
				o->u.number[k] += f->local_offset;
	}
}

/* What an inbound segment says about the connection as such. */
static void note_inbound(struct drill_flow *f, const struct drill_packet *p)
{
	if (p->flags & TERN_RST)
		f->local_renew = true;
	if (!(p->flags & TERN_SYN))
		return;
	if (!f->remote_known || f->local_renew)
		f->remote_isn = p->seq;
	if (!(p->flags & TERN_ACK) &&
	    (!f->remote_known || p->seq != f->remote_isn))
		f->local_renew = true;
	f->remote_known = true;
}

/* A SYN may be refused; the one that counts is the one that a SYN,ACK takes. */
static void note_outbound(struct drill_flow *f, const struct drill_packet *p)
{
	if (p->flags & TERN_RST)
		f->local_renew = true;
	if (!(p->flags & TERN_SYN))
		return;
	f->remote_known = p->flags & TERN_ACK;
	f->remote_isn = p->ack - 1;
}

static void icmp_to_live(const struct drill_flow *f, struct drill_packet *p)
{
	p->sport = f->lport; /* of what is quoted */
	p->dport = f->rport;
	if (p->quote == DRILL_QUOTE_NONE)
		p->quote = DRILL_QUOTE_TCP;
	p->seq += f->local_offset;
}

uint32_t drill_flow_to_live(struct drill_flow *f,
			    const struct drill_settings *set,
			    const struct drill_packet *script,
			    struct drill_packet *live)
{
	*live = *script;
	live->src = script->src ? script->src : set->remote;
	live->dst = script->dst ? script->dst : set->local;
	live->sport = f->rport;
	live->dport = f->lport;
	if (script->protocol == DRILL_ICMP) {
		icmp_to_live(f, live);
		return 0;
	}
	if (script->protocol == DRILL_UDP)
		return 0;
	note_inbound(f, script);
	if (script->has_ack)
		live->ack += f->local_offset;
	if (script->flags & TERN_URG)
		f->text_in_known = false; /* a byte may leave the stream */
	options_to_live(f, live);
	if (script->flags & TERN_SYN)
		return 0;
	return script->seq - f->remote_isn - 1;
}

static struct drill_option *stamps_of(struct drill_packet *p)
{
	int i;

	for (i = 0; i < p->n_options; i++)
		if (p->option[i].kind == DRILL_OPT_TS)
			return &p->option[i];
	return NULL;
}

static void learn_stamp(struct drill_flow *f, const struct drill_settings *set,
			const struct drill_packet *script,
			struct drill_packet *live)
{
	const struct drill_option *s = drill_option_find(script, DRILL_OPT_TS);
	struct drill_option *l = stamps_of(live);
	int64_t off, room;

	if (!l)
		return;
	if (s)
		add_stamp(f, s->u.number[0], l->u.number[0]);
	if (s && !f->clock_known) {
		f->clock = f->stamps[f->n_stamps - 1];
		f->clock_known = true;
	}
	l->u.number[0] += f->clock.script - f->clock.live;
	if (!s || !set->ts_tick_us)
		return;
	off = (int32_t)(l->u.number[0] - s->u.number[0]);
	room = set->tolerance_ns / 1000 / set->ts_tick_us + 1;
	if (off >= -room && off <= room)
		l->u.number[0] = s->u.number[0];
}

uint32_t drill_flow_from_live(struct drill_flow *f,
			      const struct drill_settings *set,
			      const struct drill_packet *script,
			      struct drill_packet *live)
{
	if (live->protocol != DRILL_TCP)
		return 0; /* what it quotes has the peer's numbers */
	if (live->flags & TERN_SYN && (!f->local_known || f->local_renew)) {
		f->local_known = true;
		f->local_renew = f->clock_known = false;
		f->local_offset = live->seq - script->seq;
		f->local_isn = script->seq;
	}
	note_outbound(f, live);
	learn_stamp(f, set, script, live);
	live->seq -= f->local_offset;
	return live->seq - f->local_isn - !(live->flags & TERN_SYN);
}
