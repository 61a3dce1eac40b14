/* SPDX-License-Identifier: ISC */
/*
 * httpd_index.c - the listing of a directory as HTML
 *
 * Names are bytes that anybody may have chosen: they are escaped in the text
 * and percent-encoded in the links.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "httpd.h"
#include "number.h"

static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

static void put_link(FILE *out, const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	fputs("./", out); /* a name with a colon is not a scheme */
	for (; *name; name++) {
		if (strchr(plain, *name))
			fputc(*name, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*name);
	}
}

static void put_entry(FILE *out, int directory, const char *name)
{
	char size[NUMBER_TEXT] = "", date[32] = "";
	const char *slash = "";
	struct stat st;
	struct tm tm;

	if (fstatat(directory, name, &st, 0) == 0) {
		slash = S_ISDIR(st.st_mode) ? "/" : "";
		if (S_ISREG(st.st_mode))
			number_format_bytes((uint64_t)st.st_size, size);
		gmtime_r(&st.st_mtime, &tm);
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M", &tm);
	}
	fputs("<tr><td><a href=\"", out);
	put_link(out, name);
	fprintf(out, "%s\">", slash);
	put_text(out, name);
	fprintf(out, "%s</a></td><td>%s</td><td>%s</td></tr>\n", slash, size,
		date);
}

static int is_shown(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

int index_write(FILE *out, int fd, const char *title)
{
	struct dirent **list;
	int n = scandirat(fd, ".", &list, is_shown, alphasort), i;

	if (n < 0) {
		close(fd);
		return -1;
	}
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n<title>",
	      out);
	put_text(out, title);
	fputs("</title>\n<style>body{font-family:sans-serif}"
	      "td{padding:0 2em 0 0}</style>\n</head>\n<body>\n<h1>",
	      out);
	put_text(out, title);
	fputs("</h1>\n<table>\n", out);
	if (strcmp(title, "/") != 0)
		fputs("<tr><td><a href=\"../\">../</a></td></tr>\n", out);
	for (i = 0; i < n; i++) {
		put_entry(out, fd, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	close(fd);
	fputs("</table>\n</body>\n</html>\n", out);
	return 0;
}
