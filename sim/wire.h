/* SPDX-License-Identifier: ISC */
/*
 * wire.h - a wire joins two hosts: a memory pipe that can be impaired
 *
 *	host[0] - capture - impair - pipe ============ pipe - host[1]
 *
 * Both directions are impaired by one middleware at end 0.  Either end may be
 * without a host; then a function takes its frames (see raw_peer.h).
 */
#ifndef TERN_SIM_WIRE_H
#define TERN_SIM_WIRE_H

#include <tern/link.h>
#include <tern/types.h>

struct sim_host;
struct sim_wire;
struct sim_world;

/* Gets a frame at an end without a host; the frame stays the caller's. */
typedef void sim_wire_raw_fn(void *ctx, const struct tern_frame *f,
			     tern_time now);

struct sim_wire_config {
	struct sim_host *host[2]; /* NULL: an end without a host */
	const char *addr[2];	  /* "10.0.0.1/24"; NULL: no address */
	uint32_t flags;		  /* enum tern_if_flag */
	uint32_t mtu;		  /* 0: 1500 */
	uint32_t depth;		  /* of the pipe in frames; 0: its default */
	struct tern_impair_dir dir[2]; /* dir[i]: for frames from end i */
	sim_wire_raw_fn *raw;	       /* for an end without a host */
	void *raw_ctx;
	tern_capture_fn *capture; /* pcapng of what end 0 sees; NULL: none */
	void *capture_ctx;
	uint32_t capture_index; /* interface number within the file */
};

/*
 * Joins two hosts; an interface with the address comes up at each.  Returns 0
 * and the wire, -EINVAL if an address cannot be read, the stacks' or links'
 * error, or -ENOMEM.  A wire belongs to its world.
 */
TERN_CHECK int sim_wire_create(struct sim_wire **wire, struct sim_world *w,
			       const struct sim_wire_config *c);

/* The interface index at an end, 0 if there is no host. */
int sim_wire_ifindex(const struct sim_wire *wire, int end);

/* Changes the impairment from now on; NULL leaves a direction as it is. */
void sim_wire_impair(struct sim_wire *wire, const struct tern_impair_dir *from0,
		     const struct tern_impair_dir *from1);

/* What chance has done to frames from an end. */
void sim_wire_stats(const struct sim_wire *wire, int from,
		    struct tern_impair_stats *stats);

/* Cuts the cable, or mends it.  What is under way still arrives. */
void sim_wire_cut(struct sim_wire *wire);
void sim_wire_mend(struct sim_wire *wire);
bool sim_wire_is_cut(const struct sim_wire *wire);

/*
 * The filter is asked about each frame that is put on the wire, before chance
 * is; it returns true to lose the frame.  NULL takes it away.
 */
typedef bool sim_wire_filter_fn(void *ctx, int from, const struct tern_frame *f,
				tern_time now);
void sim_wire_filter(struct sim_wire *wire, sim_wire_filter_fn *fn, void *ctx);

/*
 * The watcher is told of each frame put on the wire, and whether cut or filter
 * lost it (what chance loses afterwards, it is not told).
 */
typedef void sim_wire_watch_fn(void *ctx, int from, const struct tern_frame *f,
			       bool lost, tern_time now);
void sim_wire_watch(struct sim_wire *wire, sim_wire_watch_fn *fn, void *ctx);

/* Has the frames for an end without a host go elsewhere from now on. */
void sim_wire_set_raw(struct sim_wire *wire, sim_wire_raw_fn *fn, void *ctx);

/*
 * Puts a frame on the wire at an end without a host.  Takes the frame over.
 * Returns 0 or -ENOBUFS if the pipe is full (the frame is released).
 */
TERN_CHECK int sim_wire_inject(struct sim_wire *wire, int end,
			       struct tern_frame *f);

#endif
