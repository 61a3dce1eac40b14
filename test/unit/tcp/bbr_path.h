/* SPDX-License-Identifier: ISC */
/*
 * bbr_path.h - where both versions of BBR are tried
 *
 * The link delivers 10 MB/s and is 20 ms long: 200000 bytes belong in flight.
 */
#ifndef TERN_TEST_TCP_BBR_PATH_H
#define TERN_TEST_TCP_BBR_PATH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/cc.h"

#define SMSS   UINT32_C(1000)
#define LINK   UINT64_C(10000000) /* bytes/s */
#define RTT_US UINT32_C(20000)
#define BDP    UINT32_C(200000)
#define SEC    UINT64_C(1000000000)

struct path {
	struct cc c;
	struct cc_cold f;
	struct cc_now at;
};

/* A connection that has just been opened over it, and its one round trip was
 * measured. */
static inline void path_begin(struct path *p, const struct cc_ops *ops)
{
	memset(p, 0, sizeof(*p));
	p->c.cwnd = 10 * SMSS;
	p->c.ssthresh = CC_SSTHRESH_0;
	p->at.now = 100 * SEC;
	p->at.smss = SMSS;
	p->at.init_cwnd = 10;
	p->at.has_sack = true;
	p->f.seed = 42;
	ops->init(&p->c, &p->f, &p->at);
	p->at.srtt_us = p->at.min_rtt_us = RTT_US;
}

#endif
