/* SPDX-License-Identifier: ISC */
/*
 * mss_test.c - RFC 9293 3.7.1: the MSS option, and the size of segments
 */
#include <netinet/tcp.h>

#include "unit/rfc/drive.h"

/* The size of the first segment of a long SEND on a new connection, made by
 * this SYN of the peer's. */
static uint32_t segment_size(uint32_t mtu, struct dseg syn)
{
	struct drive *d = drive_new_mtu(mtu);
	uint32_t n;

	drive_accept(d, syn);
	drive_send(d, 60000, 0);
	assert_true(drive_take(d));
	n = d->last.len;
	assert_int_equal(d->last.ts, syn.ts);
	drive_free(d);
	return n;
}

/* MUST-14: in our SYN and in our SYN,ACK. */
static void must_14_mss_is_sent(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	inject(d, SEG(RST, 1, 0));
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0, .mss = 1460));
	drive_wait(d);
	expect(d, SEG(SYN, 0, 0, .mss = 1460)); /* each time */
	inject(d, SEG(SYN, 0, 0, .mss = 1460)); /* crossed */
	expect(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	drive_free(d);
}

/* MUST-14: heeded in the peer's SYN, and in its SYN,ACK. */
static void must_14_mss_is_received(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(segment_size(1500, SEG(SYN, 0, 0, .mss = 700)), 700);
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 700));
	expect(d, SEG(ACK, 1, 1));
	drive_send(d, 2000, 0);
	expect(d, SEG(ACK, 1, 1, .len = 700));
	drive_free(d);
}

/* SHLD-5: whenever it is not 536; MAY-3: and when it is. */
static void shld_5_mss_is_always_sent(void **state)
{
	static const uint32_t mtu[] = {575, 576, 577, 1500, 9000};
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		struct drive *d = drive_new_mtu(mtu[i]);

		drive_listen(d, 8);
		inject(d, SEG(SYN, 0, 0));
		expect(d, SEG(SYN | ACK, 0, 1));
		assert_int_equal(d->last.mss, mtu[i] - 40);
		drive_free(d);
	}
}

static void may_3_mss_536_is_sent_too(void **state)
{
	struct drive *d = drive_new_mtu(576);

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0, .mss = 536));
	drive_free(d);
}

/* MUST-15: no option, no more than 536, less for options of ours. */
static void must_15_default_is_536(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(segment_size(1500, SEG(SYN, 0, 0)), 536);
	assert_int_equal(segment_size(1500, SEG(SYN, 0, 0, .ts = true)), 524);
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN | ACK, 0, 1));
	expect(d, SEG(ACK, 1, 1));
	drive_send(d, 2000, 0);
	expect(d, SEG(ACK, 1, 1, .len = 536));
	drive_free(d);
}

/* MUST-16: min(SendMSS + 20, MMS_S) - TCPhdrsize. */
static void must_16_effective_send_mss(void **state)
{
	static const struct {
		uint32_t mtu;
		uint16_t mss;
		bool ts;
		uint32_t expected;
	} row[] = {
		{1500, 1460, false, 1460},  {1500, 1460, true, 1448},
		{1500, 1459, false, 1459},  {1500, 1461, false, 1460},
		{1500, 65535, false, 1460}, {1500, 9000, true, 1448},
		{1500, 536, true, 524},	    {9000, 1460, false, 1460},
		{9000, 8960, false, 8960},  {9000, 8960, true, 8948},
		{576, 1460, false, 536},    {576, 1460, true, 524},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_int_equal(segment_size(row[i].mtu,
					      SEG(SYN, 0, 0, .mss = row[i].mss,
						  .ts = row[i].ts)),
				 row[i].expected);
}

/* MUST-16: "for each segment sent, the sender should adjust the data length":
 * SACK blocks do not make a segment larger than the peer can take. */
static void must_16_sack_blocks_count(void **state)
{
	static const uint32_t lens[] = {1, 300, 560, 572, 588, 600, 700, 1200};
	struct drive *d = drive_new();
	uint32_t seq = 1;
	size_t i;

	(void)state;
	drive_accept(d, SEG(SYN, 0, 0, .mss = 600, .sack_ok = true));
	drive_set(d, d->fd, IPPROTO_TCP, TCP_NODELAY, 1);
	drive_drain(d);
	inject(d, SEG(ACK, 100, 1, .len = 10));
	inject(d, SEG(ACK, 200, 1, .len = 10));
	drive_drain(d);
	for (i = 0; i < 8; i++) {
		drive_send(d, lens[i], 0);
		while (drive_take(d)) {
			const uint32_t opt =
				d->last.n_sack ? 4U + 8U * d->last.n_sack : 0;

			assert_int_equal(d->last.seq, seq);
			assert_true(d->last.len + opt <= 600);
			seq += d->last.len;
		}
	}
	assert_int_equal(seq, 1 + 1 + 300 + 560 + 572 + 588 + 600 + 700 + 1200);
	drive_free(d);
}

/* SHLD-6: an interface's MTU is the least of what it can be, and the MSS goes
 * by it: the new one from the next SYN on. */
static void shld_6_mss_goes_by_the_least_mtu(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	assert_int_equal(tern_if_set_mtu(d->n, d->ifindex, 1280), 0);
	inject(d, SEG(SYN, 0, 0));
	expect(d, SEG(SYN | ACK, 0, 1, .mss = 1240));
	inject(d, SEG(RST, 1, 0));
	assert_int_equal(tern_if_set_mtu(d->n, d->ifindex, 1400), 0);
	inject(d, SEG(SYN, 0, 0));
	expect(d, SEG(SYN | ACK, 0, 1, .mss = 1360));
	drive_free(d);
}

/* MUST-65: not on anything but a SYN, whichever way it was agreed on. */
static void must_65_mss_on_syn_only(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_client(d);
	assert_int_equal(d->last.mss, 0);
	drive_send(d, 5000, 0);
	while (drive_take(d))
		assert_int_equal(d->last.mss, 0);
	tern_close(d->n, d->fd);
	expect(d, SEG(FIN | ACK, 5001, 1));
	assert_int_equal(d->last.mss, 0);
	inject(d, SEG(RST, 1, 0));
	inject(d, SEG(ACK, 1, 1)); /* of no connection */
	expect(d, SEG(RST, 1, 0));
	assert_int_equal(d->last.mss, 0);
	drive_free(d);
}

/* MUST-67: at most MMS_R - 20, which is what the MTU leaves, at any MTU. */
static void must_67_mss_fits_the_mtu(void **state)
{
	uint32_t mtu;

	(void)state;
	for (mtu = 68; mtu <= 65535; mtu += mtu < 1600 ? 1 : 997) {
		struct drive *d = drive_new_mtu(mtu);

		drive_listen(d, 8);
		inject(d, SEG(SYN, 0, 0));
		expect(d, SEG(SYN | ACK, 0, 1));
		assert_true(d->last.mss > 0);
		assert_true(d->last.mss <= (mtu - 20) - 20);
		drive_free(d);
	}
}

/* MUST-67: TCP_MAXSEG may ask for less, and cannot for more. */
static void must_67_maxseg(void **state)
{
	struct drive *d = drive_new();
	int fd;

	(void)state;
	fd = drive_socket(d);
	drive_set(d, fd, IPPROTO_TCP, TCP_MAXSEG, 1000);
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0, .mss = 1000));
	fd = drive_socket(d);
	drive_set(d, fd, IPPROTO_TCP, TCP_MAXSEG, 9000);
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0, .mss = 1460));
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_14_mss_is_sent),
		cmocka_unit_test(must_14_mss_is_received),
		cmocka_unit_test(shld_5_mss_is_always_sent),
		cmocka_unit_test(may_3_mss_536_is_sent_too),
		cmocka_unit_test(must_15_default_is_536),
		cmocka_unit_test(must_16_effective_send_mss),
		cmocka_unit_test(must_16_sack_blocks_count),
		cmocka_unit_test(shld_6_mss_goes_by_the_least_mtu),
		cmocka_unit_test(must_65_mss_on_syn_only),
		cmocka_unit_test(must_67_mss_fits_the_mtu),
		cmocka_unit_test(must_67_maxseg),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
