/* SPDX-License-Identifier: ISC */
/*
 * perf.h - the parts of tern perf
 *
 *	perf.c		options
 *	perf_wire.c	the 64 bytes that begin and end a measurement
 *	perf_stream.c	a piece of a stream, sent or received
 *	perf_client.c	connects, sends, counts
 *	perf_server.c	does what clients ask for
 *	perf_memory.c	both, on two stacks in one process
 *	perf_pair.c	these two stacks, and the pipe between them
 *	perf_net.c	one of both, over a device or the system's sockets
 *	perf_report.c	lines, totals, JSON
 */
#ifndef TERN_TOOL_PERF_H
#define TERN_TOOL_PERF_H

#include <jansson.h>

#include "netio.h"

enum perf_mode {
	PERF_BULK,    /* the client sends as fast as it can */
	PERF_REVERSE, /* the server does */
	PERF_RR,      /* request, response, and again */
	PERF_CRR,     /* connect, request, response, close, and again */
};

#define PERF_PORT 5201

struct perf_options {
	struct attach attach;
	enum perf_mode mode;
	bool memory, server, kernel, json;
	bool gso, no_csum, verify, once, zc;
	const char *host;
	uint16_t port;
	uint32_t parallel;
	uint64_t size;	 /* of a request and of a response */
	uint64_t length; /* of a write and of a read */
	uint64_t window; /* SO_SNDBUF and SO_RCVBUF; 0: as the stack likes */
	uint64_t count;	 /* end after so many transactions; 0: by time */
	tern_time time_ns, interval_ns;
	/* What streams carry, `length` and PERF_PATTERN bytes of it: lent with
	 * `zc`, so it outlives the stacks. */
	uint8_t *pattern;
};

/* What has been done so far. */
struct perf_count {
	uint64_t bytes, transactions, failed, retrans;
};

/* The first 64 bytes from a client, and the last from the server. */
#define PERF_WIRE 64

struct perf_wire {
	enum perf_mode mode;
	uint32_t size;
	uint64_t time_ns, bytes;
};

void perf_wire_write(uint8_t out[PERF_WIRE], const struct perf_wire *w);

/* Returns false if it is not from tern perf. */
bool perf_wire_read(const uint8_t in[PERF_WIRE], struct perf_wire *w);

/* Fills a buffer with what bytes at position `at` of a stream must be. */
#define PERF_PATTERN 251
void perf_pattern(uint8_t *buf, size_t len);

/*
 * Sends and receives up to `length` bytes of a stream, with `zc` by reference.
 * `at` is where the stream stands.  The receiver is shown each piece, unless
 * `see` is NULL; `buf` has room for `length`.  Both return as send() and recv()
 * do.
 */
typedef void perf_see_fn(void *ctx, const uint8_t *data, size_t len);
ssize_t perf_stream_send(struct netio *io, const struct perf_options *o, int fd,
			 uint64_t at, uint64_t len);
ssize_t perf_stream_recv(struct netio *io, const struct perf_options *o, int fd,
			 uint8_t *buf, perf_see_fn *see, void *ctx);

/*
 * The client.  Step handles what is ready, and waits up to timeout_ms if
 * nothing is.  It returns what netio's wait() returned, or -1 after a message.
 */
struct perf_client;
struct perf_client *perf_client_open(struct netio *io,
				     const struct perf_options *o,
				     const struct sockaddr_in *peers,
				     size_t n_peers);
int perf_client_step(struct perf_client *c, int timeout_ms);
/* Counts until now; `count.bytes` is what the sender has handed over. */
void perf_client_count(struct perf_client *c, struct perf_count *count);
/* Ends the measurement: streams are ended, transactions broken off. */
void perf_client_stop(struct perf_client *c);
/* All connections have ended. */
bool perf_client_done(const struct perf_client *c);
/* After PERF_BULK: what the server says that it received. */
uint64_t perf_client_acknowledged(const struct perf_client *c);
void perf_client_close(struct perf_client *c);

/* The server. */
struct perf_server;
struct perf_server *perf_server_open(struct netio *io,
				     const struct perf_options *o,
				     const uint16_t *ports, size_t n_ports);
int perf_server_step(struct perf_server *s, int timeout_ms);
void perf_server_count(const struct perf_server *s, struct perf_count *count);
size_t perf_server_connections(const struct perf_server *s);
void perf_server_close(struct perf_server *s);

/* Two stacks joined by a memory pipe; end 0 is the client's. */
#define PAIR_ADDRS 16
struct pair;
struct pair *pair_open(const struct perf_options *o);
struct tern *pair_end(struct pair *p, int i);
/* An address of end 1. */
uint32_t pair_addr(int i);
/* Lets both ends know the time. */
void pair_advance(struct pair *p);
/* Carries frames from end i to the other.  Returns how many. */
int pair_carry(struct pair *p, int i);
/* Waits for what time brings, when there is nothing else. */
void pair_rest(struct pair *p);
void pair_close(struct pair *p);

int perf_memory(const struct perf_options *o);
int perf_net_client(struct perf_options *o);
int perf_net_server(struct perf_options *o);

/* A report: intervals as they pass, the total at the end. */
struct perf_report {
	const struct perf_options *options;
	tern_time start, last; /* of the measurement, of this interval */
	struct perf_count before;
	double cpu_start;
	json_t *intervals;
};

void perf_report_start(struct perf_report *r, const struct perf_options *o,
		       tern_time now);
/* True if an interval has passed: then call perf_report_interval(). */
bool perf_report_due(const struct perf_report *r, tern_time now);
void perf_report_interval(struct perf_report *r, const struct perf_count *c,
			  tern_time now);
/* `extra` is put into the JSON, and let go of; it may be NULL. */
void perf_report_end(struct perf_report *r, const struct perf_count *c,
		     tern_time now, json_t *extra);
const char *perf_mode_name(enum perf_mode mode);

#endif
