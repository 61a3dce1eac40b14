/* SPDX-License-Identifier: ISC */
/*
 * endpoint.c - the programs at both ends, the same for either stack
 *
 * A sender opens one connection and closes it, so that everyone knows the way
 * (ARP); waits for the word; opens another, and writes to it as much as it
 * takes until it is told to stop.  Then it says what its TCP_INFO shows.  The
 * receiver reads whatever comes, and counts it by who sent it.
 */
#include "round.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/tcp.h>

#include <tern/host.h>
#include <tern/libc.h>

#define CHUNK	  (16 * 1024)
#define CONNS_MAX (2 * SENDERS_MAX)
#define TICK_MS	  100

static char chunk[CHUNK];

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench-wan-linux: %s: %s\n", what, strerror(errno));
	_exit(1);
}

/* NULL for Linux. */
static struct tern_host *host_of(const struct role *r)
{
	const struct tern_tun_config tun = {
		.tap = true, .mtu = 1500, .alloc = tern_libc_allocator()};
	struct tern_tun_config own = tun;
	struct tern_config c;
	struct tern_host *h;
	struct tern_link *l;
	int ifindex;

	if (r->place->kind == STACK_LINUX)
		return NULL;
	tern_config_init(&c);
	c.alloc = tern_libc_allocator();
	must(getrandom(c.seed, sizeof(c.seed), 0) > 0, "random bytes");
	must(tern_host_create(&h, &c) == 0, "a stack");
	own.blocks = tern_blocks(tern_host_stack(h));
	must(tern_tun_attach(&l, r->place->fd, &own) == 0, "a link");
	ifindex = tern_host_add_link(h, l, "wan0");
	must(ifindex > 0, "an interface");
	tern_host_lock(h);
	must(tern_addr_add(tern_host_stack(h), ifindex, r->place->addr, 24) ==
		     0,
	     "an address");
	tern_host_unlock(h);
	return h;
}

static int open_socket(struct tern_host *h)
{
	const int fd = h ? tern_host_socket(h, AF_INET, SOCK_STREAM, 0)
			 : socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0, "a socket");
	return fd;
}

static int set_cc(struct tern_host *h, int fd, const char *cc)
{
	const socklen_t n = (socklen_t)strlen(cc);

	return h ? tern_host_setsockopt(h, fd, IPPROTO_TCP, TCP_CONGESTION, cc,
					n)
		 : setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, n);
}

static int join(const struct role *r, struct tern_host *h)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
				       .sin_port = htons(PORT),
				       .sin_addr.s_addr = htonl(RECEIVER)};
	const struct sockaddr *at = (const struct sockaddr *)&to;
	const int fd = open_socket(h);

	must(set_cc(h, fd, r->cc) == 0, r->cc);
	must((h ? tern_host_connect(h, fd, at, sizeof(to))
		: connect(fd, at, sizeof(to))) == 0,
	     "connect");
	return fd;
}

static void leave(struct tern_host *h, int fd)
{
	(void)(h ? tern_host_close(h, fd) : close(fd));
}

/* A stack without a thread goes on only in calls: poll, with nothing in it. */
static void wait_a_moment(struct tern_host *h)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	if (h)
		(void)tern_host_poll(h, NULL, 0, 1);
	else
		(void)nanosleep(&ms, NULL);
}

static void tell(const struct role *r, struct tern_host *h, int fd)
{
	struct flow *f = &r->shared->flow[r->i];
	struct tcp_info info = {0};
	socklen_t n = sizeof(info);

	if (h)
		(void)tern_host_getsockopt(h, fd, IPPROTO_TCP, TCP_INFO, &info,
					   &n);
	else
		(void)getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n);
	f->retrans = info.tcpi_total_retrans;
	f->cwnd = info.tcpi_snd_cwnd;
	f->srtt_us = info.tcpi_rtt;
	f->mss = info.tcpi_snd_mss;
	f->rto_us = info.tcpi_rto;
	f->rwnd_limited_us = info.tcpi_rwnd_limited;
	f->sndbuf_limited_us = info.tcpi_sndbuf_limited;
}

void endpoint_send(const struct role *r)
{
	struct tern_host *h = host_of(r);
	struct shared *s = r->shared;
	int fd;

	while (!atomic_load(&s->listening))
		wait_a_moment(h);
	leave(h, join(r, h));
	atomic_fetch_add(&s->n_warm, 1);
	while (!atomic_load(&s->go))
		wait_a_moment(h);
	fd = join(r, h);
	while (!atomic_load(&s->stop))
		must((h ? tern_host_send(h, fd, chunk, CHUNK, 0)
			: send(fd, chunk, CHUNK, MSG_NOSIGNAL)) > 0,
		     "send");
	tell(r, h, fd);
	atomic_fetch_add(&s->n_stopped, 1);
	for (;;)
		pause();
}

/* The connections that the receiver has, and whose they are. */
struct reader {
	struct tern_host *h;
	struct pollfd fds[1 + CONNS_MAX]; /* the listener first */
	int whose[1 + CONNS_MAX];
	int n;
};

static void take_connection(struct reader *x)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	struct sockaddr *at = (struct sockaddr *)&from;
	const int fd = x->h ? tern_host_accept(x->h, x->fds[0].fd, at, &len)
			    : accept4(x->fds[0].fd, at, &len, SOCK_CLOEXEC);

	must(fd >= 0 && x->n <= CONNS_MAX, "accept");
	x->fds[x->n] = (struct pollfd){.fd = fd, .events = POLLIN};
	x->whose[x->n++] = (int)(ntohl(from.sin_addr.s_addr) - NET) - 1;
}

static void take_text(const struct role *r, struct reader *x, int i)
{
	const int fd = x->fds[i].fd;
	const ssize_t n =
		x->h ? tern_host_recv(x->h, fd, chunk, CHUNK, MSG_DONTWAIT)
		     : recv(fd, chunk, CHUNK, MSG_DONTWAIT);

	if (n > 0) {
		atomic_fetch_add(&r->shared->flow[x->whose[i]].received,
				 (unsigned long long)n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		leave(x->h, fd);
		x->n--;
		x->fds[i] = x->fds[x->n];
		x->whose[i] = x->whose[x->n];
	}
}

static int open_listener(struct tern_host *h)
{
	const struct sockaddr_in in = {.sin_family = AF_INET,
				       .sin_port = htons(PORT)};
	const struct sockaddr *at = (const struct sockaddr *)&in;
	const int fd = open_socket(h);

	if (h)
		must(tern_host_bind(h, fd, at, sizeof(in)) == 0 &&
			     tern_host_listen(h, fd, CONNS_MAX) == 0,
		     "listen");
	else
		must(bind(fd, at, sizeof(in)) == 0 &&
			     listen(fd, CONNS_MAX) == 0,
		     "listen");
	return fd;
}

void endpoint_receive(const struct role *r)
{
	struct reader x = {.h = host_of(r), .n = 1};

	x.fds[0] = (struct pollfd){.fd = open_listener(x.h), .events = POLLIN};
	atomic_store(&r->shared->listening, true);
	for (;;) {
		const nfds_t n = (nfds_t)x.n;
		const int ready = x.h ? tern_host_poll(x.h, x.fds, n, TICK_MS)
				      : poll(x.fds, n, TICK_MS);

		for (int i = x.n - 1; ready > 0 && i > 0; i--)
			if (x.fds[i].revents)
				take_text(r, &x, i);
		if (ready > 0 && x.fds[0].revents)
			take_connection(&x);
	}
}
