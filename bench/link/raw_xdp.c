/* SPDX-License-Identifier: ISC */
/* raw_xdp.c - an AF_XDP socket: the four rings, and nothing around them */
#include "link.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_xdp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <xdp/libxdp.h>
#include <xdp/xsk.h>

#define N    2048U
#define SIZE 2048U

static struct xsk_ring_prod fill, tx;
static struct xsk_ring_cons done, rx;
static struct xsk_socket *xsk;
static uint8_t *area, frame[FRAME_MAX];
static uint32_t frame_size, n_spare;
static uint64_t spare[N];

static void fill_all(void)
{
	uint32_t at = 0, i;

	xsk_ring_prod__reserve(&fill, N, &at);
	for (i = 0; i < N; i++) {
		*xsk_ring_prod__fill_addr(&fill, at + i) = (uint64_t)i * SIZE;
		spare[n_spare++] = (uint64_t)(N + i) * SIZE;
	}
	xsk_ring_prod__submit(&fill, N);
}

static int xdp_open(uint32_t size)
{
	const struct xsk_umem_config config = {
		.fill_size = N, .comp_size = N, .frame_size = SIZE};
	const struct xsk_socket_config socket = {
		.rx_size = N,
		.tx_size = N,
		.bind_flags = XDP_COPY | XDP_USE_NEED_WAKEUP};
	struct xsk_umem *umem;
	int error;

	frame_size = size;
	wire_frame(frame, size);
	libbpf_set_print(NULL);
	libxdp_set_print(NULL);
	area = mmap(NULL, (size_t)2 * N * SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	must(area != MAP_FAILED, "mmap");
	error = xsk_umem__create(&umem, area, (uint64_t)2 * N * SIZE, &fill,
				 &done, &config);
	if (error)
		skip("no AF_XDP", -error);
	fill_all();
	error = xsk_socket__create(&xsk, DEVICE, 0, umem, &rx, &tx, &socket);
	if (error)
		skip("no AF_XDP", -error);
	return xsk_socket__fd(xsk);
}

static uint32_t xdp_send(uint32_t n)
{
	uint32_t at, i, tries = N, got = xsk_ring_cons__peek(&done, N, &at);

	for (i = 0; i < got; i++)
		spare[n_spare++] = *xsk_ring_cons__comp_addr(&done, at + i);
	if (got > 0)
		xsk_ring_cons__release(&done, got);
	if (n > n_spare)
		n = n_spare;
	n = xsk_ring_prod__reserve(&tx, n, &at);
	for (i = 0; i < n; i++) {
		struct xdp_desc *d = xsk_ring_prod__tx_desc(&tx, at + i);

		d->addr = spare[--n_spare];
		d->len = frame_size;
		d->options = 0;
		memcpy(area + d->addr, frame, frame_size);
	}
	xsk_ring_prod__submit(&tx, n);
	while (xsk_ring_prod__needs_wakeup(&tx) && tries-- > 0 &&
	       sendto(xsk_socket__fd(xsk), NULL, 0, MSG_DONTWAIT, NULL, 0) <
		       0 &&
	       errno == EAGAIN)
		;
	return n;
}

static uint32_t xdp_recv(uint32_t max)
{
	uint32_t at, to = 0, i, n = xsk_ring_cons__peek(&rx, max, &at);
	const struct xdp_desc *d;

	if (n == 0)
		return 0;
	xsk_ring_prod__reserve(&fill, n, &to);
	for (i = 0; i < n; i++) {
		d = xsk_ring_cons__rx_desc(&rx, at + i);
		looked_at += area[d->addr + 12];
		*xsk_ring_prod__fill_addr(&fill, to + i) =
			d->addr - d->addr % SIZE;
	}
	xsk_ring_prod__submit(&fill, n);
	xsk_ring_cons__release(&rx, n);
	return n;
}

const struct mover raw_xdp = {xdp_open, xdp_send, xdp_recv};
