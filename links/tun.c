/* SPDX-License-Identifier: ISC */
/*
 * tun.c - frames to and from a TUN or TAP device, one system call each
 *
 * A frame is read into a scratch block that is large enough for any, and the
 * block goes with the frame; but a frame that would pin a much larger block
 * than it needs is copied into a small one, and the scratch block is kept for
 * the next.  Headers and payload are written from where they are (writev).
 *
 * What the device will not take for a reason of its own (it is down, it has no
 * memory, the frame is malformed to its taste) is lost, as on any wire.  Only
 * a device that is gone is an error: -ENODEV.
 *
 * Nothing here is particular to TUN once the descriptor is open: a UNIX socket
 * that keeps message boundaries serves as well.
 */
#include "tun.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <tern/netif.h>

#include "vnet.h"

/* Frames up to this length are copied when they were read into a block of
 * COPY_RATIO times their length or more. */
#define COPY_MAX   2048
#define COPY_RATIO 8
#define FLAT_MAX   1536
#define LINE	   64 /* of the cache */

/* Enough for one turn: more would push each other out of the cache before the
 * application has seen the first. */
#define TURN_BYTES (256U << 10)

static struct tun *tun_of(struct tern_link *l)
{
	return (struct tun *)(void *)l;
}

/* The device's own word for "gone", or the far end's of a socket. */
static bool is_gone(int error)
{
	return error == EBADFD || error == EBADF || error == ENODEV ||
	       error == ENXIO || error == EPIPE || error == ECONNRESET ||
	       error == ECONNREFUSED || error == ENOTCONN;
}

/* What is short is cheaper copied than pointed at. */
static ssize_t write_short(const struct tun *t, const struct tern_frame *f,
			   const struct virtio_net_hdr *vnet)
{
	uint8_t flat[sizeof(*vnet) + FLAT_MAX];
	uint32_t before = 0;

	if (t->offload) {
		before = sizeof(*vnet);
		memcpy(flat, vnet, sizeof(*vnet));
	}
	return write(t->fd, flat,
		     before + tern_frame_read(f, 0, flat + before, FLAT_MAX));
}

static ssize_t write_long(const struct tun *t, struct tern_frame *f,
			  struct virtio_net_hdr *vnet)
{
	struct iovec iov[2 + TERN_FRAME_PARTS];
	unsigned int i;
	int n = 0;

	if (t->offload) {
		iov[n].iov_base = vnet;
		iov[n++].iov_len = sizeof(*vnet);
	}
	if (f->head_len > 0) {
		iov[n].iov_base = f->head;
		iov[n++].iov_len = f->head_len;
	}
	for (i = 0; i < f->n_parts; i++) {
		iov[n].iov_base = f->part[i].data;
		iov[n++].iov_len = f->part[i].len;
	}
	return writev(t->fd, iov, n);
}

/* Returns 0 if the frame was sent or lost, -EAGAIN or -ENODEV. */
static int write_frame(const struct tun *t, struct tern_frame *f)
{
	struct virtio_net_hdr vnet;
	ssize_t n;

	if (t->offload)
		vnet_from_frame(&vnet, f);
	else
		tern_frame_finish_csum(f);
	if (f->len <= FLAT_MAX)
		n = write_short(t, f, &vnet);
	else
		n = write_long(t, f, &vnet);
	if (n >= 0)
		return 0;
	if (errno == EAGAIN || errno == EINTR)
		return -EAGAIN;
	return is_gone(errno) ? -ENODEV : 0;
}

static int tun_send(struct tern_link *l, struct tern_frame *frames, int n,
		    tern_time now)
{
	struct tun *t = tun_of(l);
	int i, error;

	(void)now;
	for (i = 0; i < n; i++) {
		error = write_frame(t, &frames[i]);
		if (error == -ENODEV && i == 0)
			return -ENODEV;
		if (error)
			break;
		tern_frame_release(&frames[i]);
	}
	return i;
}

/* Where text begins on a cache line if its headers are the usual ones, with
 * timestamps: twice it is copied from there on, and such copies are faster. */
static uint8_t *scratch_data(const struct tun *t)
{
	const uint32_t head = (t->link.flags & TERN_IF_ETHERNET ? 14 : 0) + 52;
	uint8_t *start = tern_block_data(t->scratch);

	return start + (-((uintptr_t)start + head) & (LINE - 1));
}

/* Without memory frames are read all the same, to be lost here and now. */
static ssize_t read_into_scratch(struct tun *t, struct virtio_net_hdr *vnet)
{
	struct virtio_net_hdr unused;
	struct iovec iov[2];
	int n = 0;

	if (!t->scratch)
		t->scratch = tern_block_get(t->blocks, t->frame_max + LINE);
	if (t->offload) {
		iov[n].iov_base = vnet;
		iov[n++].iov_len = sizeof(*vnet);
	}
	if (t->scratch) {
		iov[n].iov_base = scratch_data(t);
		iov[n++].iov_len = t->frame_max;
	} else {
		iov[n].iov_base = &unused;
		iov[n++].iov_len = sizeof(unused);
	}
	return readv(t->fd, iov, n);
}

/* Makes a frame of what was read.  Returns false if it is lost. */
static bool take_scratch(struct tun *t, struct tern_frame *f, uint32_t len)
{
	uint8_t *data;

	if (!t->scratch)
		return false;
	data = scratch_data(t);
	if (len <= COPY_MAX && len * COPY_RATIO <= tern_block_size(t->scratch))
		return tern_frame_copy(f, t->blocks, data, len) == 0;
	tern_frame_wrap(f, t->scratch, data, len);
	t->scratch = NULL;
	return true;
}

/* Returns 1 if there is a frame, 0 if one was lost, -EAGAIN or -ENODEV. */
static int read_frame(struct tun *t, struct tern_frame *f)
{
	struct virtio_net_hdr vnet = {0};
	ssize_t n = read_into_scratch(t, &vnet);
	ssize_t before = t->offload ? (ssize_t)sizeof(vnet) : 0;

	if (n < 0)
		return is_gone(errno) ? -ENODEV : -EAGAIN;
	if (n == 0)
		return -ENODEV;
	if (n <= before || !take_scratch(t, f, (uint32_t)(n - before)))
		return 0;
	if (t->offload && !vnet_to_frame(&vnet, f)) {
		tern_frame_release(f);
		return 0;
	}
	return 1;
}

static int tun_recv(struct tern_link *l, struct tern_frame *frames, int max,
		    tern_time now)
{
	struct tun *t = tun_of(l);
	uint32_t bytes = 0;
	int i, got, n = 0;

	(void)now;
	for (i = 0; i < max && bytes < TURN_BYTES; i++) {
		got = read_frame(t, &frames[n]);
		if (got == -ENODEV && n == 0)
			return -ENODEV;
		if (got < 0)
			break;
		if (got > 0)
			bytes += frames[n].len;
		n += got;
	}
	return n;
}

static tern_time tun_deadline(const struct tern_link *l)
{
	(void)l;
	return TERN_NEVER;
}

static void tun_close(struct tern_link *l)
{
	struct tun *t = tun_of(l);
	struct tern_allocator alloc = t->alloc;

	close(t->fd);
	if (t->scratch)
		tern_block_unref(t->scratch);
	alloc.free(alloc.ctx, t, sizeof(*t));
}

const struct tern_link_ops tun_ops = {
	.send = tun_send,
	.recv = tun_recv,
	.deadline = tun_deadline,
	.close = tun_close,
};
