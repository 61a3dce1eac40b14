/* SPDX-License-Identifier: ISC */
/*
 * text.c - addresses and prefixes as text: "a.b.c.d", "a.b.c.d/len"
 *
 * Decimal numbers without leading zeros only: octal, hexadecimal and shorter
 * forms mean different addresses to different readers.
 */
#include <errno.h>

#include <tern/netif.h>

/*
 * Reads a number of at most three digits, up to max.  Returns what follows it,
 * or NULL if there is none.
 */
static const char *parse_number(const char *p, uint32_t max, uint32_t *v)
{
	int n;

	*v = 0;
	for (n = 0; n < 3 && *p >= '0' && *p <= '9'; n++)
		*v = *v * 10 + (uint32_t)(*p++ - '0');
	if (n == 0 || *v > max)
		return NULL;
	if (n > 1 && p[-n] == '0')
		return NULL;
	return p;
}

/* Returns what follows the address, or NULL. */
static const char *parse_dotted(const char *p, uint32_t *addr)
{
	uint32_t byte;

	*addr = 0;
	for (int i = 0; i < 4; i++) {
		if (i > 0 && *p++ != '.')
			return NULL;
		p = parse_number(p, 255, &byte);
		if (!p)
			return NULL;
		*addr = *addr << 8 | byte;
	}
	return p;
}

int tern_parse_addr(const char *text, uint32_t *addr)
{
	uint32_t v;
	const char *end = parse_dotted(text, &v);

	if (!end || *end)
		return -EINVAL;
	*addr = v;
	return 0;
}

int tern_parse_prefix(const char *text, uint32_t *addr, int *prefix_len)
{
	uint32_t v, len = 32;
	const char *end = parse_dotted(text, &v);

	if (end && *end == '/')
		end = parse_number(end + 1, 32, &len);
	if (!end || *end)
		return -EINVAL;
	*addr = v;
	*prefix_len = (int)len;
	return 0;
}

static char *format_byte(char *p, uint32_t v)
{
	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

const char *tern_format_addr(uint32_t addr, char buf[16])
{
	char *p = buf;

	for (int shift = 24; shift >= 0; shift -= 8) {
		p = format_byte(p, addr >> shift & 0xff);
		*p++ = shift > 0 ? '.' : '\0';
	}
	return buf;
}
