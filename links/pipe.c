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
	uint32_t depth; /* places */
	uint32_t first, n;
};

struct pipe_end {
	struct tern_link link; /* must be first */
	struct pipe *pipe;
	struct pipe_end *peer;
	struct ring *in, *out;
	bool open;
};

struct pipe {
	struct tern_allocator alloc;
	struct ring rings[2];
	struct pipe_end ends[2];
};

static struct pipe_end *end_of(struct tern_link *l)
{
	return (struct pipe_end *)(void *)l;
}

static struct tern_frame *slot(const struct ring *r, uint32_t i)
{
	const uint64_t at = (uint64_t)r->first + i;

	return &r->frames[at < r->depth ? at : at - r->depth];
}

static int pipe_send(struct tern_link *l, struct tern_frame *frames, int n,
		     tern_time now)
{
	struct pipe_end *e = end_of(l);
	struct ring *r = e->out;
	int i;

	(void)now;
	if (!e->peer->open)
		return -ENODEV;
	for (i = 0; i < n && r->n < r->depth; i++)
		tern_frame_move(slot(r, r->n++), &frames[i]);
	return i;
}

static int pipe_recv(struct tern_link *l, struct tern_frame *frames, int max,
		     tern_time now)
{
	struct pipe_end *e = end_of(l);
	struct ring *r = e->in;
	int i;

	(void)now;
	if (r->n == 0 && !e->peer->open)
		return -ENODEV;
	for (i = 0; i < max && r->n > 0; i++) {
		tern_frame_move(&frames[i], slot(r, 0));
		r->first = r->first + 1 < r->depth ? r->first + 1 : 0;
		r->n--;
	}
	if (r->n == 0) /* the places that were used last are in the cache */
		r->first = 0;
	return i;
}

static tern_time pipe_deadline(const struct tern_link *l)
{
	(void)l;
	return TERN_NEVER;
}

static void drop_all(struct ring *r)
{
	while (r->n > 0)
		tern_frame_release(slot(r, --r->n));
}

static void free_rings(struct pipe *p)
{
	int i;

	for (i = 0; i < 2; i++)
		if (p->rings[i].frames)
			p->alloc.free(p->alloc.ctx, p->rings[i].frames,
				      p->rings[i].depth *
					      sizeof(struct tern_frame));
}

static void pipe_close(struct tern_link *l)
{
	struct pipe_end *e = end_of(l);
	struct pipe *p = e->pipe;
	struct tern_allocator alloc = p->alloc;

	e->open = false;
	drop_all(e->in);
	if (e->peer->open)
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
	e->peer = &p->ends[1 - i];
	e->in = &p->rings[1 - i];
	e->out = &p->rings[i];
	e->open = true;
}

int tern_pipe_create(struct tern_link *ends[2],
		     const struct tern_pipe_config *c)
{
	const uint32_t depth = c->depth ? c->depth : DEFAULT_DEPTH;
	struct pipe *p;
	int i;

	if (!c->alloc.alloc || !c->alloc.free || c->mtu > 65535 ||
	    c->depth > UINT32_MAX / sizeof(struct tern_frame))
		return -EINVAL;
	p = c->alloc.alloc(c->alloc.ctx, sizeof(*p));
	if (!p)
		return -ENOMEM;
	memset(p, 0, sizeof(*p));
	p->alloc = c->alloc;
	for (i = 0; i < 2; i++) {
		end_init(p, i, c);
		p->rings[i].depth = depth;
		p->rings[i].frames = p->alloc.alloc(
			p->alloc.ctx, depth * sizeof(struct tern_frame));
		if (!p->rings[i].frames) {
			free_rings(p);
			p->alloc.free(p->alloc.ctx, p, sizeof(*p));
			return -ENOMEM;
		}
		ends[i] = &p->ends[i].link;
	}
	return 0;
}
