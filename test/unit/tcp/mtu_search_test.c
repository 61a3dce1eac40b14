/* SPDX-License-Identifier: ISC */
/*
 * mtu_search_test.c - the search for the path MTU, RFC 4821 7, RFC 8899 5, and
 * what ICMP says of it, RFC 5927 7: each rule by itself
 *
 * The interface takes 1500 bytes; the search begins with segments of 1024,
 * datagrams of 1064, so that the first probe has 1282.
 */
#include "tcp/arrives.h"
#include "tcp/output.h"
#include "tcp/plpmtud.h"
#include "unit/tcp/flight.h"

struct search {
	struct drive *d;
	struct tcp *tcp;
	struct tcb *t;
	struct plpmtud *p;
};

static void begin(struct search *s, const char *probing)
{
	s->d = drive_new();
	drive_sysctl(s->d, "net.ipv4.tcp_mtu_probing", probing);
	drive_sysctl(s->d, "net.ipv4.tcp_sack", "0");
	flight_join(s->d, SEG(SYN, 0, 0, .mss = 1460));
	drive_send(s->d, 1, 0); /* so that there is a cold half */
	drive_drain(s->d);
	s->tcp = &s->d->n->tcp;
	s->t = flight_tcb(s->d);
	s->p = &s->t->flow->mtu;
}

/* A probe is in flight: from byte 5001, that is 5000 behind the ISN. */
static void probing(struct search *s, uint16_t size)
{
	s->p->probe = size;
	s->p->from = seq_add(s->t->snd.una, 5000);
	s->p->to = seq_add(s->p->from, size - 40U);
}

/* RFC 4821 7.3: half way between what arrives and what may. */
static void half_way(void **state)
{
	struct search s;

	(void)state;
	begin(&s, "2");
	assert_true(s.p->on);
	assert_int_equal(s.p->low, 1064);
	assert_int_equal(s.p->high, 1500);
	assert_int_equal(s.p->next, 1282);
	assert_int_equal(s.t->mss, 1024);
	assert_int_equal(s.p->raise_s, UINT32_MAX);
	drive_free(s.d);
	begin(&s, "1");
	assert_false(s.p->on);
	assert_int_equal(s.t->mss, 1460);
	drive_free(s.d);
}

/* Nor is more looked for than the peer, or the user, wants in a segment. */
static void no_more_than_mss(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_mtu_probing", "2");
	drive_listen(d, 8);
	flight_join(d, SEG(SYN, 0, 0, .mss = 1200));
	assert_int_equal(flight_tcb(d)->flow->mtu.high, 1240);
	drive_free(d);
	d = drive_new();
	drive_sysctl(d, "net.ipv4.tcp_mtu_probing", "2");
	drive_listen(d, 8);
	drive_set(d, d->lfd, IPPROTO_TCP, 2, 1100); /* TCP_MAXSEG */
	flight_join(d, SEG(SYN, 0, 0, .mss = 1200));
	assert_int_equal(flight_tcb(d)->flow->mtu.high, 1140);
	drive_free(d);
	d = drive_new_mtu(1300);
	drive_sysctl(d, "net.ipv4.tcp_mtu_probing", "2");
	flight_join(d, SEG(SYN, 0, 0, .mss = 1460));
	assert_int_equal(flight_tcb(d)->flow->mtu.high, 1300);
	drive_free(d);
}

/* RFC 4821 7.8, RFC 8899 5.3.3: when what is left is no more than
 * tcp_probe_threshold the search rests, for tcp_probe_interval. */
static void rests(void **state)
{
	struct search s;
	uint32_t now;

	(void)state;
	begin(&s, "2");
	now = (uint32_t)(s.d->now / TERN_S);
	probing(&s, 1491);
	s.p->to = s.t->snd.una;
	plpmtud_acked(s.tcp, s.t);
	assert_int_equal(s.p->low, 1491);
	assert_int_equal(s.p->next, 1496);
	assert_int_equal(s.p->raise_s, UINT32_MAX);
	probing(&s, 1492);
	s.p->to = s.t->snd.una;
	plpmtud_acked(s.tcp, s.t);
	assert_int_equal(s.p->next, 0);
	assert_int_equal(s.p->raise_s, now + s.tcp->tun.probe_interval_s);
	/* The time has come: all that the interface takes is possible again. */
	s.p->high = 1493;
	s.p->raise_s = now + 1;
	plpmtud_acked(s.tcp, s.t);
	assert_int_equal(s.p->high, 1493);
	s.p->raise_s = now;
	plpmtud_acked(s.tcp, s.t);
	assert_int_equal(s.p->high, 1500);
	assert_int_equal(s.p->raise_s, now + s.tcp->tun.probe_interval_s);
	s.p->low = 1400;
	s.p->raise_s = now;
	plpmtud_acked(s.tcp, s.t);
	assert_int_equal(s.p->next, 1450);
	assert_int_equal(s.p->raise_s, UINT32_MAX);
	drive_free(s.d);
}

/* A probe has arrived when all of it is acknowledged. */
static void arrives(void **state)
{
	struct search s;

	(void)state;
	begin(&s, "2");
	probing(&s, 1282);
	s.p->n_lost = 2;
	s.p->to = seq_add(s.t->snd.una, 1);
	plpmtud_acked(s.tcp, s.t);
	assert_int_equal(s.p->low, 1064);
	s.p->to = s.t->snd.una;
	plpmtud_acked(s.tcp, s.t);
	assert_int_equal(s.p->low, 1282);
	assert_int_equal(s.p->acked, 1282);
	assert_int_equal(s.p->probe, 0);
	assert_int_equal(s.p->n_lost, 0);
	assert_int_equal(s.p->next, 1391);
	assert_int_equal(s.t->mss, 1242);
	assert_int_equal(COUNTED(s.d, TCPMTUPSuccess), 1);
	plpmtud_acked(s.tcp, s.t); /* once */
	assert_int_equal(COUNTED(s.d, TCPMTUPSuccess), 1);
	drive_free(s.d);
}

/* RFC 8899 5.1.2: three lost ones are enough; and a lost one is no sign of
 * congestion (RFC 4821 7.6.2). */
static void is_lost(void **state)
{
	struct search s;
	int i;

	(void)state;
	begin(&s, "2");
	for (i = 1; i <= 3; i++) {
		probing(&s, 1282);
		assert_false(plpmtud_excuses(s.tcp, s.t)); /* text before it */
		assert_int_equal(s.p->probe, 1282);
		s.p->from = s.t->snd.una;
		s.t->dupacks = 3;
		s.t->limited = 2;
		assert_true(plpmtud_excuses(s.tcp, s.t));
		assert_int_equal(COUNTED(s.d, TCPMTUPFail), i);
		assert_int_equal(s.p->probe, 0);
		assert_int_equal(s.p->high, i < 3 ? 1500 : 1281);
		assert_int_equal(s.p->n_lost, i % 3);
		assert_int_equal(s.p->next, i < 3 ? 1282 : 1173);
		assert_int_equal(s.t->recovery, RECOVERY_LOSS);
		assert_int_equal(s.t->recover.u, s.p->to.u);
		assert_int_equal(s.t->snd.rtx.u, s.t->snd.una.u);
		assert_int_equal(s.t->dupacks, 0);
		assert_int_equal(s.t->limited, 0);
		s.t->recovery = RECOVERY_OPEN;
	}
	assert_false(plpmtud_excuses(s.tcp, s.t)); /* there is none */
	drive_free(s.d);
}

/* RFC 4821 7.7.2: a timeout says nothing of a probe. */
static void timeout_says_nothing(void **state)
{
	struct search s;

	(void)state;
	begin(&s, "2");
	probing(&s, 1282);
	plpmtud_rto(s.tcp, s.t);
	assert_int_equal(s.p->probe, 0);
	assert_int_equal(s.p->high, 1500);
	assert_int_equal(s.p->n_lost, 0);
	assert_int_equal(COUNTED(s.d, TCPMTUPFail), 0);
	drive_free(s.d);
}

/* RFC 4821 7.7: large segments vanish: from tcp_base_mss, and half each time
 * even this does, down to tcp_mtu_probe_floor. */
static void black_hole(void **state)
{
	struct search s;

	(void)state;
	begin(&s, "1");
	plpmtud_suspect(s.tcp, s.t); /* one byte is in flight */
	assert_false(s.p->on);
	s.t->snd.nxt = seq_add(s.t->snd.una, 1024);
	plpmtud_suspect(s.tcp, s.t); /* not larger than where it would begin */
	assert_false(s.p->on);
	s.t->snd.nxt = seq_add(s.t->snd.una, 1025);
	plpmtud_suspect(s.tcp, s.t);
	assert_true(s.p->on);
	assert_int_equal(s.p->low, 1064);
	assert_int_equal(s.p->high, 1500);
	s.p->probe = 9;
	s.p->n_lost = 2;
	plpmtud_suspect(s.tcp, s.t);
	assert_int_equal(s.p->low, 532);
	assert_int_equal(s.p->probe, 0);
	assert_int_equal(s.p->n_lost, 0);
	s.tcp->tun.mtu_probe_floor = 300;
	plpmtud_suspect(s.tcp, s.t);
	assert_int_equal(s.p->low, 340);
	s.tcp->tun.mtu_probe_floor = 10;
	s.tcp->tun.min_snd_mss = 200;
	plpmtud_suspect(s.tcp, s.t);
	assert_int_equal(s.p->low, 240);
	s.p->low = 1400; /* what a search has found is not believed any more */
	plpmtud_suspect(s.tcp, s.t);
	assert_int_equal(s.p->low, 700);
	s.p->low = 3000;
	plpmtud_suspect(s.tcp, s.t);
	assert_int_equal(s.p->low, 1064);
	s.t->snd.nxt = seq_add(s.t->snd.una, 1);
	drive_free(s.d);
	begin(&s, "0");
	s.t->snd.nxt = seq_add(s.t->snd.una, 1460);
	plpmtud_suspect(s.tcp, s.t);
	assert_false(s.p->on);
	s.t->snd.nxt = seq_add(s.t->snd.una, 1);
	drive_free(s.d);
}

/* RFC 5927 7: a claim is held against what was quoted, and what has arrived. */
static void claims(void **state)
{
	struct search s;

	(void)state;
	begin(&s, "1");
	s.d->last_drop = 0;
	plpmtud_told(s.tcp, s.t, 1400, 1400, s.t->snd.una);
	assert_int_equal(s.d->last_drop, TERN_DROP_ICMP_MTU);
	assert_int_equal(s.t->mss, 1460);
	s.p->acked = 1200;
	plpmtud_told(s.tcp, s.t, 1199, 1400, seq_sub(s.t->snd.una, 10));
	assert_int_equal(s.p->told, 1199); /* put off */
	assert_int_equal(s.t->mss, 1460);
	plpmtud_told(s.tcp, s.t, 1198, 1400, s.t->snd.una);
	assert_int_equal(s.p->told, 1198);
	plpmtud_told(s.tcp, s.t, 1199, 1400, s.t->snd.una);
	assert_int_equal(s.p->told, 1198);
	plpmtud_acked(s.tcp, s.t);
	assert_int_equal(s.p->told, 1198);
	s.p->told_seq = seq_sub(s.t->snd.una, 1);
	plpmtud_acked(s.tcp, s.t); /* it arrived after all */
	assert_int_equal(s.p->told, 0);
	plpmtud_rto(s.tcp, s.t);
	assert_int_equal(s.t->mss, 1460);
	plpmtud_told(s.tcp, s.t, 1199, 1400, s.t->snd.una);
	plpmtud_rto(s.tcp, s.t); /* now it is believed */
	assert_int_equal(s.t->mss, 1159);
	assert_int_equal(s.p->told, 0);
	plpmtud_told(s.tcp, s.t, 1200, 1400, s.t->snd.una); /* not smaller */
	assert_int_equal(s.t->mss, 1159);
	drive_free(s.d);

	begin(&s, "1");
	s.p->acked = 1200;
	plpmtud_told(s.tcp, s.t, 1200, 1400, s.t->snd.una);
	assert_int_equal(s.t->mss, 1160); /* nothing speaks against it */
	assert_int_equal(s.t->recovery, RECOVERY_LOSS);
	assert_int_equal(s.t->recover.u, s.t->snd.nxt.u);
	drive_free(s.d);
}

/* About a probe it is what the probe is for. */
static void claim_about_a_probe(void **state)
{
	struct search s;

	(void)state;
	begin(&s, "2");
	probing(&s, 1282);
	s.p->acked = 1300; /* even so */
	plpmtud_told(s.tcp, s.t, 1200, 1282, s.p->from);
	assert_int_equal(s.p->probe, 0);
	assert_int_equal(s.p->high, 1200);
	assert_int_equal(s.p->next, 1064 + 68);
	assert_int_equal(s.t->recover.u, s.p->to.u);
	drive_free(s.d);
	begin(&s, "2");
	probing(&s, 1282);
	s.p->acked = 1300;
	plpmtud_told(s.tcp, s.t, 1200, 1282, seq_add(s.p->from, 1));
	assert_int_equal(s.p->probe, 1282);
	assert_int_equal(s.p->told, 1200);
	s.p->told = s.p->acked = 0;
	plpmtud_told(s.tcp, s.t, 900, 1282, s.t->snd.una);
	assert_int_equal(s.p->high, 1064); /* never below what arrives */
	drive_free(s.d);
}

/* ------------------------------------------------------ without a stack */

struct bench {
	struct tcb t;
	struct tcp_opts opts;
	struct flow f;
};

static void ready(struct bench *b)
{
	memset(&b->f, 0, sizeof(b->f));
	b->opts = (struct tcp_opts){0};
	b->t = (struct tcb){.opts = &b->opts,
			    .state = ESTABLISHED,
			    .flow = &b->f,
			    .mss = 1000};
	b->t.cc.cwnd = 11000;
	b->t.snd.wnd = 5200;
	b->f.mtu.on = true;
	b->f.mtu.low = 1040;
	b->f.mtu.next = 1240; /* 1200 bytes of text */
}

/* RFC 4821 7.4: a probe wants a window in which it can be missed, text behind
 * it that tells, and no trouble. */
static void wants(void **state)
{
	struct bench b;

	(void)state;
	ready(&b);
	assert_true(plpmtud_wants(&b.t, 5200));
	assert_false(plpmtud_wants(&b.t, 5199));
	b.t.snd.wnd--;
	assert_false(plpmtud_wants(&b.t, 5200));
	ready(&b);
	b.t.cc.cwnd--;
	assert_false(plpmtud_wants(&b.t, 5200));
	ready(&b);
	b.t.recovery = RECOVERY_DISORDER;
	assert_false(plpmtud_wants(&b.t, 5200));
	ready(&b);
	b.t.urgent_out = true;
	assert_false(plpmtud_wants(&b.t, 5200));
	ready(&b);
	b.f.mtu.probe = 1240;
	assert_false(plpmtud_wants(&b.t, 5200));
	ready(&b);
	b.f.mtu.next = 0;
	assert_false(plpmtud_wants(&b.t, 5200));
	ready(&b);
	b.f.mtu.next = 1040; /* no larger than the others */
	assert_false(plpmtud_wants(&b.t, 9999));
	b.f.mtu.next = 1053;
	b.t.snd.wnd = 9999;
	assert_true(plpmtud_wants(&b.t, 9999));
	b.t.ts_ok = true; /* 12 bytes of options more */
	assert_true(plpmtud_wants(&b.t, 9999));
	b.f.mtu.next = 1052;
	assert_false(plpmtud_wants(&b.t, 9999));
}

/* The probe is one segment of new text; what it was is known until it is
 * answered. */
static void probe(void **state)
{
	struct bench b;
	struct outseg o = {.len = 7};

	(void)state;
	ready(&b);
	b.t.snd.nxt.u = 0xffffff00;
	assert_false(plpmtud_plan(&b.t, 1199, &o));
	assert_int_equal(o.len, 7);
	assert_true(plpmtud_plan(&b.t, 1200, &o));
	assert_true(o.probe);
	assert_int_equal(o.len, 1200);
	assert_int_equal(o.seq.u, 0xffffff00);
	plpmtud_sent(&b.t, &o);
	assert_int_equal(b.f.mtu.probe, 1240);
	assert_int_equal(b.f.mtu.from.u, 0xffffff00);
	assert_int_equal(b.f.mtu.to.u, 0xffffff00 + 1200);
	b.t.ts_ok = true;
	plpmtud_delivered(&b.t, 1000);
	assert_int_equal(b.f.mtu.acked, 1052);
	plpmtud_delivered(&b.t, 999);
	assert_int_equal(b.f.mtu.acked, 1052);
}

/* While the search is on, it says what is sent. */
static void limit(void **state)
{
	struct bench b;

	(void)state;
	ready(&b);
	assert_int_equal(plpmtud_limit(&b.t, 1500), 1040);
	assert_int_equal(plpmtud_limit(&b.t, 1000), 1000);
	b.f.mtu.on = false;
	assert_int_equal(plpmtud_limit(&b.t, 1500), 1500);
	b.t.flow = NULL;
	assert_int_equal(plpmtud_limit(&b.t, 1500), 1500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(half_way),
		cmocka_unit_test(no_more_than_mss),
		cmocka_unit_test(rests),
		cmocka_unit_test(arrives),
		cmocka_unit_test(is_lost),
		cmocka_unit_test(timeout_says_nothing),
		cmocka_unit_test(black_hole),
		cmocka_unit_test(claims),
		cmocka_unit_test(claim_about_a_probe),
		cmocka_unit_test(wants),
		cmocka_unit_test(probe),
		cmocka_unit_test(limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
