/* SPDX-License-Identifier: ISC */
/*
 * ack.c - what an ACK costs when much is in flight, and half of it is lost
 *
 *	bench-ack [MIB...]
 *
 * Two stacks, and by hand all that lies between them.  The sender fills a
 * window of so many MiB; every second segment of one window is lost, and each
 * of the others is answered by an ACK with SACK blocks.  Then what was sent
 * again arrives, and ACKs fill one hole after the other.  What is measured is
 * the sender alone: a frame with an ACK in, what is due out.
 *
 * Neither may depend on how much is in flight, but for the cache: the records
 * of 64 MiB are 5 MiB.  Printed are nanoseconds for each ACK, the least of some
 * runs, and how much more that is than in the first line.  With one argument
 * there is one run, and their number is printed, for bench/ack/run, which
 * counts the instructions of measured().
 *
 * test/sim/ack_test.c includes this.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tern/libc.h>
#include <tern/netif.h>
#include <tern/socket.h>
#include <tern/stack.h>

#define PORT	   7
#define MIB	   (UINT32_C(1) << 20)
#define CHUNK	   65536
#define BURST	   64 /* frames that output is asked for at once */
#define HALF_RTT   (50 * TERN_MS)
#define ROUNDS_MAX 64

struct ack_side {
	struct tern *n;
	int ifindex, fd;
};

/* Frames on their way. */
struct ack_box {
	struct tern_frame *frame;
	int n, size;
};

struct ack_bench {
	struct ack_side a, b; /* from a to b */
	int listener;
	struct ack_box text, acks;
	tern_time now;
	uint64_t spent_ns;
	uint32_t n_acks;
};

/* Nanoseconds an ACK. */
struct ack_cost {
	double sack, repair;
	uint32_t n_acks; /* of both */
};

static char chunk[CHUNK];

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench-ack: %s\n", what);
	exit(1);
}

static void set(struct ack_side *s, const char *name, uint32_t value)
{
	char text[64];

	snprintf(text, sizeof(text), "4096 %u %u", value, value);
	must(tern_sysctl_set(s->n, name, text) == 0, name);
}

static void open_side(struct ack_side *s, uint32_t addr, tern_time now)
{
	const struct tern_if_config i = {
		.name = "wire0",
		.flags = TERN_IF_CSUM | TERN_IF_TRUSTED,
		.mtu = 1500,
	};
	struct tern_config c;

	tern_config_init(&c);
	c.alloc = tern_libc_allocator();
	c.memory_limit = (size_t)4 << 30;
	must(tern_create(&s->n, &c, now) == 0, "no stack");
	s->ifindex = tern_if_add(s->n, &i);
	must(s->ifindex > 0 && tern_addr_add(s->n, s->ifindex, addr, 24) == 0,
	     "no interface");
	s->fd = -1;
}

/* Takes what a side wants to send; returns how much that was. */
static int fetch(struct ack_side *s, struct ack_box *box, tern_time now)
{
	int n, sum = 0;

	do {
		if (box->size < box->n + BURST) {
			box->size = 2 * box->size + BURST;
			box->frame = realloc(box->frame,
					     (size_t)box->size *
						     sizeof(*box->frame));
			must(box->frame != NULL, "no memory");
		}
		n = tern_output(s->n, s->ifindex, box->frame + box->n, BURST,
				now);
		box->n += n;
		sum += n;
	} while (n > 0);
	return sum;
}

static void empty(struct ack_box *box)
{
	for (int i = 0; i < box->n; i++)
		tern_frame_release(&box->frame[i]);
	box->n = 0;
}

static void let_time_pass(struct ack_side *s, tern_time now)
{
	if (tern_deadline(s->n) <= now)
		tern_advance(s->n, now);
}

/* The work of the sender for one ACK. */
static void take_ack(struct ack_bench *x, struct tern_frame *f)
{
	(void)tern_input(x->a.n, x->a.ifindex, f, 1, x->now);
	let_time_pass(&x->a, x->now);
	(void)fetch(&x->a, &x->text, x->now);
}

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * TERN_S + (uint64_t)t.tv_nsec;
}

/* Delivers text, or every second frame of it; ACKs come of it. */
static void deliver(struct ack_bench *x, bool half)
{
	const tern_time since = x->now;

	for (int i = 0; i < x->text.n; i++) {
		x->now = since + HALF_RTT * (uint64_t)i / (uint64_t)x->text.n;
		if (half && i % 2 == 0) {
			tern_frame_release(&x->text.frame[i]);
			continue;
		}
		(void)tern_input(x->b.n, x->b.ifindex, &x->text.frame[i], 1,
				 x->now);
		let_time_pass(&x->b, x->now);
		if (x->b.fd >= 0)
			while (tern_recv(x->b.n, x->b.fd, chunk, CHUNK,
					 MSG_DONTWAIT) > 0)
				;
		(void)fetch(&x->b, &x->acks, x->now);
	}
	x->text.n = 0;
	x->now = since + HALF_RTT;
	let_time_pass(&x->b, x->now);
	(void)fetch(&x->b, &x->acks, x->now);
}

/* Delivers ACKs, and takes what the sender sends for them. */
static void answer(struct ack_bench *x)
{
	const tern_time since = x->now;
	uint64_t from;

	x->n_acks = (uint32_t)x->acks.n;
	from = clock_ns();
	for (int i = 0; i < x->acks.n; i++) {
		x->now = since + HALF_RTT * (uint64_t)i / (uint64_t)x->acks.n;
		take_ack(x, &x->acks.frame[i]);
	}
	x->spent_ns = clock_ns() - from;
	x->acks.n = 0;
	x->now = since + HALF_RTT;
}

/* The same, for a tool that counts what is done in here. */
__attribute__((noinline)) static void measured(struct ack_bench *x)
{
	answer(x);
}

static void write_more(struct ack_bench *x)
{
	while (tern_send(x->a.n, x->a.fd, chunk, CHUNK, MSG_DONTWAIT) > 0)
		;
	(void)fetch(&x->a, &x->text, x->now);
}

static void connect_both(struct ack_bench *x, uint32_t window)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(PORT),
				 .sin_addr.s_addr = htonl(0x0a000002)};
	struct tern *a = x->a.n, *b = x->b.n;

	set(&x->a, "net.ipv4.tcp_wmem", 4 * window);
	set(&x->b, "net.ipv4.tcp_rmem", 2 * window);
	x->listener = tern_socket(b, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	must(tern_bind(b, x->listener, (struct sockaddr *)&to, sizeof(to)) ==
			     0 &&
		     tern_listen(b, x->listener, 1) == 0,
	     "no listener");
	x->a.fd = tern_socket(a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	must(tern_connect(a, x->a.fd, (struct sockaddr *)&to, sizeof(to)) ==
		     -EINPROGRESS,
	     "no connection");
	(void)fetch(&x->a, &x->text, x->now);
	deliver(x, false);
	answer(x);
	deliver(x, false);
	x->b.fd = tern_accept(b, x->listener, NULL, NULL);
	must(x->b.fd >= 0, "no connection");
}

/* Round after round until the window is full. */
static void fill_window(struct ack_bench *x, uint32_t window)
{
	int rounds = 0;

	write_more(x);
	while ((uint32_t)x->text.n < window / 1448 * 99 / 100) {
		must(++rounds < ROUNDS_MAX, "the window is not filled");
		deliver(x, false);
		answer(x);
		write_more(x);
	}
}

static struct ack_cost ack_measure(uint32_t window)
{
	struct ack_bench x = {.now = TERN_S};
	struct ack_cost cost;

	open_side(&x.a, 0x0a000001, x.now);
	open_side(&x.b, 0x0a000002, x.now);
	connect_both(&x, window);
	fill_window(&x, window);
	deliver(&x, true);
	measured(&x);
	cost.n_acks = x.n_acks;
	cost.sack = (double)x.spent_ns / x.n_acks;
	must(x.text.n > 0, "nothing is sent again");
	deliver(&x, false);
	measured(&x);
	cost.n_acks += x.n_acks;
	cost.repair = (double)x.spent_ns / x.n_acks;
	empty(&x.text);
	tern_destroy(x.a.n);
	tern_destroy(x.b.n);
	free(x.text.frame);
	free(x.acks.frame);
	return cost;
}

/* The least of `n` runs. */
static struct ack_cost ack_least(uint32_t window, int n)
{
	struct ack_cost least = ack_measure(window);

	while (--n > 0) {
		const struct ack_cost c = ack_measure(window);

		if (c.sack < least.sack)
			least.sack = c.sack;
		if (c.repair < least.repair)
			least.repair = c.repair;
	}
	return least;
}

#ifndef ACK_MEASURE_ONLY
static uint32_t number(const char *s)
{
	char *end;
	const unsigned long v = strtoul(s, &end, 10);

	must(*s && !*end && v > 0 && v <= 128, s);
	return (uint32_t)v;
}

int main(int argc, char **argv)
{
	static const char *const usual[] = {"", "1", "4", "16", "64"};
	const char *const *size = argc > 1 ? (const char *const *)argv : usual;
	const int n = argc > 1 ? argc : 5;
	struct ack_cost first = {1, 1, 0};

	if (n > 2)
		printf("in flight   with SACK     repairing\n");
	for (int i = 1; i < n; i++) {
		const uint32_t mib = number(size[i]);
		const struct ack_cost c =
			ack_least(mib * MIB, n > 2 ? (int)(64 / mib) + 2 : 1);

		if (i == 1)
			first = c;
		if (n == 2) {
			printf("%u\n", c.n_acks);
			break;
		}
		printf("%5u MiB %5.0f ns %4.1f %5.0f ns %4.1f\n", mib, c.sack,
		       c.sack / first.sack, c.repair, c.repair / first.repair);
	}
	return 0;
}
#endif
