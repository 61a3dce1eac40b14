/* SPDX-License-Identifier: ISC */
/*
 * packet_open.c - making a link of an interface with a packet socket
 *
 * The interface stays the kernel's, and both see all that arrives.  That does
 * no harm as long as no address is in use at both: the kernel drops what is for
 * an address that is not its own.  What the kernel sends through the interface
 * is not seen here, nor is what is sent here seen by the kernel.
 *
 * The socket is given a protocol when it is bound and not before, so that
 * nothing arrives from another interface in between.
 */
#include "packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <tern/netif.h>

#include "device.h"
#include "packet_plain.h"

#define LONGEST	     (65535 + 18 + sizeof(struct virtio_net_hdr))
#define RX_BLOCK     (256U << 10) /* several of the longest frames */
#define RX_BYTES     (4U << 20)
#define RX_RETIRE_MS 1
#define TX_BLOCK     (1U << 20)
#define TX_BYTES     (8U << 20)
#define CACHE_LINE   64

static int set(int fd, int option, int value)
{
	int done = setsockopt(fd, SOL_PACKET, option, &value, sizeof(value));

	return done < 0 ? -errno : 0;
}

/* What must be said before there are rings. */
static int set_options(int fd)
{
	const int options[][2] = {{PACKET_VERSION, TPACKET_V3},
				  {PACKET_VNET_HDR, 1},
				  {PACKET_IGNORE_OUTGOING, 1},
				  {PACKET_LOSS, 1}};
	size_t i;
	int error = 0;

	for (i = 0; i < sizeof(options) / sizeof(options[0]) && !error; i++)
		error = set(fd, options[i][0], options[i][1]);
	return error;
}

/* All that fits into a ring may be on its way at a time. */
static void widen(int fd)
{
	const int options[][2] = {{SO_SNDBUFFORCE, SO_SNDBUF},
				  {SO_RCVBUFFORCE, SO_RCVBUF}};
	int bytes = TX_BYTES, i;

	for (i = 0; i < 2; i++)
		if (setsockopt(fd, SOL_SOCKET, options[i][0], &bytes,
			       sizeof(bytes)) < 0)
			setsockopt(fd, SOL_SOCKET, options[i][1], &bytes,
				   sizeof(bytes));
}

/*
 * Without a ring, nothing beside a frame says that it had a VLAN tag, so those
 * that have one (but for a priority) are stopped before.
 */
static int refuse_tagged(int fd)
{
	static const uint32_t present = (uint32_t)SKF_AD_OFF +
					SKF_AD_VLAN_TAG_PRESENT,
			      tag = (uint32_t)SKF_AD_OFF + SKF_AD_VLAN_TAG;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, present),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, tag),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0xfff, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program)) < 0
		       ? -errno
		       : 0;
}

static int set_ring(int fd, int option, const struct tpacket_req3 *req)
{
	int done = setsockopt(fd, SOL_PACKET, option, req, sizeof(*req));

	return done < 0 ? -errno : 0;
}

static int make_rx(struct packet *p)
{
	struct tpacket_req3 req = {
		.tp_block_size = RX_BLOCK,
		.tp_block_nr = RX_BYTES / RX_BLOCK,
		.tp_frame_size = TPACKET_ALIGNMENT << 7,
		.tp_retire_blk_tov = RX_RETIRE_MS,
	};

	req.tp_frame_nr = RX_BYTES / req.tp_frame_size;
	p->rx.block_size = req.tp_block_size;
	p->rx.n_blocks = req.tp_block_nr;
	return set_ring(p->fd, PACKET_RX_RING, &req);
}

/*
 * Slots are an odd number of cache lines apart: were they a power of two, their
 * headers would all want the same few lines.
 */
static int make_tx(struct packet *p)
{
	struct tpacket_req3 req = {.tp_block_size = TX_BLOCK,
				   .tp_block_nr = TX_BYTES / TX_BLOCK};
	uint32_t longest = LONGEST;

	if (!(p->link.flags & TERN_IF_GSO))
		longest -= 65535 - p->link.mtu;
	longest += PACKET_TX_HEADER;
	p->tx.slot_size = ((longest / CACHE_LINE + 1) | 1) * CACHE_LINE;
	p->tx.block_size = req.tp_block_size;
	p->tx.per_block = req.tp_block_size / p->tx.slot_size;
	p->tx.n_slots = p->tx.per_block * req.tp_block_nr;
	req.tp_frame_size = p->tx.slot_size;
	req.tp_frame_nr = p->tx.n_slots;
	return set_ring(p->fd, PACKET_TX_RING, &req);
}

/* The kernel maps both rings at once, that of received frames first. */
static int map_rings(struct packet *p)
{
	int error = set_options(p->fd);

	if (!error)
		error = make_rx(p);
	if (!error)
		error = make_tx(p);
	if (error)
		return error;
	p->map_len = RX_BYTES + TX_BYTES;
	p->map = mmap(NULL, p->map_len, PROT_READ | PROT_WRITE, MAP_SHARED,
		      p->fd, 0);
	if (p->map == MAP_FAILED)
		return -errno;
	p->rx.map = p->map;
	p->tx.map = p->rx.map + RX_BYTES;
	return 0;
}

static int bind_to(int fd, int ifindex)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = ifindex};

	return bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ? -errno : 0;
}

static int new_socket(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	widen(fd);
	return fd;
}

static int open_rings(struct packet *p, const struct device_info *d)
{
	int error;

	p->fd = p->link.pollfd = new_socket();
	if (p->fd < 0)
		return p->fd;
	error = map_rings(p);
	if (error)
		goto fail;
	error = bind_to(p->fd, d->ifindex);
	if (!error)
		return 0;
	munmap(p->map, p->map_len);
fail:
	close(p->fd);
	return error;
}

static int open_plain(struct packet_plain *p, const struct device_info *d)
{
	int fd = new_socket(), error;

	if (fd < 0)
		return fd;
	p->tun.fd = p->tun.link.pollfd = fd;
	error = set(fd, PACKET_VNET_HDR, 1);
	if (!error)
		error = set(fd, PACKET_IGNORE_OUTGOING, 1);
	if (!error)
		error = refuse_tagged(fd);
	if (!error)
		error = bind_to(fd, d->ifindex);
	if (error)
		close(fd);
	return error;
}

static void fill_link(struct tern_link *l, const struct device_info *d,
		      const struct tern_packet_config *c)
{
	l->mtu = c->mtu ? c->mtu : d->mtu;
	l->flags = TERN_IF_ETHERNET;
	if (c->offload)
		l->flags |= TERN_IF_CSUM | TERN_IF_GSO;
	memcpy(l->mac, d->mac, sizeof(l->mac));
}

static int make_rings(struct tern_link **l, const struct device_info *d,
		      const struct tern_packet_config *c)
{
	struct packet *p = c->alloc.alloc(c->alloc.ctx, sizeof(*p));
	int error;

	if (!p)
		return -ENOMEM;
	memset(p, 0, sizeof(*p));
	fill_link(&p->link, d, c);
	p->link.ops = &packet_ops;
	p->link.name = memcpy(p->name, d->name, sizeof(p->name));
	p->blocks = c->blocks;
	p->alloc = c->alloc;
	p->retry_at = TERN_NEVER;
	error = open_rings(p, d);
	if (error)
		c->alloc.free(c->alloc.ctx, p, sizeof(*p));
	else
		*l = &p->link;
	return error;
}

static int make_plain(struct tern_link **l, const struct device_info *d,
		      const struct tern_packet_config *c)
{
	struct packet_plain *p = c->alloc.alloc(c->alloc.ctx, sizeof(*p));
	int error;

	if (!p)
		return -ENOMEM;
	memset(p, 0, sizeof(*p));
	fill_link(&p->tun.link, d, c);
	p->tun.link.ops = &packet_plain_ops;
	p->tun.link.name = memcpy(p->tun.name, d->name, sizeof(p->tun.name));
	p->tun.blocks = c->blocks;
	p->tun.alloc = c->alloc;
	p->tun.frame_max = (uint32_t)LONGEST;
	p->tun.offload = true;
	error = open_plain(p, d);
	if (error)
		c->alloc.free(c->alloc.ctx, p, sizeof(*p));
	else
		*l = &p->tun.link;
	return error;
}

int tern_packet_open(struct tern_link **l, const struct tern_packet_config *c)
{
	struct device_info d;
	int error;

	if (!c->blocks || !c->alloc.alloc || !c->alloc.free || c->mtu > 65535)
		return -EINVAL;
	error = device_find(&d, c->name);
	if (error)
		return error;
	if (!d.ethernet || d.mtu > 65535)
		return -EINVAL;
	return c->immediate ? make_plain(l, &d, c) : make_rings(l, &d, c);
}
