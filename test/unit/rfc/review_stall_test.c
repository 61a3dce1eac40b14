/* SPDX-License-Identifier: ISC */
/*
 * review_stall_test.c - nothing that is owed waits for ever: MUST-60, MUST-20,
 * Karn's rule, and a socket that connects a second time
 */
#include <netinet/tcp.h>

#include "unit/rfc/drive.h"

#define OTHER_PORT 40001

/* What MSG_MORE holds back goes in the end, whatever options are set. */
static void more_outlives_an_option(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 10, MSG_MORE);
	expect_nothing(d);
	drive_set(d, d->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	drive_sleep(d, TERN_S);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	drive_free(d);
}

/* A cork that is put on behind text which Nagle holds back. */
static void cork_after_nagle(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	drive_send(d, 10, 0);
	expect_nothing(d);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_CORK, 1);
	inject(d, SEG(ACK, 1, 11));
	drive_sleep(d, TERN_S);
	expect(d, SEG(PSH | ACK, 11, 1, .len = 10));
	drive_free(d);
}

/* RFC 6298 5: the RTO stays backed off until text that was sent once is
 * acknowledged, or a path that became longer than RTO is never learnt. */
static void backoff_outlives_an_ambiguous_ack(void **state)
{
	struct drive *d = drive_new();
	tern_time rto;

	(void)state;
	drive_server(d);
	drive_send(d, 100, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	rto = drive_wait(d);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	drive_wait(d);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	inject(d, SEG(ACK, 1, 101));
	drive_send(d, 100, 0);
	expect(d, SEG(PSH | ACK, 101, 1, .len = 100));
	assert_true(drive_wait(d) >= 3 * rto);
	expect(d, SEG(PSH | ACK, 101, 1, .len = 100));
	inject(d, SEG(ACK, 1, 201));
	drive_send(d, 100, 0);
	expect(d, SEG(PSH | ACK, 201, 1, .len = 100));
	inject(d, SEG(ACK, 1, 301)); /* a sample: it collapses */
	drive_send(d, 100, 0);
	expect(d, SEG(PSH | ACK, 301, 1, .len = 100));
	assert_true(drive_wait(d) < 2 * rto);
	drive_free(d);
}

/* The backed-off RTO is no matter of a window that was closed and opened. */
static void probing_leaves_no_backoff(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
	drive_send(d, 100, 0);
	drive_sleep(d, 60 * TERN_S);
	assert_true(drive_drain(d) >= 4);
	inject(d, SEG(ACK, 1, 1));
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	assert_true(drive_wait(d) <= TERN_S);
	drive_free(d);
}

static void remove_route(struct drive *d)
{
	const struct tern_route r = {.ifindex = d->ifindex};

	assert_int_equal(tern_route_remove(d->n, &r), 0);
}

/* MUST-20: a SYN for which there is no way any more. */
static void syn_without_route(void **state)
{
	struct drive *d = drive_new();
	const int fd = drive_socket(d);

	(void)state;
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	remove_route(d);
	drive_sleep(d, 600 * TERN_S);
	expect_nothing(d);
	assert_int_equal(drive_get(d, fd, SOL_SOCKET, SO_ERROR), ETIMEDOUT);
	drive_free(d);
}

/* The same with text, of which nothing is in flight. */
static void text_without_route(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	remove_route(d);
	drive_send(d, 100, 0);
	expect_nothing(d);
	drive_sleep(d, 3600 * TERN_S);
	expect_nothing(d);
	assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_ERROR), ETIMEDOUT);
	drive_free(d);
}

/* ... and when the route comes back in time, nothing is lost. */
static void route_comes_back(void **state)
{
	const struct tern_route r = {.dst = 0};
	struct drive *d = drive_new();
	struct tern_route def = r;

	(void)state;
	drive_server(d);
	remove_route(d);
	drive_send(d, 100, 0);
	drive_sleep(d, 30 * TERN_S);
	expect_nothing(d);
	def.ifindex = d->ifindex;
	assert_int_equal(tern_route_add(d->n, &def), 0);
	drive_pull(d);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	inject(d, SEG(ACK, 1, 101));
	drive_sleep(d, 600 * TERN_S);
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);
}

/* A FIN without a way, of a descriptor that is closed. */
static void fin_without_route(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	remove_route(d);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	drive_sleep(d, 3600 * TERN_S);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* Nothing of a connection that failed is left in the next one: not the time
 * at which its SYN was sent, for one. */
static void second_connect_times_itself(void **state)
{
	struct sockaddr_in sin = drive_addr(PEER_ADDR, OTHER_PORT);
	struct drive *d = drive_new();
	const int fd = drive_socket(d);

	(void)state;
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(RST | ACK, 0, 1));
	assert_int_equal(drive_connect(d, fd), -ECONNREFUSED);
	drive_sleep(d, 50 * TERN_S);
	assert_int_equal(
		tern_connect(d->n, fd, (struct sockaddr *)&sin, sizeof(sin)),
		-EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	expect(d, SEG(ACK, 1, 1));
	assert_true(drive_info(d).srtt_us < 1000000);
	drive_send(d, 20000, 0);
	assert_int_equal(drive_drain(d), 10);
	drive_free(d);
}

/* ... nor that its SYN was lost, which makes the window one segment. */
static void second_connect_has_a_full_window(void **state)
{
	struct drive *d = drive_new();
	const int fd = drive_socket(d);

	(void)state;
	drive_set(d, fd, IPPROTO_TCP, TCP_SYNCNT, 3);
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	drive_sleep(d, 100 * TERN_S);
	assert_int_equal(drive_drain(d), 4);
	assert_int_equal(drive_connect(d, fd), -ETIMEDOUT);
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	expect(d, SEG(ACK, 1, 1));
	drive_send(d, 20000, 0);
	assert_int_equal(drive_drain(d), 10);
	drive_free(d);
}

/* An address that connect() chose is chosen anew (MUST-44). */
static void second_connect_chooses_its_source(void **state)
{
	struct sockaddr_in lo = drive_addr(INADDR_LOOPBACK, 9);
	struct drive *d = drive_new();
	const int fd = drive_socket(d);
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	(void)state;
	assert_int_equal(
		tern_connect(d->n, fd, (struct sockaddr *)&lo, sizeof(lo)),
		-EINPROGRESS);
	drive_sleep(d, TERN_S);
	assert_int_equal(drive_get(d, fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
	assert_int_equal(drive_connect(d, fd), -ECONNABORTED);
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_int_equal(
		tern_getsockname(d->n, fd, (struct sockaddr *)&sin, &len), 0);
	assert_int_equal(ntohl(sin.sin_addr.s_addr), STACK_ADDR);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_outlives_an_option),
		cmocka_unit_test(cork_after_nagle),
		cmocka_unit_test(backoff_outlives_an_ambiguous_ack),
		cmocka_unit_test(probing_leaves_no_backoff),
		cmocka_unit_test(syn_without_route),
		cmocka_unit_test(text_without_route),
		cmocka_unit_test(route_comes_back),
		cmocka_unit_test(fin_without_route),
		cmocka_unit_test(second_connect_times_itself),
		cmocka_unit_test(second_connect_has_a_full_window),
		cmocka_unit_test(second_connect_chooses_its_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
