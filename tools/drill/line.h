/* SPDX-License-Identifier: ISC */
/*
 * line.h - a packet as tcpdump(8) prints it, with its parts to be pointed at
 */
#ifndef TERN_DRILL_LINE_H
#define TERN_DRILL_LINE_H

#include "packet.h"

enum drill_field {
	DRILL_FIELD_TIME,
	DRILL_FIELD_IP,
	DRILL_FIELD_PROTOCOL,
	DRILL_FIELD_PORTS,
	DRILL_FIELD_FLAGS,
	DRILL_FIELD_SEQ,
	DRILL_FIELD_ACK,
	DRILL_FIELD_WND,
	DRILL_FIELD_URGENT,
	DRILL_FIELD_OPTIONS,
	DRILL_FIELD_LENGTH,
	DRILL_FIELD_N,
};

/* Bits of these, as drill_packet_compare() returns them. */
#define DRILL_FIELD_BIT(f) (1u << (f))

const char *drill_field_name(enum drill_field f);

struct drill_line {
	char text[1024];
	struct {
		uint16_t begin, end;
	} field[DRILL_FIELD_N], option[DRILL_OPTIONS_MAX];
};

/* `ns` is the time since the start, INT64_MIN if it does not matter. */
void drill_line_print(struct drill_line *l, const struct drill_packet *p,
		      int64_t ns);

/*
 * Writes the line that points at these fields of `l`, and at those options,
 * given as bits; at all of them if there is none.
 */
void drill_line_mark(const struct drill_line *l, unsigned int fields,
		     uint64_t options, char *out, size_t size);

#endif
