/* SPDX-License-Identifier: ISC */
/*
 * client.c - what is measured
 *
 * The client blocks, in the order in which it asked; that is less work than an
 * epoll set, and no answer can be missed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "linux.h"

#define NS_PER_S UINT64_C(1000000000)
#define CHUNK	 65536
#define MANY	 1024

static char buf[CHUNK];

/* Connects to the i-th port of the server. */
static int connect_to(uint64_t i, int flags)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	const int fd = new_socket(flags);
	const char *address = argument_text("address", "127.0.0.1");

	to.sin_port = htons((uint16_t)(PORT + i % PORTS));
	must(inet_pton(AF_INET, address, &to.sin_addr) == 1, "address");
	if (connect(fd, (const void *)&to, sizeof(to)) < 0)
		must(errno == EINPROGRESS, "connect");
	return fd;
}

static void wait_for(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	must(poll(&p, 1, 10000) == 1, "no answer");
}

static void send_request(int fd)
{
	while (send(fd, buf, SIZE, 0) != SIZE) {
		must(errno == EAGAIN || errno == EINTR, "send");
		wait_for(fd, POLLOUT);
	}
}

static void receive_response(int fd)
{
	ssize_t n;
	size_t left = SIZE;

	while (left > 0) {
		n = recv(fd, buf, left, 0);
		if (n > 0) {
			left -= (size_t)n;
			continue;
		}
		must(n < 0 && (errno == EAGAIN || errno == EINTR), "recv");
		wait_for(fd, POLLIN);
	}
}

/* What is sent and not acknowledged yet has not been done yet. */
static uint64_t arrived(int fd, uint64_t sent)
{
	int left = 0;

	must(ioctl(fd, SIOCOUTQ, &left) == 0, "SIOCOUTQ");
	return sent - (uint64_t)left;
}

void client_bulk(struct both *b)
{
	const uint64_t limit = argument("seconds", 2) * NS_PER_S;
	const int fd = connect_to(0, 0);
	uint64_t sent = 0, before;
	ssize_t n;

	while (sent < 1 << 20)
		sent += (uint64_t)send(fd, buf, CHUNK, 0);
	before = arrived(fd, sent);
	both_start(b);
	while (!span_over(&b->s, clock_ns(), limit)) {
		n = send(fd, buf, CHUNK, 0);
		must(n > 0, "send");
		sent += (uint64_t)n;
	}
	both_end(b);
	report_rate("", "Gbit/s", (double)(arrived(fd, sent) - before) * 8e-9,
		    &b->s);
	close(fd);
}

static int *open_many(uint64_t n)
{
	int *fds = malloc(n * sizeof(int));
	uint64_t i;

	must(fds != NULL, "no memory");
	for (i = 0; i < n; i++)
		fds[i] = connect_to(i, 0);
	return fds;
}

void client_rr(struct both *b)
{
	const uint64_t limit = argument("seconds", 2) * NS_PER_S;
	const uint64_t conns = argument("conns", 1);
	const uint64_t depth = argument("depth", conns < 100 ? 1 : 32);
	int *fds = open_many(conns), asked[MANY];
	uint64_t done = 0, i;

	must(depth <= MANY, "depth");
	both_start(b);
	while (!span_over(&b->s, clock_ns(), limit)) {
		for (i = 0; i < depth; i++) {
			asked[i] = fds[draw((uint32_t)conns)];
			send_request(asked[i]);
		}
		for (i = 0; i < depth; i++)
			receive_response(asked[i]);
		done += depth;
	}
	both_end(b);
	report_rate("", "transactions/s", (double)done, &b->s);
	free(fds);
}

void client_crr(struct both *b)
{
	const uint64_t limit = argument("seconds", 2) * NS_PER_S;
	const uint64_t at_a_time = argument("at_a_time", 100);
	uint64_t done = 0, i;
	int fds[MANY];

	must(at_a_time <= MANY, "at_a_time");
	both_start(b);
	while (!span_over(&b->s, clock_ns(), limit)) {
		for (i = 0; i < at_a_time; i++)
			fds[i] = connect_to(done + i, SOCK_NONBLOCK);
		for (i = 0; i < at_a_time; i++)
			send_request(fds[i]);
		for (i = 0; i < at_a_time; i++)
			receive_response(fds[i]);
		for (i = 0; i < at_a_time; i++)
			close(fds[i]);
		done += at_a_time;
	}
	both_end(b);
	report_rate("", "connections/s", (double)done, &b->s);
}

static uint64_t slab_bytes(void)
{
	unsigned long long kb = 0;
	FILE *f = fopen("/proc/meminfo", "re");
	char line[100];

	must(f != NULL, "meminfo");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Slab: %llu kB", &kb) == 1)
			break;
	fclose(f);
	return (uint64_t)kb * 1024;
}

/* The kernel's memory for objects; the processes' own is next to nothing. */
void client_memory(struct both *b)
{
	const uint64_t n = argument("conns", 10000);
	uint64_t before;
	int *fds;

	(void)b;
	free(open_many(1000));
	before = slab_bytes();
	fds = open_many(n);
	report("resident", "bytes",
	       (double)(slab_bytes() - before) / (2 * (double)n), NULL);
	free(fds);
}
