/* SPDX-License-Identifier: ISC */
/*
 * junit.c - results as JUnit XML
 */
#include <errno.h>
#include <string.h>

#include "suite.h"

/* Text of an attribute or an element; what XML cannot hold becomes '?'. */
static void put(FILE *f, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '<')
			fputs("&lt;", f);
		else if (c == '>')
			fputs("&gt;", f);
		else if (c == '&')
			fputs("&amp;", f);
		else if (c == '"')
			fputs("&quot;", f);
		else
			fputc((c < 32 && c != '\n' && c != '\t') || c > 126
				      ? '?'
				      : c,
			      f);
	}
}

static void put_case(FILE *f, const struct drill_result *r)
{
	const char *slash = strrchr(r->path, '/');
	const size_t dir = slash ? (size_t)(slash - r->path) : 0;

	fputs("  <testcase classname=\"", f);
	put(f, r->path, dir);
	fputs("\" name=\"", f);
	put(f, slash ? slash + 1 : r->path,
	    strlen(slash ? slash + 1 : r->path));
	fprintf(f, "\" time=\"%.6f\"", r->seconds);
	if (r->verdict == DRILL_PASSED) {
		fputs("/>\n", f);
		return;
	}
	fputs(">\n    <failure message=\"", f);
	put(f, r->text, strcspn(r->text, "\n"));
	fputs("\">", f);
	put(f, r->text, strlen(r->text));
	fputs("</failure>\n  </testcase>\n", f);
}

int drill_suite_junit(const struct drill_suite *s, const char *path)
{
	FILE *f = fopen(path, "w");
	double seconds = 0;
	size_t i;
	bool bad;

	if (!f)
		return -errno;
	for (i = 0; i < s->n; i++)
		seconds += s->results[i].seconds;
	fprintf(f,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuite name=\"drill\" tests=\"%zu\" failures=\"%zu\" "
		"time=\"%.6f\">\n",
		s->n, s->n - drill_suite_count(s, DRILL_PASSED), seconds);
	for (i = 0; i < s->n; i++)
		put_case(f, &s->results[i]);
	fputs("</testsuite>\n", f);
	bad = ferror(f);
	if (fclose(f) || bad)
		return errno ? -errno : -EIO;
	return 0;
}
