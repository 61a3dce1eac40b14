/* SPDX-License-Identifier: ISC */
/*
 * ahead.c - memory that is asked for before it is needed
 *
 * What is referred to by something that was asked for is asked for when that is
 * there: so each step is made for all before the next.
 */
#include "tcp/ahead.h"

#include "net/net.h"

#define WARM_NS (200 * TERN_US)

_Static_assert(NET_BATCH <= TCP_AHEAD_MAX, "a batch at once");

/* What was sent a moment ago has brought all of it. */
static bool is_warm(const struct tcp *tcp, const struct tcb *t)
{
	return tcp->env->now - t->stalled_at < WARM_NS;
}

/* Control blocks that are there: their cold halves; then what the user needs to
 * be told, and the text that will be acknowledged. */
static void prefetch_rest(const struct tcp *tcp, struct tcb *const *t, int n)
{
	uint32_t users[TCP_AHEAD_MAX];
	int i, n_users = 0;

	for (i = 0; i < n; i++) {
		if (is_warm(tcp, t[i]))
			continue;
		tcb_prefetch_flow(t[i]);
		if (t[i]->asked && t[i]->user != TCP_NO_USER)
			users[n_users++] = t[i]->user;
	}
	if (tcp->user.expect)
		tcp->user.expect(tcp->user.ctx, users, n_users);
	for (i = 0; i < n; i++)
		if (t[i]->flow && !is_warm(tcp, t[i]))
			sendq_prefetch(&t[i]->flow->sendq);
}

/* Beside what was asked for when the timer expired. */
static void prefetch_queues(const struct tcb *t)
{
	prefetch_object(t->flow, offsetof(struct flow, recvq.few));
	prefetch(&t->tally->bytes_again);
	prefetch(&t->tally->sent_at);
	prefetch(&t->tally->wait);
}

void tcp_prefetch_work(const struct list *work)
{
	struct list *n;
	const struct tcb *t;
	int i = 0;

	list_for_each(n, work) {
		t = LIST_ENTRY(n, struct tcb, work);
		if (i == 2 * TCP_WORK_AHEAD)
			return;
		if (t->flow && i < TCP_WORK_AHEAD)
			sendq_prefetch(&t->flow->sendq);
		else if (t->flow)
			prefetch_queues(t);
		i++;
	}
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
	struct tcb *t[TCP_AHEAD_MAX];
	struct map_node *guess;
	struct map_node *node;
	struct conn *conn;
	int i, n_tcbs = 0;

	for (i = 0; i < n; i++) {
		guess = map_guess(&tcp->conns, hash[i]);
		if (guess)
			prefetch_object(
				container_of(guess, struct tcb, conn.node),
				sizeof(struct tcb));
	}
	for (i = 0; i < n; i++) {
		node = map_first(&tcp->conns, hash[i]);
		if (!node)
			continue;
		conn = container_of(node, struct conn, node);
		if (conn->kind == CONN_TCB)
			t[n_tcbs++] = container_of(conn, struct tcb, conn);
	}
	prefetch_rest(tcp, t, n_tcbs);
}
