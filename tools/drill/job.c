/* SPDX-License-Identifier: ISC */
/*
 * job.c - calls of the library, one by one
 */
#include "job.h"

#include <errno.h>
#include <string.h>

#include "library.h"

static struct sockaddr *addr_of(struct drill_job *j)
{
	return j->has_addr ? (struct sockaddr *)&j->addr : NULL;
}

static int64_t run_accept(struct drill_library *l, struct drill_job *j)
{
	socklen_t *len = j->has_addr ? &j->addr_len : NULL;

	if (j->flags)
		return l->accept4(j->fd, addr_of(j), len, j->flags);
	return l->i.accept(l->i.userdata, j->fd, addr_of(j), len);
}

static int64_t run_recv(struct drill_library *l, struct drill_job *j)
{
	if (!j->has_addr)
		return l->i.recv(l->i.userdata, j->fd, j->bytes, j->len,
				 j->flags);
	return l->i.recvfrom(l->i.userdata, j->fd, j->bytes, j->len, j->flags,
			     addr_of(j), &j->addr_len);
}

static int64_t run_send(struct drill_library *l, struct drill_job *j)
{
	if (!j->has_addr)
		return l->i.send(l->i.userdata, j->fd, j->bytes, j->len,
				 j->flags);
	return l->i.sendto(l->i.userdata, j->fd, j->bytes, j->len, j->flags,
			   addr_of(j), j->addr_len);
}

static int64_t run_message(struct drill_library *l, struct drill_job *j)
{
	struct msghdr m = {.msg_name = addr_of(j),
			   .msg_namelen = j->has_addr ? j->addr_len : 0,
			   .msg_iov = j->part,
			   .msg_iovlen = (size_t)j->n_parts};
	int64_t n;

	if (j->control_len) {
		m.msg_control = j->control;
		m.msg_controllen = j->control_len;
	}
	if (j->kind == DRILL_JOB_SENDMSG)
		return l->i.sendmsg(l->i.userdata, j->fd, &m, j->flags);
	n = l->i.recvmsg(l->i.userdata, j->fd, &m, j->flags);
	j->addr_len = m.msg_namelen;
	j->control_len = m.msg_controllen;
	j->msg_flags = m.msg_flags;
	return n;
}

static int64_t run(struct drill_library *l, struct drill_job *j)
{
	void *ud = l->i.userdata;

	switch (j->kind) {
	case DRILL_JOB_ACCEPT:
		return run_accept(l, j);
	case DRILL_JOB_CONNECT:
		return l->i.connect(ud, j->fd, addr_of(j), j->addr_len);
	case DRILL_JOB_CLOSE:
		return l->i.close(ud, j->fd);
	case DRILL_JOB_READ:
		return l->i.read(ud, j->fd, j->bytes, j->len);
	case DRILL_JOB_READV:
		return l->i.readv(ud, j->fd, j->part, j->n_parts);
	case DRILL_JOB_RECV:
		return run_recv(l, j);
	case DRILL_JOB_RECVMSG:
	case DRILL_JOB_SENDMSG:
		return run_message(l, j);
	case DRILL_JOB_WRITE:
		return l->i.write(ud, j->fd, j->bytes, j->len);
	case DRILL_JOB_WRITEV:
		return l->i.writev(ud, j->fd, j->part, j->n_parts);
	case DRILL_JOB_SEND:
		return run_send(l, j);
	case DRILL_JOB_POLL:
		return l->i.poll(ud, j->fds, (nfds_t)j->max, j->ms);
	case DRILL_JOB_EPOLL_WAIT:
		return l->i.epoll_wait(ud, j->fd, j->evs, j->max, j->ms);
	case DRILL_JOB_SPLICE:
		return l->i.splice(ud, j->fd, NULL, j->other, NULL, j->len,
				   (unsigned int)j->flags);
	}
	return -1;
}

int64_t drill_job_run(struct drill_library *l, struct drill_job *j)
{
	int64_t n;

	errno = 0;
	n = run(l, j);
	return n < 0 ? -errno : n;
}
