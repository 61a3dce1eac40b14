/* SPDX-License-Identifier: ISC */
/*
 * control_session.c - one client of a control socket, as the server sees it
 *
 * Requests are answered one after the other.  An answer of many lines is a
 * place in a list, from which lines are made while there is room in a buffer
 * of fixed size: a client that does not read stops its answer, no more.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <tern/tern.h>

#include "answer.h"
#include "control.h"
#include "control_session.h"
#include "ring.h"

#define IN_BYTES   4096 /* the longest request */
#define OUT_BYTES  (256 * 1024)
#define LINE_BYTES (64 * 1024) /* the longest line of an answer */
#define SOCKETS	   32	       /* asked of the stack at once */
#define LINES	   512	       /* made in one turn */

/* What the lines of the answer are made from. */
enum giving { NOTHING, SOCKET_LIST, INTERFACES, SYSCTLS, EVENTS };

struct session {
	const struct control_config *config;
	int fd;
	uint32_t events; /* that epoll was told of */
	enum giving giving;
	uint64_t cursor;
	struct ring_reader reader;
	tern_time epoch_ns;

	size_t in_len, out_off, out_len;
	char in[IN_BYTES];
	char out[OUT_BYTES];
};

struct session *session_open(int fd, const struct control_config *config)
{
	struct session *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->fd = fd;
	c->config = config;
	c->events = EPOLLIN;
	return c;
}

void session_close(struct session *c)
{
	ring_detach(&c->reader);
	close(c->fd);
	free(c);
}

int session_fd(const struct session *c)
{
	return c->fd;
}

static bool has_room(const struct session *c)
{
	return OUT_BYTES - c->out_len >= LINE_BYTES;
}

/* Appends a line, and lets go of the object. */
static void put(struct session *c, json_t *line)
{
	size_t room = OUT_BYTES - c->out_len;
	size_t len =
		line ? json_dumpb(line, c->out + c->out_len, room, JSON_COMPACT)
		     : room;

	json_decref(line);
	if (len >= room)
		return;
	c->out[c->out_len + len] = '\n';
	c->out_len += len + 1;
}

static void put_error(struct session *c, const char *what)
{
	put(c, json_pack("{s:s}", "error", what));
}

static void put_end(struct session *c)
{
	c->giving = NOTHING;
	put(c, json_pack("{s:b}", "end", 1));
}

static tern_time epoch(void)
{
	struct timespec real;

	clock_gettime(CLOCK_REALTIME, &real);
	return (tern_time)real.tv_sec * TERN_S + (tern_time)real.tv_nsec -
	       tern_host_now();
}

static const struct {
	const char *name;
	uint32_t types;
} type_sets[] = {
	{"segments", 1U << TERN_EV_SEGMENT_IN | 1U << TERN_EV_SEGMENT_OUT},
	{"states", 1U << TERN_EV_STATE},
	{"drops", 1U << TERN_EV_DROP},
	{"timers", 1U << TERN_EV_TIMER},
	{"queues", 1U << TERN_EV_QUEUE},
	{"cwnd", 1U << TERN_EV_CWND},
};

#define N_TYPE_SETS (sizeof(type_sets) / sizeof(type_sets[0]))

static uint32_t types_of(const char *name)
{
	size_t i;

	for (i = 0; i < N_TYPE_SETS; i++)
		if (!strcmp(name, type_sets[i].name))
			return type_sets[i].types;
	return 0;
}

static void start_trace(struct session *c, json_t *request)
{
	json_t *list = json_object_get(request, "types"), *word;
	uint32_t types = 0, set;
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		word = json_array_get(list, i);
		set = json_is_string(word) ? types_of(json_string_value(word))
					   : 0;
		if (!set) {
			put_error(c, "types: accepted are segments, states, "
				     "drops, timers, queues, cwnd");
			return;
		}
		types |= set;
	}
	ring_detach(&c->reader);
	if (ring_attach(c->config->ring, &c->reader, types) < 0) {
		put_error(c, "no memory to keep events");
		return;
	}
	c->epoch_ns = epoch();
	c->giving = EVENTS;
	put(c, json_pack("{s:b}", "tracing", 1));
}

static void put_unknown(struct session *c, const char *name)
{
	const struct tern_sysctl *near[3];
	int n = tern_sysctl_near(name, near, 3);
	char text[256];
	size_t len;

	snprintf(text, sizeof(text), "there is no tunable '%.64s'", name);
	for (int i = 0; i < n; i++) {
		len = strlen(text);
		snprintf(text + len, sizeof(text) - len, "%s%s",
			 i ? ", " : "; similar: ", near[i]->name);
	}
	put_error(c, text);
}

/* What would have been accepted: as many words as the value has now. */
static void put_range(struct session *c, const char *name, const char *value)
{
	const struct tern_sysctl *s = NULL;
	char text[256], now[64] = "";
	const char *at = now;
	int n = 1;

	for (int i = 0; (s = tern_sysctl_at(i)) && strcmp(s->name, name);)
		i++;
	if (tern_sysctl_get(c->config->stack, name, now, sizeof(now)) < 0 || !s)
		return put_error(c, "this value is not accepted");
	for (; *at; at++)
		n += *at == ' ';
	if (strspn(now, "-0123456789 ") != strlen(now))
		snprintf(text, sizeof(text),
			 "%s: there is no '%.32s'; it is %s now", name, value,
			 now);
	else if (n == 1)
		snprintf(text, sizeof(text),
			 "%s: '%.32s' is not accepted, but a number from %lld "
			 "to %lld (%s)",
			 name, value, (long long)s->min, (long long)s->max,
			 s->unit);
	else
		snprintf(text, sizeof(text),
			 "%s: '%.64s' is not accepted, but %d numbers from "
			 "%lld to %lld (%s), in ascending order",
			 name, value, n, (long long)s->min, (long long)s->max,
			 s->unit);
	put_error(c, text);
}

/* Without a name all tunables are listed. */
static void sysctl(struct session *c, json_t *request)
{
	const char *name, *value = NULL;
	char text[64];
	int r = 0;

	if (json_unpack(request, "{s:s, s?s}", "name", &name, "value", &value) <
	    0) {
		c->giving = SYSCTLS;
		return;
	}
	if (value)
		r = tern_sysctl_set(c->config->stack, name, value);
	if (r >= 0)
		r = tern_sysctl_get(c->config->stack, name, text, sizeof(text));
	if (r == -ENOENT) {
		put_unknown(c, name);
	} else if (r < 0) {
		put_range(c, name, value ? value : "");
	} else {
		put(c, json_pack("{s:s, s:s}", "name", name, "value", text));
		put_end(c);
	}
}

static void hello(struct session *c)
{
	put(c, json_pack("{s:s, s:s, s:i}", "command", c->config->command,
			 "detail", c->config->detail, "pid", (int)getpid()));
	put_end(c);
}

static void answer(struct session *c, json_t *request)
{
	const char *cmd = "";

	c->giving = NOTHING;
	c->cursor = 0;
	json_unpack(request, "{s:s}", "cmd", &cmd);
	if (!strcmp(cmd, "hello")) {
		hello(c);
	} else if (!strcmp(cmd, "list")) {
		c->giving = SOCKET_LIST;
	} else if (!strcmp(cmd, "interfaces")) {
		c->giving = INTERFACES;
	} else if (!strcmp(cmd, "stats")) {
		put(c, answer_stats(c->config->stack));
		put_end(c);
	} else if (!strcmp(cmd, "counters")) {
		put(c, answer_counters(c->config->stack));
		put_end(c);
	} else if (!strcmp(cmd, "sysctl")) {
		sysctl(c, request);
	} else if (!strcmp(cmd, "trace")) {
		start_trace(c, request);
	} else {
		put_error(c, "cmd: accepted are hello, list, stats, "
			     "counters, interfaces, sysctl, trace");
	}
}

/* Takes requests from the buffer while there is nothing else to be said. */
static void take_requests(struct session *c)
{
	char *end;
	size_t len;
	json_t *request;

	while (has_room(c) && (c->giving == NOTHING || c->giving == EVENTS)) {
		end = memchr(c->in, '\n', c->in_len);
		if (!end)
			return;
		len = (size_t)(end - c->in);
		request = json_loadb(c->in, len, 0, NULL);
		memmove(c->in, end + 1, c->in_len - len - 1);
		c->in_len -= len + 1;
		if (json_is_object(request))
			answer(c, request);
		else
			put_error(c, "accepted is one JSON object a line");
		json_decref(request);
	}
}

int session_read(struct session *c)
{
	ssize_t n = recv(c->fd, c->in + c->in_len, IN_BYTES - c->in_len, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1; /* also if a request is too long for the buffer */
	c->in_len += (size_t)n;
	return 0;
}

static void give_sockets(struct session *c)
{
	struct tern_sockinfo list[SOCKETS];
	int n = tern_sockets(c->config->stack, &c->cursor, list, SOCKETS), i;

	for (i = 0; i < n; i++)
		put(c, answer_socket(c->config->stack, &list[i]));
	if (n <= 0)
		put_end(c);
}

/* Returns false if there is nothing to say before the stack runs again. */
static bool give_event(struct session *c)
{
	const struct tern_event *ev = ring_next(&c->reader);

	if (c->reader.lost)
		put(c, json_pack("{s:I}", "lost", (json_int_t)c->reader.lost));
	c->reader.lost = 0;
	if (ev)
		put(c, answer_event(ev, c->epoch_ns));
	return ev != NULL;
}

/* Interfaces have indexes from 1 on, tunables from 0. */
static void give_item(struct session *c, bool interface)
{
	int i = (int)c->cursor++;
	json_t *item = interface ? answer_interface(c->config->stack, i + 1)
				 : answer_sysctl(c->config->stack, i);

	if (item)
		put(c, item);
	else
		put_end(c);
}

/* Makes a piece of the answer.  Returns false if there is none now. */
static bool give(struct session *c)
{
	switch (c->giving) {
	case NOTHING:
		return false;
	case SOCKET_LIST:
		give_sockets(c);
		return true;
	case INTERFACES:
	case SYSCTLS:
		give_item(c, c->giving == INTERFACES);
		return true;
	case EVENTS:
		return give_event(c);
	}
	return false;
}

static int flush(struct session *c)
{
	ssize_t n = 0;

	while (c->out_off < c->out_len && n >= 0) {
		n = send(c->fd, c->out + c->out_off, c->out_len - c->out_off,
			 MSG_NOSIGNAL);
		if (n > 0)
			c->out_off += (size_t)n;
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -1;
	memmove(c->out, c->out + c->out_off, c->out_len - c->out_off);
	c->out_len -= c->out_off;
	c->out_off = 0;
	return 0;
}

int session_write(struct session *c)
{
	int lines = 0;

	take_requests(c);
	while (lines < LINES && has_room(c) && give(c))
		lines++;
	if (flush(c) < 0)
		return -1;
	if (!has_room(c))
		return 0;
	return lines == LINES ||
	       (c->giving == NOTHING && memchr(c->in, '\n', c->in_len));
}

bool session_wants(struct session *c, uint32_t *events)
{
	*events = EPOLLIN | (c->out_len ? (uint32_t)EPOLLOUT : 0);
	if (*events == c->events)
		return false;
	c->events = *events;
	return true;
}
