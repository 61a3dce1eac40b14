/* SPDX-License-Identifier: ISC */
/*
 * drive.h - one stack, and a peer that is the test itself
 *
 * inject() sends the stack exactly one segment; expect() takes the next one
 * that it sends and compares it; expect_nothing() says that there is none.
 * Sequence numbers are relative: those of the peer to its ISN, which lies just
 * below 2^32 so that every test crosses the wrap, those of the stack to the ISN
 * it chose.  Time moves only by drive_sleep().
 *
 *	inject(d, SEG(SYN, 0, 0, .mss = 1460));
 *	expect(d, SEG(SYN | ACK, 0, 1));
 *	inject(d, SEG(ACK, 1, 1));
 *
 * Segments that a driver would hand over together are injected between
 * drive_hold() and drive_deliver().
 */
#ifndef TERN_TEST_RFC_DRIVE_H
#define TERN_TEST_RFC_DRIVE_H

#include "unit/rfc/drive_peer.h"

static inline struct sockaddr_in drive_addr(uint32_t addr, uint16_t port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};

	sin.sin_port = htons(port);
	sin.sin_addr.s_addr = htonl(addr);
	return sin;
}

static inline int drive_socket(struct drive *d)
{
	const int fd = tern_socket(d->n, AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	return fd;
}

static inline void drive_set(struct drive *d, int fd, int level, int name,
			     int value)
{
	assert_int_equal(
		tern_setsockopt(d->n, fd, level, name, &value, sizeof(value)),
		0);
}

static inline int drive_get(struct drive *d, int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	assert_int_equal(tern_getsockopt(d->n, fd, level, name, &value, &len),
			 0);
	return value;
}

static inline void drive_sysctl(struct drive *d, const char *name,
				const char *value)
{
	assert_int_equal(tern_sysctl_set(d->n, name, value), 0);
}

static inline void drive_listen(struct drive *d, int backlog)
{
	struct sockaddr_in sin = drive_addr(INADDR_ANY, STACK_PORT);

	d->lfd = drive_socket(d);
	assert_int_equal(
		tern_bind(d->n, d->lfd, (struct sockaddr *)&sin, sizeof(sin)),
		0);
	assert_int_equal(tern_listen(d->n, d->lfd, backlog), 0);
}

static inline int drive_connect(struct drive *d, int fd)
{
	struct sockaddr_in sin = drive_addr(PEER_ADDR, PEER_PORT);

	d->fd = fd;
	return tern_connect(d->n, fd, (struct sockaddr *)&sin, sizeof(sin));
}

/* ESTABLISHED, as a server, without options but MSS 1460 unless `syn` says
 * otherwise: d->fd is the accepted socket. */
static inline void drive_accept(struct drive *d, struct dseg syn)
{
	if (d->lfd < 0)
		drive_listen(d, 8);
	inject(d, syn);
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(ACK, 1, 1, .ts = syn.ts, .ts_val = syn.ts_val,
		      .ts_ecr = d->last.ts_val));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_true(d->fd >= 0);
	expect_nothing(d);
}

static inline void drive_server(struct drive *d)
{
	drive_accept(d, SEG(SYN, 0, 0, .mss = 1460));
}

/* The same, with a receive buffer of so many bytes. */
static inline void drive_small_server(struct drive *d, int bytes)
{
	drive_listen(d, 8);
	drive_set(d, d->lfd, SOL_SOCKET, SO_RCVBUF, bytes);
	drive_server(d);
}

/* Lets so much time pass that the stack's next ISS for this peer is `before`
 * below 2^32: the sequence numbers of what it sends will wrap. */
static inline void drive_wrap_iss(struct drive *d, uint32_t before)
{
	if (d->lfd < 0)
		drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(RST, 1, 0));
	expect_nothing(d);
	drive_sleep(d, (uint32_t)(0 - before - d->iss) * UINT64_C(4000));
}

/* The same as a client; the peer's SYN,ACK offers MSS 1460 only. */
static inline void drive_client(struct drive *d)
{
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_connect(d, d->fd), 0);
}

/* Sends len bytes 0, 1, 2 ... through the socket; all must be taken. */
static inline void drive_send(struct drive *d, uint32_t len, int flags)
{
	uint8_t *p = malloc(len + 1);
	uint32_t i;

	for (i = 0; i < len; i++)
		p[i] = (uint8_t)i;
	assert_int_equal(tern_send(d->n, d->fd, p, len, flags), len);
	free(p);
	drive_pull(d);
}

/* Reads up to len bytes; returns what tern_recv() does. */
static inline ssize_t drive_recv(struct drive *d, size_t len)
{
	static uint8_t p[1 << 20];
	const ssize_t n = tern_recv(d->n, d->fd, p, len, 0);

	drive_pull(d);
	return n;
}

/* A second interface, DRIVE_SECOND/24; returns its index. */
#define DRIVE_SECOND ip4_addr(10, 9, 8, 7)
static inline int drive_second(struct drive *d)
{
	const struct tern_if_config ic = {
		.name = "d1", .mtu = 1500, .flags = TERN_IF_POINTOPOINT};
	const int i = tern_if_add(d->n, &ic);

	assert_true(i > 0);
	assert_int_equal(tern_addr_add(d->n, i, DRIVE_SECOND, 24), 0);
	return i;
}

/* What the stack tells of the connection; all 0 (CLOSED) if there is none. */
static inline struct tern_sockinfo drive_info(struct drive *d)
{
	struct tern_sockinfo i[64];
	uint64_t cursor = 0;
	int n, k;

	while ((n = tern_sockets(d->n, &cursor, i, 64)) > 0)
		for (k = 0; k < n; k++)
			if (i[k].state != TERN_TCP_LISTEN &&
			    i[k].family == AF_INET)
				return i[k];
	memset(&i[0], 0, sizeof(i[0]));
	return i[0];
}

static inline enum tern_tcp_state drive_state(struct drive *d)
{
	return drive_info(d).state;
}

#endif
