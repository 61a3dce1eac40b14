/* SPDX-License-Identifier: ISC */
/*
 * outbound.h - what the stack has sent, compared with what was expected
 */
#ifndef TERN_DRILL_OUTBOUND_H
#define TERN_DRILL_OUTBOUND_H

#include "packet.h"

/*
 * Compares a packet in the script's numbers with an expected one.  Returns the
 * fields that differ, as bits of enum drill_field; timestamps are compared if
 * `stamps`.
 */
unsigned int drill_packet_compare(const struct drill_packet *expected,
				  const struct drill_packet *actual,
				  bool stamps);

/* The options of `actual`, as bits, that are not what stands in their place. */
uint64_t drill_options_compare(const struct drill_packet *expected,
			       const struct drill_packet *actual, bool stamps);

#endif
