/* SPDX-License-Identifier: ISC */
/*
 * ask.c - commands that are carried out by a stack in another process
 */
#include "ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/un.h>

#define UNANSWERED 126

/* Reads until the end of the stream.  Returns the bytes, or -1. */
static ssize_t read_all(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, text + len, size - len);
		if (n > 0)
			len += (size_t)n;
	} while ((n > 0 && len < size) || (n < 0 && errno == EINTR));
	return n < 0 ? -1 : (ssize_t)len;
}

static bool write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		const ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

bool drill_question_read(struct drill_question *q, int fd)
{
	const ssize_t len = read_all(fd, q->text, sizeof(q->text));
	char *at = q->text;
	size_t n = 0;

	/* One that fills the buffer may be only a part. */
	if (len <= 0 || (size_t)len == sizeof(q->text) || q->text[len - 1])
		return false;
	while (at < q->text + len) {
		if (n == DRILL_WORDS_OF_QUESTION)
			return false;
		q->argv[n++] = at;
		at += strlen(at) + 1;
	}
	q->argv[n] = NULL;
	return true;
}

void drill_answer_write(int fd, int status, const char *out, size_t out_len,
			const char *err, size_t err_len)
{
	char head[64];
	const int n = snprintf(head, sizeof(head), "%d %zu\n", status, out_len);

	if (write_all(fd, head, (size_t)n) && write_all(fd, out, out_len))
		write_all(fd, err, err_len);
}

static int connect_to(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(addr.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool send_words(int fd, char **argv)
{
	for (; *argv; argv++)
		if (!write_all(fd, *argv, strlen(*argv) + 1))
			return false;
	return shutdown(fd, SHUT_WR) == 0;
}

/* Takes the answer apart.  Returns the status. */
static int print_answer(FILE *in, FILE *out, FILE *err)
{
	size_t out_len, n, part;
	char text[4096];
	int status;

	if (fscanf(in, "%d %zu", &status, &out_len) != 2 || getc(in) != '\n')
		return UNANSWERED;
	for (; out_len > 0; out_len -= n) {
		part = out_len < sizeof(text) ? out_len : sizeof(text);
		n = fread(text, 1, part, in);
		if (n == 0)
			return UNANSWERED;
		fwrite(text, 1, n, out);
	}
	while ((n = fread(text, 1, sizeof(text), in)) > 0)
		fwrite(text, 1, n, err);
	return status;
}

int drill_ask(const char *path, char **argv, FILE *out, FILE *err)
{
	int fd = connect_to(path), status = UNANSWERED;
	FILE *in;

	if (fd < 0) {
		fprintf(err, "%s: %s: %s\n", argv[0], path, strerror(errno));
		return UNANSWERED;
	}
	in = send_words(fd, argv) ? fdopen(fd, "r") : NULL;
	if (in)
		status = print_answer(in, out, err);
	if (status == UNANSWERED)
		fprintf(err, "%s: %s: nobody answers\n", argv[0], path);
	if (in)
		fclose(in);
	else
		close(fd);
	return status;
}
