/* SPDX-License-Identifier: ISC */
/*
 * shim.c - sysctl, ip, tc, ss and nstat, as commands of a script find them
 *
 * The program does nothing by itself: it hands its name and its words to the
 * library that packetdrill has loaded, and prints the answer.  Without one it
 * fails, and never does to the kernel what was meant for the stack.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tools/drill/ask.h"
#include "tools/packetdrill/interface.h"

#define NOBODY 126

int main(int argc, char **argv)
{
	const char *path = getenv(PACKETDRILL_CONTROL);

	if (argc < 1)
		return NOBODY;
	if (path)
		return drill_ask(path, argv, stdout, stderr);
	fprintf(stderr,
		"%s: this one is for scripts of packetdrill that run with "
		"libtern-packetdrill.so, and there is none (%s is not set)\n",
		argv[0], PACKETDRILL_CONTROL);
	return NOBODY;
}
