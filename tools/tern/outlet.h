/* SPDX-License-Identifier: ISC */
/*
 * outlet.h - writes to a descriptor of the system without ever waiting
 */
#ifndef TERN_TOOL_OUTLET_H
#define TERN_TOOL_OUTLET_H

#include <stdbool.h>
#include <sys/types.h>

struct outlet {
	int fd;
	bool socket;
	bool own; /* fd is ours to close */
};

void outlet_open(struct outlet *o, int fd);
void outlet_close(struct outlet *o);

/* Returns how much was written, or a negative errno: -EAGAIN if none can. */
ssize_t outlet_write(struct outlet *o, const void *bytes, size_t len);

#endif
