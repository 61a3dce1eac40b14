/* SPDX-License-Identifier: ISC */
/*
 * relay.c - copies between a connection and two descriptors of the system
 *
 * One buffer in each direction, and it is filled only when empty: what cannot
 * be passed on stays in the stack's buffers, so that the peer's window closes
 * and the program that feeds us is held back, with no byte of memory more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tern/tern.h>

#include "message.h"
#include "outlet.h"
#include "progress.h"
#include "relay.h"

#define BUFFER_BYTES (256 * 1024)
#define TICK_MS	     1000

/* Bytes on their way in one direction. */
struct pipe {
	char *bytes;
	size_t off, len;
	bool ended; /* its source has nothing more */
	bool done;  /* and all of it was passed on */
};

struct relay {
	struct loop *loop;
	const struct relay_config *config;
	struct relay_result *result;
	int fd;
	struct outlet outlet;
	struct pipe up;	  /* in to connection */
	struct pipe down; /* connection to out */
	uint32_t events;  /* that epoll was told of */
	bool hung_up;	  /* both ways are closed, or it was reset */
	tern_time active; /* when a byte last moved */
};

static bool is_empty(const struct pipe *p)
{
	return p->off == p->len;
}

static void fill(struct relay *r, struct pipe *p, size_t n)
{
	p->off = 0;
	p->len = n;
	r->active = tern_host_now();
}

static void empty(struct relay *r, struct pipe *p, size_t n)
{
	p->off += n;
	r->active = tern_host_now();
}

static int read_in(struct relay *r)
{
	ssize_t n = read(r->config->in, r->up.bytes, BUFFER_BYTES);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n < 0) {
		message_error(-errno, "standard input");
		return -1;
	}
	if (n == 0)
		r->up.ended = r->result->in_ended = true;
	fill(r, &r->up, (size_t)n);
	return 0;
}

static int send_up(struct relay *r)
{
	struct pipe *p = &r->up;
	ssize_t n;

	while (!is_empty(p)) {
		n = tern_send(r->loop->stack, r->fd, p->bytes + p->off,
			      p->len - p->off, 0);
		if (n == -EAGAIN)
			return 0;
		if (n < 0) {
			message_error((int)n, "sending");
			return -1;
		}
		empty(r, p, (size_t)n);
		r->result->sent += (uint64_t)n;
	}
	if (p->ended && !p->done) {
		p->done = true;
		if (r->config->shutdown_at_eof)
			tern_shutdown(r->loop->stack, r->fd, SHUT_WR);
	}
	return 0;
}

static int write_out(struct relay *r)
{
	struct pipe *p = &r->down;
	ssize_t n;

	while (!is_empty(p)) {
		n = outlet_write(&r->outlet, p->bytes + p->off,
				 p->len - p->off);
		if (n == -EAGAIN)
			return 0;
		if (n < 0) {
			message_error((int)n, "output");
			return -1;
		}
		empty(r, p, (size_t)n);
	}
	p->done = p->ended;
	return 0;
}

/* Reads and writes as long as both ends go along. */
static int receive_down(struct relay *r)
{
	struct pipe *p = &r->down;
	ssize_t n;

	while (is_empty(p) && !p->ended) {
		n = tern_recv(r->loop->stack, r->fd, p->bytes, BUFFER_BYTES, 0);
		if (n == -EAGAIN)
			return 0;
		if (n < 0) {
			message_error((int)n, "receiving");
			return -1;
		}
		p->ended = n == 0;
		r->result->received += (uint64_t)n;
		fill(r, p, (size_t)n);
		if (write_out(r) < 0)
			return -1;
	}
	return 0;
}

/*
 * What cannot be acted upon must not be watched: epoll would report it over
 * and over.  A hang-up is always reported, so the first is the last.
 */
static void watch(struct relay *r, uint32_t seen)
{
	uint32_t events = 0;

	if (r->hung_up)
		return;
	if (seen & (EPOLLHUP | EPOLLERR)) {
		r->hung_up = true;
		loop_watch(r->loop, EPOLL_CTL_DEL, r->fd, 0, 0);
		return;
	}
	if (is_empty(&r->down) && !r->down.ended)
		events |= EPOLLIN;
	if (!is_empty(&r->up))
		events |= EPOLLOUT;
	if (events != r->events)
		loop_watch(r->loop, EPOLL_CTL_MOD, r->fd, events, 0);
	r->events = events;
}

/* A connection that was reset after the peer's FIN says so only if asked. */
static int check_hang_up(struct relay *r)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (!r->hung_up || !r->down.ended || r->up.done || r->config->in < 0)
		return 0;
	tern_getsockopt(r->loop->stack, r->fd, SOL_SOCKET, SO_ERROR, &error,
			&len);
	message_error(error ? -error : -EPIPE, "sending");
	return -1;
}

static bool is_over(const struct relay *r)
{
	bool sent = r->up.done || (r->config->in < 0 && is_empty(&r->up));

	if (r->down.done && (sent || r->config->end_at_peer_eof))
		return true;
	return r->config->quiet_ns &&
	       tern_host_now() - r->active >= r->config->quiet_ns;
}

/* After a turn of the loop: moves what can be moved. */
static int move(struct relay *r, const struct pollfd *in, uint32_t seen)
{
	int e = 0;

	if (in->revents)
		e = read_in(r);
	if (e == 0)
		e = send_up(r);
	if (e == 0)
		e = write_out(r);
	/* At once: of what lies behind a hang-up no event will tell. */
	if (e == 0)
		e = receive_down(r);
	watch(r, seen);
	if (e == 0)
		e = check_hang_up(r);
	return e;
}

static int timeout_ms(const struct relay *r)
{
	tern_time quiet = r->config->quiet_ns;

	return quiet && quiet < TICK_MS * TERN_MS ? (int)(quiet / TERN_MS) + 1
						  : TICK_MS;
}

static int copy(struct relay *r)
{
	struct epoll_event ev;
	struct pollfd fds[2];
	struct progress p;
	int n = 0, e = 0;

	progress_init(&p, tern_host_now());
	while (e == 0 && !is_over(r)) {
		fds[0].fd =
			is_empty(&r->up) && !r->up.ended ? r->config->in : -1;
		fds[0].events = POLLIN;
		fds[1].fd = is_empty(&r->down) ? -1 : r->outlet.fd;
		fds[1].events = POLLOUT;
		fds[0].revents = fds[1].revents = 0;
		n = loop_wait(r->loop, &ev, 1, fds, 2, timeout_ms(r));
		if (n < 0)
			break;
		e = move(r, &fds[0], n ? ev.events : 0);
		progress_show(&p, "copied",
			      r->result->sent + r->result->received, 0,
			      tern_host_now());
	}
	progress_clear(&p);
	return n < 0 ? n : e;
}

int relay_run(struct loop *l, int fd, const struct relay_config *c,
	      struct relay_result *result)
{
	struct relay r = {.loop = l,
			  .config = c,
			  .result = result,
			  .fd = fd,
			  .active = tern_host_now()};
	tern_time start = r.active;
	int e;

	memset(result, 0, sizeof(*result));
	r.up.bytes = malloc(BUFFER_BYTES);
	r.down.bytes = malloc(BUFFER_BYTES);
	if (!r.up.bytes || !r.down.bytes) {
		free(r.up.bytes);
		free(r.down.bytes);
		message_error(-ENOMEM, "buffers");
		return -1;
	}
	outlet_open(&r.outlet, c->out);
	r.events = EPOLLIN;
	loop_watch(l, EPOLL_CTL_ADD, fd, r.events, 0);
	e = copy(&r);
	result->took = tern_host_now() - start;
	outlet_close(&r.outlet);
	free(r.up.bytes);
	free(r.down.bytes);
	return e;
}
