/* SPDX-License-Identifier: ISC */
/*
 * shim_route.c - ip route, for the stack
 *
 * Attributes that belong to the stack as a whole here, such as the initial
 * window, are set there.  Those that the stack does not know are refused, not
 * passed over: a script that asks for one tests it.
 */
#include <stdlib.h>
#include <string.h>

#include <tern/netif.h>

#include "shim_args.h"
#include "stage.h"

/* What belongs to a route elsewhere, and to the stack here. */
static const struct {
	const char *word, *tunable;
} settings[] = {
	{"initcwnd", "tern.tcp_init_cwnd"},
	{"rto_min", "tern.tcp_rto_min_ms"},
	{"congctl", "net.ipv4.tcp_congestion_control"},
	{"hoplimit", "net.ipv4.ip_default_ttl"},
	{"reordering", "net.ipv4.tcp_reordering"},
	{"quickack", "tern.tcp_quickack"},
	{"initrwnd", "tern.tcp_init_rcv_wnd"},
};

#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* A script has one peer, so that it does not matter which route has it.  With
 * units: a time, which is told in milliseconds. */
static int stack_attribute(struct shim_args *a, size_t which)
{
	const char *value = a->at[1];
	char *unit, text[32], why[192];
	unsigned long v;

	if (strcmp(value, "lock") == 0 && a->at[2]) {
		a->at++;
		value = a->at[1];
	}
	v = strtoul(value, &unit, 10);

	snprintf(text, sizeof(text), "%s", value);
	if (unit > value && strcmp(unit, "ms") == 0)
		snprintf(text, sizeof(text), "%lu", v);
	else if (unit > value && strcmp(unit, "s") == 0)
		snprintf(text, sizeof(text), "%lu", v * 1000);
	a->at += 2;
	if (drill_tunable_set(a->h->stack, settings[which].tunable, text, why,
			      sizeof(why)))
		return 0;
	fprintf(a->err, "%s\n", why);
	return 2;
}

static int ecn_attribute(struct shim_args *a)
{
	char why[192];

	a->at += 2;
	if (drill_tunable_set(a->h->stack, "net.ipv4.tcp_ecn", "1", why,
			      sizeof(why)))
		return 0;
	fprintf(a->err, "%s\n", why);
	return 2;
}

/* mtu [ lock ] N: the path's, which begins with the interface's. */
static int mtu_attribute(struct shim_args *a)
{
	a->at++;
	shim_take(a, "lock");
	if (!*a->at)
		return shim_refuse(a, "expected a number behind", "mtu");
	return shim_answer(
		a, tern_if_set_mtu(a->h->stack, a->h->ifindex,
				   (uint32_t)strtoul(*a->at++, NULL, 10)));
}

static int route_attribute(struct shim_args *a, struct tern_route *rt)
{
	const char *value = *a->at ? a->at[1] : NULL;
	int err = 0;
	size_t i;

	if (!value)
		return shim_refuse(a, "expected a value behind", *a->at);
	if (strcmp(*a->at, "mtu") == 0)
		return mtu_attribute(a);
	for (i = 0; i < N_SETTINGS; i++)
		if (strcmp(*a->at, settings[i].word) == 0)
			return stack_attribute(a, i);
	if (strcmp(*a->at, "features") == 0 && strcmp(value, "ecn") == 0)
		return ecn_attribute(a);
	if (strcmp(*a->at, "via") == 0)
		err = tern_parse_addr(value, &rt->gateway);
	else if (strcmp(*a->at, "src") == 0)
		err = tern_parse_addr(value, &rt->source);
	else if (strcmp(*a->at, "metric") == 0)
		rt->metric = (uint32_t)strtoul(value, NULL, 10);
	else if (strcmp(*a->at, "dev") == 0)
		rt->ifindex = shim_device(a, value);
	else if (strcmp(*a->at, "proto") != 0 && strcmp(*a->at, "scope") != 0)
		return shim_refuse(a, "the stack has no route attribute",
				   *a->at);
	if (err || rt->ifindex < 0)
		return shim_refuse(a, "ip route: unusable:", value);
	a->at += 2;
	return 0;
}

static int change_route(struct shim_args *a, bool add, bool replace)
{
	struct tern *n = a->h->stack;
	struct tern_route rt = {.ifindex = a->h->ifindex, .prefix_len = 32};
	int status = 0;

	if (!shim_take(a, "default")) {
		const char *text = *a->at;

		if (!text ||
		    (strchr(text, '/')
			     ? tern_parse_prefix(text, &rt.dst, &rt.prefix_len)
			     : tern_parse_addr(text, &rt.dst)))
			return shim_refuse(a, "this is no IPv4 prefix:", text);
		a->at++;
	} else {
		rt.prefix_len = 0;
	}
	while (*a->at && !status)
		status = route_attribute(a, &rt);
	if (status)
		return status;
	if (replace)
		(void)tern_route_remove(n, &rt);
	return shim_answer(a, add ? tern_route_add(n, &rt)
				  : tern_route_remove(n, &rt));
}

static int show_routes(struct shim_args *a)
{
	struct tern_route rt;
	char addr[16];
	int i;

	for (i = 0; !tern_route_at(a->h->stack, i, &rt); i++) {
		fprintf(a->out, "%s/%d", tern_format_addr(rt.dst, addr),
			rt.prefix_len);
		if (rt.gateway)
			fprintf(a->out, " via %s",
				tern_format_addr(rt.gateway, addr));
		fprintf(a->out, " dev %s\n",
			rt.ifindex == TERN_IF_LOOPBACK ? "lo" : DRILL_DEVICE);
	}
	return 0;
}

int shim_route(struct shim_args *a)
{
	if (shim_take_any(a, "add|append"))
		return change_route(a, true, false);
	if (shim_take_any(a, "change|replace"))
		return change_route(a, true, true);
	if (shim_take_any(a, "del|delete"))
		return change_route(a, false, false);
	if (!*a->at || shim_take_any(a, "show|list|ls"))
		return show_routes(a);
	if (shim_take(a, "flush") && shim_take(a, "cache"))
		return 0;
	return shim_refuse(a, "ip route: not known here:", *a->at);
}
