/* SPDX-License-Identifier: ISC */
/*
 * fastopen_test.c - TCP Fast Open, RFC 7413: what a client knows of servers
 * (4.1.3), when it uses that, and when it keeps away (4.1.3.1, 7.1)
 */
#include "tcp/fastopen.h"
#include "tcp/fastopen_cache.h"
#include "unit/tcp/flight.h"
#include "unit/tcp/opts_of.h"

struct client {
	struct drive *d;
	struct tcp *tcp;
	struct tcb *t;
	struct segment seg; /* the SYN,ACK */
};

static const uint8_t cookie[8] = {1, 2, 3, 4, 5, 6, 7, 8};

/* A connection to a peer that the tests know nothing of yet. */
static void begin(struct client *x)
{
	memset(x, 0, sizeof(*x));
	x->d = flight_new(false);
	drive_send(x->d, 1, 0);
	drive_drain(x->d);
	x->tcp = &x->d->n->tcp;
	x->t = flight_tcb(x->d);
	x->tcp->tun.fastopen = FASTOPEN_CLIENT;
	x->seg.flags = SYN | ACK;
	x->seg.ack = seq_add(x->t->snd.iss, 1);
}

static void give_cookie(struct client *x, uint8_t len)
{
	struct tcp_options o = {.present = TERN_OPT_FASTOPEN, .fo_len = len};

	memcpy(o.fo, cookie, 8);
	fastopen_cache_store(&x->tcp->fo_cache, x->t->conn.raddr, 1234, &o);
}

static uint16_t asks(struct client *x, uint16_t how)
{
	x->t->conn.fastopen = how;
	fastopen_open(x->tcp, x->t);
	return x->t->conn.fastopen;
}

static void later(struct client *x, uint64_t ns)
{
	x->d->now += ns;
	x->d->n->env.now = x->d->now;
}

/* 4.1.1, 4.2.1: without a cookie one is asked for; with one there may be text,
 * at once or with the first write(). */
static void opens(void **state)
{
	struct client x;

	(void)state;
	begin(&x);
	assert_int_equal(asks(&x, 0), 0);
	assert_int_equal(asks(&x, FASTOPEN_ASKS), FASTOPEN_ASKS);
	opts_of(x.t)->fastopen_connect = true;
	assert_int_equal(asks(&x, 0), FASTOPEN_ASKS);
	give_cookie(&x, 8);
	assert_int_equal(asks(&x, 0),
			 FASTOPEN_ASKS | FASTOPEN_DATA | FASTOPEN_DEFERS);
	assert_int_equal(x.t->send_mss, 1234); /* 4.1.3: as it was told */
	opts_of(x.t)->fastopen_connect = false;
	assert_int_equal(asks(&x, FASTOPEN_ASKS),
			 FASTOPEN_ASKS | FASTOPEN_DATA);
	x.tcp->tun.fastopen = FASTOPEN_SERVER;
	assert_int_equal(asks(&x, FASTOPEN_ASKS), 0);
	drive_free(x.d);
}

/* An entry without a cookie, or without an MSS, gives neither. */
static void opens_without(void **state)
{
	struct client x;
	struct fastopen_peer *p;

	(void)state;
	begin(&x);
	give_cookie(&x, 0);
	assert_int_equal(asks(&x, FASTOPEN_ASKS), FASTOPEN_ASKS);
	opts_of(x.t)->fastopen_free = true;
	assert_int_equal(asks(&x, FASTOPEN_ASKS),
			 FASTOPEN_ASKS | FASTOPEN_DATA | FASTOPEN_FREE);
	opts_of(x.t)->fastopen_free = false;
	x.tcp->tun.fastopen |= FASTOPEN_CLIENT_FREE;
	assert_int_equal(asks(&x, FASTOPEN_ASKS),
			 FASTOPEN_ASKS | FASTOPEN_DATA | FASTOPEN_FREE);
	p = fastopen_cache_find(&x.tcp->fo_cache, x.t->conn.raddr);
	p->mss = 0;
	asks(&x, FASTOPEN_ASKS);
	assert_int_equal(x.t->send_mss, 536);
	x.tcp->tun.fastopen = FASTOPEN_CLIENT;
	give_cookie(&x, 8);
	p->experiment = true;
	assert_int_equal(asks(&x, FASTOPEN_ASKS),
			 FASTOPEN_ASKS | FASTOPEN_DATA | FASTOPEN_EXPERIMENT);
	drive_free(x.d);
}

/* 4.1.3.1: a server whose SYN was lost is not tried for a while, twice as long
 * each time. */
static void keeps_away(void **state)
{
	struct client x;

	(void)state;
	begin(&x);
	give_cookie(&x, 8);
	fastopen_cache_failed(&x.tcp->fo_cache, x.t->conn.raddr);
	later(&x, 60 * TERN_S - 1);
	assert_int_equal(asks(&x, FASTOPEN_ASKS), 0);
	later(&x, 1);
	assert_true(asks(&x, FASTOPEN_ASKS) & FASTOPEN_DATA);
	fastopen_cache_failed(&x.tcp->fo_cache, x.t->conn.raddr);
	later(&x, 120 * TERN_S - 1);
	assert_int_equal(asks(&x, FASTOPEN_ASKS), 0);
	later(&x, 1);
	assert_true(asks(&x, FASTOPEN_ASKS) & FASTOPEN_DATA);
	give_cookie(&x, 8); /* it answers: as new */
	fastopen_cache_failed(&x.tcp->fo_cache, x.t->conn.raddr);
	later(&x, 60 * TERN_S);
	assert_true(asks(&x, FASTOPEN_ASKS) & FASTOPEN_DATA);
	drive_free(x.d);
}

/* There is an end to the doubling. */
static void keeps_away_for_hours(void **state)
{
	struct client x;
	struct fastopen_peer *p;
	int i;

	(void)state;
	begin(&x);
	for (i = 0; i < 100; i++)
		fastopen_cache_failed(&x.tcp->fo_cache, x.t->conn.raddr);
	p = fastopen_cache_find(&x.tcp->fo_cache, x.t->conn.raddr);
	assert_int_equal(p->retry_at, x.d->now + (60 * TERN_S << 10));
	drive_free(x.d);
}

/* 7.1, black holes: the text of the SYN was taken, and then nothing comes: for
 * an hour no text goes into a SYN, for two the next time. */
static void black_hole(void **state)
{
	struct client x;
	int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		begin(&x);
		x.tcp->tun.fastopen_blackhole_s = 3600;
		x.t->passive = false;
		x.t->conn.fastopen = FASTOPEN_TAKEN;
		x.t->retries = 2;
		if (i == 1)
			x.t->passive = true;
		if (i == 2)
			x.t->conn.fastopen = FASTOPEN_SENT;
		if (i == 3)
			x.t->retries = 1;
		if (i == 4)
			x.t->tally->bytes_received = 1;
		if (i == 5)
			x.tcp->tun.fastopen_blackhole_s = 0;
		fastopen_suspect(x.tcp, x.t);
		assert_int_equal(COUNTED(x.d, TCPFastOpenBlackhole), i == 0);
		assert_int_equal(x.tcp->fo_off_until,
				 i ? 0 : x.d->now + 3600 * TERN_S);
		x.t->passive = true;
		x.t->retries = 0;
		drive_free(x.d);
	}
}

static void black_hole_backs_off(void **state)
{
	struct client x;
	uint64_t off;
	int i;

	(void)state;
	begin(&x);
	x.tcp->tun.fastopen_blackhole_s = 3600;
	x.t->passive = false;
	for (i = 0; i < 9; i++) {
		x.t->conn.fastopen = FASTOPEN_TAKEN;
		x.t->retries = 2;
		fastopen_suspect(x.tcp, x.t);
		off = 3600 * TERN_S << (i < 6 ? i : 6);
		assert_int_equal(x.tcp->fo_off_until, x.d->now + off);
	}
	x.t->retries = 0;
	x.d->now = x.tcp->fo_off_until - 1;
	later(&x, 0);
	assert_int_equal(asks(&x, FASTOPEN_ASKS), 0);
	later(&x, 1);
	assert_int_equal(asks(&x, FASTOPEN_ASKS), FASTOPEN_ASKS);
	x.t->conn.fastopen = 0;
	drive_free(x.d);
}

/* 4.2.1: the SYN,ACK acknowledges the text, or it goes again at once. */
static void answered(void **state)
{
	struct client x;

	(void)state;
	begin(&x);
	x.t->conn.fastopen = FASTOPEN_ASKS | FASTOPEN_DATA | FASTOPEN_SENT;
	x.seg.ack = seq_add(x.t->snd.iss, 2);
	x.t->snd.una = x.t->snd.nxt;
	fastopen_syn_ack(x.tcp, x.t, &x.seg);
	assert_true(x.t->conn.fastopen & FASTOPEN_TAKEN);
	assert_int_equal(COUNTED(x.d, TCPFastOpenActive), 1);
	assert_int_equal(COUNTED(x.d, TCPFastOpenActiveFail), 0);
	assert_false(x.t->rexmit_now);
	drive_free(x.d);
	begin(&x);
	x.t->conn.fastopen = FASTOPEN_ASKS | FASTOPEN_DATA | FASTOPEN_SENT;
	fastopen_syn_ack(x.tcp, x.t, &x.seg);
	assert_false(x.t->conn.fastopen & FASTOPEN_TAKEN);
	assert_int_equal(x.t->conn.fastopen >> FASTOPEN_FAIL_SHIFT & 3,
			 FASTOPEN_FAIL_NOT_ACKED);
	assert_int_equal(COUNTED(x.d, TCPFastOpenActiveFail), 1);
	assert_true(x.t->rexmit_now);
	x.t->rexmit_now = false;
	drive_free(x.d);
}

/* 4.1.3: what comes with the SYN,ACK is kept; of one that answers a SYN without
 * the option, only a cookie. */
static void learns(void **state)
{
	const struct fastopen_peer *p;
	struct client x;

	(void)state;
	begin(&x);
	x.t->send_mss = 777;
	x.t->conn.fastopen = FASTOPEN_ASKS;
	x.t->syn_rexmitted = true;
	fastopen_syn_ack(x.tcp, x.t, &x.seg);
	assert_null(fastopen_cache_peek(&x.tcp->fo_cache, x.t->conn.raddr));
	assert_int_equal(x.t->conn.fastopen, FASTOPEN_ASKS);
	x.seg.opt.present = TERN_OPT_FASTOPEN;
	x.seg.opt.fo_len = 8;
	memcpy(x.seg.opt.fo, cookie, 8);
	fastopen_syn_ack(x.tcp, x.t, &x.seg);
	p = fastopen_cache_peek(&x.tcp->fo_cache, x.t->conn.raddr);
	assert_non_null(p);
	assert_int_equal(p->mss, 777);
	assert_int_equal(p->len, 8);
	assert_memory_equal(p->cookie, cookie, 8);
	x.t->syn_rexmitted = false;
	x.t->send_mss = 778;
	x.seg.opt.fo_len = 0;
	fastopen_syn_ack(x.tcp, x.t, &x.seg); /* no cookie: the old one stays */
	assert_int_equal(p->mss, 778);
	assert_int_equal(p->len, 8);
	assert_int_equal(x.t->conn.fastopen >> FASTOPEN_FAIL_SHIFT & 3,
			 FASTOPEN_FAIL_NO_COOKIE);
	x.t->conn.fastopen = 0; /* it was not asked */
	x.t->send_mss = 779;
	fastopen_syn_ack(x.tcp, x.t, &x.seg);
	assert_int_equal(p->mss, 778);
	drive_free(x.d);
}

/* The cache holds so many; the one used longest ago makes room. */
static void cache_is_bounded(void **state)
{
	struct tcp_options o = {.present = TERN_OPT_FASTOPEN, .fo_len = 8};
	struct client x;
	struct fastopen_cache *c;
	uint32_t i;

	(void)state;
	begin(&x);
	c = &x.tcp->fo_cache;
	for (i = 1; i <= FASTOPEN_PEERS_MAX; i++)
		fastopen_cache_store(c, i, 1, &o);
	assert_non_null(fastopen_cache_peek(c, 1)); /* which is no use of it */
	assert_non_null(fastopen_cache_find(c, 2));
	fastopen_cache_store(c, i++, 1, &o);
	assert_null(fastopen_cache_peek(c, 1));
	fastopen_cache_store(c, i++, 1, &o);
	assert_non_null(fastopen_cache_peek(c, 2));
	assert_null(fastopen_cache_peek(c, 3));
	assert_non_null(fastopen_cache_peek(c, 4));
	assert_int_equal(map_count(&c->map), FASTOPEN_PEERS_MAX);
	drive_free(x.d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens),
		cmocka_unit_test(opens_without),
		cmocka_unit_test(keeps_away),
		cmocka_unit_test(keeps_away_for_hours),
		cmocka_unit_test(black_hole),
		cmocka_unit_test(black_hole_backs_off),
		cmocka_unit_test(answered),
		cmocka_unit_test(learns),
		cmocka_unit_test(cache_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
