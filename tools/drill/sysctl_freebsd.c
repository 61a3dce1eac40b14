/* SPDX-License-Identifier: ISC */
/*
 * sysctl_freebsd.c - sysctls under FreeBSD's names
 *
 * Those that have a meaning for the stack set its tunables, in their units.
 * Others that tcp(4) and its kin have are taken and do nothing: caches, logs,
 * limits and other stacks, which are not there.  A name that is in neither
 * list is refused.
 */
#include "sysctl_freebsd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"

#define TCP	"net.inet.tcp."
#define RMEM	"net.ipv4.tcp_rmem"
#define WMEM	"net.ipv4.tcp_wmem"
#define COOKIES "net.ipv4.tcp_syncookies"

#define DELAY_MS 40

enum way {
	SAME,	 /* the same number */
	SECONDS, /* milliseconds, and the stack's are seconds */
	TWICE,	 /* milliseconds of MSL, and the stack's are seconds of 2 MSL */
	HALF,	 /* the second of three, twice as much for bookkeeping */
	MOST,	 /* the third of both buffers */
	NAME,	 /* of a congestion control algorithm */
	EXTENSIONS, /* RFC 7323: 0 none, 1 both, 2 scaling, 3 timestamps */
	ONLY,	    /* a flag that is 2 in the stack */
	LIMIT,	    /* 0 is no limit */
	NOT,	    /* the opposite flag */
	DELAYED,    /* 0: the delay is 0 too */
};

struct row {
	const char *name;
	enum way way;
	const char *tunable;
};

static const struct row rows[] = {
	{TCP "sack.enable", SAME, "net.ipv4.tcp_sack"},
	{TCP "ecn.enable", SAME, "net.ipv4.tcp_ecn"},
	{TCP "rfc1323", EXTENSIONS, "net.ipv4.tcp_timestamps"},
	{TCP "syncookies", SAME, COOKIES},
	{TCP "syncookies_only", ONLY, COOKIES},
	{TCP "syncache.rexmtlimit", SAME, "net.ipv4.tcp_synack_retries"},
	{TCP "syncache.bucketlimit", SAME, "net.ipv4.tcp_max_syn_backlog"},
	{TCP "syncache.rst_on_sock_fail", SAME,
	 "net.ipv4.tcp_abort_on_overflow"},
	{TCP "delayed_ack", DELAYED, "tern.tcp_delack_min_ms"},
	{TCP "path_mtu_discovery", NOT, "net.ipv4.ip_no_pmtu_disc"},
	{TCP "delacktime", SAME, "tern.tcp_delack_min_ms"},
	{TCP "rexmit_initial", SAME, "tern.tcp_rto_initial_ms"},
	{TCP "rexmit_min", SAME, "tern.tcp_rto_min_ms"},
	{TCP "initcwnd_segments", SAME, "tern.tcp_init_cwnd"},
	{TCP "minmss", SAME, "net.ipv4.tcp_min_snd_mss"},
	{TCP "retries", SAME, "net.ipv4.tcp_retries2"},
	{TCP "maxtcptw", SAME, "net.ipv4.tcp_max_tw_buckets"},
	{TCP "ack_war_cnt", SAME, "net.ipv4.tcp_challenge_ack_limit"},
	{TCP "pmtud_blackhole_detection", SAME, "net.ipv4.tcp_mtu_probing"},
	{TCP "pmtud_blackhole_mss", SAME, "net.ipv4.tcp_base_mss"},
	{TCP "recvbuf_auto", SAME, "net.ipv4.tcp_moderate_rcvbuf"},
	{TCP "keepidle", SECONDS, "net.ipv4.tcp_keepalive_time"},
	{TCP "keepintvl", SECONDS, "net.ipv4.tcp_keepalive_intvl"},
	{TCP "keepcnt", SAME, "net.ipv4.tcp_keepalive_probes"},
	{TCP "finwait2_timeout", SECONDS, "net.ipv4.tcp_fin_timeout"},
	{TCP "msl", TWICE, "tern.tcp_time_wait"},
	{TCP "recvspace", HALF, RMEM},
	{TCP "sendspace", HALF, WMEM},
	{TCP "cc.algorithm", NAME, "net.ipv4.tcp_congestion_control"},
	{"kern.ipc.maxsockbuf", MOST, RMEM},
	{"kern.ipc.soacceptqueue", SAME, "net.core.somaxconn"},
	{"kern.ipc.somaxconn", SAME, "net.core.somaxconn"},
	{"net.inet.ip.ttl", SAME, "net.ipv4.ip_default_ttl"},
	{"net.inet.icmp.icmplim", LIMIT, "net.ipv4.icmp_msgs_per_sec"},
};

/* What does nothing here, with what it reads as. */
static const struct {
	const char *name, *value;
} idle[] = {
	{TCP "abc_l_var", "2"},
	{TCP "ack_war_timewindow", "1000"},
	{TCP "always_keepalive", "1"},
	{TCP "bb_log", ""},
	{TCP "bind_all_fibs", "1"},
	{TCP "blackhole", "0"},
	{TCP "blackhole_local", "0"},
	{TCP "cc.abe", "0"},
	{TCP "cc.abe_frlossreduce", "0"},
	{TCP "cc.available", "newreno"},
	{TCP "cc.cubic.hystartplusplus", "0"},
	{TCP "cc.hystartplusplus", "0"},
	{TCP "cc.newreno.beta", "50"},
	{TCP "cc.newreno.beta_ecn", "80"},
	{TCP "disable_tcp_port_in_hosthash", "0"},
	{TCP "do_lrd", "0"},
	{TCP "do_prr", "1"},
	{TCP "do_prr_conservative", "0"},
	{TCP "do_tcpdrain", "0"},
	{TCP "drop", ""},
	{TCP "drop_synfin", "0"},
	{TCP "ecn.maxretries", "1"},
	{TCP "experimental.initcwnd10", "1"},
	{TCP "fast_finwait2_recycle", "0"},
	{TCP "fastopen.client_enable", "0"},
	{TCP "fastopen.server_enable", "0"},
	{TCP "functions_available", "freebsd"},
	{TCP "functions_default", "freebsd"},
	{TCP "functions_inherit_listen_socket_stack", "1"},
	{TCP "hostcache.cachelimit", "15360"},
	{TCP "hostcache.enable", "1"},
	{TCP "hostcache.expire", "3600"},
	{TCP "hostcache.purge", "0"},
	{TCP "hostcache.purgenow", "0"},
	{TCP "hostcache.prune", "300"},
	{TCP "icmp_may_rst", "1"},
	{TCP "insecure_ack", "0"},
	{TCP "insecure_rst", "0"},
	{TCP "insecure_syn", "0"},
	{TCP "isn_reseed_interval", "0"},
	{TCP "keepinit", "75000"},
	{TCP "log_debug", "0"},
	{TCP "log_in_vain", "0"},
	{TCP "lro.entries", "8"},
	{TCP "map_limit", "0"},
	{TCP "maxunacktime", "0"},
	{TCP "minpsh", "0"},
	{TCP "mssdflt", "536"},
	{TCP "msl_local", "10000"},
	{TCP "newcwv", "0"},
	{TCP "newreno_enable", "1"},
	{TCP "nolocaltimewait", "0"},
	{TCP "pcbcount", "0"},
	{TCP "per_cpu_timers", "0"},
	{TCP "persmax", "60000"},
	{TCP "persmin", "5000"},
	{TCP "pmtud_blackhole_v6mss", "1220"},
	{TCP "reass.maxqueuelen", "100"},
	{TCP "reass.maxsegments", "100000"},
	{TCP "reass.new_limit", "0"},
	{TCP "recvbuf_inc", "16384"},
	{TCP "recvbuf_max", "2097152"},
	{TCP "require_unique_port", "0"},
	{TCP "rexmit_drop_options", "1"},
	{TCP "rexmit_slop", "200"},
	{TCP "rfc3042", "1"},
	{TCP "rfc3390", "1"},
	{TCP "rfc3465", "1"},
	{TCP "rfc6675_pipe", "1"},
	{TCP "sack.globalmaxholes", "65536"},
	{TCP "sack.lrd", "1"},
	{TCP "sack.maxholes", "128"},
	{TCP "sack.revised", "1"},
	{TCP "sack.tso", "0"},
	{TCP "sendbuf_auto", "1"},
	{TCP "sendbuf_auto_lowat", "0"},
	{TCP "sendbuf_inc", "8192"},
	{TCP "sendbuf_max", "2097152"},
	{TCP "soreceive_stream", "0"},
	{TCP "split_limit", "0"},
	{TCP "syncache.see_other", "0"},
	{TCP "tcbhashsize", "16384"},
	{TCP "tolerate_missing_ts", "0"},
	{TCP "ts_offset_per_conn", "1"},
	{TCP "tso", "1"},
	{TCP "udp_tunneling_overhead", "8"},
	{TCP "udp_tunneling_port", "0"},
	{TCP "v6mssdflt", "1220"},
	{TCP "v6pmtud_blackhole_mss", "1220"},
	{"kern.timecounter.alloweddeviation", "0"},
	{"kern.hz", "1000"},
	{"kern.eventtimer.periodic", "0"},
	{"net.inet.icmp.icmplim_jitter", "0"},
	{"net.inet.icmp.icmplim_output", "0"},
	{"net.inet.icmp.log_redirect", "0"},
	{"net.inet.ip.random_id", "1"},
	{"net.inet.ip.portrange.randomized", "1"},
	{"net.inet.ip.rfc6864", "1"},
	{"net.inet.ip.stealth", "0"},
	{"net.inet.udp.blackhole", "0"},
	{"security.jail.jailed", "0"},
};

/* What begins so is of a stack, or of a cache, that is not there. */
static const char *const idle_families[] = {
	TCP "rack.",	 TCP "bbr.",	    TCP "hpts.",     TCP "hostcache.",
	TCP "cc.cdg.",	 TCP "cc.chd.",	    TCP "cc.hd.",    TCP "cc.htcp.",
	TCP "cc.vegas.", TCP "cc.dctcp.",   TCP "cc.cubic.", TCP "fastopen.",
	TCP "lro.",	 "net.inet.siftr.", "net.inet6.",
};

#define N_ROWS	   (sizeof(rows) / sizeof(rows[0]))
#define N_IDLE	   (sizeof(idle) / sizeof(idle[0]))
#define N_FAMILIES (sizeof(idle_families) / sizeof(idle_families[0]))

bool drill_freebsd_owns(const char *name)
{
	static const char *const heads[] = {"net.inet.", "net.inet6.", "kern.",
					    "security."};
	size_t i;

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (strncmp(name, heads[i], strlen(heads[i])) == 0)
			return true;
	return false;
}

/* The value something has that does nothing; NULL if there is no such name. */
static const char *idle_value(const char *name)
{
	size_t i;

	for (i = 0; i < N_IDLE; i++)
		if (strcmp(idle[i].name, name) == 0)
			return idle[i].value;
	for (i = 0; i < N_FAMILIES; i++)
		if (strncmp(idle_families[i], name, strlen(idle_families[i])) ==
		    0)
			return "0";
	return NULL;
}

/* What would change what is sent, were it not as the stack is anyway. */
static bool set_idle(const char *name, const char *value, char *why,
		     size_t size)
{
	static const char *const firm[] = {
		TCP "blackhole",
		TCP "drop_synfin",
		TCP "fastopen.client_enable",
		TCP "fastopen.server_enable",
		TCP "insecure_rst",
		TCP "insecure_syn",
		TCP "udp_tunneling_port",
	};
	const char *usual = idle_value(name);
	size_t i;

	if (!usual) {
		snprintf(why, size, "the stack has no tunable %s", name);
		return false;
	}
	for (i = 0; i < sizeof(firm) / sizeof(firm[0]); i++) {
		if (strcmp(firm[i], name) != 0 || strcmp(usual, value) == 0)
			continue;
		snprintf(why, size, "the stack behaves as with %s=%s always",
			 name, usual);
		return false;
	}
	return true;
}

static const struct row *find(const char *name)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

struct target {
	struct tern *stack;
	char *why;
	size_t size;
};

static bool set(const struct target *t, const char *name, const char *value)
{
	return drill_tunable_set(t->stack, name, value, t->why, t->size);
}

static bool set_number(const struct target *t, const char *name,
		       unsigned long long v)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", v);
	return set(t, name, text);
}

/* The i-th of three numbers becomes v; the third is no less than the second. */
static bool set_of_three(const struct target *t, const char *name, int i,
			 unsigned long long v)
{
	unsigned long long n[3] = {4096, 131072, 2097152};
	char text[96];

	if (drill_tunable_get(t->stack, name, text, sizeof(text)) &&
	    sscanf(text, "%llu %llu %llu", &n[0], &n[1], &n[2]) != 3)
		return false;
	n[i] = v;
	if (i == 2 && n[1] > v)
		n[1] = v;
	if (n[2] < n[1])
		n[2] = n[1];
	snprintf(text, sizeof(text), "%llu %llu %llu", n[0], n[1], n[2]);
	return set(t, name, text);
}

static bool set_most(const struct target *t, unsigned long long v)
{
	return set_of_three(t, RMEM, 2, v) && set_of_three(t, WMEM, 2, v) &&
	       set_number(t, "net.core.rmem_max", v) &&
	       set_number(t, "net.core.wmem_max", v);
}

static bool set_extensions(const struct target *t, unsigned long long v)
{
	return set_number(t, "net.ipv4.tcp_timestamps", v == 1 || v == 3) &&
	       set_number(t, "net.ipv4.tcp_window_scaling", v == 1 || v == 2);
}

static bool set_row(const struct target *t, const struct row *row,
		    const char *value)
{
	char *end;
	const unsigned long long v = strtoull(value, &end, 0);

	if (row->way == NAME)
		return set(t, row->tunable,
			   strcmp(value, "newreno") == 0 ? "reno" : value);
	if (row->way == SAME)
		return set(t, row->tunable, value);
	if (end == value || *end) {
		snprintf(t->why, t->size, "%s: expected a number, not '%s'",
			 row->name, value);
		return false;
	}
	switch (row->way) {
	case SECONDS:
		return set_number(t, row->tunable, (v + 999) / 1000);
	case TWICE:
		return set_number(t, row->tunable, (2 * v + 999) / 1000);
	case HALF:
		return set_of_three(t, row->tunable, 1, 2 * v);
	case MOST:
		return set_most(t, v);
	case EXTENSIONS:
		return set_extensions(t, v);
	case ONLY:
		return v == 0 || set(t, row->tunable, "2");
	case NOT:
		return set_number(t, row->tunable, v == 0);
	case DELAYED:
		return set_number(t, row->tunable, v ? DELAY_MS : 0);
	case LIMIT:
		return set_number(t, row->tunable, v ? v : 1000000);
	case SAME:
	case NAME:
		break;
	}
	return false;
}

bool drill_freebsd_set(struct tern *n, const char *name, const char *value,
		       char *why, size_t size)
{
	const struct target t = {n, why, size};
	const struct row *row = find(name);

	return row ? set_row(&t, row, value) : set_idle(name, value, why, size);
}

static unsigned long long of_three(const char *text, int i)
{
	char *at;
	unsigned long long v = strtoull(text, &at, 10);

	while (i-- > 0)
		v = strtoull(at, &at, 10);
	return v;
}

/* The other way round. */
static void from_stack(const struct row *row, const char *theirs, char *value,
		       size_t size)
{
	unsigned long long v = of_three(theirs, 0);

	switch (row->way) {
	case NAME:
		snprintf(value, size, "%s",
			 strcmp(theirs, "reno") == 0 ? "newreno" : theirs);
		return;
	case SECONDS:
		v *= 1000;
		break;
	case TWICE:
		v = v * 1000 / 2;
		break;
	case HALF:
		v = of_three(theirs, 1) / 2;
		break;
	case MOST:
		v = of_three(theirs, 2);
		break;
	case ONLY:
		v = v == 2;
		break;
	case NOT:
		v = v == 0;
		break;
	case DELAYED:
		v = v > 0;
		break;
	case SAME:
	case EXTENSIONS:
	case LIMIT:
		break;
	}
	snprintf(value, size, "%llu", v);
}

bool drill_freebsd_get(const struct tern *n, const char *name, char *value,
		       size_t size)
{
	const struct row *row = find(name);
	const char *usual = idle_value(name);
	char theirs[128];

	if (row && drill_tunable_get(n, row->tunable, theirs, sizeof(theirs))) {
		from_stack(row, theirs, value, size);
		return true;
	}
	if (usual)
		snprintf(value, size, "%s", usual);
	else
		snprintf(value, size, "the stack has no tunable %s", name);
	return usual;
}
