/* SPDX-License-Identifier: ISC */
/* dialogue_test.c - ACKs that wait as on Linux: reading lets them go */
#include <netinet/tcp.h>

#include "unit/tcp/flight.h"

static struct drive *dialogue_new(void)
{
	struct drive *d = drive_new();
	int off = 0;

	drive_sysctl(d, "tern.tcp_linux_acks", "1");
	flight_join(d, SEG(SYN, 0, 0, .mss = MSS));
	assert_int_equal(tern_setsockopt(d->n, d->fd, IPPROTO_TCP, TCP_QUICKACK,
					 &off, sizeof(off)),
			 0);
	return d;
}

/* Of two small segments, or more, the ACK goes when they have been read. */
static void reading_pays_the_ack(void **state)
{
	struct drive *d = dialogue_new();
	char buf[8];

	(void)state;
	inject(d, SEG(ACK | PSH, 1, 1, .len = 2));
	expect_nothing(d);
	inject(d, SEG(ACK | PSH, 3, 1, .len = 2));
	expect_nothing(d);
	assert_int_equal(tern_recv(d->n, d->fd, buf, sizeof(buf), 0), 4);
	expect(d, SEG(ACK, 1, 5));
	expect_nothing(d);
	drive_free(d);
}

/* The same by reference: what is given back has been read. */
static void giving_back_pays_the_ack(void **state)
{
	struct drive *d = dialogue_new();
	struct tern_slice s[2];
	int n;

	(void)state;
	inject(d, SEG(ACK | PSH, 1, 1, .len = 2));
	inject(d, SEG(ACK | PSH, 3, 1, .len = 2));
	n = tern_recv_zc(d->n, d->fd, s, 2, 0);
	assert_true(n > 0);
	expect_nothing(d);
	tern_recv_zc_done(d->n, d->fd, s, n);
	expect(d, SEG(ACK, 1, 5));
	expect_nothing(d);
	drive_free(d);
}

/* Of one, nothing is owed before the time has come. */
static void reading_one_does_not(void **state)
{
	struct drive *d = dialogue_new();
	char buf[8];

	(void)state;
	inject(d, SEG(ACK | PSH, 1, 1, .len = 2));
	assert_int_equal(tern_recv(d->n, d->fd, buf, sizeof(buf), 0), 2);
	expect_nothing(d);
	drive_sleep(d, 50 * TERN_MS);
	expect(d, SEG(ACK, 1, 3));
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_pays_the_ack),
		cmocka_unit_test(giving_back_pays_the_ack),
		cmocka_unit_test(reading_one_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
