/* SPDX-License-Identifier: ISC */
/*
 * autotune_test.c - how large windows and buffers become, rule by rule
 */
#include "tcp/arrives.h"
#include "tcp/autotune.h"
#include "unit/tcp/flight.h"
#include "unit/tcp/opts_of.h"

struct tuned {
	struct drive *d;
	struct tcp *tcp;
	struct tcb *t;
	struct flow *f;
	struct segment seg;
	struct packet packet;
	struct tern_frame frame;
};

/* A connection that has received one byte, and read it. */
static void begin(struct tuned *x, bool ts)
{
	memset(x, 0, sizeof(*x));
	x->d = drive_new();
	flight_join(x->d, SEG(SYN, 0, 0, .mss = 1460, .ts = ts, .ts_val = 7));
	inject(x->d, SEG(ACK, 1, 1, .len = 1, .ts = ts, .ts_val = 7));
	drive_drain(x->d);
	drive_recv(x->d, 10);
	drive_drain(x->d);
	x->tcp = &x->d->n->tcp;
	x->t = flight_tcb(x->d);
	x->f = x->t->flow;
	assert_non_null(x->f);
	x->seg.packet = &x->packet;
	x->packet.frame = &x->frame;
	x->t->rcv_mss = 1000;
	x->f->rcv.rtt_us = 80000;
}

static void later(struct tuned *x, uint64_t ns)
{
	x->d->now += ns;
	x->d->n->env.now = x->d->now;
}

/* Text that carries an echo of what was sent `ms` ago. */
static void echo(struct tuned *x, uint32_t ms, uint32_t len)
{
	x->seg.opt.ts_ecr =
		timestamp_now(x->tcp, conn_ts_offset(&x->t->conn)) - ms;
	x->seg.text_len = len;
	autotune_received(x->tcp, x->t, &x->seg);
}

/* The round trip by timestamps: that of the first full segment, and 1/8 of each
 * that echoes another time. */
static void by_timestamp(void **state)
{
	struct tuned x;

	(void)state;
	begin(&x, true);
	echo(&x, 150, 999); /* a segment that is not full may have waited */
	assert_int_equal(x.f->rcv.rtt_us, 80000);
	assert_false(x.f->rcv.measured);
	echo(&x, 80, 1000);
	assert_int_equal(x.f->rcv.rtt_us, 80000);
	assert_true(x.f->rcv.measured);
	echo(&x, 160, 1000);
	assert_int_equal(x.f->rcv.rtt_us, 90000);
	later(&x, 100 * TERN_MS);
	x.tcp->tun.linux_acks = true;
	echo(&x, 260, 1000); /* the same time once more: it was sent later */
	assert_int_equal(x.f->rcv.rtt_us, 90000);
	x.tcp->tun.linux_acks = false;
	echo(&x, 0, 1000); /* less than a tick */
	assert_int_equal(x.f->rcv.rtt_us, 90000);
	echo(&x, 600000, 1000); /* absurd */
	assert_int_equal(x.f->rcv.rtt_us, 90000);
	x.f->rcv.rtt_us = 0;
	echo(&x, 599999, 1000);
	assert_int_equal(x.f->rcv.rtt_us, UINT32_MAX / 8);
	x.f->rcv.rtt_us = 0;
	x.seg.opt.ts_ecr = 0;
	autotune_received(x.tcp, x.t, &x.seg);
	assert_int_equal(x.f->rcv.rtt_us, 0);
	drive_free(x.d);
}

/* ... or by how long a window lasts, which is never too short. */
static void by_window(void **state)
{
	struct tuned x;

	(void)state;
	begin(&x, false);
	x.f->rcv.window_end = seq_add(x.t->rcv.nxt, 1);
	x.f->rcv.window_at = x.d->now;
	later(&x, 50 * TERN_MS);
	autotune_received(x.tcp, x.t, &x.seg);
	assert_int_equal(x.f->rcv.rtt_us, 80000);
	x.f->rcv.window_end = x.t->rcv.nxt;
	autotune_received(x.tcp, x.t, &x.seg);
	assert_int_equal(x.f->rcv.rtt_us, 50000);
	assert_int_equal(x.f->rcv.window_end.u, x.t->rcv.adv.u);
	assert_int_equal(x.f->rcv.window_at, x.d->now);
	later(&x, 90 * TERN_MS);
	x.f->rcv.window_end = x.t->rcv.nxt;
	autotune_received(x.tcp, x.t, &x.seg);
	assert_int_equal(x.f->rcv.rtt_us, 50000); /* too long says nothing */
	x.f->rcv.rtt_us = 0;
	later(&x, 90 * TERN_MS);
	x.f->rcv.window_end = x.t->rcv.nxt;
	autotune_received(x.tcp, x.t, &x.seg);
	assert_int_equal(x.f->rcv.rtt_us, 90000);
	drive_free(x.d);
}

/* What is offered grows by twice what came, up to what the buffer holds; tiny
 * segments, whose overhead is great, do not make it grow. */
static void window_opens(void **state)
{
	struct tuned x;
	uint32_t was;

	(void)state;
	begin(&x, false);
	x.t->bufs.rcv = 1000000;
	x.t->mss = 1000;
	was = x.f->rcv.ssthresh = 20000;
	x.seg.text_len = 127;
	autotune_received(x.tcp, x.t, &x.seg);
	assert_int_equal(x.f->rcv.ssthresh, was);
	x.seg.text_len = 128;
	autotune_received(x.tcp, x.t, &x.seg);
	assert_int_equal(x.f->rcv.ssthresh, was + 2000);
	x.seg.text_len = 3000;
	autotune_received(x.tcp, x.t, &x.seg);
	assert_int_equal(x.f->rcv.ssthresh, was + 8000);
	x.t->bufs.rcv = 20000;
	autotune_received(x.tcp, x.t, &x.seg);
	assert_int_equal(x.f->rcv.ssthresh, was + 8000);
	drive_free(x.d);
}

/* Memory is short: no window opens any further, no buffer grows. */
static void pressure(void **state)
{
	struct tuned x;
	uint32_t was;

	(void)state;
	begin(&x, false);
	x.t->bufs.rcv = 1000000;
	x.t->bufs.snd = 1;
	opts_of(x.t)->sndbuf_locked = false;
	x.seg.text_len = 1000;
	was = x.f->rcv.ssthresh = 20000;
	x.tcp->tun.mem[0] = x.tcp->tun.mem[1] = 0;
	autotune_received(x.tcp, x.t, &x.seg);
	autotune_send(x.tcp, x.t);
	assert_int_equal(x.f->rcv.ssthresh, was);
	assert_int_equal(x.t->bufs.snd, 1);
	assert_true(autotune_pressed(x.tcp));
	assert_false(autotune_closed(x.tcp));
	x.tcp->tun.mem[2] = 0;
	assert_true(autotune_closed(x.tcp));
	assert_int_equal(COUNTED(x.d, TCPMemoryPressures), 1);
	x.tcp->tun.mem[0] = x.tcp->tun.mem[1] = x.tcp->tun.mem[2] = 1 << 20;
	assert_false(autotune_pressed(x.tcp));
	autotune_send(x.tcp, x.t);
	assert_true(x.t->bufs.snd > 1);
	drive_free(x.d);
}

/* The user has taken so many bytes since the round trip began. */
static uint32_t read_bytes(struct tuned *x, uint32_t n)
{
	x->f->rcv.since = x->d->now;
	x->f->rcv.from = seq_sub(x->t->rcv.nxt, n);
	later(x, 80 * TERN_MS);
	autotune_read(x->tcp, x->t);
	return x->t->bufs.rcv;
}

/* A buffer has room for twice what the user takes in a round trip, and grows
 * with the rate at which that grows; it never shrinks. */
static void receive_buffer(void **state)
{
	struct tuned x;
	uint32_t was;

	(void)state;
	begin(&x, false);
	x.f->rcv.taken = 100000;
	was = x.t->bufs.rcv;
	assert_int_equal(read_bytes(&x, 100000), was);
	assert_int_equal(x.f->rcv.taken, 100000);
	assert_int_equal(
		read_bytes(&x, 100001),
		autotune_space(x.tcp, 2U * 100001U + 16U * x.t->mss + 4U));
	assert_int_equal(x.f->rcv.taken, 100001);
	x.f->rcv.taken = 100000;
	was = x.t->bufs.rcv;
	read_bytes(&x, 150000);
	assert_true(x.t->bufs.rcv > 2 * was);
	x.t->bufs.rcv = 50 << 20;
	x.f->rcv.taken = 100000;
	assert_int_equal(read_bytes(&x, 150000), 50 << 20);
	x.t->bufs.rcv = 1000;
	x.f->rcv.taken = 1;
	assert_int_equal(read_bytes(&x, 10 << 20), x.tcp->tun.rmem[2]);
	drive_free(x.d);
}

/* A round trip, and not less, is what counts; the user may have said how large
 * his buffer is. */
static void receive_buffer_stays(void **state)
{
	struct tuned x;
	uint32_t was;

	(void)state;
	begin(&x, false);
	was = x.t->bufs.rcv;
	x.f->rcv.taken = 1;
	x.f->rcv.since = x.d->now;
	x.f->rcv.from = seq_sub(x.t->rcv.nxt, 1 << 20);
	later(&x, 80 * TERN_MS - 1000);
	autotune_read(x.tcp, x.t);
	assert_int_equal(x.t->bufs.rcv, was);
	opts_of(x.t)->rcvbuf_locked = true;
	later(&x, 1000);
	autotune_read(x.tcp, x.t);
	assert_int_equal(x.t->bufs.rcv, was);
	assert_int_equal(x.f->rcv.taken, 1 << 20);
	assert_int_equal(x.f->rcv.since, x.d->now);
	assert_int_equal(x.f->rcv.from.u, x.t->rcv.nxt.u);
	opts_of(x.t)->rcvbuf_locked = false;
	x.tcp->tun.moderate_rcvbuf = 0;
	assert_int_equal(read_bytes(&x, 2 << 20), was);
	x.tcp->tun.moderate_rcvbuf = 1;
	x.f->rcv.rtt_us = 0; /* no round trip is known */
	assert_int_equal(read_bytes(&x, 3 << 20), was);
	drive_free(x.d);
}

/* The send buffer: twice cwnd, and as much again for overhead. */
static void send_buffer(void **state)
{
	struct tuned x;

	(void)state;
	begin(&x, false);
	x.t->bufs.snd = 1;
	opts_of(x.t)->sndbuf_locked = true;
	x.t->cc.cwnd = 100000;
	autotune_send(x.tcp, x.t);
	assert_int_equal(x.t->bufs.snd, 1);
	opts_of(x.t)->sndbuf_locked = false;
	autotune_send(x.tcp, x.t);
	assert_int_equal(x.t->bufs.snd, 400000);
	x.t->cc.cwnd = 99999; /* it does not shrink */
	autotune_send(x.tcp, x.t);
	assert_int_equal(x.t->bufs.snd, 400000);
	x.t->cc.cwnd = 1 << 30;
	autotune_send(x.tcp, x.t);
	assert_int_equal(x.t->bufs.snd, x.tcp->tun.wmem[2]);
	x.t->bufs.snd = x.tcp->tun.wmem[2] + 1; /* the tunable was changed */
	autotune_send(x.tcp, x.t);
	assert_int_equal(x.t->bufs.snd, x.tcp->tun.wmem[2] + 1);
	x.t->bufs.snd = 1;
	x.t->cc.cwnd = 1;
	x.t->mss = 1000; /* a segment is charged with its overhead */
	autotune_send(x.tcp, x.t);
	assert_in_range(x.t->bufs.snd, 8 * 10 * 1000, 8 * 10 * 2000);
	drive_free(x.d);
}

/* A SEND that had more than there was room for is remembered until one has
 * not. */
static void send_full(void **state)
{
	static const uint8_t text[4000];
	struct tuned x;
	struct drive *d;

	(void)state;
	begin(&x, false);
	d = x.d;
	opts_of(x.t)->sndbuf_locked = true;
	x.t->bufs.snd = 2 * 3000;
	x.t->snd.wnd = 0; /* nothing leaves */
	assert_int_equal(tern_send(d->n, d->fd, text, 2000, 0), 2000);
	assert_false(x.f->send_full);
	assert_int_equal(tern_send(d->n, d->fd, text, 1000, 0), 1000);
	assert_false(x.f->send_full); /* all that there was room for, no more */
	assert_int_equal(tern_send(d->n, d->fd, text, 1, MSG_DONTWAIT),
			 -EAGAIN);
	assert_true(x.f->send_full);
	x.t->bufs.snd = 2 * 4000;
	assert_int_equal(tern_send(d->n, d->fd, text, 400, 0), 400);
	assert_false(x.f->send_full);
	assert_int_equal(tern_send(d->n, d->fd, text, 601, 0), 600);
	assert_true(x.f->send_full);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_timestamp),
		cmocka_unit_test(by_window),
		cmocka_unit_test(window_opens),
		cmocka_unit_test(pressure),
		cmocka_unit_test(receive_buffer),
		cmocka_unit_test(receive_buffer_stays),
		cmocka_unit_test(send_buffer),
		cmocka_unit_test(send_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
