/* SPDX-License-Identifier: ISC */
/*
 * drive.h - drives a stack through packetdrill's interface, as a test
 */
#ifndef TERN_TEST_PACKETDRILL_DRIVE_H
#define TERN_TEST_PACKETDRILL_DRIVE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>

#include <sys/syscall.h>

#include <cmocka.h>

#include "tools/drill/packet.h"
#include "tools/packetdrill/interface.h"

#define LOCAL  0xc0a80001u
#define REMOTE 0xc0000201u
#define PORT   8080
#define PEER   40000

#define assert_fails(call, error)               \
	do {                                    \
		errno = 0;                      \
		assert_int_equal(call, -1);     \
		assert_int_equal(errno, error); \
	} while (0)

struct drive {
	void *handle;
	struct packetdrill_interface i;
	void *ud;
	uint32_t iss; /* of the stack, learnt from its SYN */
};

/* Beside the directory of this program lies what was built with it. */
static inline void drive_path(const char *name, char *out, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", out, size - 1);
	char *slash;
	int i;

	assert_true(n > 0);
	out[n] = 0;
	for (i = 0; i < 2; i++) {
		slash = strrchr(out, '/');
		assert_non_null(slash);
		*slash = 0;
	}
	n = (ssize_t)strlen(out);
	snprintf(out + n, size - (size_t)n, "/%s", name);
}

static inline void drive_open(struct drive *d, const char *flags)
{
	packetdrill_interface_init_fn *init;
	char path[4096];
	void *entry;

	memset(d, 0, sizeof(*d));
	drive_path("libtern-packetdrill.so", path, sizeof(path));
	d->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!d->handle)
		fail_msg("%s", dlerror());
	entry = dlsym(d->handle, "packetdrill_interface_init");
	assert_non_null(entry);
	memcpy(&init, &entry, sizeof(init));
	init(flags, &d->i);
	d->ud = d->i.userdata;
	assert_non_null(d->ud);
}

static inline void drive_close(struct drive *d)
{
	d->i.free(d->ud);
	dlclose(d->handle);
}

static inline long long drive_now(struct drive *d)
{
	struct timeval tv;

	assert_int_equal(d->i.gettimeofday(d->ud, &tv, NULL), 0);
	return tv.tv_sec * 1000000ll + tv.tv_usec;
}

static inline struct sockaddr_in drive_addr(uint32_t addr, uint16_t port)
{
	struct sockaddr_in a;

	memset(&a, 0, sizeof(a));
	a.sin_family = AF_INET;
	a.sin_addr.s_addr = htonl(addr);
	a.sin_port = htons(port);
	return a;
}

/* A segment of the peer, whose sequence numbers begin with 0. */
static inline void drive_feed(struct drive *d, uint16_t flags, uint32_t seq,
			      uint32_t len)
{
	static uint8_t bytes[DRILL_WIRE_MAX];
	struct drill_packet p = {.protocol = DRILL_TCP,
				 .src = REMOTE,
				 .dst = LOCAL,
				 .has_ports = true,
				 .sport = PEER,
				 .dport = PORT,
				 .len = len,
				 .flags = flags,
				 .seq = seq,
				 .has_ack = (flags & TERN_ACK) != 0,
				 .ack = d->iss + 1,
				 .has_wnd = true,
				 .wnd = 65535};
	const uint32_t n = drill_packet_write(&p, seq ? seq - 1 : 0, bytes);

	assert_int_equal(d->i.netdev_send(d->ud, bytes, n), 0);
}

/* The next packet of the stack.  Returns its time, -1 if none will come. */
static inline long long drive_next(struct drive *d, struct drill_packet *p)
{
	static uint8_t bytes[DRILL_WIRE_MAX];
	size_t count = sizeof(bytes);
	long long at = 0;
	const uint8_t *text;

	assert_int_equal(d->i.netdev_receive(d->ud, bytes, &count, &at), 0);
	if (count == 0)
		return -1;
	assert_null(drill_packet_read(p, bytes, (uint32_t)count, &text));
	if (p->flags & TERN_SYN)
		d->iss = p->seq;
	return at;
}

static inline int drive_listen(struct drive *d)
{
	const struct sockaddr_in a = drive_addr(LOCAL, PORT);
	int fd = d->i.socket(d->ud, AF_INET, SOCK_STREAM, 0);

	assert_true(fd > 2);
	assert_int_equal(
		d->i.bind(d->ud, fd, (const struct sockaddr *)&a, sizeof(a)),
		0);
	assert_int_equal(d->i.listen(d->ud, fd, 5), 0);
	return fd;
}

/* The peer opens a connection; returns nothing, the socket is to be
 * accepted. */
static inline void drive_arrive(struct drive *d)
{
	struct drill_packet p;

	drive_feed(d, TERN_SYN, 0, 0);
	assert_true(drive_next(d, &p) >= 0);
	assert_int_equal(p.flags, TERN_SYN | TERN_ACK);
	drive_feed(d, TERN_ACK, 1, 0);
}

/* A connection that the peer has opened.  The listener is closed. */
static inline int drive_connected(struct drive *d)
{
	const int listener = drive_listen(d);
	int fd;

	drive_arrive(d);
	fd = d->i.accept(d->ud, listener, NULL, NULL);
	assert_true(fd > 2);
	assert_int_equal(d->i.close(d->ud, listener), 0);
	return fd;
}

/* A thread that makes one call. */
struct drive_thread {
	struct drive *d;
	int64_t (*call)(struct drive *d, struct drive_thread *t);
	int fd;
	useconds_t nap; /* before it looks at the clock, in real time */
	uint8_t buf[1000];

	pthread_t thread;
	_Atomic int tid;
	_Atomic int over;
	int64_t result; /* or a negative errno */
	long long at;	/* when the call came back */
};

static inline void *drive_work(void *arg)
{
	struct drive_thread *t = arg;

	t->tid = (int)syscall(SYS_gettid);
	t->result = t->call(t->d, t);
	if (t->result < 0)
		t->result = -errno;
	if (t->nap)
		usleep(t->nap);
	t->at = drive_now(t->d);
	t->over = 1;
	return NULL;
}

static inline int drive_is_asleep(int tid)
{
	char path[64], text[256], *end;
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	f = fopen(path, "r");
	if (f) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = 0;
	end = strrchr(text, ')');
	return end && end[2] == 'S';
}

/* Starts it, and waits until the kernel says that it sleeps. */
static inline void drive_start(struct drive_thread *t)
{
	int asleep = 0;

	assert_int_equal(pthread_create(&t->thread, NULL, drive_work, t), 0);
	while (!t->over && asleep < 3) {
		usleep(1000);
		asleep = t->tid && drive_is_asleep(t->tid) ? asleep + 1 : 0;
	}
}

static inline void drive_join(struct drive_thread *t)
{
	assert_int_equal(pthread_join(t->thread, NULL), 0);
}

#endif
