/* SPDX-License-Identifier: ISC */
/*
 * wan.c - goodput and completion times over a long path, in virtual time
 *
 *	bench-wan bulk CC LOSS_PPM RTT_MS RATE_MBIT SECONDS [FLOWS]
 *	bench-wan short CC LOSS_PPM RTT_MS RATE_MBIT BYTES COUNT
 *
 * Two hosts, and between them a wire with a rate, a queue of one
 * bandwidth-delay product (at least 30 packets), a delay each way and losses
 * of data.  `bulk` prints the goodput of all flows in Mbit/s, and Jain's index
 * of fairness over the last half of the time; `short` the median and the 99th
 * percentile, in milliseconds, of the time from the request to the last byte
 * of the response, on a new connection each.
 *
 * All follows from the arguments: the same line comes out everywhere.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/socket.h>
#include <tern/stack.h>

#include "sim/host.h"
#include "sim/wire.h"
#include "sim/world.h"

#define CHUNK	  (256 * 1024)
#define FLOWS_MAX 16
#define PORT	  7

struct path {
	const char *cc;
	uint32_t loss_ppm, rtt_ms, mbit;
};

/* One connection: from `out` on host a to `in` on host b. */
struct flow {
	int out, in;
	uint64_t to_send, sent, received, at_half;
};

struct bench {
	struct sim_world *w;
	struct sim_host *a, *b;
	int listener;
	struct flow flow[FLOWS_MAX];
	int n, n_accepted;
};

static char chunk[CHUNK];

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench-wan: %s\n", what);
	exit(1);
}

static uint32_t number(const char *s)
{
	char *end;
	const unsigned long v = strtoul(s, &end, 10);

	must(*s && !*end && v <= UINT32_MAX, s);
	return (uint32_t)v;
}

static struct sim_host *host(struct sim_world *w, const char *name,
			     const struct path *p)
{
	static const char *const buffers[][2] = {
		{"net.ipv4.tcp_rmem", "4096 131072 536870912"},
		{"net.ipv4.tcp_wmem", "4096 131072 536870912"},
	};
	const struct sim_host_config c = {
		.name = name,
		.memory_limit = (size_t)4 << 30,
		.untraced = true,
	};
	struct sim_host *h = sim_host_create(w, &c);
	size_t i;

	must(h != NULL, "no memory");
	for (i = 0; i < 2; i++)
		must(tern_sysctl_set(sim_host_stack(h), buffers[i][0],
				     buffers[i][1]) == 0,
		     buffers[i][0]);
	must(tern_sysctl_set(sim_host_stack(h),
			     "net.ipv4.tcp_congestion_control", p->cc) == 0,
	     p->cc);
	return h;
}

static void open_path(struct bench *x, const struct path *p)
{
	const uint64_t bdp = (uint64_t)p->mbit * 125 * p->rtt_ms;
	struct tern_impair_dir d = {
		.delay_ns = p->rtt_ms * TERN_MS / 2,
		.rate_bps = p->mbit * UINT64_C(1000000),
		.queue_bytes = bdp < 45000 ? 45000 : (uint32_t)bdp,
	};
	struct sim_wire_config c = {
		.addr = {"10.0.0.1/24", "10.0.0.2/24"},
		.depth = 65536,
		.dir = {d, d},
	};
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(PORT),
				 .sin_addr.s_addr = htonl(0x0a000002)};
	struct sim_wire *wire;
	struct tern *b;

	c.dir[0].loss_ppm = p->loss_ppm;
	c.dir[1].queue_bytes = 1U << 30;
	x->w = sim_world_create(1);
	must(x->w != NULL, "no memory");
	sim_world_set_check(x->w, false);
	x->a = c.host[0] = host(x->w, "a", p);
	x->b = c.host[1] = host(x->w, "b", p);
	must(sim_wire_create(&wire, x->w, &c) == 0, "no wire");
	b = sim_host_stack(x->b);
	x->listener = tern_socket(b, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	must(tern_bind(b, x->listener, (struct sockaddr *)&to, sizeof(to)) ==
			     0 &&
		     tern_listen(b, x->listener, FLOWS_MAX) == 0,
	     "no listener");
}

static void join(struct bench *x, uint64_t bytes)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(PORT),
				 .sin_addr.s_addr = htonl(0x0a000002)};
	struct tern *a = sim_host_stack(x->a);
	struct flow *f = &x->flow[x->n++];

	*f = (struct flow){.in = -1, .to_send = bytes};
	f->out = tern_socket(a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	must(tern_connect(a, f->out, (struct sockaddr *)&to, sizeof(to)) ==
		     -EINPROGRESS,
	     "no connection");
}

static bool send_more(void *ctx)
{
	struct bench *x = ctx;
	bool did = false;

	for (int i = 0; i < x->n; i++) {
		struct flow *f = &x->flow[i];
		ssize_t n = 1;

		while (f->sent < f->to_send && n > 0) {
			const uint64_t left = f->to_send - f->sent;

			n = tern_send(sim_host_stack(x->a), f->out, chunk,
				      left < CHUNK ? left : CHUNK, 0);
			f->sent += n > 0 ? (uint64_t)n : 0;
			did |= n > 0;
		}
	}
	return did;
}

static bool read_more(void *ctx)
{
	struct bench *x = ctx;
	struct tern *b = sim_host_stack(x->b);
	bool did = false;

	if (x->n_accepted < x->n) {
		const int fd = tern_accept(b, x->listener, NULL, NULL);

		if (fd >= 0)
			x->flow[x->n_accepted++].in = fd;
	}
	for (int i = 0; i < x->n_accepted; i++) {
		struct flow *f = &x->flow[i];
		ssize_t n = 1;

		while (n > 0) {
			n = tern_recv(b, f->in, chunk, CHUNK, MSG_DONTWAIT);
			f->received += n > 0 ? (uint64_t)n : 0;
			did |= n > 0;
		}
	}
	return did;
}

static void begin(struct bench *x, const struct path *p)
{
	memset(x, 0, sizeof(*x));
	open_path(x, p);
	must(sim_host_add_program(x->a, send_more, x) == 0 &&
		     sim_host_add_program(x->b, read_more, x) == 0,
	     "no memory");
}

static void run(struct bench *x, tern_time ns)
{
	must(sim_world_run_for(x->w, ns) == 0, sim_world_error(x->w));
}

/* Flows need not be accepted in the order of their connect(): the receiving
 * ends are what is compared. */
static void bulk(const struct path *p, uint32_t seconds, int flows)
{
	double sum = 0, squares = 0, all = 0;
	struct bench x;

	begin(&x, p);
	for (int i = 0; i < flows; i++)
		join(&x, UINT64_MAX);
	run(&x, seconds * TERN_S / 2);
	for (int i = 0; i < flows; i++)
		x.flow[i].at_half = x.flow[i].received;
	run(&x, seconds * TERN_S - seconds * TERN_S / 2);
	for (int i = 0; i < flows; i++) {
		const double late =
			(double)(x.flow[i].received - x.flow[i].at_half);

		sum += late;
		squares += late * late;
		all += (double)x.flow[i].received;
	}
	printf("%-6s %6.2f %4u %5u %9.2f", p->cc, p->loss_ppm / 10000.0,
	       p->rtt_ms, p->mbit, all * 8 / 1e6 / seconds);
	if (flows > 1)
		printf(" %5.3f",
		       squares > 0 ? sum * sum / (flows * squares) : 0);
	printf("\n");
	(void)sim_world_destroy(x.w);
}

static int ascending(const void *a, const void *b)
{
	const tern_time x = *(const tern_time *)a, y = *(const tern_time *)b;

	return x < y ? -1 : x > y;
}

static bool is_waiting(void *ctx)
{
	const struct flow *f = ctx;

	return f->received < f->to_send;
}

/* The sender is the server here: its response begins with the connection, so
 * that the time is that of the handshake and the response. */
static void respond(const struct path *p, uint32_t bytes, uint32_t count)
{
	tern_time *took = calloc(count, sizeof(*took));
	struct bench x;

	must(took != NULL && count > 0, "no memory");
	begin(&x, p);
	for (uint32_t i = 0; i < count; i++) {
		const tern_time since = sim_world_now(x.w);
		struct flow *f = &x.flow[0];

		x.n = x.n_accepted = 0;
		join(&x, bytes);
		must(sim_world_run_while(x.w, is_waiting, f,
					 since + 300 * TERN_S) == 0,
		     "a response that did not come");
		took[i] = sim_world_now(x.w) - since;
		(void)tern_close(sim_host_stack(x.a), f->out);
		(void)tern_close(sim_host_stack(x.b), f->in);
		x.n = x.n_accepted = 0;
		run(&x, TERN_S);
	}
	qsort(took, count, sizeof(*took), ascending);
	printf("%-6s %6.2f %4u %5u %7u %9.1f %9.1f\n", p->cc,
	       p->loss_ppm / 10000.0, p->rtt_ms, p->mbit, bytes,
	       (double)took[count / 2] / 1e6,
	       (double)took[count * 99 / 100] / 1e6);
	free(took);
	(void)sim_world_destroy(x.w);
}

int main(int argc, char **argv)
{
	struct path p;

	if (argc < 7) {
		fprintf(stderr, "usage: bench-wan bulk CC LOSS_PPM RTT_MS "
				"RATE_MBIT SECONDS [FLOWS]\n"
				"       bench-wan short CC LOSS_PPM RTT_MS "
				"RATE_MBIT BYTES COUNT\n");
		return 2;
	}
	p = (struct path){argv[2], number(argv[3]), number(argv[4]),
			  number(argv[5])};
	if (strcmp(argv[1], "short") == 0 && argc == 8) {
		respond(&p, number(argv[6]), number(argv[7]));
	} else {
		const uint32_t flows = argc > 7 ? number(argv[7]) : 1;

		must(flows >= 1 && flows <= FLOWS_MAX, "too many flows");
		bulk(&p, number(argv[6]), (int)flows);
	}
	return 0;
}
