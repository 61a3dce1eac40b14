/* SPDX-License-Identifier: ISC */
/*
 * stack.h - a stack: made, fed with frames and time, emptied of frames
 *
 * A program that drives a stack itself does, for ever:
 *
 *	n = frames read from the link;
 *	tern_input(stack, ifindex, frames, n, now);
 *	tern_advance(stack, now);
 *	while ((n = tern_output(stack, ifindex, frames, MAX, now)) > 0)
 *		write frames to the link;
 *	wait until the link is readable or tern_deadline(stack) has come;
 *
 * Calls of <tern/socket.h> may be made at any place between these; what they
 * cause to be sent comes out of the next tern_output().  They use the time of
 * the last entry that was given one.  Nothing here blocks, and nothing is
 * locked: one thread at a time.  <tern/host.h> does all this for programs that
 * do not want to.
 */
#ifndef TERN_STACK_H
#define TERN_STACK_H

#include <tern/frame.h>
#include <tern/trace.h>
#include <tern/types.h>

struct tern_config {
	struct tern_allocator alloc; /* must be set, see <tern/libc.h> */
	size_t memory_limit;	     /* bytes; default 1 GiB */
	uint8_t seed[32];	     /* all randomness comes from it: fill it
					with random bytes, or not at all if a
					run must be repeatable */
	uint32_t max_sockets;	     /* descriptors; default 1 << 20 */
	tern_trace_fn *trace;	     /* NULL: no tracing */
	void *trace_ctx;
};

/* Fills in the defaults; alloc and seed are left empty. */
TERN_API void tern_config_init(struct tern_config *c);

/*
 * Makes a stack at time `now`, with the loopback interface 127.0.0.1/8 (index
 * 1) and nothing else.  Stores it in *n.  Returns 0, -EINVAL if the
 * configuration is unusable, or -ENOMEM.
 */
TERN_API TERN_CHECK int tern_create(struct tern **n,
				    const struct tern_config *c, tern_time now);

/*
 * Ends all at once: nothing is sent, all memory goes back.  Frames that are
 * still held elsewhere remain valid.
 */
TERN_API void tern_destroy(struct tern *n);

/*
 * Frames that arrived on an interface.  Takes them over, all of them; what is
 * unusable is counted and dropped.  Returns 0, or -ENODEV if there is no such
 * interface (the frames are released all the same).
 */
TERN_API int tern_input(struct tern *n, int ifindex, struct tern_frame *frames,
			int n_frames, tern_time now);

/*
 * Lets time pass: fires what is due, and runs the loopback interface.  One call
 * lasts no longer than a few hundred timers take; where more are due,
 * tern_deadline() is not after `now`, and the next call goes on.
 */
TERN_API void tern_advance(struct tern *n, tern_time now);

/*
 * Takes frames to be sent on an interface, at most `max`.  Returns their
 * number, 0 if there are none for now, or -ENODEV.
 */
TERN_API int tern_output(struct tern *n, int ifindex, struct tern_frame *frames,
			 int max, tern_time now);

/* False if tern_output() on this interface would give nothing.  If true, call
 * it: it gives what there is, or sets the timer of what can wait. */
TERN_API bool tern_has_output(const struct tern *n, int ifindex);

/*
 * When tern_advance() must be called next; TERN_NEVER if nothing waits for
 * time to pass.
 */
TERN_API tern_time tern_deadline(const struct tern *n);

/* The time of the last entry that was given one. */
TERN_API tern_time tern_now(const struct tern *n);

/* The stack's pool of blocks, from which drivers read frames. */
TERN_API struct tern_block_pool *tern_blocks(struct tern *n);

/*
 * Replaces the trace hook, from the next event on; NULL ends tracing, and then
 * it costs nothing.  Not to be called from the hook.
 */
TERN_API void tern_set_trace(struct tern *n, tern_trace_fn *trace, void *ctx);

/* Checks every invariant of the stack; traps if one is broken (for tests). */
TERN_API void tern_selfcheck(const struct tern *n);

/*
 * Tunables under Linux's names, such as "net.ipv4.tcp_syncookies".  Values are
 * decimal numbers, several separated by blanks where Linux has several.
 * Returns 0 or the length, -ENOENT if there is no such name, -EINVAL if the
 * value is not a number or out of range.  `min` and `max` tell the range.
 */
TERN_API TERN_CHECK int tern_sysctl_set(struct tern *n, const char *name,
					const char *value);
TERN_API TERN_CHECK int tern_sysctl_get(const struct tern *n, const char *name,
					char *value, size_t size);

/* The i-th tunable; NULL past the last. */
struct tern_sysctl {
	const char *name;
	const char *unit;
	const char *what;
	int64_t min, max, initial;
};
TERN_API const struct tern_sysctl *tern_sysctl_at(int i);

/*
 * Tunables whose names resemble `name`, the most similar first, at most `max`:
 * what to tell whoever typed it.  Returns their number, 0 if none is near.
 */
TERN_API int tern_sysctl_near(const char *name, const struct tern_sysctl **out,
			      int max);

#endif
