/* SPDX-License-Identifier: ISC */
/*
 * host_zero_copy.c - sending and receiving by reference, with waiting
 *
 * A send that waits takes one loan, however long it is: two for one call could
 * not be told apart by their cookie.
 */
#include "host_state.h"

#include <errno.h>

/* host_result() for what does not fit into an int. */
static ssize_t give(struct tern_host *h, ssize_t result)
{
	host_leave(h);
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}

/* NOLINTNEXTLINE(readability-function-size): one more than send(2). */
ssize_t tern_host_send_zc(struct tern_host *h, int fd, const void *buf,
			  size_t len, int flags, uint64_t cookie)
{
	struct host_call c = {.fd = fd,
			      .events = POLLOUT,
			      .timeout = SO_SNDTIMEO,
			      .dont_wait = flags & MSG_DONTWAIT};
	ssize_t n;
	int error = 0;

	host_enter(h);
	do {
		n = tern_send_zc(h->stack, fd, buf, len, flags, cookie);
		if (n == -EAGAIN)
			error = host_call_wait(h, &c);
	} while (n == -EAGAIN && !error);
	return give(h, error ? error : n);
}

int tern_host_zc_done(struct tern_host *h, int fd, struct tern_zc_done *done,
		      int max, int flags)
{
	struct host_call c = {.fd = fd,
			      .events = POLLMSG,
			      .timeout = SO_SNDTIMEO,
			      .dont_wait = fd == -1 || flags & MSG_DONTWAIT};
	int n, error = 0;

	host_enter(h);
	do {
		n = tern_zc_done(h->stack, fd, done, max);
		if (n == -EAGAIN)
			error = host_call_wait(h, &c);
	} while (n == -EAGAIN && !error);
	return host_result(h, error ? error : n);
}

int tern_host_recv_zc(struct tern_host *h, int fd, struct tern_slice *slices,
		      int max, int flags)
{
	struct host_call c = {.fd = fd,
			      .events = POLLIN,
			      .timeout = SO_RCVTIMEO,
			      .dont_wait = flags & MSG_DONTWAIT};
	int n, error = 0;

	host_enter(h);
	do {
		n = tern_recv_zc(h->stack, fd, slices, max, flags);
		if (n == -EAGAIN)
			error = host_call_wait(h, &c);
	} while (n == -EAGAIN && !error);
	return host_result(h, error ? error : n);
}

void tern_host_recv_zc_done(struct tern_host *h, int fd,
			    struct tern_slice *slices, int n_slices)
{
	host_enter(h);
	tern_recv_zc_done(h->stack, fd, slices, n_slices);
	host_leave(h);
}
