/* SPDX-License-Identifier: ISC */
/*
 * worker.c - the thread that makes calls of a library
 *
 * A call waits when the thread has not come back and the kernel shows it
 * asleep, twice in a row, since a thread may sleep for a moment over a lock.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/syscall.h>

#include "arena.h"
#include "library.h"

#define ASLEEP_TIMES 2
#define UNKNOWN	     (-2)

/* The job's own bytes, with the parts of the one who asks, or the other way. */
static void copy_bytes(struct drill_job *own, const struct drill_job *asked,
		       bool in)
{
	size_t at = 0;
	int i;

	for (i = 0; i < own->n_parts; i++) {
		const size_t len = own->part[i].iov_len;

		if (len > 0 && in)
			memcpy(own->bytes + at, asked->part[i].iov_base, len);
		else if (len > 0)
			memcpy(asked->part[i].iov_base, own->bytes + at, len);
		at += len;
	}
}

static void take_over(struct drill_job *own, const struct drill_job *asked)
{
	size_t at = 0;
	int i;

	*own = *asked;
	if (own->n_parts == 0)
		return;
	own->bytes = drill_grow(NULL, own->len ? own->len : 1, 1);
	for (i = 0; i < own->n_parts; i++) {
		own->part[i].iov_base = own->bytes + at;
		at += own->part[i].iov_len;
	}
	copy_bytes(own, asked, true);
}

static void hand_back(struct drill_job *own, struct drill_job *asked)
{
	struct drill_job answer = *own;

	copy_bytes(own, asked, false);
	memcpy(answer.part, asked->part, sizeof(answer.part));
	answer.bytes = NULL;
	*asked = answer;
	free(own->bytes);
	own->bytes = NULL;
}

static int open_stat(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%ld/stat",
		 syscall(SYS_gettid));
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void *work(void *arg)
{
	struct drill_worker *w = arg;

	pthread_mutex_lock(&w->lock);
	w->stat_fd = open_stat();
	pthread_cond_signal(&w->ready);
	while (!w->stop) {
		int64_t result;
		tern_time answered;

		if (!w->has_job || w->over) {
			pthread_cond_wait(&w->turn, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		result = drill_job_run(w->library, &w->job);
		answered = drill_library_now(w->library);
		pthread_mutex_lock(&w->lock);
		w->job.result = result;
		w->answered = answered;
		w->over = true;
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* What the kernel says of the thread: the letter behind its name. */
static bool is_asleep(const struct drill_worker *w)
{
	char text[256], *end;
	const ssize_t n = pread(w->stat_fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return false;
	text[n] = 0;
	end = strrchr(text, ')');
	return end && end[1] == ' ' && end[2] == 'S';
}

static bool is_over(struct drill_worker *w)
{
	bool over;

	pthread_mutex_lock(&w->lock);
	over = w->over;
	pthread_mutex_unlock(&w->lock);
	return over;
}

/* Waits until the job is over, or sleeps. */
static bool watch(struct drill_worker *w)
{
	int times = 0;

	while (!is_over(w)) {
		times = is_asleep(w) ? times + 1 : 0;
		if (times == ASLEEP_TIMES)
			return is_over(w);
		sched_yield();
	}
	return true;
}

static void start(struct drill_worker *w)
{
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->turn, NULL);
	pthread_cond_init(&w->ready, NULL);
	w->stop = w->has_job = w->over = false;
	w->stat_fd = UNKNOWN;
	if (pthread_create(&w->thread, NULL, work, w))
		abort();
	pthread_mutex_lock(&w->lock);
	while (w->stat_fd == UNKNOWN)
		pthread_cond_wait(&w->ready, &w->lock);
	pthread_mutex_unlock(&w->lock);
	w->started = true;
}

bool drill_worker_make(struct drill_worker *w, struct drill_job *j)
{
	if (!w->started)
		start(w);
	pthread_mutex_lock(&w->lock);
	if (!w->has_job) {
		take_over(&w->job, j);
		w->has_job = true;
		w->over = false;
		pthread_cond_signal(&w->turn);
	}
	pthread_mutex_unlock(&w->lock);
	if (!watch(w))
		return false;
	pthread_mutex_lock(&w->lock);
	hand_back(&w->job, j);
	w->has_job = false;
	pthread_mutex_unlock(&w->lock);
	return true;
}

void drill_worker_stop(struct drill_worker *w)
{
	if (!w->started)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->turn);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	if (w->stat_fd >= 0)
		close(w->stat_fd);
	free(w->job.bytes);
	w->started = false;
}
