/* SPDX-License-Identifier: ISC */
/*
 * xdp_open.c - making a link of one queue of an interface, with libxdp
 *
 * libxdp attaches a program to the interface that hands all frames of the queue
 * to the socket, and takes it away with the last socket.  If the driver will
 * not have it, it is attached in front of the kernel's stack (generic XDP).
 *
 * The libraries report to stderr.  A library has no business there: they are
 * quiet while a link is made or ended, and errors are returned.
 */
#include "xdp.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <xdp/libxdp.h>

#include <tern/netif.h>

#include "device.h"

#define HEADROOM     256 /* XDP_PACKET_HEADROOM: the kernel's, in each buffer */
#define ETHERNET_MAX 18	 /* header, and a VLAN tag */
#define SMALL	     2048
#define LARGE	     4096 /* a page is the most there is */
#define BUSY_TRIES   20
#define BUSY_WAIT_NS 10000000
#define BUDGET	     64 /* frames for each round of busy polling */

static bool fits(uint32_t mtu, uint32_t size)
{
	return mtu + ETHERNET_MAX + HEADROOM <= size;
}

static int make_umem(struct xdp *x)
{
	const struct xsk_umem_config config = {
		.fill_size = XDP_BUFFERS,
		.comp_size = XDP_BUFFERS,
		.frame_size = x->buffer_size,
	};
	void *area = mmap(NULL, xdp_area_len(x), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (area == MAP_FAILED)
		return -errno;
	x->area = area;
	return xsk_umem__create(&x->umem, area, xdp_area_len(x), &x->fill,
				&x->done, &config);
}

static void fill_buffers(struct xdp *x)
{
	uint32_t at = 0, i;

	xsk_ring_prod__reserve(&x->fill, XDP_BUFFERS, &at);
	for (i = 0; i < XDP_BUFFERS; i++) {
		*xsk_ring_prod__fill_addr(&x->fill, at + i) =
			(uint64_t)i * x->buffer_size;
		x->spare[i] = (uint64_t)(XDP_BUFFERS + i) * x->buffer_size;
	}
	xsk_ring_prod__submit(&x->fill, XDP_BUFFERS);
	x->n_spare = XDP_BUFFERS;
}

static uint16_t bind_flags(enum tern_xdp_mode mode)
{
	switch (mode) {
	case TERN_XDP_ANY:
		break;
	case TERN_XDP_COPY:
		return XDP_USE_NEED_WAKEUP | XDP_COPY;
	case TERN_XDP_ZEROCOPY:
		return XDP_USE_NEED_WAKEUP | XDP_ZEROCOPY;
	}
	return XDP_USE_NEED_WAKEUP;
}

/* One try, with the driver's XDP or else in front of the stack. */
static int try_socket(struct xdp *x, const struct tern_xdp_config *c)
{
	struct xsk_socket_config config = {
		.rx_size = XDP_BUFFERS,
		.tx_size = XDP_BUFFERS,
		.bind_flags = bind_flags(c->mode),
	};
	int error;

	error = xsk_socket__create(&x->socket, c->name, c->queue, x->umem,
				   &x->rx, &x->tx, &config);
	if (!error || error == -EPERM || error == -EBUSY ||
	    c->mode == TERN_XDP_ZEROCOPY)
		return error;
	config.xdp_flags = XDP_FLAGS_SKB_MODE;
	return xsk_socket__create(&x->socket, c->name, c->queue, x->umem,
				  &x->rx, &x->tx, &config);
}

/*
 * A queue whose socket was closed becomes free a little later, so a program
 * that is started again may find it busy for a moment.
 */
static int make_socket(struct xdp *x, const struct tern_xdp_config *c)
{
	const struct timespec pause = {.tv_nsec = BUSY_WAIT_NS};
	int tries, error = -EBUSY;

	for (tries = 0; error == -EBUSY && tries < BUSY_TRIES; tries++) {
		if (tries > 0)
			nanosleep(&pause, NULL);
		error = try_socket(x, c);
	}
	return error;
}

static int set_busy_poll(int fd, uint32_t us)
{
	const int options[][2] = {{SO_PREFER_BUSY_POLL, 1},
				  {SO_BUSY_POLL, (int)us},
				  {SO_BUSY_POLL_BUDGET, BUDGET}};
	size_t i;

	for (i = 0; us > 0 && i < sizeof(options) / sizeof(options[0]); i++)
		if (setsockopt(fd, SOL_SOCKET, options[i][0], &options[i][1],
			       sizeof(int)) < 0)
			return -errno;
	return 0;
}

/* What the libraries printed with before. */
struct printers {
	libxdp_print_fn_t xdp;
	libbpf_print_fn_t bpf;
};

static struct printers hush(void)
{
	const struct printers p = {.xdp = libxdp_set_print(NULL),
				   .bpf = libbpf_set_print(NULL)};

	return p;
}

static void unhush(struct printers p)
{
	libbpf_set_print(p.bpf);
	libxdp_set_print(p.xdp);
}

static int open_socket(struct xdp *x, const struct tern_xdp_config *c)
{
	struct printers before = hush();
	int error = make_umem(x);

	if (!error) {
		fill_buffers(x);
		error = make_socket(x, c);
	}
	unhush(before);
	if (error)
		return error;
	x->link.pollfd = xsk_socket__fd(x->socket);
	return set_busy_poll(x->link.pollfd, c->busy_poll_us);
}

void xdp_free(struct xdp *x)
{
	struct tern_allocator alloc = x->alloc;
	struct printers before = hush();

	if (x->socket)
		xsk_socket__delete(x->socket);
	if (x->umem)
		xsk_umem__delete(x->umem);
	unhush(before);
	if (x->area)
		munmap(x->area, xdp_area_len(x));
	alloc.free(alloc.ctx, x, sizeof(*x));
}

static void fill_link(struct xdp *x, const struct device_info *d,
		      const struct tern_xdp_config *c)
{
	x->link.ops = &xdp_ops;
	x->link.name = x->name;
	x->link.flags = TERN_IF_ETHERNET | TERN_IF_CSUM;
	x->link.mtu = c->mtu ? c->mtu : d->mtu;
	x->link.pollfd = -1;
	memcpy(x->link.mac, d->mac, sizeof(x->link.mac));
	memcpy(x->name, d->name, sizeof(x->name));
	x->alloc = c->alloc;
	x->blocks = c->blocks;
	x->partial = d->veth;
	x->busy_poll = c->busy_poll_us > 0;
	x->buffer_size = fits(x->link.mtu, SMALL) ? SMALL : LARGE;
	x->retry_at = TERN_NEVER;
}

int tern_xdp_open(struct tern_link **l, const struct tern_xdp_config *c)
{
	struct device_info d;
	struct xdp *x;
	int error;

	if (!c->blocks || !c->alloc.alloc || !c->alloc.free)
		return -EINVAL;
	error = device_find(&d, c->name);
	if (error)
		return error;
	if (!d.ethernet || !fits(c->mtu ? c->mtu : d.mtu, LARGE))
		return -EINVAL;
	x = c->alloc.alloc(c->alloc.ctx, sizeof(*x));
	if (!x)
		return -ENOMEM;
	memset(x, 0, sizeof(*x));
	fill_link(x, &d, c);
	error = open_socket(x, c);
	if (error) {
		xdp_free(x);
		return error;
	}
	*l = &x->link;
	return 0;
}
