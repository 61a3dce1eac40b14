/* SPDX-License-Identifier: ISC */
/*
 * shake_line.h - one line of the diagram
 *
 *	   0.010     SYN-SENT |- SYN seq 0 ------------------>| SYN-RECEIVED
 *	   time      left     bar          middle             bar right
 *
 * Text is ASCII; what is not comes from the glyphs, one column each.
 */
#ifndef TERN_TOOL_SHAKE_LINE_H
#define TERN_TOOL_SHAKE_LINE_H

#include <stdio.h>

#include "shake.h"

#define LINE_TIME  8
#define LINE_STATE 12
/* All columns but the middle's. */
#define LINE_FRAME (LINE_TIME + 2 * LINE_STATE + 5)

enum glyph {
	GLYPH_BAR,
	GLYPH_GAP, /* a bar while time is left out */
	GLYPH_TEE_LEFT,
	GLYPH_TEE_RIGHT,
	GLYPH_DASH,
	GLYPH_FADE, /* a dash of a segment that is still under way */
	GLYPH_HEAD_LEFT,
	GLYPH_HEAD_RIGHT,
	GLYPH_CROSS,
	GLYPH_FULL,
	GLYPH_EMPTY,
	GLYPH_BULLET,
	GLYPH_N,
};

enum colour {
	COLOUR_NONE,
	COLOUR_DIM,
	COLOUR_BOLD,
	COLOUR_GOOD,
	COLOUR_BAD,
	COLOUR_TIMER,
	COLOUR_CALL,
	COLOUR_CLIENT,
	COLOUR_SERVER,
};

/* Where a line goes, and how. */
struct line_out {
	FILE *f;
	const struct shake_style *style;
	int middle; /* columns between the bars */
};

const char *line_glyph(const struct line_out *o, enum glyph g);
void line_colour(const struct line_out *o, enum colour c);
void line_repeat(const struct line_out *o, enum glyph g, int n);
void line_spaces(const struct line_out *o, int n);

/* Text in a colour, cut at or padded to `width` columns. */
void line_text(const struct line_out *o, enum colour c, const char *text,
	       int width, bool right_aligned);

/* Breaks text into lines of `width`: the length of the first, and where the
 * next begins. */
int line_break(const char *text, int width, const char **next);

#endif
