/* SPDX-License-Identifier: ISC */
/*
 * suite.c - many scripts
 *
 * Each script runs in a process of its own: one that makes the stack trap, or
 * never ends, is a failed script and nothing worse.  What a process says comes
 * through a pipe; its exit status is the verdict.
 */
#include "suite.h"

#include <errno.h>
#include <fts.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/wait.h>

#include "arena.h"

#define WORKERS_MAX 256
#define SECONDS_MAX 120.0  /* of real time, for one script */
#define KERNEL_MAX  3600.0 /* where that is the time of the script */
#define CRASHED	    99

static void add(struct drill_suite *s, const char *path)
{
	char *copy = strdup(path);

	if (s->n == s->size) {
		s->size = s->size ? 2 * s->size : 64;
		s->results =
			drill_grow(s->results, s->size, sizeof(*s->results));
	}
	memset(&s->results[s->n], 0, sizeof(s->results[0]));
	s->results[s->n++].path = copy;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool is_script(const FTSENT *e)
{
	const char *dot = strrchr(e->fts_name, '.');

	return e->fts_info == FTS_F &&
	       (e->fts_level == 0 || (dot && strcmp(dot, ".pkt") == 0));
}

int drill_suite_add(struct drill_suite *s, const char *path)
{
	char *copy = strdup(path);
	char *paths[2] = {copy, NULL};
	int n = 0, err = 0;
	FTSENT *e;
	FTS *f;

	f = copy ? fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, by_name) : NULL;
	if (!f) {
		free(copy);
		return -errno;
	}
	while (!err && (e = fts_read(f))) {
		if (e->fts_info == FTS_ERR || e->fts_info == FTS_DNR ||
		    e->fts_info == FTS_NS) {
			err = -e->fts_errno;
		} else if (is_script(e)) {
			add(s, e->fts_path);
			n++;
		}
	}
	fts_close(f);
	free(copy);
	return err ? err : n;
}

struct worker {
	pid_t pid;
	int fd; /* what it says */
	size_t job;
	double begin;
	bool late; /* and was ended for it */
	FILE *text;
};

struct pool {
	struct drill_suite *s;
	FILE *out;
	struct worker worker[WORKERS_MAX];
	int n;
	size_t next, reported;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void work(const struct drill_suite *s, const char *path,
			   int fd)
{
	FILE *out = fdopen(fd, "w");
	enum drill_verdict v;

	/* A group of its own, so that what it starts can be ended with it. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!out)
		_exit(CRASHED);
	v = drill_run_file(&s->config, path, out);
	fclose(out);
	_exit((int)v);
}

static void start(struct pool *p)
{
	struct worker *w = &p->worker[p->n];
	struct drill_result *res;
	int fds[2];

	memset(w, 0, sizeof(*w));
	w->job = p->next++;
	w->begin = now();
	res = &p->s->results[w->job];
	w->text = open_memstream(&res->text, &res->text_len);
	if (!w->text)
		abort();
	fflush(NULL);
	w->pid = -1;
	w->fd = -1;
	if (pipe(fds) == 0) {
		w->pid = fork();
		if (w->pid == 0) {
			close(fds[0]);
			work(p->s, res->path, fds[1]);
		}
		close(fds[1]);
		w->fd = fds[0];
	}
	p->n++;
}

static double seconds_max(const struct pool *p)
{
	return p->s->config.kernel ? KERNEL_MAX : SECONDS_MAX;
}

static void judge(const struct pool *p, struct worker *w,
		  struct drill_result *res)
{
	int status = -1;

	if (w->pid < 0) {
		fprintf(w->text, "%s: it could not be run\n", res->path);
		res->verdict = DRILL_FAILED;
		return;
	}
	waitpid(w->pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) <= DRILL_UNREADABLE) {
		res->verdict = (enum drill_verdict)WEXITSTATUS(status);
		return;
	}
	res->verdict = DRILL_FAILED;
	if (w->late)
		fprintf(w->text, "%s: it took more than %.0f s\n", res->path,
			seconds_max(p));
	else
		fprintf(w->text,
			"%s: the stack, or the runner, crashed (%s "
			"%d)\n",
			res->path, WIFSIGNALED(status) ? "signal" : "status",
			WIFSIGNALED(status) ? WTERMSIG(status)
					    : WEXITSTATUS(status));
}

static void report(struct pool *p)
{
	while (p->reported < p->s->n && p->s->results[p->reported].over) {
		const struct drill_result *res = &p->s->results[p->reported++];

		if (p->s->config.verbose)
			fprintf(p->out, "=== %s\n", res->path);
		fputs(res->text, p->out);
		if (p->s->config.verbose)
			fprintf(p->out, "%s: %s\n",
				res->verdict == DRILL_PASSED ? "passed"
							     : "failed",
				res->path);
	}
	fflush(p->out);
}

static void finish(struct pool *p, struct worker *w)
{
	struct drill_result *res = &p->s->results[w->job];

	if (w->fd >= 0)
		close(w->fd);
	judge(p, w, res);
	fclose(w->text);
	res->seconds = now() - w->begin;
	res->over = true;
	*w = p->worker[--p->n];
	report(p);
}

/* Takes what a worker has said.  False at its end. */
static bool listen_to(struct worker *w)
{
	char text[4096];
	ssize_t n = read(w->fd, text, sizeof(text));

	if (n < 0 && errno == EINTR)
		return true;
	if (n > 0)
		fwrite(text, 1, (size_t)n, w->text);
	return n > 0;
}

static void end(struct worker *w)
{
	w->late = true;
	kill(-w->pid, SIGKILL);
}

static void wait_for_workers(struct pool *p)
{
	struct pollfd fds[WORKERS_MAX];
	int i;

	for (i = 0; i < p->n; i++)
		fds[i] = (struct pollfd){p->worker[i].fd, POLLIN, 0};
	poll(fds, (nfds_t)p->n, 1000);
	/* From the end, since finish() moves the last into the gap. */
	for (i = p->n - 1; i >= 0; i--) {
		struct worker *w = &p->worker[i];

		if (w->fd < 0 || (fds[i].revents && !listen_to(w)))
			finish(p, w);
		else if (now() - w->begin > seconds_max(p))
			end(w);
	}
}

void drill_suite_run(struct drill_suite *s, FILE *out)
{
	struct pool *p = drill_grow(NULL, 1, sizeof(*p));
	int most = s->n_workers;

	if (most < 1)
		most = 1;
	if (most > WORKERS_MAX)
		most = WORKERS_MAX;
	memset(p, 0, sizeof(*p));
	p->s = s;
	p->out = out;
	while (p->next < s->n || p->n > 0) {
		while (p->next < s->n && p->n < most)
			start(p);
		wait_for_workers(p);
	}
	free(p);
}

size_t drill_suite_count(const struct drill_suite *s, enum drill_verdict v)
{
	size_t n = 0, i;

	for (i = 0; i < s->n; i++)
		n += s->results[i].over && s->results[i].verdict == v;
	return n;
}

void drill_suite_free(struct drill_suite *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free(s->results[i].path);
		free(s->results[i].text);
	}
	free(s->results);
	s->results = NULL;
	s->n = s->size = 0;
}
