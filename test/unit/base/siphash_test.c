/* SPDX-License-Identifier: ISC */
/*
 * siphash_test.c - published vectors: key 00..0f, input 00, 01, .. of length n
 *
 * Those of SipHash-2-4 are from its authors' reference program, those of
 * SipHash-1-3 from the tests of Rust's core library.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/siphash.h"

#define N_VECTORS 32

/* clang-format off */
static const uint64_t vectors24[N_VECTORS] = {
	UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd),
	UINT64_C(0x0d6c8009d9a94f5a), UINT64_C(0x85676696d7fb7e2d),
	UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d),
	UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137),
	UINT64_C(0x93f5f5799a932462), UINT64_C(0x9e0082df0ba9e4b0),
	UINT64_C(0x7a5dbbc594ddb9f3), UINT64_C(0xf4b32f46226bada7),
	UINT64_C(0x751e8fbc860ee5fb), UINT64_C(0x14ea5627c0843d90),
	UINT64_C(0xf723ca908e7af2ee), UINT64_C(0xa129ca6149be45e5),
	UINT64_C(0x3f2acc7f57c29bdb), UINT64_C(0x699ae9f52cbe4794),
	UINT64_C(0x4bc1b3f0968dd39c), UINT64_C(0xbb6dc91da77961bd),
	UINT64_C(0xbed65cf21aa2ee98), UINT64_C(0xd0f2cbb02e3b67c7),
	UINT64_C(0x93536795e3a33e88), UINT64_C(0xa80c038ccd5ccec8),
	UINT64_C(0xb8ad50c6f649af94), UINT64_C(0xbce192de8a85b8ea),
	UINT64_C(0x17d835b85bbb15f3), UINT64_C(0x2f2e6163076bcfad),
	UINT64_C(0xde4daaaca71dc9a5), UINT64_C(0xa6a2506687956571),
	UINT64_C(0xad87a3535c49ef28), UINT64_C(0x32d892fad841c342),
};

static const uint64_t vectors13[N_VECTORS] = {
	UINT64_C(0xabac0158050fc4dc), UINT64_C(0xc9f49bf37d57ca93),
	UINT64_C(0x82cb9b024dc7d44d), UINT64_C(0x8bf80ab8e7ddf7fb),
	UINT64_C(0xcf75576088d38328), UINT64_C(0xdef9d52f49533b67),
	UINT64_C(0xc50d2b50c59f22a7), UINT64_C(0xd3927d989bb11140),
	UINT64_C(0x369095118d299a8e), UINT64_C(0x25a48eb36c063de4),
	UINT64_C(0x79de85ee92ff097f), UINT64_C(0x70c118c1f94dc352),
	UINT64_C(0x78a384b157b4d9a2), UINT64_C(0x306f760c1229ffa7),
	UINT64_C(0x605aa111c0f95d34), UINT64_C(0xd320d86d2a519956),
	UINT64_C(0xcc4fdd1a7d908b66), UINT64_C(0x9cf2689063dbd80c),
	UINT64_C(0x8ffc389cb473e63e), UINT64_C(0xf21f9de58d297d1c),
	UINT64_C(0xc0dc2f46a6cce040), UINT64_C(0xb992abfe2b45f844),
	UINT64_C(0x7ffe7b9ba320872e), UINT64_C(0x525a0e7fdae6c123),
	UINT64_C(0xf464aeb267349c8c), UINT64_C(0x45cd5928705b0979),
	UINT64_C(0x3a3e35e3ca9913a5), UINT64_C(0xa91dc74e4ade3b35),
	UINT64_C(0xfb0bed02ef6cd00d), UINT64_C(0x88d93cb44ab1e1f4),
	UINT64_C(0x540f11d643c5e663), UINT64_C(0x2370dd1f8c21d1bc),
};
/* clang-format on */

static uint8_t counting[64];

static int setup(void **state)
{
	uint8_t i;

	(void)state;
	for (i = 0; i < sizeof(counting); i++)
		counting[i] = i;
	return 0;
}

static void test_vectors(void **state)
{
	struct siphash_key key = siphash_key_load(counting);
	size_t n;

	(void)state;
	for (n = 0; n < N_VECTORS; n++) {
		assert_true(siphash24(&key, counting, n) == vectors24[n]);
		assert_true(siphash13(&key, counting, n) == vectors13[n]);
	}
}

static void test_alignment_does_not_matter(void **state)
{
	struct siphash_key key = siphash_key_load(counting);
	uint8_t buf[64];
	size_t off;

	(void)state;
	for (off = 0; off < 8; off++) {
		memcpy(buf + off, counting, 31);
		assert_true(siphash24(&key, buf + off, 31) == vectors24[31]);
	}
}

static void test_words_are_the_same_as_bytes(void **state)
{
	struct siphash_key key = siphash_key_load(counting);
	uint64_t a = load_le64(counting), b = load_le64(counting + 8);

	(void)state;
	assert_true(siphash24_12(&key, a, (uint32_t)b) == vectors24[12]);
	assert_true(siphash13_12(&key, a, (uint32_t)b) == vectors13[12]);
	assert_true(siphash24_16(&key, a, b) == vectors24[16]);
	assert_true(siphash13_16(&key, a, b) == vectors13[16]);
}

static void test_length_and_key_count(void **state)
{
	static const uint8_t zeros[8];
	struct siphash_key a = {0, 0}, b = {0, 1}, c = {1, 0};

	(void)state;
	assert_true(siphash24(&a, zeros, 1) != siphash24(&a, zeros, 2));
	assert_true(siphash24(&a, zeros, 8) != siphash24(&b, zeros, 8));
	assert_true(siphash24(&a, zeros, 8) != siphash24(&c, zeros, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_alignment_does_not_matter),
		cmocka_unit_test(test_words_are_the_same_as_bytes),
		cmocka_unit_test(test_length_and_key_count),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
