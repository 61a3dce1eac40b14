/* SPDX-License-Identifier: ISC */
/* drive_tcp_info.h - TCP_INFO of the connection of drive.h, as Linux has it */
#ifndef TERN_TEST_RFC_DRIVE_TCP_INFO_H
#define TERN_TEST_RFC_DRIVE_TCP_INFO_H

#include "unit/rfc/drive.h"

#include <linux/tcp.h>

static inline struct tcp_info drive_tcp_info(struct drive *d)
{
	struct tcp_info i = {0};
	socklen_t len = sizeof(i);

	assert_int_equal(
		tern_getsockopt(d->n, d->fd, IPPROTO_TCP, TCP_INFO, &i, &len),
		0);
	return i;
}

#endif
