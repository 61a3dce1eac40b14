/* SPDX-License-Identifier: ISC */
/*
 * host.c - a simulated host: a stack, its listeners and its programs
 */
#include "host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"

static void trace(void *ctx, const struct tern_event *ev)
{
	struct sim_host *h = ctx;
	int i;

	for (i = 0; i < h->n_tracers; i++)
		h->tracer[i].fn(h->tracer[i].ctx, ev);
}

static int make_stack(struct sim_host *h)
{
	struct sim_chance seeds = {sim_scramble(h->seed) + h->n_restarts};
	struct tern_config c;
	size_t i;

	tern_config_init(&c);
	c.alloc = sim_ledger_allocator(&h->ledger);
	if (h->config.memory_limit)
		c.memory_limit = h->config.memory_limit;
	if (h->config.max_sockets)
		c.max_sockets = h->config.max_sockets;
	for (i = 0; i < sizeof(c.seed); i++)
		c.seed[i] = (uint8_t)sim_chance_u64(&seeds);
	if (!h->config.untraced) {
		c.trace = trace;
		c.trace_ctx = h;
	}
	return tern_create(&h->stack, &c, h->world->now);
}

struct sim_host *sim_host_create(struct sim_world *w,
				 const struct sim_host_config *c)
{
	struct sim_host *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->world = w;
	h->config = *c;
	snprintf(h->name, sizeof(h->name), "%s", c->name);
	h->config.name = h->name;
	h->seed = w->seed ^ sim_scramble(w->n_hosts + 1);
	if (make_stack(h)) {
		free(h);
		return NULL;
	}
	w->n_hosts++;
	*w->hosts_end = h;
	w->hosts_end = &h->next;
	return h;
}

void sim_host_free(struct sim_host *h)
{
	free(h->program);
	free(h);
}

const char *sim_host_name(const struct sim_host *h)
{
	return h->name;
}

struct sim_world *sim_host_world(const struct sim_host *h)
{
	return h->world;
}

size_t sim_host_memory(const struct sim_host *h)
{
	return h->ledger.bytes;
}

struct tern *sim_host_stack(struct sim_host *h)
{
	h->touched = true;
	if (h->stack && tern_now(h->stack) < h->world->now)
		tern_advance(h->stack, h->world->now);
	return h->stack;
}

const struct tern *sim_host_look(const struct sim_host *h)
{
	return h->stack;
}

int sim_host_restart(struct sim_host *h)
{
	struct sim_wire *wire;
	int err, i;

	tern_destroy(h->stack);
	h->stack = NULL;
	h->n_restarts++;
	err = make_stack(h);
	if (err)
		return err;
	h->touched = true;
	for (wire = h->world->wires; wire; wire = wire->next)
		for (i = 0; i < 2; i++)
			if (wire->end[i].host == h && !err)
				err = sim_wire_attach(wire, i);
	return err;
}

int sim_host_add_tracer(struct sim_host *h, tern_trace_fn *fn, void *ctx)
{
	if (h->config.untraced)
		return -EINVAL;
	if (h->n_tracers == SIM_HOST_TRACERS)
		return -ENOSPC;
	h->tracer[h->n_tracers++] = (struct sim_tracer){fn, ctx};
	return 0;
}

int sim_host_add_program(struct sim_host *h, sim_program_fn *fn, void *ctx)
{
	if (h->n_programs == h->programs_size) {
		size_t size = h->programs_size ? 2 * h->programs_size : 4;
		struct sim_program *p = realloc(h->program, size * sizeof(*p));

		if (!p)
			return -ENOMEM;
		h->program = p;
		h->programs_size = size;
	}
	h->program[h->n_programs++] = (struct sim_program){fn, ctx};
	h->touched = true;
	return 0;
}

void sim_host_remove_program(struct sim_host *h, const void *ctx)
{
	size_t i, kept = 0;

	for (i = 0; i < h->n_programs; i++)
		if (h->program[i].ctx != ctx)
			h->program[kept++] = h->program[i];
	h->n_programs = kept;
}

void sim_host_wake(struct sim_host *h)
{
	h->touched = true;
}

bool sim_host_run(struct sim_host *h)
{
	tern_time now = h->world->now;
	bool busy = false;
	size_t i;

	if (!h->stack || (!h->touched && tern_deadline(h->stack) > now))
		return false;
	h->active = true;
	h->touched = false;
	tern_advance(h->stack, now);
	/* A program may add programs; it takes away only itself. */
	for (i = 0; i < h->n_programs; i++)
		busy |= h->program[i].fn(h->program[i].ctx);
	/* What the programs did may be for the loopback interface. */
	h->touched = busy;
	return true;
}
