/* SPDX-License-Identifier: ISC */
/*
 * rfc6191_test.c - RFC 6191 2: SYNs that arrive in TIME-WAIT, the seven cases;
 * and RFC 1337: what must not end TIME-WAIT
 */
#include "unit/rfc/drive.h"

#define TS_LAST 5000 /* the last timestamp of the old connection */

/* TIME-WAIT.  The peer's FIN was 1 and carried TS_LAST, if any. */
static struct drive *time_wait(bool ts)
{
	struct drive *d = drive_new();

	drive_accept(d, SEG(SYN, 0, 0, .mss = 1460, .ts = ts,
			    .ts_val = TS_LAST - 1));
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	drive_pull(d);
	expect(d, SEG(FIN | ACK, 1, 1));
	inject(d, SEG(FIN | ACK, 1, 2, .ts = ts, .ts_val = TS_LAST));
	expect(d, SEG(ACK, 2, 2));
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	return d;
}

/* The SYN makes a new connection, with an ISS beyond the old one (SHLD-4,
 * MAY-2). */
static void honours(struct drive *d, struct dseg syn)
{
	const uint32_t old = d->iss + 2;

	inject(d, syn);
	expect(d, SEG(SYN | ACK, 0, syn.seq + 1));
	assert_true((int32_t)(d->iss - old) > 0);
	assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
	inject(d, SEG(ACK, syn.seq + 1, 1, .ts = d->last.ts,
		      .ts_val = syn.ts_val, .ts_ecr = d->last.ts_val));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);
}

static void drops(struct drive *d, struct dseg syn)
{
	inject(d, syn);
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_free(d);
}

static const uint32_t seqs[] = {0x80000002, 0, 2, 3, 100000, 0x7fffffff};

/* 1: timestamps before and now, the new one is greater: whatever SEQ is. */
static void case_1_greater_timestamp(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++)
		honours(time_wait(true), SEG(SYN, seqs[i], 0, .ts = true,
					     .ts_val = TS_LAST + 1));
	honours(time_wait(true),
		SEG(SYN, 0, 0, .ts = true, .ts_val = TS_LAST + 0x7fffffffU));
}

/* 2: the same timestamp, and SEQ beyond the last. */
static void case_2_same_timestamp_new_seq(void **state)
{
	(void)state;
	honours(time_wait(true), SEG(SYN, 3, 0, .ts = true, .ts_val = TS_LAST));
	honours(time_wait(true),
		SEG(SYN, 0x7fffffff, 0, .ts = true, .ts_val = TS_LAST));
}

/* 3: an old duplicate: the same timestamp and an old SEQ, or an older one. */
static void case_3_old_duplicate(void **state)
{
	size_t i;

	(void)state;
	drops(time_wait(true), SEG(SYN, 0, 0, .ts = true, .ts_val = TS_LAST));
	drops(time_wait(true), SEG(SYN, 1, 0, .ts = true, .ts_val = TS_LAST));
	for (i = 0; i < 6; i++) {
		drops(time_wait(true),
		      SEG(SYN, seqs[i], 0, .ts = true, .ts_val = TS_LAST - 1));
		drops(time_wait(true), SEG(SYN, seqs[i], 0, .ts = true,
					   .ts_val = TS_LAST - 0x7fffffffU));
	}
}

/* 4, 5: timestamps before but not now: SEQ decides. */
static void case_4_timestamps_no_more(void **state)
{
	(void)state;
	honours(time_wait(true), SEG(SYN, 3, 0));
	honours(time_wait(true), SEG(SYN, 1000000, 0));
	drops(time_wait(true), SEG(SYN, 1, 0));
	drops(time_wait(true), SEG(SYN, 0, 0));
	drops(time_wait(true), SEG(SYN, 0x80000010, 0));
}

/* 6: timestamps for the first time: nothing old can carry them. */
static void case_6_timestamps_now(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++)
		honours(time_wait(false),
			SEG(SYN, seqs[i], 0, .ts = true, .ts_val = 1));
}

/* 7: never any timestamps: SEQ decides. */
static void case_7_no_timestamps(void **state)
{
	(void)state;
	honours(time_wait(false), SEG(SYN, 3, 0));
	honours(time_wait(false), SEG(SYN, 1000000, 0));
	drops(time_wait(false), SEG(SYN, 1, 0));
	drops(time_wait(false), SEG(SYN, 0, 0));
	drops(time_wait(false), SEG(SYN, 0x80000010, 0));
}

/* "If TCP Timestamps would be enabled": they are not if this end does not want
 * them, and then they prove nothing. */
static void timestamps_that_would_not_be_used(void **state)
{
	struct drive *d = time_wait(false);

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_timestamps", "0");
	drops(d, SEG(SYN, 0, 0, .ts = true, .ts_val = 1));
	d = time_wait(true);
	drive_sysctl(d, "net.ipv4.tcp_timestamps", "0");
	drops(d, SEG(SYN, 0, 0, .ts = true, .ts_val = TS_LAST + 1));
}

/* Nobody listens any more: the old connection answers, and stays. */
static void nobody_listens(void **state)
{
	struct drive *d = time_wait(true);

	(void)state;
	assert_int_equal(tern_close(d->n, d->lfd), 0);
	inject(d, SEG(SYN, 100, 0, .ts = true, .ts_val = TS_LAST + 1));
	expect(d, SEG(ACK, 2, 2));
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_free(d);
}

/* RFC 1337 F1: no RST ends TIME-WAIT, and none is answered. */
static void rfc_1337_rst_is_ignored(void **state)
{
	static const uint32_t at[] = {1, 2, 3, 1000, 70000, 0x80000002};
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++) {
		struct drive *d = time_wait(i % 2);

		inject(d, SEG(RST, at[i], 0));
		inject(d, SEG(RST | ACK, at[i], 2));
		expect_nothing(d);
		assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
		assert_int_equal(tern_drops(d->n, TERN_DROP_TCP_TIMEWAIT_RST),
				 2);
		drive_free(d);
	}
}

/* RFC 1337 2, hazard H1: old duplicate data is acknowledged, never delivered,
 * and the RST that this ACK may cause is ignored too. */
static void rfc_1337_old_data(void **state)
{
	struct drive *d = time_wait(false);

	(void)state;
	inject(d, SEG(PSH | ACK, 1, 1, .len = 10));
	expect(d, SEG(ACK, 2, 2));
	inject(d, SEG(RST, 2, 0));
	inject(d, SEG(PSH | ACK, 2, 2, .len = 10)); /* beyond the FIN */
	expect(d, SEG(ACK, 2, 2));
	assert_int_equal(drive_recv(d, 100), 0);
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_sleep(d, 61 * TERN_S);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* It can be had the other way, as some peers count on it. */
static void rfc_1337_switched_off(void **state)
{
	struct drive *d = time_wait(false);

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_rfc1337", "0");
	inject(d, SEG(RST, 3, 0)); /* but only the exact one */
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	inject(d, SEG(RST, 2, 0));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_1_greater_timestamp),
		cmocka_unit_test(case_2_same_timestamp_new_seq),
		cmocka_unit_test(case_3_old_duplicate),
		cmocka_unit_test(case_4_timestamps_no_more),
		cmocka_unit_test(case_6_timestamps_now),
		cmocka_unit_test(case_7_no_timestamps),
		cmocka_unit_test(timestamps_that_would_not_be_used),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(rfc_1337_rst_is_ignored),
		cmocka_unit_test(rfc_1337_old_data),
		cmocka_unit_test(rfc_1337_switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
