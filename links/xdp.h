/* SPDX-License-Identifier: ISC */
/*
 * xdp.h - a link over an AF_XDP socket
 */
#ifndef TERN_LINKS_XDP_H
#define TERN_LINKS_XDP_H

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>
#include <xdp/xsk.h>

#include <tern/link.h>

/* Buffers of either direction, and places in each of the four rings. */
#define XDP_BUFFERS 2048

/*
 * The kernel and the link share one area of buffers.  Those of the first half
 * are received into: they are in the ring `fill`, with the kernel, or in `rx`.
 * Those of the second half are sent from: they are in `spare`, in `tx`, with
 * the kernel, or in `done`.  A buffer is named by its offset in the area.
 */
struct xdp {
	struct tern_link link; /* must be first */
	struct tern_allocator alloc;
	struct tern_block_pool *blocks;
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	struct xsk_ring_prod fill, tx;
	struct xsk_ring_cons done, rx;
	uint8_t *area;
	uint32_t buffer_size;
	uint32_t n_spare;
	bool busy_poll;
	bool partial; /* received checksums may be */
	bool gone;
	tern_time retry_at; /* frames wait in tx; TERN_NEVER: none */
	tern_time check_at; /* whether the interface is still there */
	char name[IFNAMSIZ];
	uint64_t spare[XDP_BUFFERS];
};

extern const struct tern_link_ops xdp_ops;

static inline size_t xdp_area_len(const struct xdp *x)
{
	return (size_t)2 * XDP_BUFFERS * x->buffer_size;
}

/* Gives the socket, the buffers and the link back, as far as they are there. */
void xdp_free(struct xdp *x);

#endif
