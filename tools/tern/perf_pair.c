/* SPDX-License-Identifier: ISC */
/*
 * perf_pair.c - two stacks in one process, joined by a memory pipe
 *
 * Pumped by hand in one thread, by the clock of the system.  A turn carries at
 * most BATCH frames each way, so that what one end has just written is still
 * in the cache when the other reads it.
 *
 * The server's end has several addresses: a client that opens hundreds of
 * thousands of connections a second, each of which stays in TIME-WAIT for a
 * minute, needs more ports than one pair of addresses has.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tern/libc.h>
#include <tern/tern.h>

#include "message.h"
#include "perf.h"

#define BATCH	   64
#define CLIENT	   UINT32_C(0x0a000001) /* 10.0.0.1/16 */
#define SERVER	   UINT32_C(0x0a000101) /* 10.0.1.1 and on */
#define PREFIX	   16
#define MEMORY	   (UINT64_C(4) << 30)
#define LONGEST_NS (100 * TERN_MS)

struct pair {
	struct tern *end[2];
	struct tern_link *link[2];
	int ifindex[2];
	tern_time now;
	struct tern_frame frames[BATCH];
};

struct tern *pair_end(struct pair *p, int i)
{
	return p->end[i];
}

uint32_t pair_addr(int i)
{
	return SERVER + (uint32_t)i;
}

static uint32_t link_flags(const struct perf_options *o)
{
	uint32_t flags = TERN_IF_POINTOPOINT;

	if (o->gso)
		flags |= TERN_IF_GSO | TERN_IF_CSUM;
	if (o->no_csum)
		flags |= TERN_IF_CSUM | TERN_IF_TRUSTED;
	return flags;
}

static int add_addrs(struct pair *p, int i)
{
	int r = 0, n;

	if (i == 0)
		return tern_addr_add(p->end[0], p->ifindex[0], CLIENT, PREFIX);
	for (n = 0; n < PAIR_ADDRS && r == 0; n++)
		r = tern_addr_add(p->end[1], p->ifindex[1], pair_addr(n),
				  PREFIX);
	return r;
}

static int add_interface(struct pair *p, int i)
{
	struct tern_if_config c = {.name = "pipe0",
				   .flags = p->link[i]->flags,
				   .mtu = p->link[i]->mtu};

	p->ifindex[i] = tern_if_add(p->end[i], &c);
	if (p->ifindex[i] < 0)
		return p->ifindex[i];
	return add_addrs(p, i);
}

/* What Linux too must be told before it is measured in this way. */
static int tune(struct tern *n, const struct perf_options *o)
{
	int i, r = 0;

	if (tern_sysctl_set(n, "net.ipv4.tcp_max_tw_buckets", "16777216") < 0)
		r = 0; /* then its own limit holds */
	for (i = 0; i < o->attach.n_sysctl && r == 0; i++)
		r = attach_sysctl(n, o->attach.sysctl[i]);
	return r;
}

static int open_end(struct pair *p, int i, const struct perf_options *o)
{
	struct tern_config c;
	int r;

	tern_config_init(&c);
	c.alloc = tern_libc_allocator();
	c.memory_limit = MEMORY;
	if (getentropy(c.seed, sizeof(c.seed)) < 0)
		return -errno;
	r = tern_create(&p->end[i], &c, p->now);
	if (r == 0)
		r = add_interface(p, i);
	return r == 0 ? tune(p->end[i], o) : r;
}

struct pair *pair_open(const struct perf_options *o)
{
	struct tern_pipe_config c = {.alloc = tern_libc_allocator(),
				     .flags = link_flags(o),
				     .mtu = o->attach.device.mtu};
	struct pair *p = calloc(1, sizeof(*p));
	int r = p ? tern_pipe_create(p->link, &c) : -ENOMEM, i;

	if (r == 0)
		p->now = tern_host_now();
	for (i = 0; i < 2 && r == 0; i++)
		r = open_end(p, i, o);
	if (r == 0)
		return p;
	if (r != -1)
		message_error(r, "two stacks and a pipe");
	if (p)
		pair_close(p);
	return NULL;
}

int pair_carry(struct pair *p, int i)
{
	int n = tern_output(p->end[i], p->ifindex[i], p->frames, BATCH, p->now);
	int sent, got;

	if (n <= 0)
		return 0;
	sent = tern_link_send(p->link[i], p->frames, n, p->now);
	for (sent = sent < 0 ? 0 : sent; sent < n; sent++)
		tern_frame_release(&p->frames[sent]);
	got = tern_link_recv(p->link[1 - i], p->frames, BATCH, p->now);
	if (got > 0)
		tern_input(p->end[1 - i], p->ifindex[1 - i], p->frames, got,
			   p->now);
	return n;
}

void pair_advance(struct pair *p)
{
	p->now = tern_host_now();
	tern_advance(p->end[0], p->now);
	tern_advance(p->end[1], p->now);
}

void pair_rest(struct pair *p)
{
	tern_time a = tern_deadline(p->end[0]), b = tern_deadline(p->end[1]);
	tern_time wait = a < b ? a : b;
	struct timespec t;

	wait = wait > p->now ? wait - p->now : 0;
	if (wait > LONGEST_NS)
		wait = LONGEST_NS;
	t.tv_sec = 0;
	t.tv_nsec = (long)wait;
	if (wait)
		nanosleep(&t, NULL);
}

void pair_close(struct pair *p)
{
	int i;

	for (i = 0; i < 2; i++)
		if (p->end[i])
			tern_destroy(p->end[i]);
	for (i = 0; i < 2; i++)
		if (p->link[i])
			tern_link_close(p->link[i]);
	free(p);
}
