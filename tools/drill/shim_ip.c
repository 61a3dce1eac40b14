/* SPDX-License-Identifier: ISC */
/*
 * shim_ip.c - ip(8) and tc(8) for the stack
 *
 * Links can be set up and down and given an MTU, addresses and routes added
 * and taken away.  Route attributes that the stack does not know are refused,
 * not passed over: a script that asks for one tests it.  A queueing discipline
 * that only queues changes nothing where nothing queues; one that loses or
 * delays is refused.
 */
#include <stdlib.h>
#include <string.h>

#include <tern/netif.h>

#include "shim.h"
#include "stage.h"

/* The words of a command, one after the other. */
struct args {
	const struct drill_shims *h;
	char **at;
	FILE *out, *err;
};

static bool take(struct args *a, const char *word)
{
	if (!*a->at || strcmp(*a->at, word) != 0)
		return false;
	a->at++;
	return true;
}

/* True if the word is one of these, separated by '|'; takes it. */
static bool take_any(struct args *a, const char *words)
{
	const size_t len = *a->at ? strlen(*a->at) : 0;
	const char *p;

	for (p = words; p && len; p = strchr(p, '|'), p = p ? p + 1 : NULL) {
		if (strncmp(p, *a->at, len) == 0 &&
		    (p[len] == '|' || !p[len])) {
			a->at++;
			return true;
		}
	}
	return false;
}

static int refuse(struct args *a, const char *what, const char *word)
{
	fprintf(a->err, "%s '%s'\n", what, word ? word : "");
	return 2;
}

/* The index of a device; the one of the script if its name is tun0. */
static int device(const struct args *a, const char *name)
{
	if (name && strcmp(name, "lo") == 0)
		return TERN_IF_LOOPBACK;
	if (name && strcmp(name, DRILL_DEVICE) == 0)
		return a->h->ifindex;
	return -1;
}

static int answer(struct args *a, int err)
{
	if (!err)
		return 0;
	fprintf(a->err, "the stack answers: %s\n", strerror(-err));
	return 2;
}

static int set_link(struct args *a)
{
	struct tern *n = a->h->stack;
	int i, err = 0;

	take(a, "dev");
	i = device(a, *a->at);
	if (i < 0)
		return refuse(a, "there is no device", *a->at);
	for (a->at++; *a->at && !err; a->at++) {
		if (strcmp(*a->at, "up") == 0) {
			err = tern_if_set_up(n, i, true);
		} else if (strcmp(*a->at, "down") == 0) {
			err = tern_if_set_up(n, i, false);
		} else if (strcmp(*a->at, "mtu") == 0 && a->at[1]) {
			a->at++;
			err = tern_if_set_mtu(
				n, i, (uint32_t)strtoul(*a->at, NULL, 10));
		} else if (take_any(a, "txqueuelen|qlen") && *a->at) {
			continue;
		} else {
			return refuse(a, "ip link: not known here:", *a->at);
		}
	}
	return answer(a, err);
}

static int show_link(struct args *a)
{
	struct tern_if_info info;
	int i = a->h->ifindex;

	if (tern_if_info(a->h->stack, i, &info))
		return 1;
	fprintf(a->out, "%d: %s: <POINTOPOINT%s> mtu %u state %s\n", i,
		info.config.name, info.up ? ",UP,LOWER_UP" : "",
		info.config.mtu, info.up ? "UP" : "DOWN");
	return 0;
}

static int change_address(struct args *a, bool add)
{
	struct tern *n = a->h->stack;
	const char *text = *a->at;
	uint32_t addr;
	int len = 32, i;

	if (!text || (strchr(text, '/') ? tern_parse_prefix(text, &addr, &len)
					: tern_parse_addr(text, &addr)))
		return refuse(a, "this is no IPv4 address:", text);
	a->at++;
	if (!take(a, "dev"))
		return refuse(a, "expected dev, not", *a->at);
	i = device(a, *a->at);
	if (i < 0)
		return refuse(a, "there is no device", *a->at);
	return answer(a, add ? tern_addr_add(n, i, addr, len)
			     : tern_addr_remove(n, i, addr));
}

static int route_attribute(struct args *a, struct tern_route *rt)
{
	const char *value = *a->at ? a->at[1] : NULL;
	int err = 0;

	if (!value)
		return refuse(a, "expected a value behind", *a->at);
	if (strcmp(*a->at, "via") == 0)
		err = tern_parse_addr(value, &rt->gateway);
	else if (strcmp(*a->at, "src") == 0)
		err = tern_parse_addr(value, &rt->source);
	else if (strcmp(*a->at, "metric") == 0)
		rt->metric = (uint32_t)strtoul(value, NULL, 10);
	else if (strcmp(*a->at, "dev") == 0)
		rt->ifindex = device(a, value);
	else if (strcmp(*a->at, "proto") != 0 && strcmp(*a->at, "scope") != 0)
		return refuse(a, "the stack has no route attribute", *a->at);
	if (err || rt->ifindex < 0)
		return refuse(a, "ip route: unusable:", value);
	a->at += 2;
	return 0;
}

static int change_route(struct args *a, bool add, bool replace)
{
	struct tern *n = a->h->stack;
	struct tern_route rt = {.ifindex = a->h->ifindex, .prefix_len = 32};
	int status = 0;

	if (!take(a, "default")) {
		const char *text = *a->at;

		if (!text ||
		    (strchr(text, '/')
			     ? tern_parse_prefix(text, &rt.dst, &rt.prefix_len)
			     : tern_parse_addr(text, &rt.dst)))
			return refuse(a, "this is no IPv4 prefix:", text);
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
	return answer(a,
		      add ? tern_route_add(n, &rt) : tern_route_remove(n, &rt));
}

static int show_routes(struct args *a)
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

static int run_route(struct args *a)
{
	if (take_any(a, "add|append"))
		return change_route(a, true, false);
	if (take_any(a, "change|replace"))
		return change_route(a, true, true);
	if (take_any(a, "del|delete"))
		return change_route(a, false, false);
	if (!*a->at || take_any(a, "show|list|ls"))
		return show_routes(a);
	if (take(a, "flush") && take(a, "cache"))
		return 0;
	return refuse(a, "ip route: not known here:", *a->at);
}

int drill_shim_ip(const struct drill_shims *h, char **argv, FILE *out,
		  FILE *err)
{
	struct args a = {h, argv + 1, out, err};

	while (*a.at && (*a.at)[0] == '-') {
		if (strcmp(*a.at, "-6") == 0)
			return refuse(&a, "the stack has no IPv6:", *a.at);
		a.at++;
	}
	if (take_any(&a, "link|l")) {
		if (take(&a, "set"))
			return set_link(&a);
		return show_link(&a);
	}
	if (take_any(&a, "addr|address|a")) {
		if (take(&a, "add"))
			return change_address(&a, true);
		if (take_any(&a, "del|delete"))
			return change_address(&a, false);
		return refuse(&a, "ip address: not known here:", *a.at);
	}
	if (take_any(&a, "route|ro|r"))
		return run_route(&a);
	if (take_any(&a, "tcp_metrics|tcpmetrics"))
		return 0; /* the stack keeps none */
	return refuse(&a, "ip: not known here:", *a.at);
}

int drill_shim_tc(const struct drill_shims *h, char **argv, FILE *out,
		  FILE *err)
{
	static const char queues[] = "pfifo|pfifo_fast|bfifo|fq|fq_codel|sfq|"
				     "codel|mq|noqueue";
	struct args a = {h, argv + 1, out, err};

	if (!take(&a, "qdisc"))
		return refuse(&a, "tc: not known here:", *a.at);
	if (take_any(&a, "show|list|ls"))
		return 0;
	if (!take_any(&a, "add|replace|change|del|delete") || !take(&a, "dev"))
		return refuse(&a, "tc qdisc: not known here:", *a.at);
	if (device(&a, *a.at) < 0)
		return refuse(&a, "there is no device", *a.at);
	a.at++;
	take(&a, "root");
	if (take(&a, "handle") && *a.at)
		a.at++;
	if (!*a.at || take_any(&a, queues))
		return 0;
	return refuse(&a, "the link of a script has no queue such as", *a.at);
}
