/* SPDX-License-Identifier: ISC */
/*
 * message.h - what a command says on stderr, and how it exits
 *
 * Every message is one line that begins with the command: "tern httpd: ...".
 * A process runs one command, so the name is set once.
 */
#ifndef TERN_TOOL_MESSAGE_H
#define TERN_TOOL_MESSAGE_H

/* The exit status of a program that a signal ended before it was done. */
#define EXIT_SIGNAL(signal) (128 + (signal))

/* Sets what messages begin with: the argv[0] of a command, "tern httpd". */
void message_name(const char *name);

/* The name, ": " and the text. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, and ": " and the meaning of a negative errno value. */
void message_error(int error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * A wrong option or argument: the text, then where the accepted ones are
 * listed; exits with EXIT_USAGE.
 */
void message_usage(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

#endif
