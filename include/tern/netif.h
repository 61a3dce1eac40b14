/* SPDX-License-Identifier: ISC */
/*
 * netif.h - interfaces, addresses, routes and neighbours of a stack
 *
 * IPv4 addresses are in host byte order throughout.
 */
#ifndef TERN_NETIF_H
#define TERN_NETIF_H

#include <tern/types.h>

#define TERN_IF_LOOPBACK 1 /* index of the loopback interface */
#define TERN_IF_NAME	 16

enum tern_if_flag {
	TERN_IF_ETHERNET = 1, /* frames begin with an Ethernet header, ARP */
	TERN_IF_CSUM = 2,     /* the link takes partial TCP checksums */
	TERN_IF_GSO = 4,      /* with CSUM: ... TCP frames of up to 64 KiB */
	TERN_IF_TRUSTED = 8,  /* no checksum of received TCP is looked at */
	TERN_IF_POINTOPOINT = 16, /* no broadcast address */
};

struct tern_if_config {
	char name[TERN_IF_NAME];
	uint32_t flags; /* enum tern_if_flag */
	uint32_t mtu;	/* IP datagram size, 68 to 65535 */
	uint8_t mac[6]; /* with TERN_IF_ETHERNET */
};

/*
 * Adds an interface; it is up at once.  Returns its index (> 1), -EINVAL for a
 * bad MTU, name or MAC, -EEXIST for a name in use, -ENOSPC, or -ENOMEM.
 */
TERN_API TERN_CHECK int tern_if_add(struct tern *n,
				    const struct tern_if_config *c);

/* Removes it with its addresses and routes.  Returns 0 or -ENODEV. */
TERN_API int tern_if_remove(struct tern *n, int ifindex);

/* Takes it up or down.  Frames to and from a downed one are dropped. */
TERN_API int tern_if_set_up(struct tern *n, int ifindex, bool up);

/* Returns 0, -ENODEV or -EINVAL. */
TERN_API int tern_if_set_mtu(struct tern *n, int ifindex, uint32_t mtu);

struct tern_if_info {
	struct tern_if_config config;
	bool up;
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes;
};
TERN_API int tern_if_info(const struct tern *n, int ifindex,
			  struct tern_if_info *info);

/*
 * Gives the interface an address, and the route to its prefix.  Returns 0,
 * -ENODEV, -EINVAL if the address cannot be a host's, -EEXIST or -ENOMEM.
 */
TERN_API TERN_CHECK int tern_addr_add(struct tern *n, int ifindex,
				      uint32_t addr, int prefix_len);
TERN_API int tern_addr_remove(struct tern *n, int ifindex, uint32_t addr);

/*
 * Adds a route: the longest prefix wins, then the lowest metric.  gateway 0
 * means that the destination is on the link; source 0 lets the stack choose.
 * Returns 0, -ENODEV, -EINVAL, -EEXIST, -ENETUNREACH if the gateway is not on
 * a link, or -ENOMEM.
 */
struct tern_route {
	uint32_t dst;
	int prefix_len;
	uint32_t gateway;
	int ifindex;
	uint32_t source;
	uint32_t metric;
};
TERN_API TERN_CHECK int tern_route_add(struct tern *n,
				       const struct tern_route *r);
TERN_API int tern_route_remove(struct tern *n, const struct tern_route *r);

/* The i-th route, 0 or -ENOENT past the last. */
TERN_API int tern_route_at(const struct tern *n, int i, struct tern_route *r);

/* A neighbour that is never asked for and never forgotten. */
TERN_API TERN_CHECK int tern_neigh_add(struct tern *n, int ifindex,
				       uint32_t addr, const uint8_t mac[6]);

/* Parses "a.b.c.d" or "a.b.c.d/len".  Returns 0 or -EINVAL. */
TERN_API TERN_CHECK int tern_parse_addr(const char *text, uint32_t *addr);
TERN_API TERN_CHECK int tern_parse_prefix(const char *text, uint32_t *addr,
					  int *prefix_len);

/* Writes "a.b.c.d" into buf (16 bytes) and returns it. */
TERN_API const char *tern_format_addr(uint32_t addr, char buf[16]);

#endif
