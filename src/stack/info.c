/* SPDX-License-Identifier: ISC */
/*
 * info.c - the list of sockets
 *
 * First everything that has a TCP state, then the AF_UNIX sockets in the order
 * of their descriptors.  The cursor is the TCP floor's until it has no more.
 */
#include <tern/info.h>

#include <string.h>
#include <sys/socket.h>

#include "stack/tern.h"

/* The TCP floor takes bit 63 for the end of its list, and leaves bit 61. */
#define CURSOR_UNIX	  (UINT64_C(5) << 61)
#define CURSOR_UNIX_INDEX UINT32_MAX

/* The number by which TCP knows a descriptor is that of its place. */
static void number_fds(const struct tern *n, struct tern_sockinfo *rows,
		       int n_rows)
{
	for (int i = 0; i < n_rows; i++)
		if (rows[i].fd >= 0)
			rows[i].fd =
				fd_number(&n->socks.fds, (uint32_t)rows[i].fd);
}

static enum tern_tcp_state phase_as_state(const struct unix_sock *u)
{
	switch ((enum unix_phase)u->phase) {
	case UNIX_UNCONNECTED:
		return TERN_TCP_CLOSED;
	case UNIX_LISTENING:
		return TERN_TCP_LISTEN;
	case UNIX_CONNECTED:
		return u->peer ? TERN_TCP_ESTABLISHED : TERN_TCP_CLOSED;
	}
	return TERN_TCP_CLOSED;
}

/* An abstract name is shown with an @, as ss(8) does. */
static void put_path(struct tern_sockinfo *row, const struct unix_name *name)
{
	if (!name)
		return;
	memcpy(row->path, name->bytes,
	       min_size(name->len, sizeof(row->path) - 1));
	for (uint32_t i = 0; i < min_u32(name->len, sizeof(row->path) - 1); i++)
		if (!row->path[i])
			row->path[i] = '@';
}

static void unix_row(struct tern_sockinfo *row, const struct unix_sock *u,
		     int fd)
{
	const bool listens = u->phase == UNIX_LISTENING;

	*row = (struct tern_sockinfo){
		.family = AF_UNIX,
		.fd = fd,
		.state = phase_as_state(u),
		.recv_q = listens ? u->n_accept : unix_inq(u),
		.send_q = listens ? u->backlog : unix_outq(u),
		.timer_at = TERN_NEVER,
		.error = (uint32_t)-u->error,
	};
	put_path(row, u->name);
}

static int unix_rows(const struct tern *n, uint64_t *cursor,
		     struct tern_sockinfo *out, int max)
{
	const struct fd_table *fds = &n->socks.fds;
	uint32_t index = (uint32_t)(*cursor & CURSOR_UNIX_INDEX);
	int n_rows = 0;

	for (; index < fds->n_used && n_rows < max; index++) {
		const struct fd *f = fd_at(fds, index);

		if (f->kind == FD_UNIX)
			unix_row(&out[n_rows++], f->u.un,
				 fd_number(fds, index));
	}
	*cursor = CURSOR_UNIX | index;
	return n_rows;
}

int tern_sockets(const struct tern *n, uint64_t *cursor,
		 struct tern_sockinfo *out, int max)
{
	int n_rows;

	if (max <= 0)
		return 0;
	if ((*cursor & CURSOR_UNIX) != CURSOR_UNIX) {
		n_rows = tcp_list(n->socks.tcp, cursor, out, max);
		number_fds(n, out, n_rows);
		if (n_rows > 0)
			return n_rows;
		*cursor = CURSOR_UNIX;
	}
	return unix_rows(n, cursor, out, max);
}
