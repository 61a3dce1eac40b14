/* SPDX-License-Identifier: ISC */
/*
 * pipe.c - a link in memory: what goes in at one end comes out at the other
 *
 * Each direction is a ring of frames that is allocated once.  A frame is moved
 * into the ring and out of it again; its payload stays where it is, so that a
 * transfer through a pipe copies no data at all.  Time plays no part.
 *
 * An end that is closed takes no more; the other end may still read what is
 * under way and is then told that the device is gone.
 */
#include <tern/link.h>

#include <errno.h>
#include <string.h>

#include <tern/netif.h>

#define DEFAULT_MTU   1500
#define DEFAULT_DEPTH 1024

/* Frames under way in one direction: n of them from `first` on, cyclic. */
struct ring {
	struct tern_frame *frames;
	uint32_t first, n;
};

struct pipe_end {
	struct tern_link link; /* must be first */
	struct pipe *pipe;
	struct ring *in, *out;
	bool open;
};

struct pipe {
	struct tern_allocator alloc;
	uint32_t depth; /* of each ring */
	struct ring rings[2];
	struct pipe_end ends[2];
};

static struct pipe_end *end_of(struct tern_link *l)
{
	return (struct pipe_end *)(void *)l;
}

static const struct pipe_end *peer_of(const struct pipe_end *e)
{
	return &e->pipe->ends[e == &e->pipe->ends[0]];
}

static struct tern_frame *slot(const struct pipe *p, const struct ring *r,
			       uint32_t i)
{
	uint64_t at = (uint64_t)r->first + i;

	return &r->frames[at < p->depth ? at : at - p->depth];
}

static int pipe_send(struct tern_link *l, struct tern_frame *frames, int n,
		     tern_time now)
{
	struct pipe_end *e = end_of(l);
	struct ring *r = e->out;
	struct tern_frame *const end = r->frames + e->pipe->depth;
	struct tern_frame *at = slot(e->pipe, r, r->n);
	const uint32_t room = e->pipe->depth - r->n;
	int i;

	(void)now;
	if (!peer_of(e)->open)
		return -ENODEV;
	for (i = 0; i < n && (uint32_t)i < room; i++) {
		tern_frame_move(at, &frames[i]);
		if (++at == end)
			at = r->frames;
	}
	r->n += (uint32_t)i;
	return i;
}

static int pipe_recv(struct tern_link *l, struct tern_frame *frames, int max,
		     tern_time now)
{
	struct pipe_end *e = end_of(l);
	struct ring *r = e->in;
	struct tern_frame *const end = r->frames + e->pipe->depth;
	struct tern_frame *at = slot(e->pipe, r, 0);
	int i;

	(void)now;
	if (r->n == 0 && !peer_of(e)->open)
		return -ENODEV;
	for (i = 0; i < max && (uint32_t)i < r->n; i++) {
		tern_frame_move(&frames[i], at);
		if (++at == end)
			at = r->frames;
	}
	r->first = (uint32_t)(at - r->frames);
	r->n -= (uint32_t)i;
	if (r->n == 0) /* the places that were used last are in the cache */
		r->first = 0;
	return i;
}

static tern_time pipe_deadline(const struct tern_link *l)
{
	(void)l;
	return TERN_NEVER;
}

static void drop_all(const struct pipe *p, struct ring *r)
{
	while (r->n > 0)
		tern_frame_release(slot(p, r, --r->n));
}

static void free_rings(struct pipe *p)
{
	size_t size = p->depth * sizeof(struct tern_frame);
	int i;

	for (i = 0; i < 2; i++)
		if (p->rings[i].frames)
			p->alloc.free(p->alloc.ctx, p->rings[i].frames, size);
}

static void pipe_close(struct tern_link *l)
{
	struct pipe_end *e = end_of(l);
	struct pipe *p = e->pipe;
	struct tern_allocator alloc = p->alloc;

	e->open = false;
	drop_all(p, e->in);
	if (peer_of(e)->open)
		return;
	free_rings(p);
	alloc.free(alloc.ctx, p, sizeof(*p));
}

static const struct tern_link_ops pipe_ops = {
	.send = pipe_send,
	.recv = pipe_recv,
	.deadline = pipe_deadline,
	.close = pipe_close,
};

static void end_init(struct pipe *p, int i, const struct tern_pipe_config *c)
{
	struct pipe_end *e = &p->ends[i];

	e->link.ops = &pipe_ops;
	e->link.flags = c->flags;
	e->link.mtu = c->mtu ? c->mtu : DEFAULT_MTU;
	e->link.pollfd = -1;
	e->link.name = "pipe";
	e->link.mac[0] = 2; /* locally administered */
	e->link.mac[5] = (uint8_t)(i + 1);
	e->pipe = p;
	e->in = &p->rings[1 - i];
	e->out = &p->rings[i];
	e->open = true;
}

int tern_pipe_create(struct tern_link *ends[2],
		     const struct tern_pipe_config *c)
{
	struct pipe *p;
	size_t size;
	int i;

	if (!c->alloc.alloc || !c->alloc.free || c->mtu > 65535 ||
	    c->depth > UINT32_MAX / sizeof(struct tern_frame))
		return -EINVAL;
	p = c->alloc.alloc(c->alloc.ctx, sizeof(*p));
	if (!p)
		return -ENOMEM;
	memset(p, 0, sizeof(*p));
	p->alloc = c->alloc;
	p->depth = c->depth ? c->depth : DEFAULT_DEPTH;
	size = p->depth * sizeof(struct tern_frame);
	for (i = 0; i < 2; i++) {
		end_init(p, i, c);
		p->rings[i].frames = p->alloc.alloc(p->alloc.ctx, size);
		if (!p->rings[i].frames) {
			free_rings(p);
			p->alloc.free(p->alloc.ctx, p, sizeof(*p));
			return -ENOMEM;
		}
		ends[i] = &p->ends[i].link;
	}
	return 0;
}
