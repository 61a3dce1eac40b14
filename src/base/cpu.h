/* SPDX-License-Identifier: ISC */
/*
 * cpu.h - vectors that only some processors of a kind have
 *
 * A function marked CPU_VECTORS_n is compiled for vectors of n bytes, and may
 * be called only where CPU_HAS_VECTORS_n says so.  On kinds of processors that
 * are not known here the answer is no.  Those of 16 bytes need no asking.
 */
#ifndef TERN_BASE_CPU_H
#define TERN_BASE_CPU_H

#define CPU_VECTORS_16
#if defined(__x86_64__) && defined(__GNUC__)
#define CPU_VECTORS_32	   __attribute__((target("avx2")))
#define CPU_VECTORS_64	   __attribute__((target("avx512f")))
#define CPU_HAS_VECTORS_32 __builtin_cpu_supports("avx2")
#define CPU_HAS_VECTORS_64 __builtin_cpu_supports("avx512f")
#else
#define CPU_VECTORS_32
#define CPU_VECTORS_64
#define CPU_HAS_VECTORS_32 0
#define CPU_HAS_VECTORS_64 0
#endif

#endif
