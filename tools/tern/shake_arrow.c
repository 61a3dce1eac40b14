/* SPDX-License-Identifier: ISC */
/*
 * shake_arrow.c - the arrow of a segment
 *
 * An arrow is a row of pieces from its tail to its head; one that points to
 * the left has the same pieces in reverse.
 */
#include "shake_arrow.h"

#include <string.h>

#define PIECES 6

struct piece {
	enum glyph glyph; /* GLYPH_N: a space */
	int n;
	const char *text; /* instead of glyphs, of n columns */
};

struct pieces {
	struct piece p[PIECES];
	int n;
};

static void add(struct pieces *ps, enum glyph glyph, int n)
{
	if (n > 0)
		ps->p[ps->n++] = (struct piece){glyph, n, NULL};
}

static void add_text(struct pieces *ps, const char *text)
{
	ps->p[ps->n++] = (struct piece){GLYPH_N, (int)strlen(text), text};
}

static void print(const struct line_out *o, const struct piece *p)
{
	if (p->text)
		fputs(p->text, o->f);
	else if (p->glyph == GLYPH_N)
		line_spaces(o, p->n);
	else
		line_repeat(o, p->glyph, p->n);
}

/* Where an arrow ends that does not reach the other side. */
static int short_reach(const struct line_out *o, int len)
{
	int reach = o->middle * 2 / 3;

	if (reach < len + 9)
		reach = len + 9;
	return reach < o->middle ? reach : o->middle;
}

static void make_arrival(const struct line_out *o, const struct arrow *a,
			 struct pieces *ps, const char *letter)
{
	int from = o->middle / 2;

	add(ps, GLYPH_N, from - 3);
	add_text(ps, letter);
	add(ps, GLYPH_FADE, 3);
	add(ps, GLYPH_DASH, o->middle - from - 4);
	add(ps, a->leftward ? GLYPH_HEAD_LEFT : GLYPH_HEAD_RIGHT, 1);
}

static void make_arrow(const struct line_out *o, const struct arrow *a,
		       struct pieces *ps, const char *label, const char *letter)
{
	int len = (int)strlen(label), reach = o->middle;

	if (a->lost || a->part == ARROW_DEPARTURE)
		reach = short_reach(o, len);
	add(ps, GLYPH_DASH, 1);
	add_text(ps, label);
	if (a->part == ARROW_DEPARTURE) {
		add(ps, GLYPH_DASH, reach - len - 7);
		add(ps, GLYPH_FADE, 3);
		add_text(ps, letter);
	} else {
		add(ps, GLYPH_DASH, reach - len - 2);
		add(ps,
		    a->lost	  ? GLYPH_CROSS
		    : a->leftward ? GLYPH_HEAD_LEFT
				  : GLYPH_HEAD_RIGHT,
		    1);
	}
	add(ps, GLYPH_N, o->middle - reach);
}

void arrow_draw(const struct line_out *o, const struct arrow *a)
{
	const char letter[4] = {' ', a->letter, ' ', '\0'};
	char label[ARROW_LABEL + 2];
	struct pieces ps = {.n = 0};
	int i;

	snprintf(label, sizeof(label), " %s ", a->label);
	if (a->part == ARROW_ARRIVAL)
		make_arrival(o, a, &ps, letter);
	else
		make_arrow(o, a, &ps, label, letter);
	line_colour(o, a->colour);
	for (i = 0; i < ps.n; i++)
		print(o, &ps.p[a->leftward ? ps.n - 1 - i : i]);
	line_colour(o, COLOUR_NONE);
}
