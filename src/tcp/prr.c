/* SPDX-License-Identifier: ISC */
/*
 * prr.c - Proportional Rate Reduction, RFC 9937
 *
 *	more in flight than ssthresh	send ssthresh / RecoverFS bytes for each
 *					one delivered
 *	less				send what was delivered (CRB), and one
 *					segment more while all goes well (SSRB,
 *					"SafeACK"), until ssthresh is reached
 *
 * The first segment of a recovery, which repairs, always goes.
 */
#include "tcp/prr.h"

#include "base/bytes.h"

void prr_begin(struct prr *p, uint32_t fs)
{
	*p = (struct prr){.fs = max_u32(fs, 1)};
}

static uint64_t over(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t send_count(const struct prr *p, const struct prr_ack *a)
{
	uint64_t n;

	if (a->pipe > a->ssthresh) { /* divided, and rounded up */
		n = (p->delivered * a->ssthresh + p->fs - 1) / p->fs;
		if (a->whole)
			n = (n + a->smss - 1) / a->smss * a->smss;
		return over(n, p->out);
	}
	n = max_u64(over(p->delivered, p->out), a->delivered);
	if (a->safe)
		n += a->smss;
	return min_u64(n, a->ssthresh - a->pipe);
}

uint32_t prr_on_ack(struct prr *p, const struct prr_ack *a)
{
	uint64_t n;

	p->delivered += a->delivered;
	n = send_count(p, a);
	if (p->out == 0)
		n = max_u64(n, a->smss);
	return (uint32_t)min_u64(a->pipe + n, UINT32_MAX);
}
