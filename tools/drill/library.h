/* SPDX-License-Identifier: ISC */
/*
 * library.h - a stack behind packetdrill's interface
 *
 * The runner uses it as packetdrill does: it sleeps until shortly before an
 * event and asks for the time until it has come; calls that may wait are made
 * by a second thread, and wait when the kernel says that the thread sleeps.
 */
#ifndef TERN_DRILL_LIBRARY_H
#define TERN_DRILL_LIBRARY_H

#include <pthread.h>

#include "drill.h"
#include "job.h"
#include "stage.h"
#include "tools/packetdrill/interface.h"

struct drill_library {
	void *handle;
	struct packetdrill_interface i;

	/* What it has beyond the interface, for those who preload it. */
	int (*accept4)(int fd, struct sockaddr *addr, socklen_t *len,
		       int flags);
	int (*getsockname)(int fd, struct sockaddr *addr, socklen_t *len);
	int (*getpeername)(int fd, struct sockaddr *addr, socklen_t *len);

	struct drill_worker worker;
};

/*
 * Loads it, and makes a stack with these settings.  Returns true, or writes
 * into why[].
 */
bool drill_library_open(struct drill_stage *s, const struct drill_settings *set,
			const struct drill_config *c, char *why, size_t size);

/* The time that the library tells. */
tern_time drill_library_now(struct drill_library *l);

#endif
