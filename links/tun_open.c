/* SPDX-License-Identifier: ISC */
/*
 * tun_open.c - making a link of a TUN or TAP device
 *
 * The device is opened, and that is all: to take it up and to give the
 * kernel's end an address is the business of ip(8), or of who calls.
 *
 * With offload the kernel is told that this end takes partial checksums and
 * TCP over IPv4 in frames of up to 64 KiB.  The other direction needs no
 * telling: the vnet header of each frame says what it is.
 *
 * With multi_queue each opening is one more queue of the device.  The kernel
 * remembers on which queue it saw a flow, and sends to that; a new flow goes by
 * its hash.
 *
 * On a TAP the device's own address is the kernel's end; ours is another
 * station on the same wire and gets a random, locally administered address.
 * All queues must be the same station: theirs is the kernel's, but for a bit.
 */
#include "tun.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <tern/netif.h>

#include "device.h"
#include "ring.h"
#include "vnet.h"

#define ETHERNET_MAX 18	   /* header, and a VLAN tag */
#define SUPER_MAX    65535 /* an IP datagram */
#define MTU_DEFAULT  1500  /* of a socket, which does not know its own */

/* What was found out about a descriptor. */
struct device {
	int fd;
	bool tap, offload, multi_queue;
	uint32_t mtu;
	uint8_t mac[6]; /* of our end */
	char name[IFNAMSIZ];
};

static int last_error(int result)
{
	return result < 0 ? -errno : 0;
}

static int ask_mtu(struct device *d)
{
	struct device_info info;
	int error = device_find(&info, d->name);

	d->mtu = info.mtu;
	return error;
}

static int set_offload(const struct device *d)
{
	int size = sizeof(struct virtio_net_hdr);
	unsigned long offload = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO_ECN;
	int error;

	if (!d->offload)
		return 0;
	error = last_error(ioctl(d->fd, TUNSETVNETHDRSZ, &size));
	if (error)
		return error;
	return last_error(ioctl(d->fd, TUNSETOFFLOAD, offload));
}

static int make_link(struct tern_link **l, const struct device *d,
		     const struct tern_tun_config *c)
{
	struct tun *t = c->alloc.alloc(c->alloc.ctx, sizeof(*t));
	int error = 0;

	if (!t)
		return -ENOMEM;
	memset(t, 0, sizeof(*t));
	if (c->ring)
		error = ring_open(&t->ring, &c->alloc);
	if (error) {
		c->alloc.free(c->alloc.ctx, t, sizeof(*t));
		return error;
	}
	t->alloc = c->alloc;
	t->blocks = c->blocks;
	t->fd = d->fd;
	t->offload = d->offload;
	memcpy(t->name, d->name, IFNAMSIZ);
	t->link.ops = &tun_ops;
	t->link.name = t->name;
	t->link.mtu = d->mtu;
	t->link.pollfd = d->fd;
	t->link.flags = d->tap ? TERN_IF_ETHERNET : TERN_IF_POINTOPOINT;
	if (d->offload)
		t->link.flags |= TERN_IF_CSUM | TERN_IF_GSO;
	t->frame_max = (d->offload ? SUPER_MAX : d->mtu) + ETHERNET_MAX;
	memcpy(t->link.mac, d->mac, sizeof(d->mac));
	*l = &t->link;
	return 0;
}

static int choose_mac(struct device *d)
{
	struct device_info info;
	int error = 0;

	if (!d->tap)
		return 0;
	if (d->multi_queue) {
		error = device_find(&info, d->name);
		memcpy(d->mac, info.mac, sizeof(d->mac));
		d->mac[5] ^= 1;
	} else if (getrandom(d->mac, sizeof(d->mac), 0) != sizeof(d->mac)) {
		error = -EIO;
	}
	d->mac[0] = (uint8_t)((d->mac[0] & 0xfc) | 2);
	return error;
}

/* Both ways to a link end here: the MTU, the offload, the link. */
static int finish(struct tern_link **l, struct device *d,
		  const struct tern_tun_config *c)
{
	int error = 0;

	if (c->mtu)
		d->mtu = c->mtu;
	else if (!d->mtu)
		error = ask_mtu(d);
	if (!error)
		error = choose_mac(d);
	return error ? error : make_link(l, d, c);
}

static bool usable(const struct tern_tun_config *c)
{
	return c->blocks && c->alloc.alloc && c->alloc.free &&
	       c->mtu <= SUPER_MAX;
}

/* Creates the device, or attaches to one that exists. */
static int set_interface(struct device *d)
{
	struct ifreq ifr = {0};
	int flags = IFF_NO_PI;
	int error;

	flags |= d->tap ? IFF_TAP : IFF_TUN;
	if (d->offload)
		flags |= IFF_VNET_HDR;
	if (d->multi_queue)
		flags |= IFF_MULTI_QUEUE;
	memcpy(ifr.ifr_name, d->name, IFNAMSIZ);
	ifr.ifr_flags = (short)flags;
	error = last_error(ioctl(d->fd, TUNSETIFF, &ifr));
	memcpy(d->name, ifr.ifr_name, IFNAMSIZ);
	return error ? error : set_offload(d);
}

int tern_tun_open(struct tern_link **l, const struct tern_tun_config *c)
{
	struct device d = {.tap = c->tap,
			   .offload = c->offload,
			   .multi_queue = c->multi_queue};
	int error = usable(c) ? device_set_name(d.name, c->name) : -EINVAL;

	if (error)
		return error;
	d.fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (d.fd < 0)
		return -errno;
	error = set_interface(&d);
	if (!error)
		error = finish(l, &d, c);
	if (error)
		close(d.fd);
	return error;
}

/* A socket must keep messages apart, and knows nothing of offload or MTU. */
static int inspect_socket(struct device *d, const struct tern_tun_config *c)
{
	socklen_t len = sizeof(int);
	int type;

	if (getsockopt(d->fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
	    (type != SOCK_DGRAM && type != SOCK_SEQPACKET))
		return -EINVAL;
	d->tap = c->tap;
	d->offload = c->offload;
	d->mtu = MTU_DEFAULT;
	return device_set_name(d->name, c->name ? c->name : "socket");
}

/* A TUN or TAP knows what it is, whatever the configuration says. */
static int inspect(struct device *d, const struct tern_tun_config *c)
{
	struct ifreq ifr = {0};
	unsigned int flags;

	if (ioctl(d->fd, TUNGETIFF, &ifr) < 0) {
		if (errno == EBADFD || errno == EBADF)
			return -errno;
		return inspect_socket(d, c);
	}
	flags = (unsigned short)ifr.ifr_flags;
	if (!(flags & IFF_NO_PI))
		return -EINVAL;
	d->tap = flags & IFF_TAP;
	d->offload = flags & IFF_VNET_HDR;
	memcpy(d->name, ifr.ifr_name, IFNAMSIZ);
	return set_offload(d);
}

int tern_tun_attach(struct tern_link **l, int fd,
		    const struct tern_tun_config *c)
{
	struct device d = {.fd = fd};
	int error, flags;

	if (!usable(c))
		return -EINVAL;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	error = inspect(&d, c);
	return error ? error : finish(l, &d, c);
}
