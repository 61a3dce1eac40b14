/* SPDX-License-Identifier: ISC */
/*
 * nc.c - tern nc: connects or listens, and copies standard input and output
 *
 * Options and exit status are those of OpenBSD's nc, but that the end of
 * standard input is passed on as a FIN (its -N) unless --keep-open is given.
 */
#include <argp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tern/tern.h>

#include "commands.h"
#include "message.h"
#include "number.h"
#include "relay.h"

enum { KEY_BACKLOG = 0x2000, KEY_BOTH, KEY_KEEP_OPEN, KEY_LINGER };

struct options {
	struct attach attach;
	bool listen, keep, verbose, no_input, keep_open, both;
	const char *output; /* file name; NULL: standard output */
	tern_time wait_ns;  /* 0: for ever */
	uint16_t source_port;
	int backlog;
	int linger_s; /* -1: not set */
	const char *arg[2];
	int n_args;
};

static const struct argp_option options[] = {
	{"listen", 'l', NULL, 0, "Listen on PORT instead of connecting", 0},
	{"keep-listening", 'k', NULL, 0, "After a connection wait for the next",
	 0},
	{"verbose", 'v', NULL, 0, "Say what happens", 0},
	{"wait", 'w', "SECONDS", 0,
	 "Give up connecting, and end a connection "
	 "on which nothing moves, after SECONDS",
	 0},
	{"output", 'o', "FILE", 0, "Write what is received to FILE", 0},
	{"source-port", 'p', "PORT", 0, "Connect from PORT", 0},
	{"no-input", 'd', NULL, 0, "Do not read standard input", 0},
	{"shutdown", 'N', NULL, 0,
	 "Send a FIN at the end of standard input "
	 "(the default)",
	 0},
	{"keep-open", KEY_KEEP_OPEN, NULL, 0, "Do not send one", 0},
	{"both", KEY_BOTH, NULL, 0,
	 "With -l: go on after the peer's FIN, until "
	 "standard input has ended too",
	 0},
	{"linger", KEY_LINGER, "SECONDS", 0,
	 "Close with SO_LINGER; 0 resets "
	 "the connection",
	 0},
	{"backlog", KEY_BACKLOG, "N", 0,
	 "Length of the accept queue (default "
	 "1)",
	 0},
	{0},
};

static void parse_number(int *out, const char *option, const char *text)
{
	uint64_t n;

	if (!number_parse(text, 0, 65535, &n))
		message_usage("--%s %s: accepted are 0 to 65535", option, text);
	*out = (int)n;
}

static void parse_wait(struct options *o, const char *text)
{
	if (!number_parse_seconds(text, &o->wait_ns))
		message_usage("-w %s: accepted are seconds above 0, such as 5 "
			      "or 0.5",
			      text);
}

static bool *flag(struct options *o, int key)
{
	switch (key) {
	case 'l':
		return &o->listen;
	case 'k':
		return &o->keep;
	case 'v':
		return &o->verbose;
	case 'd':
		return &o->no_input;
	case KEY_KEEP_OPEN:
		return &o->keep_open;
	case KEY_BOTH:
		return &o->both;
	default:
		return NULL;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	bool *set = flag(o, key);

	if (set) {
		*set = true;
		return 0;
	}
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->attach;
		return 0;
	case 'w':
		parse_wait(o, arg);
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case 'p':
		o->source_port = attach_parse_port(arg);
		return 0;
	case 'N':
		o->keep_open = false;
		return 0;
	case KEY_BACKLOG:
		parse_number(&o->backlog, "backlog", arg);
		return 0;
	case KEY_LINGER:
		parse_number(&o->linger_s, "linger", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (o->n_args == 2)
			message_usage("'%s': too much; accepted are HOST PORT, "
				      "or -l PORT",
				      arg);
		o->arg[o->n_args++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&attach_argp, 0, "", 10}, {0}};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "HOST PORT\n-l PORT",
	.doc = "Connects to PORT of HOST, or listens on PORT, and copies "
	       "standard input to the connection and the connection to "
	       "standard output, until both have ended.",
	.children = children,
};

static void check(const struct options *o)
{
	if (o->keep && !o->listen)
		message_usage("-k: accepted only with -l");
	if (o->listen && o->source_port)
		message_usage("-p %u: accepted only without -l; with it, the "
			      "port is an argument",
			      o->source_port);
	if (o->listen ? o->n_args != 1 : o->n_args != 2)
		message_usage("accepted are HOST PORT, or -l PORT");
	attach_require(&o->attach);
}

struct nc {
	struct loop loop;
	const struct options *options;
	int out;
	bool in_ended;
};

static int new_socket(struct nc *nc)
{
	const struct options *o = nc->options;
	struct linger linger = {.l_onoff = 1, .l_linger = o->linger_s};
	int fd = tern_socket(nc->loop.stack, AF_INET, SOCK_STREAM, 0);

	if (fd >= 0 && o->linger_s >= 0)
		tern_setsockopt(nc->loop.stack, fd, SOL_SOCKET, SO_LINGER,
				&linger, sizeof(linger));
	return fd;
}

static int bind_port(struct nc *nc, int fd, uint16_t port)
{
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_port = htons(port)};

	return tern_bind(nc->loop.stack, fd, (const struct sockaddr *)&name,
			 sizeof(name));
}

static void describe(const struct options *o, const char *what,
		     const struct sockaddr_in *peer)
{
	char addr[16];

	if (o->verbose)
		message("%s %s port %u", what,
			tern_format_addr(ntohl(peer->sin_addr.s_addr), addr),
			ntohs(peer->sin_port));
}

/* Copies on a connection.  Returns as relay_run(). */
static int talk(struct nc *nc, int fd)
{
	const struct options *o = nc->options;
	struct relay_config c = {
		.in = o->no_input || nc->in_ended ? -1 : STDIN_FILENO,
		.out = nc->out,
		.shutdown_at_eof = !o->keep_open,
		.end_at_peer_eof = o->listen && !o->both,
		.quiet_ns = o->wait_ns,
	};
	char sent[NUMBER_TEXT], received[NUMBER_TEXT], rate[NUMBER_TEXT];
	struct relay_result result;
	int r = relay_run(&nc->loop, fd, &c, &result);

	nc->in_ended |= result.in_ended;
	if (o->verbose)
		message("sent %s, received %s in %.3f s, %s",
			number_format_bytes(result.sent, sent),
			number_format_bytes(result.received, received),
			number_seconds(result.took),
			number_format_rate(result.sent + result.received,
					   result.took, rate));
	tern_close(nc->loop.stack, fd);
	return r;
}

/* Waits for events of one socket.  Returns 0, -ETIMEDOUT, or as loop_wait(). */
static int wait_for(struct nc *nc, int fd, uint32_t events, tern_time deadline)
{
	struct epoll_event ev;
	tern_time now;
	int n = 0, ms = -1;

	loop_watch(&nc->loop, EPOLL_CTL_ADD, fd, events, 0);
	while (n == 0) {
		now = tern_host_now();
		if (deadline != TERN_NEVER) {
			if (now >= deadline)
				break;
			ms = (int)((deadline - now) / TERN_MS) + 1;
		}
		n = loop_wait(&nc->loop, &ev, 1, NULL, 0, ms);
	}
	loop_watch(&nc->loop, EPOLL_CTL_DEL, fd, 0, 0);
	return n > 0 ? 0 : n == 0 ? -ETIMEDOUT : n;
}

static int try_connect(struct nc *nc, int fd, const struct sockaddr_in *peer)
{
	return tern_connect(nc->loop.stack, fd, (const struct sockaddr *)peer,
			    sizeof(*peer));
}

static int connect_peer(struct nc *nc, int fd, const struct sockaddr_in *peer)
{
	const struct options *o = nc->options;
	tern_time deadline = TERN_NEVER;
	int r = 0;

	if (o->wait_ns)
		deadline = tern_host_now() + o->wait_ns;
	if (o->source_port)
		r = bind_port(nc, fd, o->source_port);
	if (r == 0)
		r = try_connect(nc, fd, peer);
	if (r == -EINPROGRESS) {
		r = wait_for(nc, fd, EPOLLOUT, deadline);
		if (r == 0)
			r = try_connect(nc, fd, peer);
	}
	return r == -EISCONN ? 0 : r;
}

static int run_client(struct nc *nc, const struct sockaddr_in *peer)
{
	char addr[16];
	int fd = new_socket(nc), r = fd;

	if (fd >= 0)
		r = connect_peer(nc, fd, peer);
	if (r == -EINTR || nc->loop.error)
		return r;
	if (r < 0) {
		message_error(
			r, "connect to %s port %u",
			tern_format_addr(ntohl(peer->sin_addr.s_addr), addr),
			ntohs(peer->sin_port));
		return -1;
	}
	describe(nc->options, "connected to", peer);
	return talk(nc, fd);
}

static int accept_one(struct nc *nc, int listener)
{
	struct sockaddr_in peer;
	socklen_t len;
	int fd = -EAGAIN, r = 0;

	while (fd == -EAGAIN && r == 0) {
		r = wait_for(nc, listener, EPOLLIN, TERN_NEVER);
		if (r < 0)
			return r;
		len = sizeof(peer);
		fd = tern_accept4(nc->loop.stack, listener,
				  (struct sockaddr *)&peer, &len, 0);
	}
	if (fd >= 0)
		describe(nc->options, "connection from", &peer);
	else
		message_error(fd, "accept");
	return fd;
}

static int open_listener(struct nc *nc, uint16_t port)
{
	int fd = new_socket(nc), r = fd;

	if (fd >= 0)
		r = bind_port(nc, fd, port);
	if (r == 0)
		r = tern_listen(nc->loop.stack, fd, nc->options->backlog);
	if (r < 0) {
		message_error(r, "listen on port %u", port);
		return -1;
	}
	if (nc->options->verbose)
		message("listening on port %u", port);
	return fd;
}

/* Without -k, the second to call is refused while we talk to the first. */
static int run_server(struct nc *nc, uint16_t port)
{
	int listener = open_listener(nc, port), fd, r;

	if (listener < 0)
		return -1;
	do {
		fd = accept_one(nc, listener);
		if (fd < 0)
			return fd;
		if (!nc->options->keep) {
			tern_close(nc->loop.stack, listener);
			return talk(nc, fd);
		}
		r = talk(nc, fd);
	} while (r == 0 || r == -1); /* one bad connection is not the end */
	return r;
}

static int open_output(const char *name)
{
	int fd;

	if (!name)
		return STDOUT_FILENO;
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		message_error(-errno, "-o %s: cannot be written", name);
	return fd;
}

/* A signal is the normal end of a server, and only of a server. */
static int exit_status(const struct nc *nc, int r, int closed)
{
	if (r == -EINTR && nc->options->keep && closed == 0)
		return EXIT_SUCCESS;
	if (r == -EINTR)
		return EXIT_SIGNAL(nc->loop.signal);
	return r == 0 && closed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int cmd_nc(int argc, char **argv)
{
	struct options o = {.backlog = 1, .linger_s = -1};
	struct nc nc = {.options = &o};
	struct sockaddr_in peer = {0};
	uint16_t port = 0;
	int r, closed, signal;

	message_name(argv[0]);
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_USAGE;
	check(&o);
	if (o.listen)
		port = attach_parse_port(o.arg[0]);
	else
		attach_parse_peer(&peer, o.arg[0], o.arg[1]);
	nc.out = open_output(o.output);
	if (nc.out < 0 || loop_open(&nc.loop, "nc", &o.attach) < 0)
		return EXIT_FAILURE;
	r = o.listen ? run_server(&nc, port) : run_client(&nc, &peer);
	signal = nc.loop.signal;
	closed = loop_close(&nc.loop);
	nc.loop.signal = signal;
	if (o.output && close(nc.out) < 0) {
		message_error(-errno, "-o %s", o.output);
		return EXIT_FAILURE;
	}
	return exit_status(&nc, r, closed);
}
