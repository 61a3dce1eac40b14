/* SPDX-License-Identifier: ISC */
/* tun.h - what the tests of the TUN driver configure it with */
#ifndef TERN_TEST_LINKS_TUN_H
#define TERN_TEST_LINKS_TUN_H

#include "frames.h"

static inline struct tern_tun_config config(bool tap, bool offload)
{
	const struct tern_tun_config c = {.tap = tap,
					  .offload = offload,
					  .blocks = mem.blocks,
					  .alloc = mem.alloc};

	return c;
}

#endif
