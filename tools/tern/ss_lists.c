/* SPDX-License-Identifier: ISC */
/*
 * ss_lists.c - what tern ss lists besides sockets
 *
 * The summary, the counters, the interfaces and the tunables of one process.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "number.h"
#include "ss.h"

static long long field(json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static const char *word(json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

/* Counts sockets by state, and prints the counts in the order of the RFC. */
int ss_summary(struct peer *p)
{
	static const char *const states[] = {
		"LISTEN",     "SYN-SENT",   "SYN-RECEIVED", "ESTABLISHED",
		"FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",   "CLOSING",
		"LAST-ACK",   "TIME-WAIT",  "CLOSED",
	};
	size_t count[sizeof(states) / sizeof(states[0])] = {0}, total = 0, i;
	json_t *line;
	int failed;

	if (peer_ask(p, json_pack("{s:s}", "cmd", "list")) < 0)
		return -1;
	while ((line = peer_next(p, &failed))) {
		for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
			if (!strcmp(word(line, "state"), states[i]))
				count[i]++;
		total++;
		json_decref(line);
	}
	if (failed)
		return -1;
	printf("Total: %zu\n", total);
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (count[i])
			printf("%-12s %zu\n", ss_state(states[i]), count[i]);
	return 0;
}

static void print_counters(json_t *counters)
{
	const char *key;
	json_t *value;

	json_object_foreach(counters, key, value)
		printf("%-32s %12" JSON_INTEGER_FORMAT "\n", key,
		       json_integer_value(value));
}

static void print_drops(json_t *drops)
{
	json_t *drop;
	size_t i;

	if (json_array_size(drops))
		puts("\nDropped:");
	json_array_foreach(drops, i, drop)
		printf("%-32s %12lld  %s\n", word(drop, "name"),
		       field(drop, "count"), word(drop, "text"));
}

static void print_memory(json_t *memory)
{
	char total[NUMBER_TEXT], peak[NUMBER_TEXT], limit[NUMBER_TEXT];
	const char *key;
	json_t *value;

	printf("\nMemory: %s, at most %s so far, %s allowed\n",
	       number_format_bytes((uint64_t)field(memory, "total"), total),
	       number_format_bytes((uint64_t)field(memory, "peak"), peak),
	       number_format_bytes((uint64_t)field(memory, "limit"), limit));
	json_object_foreach(json_object_get(memory, "of"), key,
			    value) if (json_integer_value(value))
		printf("%-32s %12" JSON_INTEGER_FORMAT "\n", key,
		       json_integer_value(value));
}

int ss_stats(struct peer *p)
{
	json_t *line;
	int failed;

	if (peer_ask(p, json_pack("{s:s}", "cmd", "stats")) < 0)
		return -1;
	while ((line = peer_next(p, &failed))) {
		print_counters(json_object_get(line, "counters"));
		print_drops(json_object_get(line, "drops"));
		print_memory(json_object_get(line, "memory"));
		json_decref(line);
	}
	return failed ? -1 : 0;
}

int ss_interfaces(struct peer *p)
{
	char rx[NUMBER_TEXT], tx[NUMBER_TEXT];
	json_t *line;
	int failed;

	if (peer_ask(p, json_pack("{s:s}", "cmd", "interfaces")) < 0)
		return -1;
	while ((line = peer_next(p, &failed))) {
		printf("%lld: %s: %s mtu %lld%s\n", field(line, "index"),
		       word(line, "name"),
		       json_is_true(json_object_get(line, "up")) ? "up"
								 : "down",
		       field(line, "mtu"),
		       json_is_true(json_object_get(line, "ethernet"))
			       ? " ethernet"
			       : "");
		number_format_bytes((uint64_t)field(line, "rx_bytes"), rx);
		number_format_bytes((uint64_t)field(line, "tx_bytes"), tx);
		printf("    received %lld frames, %s; sent %lld frames, %s\n",
		       field(line, "rx_frames"), rx, field(line, "tx_frames"),
		       tx);
		json_decref(line);
	}
	return failed ? -1 : 0;
}

static json_t *sysctl_request(const char *setting)
{
	const char *value = strchr(setting, '=');

	if (!strcmp(setting, "all"))
		return json_pack("{s:s}", "cmd", "sysctl");
	if (!value)
		return json_pack("{s:s, s:s}", "cmd", "sysctl", "name",
				 setting);
	return json_pack("{s:s, s:s%, s:s}", "cmd", "sysctl", "name", setting,
			 (size_t)(value - setting), "value", value + 1);
}

int ss_sysctl(struct peer *p, const char *setting)
{
	json_t *line;
	int failed;

	if (peer_ask(p, sysctl_request(setting)) < 0)
		return -1;
	while ((line = peer_next(p, &failed))) {
		printf("%s = %s", word(line, "name"), word(line, "value"));
		if (*word(line, "what"))
			printf("\n\t%s (%s%s%lld to %lld, at first %lld)",
			       word(line, "what"), word(line, "unit"),
			       *word(line, "unit") ? ", " : "",
			       field(line, "min"), field(line, "max"),
			       field(line, "initial"));
		putchar('\n');
		json_decref(line);
	}
	return failed ? -1 : 0;
}
