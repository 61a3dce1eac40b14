/* SPDX-License-Identifier: ISC */
/*
 * device.h - what the kernel tells of a network interface
 */
#ifndef TERN_LINKS_DEVICE_H
#define TERN_LINKS_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>

#include <tern/types.h>

struct device_info {
	int ifindex;
	uint32_t mtu;
	uint8_t mac[6];
	bool ethernet; /* its frames have such a header, and mac is set */
	bool veth;     /* its wire is another interface of this kernel */
	char name[IFNAMSIZ];
};

/*
 * Copies the name of an interface; NULL is "".  Returns 0, or -EINVAL if it is
 * too long for one.
 */
TERN_CHECK int device_set_name(char name[IFNAMSIZ], const char *from);

/*
 * Looks the interface of a name up in this network namespace.  Returns 0,
 * -EINVAL for a name that none can have, -ENODEV or another negative errno.
 */
TERN_CHECK int device_find(struct device_info *d, const char *name);

#endif
