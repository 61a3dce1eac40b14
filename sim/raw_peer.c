/* SPDX-License-Identifier: ISC */
/*
 * raw_peer.c - a peer without a stack
 */
#include "raw_peer.h"

#include <errno.h>
#include <stdlib.h>

#include <tern/netif.h>

#include "host.h"
#include "world.h"

/* The longest text that one segment may carry. */
#define TEXT_MAX 9000

struct sim_raw_peer {
	struct sim_world *world;
	struct sim_wire *wire;
	uint32_t addr, peer;
	unsigned int n_received;
	struct sim_segment last;
	sim_raw_segment_fn *fn;
	void *ctx;
};

static void on_frame(void *ctx, const struct tern_frame *f, tern_time now)
{
	struct sim_raw_peer *p = ctx;
	struct sim_segment s;

	(void)now;
	if (!sim_segment_read(&s, f))
		return;
	p->last = s;
	p->n_received++;
	if (p->fn)
		p->fn(p->ctx, &s);
}

int sim_raw_peer_create(struct sim_raw_peer **out, struct sim_world *w,
			struct sim_host *host, const struct sim_wire_config *c)
{
	struct sim_raw_peer *p = calloc(1, sizeof(*p));
	struct sim_wire_config config = *c;
	int len, err;

	*out = NULL;
	if (!p)
		return -ENOMEM;
	p->world = w;
	config.host[0] = NULL;
	config.host[1] = host;
	config.flags = 0;
	config.raw = on_frame;
	config.raw_ctx = p;
	err = tern_parse_prefix(c->addr[0], &p->addr, &len);
	if (!err)
		err = tern_parse_prefix(c->addr[1], &p->peer, &len);
	if (!err)
		err = sim_wire_create(&p->wire, w, &config);
	if (err) {
		free(p);
		return err;
	}
	*out = p;
	return 0;
}

void sim_raw_peer_destroy(struct sim_raw_peer *p)
{
	if (!p)
		return;
	sim_wire_set_raw(p->wire, NULL, NULL);
	free(p);
}

struct sim_wire *sim_raw_peer_wire(struct sim_raw_peer *p)
{
	return p->wire;
}

uint32_t sim_raw_peer_addr(const struct sim_raw_peer *p)
{
	return p->addr;
}

void sim_raw_peer_on_segment(struct sim_raw_peer *p, sim_raw_segment_fn *fn,
			     void *ctx)
{
	p->fn = fn;
	p->ctx = ctx;
}

unsigned int sim_raw_peer_n_received(const struct sim_raw_peer *p)
{
	return p->n_received;
}

const struct sim_segment *sim_raw_peer_last(const struct sim_raw_peer *p)
{
	return &p->last;
}

int sim_raw_peer_send(struct sim_raw_peer *p, const struct sim_segment *s,
		      const void *text)
{
	uint8_t bytes[SIM_SEGMENT_HEAD + TEXT_MAX];
	struct sim_segment out = *s;
	struct tern_frame f;
	uint32_t len;

	if (s->len > TEXT_MAX)
		return -EMSGSIZE;
	if (!out.src)
		out.src = p->addr;
	if (!out.dst)
		out.dst = p->peer;
	len = sim_segment_write(&out, text, bytes);
	if (tern_frame_copy(&f, sim_world_blocks(p->world), bytes, len))
		return -ENOBUFS;
	return sim_wire_inject(p->wire, 0, &f);
}
