/* SPDX-License-Identifier: ISC */
/*
 * through.c - frames through the links of tern
 *
 * A frame that is sent is as a stack makes it: headers in the head, and one
 * reference on a block.  A frame received is released when it was looked at.
 */
#include "link.h"

#include <errno.h>
#include <string.h>

#include <tern/libc.h>
#include <tern/link.h>

#define HEAD 54 /* Ethernet, IPv4 and TCP */

static struct tern_link *link_;
static struct tern_block_pool *blocks;
static struct tern_frame model, frames[BURST];
static tern_time now;

/* Makes the frame that is sent, and the pool. */
static void begin(uint32_t size)
{
	struct tern_allocator alloc = tern_libc_allocator();
	uint32_t head = size < HEAD ? size : HEAD;
	uint8_t bytes[FRAME_MAX];

	wire_frame(bytes, size);
	blocks = tern_block_pool_create(&alloc, 64 << 20);
	must(blocks, "no memory");
	tern_frame_init(&model);
	memcpy(model.head, bytes, head);
	model.head_len = (uint16_t)head;
	model.len = size;
	if (size == head)
		return;
	model.n_parts = 1;
	model.part[0].block = tern_block_get(blocks, size);
	must(model.part[0].block, "no memory");
	model.part[0].data = tern_block_data(model.part[0].block);
	model.part[0].len = size - head;
	memcpy(model.part[0].data, bytes + head, size - head);
}

static int opened(int error)
{
	if (error)
		skip("no such link", -error);
	return link_->pollfd;
}

static int tap_open(uint32_t size)
{
	struct tern_tun_config c = {
		.name = DEVICE, .tap = true, .alloc = tern_libc_allocator()};

	begin(size);
	c.blocks = blocks;
	return opened(tern_tun_open(&link_, &c));
}

static int packet_open(uint32_t size)
{
	struct tern_packet_config c = {.name = DEVICE,
				       .alloc = tern_libc_allocator()};

	c.offload = argument("offload", 0);
	begin(size);
	c.blocks = blocks;
	return opened(tern_packet_open(&link_, &c));
}

static int xdp_open(uint32_t size)
{
	struct tern_xdp_config c = {.name = DEVICE,
				    .mode = TERN_XDP_COPY,
				    .alloc = tern_libc_allocator()};

	begin(size);
	c.blocks = blocks;
	return opened(tern_xdp_open(&link_, &c));
}

static uint32_t through_send(uint32_t n)
{
	uint32_t i;
	int sent;

	for (i = 0; i < n; i++)
		tern_frame_share(&frames[i], &model);
	sent = tern_link_send(link_, frames, (int)n, ++now);
	must_not_fail(sent, "send");
	for (i = (uint32_t)sent; i < n; i++)
		tern_frame_release(&frames[i]);
	return (uint32_t)sent;
}

static uint32_t through_recv(uint32_t max)
{
	int n = max < BURST ? (int)max : BURST, i;

	n = tern_link_recv(link_, frames, n, ++now);
	must_not_fail(n, "recv");
	for (i = 0; i < n; i++) {
		looked_at += frames[i].part[0].data[12];
		tern_frame_release(&frames[i]);
	}
	return (uint32_t)n;
}

const struct mover tern_tap = {tap_open, through_send, through_recv};
const struct mover tern_packet = {packet_open, through_send, through_recv};
const struct mover tern_xdp = {xdp_open, through_send, through_recv};
