/* SPDX-License-Identifier: ISC */
/*
 * host.h - a simulated host: one real stack, and the programs on it
 *
 * A host belongs to its world.  Its stack draws memory from an allocator that
 * counts, so that a leak shows, and its trace goes to any number of listeners.
 */
#ifndef TERN_SIM_HOST_H
#define TERN_SIM_HOST_H

#include <tern/stack.h>
#include <tern/trace.h>
#include <tern/types.h>

struct sim_world;
struct sim_host;

#define SIM_HOST_NAME 16

struct sim_host_config {
	const char *name;     /* at most SIM_HOST_NAME - 1 characters */
	size_t memory_limit;  /* of the stack; 0: its default */
	uint32_t max_sockets; /* 0: the stack's default */
	bool untraced;	      /* no trace hook at all, for measurements */
};

/* Makes a host.  Returns NULL if there is no memory. */
struct sim_host *sim_host_create(struct sim_world *w,
				 const struct sim_host_config *c);

const char *sim_host_name(const struct sim_host *h);
struct sim_world *sim_host_world(const struct sim_host *h);

/*
 * The stack, brought to the present, for calls.  What the calls cause happens
 * in the world's next step.  The pointer is good until the host restarts.
 */
struct tern *sim_host_stack(struct sim_host *h);

/* The same for looking only: it is as the last step left it. */
const struct tern *sim_host_look(const struct sim_host *h);

/*
 * Cuts the power and gives it back: everything the stack knew is gone, nothing
 * is sent.  Interfaces, addresses and listeners to the trace stay; programs
 * (sim_host_add_program) are told nothing.  Returns 0 or -ENOMEM, after which
 * the host is without a stack.
 */
TERN_CHECK int sim_host_restart(struct sim_host *h);

/* Bytes that the stack has from its allocator now. */
size_t sim_host_memory(const struct sim_host *h);

/*
 * Adds a listener to the trace, at most SIM_HOST_TRACERS.  It must not call
 * into the stack.  Returns 0, -ENOSPC, or -EINVAL if the host is untraced.
 */
#define SIM_HOST_TRACERS 8
TERN_CHECK int sim_host_add_tracer(struct sim_host *h, tern_trace_fn *fn,
				   void *ctx);

/*
 * Adds a program: it is called whenever something happened at the host, until
 * it says that there was nothing to do.  Returns 0 or -ENOMEM.
 */
typedef bool sim_program_fn(void *ctx);
TERN_CHECK int sim_host_add_program(struct sim_host *h, sim_program_fn *fn,
				    void *ctx);
void sim_host_remove_program(struct sim_host *h, const void *ctx);

/* Has the programs called in this step (or the next, between steps). */
void sim_host_wake(struct sim_host *h);

#endif
