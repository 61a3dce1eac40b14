/* SPDX-License-Identifier: ISC */
/*
 * assert.h - assertions that stay on in release builds
 *
 * An assertion is for what no input can cause: a broken invariant of ours or a
 * call that breaks its contract.  Whatever a wire can cause is a named drop.
 * A failure traps; there is no libc to print with, and going on would only
 * move the fault away from its cause.
 */
#ifndef TERN_BASE_ASSERT_H
#define TERN_BASE_ASSERT_H

#define TERN_ASSERT(cond) \
	((void)(__builtin_expect(!(cond), 0) && (__builtin_trap(), 0)))

#endif
