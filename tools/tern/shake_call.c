/* SPDX-License-Identifier: ISC */
/*
 * shake_call.c - socket calls, made and recorded
 *
 * The step is added before the call is made, so that the state changes that
 * the call causes become part of it; its text is written when the result is
 * known.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <tern/netif.h>
#include <tern/socket.h>

#include "shake.h"

#include "sim/app.h"
#include "sim/host.h"
#include "sim/world.h"

/* A call that is being made. */
struct call {
	struct tern *n;
	unsigned int step;
	int fd;
};

static bool begin(struct shake *s, struct call *c, enum shake_side side, int fd)
{
	if (s->failed)
		return false;
	c->fd = fd;
	c->n = sim_host_stack(s->host[side]);
	c->step = shake_add_step(s, SHAKE_CALL, side);
	if (s->failed)
		return false;
	s->step[c->step].conn = fd < 0 ? -1 : shake_conn_of_fd(s, side, fd);
	return true;
}

/* Writes a result: a number, or the name of an error. */
static void print_result(FILE *f, long result)
{
	const char *name = result < 0 ? strerrorname_np((int)-result) : NULL;

	if (name)
		fprintf(f, " = -%s", name);
	else
		fprintf(f, " = %ld", result);
}

/* Completes the step: "listen(3, 4)" and the result. */
__attribute__((format(printf, 4, 5))) static void end(struct shake *s,
						      const struct call *c,
						      long result,
						      const char *format, ...)
{
	struct shake_step *st = &s->step[c->step];
	enum shake_side side = st->side;
	va_list args;
	FILE *f = fmemopen(st->text, SHAKE_TEXT, "w");

	if (!f) {
		shake_fail(s, -ENOMEM, "call");
		return;
	}
	va_start(args, format);
	vfprintf(f, format, args);
	va_end(args);
	print_result(f, result);
	fclose(f);
	if (st->conn < 0 && c->fd >= 0)
		st->conn = shake_conn_of_fd(s, side, c->fd);
	shake_sync(s);
	st = &s->step[c->step];
	if (st->conn >= 0 && s->host[side]) {
		st->state[side] = s->conn[st->conn].state[side];
		st->stateful[side] = true;
	}
	st->queues = s->queues;
}

int shake_socket(struct shake *s, enum shake_side side)
{
	struct call c;
	int r;

	if (!begin(s, &c, side, -1))
		return -ENOMEM;
	r = tern_socket(c.n, AF_INET, SOCK_STREAM, 0);
	end(s, &c, r, "socket(AF_INET, SOCK_STREAM)");
	return r;
}

int shake_bind(struct shake *s, enum shake_side side, int fd, uint32_t addr,
	       uint16_t port)
{
	const struct sockaddr_in sin = sim_sockaddr(addr, port);
	char text[16];
	struct call c;
	int r;

	if (!begin(s, &c, side, fd))
		return -ENOMEM;
	r = tern_bind(c.n, fd, (const struct sockaddr *)&sin, sizeof(sin));
	end(s, &c, r, "bind(%d, %s:%u)", fd,
	    addr ? tern_format_addr(addr, text) : "*", port);
	return r;
}

int shake_listen(struct shake *s, enum shake_side side, int fd, int backlog)
{
	struct call c;
	int r;

	if (!begin(s, &c, side, fd))
		return -ENOMEM;
	r = tern_listen(c.n, fd, backlog);
	end(s, &c, r, "listen(%d, %d)", fd, backlog);
	return r;
}

int shake_accept(struct shake *s, enum shake_side side, int fd)
{
	struct call c;
	int r;

	if (!begin(s, &c, side, -1))
		return -ENOMEM;
	r = tern_accept(c.n, fd, NULL, NULL);
	c.fd = r;
	end(s, &c, r, "accept(%d)", fd);
	return r;
}

int shake_connect(struct shake *s, enum shake_side side, int fd, uint32_t addr,
		  uint16_t port)
{
	const struct sockaddr_in sin = sim_sockaddr(addr, port);
	char text[16];
	struct call c;
	int r;

	if (!begin(s, &c, side, fd))
		return -ENOMEM;
	r = tern_connect(c.n, fd, (const struct sockaddr *)&sin, sizeof(sin));
	end(s, &c, r, "connect(%d, %s:%u)", fd, tern_format_addr(addr, text),
	    port);
	return r;
}

ssize_t shake_send(struct shake *s, enum shake_side side, int fd,
		   const char *text)
{
	struct call c;
	ssize_t r;

	if (!begin(s, &c, side, fd))
		return -ENOMEM;
	r = tern_send(c.n, fd, text, strlen(text), MSG_NOSIGNAL);
	end(s, &c, r, "send(%d, \"%s\")", fd, text);
	return r;
}

ssize_t shake_send_bulk(struct shake *s, enum shake_side side, int fd,
			size_t len)
{
	char *bytes = calloc(len, 1);
	struct call c;
	ssize_t r;

	if (!bytes || !begin(s, &c, side, fd)) {
		free(bytes);
		return -ENOMEM;
	}
	r = tern_send(c.n, fd, bytes, len, MSG_NOSIGNAL);
	end(s, &c, r, "send(%d, %zu bytes)", fd, len);
	free(bytes);
	return r;
}

ssize_t shake_recv(struct shake *s, enum shake_side side, int fd, char *buf,
		   size_t size)
{
	struct call c;
	ssize_t r;

	buf[0] = '\0';
	if (!begin(s, &c, side, fd))
		return -ENOMEM;
	r = tern_recv(c.n, fd, buf, size - 1, 0);
	if (r > 0) {
		buf[r] = '\0';
		end(s, &c, r, "recv(%d, \"%s\")", fd, buf);
	} else {
		end(s, &c, r, "recv(%d)", fd);
	}
	return r;
}

ssize_t shake_recv_all(struct shake *s, enum shake_side side, int fd)
{
	static char bytes[1 << 20];
	struct call c;
	ssize_t r;

	if (!begin(s, &c, side, fd))
		return -ENOMEM;
	r = tern_recv(c.n, fd, bytes, sizeof(bytes), 0);
	end(s, &c, r, "recv(%d)", fd);
	return r;
}

int shake_shutdown(struct shake *s, enum shake_side side, int fd)
{
	struct call c;
	int r;

	if (!begin(s, &c, side, fd))
		return -ENOMEM;
	r = tern_shutdown(c.n, fd, SHUT_WR);
	end(s, &c, r, "shutdown(%d, SHUT_WR)", fd);
	return r;
}

int shake_close(struct shake *s, enum shake_side side, int fd)
{
	struct call c;
	int r;

	if (!begin(s, &c, side, fd))
		return -ENOMEM;
	r = tern_close(c.n, fd);
	c.fd = -1;
	end(s, &c, r, "close(%d)", fd);
	return r;
}

int shake_setsockopt(struct shake *s, enum shake_side side, int fd,
		     const struct shake_option *option, int value)
{
	struct call c;
	int r;

	if (!begin(s, &c, side, fd))
		return -ENOMEM;
	r = tern_setsockopt(c.n, fd, option->level, option->name, &value,
			    sizeof(value));
	end(s, &c, r, "setsockopt(%d, %s, %d)", fd, option->text, value);
	return r;
}

int shake_error(struct shake *s, enum shake_side side, int fd)
{
	socklen_t len = sizeof(int);
	struct shake_step *st;
	const char *name;
	struct call c;
	int error = 0, r;

	if (!begin(s, &c, side, fd))
		return -ENOMEM;
	r = tern_getsockopt(c.n, fd, SOL_SOCKET, SO_ERROR, &error, &len);
	end(s, &c, r, "getsockopt(%d, SO_ERROR)", fd);
	st = &s->step[c.step];
	name = error ? strerrorname_np(error) : "no error";
	if (!r && name)
		snprintf(st->text, SHAKE_TEXT, "getsockopt(%d, SO_ERROR): %s",
			 fd, name);
	return r ? r : -error;
}

int shake_getsockname(struct shake *s, enum shake_side side, int fd,
		      uint32_t *addr, uint16_t *port)
{
	struct sockaddr_in sin = {0};
	socklen_t len = sizeof(sin);
	char text[16];
	struct call c;
	int r;

	if (!begin(s, &c, side, fd))
		return -ENOMEM;
	r = tern_getsockname(c.n, fd, (struct sockaddr *)&sin, &len);
	*addr = ntohl(sin.sin_addr.s_addr);
	*port = ntohs(sin.sin_port);
	end(s, &c, r, "getsockname(%d)", fd);
	if (!r)
		snprintf(s->step[c.step].text, SHAKE_TEXT,
			 "getsockname(%d): %s:%u", fd,
			 tern_format_addr(*addr, text), *port);
	return r;
}

int shake_unix_socket(struct shake *s, enum shake_side side)
{
	struct call c;
	int r;

	if (!begin(s, &c, side, -1))
		return -ENOMEM;
	r = tern_socket(c.n, AF_UNIX, SOCK_STREAM, 0);
	end(s, &c, r, "socket(AF_UNIX, SOCK_STREAM)");
	return r;
}

static socklen_t unix_addr(struct sockaddr_un *un, const char *path)
{
	*un = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(un->sun_path, sizeof(un->sun_path), "%s", path);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			   strlen(un->sun_path) + 1);
}

int shake_unix_bind(struct shake *s, enum shake_side side, int fd,
		    const char *path)
{
	struct sockaddr_un un;
	socklen_t len = unix_addr(&un, path);
	struct call c;
	int r;

	if (!begin(s, &c, side, fd))
		return -ENOMEM;
	r = tern_bind(c.n, fd, (const struct sockaddr *)&un, len);
	end(s, &c, r, "bind(%d, \"%s\")", fd, path);
	return r;
}

int shake_unix_connect(struct shake *s, enum shake_side side, int fd,
		       const char *path)
{
	struct sockaddr_un un;
	socklen_t len = unix_addr(&un, path);
	struct call c;
	int r;

	if (!begin(s, &c, side, fd))
		return -ENOMEM;
	r = tern_connect(c.n, fd, (const struct sockaddr *)&un, len);
	end(s, &c, r, "connect(%d, \"%s\")", fd, path);
	return r;
}
