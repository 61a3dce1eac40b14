/* SPDX-License-Identifier: ISC */
/*
 * reorder_test.c - a path that reorders and never loses: hardly anything goes
 * twice, and the link stays full (RFC 8985 6.2, RFC 3522, RFC 3708)
 *
 * 16 phases: 1, 5, 10 and 20% of the packets each way arrive 1, 5, 15 and 30 ms
 * late, on a path of 40 ms.  The window is two bandwidth-delay products, so
 * that no queue overflows.  test/slow/reorder_test.c includes this for ten
 * minutes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <tern/socket.h>

#include "sim/host.h"
#include "sim/wire.h"
#include "sim/world.h"

#ifndef PHASE_NS
#define PHASE_NS (TERN_S + TERN_S / 2)
#endif

#define CHUNK	(256 * 1024)
#define BPS	UINT64_C(50000000)
#define ONE_WAY (20 * TERN_MS)

static const uint32_t late_ppm[] = {10000, 50000, 100000, 200000};
static const uint32_t late_ms[] = {1, 5, 15, 30};

static char chunk[CHUNK];

struct path {
	struct sim_world *w;
	struct sim_host *a, *b;
	struct sim_wire *wire;
	int listener, out, in;
	uint64_t received;
};

static bool send_more(void *ctx)
{
	struct path *x = ctx;
	bool did = false;

	while (tern_send(sim_host_stack(x->a), x->out, chunk, CHUNK, 0) > 0)
		did = true;
	return did;
}

static bool read_more(void *ctx)
{
	struct path *x = ctx;
	struct tern *b = sim_host_stack(x->b);
	bool did = false;
	ssize_t n;

	if (x->in < 0)
		x->in = tern_accept(b, x->listener, NULL, NULL);
	while (x->in >= 0 && (n = tern_recv(b, x->in, chunk, CHUNK, 0)) > 0) {
		x->received += (uint64_t)n;
		did = true;
	}
	return did;
}

static struct sim_host *host(struct sim_world *w, const char *name)
{
	const struct sim_host_config c = {.name = name, .untraced = true};
	struct sim_host *h = sim_host_create(w, &c);

	assert_non_null(h);
	/* A window of 500 kB, twice what is in flight at 50 Mbit/s, 40 ms. */
	assert_int_equal(tern_sysctl_set(sim_host_stack(h), "net.ipv4.tcp_rmem",
					 "4096 1000000 1000000"),
			 0);
	return h;
}

static struct tern_impair_dir dir(uint32_t ppm, uint32_t ms)
{
	return (struct tern_impair_dir){
		.delay_ns = ONE_WAY,
		.rate_bps = BPS,
		.queue_bytes = 1U << 30,
		.reorder_ppm = ppm,
		.reorder_ns = ms * TERN_MS,
	};
}

static void begin(struct path *x)
{
	struct sim_wire_config c = {
		.addr = {"10.0.0.1/24", "10.0.0.2/24"},
		.dir = {dir(0, 0), dir(0, 0)},
	};
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(7),
				 .sin_addr.s_addr = htonl(0x0a000002)};
	struct tern *a, *b;

	memset(x, 0, sizeof(*x));
	x->in = -1;
	x->w = sim_world_create(11);
	sim_world_set_check(x->w, false);
	x->a = c.host[0] = host(x->w, "a");
	x->b = c.host[1] = host(x->w, "b");
	assert_int_equal(sim_wire_create(&x->wire, x->w, &c), 0);
	a = sim_host_stack(x->a);
	b = sim_host_stack(x->b);
	x->listener = tern_socket(b, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(
		tern_bind(b, x->listener, (struct sockaddr *)&to, sizeof(to)),
		0);
	assert_int_equal(tern_listen(b, x->listener, 1), 0);
	x->out = tern_socket(a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(
		tern_connect(a, x->out, (struct sockaddr *)&to, sizeof(to)),
		-EINPROGRESS);
	assert_int_equal(sim_host_add_program(x->a, send_more, x), 0);
	assert_int_equal(sim_host_add_program(x->b, read_more, x), 0);
}

static struct tcp_info info(struct path *x)
{
	struct tcp_info i;
	socklen_t len = sizeof(i);

	assert_int_equal(tern_getsockopt(sim_host_stack(x->a), x->out,
					 IPPROTO_TCP, TCP_INFO, &i, &len),
			 0);
	return i;
}

static void late_is_not_lost(void **state)
{
	const double wire = (double)BPS / 8 * 1448 / 1500;
	uint32_t again = 0;
	uint64_t was = 0;
	struct path x;
	double seconds = 0, packets;

	(void)state;
	begin(&x);
	assert_int_equal(sim_world_run_for(x.w, TERN_S), 0); /* slow start */
	was = x.received;
	for (size_t k = 0; k < 16; k++) {
		const struct tern_impair_dir d =
			dir(late_ppm[k / 4], late_ms[k % 4]);
		const uint64_t before = x.received;
		uint32_t now;

		sim_wire_impair(x.wire, &d, &d);
		assert_int_equal(sim_world_run_for(x.w, PHASE_NS), 0);
		seconds += (double)PHASE_NS / TERN_S;
		now = info(&x).tcpi_total_retrans;
		printf("%2u%% late by %2u ms: %5.1f%% of the link, %u again\n",
		       late_ppm[k / 4] / 10000, late_ms[k % 4],
		       (double)(x.received - before) * 100 /
			       ((double)PHASE_NS / TERN_S * wire),
		       now - again);
		again = now;
	}
	packets = (double)(x.received - was) / 1448;
	printf("in all %.2f%% of the link, %.4f%% again\n",
	       (double)(x.received - was) * 100 / (seconds * wire),
	       again * 100 / packets);
	assert_true((double)(x.received - was) >= 0.95 * seconds * wire);
	assert_true(again < packets / 1000);
	assert_int_equal(sim_world_destroy(x.w), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(late_is_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
