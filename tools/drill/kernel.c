/* SPDX-License-Identifier: ISC */
/*
 * kernel.c - the running kernel as the stack under test: its namespace
 *
 *	script --- tun --- tun0 (192.168.0.1/16, default route) --- kernel
 *	  ^                  |
 *	  +--- AF_PACKET <---+
 *
 * What the script sends goes in through the TUN device.  What the kernel sends
 * is heard on a packet socket, since that tells when it was sent, however late
 * this process was woken; the TUN device is only emptied.
 *
 * Scripts begin with the values that kernels are shipped with, whatever the
 * administrator of this one has set.
 */
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/route.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#define LISTENER_BYTES (8 << 20)

struct opening {
	struct drill_kernel *k;
	const struct drill_settings *set;
	char *why;
	size_t size;
};

static bool refuse(const struct opening *o, const char *what)
{
	snprintf(o->why, o->size, "%s: %s%s", what, strerror(errno),
		 errno == EPERM || errno == EACCES ? " (it takes root)" : "");
	return false;
}

static bool enter_namespace(const struct opening *o)
{
	o->k->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (o->k->home < 0 || unshare(CLONE_NEWNET))
		return refuse(o, "a network namespace");
	return true;
}

static bool make_tun(const struct opening *o)
{
	struct ifreq r = {.ifr_flags = IFF_TUN | IFF_NO_PI};

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", DRILL_DEVICE);
	o->k->tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (o->k->tun < 0)
		return refuse(o, "/dev/net/tun");
	return !ioctl(o->k->tun, TUNSETIFF, &r) || refuse(o, "a TUN device");
}

static bool make_listener(const struct opening *o)
{
	const struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(DRILL_DEVICE)};
	const int size = LISTENER_BYTES, on = 1;
	int fd =
		socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	o->k->listener = fd;
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ||
	    bind(fd, (const struct sockaddr *)&addr, sizeof(addr)))
		return refuse(o, "a packet socket");
	return true;
}

static void put_addr(struct sockaddr *out, uint32_t addr)
{
	const struct sockaddr_in in = {.sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(addr)};

	memcpy(out, &in, sizeof(in));
}

static bool bring_up(int fd, const char *name)
{
	struct ifreq r = {.ifr_flags = IFF_UP | IFF_RUNNING};

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	return !ioctl(fd, SIOCSIFFLAGS, &r);
}

static bool set_addresses(const struct opening *o, int fd)
{
	const uint32_t mask = UINT32_MAX << (32 - o->set->prefix_len);
	struct rtentry route = {.rt_flags = RTF_UP};
	char device[] = DRILL_DEVICE;
	struct ifreq r = {.ifr_flags = 0};

	memcpy(r.ifr_name, device, sizeof(device));
	put_addr(&r.ifr_addr, o->set->local);
	if (ioctl(fd, SIOCSIFADDR, &r))
		return false;
	put_addr(&r.ifr_netmask, mask);
	if (ioctl(fd, SIOCSIFNETMASK, &r))
		return false;
	r.ifr_mtu = (int)o->set->mtu;
	if (ioctl(fd, SIOCSIFMTU, &r) || !bring_up(fd, device) ||
	    !bring_up(fd, "lo"))
		return false;
	put_addr(&route.rt_dst, 0);
	put_addr(&route.rt_genmask, 0);
	route.rt_dev = device;
	return !ioctl(fd, SIOCADDRT, &route);
}

static bool configure(const struct opening *o)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && set_addresses(o, fd);

	if (!ok)
		refuse(o, "the addresses of the device");
	if (fd >= 0)
		close(fd);
	return ok;
}

/* What a namespace takes over from the machine, as the kernel's source has
 * it.  One that this kernel lacks, or has for itself, is left alone. */
static void forget_administrator(struct drill_kernel *k)
{
	static const char *const values[][2] = {
		{"net.ipv4.tcp_congestion_control", "cubic"},
		{"net.ipv4.tcp_rmem", "4096 131072 6291456"},
		{"net.ipv4.tcp_wmem", "4096 16384 4194304"},
		{"net.ipv6.conf." DRILL_DEVICE ".disable_ipv6", "1"},
	};
	char why[256];
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		(void)drill_kernel_set(k, values[i][0], values[i][1], why,
				       sizeof(why));
	k->n_changed = 0;
}

/* Events should take place when they are due, also on a busy machine. */
static void hurry(void)
{
	const struct sched_param p = {.sched_priority = 1};

	(void)sched_setscheduler(0, SCHED_RR, &p);
}

static bool set_up(const struct opening *o)
{
	if (!enter_namespace(o) || !make_tun(o) || !make_listener(o))
		return false;
	forget_administrator(o->k);
	return configure(o);
}

bool drill_kernel_open(struct drill_stage *s, const struct drill_settings *set,
		       char *why, size_t size)
{
	struct drill_kernel *k = calloc(1, sizeof(*k));
	const struct opening o = {k, set, why, size};
	struct timespec t;

	memset(s, 0, sizeof(*s));
	if (!k) {
		snprintf(why, size, "there is no memory");
		return false;
	}
	k->home = k->tun = k->listener = -1;
	s->library = &k->library;
	s->end = &s->first;
	s->steps_left = UINT64_MAX;
	drill_kernel_calls(&k->library);
	k->library.i.userdata = k;
	k->library.worker.library = &k->library;
	k->target = drill_target_library;
	drill_kernel_target(&k->target);
	s->target = &k->target;
	if (!set_up(&o)) {
		s->target->close(s);
		return false;
	}
	signal(SIGPIPE, SIG_IGN);
	hurry();
	s->origin = s->now = s->answered = drill_library_now(&k->library);
	clock_gettime(CLOCK_REALTIME, &t);
	s->stamp_origin = (tern_time)t.tv_sec * TERN_S + (tern_time)t.tv_nsec;
	return true;
}

/* In a child, whose namespace goes with it. */
bool drill_kernel_usable(char *why, size_t size)
{
	struct drill_settings set;
	struct drill_stage s;
	ssize_t n = -1;
	int fds[2];
	pid_t pid;

	snprintf(why, size, "no process can be made");
	if (pipe(fds))
		return false;
	pid = fork();
	if (pid == 0) {
		drill_settings_init(&set);
		if (!drill_kernel_open(&s, &set, why, size))
			n = write(fds[1], why, strlen(why));
		_exit(n > 0);
	}
	close(fds[1]);
	if (pid > 0) {
		n = read(fds[0], why, size - 1);
		why[n > 0 ? n : 0] = 0;
		waitpid(pid, NULL, 0);
	}
	close(fds[0]);
	return n == 0;
}
