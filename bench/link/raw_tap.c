/* SPDX-License-Identifier: ISC */
/* raw_tap.c - a TAP: a system call for each frame */
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_tun.h>

static int fd;
static uint32_t frame_size;
static uint8_t out[FRAME_MAX], in[2048];

static int tap_open(uint32_t size)
{
	struct ifreq ifr = {.ifr_name = DEVICE};

	ifr.ifr_flags = IFF_TAP | IFF_NO_PI;
	frame_size = size;
	wire_frame(out, size);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0)
		skip("no TAP", errno);
	return fd;
}

static uint32_t tap_send(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (write(fd, out, frame_size) < 0)
			break;
	return i;
}

static uint32_t tap_recv(uint32_t max)
{
	uint32_t i;

	for (i = 0; i < max; i++) {
		if (read(fd, in, sizeof(in)) <= 0)
			break;
		looked_at += in[12];
	}
	return i;
}

const struct mover raw_tap = {tap_open, tap_send, tap_recv};
