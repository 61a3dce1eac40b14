/* SPDX-License-Identifier: ISC */
/*
 * instance.c - a stack that is driven through the interface
 *
 * Instances are kept in a list that only grows, for those who have nothing but
 * a descriptor (preload.c).  A process that is forked has the list, but not
 * the threads and locks: there the library does nothing.
 */
#include "instance.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "clock.h"
#include "control.h"
#include "tools/drill/drill.h"

static _Atomic(struct pd *) first;

/* In a child nobody may be asked: whoever held the locks is not there. */
static void forget_all(void)
{
	atomic_store(&first, NULL);
}

struct pd *pd_first(void)
{
	return atomic_load(&first);
}

static void enter_in_list(struct pd *p)
{
	static atomic_flag prepared = ATOMIC_FLAG_INIT;

	if (!atomic_flag_test_and_set(&prepared))
		pthread_atfork(NULL, NULL, forget_all);
	p->next = atomic_load(&first);
	while (!atomic_compare_exchange_weak(&first, &p->next, p))
		;
}

static bool open_stage(struct pd *p, const char *flags)
{
	const struct drill_profile *profile = drill_profile_find("linux");
	struct drill_settings set;

	drill_settings_init(&set);
	p->refused = !pd_flags_read(flags, &set, &profile);
	if (drill_stage_open(&p->stage, &set, UINT64_MAX))
		return false;
	if (drill_profile_apply(profile, p->stage.stack))
		p->refused = true;
	if (!p->refused)
		p->refused = !pd_flags_apply(flags, p->stage.stack);
	drill_tunables_save(&p->stage.tunables, p->stage.stack);
	return true;
}

static void init_locks(struct pd *p)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->quiet, &attr);
	pthread_condattr_destroy(&attr);
}

struct pd *pd_create(const char *flags)
{
	struct pd *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	if (!open_stage(p, flags)) {
		free(p);
		return NULL;
	}
	init_locks(p);
	p->main = pthread_self();
	p->open = true;
	p->control = pd_control_open(p);
	enter_in_list(p);
	return p;
}

void pd_close_instance(struct pd *p)
{
	struct pd_control *control;

	pthread_mutex_lock(&p->lock);
	control = p->control;
	p->control = NULL;
	if (p->open) {
		p->open = false;
		pd_calls_end(p, -EBADF);
		pd_fds_free(p);
		drill_stage_close(&p->stage);
	}
	pthread_mutex_unlock(&p->lock);
	if (control)
		pd_control_close(control);
}

struct pd *pd_enter_clock(void *ud)
{
	struct pd *p = ud;

	if (!p) {
		errno = EBADF;
		return NULL;
	}
	pthread_mutex_lock(&p->lock);
	if (!p->open) {
		pthread_mutex_unlock(&p->lock);
		errno = EBADF;
		return NULL;
	}
	p->n_entered++;
	pd_clock_release(p);
	return p;
}

struct pd *pd_enter(void *ud)
{
	struct pd *p = pd_enter_clock(ud);

	if (!p || !p->refused)
		return p;
	pd_leave(p, -ENODEV);
	return NULL;
}

int64_t pd_leave(struct pd *p, int64_t result)
{
	if (p->open)
		pd_calls_retry(p);
	pthread_mutex_unlock(&p->lock);
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}

/*
 * The program ends, or unloads the library: no thread of it must be left, and
 * no file.
 */
__attribute__((destructor)) static void close_all(void)
{
	struct pd *p, *next;

	for (p = atomic_exchange(&first, NULL); p; p = next) {
		next = p->next;
		pd_close_instance(p);
		if (p->n_calls == 0)
			free(p);
	}
}
