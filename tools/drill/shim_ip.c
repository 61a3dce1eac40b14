/* SPDX-License-Identifier: ISC */
/*
 * shim_ip.c - ip(8) and ifconfig(8) for the stack
 *
 * Links can be set up and down and given an MTU, addresses added and taken
 * away; routes are in shim_route.c.
 */
#include <stdlib.h>
#include <string.h>

#include <tern/netif.h>

#include "shim_args.h"
#include "stage.h"

static int set_link(struct shim_args *a)
{
	struct tern *n = a->h->stack;
	int i, err = 0;

	shim_take(a, "dev");
	i = shim_device(a, *a->at);
	if (i < 0)
		return shim_refuse(a, "there is no device", *a->at);
	for (a->at++; *a->at && !err; a->at++) {
		if (strcmp(*a->at, "up") == 0) {
			err = tern_if_set_up(n, i, true);
		} else if (strcmp(*a->at, "down") == 0) {
			err = tern_if_set_up(n, i, false);
		} else if (strcmp(*a->at, "mtu") == 0 && a->at[1]) {
			a->at++;
			err = tern_if_set_mtu(
				n, i, (uint32_t)strtoul(*a->at, NULL, 10));
		} else if (shim_take_any(a, "txqueuelen|qlen") && *a->at) {
			continue;
		} else {
			return shim_refuse(a,
					   "ip link: not known here:", *a->at);
		}
	}
	return shim_answer(a, err);
}

static int show_link(struct shim_args *a)
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

static int change_address(struct shim_args *a, bool add)
{
	struct tern *n = a->h->stack;
	const char *text = *a->at;
	uint32_t addr;
	int len = 32, i;

	if (!text || (strchr(text, '/') ? tern_parse_prefix(text, &addr, &len)
					: tern_parse_addr(text, &addr)))
		return shim_refuse(a, "this is no IPv4 address:", text);
	a->at++;
	if (!shim_take(a, "dev"))
		return shim_refuse(a, "expected dev, not", *a->at);
	i = shim_device(a, *a->at);
	if (i < 0)
		return shim_refuse(a, "there is no device", *a->at);
	return shim_answer(a, add ? tern_addr_add(n, i, addr, len)
				  : tern_addr_remove(n, i, addr));
}

int drill_shim_ip(const struct drill_shims *h, char **argv, FILE *out,
		  FILE *err)
{
	struct shim_args a = {h, argv + 1, out, err};

	while (*a.at && (*a.at)[0] == '-') {
		if (strcmp(*a.at, "-6") == 0)
			return shim_refuse(&a, "the stack has no IPv6:", *a.at);
		a.at++;
	}
	if (shim_take_any(&a, "link|l")) {
		if (shim_take(&a, "set"))
			return set_link(&a);
		return show_link(&a);
	}
	if (shim_take_any(&a, "addr|address|a")) {
		if (shim_take(&a, "add"))
			return change_address(&a, true);
		if (shim_take_any(&a, "del|delete"))
			return change_address(&a, false);
		if (!*a.at || shim_take_any(&a, "show|list|ls"))
			return show_link(&a);
		return shim_refuse(&a, "ip address: not known here:", *a.at);
	}
	if (shim_take_any(&a, "route|ro|r"))
		return shim_route(&a);
	if (shim_take_any(&a, "tcp_metrics|tcpmetrics|rule|neigh"))
		return 0; /* the stack keeps none */
	return shim_refuse(&a, "ip: not known here:", *a.at);
}

/* The same under the names of ifconfig(8): DEV [up | down | mtu N] ... */
int drill_shim_ifconfig(const struct drill_shims *h, char **argv, FILE *out,
			FILE *err)
{
	struct shim_args a = {h, argv + 1, out, err};

	if (!*a.at || !a.at[1])
		return show_link(&a);
	return set_link(&a);
}
