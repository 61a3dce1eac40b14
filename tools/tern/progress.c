/* SPDX-License-Identifier: ISC */
/* progress.c - one line on the terminal that says how a transfer goes */
#include <stdio.h>
#include <unistd.h>

#include "number.h"
#include "progress.h"

void progress_init(struct progress *p, tern_time now)
{
	p->last = now;
	p->last_bytes = 0;
	p->shown = false;
	p->tty = isatty(STDERR_FILENO);
}

void progress_show(struct progress *p, const char *what, uint64_t bytes,
		   uint64_t total, tern_time now)
{
	char amount[NUMBER_TEXT], rate[NUMBER_TEXT];

	if (!p->tty || now - p->last < TERN_S)
		return;
	number_format_bytes(bytes, amount);
	number_format_rate(bytes - p->last_bytes, now - p->last, rate);
	fprintf(stderr, "\r\033[K%s: %s, %s", what, amount, rate);
	if (total)
		fprintf(stderr, ", %d%%", (int)(100 * bytes / total));
	fflush(stderr);
	p->shown = true;
	p->last = now;
	p->last_bytes = bytes;
}

void progress_clear(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
