/* SPDX-License-Identifier: ISC */
/*
 * wire.c - a wire: a memory pipe, the impairment on it, an interface per end
 */
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/netif.h>

#include "parts.h"

static bool on_frame(void *ctx, bool tx, const struct tern_frame *f,
		     tern_time now)
{
	struct sim_wire *wire = ctx;
	int from = tx ? 0 : 1;
	bool lost = wire->is_cut;

	if (!lost && wire->filter)
		lost = wire->filter(wire->filter_ctx, from, f, now);
	if (wire->watch)
		wire->watch(wire->watch_ctx, from, f, lost, now);
	return lost;
}

static int make_links(struct sim_wire *wire, const struct sim_wire_config *c)
{
	struct tern_allocator alloc =
		sim_ledger_allocator(&wire->world->ledger);
	const struct tern_pipe_config pipe = {
		.alloc = alloc,
		.flags = c->flags,
		.mtu = c->mtu ? c->mtu : 1500,
		.depth = c->depth,
	};
	const struct tern_impair_config impair = {
		.alloc = alloc,
		.blocks = wire->world->blocks,
		.seed = sim_chance_u64(&wire->world->chance),
		.tx = c->dir[0],
		.rx = c->dir[1],
	};
	const struct tern_capture_config capture = {
		.alloc = alloc,
		.write = c->capture,
		.write_ctx = c->capture_ctx,
		.header = c->capture_index == 0,
		.interface = c->capture_index,
		.name = wire->name,
	};
	struct tern_link *ends[2];
	int err = tern_pipe_create(ends, &pipe);

	if (err)
		return err;
	wire->end[0].link = ends[0];
	wire->end[1].link = ends[1];
	err = tern_impair_create(&wire->impair, ends[0], &impair);
	if (err)
		return err;
	wire->end[0].link = wire->impair;
	tern_impair_filter(wire->impair, on_frame, wire);
	if (!c->capture)
		return 0;
	return tern_capture_create(&wire->end[0].link, wire->impair, &capture);
}

int sim_wire_attach(struct sim_wire *wire, int end)
{
	struct sim_end *e = &wire->end[end];
	struct tern_if_config c = {.flags = e->link->flags,
				   .mtu = e->link->mtu};
	int r;

	memcpy(c.name, wire->name, sizeof(c.name));
	memcpy(c.mac, e->link->mac, sizeof(c.mac));
	r = tern_if_add(e->host->stack, &c);
	if (r < 0)
		return r;
	e->ifindex = r;
	if (e->prefix_len < 0)
		return 0;
	return tern_addr_add(e->host->stack, r, e->addr, e->prefix_len);
}

static int make_end(struct sim_wire *wire, int end,
		    const struct sim_wire_config *c)
{
	struct sim_end *e = &wire->end[end];
	int err;

	e->host = c->host[end];
	e->prefix_len = -1;
	if (!e->host)
		return 0;
	e->held = calloc(SIM_BATCH, sizeof(*e->held));
	if (!e->held)
		return -ENOMEM;
	if (c->addr[end]) {
		err = tern_parse_prefix(c->addr[end], &e->addr, &e->prefix_len);
		if (err)
			return err;
	}
	return sim_wire_attach(wire, end);
}

static void detach(const struct sim_end *e)
{
	if (e->ifindex > 0)
		tern_if_remove(e->host->stack, e->ifindex);
}

int sim_wire_create(struct sim_wire **out, struct sim_world *w,
		    const struct sim_wire_config *c)
{
	struct sim_wire *wire = calloc(1, sizeof(*wire));
	int err;

	*out = NULL;
	if (!wire)
		return -ENOMEM;
	wire->world = w;
	snprintf(wire->name, sizeof(wire->name), "wire%u", w->n_wires);
	wire->dir[0] = c->dir[0];
	wire->dir[1] = c->dir[1];
	wire->raw = c->raw;
	wire->raw_ctx = c->raw_ctx;
	err = make_links(wire, c);
	if (!err)
		err = make_end(wire, 0, c);
	if (!err)
		err = make_end(wire, 1, c);
	if (err) {
		detach(&wire->end[0]);
		detach(&wire->end[1]);
		sim_wire_free(wire);
		return err;
	}
	w->n_wires++;
	*w->wires_end = wire;
	w->wires_end = &wire->next;
	*out = wire;
	return 0;
}

void sim_wire_free(struct sim_wire *wire)
{
	int i, k;

	for (i = 0; i < 2; i++) {
		struct sim_end *e = &wire->end[i];

		for (k = 0; k < e->n_held; k++)
			tern_frame_release(&e->held[k]);
		free(e->held);
		if (e->link)
			tern_link_close(e->link);
	}
	free(wire);
}

int sim_wire_ifindex(const struct sim_wire *wire, int end)
{
	return wire->end[end].ifindex;
}

void sim_wire_impair(struct sim_wire *wire, const struct tern_impair_dir *from0,
		     const struct tern_impair_dir *from1)
{
	if (from0)
		wire->dir[0] = *from0;
	if (from1)
		wire->dir[1] = *from1;
	tern_impair_set(wire->impair, &wire->dir[0], &wire->dir[1]);
}

void sim_wire_stats(const struct sim_wire *wire, int from,
		    struct tern_impair_stats *stats)
{
	struct tern_impair_stats both[2];

	tern_impair_stats(wire->impair, &both[0], &both[1]);
	*stats = both[from];
}

void sim_wire_cut(struct sim_wire *wire)
{
	wire->is_cut = true;
}

void sim_wire_mend(struct sim_wire *wire)
{
	wire->is_cut = false;
}

bool sim_wire_is_cut(const struct sim_wire *wire)
{
	return wire->is_cut;
}

void sim_wire_filter(struct sim_wire *wire, sim_wire_filter_fn *fn, void *ctx)
{
	wire->filter = fn;
	wire->filter_ctx = ctx;
}

void sim_wire_watch(struct sim_wire *wire, sim_wire_watch_fn *fn, void *ctx)
{
	wire->watch = fn;
	wire->watch_ctx = ctx;
}

void sim_wire_set_raw(struct sim_wire *wire, sim_wire_raw_fn *fn, void *ctx)
{
	wire->raw = fn;
	wire->raw_ctx = ctx;
}

int sim_wire_inject(struct sim_wire *wire, int end, struct tern_frame *f)
{
	struct tern_link *l = wire->end[end].link;

	if (tern_link_send(l, f, 1, wire->world->now) == 1)
		return 0;
	tern_frame_release(f);
	return -ENOBUFS;
}

tern_time sim_wire_deadline(const struct sim_wire *wire)
{
	tern_time a = tern_link_deadline(wire->end[0].link);
	tern_time b = tern_link_deadline(wire->end[1].link);

	return a < b ? a : b;
}

/* Hands frames to the link, and holds back what it does not take. */
static bool send(struct sim_wire *wire, struct sim_end *e,
		 struct tern_frame *frames, int n)
{
	int i, sent;

	sent = tern_link_send(e->link, frames, n, wire->world->now);
	if (sent < 0) {
		sim_world_fail(wire->world, -ENODEV, "%s: %s", wire->name,
			       strerror(-sent));
		sent = 0;
	}
	e->n_held = n - sent;
	if (frames == e->held && sent == 0)
		return false;
	for (i = sent; i < n; i++)
		tern_frame_move(&e->held[i - sent], &frames[i]);
	return sent > 0;
}

static bool transmit(struct sim_wire *wire, struct sim_end *e)
{
	struct sim_world *w = wire->world;
	bool any = false;
	int n;

	if (!e->host || !e->host->stack)
		return false;
	if (e->n_held)
		any = send(wire, e, e->held, e->n_held);
	if (e->n_held || !tern_has_output(e->host->stack, e->ifindex))
		return any;
	n = tern_output(e->host->stack, e->ifindex, w->frames, SIM_BATCH,
			w->now);
	if (n <= 0)
		return any;
	e->host->active = true;
	send(wire, e, w->frames, n);
	return true;
}

static void deliver(struct sim_wire *wire, struct sim_end *e,
		    struct tern_frame *frames, int n)
{
	tern_time now = wire->world->now;
	int i;

	if (e->host && e->host->stack) {
		e->host->touched = true;
		tern_input(e->host->stack, e->ifindex, frames, n, now);
		return;
	}
	for (i = 0; i < n; i++) {
		if (wire->raw && !e->host)
			wire->raw(wire->raw_ctx, &frames[i], now);
		tern_frame_release(&frames[i]);
	}
}

static bool receive(struct sim_wire *wire, struct sim_end *e)
{
	struct sim_world *w = wire->world;
	int n = tern_link_recv(e->link, w->frames, SIM_BATCH, w->now);

	if (n < 0)
		sim_world_fail(w, -ENODEV, "%s: %s", wire->name, strerror(-n));
	if (n <= 0)
		return false;
	deliver(wire, e, w->frames, n);
	return true;
}

bool sim_wire_run(struct sim_wire *wire)
{
	bool any;

	any = transmit(wire, &wire->end[0]);
	any |= transmit(wire, &wire->end[1]);
	any |= receive(wire, &wire->end[0]);
	any |= receive(wire, &wire->end[1]);
	return any;
}
