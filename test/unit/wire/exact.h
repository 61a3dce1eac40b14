/* SPDX-License-Identifier: ISC */
/*
 * exact.h - memory of exactly the size of an input, for bounds tests
 *
 * A copy on the heap that ends where the input ends: AddressSanitizer then sees
 * the first byte read past it.
 */
#ifndef TERN_TEST_EXACT_H
#define TERN_TEST_EXACT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline uint8_t *exact_copy(const void *p, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len)
		memcpy(copy, p, len);
	return copy;
}

#endif
