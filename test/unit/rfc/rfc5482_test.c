/* SPDX-License-Identifier: ISC */
/*
 * rfc5482_test.c - the User Timeout option
 */
#include "unit/rfc/drive.h"

#include <netinet/tcp.h>

#include "tcp/uto.h"

#define MSS 1000

/* The option of the segment that drive_take() would return; 0 if none. */
static uint32_t peek_uto(const struct drive *d)
{
	const struct tern_frame *f = &d->q[d->q_head];
	struct tcp_options o;
	struct ip4_header ip;
	struct tcp_header h;

	if (d->q_head == d->q_tail)
		return 0;
	assert_int_equal(ip4_parse(f->head, f->head_len, f->len, &ip), 0);
	assert_int_equal(tcp_parse(f->head + ip.header_len,
				   f->head_len - ip.header_len,
				   f->len - ip.header_len, &h),
			 0);
	tcp_opt_parse(h.options, h.header_len - 20U, &o);
	return o.present & TERN_OPT_UTO ? o.uto : 0;
}

static struct drive *server(void)
{
	struct drive *d = drive_new();

	drive_sysctl(d, "tern.tcp_uto", "1");
	drive_accept(d, SEG(SYN, 0, 0, .mss = MSS));
	return d;
}

/* Seconds until what was sent and is not acknowledged ends the connection. */
static uint64_t patience(struct drive *d)
{
	tern_time began;

	drive_send(d, 10, 0);
	began = d->now;
	while (drive_state(d) != TERN_TCP_CLOSED) {
		drive_wait(d);
		drive_drain(d);
	}
	return (d->now - began) / TERN_S;
}

static void says(struct drive *d, uint16_t uto)
{
	const uint8_t o[] = {28, 4, (uint8_t)(uto >> 8), (uint8_t)uto};

	inject(d, SEG(ACK, 1, 1, .options = o, .options_len = sizeof(o)));
	drive_drain(d);
}

/* 3.2: seconds up to 2^15 - 1, then minutes. */
static void encoding(void **state)
{
	(void)state;
	assert_int_equal(uto_encode(0), 0);
	assert_int_equal(uto_encode(1), 1);
	assert_int_equal(uto_encode(32767), 32767);
	assert_int_equal(uto_encode(32768), 0x8000 | 547);
	assert_int_equal(uto_encode(UINT32_MAX), 0xffff);
	assert_int_equal(uto_decode(0x8000 | 3), 180);
	assert_int_equal(uto_decode(0x8000), 0);
	assert_int_equal(uto_decode(3), 3);
}

/* 3.1: off by default; on, it is in SYN, in the first segment after it, and
 * when it has changed. */
static void sent(void **state)
{
	int on;

	(void)state;
	for (on = 0; on < 2; on++) {
		struct drive *d = drive_new();

		drive_sysctl(d, "tern.tcp_uto", on ? "1" : "0");
		drive_sysctl(d, "tern.tcp_uto_adv", "300");
		d->fd = drive_socket(d);
		drive_connect(d, d->fd);
		drive_pull(d);
		assert_int_equal(peek_uto(d), on ? 300 : 0);
		expect(d, SEG(SYN, 0, ANY));
		inject(d, SEG(SYN | ACK, 0, 1, .mss = MSS));
		assert_int_equal(peek_uto(d), on ? 300 : 0);
		expect(d, SEG(ACK, 1, 1));
		drive_send(d, 10, 0);
		assert_int_equal(peek_uto(d), 0);
		expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
		inject(d, SEG(ACK, 1, 11));
		drive_set(d, d->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 200500);
		drive_send(d, 10, 0);
		assert_int_equal(peek_uto(d), on ? 201 : 0);
		drive_drain(d);
		drive_free(d);
	}
}

static void sent_in_syn_ack(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_sysctl(d, "tern.tcp_uto", "1");
	drive_sysctl(d, "tern.tcp_uto_adv", "40000");
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = MSS));
	assert_int_equal(peek_uto(d), 0x8000 | 667);
	expect(d, SEG(SYN | ACK, 0, 1));
	drive_free(d);
}

/* 3.1: what the peer says holds, within the limits. */
static void received(void **state)
{
	static const struct {
		uint16_t says;
		uint64_t s;
	} row[] = {{200, 200}, {5, 100}, {0x8000 | 10, 300}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		struct drive *d = server();

		drive_sysctl(d, "tern.tcp_uto_max", "300");
		says(d, row[i].says);
		/* To the next expiry of the timer after it. */
		assert_in_range(patience(d), row[i].s, row[i].s * 2);
		drive_free(d);
	}
}

/* CHANGEABLE is false for who has set his own. */
static void own_is_kept(void **state)
{
	struct drive *d = server();

	(void)state;
	drive_set(d, d->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 30000);
	says(d, 500);
	assert_in_range(patience(d), 29, 31);
	drive_free(d);
}

/* Off: what the peer says is not heeded; 0 is not, ever (3.2). */
static void not_heeded(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct drive *d = server();

		drive_sysctl(d, "tern.tcp_uto", i ? "1" : "0");
		says(d, i ? 0x8000 : 200);
		assert_true(patience(d) > 600); /* tcp_retries2 */
		drive_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encoding),	   cmocka_unit_test(sent),
		cmocka_unit_test(sent_in_syn_ack), cmocka_unit_test(received),
		cmocka_unit_test(own_is_kept),	   cmocka_unit_test(not_heeded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
