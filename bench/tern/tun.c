/* SPDX-License-Identifier: ISC */
/*
 * tun.c - segments of 64 KiB over a TUN device, to and from a Linux socket
 *
 *	way=to | from	who receives: the socket, or tern (to)
 *	window=BYTES	send and receive buffers of both ends (1m)
 *	raw=1		no stack: a program that only reads and writes
 *	zc=1		tern sends and receives by reference
 *	ring=1		tern writes bursts through io_uring
 *	seconds=N	of measurement (2), or ms=N
 *
 * Both processes count, and so does what the kernel does for them.  The first
 * megabytes are compared with what was sent; they are not measured.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <tern/libc.h>
#include <tern/tern.h>

#include "device.h"
#include "questions.h"

#define BATCH  16
#define CHUNK  65536
#define SLICES 32

static uint8_t in[CHUNK], out[CHUNK + PATTERN];

struct tun {
	struct tern *n;
	struct tern_link *link;
	int ifindex, listener, fd, device;
	tern_time now;
	uint64_t sent, received;
	struct tern_frame frames[BATCH];
	bool zc;
	int n_waiting, first; /* frames that the device did not take yet */
};

static void listen_on(struct tun *t)
{
	const struct sockaddr_in name = {.sin_family = AF_INET,
					 .sin_port = htons(DEVICE_PORT)};
	const int window = device_window();

	t->fd = -1;
	t->listener = tern_socket(t->n, AF_INET, SOCK_STREAM, 0);
	must_not_fail(t->listener, "socket");
	tern_setsockopt(t->n, t->listener, SOL_SOCKET, SO_SNDBUF, &window,
			sizeof(window));
	tern_setsockopt(t->n, t->listener, SOL_SOCKET, SO_RCVBUF, &window,
			sizeof(window));
	must_not_fail(
		tern_bind(t->n, t->listener, (const void *)&name, sizeof(name)),
		"bind");
	must_not_fail(tern_listen(t->n, t->listener, 1), "listen");
}

static void open_tern(struct tun *t, int device)
{
	struct tern_tun_config l = {.alloc = tern_libc_allocator(),
				    .offload = true,
				    .ring = argument("ring", 0)};
	struct tern_if_config i = {.name = "tun0"};
	struct tern_config c;

	t->device = device;
	t->now = clock_ns();
	tern_config_init(&c);
	c.alloc = tern_libc_allocator();
	must_not_fail(tern_create(&t->n, &c, t->now), "stack");
	l.blocks = tern_blocks(t->n);
	must_not_fail(tern_tun_attach(&t->link, device, &l), "link");
	i.flags = t->link->flags;
	i.mtu = t->link->mtu;
	t->ifindex = tern_if_add(t->n, &i);
	must_not_fail(t->ifindex, "interface");
	must_not_fail(
		tern_addr_add(t->n, t->ifindex, DEVICE_OURS, DEVICE_PREFIX),
		"address");
	listen_on(t);
}

static int take_in(struct tun *t)
{
	struct tern_frame frames[BATCH];
	const int n = tern_link_recv(t->link, frames, BATCH, t->now);

	must_not_fail(n, "the device");
	if (n > 0)
		tern_input(t->n, t->ifindex, frames, n, t->now);
	return n;
}

/* What the device does not take is offered again. */
static int put_out(struct tun *t)
{
	int n;

	if (t->n_waiting == 0) {
		t->first = 0;
		t->n_waiting =
			tern_output(t->n, t->ifindex, t->frames, BATCH, t->now);
	}
	if (t->n_waiting == 0)
		return 0;
	n = tern_link_send(t->link, t->frames + t->first, t->n_waiting, t->now);
	must_not_fail(n, "the device");
	t->first += n;
	t->n_waiting -= n;
	return n;
}

static void send_all(struct tun *t)
{
	ssize_t n;

	do {
		n = tern_send(t->n, t->fd, out + t->sent % PATTERN, CHUNK, 0);
		if (n > 0)
			t->sent += (uint64_t)n;
	} while (n == CHUNK);
	must(n > 0 || n == -EAGAIN, "send");
}

static void receive_all(struct tun *t)
{
	ssize_t n;

	while ((n = tern_recv(t->n, t->fd, in, CHUNK, 0)) > 0) {
		must(t->received >= DEVICE_CHECKED ||
			     pattern_is(in, (size_t)n, t->received),
		     "a byte is not what was sent");
		t->received += (uint64_t)n;
	}
	must(n == -EAGAIN, "recv");
}

static void lend_all(struct tun *t)
{
	struct tern_zc_done done[SLICES];
	ssize_t n;

	while (tern_zc_done(t->n, t->fd, done, SLICES) == SLICES)
		;
	do {
		n = tern_send_zc(t->n, t->fd, out + t->sent % PATTERN, CHUNK, 0,
				 t->sent);
		if (n > 0)
			t->sent += (uint64_t)n;
	} while (n == CHUNK);
	must(n > 0 || n == -EAGAIN, "send");
}

static void borrow_all(struct tun *t)
{
	struct tern_slice slices[SLICES];
	int i, n;

	while ((n = tern_recv_zc(t->n, t->fd, slices, SLICES, 0)) > 0) {
		for (i = 0; i < n; i++) {
			must(t->received >= DEVICE_CHECKED ||
				     pattern_is(slices[i].data, slices[i].len,
						t->received),
			     "a byte is not what was sent");
			t->received += slices[i].len;
		}
		tern_recv_zc_done(t->n, t->fd, slices, n);
	}
	must(n == -EAGAIN, "recv");
}

static void move_text(struct tun *t, bool to)
{
	if (to && t->zc)
		lend_all(t);
	else if (to)
		send_all(t);
	else if (t->zc)
		borrow_all(t);
	else
		receive_all(t);
}

static void rest(struct tun *t)
{
	const tern_time deadline = tern_deadline(t->n);
	int ms = 100;

	if (deadline < t->now + 100 * TERN_MS)
		ms = deadline > t->now
			     ? (int)((deadline - t->now) / TERN_MS) + 1
			     : 0;
	device_wait(t->device, ms);
}

/*
 * What is there to be read, as far as it fits into a turn, is acknowledged at
 * once: output comes after the last of it.  But it is taken out as soon as it
 * is in, so that all of it comes through the same few blocks.
 */
static void turn(struct tun *t, bool to)
{
	int got, moved = 0;

	t->now = clock_ns();
	do {
		got = take_in(t);
		moved += got;
		if (t->fd < 0)
			t->fd = tern_accept(t->n, t->listener, NULL, NULL);
		if (t->fd >= 0)
			move_text(t, to);
	} while (got > 0 && moved < BATCH);
	tern_advance(t->n, t->now);
	moved += put_out(t);
	if (!moved)
		rest(t);
}

void question_tun(void)
{
	const bool to = !strcmp(argument_text("way", "to"), "to");
	const int device = device_open();
	struct device_run run = {.started = false};
	struct device_peer *peer = device_start_peer(&run.both, to);
	static struct tun t;

	pattern_fill(out, sizeof(out), 0);
	if (argument("raw", 0)) {
		tun_raw(device, &run, peer, to);
		return;
	}
	t.zc = argument("zc", 0);
	open_tern(&t, device);
	do
		turn(&t, to);
	while (device_measure(&run, to ? peer->received : t.received));
	tern_destroy(t.n);
	tern_link_close(t.link);
}
