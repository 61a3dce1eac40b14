/* SPDX-License-Identifier: ISC */
/*
 * fastopen_cookie.c - what proves that a client has been here, RFC 7413 4.1.2
 *
 * SipHash-2-4 of both addresses: no ports, since the client comes from another
 * one each time.  Only who has received a cookie at an address can send it from
 * there.  The comparison takes the same time wherever they differ.
 */
#include "tcp/fastopen_cookie.h"

#include <errno.h>

#include "base/bytes.h"

int fastopen_keys_load(struct fastopen_keys *k, const uint8_t *bytes,
		       uint32_t len)
{
	uint8_t i;

	if (len != FASTOPEN_KEY_LEN && len != 2 * FASTOPEN_KEY_LEN)
		return -EINVAL;
	k->n = (uint8_t)(len / FASTOPEN_KEY_LEN);
	for (i = 0; i < k->n; i++)
		k->key[i] = siphash_key_load(bytes + i * FASTOPEN_KEY_LEN);
	return 0;
}

uint32_t fastopen_keys_store(const struct fastopen_keys *k, uint8_t *bytes)
{
	uint8_t i;

	for (i = 0; i < k->n; i++) {
		store_le64(bytes + i * FASTOPEN_KEY_LEN, k->key[i].k0);
		store_le64(bytes + i * FASTOPEN_KEY_LEN + 8, k->key[i].k1);
	}
	return (uint32_t)k->n * FASTOPEN_KEY_LEN;
}

static uint64_t cookie_of(const struct siphash_key *key,
			  const struct tern_tuple *t)
{
	return siphash24_16(key, (uint64_t)t->raddr << 32 | t->laddr, 0);
}

void fastopen_cookie_make(const struct fastopen_keys *k,
			  const struct tern_tuple *t,
			  uint8_t cookie[FASTOPEN_COOKIE_LEN])
{
	store_be64(cookie, cookie_of(&k->key[0], t));
}

int fastopen_cookie_check(const struct fastopen_keys *k,
			  const struct tern_tuple *t, const uint8_t *cookie,
			  uint32_t len)
{
	int found = -1;
	int i;

	if (len != FASTOPEN_COOKIE_LEN)
		return -1;
	for (i = k->n - 1; i >= 0; i--)
		if ((load_be64(cookie) ^ cookie_of(&k->key[i], t)) == 0)
			found = i;
	return found;
}
