/* SPDX-License-Identifier: ISC */
/*
 * world.c - the clock of a world, and the order in which things happen
 *
 * A step settles the instant: hosts run and frames move, round after round,
 * until a round has nothing to do.  Then the clock jumps to the next call,
 * timer or arrival, and the new instant is settled too.  What one instant may
 * cost is bounded, so that two ends which answer each other for ever without
 * time passing are reported and do not hang the program.
 */
#include "world.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "parts.h"

/* More rounds than any real instant needs, over in seconds. */
#define ROUNDS_MAX 1000000

static void *ledger_alloc(void *ctx, size_t size)
{
	struct sim_ledger *ledger = ctx;
	void *p = malloc(size);

	if (p) {
		ledger->bytes += size;
		ledger->pieces++;
	}
	return p;
}

static void ledger_free(void *ctx, void *p, size_t size)
{
	struct sim_ledger *ledger = ctx;

	if (!p)
		return;
	ledger->bytes -= size;
	ledger->pieces--;
	free(p);
}

struct tern_allocator sim_ledger_allocator(struct sim_ledger *ledger)
{
	return (struct tern_allocator){ledger_alloc, ledger_free, ledger};
}

struct sim_world *sim_world_create(uint64_t seed)
{
	struct sim_world *w = calloc(1, sizeof(*w));
	struct tern_allocator alloc;

	if (!w)
		return NULL;
	alloc = sim_ledger_allocator(&w->ledger);
	w->blocks = tern_block_pool_create(&alloc, SIZE_MAX / 2);
	if (!w->blocks) {
		free(w);
		return NULL;
	}
	w->seed = seed;
	w->chance.state = sim_scramble(seed);
	w->hosts_end = &w->hosts;
	w->wires_end = &w->wires;
	w->check = true;
	return w;
}

size_t sim_world_destroy(struct sim_world *w)
{
	struct sim_host *h, *next_host;
	struct sim_wire *wire, *next_wire;
	size_t left = 0;

	if (!w)
		return 0;
	for (wire = w->wires; wire; wire = next_wire) {
		next_wire = wire->next;
		sim_wire_free(wire);
	}
	/* A stack's blocks may be held by another, so all of them go first. */
	for (h = w->hosts; h; h = h->next) {
		tern_destroy(h->stack);
		h->stack = NULL;
	}
	tern_block_pool_destroy(w->blocks);
	for (h = w->hosts; h; h = next_host) {
		next_host = h->next;
		left += h->ledger.bytes;
		sim_host_free(h);
	}
	left += w->ledger.bytes;
	sim_agenda_clear(&w->agenda);
	free(w);
	return left;
}

tern_time sim_world_now(const struct sim_world *w)
{
	return w->now;
}

uint64_t sim_world_seed(const struct sim_world *w)
{
	return w->seed;
}

struct sim_chance *sim_world_chance(struct sim_world *w)
{
	return &w->chance;
}

struct tern_block_pool *sim_world_blocks(struct sim_world *w)
{
	return w->blocks;
}

void sim_world_set_check(struct sim_world *w, bool check)
{
	w->check = check;
}

const char *sim_world_error(const struct sim_world *w)
{
	return w->error;
}

int sim_world_at(struct sim_world *w, tern_time at, sim_call_fn *fn, void *ctx)
{
	return sim_agenda_add(&w->agenda, at, fn, ctx);
}

void sim_world_forget(struct sim_world *w, const void *ctx)
{
	sim_agenda_forget(&w->agenda, ctx);
}

int sim_world_fail(struct sim_world *w, int err, const char *format, ...)
{
	va_list args;

	if (w->failed)
		return w->failed;
	w->failed = err;
	va_start(args, format);
	vsnprintf(w->error, sizeof(w->error), format, args);
	va_end(args);
	return err;
}

static tern_time earlier(tern_time a, tern_time b)
{
	return a < b ? a : b;
}

tern_time sim_world_next(const struct sim_world *w)
{
	tern_time next = sim_agenda_next(&w->agenda);
	const struct sim_host *h;
	const struct sim_wire *wire;

	for (h = w->hosts; h; h = h->next)
		if (h->stack)
			next = earlier(next, h->touched
						     ? w->now
						     : tern_deadline(h->stack));
	for (wire = w->wires; wire; wire = wire->next)
		next = earlier(next, sim_wire_deadline(wire));
	return next > w->now ? next : w->now;
}

/* Makes the calls that are due.  True if there were any. */
static bool make_calls(struct sim_world *w)
{
	bool any = false;

	while (sim_agenda_next(&w->agenda) <= w->now) {
		struct sim_call call = sim_agenda_take(&w->agenda);

		call.fn(call.ctx);
		any = true;
		if (++w->rounds > ROUNDS_MAX)
			break;
	}
	return any;
}

static bool run_round(struct sim_world *w)
{
	struct sim_host *h;
	struct sim_wire *wire;
	bool any = make_calls(w);

	for (h = w->hosts; h; h = h->next)
		any |= sim_host_run(h);
	for (wire = w->wires; wire; wire = wire->next)
		any |= sim_wire_run(wire);
	return any;
}

static void check_hosts(struct sim_world *w)
{
	struct sim_host *h;

	for (h = w->hosts; h; h = h->next) {
		if (h->active && w->check && h->stack)
			tern_selfcheck(h->stack);
		h->active = false;
	}
}

int sim_world_settle(struct sim_world *w)
{
	while (!w->failed && run_round(w))
		if (++w->rounds > ROUNDS_MAX)
			sim_world_fail(w, -ELOOP,
				       "the instant %llu ns does not end",
				       (unsigned long long)w->now);
	check_hosts(w);
	return w->failed;
}

int sim_world_step(struct sim_world *w, tern_time limit)
{
	tern_time next;
	int err = sim_world_settle(w);

	if (err)
		return err;
	next = sim_world_next(w);
	if (next > limit || next == TERN_NEVER) {
		if (limit != TERN_NEVER && limit > w->now)
			w->now = limit;
		return 0;
	}
	if (next > w->now)
		w->rounds = 0;
	else if (++w->rounds > ROUNDS_MAX)
		return sim_world_fail(w, -ELOOP,
				      "a deadline of %llu ns does not pass",
				      (unsigned long long)w->now);
	w->now = next;
	err = sim_world_settle(w);
	return err ? err : 1;
}

int sim_world_run_until(struct sim_world *w, tern_time t)
{
	int r;

	do
		r = sim_world_step(w, t);
	while (r > 0);
	return r;
}

int sim_world_run_for(struct sim_world *w, tern_time length)
{
	return sim_world_run_until(w, w->now + length);
}

int sim_world_run_while(struct sim_world *w, sim_cond_fn *cond, void *ctx,
			tern_time limit)
{
	int r = sim_world_settle(w);

	while (!r && cond(ctx)) {
		r = sim_world_step(w, limit);
		if (r == 0)
			return cond(ctx) ? -ETIMEDOUT : 0;
		if (r > 0)
			r = 0;
	}
	return r;
}
