/* SPDX-License-Identifier: ISC */
/*
 * xdp.c - frames to and from one queue of an interface, past the kernel's stack
 *
 * Frames are copied between buffers of the socket and blocks: a block may be
 * held for long (by a receive queue, by a retransmission queue), and a driver
 * that lacks buffers is a driver that loses frames.  A buffer received goes
 * back into the fill ring at once.
 *
 * A system call is made only where the kernel has said that it needs one
 * (XDP_USE_NEED_WAKEUP): for each batch that is sent in copy mode, hardly ever
 * in zero-copy mode.  With busy polling each look at an empty ring lets the
 * kernel run the driver.
 *
 * The socket does not become readable when its interface goes away, so it is
 * asked once a second.
 */
#include "xdp.h"

#include <errno.h>
#include <sys/socket.h>

#include "partial.h"

#define RETRY_NS TERN_MS
#define CHECK_NS TERN_S

/* In copy mode the kernel sends so many for each call. */
#define KICK_BATCH 16

static struct xdp *xdp_of(struct tern_link *l)
{
	return (struct xdp *)(void *)l;
}

/* Takes the buffers back that have been sent. */
static void reclaim(struct xdp *x)
{
	uint32_t at, i, n = xsk_ring_cons__peek(&x->done, XDP_BUFFERS, &at);

	for (i = 0; i < n && x->n_spare < XDP_BUFFERS; i++)
		x->spare[x->n_spare++] =
			*xsk_ring_cons__comp_addr(&x->done, at + i);
	if (n > 0)
		xsk_ring_cons__release(&x->done, n);
}

/* Has the kernel send what is in the ring: all of it, or as far as it goes. */
static void kick(struct xdp *x, tern_time now)
{
	int tries = XDP_BUFFERS / KICK_BATCH;

	x->retry_at = TERN_NEVER;
	if (!xsk_ring_prod__needs_wakeup(&x->tx))
		return;
	while (sendto(x->link.pollfd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0) {
		if (errno == ENXIO || errno == ENODEV)
			x->gone = true;
		else if (errno == EAGAIN && --tries > 0)
			continue;
		else
			x->retry_at = now + RETRY_NS;
		return;
	}
}

/* Returns false if there is no buffer, or no room in the ring. */
static bool put_frame(struct xdp *x, struct tern_frame *f)
{
	struct xdp_desc *desc;
	uint64_t addr;
	uint32_t at;

	if (f->len > x->buffer_size)
		return true; /* nothing that this wire could carry */
	if (x->n_spare == 0 || xsk_ring_prod__reserve(&x->tx, 1, &at) == 0)
		return false;
	addr = x->spare[--x->n_spare];
	desc = xsk_ring_prod__tx_desc(&x->tx, at);
	desc->addr = addr;
	desc->len = tern_frame_flatten(f, x->area + addr);
	desc->options = 0;
	xsk_ring_prod__submit(&x->tx, 1);
	return true;
}

static int xdp_send(struct tern_link *l, struct tern_frame *frames, int n,
		    tern_time now)
{
	struct xdp *x = xdp_of(l);
	int i;

	if (x->gone)
		return -ENODEV;
	reclaim(x);
	for (i = 0; i < n && put_frame(x, &frames[i]); i++)
		tern_frame_release(&frames[i]);
	if (n > 0)
		kick(x, now);
	return i;
}

/* Makes a frame of a buffer.  Returns false if it is lost. */
static bool take_buffer(struct xdp *x, const struct xdp_desc *desc,
			struct tern_frame *f)
{
	const uint8_t *data;

	if (desc->len > x->buffer_size || desc->len == 0 ||
	    desc->addr > xdp_area_len(x) - desc->len)
		return false;
	data = x->area + desc->addr;
	if (tern_frame_copy(f, x->blocks, data, desc->len) < 0)
		return false;
	if (x->partial)
		partial_mark(f, data, desc->len);
	return true;
}

/* There is room for it: the ring is as large as there are buffers. */
static void refill(struct xdp *x, uint64_t addr)
{
	uint32_t at;

	addr -= addr % x->buffer_size;
	if (xsk_ring_prod__reserve(&x->fill, 1, &at) == 0)
		return;
	*xsk_ring_prod__fill_addr(&x->fill, at) = addr;
}

static int take_buffers(struct xdp *x, struct tern_frame *frames, int max)
{
	uint32_t at, i, n = xsk_ring_cons__peek(&x->rx, (uint32_t)max, &at);
	const struct xdp_desc *desc;
	int taken = 0;

	if (n == 0)
		return 0;
	for (i = 0; i < n; i++) {
		desc = xsk_ring_cons__rx_desc(&x->rx, at + i);
		if (take_buffer(x, desc, &frames[taken]))
			taken++;
		refill(x, desc->addr);
	}
	xsk_ring_prod__submit(&x->fill, n);
	xsk_ring_cons__release(&x->rx, n);
	return taken;
}

/* Lets the driver run, where it does not by itself; is there still one? */
static void poke(struct xdp *x)
{
	if (recvfrom(x->link.pollfd, NULL, 0, MSG_DONTWAIT, NULL, NULL) < 0 &&
	    (errno == ENXIO || errno == ENODEV))
		x->gone = true;
}

static int xdp_recv(struct tern_link *l, struct tern_frame *frames, int max,
		    tern_time now)
{
	struct xdp *x = xdp_of(l);
	int n = take_buffers(x, frames, max);

	if (x->retry_at <= now)
		kick(x, now);
	if (n == 0 && x->busy_poll) {
		poke(x);
		n = take_buffers(x, frames, max);
	} else if (x->check_at <= now ||
		   xsk_ring_prod__needs_wakeup(&x->fill)) {
		poke(x);
		x->check_at = now + CHECK_NS;
	}
	return n == 0 && x->gone ? -ENODEV : n;
}

static tern_time xdp_deadline(const struct tern_link *l)
{
	const struct xdp *x = (const struct xdp *)(const void *)l;

	return x->retry_at < x->check_at ? x->retry_at : x->check_at;
}

static void xdp_close(struct tern_link *l)
{
	xdp_free(xdp_of(l));
}

const struct tern_link_ops xdp_ops = {
	.send = xdp_send,
	.recv = xdp_recv,
	.deadline = xdp_deadline,
	.close = xdp_close,
};
