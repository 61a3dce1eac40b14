/* SPDX-License-Identifier: ISC */
/*
 * perf_server.c - the server of tern perf: does what clients ask for
 *
 * The first 64 bytes of a connection say what it is for.  Requests are not
 * kept: as many bytes as came in are owed, and are sent from the pattern.  The
 * opening of PERF_CRR is its request too.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "perf.h"

#define EVENTS	  256
#define MAX_PORTS 64
#define BACKLOG	  4096
#define READS	  16 /* in one turn of a connection */

enum phase { OPENING, SINK, SOURCE, ECHO, FLUSHING };

struct conn {
	int fd;
	enum phase phase;
	uint32_t events;  /* that epoll was told of */
	uint32_t opening; /* bytes of it that are here */
	bool ended;	  /* the client has sent FIN */
	uint64_t received, owed;
	tern_time until;	 /* SOURCE sends so long */
	uint8_t wire[PERF_WIRE]; /* opening; then the summary */
	struct conn *next, *previous;
};

struct perf_server {
	struct netio *io;
	const struct perf_options *options;
	int listeners[MAX_PORTS];
	size_t n_listeners;
	struct conn *first;
	struct conn *spare; /* to be used again */
	size_t n_conns;
	struct perf_count count;
	bool corrupt; /* a byte was not what it must be */
	uint8_t *buf; /* options->length bytes */
};

static void watch(struct perf_server *s, struct conn *c, uint32_t events)
{
	if (events != c->events)
		s->io->ops->watch(s->io, EPOLL_CTL_MOD, c->fd, events, c);
	c->events = events;
}

static void drop(struct perf_server *s, struct conn *c)
{
	s->io->ops->close(s->io, c->fd);
	if (c->previous)
		c->previous->next = c->next;
	else
		s->first = c->next;
	if (c->next)
		c->next->previous = c->previous;
	s->n_conns--;
	c->next = s->spare;
	s->spare = c;
}

static struct conn *new_conn(struct perf_server *s)
{
	struct conn *c = s->spare;

	if (!c)
		return calloc(1, sizeof(*c));
	s->spare = c->next;
	memset(c, 0, sizeof(*c));
	return c;
}

/* What is accepted has the options of the listener. */
static int set_options(struct perf_server *s, int fd)
{
	int window = (int)s->options->window;
	int r = s->io->ops->set(s->io, fd, IPPROTO_TCP, TCP_NODELAY, 1);

	if (r == 0 && window)
		r = s->io->ops->set(s->io, fd, SOL_SOCKET, SO_SNDBUF, window);
	if (r == 0 && window)
		r = s->io->ops->set(s->io, fd, SOL_SOCKET, SO_RCVBUF, window);
	return r;
}

static struct conn *accept_one(struct perf_server *s, int fd)
{
	struct conn *c = new_conn(s);

	if (!c || s->io->ops->watch(s->io, EPOLL_CTL_ADD, fd, EPOLLIN, c) < 0) {
		s->io->ops->close(s->io, fd);
		free(c);
		return NULL;
	}
	c->fd = fd;
	c->events = EPOLLIN;
	c->next = s->first;
	if (c->next)
		c->next->previous = c;
	s->first = c;
	s->n_conns++;
	return c;
}

static void take_opening(struct perf_server *s, struct conn *c,
			 const struct perf_wire *w)
{
	switch (w->mode) {
	case PERF_BULK:
		c->phase = SINK;
		return;
	case PERF_REVERSE:
		c->phase = SOURCE;
		c->until = tern_host_now() + w->time_ns;
		watch(s, c, EPOLLOUT);
		return;
	case PERF_RR:
		c->phase = ECHO;
		return;
	case PERF_CRR:
		c->phase = ECHO;
		c->owed = PERF_WIRE;
		return;
	}
}

/* Functions that handle a phase return 0, or a negative value to drop it. */
static int read_opening(struct perf_server *s, struct conn *c)
{
	struct perf_wire w;
	ssize_t n = s->io->ops->recv(s->io, c->fd, c->wire + c->opening,
				     PERF_WIRE - c->opening);

	if (n <= 0)
		return n == -EAGAIN ? 0 : -1;
	c->opening += (uint32_t)n;
	if (c->opening < PERF_WIRE)
		return 0;
	if (!perf_wire_read(c->wire, &w)) {
		message("a client that is not tern perf was turned away");
		return -1;
	}
	take_opening(s, c, &w);
	return 0;
}

struct sink {
	struct perf_server *server;
	struct conn *conn;
};

/* A piece of any length, against the pattern, which has a length of its own. */
static bool is_pattern(const struct perf_server *s, uint64_t at,
		       const uint8_t *data, size_t len)
{
	const uint8_t *pattern = s->options->pattern;
	size_t n;

	for (; len > 0; len -= n, data += n, at += n) {
		n = len < s->options->length ? len : s->options->length;
		if (memcmp(data, pattern + at % PERF_PATTERN, n) != 0)
			return false;
	}
	return true;
}

/* Text of a stream that only comes in. */
static void see(void *ctx, const uint8_t *data, size_t len)
{
	struct perf_server *s = ((struct sink *)ctx)->server;
	struct conn *c = ((struct sink *)ctx)->conn;

	if (s->options->verify && !s->corrupt &&
	    !is_pattern(s, c->received, data, len)) {
		message("a byte is not what was sent, after %llu bytes",
			(unsigned long long)c->received);
		s->corrupt = true;
	}
	c->received += len;
	s->count.bytes += len;
}

static int send_summary(struct perf_server *s, struct conn *c)
{
	struct perf_wire w = {.mode = PERF_BULK, .bytes = c->received};

	/* It always fits: nothing else was ever sent.  Then it is closed. */
	perf_wire_write(c->wire, &w);
	s->io->ops->send(s->io, c->fd, c->wire, PERF_WIRE);
	return -1;
}

static int sink(struct perf_server *s, struct conn *c)
{
	struct sink sink = {s, c};
	ssize_t n;
	int i;

	for (i = 0; i < READS; i++) {
		n = perf_stream_recv(s->io, s->options, c->fd, s->buf, see,
				     &sink);
		if (n == -EAGAIN)
			return 0;
		if (n <= 0)
			return n == 0 ? send_summary(s, c) : -1;
		if ((size_t)n < s->options->length)
			return 0;
	}
	return 0;
}

static int flush(struct perf_server *s, struct conn *c)
{
	ssize_t n = s->io->ops->recv(s->io, c->fd, s->buf, s->options->length);

	return n > 0 || n == -EAGAIN ? 0 : -1;
}

/* Sends until time is up; then waits for the client to close too. */
static int source(struct perf_server *s, struct conn *c)
{
	ssize_t n;

	if (tern_host_now() >= c->until) {
		s->io->ops->shutdown(s->io, c->fd);
		c->phase = FLUSHING;
		watch(s, c, EPOLLIN);
		return 0;
	}
	n = perf_stream_send(s->io, s->options, c->fd, 0, s->options->length);
	if (n < 0)
		return n == -EAGAIN ? 0 : -1;
	s->count.bytes += (uint64_t)n;
	return 0;
}

/* Sends what is owed.  Returns 0, 1 if some could not be sent, or -1. */
static int pay(struct perf_server *s, struct conn *c)
{
	uint64_t len;
	ssize_t n;

	while (c->owed) {
		len = c->owed;
		if (len > s->options->length)
			len = s->options->length;
		n = s->io->ops->send(s->io, c->fd, s->options->pattern, len);
		if (n == -EAGAIN)
			return 1;
		if (n < 0)
			return -1;
		c->owed -= (uint64_t)n;
		s->count.bytes += (uint64_t)n;
	}
	return 0;
}

/*
 * While a response is stuck no request is read, so that what is owed has a
 * limit.  A read that gives less than it could was the last for now.
 */
static int echo(struct perf_server *s, struct conn *c)
{
	size_t length = s->options->length;
	bool more = c->owed == 0;
	int r = pay(s, c), i;
	ssize_t n;

	for (i = 0; r == 0 && more && i < READS; i++) {
		n = s->io->ops->recv(s->io, c->fd, s->buf, length);
		if (n == -EAGAIN)
			break;
		if (n < 0)
			return -1;
		c->ended = n == 0;
		c->owed += (uint64_t)n;
		s->count.transactions += n > 0;
		more = (size_t)n == length;
		r = pay(s, c);
	}
	if (r < 0 || (r == 0 && c->ended))
		return -1;
	watch(s, c, r ? EPOLLOUT : EPOLLIN);
	return 0;
}

static int handle(struct perf_server *s, struct conn *c)
{
	int r = 0;

	if (c->phase == OPENING)
		r = read_opening(s, c);
	if (r < 0)
		return r;
	switch (c->phase) {
	case OPENING:
		return 0;
	case SINK:
		return sink(s, c);
	case SOURCE:
		return source(s, c);
	case ECHO:
		return echo(s, c);
	case FLUSHING:
		return flush(s, c);
	}
	return -1;
}

/* The request is often there already, and its answer then takes the ACK. */
static void accept_all(struct perf_server *s, int listener)
{
	struct conn *c;
	int fd;

	while ((fd = s->io->ops->accept(s->io, listener)) >= 0) {
		c = accept_one(s, fd);
		if (c && handle(s, c) < 0)
			drop(s, c);
	}
}

static int open_listener(struct perf_server *s, uint16_t port)
{
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_port = htons(port)};
	int *fd = &s->listeners[s->n_listeners];
	int r;

	*fd = s->io->ops->socket(s->io);
	if (*fd < 0)
		return *fd;
	r = set_options(s, *fd);
	if (r == 0)
		r = s->io->ops->bind(s->io, *fd, &name);
	if (r == 0)
		r = s->io->ops->listen(s->io, *fd, BACKLOG);
	if (r == 0)
		r = s->io->ops->watch(s->io, EPOLL_CTL_ADD, *fd, EPOLLIN, fd);
	s->n_listeners++;
	return r;
}

struct perf_server *perf_server_open(struct netio *io,
				     const struct perf_options *o,
				     const uint16_t *ports, size_t n_ports)
{
	struct perf_server *s = calloc(1, sizeof(*s));
	size_t i;
	int r = 0;

	if (!s)
		return NULL;
	s->io = io;
	s->options = o;
	s->buf = malloc(o->length);
	if (!s->buf) {
		message_error(-ENOMEM, "buffers");
		perf_server_close(s);
		return NULL;
	}
	for (i = 0; i < n_ports && i < MAX_PORTS && r == 0; i++) {
		r = open_listener(s, ports[i]);
		if (r < 0)
			message_error(r, "listen on port %u", ports[i]);
	}
	if (r < 0) {
		perf_server_close(s);
		return NULL;
	}
	return s;
}

/* The descriptor of a listener, or NULL if `ptr` is a connection. */
static int *as_listener(struct perf_server *s, void *ptr)
{
	uintptr_t at = (uintptr_t)ptr - (uintptr_t)s->listeners;

	return at < sizeof(s->listeners) ? ptr : NULL;
}

int perf_server_step(struct perf_server *s, int timeout_ms)
{
	struct epoll_event evs[EVENTS];
	int n = s->io->ops->wait(s->io, evs, EVENTS, timeout_ms), i;
	struct conn *c;
	int *listener;

	for (i = 0; i < n; i++) {
		listener = as_listener(s, evs[i].data.ptr);
		c = evs[i].data.ptr;
		if (listener)
			accept_all(s, *listener);
		else if (c && handle(s, c) < 0)
			drop(s, c);
	}
	return s->corrupt ? -1 : n;
}

void perf_server_count(const struct perf_server *s, struct perf_count *count)
{
	*count = s->count;
}

size_t perf_server_connections(const struct perf_server *s)
{
	return s->n_conns;
}

void perf_server_close(struct perf_server *s)
{
	struct conn *c, *next;
	size_t i;

	for (c = s->first; c; c = next) {
		next = c->next;
		drop(s, c);
	}
	for (c = s->spare; c; c = next) {
		next = c->next;
		free(c);
	}
	for (i = 0; i < s->n_listeners; i++)
		if (s->listeners[i] >= 0)
			s->io->ops->close(s->io, s->listeners[i]);
	free(s->buf);
	free(s);
}
