/* SPDX-License-Identifier: ISC */
/*
 * ahead.c - memory that is asked for before it is needed
 *
 * What is referred to by something that was asked for is asked for when that is
 * there: so each step is made for all before the next.
 */
#include "tcp/ahead.h"

#include "net/net.h"

_Static_assert(NET_BATCH <= TCP_AHEAD_MAX, "a batch at once");

/* Control blocks that are there: their cold halves, and what the user needs to
 * be told; then the text that will be acknowledged. */
static void prefetch_rest(const struct tcp *tcp, struct tcb *const *t, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		tcb_prefetch_flow(t[i]);
		if (tcp->user.expect && t[i]->asked &&
		    t[i]->user != TCP_NO_USER)
			tcp->user.expect(tcp->user.ctx, t[i]->user);
	}
	for (i = 0; i < n; i++)
		if (t[i]->flow)
			sendq_prefetch(&t[i]->flow->sendq);
}

void tcp_prefetch(const struct tcp *tcp, struct tcb *const *t, int n)
{
	int i;

	for (i = 0; i < n; i++)
		prefetch_object(t[i], sizeof(*t[i]));
	prefetch_rest(tcp, t, n);
}

void tcp_prefetch_hashed(const struct tcp *tcp, const uint32_t *hash, int n)
{
	struct conn *conn[TCP_AHEAD_MAX];
	struct tcb *t[TCP_AHEAD_MAX];
	struct map_node *node;
	int i, n_conns = 0, n_tcbs = 0;

	for (i = 0; i < n; i++) {
		node = map_first(&tcp->conns, hash[i]);
		if (!node)
			continue;
		conn[n_conns] = container_of(node, struct conn, node);
		prefetch_object(conn[n_conns++], sizeof(struct tcb));
	}
	for (i = 0; i < n_conns; i++)
		if (conn[i]->kind == CONN_TCB)
			t[n_tcbs++] = container_of(conn[i], struct tcb, conn);
	prefetch_rest(tcp, t, n_tcbs);
}
