/* SPDX-License-Identifier: ISC */
/*
 * httpd.c - tern httpd: serves the files of a directory over HTTP/1.1
 *
 * One thread, driven by the events of the stack's epoll.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tern/tern.h>

#include "commands.h"
#include "httpd.h"
#include "message.h"
#include "number.h"
#include "progress.h"

#define EVENTS	   256
#define HEAD_BYTES 32768 /* the longest head of a request */
#define MAX_CONNS  65536
#define TICK_MS	   1000

enum { KEY_BACKLOG = 0x2000 };

struct options {
	struct attach attach;
	const char *directory;
	uint16_t port;
	int backlog;
	bool quiet;
};

static const struct argp_option options[] = {
	{"port", 'p', "PORT", 0, "Listen on PORT (default 80)", 0},
	{"quiet", 'q', NULL, 0, "Do not print a line for each request", 0},
	{"backlog", KEY_BACKLOG, "N", 0,
	 "Length of the accept queue (default "
	 "4096)",
	 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	uint64_t n;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->attach;
		return 0;
	case 'p':
		o->port = attach_parse_port(arg);
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case KEY_BACKLOG:
		if (!number_parse(arg, 0, 65535, &n))
			message_usage("--backlog %s: accepted are 0 to 65535",
				      arg);
		o->backlog = (int)n;
		return 0;
	case ARGP_KEY_ARG:
		if (o->directory)
			message_usage("'%s': one directory is accepted", arg);
		o->directory = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->directory)
			message_usage("no directory to serve: give DIR");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&attach_argp, 0, "", 10}, {0}};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "DIR",
	.doc = "Serves the files below DIR over HTTP/1.1 (GET and HEAD, "
	       "ranges, listings) from a TCP of its own on a TUN or TAP "
	       "device.  Ends on SIGINT, after closing its connections.",
	.children = children,
};

static int open_root(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		message_error(-errno,
			      "directory '%s'; accepted is one that "
			      "can be read",
			      directory);
	return fd;
}

static int open_listener(struct httpd *h, const struct options *o)
{
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_port = htons(o->port)};
	struct tern *n = h->loop.stack;
	int r;

	h->listener = tern_socket(n, AF_INET, SOCK_STREAM, 0);
	if (h->listener < 0)
		return h->listener;
	r = tern_bind(n, h->listener, (const struct sockaddr *)&name,
		      sizeof(name));
	if (r == 0)
		r = tern_listen(n, h->listener, o->backlog);
	if (r == 0)
		r = loop_watch(&h->loop, EPOLL_CTL_ADD, h->listener, EPOLLIN,
			       0);
	return r;
}

/* With too many connections the rest waits in the accept queue. */
static void accept_all(struct httpd *h)
{
	struct sockaddr_in peer;
	socklen_t len;
	int fd;

	while (h->n_conns < MAX_CONNS) {
		len = sizeof(peer);
		fd = tern_accept4(h->loop.stack, h->listener,
				  (struct sockaddr *)&peer, &len,
				  SOCK_NONBLOCK);
		if (fd < 0)
			return;
		h->n_accepted++;
		if (conn_open(h, fd, &peer) < 0)
			tern_close(h->loop.stack, fd);
	}
}

/* The listener is watched only while more connections can be taken. */
static void watch_listener(struct httpd *h)
{
	bool full = h->n_conns >= MAX_CONNS;

	if (full != h->full)
		loop_watch(&h->loop, EPOLL_CTL_MOD, h->listener,
			   full ? 0 : EPOLLIN, 0);
	h->full = full;
}

/* A connection closed by its own event has no later one in the same batch. */
static void take_events(struct httpd *h, struct epoll_event *evs, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (evs[i].data.u64 == 0)
			accept_all(h);
		else
			conn_event(h, (struct conn *)(uintptr_t)evs[i].data.u64,
				   evs[i].events);
	}
	conn_expire(h, tern_now(h->loop.stack));
	buffers_take_back(h, -1);
	watch_listener(h);
}

static void show(struct httpd *h, struct progress *p)
{
	char what[64];

	snprintf(what, sizeof(what), "%zu connections, %llu requests",
		 h->n_conns, (unsigned long long)h->n_requests);
	progress_show(p, what, h->bytes, 0, tern_host_now());
}

static void serve(struct httpd *h)
{
	struct epoll_event evs[EVENTS];
	struct progress p;
	int n;

	progress_init(&p, tern_host_now());
	while ((n = loop_wait(&h->loop, evs, EVENTS, NULL, 0, TICK_MS)) >= 0) {
		take_events(h, evs, n);
		show(h, &p);
	}
	progress_clear(&p);
}

static void close_all(struct httpd *h)
{
	tern_close(h->loop.stack, h->listener);
	conn_close_all(h);
}

static void summarize(const struct httpd *h, tern_time took)
{
	char amount[NUMBER_TEXT];

	message("%llu connections, %llu requests, %s in %.1f s",
		(unsigned long long)h->n_accepted,
		(unsigned long long)h->n_requests,
		number_format_bytes(h->bytes, amount), number_seconds(took));
}

static int run(struct httpd *h, struct options *o)
{
	tern_time start = tern_host_now();
	char addr[16];
	int r;

	if (loop_open(&h->loop, "httpd", &o->attach) < 0)
		return EXIT_FAILURE;
	r = open_listener(h, o);
	if (r < 0) {
		message_error(r, "cannot listen on port %u", o->port);
		loop_close(&h->loop);
		return EXIT_FAILURE;
	}
	message("serving %s at http://%s:%u/", o->directory,
		tern_format_addr(o->attach.addr, addr), o->port);
	serve(h);
	close_all(h);
	r = loop_close(&h->loop);
	buffers_free(h);
	summarize(h, tern_host_now() - start);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_httpd(int argc, char **argv)
{
	struct options o = {.port = 80, .backlog = 4096};
	static struct httpd h;
	int r;

	message_name(argv[0]);
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_USAGE;
	attach_require(&o.attach);
	h.quiet = o.quiet;
	h.root = open_root(o.directory);
	if (h.root < 0)
		return EXIT_FAILURE;
	setvbuf(stdout, NULL, _IOLBF, 0);
	http_parser_set_max_header_size(HEAD_BYTES);
	r = run(&h, &o);
	close(h.root);
	return r;
}
