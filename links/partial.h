/* SPDX-License-Identifier: ISC */
/*
 * partial.h - recognising a checksum that its sender left partial
 */
#ifndef TERN_LINKS_PARTIAL_H
#define TERN_LINKS_PARTIAL_H

#include <stdint.h>

#include <tern/frame.h>

/*
 * Marks an Ethernet frame of `len` bytes at `data`, which `f` is made of, as
 * TERN_FRAME_CSUM_PARTIAL if it is TCP over IPv4 with a checksum that looks as
 * if the rest of the sum had been left to a device.
 */
void partial_mark(struct tern_frame *f, const uint8_t *data, uint32_t len);

#endif
