/* SPDX-License-Identifier: ISC */
/*
 * device.h - a TUN device in a network namespace of its own, and the system's
 * socket behind it
 */
#ifndef BENCH_DEVICE_H
#define BENCH_DEVICE_H

#include <stdint.h>

#include "bench/both.h"

#define DEVICE_KERNEL  UINT32_C(0x0a620001) /* 10.98.0.1/24 */
#define DEVICE_OURS    UINT32_C(0x0a620002)
#define DEVICE_PREFIX  24
#define DEVICE_PORT    5201
#define DEVICE_CHECKED (8 << 20) /* bytes at the start that are compared */

/*
 * Makes the device, with headers for 64 KiB segments (IFF_VNET_HDR), takes it
 * up and gives the kernel its address.  Returns the descriptor, which does not
 * block.  Ends the program with SKIP where that may not be done.
 */
int device_open(void);

/* Buffers of the sockets at both ends, in bytes: `window=N`, or 1 MiB. */
int device_window(void);

/* What the process behind the device has done. */
struct device_peer {
	volatile uint64_t received;
};

/*
 * Starts it: it connects to DEVICE_OURS and sends all it can, or, if `to`,
 * receives and compares the first bytes with the pattern.
 */
struct device_peer *device_start_peer(struct both *b, bool to);

/* Waits until the device can be read, or so many ms. */
void device_wait(int fd, int timeout_ms);

/* Returns false, for good, once the measurement is over; starts it too. */
struct device_run {
	struct both both;
	bool started;
	uint64_t before;
};
bool device_measure(struct device_run *r, uint64_t done);

/* Reads and writes frames with as little TCP as can be had; see tun_raw.c. */
void tun_raw(int fd, struct device_run *r, struct device_peer *peer, bool to);

#endif
