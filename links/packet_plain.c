/* SPDX-License-Identifier: ISC */
/*
 * packet_plain.c - a link over a packet socket without rings
 *
 * With a vnet header before each frame such a socket reads and writes as a TAP
 * does, so the driver is that of TUN and TAP.  But it says only once that its
 * interface is down, and not at all that it is gone after that, so it is asked
 * once a second.
 */
#include "packet_plain.h"

#include <errno.h>
#include <unistd.h>

#include <linux/if_packet.h>
#include <sys/socket.h>

#define CHECK_NS TERN_S

static struct packet_plain *plain_of(struct tern_link *l)
{
	return (struct packet_plain *)(void *)l;
}

static bool is_there(int fd)
{
	struct sockaddr_ll at = {0};
	socklen_t len = sizeof(at);

	return getsockname(fd, (struct sockaddr *)&at, &len) == 0 &&
	       at.sll_ifindex > 0;
}

static int plain_send(struct tern_link *l, struct tern_frame *frames, int n,
		      tern_time now)
{
	return tun_ops.send(l, frames, n, now);
}

static int plain_recv(struct tern_link *l, struct tern_frame *frames, int max,
		      tern_time now)
{
	struct packet_plain *p = plain_of(l);
	int n = tun_ops.recv(l, frames, max, now);

	if (n != 0 || p->check_at > now)
		return n;
	p->check_at = now + CHECK_NS;
	return is_there(p->tun.fd) ? 0 : -ENODEV;
}

static tern_time plain_deadline(const struct tern_link *l)
{
	return ((const struct packet_plain *)(const void *)l)->check_at;
}

static void plain_close(struct tern_link *l)
{
	struct packet_plain *p = plain_of(l);
	struct tern_allocator alloc = p->tun.alloc;

	close(p->tun.fd);
	if (p->tun.scratch)
		tern_block_unref(p->tun.scratch);
	alloc.free(alloc.ctx, p, sizeof(*p));
}

const struct tern_link_ops packet_plain_ops = {
	.send = plain_send,
	.recv = plain_recv,
	.deadline = plain_deadline,
	.close = plain_close,
};
