/* SPDX-License-Identifier: ISC */
/*
 * place.c - where a stack lives: a namespace with a TAP, or a socket pair
 *
 * Linux has a network namespace to itself, which goes when its last process
 * ends, and in it a TAP, whose descriptor the path keeps.  tern has a process,
 * and one end of a pair of sockets that keep messages apart.  Both are handed
 * single Ethernet frames of up to 1514 bytes, without offload.
 */
#include "round.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tern/libc.h>

#define DEVICE	    "wan0"
#define MTU	    1500
#define SOCKET_ROOM (8 * 1024 * 1024) /* more than the queue of the path */

/* In the namespace of the caller; one that the kernel lacks is none. */
static void set_sysctl(const char *path, const char *value)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, value, strlen(value)) < 0)
		fprintf(stderr, "bench-wan-linux: %s: %s\n", path,
			strerror(errno));
	close(fd);
}

static int request(unsigned long what, struct ifreq *r)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error;

	snprintf(r->ifr_name, sizeof(r->ifr_name), "%s", DEVICE);
	error = fd < 0 || ioctl(fd, what, r) < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return error;
}

static int set_address(unsigned long what, uint32_t addr)
{
	struct ifreq r = {0};
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(addr)};

	memcpy(&r.ifr_addr, &in, sizeof(in));
	return request(what, &r);
}

static int configure(uint32_t addr)
{
	struct ifreq up = {.ifr_flags = IFF_UP | IFF_RUNNING};
	int error = set_address(SIOCSIFADDR, addr);

	if (!error)
		error = set_address(SIOCSIFNETMASK, 0xffffff00);
	/* One round is to know nothing of another, or of its first SYN. */
	set_sysctl("/proc/sys/net/ipv4/tcp_no_metrics_save", "1");
	set_sysctl("/proc/sys/net/ipv6/conf/" DEVICE "/disable_ipv6", "1");
	return error ? error : request(SIOCSIFFLAGS, &up);
}

static int make_namespace(struct place *p, const struct tern_tun_config *tun)
{
	int error;

	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	error = tern_tun_open(&p->port, tun);
	return error ? error : configure(p->addr);
}

static int make_pair(struct place *p, const struct tern_tun_config *tun)
{
	const int room = SOCKET_ROOM;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	for (int i = 0; i < 2; i++)
		if (setsockopt(fds[i], SOL_SOCKET, SO_SNDBUFFORCE, &room,
			       sizeof(room)) < 0)
			return -errno;
	p->fd = fds[0];
	return tern_tun_attach(&p->port, fds[1], tun);
}

int place_make(struct place *p, enum stack_kind kind, uint32_t addr,
	       struct tern_block_pool *blocks)
{
	const struct tern_tun_config tun = {
		.name = DEVICE,
		.tap = true,
		.mtu = MTU,
		.blocks = blocks,
		.alloc = tern_libc_allocator(),
	};

	*p = (struct place){.kind = kind, .addr = addr, .fd = -1};
	return kind == STACK_LINUX ? make_namespace(p, &tun)
				   : make_pair(p, &tun);
}
