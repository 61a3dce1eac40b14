/* SPDX-License-Identifier: ISC */
/*
 * perf_client.c - the client of tern perf: connects, sends, counts
 *
 * A fixed number of connections, each of which does the same.  In PERF_CRR a
 * connection that has ended begins anew at once.
 *
 * Bulk data is a pattern that repeats every PERF_PATTERN bytes, so that a
 * server with --verify can check each byte without being sent anything else.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "number.h"
#include "perf.h"

#define EVENTS 256

enum phase { IDLE, CONNECTING, SENDING, RECEIVING, ENDING, OVER };

struct conn {
	int fd;
	const struct sockaddr_in *peer;
	enum phase phase;
	uint32_t events;	    /* that epoll was told of */
	uint32_t opening;	    /* bytes of the opening still to be sent */
	uint64_t tx_left;	    /* of this request */
	uint64_t rx_left;	    /* of this response */
	uint64_t at;		    /* position in the stream */
	uint8_t closing[PERF_WIRE]; /* the server's last words */
};

struct perf_client {
	struct netio *io;
	const struct perf_options *options;
	const struct sockaddr_in *peers;
	size_t n_peers, next_peer;
	struct perf_count count;
	uint64_t acknowledged;
	uint64_t begun; /* transactions, for --count */
	uint32_t n_over;
	bool stopping;
	bool broken; /* it cannot go on, and a message has said why */
	uint8_t opening[PERF_WIRE];
	uint8_t *in; /* options->length bytes */
	struct conn *conns;
};

static bool is_bulk(const struct perf_client *c)
{
	return c->options->mode == PERF_BULK;
}

/*
 * A connection of CRR is watched once, for everything, edge triggered: it sends
 * once and receives once.
 */
#define CRR_EVENTS (EPOLLIN | EPOLLOUT | (uint32_t)EPOLLET)

static void watch(struct perf_client *c, struct conn *conn, uint32_t events)
{
	if (conn->events == CRR_EVENTS)
		return;
	if (events != conn->events)
		c->io->ops->watch(c->io, EPOLL_CTL_MOD, conn->fd, events, conn);
	conn->events = events;
}

static uint64_t retransmissions(struct perf_client *c, const struct conn *conn)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (c->io->ops->get(c->io, conn->fd, IPPROTO_TCP, TCP_INFO, &info,
			    &len) < 0)
		return 0;
	return info.tcpi_total_retrans;
}

/* CRR has no use for the figure, and too many connections to ask each. */
static void end(struct perf_client *c, struct conn *conn)
{
	if (c->options->mode != PERF_CRR)
		c->count.retrans += retransmissions(c, conn);
	c->io->ops->close(c->io, conn->fd);
	conn->phase = IDLE;
}

static void finish(struct perf_client *c, struct conn *conn)
{
	conn->phase = OVER;
	c->n_over++;
}

static int set_options(struct perf_client *c, int fd)
{
	const struct netio_ops *ops = c->io->ops;
	int window = (int)c->options->window, r = 0;

	if (window) {
		r = ops->set(c->io, fd, SOL_SOCKET, SO_SNDBUF, window);
		if (r == 0)
			r = ops->set(c->io, fd, SOL_SOCKET, SO_RCVBUF, window);
	}
	if (r == 0 && c->options->mode == PERF_RR)
		r = ops->set(c->io, fd, IPPROTO_TCP, TCP_NODELAY, 1);
	return r;
}

static void explain_connect(int error, const struct sockaddr_in *peer)
{
	char addr[16];

	if (error == -EADDRNOTAVAIL)
		message("no port is left: each waits in TIME-WAIT for a "
			"minute; use --count, or less --time");
	else
		message_error(
			error, "connect to %s port %u",
			tern_format_addr(ntohl(peer->sin_addr.s_addr), addr),
			ntohs(peer->sin_port));
}

/* Begins a connection. */
static void begin(struct perf_client *c, struct conn *conn)
{
	const struct sockaddr_in *peer = &c->peers[c->next_peer];
	const struct netio_ops *ops = c->io->ops;
	bool crr = c->options->mode == PERF_CRR;
	uint32_t events = crr ? CRR_EVENTS : EPOLLOUT;
	int fd = ops->socket(c->io), r = fd;

	c->next_peer = (c->next_peer + 1) % c->n_peers;
	if (fd >= 0)
		r = set_options(c, fd);
	if (r == 0)
		r = ops->connect(c->io, fd, peer);
	if (r == -EINPROGRESS)
		r = 0;
	if (r == 0)
		r = ops->watch(c->io, EPOLL_CTL_ADD, fd, events, conn);
	if (r < 0) {
		if (fd >= 0)
			ops->close(c->io, fd);
		explain_connect(r, peer);
		c->broken = true;
		return;
	}
	memset(conn, 0, sizeof(*conn));
	conn->fd = fd;
	conn->peer = peer;
	conn->events = events;
	conn->phase = CONNECTING;
	conn->opening = PERF_WIRE;
	c->begun += crr;
}

static bool may_begin(const struct perf_client *c)
{
	const struct perf_options *o = c->options;

	return !c->stopping && (!o->count || c->begun < o->count);
}

/*
 * A connection has failed.  In CRR it is one of many, and is counted; if not
 * even the first went well, or there are no others, that is the end.
 */
static void fail(struct perf_client *c, struct conn *conn, int error)
{
	c->count.failed++;
	if (c->options->mode != PERF_CRR || c->count.transactions == 0) {
		if (conn->phase == CONNECTING)
			explain_connect(error, conn->peer);
		else
			message_error(error, "connection");
		c->broken = true;
		return;
	}
	end(c, conn);
	if (may_begin(c))
		begin(c, conn);
	else
		finish(c, conn);
}

static void request(struct perf_client *c, struct conn *conn)
{
	conn->tx_left = conn->rx_left = c->options->size;
	c->begun++;
}

/* Connected: decides what is sent and what is expected. */
static void start(struct perf_client *c, struct conn *conn)
{
	conn->phase = SENDING;
	switch (c->options->mode) {
	case PERF_BULK:
		conn->tx_left = UINT64_MAX;
		return;
	case PERF_REVERSE:
		return;
	case PERF_RR:
		request(c, conn);
		return;
	case PERF_CRR:
		conn->rx_left = PERF_WIRE;
		return;
	}
}

/* Sends the rest of the opening.  Returns as send(). */
static ssize_t send_opening(struct perf_client *c, struct conn *conn)
{
	ssize_t n = c->io->ops->send(c->io, conn->fd,
				     c->opening + PERF_WIRE - conn->opening,
				     conn->opening);

	if (n > 0)
		conn->opening -= (uint32_t)n;
	return n;
}

static ssize_t send_data(struct perf_client *c, struct conn *conn)
{
	uint64_t len = c->options->length;
	ssize_t n;

	if (len > conn->tx_left)
		len = conn->tx_left;
	n = is_bulk(c) ? perf_stream_send(c->io, c->options, conn->fd, conn->at,
					  len)
		       : c->io->ops->send(c->io, conn->fd,
					  c->options->pattern +
						  conn->at % PERF_PATTERN,
					  len);
	if (n > 0) {
		conn->at += (uint64_t)n;
		conn->tx_left -= (uint64_t)n;
		c->count.bytes += (uint64_t)n;
	}
	return n;
}

/* One write of bulk data at a time, so that all connections have turns. */
static int send_some(struct perf_client *c, struct conn *conn)
{
	ssize_t n = 1;

	while (n > 0 && conn->opening)
		n = send_opening(c, conn);
	while (n > 0 && conn->tx_left) {
		n = send_data(c, conn);
		if (is_bulk(c))
			break;
	}
	if (n < 0 && n != -EAGAIN)
		return (int)n;
	if (conn->opening || conn->tx_left) {
		watch(c, conn, EPOLLOUT);
		return 0;
	}
	conn->phase = RECEIVING;
	watch(c, conn, EPOLLIN);
	return 0;
}

/* A response is complete. */
static int next_transaction(struct perf_client *c, struct conn *conn)
{
	bool again = may_begin(c);

	c->count.transactions++;
	if (!again || c->options->mode == PERF_CRR) {
		end(c, conn);
		if (again)
			begin(c, conn);
		else
			finish(c, conn);
		return 0;
	}
	request(c, conn);
	conn->phase = SENDING;
	return send_some(c, conn);
}

static int receive_response(struct perf_client *c, struct conn *conn)
{
	uint64_t len = c->options->length;
	ssize_t n;

	if (len > conn->rx_left)
		len = conn->rx_left;
	n = c->io->ops->recv(c->io, conn->fd, c->in, len);
	if (n == -EAGAIN)
		return 0;
	if (n <= 0)
		return n < 0 ? (int)n : -ECONNRESET;
	conn->rx_left -= (uint64_t)n;
	c->count.bytes += (uint64_t)n;
	return conn->rx_left ? 0 : next_transaction(c, conn);
}

static int receive_stream(struct perf_client *c, struct conn *conn)
{
	ssize_t n = perf_stream_recv(c->io, c->options, conn->fd, c->in, NULL,
				     NULL);

	if (n == -EAGAIN)
		return 0;
	if (n < 0)
		return (int)n;
	c->count.bytes += (uint64_t)n;
	if (n == 0) {
		end(c, conn);
		finish(c, conn);
	}
	return 0;
}

/* Reads the server's summary, which is the last it says. */
static int receive_closing(struct perf_client *c, struct conn *conn)
{
	struct perf_wire w;
	ssize_t n;

	while (conn->rx_left) {
		n = c->io->ops->recv(c->io, conn->fd,
				     conn->closing + PERF_WIRE - conn->rx_left,
				     conn->rx_left);
		if (n == -EAGAIN)
			return 0;
		if (n <= 0)
			return n < 0 ? (int)n : -ECONNRESET;
		conn->rx_left -= (uint64_t)n;
	}
	if (perf_wire_read(conn->closing, &w))
		c->acknowledged += w.bytes;
	end(c, conn);
	finish(c, conn);
	return 0;
}

static int connected(struct perf_client *c, struct conn *conn)
{
	int error = 0;
	socklen_t len = sizeof(error);
	int r = c->io->ops->get(c->io, conn->fd, SOL_SOCKET, SO_ERROR, &error,
				&len);

	if (r < 0 || error)
		return r < 0 ? r : -error;
	start(c, conn);
	return send_some(c, conn);
}

/* Returns 0, or the negative errno with which the connection failed. */
static int handle(struct perf_client *c, struct conn *conn)
{
	switch (conn->phase) {
	case CONNECTING:
		return connected(c, conn);
	case SENDING:
		return send_some(c, conn);
	case RECEIVING:
		return c->options->mode == PERF_REVERSE
			       ? receive_stream(c, conn)
			       : receive_response(c, conn);
	case ENDING:
		return receive_closing(c, conn);
	case IDLE:
	case OVER:
		return 0;
	}
	return 0;
}

struct perf_client *perf_client_open(struct netio *io,
				     const struct perf_options *o,
				     const struct sockaddr_in *peers,
				     size_t n_peers)
{
	struct perf_client *c = calloc(1, sizeof(*c));
	struct perf_wire opening = {.mode = o->mode,
				    .size = (uint32_t)o->size,
				    .time_ns = o->time_ns};
	uint32_t i;

	if (!c)
		return NULL;
	c->io = io;
	c->options = o;
	c->peers = peers;
	c->n_peers = n_peers;
	perf_wire_write(c->opening, &opening);
	c->conns = calloc(o->parallel, sizeof(*c->conns));
	c->in = malloc(o->length);
	if (!c->conns || !c->in) {
		message_error(-ENOMEM, "buffers");
		perf_client_close(c);
		return NULL;
	}
	for (i = 0; i < o->parallel; i++) {
		begin(c, &c->conns[i]);
		if (c->broken) {
			perf_client_close(c);
			return NULL;
		}
	}
	return c;
}

int perf_client_step(struct perf_client *c, int timeout_ms)
{
	struct epoll_event evs[EVENTS];
	struct conn *conn;
	int n = c->io->ops->wait(c->io, evs, EVENTS, timeout_ms), i, r;

	for (i = 0; i < n; i++) {
		conn = evs[i].data.ptr;
		r = handle(c, conn);
		if (r < 0)
			fail(c, conn, r);
		if (c->broken)
			return -1;
	}
	return n;
}

void perf_client_count(struct perf_client *c, struct perf_count *count)
{
	uint32_t i;

	*count = c->count;
	if (c->options->mode == PERF_CRR)
		return;
	for (i = 0; i < c->options->parallel; i++)
		if (c->conns[i].phase >= SENDING && c->conns[i].phase < OVER)
			count->retrans += retransmissions(c, &c->conns[i]);
}

/* A bulk connection ends with FIN and waits for the server's summary. */
static void stop_bulk(struct perf_client *c, struct conn *conn)
{
	c->io->ops->shutdown(c->io, conn->fd);
	conn->phase = ENDING;
	conn->tx_left = 0;
	conn->rx_left = PERF_WIRE;
	watch(c, conn, EPOLLIN);
}

void perf_client_stop(struct perf_client *c)
{
	struct conn *conn;
	uint32_t i;

	c->stopping = true;
	for (i = 0; i < c->options->parallel; i++) {
		conn = &c->conns[i];
		if (conn->phase == OVER || conn->phase == ENDING)
			continue;
		if (is_bulk(c) && conn->phase == SENDING && !conn->opening) {
			stop_bulk(c, conn);
			continue;
		}
		if (conn->phase != IDLE)
			end(c, conn);
		finish(c, conn);
	}
}

bool perf_client_done(const struct perf_client *c)
{
	return c->n_over == c->options->parallel;
}

uint64_t perf_client_acknowledged(const struct perf_client *c)
{
	return c->acknowledged;
}

void perf_client_close(struct perf_client *c)
{
	uint32_t i;

	for (i = 0; c->conns && i < c->options->parallel; i++)
		if (c->conns[i].phase != IDLE && c->conns[i].phase != OVER)
			c->io->ops->close(c->io, c->conns[i].fd);
	free(c->conns);
	free(c->in);
	free(c);
}
