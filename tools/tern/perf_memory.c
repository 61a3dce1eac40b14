/* SPDX-License-Identifier: ISC */
/*
 * perf_memory.c - client and server on two stacks in one process
 *
 * One thread does the work of both applications and both stacks, so that the
 * figure is work per second of one core, both ends counted.  Data is copied in
 * and out as applications do, checksums are computed and verified.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>

#include <tern/tern.h>

#include "message.h"
#include "number.h"
#include "perf.h"

#define PORTS	  16
#define ENDING_NS (10 * TERN_S)

struct bench {
	const struct perf_options *options;
	struct pair *pair;
	struct netio io[2];
	struct perf_client *client;
	struct perf_server *server;
	struct perf_report report;
	struct sockaddr_in peers[PAIR_ADDRS * PORTS];
};

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	interrupted = signal;
}

static int open_ends(struct bench *b)
{
	uint16_t ports[PORTS], i, k;
	struct sockaddr_in *peer = b->peers;

	for (i = 0; i < PORTS; i++)
		ports[i] = (uint16_t)(PERF_PORT + i);
	for (i = 0; i < PAIR_ADDRS; i++) {
		for (k = 0; k < PORTS; k++, peer++) {
			peer->sin_family = AF_INET;
			peer->sin_port = htons(ports[k]);
			peer->sin_addr.s_addr = htonl(pair_addr(i));
		}
	}
	for (i = 0; i < 2; i++)
		if (netio_open_stack(&b->io[i], pair_end(b->pair, i)) < 0)
			return -1;
	b->server = perf_server_open(&b->io[1], b->options, ports, PORTS);
	if (b->server)
		b->client = perf_client_open(&b->io[0], b->options, b->peers,
					     PAIR_ADDRS * PORTS);
	return b->client ? 0 : -1;
}

/* Bulk data counts where it arrives. */
static void count(struct bench *b, struct perf_count *c)
{
	struct perf_count served;

	perf_client_count(b->client, c);
	perf_server_count(b->server, &served);
	if (b->options->mode == PERF_BULK)
		c->bytes = served.bytes;
}

/*
 * Each end acts on what has arrived before it is asked for what it has to send,
 * as a program would that embeds the stack: so an ACK goes with the answer.
 * Returns 0, or a negative value if it cannot go on.
 */
static int turn(struct bench *b)
{
	int client, server, moved;

	pair_advance(b->pair);
	client = perf_client_step(b->client, 0);
	if (client < 0)
		return client;
	moved = pair_carry(b->pair, 0);
	server = perf_server_step(b->server, 0);
	if (server < 0)
		return server;
	moved += pair_carry(b->pair, 1);
	if (moved == 0 && client == 0 && server == 0)
		pair_rest(b->pair);
	return 0;
}

static int measure(struct bench *b)
{
	tern_time now = tern_host_now(), end = now + b->options->time_ns;
	struct perf_count c;
	int r = 0;

	perf_report_start(&b->report, b->options, now);
	while (r == 0 && !interrupted && now < end &&
	       !perf_client_done(b->client)) {
		r = turn(b);
		now = tern_host_now();
		if (r == 0 && perf_report_due(&b->report, now)) {
			count(b, &c);
			perf_report_interval(&b->report, &c, now);
		}
	}
	return r;
}

/* Facts about the segments, from the counters of the sending end. */
static json_t *details(struct bench *b)
{
	struct tern *n = pair_end(b->pair, b->options->mode == PERF_REVERSE);
	uint64_t segments = tern_counter(n, TERN_TcpOutSegs);
	uint64_t retrans = tern_counter(n, TERN_TcpRetransSegs);

	return json_pack("{s:I, s:I, s:i, s:b, s:b, s:I}", "segments_out",
			 (json_int_t)segments, "retransmitted",
			 (json_int_t)retrans, "mtu",
			 b->options->attach.device.mtu
				 ? (int)b->options->attach.device.mtu
				 : 1500,
			 "checksums", !b->options->no_csum && !b->options->gso,
			 "gso", b->options->gso, "memory_peak",
			 (json_int_t)(tern_memory_peak(pair_end(b->pair, 0)) +
				      tern_memory_peak(pair_end(b->pair, 1))));
}

static void print_details(const struct bench *b, json_t *details,
			  uint64_t bytes)
{
	const struct perf_options *o = b->options;
	json_int_t n =
		json_integer_value(json_object_get(details, "segments_out"));

	if (o->json || o->mode >= PERF_RR || n == 0)
		return;
	printf("%lld segments, %.0f bytes of data in each; %s\n", (long long)n,
	       (double)bytes / (double)n,
	       o->gso || o->no_csum ? "no checksums"
				    : "checksums computed and verified");
}

static void wind_down(struct bench *b)
{
	tern_time end = tern_host_now() + ENDING_NS;

	perf_client_stop(b->client);
	while (!perf_client_done(b->client) && tern_host_now() < end)
		if (turn(b) < 0)
			return;
}

static int run(struct bench *b)
{
	struct perf_count c;
	json_t *facts;
	tern_time now;
	int r;

	if (open_ends(b) < 0)
		return -1;
	r = measure(b);
	if (r < 0)
		return r;
	now = tern_host_now();
	count(b, &c);
	facts = details(b);
	perf_report_end(&b->report, &c, now, json_incref(facts));
	print_details(b, facts, c.bytes);
	json_decref(facts);
	wind_down(b);
	if (b->options->mode == PERF_BULK && !perf_client_done(b->client)) {
		message("the connections did not end");
		return -1;
	}
	return c.failed ? -1 : 0;
}

int perf_memory(const struct perf_options *o)
{
	struct bench *b = calloc(1, sizeof(*b));
	int r = -1;

	if (!b)
		return -1;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	b->options = o;
	b->pair = pair_open(o);
	if (b->pair)
		r = run(b);
	if (b->client)
		perf_client_close(b->client);
	if (b->server)
		perf_server_close(b->server);
	if (b->pair)
		pair_close(b->pair);
	free(b);
	return interrupted ? 128 + interrupted : r;
}
