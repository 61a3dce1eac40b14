/* SPDX-License-Identifier: ISC */
/*
 * fastopen_cookie.h - what proves that a client has been here, RFC 7413 4.1.2
 */
#ifndef TERN_TCP_FASTOPEN_COOKIE_H
#define TERN_TCP_FASTOPEN_COOKIE_H

#include <stdint.h>

#include <tern/trace.h>

#include "base/siphash.h"

#define FASTOPEN_COOKIE_LEN 8
#define FASTOPEN_KEYS_MAX   2
#define FASTOPEN_KEY_LEN    16

/* The first makes cookies; those of the second are still good, so that keys can
 * be changed (4.1.2). */
struct fastopen_keys {
	struct siphash_key key[FASTOPEN_KEYS_MAX];
	uint8_t n; /* 0: a listener has none of its own */
};

/* Reads one key or two from `len` bytes.  Returns 0, or -EINVAL. */
int fastopen_keys_load(struct fastopen_keys *k, const uint8_t *bytes,
		       uint32_t len);
/* Writes them; returns the length. */
uint32_t fastopen_keys_store(const struct fastopen_keys *k, uint8_t *bytes);

/* The cookie of whoever has the remote address of `t`. */
void fastopen_cookie_make(const struct fastopen_keys *k,
			  const struct tern_tuple *t,
			  uint8_t cookie[FASTOPEN_COOKIE_LEN]);

/* Returns the number of the key that made the cookie, or -1. */
int fastopen_cookie_check(const struct fastopen_keys *k,
			  const struct tern_tuple *t, const uint8_t *cookie,
			  uint32_t len);

#endif
