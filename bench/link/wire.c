/* SPDX-License-Identifier: ISC */
/* wire.c - a network namespace, its interfaces, and who sends to us */
#include "link.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_packet.h>

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "we");

	if (!f)
		return;
	fputs(text, f);
	fclose(f);
}

void wire_enter(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		skip("no new network namespace", errno);
	write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
}

void wire_up(const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(ifr.ifr_name, name, strlen(name));
	must_not_fail(ioctl(fd, SIOCSIFFLAGS, &ifr) < 0 ? -errno : 0, name);
	close(fd);
}

void wire_veth(void)
{
	if (system("ip link add " DEVICE " type veth peer name " OTHER_END))
		skip("`ip link add' makes no veth", 0);
	wire_up(DEVICE);
	wire_up(OTHER_END);
}

void wire_frame(uint8_t *frame, uint32_t size)
{
	memset(frame, 0, size);
	memset(frame, 0xff, 6);
	frame[6] = 2;
	frame[12] = 0x88; /* for experiments, IEEE 802 */
	frame[13] = 0xb5;
}

static int generator;
static uint8_t generated[FRAME_MAX];
static struct mmsghdr messages[BURST];
static struct iovec piece;

void wire_generator(const char *name, uint32_t size)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_ifindex = (int)if_nametoindex(name)};
	int i;

	wire_frame(generated, size);
	piece.iov_base = generated;
	piece.iov_len = size;
	for (i = 0; i < BURST; i++) {
		messages[i].msg_hdr.msg_iov = &piece;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	generator = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	must(generator >= 0, "no packet socket");
	must(bind(generator, (struct sockaddr *)&at, sizeof(at)) == 0, name);
}

void wire_generate(uint32_t n)
{
	int sent;

	for (; n > 0; n -= (uint32_t)sent) {
		sent = sendmmsg(generator, messages, n < BURST ? n : BURST, 0);
		must(sent > 0, "the generator cannot send");
	}
}
