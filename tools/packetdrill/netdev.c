/* SPDX-License-Identifier: ISC */
/*
 * netdev.c - packets and the clock, as packetdrill sees them
 *
 * packetdrill sleeps until shortly before an event and then asks for the time
 * until it has come: each look at the clock moves it by a microsecond.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "clock.h"

#define LOOK_NS	   TERN_US
#define PACKET_MAX 65535u

int pd_netdev_send(void *ud, const void *buf, size_t count)
{
	struct pd *p = pd_enter(ud);
	const uint8_t *bytes = buf;

	if (!p)
		return -1;
	if (!buf)
		return (int)pd_leave(p, -EFAULT);
	if (count == 0 || count > PACKET_MAX)
		return (int)pd_leave(p, count ? -EMSGSIZE : -EINVAL);
	if (bytes[0] >> 4 == 6) {
		if (!p->told_ip6)
			fprintf(stderr, "libtern-packetdrill: the stack has no "
					"IPv6: a packet was refused\n");
		p->told_ip6 = true;
		return (int)pd_leave(p, -EAFNOSUPPORT);
	}
	return (int)pd_leave(
		p, drill_stage_input(&p->stage, bytes, (uint32_t)count));
}

static struct drill_live *next_packet(struct pd *p)
{
	const tern_time until = p->stage.now + PD_PATIENCE_NS;
	struct drill_live *l;

	while (!(l = drill_stage_take(&p->stage)))
		if (p->stage.now >= until || !pd_clock_step(p, TERN_NEVER))
			return NULL;
	return l;
}

int pd_netdev_receive(void *ud, void *buf, size_t *count, long long *time_usecs)
{
	struct pd *p = pd_enter_clock(ud);
	struct drill_live *l = NULL;

	/* A failure would be tried again for ever. */
	if (!p || !buf || !count || p->refused) {
		if (count)
			*count = 0;
		return p ? (int)pd_leave(p, 0) : 0;
	}
	l = next_packet(p);
	if (!l) {
		*count = 0;
		return (int)pd_leave(p, 0);
	}
	if (l->len < *count)
		*count = l->len;
	memcpy(buf, l->bytes, *count);
	if (time_usecs)
		*time_usecs =
			(long long)((p->stage.origin + (tern_time)l->at_ns) /
				    TERN_US);
	free(l);
	return (int)pd_leave(p, 0);
}

int pd_usleep(void *ud, useconds_t usecs)
{
	struct pd *p = pd_enter_clock(ud);

	if (!p)
		return -1;
	pd_clock_pass(p, p->stage.now + usecs * TERN_US);
	return (int)pd_leave(p, 0);
}

int pd_gettimeofday(void *ud, struct timeval *tv, struct timezone *tz)
{
	struct pd *p = pd_enter_clock(ud);
	tern_time now;

	if (!p)
		return -1;
	pd_clock_pass(p, p->stage.now + LOOK_NS);
	now = p->stage.now;
	if (tv) {
		tv->tv_sec = (time_t)(now / TERN_S);
		tv->tv_usec = (suseconds_t)(now % TERN_S / TERN_US);
	}
	if (tz)
		memset(tz, 0, sizeof(*tz));
	return (int)pd_leave(p, 0);
}
