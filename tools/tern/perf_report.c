/* SPDX-License-Identifier: ISC */
/*
 * perf_report.c - what tern perf says: a line each interval, a total, or JSON
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "number.h"
#include "perf.h"

const char *perf_mode_name(enum perf_mode mode)
{
	switch (mode) {
	case PERF_BULK:
		return "bulk";
	case PERF_REVERSE:
		return "reverse";
	case PERF_RR:
		return "rr";
	case PERF_CRR:
		return "crr";
	}
	return "";
}

/* CPU seconds of this process so far. */
static double cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static bool is_stream(const struct perf_report *r)
{
	return r->options->mode == PERF_BULK ||
	       r->options->mode == PERF_REVERSE;
}

void perf_report_start(struct perf_report *r, const struct perf_options *o,
		       tern_time now)
{
	memset(r, 0, sizeof(*r));
	r->options = o;
	r->start = r->last = now;
	r->cpu_start = cpu();
	r->intervals = json_array();
}

bool perf_report_due(const struct perf_report *r, tern_time now)
{
	return now - r->last >= r->options->interval_ns;
}

static const char *unit(const struct perf_report *r)
{
	return r->options->mode == PERF_CRR ? "connections" : "transactions";
}

/* "1.10 GiB  9.41 Gbit/s", or "12345 transactions  1234.5/s". */
static void print_amount(const struct perf_report *r, uint64_t bytes,
			 uint64_t transactions, tern_time time)
{
	char amount[NUMBER_TEXT], rate[NUMBER_TEXT];

	if (is_stream(r) || transactions == 0)
		printf("%10s  %s", number_format_bytes(bytes, amount),
		       number_format_bits(bytes, time, rate));
	else
		printf("%llu %s  %.0f/s", (unsigned long long)transactions,
		       unit(r), number_per_second(transactions, time));
}

static json_t *to_json(const struct perf_count *c, tern_time start,
		       tern_time end)
{
	return json_pack("{s:f, s:f, s:I, s:f, s:I, s:f, s:I, s:I}", "start_s",
			 number_seconds(start), "end_s", number_seconds(end),
			 "bytes", (json_int_t)c->bytes, "bits_per_second",
			 8 * number_per_second(c->bytes, end - start),
			 "transactions", (json_int_t)c->transactions,
			 "transactions_per_second",
			 number_per_second(c->transactions, end - start),
			 "retransmitted", (json_int_t)c->retrans, "failed",
			 (json_int_t)c->failed);
}

void perf_report_interval(struct perf_report *r, const struct perf_count *c,
			  tern_time now)
{
	struct perf_count d = {
		.bytes = c->bytes - r->before.bytes,
		.transactions = c->transactions - r->before.transactions,
		.failed = c->failed - r->before.failed,
		.retrans = c->retrans - r->before.retrans,
	};

	if (r->options->json) {
		json_array_append_new(
			r->intervals,
			to_json(&d, r->last - r->start, now - r->start));
	} else {
		printf("[%6.2f s]  ", number_seconds(now - r->start));
		print_amount(r, d.bytes, d.transactions, now - r->last);
		if (d.retrans)
			printf("  %llu retransmitted",
			       (unsigned long long)d.retrans);
		putchar('\n');
		fflush(stdout);
	}
	r->before = *c;
	r->last = now;
}

/*
 * What a core would do that had nothing else to do: the figure to compare when
 * the machine is shared.
 */
static void print_share(const struct perf_report *r, const struct perf_count *c,
			tern_time took, double share)
{
	tern_time busy = (tern_time)((double)took * share);
	char rate[NUMBER_TEXT];

	printf(", %.0f%% of a core", 100 * share);
	if (is_stream(r) || c->transactions == 0)
		printf(" (%s a core)",
		       number_format_bits(c->bytes, busy, rate));
	else
		printf(" (%.0f/s a core)",
		       number_per_second(c->transactions, busy));
}

static void print_total(const struct perf_report *r, const struct perf_count *c,
			tern_time took, double share)
{
	printf("%s%s, %u connection%s, %.2f s: ",
	       perf_mode_name(r->options->mode),
	       r->options->zc ? " by reference" : "", r->options->parallel,
	       r->options->parallel == 1 ? "" : "s", number_seconds(took));
	print_amount(r, c->bytes, c->transactions, took);
	print_share(r, c, took, share);
	if (c->retrans)
		printf(", %llu retransmitted", (unsigned long long)c->retrans);
	if (c->failed)
		printf(", %llu failed", (unsigned long long)c->failed);
	putchar('\n');
}

void perf_report_end(struct perf_report *r, const struct perf_count *c,
		     tern_time now, json_t *extra)
{
	tern_time took = now - r->start;
	double share = took ? (cpu() - r->cpu_start) / number_seconds(took) : 0;
	json_t *o;

	if (!r->options->json) {
		print_total(r, c, took, share);
		json_decref(extra);
		json_decref(r->intervals);
		return;
	}
	o = json_pack("{s:s, s:i, s:I, s:I, s:b, s:o, s:o, s:f}", "mode",
		      perf_mode_name(r->options->mode), "connections",
		      (int)r->options->parallel, "size",
		      (json_int_t)r->options->size, "window",
		      (json_int_t)r->options->window, "by_reference",
		      r->options->zc, "intervals", r->intervals, "total",
		      to_json(c, 0, took), "cpu", share);
	if (extra)
		json_object_update(o, extra);
	json_decref(extra);
	json_dumpf(o, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(o);
}
