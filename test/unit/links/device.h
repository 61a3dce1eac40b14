/* SPDX-License-Identifier: ISC */
/*
 * device.h - a network namespace of the test's own, and its interfaces
 *
 * The kernel's end is 10.0.0.2, ours 10.0.0.1, as in frames.h.
 */
#ifndef TERN_TEST_LINKS_DEVICE_H
#define TERN_TEST_LINKS_DEVICE_H

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#define KERNEL_ADDR 0x0a000002

/* Enters a new namespace.  Returns false if this process may not. */
static inline bool device_namespace(void)
{
	return unshare(CLONE_NEWNET) == 0 ||
	       unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

static inline bool device_ioctl(unsigned long request, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done = ioctl(fd, request, ifr) == 0;

	close(fd);
	return done;
}

/* Gives the interface its address in 10.0.0.0/24 and takes it up. */
static inline bool device_up(const char *name)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	struct ifreq ifr = {0};

	memcpy(ifr.ifr_name, name, strlen(name));
	sin.sin_addr.s_addr = htonl(KERNEL_ADDR);
	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	if (!device_ioctl(SIOCSIFADDR, &ifr))
		return false;
	sin.sin_addr.s_addr = htonl(0xffffff00);
	memcpy(&ifr.ifr_netmask, &sin, sizeof(sin));
	if (!device_ioctl(SIOCSIFNETMASK, &ifr))
		return false;
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	return device_ioctl(SIOCSIFFLAGS, &ifr);
}

/* As `ip link delete`. */
static inline bool device_delete(const char *name)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
	} m = {
		.h = {.nlmsg_len = sizeof(m),
		      .nlmsg_type = RTM_DELLINK,
		      .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
		.i = {.ifi_index = (int)if_nametoindex(name)},
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	bool done;

	done = send(fd, &m, sizeof(m), 0) == (ssize_t)sizeof(m) &&
	       recv(fd, &m, sizeof(m), 0) > 0 && if_nametoindex(name) == 0;
	close(fd);
	return done;
}

#endif
