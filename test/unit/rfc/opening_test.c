/* SPDX-License-Identifier: ISC */
/*
 * opening_test.c - RFC 9293 3.5 and 3.9.1.1: opening connections
 */
#include "unit/rfc/drive.h"

static void must_10_simultaneous_open(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	assert_int_equal(drive_connect(d, d->fd), 0);
	drive_free(d);
}

static void must_11_rst_after_passive_open_returns_to_listen(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
	inject(d, SEG(RST, 1, 0));
	expect_nothing(d);
	assert_int_equal(d->trail[d->n_states - 1], TERN_TCP_LISTEN);
	drive_server(d); /* it still listens */
	drive_free(d);
}

static void must_11_rst_after_active_open_is_an_error(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(RST, 1, 0));
	assert_int_equal(drive_connect(d, d->fd), -ECONNREFUSED);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_10_simultaneous_open),
		cmocka_unit_test(
			must_11_rst_after_passive_open_returns_to_listen),
		cmocka_unit_test(must_11_rst_after_active_open_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
