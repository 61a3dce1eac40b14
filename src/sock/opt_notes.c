/* SPDX-License-Identifier: ISC */
/*
 * opt_notes.c - socket options of what is noted of text: SO_TIMESTAMP,
 * SO_TIMESTAMPNS, SO_TIMESTAMPING
 *
 * Flags for hardware are accepted as on Linux, where a device without clocks
 * does nothing about them either.  Those that would have to tell something that
 * is not told here are refused: OPT_STATS, BIND_PHC, TX_COMPLETION.
 */
#include <errno.h>
#include <netinet/in.h>

#include <linux/net_tstamp.h>

#include "sock/extras.h"
#include "sock/opt.h"
#include "tcp/tcp.h"

#define OPT_ID_TCP    (1U << 16)
#define OPT_RX_FILTER (1U << 17)
#define KNOWN                                                            \
	(NOTES_TX_FLAGS | SOF_TIMESTAMPING_RX_HARDWARE |                 \
	 SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |      \
	 SOF_TIMESTAMPING_SYS_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE | \
	 SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_CMSG |           \
	 SOF_TIMESTAMPING_OPT_TSONLY | SOF_TIMESTAMPING_OPT_PKTINFO |    \
	 SOF_TIMESTAMPING_OPT_TX_SWHW | OPT_ID_TCP | OPT_RX_FILTER)

static int set_stamp(const struct opt_call *c, int value, bool ns)
{
	c->o->stamp = value != 0;
	c->o->stamp_ns = value && ns;
	return 0;
}

int opt_set_timestamp(const struct opt_call *c, int value)
{
	return set_stamp(c, value, false);
}

int opt_get_timestamp(const struct opt_call *c, int *value)
{
	*value = c->o->stamp && !c->o->stamp_ns;
	return 0;
}

int opt_set_timestampns(const struct opt_call *c, int value)
{
	return set_stamp(c, value, true);
}

int opt_get_timestampns(const struct opt_call *c, int *value)
{
	*value = c->o->stamp && c->o->stamp_ns;
	return 0;
}

/* OPT_ID counts from what is not acknowledged, or with OPT_ID_TCP from what
 * will be sent next. */
static int begin_count(const struct opt_call *c, uint32_t flags)
{
	struct tcp_places p;
	struct extras *x;

	if (c->f->kind != FD_TCP ||
	    tcp_state_of(c->f->u.tcb) == TERN_TCP_CLOSED)
		return -EINVAL;
	x = extras_get(c->s, c->f, c->fd);
	if (!x)
		return -ENOBUFS;
	tcp_places(c->f->u.tcb, &p);
	x->notes.ts_base = flags & OPT_ID_TCP ? p.end : p.una;
	return 0;
}

int opt_set_timestamping(const struct opt_call *c, const void *in,
			 socklen_t len)
{
	uint32_t flags;
	int err = 0;

	if (len < sizeof(flags))
		return -EINVAL;
	memcpy(&flags, in, sizeof(flags));
	if (flags & ~(uint32_t)KNOWN)
		return -EINVAL;
	if ((flags & OPT_ID_TCP) && !(flags & SOF_TIMESTAMPING_OPT_ID))
		return -EINVAL;
	if ((flags & SOF_TIMESTAMPING_OPT_ID) &&
	    !(c->o->timestamping & SOF_TIMESTAMPING_OPT_ID))
		err = begin_count(c, flags);
	if (!err)
		c->o->timestamping = flags;
	return err;
}

/* struct so_timestamping: flags, and a clock that is not there. */
int opt_get_timestamping(const struct opt_call *c, void *out, socklen_t *len)
{
	const uint32_t both[2] = {c->o->timestamping, 0};

	return opt_put_bytes(both, sizeof(both), out, len);
}

int opt_set_zerocopy(const struct opt_call *c, int value)
{
	if (value < 0 || value > 1)
		return -EINVAL;
	c->o->zerocopy = value;
	return 0;
}

int opt_get_zerocopy(const struct opt_call *c, int *value)
{
	*value = c->o->zerocopy;
	return 0;
}
