/* SPDX-License-Identifier: ISC */
/*
 * zero_copy_test.c - by reference over bad wires, byte for byte
 *
 * The sender spoils each piece of memory as soon as it is told that the loan is
 * done: were that too soon, what is sent again would be spoilt, too.  The
 * receiver gives slices back late and in any order.  Frames are lost, doubled,
 * damaged and overtaken; one wire is of single segments with their checksums,
 * the other of frames of up to 64 KiB.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <string.h>

#include <tern/tern.h>

#include "sim/chance.h"
#include "sim/host.h"
#include "sim/stream.h"
#include "sim/wire.h"
#include "sim/world.h"

#define PORT   7
#define TOTAL  (1 << 20)
#define SEEDS  12
#define LOANS  24
#define PIECE  65536
#define SLICES 48
#define DELAY  (5 * TERN_MS)

struct trial {
	struct sim_world *w;
	struct sim_host *host[2];
	struct sim_chance chance;
	uint64_t seed;
	int fd[2], listener;
	uint64_t sent, back, received;
	uint8_t memory[LOANS][PIECE];
	bool on_loan[LOANS];
	struct tern_slice held[SLICES];
	int n_held;
	bool closed, ended;
};

static uint32_t roll(struct trial *t, uint32_t n)
{
	return (uint32_t)(sim_chance_u64(&t->chance) % n);
}

static bool take_back(struct trial *t, struct tern *n, int fd)
{
	struct tern_zc_done done[LOANS];
	int r = tern_zc_done(n, fd, done, LOANS);

	for (int i = 0; i < r; i++) {
		assert_true(t->on_loan[done[i].cookie]);
		t->on_loan[done[i].cookie] = false;
		t->back += done[i].len;
		memset(t->memory[done[i].cookie], 0xee, PIECE);
	}
	return r > 0;
}

static bool lend(struct trial *t, struct tern *n)
{
	const uint32_t i = roll(t, LOANS);
	uint32_t len = 1 + roll(t, roll(t, 3) ? 4000 : PIECE - 1);
	ssize_t r;

	if (t->on_loan[i])
		return false;
	if (len > TOTAL - t->sent)
		len = (uint32_t)(TOTAL - t->sent);
	sim_stream_fill(t->seed, t->sent, t->memory[i], len);
	r = tern_send_zc(n, t->fd[0], t->memory[i], len, 0, i);
	assert_true(r > 0 || r == -EAGAIN);
	if (r <= 0)
		return false;
	t->on_loan[i] = true;
	t->sent += (uint64_t)r;
	return true;
}

/* Closes while much is on loan. */
static bool sender(void *ctx)
{
	struct trial *t = ctx;
	struct tern *n = sim_host_stack(t->host[0]);

	if (t->closed)
		return take_back(t, n, -1);
	if (take_back(t, n, t->fd[0]))
		return true;
	if (t->sent < TOTAL)
		return lend(t, n);
	assert_int_equal(tern_close(n, t->fd[0]), 0);
	t->closed = true;
	return true;
}

static void give_back(struct trial *t, struct tern *n)
{
	while (t->n_held > 0) {
		int i = (int)roll(t, (uint32_t)t->n_held);

		tern_recv_zc_done(n, t->fd[1], &t->held[i], 1);
		t->held[i] = t->held[--t->n_held];
	}
}

static bool receiver(void *ctx)
{
	struct trial *t = ctx;
	struct tern *n = sim_host_stack(t->host[1]);
	struct tern_slice *s = t->held + t->n_held;
	int r;

	if (t->fd[1] < 0)
		t->fd[1] = tern_accept(n, t->listener, NULL, NULL);
	if (t->fd[1] < 0 || t->ended)
		return false;
	if (t->n_held == SLICES || roll(t, 4) == 0)
		give_back(t, n);
	s = t->held + t->n_held;
	r = tern_recv_zc(n, t->fd[1], s,
			 1 + (int)roll(t, (uint32_t)(SLICES - t->n_held)), 0);
	assert_true(r >= 0 || r == -EAGAIN);
	if (r == 0) {
		t->ended = true;
		give_back(t, n);
	}
	for (int i = 0; i < r; i++) {
		assert_int_equal(sim_stream_check(t->seed, t->received,
						  s[i].data, s[i].len),
				 s[i].len);
		t->received += s[i].len;
	}
	t->n_held += r > 0 ? r : 0;
	if (r == -EAGAIN && t->n_held) {
		give_back(t, n); /* or a closed window would stay so */
		return true;
	}
	return r > 0;
}

static void open_trial(struct trial *t, uint64_t seed, uint32_t flags)
{
	const struct tern_impair_dir faults = {.loss_ppm = 20000,
					       .duplicate_ppm = 10000,
					       .reorder_ppm = 10000,
					       .reorder_ns = DELAY,
					       .corrupt_ppm = 10000,
					       .delay_ns = DELAY};
	const struct sim_host_config names[2] = {{.name = "a"}, {.name = "b"}};
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons(PORT)};
	struct sim_wire_config c = {.addr = {"10.0.0.1/24", "10.0.0.2/24"},
				    .flags = flags,
				    .dir = {faults, faults}};
	struct sim_wire *wire;
	struct tern *n;

	memset(t, 0, sizeof(*t));
	t->seed = seed;
	t->fd[1] = -1;
	t->chance.state = seed;
	t->w = sim_world_create(seed);
	for (int i = 0; i < 2; i++)
		t->host[i] = c.host[i] = sim_host_create(t->w, &names[i]);
	assert_int_equal(sim_wire_create(&wire, t->w, &c), 0);
	n = sim_host_stack(t->host[1]);
	t->listener = tern_socket(n, AF_INET, SOCK_STREAM, 0);
	assert_int_equal(tern_bind(n, t->listener, (void *)&at, sizeof(at)), 0);
	assert_int_equal(tern_listen(n, t->listener, 1), 0);
	n = sim_host_stack(t->host[0]);
	at.sin_addr.s_addr = htonl(0x0a000002);
	t->fd[0] = tern_socket(n, AF_INET, SOCK_STREAM, 0);
	assert_int_equal(tern_connect(n, t->fd[0], (void *)&at, sizeof(at)),
			 -EINPROGRESS);
	assert_int_equal(sim_host_add_program(t->host[0], sender, t), 0);
	assert_int_equal(sim_host_add_program(t->host[1], receiver, t), 0);
}

static bool goes_on(void *ctx)
{
	const struct trial *t = ctx;

	return !t->ended || t->back < TOTAL;
}

static void run(uint64_t seed, uint32_t flags)
{
	static struct trial t;

	open_trial(&t, seed, flags);
	assert_int_equal(sim_world_run_while(t.w, goes_on, &t, 3600 * TERN_S),
			 0);
	assert_int_equal(t.received, TOTAL);
	assert_int_equal(t.back, TOTAL);
	for (int i = 0; i < LOANS; i++)
		assert_false(t.on_loan[i]);
	assert_int_equal(sim_world_destroy(t.w), 0);
}

static void segments_arrive(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run(seed, 0);
}

static void long_frames_arrive(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run(seed, TERN_IF_GSO | TERN_IF_CSUM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_arrive),
		cmocka_unit_test(long_frames_arrive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
