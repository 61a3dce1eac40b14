/* SPDX-License-Identifier: ISC */
/*
 * sysctl_idle.c - sysctls of Linux that are no tunables of the stack
 *
 * Some mean nothing where there are no queues, metrics, segmentation or other
 * hosts, and may be set to anything.  What the others ask for would be seen on
 * the wire: they may be set to what they are on Linux anyway.
 */
#include "sysctl_idle.h"

#include <stdio.h>
#include <string.h>

#define TCP "net.ipv4.tcp_"

static const struct {
	const char *name, *value;
} firm[] = {
	{TCP "early_retrans", "3"},
	{TCP "recovery", "1"},
	{TCP "frto", "2"},
	{TCP "dsack", "1"},
	{TCP "fack", "0"},
	{TCP "moderate_rcvbuf", "0"},
	{TCP "max_reordering", "300"},
	{TCP "reordering", "3"},
	{TCP "thin_dupack", "0"},
	{TCP "stdurg", "0"},
	{TCP "app_win", "31"},
	{TCP "workaround_signed_windows", "0"},
	{TCP "shrink_window", "0"},
	{TCP "plb_enabled", "0"},
	{TCP "tw_recycle", "0"},
	{TCP "tw_reuse_delay", "1000"},
	{TCP "reflect_tos", "0"},
	{TCP "migrate_req", "0"},
	{"net.ipv4.ip_nonlocal_bind", "0"},
	{"net.ipv4.ip_autobind_reuse", "0"},
	{"net.ipv4.fwmark_reflect", "0"},
};

/* The value is what it reads as. */
static const struct {
	const char *name, *value;
} idle[] = {
	{TCP "autocorking", "1"},
	{TCP "rcvbuf_low_rtt", "1000"},
	{TCP "abc", "0"},
	{TCP "frto_response", "0"},
	{TCP "no_metrics_save", "0"},
	{TCP "no_ssthresh_metrics_save", "1"},
	{TCP "tso_win_divisor", "3"},
	{TCP "tso_rtt_log", "9"},
	{TCP "limit_output_bytes", "1048576"},
	{TCP "low_latency", "0"},
	{TCP "retrans_collapse", "1"},
	{TCP "comp_sack_nr", "44"},
	{TCP "comp_sack_delay_ns", "1000000"},
	{TCP "comp_sack_slack_ns", "100000"},
	{TCP "comp_sack_rtt_percent", "33"},
	{TCP "min_rtt_wlen", "300"},
	{TCP "mem", "0 0 0"},
	{TCP "probe_interval", "600"},
	{TCP "probe_threshold", "8"},
	{TCP "mtu_probe_floor", "48"},
	{TCP "base_mss", "1024"},
	{TCP "plb_idle_rehash_rounds", "3"},
	{TCP "plb_rehash_rounds", "12"},
	{TCP "plb_suspend_rto_sec", "60"},
	{TCP "plb_cong_thresh", "128"},
	{TCP "fwmark_accept", "0"},
	{TCP "l3mdev_accept", "0"},
	{TCP "backlog_ack_defer", "1"},
	{TCP "child_ehash_entries", "0"},
	{TCP "ehash_entries", "65536"},
	{TCP "early_demux", "1"},
	{TCP "pingpong_thresh", "1"},
	{TCP "fastopen_key", "0-0-0-0"},
	{TCP "ecn_option_beacon", "3"},
	{TCP "available_congestion_control", "reno cubic"},
	{TCP "allowed_congestion_control", "reno cubic"},
	{TCP "available_ulp", ""},
	{"net.ipv4.ip_forward", "0"},
	{"net.ipv4.ip_dynaddr", "0"},
	{"net.ipv4.ip_early_demux", "1"},
	{"net.ipv4.ip_unprivileged_port_start", "1024"},
	{"net.ipv4.ip_local_reserved_ports", ""},
	{"net.ipv4.ping_group_range", "1 0"},
	{"net.ipv4.icmp_ratemask", "6168"},
	{"net.ipv4.icmp_errors_use_inbound_ifaddr", "0"},
	{"net.ipv4.icmp_ignore_bogus_error_responses", "1"},
};

static const char *const families[] = {
	"net.core.",
	"net.ipv4.conf.",
	"net.ipv4.neigh.",
	"net.ipv4.route.",
	"net.ipv4.igmp",
	"net.ipv4.inet_peer_",
	"net.ipv4.ipfrag_",
	"net.ipv4.udp_",
	"net.ipv4.fib_",
	"net.ipv6.",
	"net.netfilter.",
	"net.mptcp.",
	"net.unix.",
	"kernel.",
	"vm.",
	"fs.",
};

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const char *firm_value(const char *name)
{
	size_t i;

	for (i = 0; i < N(firm); i++)
		if (strcmp(firm[i].name, name) == 0)
			return firm[i].value;
	return NULL;
}

static const char *idle_value(const char *name)
{
	size_t i;

	for (i = 0; i < N(idle); i++)
		if (strcmp(idle[i].name, name) == 0)
			return idle[i].value;
	for (i = 0; i < N(families); i++)
		if (strncmp(families[i], name, strlen(families[i])) == 0)
			return "0";
	return NULL;
}

bool drill_idle_set(const char *name, const char *value, char *why, size_t size)
{
	const char *usual = firm_value(name);

	if (usual && strcmp(usual, value) != 0) {
		snprintf(why, size, "the stack behaves as with %s=%s always",
			 name, usual);
		return false;
	}
	if (usual || idle_value(name))
		return true;
	snprintf(why, size, "the stack has no tunable %s", name);
	return false;
}

bool drill_idle_get(const char *name, char *value, size_t size)
{
	const char *usual = firm_value(name);

	if (!usual)
		usual = idle_value(name);
	if (usual)
		snprintf(value, size, "%s", usual);
	else
		snprintf(value, size, "the stack has no tunable %s", name);
	return usual;
}
