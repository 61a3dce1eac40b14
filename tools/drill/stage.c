/* SPDX-License-Identifier: ISC */
/*
 * stage.c - the stack under test, and its virtual clock
 *
 * The stack's invariants are checked after whatever it did: a script that
 * breaks one has found something, wherever it would show.
 */
#include "stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/libc.h>
#include <tern/netif.h>

#define MEMORY_LIMIT (512u << 20)
#define LIVE_MAX     200000 /* packets nobody has asked for yet */
#define BATCH	     32

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
	s->end = &s->first;
	s->origin = s->now = 1000 * TERN_S;
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
	struct drill_live *l;

	while ((l = drill_stage_take(s)))
		free(l);
	if (s->stack)
		tern_destroy(s->stack);
	s->stack = NULL;
}

int64_t drill_stage_time(const struct drill_stage *s)
{
	return (int64_t)(s->now - s->origin);
}

static void keep(struct drill_stage *s, struct tern_frame *f)
{
	struct drill_live *l = malloc(sizeof(*l) + f->len);

	if (l && s->n_live < LIVE_MAX) {
		l->next = NULL;
		l->at_ns = drill_stage_time(s);
		l->len = tern_frame_read(f, 0, l->bytes, f->len);
		*s->end = l;
		s->end = &l->next;
		s->n_live++;
	} else {
		free(l);
		s->steps_left = 0;
	}
	tern_frame_release(f);
}

void drill_stage_settle(struct drill_stage *s)
{
	struct tern_frame frames[BATCH];
	int n, i;

	tern_advance(s->stack, s->now);
	do {
		n = tern_output(s->stack, s->ifindex, frames, BATCH, s->now);
		for (i = 0; i < n; i++)
			keep(s, &frames[i]);
	} while (n > 0);
	tern_selfcheck(s->stack);
}

bool drill_stage_step(struct drill_stage *s, int64_t until_ns)
{
	const tern_time until = s->origin + (tern_time)until_ns;
	tern_time next = tern_deadline(s->stack);

	if (until_ns <= drill_stage_time(s) || s->steps_left == 0)
		return false;
	s->steps_left--;
	if (next > until)
		next = until;
	/* A deadline that has come and does not go must not stop the clock. */
	s->now = next > s->now ? next : s->now + 1;
	drill_stage_settle(s);
	return true;
}

int drill_stage_input(struct drill_stage *s, const uint8_t *bytes, uint32_t len)
{
	struct tern_frame f;

	if (tern_frame_copy(&f, tern_blocks(s->stack), bytes, len))
		return -ENOBUFS;
	tern_input(s->stack, s->ifindex, &f, 1, s->now);
	drill_stage_settle(s);
	return 0;
}

struct drill_live *drill_stage_take(struct drill_stage *s)
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
