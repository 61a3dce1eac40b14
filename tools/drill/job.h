/* SPDX-License-Identifier: ISC */
/*
 * job.h - a call of the library, made by a thread of its own
 *
 * What is handed over is copied both ways, since the call may still wait when
 * the buffers of who asked for it are gone.
 */
#ifndef TERN_DRILL_JOB_H
#define TERN_DRILL_JOB_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <tern/types.h>

#define DRILL_JOB_PARTS	  64
#define DRILL_JOB_FDS	  64
#define DRILL_JOB_CONTROL 512

struct drill_library;

enum drill_job_kind {
	DRILL_JOB_ACCEPT,
	DRILL_JOB_CONNECT,
	DRILL_JOB_CLOSE,
	DRILL_JOB_READ,
	DRILL_JOB_READV,
	DRILL_JOB_RECV,
	DRILL_JOB_RECVMSG,
	DRILL_JOB_WRITE,
	DRILL_JOB_WRITEV,
	DRILL_JOB_SEND,
	DRILL_JOB_SENDMSG,
	DRILL_JOB_POLL,
	DRILL_JOB_EPOLL_WAIT,
	DRILL_JOB_SPLICE,
};

struct drill_job {
	enum drill_job_kind kind;
	int fd, other; /* of splice: where it goes */
	int flags, max, ms;
	int64_t result; /* or a negative errno */

	struct iovec part[DRILL_JOB_PARTS];
	int n_parts;
	uint8_t *bytes; /* of all parts, of the job's own */
	size_t len;

	bool has_addr;
	struct sockaddr_storage addr;
	socklen_t addr_len;
	_Alignas(struct cmsghdr) uint8_t control[DRILL_JOB_CONTROL];
	size_t control_len;
	int msg_flags;

	struct pollfd fds[DRILL_JOB_FDS];
	struct epoll_event evs[DRILL_JOB_FDS];
};

struct drill_worker {
	struct drill_library *library;
	pthread_t thread;
	int stat_fd; /* what the kernel says of it */
	bool started;

	pthread_mutex_t lock;
	pthread_cond_t turn, ready;
	bool has_job, over, stop;
	struct drill_job job;
	tern_time answered; /* when the job was over */
};

/* Makes the call that a job stands for.  Returns its result. */
int64_t drill_job_run(struct drill_library *l, struct drill_job *j);

/*
 * Has the thread make a call, or looks after the one that it is making.
 * Returns true when that is over, with what it has given copied into *j; false
 * when it waits.
 */
bool drill_worker_make(struct drill_worker *w, struct drill_job *j);

/* Ends the thread.  The call that it makes must be coming to an end. */
void drill_worker_stop(struct drill_worker *w);

#endif
