/* SPDX-License-Identifier: ISC */
/*
 * parts.h - how the parts of a world hang together, for sim/ only
 *
 * The world owns its hosts and wires, both in the order in which they were
 * made: everything walks them in this order, which makes it repeatable.
 */
#ifndef TERN_SIM_PARTS_H
#define TERN_SIM_PARTS_H

#include <tern/netif.h>
#include <tern/stack.h>

#include "agenda.h"
#include "chance.h"
#include "host.h"
#include "wire.h"
#include "world.h"

/* How many frames are moved at once. */
#define SIM_BATCH 64

/* An allocator that knows what it has given out. */
struct sim_ledger {
	size_t bytes;
	size_t pieces;
};

struct sim_program {
	sim_program_fn *fn;
	void *ctx;
};

struct sim_tracer {
	tern_trace_fn *fn;
	void *ctx;
};

struct sim_host {
	struct sim_world *world;
	struct sim_host *next;
	char name[SIM_HOST_NAME];
	struct sim_host_config config;
	struct tern *stack; /* NULL only if a restart failed */
	struct sim_ledger ledger;
	uint64_t seed;
	uint64_t n_restarts;

	struct sim_tracer tracer[SIM_HOST_TRACERS];
	int n_tracers;
	struct sim_program *program;
	size_t n_programs, programs_size;

	bool touched; /* something happened: advance, call the programs */
	bool active;  /* had a part in this step: check it */
};

/* One end of a wire. */
struct sim_end {
	struct sim_host *host; /* NULL: raw */
	struct tern_link *link;
	int ifindex;
	uint32_t addr;
	int prefix_len; /* -1: no address */

	/* Frames that the link would not take yet; the stack has to wait. */
	struct tern_frame *held;
	int n_held;
};

struct sim_wire {
	struct sim_world *world;
	struct sim_wire *next;
	char name[TERN_IF_NAME];
	struct sim_end end[2];
	struct tern_link *impair; /* inside end[0].link */
	struct tern_impair_dir dir[2];
	bool is_cut;
	sim_wire_filter_fn *filter;
	void *filter_ctx;
	sim_wire_watch_fn *watch;
	void *watch_ctx;
	sim_wire_raw_fn *raw;
	void *raw_ctx;
};

struct sim_world {
	tern_time now;
	uint64_t seed;
	struct sim_chance chance;
	struct sim_agenda agenda;
	struct sim_host *hosts, **hosts_end;
	struct sim_wire *wires, **wires_end;
	unsigned int n_hosts, n_wires;
	struct sim_ledger ledger; /* of the pool and the links */
	struct tern_block_pool *blocks;
	bool check;
	uint64_t rounds; /* at this instant */
	int failed;	 /* negative errno, 0 if the world is well */
	char error[160];
	struct tern_frame frames[SIM_BATCH];
};

/* The allocator that counts in `ledger`. */
struct tern_allocator sim_ledger_allocator(struct sim_ledger *ledger);

/*
 * Notes that the world has failed; the first failure stays.  Returns `err`.
 */
int sim_world_fail(struct sim_world *w, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Lets a host's timers fire and its programs run.  True if there were any. */
bool sim_host_run(struct sim_host *h);
void sim_host_free(struct sim_host *h);

/* Moves what can be moved at both ends.  True if anything was. */
bool sim_wire_run(struct sim_wire *wire);
tern_time sim_wire_deadline(const struct sim_wire *wire);

/* Makes the interface of an end at a host that has a new stack. */
int sim_wire_attach(struct sim_wire *wire, int end);
void sim_wire_free(struct sim_wire *wire);

#endif
