/* SPDX-License-Identifier: ISC */
/*
 * socks.c - all descriptors of a stack: made, taken down, checked
 */
#include "sock/socks.h"

#include <errno.h>

#include "base/assert.h"
#include "sock/epoll.h"
#include "sock/extras.h"
#include "sock/note.h"
#include "tcp/tcp.h"
#include "unix/unix.h"

int socks_init(struct socks *s, struct env *env, uint32_t max_sockets)
{
	struct mem *m = &env->mem;

	*s = (struct socks){.env = env};
	lender_init(&s->retired, s, LOAN_NO_FD);
	map_init(&s->extras, m, TERN_MEM_CONN);
	pool_init(&s->extras_pool, m, TERN_MEM_CONN, sizeof(struct extras));
	pool_init(&s->watches, m, TERN_MEM_POLL, sizeof(struct watch));
	pool_init(&s->notes, m, TERN_MEM_CONN, sizeof(struct note));
	pool_init(&s->epolls, m, TERN_MEM_POLL, sizeof(struct epoll));
	return fd_init(&s->fds, m, max_sockets);
}

void socks_fini(struct socks *s)
{
	for (uint32_t i = 0; s->fds.chunks && i < s->fds.n_used; i++)
		if (fd_at(&s->fds, i)->kind != FD_FREE)
			sock_close(s, fd_number(&s->fds, i));
	lender_end(&s->retired);
	map_fini(&s->extras);
	pool_drain(&s->extras_pool);
	pool_drain(&s->notes);
	pool_drain(&s->watches);
	pool_drain(&s->epolls);
	fd_fini(&s->fds);
}

static void check_fd(const struct socks *s, uint32_t index)
{
	const struct fd *f = fd_at(&s->fds, index);
	const int fd = fd_number(&s->fds, index);
	bool has_extras = f->flags & FD_HAS_EXTRAS;

	if (f->kind == FD_FREE)
		return;
	TERN_ASSERT(!extras_find(s, f, fd) == !has_extras);
	switch ((enum fd_kind)f->kind) {
	case FD_TCP:
		TERN_ASSERT(tcp_get_user(f->u.tcb) == index);
		break;
	case FD_LISTENER:
		TERN_ASSERT(listener_get_user(f->u.listener) == index);
		break;
	case FD_UNIX:
		TERN_ASSERT(f->u.un->user == index);
		unix_check(f->u.un);
		break;
	case FD_EPOLL:
		TERN_ASSERT(f->u.epoll->index == index);
		epoll_check(s, f->u.epoll);
		break;
	case FD_FREE:
		break;
	}
}

void socks_check(const struct socks *s)
{
	fd_check(&s->fds);
	for (uint32_t i = 0; i < s->fds.n_used; i++)
		check_fd(s, i);
}
