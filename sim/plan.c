/* SPDX-License-Identifier: ISC */
/*
 * plan.c - what happens in a random world
 */
#include "plan.h"

#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <tern/netif.h>
#include <tern/socket.h>

#include "chance.h"

static uint32_t pick(struct sim_chance *c, uint32_t lo, uint32_t hi)
{
	return (uint32_t)sim_chance_between(c, lo, hi);
}

/* True one time in n. */
static bool once_in(struct sim_chance *c, uint32_t n)
{
	return pick(c, 1, n) == 1;
}

/* A size of any magnitude up to 2^max_bits. */
static uint32_t pick_size(struct sim_chance *c, uint32_t max_bits)
{
	uint32_t bits = pick(c, 0, max_bits);

	return pick(c, 0, (1u << bits) - 1);
}

static struct tern_impair_dir plan_faults(struct sim_chance *c)
{
	struct tern_impair_dir d = {0};

	if (!once_in(c, 4))
		d.loss_ppm = pick(c, 0, 300000);
	if (once_in(c, 2))
		d.duplicate_ppm = pick(c, 0, 100000);
	if (once_in(c, 2))
		d.reorder_ppm = pick(c, 0, 200000);
	if (once_in(c, 3))
		d.corrupt_ppm = pick(c, 0, 50000);
	d.delay_ns = pick(c, 0, 100) * TERN_MS;
	d.jitter_ns = once_in(c, 2) ? pick(c, 0, 30) * TERN_MS : 0;
	d.reorder_ns = pick(c, 1, 50) * TERN_MS;
	if (once_in(c, 2)) {
		d.rate_bps = UINT64_C(100000) << pick(c, 0, 10);
		d.queue_bytes = pick(c, 5000, 100000);
	}
	return d;
}

static void plan_wire(struct sim_chance *c, struct sim_wire_config *w)
{
	static const uint32_t mtus[] = {576, 1280, 1492, 1500, 1500, 9000};

	w->addr[0] = "10.0.0.1/24";
	w->addr[1] = "10.0.0.2/24";
	w->flags = once_in(c, 3) ? TERN_IF_ETHERNET : 0;
	if (once_in(c, 3))
		w->flags |= TERN_IF_CSUM | (once_in(c, 2) ? TERN_IF_GSO : 0);
	w->mtu = mtus[pick(c, 0, 5)];
	w->depth = once_in(c, 4) ? pick(c, 2, 20) : 0;
}

static void plan_sockets(struct sim_chance *c, struct sim_socket_plan *p)
{
	p->nodelay = once_in(c, 3);
	p->cork = once_in(c, 8);
	p->quickack = once_in(c, 4);
	p->maxseg = once_in(c, 6) ? (int)pick(c, 536, 1400) : 0;
	p->sndbuf = once_in(c, 3) ? (int)pick(c, 4096, 65536) : 0;
	p->rcvbuf = once_in(c, 3) ? (int)pick(c, 2304, 65536) : 0;
	p->clamp = once_in(c, 8) ? (int)pick(c, 2000, 30000) : 0;
}

static void set_sysctl(struct sim_plan *p, const char *name, const char *value)
{
	p->sysctl[p->n_sysctls][0] = name;
	p->sysctl[p->n_sysctls++][1] = value;
}

static void plan_sysctls(struct sim_chance *c, struct sim_plan *p)
{
	static const char *const names[] = {
		"net.ipv4.tcp_timestamps",
		"net.ipv4.tcp_window_scaling",
		"net.ipv4.tcp_sack",
	};
	unsigned int i;

	/*
	 * A client with nothing to send never learns that the server has given
	 * up on its third segment.  So the server holds out until the faults
	 * are over.
	 */
	set_sysctl(p, "net.ipv4.tcp_synack_retries", "20");
	/* And what a closed socket has still to send must get there. */
	set_sysctl(p, "net.ipv4.tcp_orphan_retries", "20");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (once_in(c, 5))
			set_sysctl(p, names[i], "0");
}

static void plan_side(struct sim_chance *c, struct sim_app_config *a)
{
	a->send_seed = sim_chance_u64(c);
	a->send_bytes = pick_size(c, 18);
	a->write_max = 1 + pick_size(c, 14);
	a->read_max = 1 + pick_size(c, 14);
	if (once_in(c, 2)) {
		a->pause_ppm = pick(c, 0, 100000);
		a->pause_max = pick(c, 1, 1000) * TERN_MS;
	}
	a->seed = sim_chance_u64(c);
	a->n_tries = 20;
}

static void plan_endings(struct sim_chance *c, struct sim_conn_plan *p)
{
	static const enum sim_app_ending endings[][2] = {
		{SIM_END_FIRST, SIM_END_FIRST}, {SIM_END_FIRST, SIM_END_LAST},
		{SIM_END_LAST, SIM_END_FIRST},	{SIM_END_CLOSE, SIM_END_CLOSE},
		{SIM_END_FIRST, SIM_END_CLOSE}, {SIM_END_CLOSE, SIM_END_LAST},
		{SIM_END_LAST, SIM_END_CLOSE},
	};
	uint32_t i = pick(c, 0, 6);

	p->side[0].ending = endings[i][0];
	p->side[1].ending = endings[i][1];
	if (once_in(c, 20)) {
		p->aborts = true;
		p->side[pick(c, 0, 1)].ending = SIM_END_ABORT;
	}
}

/* A long stream in tiny pieces would take longer than it teaches. */
static void widen(struct sim_app_config *a, uint32_t pieces)
{
	if (a->write_max < a->send_bytes / pieces)
		a->write_max = (uint32_t)a->send_bytes / pieces;
	if (a->read_max < a->recv_bytes / pieces)
		a->read_max = (uint32_t)a->recv_bytes / pieces;
}

static void plan_conn(struct sim_chance *c, struct sim_conn_plan *p)
{
	struct sim_app_config *a = &p->side[0], *b = &p->side[1];
	uint32_t pieces;

	plan_side(c, a);
	plan_side(c, b);
	if (once_in(c, 8)) {
		b->echo = true;
		b->send_seed = a->send_seed;
		b->send_bytes = a->send_bytes;
	}
	a->recv_seed = b->send_seed;
	a->recv_bytes = b->send_bytes;
	b->recv_seed = a->send_seed;
	b->recv_bytes = a->send_bytes;
	pieces = once_in(c, 8) ? 4000 : 200;
	widen(a, pieces);
	widen(b, pieces);
	plan_endings(c, p);
	if (b->echo) { /* it waits for the client's FIN */
		a->ending = p->aborts ? SIM_END_ABORT : SIM_END_FIRST;
		b->ending = SIM_END_LAST;
	}
}

void sim_plan_make(struct sim_plan *p, uint64_t seed)
{
	struct sim_chance c = {sim_scramble(seed ^ 0x7e12)};
	unsigned int i;

	memset(p, 0, sizeof(*p));
	p->seed = seed;
	plan_wire(&c, &p->wire);
	p->faults[0] = plan_faults(&c);
	p->faults[1] = plan_faults(&c);
	plan_sockets(&c, &p->sockets[0]);
	plan_sockets(&c, &p->sockets[1]);
	plan_sysctls(&c, p);
	p->n_conns = pick(&c, 1, SIM_PLAN_CONNS);
	p->faults_end = pick(&c, 5, 60) * TERN_S;
	p->cut_at = TERN_NEVER;
	if (once_in(&c, 4)) {
		p->cut_at = pick(&c, 0, 3000) * TERN_MS;
		p->cut_length = pick(&c, 1, 5000) * TERN_MS;
	}
	for (i = 0; i < p->n_conns; i++) {
		plan_conn(&c, &p->conn[i]);
		/* Only an end that asks notices that a RST was lost. */
		p->sockets[0].keepalive |= p->conn[i].aborts;
		p->sockets[1].keepalive |= p->conn[i].aborts;
	}
}

int sim_socket_plan_apply(const struct sim_socket_plan *p, struct tern *n,
			  int fd)
{
	const struct {
		int level, name, value;
	} options[] = {
		{IPPROTO_TCP, TCP_NODELAY, p->nodelay},
		{IPPROTO_TCP, TCP_CORK, p->cork},
		{IPPROTO_TCP, TCP_QUICKACK, p->quickack},
		{IPPROTO_TCP, TCP_MAXSEG, p->maxseg},
		{SOL_SOCKET, SO_SNDBUF, p->sndbuf},
		{SOL_SOCKET, SO_RCVBUF, p->rcvbuf},
		{IPPROTO_TCP, TCP_WINDOW_CLAMP, p->clamp},
		{SOL_SOCKET, SO_KEEPALIVE, p->keepalive},
		{IPPROTO_TCP, TCP_KEEPIDLE, p->keepalive ? 30 : 0},
		{IPPROTO_TCP, TCP_KEEPINTVL, p->keepalive ? 10 : 0},
	};
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(options) / sizeof(options[0]) && !err; i++)
		if (options[i].value)
			err = tern_setsockopt(
				n, fd, options[i].level, options[i].name,
				&options[i].value, sizeof(options[i].value));
	return err;
}
