/* SPDX-License-Identifier: ISC */
/*
 * loop.c - what a long-running command waits in
 *
 * The order of a turn matters: what the command has just written goes out with
 * the first pump, and what came in with it may have made sockets ready; so
 * they are asked before waiting, and waiting happens only if none is.
 *
 * The host has no thread of its own, so its lock is needed nowhere here.
 *
 * Signals are blocked and read from a descriptor, so that none can come in the
 * middle of anything.  SIGINT ends a drain too, when pressed again.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <tern/libc.h>
#include <tern/tern.h>

#include "control.h"
#include "loop.h"
#include "message.h"
#include "ring.h"

#define DRAIN_NS      (5 * TERN_S)
#define DRAIN_STEP_NS (100 * TERN_MS)

static int open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void read_signal(struct loop *l)
{
	struct signalfd_siginfo info;

	if (read(l->signal_fd, &info, sizeof(info)) == sizeof(info))
		l->signal = (int)info.ssi_signo;
}

static int open_host(struct loop *l)
{
	struct tern_config c;
	int r;

	tern_config_init(&c);
	c.alloc = tern_libc_allocator();
	r = getentropy(c.seed, sizeof(c.seed)) == 0
		    ? tern_host_create(&l->host, &c)
		    : -errno;
	if (r < 0) {
		message_error(r, "cannot make a host");
		return -1;
	}
	l->stack = tern_host_stack(l->host);
	ring_set_stack(l->ring, l->stack);
	l->epfd = tern_epoll_create(l->stack);
	if (l->epfd < 0) {
		message_error(l->epfd, "cannot make an epoll set");
		return -1;
	}
	return 0;
}

static void open_control(struct loop *l, const char *name)
{
	char detail[ATTACH_TEXT];
	struct control_config c = {
		.command = name,
		.detail = attach_format(l->attach, detail),
		.stack = l->stack,
		.ring = l->ring,
	};
	int r = control_open(&l->control, &c);

	/* The command works without; only tern ss and tern trace do not. */
	if (r < 0)
		message_error(r, "no control socket, so that tern ss and tern "
				 "trace will not find this process");
}

static void release(struct loop *l)
{
	if (l->control)
		control_close(l->control);
	if (l->host)
		tern_host_destroy(l->host);
	if (l->ring)
		ring_destroy(l->ring);
	attach_close(l->attach);
	if (l->signal_fd >= 0)
		close(l->signal_fd);
}

int loop_open(struct loop *l, const char *name, struct attach *a)
{
	memset(l, 0, sizeof(*l));
	l->attach = a;
	l->signal_fd = open_signals();
	l->ring = ring_create();
	if (l->signal_fd < 0 || !l->ring) {
		message_error(-errno, "cannot start");
		release(l);
		return -1;
	}
	if (open_host(l) < 0 || attach_open(a, l->host) < 0) {
		release(l);
		return -1;
	}
	open_control(l, name);
	return 0;
}

static void pump(struct loop *l)
{
	int r = tern_host_pump(l->host);

	if (r < 0 && l->error == 0)
		l->error = r;
}

static int ready(struct loop *l, struct epoll_event *evs, int max)
{
	return tern_epoll_wait(l->stack, l->epfd, evs, max);
}

/* Polls everything that is the system's. */
static void poll_system(struct loop *l, struct pollfd *extra, nfds_t n_extra,
			int timeout_ms)
{
	struct pollfd fds[3 + LOOP_EXTRA];
	nfds_t i;

	fds[0] = (struct pollfd){.fd = l->signal_fd, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = tern_host_pollfd(l->host),
				 .events = POLLIN};
	fds[2] = (struct pollfd){.fd = l->control ? control_fd(l->control) : -1,
				 .events = POLLIN};
	for (i = 0; i < n_extra; i++)
		fds[3 + i] = extra[i];
	if (poll(fds, 3 + n_extra, timeout_ms) < 0)
		return;
	for (i = 0; i < n_extra; i++)
		extra[i].revents = fds[3 + i].revents;
	if (fds[0].revents)
		read_signal(l);
	if (fds[2].revents)
		control_run(l->control, true);
}

int loop_wait(struct loop *l, struct epoll_event *evs, int max,
	      struct pollfd *extra, nfds_t n_extra, int timeout_ms)
{
	int n;

	pump(l);
	n = ready(l, evs, max);
	if (l->control && control_run(l->control, false))
		timeout_ms = 0;
	poll_system(l, extra, n_extra, n == 0 ? timeout_ms : 0);
	if (l->signal)
		return -EINTR;
	if (l->error)
		return -ENODEV;
	if (n == 0) {
		pump(l);
		n = ready(l, evs, max);
	}
	return n;
}

int loop_watch(struct loop *l, int op, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event ev = {.events = events, .data.u64 = data};

	return tern_epoll_ctl(l->stack, l->epfd, op, fd, &ev);
}

/* Lets the connections be closed, until all are or nobody wants to wait. */
static void drain(struct loop *l)
{
	tern_time waited;
	int left = 0;

	l->signal = 0;
	for (waited = 0; waited < DRAIN_NS; waited += DRAIN_STEP_NS) {
		left = tern_host_drain(l->host, DRAIN_STEP_NS);
		if (l->control)
			control_run(l->control, true);
		read_signal(l);
		if (left <= 0 || l->signal)
			break;
	}
	if (left > 0)
		message("%d connections were not closed by their peers", left);
}

int loop_close(struct loop *l)
{
	int r = 0;

	if (l->error) {
		message_error(l->error, "the device %s is gone",
			      l->attach->device.name);
		r = -1;
	} else {
		drain(l);
	}
	release(l);
	return r;
}
