/* SPDX-License-Identifier: ISC */
/*
 * packet.c - frames to and from an interface, through rings shared with it
 *
 * Arriving frames are copied out of the ring into blocks of the size that they
 * need; going frames are gathered into slots, and one system call sends all of
 * them.  Each has a vnet header, so partial checksums and segments of up to 64
 * KiB cross both ways.
 *
 * The kernel gives over a block of received frames when it is full or a
 * millisecond old.  So a ring costs nothing for each frame and up to a
 * millisecond for the first of a block: it is for throughput; packet_plain.c is
 * for the rest.
 *
 * What the kernel will not take for now (it has no memory, a queue is full)
 * stays in the ring and is tried again a little later.  What an interface that
 * is down is given is lost, as on any wire that is unplugged.
 */
#include "packet.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vnet.h"

#define RETRY_NS TERN_MS
#define DOWN_NS	 (100 * TERN_MS) /* between two looks at what is down */

static struct packet *packet_of(struct tern_link *l)
{
	return (struct packet *)(void *)l;
}

/* Lets the kernel send what stands in the ring. */
static void kick(struct packet *p, tern_time now)
{
	p->retry_at = TERN_NEVER;
	if (sendto(p->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
		return;
	if (errno == ENXIO || errno == ENODEV) {
		p->gone = true;
	} else if (errno == ENETDOWN) {
		packet_tx_forget(&p->tx);
		p->retry_at = now + DOWN_NS;
	} else {
		p->retry_at = now + RETRY_NS;
	}
}

/* Returns false if the ring is full. */
static bool put_frame(struct packet *p, const struct tern_frame *f)
{
	struct virtio_net_hdr vnet;
	uint8_t *to = packet_tx_peek(&p->tx);

	if (!to)
		return false;
	if (f->len + sizeof(vnet) > packet_tx_room(&p->tx))
		return true; /* nothing that this wire could carry */
	vnet_from_frame(&vnet, f);
	memcpy(to, &vnet, sizeof(vnet));
	tern_frame_read(f, 0, to + sizeof(vnet), f->len);
	packet_tx_commit(&p->tx, (uint32_t)sizeof(vnet) + f->len);
	return true;
}

static int packet_send(struct tern_link *l, struct tern_frame *frames, int n,
		       tern_time now)
{
	struct packet *p = packet_of(l);
	bool kicked = false;
	int i = 0;

	if (p->gone)
		return -ENODEV;
	while (i < n) {
		if (put_frame(p, &frames[i])) {
			tern_frame_release(&frames[i++]);
			kicked = false;
			continue;
		}
		if (kicked || p->gone)
			break;
		kick(p, now);
		kicked = true;
	}
	if (!kicked)
		kick(p, now);
	return i;
}

/* Makes a frame of what is in the ring.  Returns false if it is lost. */
static bool take_view(struct packet *p, const struct packet_view *v,
		      struct tern_frame *f)
{
	if (!v->data || tern_frame_copy(f, p->blocks, v->data, v->len) < 0)
		return false;
	if (vnet_to_frame(&v->vnet, f))
		return true;
	tern_frame_release(f);
	return false;
}

/*
 * An interface that goes down or away leaves an error at the socket, which
 * would be readable for ever if nobody took it.  It does so once, and goes down
 * before it goes away; so from then on it is asked, until it is up.
 */
static void take_error(struct packet *p, tern_time now)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error)
		kick(p, now);
}

static int packet_recv(struct tern_link *l, struct tern_frame *frames, int max,
		       tern_time now)
{
	struct packet *p = packet_of(l);
	struct packet_view v;
	int n = 0;

	if (p->retry_at <= now)
		kick(p, now);
	while (n < max && packet_rx_peek(&p->rx, &v)) {
		if (take_view(p, &v, &frames[n]))
			n++;
		packet_rx_advance(&p->rx);
	}
	if (n == 0)
		take_error(p, now);
	return n == 0 && p->gone ? -ENODEV : n;
}

static tern_time packet_deadline(const struct tern_link *l)
{
	return ((const struct packet *)(const void *)l)->retry_at;
}

static void packet_close(struct tern_link *l)
{
	struct packet *p = packet_of(l);
	struct tern_allocator alloc = p->alloc;

	munmap(p->map, p->map_len);
	close(p->fd);
	alloc.free(alloc.ctx, p, sizeof(*p));
}

const struct tern_link_ops packet_ops = {
	.send = packet_send,
	.recv = packet_recv,
	.deadline = packet_deadline,
	.close = packet_close,
};
