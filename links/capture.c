/* SPDX-License-Identifier: ISC */
/*
 * capture.c - a link that writes down what goes through it
 *
 * Middleware: frames pass untouched, and a flat copy of each goes to the
 * writer as a pcapng block, one call a block.  Of frames that are sent, those
 * are written which the link below has taken; for that they are shared while
 * they are on offer, since nothing is left to look at afterwards.
 *
 * A frame is written as whoever looks at a wire would like it: the checksum
 * completed, in the copy.  A GSO frame is written as the one long packet that
 * it is, with the length that its IP header says.
 *
 * When the writer fails, the capture ends, since blocks that are missing or
 * half there spoil a file; the traffic goes on.
 */
#include <tern/link.h>

#include <errno.h>
#include <string.h>

#include <tern/netif.h>

#include "header.h"
#include "pcapng.h"

#define BATCH	 32
#define DATA_MAX (65535 + TERN_FRAME_HEAD)

struct capture {
	struct tern_link link; /* must be first */
	struct tern_link *below;
	struct tern_capture_config config;
	int error; /* the writer's first */
	uint8_t block[PCAPNG_PACKET_HEAD + DATA_MAX + PCAPNG_PACKET_TAIL];
};

static struct capture *capture_of(struct tern_link *l)
{
	return (struct capture *)(void *)l;
}

static void write_block(struct capture *m, const void *bytes, size_t len)
{
	if (!m->error)
		m->error = m->config.write(m->config.write_ctx, bytes, len);
}

/* Completes the checksum in a flat copy of all bytes of the frame. */
static void finish_checksum(uint8_t *data, uint32_t len,
			    const struct tern_frame *f)
{
	uint32_t at = (uint32_t)f->csum_start + f->csum_offset;

	if (!(f->flags & TERN_FRAME_CSUM_PARTIAL) || len < 2 || at > len - 2)
		return;
	put_be16(data + at, (uint16_t)~folded_sum(0, data + f->csum_start,
						  len - f->csum_start));
}

static void write_frame(struct capture *m, const struct tern_frame *f,
			enum pcapng_direction direction, tern_time now)
{
	uint8_t *data = m->block + PCAPNG_PACKET_HEAD;
	struct pcapng_packet p;

	if (m->error)
		return;
	p.captured = tern_frame_read(f, 0, data, DATA_MAX);
	p.len = f->len;
	p.interface = m->config.interface;
	p.time_ns = now + m->config.epoch_ns;
	p.direction = direction;
	if (p.captured == p.len)
		finish_checksum(data, p.len, f);
	if (m->config.snaplen && p.captured > m->config.snaplen)
		p.captured = m->config.snaplen;
	write_block(m, m->block, pcapng_packet(m->block, &p));
}

/* Offers up to BATCH frames to the link below. */
static int send_batch(struct capture *m, struct tern_frame *frames, int n,
		      tern_time now)
{
	struct tern_frame shared[BATCH];
	int i, sent;

	for (i = 0; i < n; i++)
		tern_frame_share(&shared[i], &frames[i]);
	sent = tern_link_send(m->below, frames, n, now);
	for (i = 0; i < sent; i++)
		write_frame(m, &shared[i], PCAPNG_OUT, now);
	for (i = 0; i < n; i++)
		tern_frame_release(&shared[i]);
	return sent;
}

static int capture_send(struct tern_link *l, struct tern_frame *frames, int n,
			tern_time now)
{
	struct capture *m = capture_of(l);
	int batch, sent, total = 0;

	if (n == 0)
		return tern_link_send(m->below, frames, 0, now);
	while (total < n) {
		batch = n - total < BATCH ? n - total : BATCH;
		sent = send_batch(m, frames + total, batch, now);
		if (sent < 0)
			return total ? total : sent;
		total += sent;
		if (sent < batch)
			break;
	}
	return total;
}

static int capture_recv(struct tern_link *l, struct tern_frame *frames, int max,
			tern_time now)
{
	struct capture *m = capture_of(l);
	int i, n = tern_link_recv(m->below, frames, max, now);

	for (i = 0; i < n; i++)
		write_frame(m, &frames[i], PCAPNG_IN, now);
	return n;
}

static tern_time capture_deadline(const struct tern_link *l)
{
	const struct capture *m = (const struct capture *)(const void *)l;

	return tern_link_deadline(m->below);
}

static void capture_close(struct tern_link *l)
{
	struct capture *m = capture_of(l);
	struct tern_allocator alloc = m->config.alloc;

	tern_link_close(m->below);
	alloc.free(alloc.ctx, m, sizeof(*m));
}

static const struct tern_link_ops capture_ops = {
	.send = capture_send,
	.recv = capture_recv,
	.deadline = capture_deadline,
	.close = capture_close,
};

static void write_start(struct capture *m)
{
	uint16_t type = m->below->flags & TERN_IF_ETHERNET ? PCAPNG_ETHERNET
							   : PCAPNG_RAW;
	const char *name = m->config.name ? m->config.name : m->below->name;

	if (m->config.header) {
		pcapng_section(m->block);
		write_block(m, m->block, PCAPNG_SECTION_LEN);
	}
	write_block(m, m->block,
		    pcapng_interface(m->block, type, m->config.snaplen, name));
}

int tern_capture_create(struct tern_link **l, struct tern_link *below,
			const struct tern_capture_config *c)
{
	struct capture *m;
	int error;

	if (!c->alloc.alloc || !c->alloc.free || !c->write)
		return -EINVAL;
	m = c->alloc.alloc(c->alloc.ctx, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->link = *below;
	m->link.ops = &capture_ops;
	m->below = below;
	m->config = *c;
	m->error = 0;
	write_start(m);
	error = m->error;
	if (error) {
		c->alloc.free(c->alloc.ctx, m, sizeof(*m));
		return error;
	}
	*l = &m->link;
	return 0;
}

int tern_capture_status(const struct tern_link *l)
{
	const struct capture *m = (const struct capture *)(const void *)l;

	return m->error;
}
