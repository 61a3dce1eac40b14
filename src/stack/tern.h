/* SPDX-License-Identifier: ISC */
/*
 * tern.h - struct tern: everything of a stack hangs here
 *
 * All floors are members; what they allocate is charged to env.mem, and struct
 * tern itself too.
 */
#ifndef TERN_STACK_TERN_H
#define TERN_STACK_TERN_H

#include <tern/stack.h>

#include "base/env.h"
#include "net/net.h"
#include "sock/socks.h"
#include "tcp/tcp.h"
#include "unix/unix.h"

struct tern {
	struct env env;
	struct net net;
	struct tcp tcp;
	struct unix_domain un;
	struct socks socks;
};

/*
 * Begins an entry: the time is `now` for all that happens in it.  Time that
 * runs backwards stands still instead.
 */
void stack_enter(struct tern *n, tern_time now);

/* From when on tern_advance() has anything to fire or to prepare.  What is
 * remembered in env.due_at is not later. */
uint64_t stack_due(const struct tern *n);

/* Takes frames of the loopback interface out and in again. */
void loopback_pump(struct tern *n);

/* True if the loopback interface has frames to be pumped. */
bool loopback_pending(const struct tern *n);

#endif
