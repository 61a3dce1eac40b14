/* SPDX-License-Identifier: ISC */
/*
 * message.c - what a command says on stderr, and how it exits
 *
 * A message may come while a progress line stands on the terminal without a
 * newline; progress.c begins each with a carriage return, and a message starts
 * by clearing what is there.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "message.h"

static const char *command = "tern";

void message_name(const char *name)
{
	command = name;
}

static void begin(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	fprintf(stderr, "%s: ", command);
}

void message(const char *format, ...)
{
	va_list args;

	begin();
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void message_error(int error, const char *format, ...)
{
	va_list args;

	begin();
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(-error));
}

void message_usage(const char *format, ...)
{
	va_list args;

	begin();
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nTry `%s --help' for more.\n", command);
	exit(EXIT_USAGE);
}
