/* SPDX-License-Identifier: ISC */
/*
 * inbound.c - a packet of the script, handed to the stack
 */
#include "run.h"

bool drill_run_inbound(struct drill_run *r, const struct drill_event *e)
{
	static uint8_t bytes[DRILL_WIRE_MAX];
	struct drill_flow *flow;
	struct drill_packet live;
	uint32_t pos, len;

	flow = drill_flow_of(&r->flows, &r->set, e->packet, true);
	pos = drill_flow_to_live(flow, &r->set, e->packet, &live);
	len = drill_packet_write(&live, pos, bytes);
	drill_run_tell(r, "%s", e->source);
	if (drill_stage_input(&r->stage, bytes, len))
		return drill_run_fail(r, e,
				      "there is no memory for the "
				      "packet");
	return drill_run_resume(r);
}
