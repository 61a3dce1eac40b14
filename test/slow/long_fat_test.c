/* SPDX-License-Identifier: ISC */
/*
 * long_fat_test.c - 10 GiB over 10 Gbit/s and 100 ms: buffers of 125 MB
 */
#define PIPE_BPS   UINT64_C(10000000000)
#define PIPE_BYTES (UINT64_C(10) << 30)
#define PIPE_RMEM  "4096 131072 536870912"
#define PIPE_WMEM  "4096 16384 1073741824"
#define PIPE_ONLY

#include "sim/autotune_test.c"
