/* SPDX-License-Identifier: ISC */
/*
 * shake_stage.c - the world that a scenario is played in
 *
 * One wire of 10 ms each way, without Ethernet, so that nothing but TCP is on
 * it.  The wire tells of each segment as it leaves, the stacks' traces tell of
 * its arrival and of everything else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shake.h"

#include "sim/host.h"
#include "sim/wire.h"
#include "sim/world.h"

void shake_fail(struct shake *s, int err, const char *what)
{
	if (s->failed)
		return;
	s->failed = err;
	snprintf(s->failure, sizeof(s->failure), "%s: %s", what,
		 strerror(-err));
}

static int write_capture(void *ctx, const void *bytes, size_t len)
{
	return fwrite(bytes, 1, len, ctx) == len ? 0 : -EIO;
}

/* Takes the first rule that fits the segment, and uses it up by one. */
static struct shake_rule *match(struct shake *s, enum shake_side from,
				enum shake_kind kind, bool telling)
{
	unsigned int i;

	for (i = 0; i < s->n_rules; i++) {
		struct shake_rule *r = &s->rule[i];

		if (r->count == 0 || r->from != from || !r->told == telling)
			continue;
		if (r->kind != kind && r->kind != SHAKE_ANY)
			continue;
		if (r->count != UINT32_MAX)
			r->count--;
		return r;
	}
	return NULL;
}

static bool lose(void *ctx, int from, const struct tern_frame *f, tern_time now)
{
	struct sim_segment seg;

	(void)now;
	if (!sim_segment_read(&seg, f))
		return false;
	return match(ctx, (enum shake_side)from, shake_kind_of(&seg), false);
}

static void watch(void *ctx, int end, const struct tern_frame *f, bool lost,
		  tern_time now)
{
	enum shake_side from = (enum shake_side)end;
	struct shake *s = ctx;
	struct sim_segment seg;
	struct shake_rule *r;

	(void)now;
	if (!sim_segment_read(&seg, f))
		return;
	shake_on_wire(s, from, &seg, lost);
	r = s->failed ? NULL : match(s, from, shake_kind_of(&seg), true);
	if (r)
		s->step[s->n_steps - 1].told = r->told;
}

static void listen_to(struct shake *s, enum shake_side side)
{
	s->ear[side] = (struct shake_ear){s, side};
	if (sim_host_add_tracer(s->host[side], shake_on_trace, &s->ear[side]))
		shake_fail(s, -ENOSPC, "trace");
}

static void make_host(struct shake *s, enum shake_side side, const char *name)
{
	const struct sim_host_config c = {.name = name};

	if (s->failed)
		return;
	s->host[side] = sim_host_create(s->world, &c);
	if (!s->host[side])
		shake_fail(s, -ENOMEM, name);
	else
		listen_to(s, side);
}

static struct sim_wire_config wire_config(struct shake *s, const char *client,
					  const char *server)
{
	struct sim_wire_config c = {
		.host = {s->host[CLIENT], s->host[SERVER]},
		.addr = {client, server},
		.dir = {{.delay_ns = SHAKE_DELAY}, {.delay_ns = SHAKE_DELAY}},
	};

	if (s->capture) {
		c.capture = write_capture;
		c.capture_ctx = s->capture;
		c.capture_index = (*s->n_captured)++;
	}
	return c;
}

static void set_up(struct shake *s, const char *client, const char *server)
{
	s->names[CLIENT] = client;
	s->names[SERVER] = server;
}

void shake_stage(struct shake *s)
{
	struct sim_wire_config c;
	int err;

	make_host(s, CLIENT, "client");
	make_host(s, SERVER, "server");
	if (s->failed)
		return;
	set_up(s, "client 10.0.0.1", "server 10.0.0.2");
	c = wire_config(s, "10.0.0.1/24", "10.0.0.2/24");
	err = sim_wire_create(&s->wire, s->world, &c);
	if (err) {
		shake_fail(s, err, "wire");
		return;
	}
	sim_wire_filter(s->wire, lose, s);
	sim_wire_watch(s->wire, watch, s);
}

void shake_stage_unix(struct shake *s)
{
	make_host(s, SERVER, "host");
	s->host[CLIENT] = s->host[SERVER];
	set_up(s, "client", "server");
}

void shake_stage_raw(struct shake *s)
{
	make_host(s, SERVER, "server");
	set_up(s, "client 10.0.0.1", "server 10.0.0.2");
	shake_add_raw(s, "10.0.0.1/24", "10.0.0.2/24");
}

void shake_add_raw(struct shake *s, const char *addr, const char *host_addr)
{
	struct sim_wire_config c;
	int err;

	if (s->failed)
		return;
	c = wire_config(s, addr, host_addr);
	err = sim_raw_peer_create(&s->raw, s->world, s->host[SERVER], &c);
	if (err) {
		shake_fail(s, err, "raw peer");
		return;
	}
	s->raw_addr = sim_raw_peer_addr(s->raw);
	sim_raw_peer_on_segment(s->raw, shake_on_raw, s);
	sim_wire_filter(sim_raw_peer_wire(s->raw), lose, s);
	sim_wire_watch(sim_raw_peer_wire(s->raw), watch, s);
}

void shake_raw_send(struct shake *s, const struct sim_segment *seg)
{
	if (s->failed)
		return;
	if (sim_raw_peer_send(s->raw, seg, NULL))
		shake_fail(s, -ENOBUFS, "raw peer");
	shake_settle(s);
}

void shake_add_interface(struct shake *s, const char *addr)
{
	const struct sim_wire_config c = {
		.host = {s->host[CLIENT], NULL},
		.addr = {addr, NULL},
	};
	struct sim_wire *wire;
	int err;

	if (s->failed)
		return;
	err = sim_wire_create(&wire, s->world, &c);
	if (err)
		shake_fail(s, err, addr);
}

void shake_cut(struct shake *s)
{
	shake_event(s, SERVER, "the cable is cut");
	if (!s->failed)
		sim_wire_cut(s->wire);
}

void shake_crash(struct shake *s)
{
	shake_event(s, SERVER, "the server loses power, and starts again");
	if (!s->failed && sim_host_restart(s->host[SERVER]))
		shake_fail(s, -ENOMEM, "restart");
	shake_settle(s);
}

void shake_settle(struct shake *s)
{
	if (s->failed)
		return;
	if (sim_world_settle(s->world))
		shake_fail(s, -ELOOP, sim_world_error(s->world));
	shake_sync(s);
}

void shake_run(struct shake *s, tern_time length)
{
	tern_time limit;
	int r = 1;

	shake_settle(s);
	limit = s->failed ? 0 : sim_world_now(s->world) + length;
	while (r > 0 && !s->failed) {
		r = sim_world_step(s->world, limit);
		if (r < 0)
			shake_fail(s, r, sim_world_error(s->world));
		else
			shake_sync(s);
	}
}

bool shake_run_until(struct shake *s, enum shake_side side, int conn,
		     enum tern_tcp_state state, tern_time length)
{
	tern_time limit;
	int r = 1;

	shake_settle(s);
	limit = s->failed ? 0 : sim_world_now(s->world) + length;
	while (!s->failed) {
		if (conn < s->n_conns && s->conn[conn].state[side] == state)
			return true;
		if (r == 0)
			return false;
		r = sim_world_step(s->world, limit);
		if (r < 0)
			shake_fail(s, r, sim_world_error(s->world));
		else
			shake_sync(s);
	}
	return false;
}

static void add_rule(struct shake *s, const struct shake_rule *r)
{
	if (s->n_rules == SHAKE_RULES)
		shake_fail(s, -ENOSPC, "rules");
	else
		s->rule[s->n_rules++] = *r;
}

void shake_lose(struct shake *s, enum shake_side from, enum shake_kind kind,
		unsigned int count)
{
	const struct shake_rule r = {from, kind, count, NULL};

	add_rule(s, &r);
}

void shake_tell(struct shake *s, enum shake_side from, enum shake_kind kind,
		const char *sentence)
{
	const struct shake_rule r = {from, kind, 1, sentence};

	add_rule(s, &r);
}

void shake_note(struct shake *s, const char *sentence)
{
	s->note = sentence;
}

void shake_event(struct shake *s, enum shake_side side, const char *what)
{
	unsigned int i;

	if (s->failed)
		return;
	i = shake_add_step(s, SHAKE_EVENT, side);
	if (!s->failed)
		snprintf(s->step[i].text, SHAKE_TEXT, "%s", what);
}

void shake_fold(struct shake *s, const char *what)
{
	unsigned int i;

	if (s->failed)
		return;
	i = shake_add_step(s, SHAKE_FOLDED, CLIENT);
	if (s->failed)
		return;
	snprintf(s->step[i].text, SHAKE_TEXT, "%s", what);
	s->fold = true;
}

/* The folded step shows how things stand now. */
void shake_unfold(struct shake *s)
{
	unsigned int i = s->n_steps;
	struct shake_step *st;
	int side;

	s->fold = false;
	while (i-- > 0 && s->step[i].type != SHAKE_FOLDED)
		;
	if (s->failed || i >= s->n_steps)
		return;
	st = &s->step[i];
	st->at = sim_world_now(s->world);
	st->end_no = s->n_events++;
	st->conn = s->n_conns - 1;
	st->queues = s->queues;
	for (side = 0; side < 2 && st->conn >= 0; side++) {
		st->state[side] = s->conn[st->conn].state[side];
		st->stateful[side] = shake_has_state(s, st->conn, side);
	}
	s->last[CLIENT] = s->last[SERVER] = -1;
}

void shake_sysctl(struct shake *s, enum shake_side side, const char *name,
		  const char *value)
{
	unsigned int i;
	int err;

	if (s->failed)
		return;
	i = shake_add_step(s, SHAKE_EVENT, side);
	if (s->failed)
		return;
	snprintf(s->step[i].text, SHAKE_TEXT, "sysctl %s=%s", name, value);
	err = tern_sysctl_set(sim_host_stack(s->host[side]), name, value);
	if (err)
		shake_fail(s, err, name);
}

void shake_play(struct shake *s)
{
	s->last[CLIENT] = s->last[SERVER] = -1;
	s->world = sim_world_create(s->seed);
	if (!s->world) {
		shake_fail(s, -ENOMEM, "world");
		return;
	}
	s->scenario->run(s);
}

void shake_free(struct shake *s)
{
	sim_raw_peer_destroy(s->raw);
	if (sim_world_destroy(s->world) && !s->failed)
		shake_fail(s, -ENOMEM, "memory was not given back");
	free(s->step);
	s->step = NULL;
	s->raw = NULL;
	s->world = NULL;
}
