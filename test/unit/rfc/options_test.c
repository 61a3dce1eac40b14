/* SPDX-License-Identifier: ISC */
/*
 * options_test.c - RFC 9293 3.1 and 3.2: TCP options in general
 *
 * What is sent is checked in drive_check_options(), for every segment of every
 * test that uses drive.h.  The MSS option has mss_test.c.
 */
#include "unit/rfc/drive.h"

#define KNOWN(k) ((k) <= 5 || (k) == 8)

/* The SYN,ACK that answers a SYN with these raw options; then the peer goes. */
static struct dseg answer_to(struct drive *d, const uint8_t *p, uint8_t len)
{
	struct dseg reply;

	inject(d, SEG(SYN, 0, 0, .options = p, .options_len = len));
	expect(d, SEG(SYN | ACK, 0, 1));
	reply = d->last;
	inject(d, SEG(RST, 1, 0));
	expect_nothing(d);
	return reply;
}

/* The size of the first segment that is sent after such a SYN. */
static uint32_t segment_after(struct drive *d, const uint8_t *p, uint8_t len)
{
	uint32_t n;

	inject(d, SEG(SYN, 0, 0, .options = p, .options_len = len));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(ACK, 1, 1));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_true(d->fd >= 0);
	drive_send(d, 2000, 0);
	assert_true(drive_take(d));
	n = d->last.len;
	inject(d, SEG(RST, 1, 0));
	tern_close(d->n, d->fd);
	drive_drain(d);
	return n;
}

/* MUST-4: EOL, NOP and MSS. */
static void must_4_eol_nop_and_mss(void **state)
{
	static const uint8_t mss[4] = {2, 4, 3, 232}; /* 1000 */
	static const uint8_t nops[8] = {1, 1, 1, 2, 4, 3, 232, 1};
	static const uint8_t eol[8] = {2, 4, 3, 232, 0, 0, 0, 0};
	static const uint8_t behind_eol[8] = {1, 0, 0, 0, 2, 4, 3, 232};
	static const uint8_t eol_has_no_length[8] = {0, 4, 1, 1, 2, 4, 3, 232};
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	assert_int_equal(segment_after(d, mss, 4), 1000);
	assert_int_equal(segment_after(d, nops, 8), 1000);
	assert_int_equal(segment_after(d, eol, 8), 1000);
	assert_int_equal(segment_after(d, behind_eol, 8), 536);
	assert_int_equal(segment_after(d, eol_has_no_length, 8), 536);
	drive_free(d);
}

/* Ten bytes of timestamps and an unknown option. */
static uint8_t with_timestamp(uint8_t *p, uint32_t val, uint32_t ecr)
{
	static const uint8_t unknown[4] = {254, 4, 0xff, 0xff};

	memcpy(p, unknown, 4);
	p[4] = 8;
	p[5] = 10;
	store_be32(p + 6, val);
	store_be32(p + 10, ecr);
	p[14] = p[15] = 0;
	return 16;
}

/* MUST-5: in any segment: SYN, ACK, text, FIN, RST. */
static void must_5_options_in_any_segment(void **state)
{
	struct drive *d = drive_new();
	uint8_t p[40];
	uint8_t n = with_timestamp(p, 1000, 0);
	uint32_t val;

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .options = p, .options_len = n));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_true(d->last.ts);
	assert_int_equal(d->last.ts_ecr, 1000);
	val = d->last.ts_val;
	n = with_timestamp(p, 1001, val);
	inject(d, SEG(ACK, 1, 1, .options = p, .options_len = n));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_true(d->fd >= 0);
	n = with_timestamp(p, 1002, val);
	inject(d, SEG(ACK, 1, 1, .options = p, .options_len = n, .len = 10));
	expect(d, SEG(ACK, 1, 11));
	assert_int_equal(d->last.ts_ecr, 1002);
	n = with_timestamp(p, 1003, val);
	inject(d, SEG(FIN | ACK, 11, 1, .options = p, .options_len = n));
	expect(d, SEG(ACK, 1, 12));
	assert_int_equal(d->last.ts_ecr, 1003);
	n = with_timestamp(p, 1004, val);
	inject(d, SEG(RST | ACK, 12, 1, .options = p, .options_len = n));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* MUST-5: options that belong to a SYN do no harm elsewhere. */
static void must_5_syn_options_elsewhere(void **state)
{
	static const uint8_t syn[12] = {2, 4, 0, 100, 3, 3, 14, 4, 2, 1, 1, 0};
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .options = syn, .options_len = 12, .len = 5));
	expect(d, SEG(ACK, 1, 6));
	assert_int_equal(drive_info(d).snd_wnd, 65535);
	drive_send(d, 2000, 0);
	expect(d, SEG(ACK, 1, 6, .len = 1460));
	drive_free(d);
}

/* MUST-6: an option of any unknown kind and any length is stepped over; the
 * MSS option behind it is found. */
static void must_6_unknown_options_are_skipped(void **state)
{
	struct drive *d = drive_new();
	uint8_t p[40];
	int kind;

	(void)state;
	drive_listen(d, 8);
	drive_sysctl(d, "tern.tcp_rst_per_second", "100000000");
	for (kind = 0; kind < 256; kind++) {
		const uint8_t len = (uint8_t)(2 + kind % 35);

		if (KNOWN(kind))
			continue;
		memset(p, 0xff, sizeof(p));
		p[0] = (uint8_t)kind;
		p[1] = len;
		p[len] = 2; /* MSS */
		p[len + 1] = 4;
		store_be16(p + len + 2, 1000);
		memset(p + len + 4, 1, 40U - len - 4);
		assert_int_equal(segment_after(d, p, 40), 1000);
	}
	drive_free(d);
}

/* MUST-68: every kind but 0 and 1 has a length, which alone says where the next
 * option begins: here it is 2, and an MSS follows. */
static void must_68_all_others_have_a_length(void **state)
{
	uint8_t p[8] = {0, 2, 2, 4, 3, 232, 1, 1};
	struct drive *d = drive_new();
	int kind;

	(void)state;
	drive_listen(d, 8);
	for (kind = 2; kind < 256; kind++) {
		p[0] = (uint8_t)kind;
		assert_int_equal(segment_after(d, p, 8), 1000);
	}
	drive_free(d);
}

/* MUST-7: an illegal length (0, 1, beyond the header, none) does no harm.  What
 * stood before it counts. */
static void must_7_illegal_lengths(void **state)
{
	static const uint8_t lengths[] = {0, 1, 37, 40, 41, 127, 255};
	struct drive *d = drive_new();
	uint8_t p[40];
	int kind;
	size_t i;

	(void)state;
	drive_listen(d, 8);
	for (kind = 2; kind < 256; kind++) {
		for (i = 0; i < sizeof(lengths); i++) {
			struct dseg reply;

			memset(p, 4, sizeof(p));
			p[0] = 3; /* window scale, good */
			p[1] = 3;
			p[2] = 7;
			p[3] = 1;
			p[4] = (uint8_t)kind;
			p[5] = lengths[i];
			p[6] = 4; /* SACK permitted: no part of any option */
			p[7] = 2;
			reply = answer_to(d, p, 40);
			assert_true(reply.wscale_on);
			assert_false(reply.sack_ok);
		}
		/* No room for the length itself. */
		memset(p, 1, sizeof(p));
		p[39] = (uint8_t)kind;
		assert_false(answer_to(d, p, 40).sack_ok);
	}
	drive_free(d);
}

/* MUST-7: the same when the connection exists: the text is good. */
static void must_7_illegal_lengths_later(void **state)
{
	static const uint8_t lengths[] = {0, 1, 5, 255};
	struct drive *d = drive_new();
	uint32_t seq = 1;
	uint8_t p[4] = {0};
	int kind;
	size_t i;

	(void)state;
	drive_server(d);
	for (kind = 2; kind < 256; kind++) {
		for (i = 0; i < 4; i++) {
			p[0] = (uint8_t)kind;
			p[1] = lengths[i];
			inject(d, SEG(ACK, seq++, 1, .options = p,
				      .options_len = 4, .len = 1));
		}
	}
	assert_int_equal(drive_info(d).bytes_received, 254 * 4);
	drive_free(d);
}

/* MUST-7: a known kind with a legal length that is not its own is no option
 * at all. */
static void must_7_known_kind_other_length(void **state)
{
	static const uint8_t kinds[] = {2, 3, 4, 8};
	static const uint8_t right[] = {4, 3, 2, 10};
	struct drive *d = drive_new();
	uint8_t p[40], len;
	size_t i;

	(void)state;
	drive_listen(d, 8);
	for (i = 0; i < 4; i++) {
		for (len = 2; len < 36; len++) {
			struct dseg r;

			memset(p, 1, sizeof(p));
			p[0] = kinds[i];
			p[1] = len;
			r = answer_to(d, p, 40);
			if (len == right[i])
				continue;
			assert_false(r.wscale_on || r.sack_ok || r.ts);
		}
	}
	drive_free(d);
}

/* MUST-64: an option may begin at any byte. */
static void must_64_no_alignment(void **state)
{
	static const uint8_t opts[] = {2, 4,  3, 232, /* MSS */
				       3, 3,  7,      /* scale */
				       4, 2,	      /* SACK */
				       8, 10, 0, 0,   1,
				       0, 0,  0, 0,   0}; /* TS */
	struct drive *d = drive_new();
	uint8_t p[40];
	int before;

	(void)state;
	drive_listen(d, 8);
	for (before = 0; before < 8; before++) {
		struct dseg r;

		memset(p, 1, sizeof(p));
		memcpy(p + before, opts, sizeof(opts));
		r = answer_to(d, p, 40);
		assert_true(r.wscale_on && r.sack_ok && r.ts);
		assert_int_equal(r.ts_ecr, 256);
		/* Without timestamps, which would want them in all segments. */
		memset(p + before + 9, 1, 10);
		assert_int_equal(segment_after(d, p, 40), 1000);
	}
	drive_free(d);
}

/* MUST-69, MUST-68: whatever was agreed on, all that is sent is well formed;
 * SYN,ACKs here, and ACKs with one to four SACK blocks. */
static void must_69_options_sent_are_well_formed(void **state)
{
	int set, i;

	(void)state;
	for (set = 0; set < 16; set++) {
		struct drive *d = drive_new();
		const struct dseg syn =
			SEG(SYN, 0, 0, .mss = set & 1 ? 1460 : 0,
			    .wscale_on = set & 2, .sack_ok = set & 4,
			    .ts = set & 8, .ts_val = 1);

		drive_accept(d, syn);
		for (i = 1; i < 6; i++) {
			inject(d, SEG(ACK, (uint32_t)(1 + i * 200), 1,
				      .ts = syn.ts, .ts_val = 1, .len = 100));
			expect(d, SEG(ACK, 1, 1));
			assert_int_equal(d->last.n_sack > 0, syn.sack_ok);
			assert_int_equal(d->last.ts, syn.ts);
		}
		drive_send(d, 3000, 0);
		assert_true(drive_drain(d) >= 3);
		drive_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_4_eol_nop_and_mss),
		cmocka_unit_test(must_5_options_in_any_segment),
		cmocka_unit_test(must_5_syn_options_elsewhere),
		cmocka_unit_test(must_6_unknown_options_are_skipped),
		cmocka_unit_test(must_68_all_others_have_a_length),
		cmocka_unit_test(must_7_illegal_lengths),
		cmocka_unit_test(must_7_illegal_lengths_later),
		cmocka_unit_test(must_7_known_kind_other_length),
		cmocka_unit_test(must_64_no_alignment),
		cmocka_unit_test(must_69_options_sent_are_well_formed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
