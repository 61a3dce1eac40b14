/* SPDX-License-Identifier: ISC */
/* fast_open.h - what both ends of a test of TCP Fast Open look at */
#ifndef TERN_TEST_RFC_FAST_OPEN_H
#define TERN_TEST_RFC_FAST_OPEN_H

#include "unit/rfc/drive_tcp_info.h"

#define MSS 1000

/* The Fast Open option of the segment that drive_take() would return. */
static inline bool peek_cookie(const struct drive *d, struct tcp_options *o)
{
	const struct tern_frame *f = &d->q[d->q_head];
	struct tcp_header h;
	struct ip4_header ip;

	if (d->q_head == d->q_tail)
		return false;
	assert_int_equal(ip4_parse(f->head, f->head_len, f->len, &ip), 0);
	assert_int_equal(tcp_parse(f->head + ip.header_len,
				   f->head_len - ip.header_len,
				   f->len - ip.header_len, &h),
			 0);
	tcp_opt_parse(h.options, h.header_len - 20U, o);
	return o->present & TERN_OPT_FASTOPEN;
}

#endif
