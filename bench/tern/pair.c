/* SPDX-License-Identifier: ISC */
/* pair.c - two stacks in one process, joined by a memory pipe */
#include "pair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>

#include <tern/libc.h>

#define CLIENT	     UINT32_C(0x0a000001) /* 10.0.0.1/16 */
#define SERVER	     UINT32_C(0x0a000101) /* 10.0.1.1 and on */
#define PREFIX	     16
#define PORT	     5201
#define BACKLOG	     16384
#define MAX_SOCKETS  (UINT32_C(16) << 20)
#define MEMORY_LIMIT (UINT64_C(64) << 30)

void pair_tune(struct pair *p, const char *name, const char *value)
{
	int i;

	for (i = 0; i < 2; i++)
		must_not_fail(tern_sysctl_set(p->end[i], name, value), name);
}

static void add_interface(struct pair *p, int i)
{
	const struct tern_if_config c = {.name = "pipe0",
					 .flags = p->link[i]->flags,
					 .mtu = p->link[i]->mtu};
	int n, n_addrs = i ? ADDRS : 1;

	p->ifindex[i] = tern_if_add(p->end[i], &c);
	must_not_fail(p->ifindex[i], "interface");
	for (n = 0; n < n_addrs; n++)
		must_not_fail(tern_addr_add(p->end[i], p->ifindex[i],
					    (i ? SERVER : CLIENT) + (uint32_t)n,
					    PREFIX),
			      "address");
}

static void open_end(struct pair *p, int i)
{
	struct tern_config c;

	tern_config_init(&c);
	must_not_fail(tern_pages_create(&p->pages[i]), "memory");
	must_not_fail(tern_pages_reserve(p->pages[i], p->config.reserve),
		      "memory");
	c.alloc = tern_pages_allocator(p->pages[i]);
	c.memory_limit = MEMORY_LIMIT;
	c.max_sockets = MAX_SOCKETS;
	must_not_fail(tern_create(&p->end[i], &c, p->now), "stack");
	add_interface(p, i);
	p->epfd[i] = tern_epoll_create(p->end[i]);
	must_not_fail(p->epfd[i], "epoll");
}

static void set(struct tern *n, int fd, int level, int name, int value)
{
	must_not_fail(
		tern_setsockopt(n, fd, level, name, &value, sizeof(value)),
		"setsockopt");
}

/* Sockets that are accepted have the options of the listener. */
static int new_socket(struct pair *p, int i)
{
	const int window = (int)p->config.window;
	const int fd = tern_socket(p->end[i], AF_INET, SOCK_STREAM, 0);

	must_not_fail(fd, "socket");
	set(p->end[i], fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (window) {
		set(p->end[i], fd, SOL_SOCKET, SO_SNDBUF, window);
		set(p->end[i], fd, SOL_SOCKET, SO_RCVBUF, window);
	}
	return fd;
}

static void listen_at(struct pair *p, int k)
{
	const struct sockaddr_in name = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)(PORT + k))};
	const int fd = new_socket(p, 1);
	struct epoll_event ev = {.events = EPOLLIN};

	p->listener[k] = fd;
	must_not_fail(
		tern_bind(p->end[1], fd, (const void *)&name, sizeof(name)),
		"bind");
	must_not_fail(tern_listen(p->end[1], fd, BACKLOG), "listen");
	ev.data.u64 = (uint64_t)fd << 32 | 1;
	must_not_fail(
		tern_epoll_ctl(p->end[1], p->epfd[1], EPOLL_CTL_ADD, fd, &ev),
		"epoll");
}

void pair_open(struct pair *p, const struct pair_config *c)
{
	const struct tern_pipe_config pipe = {.alloc = tern_libc_allocator(),
					      .flags = c->flags |
						       TERN_IF_POINTOPOINT,
					      .mtu = c->mtu};
	int i;

	memset(p, 0, sizeof(*p));
	p->config = *c;
	p->now = c->virtual_time ? TERN_S : clock_ns();
	must_not_fail(tern_pipe_create(p->link, &pipe), "pipe");
	for (i = 0; i < 2; i++)
		open_end(p, i);
	pair_tune(p, "net.core.somaxconn", "16384");
	pair_tune(p, "net.ipv4.tcp_max_syn_backlog", "16384");
	pair_tune(p, "net.ipv4.ip_local_port_range", "1024 65535");
	for (i = 0; i < PORTS; i++)
		listen_at(p, i);
}

void pair_close(struct pair *p)
{
	int i;

	for (i = 0; i < 2; i++)
		tern_destroy(p->end[i]);
	for (i = 0; i < 2; i++)
		tern_link_close(p->link[i]);
	for (i = 0; i < 2; i++)
		tern_pages_destroy(p->pages[i]);
}

/* In virtual time as often as it takes: a call does no more than so much. */
static void advance(struct pair *p, int i)
{
	uint64_t began;

	do {
		began = pair_begin(p);
		tern_advance(p->end[i], p->now);
		pair_note(p, PLACE_ADVANCE, began);
	} while (p->config.virtual_time && tern_deadline(p->end[i]) <= p->now);
}

void pair_tick(struct pair *p)
{
	if (!p->config.virtual_time)
		p->now = clock_ns();
	advance(p, 0);
	advance(p, 1);
}

void pair_pass(struct pair *p, tern_time ns)
{
	const tern_time end = p->now + ns;
	tern_time next, other;

	for (;;) {
		pair_settle(p);
		next = tern_deadline(p->end[0]);
		other = tern_deadline(p->end[1]);
		if (other < next)
			next = other;
		if (next > end)
			break;
		p->now = next > p->now ? next : p->now;
		pair_tick(p);
	}
	p->now = end;
	pair_tick(p);
	pair_settle(p);
}

int pair_carry(struct pair *p, int i)
{
	const int max = p->config.calls ? BATCH_TIMED : BATCH;
	uint64_t began = pair_begin(p);
	const int n =
		tern_output(p->end[i], p->ifindex[i], p->frames, max, p->now);
	int got;

	pair_note(p, PLACE_OUTPUT, began);
	if (n <= 0)
		return 0;
	must(tern_link_send(p->link[i], p->frames, n, p->now) == n, "pipe");
	got = tern_link_recv(p->link[1 - i], p->frames, BATCH, p->now);
	must(got == n, "pipe");
	began = pair_begin(p);
	tern_input(p->end[1 - i], p->ifindex[1 - i], p->frames, got, p->now);
	pair_note(p, PLACE_INPUT, began);
	return n;
}

int pair_lose(struct pair *p, int i)
{
	int n, k, all = 0;

	while ((n = tern_output(p->end[i], p->ifindex[i], p->frames, BATCH,
				p->now)) > 0) {
		for (k = 0; k < n; k++)
			tern_frame_release(&p->frames[k]);
		all += n;
	}
	return all;
}

void pair_settle(struct pair *p)
{
	while (pair_carry(p, 0) + pair_carry(p, 1) > 0)
		;
}

int pair_connect(struct pair *p, uint64_t i)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	const uint64_t began = pair_begin(p);
	const int fd = new_socket(p, 0);
	int r;

	to.sin_port = htons((uint16_t)(PORT + i % PORTS));
	to.sin_addr.s_addr = htonl(SERVER + (uint32_t)(i / PORTS % ADDRS));
	r = tern_connect(p->end[0], fd, (const void *)&to, sizeof(to));
	pair_note(p, PLACE_OPEN, began);
	must_not_fail(r == -EINPROGRESS ? 0 : r, "connect");
	return fd;
}

void pair_join(struct pair *p, int fds[2])
{
	fds[0] = pair_connect(p, 0);
	pair_tick(p);
	pair_settle(p);
	fds[1] = tern_accept(p->end[1], p->listener[0], NULL, NULL);
	must_not_fail(fds[1], "accept");
	pair_settle(p);
}
