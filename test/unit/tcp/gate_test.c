/* SPDX-License-Identifier: ISC */
/*
 * gate_test.c - SO_BINDTODEVICE on a host with two interfaces: by which one
 * segments go, and by which they may come
 */
#include "base/newer.h"
#include "unit/rfc/drive.h"

static void bind_to(struct drive *d, int fd, int ifindex)
{
	drive_set(d, fd, SOL_SOCKET, SO_BINDTOIFINDEX, ifindex);
}

static void connects_by_no_other(void **state)
{
	struct drive *d = drive_new();
	const int other = drive_second(d);

	(void)state;
	d->fd = drive_socket(d);
	bind_to(d, d->fd, other);
	assert_int_equal(drive_connect(d, d->fd), -ENETUNREACH);
	bind_to(d, d->fd, d->ifindex);
	assert_int_equal(drive_connect(d, d->fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	drive_free(d);
}

/* Another route does not lead it another way; it waits until its own is there
 * again. */
static void is_not_led_away(void **state)
{
	struct drive *d = drive_new();
	const int own = d->ifindex, other = drive_second(d);
	const struct tern_route r = {
		.dst = PEER_ADDR, .prefix_len = 32, .ifindex = other};

	(void)state;
	drive_server(d);
	bind_to(d, d->fd, own);
	assert_int_equal(tern_route_add(d->n, &r), 0);
	drive_send(d, 100, 0);
	expect_nothing(d);
	d->ifindex = other;
	expect_nothing(d);
	assert_int_equal(tern_route_remove(d->n, &r), 0);
	d->ifindex = own;
	(void)drive_wait(d);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	drive_free(d);
}

/* One that is open goes on by the interface that it is bound to, or not. */
static void is_bound_while_open(void **state)
{
	struct drive *d = drive_new();
	const int own = d->ifindex, other = drive_second(d);

	(void)state;
	drive_server(d);
	bind_to(d, d->fd, other);
	drive_send(d, 100, 0);
	expect_nothing(d);
	bind_to(d, d->fd, own);
	(void)drive_wait(d);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	drive_free(d);
}

/* A SYN,ACK does not go by another, whatever the routes say. */
static void answers_by_no_other(void **state)
{
	struct drive *d = drive_new();
	const int own = d->ifindex, other = drive_second(d);
	const struct tern_route r = {
		.dst = PEER_ADDR, .prefix_len = 32, .ifindex = other};

	(void)state;
	drive_listen(d, 8);
	bind_to(d, d->lfd, own);
	assert_int_equal(tern_route_add(d->n, &r), 0);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect_nothing(d);
	d->ifindex = other;
	expect_nothing(d);
	drive_free(d);
}

/* A connection and a listener take nothing that comes by another. */
static void comes_by_no_other(void **state)
{
	struct drive *d = drive_new();
	const int own = d->ifindex, other = drive_second(d);

	(void)state;
	drive_server(d);
	bind_to(d, d->fd, own);
	bind_to(d, d->lfd, own);
	d->ifindex = other;
	inject(d, SEG(PSH | ACK, 1, 1, .len = 10));
	assert_int_equal(d->last_drop, TERN_DROP_TCP_DEVICE);
	expect_nothing(d);
	d->rport++;
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	assert_int_equal(tern_drops(d->n, TERN_DROP_TCP_DEVICE), 2);
	d->ifindex = own;
	expect_nothing(d);
	d->rport--;
	inject(d, SEG(PSH | ACK, 1, 1, .len = 10));
	expect(d, SEG(ACK, 1, 11));
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connects_by_no_other),
		cmocka_unit_test(is_not_led_away),
		cmocka_unit_test(is_bound_while_open),
		cmocka_unit_test(answers_by_no_other),
		cmocka_unit_test(comes_by_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
