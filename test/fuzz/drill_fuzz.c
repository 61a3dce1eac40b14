/* SPDX-License-Identifier: ISC */
/*
 * drill_fuzz.c - any text as a script of tern drill
 *
 * Neither the parser nor the runner nor the stack under it may break, whatever
 * the text says.  Nothing is run outside the process, and virtual time and
 * buffers are bounded.
 */
#include <stdlib.h>

#include "tools/drill/drill.h"

#define SIZE_MAX_INPUT 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct drill_config c = {
		.confined = true,
		.max_steps = 2000,
		.max_bytes = 65536,
	};
	FILE *out;

	if (size > SIZE_MAX_INPUT)
		return 0;
	out = fopen("/dev/null", "w");
	if (!out)
		abort();
	c.profile = drill_profile_find("linux");
	drill_run_text(&c, "fuzz.pkt", (const char *)data, size, out);
	fclose(out);
	return 0;
}
