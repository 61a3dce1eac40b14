/* SPDX-License-Identifier: ISC */
/*
 * target_library.c - the stack under test, behind packetdrill's interface
 *
 * Calls that may wait are jobs of the worker; all others are made right here.
 */
#include "target.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "library.h"

#define SPIN_US	   20 /* before an event, only the clock is looked at */
#define PACKET_MAX 65535u

static int error_of(int result)
{
	return result < 0 ? -errno : result;
}

static bool lib_waiting(const struct drill_stage *s)
{
	return s->library->worker.has_job;
}

static void look_at_clock(struct drill_stage *s)
{
	const tern_time now = drill_library_now(s->library);

	if (now > s->now)
		s->now = now;
}

/*
 * Has the worker make the call.  Returns its result, or `meanwhile` as long as
 * it waits.
 */
static int64_t make(struct drill_stage *s, struct drill_job *j,
		    int64_t meanwhile)
{
	struct drill_worker *w = &s->library->worker;

	if (!drill_worker_make(w, j))
		return meanwhile;
	s->answered = w->answered;
	if (w->answered > s->now)
		s->now = w->answered;
	return j->result;
}

static void lib_close(struct drill_stage *s)
{
	struct drill_library *l = s->library;

	/* Calls that wait end with it. */
	l->i.free(l->i.userdata);
	drill_worker_stop(&l->worker);
	dlclose(l->handle);
	free(l);
	s->library = NULL;
}

static void lib_settle(struct drill_stage *s)
{
	(void)s;
}

static bool lib_step(struct drill_stage *s, int64_t until_ns)
{
	const tern_time until = s->origin + (tern_time)until_ns;
	const useconds_t spin = lib_waiting(s) ? 1 : SPIN_US;
	struct packetdrill_interface *i = &s->library->i;
	uint64_t left_us;

	if (until_ns <= drill_stage_time(s))
		return false;
	left_us = (until - s->now + TERN_US - 1) / TERN_US;
	for (; left_us > spin + UINT32_MAX / 2; left_us -= UINT32_MAX / 2)
		i->usleep(i->userdata, UINT32_MAX / 2);
	if (left_us > spin)
		i->usleep(i->userdata, (useconds_t)(left_us - spin));
	do {
		look_at_clock(s);
	} while (s->now < until);
	return true;
}

static int lib_input(struct drill_stage *s, const uint8_t *bytes, uint32_t len)
{
	const struct packetdrill_interface *i = &s->library->i;

	return error_of(i->netdev_send(i->userdata, bytes, len));
}

static struct drill_live *lib_take(struct drill_stage *s)
{
	struct drill_live *l = malloc(sizeof(*l) + PACKET_MAX);
	const struct packetdrill_interface *i = &s->library->i;
	size_t count = PACKET_MAX;
	long long us = 0;

	if (!l)
		return NULL;
	if (i->netdev_receive(i->userdata, l->bytes, &count, &us) ||
	    count == 0) {
		free(l);
		return NULL;
	}
	l->next = NULL;
	l->len = (uint32_t)count;
	l->at_ns = us * (long long)TERN_US - (long long)s->origin;
	if (l->at_ns > drill_stage_time(s))
		s->now = s->origin + (tern_time)l->at_ns;
	return l;
}

static int lib_command(struct drill_stage *s, char **argv, FILE *out, FILE *err)
{
	const char *path = getenv(PACKETDRILL_CONTROL);

	(void)s;
	if (path)
		return drill_ask(path, argv, out, err);
	fprintf(err, "%s: the library takes no commands (%s is not set)\n",
		argv[0], PACKETDRILL_CONTROL);
	return 1;
}

static int lib_socket(struct drill_stage *s, int domain, int type, int protocol)
{
	const struct packetdrill_interface *i = &s->library->i;

	return error_of(i->socket(i->userdata, domain, type, protocol));
}

static int lib_bind(struct drill_stage *s, int fd, const struct sockaddr *addr,
		    socklen_t len)
{
	const struct packetdrill_interface *i = &s->library->i;

	return error_of(i->bind(i->userdata, fd, addr, len));
}

static int lib_listen(struct drill_stage *s, int fd, int backlog)
{
	const struct packetdrill_interface *i = &s->library->i;

	return error_of(i->listen(i->userdata, fd, backlog));
}

static void put_addr(struct drill_job *j, const struct sockaddr *addr,
		     socklen_t len)
{
	j->has_addr = addr != NULL;
	j->addr_len = len;
	if (addr)
		memcpy(&j->addr, addr,
		       len < sizeof(j->addr) ? len : sizeof(j->addr));
}

static int lib_accept(struct drill_stage *s, int fd, struct sockaddr *addr,
		      socklen_t *len, int flags)
{
	struct drill_job j = {
		.kind = DRILL_JOB_ACCEPT, .fd = fd, .flags = flags};
	int64_t r;

	put_addr(&j, addr, *len);
	r = make(s, &j, -EAGAIN);
	if (r >= 0) {
		memcpy(addr, &j.addr, sizeof(j.addr));
		*len = j.addr_len;
	}
	return (int)r;
}

static int lib_connect(struct drill_stage *s, int fd,
		       const struct sockaddr *addr, socklen_t len)
{
	struct drill_job j = {.kind = DRILL_JOB_CONNECT, .fd = fd};

	put_addr(&j, addr, len);
	return (int)make(s, &j, -EINPROGRESS);
}

static int lib_shutdown(struct drill_stage *s, int fd, int how)
{
	const struct packetdrill_interface *i = &s->library->i;

	return error_of(i->shutdown(i->userdata, fd, how));
}

static int lib_close_fd(struct drill_stage *s, int fd)
{
	struct drill_job j = {.kind = DRILL_JOB_CLOSE, .fd = fd};

	return (int)make(s, &j, -EAGAIN);
}

static int lib_getsockname(struct drill_stage *s, int fd, struct sockaddr *addr,
			   socklen_t *len)
{
	return error_of(s->library->getsockname(fd, addr, len));
}

static int lib_getpeername(struct drill_stage *s, int fd, struct sockaddr *addr,
			   socklen_t *len)
{
	return error_of(s->library->getpeername(fd, addr, len));
}

static int lib_getsockopt(struct drill_stage *s, int fd, int level, int name,
			  void *value, socklen_t *len)
{
	const struct packetdrill_interface *i = &s->library->i;

	return error_of(
		i->getsockopt(i->userdata, fd, level, name, value, len));
}

static int lib_setsockopt(struct drill_stage *s, int fd, int level, int name,
			  const void *value, socklen_t len)
{
	const struct packetdrill_interface *i = &s->library->i;

	return error_of(
		i->setsockopt(i->userdata, fd, level, name, value, len));
}

static int lib_ioctl(struct drill_stage *s, int fd, unsigned long request,
		     int *value)
{
	const struct packetdrill_interface *i = &s->library->i;

	return error_of(i->ioctl(i->userdata, fd, request, value));
}

static int lib_fcntl(struct drill_stage *s, int fd, int cmd, int arg)
{
	const struct packetdrill_interface *i = &s->library->i;

	return error_of(i->fcntl(i->userdata, fd, cmd, arg));
}

/* One buffer.  That of a send is not written to. */
static void put_bytes(struct drill_job *j, const void *buf, size_t len)
{
	j->part[0].iov_base = (void *)(uintptr_t)buf;
	j->part[0].iov_len = len;
	j->n_parts = 1;
	j->len = len;
}

static void put_parts(struct drill_job *j, const struct iovec *iov, size_t n)
{
	size_t i;

	j->n_parts = (int)(n < DRILL_JOB_PARTS ? n : DRILL_JOB_PARTS);
	for (i = 0; i < (size_t)j->n_parts; i++) {
		j->part[i] = iov[i];
		j->len += iov[i].iov_len;
	}
}

static ssize_t lib_send(struct drill_stage *s, int fd,
			const struct drill_send *a)
{
	struct drill_job j = {
		.kind = DRILL_JOB_SEND, .fd = fd, .flags = a->flags};

	put_bytes(&j, a->buf, a->len);
	put_addr(&j, a->addr, a->addr_len);
	return (ssize_t)make(s, &j, -EAGAIN);
}

static ssize_t lib_write(struct drill_stage *s, int fd, const void *buf,
			 size_t len)
{
	struct drill_job j = {.kind = DRILL_JOB_WRITE, .fd = fd};

	put_bytes(&j, buf, len);
	return (ssize_t)make(s, &j, -EAGAIN);
}

static ssize_t lib_writev(struct drill_stage *s, int fd,
			  const struct iovec *iov, int n_iov)
{
	struct drill_job j = {.kind = DRILL_JOB_WRITEV, .fd = fd};

	put_parts(&j, iov, n_iov < 0 ? 0 : (size_t)n_iov);
	return (ssize_t)make(s, &j, -EAGAIN);
}

static void put_message(struct drill_job *j, const struct msghdr *m)
{
	put_parts(j, m->msg_iov, m->msg_iovlen);
	put_addr(j, m->msg_name, m->msg_namelen);
	j->control_len = m->msg_controllen < DRILL_JOB_CONTROL
				 ? m->msg_controllen
				 : DRILL_JOB_CONTROL;
	if (j->control_len)
		memcpy(j->control, m->msg_control, j->control_len);
}

static ssize_t lib_sendmsg(struct drill_stage *s, int fd,
			   const struct msghdr *msg, int flags)
{
	struct drill_job j = {
		.kind = DRILL_JOB_SENDMSG, .fd = fd, .flags = flags};

	put_message(&j, msg);
	return (ssize_t)make(s, &j, -EAGAIN);
}

static ssize_t lib_recv(struct drill_stage *s, int fd,
			const struct drill_recv *a)
{
	struct drill_job j = {
		.kind = DRILL_JOB_RECV, .fd = fd, .flags = a->flags};
	ssize_t n;

	put_bytes(&j, a->buf, a->len);
	put_addr(&j, a->addr, a->addr ? *a->addr_len : 0);
	n = (ssize_t)make(s, &j, -EAGAIN);
	if (n >= 0 && a->addr) {
		memcpy(a->addr, &j.addr, sizeof(j.addr));
		*a->addr_len = j.addr_len;
	}
	return n;
}

static ssize_t lib_recvmsg(struct drill_stage *s, int fd, struct msghdr *msg,
			   int flags)
{
	struct drill_job j = {
		.kind = DRILL_JOB_RECVMSG, .fd = fd, .flags = flags};
	ssize_t n;

	put_message(&j, msg);
	n = (ssize_t)make(s, &j, -EAGAIN);
	if (n < 0)
		return n;
	if (msg->msg_name)
		memcpy(msg->msg_name, &j.addr, sizeof(j.addr));
	if (j.control_len)
		memcpy(msg->msg_control, j.control, j.control_len);
	msg->msg_namelen = j.addr_len;
	msg->msg_controllen = j.control_len;
	msg->msg_flags = j.msg_flags;
	return n;
}

static ssize_t lib_read(struct drill_stage *s, int fd, void *buf, size_t len)
{
	struct drill_job j = {.kind = DRILL_JOB_READ, .fd = fd};

	put_bytes(&j, buf, len);
	return (ssize_t)make(s, &j, -EAGAIN);
}

static ssize_t lib_readv(struct drill_stage *s, int fd, const struct iovec *iov,
			 int n_iov)
{
	struct drill_job j = {.kind = DRILL_JOB_READV, .fd = fd};

	put_parts(&j, iov, n_iov < 0 ? 0 : (size_t)n_iov);
	return (ssize_t)make(s, &j, -EAGAIN);
}

static int lib_poll(struct drill_stage *s, struct pollfd *fds, nfds_t n, int ms)
{
	struct drill_job j = {.kind = DRILL_JOB_POLL, .ms = ms};
	int r;

	j.max = (int)(n < DRILL_JOB_FDS ? n : DRILL_JOB_FDS);
	if (j.max > 0)
		memcpy(j.fds, fds, (size_t)j.max * sizeof(fds[0]));
	r = (int)make(s, &j, 0);
	if (j.max > 0)
		memcpy(fds, j.fds, (size_t)j.max * sizeof(fds[0]));
	return r;
}

static int lib_epoll_create(struct drill_stage *s)
{
	const struct packetdrill_interface *i = &s->library->i;

	return error_of(i->epoll_create(i->userdata, 1));
}

static int lib_epoll_ctl(struct drill_stage *s, int set, int op, int fd,
			 struct epoll_event *ev)
{
	const struct packetdrill_interface *i = &s->library->i;

	return error_of(i->epoll_ctl(i->userdata, set, op, fd, ev));
}

static int lib_epoll_wait(struct drill_stage *s, int set,
			  struct epoll_event *evs, int max, int ms)
{
	struct drill_job j = {
		.kind = DRILL_JOB_EPOLL_WAIT, .fd = set, .max = max, .ms = ms};
	int r;

	if (j.max > DRILL_JOB_FDS)
		j.max = DRILL_JOB_FDS;
	r = (int)make(s, &j, 0);
	if (r > 0)
		memcpy(evs, j.evs, (size_t)r * sizeof(evs[0]));
	return r;
}

static int lib_pipe(struct drill_stage *s, int fds[2])
{
	const struct packetdrill_interface *i = &s->library->i;

	return error_of(i->pipe(i->userdata, fds));
}

static ssize_t lib_splice(struct drill_stage *s, int in, int out, size_t len,
			  unsigned int flags)
{
	struct drill_job j = {.kind = DRILL_JOB_SPLICE,
			      .fd = in,
			      .other = out,
			      .len = len,
			      .flags = (int)flags};

	return (ssize_t)make(s, &j, -EAGAIN);
}

const struct drill_target drill_target_library = {
	.blocks = true,
	.patience_ns = DRILL_PATIENCE_NS,
	.any_time_ns = DRILL_ANY_TIME_NS,
	.waiting = lib_waiting,
	.close = lib_close,
	.settle = lib_settle,
	.step = lib_step,
	.input = lib_input,
	.take = lib_take,
	.command = lib_command,
	.socket = lib_socket,
	.bind = lib_bind,
	.listen = lib_listen,
	.accept = lib_accept,
	.connect = lib_connect,
	.shutdown = lib_shutdown,
	.close_fd = lib_close_fd,
	.getsockname = lib_getsockname,
	.getpeername = lib_getpeername,
	.getsockopt = lib_getsockopt,
	.setsockopt = lib_setsockopt,
	.ioctl = lib_ioctl,
	.fcntl = lib_fcntl,
	.send = lib_send,
	.sendmsg = lib_sendmsg,
	.write = lib_write,
	.writev = lib_writev,
	.recv = lib_recv,
	.recvmsg = lib_recvmsg,
	.read = lib_read,
	.readv = lib_readv,
	.poll = lib_poll,
	.epoll_create = lib_epoll_create,
	.epoll_ctl = lib_epoll_ctl,
	.epoll_wait = lib_epoll_wait,
	.pipe = lib_pipe,
	.splice = lib_splice,
};
