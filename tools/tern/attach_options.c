/* SPDX-License-Identifier: ISC */
/*
 * attach_options.c - the options that give a command its link and its address
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include <tern/tern.h>

#include "attach.h"
#include "impairment.h"
#include "message.h"
#include "number.h"

enum {
	KEY_LINK = 0x1000,
	KEY_TUN,
	KEY_TAP,
	KEY_ADDR,
	KEY_GATEWAY,
	KEY_MTU,
	KEY_NO_OFFLOAD,
	KEY_PCAP,
	KEY_IMPAIR,
	KEY_SYSCTL,
};

static const struct argp_option options[] = {
	{.doc = "Link and address:", .group = 10},
	{"link", KEY_LINK, "KIND:NAME", 0,
	 "Use the TUN or TAP device NAME (tun:NAME, tap:NAME), which is made "
	 "if it does not exist, or the interface NAME through AF_PACKET "
	 "(packet:NAME) or AF_XDP (xdp:NAME)",
	 0},
	{"tun", KEY_TUN, "NAME", 0, "As --link tun:NAME (IP packets)", 0},
	{"tap", KEY_TAP, "NAME", 0, "As --link tap:NAME (Ethernet frames)", 0},
	{"addr", KEY_ADDR, "A/P", 0,
	 "Be the address A in the network of "
	 "prefix length P, such as 10.9.0.2/24",
	 0},
	{"gateway", KEY_GATEWAY, "G", 0, "Reach everything else through G", 0},
	{"mtu", KEY_MTU, "N", 0,
	 "IP packets of at most N bytes (default: what "
	 "the device says)",
	 0},
	{"no-offload", KEY_NO_OFFLOAD, NULL, 0,
	 "Read and write packets as on "
	 "a wire: all checksums, nothing above the MTU",
	 0},
	{"pcap", KEY_PCAP, "FILE", 0, "Write all packets to FILE (pcapng)", 0},
	{"impair", KEY_IMPAIR, "LIST", 0,
	 "Make the link worse: loss=1%, "
	 "delay=20 (ms), rate=10m, ..., separated by commas",
	 0},
	{"sysctl", KEY_SYSCTL, "NAME=VALUE", 0,
	 "Set a tunable, such as "
	 "net.ipv4.tcp_syncookies=0; may be given often",
	 0},
	{0},
};

/* A host cannot be 0.0.0.0, a group, or the network or broadcast address. */
static bool is_host(uint32_t addr, int prefix_len)
{
	uint32_t host_bits = prefix_len ? UINT32_MAX >> prefix_len : UINT32_MAX;

	if (prefix_len == 32)
		host_bits = 0;
	if (addr >> 24 == 0 || addr >> 24 == 127 || addr >> 28 >= 14)
		return false;
	return prefix_len >= 31 ||
	       ((addr & host_bits) != 0 && (addr & host_bits) != host_bits);
}

static void set_addr(struct attach *a, const char *text)
{
	if (!strchr(text, '/') ||
	    tern_parse_prefix(text, &a->addr, &a->prefix_len) < 0 ||
	    a->prefix_len < 1 || !is_host(a->addr, a->prefix_len))
		message_usage("--addr %s: not an address of a host with its "
			      "prefix length; accepted is a.b.c.d/1 to /32, "
			      "such as 10.9.0.2/24",
			      text);
	a->has_addr = true;
}

static void set_mtu(struct attach *a, const char *text)
{
	uint64_t n;

	if (!number_parse(text, 68, 65535, &n))
		message_usage("--mtu %s: accepted are 68 to 65535 bytes", text);
	a->device.mtu = (uint32_t)n;
}

static void set_gateway(struct attach *a, const char *text)
{
	if (tern_parse_addr(text, &a->gateway) < 0 || !is_host(a->gateway, 31))
		message_usage("--gateway %s: not an address; accepted is "
			      "a.b.c.d of a host on the link",
			      text);
}

static void add_sysctl(struct attach *a, const char *text)
{
	if (!strchr(text, '='))
		message_usage("--sysctl %s: no value; accepted is NAME=VALUE",
			      text);
	if (a->n_sysctl == ATTACH_SYSCTLS)
		message_usage("--sysctl %s: at most %d are accepted", text,
			      ATTACH_SYSCTLS);
	a->sysctl[a->n_sysctl++] = text;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct attach *a = state->input;

	switch (key) {
	case KEY_LINK:
		device_parse(&a->device, arg);
		return 0;
	case KEY_TUN:
		device_set(&a->device, DEVICE_TUN, arg);
		return 0;
	case KEY_TAP:
		device_set(&a->device, DEVICE_TAP, arg);
		return 0;
	case KEY_ADDR:
		set_addr(a, arg);
		return 0;
	case KEY_GATEWAY:
		set_gateway(a, arg);
		return 0;
	case KEY_MTU:
		set_mtu(a, arg);
		return 0;
	case KEY_NO_OFFLOAD:
		a->device.no_offload = true;
		return 0;
	case KEY_PCAP:
		a->pcap = arg;
		return 0;
	case KEY_IMPAIR:
		impairment_parse(&a->impair, arg);
		a->impaired = true;
		return 0;
	case KEY_SYSCTL:
		add_sysctl(a, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp attach_argp = {.options = options, .parser = parse};

void attach_require(const struct attach *a)
{
	if (!a->device.name)
		message_usage("no link: give --link KIND:NAME, --tun NAME or "
			      "--tap NAME");
	if (!a->has_addr)
		message_usage("no address: give --addr A/P, such as --addr "
			      "10.9.0.2/24");
}

bool attach_given(const struct attach *a)
{
	return a->device.name || a->has_addr || a->gateway || a->device.mtu ||
	       a->device.no_offload || a->pcap || a->impaired || a->n_sysctl;
}

uint16_t attach_parse_port(const char *text)
{
	uint64_t n;

	if (!number_parse(text, 1, 65535, &n))
		message_usage("port '%s': accepted are 1 to 65535", text);
	return (uint16_t)n;
}

void attach_parse_peer(struct sockaddr_in *out, const char *host,
		       const char *port)
{
	struct addrinfo hints = {.ai_family = AF_INET,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	uint32_t addr;
	int error;

	memset(out, 0, sizeof(*out));
	out->sin_family = AF_INET;
	out->sin_port = htons(attach_parse_port(port));
	if (tern_parse_addr(host, &addr) == 0) {
		out->sin_addr.s_addr = htonl(addr);
		return;
	}
	error = getaddrinfo(host, NULL, &hints, &found);
	if (error) {
		message("host '%s': %s; accepted is an IPv4 address or a name "
			"that resolves to one",
			host, gai_strerror(error));
		exit(EXIT_FAILURE);
	}
	memcpy(&out->sin_addr,
	       &((const struct sockaddr_in *)(const void *)found->ai_addr)
			->sin_addr,
	       sizeof(out->sin_addr));
	freeaddrinfo(found);
}
