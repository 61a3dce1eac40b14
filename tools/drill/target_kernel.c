/* SPDX-License-Identifier: ISC */
/*
 * target_kernel.c - the stack under test, in the running kernel
 *
 * Calls are made like those of a library (target_library.c).  Here are the
 * wire and the clock, which is the machine's: to step is to wait until the
 * kernel sends something, or the time has come.
 */
#include "target.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>

#include "kernel.h"
#include "wire.h"

#define PACKET_MAX  65535u
#define PATIENCE_NS (INT64_C(2) * 1000000000)
#define ANY_TIME_NS (INT64_C(60) * 1000000000)

/* The library is its first member. */
static struct drill_kernel *kernel_of(const struct drill_stage *s)
{
	return (struct drill_kernel *)s->library;
}

static void look_at_clock(struct drill_stage *s)
{
	const tern_time now = drill_library_now(s->library);

	if (now > s->now)
		s->now = now;
}

/* How long ago the packet was sent. */
static int64_t age_of(const struct msghdr *m)
{
	const struct cmsghdr *h = CMSG_FIRSTHDR(m);
	struct timespec sent, now;
	int64_t age;

	if (!h || h->cmsg_level != SOL_SOCKET || h->cmsg_type != SO_TIMESTAMPNS)
		return 0;
	memcpy(&sent, CMSG_DATA(h), sizeof(sent));
	clock_gettime(CLOCK_REALTIME, &now);
	age = (int64_t)(now.tv_sec - sent.tv_sec) * (int64_t)TERN_S +
	      (now.tv_nsec - sent.tv_nsec);
	return age > 0 ? age : 0;
}

/* What the script may ask for; a kernel says other things, too. */
static bool is_of_interest(const struct sockaddr_ll *from, const uint8_t *bytes,
			   ssize_t len)
{
	if (from->sll_pkttype != PACKET_OUTGOING ||
	    from->sll_protocol != htons(ETH_P_IP) ||
	    len < (ssize_t)DRILL_IP_HEAD)
		return false;
	return bytes[9] == DRILL_PROTO_TCP || bytes[9] == DRILL_PROTO_UDP ||
	       bytes[9] == DRILL_PROTO_ICMP;
}

static void keep(struct drill_stage *s, const uint8_t *bytes, uint32_t len,
		 int64_t age)
{
	struct drill_live *l = malloc(sizeof(*l) + len);

	if (!l)
		abort();
	look_at_clock(s);
	l->at_ns = drill_stage_time(s) - age;
	l->len = len;
	memcpy(l->bytes, bytes, len);
	(void)drill_live_put(s, l);
}

/* Takes all that the kernel has sent by now. */
static void hear(struct drill_stage *s)
{
	static uint8_t bytes[PACKET_MAX];
	const struct drill_kernel *k = kernel_of(s);
	_Alignas(struct cmsghdr) uint8_t control[256];
	struct iovec part = {bytes, sizeof(bytes)};
	struct sockaddr_ll from;
	ssize_t n;

	while (!s->flooded) {
		struct msghdr m = {.msg_name = &from,
				   .msg_namelen = sizeof(from),
				   .msg_iov = &part,
				   .msg_iovlen = 1,
				   .msg_control = control,
				   .msg_controllen = sizeof(control)};

		n = recvmsg(k->listener, &m, 0);
		if (n < 0)
			break;
		if (is_of_interest(&from, bytes, n))
			keep(s, bytes, (uint32_t)n, age_of(&m));
	}
	while (read(k->tun, bytes, sizeof(bytes)) > 0)
		;
}

static bool kernel_step(struct drill_stage *s, int64_t until_ns)
{
	struct pollfd p = {kernel_of(s)->listener, POLLIN, 0};
	struct timespec t;
	int64_t left;

	look_at_clock(s);
	left = until_ns - drill_stage_time(s);
	if (left <= 0)
		return false;
	t.tv_sec = left / (int64_t)TERN_S;
	t.tv_nsec = left % (int64_t)TERN_S;
	(void)ppoll(&p, 1, &t, NULL);
	hear(s);
	look_at_clock(s);
	return true;
}

static int kernel_input(struct drill_stage *s, const uint8_t *bytes,
			uint32_t len)
{
	const ssize_t n = write(kernel_of(s)->tun, bytes, len);

	look_at_clock(s);
	return n < 0 ? -errno : 0;
}

static struct drill_live *kernel_take(struct drill_stage *s)
{
	hear(s);
	return drill_live_take(s);
}

static void kernel_settle(struct drill_stage *s)
{
	look_at_clock(s);
}

static void kernel_close(struct drill_stage *s)
{
	struct drill_kernel *k = kernel_of(s);
	struct drill_worker *w = &k->library.worker;
	struct drill_live *l;

	/* A call that waits now would wait for ever. */
	if (w->started && w->has_job)
		pthread_cancel(w->thread);
	drill_worker_stop(w);
	while ((l = s->first)) {
		s->first = l->next;
		free(l);
	}
	if (k->listener >= 0)
		close(k->listener);
	if (k->tun >= 0)
		close(k->tun);
	if (k->home >= 0) {
		(void)setns(k->home, CLONE_NEWNET);
		close(k->home);
	}
	free(k);
	s->library = NULL;
	s->target = NULL;
}

void drill_kernel_target(struct drill_target *t)
{
	t->patience_ns = PATIENCE_NS;
	t->any_time_ns = ANY_TIME_NS;
	t->close = kernel_close;
	t->settle = kernel_settle;
	t->step = kernel_step;
	t->input = kernel_input;
	t->take = kernel_take;
	t->command = drill_kernel_command;
}
