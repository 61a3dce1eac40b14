/* SPDX-License-Identifier: ISC */
/*
 * opt.c - setsockopt(2), getsockopt(2)
 */
#include "sock/opt.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>

#include "base/bytes.h"
#include "sock/notes.h"
#include "tcp/tcp.h"

static bool is_level(int level)
{
	return level == SOL_SOCKET || level == IPPROTO_TCP ||
	       level == IPPROTO_IP;
}

static const struct opt *find_in(struct opt_table t, int level, int name)
{
	for (size_t i = 0; i < t.n; i++)
		if (t.rows[i].name == name && t.rows[i].level == level)
			return &t.rows[i];
	return NULL;
}

static const struct opt *find(int level, int name)
{
	const struct opt *opt = NULL;

	if (level == SOL_SOCKET)
		opt = find_in(opt_table_socket(), level, name);
	else if (level == IPPROTO_TCP)
		opt = find_in(opt_table_tcp(), level, name);
	else if (level == IPPROTO_IP)
		opt = find_in(opt_table_ip(), level, name);
	return opt ? opt : find_in(opt_table_kept(), level, name);
}

/* Fills in what a call needs, a copy of the options among it. */
static int begin(struct opt_call *c, const struct opt_value *v,
		 struct tcp_opts *copy)
{
	int err = fd_find_socket(&c->s->fds, c->fd, &c->f);

	if (err)
		return err;
	if (c->f->kind == FD_TCP) {
		*copy = *tcp_opts(c->f->u.tcb);
		c->bufs = tcp_bufs(c->f->u.tcb);
	}
	if (c->f->kind == FD_LISTENER) {
		*copy = *listener_opts(c->f->u.listener);
		c->bufs = listener_bufs(c->f->u.listener);
	}
	c->o = c->bufs ? copy : NULL;
	if (c->f->kind == FD_UNIX && v->level != SOL_SOCKET)
		return -EOPNOTSUPP;
	c->opt = find(v->level, v->name);
	if (c->opt && !(c->opt->kinds >> c->f->kind & 1))
		c->opt = NULL;
	return c->opt ? 0 : -ENOPROTOOPT;
}

static int get_int(const struct opt *opt, const struct opt_value *v,
		   socklen_t len, int *value)
{
	if (len >= sizeof(*value)) {
		memcpy(value, v->u.in, sizeof(*value));
		return 0;
	}
	if (opt->shape == OPT_INT || (opt->shape == OPT_SMALL_1 && !len))
		return -EINVAL;
	*value = len ? *(const uint8_t *)v->u.in : 0;
	return 0;
}

static int set(const struct opt_call *c, const struct opt_value *v,
	       socklen_t len)
{
	const struct opt *opt = c->opt;
	int value, err;

	if (opt->shape == OPT_BYTES) {
		if (!opt->set_bytes)
			return -ENOPROTOOPT;
		return opt->set_bytes(c, v->u.in, len);
	}
	if (!opt->set)
		return -ENOPROTOOPT;
	err = get_int(opt, v, len, &value);
	return err ? err : opt->set(c, value);
}

/* Linux looks at the length first, of options it does not know too. */
static bool too_short(const struct opt_value *v, const struct opt *opt,
		      socklen_t len)
{
	if (len >= sizeof(int))
		return false;
	if (v->level == SOL_SOCKET)
		return v->name != SO_BINDTODEVICE;
	return v->level == IPPROTO_TCP && (!opt || opt->shape == OPT_INT);
}

int sock_set_option(struct socks *s, int fd, const struct opt_value *v,
		    socklen_t len)
{
	struct opt_call c = {.s = s, .fd = fd};
	struct tcp_opts o;
	int err = begin(&c, v, &o);

	if (len > INT_MAX || too_short(v, c.opt, len))
		err = err == -EBADF || err == -ENOTSOCK ? err : -EINVAL;
	if (!err && len && !v->u.in)
		err = -EFAULT;
	if (!err)
		err = set(&c, v, len);
	if (err)
		return err;
	if (c.f->kind == FD_TCP)
		err = tcp_set_opts(s->tcp, c.f->u.tcb, &o);
	else if (c.f->kind == FD_LISTENER)
		err = listener_set_opts(s->tcp, c.f->u.listener, &o);
	return err || !c.o ? err : notes_options(s, c.f, fd, &o);
}

int opt_put_bytes(const void *value, socklen_t size, void *out, socklen_t *len)
{
	*len = min_u32(*len, size);
	memcpy(out, value, *len);
	return 0;
}

/* A byte is enough for one who asks for less than an int, if it fits. */
static void put_int(const struct opt *opt, void *out, socklen_t *len, int value)
{
	uint8_t byte = (uint8_t)value;

	if (opt->shape != OPT_INT && *len && *len < sizeof(value) &&
	    value >= 0 && value <= UINT8_MAX) {
		*len = sizeof(byte);
		memcpy(out, &byte, sizeof(byte));
		return;
	}
	*len = min_u32(*len, sizeof(value));
	memcpy(out, &value, *len);
}

int sock_get_option(struct socks *s, int fd, const struct opt_value *v,
		    socklen_t *len)
{
	struct opt_call c = {.s = s, .fd = fd};
	struct tcp_opts o;
	int value;
	int err = begin(&c, v, &o);

	if (err == -ENOPROTOOPT && !is_level(v->level))
		return -EOPNOTSUPP; /* another name than for setting it */
	if (err)
		return err;
	if (!len)
		return -EFAULT;
	if (*len > INT_MAX)
		return -EINVAL;
	if (*len && !v->u.out)
		return -EFAULT;
	if (c.opt->shape == OPT_BYTES) {
		if (!c.opt->get_bytes)
			return -ENOPROTOOPT;
		return c.opt->get_bytes(&c, v->u.out, len);
	}
	if (!c.opt->get)
		return -ENOPROTOOPT;
	err = c.opt->get(&c, &value);
	if (!err)
		put_int(c.opt, v->u.out, len, value);
	return err;
}
