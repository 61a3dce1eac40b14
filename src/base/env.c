/* SPDX-License-Identifier: ISC */
/*
 * env.c - counting and telling what was thrown away
 *
 * Where Linux counts what a reason stands for, the table below names its
 * counters, so that nobody else has to think of them.  A reason that Linux
 * counts by circumstance (an ACK that was skipped in this state or that one)
 * is not in the table: the circumstance is the caller's to know.
 */
#include "base/env.h"

#include <string.h>

/* The counters that move with a reason; 0 ends the list. */
struct counters {
	uint16_t plus_one[2]; /* enum tern_counter + 1 */
};

#define ONE(a)                          \
	{                               \
		{                       \
			TERN_##a + 1, 0 \
		}                       \
	}
#define BOTH(a, b)                                 \
	{                                          \
		{                                  \
			TERN_##a + 1, TERN_##b + 1 \
		}                                  \
	}

static const struct counters linux_counters[TERN_DROP_N] = {
	[TERN_DROP_ARP_UNRESOLVED] = ONE(ArpUnresolved),
	[TERN_DROP_IP_VERSION] = ONE(IpInHdrErrors),
	[TERN_DROP_IP_HEADER_LENGTH] = ONE(IpInHdrErrors),
	[TERN_DROP_IP_TOTAL_LENGTH] = ONE(IpInHdrErrors),
	[TERN_DROP_IP_CHECKSUM] = BOTH(IpInHdrErrors, IpInCsumErrors),
	[TERN_DROP_IP_OPTIONS] = ONE(IpInHdrErrors),
	[TERN_DROP_IP_FRAGMENT] = ONE(IpInDiscards),
	[TERN_DROP_IP_SOURCE] = ONE(IpInAddrErrors),
	[TERN_DROP_IP_DESTINATION] = ONE(IpInAddrErrors),
	[TERN_DROP_IP_PROTOCOL] = ONE(IpInUnknownProtos),
	[TERN_DROP_IP_NO_ROUTE] = ONE(IpOutNoRoutes),
	[TERN_DROP_IP_TTL] = ONE(IpInHdrErrors),
	[TERN_DROP_IP_TOO_BIG] = ONE(IpOutDiscards),
	[TERN_DROP_ICMP_SHORT] = ONE(IcmpInErrors),
	[TERN_DROP_ICMP_CHECKSUM] = BOTH(IcmpInErrors, IcmpInCsumErrors),
	[TERN_DROP_ICMP_QUOTE] = ONE(IcmpInErrors),
	[TERN_DROP_ICMP_NO_CONNECTION] = ONE(IcmpInErrors),
	[TERN_DROP_ICMP_OUT_OF_WINDOW] = ONE(TcpExtOutOfWindowIcmps),
	[TERN_DROP_TCP_HEADER] = ONE(TcpInErrs),
	[TERN_DROP_TCP_CHECKSUM] = BOTH(TcpInErrs, TcpInCsumErrors),
	[TERN_DROP_TCP_ACCEPT_QUEUE_FULL] =
		BOTH(TcpExtListenOverflows, TcpExtListenDrops),
	[TERN_DROP_TCP_SYN_QUEUE_FULL] =
		BOTH(TcpExtTCPReqQFullDrop, TcpExtListenDrops),
	[TERN_DROP_TCP_DEFER_ACCEPT] = ONE(TcpExtTCPDeferAcceptDrop),
	[TERN_DROP_TCP_COOKIE] = ONE(TcpExtSyncookiesFailed),
	[TERN_DROP_TCP_SYN_IN_WINDOW] = BOTH(TcpInErrs, TcpExtTCPSYNChallenge),
	[TERN_DROP_TCP_PAWS] = ONE(TcpExtPAWSEstab),
	[TERN_DROP_TCP_ZERO_WINDOW] = ONE(TcpExtTCPZeroWindowDrop),
	[TERN_DROP_TCP_OOO_FULL] = ONE(TcpExtTCPOFODrop),
	[TERN_DROP_TCP_RCV_BUFFER] = ONE(TcpExtTCPRcvQDrop),
	[TERN_DROP_TCP_TIMEWAIT_FULL] = ONE(TcpExtTCPTimeWaitOverflow),
	[TERN_DROP_TCP_CHALLENGE_RATE] = ONE(TcpExtTCPACKSkippedChallenge),
};

static void trace_drop(struct env *e, enum tern_drop reason,
		       const struct tern_tuple *tuple)
{
	struct tern_event ev;

	memset(&ev, 0, sizeof(ev));
	ev.type = TERN_EV_DROP;
	if (tuple)
		ev.tuple = *tuple;
	ev.u.drop.reason = reason;
	env_trace(e, &ev);
}

void env_drop(struct env *e, enum tern_drop reason,
	      const struct tern_tuple *tuple)
{
	const uint16_t *c = linux_counters[reason].plus_one;

	e->drop[reason]++;
	for (unsigned int i = 0; i < 2 && c[i]; i++)
		e->counter[c[i] - 1]++;
	if (env_traced(e))
		trace_drop(e, reason, tuple);
}

void env_trace(struct env *e, struct tern_event *ev)
{
	ev->now = e->now;
	e->trace(e->trace_ctx, ev);
}
