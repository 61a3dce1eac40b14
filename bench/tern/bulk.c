/* SPDX-License-Identifier: ISC */
/*
 * bulk.c - one connection that sends as much as it can
 *
 *	window=BYTES	send and receive buffers (64k)
 *	gso=1		segments of up to 64 KiB cross the pipe
 *	trusted=1	and no checksum is made or looked at
 *	zc=1		sends and receives by reference (tern_send_zc)
 *	seconds=N	of measurement (2), or ms=N
 *
 * Data is copied in and out as an application does, 64 KiB at a time.  The
 * first megabytes are compared with what was sent; they are not measured.
 *
 * By reference, the sender lends the same memory again and again, 64 KiB at a
 * time, and the receiver gives all that has come back before it takes more.
 */
#include <errno.h>

#include "pair.h"
#include "questions.h"

#define CHUNK	65536
#define CHECKED (8 << 20)
#define SLICES	32

static uint8_t in[CHUNK], out[CHUNK + PATTERN];

struct bulk {
	struct pair pair;
	int fd[2];
	uint64_t sent, received;
	bool zc;
};

static void send_all(struct bulk *b)
{
	ssize_t n;

	do {
		n = tern_send(b->pair.end[0], b->fd[0], out + b->sent % PATTERN,
			      CHUNK, 0);
		if (n > 0)
			b->sent += (uint64_t)n;
	} while (n == CHUNK);
}

static void receive_all(struct bulk *b, bool check)
{
	ssize_t n;

	while ((n = tern_recv(b->pair.end[1], b->fd[1], in, CHUNK, 0)) > 0) {
		must(!check || pattern_is(in, (size_t)n, b->received),
		     "a byte is not what was sent");
		b->received += (uint64_t)n;
	}
	must(n != 0, "the stream ended");
}

static void lend_all(struct bulk *b)
{
	struct tern *end = b->pair.end[0];
	struct tern_zc_done done[SLICES];
	ssize_t n;

	while (tern_zc_done(end, b->fd[0], done, SLICES) == SLICES)
		;
	do {
		n = tern_send_zc(end, b->fd[0], out + b->sent % PATTERN, CHUNK,
				 0, b->sent);
		if (n > 0)
			b->sent += (uint64_t)n;
	} while (n == CHUNK);
	must(n > 0 || n == -EAGAIN, "send");
}

static void borrow_all(struct bulk *b, bool check)
{
	struct tern *end = b->pair.end[1];
	struct tern_slice slices[SLICES];
	int i, n;

	while ((n = tern_recv_zc(end, b->fd[1], slices, SLICES, 0)) > 0) {
		for (i = 0; i < n; i++) {
			must(!check || pattern_is(slices[i].data, slices[i].len,
						  b->received),
			     "a byte is not what was sent");
			b->received += slices[i].len;
		}
		tern_recv_zc_done(end, b->fd[1], slices, n);
	}
	must(n != 0, "the stream ended");
}

static void turn(struct bulk *b, bool check)
{
	pair_tick(&b->pair);
	if (b->zc)
		lend_all(b);
	else
		send_all(b);
	pair_carry(&b->pair, 0);
	if (b->zc)
		borrow_all(b, check);
	else
		receive_all(b, check);
	pair_carry(&b->pair, 1);
}

void question_bulk(void)
{
	const uint64_t limit = argument_span_ns(2);
	const struct pair_config c = {
		.window = (uint32_t)argument("window", 65536),
		.flags =
			(argument("gso", 0) ? TERN_IF_GSO | TERN_IF_CSUM : 0) |
			(argument("trusted", 0) ? TERN_IF_TRUSTED | TERN_IF_CSUM
						: 0)};
	static struct bulk b;
	struct span s;
	uint64_t before;

	b.zc = argument("zc", 0);
	pair_open(&b.pair, &c);
	pair_join(&b.pair, b.fd);
	pattern_fill(out, sizeof(out), 0);
	while (b.received < CHECKED)
		turn(&b, true);
	before = b.received;
	span_start(&s);
	while (!span_done(&s, b.pair.now, limit, b.received - before))
		turn(&b, false);
	span_end(&s);
	report_rate("", "Gbit/s", (double)(b.received - before) * 8e-9, &s);
	pair_close(&b.pair);
}
