/* SPDX-License-Identifier: ISC */
/*
 * plpmtud_test.c - probes for the path MTU that are lost, with SACK: RFC 4821
 * 7.6.2, RFC 8899 3
 */
#include "unit/tcp/flight.h"

#define SEGMENTS_MAX 64

/* What is in flight, by the last byte of each segment. */
struct flight {
	struct drive *d;
	uint32_t left[SEGMENTS_MAX], right[SEGMENTS_MAX];
	int n, probe; /* index of the probe, -1: none yet */
};

static void take_all(struct flight *f)
{
	while (drive_take(f->d)) {
		assert_true(f->n < SEGMENTS_MAX);
		f->left[f->n] = f->d->last.seq;
		f->right[f->n] = f->d->last.seq + f->d->last.len;
		if (f->d->last.len > flight_tcb(f->d)->mss)
			f->probe = f->n;
		f->n++;
	}
}

static void sack(struct flight *f, uint32_t ack, uint32_t left, uint32_t right)
{
	inject(f->d, SEG(ACK, 1, ack, .n_sack = 1, .sack = {{left, right}}));
}

/* A probe is in flight, what was before it is acknowledged, and as many
 * segments as there are follow it. */
static struct flight begin(void)
{
	struct flight f = {.d = drive_new(), .probe = -1};

	drive_sysctl(f.d, "net.ipv4.tcp_mtu_probing", "2");
	flight_join(f.d, SEG(SYN, 0, 0, .mss = 1460, .sack_ok = true));
	drive_send(f.d, 60000, 0);
	take_all(&f);
	while (f.probe < 0) {
		drive_sleep(f.d, RTT);
		inject(f.d, SEG(ACK, 1, f.right[f.n - 1]));
		f.n = 0;
		take_all(&f);
	}
	assert_true(f.n > f.probe + 4);
	drive_sleep(f.d, RTT);
	if (f.probe > 0)
		inject(f.d, SEG(ACK, 1, f.left[f.probe]));
	take_all(&f);
	return f;
}

/* Only the probe is lost: that is no sign of congestion. */
static void a_lost_probe_alone(void **state)
{
	struct flight f = begin();
	struct drive *d = f.d;
	const uint32_t cwnd = drive_info(d).cwnd;
	const uint32_t ssthresh = drive_info(d).ssthresh;
	const uint32_t at = f.left[f.probe], end = f.right[f.probe];
	const uint32_t mss = flight_tcb(d)->mss;

	(void)state;
	sack(&f, at, end, f.right[f.n - 1]);
	assert_int_equal(COUNTED(d, TCPMTUPFail), 1);
	assert_true(flight_tcb(d)->recovery < RECOVERY_FAST);
	assert_true(drive_info(d).cwnd >= cwnd);
	assert_int_equal(drive_info(d).ssthresh, ssthresh);
	assert_true(drive_take(d)); /* in segments that are known to arrive */
	assert_int_equal(d->last.seq, at);
	assert_int_equal(d->last.len, mss);
	assert_true(drive_take(d));
	assert_int_equal(d->last.seq, at + mss);
	assert_int_equal(d->last.len, end - at - mss);
	drive_sleep(d, RTT);
	inject(d, SEG(ACK, 1, f.right[f.n - 1]));
	assert_true(drive_info(d).cwnd >= cwnd);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_OPEN);
	assert_false(flight_tcb(d)->flow->mtu.forgiven);
	drive_free(d);
}

/* So is another segment: that is one. */
static void a_lost_probe_and_more(void **state)
{
	struct flight f = begin();
	struct drive *d = f.d;
	const uint32_t cwnd = drive_info(d).cwnd;

	(void)state;
	sack(&f, f.left[f.probe], f.right[f.probe + 1], f.right[f.n - 1]);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	assert_true(drive_info(d).ssthresh < cwnd);
	drive_free(d);
}

/* What went again is lost again, in segments that used to arrive. */
static void lost_in_small_segments_too(void **state)
{
	struct flight f = begin();
	struct drive *d = f.d;
	const uint32_t at = f.left[f.probe], end = f.right[f.probe];
	const uint32_t cwnd = drive_info(d).cwnd;
	uint32_t last = f.right[f.n - 1];

	(void)state;
	sack(&f, at, end, last);
	assert_true(drive_take(d));
	assert_int_equal(d->last.seq, at);
	drive_sleep(d, 10 * TERN_MS);
	while (drive_take(d))
		if (d->last.seq >= last)
			last = d->last.seq + d->last.len;
	drive_send(d, 5000, 0);
	drive_sleep(d, TERN_MS);
	while (drive_take(d))
		if (d->last.seq >= last)
			last = d->last.seq + d->last.len;
	drive_sleep(d, 2 * RTT);
	sack(&f, at, end, last);
	assert_true(flight_tcb(d)->recovery >= RECOVERY_FAST);
	assert_true(drive_info(d).ssthresh < cwnd);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_probe_alone),
		cmocka_unit_test(a_lost_probe_and_more),
		cmocka_unit_test(lost_in_small_segments_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
