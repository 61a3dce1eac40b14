/* SPDX-License-Identifier: ISC */
/*
 * counters_test.c - what is counted, under the names of Linux (RFC 4022 for
 * those without Ext)
 *
 * Each case leads to one event, and looks at the counters that tell of it.
 */
#include <netinet/tcp.h>

#include "unit/rfc/states.h"

static const struct place established = {TERN_TCP_ESTABLISHED, 1, 1, false};
static const struct place fin_wait_2 = {TERN_TCP_FIN_WAIT_2, 2, 1, false};
static const struct place received = {TERN_TCP_SYN_RECEIVED, 1, 1, false};
static const struct place crossed = {TERN_TCP_SYN_RECEIVED, 1, 1, true};

#define counted(d, name) tern_counter((d)->n, TERN_##name)

static void opens(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_int_equal(counted(d, TcpPassiveOpens), 1);
	assert_int_equal(counted(d, TcpActiveOpens), 0);
	drive_free(d);
	d = drive_new();
	drive_client(d);
	assert_int_equal(counted(d, TcpPassiveOpens), 0);
	assert_int_equal(counted(d, TcpActiveOpens), 1);
	drive_free(d);
}

/* RFC 4022: CLOSED from SYN-SENT or SYN-RECEIVED, LISTEN from the latter. */
static void attempts_that_fail(void **state)
{
	struct drive *d = drive_to(&received);

	(void)state;
	inject(d, SEG(RST, 1, 0));
	assert_int_equal(counted(d, TcpAttemptFails), 1);
	assert_int_equal(counted(d, TcpExtEmbryonicRsts), 1);
	assert_int_equal(counted(d, TcpEstabResets), 0);
	drive_free(d);
	d = drive_to(&received);
	drive_sleep(d, 300 * TERN_S);
	drive_drain(d);
	assert_int_equal(counted(d, TcpAttemptFails), 1);
	assert_int_equal(counted(d, TcpExtTCPSynRetrans), 5);
	assert_int_equal(counted(d, TcpRetransSegs), 5);
	drive_free(d);
	d = drive_to(&crossed);
	inject(d, SEG(RST, 1, 0));
	assert_int_equal(counted(d, TcpAttemptFails), 1);
	assert_int_equal(counted(d, TcpEstabResets), 0);
	drive_free(d);
	d = drive_new();
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	drive_sleep(d, 1100 * TERN_MS);
	expect(d, SEG(SYN, 0, 0));
	assert_int_equal(counted(d, TcpExtTCPSynRetrans), 1);
	assert_int_equal(counted(d, TcpRetransSegs), 1);
	drive_sleep(d, 300 * TERN_S);
	drive_drain(d);
	assert_int_equal(counted(d, TcpAttemptFails), 1);
	assert_int_equal(counted(d, TcpExtTCPAbortOnTimeout), 1);
	drive_free(d);
}

static void resets(void **state)
{
	struct drive *d = drive_to(&established);

	(void)state;
	inject(d, SEG(RST, 2, 0));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(counted(d, TcpExtTCPChallengeACK), 1);
	assert_int_equal(counted(d, TcpEstabResets), 0);
	inject(d, SEG(RST, 1, 0));
	assert_int_equal(counted(d, TcpEstabResets), 1);
	assert_int_equal(counted(d, TcpAttemptFails), 0);
	assert_int_equal(counted(d, TcpOutRsts), 0);
	inject(d, SEG(ACK, 1, 1));
	expect(d, SEG(RST, 1, 0));
	assert_int_equal(counted(d, TcpOutRsts), 1);
	drive_free(d);
}

/* SHLD-3, and the other ways to end a connection at once. */
static void aborts(void **state)
{
	const struct linger now = {.l_onoff = 1};
	struct drive *d = drive_to(&established);

	(void)state;
	inject(d, SEG(PSH | ACK, 1, 1, .len = 10));
	expect(d, SEG(ACK, 1, 11));
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(RST | ACK, 1, 11));
	assert_int_equal(counted(d, TcpExtTCPAbortOnClose), 1);
	drive_free(d);
	d = drive_to(&established);
	assert_int_equal(tern_setsockopt(d->n, d->fd, SOL_SOCKET, SO_LINGER,
					 &now, sizeof(now)),
			 0);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(RST | ACK, 1, 1));
	assert_int_equal(counted(d, TcpExtTCPAbortOnLinger), 1);
	assert_int_equal(counted(d, TcpExtTCPAbortOnClose), 0);
	drive_free(d);
	d = drive_to(&fin_wait_2);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	inject(d, SEG(PSH | ACK, 1, 2, .len = 10));
	assert_int_equal(counted(d, TcpExtTCPAbortOnData), 1);
	drive_drain(d);
	drive_free(d);
	d = drive_to(&established);
	drive_sysctl(d, "net.ipv4.tcp_max_orphans", "0");
	assert_int_equal(tern_close(d->n, d->fd), 0);
	assert_int_equal(counted(d, TcpExtTCPAbortOnMemory), 1);
	drive_drain(d);
	drive_free(d);
}

/* Orphans are limited; one that has ended is none any more. */
static void orphans_end(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_max_orphans", "1");
	for (int i = 0; i < 3; i++) {
		drive_server(d);
		assert_int_equal(tern_close(d->n, d->fd), 0);
		expect(d, SEG(FIN | ACK, 1, 1));
		inject(d, SEG(FIN | ACK, 1, 2));
		expect(d, SEG(ACK, 2, 2));
		drive_sleep(d, 61 * TERN_S);
	}
	assert_int_equal(counted(d, TcpExtTCPAbortOnMemory), 0);
	drive_free(d);
}

static void text(void **state)
{
	struct drive *d = drive_to(&established);

	(void)state;
	inject(d, SEG(PSH | ACK, 1, 1, .len = 10));
	assert_int_equal(counted(d, TcpExtTCPHPHits), 1);
	assert_int_equal(counted(d, TcpExtTCPHPAcks), 0);
	inject(d, SEG(PSH | ACK, 21, 1, .len = 10));
	assert_int_equal(counted(d, TcpExtTCPOFOQueue), 1);
	assert_int_equal(counted(d, TcpExtTCPOFOMerge), 0);
	inject(d, SEG(PSH | ACK, 41, 1, .len = 10));
	assert_int_equal(counted(d, TcpExtTCPOFOQueue), 2);
	assert_int_equal(counted(d, TcpExtTCPOFOMerge), 0);
	inject(d, SEG(PSH | ACK, 26, 1, .len = 20));
	assert_int_equal(counted(d, TcpExtTCPOFOQueue), 3);
	assert_int_equal(counted(d, TcpExtTCPOFOMerge), 1);
	inject(d, SEG(PSH | URG | ACK, 11, 1, .len = 10, .up = 10));
	assert_int_equal(counted(d, TcpExtTCPUrgent), 1);
	drive_drain(d);
	drive_send(d, 10, 0);
	assert_int_equal(counted(d, TcpExtTCPOrigDataSent), 1);
	expect(d, SEG(PSH | ACK, 1, 51, .len = 10));
	inject(d, SEG(ACK, 51, 11));
	assert_int_equal(counted(d, TcpExtTCPHPAcks), 1);
	drive_free(d);
}

static void windows_that_are_closed(void **state)
{
	struct drive *d = drive_to(&established);

	(void)state;
	for (uint32_t at = 1; at < STATES_WND; at += 1000)
		inject(d, SEG(PSH | ACK, at, 1, .len = 1000));
	drive_drain(d);
	assert_int_equal(counted(d, TcpExtTCPToZeroWindowAdv), 1);
	assert_int_equal(counted(d, TcpExtTCPFromZeroWindowAdv), 0);
	assert_int_equal(drive_recv(d, STATES_WND), STATES_WND);
	drive_drain(d);
	assert_int_equal(counted(d, TcpExtTCPFromZeroWindowAdv), 1);
	inject(d, SEG(ACK, 1 + STATES_WND, 1, .wnd_zero = true));
	drive_send(d, 10, 0);
	drive_sleep(d, 1100 * TERN_MS);
	assert_true(counted(d, TcpExtTCPWinProbe) > 0);
	drive_drain(d);
	drive_free(d);
}

static void timeouts(void **state)
{
	struct drive *d = drive_to(&established);

	(void)state;
	drive_set(d, d->fd, IPPROTO_TCP, TCP_QUICKACK, 0);
	inject(d, SEG(PSH | ACK, 1, 1, .len = 10));
	drive_sleep(d, 600 * TERN_MS);
	assert_int_equal(counted(d, TcpExtDelayedACKs), 1);
	drive_drain(d);
	drive_send(d, 10, 0);
	drive_drain(d);
	drive_sleep(d, 3 * TERN_S);
	assert_true(counted(d, TcpRetransSegs) > 0);
	assert_int_equal(counted(d, TcpExtTCPSynRetrans), 0);
	drive_drain(d);
	drive_free(d);
}

static void time_wait(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	to_later_state(d, TERN_TCP_TIME_WAIT);
	assert_int_equal(counted(d, TcpExtTW), 1);
	for (int i = 0; i < 7; i++) {
		inject(d, SEG(ACK, 0, 2));
		expect(d, SEG(ACK, 2, 2));
	}
	assert_int_equal(counted(d, TcpExtTCPACKSkippedTimeWait), 0);
	inject(d, SEG(ACK, 0, 2));
	expect_nothing(d);
	assert_int_equal(counted(d, TcpExtTCPACKSkippedTimeWait), 1);
	drive_free(d);
	d = drive_to(&established);
	inject(d, SEG(ACK, 1000000, 1));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(counted(d, TcpExtTCPACKSkippedSeq), 0);
	inject(d, SEG(ACK, 1000000, 1));
	expect_nothing(d);
	assert_int_equal(counted(d, TcpExtTCPACKSkippedSeq), 1);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens),
		cmocka_unit_test(attempts_that_fail),
		cmocka_unit_test(resets),
		cmocka_unit_test(aborts),
		cmocka_unit_test(orphans_end),
		cmocka_unit_test(text),
		cmocka_unit_test(windows_that_are_closed),
		cmocka_unit_test(timeouts),
		cmocka_unit_test(time_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
