/* SPDX-License-Identifier: ISC */
/*
 * httpd_conn.c - a connection of tern httpd
 *
 * READING: what has arrived is looked at (MSG_PEEK) and only what belongs to
 * this request is taken, so that the next one, which a client may have sent
 * already, waits in the stack and not in a buffer of ours.
 *
 * WRITING: the head, then the file in chunks that fit into the send buffer and
 * are lent to the stack (httpd_buffer.c).  What it did not take of a chunk is
 * read again later.
 *
 * LINGERING: our FIN is sent, and what the client still sends is thrown away
 * for a while; closing at once would reset the connection and could take the
 * response away from the client before it read it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <tern/tern.h>

#include "httpd.h"
#include "number.h"

#define QUIET_NS    (30 * TERN_S) /* without a byte, then it is closed */
#define REQUEST_NS  (60 * TERN_S) /* from first to last byte of a head */
#define READ_BYTES  16384
#define LEAST_CHUNK 16384
#define TURN_BYTES  (1 << 20) /* written before others have their turn */

enum phase { READING, WRITING, LINGERING };

/* What a step of a connection says about the next. */
enum step { WAIT, AGAIN, GONE };

struct conn {
	int fd;
	struct sockaddr_in peer;
	struct conn *next, *previous; /* in the order of `active` */
	tern_time active;	      /* when bytes last moved */
	tern_time begun;	      /* when this request began */
	enum phase phase;
	uint32_t events; /* that epoll was told of */
	struct request request;
	struct response response;
	size_t head_off;
	uint64_t sent; /* bytes of the file */
};

static void unlink_conn(struct httpd *h, struct conn *c)
{
	if (c->previous)
		c->previous->next = c->next;
	else
		h->first = c->next;
	if (c->next)
		c->next->previous = c->previous;
	else
		h->last = c->previous;
}

static void append_conn(struct httpd *h, struct conn *c)
{
	c->next = NULL;
	c->previous = h->last;
	if (h->last)
		h->last->next = c;
	else
		h->first = c;
	h->last = c;
}

static void touch(struct httpd *h, struct conn *c)
{
	c->active = tern_now(h->loop.stack);
	unlink_conn(h, c);
	append_conn(h, c);
}

static void watch(struct httpd *h, struct conn *c)
{
	uint32_t events = EPOLLMSG | (c->phase == WRITING ? EPOLLOUT : EPOLLIN);

	if (events == c->events)
		return;
	c->events = events;
	loop_watch(&h->loop, EPOLL_CTL_MOD, c->fd, events,
		   (uint64_t)(uintptr_t)c);
}

int conn_open(struct httpd *h, int fd, const struct sockaddr_in *peer)
{
	struct conn *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->fd = fd;
	c->peer = *peer;
	c->active = tern_now(h->loop.stack);
	c->events = EPOLLIN | EPOLLMSG;
	c->response.fd = -1;
	request_init(&c->request);
	r = loop_watch(&h->loop, EPOLL_CTL_ADD, fd, c->events,
		       (uint64_t)(uintptr_t)c);
	if (r < 0) {
		free(c);
		return r;
	}
	append_conn(h, c);
	h->n_conns++;
	return 0;
}

static void log_response(struct httpd *h, const struct conn *c, bool complete)
{
	tern_time took = tern_now(h->loop.stack) - c->begun;
	char addr[16], rate[NUMBER_TEXT];

	if (h->quiet)
		return;
	printf("%s:%u ", tern_format_addr(ntohl(c->peer.sin_addr.s_addr), addr),
	       ntohs(c->peer.sin_port));
	request_print(&c->request, stdout);
	printf(" %d %llu bytes %.3f s", (int)c->response.status,
	       (unsigned long long)(c->sent + c->response.text_len),
	       number_seconds(took));
	if (c->sent >= TURN_BYTES)
		printf(" %s", number_format_rate(c->sent, took, rate));
	puts(complete ? "" : " (cut short)");
}

static void close_conn(struct httpd *h, struct conn *c)
{
	if (c->phase == WRITING)
		log_response(h, c, false);
	tern_close(h->loop.stack, c->fd);
	response_release(&c->response);
	request_release(&c->request);
	unlink_conn(h, c);
	h->n_conns--;
	free(c);
}

static enum step start_reply(struct httpd *h, struct conn *c)
{
	if (reply_make(&c->response, h->root, &c->request) < 0)
		return GONE;
	c->head_off = 0;
	c->sent = 0;
	c->phase = WRITING;
	return AGAIN;
}

/* Takes `len` bytes that were looked at before. */
static void take(struct httpd *h, struct conn *c, char *bytes, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = tern_recv(h->loop.stack, c->fd, bytes, len, 0);
		if (n <= 0)
			return;
		len -= (size_t)n;
	}
}

static enum step read_request(struct httpd *h, struct conn *c)
{
	char bytes[READ_BYTES];
	ssize_t n =
		tern_recv(h->loop.stack, c->fd, bytes, sizeof(bytes), MSG_PEEK);

	if (n == -EAGAIN)
		return WAIT;
	if (n <= 0)
		return GONE;
	touch(h, c);
	if (c->begun == 0)
		c->begun = c->active;
	take(h, c, bytes, request_parse(&c->request, bytes, (size_t)n));
	if (c->request.complete || c->request.refused)
		return start_reply(h, c);
	if (c->active - c->begun < REQUEST_NS)
		return AGAIN;
	c->request.refused = HTTP_STATUS_REQUEST_TIMEOUT;
	return start_reply(h, c);
}

/* How much the send buffer will take, as near as can be told. */
static size_t room(struct httpd *h, const struct conn *c)
{
	int limit = 0, queued = 0;
	socklen_t len = sizeof(limit);

	if (tern_getsockopt(h->loop.stack, c->fd, SOL_SOCKET, SO_SNDBUF, &limit,
			    &len) < 0 ||
	    tern_ioctl(h->loop.stack, c->fd, SIOCOUTQ, &queued) < 0)
		return HTTPD_CHUNK;
	if (limit - queued < LEAST_CHUNK)
		return LEAST_CHUNK;
	return (size_t)(limit - queued);
}

static enum step write_head(struct httpd *h, struct conn *c)
{
	struct response *out = &c->response;
	ssize_t n = tern_send(h->loop.stack, c->fd, out->head + c->head_off,
			      out->head_len - c->head_off,
			      out->fd >= 0 ? MSG_MORE : 0);

	if (n == -EAGAIN)
		return WAIT;
	if (n < 0)
		return GONE;
	c->head_off += (size_t)n;
	return AGAIN;
}

/* Lends the buffer, if there is one; else copies. */
static ssize_t send_chunk(struct httpd *h, const struct conn *c,
			  const struct buffer *b, size_t len)
{
	struct tern *n = h->loop.stack;

	if (!b)
		return tern_send(n, c->fd, h->chunk, len, 0);
	return tern_send_zc(n, c->fd, b->bytes, len, 0, (uintptr_t)b);
}

/* A file that became shorter cannot be sent as was promised. */
static enum step write_file(struct httpd *h, struct conn *c)
{
	struct response *out = &c->response;
	struct buffer *b = buffer_get(h);
	size_t want = room(h, c);
	ssize_t n;

	if (want > HTTPD_CHUNK)
		want = HTTPD_CHUNK;
	if (want > (size_t)(out->end - out->offset))
		want = (size_t)(out->end - out->offset);
	n = pread(out->fd, b ? b->bytes : h->chunk, want, out->offset);
	if (n > 0)
		n = send_chunk(h, c, b, (size_t)n);
	else
		n = -EIO;
	if (n < 0 && b)
		buffer_put(h, b);
	if (n < 0)
		return n == -EAGAIN ? WAIT : GONE;
	out->offset += n;
	c->sent += (uint64_t)n;
	h->bytes += (uint64_t)n;
	return AGAIN;
}

static enum step finish(struct httpd *h, struct conn *c)
{
	bool again = c->response.keep_alive;

	log_response(h, c, true);
	h->n_requests++;
	response_release(&c->response);
	request_release(&c->request);
	request_init(&c->request);
	c->begun = 0;
	c->phase = again ? READING : LINGERING;
	if (!again)
		tern_shutdown(h->loop.stack, c->fd, SHUT_WR);
	return AGAIN;
}

static enum step write_response(struct httpd *h, struct conn *c)
{
	struct response *out = &c->response;
	uint64_t before = c->sent;
	enum step s = AGAIN;

	while (s == AGAIN && c->head_off < out->head_len)
		s = write_head(h, c);
	while (s == AGAIN && out->fd >= 0 && out->offset < out->end) {
		if (c->sent - before >= TURN_BYTES)
			s = WAIT; /* still writable, so it comes back */
		else
			s = write_file(h, c);
	}
	if (c->sent != before)
		touch(h, c);
	return s == AGAIN ? finish(h, c) : s;
}

static enum step linger(struct httpd *h, struct conn *c)
{
	ssize_t n = tern_recv(h->loop.stack, c->fd, h->chunk, HTTPD_CHUNK, 0);

	if (n == -EAGAIN)
		return WAIT;
	return n > 0 ? AGAIN : GONE;
}

static enum step step(struct httpd *h, struct conn *c)
{
	switch (c->phase) {
	case READING:
		return read_request(h, c);
	case WRITING:
		return write_response(h, c);
	case LINGERING:
		return linger(h, c);
	}
	return GONE;
}

void conn_event(struct httpd *h, struct conn *c, uint32_t events)
{
	enum step s;

	buffers_take_back(h, c->fd);
	if (!(events & ~(uint32_t)EPOLLMSG))
		return;
	do
		s = step(h, c);
	while (s == AGAIN);
	if (s == GONE)
		close_conn(h, c);
	else
		watch(h, c);
}

void conn_expire(struct httpd *h, tern_time now)
{
	struct conn *c, *next;

	for (c = h->first; c; c = next) {
		next = c->next;
		if (now <= c->active || now - c->active <= QUIET_NS)
			return;
		close_conn(h, c);
	}
}

void conn_close_all(struct httpd *h)
{
	struct conn *c, *next;

	for (c = h->first; c; c = next) {
		next = c->next;
		close_conn(h, c);
	}
}
