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
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
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

/* Takes an interface up or down, without an address. */
static inline bool device_set_up(const char *name, bool up)
{
	struct ifreq ifr = {0};

	memcpy(ifr.ifr_name, name, strlen(name));
	ifr.ifr_flags = up ? IFF_UP : 0;
	return device_ioctl(SIOCSIFFLAGS, &ifr);
}

static inline int device_raw_socket(const char *name)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = (int)if_nametoindex(name)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct timeval patience = {.tv_usec = 10000};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	close(fd);
	return -1;
}

/*
 * Waits until a frame crosses.  An interface that was taken up loses what it is
 * given until the kernel has noticed its carrier, a moment later.
 */
static inline bool device_crosses(const char *from, const char *to)
{
	int out = device_raw_socket(from), in = device_raw_socket(to), i;
	uint8_t frame[60] = {255, 255, 255, 255, 255, 255, 2}, got[60];
	bool crossed = false;

	frame[12] = 0x88; /* for experiments, IEEE 802 */
	frame[13] = 0xb5;
	for (i = 0; i < 1000 && !crossed; i++)
		if (send(out, frame, sizeof(frame), 0) > 0)
			crossed = recv(in, got, sizeof(got), 0) > 0 &&
				  got[12] == frame[12] && got[13] == frame[13];
	close(out);
	close(in);
	return crossed;
}

/* One attribute of a netlink message; returns where the next one goes. */
static inline char *device_attr(char *at, unsigned short type, const void *data,
				size_t len)
{
	struct rtattr a = {.rta_len = (unsigned short)RTA_LENGTH(len),
			   .rta_type = type};

	memcpy(at, &a, sizeof(a));
	memcpy(at + RTA_LENGTH(0), data, len);
	return at + RTA_SPACE(len);
}

/* As `ip link add NAME type veth peer name PEER`; both are taken up. */
static inline bool device_veth(const char *name, const char *peer)
{
	const struct ifinfomsg none = {0};
	char m[512] = {0}, in[256] = {0}, nest[384] = {0}, *at, *to;
	struct nlmsghdr h = {.nlmsg_type = RTM_NEWLINK,
			     .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
					    NLM_F_CREATE | NLM_F_EXCL};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char request[512];
	} answer;
	bool done;

	to = device_attr(in + sizeof(none), IFLA_IFNAME, peer,
			 strlen(peer) + 1);
	at = device_attr(nest, IFLA_INFO_KIND, "veth", 4);
	/* The peer is all of IFLA_INFO_DATA; VETH_INFO_PEER is 1. */
	{
		char data[300] = {0};
		char *end = device_attr(data, 1, in, (size_t)(to - in));

		at = device_attr(at, IFLA_INFO_DATA, data,
				 (size_t)(end - data));
	}
	to = device_attr(m + NLMSG_HDRLEN + sizeof(none), IFLA_IFNAME, name,
			 strlen(name) + 1);
	to = device_attr(to, IFLA_LINKINFO, nest, (size_t)(at - nest));
	h.nlmsg_len = (uint32_t)(to - m);
	memcpy(m, &h, sizeof(h));
	done = send(fd, m, h.nlmsg_len, 0) == (ssize_t)h.nlmsg_len &&
	       recv(fd, &answer, sizeof(answer), 0) > 0 && answer.e.error == 0;
	close(fd);
	return done && device_set_up(name, true) && device_set_up(peer, true) &&
	       device_crosses(name, peer) && device_crosses(peer, name);
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
