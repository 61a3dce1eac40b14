/* SPDX-License-Identifier: ISC */
/*
 * server.c - listens, and makes an app of each connection it accepts
 */
#include <errno.h>
#include <stdlib.h>

#include <tern/socket.h>

#include "app.h"
#include "host.h"

struct sim_server {
	struct sim_host *host;
	int fd;
	int error;
	sim_server_fn *config;
	void *ctx;
	struct sim_app **app;
	unsigned int n_apps, apps_size;
};

static int make_room(struct sim_server *s)
{
	unsigned int size = s->apps_size ? 2 * s->apps_size : 4;
	struct sim_app **app;

	if (s->n_apps < s->apps_size)
		return 0;
	app = realloc(s->app, size * sizeof(struct sim_app *));
	if (!app)
		return -ENOMEM;
	s->app = app;
	s->apps_size = size;
	return 0;
}

static int welcome(struct sim_server *s, int fd)
{
	struct sim_app_config c = {0};
	int err = make_room(s);

	if (err)
		return err;
	s->config(s->ctx, s->n_apps, &c);
	err = sim_app_adopt(&s->app[s->n_apps], s->host, fd, &c);
	if (!err)
		s->n_apps++;
	return err;
}

static bool run(void *ctx)
{
	struct sim_server *s = ctx;
	int fd;

	if (s->fd < 0 || s->error)
		return false;
	fd = tern_accept4(sim_host_stack(s->host), s->fd, NULL, NULL,
			  SOCK_NONBLOCK);
	if (fd == -EAGAIN)
		return false;
	if (fd < 0)
		s->error = fd;
	else
		s->error = welcome(s, fd);
	return true;
}

static int open_listener(struct sim_server *s, const struct sockaddr_in *addr,
			 int backlog)
{
	struct tern *n = sim_host_stack(s->host);
	int one = 1, err;

	s->fd = tern_socket(n, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return s->fd;
	err = tern_setsockopt(n, s->fd, SOL_SOCKET, SO_REUSEADDR, &one,
			      sizeof(one));
	if (!err)
		err = tern_bind(n, s->fd, (const struct sockaddr *)addr,
				sizeof(*addr));
	if (!err)
		err = tern_listen(n, s->fd, backlog);
	if (err)
		sim_server_close(s);
	return err;
}

int sim_server_create(struct sim_server **out, struct sim_host *h,
		      const struct sockaddr_in *addr, int backlog,
		      sim_server_fn *config, void *ctx)
{
	struct sim_server *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return -ENOMEM;
	s->host = h;
	s->config = config;
	s->ctx = ctx;
	err = open_listener(s, addr, backlog);
	if (!err)
		err = sim_host_add_program(h, run, s);
	if (err) {
		free(s);
		return err;
	}
	*out = s;
	return 0;
}

void sim_server_close(struct sim_server *s)
{
	if (s->fd >= 0)
		tern_close(sim_host_stack(s->host), s->fd);
	s->fd = -1;
}

void sim_server_destroy(struct sim_server *s)
{
	unsigned int i;

	if (!s)
		return;
	sim_host_remove_program(s->host, s);
	for (i = 0; i < s->n_apps; i++)
		sim_app_destroy(s->app[i]);
	free(s->app);
	free(s);
}

unsigned int sim_server_n_apps(const struct sim_server *s)
{
	return s->n_apps;
}

struct sim_app *sim_server_app(const struct sim_server *s, unsigned int i)
{
	return s->app[i];
}

int sim_server_error(const struct sim_server *s)
{
	return s->error;
}

int sim_server_fd(const struct sim_server *s)
{
	return s->fd;
}
