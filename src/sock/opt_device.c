/* SPDX-License-Identifier: ISC */
/*
 * opt_device.c - SO_BINDTODEVICE, SO_BINDTOIFINDEX
 *
 * A socket that is bound to an interface connects by no other (ENETUNREACH),
 * and a segment that comes by another is not for it: tcp/gate.c.
 */
#include <errno.h>
#include <string.h>

#include "net/net.h"
#include "net/netif.h"
#include "sock/opt.h"
#include "tcp/tcp.h"

#define DEVICE_NAME_MAX 16 /* the zero included, as on Linux */

int opt_set_device(const struct opt_call *c, const void *in, socklen_t len)
{
	char name[DEVICE_NAME_MAX] = {0};
	int i;

	if (len > 0)
		memcpy(name, in, min_u32(len, DEVICE_NAME_MAX - 1));
	if (name[0] == '\0') {
		c->o->device = 0;
		return 0;
	}
	for (i = 1; i < NETIF_MAX; i++) {
		const struct netif *nif = net_if(c->s->net, i);

		if (!nif || strcmp(nif->config.name, name) != 0)
			continue;
		c->o->device = (uint32_t)i;
		return 0;
	}
	return -ENODEV;
}

int opt_get_device(const struct opt_call *c, void *out, socklen_t *len)
{
	char name[DEVICE_NAME_MAX] = {0};
	const struct netif *nif = NULL;

	if (c->o->device)
		nif = net_if(c->s->net, (int)c->o->device);
	if (!c->o->device) {
		*len = 0;
		return 0;
	}
	if (*len < DEVICE_NAME_MAX)
		return -EINVAL;
	if (!nif)
		return -ENODEV;
	memcpy(name, nif->config.name,
	       min_size(strlen(nif->config.name), DEVICE_NAME_MAX - 1));
	return opt_put_bytes(name, (socklen_t)strlen(name) + 1, out, len);
}

int opt_set_ifindex(const struct opt_call *c, int value)
{
	if (value < 0)
		return -EINVAL;
	c->o->device = (uint32_t)value;
	return 0;
}

int opt_get_ifindex(const struct opt_call *c, int *value)
{
	*value = (int)c->o->device;
	return 0;
}
