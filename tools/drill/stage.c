/* SPDX-License-Identifier: ISC */
/*
 * stage.c - the stack under test, and its virtual clock
 *
 * The stack's invariants are checked after whatever it did: a script that
 * breaks one has found something, wherever it would show.
 */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/libc.h>
#include <tern/netif.h>

#define MEMORY_LIMIT (512u << 20)

static int add_interface(struct drill_stage *s,
			 const struct drill_settings *set)
{
	struct tern_if_config c = {.flags = TERN_IF_POINTOPOINT,
				   .mtu = set->mtu};
	struct tern_route r = {.prefix_len = 0};
	int err;

	snprintf(c.name, sizeof(c.name), "%s", DRILL_DEVICE);
	s->ifindex = tern_if_add(s->stack, &c);
	if (s->ifindex < 0)
		return s->ifindex;
	err = tern_addr_add(s->stack, s->ifindex, set->local, set->prefix_len);
	if (err)
		return err;
	r.ifindex = s->ifindex;
	return tern_route_add(s->stack, &r);
}

int drill_stage_open(struct drill_stage *s, const struct drill_settings *set,
		     uint64_t max_steps)
{
	struct tern_config c;
	int err;

	memset(s, 0, sizeof(*s));
	s->target = &drill_target_stack;
	s->end = &s->first;
	s->origin = s->stamp_origin = s->now = 1000 * TERN_S;
	s->steps_left = max_steps;
	tern_config_init(&c);
	c.alloc = tern_libc_allocator();
	c.memory_limit = MEMORY_LIMIT;
	memset(c.seed, 0x7e, sizeof(c.seed));
	err = tern_create(&s->stack, &c, s->now);
	if (err)
		return err;
	err = add_interface(s, set);
	if (err)
		drill_stage_close(s);
	return err;
}

void drill_stage_close(struct drill_stage *s)
{
	if (s->target)
		s->target->close(s);
	drill_tunables_free(&s->tunables);
}

bool drill_live_put(struct drill_stage *s, struct drill_live *l)
{
	if (s->n_live == DRILL_LIVE_MAX) {
		s->flooded = true;
		free(l);
		return false;
	}
	l->next = NULL;
	*s->end = l;
	s->end = &l->next;
	s->n_live++;
	return true;
}

struct drill_live *drill_live_take(struct drill_stage *s)
{
	struct drill_live *l = s->first;

	if (!l)
		return NULL;
	s->first = l->next;
	if (!s->first)
		s->end = &s->first;
	s->n_live--;
	return l;
}

int64_t drill_stage_time(const struct drill_stage *s)
{
	return (int64_t)(s->now - s->origin);
}

int64_t drill_stage_answered(const struct drill_stage *s)
{
	if (!s->target->blocks)
		return drill_stage_time(s);
	return (int64_t)(s->answered - s->origin);
}

void drill_stage_settle(struct drill_stage *s)
{
	s->target->settle(s);
}

bool drill_stage_step(struct drill_stage *s, int64_t until_ns)
{
	return s->target->step(s, until_ns);
}

int drill_stage_input(struct drill_stage *s, const uint8_t *bytes, uint32_t len)
{
	return s->target->input(s, bytes, len);
}

struct drill_live *drill_stage_take(struct drill_stage *s)
{
	return s->target->take(s);
}
