/* SPDX-License-Identifier: ISC */
/*
 * tcp.c - the TCP floor as a whole: made, driven by time, taken down
 */
#include "tcp/tcp.h"
#include "tcp/eor.h"

#include <errno.h>

#include "base/assert.h"
#include "tcp/ahead.h"
#include "tcp/cc.h"
#include "tcp/life.h"
#include "tcp/listener.h"
#include "tcp/synq.h"
#include "tcp/tcb.h"
#include "tcp/timeout.h"
#include "tcp/timewait.h"

_Static_assert(sizeof(struct timewait) <= 64, "TIME-WAIT entry too large");
_Static_assert(sizeof(struct synq_entry) <= 96, "SYN queue entry too large");
_Static_assert(sizeof(struct tcb) <= 336, "control block too large");
_Static_assert(offsetof(struct flow, mtu) % 64 == 0 && FLOW_TIMERS <= 6 * 64,
	       "more lines of a flow than need be for its timers");
_Static_assert(offsetof(struct tcb, error) ==
		       offsetof(struct tcb, marks) + sizeof(uint64_t),
	       "more marks than tcb_has() looks at");

/* Of whole lines of the cache, so that each begins with one. */
#define FLOW_SIZE ((sizeof(struct flow) + 63) & ~(size_t)63)

static const struct tcp_tunables defaults = {
	.syn_retries = 7, /* 247 s: MUST-23 asks for 3 minutes */
	.synack_retries = 5,
	.retries1 = 3,	/* R1, SHLD-10 */
	.retries2 = 15, /* R2 */
	.orphan_retries = 8,
	.max_orphans = 65536,
	.fin_timeout_s = 60,
	.time_wait_s = 60,
	.max_tw_buckets = 1U << 24,
	.max_syn_backlog = 4096,
	.somaxconn = 4096,
	.syncookies = 1,
	.keepalive_time_s = 7200, /* MUST-28 */
	.keepalive_intvl_s = 75,
	.keepalive_probes = 9,
	.rmem = {4096, 131072, 33554432}, /* these six as Linux 6.17 */
	.wmem = {4096, 16384, 4194304},
	.rmem_max = 4194304,
	.wmem_max = 4194304,
	.adv_win_scale = 1,
	.moderate_rcvbuf = 1,
	.notsent_lowat = UINT32_MAX,
	.timestamps = 1,
	.window_scaling = 1,
	.sack = 1,
	.uto_min_s = 100, /* L_LIMIT, RFC 5482 3.1 */
	.uto_max_s = 86400,
	.fastopen = 1,
	.recovery = 1,
	.early_retrans = 3,
	.min_rtt_wlen_s = 300,
	.frto = 2,
	.dsack = 1,
	.reordering = 3,
	.max_reordering = 300,
	.ecn = 2, /* SHLD-8: for who asks */
	.ecn_fallback = 1,
	.ecn_option = 2,
	.rto_initial_ms = 1000,
	.rto_min_ms = 200,
	.rto_max_ms = 120000,
	.delack_min_ms = 40, /* MUST-40: less than 500 */
	.quick_acks = 16,
	.crowd = 16384,
	.challenge_ack_limit = 10,
	.invalid_ratelimit_ms = 500,
	.init_cwnd = 10,
	.slow_start_after_idle = 1,
	.prediction = 1,
	.pacing_ss_ratio = 200,
	.pacing_ca_ratio = 120,
	.tw_reuse = 2,
	.rfc1337 = 1,
	.min_snd_mss = 48,
	.base_mss = 1024,
	.mtu_probing = 1,
	.mtu_probe_floor = 48,
	.probe_threshold = 8,
	.probe_interval_s = 600, /* RFC 8899 5.1.1: PMTU_RAISE_TIMER */
	.rst_per_s = 1000000,
	.user_timeout_s = 0,
	.cork_ms = 200,
};

/* None of them asks for what fast.c and the like leave out. */
static bool is_predictable(const struct tcp_tunables *n)
{
	return n->prediction && !n->linux_acks && !n->bsd_layout &&
	       !n->whole_window && !n->pacing && !n->min_tso_segs &&
	       n->notsent_lowat == UINT32_MAX;
}

void tcp_tunables_changed(struct tcp *tcp)
{
	tcp->rtt_limits.initial_us = tcp->tun.rto_initial_ms * 1000;
	tcp->rtt_limits.min_us = tcp->tun.rto_min_ms * 1000;
	tcp->rtt_limits.max_us = tcp->tun.rto_max_ms * 1000;
	tcp->rtt_limits.add_min = tcp->tun.rto_min_added;
	tcp->predicts = is_predictable(&tcp->tun);
}

/* tcp_mem, in pages: a half, five eighths, three quarters of all. */
static void share_memory(struct tcp *tcp)
{
	const uint64_t pages = min_u64(tcp->env->mem.limit / 4096, 1U << 30);

	tcp->tun.mem[0] = (uint32_t)(pages / 2);
	tcp->tun.mem[1] = (uint32_t)(pages / 8 * 5);
	tcp->tun.mem[2] = (uint32_t)(pages / 4 * 3);
}

static void key_from(struct rng *rng, struct siphash_key *key)
{
	key->k0 = rng_u64(rng);
	key->k1 = rng_u64(rng);
}

int tcp_init(struct tcp *tcp, struct env *env, struct net *net,
	     const struct tcp_user *user)
{
	struct mem *m = &env->mem;

	memset(tcp, 0, sizeof(*tcp));
	tcp->env = env;
	tcp->net = net;
	tcp->user = *user;
	tcp->tun = defaults;
	share_memory(tcp);
	tcp_tunables_changed(tcp);
	key_from(&env->rng, &tcp->hash_key);
	key_from(&env->rng, &tcp->iss_key);
	key_from(&env->rng, &tcp->cookie_key);
	key_from(&env->rng, &tcp->fo_keys.key[0]);
	tcp->fo_keys.n = 1;
	fastopen_cache_init(&tcp->fo_cache, env);
	opts_init(&tcp->opts, m);
	map_init(&tcp->conns, m, TERN_MEM_CONN);
	map_init(&tcp->listeners, m, TERN_MEM_CONN);
	wheel_init(&tcp->wheel, env->now, &env->due_at);
	wheel_guide(&tcp->wheel);
	wheel_init(&tcp->syn_wheel, env->now, &env->due_at);
	pool_init(&tcp->tcbs, m, TERN_MEM_CONN, sizeof(struct tcb));
	pool_init(&tcp->flows, m, TERN_MEM_CONN, FLOW_SIZE);
	pool_init(&tcp->tallies, m, TERN_MEM_CONN, sizeof(struct tally));
	pool_init(&tcp->sents, m, TERN_MEM_CONN, sizeof(struct sent));
	pool_init(&tcp->synqs, m, TERN_MEM_SYN, sizeof(struct synq_entry));
	pool_init(&tcp->timewaits, m, TERN_MEM_TIMEWAIT,
		  sizeof(struct timewait));
	pool_init(&tcp->listener_pool, m, TERN_MEM_CONN,
		  sizeof(struct listener));
	list_init(&tcp->time_waits);
	list_init(&tcp->idle_flows);
	list_init(&tcp->ooo_flows);
	list_init(&tcp->listeners_all);
	return ports_init(&tcp->ports, m, &env->rng);
}

/* Queues hold memory outside the pools, which must go back one by one. */
static void fini_visit(void *ctx, struct map_node *n)
{
	struct tcp *tcp = ctx;
	struct conn *c = container_of(n, struct conn, node);
	struct tcb *t;

	if (c->kind != CONN_TCB)
		return;
	t = container_of(c, struct tcb, conn);
	list_del(&t->work);
	if (t->pending)
		listener_del_pending(tcp, t);
	if (!t->flow)
		return;
	eor_free(tcp, t);
	sendq_free(&t->flow->sendq, &tcp->env->mem);
	recvq_free(&t->flow->recvq, &tcp->env->mem);
	reass_free(&t->flow->reass, &tcp->env->mem);
}

void tcp_fini(struct tcp *tcp)
{
	struct map_cursor cur = {0};

	while (map_visit(&tcp->conns, &cur, 1024, fini_visit, tcp))
		;
	map_fini(&tcp->conns);
	map_fini(&tcp->listeners);
	fastopen_cache_fini(&tcp->fo_cache);
	ports_fini(&tcp->ports);
	opts_fini(&tcp->opts);
	pool_drain(&tcp->tcbs);
	pool_drain(&tcp->flows);
	pool_drain(&tcp->tallies);
	pool_drain(&tcp->sents);
	pool_drain(&tcp->synqs);
	pool_drain(&tcp->timewaits);
	pool_drain(&tcp->listener_pool);
}

/*
 * Of millions, many may be due at once, and nobody is to wait until all of them
 * are done: a call does so much, and if more is due the deadline is now.
 */
#define WORK_MAX 256 /* of a wheel, in its measure */
#define AHEAD	 8   /* control blocks asked for together */

/* Few are in the cache anyway.  Of those that come first nobody has asked for
 * the control blocks yet. */
static void prefetch_due(struct tcp *tcp, bool first)
{
	struct wheel_node *due[2 * AHEAD];
	const struct tcb *t;
	int i, n;

	if (wheel_count(&tcp->wheel) < CONNS_IN_CACHE)
		return;
	n = wheel_peek(&tcp->wheel, tcp->env->now, due, 2 * AHEAD);
	for (i = first ? 0 : AHEAD; i < n; i++)
		prefetch_object(container_of(due[i], struct tcb, wheel.node),
				sizeof(struct tcb));
	for (i = 0; i < n && i < AHEAD; i++) {
		t = container_of(due[i], struct tcb, wheel.node);
		if (!t->flow || due[i]->expires > tcp->env->now)
			continue;
		tcb_prefetch_timers(t);
		tcp->cold_work = true;
	}
}

static void advance_connections(struct tcp *tcp)
{
	uint32_t budget = WORK_MAX;
	struct wheel_node *w;
	unsigned int i;

	for (i = 0;; i++) {
		if (i % AHEAD == 0)
			prefetch_due(tcp, i == 0);
		w = wheel_pop(&tcp->wheel, tcp->env->now, &budget);
		if (!w)
			return;
		tcp_timeout(tcp, container_of(w, struct tcb, wheel.node));
	}
}

static void advance_syn_queues(struct tcp *tcp)
{
	uint32_t budget = WORK_MAX;
	struct wheel_node *w;

	while ((w = wheel_pop(&tcp->syn_wheel, tcp->env->now, &budget)) != NULL)
		synq_timeout(tcp, container_of(w, struct synq_entry, wheel));
}

void tcp_advance(struct tcp *tcp)
{
	advance_connections(tcp);
	advance_syn_queues(tcp);
	timewait_advance(tcp);
	flow_advance(tcp);
}

/* Of what is not in a wheel. */
static uint64_t lists_deadline(const struct tcp *tcp)
{
	return min_u64(timewait_deadline(tcp), flow_deadline(tcp));
}

uint64_t tcp_deadline(const struct tcp *tcp)
{
	const uint64_t at =
		min_u64(wheel_next(&tcp->wheel), wheel_next(&tcp->syn_wheel));

	return min_u64(at, lists_deadline(tcp));
}

uint64_t tcp_due(const struct tcp *tcp)
{
	const uint64_t at =
		min_u64(wheel_due(&tcp->wheel), wheel_due(&tcp->syn_wheel));

	return min_u64(at, lists_deadline(tcp));
}

static void check_visit(void *ctx, struct map_node *n)
{
	struct tcp *tcp = ctx;
	struct conn *c = container_of(n, struct conn, node);

	if (c->kind == CONN_TCB)
		tcb_check(tcp, container_of(c, struct tcb, conn));
}

void tcp_check(struct tcp *tcp)
{
	struct map_cursor cur = {0};

	while (map_visit(&tcp->conns, &cur, 1024, check_visit, tcp))
		;
}
