/* SPDX-License-Identifier: ISC */
/* number.c - numbers as people write and read them on a command line */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

/* strtoull takes signs and blanks before a number; we do not. */
static bool parse_digits(const char *text, uint64_t *out, const char **rest)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &end, 10);
	*rest = end;
	return errno == 0;
}

bool number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	const char *rest;
	uint64_t n;

	if (!parse_digits(text, &n, &rest) || *rest || n < min || n > max)
		return false;
	*out = n;
	return true;
}

bool number_parse_size(const char *text, uint64_t min, uint64_t max,
		       uint64_t *out)
{
	static const char units[] = "kmg";
	const char *rest, *unit;
	unsigned int shift = 0;
	uint64_t n;

	if (!parse_digits(text, &n, &rest))
		return false;
	if (*rest) {
		unit = strchr(units, *rest | 0x20);
		if (!unit || !*unit || rest[1])
			return false;
		shift = 10 * (unsigned int)(unit - units + 1);
	}
	if (n > UINT64_MAX >> shift)
		return false;
	n <<= shift;
	if (n < min || n > max)
		return false;
	*out = n;
	return true;
}

static bool parse_real(const char *text, double *out)
{
	char *end;

	if (*text != '.' && (*text < '0' || *text > '9'))
		return false;
	*out = strtod(text, &end);
	return end != text && *end == '\0' && isfinite(*out);
}

bool number_parse_seconds(const char *text, tern_time *out)
{
	double s;

	if (!parse_real(text, &s) || s * 1e9 < 1.0 || s > 86400.0)
		return false;
	*out = (tern_time)(s * 1e9);
	return true;
}

bool number_parse_percent(const char *text, uint32_t *ppm)
{
	char copy[32];
	size_t len = strlen(text);
	double p;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len + 1);
	if (len > 0 && copy[len - 1] == '%')
		copy[len - 1] = '\0';
	if (!parse_real(copy, &p) || p > 100.0)
		return false;
	*ppm = (uint32_t)(p * 1e4 + 0.5);
	return true;
}

/* Scales by `step` until three digits are left before the point. */
static const char *format(double n, double step, const char *const *units,
			  char out[NUMBER_TEXT])
{
	int digits = 0;

	while (n >= step && units[1]) {
		n /= step;
		units++;
		digits = n >= 100 ? 0 : n >= 10 ? 1 : 2;
	}
	snprintf(out, NUMBER_TEXT, "%.*f %s", digits, n, units[0]);
	return out;
}

const char *number_format_bytes(uint64_t bytes, char out[NUMBER_TEXT])
{
	static const char *const units[] = {"B",   "KiB", "MiB",
					    "GiB", "TiB", NULL};

	return format((double)bytes, 1024, units, out);
}

const char *number_format_bits(uint64_t bytes, tern_time time,
			       char out[NUMBER_TEXT])
{
	static const char *const units[] = {"bit/s", "kbit/s", "Mbit/s",
					    "Gbit/s", NULL};

	return format(8 * number_per_second(bytes, time), 1000, units, out);
}

const char *number_format_rate(uint64_t bytes, tern_time time,
			       char out[NUMBER_TEXT])
{
	static const char *const units[] = {"B/s", "kB/s", "MB/s", "GB/s",
					    NULL};

	return format(number_per_second(bytes, time), 1000, units, out);
}

double number_seconds(tern_time time)
{
	return (double)time / 1e9;
}

double number_per_second(uint64_t n, tern_time time)
{
	return time ? (double)n / number_seconds(time) : 0.0;
}
