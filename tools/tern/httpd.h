/* SPDX-License-Identifier: ISC */
/*
 * httpd.h - the parts of tern httpd
 *
 *	httpd.c		options, the loop, the summary
 *	httpd_conn.c	a connection: reads requests, writes responses
 *	httpd_buffer.c	what is lent to the stack
 *	httpd_request.c	what of a request matters
 *	httpd_reply.c	which response a request gets
 *	httpd_file.c	from a path to an open file, safely
 *	httpd_range.c	the Range field
 *	httpd_index.c	the listing of a directory
 *	httpd_type.c	the media type of a file
 */
#ifndef TERN_TOOL_HTTPD_H
#define TERN_TOOL_HTTPD_H

#include <http_parser.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#include "loop.h"

#define HTTPD_CHUNK (64 * 1024) /* bytes read from a file at once */

/* A piece of a file, lent to the stack or free. */
struct buffer {
	struct buffer *next;  /* free */
	struct buffer *older; /* of all */
	char bytes[HTTPD_CHUNK];
};

struct httpd {
	struct loop loop;
	int root;     /* descriptor of the directory that is served */
	int listener; /* of the stack */
	bool quiet;
	bool full; /* no more connections are taken for now */

	struct buffer *buffers, *all; /* those that are free, and all */
	size_t n_buffers;

	/* What is thrown away, or, without a buffer, read from a file. */
	char chunk[HTTPD_CHUNK];

	/* Connections, the one that was quiet longest first. */
	struct conn *first, *last;
	size_t n_conns;

	uint64_t n_accepted, n_requests, bytes;
};

/* A request, as far as it has been read. */
#define REQUEST_TARGET 8192
#define REQUEST_FIELD  256

enum request_field {
	FIELD_OTHER,
	FIELD_HOST,
	FIELD_RANGE,
	FIELD_IF_RANGE,
	FIELD_IF_NONE_MATCH,
	FIELD_IF_MODIFIED_SINCE,
	FIELD_N,
};

struct request {
	http_parser parser;
	bool complete;
	bool keep_alive;
	enum http_status refused; /* an error found while reading; 0: none */
	unsigned int n_hosts;
	char name[32]; /* of the field that is being read */
	size_t name_len;
	enum request_field field;
	char *target; /* grows up to REQUEST_TARGET */
	size_t target_len;
	char *value[FIELD_N]; /* NULL if the field was not there */
};

/* Makes ready for the next request of a connection. */
void request_init(struct request *r);
void request_release(struct request *r);

/*
 * Parses what has arrived, up to the end of the request.  Returns how much of
 * it was used; r->complete or r->refused say when to answer.
 */
size_t request_parse(struct request *r, const char *bytes, size_t len);

/* "GET /path HTTP/1.1" for the log, without what would upset a terminal. */
void request_print(const struct request *r, FILE *f);

/* A response: a head (with a short body) and possibly a file. */
struct response {
	enum http_status status;
	char *head; /* owned */
	size_t head_len;
	size_t text_len; /* of the body in it */
	int fd;		 /* of the file, -1 if none; owned */
	off_t offset, end;
	bool keep_alive;
};

/* Makes the response.  Returns 0 or -ENOMEM. */
int reply_make(struct response *out, int root, const struct request *r);
void response_release(struct response *r);

/*
 * Decodes a request target into a path relative to the root ("." for "/"),
 * without query.  Returns 0, HTTP_STATUS_BAD_REQUEST, or
 * HTTP_STATUS_FORBIDDEN for a path that climbs.
 */
int path_decode(const char *target, char *out, size_t size);

/*
 * Opens a path below the root, never beside it, whatever links are there.
 * Returns a descriptor, or a negative http_status.
 */
int path_open(int root, const char *path);

enum range_kind { RANGE_NONE, RANGE_PART, RANGE_UNSATISFIABLE };

/* Parses a Range field for a file of `size` bytes: [first, end). */
enum range_kind range_parse(const char *text, off_t size, off_t *first,
			    off_t *end);

/* Writes the listing of an open directory (which is closed) as HTML. */
int index_write(FILE *out, int fd, const char *title);

/* The media type that the name of a file suggests. */
const char *media_type(const char *path);

/* A buffer for a piece of a file, NULL if there is none; and back. */
struct buffer *buffer_get(struct httpd *h);
void buffer_put(struct httpd *h, struct buffer *b);

/* Frees all; the stack must be gone. */
void buffers_free(struct httpd *h);

/* Takes back what the stack is done with; fd -1: of closed connections. */
void buffers_take_back(struct httpd *h, int fd);

struct conn;

/* Takes a connection that was accepted; answers what it asks for. */
int conn_open(struct httpd *h, int fd, const struct sockaddr_in *peer);
void conn_event(struct httpd *h, struct conn *c, uint32_t events);
void conn_close_all(struct httpd *h);

/* Closes connections that have been quiet for too long. */
void conn_expire(struct httpd *h, tern_time now);

#endif
