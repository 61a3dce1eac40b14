/* SPDX-License-Identifier: ISC */
/*
 * httpd_range.c - the Range field, RFC 9110 14.2
 *
 * One range of bytes is served.  A field with several, with another unit or
 * that is malformed is ignored, as the RFC allows: the whole file is sent.
 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "httpd.h"

/* Digits only; too large a number is as good as the largest. */
static bool parse_position(const char **text, off_t *out)
{
	const char *p = *text;
	off_t n = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		n = n > INT64_MAX / 16 ? INT64_MAX / 2 : n * 10 + (*p - '0');
	*text = p;
	*out = n;
	return true;
}

/* "-n": the last n bytes. */
static enum range_kind parse_suffix(const char *text, off_t size, off_t *first,
				    off_t *end)
{
	off_t n;

	if (!parse_position(&text, &n) || *text)
		return RANGE_NONE;
	if (n == 0 || size == 0)
		return RANGE_UNSATISFIABLE;
	*first = n < size ? size - n : 0;
	*end = size;
	return RANGE_PART;
}

enum range_kind range_parse(const char *text, off_t size, off_t *first,
			    off_t *end)
{
	off_t last = size - 1;

	if (strncasecmp(text, "bytes=", 6) != 0)
		return RANGE_NONE;
	text += 6;
	if (*text == '-')
		return parse_suffix(text + 1, size, first, end);
	if (!parse_position(&text, first) || *text++ != '-')
		return RANGE_NONE;
	if (*text && (!parse_position(&text, &last) || *text))
		return RANGE_NONE;
	if (size > 0 && last < *first && *first < size)
		return RANGE_NONE; /* malformed: it ends before it begins */
	if (*first >= size)
		return RANGE_UNSATISFIABLE;
	*end = last < size - 1 ? last + 1 : size;
	return RANGE_PART;
}
