/* SPDX-License-Identifier: ISC */
/*
 * clock.c - virtual time, and the calls that wait for it to pass
 *
 * Nothing here takes real time.  The clock is moved by the thread that made
 * the instance: in its usleep(), gettimeofday() and netdev_receive(), and in a
 * call of its own that has to wait, because nobody else would move it.
 *
 * A call of another thread that waits sleeps on a condition variable, so that
 * the kernel says of the thread that it sleeps, which is how packetdrill knows
 * that the call blocks.  Whoever makes something happen tries such calls on
 * their behalf, in the order in which they began to wait; the thread is woken
 * when its call is over, and not before.  From then until it has come back
 * into the library (to ask for the time at which its call returned) the clock
 * stands still, or REAL_PATIENCE_NS at most, for a thread that never comes.
 *
 * A program may wait for its thread without moving the clock.  When a call has
 * waited for REAL_STALL_NS and nobody has come into the library meanwhile,
 * the call moves the clock itself.
 */
#include "clock.h"

#include <errno.h>
#include <time.h>

#include <tern/socket.h>

#define REAL_PATIENCE_NS (1 * TERN_S)
#define REAL_STALL_NS	 (3 * TERN_S)

static struct timespec real_after(tern_time ns)
{
	struct timespec ts;
	tern_time t;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	t = (tern_time)ts.tv_sec * TERN_S + (tern_time)ts.tv_nsec + ns;
	ts.tv_sec = (time_t)(t / TERN_S);
	ts.tv_nsec = (long)(t % TERN_S);
	return ts;
}

static bool holds_other(const struct pd *p)
{
	const pthread_t self = pthread_self();
	unsigned int i;

	for (i = 0; i < p->n_holds; i++)
		if (!pthread_equal(p->hold[i], self))
			return true;
	return false;
}

static void await_holds(struct pd *p)
{
	struct timespec ts;

	if (!holds_other(p))
		return;
	ts = real_after(REAL_PATIENCE_NS);
	while (holds_other(p))
		if (pthread_cond_timedwait(&p->quiet, &p->lock, &ts))
			p->n_holds = 0;
}

void pd_clock_release(struct pd *p)
{
	const pthread_t self = pthread_self();
	unsigned int i, kept = 0;

	for (i = 0; i < p->n_holds; i++)
		if (!pthread_equal(p->hold[i], self))
			p->hold[kept++] = p->hold[i];
	if (kept == p->n_holds)
		return;
	p->n_holds = kept;
	pthread_cond_broadcast(&p->quiet);
}

static void leave(struct pd *p, const struct pd_call *c)
{
	struct pd_call **at = &p->calls;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
}

static void finish(struct pd *p, struct pd_call *c)
{
	leave(p, c);
	c->over = true;
	if (pthread_equal(c->who, pthread_self()))
		return;
	if (p->n_holds < PD_HOLDS && !pthread_equal(c->who, p->main))
		p->hold[p->n_holds++] = c->who;
	pthread_cond_signal(&c->wake);
}

/* One round over the calls.  True if one of them is over now. */
static bool retry_all(struct pd *p)
{
	struct pd_call *c, *next;
	bool any = false;

	for (c = p->calls; c; c = next) {
		next = c->next;
		if (!c->attempt(p, c, c->until <= p->stage.now))
			continue;
		finish(p, c);
		any = true;
	}
	return any;
}

void pd_calls_retry(struct pd *p)
{
	/* What one call has done may be what another waits for. */
	while (p->calls && retry_all(p))
		drill_stage_settle(&p->stage);
	drill_stage_settle(&p->stage);
}

static tern_time first_until(const struct pd *p)
{
	const struct pd_call *c;
	tern_time t = TERN_NEVER;

	for (c = p->calls; c; c = c->next)
		if (c->until < t)
			t = c->until;
	return t;
}

bool pd_clock_step(struct pd *p, tern_time until)
{
	tern_time next;

	await_holds(p);
	if (!p->open)
		return false;
	next = first_until(p);
	if (tern_deadline(p->stage.stack) < next)
		next = tern_deadline(p->stage.stack);
	if (until < next)
		next = until;
	if (next == TERN_NEVER)
		return false;
	/* One that waits for its turn must not keep the clock from moving. */
	if (next <= p->stage.now)
		next = p->stage.now + 1;
	/* So many packets that nobody has taken: those are lost. */
	if (p->stage.steps_left == 0)
		p->stage.steps_left = UINT64_MAX;
	drill_stage_step(&p->stage, (int64_t)(next - p->stage.origin));
	pd_calls_retry(p);
	return true;
}

void pd_clock_pass(struct pd *p, tern_time until)
{
	while (p->stage.now < until && pd_clock_step(p, until))
		;
}

/* The thread that moves the clock waits by moving it. */
static void wait_moving(struct pd *p, struct pd_call *c)
{
	const tern_time until = p->stage.now + PD_PATIENCE_NS;

	while (!c->over && p->stage.now < until && pd_clock_step(p, TERN_NEVER))
		;
	if (c->over)
		return;
	/* In a kernel it would never come back. */
	c->result = -EDEADLK;
	finish(p, c);
}

static void wait_asleep(struct pd *p, struct pd_call *c)
{
	while (!c->over) {
		const uint64_t n_entered = p->n_entered;
		struct timespec ts = real_after(REAL_STALL_NS);
		tern_time until;

		if (pthread_cond_timedwait(&c->wake, &p->lock, &ts) == 0)
			continue;
		until = p->stage.now + PD_PATIENCE_NS;
		while (!c->over && p->n_entered == n_entered &&
		       p->stage.now < until && pd_clock_step(p, TERN_NEVER))
			;
	}
}

static void wait_for(struct pd *p, struct pd_call *c)
{
	struct pd_call **end = &p->calls;
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->wake, &attr);
	pthread_condattr_destroy(&attr);
	c->who = pthread_self();
	while (*end)
		end = &(*end)->next;
	*end = c;
	p->n_calls++;
	if (pthread_equal(c->who, p->main))
		wait_moving(p, c);
	else
		wait_asleep(p, c);
	p->n_calls--;
	pthread_cond_broadcast(&p->quiet);
	pthread_cond_destroy(&c->wake);
}

int64_t pd_call_make(struct pd *p, struct pd_call *c)
{
	c->over = false;
	c->next = NULL;
	if (c->attempt(p, c, !c->wait || c->until <= p->stage.now))
		return c->result;
	/* What it has begun may be over at once, on the way through lo. */
	pd_calls_retry(p);
	if (!c->attempt(p, c, false))
		wait_for(p, c);
	return c->result;
}

void pd_calls_end(struct pd *p, int result)
{
	struct timespec ts = real_after(REAL_PATIENCE_NS);

	while (p->calls) {
		p->calls->result = result;
		finish(p, p->calls);
	}
	p->n_holds = 0;
	while (p->n_calls > 0 &&
	       pthread_cond_timedwait(&p->quiet, &p->lock, &ts) == 0)
		;
}

tern_time pd_clock_timeout(const struct pd *p, int fd, int option)
{
	struct timeval tv = {0, 0};
	socklen_t len = sizeof(tv);

	if (tern_getsockopt(p->stage.stack, fd, SOL_SOCKET, option, &tv, &len) <
		    0 ||
	    (tv.tv_sec == 0 && tv.tv_usec == 0))
		return TERN_NEVER;
	return p->stage.now + (tern_time)tv.tv_sec * TERN_S +
	       (tern_time)tv.tv_usec * TERN_US;
}

tern_time pd_clock_after_ms(const struct pd *p, int ms)
{
	return ms < 0 ? TERN_NEVER : p->stage.now + (tern_time)ms * TERN_MS;
}
