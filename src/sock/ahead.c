/* SPDX-License-Identifier: ISC */
/*
 * ahead.c - memory that is asked for before it is needed
 *
 * A call goes from the descriptor to its place in the table, from there to the
 * control block, and from that to its cold half.  Among many connections it
 * waits at each of them.  For several descriptors the first step is made for
 * all, then the second for all: they wait together.
 */
#include "tcp/ahead.h"
#include "sock/epoll.h"
#include "sock/socks.h"

void socks_tcp_expect(void *ctx, const uint32_t *users, int n)
{
	const struct socks *s = ctx;
	const struct watch *w;
	int i;

	for (i = 0; i < n; i++)
		prefetch(fd_at(&s->fds, users[i]));
	for (i = 0; i < n; i++) {
		w = fd_at(&s->fds, users[i])->watches;
		if (w)
			prefetch_object(w, sizeof(*w));
	}
}

static void prefetch_some(const struct socks *s, const int *fds, int n_fds)
{
	struct tcb *t[TCP_AHEAD_MAX];
	const struct fd *f;
	int i, n = 0;

	for (i = 0; i < n_fds; i++)
		if (fd_index(fds[i]) < s->fds.n_used)
			prefetch(fd_at(&s->fds, fd_index(fds[i])));
	for (i = 0; i < n_fds; i++) {
		f = fd_find(&s->fds, fds[i]);
		if (f && f->kind == FD_TCP)
			t[n++] = f->u.tcb;
	}
	tcp_prefetch(s->tcp, t, n);
}

void sock_prefetch(const struct socks *s, const int *fds, int n_fds)
{
	if (!tcp_has_many(s->tcp))
		return;
	for (; n_fds > TCP_AHEAD_MAX; fds += TCP_AHEAD_MAX) {
		prefetch_some(s, fds, TCP_AHEAD_MAX);
		n_fds -= TCP_AHEAD_MAX;
	}
	prefetch_some(s, fds, n_fds);
}
