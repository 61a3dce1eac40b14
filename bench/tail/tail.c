/* SPDX-License-Identifier: ISC */
/*
 * tail.c - how long responses take when packets are lost, in virtual time
 *
 *	bench-tail LOSS_PPM RTT_MS RATE_MBIT BYTES COUNT
 *
 * One connection; the client asks with 100 bytes, rests for up to 300 ms after
 * the response, and asks again.  Packets are lost both ways.  Prints median,
 * 99th percentile and the whole distribution, with tail loss probes (RFC 8985
 * 7) and without: what waits for the retransmission timer without them does not
 * with them.
 *
 * All follows from the arguments: the same comes out everywhere.
 * test/sim/tail_test.c includes this.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/socket.h>
#include <tern/stack.h>

#include "sim/chance.h"
#include "sim/host.h"
#include "sim/wire.h"
#include "sim/world.h"

#define PORT	    80
#define REQUEST	    100
#define CHUNK	    65536
#define REST_NS	    (300 * TERN_MS)
#define GIVE_UP_NS  (300 * TERN_S)
#define BUCKETS	    12
#define BUCKET_0_MS 25 /* the first one ends here, each other at twice that */
#define BAR_PER	    50 /* columns of a bar for all responses */

struct tail_path {
	uint32_t loss_ppm, rtt_ms, mbit, bytes, count;
};

struct tail {
	struct tail_path path;
	struct sim_world *w;
	struct sim_host *client, *server;
	int listener, at_client, at_server;
	uint32_t asked;	   /* bytes of requests that the server has read */
	uint64_t owed;	   /* bytes of responses it has still to send */
	uint64_t expected; /* bytes that the client has asked for */
	uint64_t received;
};

static char chunk[CHUNK];

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench-tail: %s\n", what);
	exit(1);
}

static bool serve(void *ctx)
{
	struct tail *x = ctx;
	struct tern *n = sim_host_stack(x->server);
	bool did = false;
	ssize_t len;

	if (x->at_server < 0)
		x->at_server = tern_accept(n, x->listener, NULL, NULL);
	if (x->at_server < 0)
		return false;
	while ((len = tern_recv(n, x->at_server, chunk, CHUNK, MSG_DONTWAIT)) >
	       0) {
		const uint32_t before = x->asked / REQUEST;

		x->asked += (uint32_t)len;
		x->owed +=
			(uint64_t)(x->asked / REQUEST - before) * x->path.bytes;
		did = true;
	}
	while (x->owed > 0) {
		len = tern_send(n, x->at_server, chunk,
				x->owed < CHUNK ? x->owed : CHUNK,
				MSG_DONTWAIT);
		if (len <= 0)
			break;
		x->owed -= (uint64_t)len;
		did = true;
	}
	return did;
}

static bool read_response(void *ctx)
{
	struct tail *x = ctx;
	bool did = false;
	ssize_t n;

	while ((n = tern_recv(sim_host_stack(x->client), x->at_client, chunk,
			      CHUNK, MSG_DONTWAIT)) > 0) {
		x->received += (uint64_t)n;
		did = true;
	}
	return did;
}

static struct sim_host *host(struct sim_world *w, const char *name, bool tlp)
{
	const struct sim_host_config c = {.name = name, .untraced = true};
	struct sim_host *h = sim_host_create(w, &c);

	must(h != NULL, "no memory");
	must(tern_sysctl_set(sim_host_stack(h), "net.ipv4.tcp_early_retrans",
			     tlp ? "3" : "0") == 0,
	     "no tcp_early_retrans");
	return h;
}

static bool is_connecting(void *ctx)
{
	const struct tail *x = ctx;

	return x->at_server < 0;
}

static void connect_both(struct tail *x)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(PORT),
				 .sin_addr.s_addr = htonl(0x0a000002)};
	struct tern *c = sim_host_stack(x->client);
	struct tern *s = sim_host_stack(x->server);

	x->at_server = -1;
	x->listener = tern_socket(s, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	x->at_client = tern_socket(c, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	must(tern_bind(s, x->listener, (struct sockaddr *)&to, sizeof(to)) ==
			     0 &&
		     tern_listen(s, x->listener, 1) == 0 &&
		     tern_connect(c, x->at_client, (struct sockaddr *)&to,
				  sizeof(to)) == -EINPROGRESS,
	     "no connection");
	must(sim_host_add_program(x->server, serve, x) == 0 &&
		     sim_host_add_program(x->client, read_response, x) == 0,
	     "no memory");
	must(sim_world_run_while(x->w, is_connecting, x, 60 * TERN_S) == 0,
	     "no connection");
}

static void open_path(struct tail *x, const struct tail_path *p, bool tlp)
{
	const struct tern_impair_dir d = {
		.delay_ns = p->rtt_ms * TERN_MS / 2,
		.rate_bps = p->mbit * UINT64_C(1000000),
		.loss_ppm = p->loss_ppm,
	};
	struct sim_wire_config c = {
		.addr = {"10.0.0.1/24", "10.0.0.2/24"},
		.dir = {d, d},
	};
	struct sim_wire *wire;

	memset(x, 0, sizeof(*x));
	x->path = *p;
	x->w = sim_world_create(1);
	must(x->w != NULL, "no memory");
	sim_world_set_check(x->w, false);
	x->client = c.host[0] = host(x->w, "client", tlp);
	x->server = c.host[1] = host(x->w, "server", tlp);
	must(sim_wire_create(&wire, x->w, &c) == 0, "no wire");
	connect_both(x);
}

static bool is_waiting(void *ctx)
{
	const struct tail *x = ctx;

	return x->received < x->expected;
}

static int ascending(const void *a, const void *b)
{
	const tern_time x = *(const tern_time *)a, y = *(const tern_time *)b;

	return x < y ? -1 : x > y;
}

/* The times of all responses, in ascending order; the caller frees them. */
static tern_time *tail_measure(const struct tail_path *p, bool tlp)
{
	tern_time *took = calloc(p->count, sizeof(*took));
	struct sim_chance chance = {.state = 5};
	struct tail x;
	uint32_t i;

	must(took != NULL && p->count > 0, "no memory");
	open_path(&x, p, tlp);
	for (i = 0; i < p->count; i++) {
		const tern_time since = sim_world_now(x.w);

		x.expected += p->bytes;
		must(tern_send(sim_host_stack(x.client), x.at_client, chunk,
			       REQUEST, 0) == REQUEST,
		     "no room for a request");
		must(sim_world_run_while(x.w, is_waiting, &x,
					 since + GIVE_UP_NS) == 0,
		     "a response that did not come");
		took[i] = sim_world_now(x.w) - since;
		must(sim_world_run_for(
			     x.w, sim_chance_between(&chance, 1, REST_NS)) == 0,
		     sim_world_error(x.w));
	}
	qsort(took, p->count, sizeof(*took), ascending);
	(void)sim_world_destroy(x.w);
	return took;
}

/* One sample in 100 is longer. */
static inline tern_time tail_p99(const tern_time *took, uint32_t count)
{
	return took[(uint64_t)count * 99 / 100];
}

#ifndef TAIL_MEASURE_ONLY
static uint32_t number(const char *s)
{
	char *end;
	const unsigned long v = strtoul(s, &end, 10);

	must(*s && !*end && v <= UINT32_MAX, s);
	return (uint32_t)v;
}

static void print(const struct tail_path *p, const tern_time *took,
		  const char *name)
{
	tern_time upto = BUCKET_0_MS * TERN_MS;
	uint32_t i = 0;

	printf("%s: median %.1f ms, p99 %.1f ms, p99.9 %.1f ms\n", name,
	       (double)took[p->count / 2] / 1e6,
	       (double)tail_p99(took, p->count) / 1e6,
	       (double)took[(uint64_t)p->count * 999 / 1000] / 1e6);
	for (int b = 0; b < BUCKETS && i < p->count; b++, upto *= 2) {
		const uint32_t from = i;
		uint32_t bar;

		while (i < p->count && (took[i] <= upto || b == BUCKETS - 1))
			i++;
		bar = (uint32_t)((uint64_t)(i - from) * BAR_PER / p->count);
		printf("  to %6u ms %7u %.*s\n", (uint32_t)(upto / TERN_MS),
		       i - from, (int)bar,
		       "##################################################");
	}
}

int main(int argc, char **argv)
{
	struct tail_path p;

	if (argc != 6) {
		fprintf(stderr, "usage: bench-tail LOSS_PPM RTT_MS RATE_MBIT "
				"BYTES COUNT\n");
		return 2;
	}
	p = (struct tail_path){number(argv[1]), number(argv[2]),
			       number(argv[3]), number(argv[4]),
			       number(argv[5])};
	printf("%u responses of %u bytes, %.2f%% loss, %u ms, %u Mbit/s\n",
	       p.count, p.bytes, p.loss_ppm / 10000.0, p.rtt_ms, p.mbit);
	for (int tlp = 1; tlp >= 0; tlp--) {
		tern_time *took = tail_measure(&p, tlp);

		print(&p, took, tlp ? "with TLP" : "without TLP");
		free(took);
	}
	return 0;
}
#endif
