/* SPDX-License-Identifier: ISC */
/*
 * device.h - the device that --link, --tun or --tap names
 */
#ifndef TERN_TOOL_DEVICE_H
#define TERN_TOOL_DEVICE_H

#include <tern/link.h>

enum device_kind { DEVICE_TUN, DEVICE_TAP, DEVICE_PACKET, DEVICE_XDP };

struct device {
	const char *name; /* NULL: none was given */
	char real_name[TERN_IF_NAME];
	enum device_kind kind;
	bool multi_queue; /* TUN, TAP */
	bool ring;	  /* ... bursts by io_uring */
	bool immediate;	  /* PACKET */
	bool no_offload;
	uint32_t mtu;	/* 0: that of the device */
	uint32_t queue; /* XDP, as are all below */
	uint32_t busy_poll_us;
	enum tern_xdp_mode mode;
};

/* It was there before, and its other end is not this system. */
static inline bool device_is_interface(const struct device *d)
{
	return d->kind == DEVICE_PACKET || d->kind == DEVICE_XDP;
}

/* "tun", "tap", "packet" or "xdp" */
const char *device_kind_name(enum device_kind kind);

/*
 * Parses KIND:NAME[,OPTION...].  Exits with a message if it is wrong, or if a
 * device was given before.
 */
void device_parse(struct device *d, const char *text);

/* The same for a kind that an option of its own stands for. */
void device_set(struct device *d, enum device_kind kind, const char *name);

/* Opens it.  Returns the link, or NULL after a message. */
struct tern_link *device_open(struct device *d, struct tern_block_pool *blocks);

#endif
