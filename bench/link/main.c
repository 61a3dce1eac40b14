/* SPDX-License-Identifier: ISC */
/*
 * main.c - bench-link: what the links of tern cost beside a program without it
 *
 *	bench-link packets by=raw|tern kind=tap|packet|xdp|uring size=N
 *		way=send|recv
 *
 * Work is counted per second of processor time of all that takes part, so also
 * of who sends what we receive; that is the same for both.  uring is a TAP too.
 */
#include "link.h"

#include <string.h>

volatile uint32_t looked_at;

static const struct {
	const char *by, *kind;
	const struct mover *mover;
} movers[] = {
	{"raw", "tap", &raw_tap},	{"tern", "tap", &tern_tap},
	{"raw", "packet", &raw_packet}, {"tern", "packet", &tern_packet},
	{"raw", "uring", &raw_uring},	{"raw", "xdp", &raw_xdp},
	{"tern", "xdp", &tern_xdp},
};

static const struct mover *choose(const char *by, const char *kind)
{
	size_t i;

	for (i = 0; i < sizeof(movers) / sizeof(movers[0]); i++)
		if (!strcmp(movers[i].by, by) && !strcmp(movers[i].kind, kind))
			return movers[i].mover;
	must(false, "by= is raw or tern, kind= is tap, packet, xdp, or, for "
		    "raw, uring");
	return NULL;
}

int main(int argc, char **argv)
{
	const char *question = argc > 1 ? argv[1] : "";
	const char *by, *kind;
	uint64_t limit_ns;

	arguments(argc, argv);
	by = argument_text("by", "tern");
	kind = argument_text("kind", "tap");
	limit_ns = argument("seconds", 1) * 1000000000;
	must(!strcmp(question, "packets"), "the question is packets");
	wire_enter();
	packets(choose(by, kind),
		!strcmp(kind, "tap") || !strcmp(kind, "uring"), limit_ns);
	return 0;
}
