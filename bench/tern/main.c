/* SPDX-License-Identifier: ISC */
/*
 * main.c - bench-tern: tern's answers to the questions of the suite
 *
 *	bench-tern QUESTION [name=value]...
 *
 * The stack is used as a program would that embeds it, by the public headers
 * alone; each file here is one question.
 */
#include <stdio.h>
#include <string.h>

#include "bench/measure.h"
#include "questions.h"

static const struct {
	const char *name;
	void (*ask)(void);
} questions[] = {
	{"bulk", question_bulk},	 {"rr", question_rr},
	{"crr", question_crr},		 {"memory", question_memory},
	{"millions", question_millions}, {"timers", question_timers},
	{"scale", question_scale},	 {"pause", question_pause},
	{"tun", question_tun},		 {"work", question_work},
};

#define N_QUESTIONS (sizeof(questions) / sizeof(questions[0]))

int main(int argc, char **argv)
{
	size_t i;

	arguments(argc - 1, argv + 1);
	for (i = 0; argc > 1 && i < N_QUESTIONS; i++) {
		if (strcmp(questions[i].name, argv[1]) != 0)
			continue;
		questions[i].ask();
		return 0;
	}
	fprintf(stderr, "usage: bench-tern QUESTION [name=value]...\n");
	for (i = 0; i < N_QUESTIONS; i++)
		fprintf(stderr, "\t%s\n", questions[i].name);
	return 2;
}
