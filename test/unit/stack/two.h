/* SPDX-License-Identifier: ISC */
/*
 * two.h - two stacks on one link, and a virtual clock
 *
 * a is 10.0.0.1 and b is 10.0.0.2, both on a point-to-point link of MTU 1500.
 * two_run() lets frames pass until nobody has any, two_wait() lets time pass
 * too.
 */
#ifndef TEST_UNIT_STACK_TWO_H
#define TEST_UNIT_STACK_TWO_H

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <tern/libc.h>
#include <tern/tern.h>

#define TWO_A UINT32_C(0x0a000001)
#define TWO_B UINT32_C(0x0a000002)

struct two {
	struct tern *a, *b;
	int if_a, if_b;
	tern_time now;
	uint64_t n_frames; /* that have passed */
	uint64_t lose;	   /* drop every n-th frame, 0: none */
};

static inline struct tern *two_stack(uint8_t seed, tern_time now)
{
	struct tern_config c;
	struct tern *n = NULL;

	tern_config_init(&c);
	c.alloc = tern_libc_allocator();
	c.seed[0] = seed;
	return tern_create(&n, &c, now) == 0 ? n : NULL;
}

static inline int two_attach(struct tern *n, uint32_t addr)
{
	struct tern_if_config c = {
		.name = "wire", .flags = TERN_IF_POINTOPOINT, .mtu = 1500};
	int index = tern_if_add(n, &c);

	if (index < 0 || tern_addr_add(n, index, addr, 24) < 0)
		return -1;
	return index;
}

static inline int two_open(struct two *t)
{
	memset(t, 0, sizeof(*t));
	t->now = TERN_S;
	t->a = two_stack(1, t->now);
	t->b = two_stack(2, t->now);
	if (!t->a || !t->b)
		return -1;
	t->if_a = two_attach(t->a, TWO_A);
	t->if_b = two_attach(t->b, TWO_B);
	return t->if_a < 0 || t->if_b < 0 ? -1 : 0;
}

static inline void two_close(struct two *t)
{
	tern_destroy(t->a);
	tern_destroy(t->b);
}

/* Moves frames one way; returns their number. */
static inline int two_move(struct two *t, struct tern *from, int if_from,
			   struct tern *to, int if_to)
{
	struct tern_frame f[32];
	int n = tern_output(from, if_from, f, 32, t->now);

	for (int i = 0; i < n; i++) {
		t->n_frames++;
		if (t->lose && t->n_frames % t->lose == 0)
			tern_frame_release(&f[i]);
		else
			tern_input(to, if_to, &f[i], 1, t->now);
	}
	return n;
}

/* Frames until there are none; time stands still. */
static inline void two_run(struct two *t)
{
	int n;

	do {
		tern_advance(t->a, t->now);
		tern_advance(t->b, t->now);
		n = two_move(t, t->a, t->if_a, t->b, t->if_b);
		n += two_move(t, t->b, t->if_b, t->a, t->if_a);
	} while (n > 0 || tern_deadline(t->a) <= t->now ||
		 tern_deadline(t->b) <= t->now);
	tern_selfcheck(t->a);
	tern_selfcheck(t->b);
}

/* The same until `ns` have passed. */
static inline void two_wait(struct two *t, tern_time ns)
{
	const tern_time until = t->now + ns;

	for (;;) {
		tern_time a, b, at = until;

		two_run(t);
		a = tern_deadline(t->a);
		b = tern_deadline(t->b);
		at = a < at ? a : at;
		at = b < at ? b : at;
		if (t->now >= until)
			return;
		t->now = at > t->now ? at : t->now;
	}
}

static inline struct sockaddr_in two_addr(uint32_t ip, uint16_t port)
{
	struct sockaddr_in a;

	memset(&a, 0, sizeof(a));
	a.sin_family = AF_INET;
	a.sin_port = htons(port);
	a.sin_addr.s_addr = htonl(ip);
	return a;
}

/* A socket that listens on b's port. */
static inline int two_listen(struct tern *n, uint16_t port, int backlog)
{
	struct sockaddr_in a = two_addr(INADDR_ANY, port);
	int fd = tern_socket(n, AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || tern_bind(n, fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    tern_listen(n, fd, backlog) < 0)
		return -1;
	return fd;
}

/* Begins to connect to ip:port; returns the descriptor. */
static inline int two_dial(struct tern *n, uint32_t ip, uint16_t port)
{
	struct sockaddr_in a = two_addr(ip, port);
	int fd = tern_socket(n, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fd;
	if (tern_connect(n, fd, (struct sockaddr *)&a, sizeof(a)) !=
	    -EINPROGRESS)
		return -1;
	return fd;
}

/* Connects a to b; stores both ends. */
static inline int two_connect(struct two *t, uint16_t port, int listener,
			      int ends[2])
{
	ends[0] = two_dial(t->a, TWO_B, port);
	two_run(t);
	ends[1] = tern_accept(t->b, listener, NULL, NULL);
	return ends[0] < 0 || ends[1] < 0 ? -1 : 0;
}

#endif
