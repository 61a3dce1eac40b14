/* SPDX-License-Identifier: ISC */
/* device.c - a TUN device, and the system's socket behind it */
#include "device.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK	 65536
#define NAME	 "tun0"
#define NS_PER_S UINT64_C(1000000000)

static uint8_t buf[CHUNK + PATTERN];

static void set_address(int fd, unsigned long request, uint32_t addr)
{
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(addr)};
	struct ifreq r = {.ifr_name = NAME};

	memcpy(&r.ifr_addr, &name, sizeof(name));
	must(ioctl(fd, request, &r) == 0, "the device takes no address");
}

static void configure(void)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = {.ifr_name = NAME};

	must(fd >= 0, "socket");
	set_address(fd, SIOCSIFADDR, DEVICE_KERNEL);
	set_address(fd, SIOCSIFNETMASK, UINT32_MAX << (32 - DEVICE_PREFIX));
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	must(ioctl(fd, SIOCSIFFLAGS, &r) == 0, "the device stays down");
	close(fd);
}

int device_open(void)
{
	struct ifreq r = {.ifr_name = NAME,
			  .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
	int fd;

	if (unshare(CLONE_NEWNET) < 0)
		skip("no network namespace", errno);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		skip("/dev/net/tun", errno);
	if (ioctl(fd, TUNSETIFF, &r) < 0)
		skip("no TUN device", errno);
	must(ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) == 0,
	     "the device takes no segments of 64 KiB");
	configure();
	return fd;
}

int device_window(void)
{
	return (int)argument("window", 1 << 20);
}

static void send_for_ever(int fd)
{
	uint64_t sent = 0;
	ssize_t n;

	for (;;) {
		n = send(fd, buf + sent % PATTERN, CHUNK, MSG_NOSIGNAL);
		must(n > 0, "the peer's connection ended");
		sent += (uint64_t)n;
	}
}

static void receive_for_ever(int fd, struct device_peer *peer)
{
	uint64_t received = 0;
	ssize_t n;

	for (;;) {
		n = recv(fd, buf, CHUNK, 0);
		must(n > 0, "the peer's connection ended");
		must(received >= DEVICE_CHECKED ||
			     pattern_is(buf, (size_t)n, received),
		     "a byte is not what was sent");
		received += (uint64_t)n;
		peer->received = received;
	}
}

static void be_peer(struct device_peer *peer, bool to)
{
	const struct sockaddr_in name = {.sin_family = AF_INET,
					 .sin_port = htons(DEVICE_PORT),
					 .sin_addr.s_addr = htonl(DEVICE_OURS)};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int window = device_window();

	must(fd >= 0, "socket");
	/* One that paces, as BBR does, would be measured waiting. */
	setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &window, sizeof(window));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &window, sizeof(window));
	must(connect(fd, (const void *)&name, sizeof(name)) == 0, "connect");
	pattern_fill(buf, sizeof(buf), 0);
	if (to)
		receive_for_ever(fd, peer);
	send_for_ever(fd);
}

struct device_peer *device_start_peer(struct both *b, bool to)
{
	struct device_peer *peer =
		mmap(NULL, sizeof(*peer), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	must(peer != MAP_FAILED, "no memory");
	b->other = fork();
	must(b->other >= 0, "fork");
	if (b->other == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		be_peer(peer, to);
	}
	return peer;
}

void device_wait(int fd, int timeout_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	poll(&p, 1, timeout_ms);
}

bool device_measure(struct device_run *r, uint64_t done)
{
	const uint64_t limit = argument_span_ns(2);

	if (!r->started) {
		if (done < DEVICE_CHECKED)
			return true;
		r->started = true;
		r->before = done;
		both_start(&r->both);
	}
	if (!span_over(&r->both.s, clock_ns(), limit))
		return true;
	both_end(&r->both);
	report_rate("", "Gbit/s", (double)(done - r->before) * 8e-9,
		    &r->both.s);
	kill(r->both.other, SIGKILL);
	return false;
}
