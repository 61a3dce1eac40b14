/* SPDX-License-Identifier: ISC */
/*
 * rfc8899_test.c - path MTU: probes by larger segments (RFC 4821, RFC 8899),
 * black holes (RFC 2923), and ICMP that may be forged (RFC 5927 7)
 */
#include "unit/rfc/drive_icmp.h"
#include "unit/rfc/drive_tcp_info.h"

#define FULL 1460

/* A path that takes datagrams of at most `mtu` and says nothing of others: what
 * arrives is acknowledged, what does not makes duplicates.  Until all of total
 * bytes has arrived.  Returns the largest segment that arrived. */
static uint32_t path(struct drive *d, uint32_t mtu, uint32_t total)
{
	static bool have[1 << 20];
	uint32_t una = 1, most = 0;
	int quiet = 0;

	memset(have, 0, sizeof(have));
	while (una < total + 1) {
		if (!drive_take(d)) {
			assert_true(quiet++ < 100);
			drive_wait(d);
			continue;
		}
		quiet = 0;
		if (d->last.len == 0 || d->last.len + 40 > mtu)
			continue;
		if (d->last.len > most)
			most = d->last.len;
		memset(have + d->last.seq, 1, d->last.len);
		while (have[una])
			una++;
		inject(d, SEG(ACK, 1, una));
	}
	return most;
}

static struct drive *server(const char *probing)
{
	struct drive *d = drive_new();

	drive_sysctl(d, "net.ipv4.tcp_mtu_probing", probing);
	drive_sysctl(d, "net.ipv4.tcp_sack", "0");
	drive_sysctl(d, "net.ipv4.tcp_congestion_control", "reno");
	drive_server(d);
	return d;
}

/* The search begins at tcp_base_mss and finds what the path takes, within
 * tcp_probe_threshold; that is what TCP_INFO says. */
static void search(void **state)
{
	static const uint32_t mtus[] = {1500, 1492, 1400, 1280, 1100};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(mtus); i++) {
		struct drive *d = server("2");
		uint32_t most;

		drive_send(d, 800000, 0);
		assert_int_equal(drive_tcp_info(d).tcpi_snd_mss, 1024);
		most = path(d, mtus[i], 800000);
		assert_in_range(most, mtus[i] - 40 - 8, mtus[i] - 40);
		assert_int_equal(drive_tcp_info(d).tcpi_snd_mss, most);
		assert_int_equal(drive_tcp_info(d).tcpi_pmtu, most + 40);
		drive_free(d);
	}
}

/* tcp_base_mss is where it begins. */
static void base(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_mtu_probing", "2");
	drive_sysctl(d, "net.ipv4.tcp_base_mss", "700");
	drive_server(d);
	drive_send(d, 3000, 0);
	assert_true(drive_take(d));
	assert_int_equal(d->last.len, 700);
	drive_free(d);
}

/* RFC 4821 7.6.2, RFC 8899 3: a lost probe does not shrink cwnd, and its text
 * goes again in segments of the proven size. */
static void lost_probe(void **state)
{
	struct drive *d = server("2");
	uint32_t una = 1, at = 0, len = 0, cwnd, i;

	(void)state;
	drive_send(d, 300000, 0);
	while (!at) {
		while (drive_take(d))
			if (d->last.len > 1024 && !at) {
				at = d->last.seq;
				len = d->last.len;
			}
		if (at)
			break;
		una += 1024;
		inject(d, SEG(ACK, 1, una));
	}
	inject(d, SEG(ACK, 1, at));
	drive_drain(d);
	cwnd = drive_tcp_info(d).tcpi_snd_cwnd;
	for (i = 0; i < 3; i++)
		inject(d, SEG(ACK, 1, at));
	assert_true(drive_tcp_info(d).tcpi_snd_cwnd >= cwnd);
	assert_true(drive_take(d));
	while (d->last.seq != at)
		assert_true(drive_take(d));
	assert_int_equal(d->last.len, 1024);
	inject(d, SEG(ACK, 1, at + 1024));
	expect(d, SEG(ACK, at + 1024, 1, .len = ANY));
	assert_in_range(d->last.len, len - 1024, 1024);
	assert_int_equal(tern_counter(d->n, TERN_TcpExtTCPMTUPFail), 1);
	drive_free(d);
}

/* RFC 8899 5.1.1: after tcp_probe_interval there is another search: the path
 * may have become wider. */
static void raised(void **state)
{
	struct drive *d = server("2");
	uint32_t seq, most = 0;

	(void)state;
	drive_send(d, 800000, 0);
	assert_in_range(path(d, 1280, 800000), 1232, 1240);
	drive_sleep(d, 601 * TERN_S);
	drive_drain(d);
	drive_send(d, 400000, 0);
	for (seq = 800001; seq < 1200001;) {
		if (!drive_take(d)) {
			drive_wait(d);
			continue;
		}
		if (d->last.len > most)
			most = d->last.len;
		seq = d->last.seq + d->last.len;
		inject(d, SEG(ACK, 1, seq));
	}
	assert_in_range(most, FULL - 8, FULL);
	drive_free(d);
}

/* Mode 1: only when large segments vanish; and then it finds what does not. */
static void black_hole(void **state)
{
	struct drive *d = server("1");
	uint32_t most;

	(void)state;
	drive_send(d, 500000, 0);
	assert_int_equal(drive_tcp_info(d).tcpi_snd_mss, FULL);
	most = path(d, 1300, 500000);
	assert_in_range(most, 1300 - 48, 1300 - 40);
	drive_free(d);
}

/* ... and if even tcp_base_mss vanishes, half of it, and so on. */
static void deep_black_hole(void **state)
{
	struct drive *d = server("1");

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_retries1", "1");
	drive_send(d, 20000, 0);
	assert_in_range(path(d, 600, 20000), 400, 560);
	drive_free(d);
}

/* Mode 0: never. */
static void off(void **state)
{
	struct drive *d = server("0");
	int i;

	(void)state;
	drive_send(d, 50000, 0);
	for (i = 0; i < 8; i++) {
		drive_wait(d);
		while (drive_take(d))
			assert_int_equal(d->last.len, FULL);
	}
	drive_free(d);
}

/* RFC 5927 7: a claim that is not less than the datagram it quotes. */
static void claim_too_large(void **state)
{
	struct drive *d = server("1");

	(void)state;
	drive_send(d, 900, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 900));
	inject_icmp(d, ICMP(ICMP4_UNREACHABLE, ICMP4_FRAG_NEEDED, 1,
			    .mtu = 1400, .total_len = 940));
	assert_int_equal(tern_drops(d->n, TERN_DROP_ICMP_MTU), 1);
	assert_int_equal(drive_tcp_info(d).tcpi_snd_mss, FULL);
	drive_free(d);
}

/* Large datagrams have arrived, and now the path claims to take 600 bytes. */
static struct drive *doubted(void)
{
	struct drive *d = server("0");

	drive_send(d, 10 * FULL, 0);
	drive_drain(d);
	inject(d, SEG(ACK, 1, 1 + FULL));
	drive_drain(d);
	inject_icmp(d, ICMP(ICMP4_UNREACHABLE, ICMP4_FRAG_NEEDED, 1 + FULL,
			    .mtu = 600, .total_len = 1500));
	assert_int_equal(drive_tcp_info(d).tcpi_snd_mss, FULL);
	return d;
}

/* RFC 5927 7.2: large datagrams have arrived, so that a claim has to wait; what
 * it quotes arrives, and that was all. */
static void claim_refuted(void **state)
{
	struct drive *d = doubted();

	(void)state;
	inject(d, SEG(ACK, 1, 1 + 2 * FULL));
	drive_sleep(d, 10 * TERN_S);
	drive_drain(d);
	assert_int_equal(drive_tcp_info(d).tcpi_snd_mss, FULL);
	drive_free(d);
}

/* ... but if it does not arrive, a timeout confirms the claim. */
static void claim_confirmed(void **state)
{
	struct drive *d = doubted();

	(void)state;
	drive_wait(d);
	assert_int_equal(drive_tcp_info(d).tcpi_snd_mss, 560);
	assert_true(drive_take(d));
	assert_int_equal(d->last.len, 560);
	drive_free(d);
}

/* Nothing of that size has arrived yet: it counts at once. */
static void claim_at_first(void **state)
{
	struct drive *d = server("1");

	(void)state;
	drive_send(d, FULL, 0);
	drive_drain(d);
	inject_icmp(d, ICMP(ICMP4_UNREACHABLE, ICMP4_FRAG_NEEDED, 1,
			    .mtu = 1000, .total_len = 1500));
	assert_int_equal(drive_tcp_info(d).tcpi_snd_mss, 960);
	expect(d, SEG(ACK, 1, 1, .len = 960));
	drive_free(d);
}

/* RFC 1191 6.3: what was learnt is forgotten, and segments grow again. */
static void growth(void **state)
{
	struct drive *d = server("1");

	(void)state;
	drive_send(d, FULL, 0);
	drive_drain(d);
	inject_icmp(d, ICMP(ICMP4_UNREACHABLE, ICMP4_FRAG_NEEDED, 1,
			    .mtu = 1000, .total_len = 1500));
	drive_drain(d);
	inject(d, SEG(ACK, 1, 1 + FULL));
	drive_sleep(d, 601 * TERN_S);
	drive_send(d, 5 * FULL, 0);
	assert_true(drive_take(d));
	assert_int_equal(d->last.len, FULL);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(search),
		cmocka_unit_test(base),
		cmocka_unit_test(lost_probe),
		cmocka_unit_test(raised),
		cmocka_unit_test(black_hole),
		cmocka_unit_test(deep_black_hole),
		cmocka_unit_test(off),
		cmocka_unit_test(claim_too_large),
		cmocka_unit_test(claim_refuted),
		cmocka_unit_test(claim_confirmed),
		cmocka_unit_test(claim_at_first),
		cmocka_unit_test(growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
