/* SPDX-License-Identifier: ISC */
/*
 * perf_net.c - a client or a server over a device, or over the system's TCP
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <tern/tern.h>

#include "message.h"
#include "number.h"
#include "perf.h"

#define TICK_MS	  100
#define ENDING_NS (10 * TERN_S)

/* Where the sockets come from. */
struct source {
	struct netio io;
	struct loop loop;
	bool kernel;
};

static int open_source(struct source *s, struct perf_options *o)
{
	int r;

	s->kernel = o->kernel;
	if (!o->kernel) {
		if (loop_open(&s->loop, "perf", &o->attach) < 0)
			return -1;
		netio_open_loop(&s->io, &s->loop);
		return 0;
	}
	r = netio_open_kernel(&s->io);
	if (r < 0)
		message_error(r, "epoll");
	return r;
}

/* Returns 0, or -1 if the link was lost. */
static int close_source(struct source *s)
{
	if (!s->kernel)
		return loop_close(&s->loop);
	netio_close(&s->io);
	return 0;
}

static int measure(struct perf_client *client, const struct perf_options *o,
		   struct perf_report *report)
{
	tern_time now = tern_host_now(), end = now + o->time_ns;
	struct perf_count c;
	int r = 0;

	/* With REVERSE the server looks at the clock; we wait for its FIN. */
	if (o->mode == PERF_REVERSE)
		end += ENDING_NS;
	if (o->count)
		end = TERN_NEVER;
	perf_report_start(report, o, now);
	while (r >= 0 && now < end && !perf_client_done(client)) {
		r = perf_client_step(client, TICK_MS);
		now = tern_host_now();
		if (r >= 0 && perf_report_due(report, now)) {
			perf_client_count(client, &c);
			perf_report_interval(report, &c, now);
		}
	}
	return r < 0 ? r : 0;
}

static int wind_down(struct perf_client *client)
{
	tern_time end = tern_host_now() + ENDING_NS;
	int r = 0;

	perf_client_stop(client);
	while (r >= 0 && !perf_client_done(client) && tern_host_now() < end)
		r = perf_client_step(client, TICK_MS);
	return r < 0 ? r : 0;
}

/* The server's count is the truth about bulk data. */
static int report_client(struct perf_client *client,
			 const struct perf_options *o,
			 struct perf_report *report)
{
	uint64_t got = perf_client_acknowledged(client);
	struct perf_count c;
	json_t *extra = NULL;

	perf_client_count(client, &c);
	if (o->mode == PERF_BULK) {
		extra = json_pack("{s:I}", "received", (json_int_t)got);
		if (perf_client_done(client) && got != c.bytes)
			message("%llu bytes were sent, but %llu received",
				(unsigned long long)c.bytes,
				(unsigned long long)got);
		c.bytes = got;
	}
	perf_report_end(report, &c, tern_host_now(), extra);
	return c.failed ? -1 : 0;
}

static int run_client(struct source *s, const struct perf_options *o,
		      const struct sockaddr_in *peer)
{
	struct perf_client *client = perf_client_open(&s->io, o, peer, 1);
	struct perf_report report;
	int r, ended;

	if (!client)
		return -1;
	r = measure(client, o, &report);
	if (r == 0 || r == -EINTR) {
		ended = r == 0 ? wind_down(client) : -EINTR;
		if (r == 0)
			r = ended;
		ended = report_client(client, o, &report);
		if (r == 0)
			r = ended;
	}
	perf_client_close(client);
	return r;
}

int perf_net_client(struct perf_options *o)
{
	struct source s;
	struct sockaddr_in peer;
	char port[8];
	int r, signal;

	snprintf(port, sizeof(port), "%u", o->port);
	attach_parse_peer(&peer, o->host, port);
	if (open_source(&s, o) < 0)
		return -1;
	r = run_client(&s, o, &peer);
	signal = netio_signal(&s.io);
	if (close_source(&s) < 0)
		return -1;
	return r == -EINTR ? 128 + signal : r;
}

static void show_server(struct perf_server *server, struct perf_report *report,
			tern_time now)
{
	struct perf_count c;

	perf_server_count(server, &c);
	if (c.bytes != report->before.bytes)
		perf_report_interval(report, &c, now);
	else
		report->last = now;
}

/* Until a signal, or with --once until the first client has gone. */
static int serve(struct perf_server *server, const struct perf_options *o)
{
	struct perf_report report;
	bool had_client = false;
	tern_time now;
	int r = 0;

	perf_report_start(&report, o, tern_host_now());
	while (r >= 0) {
		r = perf_server_step(server, TICK_MS);
		now = tern_host_now();
		if (perf_report_due(&report, now))
			show_server(server, &report, now);
		had_client |= perf_server_connections(server) > 0;
		if (o->once && had_client &&
		    perf_server_connections(server) == 0)
			break;
	}
	json_decref(report.intervals);
	return r < 0 ? r : 0;
}

int perf_net_server(struct perf_options *o)
{
	struct perf_server *server;
	struct source s;
	int r = -1;

	if (open_source(&s, o) < 0)
		return -1;
	server = perf_server_open(&s.io, o, &o->port, 1);
	if (server) {
		message("listening on port %u%s", o->port,
			o->kernel ? " of the system's own TCP" : "");
		r = serve(server, o);
		perf_server_close(server);
	}
	if (close_source(&s) < 0)
		return -1;
	return r == -EINTR ? 0 : r;
}
