/* SPDX-License-Identifier: ISC */
/*
 * shim_tc.c - tc(8) for the stack
 *
 * A queueing discipline that only queues changes nothing where nothing queues;
 * one that loses, delays or paces is refused.
 */
#include <string.h>

#include "shim_args.h"

/* Parameters of a queue: all but those that would be seen on the wire. */
static int limits_rate(struct shim_args *a)
{
	for (; *a->at; a->at++)
		if (strcmp(*a->at, "maxrate") == 0 ||
		    strcmp(*a->at, "ce_threshold") == 0)
			return shim_refuse(a, "the link of a script has no",
					   *a->at);
	return 0;
}

int drill_shim_tc(const struct drill_shims *h, char **argv, FILE *out,
		  FILE *err)
{
	static const char queues[] = "pfifo|pfifo_fast|bfifo|fq|fq_codel|sfq|"
				     "codel|mq|noqueue";
	struct shim_args a = {h, argv + 1, out, err};

	while (*a.at && (*a.at)[0] == '-')
		a.at++;
	if (!shim_take(&a, "qdisc"))
		return shim_refuse(&a, "tc: not known here:", *a.at);
	if (shim_take_any(&a, "show|list|ls"))
		return 0;
	if (!shim_take_any(&a, "add|replace|change|del|delete") ||
	    !shim_take(&a, "dev"))
		return shim_refuse(&a, "tc qdisc: not known here:", *a.at);
	if (shim_device(&a, *a.at) < 0)
		return shim_refuse(&a, "there is no device", *a.at);
	a.at++;
	shim_take(&a, "root");
	if (shim_take(&a, "handle") && *a.at)
		a.at++;
	if (!*a.at || shim_take_any(&a, queues))
		return limits_rate(&a);
	return shim_refuse(&a, "the link of a script has no queue such as",
			   *a.at);
}
