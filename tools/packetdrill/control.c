/* SPDX-License-Identifier: ISC */
/*
 * control.c - commands of scripts, served by a thread of the library
 *
 * packetdrill runs the commands of a script in a shell; those that ask the
 * kernel for something are found as programs that send their words here (see
 * tools/drill/ask.h for the form), and get back what they are to print.
 *
 * One is served after the other.  The lock of the instance is held only while
 * the stack does what was asked for.
 */
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include "clock.h"
#include "interface.h"
#include "tools/drill/ask.h"

#define CLIENT_SECONDS 5

struct pd_control {
	struct pd *p;
	pthread_t thread;
	int listener, stop;
	char dir[64];
	struct sockaddr_un addr;
};

/* What a command has printed, and how it ended. */
struct answer {
	char *out, *err;
	size_t out_len, err_len;
	int status;
};

static void run(struct pd *p, char **argv, struct answer *a)
{
	FILE *out = open_memstream(&a->out, &a->out_len);
	FILE *err = open_memstream(&a->err, &a->err_len);

	a->status = 1;
	if (out && err) {
		pthread_mutex_lock(&p->lock);
		p->n_entered++;
		if (p->open) {
			a->status = p->stage.target->command(&p->stage, argv,
							     out, err);
			pd_calls_retry(p);
		}
		pthread_mutex_unlock(&p->lock);
	}
	if (out)
		fclose(out);
	if (err)
		fclose(err);
}

static bool is_ours(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	       who.uid == geteuid();
}

static void serve(const struct pd_control *c, int fd)
{
	const struct timeval patience = {.tv_sec = CLIENT_SECONDS};
	struct drill_question *q;
	struct answer a = {0};

	if (!is_ours(fd))
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	q = malloc(sizeof(*q));
	if (q && drill_question_read(q, fd)) {
		run(c->p, q->argv, &a);
		drill_answer_write(fd, a.status, a.out, a.out_len, a.err,
				   a.err_len);
	}
	free(q);
	free(a.out);
	free(a.err);
}

static void *serve_all(void *arg)
{
	const struct pd_control *c = arg;
	struct pollfd fds[2] = {{c->listener, POLLIN, 0}, {c->stop, POLLIN, 0}};

	for (;;) {
		int fd;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[1].revents)
			return NULL;
		fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		serve(c, fd);
		pd_fd_close_kernel(fd);
	}
}

static bool make_socket(struct pd_control *c)
{
	const char *tmp = getenv("TMPDIR");

	c->addr.sun_family = AF_UNIX;
	if (!tmp || strlen(tmp) > sizeof(c->dir) - 32)
		tmp = "/tmp";
	snprintf(c->dir, sizeof(c->dir), "%s/tern-packetdrill.XXXXXX", tmp);
	if (!mkdtemp(c->dir))
		return false;
	snprintf(c->addr.sun_path, sizeof(c->addr.sun_path), "%s/control",
		 c->dir);
	c->listener =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	c->stop = eventfd(0, EFD_CLOEXEC);
	return c->listener >= 0 && c->stop >= 0 &&
	       bind(c->listener, (struct sockaddr *)&c->addr,
		    sizeof(c->addr)) == 0 &&
	       chmod(c->addr.sun_path, 0600) == 0 &&
	       listen(c->listener, 8) == 0;
}

static bool start(struct pd_control *c)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&c->thread, NULL, serve_all, c);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return !error;
}

static void give_back(struct pd_control *c)
{
	unlink(c->addr.sun_path);
	rmdir(c->dir);
	if (c->listener >= 0)
		pd_fd_close_kernel(c->listener);
	if (c->stop >= 0)
		pd_fd_close_kernel(c->stop);
	free(c);
}

struct pd_control *pd_control_open(struct pd *p)
{
	struct pd_control *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->p = p;
	c->listener = c->stop = -1;
	if (make_socket(c) && start(c)) {
		setenv(PACKETDRILL_CONTROL, c->addr.sun_path, 1);
		return c;
	}
	fprintf(stderr, "libtern-packetdrill: %s: %s\n", c->dir,
		strerror(errno));
	give_back(c);
	return NULL;
}

void pd_control_close(struct pd_control *c)
{
	const char *named = getenv(PACKETDRILL_CONTROL);

	eventfd_write(c->stop, 1);
	pthread_join(c->thread, NULL);
	if (named && strcmp(named, c->addr.sun_path) == 0)
		unsetenv(PACKETDRILL_CONTROL);
	give_back(c);
}
