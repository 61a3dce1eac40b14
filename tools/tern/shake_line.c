/* SPDX-License-Identifier: ISC */
/*
 * shake_line.c - characters and colours of a line of the diagram
 */
#include "shake_line.h"

#include <string.h>

static const char *const pretty[GLYPH_N] = {
	[GLYPH_BAR] = "\xe2\x94\x82",	     /* U+2502 */
	[GLYPH_GAP] = "\xe2\x94\x8a",	     /* U+250A */
	[GLYPH_TEE_LEFT] = "\xe2\x94\x9c",   /* U+251C */
	[GLYPH_TEE_RIGHT] = "\xe2\x94\xa4",  /* U+2524 */
	[GLYPH_DASH] = "\xe2\x94\x80",	     /* U+2500 */
	[GLYPH_FADE] = "\xe2\x94\x84",	     /* U+2504 */
	[GLYPH_HEAD_LEFT] = "\xe2\x97\x84",  /* U+25C4 */
	[GLYPH_HEAD_RIGHT] = "\xe2\x96\xba", /* U+25BA */
	[GLYPH_CROSS] = "\xc3\x97",	     /* U+00D7 */
	[GLYPH_FULL] = "\xe2\x96\xa0",	     /* U+25A0 */
	[GLYPH_EMPTY] = "\xe2\x96\xa1",	     /* U+25A1 */
	[GLYPH_BULLET] = "\xe2\x80\xa2",     /* U+2022 */
};

static const char *const plain[GLYPH_N] = {
	[GLYPH_BAR] = "|",	 [GLYPH_GAP] = ":",
	[GLYPH_TEE_LEFT] = "|",	 [GLYPH_TEE_RIGHT] = "|",
	[GLYPH_DASH] = "-",	 [GLYPH_FADE] = ".",
	[GLYPH_HEAD_LEFT] = "<", [GLYPH_HEAD_RIGHT] = ">",
	[GLYPH_CROSS] = "x",	 [GLYPH_FULL] = "#",
	[GLYPH_EMPTY] = ".",	 [GLYPH_BULLET] = "*",
};

static const char *const escape[] = {
	[COLOUR_NONE] = "\033[0m",    [COLOUR_DIM] = "\033[2m",
	[COLOUR_BOLD] = "\033[1m",    [COLOUR_GOOD] = "\033[1;32m",
	[COLOUR_BAD] = "\033[1;31m",  [COLOUR_TIMER] = "\033[33m",
	[COLOUR_CALL] = "\033[1m",    [COLOUR_CLIENT] = "\033[36m",
	[COLOUR_SERVER] = "\033[35m",
};

const char *line_glyph(const struct line_out *o, enum glyph g)
{
	return o->style->ascii ? plain[g] : pretty[g];
}

void line_colour(const struct line_out *o, enum colour c)
{
	if (o->style->colour)
		fputs(escape[c], o->f);
}

void line_repeat(const struct line_out *o, enum glyph g, int n)
{
	while (n-- > 0)
		fputs(line_glyph(o, g), o->f);
}

void line_spaces(const struct line_out *o, int n)
{
	if (n > 0)
		fprintf(o->f, "%*s", n, "");
}

void line_text(const struct line_out *o, enum colour c, const char *text,
	       int width, bool right_aligned)
{
	int len = (int)strnlen(text, (size_t)width);

	if (right_aligned)
		line_spaces(o, width - len);
	if (len) {
		if (c != COLOUR_NONE)
			line_colour(o, c);
		fprintf(o->f, "%.*s", len, text);
		if (c != COLOUR_NONE)
			line_colour(o, COLOUR_NONE);
	}
	if (!right_aligned)
		line_spaces(o, width - len);
}

int line_break(const char *text, int width, const char **next)
{
	int len = (int)strlen(text), end = width;

	if (len <= width) {
		*next = text + len;
		return len;
	}
	while (end > 0 && text[end] != ' ')
		end--;
	if (end == 0)
		end = width;
	*next = text + end;
	while (**next == ' ')
		(*next)++;
	return end;
}
