/* SPDX-License-Identifier: ISC */
/*
 * ss_detail.c - what tern ss says about a socket behind the columns
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ss_detail.h"

static long long field(json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static bool is_set(json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

/* As ss(8): "1min22sec", "9.120ms" for 9 s and 120 ms, "200ms". */
static void print_duration(FILE *f, long long ms)
{
	long long minutes = ms / 60000, seconds = ms / 1000 % 60;

	ms %= 1000;
	if (minutes) {
		fprintf(f, "%lldmin", minutes);
		if (minutes > 9)
			seconds = 0;
		ms = 0;
	}
	if (seconds > 9)
		ms = 0;
	if (seconds)
		fprintf(f, "%lld%s", seconds, ms ? "." : "sec");
	if (ms)
		fprintf(f, "%03lldms", ms);
	else if (!minutes && !seconds)
		fputs("0ms", f);
}

static void print_timer(FILE *f, json_t *timer)
{
	const char *name = "";

	if (json_unpack(timer, "{s:s}", "name", &name) < 0)
		return;
	fprintf(f, " timer:(%s,", name);
	print_duration(f, field(timer, "expires_ms"));
	fprintf(f, ",%lld)", field(timer, "retries"));
}

static void print_process(FILE *f, const struct peer *p, json_t *socket)
{
	long long fd = field(socket, "fd");

	fprintf(f, " users:((\"tern %s\",pid=%d", p->command, (int)p->pid);
	if (fd >= 0)
		fprintf(f, ",fd=%lld", fd);
	fputs("))", f);
}

static void print_extended(FILE *f, json_t *socket)
{
	if (field(socket, "fd") >= 0)
		fprintf(f, " fd:%lld", field(socket, "fd"));
	if (json_object_get(socket, "syn_q"))
		fprintf(f, " synq:%lld/%lld", field(socket, "syn_q"),
			field(socket, "max_syn"));
}

/* The queues of a listener hold connections, not bytes. */
static void print_memory(FILE *f, json_t *socket)
{
	bool listens = json_object_get(socket, "max_syn") != NULL;

	fprintf(f, " skmem:(r%lld", listens ? 0 : field(socket, "recv_q"));
	if (json_object_get(socket, "rcvbuf"))
		fprintf(f, ",rb%lld", field(socket, "rcvbuf"));
	fprintf(f, ",w%lld", listens ? 0 : field(socket, "send_q"));
	if (json_object_get(socket, "sndbuf"))
		fprintf(f, ",tb%lld", field(socket, "sndbuf"));
	fputc(')', f);
}

static void print_count(FILE *f, json_t *tcp, const char *key)
{
	if (field(tcp, key))
		fprintf(f, " %s:%lld", key, field(tcp, key));
}

static void print_times(FILE *f, json_t *tcp)
{
	fprintf(f, " rto:%.6g", (double)field(tcp, "rto_us") / 1e3);
	if (field(tcp, "rtt_us"))
		fprintf(f, " rtt:%.6g/%.6g", (double)field(tcp, "rtt_us") / 1e3,
			(double)field(tcp, "rttvar_us") / 1e3);
}

/* cwnd and ssthresh are bytes in tern, and segments in what ss prints. */
static void print_window(FILE *f, json_t *tcp)
{
	long long mss = field(tcp, "mss"), ssthresh = field(tcp, "ssthresh");

	if (mss <= 0)
		return;
	fprintf(f, " mss:%lld pmtu:%lld rcvmss:%lld advmss:%lld cwnd:%lld", mss,
		field(tcp, "pmtu"), field(tcp, "rcv_mss"),
		field(tcp, "peer_mss"), field(tcp, "cwnd") / mss);
	if (ssthresh && ssthresh < INT32_MAX)
		fprintf(f, " ssthresh:%lld", ssthresh / mss);
}

static void print_tcp(FILE *f, json_t *tcp)
{
	const char *cc = NULL;

	if (!tcp)
		return;
	if (is_set(tcp, "timestamps"))
		fputs(" ts", f);
	if (is_set(tcp, "sack"))
		fputs(" sack", f);
	if (json_unpack(tcp, "{s:s}", "cc", &cc) == 0)
		fprintf(f, " %s", cc);
	if (is_set(tcp, "wscale"))
		fprintf(f, " wscale:%lld,%lld", field(tcp, "snd_wscale"),
			field(tcp, "rcv_wscale"));
	print_times(f, tcp);
	print_window(f, tcp);
	print_count(f, tcp, "bytes_acked");
	print_count(f, tcp, "bytes_received");
	print_count(f, tcp, "segs_out");
	print_count(f, tcp, "segs_in");
	print_count(f, tcp, "unacked");
	print_count(f, tcp, "retrans");
	print_count(f, tcp, "snd_wnd");
	print_count(f, tcp, "rcv_wnd");
	if (field(tcp, "min_rtt_us"))
		fprintf(f, " minrtt:%.6g",
			(double)field(tcp, "min_rtt_us") / 1e3);
}

char *ss_detail(const struct ss_options *o, const struct peer *p,
		json_t *socket)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	json_t *tcp;

	if (!f)
		return NULL;
	if (o->processes)
		print_process(f, p, socket);
	if (o->timers)
		print_timer(f, json_object_get(socket, "timer"));
	if (o->extended)
		print_extended(f, socket);
	tcp = o->info ? json_object_get(socket, "tcp") : NULL;
	if (o->memory || tcp)
		fputs("\n\t", f);
	if (o->memory)
		print_memory(f, socket);
	print_tcp(f, tcp);
	return fclose(f) == 0 ? text : NULL;
}
