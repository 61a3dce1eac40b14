/* SPDX-License-Identifier: ISC */
/*
 * tally.c - what a connection has done since it began, for TCP_INFO
 *
 * While something is queued a connection is busy; of this time it is told apart
 * how long it could not send because of the peer's window, and how long because
 * the user had filled the send buffer, all of which was on its way.  The state
 * is looked at after each event and lasts until the next.
 */
#include "tcp/tally.h"

#include "tcp/output.h"
#include "tcp/rate.h"
#include "tcp/sparse.h"
#include "tcp/tcb.h"
#include "tcp/tcp.h"

bool tally_begin(struct tcp *tcp, struct tcb *t)
{
	if (t->tally)
		return true;
	t->tally = pool_zget(&tcp->tallies);
	if (!t->tally)
		return false;
	t->tally->sent_at = tcp->env->now;
	t->tally->opened_at = t->stalled_at; /* no text yet */
	return true;
}

void tally_free(struct tcp *tcp, struct tcb *t)
{
	pool_put(&tcp->tallies, t->tally);
	t->tally = NULL;
}

/* All that is queued is on its way. */
static enum tally_wait wait_of_sent(const struct tcb *t)
{
	return (uint64_t)tcp_sendq_charged(t) * 3 > (uint64_t)send_limit(t) * 2
		       ? TALLY_SNDBUF
		       : TALLY_BUSY;
}

static enum tally_wait wait_of(const struct tcb *t)
{
	if (tcp_sendq_len(t) == 0)
		return TALLY_IDLE;
	if (output_window_blocked(t))
		return TALLY_RWND;
	return tcp_outq_unsent(t) == 0 ? wait_of_sent(t) : TALLY_BUSY;
}

static void wait_for(const struct tcp *tcp, struct tally *y, enum tally_wait w)
{
	if (w == y->wait)
		return;
	y->wait_ns[y->wait] += tcp->env->now - y->wait_at;
	y->wait_at = tcp->env->now;
	y->wait = (uint8_t)w;
}

void tally_settle(const struct tcp *tcp, struct tcb *t)
{
	wait_for(tcp, t->tally, wait_of(t));
}

void tally_settle_sent(const struct tcp *tcp, struct tcb *t)
{
	wait_for(tcp, t->tally, wait_of_sent(t));
}

uint64_t tally_waited(const struct tcp *tcp, const struct tcb *t,
		      enum tally_wait w)
{
	const struct tally *y = t->tally;

	if (!y)
		return 0;
	return y->wait_ns[w] + (y->wait == w ? tcp->env->now - y->wait_at : 0);
}

uint64_t tally_acked(const struct tcb *t)
{
	return t->tally ? t->tally->bytes_acked : 0;
}

/* A rate that the user held back says nothing, unless it is the best yet. */
void tally_acked_more(struct tcb *t, const struct rate_sample *rs,
		      uint32_t marked)
{
	struct tally *y = t->tally;
	const uint64_t rate = rate_of(rs);

	if (unlikely(marked > 0))
		y->delivered_ce += marked;
	if (rate == 0 || (rs->is_app_limited && rate < y->rate))
		return;
	y->rate = rate;
	y->rate_app_limited = rs->is_app_limited;
}

static uint32_t segments(uint32_t len, uint32_t mss)
{
	return mss ? (len + mss - 1) / mss : 1;
}

void tally_text_out(struct tcb *t, uint32_t len)
{
	if (t->tally)
		t->tally->text_out += segments(len, t->mss);
}

void tally_text_in(const struct tcp *tcp, struct tcb *t,
		   const struct segment *seg)
{
	if (!t->tally)
		return;
	sparse_text_in(tcp, t, t->tally->text_at);
	t->tally->text_at = tcp->env->now;
	t->tally->text_in += segments(seg->text_len, seg->size);
}

void tally_timeout(const struct tcp *tcp, struct tcb *t)
{
	struct tally *y = t->tally;

	if (!y)
		return;
	if (y->n_rto < UINT16_MAX)
		y->n_rto++;
	if (y->rto_since)
		return;
	y->rto_since = max_u64(tcp->env->now, 1);
	if (y->n_rto_series < UINT16_MAX)
		y->n_rto_series++;
}

void tally_recovered(const struct tcp *tcp, struct tcb *t)
{
	struct tally *y = t->tally;

	if (!y || !y->rto_since)
		return;
	y->rto_ms += (uint32_t)((tcp->env->now - y->rto_since) / TERN_MS);
	y->rto_since = 0;
}
