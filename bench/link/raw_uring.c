/* SPDX-License-Identifier: ISC */
/*
 * raw_uring.c - a TAP through io_uring: one system call for a burst
 *
 * With all that helps: buffers and the descriptor are registered, and nothing
 * is copied that a program with frames of its own would have to copy.  It is
 * here for what it shows: see README.md.
 */
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/if_tun.h>

static struct io_uring ring;
static int fd;
static uint32_t frame_size;
static uint8_t out[2048], in[BURST][2048];

static int uring_open(uint32_t size)
{
	struct ifreq ifr = {.ifr_name = DEVICE};
	struct iovec buffers[1 + BURST] = {{out, sizeof(out)}};
	int error, i;

	ifr.ifr_flags = IFF_TAP | IFF_NO_PI;
	frame_size = size;
	wire_frame(out, size);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0)
		skip("no TAP", errno);
	for (i = 0; i < BURST; i++) {
		buffers[1 + i].iov_base = in[i];
		buffers[1 + i].iov_len = sizeof(in[i]);
	}
	error = io_uring_queue_init(BURST, &ring, 0);
	if (!error)
		error = io_uring_register_buffers(&ring, buffers, 1 + BURST);
	if (!error)
		error = io_uring_register_files(&ring, &fd, 1);
	if (error)
		skip("no io_uring", -error);
	return fd;
}

/* Waits for all of a burst.  Returns how many went well. */
static uint32_t finish(uint32_t n)
{
	struct io_uring_cqe *cqe;
	uint32_t done = 0, well = 0;
	unsigned int head;

	io_uring_submit_and_wait(&ring, n);
	io_uring_for_each_cqe(&ring, head, cqe)
	{
		done++;
		well += cqe->res > 0;
	}
	io_uring_cq_advance(&ring, done);
	return well;
}

static uint32_t uring_send(uint32_t n)
{
	struct io_uring_sqe *sqe;
	uint32_t i;

	for (i = 0; i < n; i++) {
		sqe = io_uring_get_sqe(&ring);
		io_uring_prep_write_fixed(sqe, 0, out, frame_size, 0, 0);
		sqe->flags |= IOSQE_FIXED_FILE;
	}
	return finish(n);
}

static uint32_t uring_recv(uint32_t max)
{
	struct io_uring_sqe *sqe;
	uint32_t i;

	max = max < BURST ? max : BURST;
	for (i = 0; i < max; i++) {
		sqe = io_uring_get_sqe(&ring);
		io_uring_prep_read_fixed(sqe, 0, in[i], sizeof(in[i]), 0,
					 (int)i + 1);
		sqe->flags |= IOSQE_FIXED_FILE;
	}
	max = finish(max);
	for (i = 0; i < max; i++)
		looked_at += in[i][12];
	return max;
}

const struct mover raw_uring = {uring_open, uring_send, uring_recv};
