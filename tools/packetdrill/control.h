/* SPDX-License-Identifier: ISC */
/*
 * control.h - the socket on which sysctl, ip and the others find the stack
 */
#ifndef TERN_PACKETDRILL_CONTROL_H
#define TERN_PACKETDRILL_CONTROL_H

struct pd;
struct pd_control;

/*
 * Makes the socket, for this user only, with a thread that serves it, and
 * names it in the environment of programs that are started from here on.
 * NULL if that is not possible.
 */
struct pd_control *pd_control_open(struct pd *p);

/* Ends the thread, and removes the socket.  Not with the instance's lock. */
void pd_control_close(struct pd_control *c);

#endif
