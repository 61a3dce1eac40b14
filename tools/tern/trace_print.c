/* SPDX-License-Identifier: ISC */
/*
 * trace_print.c - a line of text for each traced event
 *
 * Segments look as tcpdump prints them, the rest as close to that as it gets:
 *
 *	12:00:00.000100 in  10.9.0.1.4000 > 10.9.0.2.80: Flags [S], seq 1, ...
 *	12:00:00.000103 state 10.9.0.2.80 - 10.9.0.1.4000: LISTEN ->
 *	SYN-RECEIVED
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <tern/trace.h>

#include "trace_print.h"

static long long field(json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static const char *word(json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

static void print_time(struct trace_printer *p, int64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	long us = (long)(ns % 1000000000 / 1000);
	struct tm tm;
	char text[16];

	if (!p->started)
		p->first_ns = ns;
	p->started = true;
	if (p->relative) {
		printf("%12.6f ", (double)(ns - p->first_ns) / 1e9);
		return;
	}
	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%H:%M:%S", &tm);
	printf("%s.%06ld ", text, us);
}

static void print_endpoint(json_t *endpoint)
{
	printf("%s.%lld", word(endpoint, "addr"), field(endpoint, "port"));
}

/* Both ends, in the order in which a segment passes them if there is one. */
static void print_ends(json_t *ev, const char *between, bool in)
{
	json_t *local = json_object_get(ev, "local");
	json_t *peer = json_object_get(ev, "peer");

	if (!local)
		return;
	print_endpoint(in ? peer : local);
	fputs(between, stdout);
	print_endpoint(in ? local : peer);
	fputs(": ", stdout);
}

static void print_flags(long long flags)
{
	static const struct {
		int bit;
		char letter;
	} letters[] = {
		{TERN_FIN, 'F'}, {TERN_SYN, 'S'}, {TERN_RST, 'R'},
		{TERN_PSH, 'P'}, {TERN_ACK, '.'}, {TERN_URG, 'U'},
		{TERN_ECE, 'E'}, {TERN_CWR, 'W'}, {TERN_AE, 'e'},
	};
	size_t i;

	fputs("Flags [", stdout);
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (flags & letters[i].bit)
			putchar(letters[i].letter);
	fputs(flags ? "]" : "none]", stdout);
}

static void print_sack(json_t *sack)
{
	json_t *block;
	size_t i;

	printf("sack %zu ", json_array_size(sack));
	json_array_foreach(sack, i, block)
		printf("{%" JSON_INTEGER_FORMAT ":%" JSON_INTEGER_FORMAT "}",
		       json_integer_value(json_array_get(block, 0)),
		       json_integer_value(json_array_get(block, 1)));
}

static void print_options(json_t *ev)
{
	static const char *const keys[] = {"mss", "sack_permitted", "ts_val",
					   "wscale", "sack"};
	const char *between = ", options [";
	json_t *value;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		value = json_object_get(ev, keys[i]);
		if (!value)
			continue;
		fputs(between, stdout);
		between = ",";
		if (!strcmp(keys[i], "sack_permitted"))
			fputs("sackOK", stdout);
		else if (!strcmp(keys[i], "ts_val"))
			printf("TS val %lld ecr %lld", field(ev, "ts_val"),
			       field(ev, "ts_ecr"));
		else if (!strcmp(keys[i], "sack"))
			print_sack(value);
		else
			printf("%s %lld", keys[i], field(ev, keys[i]));
	}
	if (*between == ',' && between[1] == '\0')
		putchar(']');
}

static void print_segment(json_t *ev)
{
	long long flags = field(ev, "flags"), seq = field(ev, "seq");
	long long len = field(ev, "len");

	print_flags(flags);
	printf(", seq %lld", seq);
	if (len)
		printf(":%lld", (seq + len) & UINT32_MAX);
	if (flags & TERN_ACK)
		printf(", ack %lld", field(ev, "ack"));
	printf(", win %lld", field(ev, "wnd"));
	if (flags & TERN_URG)
		printf(", urg %lld", field(ev, "urgent"));
	print_options(ev);
	printf(", length %lld", len);
	if (json_object_get(ev, "retransmission"))
		fputs(" (again)", stdout);
}

static void print_rest(json_t *ev, const char *type)
{
	if (!strcmp(type, "state"))
		printf("%s -> %s", word(ev, "from"), word(ev, "to"));
	else if (!strcmp(type, "drop"))
		printf("%s: %s", word(ev, "reason"), word(ev, "text"));
	else if (!strcmp(type, "timer"))
		printf("%s, retries %lld", word(ev, "timer"),
		       field(ev, "retries"));
	else if (!strcmp(type, "queue"))
		printf("SYN queue %lld of %lld, accept queue %lld of %lld",
		       field(ev, "syn"), field(ev, "max_syn"),
		       field(ev, "accept"), field(ev, "max_accept"));
	else if (!strcmp(type, "cwnd"))
		printf("cwnd %lld, ssthresh %lld", field(ev, "cwnd"),
		       field(ev, "ssthresh"));
}

void trace_print(struct trace_printer *p, json_t *line)
{
	const char *type = word(line, "event");
	bool in = !strcmp(type, "in");

	if (json_object_get(line, "lost")) {
		printf("%lld events were lost here\n", field(line, "lost"));
		return;
	}
	if (!*type)
		return;
	print_time(p, (int64_t)field(line, "time_ns"));
	printf("%-5s ", type);
	if (in || !strcmp(type, "out")) {
		print_ends(line, " > ", in);
		print_segment(line);
	} else {
		print_ends(line, " - ", false);
		print_rest(line, type);
	}
	putchar('\n');
}

void trace_print_json(json_t *line)
{
	if (!json_object_get(line, "event") && !json_object_get(line, "lost"))
		return;
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
}
