/* SPDX-License-Identifier: ISC */
/*
 * device.c - what the kernel tells of a network interface
 *
 * All is asked with the ioctls of netdevice(7) and, for the driver's name, that
 * of ethtool; a driver that does not answer to the latter is simply not a veth.
 */
#include "device.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int device_set_name(char name[IFNAMSIZ], const char *from)
{
	size_t len = from ? strlen(from) : 0;

	if (len >= IFNAMSIZ)
		return -EINVAL;
	memset(name, 0, IFNAMSIZ);
	if (from)
		memcpy(name, from, len);
	return 0;
}

static int ask(int fd, unsigned long request, struct ifreq *ifr)
{
	return ioctl(fd, request, ifr) < 0 ? -errno : 0;
}

static void ask_driver(int fd, struct ifreq *ifr, struct device_info *d)
{
	struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};

	ifr->ifr_data = (void *)&driver;
	d->veth = ask(fd, SIOCETHTOOL, ifr) == 0 &&
		  strcmp(driver.driver, "veth") == 0;
}

int device_find(struct device_info *d, const char *name)
{
	struct ifreq ifr = {0};
	int error, fd;

	memset(d, 0, sizeof(*d));
	error = device_set_name(d->name, name);
	if (error)
		return error;
	memcpy(ifr.ifr_name, d->name, IFNAMSIZ);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	error = ask(fd, SIOCGIFINDEX, &ifr);
	d->ifindex = ifr.ifr_ifindex;
	if (!error)
		error = ask(fd, SIOCGIFMTU, &ifr);
	d->mtu = (uint32_t)ifr.ifr_mtu;
	if (!error)
		error = ask(fd, SIOCGIFHWADDR, &ifr);
	d->ethernet = ifr.ifr_hwaddr.sa_family == ARPHRD_ETHER;
	if (d->ethernet)
		memcpy(d->mac, ifr.ifr_hwaddr.sa_data, sizeof(d->mac));
	if (!error)
		ask_driver(fd, &ifr, d);
	close(fd);
	return error;
}
