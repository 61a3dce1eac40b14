/* SPDX-License-Identifier: ISC */
/*
 * congestion_test.c - congestion control at work: two flows share a path, a
 * paced sender keeps its rate, to the nanosecond the same each time
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <tern/socket.h>
#include <tern/stack.h>

#include "sim/host.h"
#include "sim/wire.h"
#include "sim/world.h"

#define CHUNK	  65536
#define FLOWS_MAX 2

struct share {
	struct sim_world *w;
	struct sim_host *a, *b;
	struct sim_wire *wire;
	int listener, out[FLOWS_MAX], in[FLOWS_MAX];
	int n, n_in;
	uint64_t received[FLOWS_MAX];
	uint64_t frames, digest, burst, burst_max;
	tern_time last;
	bool rests;
};

static char chunk[CHUNK];

static bool send_more(void *ctx)
{
	struct share *x = ctx;
	bool did = false;

	for (int i = 0; i < x->n && !x->rests; i++)
		while (tern_send(sim_host_stack(x->a), x->out[i], chunk, CHUNK,
				 0) > 0)
			did = true;
	return did;
}

static bool read_more(void *ctx)
{
	struct share *x = ctx;
	struct tern *b = sim_host_stack(x->b);
	bool did = false;
	ssize_t n;

	if (x->n_in < x->n) {
		const int fd = tern_accept(b, x->listener, NULL, NULL);

		if (fd >= 0)
			x->in[x->n_in++] = fd;
	}
	for (int i = 0; i < x->n_in; i++)
		while ((n = tern_recv(b, x->in[i], chunk, CHUNK,
				      MSG_DONTWAIT)) > 0) {
			x->received[i] += (uint64_t)n;
			did = true;
		}
	return did;
}

/* What leaves a, and when. */
static void watch(void *ctx, int from, const struct tern_frame *f, bool lost,
		  tern_time now)
{
	struct share *x = ctx;

	(void)lost;
	if (from != 0)
		return;
	x->burst = now == x->last ? x->burst + f->len : f->len;
	x->burst_max = x->burst > x->burst_max ? x->burst : x->burst_max;
	x->last = now;
	x->frames++;
	x->digest = (x->digest ^ now ^ f->len) * UINT64_C(0x100000001b3);
}

static struct sim_host *host(struct sim_world *w, const char *name,
			     const char *cc)
{
	const struct sim_host_config c = {.name = name, .untraced = true};
	struct sim_host *h = sim_host_create(w, &c);

	assert_non_null(h);
	assert_int_equal(tern_sysctl_set(sim_host_stack(h),
					 "net.ipv4.tcp_congestion_control", cc),
			 0);
	return h;
}

static void begin_lossy(struct share *x, const char *cc, uint64_t bps,
			uint32_t rtt_ms, uint32_t loss_ppm)
{
	struct tern_impair_dir d = {
		.delay_ns = rtt_ms * TERN_MS / 2,
		.rate_bps = bps,
		.queue_bytes = (uint32_t)(bps / 8000 * rtt_ms),
	};
	struct sim_wire_config c = {
		.addr = {"10.0.0.1/24", "10.0.0.2/24"},
		.dir = {d, d},
	};
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(7),
				 .sin_addr.s_addr = htonl(0x0a000002)};
	struct tern *b;

	c.dir[0].loss_ppm = loss_ppm;
	memset(x, 0, sizeof(*x));
	x->w = sim_world_create(3);
	sim_world_set_check(x->w, false);
	x->a = c.host[0] = host(x->w, "a", cc);
	x->b = c.host[1] = host(x->w, "b", cc);
	assert_int_equal(sim_wire_create(&x->wire, x->w, &c), 0);
	sim_wire_watch(x->wire, watch, x);
	b = sim_host_stack(x->b);
	x->listener = tern_socket(b, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(
		tern_bind(b, x->listener, (struct sockaddr *)&to, sizeof(to)),
		0);
	assert_int_equal(tern_listen(b, x->listener, FLOWS_MAX), 0);
	assert_int_equal(sim_host_add_program(x->a, send_more, x), 0);
	assert_int_equal(sim_host_add_program(x->b, read_more, x), 0);
}

static void begin(struct share *x, const char *cc, uint64_t bps,
		  uint32_t rtt_ms)
{
	begin_lossy(x, cc, bps, rtt_ms, 0);
}

static int join_with(struct share *x, const char *cc)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(7),
				 .sin_addr.s_addr = htonl(0x0a000002)};
	struct tern *a = sim_host_stack(x->a);
	const int fd = tern_socket(a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (cc)
		assert_int_equal(tern_setsockopt(a, fd, IPPROTO_TCP,
						 TCP_CONGESTION, cc,
						 (uint32_t)strlen(cc)),
				 0);
	assert_int_equal(
		tern_connect(a, fd, (struct sockaddr *)&to, sizeof(to)),
		-EINPROGRESS);
	x->out[x->n++] = fd;
	return fd;
}

static int join(struct share *x)
{
	return join_with(x, NULL);
}

static void run(struct share *x, tern_time ns)
{
	assert_int_equal(sim_world_run_for(x->w, ns), 0);
}

/* Jain's index of two flows, the second of which came later. */
static void share(const char *cc)
{
	uint64_t at[2];
	struct share x;
	double r[2];

	begin(&x, cc, 50000000, 20);
	join(&x);
	run(&x, 2 * TERN_S);
	join(&x);
	run(&x, 28 * TERN_S);
	memcpy(at, x.received, sizeof(at));
	run(&x, 60 * TERN_S);
	r[0] = (double)(x.received[0] - at[0]);
	r[1] = (double)(x.received[1] - at[1]);
	assert_true((r[0] + r[1]) * (r[0] + r[1]) /
			    (2 * (r[0] * r[0] + r[1] * r[1])) >=
		    0.95);
	assert_true(r[0] + r[1] > 0.85 * 60 * 50e6 / 8); /* ... of it all */
	assert_int_equal(sim_world_destroy(x.w), 0);
}

static void two_cubic(void **state)
{
	(void)state;
	share("cubic");
}

static void two_bbr(void **state)
{
	(void)state;
	share("bbr");
}

static void two_bbr1(void **state)
{
	(void)state;
	share("bbr1");
}

/* BBR and CUBIC on one path, whoever came first: a loss is a loss to both, and
 * neither gets less than a quarter (26 to 33% for CUBIC, by when it comes). */
static void bbr_and_cubic(void **state)
{
	static const char *const first[] = {"bbr", "cubic"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		uint64_t r[2];
		struct share x;

		begin(&x, first[i], 50000000, 20);
		join(&x);
		run(&x, 5 * TERN_S);
		join_with(&x, first[!i]);
		run(&x, 25 * TERN_S);
		memcpy(r, x.received, sizeof(r));
		run(&x, 60 * TERN_S);
		for (int f = 0; f < 2; f++)
			assert_true(x.received[f] - r[f] >=
				    UINT64_C(60) * 50000000 / 8 / 4);
		assert_int_equal(sim_world_destroy(x.w), 0);
	}
}

/* Losses that no queue causes: BBR takes up to 2% for noise, version 1 any, and
 * CUBIC holds what Reno's theory grants, 1.22 / sqrt(p) segments a round trip.
 */
static void random_loss(void **state)
{
	static const struct {
		const char *cc;
		uint32_t ppm, percent; /* least, of 95 Mbit/s */
	} cases[] = {
		{"bbr", 0, 98},	      {"bbr", 1000, 98},  {"bbr", 5000, 97},
		{"bbr", 10000, 97},   {"bbr", 20000, 95}, {"cubic", 1000, 10},
		{"cubic", 10000, 3},  {"bbr1", 0, 98},	  {"bbr1", 10000, 97},
		{"bbr1", 100000, 80},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint64_t link = 95000000 / 8 * 20;
		struct share x;

		begin_lossy(&x, cases[i].cc, 100000000, 40, cases[i].ppm);
		join(&x);
		run(&x, 20 * TERN_S);
		if (x.received[0] < link * cases[i].percent / 100)
			print_error("%s at %u ppm\n", cases[i].cc,
				    cases[i].ppm);
		assert_true(x.received[0] >= link * cases[i].percent / 100);
		assert_int_equal(sim_world_destroy(x.w), 0);
	}
}

/* SO_MAX_PACING_RATE: the rate is kept, in bursts of a millisecond's worth. */
static void paced(void **state)
{
	const uint32_t rate = 2000000; /* bytes/s */
	uint64_t digest = 0;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct share x;
		int fd;

		begin(&x, "cubic", 100000000, 10);
		fd = join(&x);
		assert_int_equal(tern_setsockopt(sim_host_stack(x.a), fd,
						 SOL_SOCKET, SO_MAX_PACING_RATE,
						 &rate, sizeof(rate)),
				 0);
		run(&x, 10 * TERN_S);
		assert_in_range(x.received[0], 19000000, 20000000);
		assert_true(x.burst_max <= 2 * 1500);
		if (i > 0)
			assert_true(x.digest == digest);
		digest = x.digest;
		assert_int_equal(sim_world_destroy(x.w), 0);
	}
}

/* BBR's model outlives a silence in which the cold half goes: the first flight
 * after it leaves at the rate of the last (draft-ietf-ccwg-bbr-05 5.4.2). */
static void silence(void **state)
{
	struct share x;
	uint32_t info[5] = {0};
	socklen_t len = sizeof(info);
	uint64_t before;
	struct tern *a;
	int fd;

	(void)state;
	begin(&x, "bbr", 50000000, 20);
	fd = join(&x);
	run(&x, 5 * TERN_S);
	x.rests = true;
	run(&x, 10 * TERN_S);
	a = sim_host_stack(x.a);
	assert_int_equal(
		tern_getsockopt(a, fd, IPPROTO_TCP, TCP_CC_INFO, info, &len),
		0);
	assert_int_equal(len, 0); /* there is no more of it than the model */
	x.rests = false;
	before = x.received[0];
	sim_host_wake(x.a);
	run(&x, 100 * TERN_MS);
	a = sim_host_stack(x.a);
	len = sizeof(info);
	assert_int_equal(
		tern_getsockopt(a, fd, IPPROTO_TCP, TCP_CC_INFO, info, &len),
		0);
	assert_in_range(info[0], 5500000, 7500000);
	assert_true(info[3] < 512); /* in STARTUP it would be 2.77 * 256 */
	assert_true(x.received[0] - before > 75 * 6250);
	assert_int_equal(sim_world_destroy(x.w), 0);
}

/* An algorithm can be changed under way, and inquired about. */
static void changed(void **state)
{
	struct share x;
	uint32_t info[5] = {0};
	socklen_t len = sizeof(info);
	char name[16] = {0};
	socklen_t name_len = sizeof(name);
	struct tern *a;
	int fd;

	(void)state;
	begin(&x, "reno", 50000000, 20);
	fd = join(&x);
	run(&x, TERN_S);
	a = sim_host_stack(x.a);
	assert_int_equal(tern_setsockopt(a, fd, IPPROTO_TCP, TCP_CONGESTION,
					 "nosuch", 6),
			 -ENOENT);
	assert_int_equal(
		tern_setsockopt(a, fd, IPPROTO_TCP, TCP_CONGESTION, "bbr", 3),
		0);
	assert_int_equal(tern_getsockopt(a, fd, IPPROTO_TCP, TCP_CONGESTION,
					 name, &name_len),
			 0);
	assert_string_equal(name, "bbr");
	run(&x, 5 * TERN_S);
	a = sim_host_stack(x.a);
	assert_int_equal(
		tern_getsockopt(a, fd, IPPROTO_TCP, TCP_CC_INFO, info, &len),
		0);
	assert_int_equal(len, 20);
	/* 50 Mbit/s, less headers, and what one packet more or less makes. */
	assert_in_range(info[0], 5500000, 7500000);
	assert_in_range(info[2], 20000, 26000);
	assert_int_equal(sim_world_destroy(x.w), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_cubic),   cmocka_unit_test(two_bbr),
		cmocka_unit_test(two_bbr1),    cmocka_unit_test(bbr_and_cubic),
		cmocka_unit_test(random_loss), cmocka_unit_test(paced),
		cmocka_unit_test(changed),     cmocka_unit_test(silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
