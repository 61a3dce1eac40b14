/* SPDX-License-Identifier: ISC */
/*
 * suite.h - many scripts: found, run at the same time, reported in order
 */
#ifndef TERN_DRILL_SUITE_H
#define TERN_DRILL_SUITE_H

#include "drill.h"

struct drill_result {
	char *path;
	enum drill_verdict verdict;
	bool over;
	char *text; /* what was said, "" if nothing */
	size_t text_len;
	double seconds;
};

struct drill_suite {
	struct drill_config config;
	int n_workers;
	struct drill_result *results;
	size_t n, size;
};

/*
 * Adds a file, or what ends in .pkt anywhere below a directory, in the order
 * of names.  Returns the number of scripts added, or a negative errno.
 */
int drill_suite_add(struct drill_suite *s, const char *path);

/* Runs all.  What they say goes to `out`. */
void drill_suite_run(struct drill_suite *s, FILE *out);

/* The number of results with this verdict. */
size_t drill_suite_count(const struct drill_suite *s, enum drill_verdict v);

/* Writes the results as JUnit XML.  Returns 0, or a negative errno. */
int drill_suite_junit(const struct drill_suite *s, const char *path);

void drill_suite_free(struct drill_suite *s);

#endif
