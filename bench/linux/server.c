/* SPDX-License-Identifier: ISC */
/* server.c - an epoll loop that swallows, or answers */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "linux.h"

#define EVENTS	256
#define BACKLOG 4096
#define CHUNK	65536

static char buf[CHUNK];

static void watch(int epfd, int fd, bool listens)
{
	struct epoll_event ev = {.events = EPOLLIN,
				 .data.u64 = (uint64_t)fd << 1 | listens};

	must(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) == 0, "epoll");
}

static void listen_at(int epfd, int port)
{
	const struct sockaddr_in name = {.sin_family = AF_INET,
					 .sin_port = htons((uint16_t)port)};
	const int fd = new_socket(SOCK_NONBLOCK), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	must(bind(fd, (const void *)&name, sizeof(name)) == 0, "bind");
	must(listen(fd, BACKLOG) == 0, "listen");
	watch(epfd, fd, true);
}

static void handle(int fd, bool echo)
{
	const ssize_t n = recv(fd, buf, CHUNK, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		close(fd);
	else if (echo)
		must(send(fd, buf, (size_t)n, 0) == n, "send");
}

/* A request is often there as soon as the connection is. */
static void welcome(int epfd, int listener, bool echo)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL,
			     SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		watch(epfd, fd, false);
		if (echo)
			handle(fd, true);
	}
}

void serve(bool echo, int ready_fd)
{
	struct epoll_event evs[EVENTS];
	const int epfd = epoll_create1(EPOLL_CLOEXEC);
	int i, n, fd;

	must(epfd >= 0, "epoll");
	for (i = 0; i < PORTS; i++)
		listen_at(epfd, PORT + i);
	must(write(ready_fd, "", 1) == 1, "pipe");
	for (;;) {
		n = epoll_wait(epfd, evs, EVENTS, -1);
		for (i = 0; i < n; i++) {
			fd = (int)(evs[i].data.u64 >> 1);
			if (evs[i].data.u64 & 1)
				welcome(epfd, fd, echo);
			else
				handle(fd, echo);
		}
	}
}
