/* SPDX-License-Identifier: ISC */
/*
 * clock.h - virtual time, and the calls that wait for it to pass
 *
 * The lock is held for all of these.
 */
#ifndef TERN_PACKETDRILL_CLOCK_H
#define TERN_PACKETDRILL_CLOCK_H

#include "instance.h"

/*
 * How long virtual time may pass while nothing comes of it: timers that lead
 * nowhere must not keep a thread busy for ever.
 */
#define PD_PATIENCE_NS (7 * 24 * 3600 * TERN_S)

/*
 * Makes a call: tries it, and if it may wait, waits until it has an answer.
 * The lock is not held meanwhile.  Returns the result.
 */
int64_t pd_call_make(struct pd *p, struct pd_call *c);

/* Lets calls that wait try again, after something has happened. */
void pd_calls_retry(struct pd *p);

/* Ends the calls that wait, with this result, and waits until they are gone. */
void pd_calls_end(struct pd *p, int result);

/*
 * Moves the clock to what happens next, but not beyond `until`; what is due is
 * done.  False if nothing will ever happen.  The lock may be given up first,
 * for threads that must see the clock as it is.
 */
bool pd_clock_step(struct pd *p, tern_time until);

/* Moves the clock to this time. */
void pd_clock_pass(struct pd *p, tern_time until);

/* The thread that runs has looked at the clock, or does something else. */
void pd_clock_release(struct pd *p);

/* When a call that begins now gives up, by a socket option such as
 * SO_RCVTIMEO. */
tern_time pd_clock_timeout(const struct pd *p, int fd, int option);

/* The same for milliseconds, negative for never. */
tern_time pd_clock_after_ms(const struct pd *p, int ms);

#endif
