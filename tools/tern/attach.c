/* SPDX-License-Identifier: ISC */
/*
 * attach.c - makes the link that the options ask for
 *
 * The stack stands on the capture, the capture on the impairment, and that on
 * the device: a capture shows what tern sent before the link lost it, and what
 * it received after.
 *
 * tern is one end of the device and the system the other.  What makes the
 * system's end work (its own address, being up) is not ours to do; if it is
 * not up, the commands that do it are said.
 */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <tern/libc.h>
#include <tern/tern.h>

#include "attach.h"
#include "message.h"

static struct tern_link *add_impairment(struct attach *a, struct tern_link *l,
					struct tern_block_pool *blocks)
{
	struct tern_link *upper;
	int r;

	a->impair.alloc = tern_libc_allocator();
	a->impair.blocks = blocks;
	r = tern_impair_create(&upper, l, &a->impair);
	if (r < 0) {
		message_error(r, "--impair");
		tern_link_close(l);
		return NULL;
	}
	return upper;
}

static tern_time epoch(void)
{
	struct timespec real;

	clock_gettime(CLOCK_REALTIME, &real);
	return (tern_time)real.tv_sec * TERN_S + (tern_time)real.tv_nsec -
	       tern_host_now();
}

static struct tern_link *add_capture(struct attach *a, struct tern_link *l)
{
	struct tern_capture_config c = {
		.alloc = tern_libc_allocator(),
		.write = tern_host_capture_file,
		.epoch_ns = epoch(),
		.header = true,
		.name = a->device.name,
	};
	struct tern_link *upper;
	int r;

	a->pcap_file = fopen(a->pcap, "wbe");
	if (!a->pcap_file) {
		message_error(-errno, "--pcap %s: cannot be written", a->pcap);
		tern_link_close(l);
		return NULL;
	}
	c.write_ctx = a->pcap_file;
	r = tern_capture_create(&upper, l, &c);
	if (r < 0) {
		message_error(r, "--pcap %s", a->pcap);
		tern_link_close(l);
		return NULL;
	}
	return upper;
}

static int add_default_route(const struct attach *a, struct tern *n,
			     int ifindex)
{
	struct tern_route route = {.gateway = a->gateway, .ifindex = ifindex};
	char text[16];
	int r = tern_route_add(n, &route);

	if (r < 0)
		message_error(r,
			      "--gateway %s: accepted is an address in the "
			      "network of --addr",
			      tern_format_addr(a->gateway, text));
	return r;
}

static int configure(const struct attach *a, struct tern *n, int ifindex)
{
	char text[16];
	int r, i;

	for (i = 0; i < a->n_sysctl; i++)
		if (attach_sysctl(n, a->sysctl[i]) < 0)
			return -1;
	r = tern_addr_add(n, ifindex, a->addr, a->prefix_len);
	if (r < 0) {
		message_error(r, "--addr %s/%d",
			      tern_format_addr(a->addr, text), a->prefix_len);
		return -1;
	}
	if (a->gateway && add_default_route(a, n, ifindex) < 0)
		return -1;
	return 0;
}

/* An address for the system's end: the first in the network that is free. */
static const char *suggest_peer(const struct attach *a, char out[16])
{
	uint32_t network;

	if (a->prefix_len == 32)
		return "ADDRESS";
	if (a->prefix_len == 31)
		return tern_format_addr(a->addr ^ 1, out);
	network = a->addr & ~(UINT32_MAX >> a->prefix_len);
	return tern_format_addr(network + (a->addr == network + 1 ? 2 : 1),
				out);
}

/* Says how to bring the system's end up, if it is not. */
static void hint(const struct attach *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req;
	char peer[16];

	if (fd < 0)
		return;
	memset(&req, 0, sizeof(req));
	memcpy(req.ifr_name, a->device.name, strlen(a->device.name) + 1);
	if (ioctl(fd, SIOCGIFFLAGS, &req) < 0 || req.ifr_flags & IFF_UP)
		; /* it is up, or cannot be seen from here */
	else if (device_is_interface(&a->device))
		message("%s is down on this system; for example: ip link set "
			"%s up",
			a->device.name, a->device.name);
	else
		message("%s is down on this system; for example: ip addr add "
			"%s/%d dev %s && ip link set %s up",
			a->device.name, suggest_peer(a, peer), a->prefix_len,
			a->device.name, a->device.name);
	close(fd);
}

int attach_open(struct attach *a, struct tern_host *h)
{
	struct tern_block_pool *blocks = tern_blocks(tern_host_stack(h));
	struct tern_link *l = device_open(&a->device, blocks);
	int r;

	if (l && a->impaired)
		l = add_impairment(a, l, blocks);
	if (l && a->pcap)
		l = add_capture(a, l);
	if (!l)
		return -1;
	r = tern_host_add_link(h, l, a->device.name);
	if (r < 0) {
		message_error(r, "--link %s:%s",
			      device_kind_name(a->device.kind), a->device.name);
		return -1;
	}
	tern_host_lock(h);
	r = configure(a, tern_host_stack(h), r);
	tern_host_unlock(h);
	if (r == 0)
		hint(a);
	return r;
}

void attach_close(struct attach *a)
{
	if (a->pcap_file && fclose(a->pcap_file) != 0)
		message_error(-errno, "--pcap %s: not written to the end",
			      a->pcap);
	a->pcap_file = NULL;
}

const char *attach_format(const struct attach *a, char out[ATTACH_TEXT])
{
	char text[16];

	snprintf(out, ATTACH_TEXT, "%s %s, %s/%d",
		 device_kind_name(a->device.kind), a->device.name,
		 tern_format_addr(a->addr, text), a->prefix_len);
	return out;
}

int attach_sysctl(struct tern *n, const char *setting)
{
	const char *value = strchr(setting, '=');
	char name[64];
	size_t len = (size_t)(value - setting);
	const struct tern_sysctl *s = NULL;
	int r = -ENOENT, i;

	if (len < sizeof(name)) {
		memcpy(name, setting, len);
		name[len] = '\0';
		r = tern_sysctl_set(n, name, value + 1);
	}
	if (r >= 0)
		return 0;
	for (i = 0; r == -EINVAL && (s = tern_sysctl_at(i)); i++)
		if (!strcmp(s->name, name))
			break;
	if (s)
		message("--sysctl %s: accepted are %lld to %lld", setting,
			(long long)s->min, (long long)s->max);
	else
		message("--sysctl %s: there is no such tunable; `tern ss "
			"--sysctl all' lists those of a running process",
			setting);
	return -1;
}
