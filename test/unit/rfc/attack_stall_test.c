/* SPDX-License-Identifier: ISC */
/*
 * attack_stall_test.c - settings with which nothing would move any more
 */
#include "unit/rfc/drive.h"

/* RFC 7323 2: the scale was agreed on for a large buffer, the user then asks
 * for one that is smaller than a unit of the window. */
static void buffer_smaller_than_a_unit(void **state)
{
	struct drive *d = drive_new();
	uint32_t seq = 1;
	int i;

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_rmem", "4096 2097152 1073741824");
	drive_accept(d, SEG(SYN, 0, 0, .mss = 1460, .wscale_on = true));
	assert_int_equal(drive_info(d).rcv_wscale, 14);
	drive_set(d, d->fd, SOL_SOCKET, SO_RCVBUF, 2304);
	drive_drain(d);
	for (i = 0; i < 1000 && seq < 200001; i++) {
		inject(d, SEG(ACK, seq, 1, .len = 1000));
		while (drive_take(d))
			seq = d->last.ack;
		while (drive_recv(d, 10000) > 0)
			;
		drive_sleep(d, TERN_S);
		while (drive_take(d))
			seq = d->last.ack;
	}
	assert_int_equal(seq, 200001);
	drive_free(d);
}

/* RFC 791: 68 bytes are the least MTU.  The floor of the MSS, there against
 * hostile peers, must not lead beyond it. */
static void least_mtu(void **state)
{
	uint32_t mtu;

	(void)state;
	for (mtu = 68; mtu < 110; mtu++) {
		struct drive *d = drive_new_mtu(mtu);
		uint32_t len = 0;

		drive_accept(d, SEG(SYN, 0, 0, .mss = 1460, .ts = mtu & 1,
				    .ts_val = 1));
		drive_send(d, 100, 0);
		while (drive_take(d)) {
			assert_true(20 + 20 + (mtu & 1 ? 12U : 0) +
					    d->last.len <=
				    mtu);
			len += d->last.len;
			inject(d, SEG(ACK, 1, 1 + len, .ts = mtu & 1,
				      .ts_val = 1));
		}
		assert_int_equal(len, 100);
		drive_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffer_smaller_than_a_unit),
		cmocka_unit_test(least_mtu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
