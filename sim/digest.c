/* SPDX-License-Identifier: ISC */
/*
 * digest.c - one number that stands for everything that was traced
 *
 * Fields are added one by one: the bytes between them mean nothing.
 */
#include "digest.h"

#include "chance.h"

void sim_digest_add(struct sim_digest *d, uint64_t number)
{
	d->value = sim_scramble(d->value ^ number);
}

static void add_segment(struct sim_digest *d,
			const struct tern_event_segment *s)
{
	uint8_t i;

	sim_digest_add(d, (uint64_t)s->seq << 32 | s->ack);
	sim_digest_add(d, (uint64_t)s->wnd << 32 | s->urgent);
	sim_digest_add(d, (uint64_t)s->flags << 32 | s->len);
	sim_digest_add(d, (uint64_t)s->present << 32 | s->retransmission);
	/* What is not present may hold anything. */
	if (s->present & TERN_OPT_MSS)
		sim_digest_add(d, s->mss);
	if (s->present & TERN_OPT_WSCALE)
		sim_digest_add(d, s->wscale);
	if (s->present & TERN_OPT_TIMESTAMPS)
		sim_digest_add(d, (uint64_t)s->ts_val << 32 | s->ts_ecr);
	if (!(s->present & TERN_OPT_SACK))
		return;
	for (i = 0; i < s->n_sack * 2 && i < 8; i++)
		sim_digest_add(d, s->sack[i]);
}

void sim_digest_event(void *ctx, const struct tern_event *ev)
{
	struct sim_digest *d = ctx;

	d->n_events++;
	sim_digest_add(d, ev->now);
	sim_digest_add(d, (uint64_t)ev->type << 32 | ev->tuple.lport);
	sim_digest_add(d, (uint64_t)ev->tuple.laddr << 32 | ev->tuple.raddr);
	sim_digest_add(d, ev->tuple.rport);
	switch (ev->type) {
	case TERN_EV_SEGMENT_IN:
	case TERN_EV_SEGMENT_OUT:
		add_segment(d, &ev->u.segment);
		return;
	case TERN_EV_STATE:
		sim_digest_add(d, (uint64_t)ev->u.state.from << 32 |
					  ev->u.state.to);
		return;
	case TERN_EV_DROP:
		sim_digest_add(d, ev->u.drop.reason);
		return;
	case TERN_EV_TIMER:
		sim_digest_add(d, (uint64_t)ev->u.timer.timer << 32 |
					  ev->u.timer.retries);
		return;
	case TERN_EV_QUEUE:
		sim_digest_add(d, (uint64_t)ev->u.queue.n_syn << 32 |
					  ev->u.queue.max_syn);
		sim_digest_add(d, (uint64_t)ev->u.queue.n_accept << 32 |
					  ev->u.queue.max_accept);
		return;
	case TERN_EV_CWND:
		sim_digest_add(d, (uint64_t)ev->u.cwnd.cwnd << 32 |
					  ev->u.cwnd.ssthresh);
		return;
	}
}
