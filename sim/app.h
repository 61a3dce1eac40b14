/* SPDX-License-Identifier: ISC */
/*
 * app.h - programs for simulated hosts: they send and check seeded streams
 *
 * An app is one end of one connection.  It sends a stream that follows from a
 * seed, compares what it receives with the stream of its peer byte by byte,
 * and ends the connection in one of several orders.  With nothing to send it
 * is a sink, with nothing to receive a source; with `echo` it sends back what
 * it gets.  It uses the calls of <tern/socket.h> as a nonblocking program does.
 */
#ifndef TERN_SIM_APP_H
#define TERN_SIM_APP_H

#include <netinet/in.h>

#include <tern/types.h>

struct sim_host;
struct sim_app;
struct sim_server;

enum sim_app_ending {
	SIM_END_FIRST, /* shutdown() once all is sent, close() after EOF */
	SIM_END_LAST,  /* close() once all is sent and EOF was read */
	SIM_END_CLOSE, /* close() once all is sent and received, EOF or not */
	SIM_END_ABORT, /* reset (SO_LINGER {1, 0}) once all is sent */
};

struct sim_app_config {
	uint64_t send_seed, send_bytes;
	uint64_t recv_seed, recv_bytes; /* what the peer will send */
	bool echo;			/* send what was received, until EOF */
	uint32_t write_max;		/* bytes at once, 1 to this; 0: 16384 */
	uint32_t read_max;
	uint32_t pause_ppm;  /* how often it rests before a call */
	tern_time pause_max; /* ... and for how long at most */
	enum sim_app_ending ending;
	uint32_t n_tries; /* of connect(), after ETIMEDOUT; 0: 1 */
	uint64_t seed;	  /* for sizes and pauses */
	/* Sets options on a new socket, 0 or an error; NULL: none. */
	int (*setup)(void *ctx, struct tern *n, int fd);
	void *setup_ctx;
};

enum sim_app_phase {
	SIM_APP_CONNECTING,
	SIM_APP_OPEN,
	SIM_APP_DONE,	/* closed as it was meant to be */
	SIM_APP_FAILED, /* see error */
};

struct sim_app_status {
	enum sim_app_phase phase;
	int fd;	   /* -1 once closed */
	int error; /* negative errno of the call that failed */
	uint64_t sent, received;
	bool eof;      /* the peer's FIN was read */
	bool mismatch; /* a byte was wrong or one too many: at `received` */
};

/*
 * Connects to addr.  Returns 0, -ENOMEM, or the error of socket().  The app is
 * freed with sim_app_destroy(), before its world; that does not close.
 */
TERN_CHECK int sim_app_connect(struct sim_app **app, struct sim_host *h,
			       const struct sockaddr_in *addr,
			       const struct sim_app_config *c);

/* The same for a connection that is open already, such as an accepted one. */
TERN_CHECK int sim_app_adopt(struct sim_app **app, struct sim_host *h, int fd,
			     const struct sim_app_config *c);
void sim_app_destroy(struct sim_app *app);
const struct sim_app_status *sim_app_status(const struct sim_app *app);

/*
 * A server listens and makes an app of each connection it accepts; `config`
 * fills in what the i-th of them does (i from 0).
 */
typedef void sim_server_fn(void *ctx, unsigned int i, struct sim_app_config *c);
TERN_CHECK int sim_server_create(struct sim_server **s, struct sim_host *h,
				 const struct sockaddr_in *addr, int backlog,
				 sim_server_fn *config, void *ctx);
/* Frees it and the apps it made.  Does not close. */
void sim_server_destroy(struct sim_server *s);
/* Closes the listening socket; the apps go on. */
void sim_server_close(struct sim_server *s);
unsigned int sim_server_n_apps(const struct sim_server *s);
struct sim_app *sim_server_app(const struct sim_server *s, unsigned int i);
/* A negative errno if accept() or the making of an app failed. */
int sim_server_error(const struct sim_server *s);
int sim_server_fd(const struct sim_server *s);

/* Fills in an address from host order. */
struct sockaddr_in sim_sockaddr(uint32_t addr, uint16_t port);

#endif
