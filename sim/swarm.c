/* SPDX-License-Identifier: ISC */
/*
 * swarm.c - random worlds, played and judged
 *
 * Faults end after a while: what must never happen is watched with them, what
 * must happen at last, without.
 */
#include "swarm.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <tern/info.h>

#include "app.h"
#include "digest.h"
#include "host.h"
#include "plan.h"
#include "wire.h"
#include "world.h"

#define SERVER_ADDR 0x0a000002
#define FIRST_PORT  5000

struct play {
	struct sim_plan plan;
	struct sim_world *world;
	struct sim_host *host[2];
	struct sim_wire *wire;
	struct sim_app *client[SIM_PLAN_CONNS];
	struct sim_server *server[SIM_PLAN_CONNS];
	struct sim_digest digest;
	size_t idle[2][TERN_MEM_N];
	struct sim_verdict *verdict;
};

static int setup(void *ctx, struct tern *n, int fd)
{
	return sim_socket_plan_apply(ctx, n, fd);
}

static void serve(void *ctx, unsigned int i, struct sim_app_config *c)
{
	(void)i;
	*c = *(const struct sim_app_config *)ctx;
}

__attribute__((format(printf, 2, 3))) static bool complain(struct play *p,
							   const char *format,
							   ...)
{
	va_list args;

	if (!p->verdict->error[0]) {
		va_start(args, format);
		vsnprintf(p->verdict->error, sizeof(p->verdict->error), format,
			  args);
		va_end(args);
	}
	return false;
}

static bool begin_hosts(struct play *p)
{
	static const char *const names[2] = {"client", "server"};
	unsigned int i, k;

	for (i = 0; i < 2; i++) {
		const struct sim_host_config c = {.name = names[i]};

		p->host[i] = sim_host_create(p->world, &c);
		if (!p->host[i] ||
		    sim_host_add_tracer(p->host[i], sim_digest_event,
					&p->digest))
			return complain(p, "no memory for a host");
		for (k = 0; k < p->plan.n_sysctls; k++)
			if (tern_sysctl_set(sim_host_stack(p->host[i]),
					    p->plan.sysctl[k][0],
					    p->plan.sysctl[k][1]))
				return complain(p, "sysctl %s",
						p->plan.sysctl[k][0]);
	}
	p->plan.wire.host[0] = p->host[0];
	p->plan.wire.host[1] = p->host[1];
	if (sim_wire_create(&p->wire, p->world, &p->plan.wire))
		return complain(p, "no wire");
	return true;
}

/* Listens for connection i and connects. */
static bool begin_conn(struct play *p, unsigned int i)
{
	struct sim_conn_plan *c = &p->plan.conn[i];
	uint16_t port = (uint16_t)(FIRST_PORT + i);
	struct sockaddr_in any = sim_sockaddr(0, port);
	struct sockaddr_in to = sim_sockaddr(SERVER_ADDR, port);
	int err;

	c->side[0].setup = c->side[1].setup = setup;
	c->side[0].setup_ctx = &p->plan.sockets[0];
	c->side[1].setup_ctx = &p->plan.sockets[1];
	err = sim_server_create(&p->server[i], p->host[1], &any, 5, serve,
				&c->side[1]);
	if (err)
		return complain(p, "server: %s", strerror(-err));
	/* The window of a connection is scaled for the listener's buffer. */
	err = sim_socket_plan_apply(&p->plan.sockets[1],
				    sim_host_stack(p->host[1]),
				    sim_server_fd(p->server[i]));
	if (err)
		return complain(p, "setsockopt: %s", strerror(-err));
	err = sim_app_connect(&p->client[i], p->host[0], &to, &c->side[0]);
	return err ? complain(p, "connect: %s", strerror(-err)) : true;
}

static bool is_over(const struct sim_app *app)
{
	const struct sim_app_status *s = sim_app_status(app);

	return s->phase == SIM_APP_DONE || s->phase == SIM_APP_FAILED;
}

/* A connection that could be aborted before it was accepted has no server. */
static bool apps_run(void *ctx)
{
	const struct play *p = ctx;
	unsigned int i, k;

	for (i = 0; i < p->plan.n_conns; i++) {
		const struct sim_server *s = p->server[i];

		if (!is_over(p->client[i]))
			return true;
		if (!sim_server_n_apps(s) && !p->plan.conn[i].aborts)
			return true;
		for (k = 0; k < sim_server_n_apps(s); k++)
			if (!is_over(sim_server_app(s, k)))
				return true;
	}
	return false;
}

static bool sockets_left(void *ctx)
{
	const struct play *p = ctx;
	struct tern_sockinfo info;
	int i;

	for (i = 0; i < 2; i++) {
		uint64_t cursor = 0;

		if (tern_sockets(sim_host_look(p->host[i]), &cursor, &info, 1))
			return true;
	}
	return false;
}

static bool judge_app(struct play *p, const struct sim_app *app,
		      const struct sim_app_config *c, const char *who)
{
	const struct sim_app_status *s = sim_app_status(app);

	if (s->mismatch)
		return complain(p, "%s: byte %llu is wrong", who,
				(unsigned long long)s->received);
	if (s->phase != SIM_APP_DONE)
		return complain(p,
				"%s: %s after %llu of %llu sent, "
				"%llu of %llu received",
				who, strerror(-s->error),
				(unsigned long long)s->sent,
				(unsigned long long)c->send_bytes,
				(unsigned long long)s->received,
				(unsigned long long)c->recv_bytes);
	if (s->sent != c->send_bytes || s->received != c->recv_bytes)
		return complain(p,
				"%s: %llu of %llu sent, %llu of %llu "
				"received",
				who, (unsigned long long)s->sent,
				(unsigned long long)c->send_bytes,
				(unsigned long long)s->received,
				(unsigned long long)c->recv_bytes);
	return true;
}

/* After a reset only what arrived can be judged. */
static bool judge_prefix(struct play *p, const struct sim_app *app)
{
	const struct sim_app_status *s = sim_app_status(app);

	return s->mismatch ? complain(p, "byte %llu is wrong",
				      (unsigned long long)s->received)
			   : true;
}

static bool judge_conn(struct play *p, unsigned int i)
{
	const struct sim_conn_plan *c = &p->plan.conn[i];
	const struct sim_server *s = p->server[i];
	unsigned int k;

	if (sim_server_error(s))
		return complain(p, "accept: %s",
				strerror(-sim_server_error(s)));
	if (c->aborts) {
		for (k = 0; k < sim_server_n_apps(s); k++)
			if (!judge_prefix(p, sim_server_app(s, k)))
				return false;
		return judge_prefix(p, p->client[i]);
	}
	if (sim_server_n_apps(s) != 1)
		return complain(p, "%u connections were accepted",
				sim_server_n_apps(s));
	return judge_app(p, p->client[i], &c->side[0], "client") &&
	       judge_app(p, sim_server_app(s, 0), &c->side[1], "server");
}

static void note_memory(struct play *p)
{
	int i, m;

	for (i = 0; i < 2; i++)
		for (m = 0; m < TERN_MEM_N; m++)
			p->idle[i][m] = tern_memory(sim_host_look(p->host[i]),
						    (enum tern_mem_purpose)m);
}

/*
 * What belongs to connections must be back where it was before them.  Blocks
 * are kept for reuse; one that is never given back shows when the world ends.
 */
static bool judge_memory(struct play *p)
{
	static const enum tern_mem_purpose purposes[] = {
		TERN_MEM_CONN, TERN_MEM_SYN,  TERN_MEM_TIMEWAIT,
		TERN_MEM_SEND, TERN_MEM_RECV,
	};
	size_t i, k;

	for (i = 0; i < 2; i++)
		for (k = 0; k < sizeof(purposes) / sizeof(purposes[0]); k++) {
			enum tern_mem_purpose m = purposes[k];
			size_t now = tern_memory(sim_host_look(p->host[i]), m);

			if (now != p->idle[i][m])
				return complain(p,
						"%s: %zu bytes of %s, %zu "
						"when idle",
						sim_host_name(p->host[i]), now,
						tern_mem_purpose_name(m),
						p->idle[i][m]);
		}
	return true;
}

static bool ran(struct play *p, int r, const char *what)
{
	if (r == -ETIMEDOUT)
		return complain(p, "%s", what);
	return r ? complain(p, "%s", sim_world_error(p->world)) : true;
}

static void end_conns(struct play *p)
{
	unsigned int i, k;

	for (i = 0; i < p->plan.n_conns; i++) {
		struct sim_server *s = p->server[i];

		if (p->client[i])
			p->verdict->n_bytes +=
				sim_app_status(p->client[i])->sent;
		for (k = 0; s && k < sim_server_n_apps(s); k++)
			p->verdict->n_bytes +=
				sim_app_status(sim_server_app(s, k))->sent;
		sim_app_destroy(p->client[i]);
		sim_server_destroy(s);
		p->client[i] = NULL;
		p->server[i] = NULL;
	}
}

static bool blame_app(struct play *p, const struct sim_app *app, unsigned int i,
		      const char *who)
{
	const struct sim_app_status *s = sim_app_status(app);

	return complain(p, "%s %u hangs: sent %llu, received %llu%s", who, i,
			(unsigned long long)s->sent,
			(unsigned long long)s->received, s->eof ? ", EOF" : "");
}

/* Says which program hangs. */
static bool blame(struct play *p)
{
	unsigned int i, k;

	for (i = 0; i < p->plan.n_conns; i++) {
		if (!is_over(p->client[i]))
			return blame_app(p, p->client[i], i, "client");
		for (k = 0; k < sim_server_n_apps(p->server[i]); k++)
			if (!is_over(sim_server_app(p->server[i], k)))
				return blame_app(
					p, sim_server_app(p->server[i], k), i,
					"server");
	}
	return complain(p, "a connection was not accepted");
}

static void cut(void *ctx)
{
	sim_wire_cut(ctx);
}

static void mend(void *ctx)
{
	sim_wire_mend(ctx);
}

static bool plan_outage(struct play *p)
{
	tern_time at = sim_world_now(p->world) + p->plan.cut_at;

	if (p->plan.cut_at == TERN_NEVER)
		return true;
	if (sim_world_at(p->world, at, cut, p->wire) ||
	    sim_world_at(p->world, at + p->plan.cut_length, mend, p->wire))
		return complain(p, "no memory for an outage");
	return true;
}

/* Plays the connections of the plan and judges them. */
static bool run_conns(struct play *p)
{
	const struct tern_impair_dir good = {.delay_ns = TERN_MS};
	tern_time begin = sim_world_now(p->world), faults_end;
	unsigned int i;
	int r;

	if (!plan_outage(p))
		return false;
	for (i = 0; i < p->plan.n_conns; i++)
		if (!begin_conn(p, i))
			return false;
	/* Safety: whatever the wire does, nothing wrong arrives. */
	faults_end = begin + p->plan.faults_end;
	if (!ran(p, sim_world_run_until(p->world, faults_end), ""))
		return false;
	/* Liveness: on a good wire everything comes to its end. */
	sim_wire_impair(p->wire, &good, &good);
	r = sim_world_run_while(p->world, apps_run, p,
				faults_end + 4000 * TERN_S);
	if (r == -ETIMEDOUT)
		return blame(p);
	if (!ran(p, r, ""))
		return false;
	for (i = 0; i < p->plan.n_conns; i++) {
		sim_server_close(p->server[i]);
		if (!judge_conn(p, i))
			return false;
	}
	if (!ran(p,
		 sim_world_run_while(p->world, sockets_left, p,
				     sim_world_now(p->world) + 4000 * TERN_S),
		 "a connection does not end"))
		return false;
	/* Frames that are still under way hold memory. */
	return ran(p, sim_world_run_for(p->world, 10 * TERN_S), "");
}

/*
 * Stacks keep some memory for the next connection.  So the same number of
 * connections is played on a good wire first: from then on, what is used when
 * idle must not grow.
 */
static bool warm_up(struct play *p)
{
	const struct sim_plan plan = p->plan;
	unsigned int i;
	bool ok;

	p->plan.faults_end = 0;
	p->plan.cut_at = TERN_NEVER;
	for (i = 0; i < plan.n_conns; i++) {
		struct sim_app_config *side = p->plan.conn[i].side;

		p->plan.conn[i].aborts = false;
		side[0] = (struct sim_app_config){
			.send_bytes = 1, .recv_bytes = 1, .n_tries = 1};
		side[1] = side[0];
	}
	ok = run_conns(p);
	end_conns(p);
	p->plan = plan;
	note_memory(p);
	return ok;
}

static bool act(struct play *p)
{
	if (!begin_hosts(p) || !warm_up(p))
		return false;
	sim_wire_impair(p->wire, &p->plan.faults[0], &p->plan.faults[1]);
	return run_conns(p) && judge_memory(p);
}

bool sim_swarm_play(uint64_t seed, struct sim_verdict *v)
{
	struct play p = {.verdict = v};
	size_t left;

	memset(v, 0, sizeof(*v));
	sim_plan_make(&p.plan, seed);
	p.world = sim_world_create(seed);
	if (!p.world)
		return complain(&p, "no memory for a world");
	act(&p);
	end_conns(&p);
	v->length = sim_world_now(p.world);
	v->n_events = p.digest.n_events;
	sim_digest_add(&p.digest, v->length);
	v->digest = p.digest.value;
	left = sim_world_destroy(p.world);
	if (left)
		complain(&p, "%zu bytes leaked", left);
	return !v->error[0];
}
