/* SPDX-License-Identifier: ISC */
/*
 * input.c - frames in
 *
 * The loopback interface is nobody's link: frames for it come from the stack
 * alone, so that nobody else can claim to be 127.0.0.1.
 */
#include <errno.h>

#include "stack/tern.h"

int tern_input(struct tern *n, int ifindex, struct tern_frame *frames,
	       int n_frames, tern_time now)
{
	struct netif *in = net_if(&n->net, ifindex);

	stack_enter(n, now);
	if (!in || ifindex == TERN_IF_LOOPBACK) {
		for (int i = 0; i < n_frames; i++)
			tern_frame_release(&frames[i]);
		return -ENODEV;
	}
	if (n_frames > 0)
		net_input(&n->net, in, frames, n_frames);
	return 0;
}
