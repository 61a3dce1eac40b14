/* SPDX-License-Identifier: ISC */
/*
 * two_stacks.c - a megabyte from one stack to another, as fast as it goes
 *
 * The pipe takes partial checksums and segments of up to 64 KiB, so that no
 * byte is summed and a frame carries 44 segments' worth.  The sender's data is
 * copied once into its send queue and once out of the receive queue.
 *
 * The stacks' time is the system's here; the program spins, since there is
 * nothing to wait for but itself.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/libc.h>
#include <tern/tern.h>

#define TOTAL (1024 * 1024)

struct host {
	struct tern *stack;
	struct tern_link *link;
	int ifindex;
};

static uint8_t sent[TOTAL], received[TOTAL];

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-result));
	exit(1);
}

static struct host host_create(struct tern_link *link, uint32_t addr)
{
	struct tern_if_config ifc = {.name = "eth0", .mtu = link->mtu};
	struct host h = {.link = link};
	struct tern_config c;

	tern_config_init(&c);
	c.alloc = tern_libc_allocator();
	check(tern_create(&h.stack, &c, tern_host_now()), "tern_create");
	ifc.flags = link->flags;
	h.ifindex = tern_if_add(h.stack, &ifc);
	check(h.ifindex, "tern_if_add");
	check(tern_addr_add(h.stack, h.ifindex, addr, 24), "tern_addr_add");
	return h;
}

static void host_drive(struct host *h, tern_time now)
{
	struct tern_frame f[16];
	int n;

	while ((n = tern_link_recv(h->link, f, 16, now)) > 0)
		tern_input(h->stack, h->ifindex, f, n, now);
	tern_advance(h->stack, now);
	while ((n = tern_output(h->stack, h->ifindex, f, 16, now)) > 0)
		if (tern_link_send(h->link, f, n, now) != n)
			check(-ENOBUFS, "the pipe is full");
}

static void connect_both(struct host *a, struct host *b, int fds[2])
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(9)};
	const struct sockaddr *addr = (struct sockaddr *)&at;
	int listener = tern_socket(b->stack, AF_INET, SOCK_STREAM, 0);

	check(tern_bind(b->stack, listener, addr, sizeof(at)), "bind");
	check(tern_listen(b->stack, listener, 1), "listen");
	fds[0] = tern_socket(a->stack, AF_INET, SOCK_STREAM, 0);
	at.sin_addr.s_addr = htonl(0x0a000002);
	if (tern_connect(a->stack, fds[0], addr, sizeof(at)) != -EINPROGRESS)
		exit(1);
	do {
		host_drive(a, tern_host_now());
		host_drive(b, tern_host_now());
		fds[1] = tern_accept(b->stack, listener, NULL, NULL);
	} while (fds[1] == -EAGAIN);
	check(fds[1], "accept");
}

/* Returns the nanoseconds it took. */
static tern_time transfer(struct host *a, struct host *b, const int fds[2])
{
	size_t n_sent = 0, n_received = 0;
	tern_time start = tern_host_now();
	ssize_t n;

	while (n_received < TOTAL) {
		n = tern_send(a->stack, fds[0], sent + n_sent, TOTAL - n_sent,
			      0);
		if (n > 0)
			n_sent += (size_t)n;
		host_drive(a, tern_host_now());
		host_drive(b, tern_host_now());
		n = tern_recv(b->stack, fds[1], received + n_received,
			      TOTAL - n_received, 0);
		if (n > 0)
			n_received += (size_t)n;
	}
	return tern_host_now() - start;
}

int main(void)
{
	const struct tern_pipe_config pipe = {.alloc = tern_libc_allocator(),
					      .flags = TERN_IF_CSUM |
						       TERN_IF_GSO};
	struct tern_link *ends[2];
	struct host a, b;
	tern_time ns;
	int fds[2];
	size_t i;

	for (i = 0; i < TOTAL; i++)
		sent[i] = (uint8_t)(i ^ i >> 8);
	check(tern_pipe_create(ends, &pipe), "tern_pipe_create");
	a = host_create(ends[0], 0x0a000001);
	b = host_create(ends[1], 0x0a000002);
	connect_both(&a, &b, fds);
	ns = transfer(&a, &b, fds);
	printf("%d bytes %s in %.3f ms, %.1f Gbit/s\n", TOTAL,
	       memcmp(sent, received, TOTAL) ? "damaged" : "intact",
	       (double)ns / 1e6, TOTAL * 8.0 / (double)ns);

	tern_destroy(a.stack);
	tern_destroy(b.stack);
	tern_link_close(ends[0]);
	tern_link_close(ends[1]);
	return memcmp(sent, received, TOTAL) ? 1 : 0;
}
