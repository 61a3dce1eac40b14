/* SPDX-License-Identifier: ISC */
/*
 * tun.c - frames to and from a TUN or TAP device, one system call each; with a
 * ring one for a burst of long frames
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

#include "ring.h"
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

/* A frame as it is written. */
struct draft {
	struct virtio_net_hdr vnet;
	struct iovec iov[2 + TERN_FRAME_PARTS];
	int n;
};

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

/* Of a write, by the bytes or the negative errno that it returned: 0 if the
 * frame was sent or lost, -EAGAIN or -ENODEV. */
static int outcome(ssize_t result)
{
	if (result >= 0)
		return 0;
	if (result == -EAGAIN || result == -EINTR)
		return -EAGAIN;
	return is_gone((int)-result) ? -ENODEV : 0;
}

/* What is short is cheaper copied than pointed at. */
static bool is_short(const struct tern_frame *f)
{
	return f->len <= FLAT_MAX;
}

static uint32_t draft_vnet(const struct tun *t, struct tern_frame *f,
			   struct virtio_net_hdr *vnet)
{
	if (!t->offload) {
		tern_frame_finish_csum(f);
		return 0;
	}
	vnet_from_frame(vnet, f);
	return sizeof(*vnet);
}

static ssize_t write_short(const struct tun *t, struct tern_frame *f)
{
	uint8_t flat[sizeof(struct virtio_net_hdr) + FLAT_MAX];
	struct virtio_net_hdr vnet;
	const uint32_t before = draft_vnet(t, f, &vnet);

	memcpy(flat, &vnet, before);
	return write(t->fd, flat,
		     before + tern_frame_read(f, 0, flat + before, FLAT_MAX));
}

static void draft_add(struct draft *d, void *data, size_t len)
{
	if (len > 0)
		d->iov[d->n++] = (struct iovec){data, len};
}

static void draft(const struct tun *t, struct tern_frame *f, struct draft *d)
{
	unsigned int i;

	d->n = 0;
	draft_add(d, &d->vnet, draft_vnet(t, f, &d->vnet));
	draft_add(d, f->head, f->head_len);
	for (i = 0; i < f->n_parts; i++)
		draft_add(d, f->part[i].data, f->part[i].len);
}

static ssize_t write_long(const struct tun *t, struct tern_frame *f)
{
	struct draft d;

	draft(t, f, &d);
	return writev(t->fd, d.iov, d.n);
}

/* Returns 1 if the frame was taken, 0 if not, or -ENODEV. */
static int send_one(const struct tun *t, struct tern_frame *f)
{
	const ssize_t n = is_short(f) ? write_short(t, f) : write_long(t, f);
	const int error = outcome(n < 0 ? -errno : n);

	if (error)
		return error == -ENODEV ? -ENODEV : 0;
	tern_frame_release(f);
	return 1;
}

/* Of frames up to the one that comes next, which is the first that may have to
 * be offered again: those that the device did not take in between are lost. */
static int n_taken(const int *results, int n)
{
	int i, error, taken = 0;

	for (i = 0; i < n; i++) {
		error = outcome(results[i]);
		if (error == -ENODEV)
			return i > 0 ? taken : -ENODEV;
		if (!error)
			taken = i + 1;
	}
	return taken;
}

/* Returns how many of the frames were taken, from the first on, or -ENODEV. */
static int send_burst(const struct tun *t, struct tern_frame *frames, int n)
{
	struct draft drafts[RING_MAX];
	int results[RING_MAX];
	int i, taken;

	for (i = 0; i < n; i++) {
		draft(t, &frames[i], &drafts[i]);
		ring_add(t->ring, t->fd, drafts[i].iov, drafts[i].n);
	}
	ring_run(t->ring, results);
	taken = n_taken(results, n);
	for (i = 0; i < taken; i++)
		tern_frame_release(&frames[i]);
	return taken;
}

/* How many of the frames are to go together. */
static int burst_len(const struct tun *t, const struct tern_frame *frames,
		     int max)
{
	int n = 0;

	if (!t->ring || !ring_is_sound(t->ring))
		return 1;
	while (n < max && n < RING_MAX && !is_short(&frames[n]))
		n++;
	return n > 0 ? n : 1;
}

static int tun_send(struct tern_link *l, struct tern_frame *frames, int n,
		    tern_time now)
{
	struct tun *t = tun_of(l);
	int len, taken, i = 0;

	(void)now;
	while (i < n) {
		len = burst_len(t, &frames[i], n - i);
		taken = len > 1 ? send_burst(t, &frames[i], len)
				: send_one(t, &frames[i]);
		if (taken < 0)
			return i > 0 ? i : taken;
		i += taken;
		if (taken < len)
			break;
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

	if (t->ring)
		ring_close(t->ring);
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
