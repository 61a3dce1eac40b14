/* SPDX-License-Identifier: ISC */
/*
 * packet_test.c - packets written, read, compared and printed
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tools/drill/line.h"
#include "tools/drill/outbound.h"
#include "tools/drill/wire.h"

static uint8_t bytes[DRILL_WIRE_MAX];

static struct drill_packet sample(void)
{
	struct drill_packet p = {
		.src = 0xc0000201,
		.dst = 0xc0a80001,
		.sport = 40000,
		.dport = 8080,
		.flags = TERN_PSH | TERN_ACK,
		.seq = 0xfffffff0,
		.ack = 77,
		.has_ack = true,
		.wnd = 500,
		.urgent = 0,
		.len = 33,
		.n_options = 5,
	};

	p.option[0] =
		(struct drill_option){DRILL_OPT_MSS, 1, {{1460}}, false, false};
	p.option[1] = (struct drill_option){
		DRILL_OPT_SACK_OK, 0, {{0}}, false, false};
	p.option[2] =
		(struct drill_option){DRILL_OPT_TS, 2, {{1, 2}}, false, false};
	p.option[3] =
		(struct drill_option){DRILL_OPT_NOP, 0, {{0}}, false, false};
	p.option[4] =
		(struct drill_option){DRILL_OPT_WSCALE, 1, {{7}}, false, false};
	return p;
}

/* What was written is read again, with good checksums. */
static void round_trip(void **state)
{
	struct drill_packet p = sample(), q;
	const uint8_t *text;
	uint32_t len, i;

	(void)state;
	len = drill_packet_write(&p, 1000, bytes);
	assert_int_equal(len, 20 + 40 + 33);
	assert_null(drill_packet_read(&q, bytes, len, &text));
	assert_int_equal(q.src, p.src);
	assert_int_equal(q.dport, 8080);
	p.any_options = false;
	assert_int_equal(drill_packet_compare(&p, &q, true), 0);
	for (i = 0; i < p.len; i++)
		assert_int_equal(text[i], drill_pattern(true, 1000 + i));
}

/* What the stack must not take: a wrong sum, options that are none. */
static void malformed(void **state)
{
	struct drill_packet p = sample(), q;
	const uint8_t *text;
	uint32_t len;

	(void)state;
	p.bad_sum = true;
	len = drill_packet_write(&p, 0, bytes);
	assert_string_equal(drill_packet_read(&q, bytes, len, &text),
			    "the checksum of TCP is wrong");
	p.bad_sum = false;
	p.n_options = 1;
	p.option[0] = (struct drill_option){.n = 4, .raw = true};
	memcpy(p.option[0].u.bytes, "\x02\x00\x05\xb4", 4);
	assert_int_equal(drill_options_len(&p), 4);
	len = drill_packet_write(&p, 0, bytes);
	assert_int_equal(len, 20 + 24 + 33);
	assert_memory_equal(bytes + 40, "\x02\x00\x05\xb4", 4);
	assert_string_equal(drill_packet_read(&q, bytes, len, &text),
			    "the options of TCP are malformed");
}

/* Each bit that is flipped is noticed. */
static void every_bit(void **state)
{
	struct drill_packet p = sample(), q;
	const uint8_t *text;
	uint32_t len = drill_packet_write(&p, 0, bytes), i;

	(void)state;
	for (i = 0; i < len * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_non_null(drill_packet_read(&q, bytes, len, &text));
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (i = 0; i < len; i++)
		assert_non_null(drill_packet_read(&q, bytes, i, &text));
}

static void other_protocols(void **state)
{
	struct drill_packet p = {.protocol = DRILL_UDP,
				 .src = 1,
				 .dst = 2,
				 .sport = 3,
				 .dport = 4,
				 .len = 9};
	struct drill_packet q;
	const uint8_t *text;
	uint32_t len = drill_packet_write(&p, 0, bytes);

	(void)state;
	assert_null(drill_packet_read(&q, bytes, len, &text));
	assert_int_equal(drill_packet_compare(&p, &q, false), 0);
	p.protocol = DRILL_ICMP;
	p.type = 3;
	p.code = 4;
	p.has_mtu = true;
	p.mtu = 1200;
	p.quote = DRILL_QUOTE_TCP;
	p.seq = 12345;
	p.len = 1000;
	len = drill_packet_write(&p, 0, bytes);
	assert_null(drill_packet_read(&q, bytes, len, &text));
	assert_int_equal(drill_packet_compare(&p, &q, false), 0);
	q.mtu = 1201;
	assert_int_equal(drill_packet_compare(&p, &q, false),
			 DRILL_FIELD_BIT(DRILL_FIELD_FLAGS));
}

static void differences(void **state)
{
	const struct drill_packet p = sample();
	struct drill_packet q;
	uint8_t f;

	(void)state;
	for (f = 0; f < 9; f++) {
		q = p;
		q.flags ^= (uint16_t)(1 << f);
		assert_true(drill_packet_compare(&p, &q, false) &
			    DRILL_FIELD_BIT(DRILL_FIELD_FLAGS));
	}
	q = p;
	q.seq++;
	q.ack++;
	q.len++;
	q.wnd++; /* was not scripted */
	q.urgent++;
	q.dport++;
	assert_int_equal(drill_packet_compare(&p, &q, false),
			 DRILL_FIELD_BIT(DRILL_FIELD_SEQ) |
				 DRILL_FIELD_BIT(DRILL_FIELD_ACK) |
				 DRILL_FIELD_BIT(DRILL_FIELD_LENGTH) |
				 DRILL_FIELD_BIT(DRILL_FIELD_URGENT) |
				 DRILL_FIELD_BIT(DRILL_FIELD_PORTS));
	q = p;
	q.reserved = 1;
	assert_int_equal(drill_packet_compare(&p, &q, false),
			 DRILL_FIELD_BIT(DRILL_FIELD_FLAGS));
}

/* Stamps only when asked for; order and padding always. */
static void options(void **state)
{
	struct drill_packet p = sample(), q = sample();

	(void)state;
	q.option[2].u.number[0] = 9;
	assert_int_equal(drill_packet_compare(&p, &q, false), 0);
	assert_int_equal(drill_packet_compare(&p, &q, true),
			 DRILL_FIELD_BIT(DRILL_FIELD_OPTIONS));
	assert_int_equal(drill_options_compare(&p, &q, true), 4);
	q = p;
	q.option[3].kind = DRILL_OPT_EOL;
	assert_int_equal(drill_packet_compare(&p, &q, false),
			 DRILL_FIELD_BIT(DRILL_FIELD_OPTIONS));
	q.n_options = 3;
	assert_int_equal(drill_packet_compare(&p, &q, false),
			 DRILL_FIELD_BIT(DRILL_FIELD_OPTIONS));
	p.any_options = true;
	assert_int_equal(drill_packet_compare(&p, &q, false), 0);
}

static void ecn(void **state)
{
	static const enum drill_ecn want[] = {DRILL_ECN_NONE, DRILL_ECN_ECT1,
					      DRILL_ECN_ECT0, DRILL_ECN_CE};
	struct drill_packet p = sample(), q = sample();
	uint8_t i, k;

	(void)state;
	for (i = 0; i < 4; i++) {
		for (k = 0; k < 4; k++) {
			p.ecn = want[i];
			q.tos = (uint8_t)(0x28 | k);
			assert_int_equal(drill_packet_compare(&p, &q, false) ==
						 0,
					 i == k);
			p.ecn = DRILL_ECN_ECT01;
			assert_int_equal(drill_packet_compare(&p, &q, false) ==
						 0,
					 k == 1 || k == 2);
		}
	}
}

static void printed(void **state)
{
	struct drill_packet p = sample();
	struct drill_line l;
	char marks[1024];

	(void)state;
	p.has_wnd = true;
	drill_line_print(&l, &p, 1500000);
	assert_string_equal(
		l.text,
		"  0.001500 IP 192.0.2.1.40000 > 192.168.0.1.8080: Flags [P.], "
		"seq 4294967280:17, ack 77, win 500, options [mss 1460,sackOK,"
		"TS val 1 ecr 2,nop,wscale 7], length 33");
	drill_line_mark(&l, DRILL_FIELD_BIT(DRILL_FIELD_ACK), 0, marks,
			sizeof(marks));
	assert_int_equal(strspn(marks, " "),
			 (size_t)(strstr(l.text, "ack 77") - l.text));
	assert_string_equal(marks + strspn(marks, " "), "^^^^^^");
	drill_line_mark(&l, DRILL_FIELD_BIT(DRILL_FIELD_OPTIONS), 1 << 4, marks,
			sizeof(marks));
	assert_int_equal(strspn(marks, " "),
			 (size_t)(strstr(l.text, "wscale") - l.text));
}

/* The longest there can be is cut, not overrun. */
static void longest(void **state)
{
	struct drill_packet p = sample();
	struct drill_line l;
	char marks[16];
	int i;

	(void)state;
	p.n_options = DRILL_OPTIONS_MAX;
	for (i = 0; i < DRILL_OPTIONS_MAX; i++) {
		p.option[i] = (struct drill_option){
			DRILL_OPT_SACK, 8, {{0}}, false, false};
		memset(p.option[i].u.number, 0xff,
		       sizeof(p.option[i].u.number));
	}
	drill_line_print(&l, &p, INT64_MAX);
	assert_int_equal(strlen(l.text), sizeof(l.text) - 1);
	drill_line_mark(&l, (1u << DRILL_FIELD_N) - 1, UINT64_MAX, marks,
			sizeof(marks));
	assert_true(strlen(marks) < sizeof(marks));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(malformed),
		cmocka_unit_test(every_bit),
		cmocka_unit_test(other_protocols),
		cmocka_unit_test(differences),
		cmocka_unit_test(options),
		cmocka_unit_test(ecn),
		cmocka_unit_test(printed),
		cmocka_unit_test(longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
