/* SPDX-License-Identifier: ISC */
/*
 * app.c - an app: one end of a connection, sending and checking streams
 *
 * The host calls run() whenever something happened; each call of run() makes
 * at most one recv() and one send(), and says whether either did anything.
 */
#include "app.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tern/socket.h>

#include "chance.h"
#include "host.h"
#include "stream.h"
#include "world.h"

#define SIZE_MAX_DEFAULT 16384
#define ECHO_MAX	 65536

struct sim_app {
	struct sim_host *host;
	struct sim_app_config config;
	struct sim_app_status status;
	struct sockaddr_in addr;
	struct sim_chance chance;
	unsigned int tries;
	bool shut;
	tern_time rest_until;
	uint8_t *buf; /* of the larger of both sizes */
	uint8_t *echo;
	uint32_t n_echo;
};

struct sockaddr_in sim_sockaddr(uint32_t addr, uint16_t port)
{
	struct sockaddr_in sin = {0};
	uint32_t net_addr;
	uint16_t net_port;
	const uint8_t a[4] = {(uint8_t)(addr >> 24), (uint8_t)(addr >> 16),
			      (uint8_t)(addr >> 8), (uint8_t)addr};
	const uint8_t p[2] = {(uint8_t)(port >> 8), (uint8_t)port};

	memcpy(&net_addr, a, 4);
	memcpy(&net_port, p, 2);
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = net_addr;
	sin.sin_port = net_port;
	return sin;
}

static struct tern *stack_of(struct sim_app *app)
{
	return sim_host_stack(app->host);
}

static void close_fd(struct sim_app *app)
{
	if (app->status.fd >= 0)
		tern_close(stack_of(app), app->status.fd);
	app->status.fd = -1;
}

static bool fail(struct sim_app *app, int err)
{
	app->status.error = err;
	app->status.phase = SIM_APP_FAILED;
	close_fd(app);
	return true;
}

static bool done(struct sim_app *app)
{
	app->status.phase = SIM_APP_DONE;
	close_fd(app);
	return true;
}

static void wake(void *ctx)
{
	struct sim_app *app = ctx;

	sim_host_wake(app->host);
}

/* True if the app rests now, perhaps since this moment. */
static bool rests(struct sim_app *app)
{
	struct sim_world *w = sim_host_world(app->host);
	tern_time now = sim_world_now(w), length;

	if (now < app->rest_until)
		return true;
	if (!sim_chance_ppm(&app->chance, app->config.pause_ppm))
		return false;
	length = sim_chance_between(&app->chance, 1, app->config.pause_max);
	if (sim_world_at(w, now + length, wake, app))
		return false;
	app->rest_until = now + length;
	return true;
}

static int set_up(struct sim_app *app)
{
	const struct sim_app_config *c = &app->config;

	if (!c->setup)
		return 0;
	return c->setup(c->setup_ctx, stack_of(app), app->status.fd);
}

static int open_socket(struct sim_app *app)
{
	struct tern *n = stack_of(app);
	int fd = tern_socket(n, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int err;

	if (fd < 0)
		return fd;
	app->status.fd = fd;
	app->tries++;
	err = set_up(app);
	if (err)
		close_fd(app);
	return err;
}

static bool run_connect(struct sim_app *app)
{
	int r = tern_connect(stack_of(app), app->status.fd,
			     (const struct sockaddr *)&app->addr,
			     sizeof(app->addr));

	if (r == -EINPROGRESS || r == -EALREADY)
		return false;
	if (r == 0 || r == -EISCONN) {
		app->status.phase = SIM_APP_OPEN;
		return true;
	}
	if (r != -ETIMEDOUT || app->tries >= app->config.n_tries)
		return fail(app, r);
	close_fd(app);
	r = open_socket(app);
	return r ? fail(app, r) : true;
}

static void check(struct sim_app *app, uint32_t len)
{
	struct sim_app_status *s = &app->status;
	uint64_t room = app->config.recv_bytes - s->received;
	size_t good = len;

	if (app->config.recv_bytes < s->received + len)
		good = (size_t)room;
	good = sim_stream_check(app->config.recv_seed, s->received, app->buf,
				good);
	s->received += good;
	if (good < len)
		s->mismatch = true;
}

/* How much may be read: an echo must have room for it. */
static uint32_t read_size(struct sim_app *app)
{
	uint32_t max = app->config.read_max;

	if (app->config.echo && max > ECHO_MAX - app->n_echo)
		max = ECHO_MAX - app->n_echo;
	return max ? (uint32_t)sim_chance_between(&app->chance, 1, max) : 0;
}

static bool run_read(struct sim_app *app)
{
	uint32_t size = read_size(app);
	ssize_t r;

	if (app->status.eof || size == 0 || rests(app))
		return false;
	r = tern_recv(stack_of(app), app->status.fd, app->buf, size, 0);
	if (r == -EAGAIN)
		return false;
	if (r < 0)
		return fail(app, (int)r);
	if (r == 0)
		app->status.eof = true;
	check(app, (uint32_t)r);
	if (app->config.echo) {
		memcpy(app->echo + app->n_echo, app->buf, (size_t)r);
		app->n_echo += (uint32_t)r;
	}
	return true;
}

static bool all_sent(const struct sim_app *app)
{
	if (app->config.echo)
		return app->status.eof && app->n_echo == 0;
	return app->status.sent == app->config.send_bytes;
}

static bool run_write(struct sim_app *app)
{
	uint64_t left = app->config.send_bytes - app->status.sent;
	const uint8_t *bytes = app->echo;
	uint32_t size;
	ssize_t r;

	if (app->config.echo)
		left = app->n_echo;
	if (app->shut || left == 0 || rests(app))
		return false;
	size = (uint32_t)sim_chance_between(&app->chance, 1,
					    app->config.write_max);
	if (size > left)
		size = (uint32_t)left;
	if (!app->config.echo) {
		sim_stream_fill(app->config.send_seed, app->status.sent,
				app->buf, size);
		bytes = app->buf;
	}
	r = tern_send(stack_of(app), app->status.fd, bytes, size, MSG_NOSIGNAL);
	if (r == -EAGAIN)
		return false;
	if (r < 0)
		return fail(app, (int)r);
	app->status.sent += (uint64_t)r;
	if (app->config.echo) {
		app->n_echo -= (uint32_t)r;
		memmove(app->echo, app->echo + r, app->n_echo);
	}
	return true;
}

static bool abort_connection(struct sim_app *app)
{
	const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	tern_setsockopt(stack_of(app), app->status.fd, SOL_SOCKET, SO_LINGER,
			&at_once, sizeof(at_once));
	return done(app);
}

/* Ends the connection if it is time to.  True if it did anything. */
static bool run_ending(struct sim_app *app)
{
	const struct sim_app_status *s = &app->status;

	if (!all_sent(app))
		return false;
	switch (app->config.ending) {
	case SIM_END_FIRST:
		if (!app->shut) {
			int r = tern_shutdown(stack_of(app), s->fd, SHUT_WR);

			app->shut = true;
			return r ? fail(app, r) : true;
		}
		return s->eof ? done(app) : false;
	case SIM_END_LAST:
		return s->eof ? done(app) : false;
	case SIM_END_CLOSE:
		if (s->received < app->config.recv_bytes && !s->eof)
			return false;
		return done(app);
	case SIM_END_ABORT:
		return abort_connection(app);
	}
	return false;
}

static bool run(void *ctx)
{
	struct sim_app *app = ctx;
	bool busy = false;

	if (app->status.phase == SIM_APP_CONNECTING)
		return run_connect(app);
	if (app->status.phase == SIM_APP_OPEN)
		busy |= run_read(app);
	if (app->status.phase == SIM_APP_OPEN)
		busy |= run_write(app);
	if (app->status.phase == SIM_APP_OPEN)
		busy |= run_ending(app);
	return busy;
}

static int make(struct sim_app **out, struct sim_host *h,
		const struct sim_app_config *c)
{
	struct sim_app *app = calloc(1, sizeof(*app));
	uint32_t size;

	if (!app)
		return -ENOMEM;
	app->host = h;
	app->config = *c;
	app->chance.state = c->seed;
	app->status.fd = -1;
	if (!c->write_max)
		app->config.write_max = SIZE_MAX_DEFAULT;
	if (!c->read_max)
		app->config.read_max = SIZE_MAX_DEFAULT;
	size = app->config.write_max > app->config.read_max
		       ? app->config.write_max
		       : app->config.read_max;
	app->buf = malloc(size);
	app->echo = c->echo ? malloc(ECHO_MAX) : NULL;
	if (!app->buf || (c->echo && !app->echo) ||
	    sim_host_add_program(h, run, app)) {
		sim_app_destroy(app);
		return -ENOMEM;
	}
	*out = app;
	return 0;
}

int sim_app_connect(struct sim_app **app, struct sim_host *h,
		    const struct sockaddr_in *addr,
		    const struct sim_app_config *c)
{
	int err = make(app, h, c);

	if (err)
		return err;
	(*app)->addr = *addr;
	(*app)->status.phase = SIM_APP_CONNECTING;
	err = open_socket(*app);
	if (err) {
		sim_app_destroy(*app);
		*app = NULL;
	}
	return err;
}

void sim_app_destroy(struct sim_app *app)
{
	if (!app)
		return;
	sim_host_remove_program(app->host, app);
	sim_world_forget(sim_host_world(app->host), app);
	free(app->buf);
	free(app->echo);
	free(app);
}

const struct sim_app_status *sim_app_status(const struct sim_app *app)
{
	return &app->status;
}

int sim_app_adopt(struct sim_app **app, struct sim_host *h, int fd,
		  const struct sim_app_config *c)
{
	int err = make(app, h, c);

	if (err)
		return err;
	(*app)->status.fd = fd;
	(*app)->status.phase = SIM_APP_OPEN;
	err = set_up(*app);
	if (err)
		fail(*app, err);
	return 0;
}
