/* SPDX-License-Identifier: ISC */
/*
 * autotune_test.c - buffers that follow the path: long fat pipes are filled,
 * slow readers get no more than they take
 *
 * test/slow/long_fat_test.c includes this for a pipe of 10 Gbit/s.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <tern/socket.h>

#include "sim/host.h"
#include "sim/wire.h"
#include "sim/world.h"

#define CHUNK  (256 * 1024)
#define SEQ_AT 24 /* in a frame without Ethernet */

#ifndef PIPE_BPS
#define PIPE_BPS   UINT64_C(1000000000)
#define PIPE_BYTES (UINT64_C(512) << 20)
#define PIPE_RMEM  "4096 131072 67108864"
#define PIPE_WMEM  "4096 16384 134217728"
#endif

static char chunk[CHUNK];

/* One connection, from a to b, and the two programs at its ends. */
struct flow {
	struct sim_world *w;
	struct sim_host *a, *b;
	struct sim_wire *wire;
	int out, in, listener;
	uint64_t to_send, sent, received;
	uint64_t read_bps; /* 0: as much as there is */
	tern_time since;
};

static bool send_more(void *ctx)
{
	struct flow *f = ctx;
	ssize_t n = 1;
	bool did = false;

	while (f->sent < f->to_send && n > 0) {
		uint64_t left = f->to_send - f->sent;

		n = tern_send(sim_host_stack(f->a), f->out, chunk,
			      left < CHUNK ? left : CHUNK, 0);
		if (n > 0) {
			f->sent += (uint64_t)n;
			did = true;
		}
	}
	return did;
}

/* What a reader of limited speed may take by now. */
static uint64_t allowance(const struct flow *f)
{
	tern_time ns = sim_world_now(f->w) - f->since;

	if (!f->read_bps)
		return CHUNK;
	return f->read_bps / 8 * (ns / TERN_US) / 1000000 - f->received;
}

static bool read_more(void *ctx)
{
	struct flow *f = ctx;
	bool did = false;
	ssize_t n = 1;

	if (f->in < 0)
		f->in = tern_accept(sim_host_stack(f->b), f->listener, NULL,
				    NULL);
	while (f->in >= 0 && n > 0 && allowance(f) > 0) {
		size_t most = allowance(f) < CHUNK ? allowance(f) : CHUNK;

		n = tern_recv(sim_host_stack(f->b), f->in, chunk, most, 0);
		if (n > 0) {
			f->received += (uint64_t)n;
			did = true;
		}
	}
	return did;
}

static void set(struct sim_host *h, const char *name, const char *value)
{
	assert_int_equal(tern_sysctl_set(sim_host_stack(h), name, value), 0);
}

static struct sim_host *host(struct sim_world *w, const char *name)
{
	const struct sim_host_config c = {
		.name = name,
		.memory_limit = (size_t)4 << 30,
		.untraced = true,
	};
	struct sim_host *h = sim_host_create(w, &c);

	assert_non_null(h);
	return h;
}

static void begin_queued(struct flow *f, uint64_t bps, tern_time one_way,
			 uint32_t queue)
{
	const struct tern_impair_dir d = {
		.delay_ns = one_way,
		.rate_bps = bps,
		.queue_bytes = queue,
	};
	struct sim_wire_config c = {
		.addr = {"10.0.0.1/24", "10.0.0.2/24"},
		.depth = 65536,
		.dir = {d, d},
	};

	memset(f, 0, sizeof(*f));
	f->in = -1;
	f->w = sim_world_create(7);
	sim_world_set_check(f->w, false); /* 60,000 segments are in flight */
	f->a = c.host[0] = host(f->w, "a");
	f->b = c.host[1] = host(f->w, "b");
	assert_int_equal(sim_wire_create(&f->wire, f->w, &c), 0);
}

static void begin(struct flow *f, uint64_t bps, tern_time one_way)
{
	begin_queued(f, bps, one_way, 1U << 30);
}

static void join(struct flow *f, uint64_t bytes)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(7),
				 .sin_addr.s_addr = htonl(0x0a000002)};
	struct tern *a = sim_host_stack(f->a), *b = sim_host_stack(f->b);

	f->to_send = bytes;
	f->since = sim_world_now(f->w);
	f->listener = tern_socket(b, AF_INET, SOCK_STREAM, 0);
	assert_int_equal(
		tern_bind(b, f->listener, (struct sockaddr *)&to, sizeof(to)),
		0);
	assert_int_equal(tern_listen(b, f->listener, 1), 0);
	f->out = tern_socket(a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(
		tern_connect(a, f->out, (struct sockaddr *)&to, sizeof(to)),
		-EINPROGRESS);
	assert_int_equal(sim_host_add_program(f->a, send_more, f), 0);
	assert_int_equal(sim_host_add_program(f->b, read_more, f), 0);
}

static void finish(struct flow *f)
{
	assert_int_equal(sim_world_destroy(f->w), 0);
}

static void set_buffers(struct flow *f)
{
	set(f->a, "net.ipv4.tcp_wmem", PIPE_WMEM);
	set(f->b, "net.ipv4.tcp_rmem", PIPE_RMEM);
}

/* 90% of what the wire carries within 3 s, from a window of 64 KiB on, and held
 * until all is there. */
static void a_long_fat_pipe_is_filled(void **state)
{
	const uint64_t wire = PIPE_BPS / 8 * 1448 / 1500;
	struct flow f;
	tern_time reached = 0;
	uint64_t last = 0, least = UINT64_MAX;

	(void)state;
	begin(&f, PIPE_BPS, 50 * TERN_MS);
	set_buffers(&f);
	join(&f, PIPE_BYTES);
	while (f.received < PIPE_BYTES) {
		uint64_t rate;

		assert_int_equal(sim_world_run_for(f.w, 100 * TERN_MS), 0);
		rate = (f.received - last) * 10;
		last = f.received;
		if (!reached && rate >= wire / 10 * 9)
			reached = sim_world_now(f.w) - f.since;
		else if (reached && f.received < PIPE_BYTES && rate < least)
			least = rate;
		assert_true(sim_world_now(f.w) - f.since < 60 * TERN_S);
	}
	printf("90%% after %u ms, then never less than %u%%, in %u ms\n",
	       (unsigned int)(reached / TERN_MS),
	       (unsigned int)(least * 100 / wire),
	       (unsigned int)((sim_world_now(f.w) - f.since) / TERN_MS));
	assert_in_range(reached, 1, 3 * TERN_S);
	assert_true(least >= wire / 10 * 9);
	finish(&f);
}

/* The same, where the queue holds no more than the path: slow start overflows
 * it, which is repaired within the 3 s, and from then on the rate is held. */
static void so_is_one_with_a_short_queue(void **state)
{
	const uint64_t wire = PIPE_BPS / 8 * 1448 / 1500;
	struct flow f;
	uint64_t last;

	(void)state;
	begin_queued(&f, PIPE_BPS, 50 * TERN_MS, (uint32_t)(PIPE_BPS / 80));
	set_buffers(&f);
	join(&f, PIPE_BYTES);
	assert_int_equal(sim_world_run_for(f.w, 3 * TERN_S), 0);
	last = f.received;
	for (;;) {
		assert_int_equal(sim_world_run_for(f.w, 500 * TERN_MS), 0);
		if (f.received == PIPE_BYTES)
			break;
		assert_true((f.received - last) * 2 >= wire / 10 * 9);
		last = f.received;
	}
	printf("a queue of one product: %u ms\n",
	       (unsigned int)((sim_world_now(f.w) - f.since) / TERN_MS));
	finish(&f);
}

#ifndef PIPE_ONLY
static int get(struct sim_host *h, int fd, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	assert_int_equal(tern_getsockopt(sim_host_stack(h), fd, SOL_SOCKET,
					 name, &value, &len),
			 0);
	return value;
}

/* One who reads 1 Mbit/s over 20 ms takes 2.5 KB in a round trip; his buffer
 * does not become that of the path, nor does the sender queue more. */
static void a_slow_reader_has_a_small_buffer(void **state)
{
	struct flow f;

	(void)state;
	begin(&f, UINT64_C(1000000000), 10 * TERN_MS);
	join(&f, UINT64_C(1) << 30);
	f.read_bps = 1000000;
	for (int i = 0; i < 6000; i++) {
		assert_int_equal(sim_world_run_for(f.w, 5 * TERN_MS), 0);
		read_more(&f);
	}
	assert_in_range(f.received, 3000000, 4000000);
	assert_int_equal(get(f.b, f.in, SO_RCVBUF), 131072);
	assert_true(f.sent - f.received < 1 << 20);
	finish(&f);
}

/* A segment of the third round trip, and whatever repairs it. */
static bool lose_one(void *ctx, int from, const struct tern_frame *f,
		     tern_time now)
{
	uint32_t *n = ctx;
	uint8_t seq[4] = {0};
	static uint8_t gone[4];

	(void)now;
	if (from != 0 || f->len < 1000)
		return false;
	(void)tern_frame_read(f, SEQ_AT, seq, 4);
	if (++*n == 40)
		memcpy(gone, seq, 4);
	return *n >= 40 && memcmp(gone, seq, 4) == 0;
}

/* A hole stops the user, who then takes nothing: what waits behind it makes
 * the window larger all the same, and slow start goes on. */
static void a_hole_does_not_stop_the_window(void **state)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);
	uint32_t n = 0;
	struct flow f;

	(void)state;
	begin(&f, UINT64_C(100000000), 20 * TERN_MS);
	sim_wire_filter(f.wire, lose_one, &n);
	join(&f, UINT64_C(64) << 20);
	assert_int_equal(sim_world_run_for(f.w, 400 * TERN_MS), 0);
	assert_int_equal(f.received, 39 * 1448);
	assert_int_equal(tern_getsockopt(sim_host_stack(f.b), f.in, IPPROTO_TCP,
					 TCP_INFO, &info, &len),
			 0);
	/* By twice of what 10 + 20 + 9 segments were, and what came since. */
	assert_true(info.tcpi_rcv_ssthresh > 65535 + 2 * 80 * 1448);
	finish(&f);
}

/* tcp_moderate_rcvbuf, and SO_RCVBUF: who has set it has it. */
static void buffers_that_do_not_grow(void **state)
{
	for (int locked = 0; locked < 2; locked++) {
		int size = 200000;
		struct flow f;

		(void)state;
		begin(&f, UINT64_C(1000000000), 10 * TERN_MS);
		if (!locked)
			set(f.b, "net.ipv4.tcp_moderate_rcvbuf", "0");
		join(&f, UINT64_C(64) << 20);
		if (locked)
			assert_int_equal(tern_setsockopt(sim_host_stack(f.b),
							 f.listener, SOL_SOCKET,
							 SO_RCVBUF, &size, 4),
					 0);
		assert_int_equal(sim_world_run_for(f.w, 2 * TERN_S), 0);
		assert_int_equal(get(f.b, f.in, SO_RCVBUF),
				 locked ? 400000 : 131072);
		assert_true(f.received > 1000000);
		/* One window a round trip. */
		assert_true(f.received <
			    UINT64_C(105) * (locked ? 200000 : 65536));
		finish(&f);
	}
}

/* The send buffer is twice the congestion window, at most tcp_wmem[2]. */
static void the_send_buffer_follows_cwnd(void **state)
{
	struct tcp_info i;
	socklen_t len = sizeof(i);
	struct flow f;
	uint32_t cwnd;
	int size;

	(void)state;
	begin(&f, UINT64_C(1000000000), 10 * TERN_MS);
	join(&f, UINT64_C(1) << 30);
	assert_int_equal(get(f.a, f.out, SO_SNDBUF), 16384);
	assert_int_equal(sim_world_run_for(f.w, 100 * TERN_MS), 0);
	assert_int_equal(tern_getsockopt(sim_host_stack(f.a), f.out,
					 IPPROTO_TCP, TCP_INFO, &i, &len),
			 0);
	cwnd = i.tcpi_snd_cwnd * i.tcpi_snd_mss;
	size = get(f.a, f.out, SO_SNDBUF);
	assert_in_range(size, cwnd * 2, cwnd * 4 + 4 * 1448);
	assert_int_equal(sim_world_run_for(f.w, 3 * TERN_S), 0);
	assert_int_equal(get(f.a, f.out, SO_SNDBUF), 4194304);
	finish(&f);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_fat_pipe_is_filled),
		cmocka_unit_test(so_is_one_with_a_short_queue),
#ifndef PIPE_ONLY
		cmocka_unit_test(a_slow_reader_has_a_small_buffer),
		cmocka_unit_test(a_hole_does_not_stop_the_window),
		cmocka_unit_test(buffers_that_do_not_grow),
		cmocka_unit_test(the_send_buffer_follows_cwnd),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
