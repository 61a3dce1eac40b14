/* SPDX-License-Identifier: ISC */
/*
 * settings.h - what a script runs with: addresses, ports, MTU, tolerance
 *
 * The option lines at the head of a script change it.
 */
#ifndef TERN_DRILL_SETTINGS_H
#define TERN_DRILL_SETTINGS_H

#include "script.h"

struct drill_settings {
	uint32_t local, remote; /* addresses */
	int prefix_len;		/* of the local one */
	uint16_t bind_port, connect_port;
	uint16_t remote_port; /* of who connects to us */
	uint32_t mtu;
	uint32_t mss; /* of segments that add up to a scripted one; 0: any */
	int64_t tolerance_ns;
	uint32_t tolerance_permille; /* of the gap to the event before */
	uint32_t ts_tick_us;	     /* compare timestamps; 0: do not */
	bool strict_segments;	     /* no adding up */
	bool mapped;		     /* sockets of IPv6 are of IPv4 */
	bool dry_run;		     /* parse only */
	bool lenient_packets, lenient_calls; /* a difference is no failure */
	const char *init; /* commands before the script, or NULL */
};

void drill_settings_init(struct drill_settings *s);

/*
 * Applies the option lines.  Returns true, or false with script->error set: an
 * option that is not known, or not possible here.
 */
bool drill_settings_apply(struct drill_settings *s,
			  struct drill_script *script);

#endif
