/* SPDX-License-Identifier: ISC */
/*
 * types.h - what every public header of tern needs: time, errors, memory
 *
 * Time is an unsigned count of nanoseconds from any fixed point.  tern never
 * asks for it; every entry that needs it takes it.  Functions return 0 or a
 * count on success and a negative errno value on failure; errno itself is
 * never touched, except by the blocking layer in <tern/host.h>.
 */
#ifndef TERN_TYPES_H
#define TERN_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#if defined(__GNUC__) && defined(__cplusplus)
#define TERN_API   extern "C" __attribute__((visibility("default")))
#define TERN_CHECK __attribute__((warn_unused_result))
#elif defined(__GNUC__)
#define TERN_API   __attribute__((visibility("default")))
#define TERN_CHECK __attribute__((warn_unused_result))
#else
#define TERN_API
#define TERN_CHECK
#endif

typedef uint64_t tern_time; /* nanoseconds */

#define TERN_NEVER UINT64_MAX
#define TERN_US	   UINT64_C(1000)
#define TERN_MS	   UINT64_C(1000000)
#define TERN_S	   UINT64_C(1000000000)

/* The whole stack: opaque, one per tern_create(). */
struct tern;

/*
 * Where memory comes from.  alloc() returns memory aligned for any object, or
 * NULL; free() gets the size that was asked for.  <tern/libc.h> has one that
 * uses malloc.
 */
struct tern_allocator {
	void *(*alloc)(void *ctx, size_t size);
	void (*free)(void *ctx, void *p, size_t size);
	void *ctx;
};

/* What memory is used for; tern_memory() tells the bytes of each. */
enum tern_mem_purpose {
	TERN_MEM_STACK,	   /* the stack itself, tables, interfaces */
	TERN_MEM_CONN,	   /* control blocks, listeners, descriptors */
	TERN_MEM_SYN,	   /* SYN queue entries */
	TERN_MEM_TIMEWAIT, /* TIME-WAIT entries */
	TERN_MEM_SEND,	   /* send queues */
	TERN_MEM_RECV,	   /* receive queues and reassembly */
	TERN_MEM_BLOCK,	   /* payload blocks, wherever they are queued */
	TERN_MEM_NET,	   /* neighbours, routes, path MTU, replies */
	TERN_MEM_UNIX,	   /* AF_UNIX sockets */
	TERN_MEM_POLL,	   /* epoll sets and registrations */
	TERN_MEM_N,
};

/* Returns the purpose in lower case, such as "connections". */
TERN_API const char *tern_mem_purpose_name(enum tern_mem_purpose p);

#endif
