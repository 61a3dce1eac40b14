/* SPDX-License-Identifier: ISC */
/*
 * text_test.c - addresses read and written as text
 */
#include "fixture.h"

static void addresses(void **state)
{
	static const struct {
		const char *text;
		uint32_t addr;
	} good[] = {
		{"0.0.0.0", 0},
		{"1.2.3.4", 0x01020304},
		{"10.0.200.99", 0x0a00c863},
		{"255.255.255.255", UINT32_MAX},
	};
	static const char *const bad[] = {
		"",	      ".",	  "1",	       "1.2",	    "1.2.3",
		"1.2.3.",     "1.2.3.4.", "1.2.3.4.5", "256.1.1.1", "1.2.3.256",
		"01.2.3.4",   "1.2.3.00", "1.2.3.4 ",  " 1.2.3.4",  "1.2.3.4/8",
		"1..2.3",     "a.b.c.d",  "1.2.3.-4",  "+1.2.3.4",  "0x1.2.3.4",
		"1.2.3.0004", "1,2,3,4",  "999.1.1.1", "1.2.3.4a",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		char buf[16];
		uint32_t addr = 99;

		assert_int_equal(tern_parse_addr(good[i].text, &addr), 0);
		assert_int_equal(addr, good[i].addr);
		assert_ptr_equal(tern_format_addr(addr, buf), buf);
		assert_string_equal(buf, good[i].text);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		uint32_t addr = 99;

		assert_int_equal(tern_parse_addr(bad[i], &addr), -EINVAL);
		assert_int_equal(addr, 99);
	}
}

static void prefixes(void **state)
{
	static const char *const bad[] = {
		"1.2.3.4/",    "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/08",
		"1.2.3.4/8 ",  "1.2.3.4/8/", "/8",	   "1.2.3/8",
		"1.2.3.4/100", "1.2.3.4/a",  "",
	};
	uint32_t addr;
	int len;

	(void)state;
	assert_int_equal(tern_parse_prefix("10.1.2.3/24", &addr, &len), 0);
	assert_int_equal(addr, IP(10, 1, 2, 3));
	assert_int_equal(len, 24);
	assert_int_equal(tern_parse_prefix("0.0.0.0/0", &addr, &len), 0);
	assert_int_equal(addr, 0);
	assert_int_equal(len, 0);
	assert_int_equal(tern_parse_prefix("1.1.1.1", &addr, &len), 0);
	assert_int_equal(len, 32);
	assert_int_equal(tern_parse_prefix("1.1.1.1/32", &addr, &len), 0);
	assert_int_equal(len, 32);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(tern_parse_prefix(bad[i], &addr, &len),
				 -EINVAL);
}

static void all_bytes_are_written_and_read(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 256; i++) {
		char buf[16];
		uint32_t addr;

		tern_format_addr(i << 16 | i, buf);
		assert_int_equal(tern_parse_addr(buf, &addr), 0);
		assert_int_equal(addr, i << 16 | i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(all_bytes_are_written_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
