/* SPDX-License-Identifier: ISC */
/* raw_xdp_absent.c - stands in for raw_xdp.c where libxdp was not found */
#include "link.h"

static int xdp_open(uint32_t size)
{
	(void)size;
	skip("built without libxdp", 0);
}

const struct mover raw_xdp = {xdp_open, 0, 0};
