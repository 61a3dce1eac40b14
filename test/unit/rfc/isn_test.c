/* SPDX-License-Identifier: ISC */
/*
 * isn_test.c - RFC 9293 3.4.1: initial sequence numbers, as the wire shows them
 */
#include "unit/rfc/drive.h"

#define TICKS_PER_S 250000

/* The ISS of the SYN,ACK for a peer at this address and port. */
static uint32_t iss_for(struct drive *d, uint32_t addr, uint16_t port)
{
	uint32_t iss;

	d->rport = port;
	inject(d, SEG(SYN, 0, 0, .src = addr));
	expect(d, SEG(SYN | ACK, 0, 1));
	iss = d->iss;
	inject(d, SEG(RST, 1, 0, .src = addr));
	expect_nothing(d);
	return iss;
}

/* The ISS of a SYN from a fixed port. */
static uint32_t iss_of_syn(struct drive *d)
{
	struct sockaddr_in sin = drive_addr(INADDR_ANY, 5000);
	const int fd = drive_socket(d);

	assert_int_equal(
		tern_bind(d->n, fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_int_equal(tern_close(d->n, fd), 0);
	return d->iss;
}

/* MUST-8: 250000 in a second, whichever way the connection is opened. */
static void must_8_clock(void **state)
{
	struct drive *d = drive_new();
	uint32_t a, b;

	(void)state;
	drive_listen(d, 8);
	a = iss_for(d, PEER_ADDR, 1234);
	drive_sleep(d, TERN_S);
	b = iss_for(d, PEER_ADDR, 1234);
	assert_int_equal(b - a, TICKS_PER_S);
	drive_sleep(d, 4 * TERN_US);
	assert_int_equal(iss_for(d, PEER_ADDR, 1234) - b, 1);

	a = iss_of_syn(d);
	drive_sleep(d, 10 * TERN_S);
	assert_int_equal(iss_of_syn(d) - a, 10 * TICKS_PER_S);
	drive_free(d);
}

/* MUST-8: it comes round after 4.77 hours, and not before. */
static void must_8_clock_wraps(void **state)
{
	struct drive *d = drive_new();
	uint32_t a;

	(void)state;
	drive_listen(d, 8);
	a = iss_for(d, PEER_ADDR, 1234);
	drive_sleep(d, (UINT64_C(1) << 31) * 4000);
	assert_int_equal(iss_for(d, PEER_ADDR, 1234) - a, UINT32_C(1) << 31);
	drive_sleep(d, (UINT64_C(1) << 31) * 4000);
	assert_int_equal(iss_for(d, PEER_ADDR, 1234), a);
	drive_free(d);
}

/* MUST-8: so a new connection between the same ends begins beyond the old. */
static void must_8_next_incarnation_is_beyond(void **state)
{
	struct drive *d = drive_new();
	uint32_t old;

	(void)state;
	drive_server(d);
	drive_send(d, 14000, 0);
	drive_drain(d);
	inject(d, SEG(RST | ACK, 1, 14001));
	old = d->iss + 14001;
	drive_sleep(d, TERN_S);
	inject(d, SEG(SYN, 0, 0));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_true((int32_t)(d->iss - old) > 0);
	drive_free(d);
}

/* SHLD-1: M + F: the difference of two tuples' ISS does not change with time,
 * and each of the four numbers of a tuple counts. */
static void shld_1_clock_plus_hash(void **state)
{
	struct drive *d = drive_new();
	const uint32_t other = PEER_ADDR + 1;
	uint32_t a, b, c;

	(void)state;
	drive_listen(d, 8);
	assert_int_equal(tern_addr_add(d->n, d->ifindex, STACK_ADDR + 1, 24),
			 0);
	a = iss_for(d, PEER_ADDR, 1234);
	b = iss_for(d, PEER_ADDR, 1235);
	c = iss_for(d, other, 1234);
	drive_sleep(d, 1234 * TERN_S);
	assert_int_equal(iss_for(d, PEER_ADDR, 1234) - a, 1234 * TICKS_PER_S);
	assert_int_equal(iss_for(d, PEER_ADDR, 1235) - b, 1234 * TICKS_PER_S);
	assert_int_equal(iss_for(d, other, 1234) - c, 1234 * TICKS_PER_S);
	assert_int_not_equal(a, b);
	assert_int_not_equal(a, c);
	assert_int_not_equal(b, c);
	d->rport = 1234;
	inject(d, SEG(SYN, 0, 0, .dst = STACK_ADDR + 1));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_int_not_equal(d->iss - a, 1234 * TICKS_PER_S);
	drive_free(d);
}

/* MUST-9: another secret, other numbers; the secret comes from the seed. */
static void must_9_secret_is_the_seeds(void **state)
{
	uint32_t iss[3];
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct drive *d = drive_new_seed(i == 2 ? 43 : 42);

		drive_listen(d, 8);
		iss[i] = iss_for(d, PEER_ADDR, 1234);
		drive_free(d);
	}
	assert_int_equal(iss[0], iss[1]);
	assert_int_not_equal(iss[0], iss[2]);
}

/* MUST-9: from the numbers of some tuples nothing follows for others: at one
 * moment, over 16384 ports, each bit is set half of the time and changes half
 * of the time from one port to the next, and no step comes twice too often. */
static void must_9_tuples_are_independent(void **state)
{
	enum { N = 16384 };
	struct drive *d = drive_new();
	uint32_t ones[32] = {0}, changes[32] = {0}, last = 0, i, k;
	uint8_t *steps = calloc(1, 65536);

	(void)state;
	assert_non_null(steps);
	drive_listen(d, 8);
	for (i = 0; i < N; i++) {
		const uint32_t iss =
			iss_for(d, PEER_ADDR, (uint16_t)(10000 + i));

		for (k = 0; k < 32; k++) {
			ones[k] += iss >> k & 1;
			changes[k] += (iss ^ last) >> k & 1;
		}
		k = (iss - last) >> 16;
		assert_true(steps[k] < 8);
		steps[k]++;
		last = iss;
	}
	for (k = 0; k < 32; k++) { /* five standard deviations */
		assert_in_range(ones[k], N / 2 - 320, N / 2 + 320);
		assert_in_range(changes[k], N / 2 - 320, N / 2 + 320);
	}
	free(steps);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_8_clock),
		cmocka_unit_test(must_8_clock_wraps),
		cmocka_unit_test(must_8_next_incarnation_is_beyond),
		cmocka_unit_test(shld_1_clock_plus_hash),
		cmocka_unit_test(must_9_secret_is_the_seeds),
		cmocka_unit_test(must_9_tuples_are_independent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
