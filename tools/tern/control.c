/* SPDX-License-Identifier: ISC */
/*
 * control.c - the control socket of a running command
 *
 * Clients are served in the command's own thread, between two turns of its
 * loop, so that they see a stack at rest.  One that does not read cannot hold
 * anything up nor make memory grow: an answer is made piece by piece as the
 * client takes it (control_session.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "control_session.h"

#define MAX_SESSIONS 16

struct control {
	struct control_config config;
	char detail[96];
	struct sockaddr_un name;
	int fd;	   /* listens */
	int epoll; /* of fd and the clients */
	struct session *sessions[MAX_SESSIONS];
};

static int watch(int epoll, int op, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event ev = {.events = events, .data.u64 = data};

	return epoll_ctl(epoll, op, fd, &ev) < 0 ? -errno : 0;
}

static int name_socket(struct control *c, struct sockaddr_un *early)
{
	char directory[sizeof(c->name.sun_path) - 16];
	int r = control_directory(directory, sizeof(directory), true);

	if (r < 0)
		return r;
	c->name.sun_family = early->sun_family = AF_UNIX;
	snprintf(c->name.sun_path, sizeof(c->name.sun_path), "%s/%d.sock",
		 directory, (int)getpid());
	snprintf(early->sun_path, sizeof(early->sun_path), "%s/%d.new",
		 directory, (int)getpid());
	return 0;
}

/*
 * A socket of this name can only be left from a dead process of our PID.  It
 * gets its name once it listens: one that refuses a client is taken for left
 * over, and removed.
 */
static int bind_socket(struct control *c, const struct sockaddr_un *early)
{
	mode_t old;
	int r;

	unlink(early->sun_path);
	old = umask(0177);
	r = bind(c->fd, (const struct sockaddr *)early, sizeof(*early));
	umask(old);
	if (r < 0)
		return -errno;
	if (listen(c->fd, MAX_SESSIONS) < 0 ||
	    rename(early->sun_path, c->name.sun_path) < 0) {
		r = -errno;
		unlink(early->sun_path);
	}
	return r;
}

static int open_sockets(struct control *c)
{
	struct sockaddr_un early;
	int r = name_socket(c, &early);

	if (r < 0)
		return r;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (c->fd < 0 || c->epoll < 0)
		return -errno;
	r = bind_socket(c, &early);
	if (r < 0)
		return r;
	return watch(c->epoll, EPOLL_CTL_ADD, c->fd, EPOLLIN, MAX_SESSIONS);
}

int control_open(struct control **out, const struct control_config *config)
{
	struct control *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->config = *config;
	snprintf(c->detail, sizeof(c->detail), "%s", config->detail);
	c->config.detail = c->detail;
	c->fd = c->epoll = -1;
	r = open_sockets(c);
	if (r < 0) {
		close(c->fd);
		close(c->epoll);
		free(c);
		return r;
	}
	*out = c;
	return 0;
}

int control_fd(const struct control *c)
{
	return c->epoll;
}

static void drop(struct control *c, unsigned int i)
{
	session_close(c->sessions[i]);
	c->sessions[i] = NULL;
}

static void accept_client(struct control *c)
{
	int fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	unsigned int i;

	if (fd < 0)
		return;
	for (i = 0; i < MAX_SESSIONS && c->sessions[i]; i++)
		;
	if (i < MAX_SESSIONS)
		c->sessions[i] = session_open(fd, &c->config);
	if (i == MAX_SESSIONS || !c->sessions[i]) {
		close(fd);
		return;
	}
	if (watch(c->epoll, EPOLL_CTL_ADD, fd, EPOLLIN, i) < 0)
		drop(c, i);
}

static void take_events(struct control *c)
{
	struct epoll_event evs[MAX_SESSIONS + 1];
	int n = epoll_wait(c->epoll, evs, MAX_SESSIONS + 1, 0), i;
	struct session *s;

	for (i = 0; i < n; i++) {
		if (evs[i].data.u64 == MAX_SESSIONS) {
			accept_client(c);
			continue;
		}
		s = c->sessions[evs[i].data.u64];
		if (s && (evs[i].events & ~(uint32_t)EPOLLOUT) &&
		    session_read(s) < 0)
			drop(c, (unsigned int)evs[i].data.u64);
	}
}

bool control_run(struct control *c, bool readable)
{
	bool more = false;
	uint32_t events;
	unsigned int i;
	int r;

	if (readable)
		take_events(c);
	for (i = 0; i < MAX_SESSIONS; i++) {
		if (!c->sessions[i])
			continue;
		r = session_write(c->sessions[i]);
		if (r < 0) {
			drop(c, i);
			continue;
		}
		more |= r > 0;
		if (session_wants(c->sessions[i], &events))
			watch(c->epoll, EPOLL_CTL_MOD,
			      session_fd(c->sessions[i]), events, i);
	}
	return more;
}

void control_close(struct control *c)
{
	unsigned int i;

	control_run(c, false); /* the last events go to those who follow */
	for (i = 0; i < MAX_SESSIONS; i++)
		if (c->sessions[i])
			drop(c, i);
	unlink(c->name.sun_path);
	close(c->fd);
	close(c->epoll);
	free(c);
}
