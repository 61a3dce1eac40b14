/* SPDX-License-Identifier: ISC */
/*
 * settings.c - what a script runs with
 *
 * Options that say how another runner reaches its stack (devices, wire
 * servers, libraries) mean nothing here, and are passed over.
 */
#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tern/netif.h>

void drill_settings_init(struct drill_settings *s)
{
	*s = (struct drill_settings){
		.local = 0xc0a80001,  /* 192.168.0.1 */
		.remote = 0xc0000201, /* 192.0.2.1 */
		.prefix_len = 16,
		.bind_port = 8080,
		.connect_port = 8080,
		.remote_port = 40000,
		.mtu = 1500,
		.tolerance_ns = 4000000,
		.tolerance_permille = 125,
	};
}

struct change {
	struct drill_settings *s;
	struct drill_script *script;
	const struct drill_setting *from;
};

static bool refuse(const struct change *c, const char *wanted)
{
	drill_error_set(&c->script->error, c->from->place,
			"--%s=%s: expected %s", c->from->name, c->from->value,
			wanted);
	return false;
}

static bool number(const struct change *c, uint32_t min, uint32_t max,
		   uint32_t *out)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(c->from->value, &end, 0);
	if (end == c->from->value || *end || errno || v < min || v > max ||
	    c->from->value[0] == '-')
		return refuse(c, "a number in its range");
	*out = (uint32_t)v;
	return true;
}

static bool set_tolerance(const struct change *c)
{
	uint32_t us;

	if (!number(c, 0, UINT32_MAX, &us))
		return false;
	c->s->tolerance_ns = (int64_t)us * 1000;
	return true;
}

static bool set_tolerance_percent(const struct change *c)
{
	char *end;
	double v = strtod(c->from->value, &end);

	if (end == c->from->value || *end || !(v >= 0 && v <= 100))
		return refuse(c, "a percentage");
	c->s->tolerance_permille = (uint32_t)(v * 10);
	return true;
}

/* With ipv4-mapped-ipv6 what is on the wire is IPv4 all the same: only the
 * sockets of a script would be others, and they are not. */
static bool set_ip_version(const struct change *c)
{
	c->s->mapped = strcmp(c->from->value, "ipv4-mapped-ipv6") == 0;
	if (c->s->mapped || strcmp(c->from->value, "ipv4") == 0)
		return true;
	return refuse(c, "ipv4 or ipv4-mapped-ipv6: the stack has no IPv6");
}

static bool set_port(const struct change *c, uint16_t *port)
{
	uint32_t v;

	if (!number(c, 1, 65535, &v))
		return false;
	*port = (uint16_t)v;
	return true;
}

static bool set_bind_port(const struct change *c)
{
	return set_port(c, &c->s->bind_port);
}

static bool set_connect_port(const struct change *c)
{
	return set_port(c, &c->s->connect_port);
}

static bool set_mtu(const struct change *c)
{
	return number(c, 68, 65535, &c->s->mtu);
}

static bool set_mss(const struct change *c)
{
	return number(c, 1, 65495, &c->s->mss);
}

static bool set_ts_tick(const struct change *c)
{
	return number(c, 0, 10000000, &c->s->ts_tick_us);
}

static bool set_addr(const struct change *c, uint32_t *addr)
{
	if (tern_parse_addr(c->from->value, addr))
		return refuse(c, "an IPv4 address");
	return true;
}

static bool set_local(const struct change *c)
{
	return set_addr(c, &c->s->local);
}

static bool set_remote(const struct change *c)
{
	return set_addr(c, &c->s->remote);
}

/* The number of leading ones; -1 if they are not all in front. */
static int prefix_of(uint32_t mask)
{
	int n = 0;

	while (n < 32 && mask & UINT32_C(1) << (31 - n))
		n++;
	return n == 32 || !(mask << n) ? n : -1;
}

static bool set_netmask(const struct change *c)
{
	uint32_t mask;

	if (!set_addr(c, &mask))
		return false;
	c->s->prefix_len = prefix_of(mask);
	return c->s->prefix_len > 0 || refuse(c, "a netmask");
}

static bool set_strict(const struct change *c)
{
	c->s->strict_segments = true;
	return true;
}

static bool set_dry_run(const struct change *c)
{
	c->s->dry_run = true;
	return true;
}

static bool set_init(const struct change *c)
{
	c->s->init = c->from->value;
	return true;
}

static bool set_non_fatal(const struct change *c)
{
	const char *v = c->from->value;

	c->s->lenient_packets = strstr(v, "packet");
	c->s->lenient_calls = strstr(v, "syscall");
	if (c->s->lenient_packets || c->s->lenient_calls)
		return true;
	return refuse(c, "packet, syscall, or both");
}

static bool pass_over(const struct change *c)
{
	(void)c;
	return true;
}

static const struct {
	const char *name;
	bool (*set)(const struct change *c);
} options[] = {
	{"tolerance_usecs", set_tolerance},
	{"tolerance_percent", set_tolerance_percent},
	{"ip_version", set_ip_version},
	{"bind_port", set_bind_port},
	{"connect_port", set_connect_port},
	{"mtu", set_mtu},
	{"mss", set_mss},
	{"tcp_ts_tick_usecs", set_ts_tick},
	{"local_ip", set_local},
	{"remote_ip", set_remote},
	{"connect_ip", set_remote},
	{"netmask_ip", set_netmask},
	{"strict_segments", set_strict},
	{"dry_run", set_dry_run},
	{"init_scripts", set_init},
	{"non_fatal", set_non_fatal},
	{"gateway_ip", pass_over},
	{"is_anyip", pass_over},
	{"speed", pass_over},
	{"use_expect", pass_over},
	{"code_command", pass_over},
	{"code_sockopt", pass_over},
	{"code", pass_over},
	{"debug", pass_over},
	{"verbose", pass_over},
	{"persistent_tun_dev", pass_over},
	{"send_omit_free", pass_over},
	{"so_filename", pass_over},
	{"so_flags", pass_over},
	{"tcp_ts_ecr_scaled", pass_over},
	{"wire_client", pass_over},
	{"wire_client_dev", pass_over},
	{"wire_server", pass_over},
	{"wire_server_dev", pass_over},
	{"wire_server_ip", pass_over},
	{"wire_server_port", pass_over},
};

bool drill_settings_apply(struct drill_settings *s, struct drill_script *script)
{
	struct change c = {s, script, script->settings};
	size_t i;

	for (; c.from; c.from = c.from->next) {
		for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
			if (strcmp(options[i].name, c.from->name) == 0)
				break;
		if (i == sizeof(options) / sizeof(options[0])) {
			drill_error_set(&script->error, c.from->place,
					"there is no option --%s",
					c.from->name);
			return false;
		}
		if (!options[i].set(&c))
			return false;
	}
	return true;
}
