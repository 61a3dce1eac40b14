/* SPDX-License-Identifier: ISC */
/*
 * info_test.c - TCP_INFO: each field where its value is known
 */
#include "unit/rfc/drive.h"

#include <linux/tcp.h>
#include <stddef.h>

#define RTT (100 * TERN_MS)

/* As Linux 6.12 has it behind tcpi_snd_wnd. */
struct tail {
	uint32_t rcv_wnd, rehash;
	uint16_t total_rto, total_rto_recoveries;
	uint32_t total_rto_time;
};

static struct tcp_info info(struct drive *d, struct tail *tail)
{
	const size_t base = offsetof(struct tcp_info, tcpi_snd_wnd) + 4;
	uint8_t bytes[512];
	struct tcp_info i = {0};
	socklen_t len = sizeof(bytes);

	assert_int_equal(tern_getsockopt(d->n, d->fd, IPPROTO_TCP, TCP_INFO,
					 bytes, &len),
			 0);
	assert_int_equal(len, base + sizeof(*tail));
	memcpy(&i, bytes, base);
	if (tail)
		memcpy(tail, bytes + base, sizeof(*tail));
	return i;
}

static void sent_and_acknowledged(void **state)
{
	struct drive *d = drive_new();
	struct tcp_info i;

	(void)state;
	drive_server(d);
	i = info(d, NULL);
	assert_int_equal(i.tcpi_delivered, 1); /* the SYN */
	assert_int_equal(i.tcpi_busy_time, 0);
	drive_send(d, 3 * 1460, 0);
	assert_int_equal(drive_drain(d), 3);
	drive_sleep(d, RTT);
	i = info(d, NULL);
	assert_int_equal(i.tcpi_unacked, 3);
	assert_int_equal(i.tcpi_bytes_sent, 3 * 1460);
	assert_int_equal(i.tcpi_bytes_acked, 0);
	assert_int_equal(i.tcpi_data_segs_out, 3);
	assert_int_equal(i.tcpi_busy_time, 100000);
	inject(d, SEG(ACK, 1, 1 + 3 * 1460));
	drive_sleep(d, RTT);
	i = info(d, NULL);
	assert_int_equal(i.tcpi_unacked, 0);
	assert_int_equal(i.tcpi_bytes_acked, 3 * 1460);
	assert_int_equal(i.tcpi_bytes_sent, 3 * 1460);
	assert_int_equal(i.tcpi_bytes_retrans, 0);
	assert_int_equal(i.tcpi_delivered, 4);
	assert_int_equal(i.tcpi_busy_time, 100000);
	assert_int_equal(i.tcpi_rwnd_limited, 0);
	assert_int_equal(i.tcpi_sndbuf_limited, 0);
	assert_in_range(i.tcpi_delivery_rate, 43000, 44000);
	assert_in_range(i.tcpi_last_data_sent, 199, 201);
	assert_in_range(i.tcpi_last_ack_recv, 99, 101);
	drive_free(d);
}

static void timed_out(void **state)
{
	struct drive *d = drive_new();
	struct tail tail;
	struct tcp_info i;

	(void)state;
	drive_server(d);
	drive_send(d, 1460, 0);
	drive_drain(d);
	drive_wait(d); /* once, and twice */
	drive_drain(d);
	drive_wait(d);
	drive_drain(d);
	i = info(d, &tail);
	assert_int_equal(i.tcpi_bytes_retrans, 2 * 1460);
	assert_int_equal(i.tcpi_bytes_sent, 3 * 1460);
	assert_int_equal(i.tcpi_data_segs_out, 3);
	assert_int_equal(i.tcpi_total_retrans, 2);
	assert_int_equal(i.tcpi_retransmits, 2);
	assert_int_equal(i.tcpi_backoff, 2);
	assert_int_equal(tail.total_rto, 2);
	assert_int_equal(tail.total_rto_recoveries, 1);
	assert_int_equal(tail.total_rto_time, 0);
	drive_sleep(d, RTT);
	inject(d, SEG(ACK, 1, 1461));
	i = info(d, &tail);
	assert_int_equal(i.tcpi_bytes_acked, 1460);
	/* From the first expiry to the ACK. */
	assert_true(tail.total_rto_time > RTT / TERN_MS);
	assert_int_equal(i.tcpi_retransmits, 0);
	drive_free(d);
}

static void limited_by_the_peer(void **state)
{
	struct drive *d = drive_new();
	struct tcp_info i;

	(void)state;
	drive_server(d);
	drive_send(d, 3000, 0);
	drive_drain(d);
	inject(d, SEG(ACK, 1, 3001, .wnd_zero = true));
	drive_send(d, 1000, 0);
	drive_sleep(d, 150 * TERN_MS);
	drive_drain(d);
	i = info(d, NULL);
	assert_int_equal(i.tcpi_rwnd_limited, 150000);
	assert_int_equal(i.tcpi_busy_time, 150000);
	assert_int_equal(i.tcpi_snd_wnd, 0);
	assert_int_equal(i.tcpi_notsent_bytes, 1000);
	inject(d, SEG(ACK, 1, 3001));
	drive_drain(d);
	drive_sleep(d, 50 * TERN_MS);
	i = info(d, NULL);
	assert_int_equal(i.tcpi_rwnd_limited, 150000);
	assert_int_equal(i.tcpi_busy_time, 200000);
	assert_int_equal(i.tcpi_snd_wnd, 65535);
	assert_int_equal(i.tcpi_notsent_bytes, 0);
	drive_free(d);
}

static void limited_by_the_buffer(void **state)
{
	struct drive *d = drive_new();
	struct tcp_info i;

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, SOL_SOCKET, SO_SNDBUF, 2920);
	drive_send(d, 2920, 0);
	drive_drain(d);
	drive_sleep(d, 70 * TERN_MS);
	i = info(d, NULL);
	assert_int_equal(i.tcpi_sndbuf_limited, 70000);
	assert_int_equal(i.tcpi_busy_time, 70000);
	inject(d, SEG(ACK, 1, 2921));
	drive_sleep(d, 70 * TERN_MS);
	i = info(d, NULL);
	assert_int_equal(i.tcpi_sndbuf_limited, 70000);
	drive_free(d);
}

static void received(void **state)
{
	struct drive *d = drive_new();
	struct tail tail;
	struct tcp_info i;

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .len = 1000));
	inject(d, SEG(ACK, 2001, 1, .len = 1000));
	drive_drain(d);
	i = info(d, &tail);
	assert_int_equal(i.tcpi_bytes_received, 1000);
	assert_int_equal(i.tcpi_data_segs_in, 2);
	assert_int_equal(i.tcpi_rcv_ooopack, 1);
	assert_int_equal(i.tcpi_rcv_mss, 1000);
	assert_in_range(tail.rcv_wnd, 64000, 66000);
	drive_sleep(d, 500 * TERN_MS);
	inject(d, SEG(ACK, 1001, 1, .len = 1000));
	drive_drain(d);
	drive_sleep(d, 300 * TERN_MS);
	i = info(d, NULL);
	assert_int_equal(i.tcpi_bytes_received, 3000);
	assert_in_range(i.tcpi_last_data_recv, 299, 301);
	assert_int_equal(i.tcpi_rcv_ssthresh, 65535);
	drive_free(d);
}

/* A second connection of one socket begins at nothing. */
static void begins_anew(void **state)
{
	struct drive *d = drive_new();
	const struct sockaddr none = {.sa_family = AF_UNSPEC};
	struct tcp_info i;

	(void)state;
	drive_server(d);
	drive_send(d, 1000, 0);
	drive_drain(d);
	inject(d, SEG(ACK, 1, 1001));
	assert_int_equal(info(d, NULL).tcpi_bytes_acked, 1000);
	assert_int_equal(tern_connect(d->n, d->fd, &none, sizeof(none)), 0);
	drive_drain(d);
	i = info(d, NULL);
	assert_int_equal(i.tcpi_state, 7);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sent_and_acknowledged),
		cmocka_unit_test(timed_out),
		cmocka_unit_test(limited_by_the_peer),
		cmocka_unit_test(limited_by_the_buffer),
		cmocka_unit_test(received),
		cmocka_unit_test(begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
