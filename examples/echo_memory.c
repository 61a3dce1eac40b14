/* SPDX-License-Identifier: ISC */
/*
 * echo_memory.c - a client and an echo server, two stacks in one process
 *
 * Nothing of the system is used but memory: no descriptor, no thread, no
 * clock, no randomness, so that every run is the same to the last bit.  The
 * stacks are joined by a pipe, and this program is their driver: it carries the
 * frames and says what time it is.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/libc.h>
#include <tern/tern.h>

struct host {
	struct tern *stack;
	struct tern_link *link;
	int ifindex;
};

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
	check(tern_create(&h.stack, &c, 0), "tern_create");
	ifc.flags = link->flags;
	h.ifindex = tern_if_add(h.stack, &ifc);
	check(h.ifindex, "tern_if_add");
	check(tern_addr_add(h.stack, h.ifindex, addr, 24), "tern_addr_add");
	return h;
}

/* What a driver does: frames in, time, frames out. */
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

/* One step of the server: accept, then echo.  *fd is -1 at first. */
static void serve(struct tern *n, int listener, int *fd)
{
	char buf[256];
	ssize_t len;

	if (*fd < 0) {
		*fd = tern_accept(n, listener, NULL, NULL);
		return;
	}
	len = tern_recv(n, *fd, buf, sizeof(buf), 0);
	if (len > 0)
		check((int)tern_send(n, *fd, buf, (size_t)len, 0), "send");
}

/* One step of the client: say hello once connected, then listen. */
static bool ask(struct tern *n, int fd, bool *asked, char *buf, size_t size)
{
	const char hello[] = "hello, tern";

	if (!*asked)
		*asked = tern_send(n, fd, hello, sizeof(hello), 0) > 0;
	return tern_recv(n, fd, buf, size, 0) == sizeof(hello);
}

int main(void)
{
	const struct tern_pipe_config pipe = {.alloc = tern_libc_allocator()};
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(7)};
	const struct sockaddr *addr = (struct sockaddr *)&at;
	int listener, fd, served = -1;
	struct host server, client;
	struct tern_link *ends[2];
	char buf[256] = "nothing";
	bool asked = false;
	tern_time now;

	check(tern_pipe_create(ends, &pipe), "tern_pipe_create");
	server = host_create(ends[0], 0x0a000001); /* 10.0.0.1 */
	client = host_create(ends[1], 0x0a000002);

	listener = tern_socket(server.stack, AF_INET, SOCK_STREAM, 0);
	check(tern_bind(server.stack, listener, addr, sizeof(at)), "bind");
	check(tern_listen(server.stack, listener, 8), "listen");

	fd = tern_socket(client.stack, AF_INET, SOCK_STREAM, 0);
	at.sin_addr.s_addr = htonl(0x0a000001);
	if (tern_connect(client.stack, fd, addr, sizeof(at)) != -EINPROGRESS)
		return 1;

	/* A second of the stacks' time, a millisecond a turn. */
	for (now = 0; now < TERN_S; now += TERN_MS) {
		host_drive(&client, now);
		host_drive(&server, now);
		serve(server.stack, listener, &served);
		if (ask(client.stack, fd, &asked, buf, sizeof(buf)))
			break;
	}
	printf("echo: %s\n", buf);

	tern_destroy(client.stack);
	tern_destroy(server.stack);
	tern_link_close(ends[0]);
	tern_link_close(ends[1]);
	return now < TERN_S ? 0 : 1;
}
