/* SPDX-License-Identifier: ISC */
/*
 * cut_test.c - a run of text becomes segments that are each what it would be
 * alone: drive.h checks the sums and lengths of every one
 */
#include "unit/tcp/flight.h"

static void expect_segment(struct drive *d, uint32_t i, uint32_t len,
			   uint16_t flags)
{
	assert_true(drive_take(d));
	assert_int_equal(d->last.seq, 1 + i * MSS);
	assert_int_equal(d->last.len, len);
	assert_int_equal(d->last.flags, flags);
	assert_int_equal(d->last.text_from, (uint8_t)(i * MSS));
	assert_true(d->last_df);
}

static uint64_t counted(struct drive *d, enum tern_counter c)
{
	return tern_counter(d->n, c);
}

/* PSH and FIN are for the last, and what is not full is as long as it is. */
static void the_last_is_another(void **state)
{
	struct drive *d = flight_new(false);
	const uint64_t out = counted(d, TERN_TcpOutSegs);
	const uint64_t ip = counted(d, TERN_IpOutTransmits);
	uint32_t i;

	(void)state;
	drive_send(d, 7 * MSS + 1, MSG_MORE);
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	for (i = 0; i < 7; i++)
		expect_segment(d, i, MSS, ACK);
	expect_segment(d, 7, 1, ACK | PSH | FIN);
	expect_nothing(d);
	assert_int_equal(counted(d, TERN_TcpOutSegs), out + 8);
	assert_int_equal(counted(d, TERN_IpOutTransmits), ip + 8);
	assert_int_equal(counted(d, TERN_TcpExtTCPOrigDataSent), 8);
	drive_free(d);
}

/* Timestamps, which all of them carry. */
static void with_timestamps(void **state)
{
	struct drive *d = drive_new();
	uint32_t i;

	(void)state;
	flight_join(d,
		    SEG(SYN, 0, 0, .mss = MSS + 12, .ts = true, .ts_val = 77));
	drive_send(d, 5 * MSS, 0);
	for (i = 0; i < 5; i++) {
		expect_segment(d, i, MSS, i == 4 ? ACK | PSH : ACK);
		assert_true(d->last.ts);
		assert_int_equal(d->last.ts_ecr, 77);
	}
	drive_free(d);
}

/* RFC 6864 4: what may be cut on its way has a number of its own. */
static void without_df(void **state)
{
	struct drive *d = flight_new(false);
	uint32_t id[4], i, k;

	(void)state;
	drive_sysctl(d, "net.ipv4.ip_no_pmtu_disc", "1");
	drive_send(d, 4 * MSS, 0);
	for (i = 0; i < 4; i++) {
		assert_true(drive_take(d));
		assert_false(d->last_df);
		assert_int_equal(d->last.seq, 1 + i * MSS);
		id[i] = d->last_ip_id;
		for (k = 0; k < i; k++)
			assert_int_not_equal(id[k], id[i]);
	}
	drive_free(d);
}

/* The round trip is that of the first, whose ACK may come alone. */
static void the_first_is_timed(void **state)
{
	struct drive *d = flight_new(false);
	struct tcb *t = flight_tcb(d);

	(void)state;
	drive_send(d, 10 * MSS, 0);
	flight_expect(d, 0, 10);
	assert_int_equal(t->rtt_seq.u, d->iss + 1 + MSS);
	drive_sleep(d, 2 * RTT);
	flight_ack(d, 1);
	assert_int_equal(t->rtt_start, 0);
	assert_true(t->rtt.srtt_us > RTT / TERN_US);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_is_another),
		cmocka_unit_test(with_timestamps),
		cmocka_unit_test(without_df),
		cmocka_unit_test(the_first_is_timed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
