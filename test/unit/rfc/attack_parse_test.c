/* SPDX-License-Identifier: ISC */
/*
 * attack_parse_test.c - segments that are malformed, or make no sense: options,
 * lengths, flags
 */
#include "unit/rfc/drive.h"

static const enum tern_tcp_state states[] = {
	TERN_TCP_CLOSED,       TERN_TCP_LISTEN,	     TERN_TCP_SYN_SENT,
	TERN_TCP_SYN_RECEIVED, TERN_TCP_ESTABLISHED, TERN_TCP_FIN_WAIT_1,
	TERN_TCP_FIN_WAIT_2,   TERN_TCP_CLOSE_WAIT,  TERN_TCP_CLOSING,
	TERN_TCP_LAST_ACK,     TERN_TCP_TIME_WAIT,
};
#define N_STATES (sizeof(states) / sizeof(states[0]))

static void half_close(struct drive *d)
{
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	drive_pull(d);
	assert_true(drive_take(d));
}

static struct drive *in_state(enum tern_tcp_state s)
{
	struct drive *d = drive_new();

	if (s == TERN_TCP_CLOSED)
		return d;
	if (s == TERN_TCP_SYN_SENT) {
		(void)!drive_connect(d, drive_socket(d));
		expect(d, SEG(SYN, 0, 0));
		return d;
	}
	drive_listen(d, 8);
	if (s == TERN_TCP_LISTEN)
		return d;
	if (s == TERN_TCP_SYN_RECEIVED) {
		inject(d, SEG(SYN, 0, 0, .mss = 1460));
		expect(d, SEG(SYN | ACK, 0, 1));
		return d;
	}
	drive_server(d);
	if (s == TERN_TCP_CLOSE_WAIT || s == TERN_TCP_LAST_ACK) {
		inject(d, SEG(FIN | ACK, 1, 1));
		drive_drain(d);
	}
	if (s != TERN_TCP_ESTABLISHED && s != TERN_TCP_CLOSE_WAIT)
		half_close(d);
	if (s == TERN_TCP_FIN_WAIT_2)
		inject(d, SEG(ACK, 1, 2));
	if (s == TERN_TCP_CLOSING)
		inject(d, SEG(FIN | ACK, 1, 1));
	if (s == TERN_TCP_TIME_WAIT)
		inject(d, SEG(FIN | ACK, 1, 2));
	drive_drain(d);
	assert_int_equal(drive_state(d), s);
	return d;
}

/* Counts what has a state: connections of all kinds. */
static int connections(struct drive *d)
{
	struct tern_sockinfo i[16];
	uint64_t cursor = 0;
	int n, k, found = 0;

	while ((n = tern_sockets(d->n, &cursor, i, 16)) > 0)
		for (k = 0; k < n; k++)
			found += i[k].state > TERN_TCP_LISTEN;
	return found;
}

/* T7: all flag sets in all states.  Only a plain SYN to a listener makes a
 * connection; RST is never answered; nothing without ACK passes data. */
static void t7_all_flags_in_all_states(void **state)
{
	static const uint16_t opens = SYN;
	size_t i;
	uint16_t f;

	(void)state;
	for (i = 0; i < N_STATES; i++) {
		for (f = 0; f < 64; f++) {
			struct drive *d = in_state(states[i]);
			const int before = connections(d);
			const uint16_t known = f & (SYN | ACK | RST | FIN);

			inject(d, SEG(f, 1, 1, .len = f & PSH ? 10 : 0,
				      .up = f & URG ? 5 : 0));
			if (f & RST)
				expect_nothing(d);
			if (states[i] == TERN_TCP_LISTEN)
				assert_int_equal(connections(d),
						 known == opens);
			else
				assert_true(connections(d) <= before);
			if (!(f & ACK) && d->fd >= 0 &&
			    states[i] != TERN_TCP_SYN_SENT &&
			    states[i] != TERN_TCP_SYN_RECEIVED)
				assert_true(drive_recv(d, 100) <= 0);
			drive_drain(d);
			drive_sleep(d, 3600 * TERN_S);
			drive_drain(d);
			drive_free(d);
		}
	}
}

/* T7: the three reserved bits and AE, CWR, ECE change nothing. */
static void t7_reserved_bits(void **state)
{
	uint16_t f;

	(void)state;
	for (f = 0; f < 8; f++) {
		const uint16_t bits = (uint16_t)(f << 6);
		struct drive *d = drive_new();

		drive_listen(d, 8);
		inject(d, SEG(SYN | bits, 0, 0, .mss = 1460));
		/* Two of them ask for ECN, RFC 3168 6.1.1. */
		expect(d,
		       SEG((f & 3) == 3 ? SYN | ACK | ECE : SYN | ACK, 0, 1));
		inject(d, SEG(ACK | bits, 1, 1));
		d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
		inject(d, SEG(PSH | ACK | bits, 1, 1, .len = 10));
		assert_int_equal(drive_recv(d, 100), 10);
		inject(d, SEG(RST | bits, 11, 0));
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
		drive_drain(d);
		drive_free(d);
	}
}

/* A header whose Data Offset says `words`, in a segment of len octets. */
static void inject_offset(struct drive *d, uint8_t words, uint32_t len)
{
	uint8_t p[120] = {0};
	const struct ip4_header ip = {.src = PEER_ADDR,
				      .dst = STACK_ADDR,
				      .ttl = 64,
				      .proto = IP_PROTO_TCP,
				      .total_len = (uint16_t)(20 + len)};
	struct tcp_header h = {.sport = d->rport,
			       .dport = STACK_PORT,
			       .seq = PEER_ISN,
			       .flags = SYN,
			       .wnd = 65535,
			       .header_len = 20};
	uint64_t acc = sum_pseudo4(ip.src, ip.dst, IP_PROTO_TCP, len);

	ip4_emit(p, &ip);
	tcp_emit(p + 20, &h);
	p[32] = (uint8_t)(words << 4);
	memset(p + 40, 1, sizeof(p) - 40); /* No-Operation */
	acc = sum_bytes(acc, p + 20, len);
	store_be16(p + 20 + TCP_SUM_OFFSET, checksum_finish(acc));
	drive_datagram(d, p, 20 + len);
}

/* T2: each Data Offset with each length of the segment. */
static void t2_data_offset(void **state)
{
	struct drive *d = drive_new();
	uint8_t words;
	uint32_t len;
	bool good;

	(void)state;
	drive_listen(d, 4096);
	for (words = 0; words < 16; words++) {
		for (len = 0; len <= 80; len++) {
			d->rport = (uint16_t)(1024U + words * 100U + len);
			good = words >= 5 && words * 4U <= len;
			inject_offset(d, words, len);
			assert_int_equal(drive_drain(d), good);
			if (!good)
				assert_int_equal(d->last_drop,
						 TERN_DROP_TCP_HEADER);
		}
	}
	drive_free(d);
}

/* T1: each kind with each length, at the start and at the end of the options,
 * in a SYN and in a segment with text: it is survived, and the connection
 * too. */
static void t1_option_lengths(void **state)
{
	struct drive *d = drive_new();
	uint8_t o[40];
	unsigned int kind, len, at;
	uint32_t nxt = 1;

	(void)state;
	drive_server(d);
	for (kind = 0; kind < 256; kind++) {
		for (len = 0; len < 256; len += len < 45 ? 1 : 70) {
			at = kind % 2 ? 0 : 38;
			memset(o, 1, sizeof(o));
			o[at] = (uint8_t)kind;
			o[at + 1] = (uint8_t)len;
			inject(d, SEG(PSH | ACK, nxt, 1, .len = 1, .options = o,
				      .options_len = 40));
			if (at == 0 && kind == 19 && len == 18) {
				assert_int_equal(d->last_drop,
						 TERN_DROP_TCP_SIGNED);
				continue; /* RFC 2385: nobody can check it */
			}
			nxt++;
			assert_int_equal(drive_recv(d, 10), 1);
			drive_drain(d);
		}
	}
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);

	for (kind = 0; kind < 256; kind += 5) {
		for (len = 0; len < 42; len++) {
			d = drive_new();
			drive_listen(d, 8);
			memset(o, 1, sizeof(o));
			o[0] = (uint8_t)kind;
			o[1] = (uint8_t)len;
			inject(d,
			       SEG(SYN, 0, 0, .options = o, .options_len = 40));
			assert_true(drive_drain(d) <= 1);
			drive_free(d);
		}
	}
}

/* T3: of an option that comes twice one is taken, and always the same. */
static void t3_options_twice(void **state)
{
	static const uint8_t two_mss[] = {2, 4, 5, 0, 2, 4, 2, 88};
	static const uint8_t two_ts[] = {8, 10, 0, 0, 0, 9, 0, 0, 0, 0,
					 8, 10, 0, 0, 0, 7, 0, 0, 0, 0};
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .options = two_mss, .options_len = 8));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(ACK, 1, 1));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	drive_send(d, 5000, 0);
	assert_true(drive_take(d));
	assert_true(d->last.len == 1280 || d->last.len == 600);
	drive_drain(d);
	drive_free(d);

	d = drive_new();
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .options = two_ts, .options_len = 20));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_true(d->last.ts);
	assert_true(d->last.ts_ecr == 9 || d->last.ts_ecr == 7);
	drive_free(d);
}

/* T3: options that belong in SYNs mean nothing elsewhere. */
static void t3_syn_options_on_data(void **state)
{
	struct drive *d = drive_new();
	struct tern_sockinfo before, after;

	(void)state;
	drive_server(d);
	before = drive_info(d);
	inject(d, SEG(PSH | ACK, 1, 1, .len = 10, .mss = 100, .wscale_on = true,
		      .wscale = 14, .sack_ok = true));
	drive_drain(d);
	after = drive_info(d);
	assert_int_equal(after.mss, before.mss);
	assert_int_equal(after.peer_mss, before.peer_mss);
	assert_int_equal(after.snd_wscale, 0);
	assert_false(after.sack);
	assert_false(after.wscale_ok);
	drive_free(d);
}

/* T4: a tiny MSS does not make a header for each octet, a huge one nothing
 * beyond the MTU. */
static void t4_extreme_mss(void **state)
{
	static const uint16_t mss[] = {0, 1, 47, 48, 49, 64, 1461, 65535};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(mss) / sizeof(mss[0]); i++) {
		const uint8_t o[4] = {2, 4, (uint8_t)(mss[i] >> 8),
				      (uint8_t)mss[i]};
		struct drive *d = drive_new();
		uint32_t n = 0, most = 0;

		drive_listen(d, 8);
		inject(d, SEG(SYN, 0, 0, .options = o, .options_len = 4));
		expect(d, SEG(SYN | ACK, 0, 1));
		inject(d, SEG(ACK, 1, 1));
		d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
		drive_send(d, 20000, 0);
		while (n < 20000) {
			while (drive_take(d)) {
				n += d->last.len;
				most = d->last.len > most ? d->last.len : most;
			}
			inject(d, SEG(ACK, 1, 1 + n));
		}
		assert_in_range(most, 48, 1460);
		if (mss[i] >= 48)
			assert_true(most <= mss[i]);
		drive_free(d);
	}
}

/* T6: urgent pointers: 0, at the end, beyond it, backwards, with the window
 * closed, after the FIN. */
static void t6_urgent_pointers(void **state)
{
	static const uint16_t up[] = {0, 1, 5, 10, 11, 1000, 65535};
	size_t i, k;

	(void)state;
	for (i = 0; i < N_STATES; i++) {
		for (k = 0; k < 7; k++) {
			struct drive *d = in_state(states[i]);
			char c;

			inject(d, SEG(ACK | URG, 1, 1, .len = 10, .up = up[k]));
			inject(d, SEG(ACK | URG, 1, 1, .len = 10,
				      .up = up[(k + 3) % 7]));
			inject(d, SEG(ACK | URG, 2, 1, .up = up[k]));
			inject(d, SEG(FIN | ACK | URG, 11, 1, .up = up[k]));
			inject(d,
			       SEG(ACK | URG, 12, 1, .len = 10, .up = up[k]));
			if (d->fd >= 0) {
				(void)!tern_recv(d->n, d->fd, &c, 1, MSG_OOB);
				assert_true(drive_recv(d, 100) <= 10);
				(void)!tern_recv(d->n, d->fd, &c, 1, MSG_OOB);
				assert_true(drive_recv(d, 100) <= 10);
			}
			drive_drain(d);
			drive_free(d);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t7_all_flags_in_all_states),
		cmocka_unit_test(t7_reserved_bits),
		cmocka_unit_test(t2_data_offset),
		cmocka_unit_test(t1_option_lengths),
		cmocka_unit_test(t3_options_twice),
		cmocka_unit_test(t3_syn_options_on_data),
		cmocka_unit_test(t4_extreme_mss),
		cmocka_unit_test(t6_urgent_pointers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
