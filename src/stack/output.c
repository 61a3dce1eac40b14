/* SPDX-License-Identifier: ISC */
/*
 * output.c - frames out, and round the loopback interface
 */
#include <errno.h>

#include "stack/tern.h"

#define PUMP_BATCH   32
/* Batches in one go: time, and what others have to send, must not wait long. */
#define PUMP_BATCHES 16

int tern_output(struct tern *n, int ifindex, struct tern_frame *frames, int max,
		tern_time now)
{
	struct netif *out = net_if(&n->net, ifindex);

	stack_enter(n, now);
	if (!out || ifindex == TERN_IF_LOOPBACK)
		return -ENODEV;
	if (max <= 0 || !net_has_output(out)) /* each pump ends with this */
		return 0;
	return net_output(&n->net, out, frames, max);
}

bool tern_has_output(const struct tern *n, int ifindex)
{
	const struct netif *out = net_if(&n->net, ifindex);

	return out && ifindex != TERN_IF_LOOPBACK && net_has_output(out);
}

bool loopback_pending(const struct tern *n)
{
	return net_has_output(net_if(&n->net, TERN_IF_LOOPBACK));
}

void loopback_pump(struct tern *n)
{
	struct netif *lo = net_if(&n->net, TERN_IF_LOOPBACK);
	struct tern_frame frames[PUMP_BATCH];

	for (int i = 0; i < PUMP_BATCHES; i++) {
		int n_frames = net_output(&n->net, lo, frames, PUMP_BATCH);

		if (n_frames <= 0)
			return;
		net_input(&n->net, lo, frames, n_frames);
	}
}
