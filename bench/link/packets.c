/* SPDX-License-Identifier: ISC */
/*
 * packets.c - bursts of frames, counted
 *
 * What is sent goes to Linux, which throws it away.  What is received was sent
 * by this very thread just before, so that nothing is lost and nobody waits for
 * somebody else; a block of AF_PACKET that is not full needs its millisecond,
 * in which nothing is computed.
 */
#include "link.h"

#include <poll.h>
#include <string.h>

#define FLIGHT	     256 /* fits into the queue of a TAP, and of a veth */
#define FLIGHT_LARGE 1024
#define PATIENCE_MS  20

static uint64_t send_until(const struct mover *m, const struct span *s,
			   uint64_t limit_ns)
{
	uint64_t n = 0;
	uint32_t i;

	while (!span_over(s, clock_ns(), limit_ns))
		for (i = 0; i < 16; i++)
			n += m->send(BURST);
	return n;
}

static uint64_t recv_until(const struct mover *m, const struct span *s,
			   uint64_t limit_ns, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint32_t flight =
		m == &raw_packet || m == &tern_packet ? FLIGHT_LARGE : FLIGHT;
	uint32_t left, got;
	uint64_t n = 0;

	while (!span_over(s, clock_ns(), limit_ns)) {
		wire_generate(flight);
		for (left = flight; left > 0; left -= got) {
			got = m->recv(left);
			n += got;
			if (got == 0 && poll(&p, 1, PATIENCE_MS) == 0)
				break;
		}
	}
	return n;
}

void packets(const struct mover *m, bool tap, uint64_t limit_ns)
{
	uint32_t size = (uint32_t)argument("size", 60);
	bool send = strcmp(argument_text("way", "send"), "recv") != 0;
	struct span s;
	uint64_t n;
	int fd;

	must(size >= 14 && size <= FRAME_MAX, "size= is 14 to 1514");
	if (!tap)
		wire_veth();
	fd = m->open(size);
	if (tap)
		wire_up(DEVICE);
	wire_generator(tap ? DEVICE : OTHER_END, size);
	span_start(&s);
	if (send)
		n = send_until(m, &s, limit_ns);
	else
		n = recv_until(m, &s, limit_ns, fd);
	span_end(&s);
	report_rate("", "frames/s", (double)n, &s);
}
