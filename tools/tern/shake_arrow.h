/* SPDX-License-Identifier: ISC */
/*
 * shake_arrow.h - the arrow of a segment, between the bars
 *
 *	- SYN seq 0 ------------------------->	whole
 *	- SYN seq 0 ----------x			lost
 *	- SYN seq 0 ------... a			leaves, while another comes
 *			a ...----------------->	arrives
 */
#ifndef TERN_TOOL_SHAKE_ARROW_H
#define TERN_TOOL_SHAKE_ARROW_H

#include "shake_line.h"

#define ARROW_LABEL 128

enum arrow_part {
	ARROW_WHOLE,
	ARROW_DEPARTURE,
	ARROW_ARRIVAL,
};

struct arrow {
	enum arrow_part part;
	bool leftward;
	bool lost;
	char letter; /* of a loose end */
	const char *label;
	enum colour colour;
};

/* Draws exactly o->middle columns. */
void arrow_draw(const struct line_out *o, const struct arrow *a);

#endif
