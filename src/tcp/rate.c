/* SPDX-License-Identifier: ISC */
/*
 * rate.c - how fast the path delivers, draft-ietf-ccwg-bbr 4.1
 *
 *	delivered |          _/ ACK of P
 *	          |        _/
 *	          |  P   _/           slope: ack rate.  The same drawn over the
 *	          |  |_/              times of sending: send rate.  The lower of
 *	          |__/________ time   both is the sample: data cannot arrive
 *	                              faster than it left.
 *
 * The segment sent last is what counts when an ACK delivers several, since its
 * interval begins last.  A sample is the user's doing, not the path's, if he
 * left a gap in the pipe during it: app_limited marks the end of that gap.
 */
#include "tcp/rate.h"

#include "base/bytes.h"

#define NS_PER_S UINT64_C(1000000000)

void rate_on_sent(struct rate *r, struct rate_stamp *p, uint64_t now,
		  uint32_t inflight, uint32_t len)
{
	if (inflight == 0)
		r->first_sent_at = r->delivered_at = now;
	p->sent_at = now;
	p->first_sent_at = r->first_sent_at;
	p->delivered_at = r->delivered_at;
	p->delivered = r->delivered;
	p->lost = (uint32_t)r->lost;
	p->tx_in_flight = (inflight + len) & INT32_MAX;
	p->app_limited = r->app_limited != 0;
}

static bool is_newest(const struct rate_sample *rs, const struct rate_stamp *p,
		      uint32_t end)
{
	if (!rs->has_data || p->sent_at != rs->sent_at)
		return !rs->has_data || p->sent_at > rs->sent_at;
	return (int32_t)(end - rs->last_end) > 0;
}

void rate_on_delivered(struct rate *r, struct rate_sample *rs,
		       const struct rate_stamp *p, uint64_t now, uint32_t len,
		       uint32_t end)
{
	r->delivered += len;
	r->delivered_at = now;
	if (!is_newest(rs, p, end))
		return;
	rs->has_data = true;
	rs->prior_delivered = p->delivered;
	rs->is_app_limited = p->app_limited;
	rs->tx_in_flight = p->tx_in_flight;
	rs->lost = (uint32_t)r->lost - p->lost;
	rs->send_elapsed_ns = p->sent_at - p->first_sent_at;
	rs->ack_elapsed_ns = now - p->delivered_at;
	rs->sent_at = p->sent_at;
	rs->last_end = end;
	r->first_sent_at = p->sent_at;
}

uint32_t rate_on_lost(struct rate *r, const struct rate_stamp *p, uint32_t len)
{
	r->lost += len;
	return (uint32_t)r->lost - p->lost;
}

void rate_finish(struct rate *r, struct rate_sample *rs, uint64_t min_rtt_ns)
{
	uint64_t ns;

	if (r->app_limited && r->delivered > r->app_limited)
		r->app_limited = 0;
	if (!rs->has_data) {
		*rs = (struct rate_sample){0};
		return;
	}
	rs->interval_ns = 0;
	rs->delivered = r->delivered - rs->prior_delivered;
	ns = max_u64(rs->send_elapsed_ns, rs->ack_elapsed_ns);
	if (ns >= min_rtt_ns)
		rs->interval_ns = ns;
}

void rate_app_limited(struct rate *r, uint32_t inflight)
{
	r->app_limited = max_u64(r->delivered + inflight, 1);
}

uint64_t rate_of(const struct rate_sample *rs)
{
	const uint64_t n = rs->delivered;

	if (rs->interval_ns == 0)
		return 0;
	if (n <= UINT64_MAX / NS_PER_S)
		return n * NS_PER_S / rs->interval_ns;
	return n / rs->interval_ns * NS_PER_S;
}
