/* SPDX-License-Identifier: ISC */
/*
 * world_test.c - the simulator itself: clock, hosts, wires, raw peers, apps
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <tern/info.h>
#include <tern/socket.h>
#include <tern/stats.h>

#include "sim/app.h"
#include "sim/host.h"
#include "sim/raw_peer.h"
#include "sim/wire.h"
#include "sim/world.h"

#define SERVER_ADDR 0x0a000002
#define PORT	    7
#define DELAY	    (10 * TERN_MS)

/* Two hosts and a wire between them. */
struct pair {
	struct sim_world *w;
	struct sim_host *host[2];
	struct sim_wire *wire;
};

static struct sim_host *make_host(struct sim_world *w, const char *name)
{
	const struct sim_host_config c = {.name = name};
	struct sim_host *h = sim_host_create(w, &c);

	assert_non_null(h);
	return h;
}

static void make_pair(struct pair *p)
{
	struct sim_wire_config c = {
		.addr = {"10.0.0.1/24", "10.0.0.2/24"},
		.dir = {{.delay_ns = DELAY}, {.delay_ns = DELAY}},
	};

	p->w = sim_world_create(1);
	assert_non_null(p->w);
	p->host[0] = c.host[0] = make_host(p->w, "a");
	p->host[1] = c.host[1] = make_host(p->w, "b");
	assert_int_equal(sim_wire_create(&p->wire, p->w, &c), 0);
}

static void count_call(void *ctx)
{
	++*(int *)ctx;
}

static void calls_are_made_when_they_are_due(void **state)
{
	struct sim_world *w = sim_world_create(1);
	int early = 0, late = 0, never = 0;

	(void)state;
	assert_int_equal(sim_world_at(w, 5 * TERN_S, count_call, &early), 0);
	assert_int_equal(sim_world_at(w, 50 * TERN_S, count_call, &late), 0);
	assert_int_equal(sim_world_at(w, 6 * TERN_S, count_call, &never), 0);
	sim_world_forget(w, &never);
	assert_true(sim_world_next(w) == 5 * TERN_S);
	assert_int_equal(sim_world_run_until(w, 5 * TERN_S - 1), 0);
	assert_int_equal(early, 0);
	assert_int_equal(sim_world_run_until(w, 49 * TERN_S), 0);
	assert_int_equal(early, 1);
	assert_int_equal(late, 0);
	assert_true(sim_world_now(w) == 49 * TERN_S);
	assert_int_equal(sim_world_run_for(w, TERN_S), 0);
	assert_int_equal(late, 1);
	assert_int_equal(never, 0);
	assert_true(sim_world_next(w) == TERN_NEVER);
	assert_int_equal(sim_world_step(w, TERN_NEVER), 0);
	assert_true(sim_world_now(w) == 50 * TERN_S);
	assert_int_equal(sim_world_destroy(w), 0);
}

static bool is_zero(void *ctx)
{
	return *(int *)ctx == 0;
}

static void waiting_ends_with_the_condition_or_the_limit(void **state)
{
	struct sim_world *w = sim_world_create(1);
	int done = 0;

	(void)state;
	assert_int_equal(sim_world_at(w, 5 * TERN_S, count_call, &done), 0);
	assert_int_equal(sim_world_run_while(w, is_zero, &done, TERN_S),
			 -ETIMEDOUT);
	assert_true(sim_world_now(w) == TERN_S);
	assert_int_equal(sim_world_run_while(w, is_zero, &done, TERN_NEVER), 0);
	assert_true(sim_world_now(w) == 5 * TERN_S);
	done = 0;
	assert_int_equal(sim_world_run_while(w, is_zero, &done, TERN_NEVER),
			 -ETIMEDOUT);
	assert_int_equal(sim_world_destroy(w), 0);
}

static bool never_rests(void *ctx)
{
	(void)ctx;
	return true;
}

static void an_instant_without_end_is_reported(void **state)
{
	struct sim_world *w = sim_world_create(1);
	struct sim_host *h = make_host(w, "a");

	(void)state;
	assert_string_equal(sim_world_error(w), "");
	assert_int_equal(sim_host_add_program(h, never_rests, NULL), 0);
	sim_world_set_check(w, false);
	assert_int_equal(sim_world_run_until(w, TERN_S), -ELOOP);
	assert_string_not_equal(sim_world_error(w), "");
	assert_int_equal(sim_world_run_until(w, TERN_S), -ELOOP);
	assert_int_equal(sim_world_destroy(w), 0);
}

static void a_bad_address_is_refused(void **state)
{
	struct sim_world *w = sim_world_create(1);
	struct sim_wire_config c = {.addr = {"10.0.0.1/24", "10.0.0.2/64"}};
	struct sim_wire *wire;

	(void)state;
	c.host[0] = make_host(w, "a");
	c.host[1] = make_host(w, "b");
	assert_int_equal(sim_wire_create(&wire, w, &c), -EINVAL);
	assert_null(wire);
	c.addr[1] = "10.0.0.2/24";
	assert_int_equal(sim_wire_create(&wire, w, &c), 0);
	assert_int_equal(sim_world_destroy(w), 0);
}

/* What the apps of a test do: the client sends, the server sends back. */
static const struct sim_app_config talker = {
	.send_seed = 1,
	.send_bytes = 100000,
	.recv_seed = 1,
	.recv_bytes = 100000,
	.write_max = 5000,
	.read_max = 5000,
	.seed = 3,
};

static void echo(void *ctx, unsigned int i, struct sim_app_config *c)
{
	(void)ctx;
	(void)i;
	*c = (struct sim_app_config){
		.recv_seed = 1,
		.recv_bytes = 100000,
		.echo = true,
		.ending = SIM_END_LAST,
	};
}

static struct sim_server *serve(struct pair *p)
{
	const struct sockaddr_in any = sim_sockaddr(0, PORT);
	struct sim_server *s;

	assert_int_equal(sim_server_create(&s, p->host[1], &any, 5, echo, NULL),
			 0);
	return s;
}

static struct sim_app *talk(struct pair *p, const struct sim_app_config *c)
{
	const struct sockaddr_in to = sim_sockaddr(SERVER_ADDR, PORT);
	struct sim_app *app;

	assert_int_equal(sim_app_connect(&app, p->host[0], &to, c), 0);
	return app;
}

static bool is_busy(void *ctx)
{
	const struct sim_app_status *s = sim_app_status(ctx);

	return s->phase == SIM_APP_CONNECTING || s->phase == SIM_APP_OPEN;
}

static void streams_arrive(void **state)
{
	struct sim_server *s;
	struct sim_app *app;
	struct pair p;

	(void)state;
	make_pair(&p);
	s = serve(&p);
	app = talk(&p, &talker);
	assert_int_equal(sim_world_run_while(p.w, is_busy, app, 100 * TERN_S),
			 0);
	assert_int_equal(sim_app_status(app)->phase, SIM_APP_DONE);
	assert_int_equal(sim_app_status(app)->received, 100000);
	assert_false(sim_app_status(app)->mismatch);
	assert_int_equal(sim_server_n_apps(s), 1);
	assert_int_equal(sim_server_error(s), 0);
	assert_true(sim_world_now(p.w) >= 4 * DELAY);
	sim_app_destroy(app);
	sim_server_destroy(s);
	assert_int_equal(sim_world_destroy(p.w), 0);
}

/* The checker can fail: the wrong stream, and too long a stream. */
static void a_wrong_byte_is_noticed(void **state)
{
	struct sim_app_config c = talker;
	struct sim_server *s;
	struct sim_app *app;
	struct pair p;

	(void)state;
	make_pair(&p);
	s = serve(&p);
	c.recv_seed = 2;
	app = talk(&p, &c);
	assert_int_equal(sim_world_run_while(p.w, is_busy, app, 100 * TERN_S),
			 0);
	assert_true(sim_app_status(app)->mismatch);
	sim_app_destroy(app);

	c = talker;
	c.recv_bytes = 99999;
	app = talk(&p, &c);
	assert_int_equal(sim_world_run_while(p.w, is_busy, app, 200 * TERN_S),
			 0);
	assert_true(sim_app_status(app)->mismatch);
	assert_int_equal(sim_app_status(app)->received, 99999);
	sim_app_destroy(app);
	sim_server_destroy(s);
	assert_int_equal(sim_world_destroy(p.w), 0);
}

static void a_cut_cable_carries_nothing(void **state)
{
	struct sim_server *s;
	struct sim_app *app;
	struct pair p;

	(void)state;
	make_pair(&p);
	s = serve(&p);
	sim_wire_cut(p.wire);
	assert_true(sim_wire_is_cut(p.wire));
	app = talk(&p, &talker);
	assert_int_equal(sim_world_run_until(p.w, 20 * TERN_S), 0);
	assert_int_equal(sim_app_status(app)->phase, SIM_APP_CONNECTING);
	assert_int_equal(tern_counter(sim_host_look(p.host[1]), TERN_TcpInSegs),
			 0);
	sim_wire_mend(p.wire);
	assert_int_equal(sim_world_run_while(p.w, is_busy, app, 200 * TERN_S),
			 0);
	assert_int_equal(sim_app_status(app)->phase, SIM_APP_DONE);
	sim_app_destroy(app);
	sim_server_destroy(s);
	assert_int_equal(sim_world_destroy(p.w), 0);
}

struct thief {
	int n_seen, n_taken, n_reported;
};

/* Takes the first data segment from end 0. */
static bool steal(void *ctx, int from, const struct tern_frame *f,
		  tern_time now)
{
	struct thief *t = ctx;
	struct sim_segment seg;

	(void)now;
	t->n_seen++;
	if (from || t->n_taken || !sim_segment_read(&seg, f) || !seg.len)
		return false;
	t->n_taken++;
	return true;
}

static void watch(void *ctx, int from, const struct tern_frame *f, bool lost,
		  tern_time now)
{
	struct thief *t = ctx;

	(void)from;
	(void)f;
	(void)now;
	t->n_reported += lost;
}

static void a_filter_takes_what_it_wants(void **state)
{
	struct thief t = {0};
	struct sim_server *s;
	struct sim_app *app;
	struct pair p;

	(void)state;
	make_pair(&p);
	s = serve(&p);
	sim_wire_filter(p.wire, steal, &t);
	sim_wire_watch(p.wire, watch, &t);
	app = talk(&p, &talker);
	assert_int_equal(sim_world_run_while(p.w, is_busy, app, 100 * TERN_S),
			 0);
	assert_int_equal(sim_app_status(app)->phase, SIM_APP_DONE);
	assert_int_equal(t.n_taken, 1);
	assert_int_equal(t.n_reported, 1);
	assert_true(t.n_seen > 100);
	assert_true(tern_counter(sim_host_look(p.host[0]),
				 TERN_TcpRetransSegs) > 0);
	sim_app_destroy(app);
	sim_server_destroy(s);
	assert_int_equal(sim_world_destroy(p.w), 0);
}

/* A host that restarts has its address, and nothing else. */
static void a_restart_forgets_everything(void **state)
{
	struct sim_server *s;
	struct sim_app *app;
	struct tern_sockinfo info;
	uint64_t cursor = 0;
	struct pair p;

	(void)state;
	make_pair(&p);
	s = serve(&p);
	app = talk(&p, &talker);
	assert_int_equal(sim_world_run_until(p.w, 3 * DELAY), 0);
	assert_int_equal(sim_app_status(app)->phase, SIM_APP_OPEN);
	sim_server_destroy(s);
	assert_int_equal(sim_host_restart(p.host[1]), 0);
	assert_int_equal(
		tern_sockets(sim_host_look(p.host[1]), &cursor, &info, 1), 0);
	assert_int_equal(sim_world_run_while(p.w, is_busy, app, 100 * TERN_S),
			 0);
	assert_int_equal(sim_app_status(app)->phase, SIM_APP_FAILED);
	assert_int_equal(sim_app_status(app)->error, -ECONNRESET);
	sim_app_destroy(app);
	assert_int_equal(sim_world_destroy(p.w), 0);
}

static void a_raw_peer_sends_what_it_is_told(void **state)
{
	const struct sim_wire_config c = {
		.addr = {"10.0.0.1/24", "10.0.0.2/24"},
	};
	const struct sim_segment syn = {
		.sport = 1000,
		.dport = PORT,
		.seq = 0xffffffff,
		.flags = TERN_SYN,
		.wnd = 1,
	};
	struct sim_world *w = sim_world_create(1);
	struct sim_host *h = make_host(w, "b");
	const struct sim_segment *answer;
	struct sim_raw_peer *p;

	(void)state;
	assert_int_equal(sim_raw_peer_create(&p, w, h, &c), 0);
	assert_int_equal(sim_raw_peer_send(p, &syn, NULL), 0);
	assert_int_equal(sim_world_run_until(w, TERN_S), 0);
	assert_int_equal(sim_raw_peer_n_received(p), 1);
	answer = sim_raw_peer_last(p);
	assert_int_equal(answer->flags, TERN_RST | TERN_ACK);
	assert_int_equal(answer->ack, 0); /* one after 2^32 - 1 */
	assert_int_equal(answer->sport, PORT);
	assert_int_equal(answer->dport, 1000);
	assert_int_equal(tern_drops(sim_host_look(h), TERN_DROP_TCP_CHECKSUM),
			 0);
	sim_raw_peer_destroy(p);
	assert_int_equal(sim_world_destroy(w), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_made_when_they_are_due),
		cmocka_unit_test(waiting_ends_with_the_condition_or_the_limit),
		cmocka_unit_test(an_instant_without_end_is_reported),
		cmocka_unit_test(a_bad_address_is_refused),
		cmocka_unit_test(streams_arrive),
		cmocka_unit_test(a_wrong_byte_is_noticed),
		cmocka_unit_test(a_cut_cable_carries_nothing),
		cmocka_unit_test(a_filter_takes_what_it_wants),
		cmocka_unit_test(a_restart_forgets_everything),
		cmocka_unit_test(a_raw_peer_sends_what_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
