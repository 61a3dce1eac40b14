/* SPDX-License-Identifier: ISC */
/* raw_uring_absent.c - stands in for raw_uring.c where liburing is missing */
#include "link.h"

static int uring_open(uint32_t size)
{
	(void)size;
	skip("built without liburing", 0);
}

const struct mover raw_uring = {uring_open, 0, 0};
