/* SPDX-License-Identifier: ISC */
/*
 * limit.c - how many ICMP messages may be sent, RFC 1812 4.3.2.8
 *
 * Error messages have two limits: one per destination, so that one host cannot
 * use up what belongs to all, and one for all.  The limit for all is something
 * that everybody can watch: who makes this host spend it in another's name and
 * then sees how much is left learns which of the forged packets were answered
 * (CVE-2020-25705).  Therefore a message costs 0, 1 or 2 at random.
 *
 * The destinations share LIMIT_HOSTS limits by a keyed hash.  Two hosts that
 * share one get fewer messages, never more.
 *
 * Echo replies have a limit of their own: pings must not eat up errors.
 */
#include "net/limit.h"

#include "net/tables.h"

void limits_init(struct limits *l, struct rng *rng)
{
	memset(l, 0, sizeof(*l));
	l->key.k0 = rng_u64(rng);
	l->key.k1 = rng_u64(rng);
}

struct rate {
	uint64_t interval_ns; /* between two messages in the long run */
	uint32_t burst;	      /* messages at once after a silence */
};

/* If there is room for a message, takes `cost` of them out of the limit. */
static bool take(uint64_t *limit, uint64_t now, const struct rate *rate,
		 uint32_t cost)
{
	uint64_t start = max_u64(*limit, now);
	uint64_t end = add_sat_u64(now, rate->interval_ns * rate->burst);

	if (add_sat_u64(start, rate->interval_ns) > end)
		return false;
	*limit = add_sat_u64(start, rate->interval_ns * cost);
	return true;
}

static bool take_global(struct net *net, uint64_t *limit)
{
	uint32_t per_sec = net->tun.icmp_msgs_per_sec;
	struct rate rate;

	if (per_sec == 0)
		return false;
	rate.interval_ns = TERN_S / per_sec;
	rate.burst = net->tun.icmp_msgs_burst;
	return take(limit, net->env->now, &rate, rng_below(&net->env->rng, 3));
}

static bool take_host(struct net *net, uint32_t dst)
{
	const struct rate rate = {
		.interval_ns = net->tun.icmp_ratelimit_ms * TERN_MS,
		.burst = LIMIT_HOST_BURST,
	};
	struct limits *l = &net->tables->limits;
	uint64_t hash = siphash13_12(&l->key, dst, 0);

	return take(&l->hosts[hash % LIMIT_HOSTS], net->env->now, &rate, 1);
}

bool limit_allows_error(struct net *net, uint32_t dst)
{
	if (!take_host(net, dst)) {
		env_count(net->env, TERN_IcmpOutRateLimitHost);
		return false;
	}
	if (!take_global(net, &net->tables->limits.errors)) {
		env_count(net->env, TERN_IcmpOutRateLimitGlobal);
		return false;
	}
	return true;
}

bool limit_allows_echo(struct net *net)
{
	if (take_global(net, &net->tables->limits.echoes))
		return true;
	env_count(net->env, TERN_IcmpOutRateLimitGlobal);
	return false;
}
