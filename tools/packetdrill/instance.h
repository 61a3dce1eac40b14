/* SPDX-License-Identifier: ISC */
/*
 * instance.h - a stack that is driven through the interface
 *
 * One lock guards all of it; what is declared here is called with the lock
 * held, unless it says otherwise.
 */
#ifndef TERN_PACKETDRILL_INSTANCE_H
#define TERN_PACKETDRILL_INSTANCE_H

#include <pthread.h>

#include "fds.h"
#include "tools/drill/stage.h"

#define PD_HOLDS 8

/* A call that has no answer yet; on the stack of the thread that makes it. */
struct pd_call {
	/*
	 * Tries again.  Returns true when there is an answer, and must have
	 * one if this is the last time.
	 */
	bool (*attempt)(struct pd *p, struct pd_call *c, bool last);
	int fd;		 /* the stack's number */
	bool wait;	 /* may wait at all */
	tern_time until; /* when the last attempt is made */
	int64_t result;	 /* or a negative errno */

	/* Of waiting. */
	struct pd_call *next;
	pthread_cond_t wake;
	pthread_t who;
	bool over;
};

struct pd {
	struct pd *next; /* of all there are; set once */
	pthread_mutex_t lock;
	pthread_t main; /* who has made it, and moves the clock */
	bool open;	/* false after free() */
	bool refused;	/* of flags that made no sense */

	struct drill_stage stage;
	struct pd_fds fds;

	struct pd_call *calls; /* that wait, the oldest first */
	unsigned int n_calls;
	uint64_t n_entered; /* calls of any kind: is anybody there? */

	/*
	 * Threads whose calls are over, and that have not looked at the clock
	 * yet: it stands still for them.
	 */
	pthread_t hold[PD_HOLDS];
	unsigned int n_holds;
	pthread_cond_t quiet; /* a hold is gone, or a waiting call */

	struct pd_control *control;
	bool told_ip6;
};

/* Makes one and enters it in the list of all.  NULL if that is not possible. */
struct pd *pd_create(const char *flags);

/*
 * Ends it: calls that wait fail.  The memory of the structure itself stays, so
 * that whoever comes too late finds it closed.  Takes the lock.
 */
void pd_close_instance(struct pd *p);

/* The first of all instances; none has a lock to be taken for this. */
struct pd *pd_first(void);

/* Takes the lock, if that is an instance and can be used: otherwise returns
 * NULL with errno set. */
struct pd *pd_enter(void *ud);

/* The same for what has to do with time only, and works with a stack that was
 * refused. */
struct pd *pd_enter_clock(void *ud);

/*
 * Lets the stack and those who wait go on, and gives the lock back.  Returns
 * `result`, or -1 with errno set for a negative one.
 */
int64_t pd_leave(struct pd *p, int64_t result);

/* Reads the flags; says what is wrong with them on standard error. */
bool pd_flags_read(const char *flags, struct drill_settings *set,
		   const struct drill_profile **profile);

/* Applies those of the flags that are tunables. */
bool pd_flags_apply(const char *flags, struct tern *n);

#endif
