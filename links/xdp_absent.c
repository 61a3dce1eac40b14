/* SPDX-License-Identifier: ISC */
/*
 * xdp_absent.c - stands in for xdp.c and xdp_open.c where libxdp was not found
 */
#include <errno.h>

#include <tern/link.h>

int tern_xdp_open(struct tern_link **l, const struct tern_xdp_config *c)
{
	(void)l;
	(void)c;
	return -ENOSYS;
}
