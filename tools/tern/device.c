/* SPDX-License-Identifier: ISC */
/*
 * device.c - the device that --link, --tun or --tap names, and opening it
 *
 * --tun NAME is short for --link tun:NAME, and --tap likewise; messages say
 * the long form for all kinds.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/libc.h>
#include <tern/tern.h>

#include "device.h"
#include "message.h"
#include "number.h"

static const char *const kind_names[] = {
	[DEVICE_TUN] = "tun",
	[DEVICE_TAP] = "tap",
	[DEVICE_PACKET] = "packet",
	[DEVICE_XDP] = "xdp",
};

#define N_KINDS (sizeof(kind_names) / sizeof(kind_names[0]))

const char *device_kind_name(enum device_kind kind)
{
	return kind_names[kind];
}

void device_set(struct device *d, enum device_kind kind, const char *name)
{
	const char *k = device_kind_name(kind);

	if (d->name)
		message_usage(
			"--link %s:%s: there is a device already, '%s'; one of "
			"--link, --tun and --tap is accepted",
			k, name, d->name);
	if (!*name || strlen(name) >= IF_NAMESIZE || strchr(name, '/'))
		message_usage(
			"--link %s:%s: not the name of a device; accepted are "
			"1 to %d characters without '/'",
			k, name, IF_NAMESIZE - 1);
	d->kind = kind;
	d->name = name;
}

static bool set_number(uint32_t *out, const char *option, const char *key,
		       uint64_t max)
{
	size_t len = strlen(key);
	uint64_t n;

	if (strncmp(option, key, len) != 0 || option[len] != '=')
		return false;
	if (!number_parse(option + len + 1, 0, max, &n))
		message_usage("--link, %s: accepted are 0 to %llu", option,
			      (unsigned long long)max);
	*out = (uint32_t)n;
	return true;
}

static void set_option(struct device *d, const char *option)
{
	bool tun = !device_is_interface(d);
	bool xdp = d->kind == DEVICE_XDP;

	if (tun && !strcmp(option, "multi-queue"))
		d->multi_queue = true;
	else if (tun && !strcmp(option, "ring"))
		d->ring = true;
	else if (d->kind == DEVICE_PACKET && !strcmp(option, "immediate"))
		d->immediate = true;
	else if (xdp && !strcmp(option, "copy"))
		d->mode = TERN_XDP_COPY;
	else if (xdp && !strcmp(option, "zero-copy"))
		d->mode = TERN_XDP_ZEROCOPY;
	else if (xdp && set_number(&d->queue, option, "queue", 65535))
		return;
	else if (xdp && set_number(&d->busy_poll_us, option, "busy-poll", 1000))
		return;
	else
		message_usage(
			"--link %s, %s: accepted are multi-queue and ring "
			"for tun and tap, immediate for packet, and "
			"queue=N, copy, zero-copy and "
			"busy-poll=MICROSECONDS for xdp",
			device_kind_name(d->kind), option);
}

static enum device_kind parse_kind(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < N_KINDS; i++)
		if (strlen(kind_names[i]) == len &&
		    !strncmp(kind_names[i], text, len))
			return (enum device_kind)i;
	message_usage("--link %s: accepted are tun:NAME, tap:NAME, packet:NAME "
		      "and xdp:NAME",
		      text);
}

/* The words of the argument live as long as the process. */
void device_parse(struct device *d, const char *text)
{
	size_t kind_len = strcspn(text, ":");
	enum device_kind kind = parse_kind(text, kind_len);
	char *words = strdup(text[kind_len] ? text + kind_len + 1 : "");
	char *word = words, *next;

	if (!words)
		abort();
	next = strchr(word, ',');
	if (next)
		*next++ = '\0';
	device_set(d, kind, word);
	while ((word = next)) {
		next = strchr(word, ',');
		if (next)
			*next++ = '\0';
		set_option(d, word);
	}
}

static void explain_tun(const struct device *d, int error)
{
	const char *k = device_kind_name(d->kind), *name = d->name;

	switch (-error) {
	case EPERM:
	case EACCES:
		message("--%s %s: not permitted; run as root (CAP_NET_ADMIN), "
			"or have root make the device for you: ip tuntap add "
			"dev %s mode %s user NAME%s",
			k, name, name, k,
			d->ring ? "; or io_uring is forbidden: without `ring'"
				: "");
		break;
	case ENOSYS:
		message("--%s %s: there is no io_uring in this kernel, or "
			"this tern was built without liburing; accepted is "
			"the same without `ring'",
			k, name);
		break;
	case ENOENT:
	case ENODEV:
	case ENXIO:
		message("--%s %s: there is no /dev/net/tun here; the kernel "
			"module tun is needed",
			k, name);
		break;
	case EBUSY:
		message("--%s %s: another program holds this device; accepted "
			"is one that is free, or a new name",
			k, name);
		break;
	case EINVAL:
		message("--%s %s: exists and is no %s device%s; accepted is "
			"the name of a %s device, or a new name",
			k, name, k, d->multi_queue ? " with multi-queue" : "",
			k);
		break;
	default:
		message_error(error, "--%s %s", k, name);
	}
}

static void explain_interface(const struct device *d, int error)
{
	const char *k = device_kind_name(d->kind), *name = d->name;

	switch (-error) {
	case EPERM:
	case EACCES:
		message("--link %s:%s: not permitted; run as root (%s)", k,
			name,
			d->kind == DEVICE_XDP
				? "CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF"
				: "CAP_NET_RAW");
		break;
	case ENODEV:
	case ENXIO:
		message("--link %s:%s: there is no such interface; `ip link' "
			"shows those that are there",
			k, name);
		break;
	case ENOSYS:
		message("--link %s:%s: this tern was built without AF_XDP; "
			"libxdp-dev and libbpf-dev are needed when it is "
			"built",
			k, name);
		break;
	case EBUSY:
		message("--link %s:%s: another program has this queue, or has "
			"a program of its own at the interface",
			k, name);
		break;
	case EOPNOTSUPP:
	case EAFNOSUPPORT:
		message("--link %s:%s: the kernel%s cannot do this", k, name,
			d->mode == TERN_XDP_ZEROCOPY
				? ", or the driver of this interface,"
				: "");
		break;
	case EINVAL:
		message("--link %s:%s: accepted is an Ethernet interface%s", k,
			name,
			d->kind == DEVICE_XDP
				? " with this queue and an MTU up to 3822"
				: "");
		break;
	default:
		message_error(error, "--link %s:%s", k, name);
	}
}

static int open_tun(const struct device *d, struct tern_block_pool *blocks,
		    struct tern_link **l)
{
	const struct tern_tun_config c = {
		.name = d->name,
		.tap = d->kind == DEVICE_TAP,
		.offload = !d->no_offload,
		.multi_queue = d->multi_queue,
		.ring = d->ring,
		.mtu = d->mtu,
		.blocks = blocks,
		.alloc = tern_libc_allocator(),
	};

	return tern_tun_open(l, &c);
}

static int open_packet(const struct device *d, struct tern_block_pool *blocks,
		       struct tern_link **l)
{
	const struct tern_packet_config c = {
		.name = d->name,
		.offload = !d->no_offload,
		.immediate = d->immediate,
		.mtu = d->mtu,
		.blocks = blocks,
		.alloc = tern_libc_allocator(),
	};

	return tern_packet_open(l, &c);
}

static int open_xdp(const struct device *d, struct tern_block_pool *blocks,
		    struct tern_link **l)
{
	const struct tern_xdp_config c = {
		.name = d->name,
		.queue = d->queue,
		.mode = d->mode,
		.busy_poll_us = d->busy_poll_us,
		.mtu = d->mtu,
		.blocks = blocks,
		.alloc = tern_libc_allocator(),
	};

	return tern_xdp_open(l, &c);
}

struct tern_link *device_open(struct device *d, struct tern_block_pool *blocks)
{
	struct tern_link *l = NULL;
	bool tun = !device_is_interface(d);
	int r;

	if (tun)
		r = open_tun(d, blocks, &l);
	else if (d->kind == DEVICE_PACKET)
		r = open_packet(d, blocks, &l);
	else
		r = open_xdp(d, blocks, &l);
	if (r < 0 && tun)
		explain_tun(d, r);
	else if (r < 0)
		explain_interface(d, r);
	if (r < 0)
		return NULL;
	/* A pattern such as "tern%d" is a name only now. */
	if (l->name && strlen(l->name) < sizeof(d->real_name)) {
		snprintf(d->real_name, sizeof(d->real_name), "%s", l->name);
		d->name = d->real_name;
	}
	return l;
}
