/* SPDX-License-Identifier: ISC */
/*
 * vnet.h - the virtio net header that goes before a frame with offload
 */
#ifndef TERN_LINKS_VNET_H
#define TERN_LINKS_VNET_H

#include <stdbool.h>

#include <linux/virtio_net.h>

#include <tern/frame.h>

/* Fills in the header for a frame that is to be sent. */
void vnet_from_frame(struct virtio_net_hdr *v, const struct tern_frame *f);

/*
 * Marks a received frame as its header says.  Returns false if the header does
 * not fit the frame, which is unusable then.
 */
bool vnet_to_frame(const struct virtio_net_hdr *v, struct tern_frame *f);

#endif
