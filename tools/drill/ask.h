/* SPDX-License-Identifier: ISC */
/*
 * ask.h - commands that are carried out by a stack in another process
 *
 * Over a UNIX stream socket: the words of the command, each ended by a NUL, and
 * the end of the stream.  The answer is the exit status and the length of what
 * belongs on standard output, as text ("0 12\n"), then that, and then what
 * belongs on standard error.
 */
#ifndef TERN_DRILL_ASK_H
#define TERN_DRILL_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define DRILL_QUESTION_MAX	65536
#define DRILL_WORDS_OF_QUESTION 1024

struct drill_question {
	char text[DRILL_QUESTION_MAX];
	char *argv[DRILL_WORDS_OF_QUESTION + 1];
};

/* Reads a question.  False if it is none. */
bool drill_question_read(struct drill_question *q, int fd);

void drill_answer_write(int fd, int status, const char *out, size_t out_len,
			const char *err, size_t err_len);

/*
 * Asks at the socket of this path.  What the command prints goes to `out` and
 * `err`.  Returns its exit status, 126 if nobody answers.
 */
int drill_ask(const char *path, char **argv, FILE *out, FILE *err);

#endif
