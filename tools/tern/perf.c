/* SPDX-License-Identifier: ISC */
/*
 * perf.c - tern perf: measures throughput and requests per second
 */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>

#include "commands.h"
#include "message.h"
#include "number.h"
#include "perf.h"

enum {
	KEY_MEMORY = 0x2000,
	KEY_KERNEL,
	KEY_RR,
	KEY_CRR,
	KEY_COUNT,
	KEY_GSO,
	KEY_NO_CSUM,
	KEY_VERIFY,
	KEY_ZC,
	KEY_JSON,
};

static const struct argp_option options[] = {
	{.doc = "Where:", .group = 1},
	{"memory", KEY_MEMORY, NULL, 0,
	 "Both ends in this process, over a "
	 "memory pipe, on one core",
	 0},
	{"server", 's', NULL, 0, "Wait for clients", 0},
	{"client", 'c', "HOST", 0, "Connect to a tern perf -s on HOST", 0},
	{"kernel", KEY_KERNEL, NULL, 0,
	 "Use the system's own TCP, to be the "
	 "peer of a tern or to be compared with it",
	 0},
	{"port", 'p', "PORT", 0, "Port of the server (default 5201)", 0},
	{"once", '1', NULL, 0, "With -s: end after the first client", 0},
	{.doc = "What:", .group = 2},
	{"reverse", 'R', NULL, 0, "The server sends, the client receives", 0},
	{"rr", KEY_RR, "SIZE", 0,
	 "Request and response of SIZE bytes, again "
	 "and again",
	 0},
	{"crr", KEY_CRR, NULL, 0,
	 "Connect, 64 bytes each way, close, again "
	 "and again",
	 0},
	{"parallel", 'P', "N", 0,
	 "N connections at a time (default 1, with "
	 "--crr 64)",
	 0},
	{"time", 't', "SECONDS", 0, "Measure for SECONDS (default 10)", 0},
	{"count", KEY_COUNT, "N", 0, "With --rr and --crr: end after N", 0},
	{"window", 'w', "BYTES", 0,
	 "Send and receive buffers of BYTES (k, m "
	 "and g may follow)",
	 0},
	{"length", 'l', "BYTES", 0,
	 "Write and read BYTES at once (default "
	 "128k)",
	 0},
	{"verify", KEY_VERIFY, NULL, 0,
	 "Compare each byte received with what "
	 "was sent",
	 0},
	{"zc", KEY_ZC, NULL, 0,
	 "Send and receive by reference: nothing is "
	 "copied",
	 0},
	{.doc = "With --memory:", .group = 3},
	{"gso", KEY_GSO, NULL, 0, "Segments of up to 64 KiB cross the pipe", 0},
	{"no-csum", KEY_NO_CSUM, NULL, 0, "No checksums are computed", 0},
	{.doc = "Output:", .group = 4},
	{"interval", 'i', "SECONDS", 0, "A line each SECONDS (default 1)", 0},
	{"json", KEY_JSON, NULL, 0, "One JSON object at the end", 0},
	{0},
};

static bool *flag(struct perf_options *o, int key)
{
	switch (key) {
	case KEY_MEMORY:
		return &o->memory;
	case 's':
		return &o->server;
	case KEY_KERNEL:
		return &o->kernel;
	case '1':
		return &o->once;
	case KEY_VERIFY:
		return &o->verify;
	case KEY_ZC:
		return &o->zc;
	case KEY_GSO:
		return &o->gso;
	case KEY_NO_CSUM:
		return &o->no_csum;
	case KEY_JSON:
		return &o->json;
	default:
		return NULL;
	}
}

static void set_mode(struct perf_options *o, enum perf_mode mode)
{
	if (o->mode != PERF_BULK)
		message_usage("one of --reverse, --rr and --crr is accepted");
	o->mode = mode;
}

static void set_size(uint64_t *out, const char *option, const char *text,
		     uint64_t max)
{
	if (!number_parse_size(text, 1, max, out))
		message_usage("%s %s: accepted are 1 to %llu bytes, with k, m "
			      "or g for 1024 and its powers",
			      option, text, (unsigned long long)max);
}

static void set_seconds(tern_time *out, const char *option, const char *text)
{
	if (!number_parse_seconds(text, out))
		message_usage("%s %s: accepted are seconds above 0 and up to "
			      "86400, such as 10 or 0.5",
			      option, text);
}

static void set_count(uint64_t *out, const char *option, const char *text,
		      uint64_t max)
{
	if (!number_parse(text, 1, max, out))
		message_usage("%s %s: accepted are 1 to %llu", option, text,
			      (unsigned long long)max);
}

/* Options with a value.  Returns false if the key is not one of them. */
static bool parse_value(struct perf_options *o, int key, char *arg)
{
	uint64_t n;

	switch (key) {
	case 'c':
		o->host = arg;
		return true;
	case 'p':
		o->port = attach_parse_port(arg);
		return true;
	case KEY_RR:
		set_mode(o, PERF_RR);
		set_size(&o->size, "--rr", arg, 16 << 20);
		return true;
	case 'P':
		set_count(&n, "--parallel", arg, 100000);
		o->parallel = (uint32_t)n;
		return true;
	case 't':
		set_seconds(&o->time_ns, "--time", arg);
		return true;
	case KEY_COUNT:
		set_count(&o->count, "--count", arg, INT64_MAX);
		return true;
	case 'w':
		set_size(&o->window, "--window", arg, 1 << 30);
		return true;
	case 'l':
		set_size(&o->length, "--length", arg, 16 << 20);
		return true;
	case 'i':
		set_seconds(&o->interval_ns, "--interval", arg);
		return true;
	default:
		return false;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct perf_options *o = state->input;
	bool *set = flag(o, key);

	if (set) {
		*set = true;
		return 0;
	}
	if (parse_value(o, key, arg))
		return 0;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->attach;
		return 0;
	case 'R':
		set_mode(o, PERF_REVERSE);
		return 0;
	case KEY_CRR:
		set_mode(o, PERF_CRR);
		return 0;
	case ARGP_KEY_ARG:
		message_usage("'%s': no argument is accepted; -c HOST names "
			      "the server",
			      arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&attach_argp, 0, "", 10}, {0}};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "",
	.doc = "Measures TCP: how many bits, transactions or connections a "
	       "second.  Give one of --memory, -s and -c.",
	.children = children,
};

static bool attaches_device(const struct attach *a)
{
	return a->device.name || a->has_addr || a->gateway ||
	       a->device.no_offload || a->pcap || a->impaired;
}

static void check(struct perf_options *o)
{
	if (o->memory + o->server + (o->host != NULL) != 1)
		message_usage("accepted is one of --memory, -s and -c HOST");
	if (!o->memory && (o->gso || o->no_csum))
		message_usage("--gso and --no-csum: accepted only with "
			      "--memory");
	if (o->server && (o->mode != PERF_BULK || o->count))
		message_usage("-s: what is measured is the client's to say");
	if (o->zc && (o->kernel || o->mode == PERF_RR || o->mode == PERF_CRR))
		message_usage("--zc: accepted for streams of tern's, not with "
			      "--kernel, --rr and --crr");
	if (o->memory && (o->kernel || attaches_device(&o->attach)))
		message_usage("--memory: no device is used; of the options for "
			      "the link, --mtu and --sysctl are accepted");
	if (o->kernel && attach_given(&o->attach))
		message_usage("--kernel: no device is used, and none of its "
			      "options is accepted");
	if (!o->memory && !o->kernel)
		attach_require(&o->attach);
	if (!o->parallel)
		o->parallel = o->mode == PERF_CRR ? 64 : 1;
	if (!o->size)
		o->size = 64;
}

static int measure(struct perf_options *o)
{
	perf_pattern(o->pattern, o->length + PERF_PATTERN);
	if (o->memory)
		return perf_memory(o);
	return o->server ? perf_net_server(o) : perf_net_client(o);
}

int cmd_perf(int argc, char **argv)
{
	struct perf_options o = {.port = PERF_PORT,
				 .length = 128 << 10,
				 .time_ns = 10 * TERN_S,
				 .interval_ns = TERN_S};
	int r = -1;

	message_name(argv[0]);
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_USAGE;
	check(&o);
	o.pattern = malloc(o.length + PERF_PATTERN);
	if (!o.pattern)
		message_error(-ENOMEM, "buffers");
	else
		r = measure(&o);
	free(o.pattern);
	return r < 0 ? EXIT_FAILURE : r;
}
