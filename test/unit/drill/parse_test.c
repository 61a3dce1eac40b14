/* SPDX-License-Identifier: ISC */
/*
 * parse_test.c - scripts: what they become, and what is said of bad ones
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <sys/socket.h>

#include "tools/drill/script.h"

static const struct drill_event *parse(struct drill_script *s, const char *text)
{
	if (!drill_script_parse(s, text, strlen(text), NULL))
		fail_msg("%u:%u: %s", s->error.place.line, s->error.place.col,
			 s->error.text);
	return s->events;
}

static void times(void **state)
{
	const struct drill_event *e;
	struct drill_script s;

	(void)state;
	e = parse(&s, "0 < . 1:1(0) ack 1\n +.5 < . 1:1(0) ack 1\n"
		      "* > . 1:1(0)\n1~2.5 > . 1:1(0)\n+1~+2 > . 1:1(0)\n"
		      "1...2 close(3) = 0\n+.1...0.3 close(3) = 0\n`ls`");
	assert_int_equal(e->time.kind, DRILL_TIME_ABSOLUTE);
	e = e->next;
	assert_int_equal(e->time.kind, DRILL_TIME_RELATIVE);
	assert_int_equal(e->time.ns, 500000000);
	assert_int_equal(e->place.line, 2);
	assert_int_equal(e->place.col, 2);
	e = e->next;
	assert_int_equal(e->time.kind, DRILL_TIME_ANY);
	e = e->next;
	assert_true(e->time.range);
	assert_int_equal(e->time.end_ns, 2500000000);
	e = e->next;
	assert_int_equal(e->time.kind, DRILL_TIME_RELATIVE);
	assert_int_equal(e->time.end_ns, 2000000000);
	e = e->next;
	assert_true(e->call->blocks);
	assert_int_equal(e->call->end_ns, 2000000000);
	e = e->next;
	assert_int_equal(e->call->end_ns, 300000000);
	e = e->next;
	assert_int_equal(e->kind, DRILL_EVENT_SHELL);
	assert_string_equal(e->body, "ls");
	assert_null(e->next);
	drill_script_free(&s);
}

static void segment(void **state)
{
	const struct drill_packet *p;
	struct drill_script s;

	(void)state;
	p = parse(&s, "+0 < [ect0, ttl 7] 5000 > 80: FPU. "
		      "4294967295:9(10) ack 5 win 6 urg 7 <mss 1460,sackOK,"
		      "TS val 1 ecr 2,nop,wscale 14>")
		    ->packet;
	assert_int_equal(p->ecn, DRILL_ECN_ECT0);
	assert_int_equal(p->ttl, 7);
	assert_int_equal(p->sport, 5000);
	assert_int_equal(p->dport, 80);
	assert_int_equal(p->flags, TERN_FIN | TERN_PSH | TERN_URG | TERN_ACK);
	assert_int_equal(p->seq, UINT32_MAX);
	assert_int_equal(p->len, 10);
	assert_int_equal(p->ack, 5);
	assert_int_equal(p->wnd, 6);
	assert_int_equal(p->urgent, 7);
	assert_int_equal(p->n_options, 5);
	assert_int_equal(p->option[2].u.number[1], 2);
	assert_int_equal(drill_options_len(p), 20);
	drill_script_free(&s);
}

static void flags(void **state)
{
	static const struct {
		const char *text;
		uint16_t flags;
	} cases[] = {
		{"S", TERN_SYN},
		{"SEWA", TERN_SYN | TERN_ECE | TERN_CWR | TERN_AE},
		{"-", 0},
		{".", TERN_ACK},
		{"5.", 5 * TERN_ECE | TERN_ACK},
		{"7P.", 7 * TERN_ECE | TERN_PSH | TERN_ACK},
		{"R.", TERN_RST | TERN_ACK},
		{"SC", TERN_SYN | TERN_CWR},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct drill_script s;
		char text[64];

		snprintf(text, sizeof(text), "+0 > %s 1:1(0)", cases[i].text);
		assert_int_equal(parse(&s, text)->packet->flags,
				 cases[i].flags);
		drill_script_free(&s);
	}
}

/* One packet from, or to, somebody else; and one that is damaged. */
static void segment_of_others(void **state)
{
	const struct drill_packet *p;
	struct drill_script s;

	(void)state;
	p = parse(&s, "+0 < [badsum, src \"1.2.3.4\", dst \"224.0.0.1\"] "
		      ". 1:1(0) <raw 02000000>")
		    ->packet;
	assert_true(p->bad_sum);
	assert_int_equal(p->src, 0x01020304);
	assert_int_equal(p->dst, 0xe0000001);
	assert_true(p->option[0].raw);
	assert_int_equal(p->option[0].n, 4);
	drill_script_free(&s);
}

static void options(void **state)
{
	const struct drill_packet *p;
	struct drill_script s;

	(void)state;
	p = parse(&s, "+0 < . 1:1(0) <sack 1:2 3:4,FO 00ff,FO,FOEXP 12,nop,"
		      "ECN e1b 1 ceb 2,nop,eol>")
		    ->packet;
	assert_int_equal(p->option[0].n, 4);
	assert_int_equal(p->option[0].u.number[2], 3);
	assert_int_equal(p->option[1].u.bytes[1], 0xff);
	assert_int_equal(p->option[2].n, 0);
	assert_int_equal(p->option[3].kind, DRILL_OPT_EXP);
	assert_int_equal(p->option[3].n, 3);
	assert_int_equal(p->option[5].kind, DRILL_OPT_ACCECN1);
	assert_int_equal(p->option[5].n, 6);
	assert_int_equal(p->option[5].u.bytes[5], 2);
	drill_script_free(&s);
	assert_true(parse(&s, "+0 > . 1:1(0) <...>")->packet->any_options);
	drill_script_free(&s);
}

/* A digest of zeros if none is given, which is as good as any. */
static void options_without_name(void **state)
{
	const struct drill_packet *p;
	struct drill_script s;

	(void)state;
	p = parse(&s, "+0 > . 1:1(0) <nop,nop,md5,option-28 8005>")->packet;
	assert_int_equal(p->option[2].kind, DRILL_OPT_MD5);
	assert_int_equal(p->option[2].n, 16);
	assert_true(p->option[2].any);
	assert_int_equal(p->option[3].kind, 28);
	assert_int_equal(p->option[3].n, 2);
	assert_int_equal(p->option[3].u.bytes[0], 0x80);
	assert_false(p->option[3].any);
	drill_script_free(&s);
}

static void definitions(void **state)
{
	static const char *const given[] = {"LEN=7", NULL};
	static const char text[] =
		"-D LEN=1000 -DNAME=\"x\" --define=OPT=MSG_OOB"
		"\n--define BUF=... --mtu 1400\n"
		"0 send(LEN, $NAME, $LEN, OPT) = LEN";
	const struct drill_expr *e;
	struct drill_script s;

	(void)state;
	assert_true(drill_script_parse(&s, text, strlen(text), given));
	assert_string_equal(s.settings->name, "mtu");
	assert_string_equal(s.settings->value, "1400");
	assert_null(s.settings->next);
	e = s.events->call->args;
	assert_int_equal(e->number, 7);
	assert_int_equal(e->next->kind, DRILL_EXPR_STRING);
	assert_int_equal(e->next->len, 1);
	assert_int_equal(e->next->next->number, 7);
	assert_int_equal(e->next->next->next->number, MSG_OOB);
	assert_int_equal(s.events->call->result->number, 7);
	drill_script_free(&s);
	e = parse(&s, text)->call->args;
	assert_int_equal(e->number, 1000);
	drill_script_free(&s);
}

static void other_protocols(void **state)
{
	const struct drill_event *e;
	struct drill_script s;

	(void)state;
	e = parse(&s, "+0 < icmp unreachable frag_needed mtu 1200 "
		      "[1:1001(1000)]\n+0 < icmp type 3 code 2\n"
		      "+0 > udp (512)\n+0 < icmp time_exceeded [udp (3)]");
	assert_int_equal(e->packet->code, 4);
	assert_int_equal(e->packet->mtu, 1200);
	assert_int_equal(e->packet->len, 1000);
	e = e->next;
	assert_int_equal(e->packet->code, 2);
	e = e->next;
	assert_int_equal(e->packet->protocol, DRILL_UDP);
	assert_int_equal(e->packet->len, 512);
	assert_int_equal(e->next->packet->quote, DRILL_QUOTE_UDP);
	drill_script_free(&s);
}

static void call(void **state)
{
	const struct drill_syscall *c;
	const struct drill_expr *m;
	struct drill_script s;

	(void)state;
	c = parse(&s, "+0 recvmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., "
		      "1000}, {\"a\\n\\x41\", 3}], msg_flags=MSG_PEEK|0x2, "
		      "msg_control=[]}, -1) = -1 EAGAIN (Resource (busy))")
		    ->call;
	assert_string_equal(c->name, "recvmsg");
	assert_int_equal(c->n_args, 3);
	assert_int_equal(c->result->number, -1);
	assert_int_equal(c->err, EAGAIN);
	m = c->args->next;
	assert_int_equal(m->kind, DRILL_EXPR_STRUCT);
	assert_int_equal(drill_expr_field(m, "msg_iov")->field_arg->number, 2);
	assert_int_equal(drill_expr_field(m, "msg_flags")->number,
			 MSG_PEEK | 2);
	assert_null(drill_expr_field(m, "msg_none"));
	m = drill_expr_at(drill_expr_field(m, "msg_iov"), 1);
	assert_int_equal(drill_expr_count(m), 2);
	assert_memory_equal(drill_expr_at(m, 0)->text, "a\nA", 3);
	assert_int_equal(m->next == NULL, 1);
	assert_int_equal(m->first->next->number, 3);
	assert_int_equal(c->args->next->next->number, -1);
	drill_script_free(&s);
}

static void settings(void **state)
{
	struct drill_script s;

	(void)state;
	parse(&s, "// first\n--tolerance_usecs=5000 --dry_run # x\n"
		  "--mtu=1400\n+0 `ls`");
	assert_string_equal(s.settings->name, "tolerance_usecs");
	assert_string_equal(s.settings->value, "5000");
	assert_string_equal(s.settings->next->name, "dry_run");
	assert_string_equal(s.settings->next->value, "");
	assert_string_equal(s.settings->next->next->value, "1400");
	assert_null(s.settings->next->next->next);
	assert_non_null(s.events);
	drill_script_free(&s);
}

/* Each: the text, the place, and a part of what is said. */
static const struct {
	const char *text;
	uint32_t line, col;
	const char *said;
} bad[] = {
	{"x", 1, 1, "expected a time"},
	{"\n\n 1 ", 3, 4, "found the end"},
	{"+ < S", 1, 3, "a time in seconds"},
	{"2~1 > . 1:1(0)", 1, 3, "ends before it begins"},
	{"1...2 > . 1:1(0)", 1, 7, "a system call after"},
	{"+0 < X 1:1(0)", 1, 6, "expected flags"},
	{"+0 < SS 1:1(0)", 1, 7, "the flag 'S'"},
	{"+0 < S- 1:1(0)", 1, 7, "the flag '-'"},
	{"+0 < . 1:2(0)", 1, 8, "it is 1 bytes"},
	{"+0 < . 1:1(0) win 65536", 1, 19, "at most 65535"},
	{"+0 < . 1:1(0) ack", 1, 18, "a number"},
	{"+0 < . 1:1(0) <>", 1, 16, "a TCP option"},
	{"+0 < . 1:1(0) <nop>", 1, 15, "no multiple of 4"},
	{"+0 < . 1:1(0) <mss 70000>", 1, 20, "at most 65535"},
	{"+0 < . 1:1(0) <FO 123>", 1, 19, "whole bytes"},
	{"+0 < . 1:1(0) <TS val 1>", 1, 24, "expected ecr"},
	{"+0 < . 1:1(0) <sack>", 1, 20, "a SACK block"},
	{"+0 < . 1:65402(65401) ack 1", 1, 6, "do not fit"},
	{"+0 < [ect9] . 1:1(0)", 1, 7, "expected noecn"},
	{"+0 < icmp what", 1, 11, "a type of ICMP"},
	{"+0 < icmp unreachable what", 1, 23, "a code of this type"},
	{"+0 read(3, FOO, 1) = 1", 1, 12, "no constant 'FOO'"},
	{"+0 read(3, 1|..., 1) = 1", 1, 14, "only numbers"},
	{"+0 read(3, ..., 1) = -1 EWHAT", 1, 25, "no errno 'EWHAT'"},
	{"+0 read(3, ..., 1) = -1 AF_INET", 1, 25, "no errno 'AF_INET'"},
	{"+0 read(3, ..., 1) = 1 (x", 1, 24, "does not end"},
	{"+0 read(3, ..., 1)", 1, 19, "expected '='"},
	{"+0 read(3, [[[[[[[[[[[[[[[[[1", 1, 28, "less deep"},
	{"+0 `ls", 1, 4, "does not end"},
	{"+0 %{ x", 1, 4, "does not end"},
	{"+0 1", 1, 4, "expected '<', '>'"},
	{"--x=1\n--=\n+0 ^", 2, 1, "an option such as"},
	{"+99999999999999 `ls`", 1, 2, "too long"},
	{"-D\n0 `ls`", 1, 1, "a definition such as"},
	{"-D A\n0 `ls`", 1, 1, "a definition such as"},
	{"--mtu=9 --define=1=2\n", 1, 9, "a definition such as"},
	{"-x\n", 1, 1, "an option such as"},
	{"-D A=1+1\n0 close(A) = 0", 2, 9, "not one number"},
	{"-D A=(\n0 close(B) = 0", 2, 9, "no constant 'B'"},
	{"0 close($B) = 0", 1, 9, "not defined"},
	{"+0 > icmpv6 unreachable", 1, 6, "no icmpv6"},
	{"+0 > [ce] gre: S 0:0(0)", 1, 11, "no gre"},
	{"+0 < . 1:1(0) <option-8 00>", 1, 23, "the name of this option"},
	{"+0 < . 1:1(0) <option 8>", 1, 23, "'-' after option"},
	{"+0 < . 1:1(0) <option-256>", 1, 23, "at most 255"},
};

static void errors(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct drill_script s;

		if (drill_script_parse(&s, bad[i].text, strlen(bad[i].text),
				       NULL))
			fail_msg("'%s' was accepted", bad[i].text);
		if (s.error.place.line != bad[i].line ||
		    s.error.place.col != bad[i].col ||
		    !strstr(s.error.text, bad[i].said))
			fail_msg("'%s': %u:%u: %s", bad[i].text,
				 s.error.place.line, s.error.place.col,
				 s.error.text);
		drill_script_free(&s);
	}
}

/* Cut anywhere, a script is refused or accepted, and nothing is lost. */
static void cut(void **state)
{
	static const char whole[] =
		"--mtu=1500\n`sysctl -q a=b`\n0 socket(..., SOCK_STREAM, 6) = 3"
		"\n+0 < [ce] S 0:0(0) win 1 <mss 1,sack 1:2,nop,nop>\n"
		"+0 poll([{fd=4, events=POLLIN}], 1, 0) = -1 EBADF (x)\n"
		"%{ assert a }%\n* > udp (1)";
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(whole); len++) {
		struct drill_script s;
		bool ok = drill_script_parse(&s, whole, len, NULL);

		assert_true(ok == !s.error.text[0]);
		drill_script_free(&s);
	}
}

static void too_long(void **state)
{
	struct drill_script s;

	(void)state;
	assert_false(drill_script_parse(&s, "", DRILL_SCRIPT_MAX + 1, NULL));
	drill_script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(segment),
		cmocka_unit_test(flags),
		cmocka_unit_test(segment_of_others),
		cmocka_unit_test(options),
		cmocka_unit_test(options_without_name),
		cmocka_unit_test(definitions),
		cmocka_unit_test(other_protocols),
		cmocka_unit_test(call),
		cmocka_unit_test(settings),
		cmocka_unit_test(errors),
		cmocka_unit_test(cut),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
