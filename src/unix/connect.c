/* SPDX-License-Identifier: ISC */
/*
 * connect.c - AF_UNIX sockets: made, named, connected, ended
 *
 * connect() makes both ends of the connection: the client is connected when it
 * returns, and may send; the other end waits in the listener's accept queue.
 * The queue holds backlog + 1, as on Linux.
 *
 * Closing an end with unread bytes tells the peer ECONNRESET, after what is
 * queued for it; so does closing a listener to those it has not accepted.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/assert.h"
#include "unix/unix.h"

#define WAKE_ALL (POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLHUP | POLLERR)

#define AUTOBIND_NAMES (1U << 20) /* five hexadecimal digits */

void unix_init(struct unix_domain *d, struct env *env,
	       const struct unix_user *user)
{
	*d = (struct unix_domain){.env = env, .user = *user};
	map_init(&d->names.map, &env->mem, TERN_MEM_UNIX);
	d->names.mem = &env->mem;
	rng_bytes(&env->rng, &d->names.key, sizeof(d->names.key));
	pool_init(&d->socks, &env->mem, TERN_MEM_UNIX,
		  sizeof(struct unix_sock));
}

void unix_fini(struct unix_domain *d)
{
	TERN_ASSERT(pool_count(&d->socks) == 0);
	pool_drain(&d->socks);
	map_fini(&d->names.map);
}

void unix_wake(const struct unix_domain *d, const struct unix_sock *u,
	       uint32_t events)
{
	if (u->user != UNIX_NO_USER)
		d->user.ready(d->user.ctx, u->user, events);
}

struct unix_sock *unix_create(struct unix_domain *d)
{
	struct unix_sock *u = pool_zget(&d->socks);

	if (!u)
		return NULL;
	list_init(&u->accept);
	u->user = UNIX_NO_USER;
	u->sndbuf = UNIX_BUFFER;
	u->rcvbuf = UNIX_BUFFER;
	return u;
}

void unix_set_user(struct unix_sock *u, uint32_t user)
{
	u->user = user;
}

/* A name that nobody has: the first free one from a random one on. */
static int autobind(struct unix_domain *d, struct unix_sock *u)
{
	static const char digit[16] = "0123456789abcdef";
	uint32_t first = rng_below(&d->env->rng, AUTOBIND_NAMES);
	char bytes[6] = {0};

	for (uint32_t i = 0; i < AUTOBIND_NAMES; i++) {
		uint32_t v = first + i;
		int err;

		for (int k = 5; k >= 1; k--, v >>= 4)
			bytes[k] = digit[v & 15];
		err = unix_name_bind(&d->names, u, bytes, sizeof(bytes),
				     &u->name);
		if (err != -EADDRINUSE)
			return err;
	}
	return -ENOSPC;
}

int unix_bind(struct unix_domain *d, struct unix_sock *u, const char *bytes,
	      uint16_t len)
{
	if (!len)
		return u->name ? 0 : autobind(d, u);
	/* As with a path that exists; of abstract names it looks later. */
	if (bytes[0] && unix_name_find(&d->names, bytes, len))
		return -EADDRINUSE;
	if (u->name)
		return -EINVAL;
	return unix_name_bind(&d->names, u, bytes, len, &u->name);
}

int unix_listen(struct unix_sock *u, uint32_t backlog)
{
	if (!u->name || u->phase == UNIX_CONNECTED)
		return -EINVAL;
	u->phase = UNIX_LISTENING;
	u->backlog = backlog;
	return 0;
}

static bool accept_full(const struct unix_sock *u)
{
	return u->n_accept > u->backlog;
}

void unix_pair(struct unix_sock *a, struct unix_sock *b)
{
	TERN_ASSERT(a->phase == UNIX_UNCONNECTED);
	TERN_ASSERT(b->phase == UNIX_UNCONNECTED);
	a->phase = UNIX_CONNECTED;
	b->phase = UNIX_CONNECTED;
	a->peer = b;
	b->peer = a;
}

int unix_connect(struct unix_domain *d, struct unix_sock *u, const char *bytes,
		 uint16_t len)
{
	struct unix_sock *l = unix_name_find(&d->names, bytes, len);
	struct unix_sock *child;

	if (!l || l->phase != UNIX_LISTENING || l->rcv_shut)
		return -ECONNREFUSED;
	if (accept_full(l))
		return -EAGAIN;
	if (u->phase == UNIX_CONNECTED)
		return -EISCONN;
	if (u->phase == UNIX_LISTENING)
		return -EINVAL;
	child = unix_create(d);
	if (!child)
		return -ENOBUFS;
	child->name = unix_name_ref(l->name);
	child->sndbuf = l->sndbuf;
	child->rcvbuf = l->rcvbuf;
	unix_pair(u, child);
	child->listener = l;
	list_add_tail(&l->accept, &child->accept);
	l->n_accept++;
	unix_wake(d, l, POLLIN);
	unix_wake(d, u, POLLOUT);
	return 0;
}

/* Takes a child out of the accept queue. */
static void leave_queue(struct unix_sock *child)
{
	child->listener->n_accept--;
	child->listener = NULL;
	list_del(&child->accept);
}

struct unix_sock *unix_accept(struct unix_sock *u)
{
	struct list *first = list_first(&u->accept);
	struct unix_sock *child;

	if (!first)
		return NULL;
	child = LIST_ENTRY(first, struct unix_sock, accept);
	leave_queue(child);
	return child;
}

void unix_shutdown(struct unix_domain *d, struct unix_sock *u, int how)
{
	struct unix_sock *peer = u->peer;
	bool rd = how != SHUT_WR;
	bool wr = how != SHUT_RD;

	u->rcv_shut |= rd;
	u->snd_shut |= wr;
	if (peer) {
		peer->rcv_shut |= wr;
		peer->snd_shut |= rd;
		unix_wake(d, peer, WAKE_ALL);
	}
	unix_wake(d, u, WAKE_ALL);
}

/* The peer of one that is going. */
static void orphan_peer(struct unix_domain *d, struct unix_sock *u, bool reset)
{
	struct unix_sock *peer = u->peer;

	peer->peer = NULL;
	peer->peer_name = unix_name_ref(u->name);
	peer->rcv_shut = true;
	peer->snd_shut = true;
	if (reset)
		peer->error = -ECONNRESET;
	unix_wake(d, peer, WAKE_ALL);
}

static void release(struct unix_domain *d, struct unix_sock *u)
{
	bool reset = u->in.len > 0 || u->listener;

	if (u->listener)
		leave_queue(u);
	if (u->peer)
		orphan_peer(d, u, reset);
	unix_queue_clear(&u->in, &d->env->mem);
	if (u->name && u->name->owner == u)
		unix_name_unbind(&d->names, u->name);
	unix_name_unref(&d->names, u->name);
	unix_name_unref(&d->names, u->peer_name);
	pool_put(&d->socks, u);
}

void unix_close(struct unix_domain *d, struct unix_sock *u)
{
	struct list *n, *tmp;

	if (u->phase == UNIX_LISTENING)
		list_for_each_safe(n, tmp, &u->accept)
			release(d, LIST_ENTRY(n, struct unix_sock, accept));
	release(d, u);
}

int unix_take_error(struct unix_sock *u)
{
	int error = u->error;

	u->error = 0;
	return error;
}

const struct unix_name *unix_peer_name(const struct unix_sock *u)
{
	return u->peer ? u->peer->name : u->peer_name;
}

void unix_check(const struct unix_sock *u)
{
	const struct unix_sock *peer = u->peer;
	const struct list *n;
	uint32_t n_accept = 0;

	TERN_ASSERT(!peer || peer->peer == u);
	TERN_ASSERT(!peer || u->phase == UNIX_CONNECTED);
	TERN_ASSERT(!u->in.len == !u->in.n);
	if (u->phase != UNIX_LISTENING)
		return;
	list_for_each(n, &u->accept)
		n_accept++;
	TERN_ASSERT(n_accept == u->n_accept);
	TERN_ASSERT(n_accept <= u->backlog + UINT64_C(1) || u->rcv_shut);
}
