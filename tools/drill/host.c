/* SPDX-License-Identifier: ISC */
/*
 * host.c - runs the shell and python3, and answers the shims
 *
 * A shim is a small script in a directory that stands first in PATH.  It
 * leaves its words in a file, writes a byte into a FIFO, and reads the exit
 * status from another; what it should print lies in a file then.  One is
 * served at a time, by a lock directory that it makes.  The runner waits on
 * the FIFO and for the shell's end.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include "shell.h"
#include "shim.h"

#define POLL_MS	 10
#define DIR_SIZE 192

static const char shim_text[] =
	"#!/bin/sh\n"
	"d=${0%/bin/*}\n"
	"until mkdir \"$d/lock\" 2>/dev/null; do sleep 0.01; done\n"
	"printf '%s\\037' \"${0##*/}\" \"$@\" >\"$d/words\"\n"
	"echo >\"$d/request\"\n"
	"read -r status <\"$d/reply\"\n"
	"cat \"$d/err\" >&2\n"
	"cat \"$d/out\"\n"
	"rmdir \"$d/lock\"\n"
	"exit \"$status\"\n";

struct host {
	struct drill_run *r;
	char dir[DIR_SIZE];
	int request, reply; /* FIFOs, both ends held open */
};

/* For mkdtemp(3) and its like; where TMPDIR says, unless that is too long. */
static void name_temporary(char *out, size_t size)
{
	const char *dir = getenv("TMPDIR");

	if (!dir || !dir[0] || strlen(dir) > size - 32)
		dir = "/tmp";
	snprintf(out, size, "%s/tern-drill.XXXXXX", dir);
}

static char *path_in(const struct host *h, const char *name)
{
	static char path[DIR_SIZE + 64];

	snprintf(path, sizeof(path), "%s/%s", h->dir, name);
	return path;
}

static int write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	const size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, len);
	close(fd);
	return n == (ssize_t)len ? 0 : -EIO;
}

static int open_fifo(const struct host *h, const char *name)
{
	if (mkfifo(path_in(h, name), 0600))
		return -errno;
	return open(path_in(h, name), O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

/* Makes the directory with all that is in it. */
static int set_up(struct host *h)
{
	char name[96];
	int i;

	h->request = h->reply = -1;
	name_temporary(h->dir, sizeof(h->dir));
	if (!mkdtemp(h->dir) || mkdir(path_in(h, "bin"), 0700))
		return -errno;
	for (i = 0; drill_shim_names[i]; i++) {
		int err;

		snprintf(name, sizeof(name), "bin/%s", drill_shim_names[i]);
		err = write_file(path_in(h, name), shim_text, 0700);
		if (err)
			return err;
	}
	h->request = open_fifo(h, "request");
	h->reply = open_fifo(h, "reply");
	return h->request < 0 || h->reply < 0 ? -EIO : 0;
}

static int remove_entry(const char *path, const struct stat *st, int type,
			struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void clean_up(struct host *h)
{
	if (h->request >= 0)
		close(h->request);
	if (h->reply >= 0)
		close(h->reply);
	nftw(h->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* The words of a request, which end in 0x1f each. */
static size_t read_words(const struct host *h, char *text, size_t size,
			 char **argv)
{
	FILE *f = fopen(path_in(h, "words"), "r");
	size_t len, n = 0;
	char *p, *end;

	if (!f)
		return 0;
	len = fread(text, 1, size - 1, f);
	fclose(f);
	text[len] = 0;
	for (p = text; n < 255 && (end = strchr(p, 037)); p = end + 1) {
		*end = 0;
		argv[n++] = p;
	}
	argv[n] = NULL;
	return n;
}

static int answer(struct drill_run *r, char **argv, FILE *out, FILE *err)
{
	if (strcmp(argv[0], "tern-drill-defaults") == 0)
		return drill_shell_defaults(r, argv[1]);
	return r->stage.target->command(&r->stage, argv, out, err);
}

static void serve(struct host *h)
{
	static char text[65536];
	char *argv[256], status[16];
	FILE *out, *err;
	int code = 127, len;

	out = fopen(path_in(h, "out"), "w");
	err = fopen(path_in(h, "err"), "w");
	if (out && err && read_words(h, text, sizeof(text), argv) > 0)
		code = answer(h->r, argv, out, err);
	if (out)
		fclose(out);
	if (err)
		fclose(err);
	len = snprintf(status, sizeof(status), "%d\n", code);
	if (write(h->reply, status, (size_t)len) != len)
		drill_run_tell(h->r, "(a shim was not answered)");
}

/* The directory of the script, in which commands run. */
static void enter_directory(const char *script)
{
	char dir[PATH_MAX], *slash;

	snprintf(dir, sizeof(dir), "%s", script);
	slash = strrchr(dir, '/');
	if (!slash)
		return;
	*slash = 0;
	if (chdir(dir[0] ? dir : "/"))
		_exit(126);
}

static _Noreturn void become(const struct drill_run *r, const char *bin,
			     int output, char *const argv[])
{
	const char *path = getenv("PATH");
	char longer[4096];
	int null = open("/dev/null", O_RDONLY);

	if (bin) {
		snprintf(longer, sizeof(longer), "%s/bin:%s", bin,
			 path ? path : "/usr/sbin:/usr/bin:/sbin:/bin");
		setenv("PATH", longer, 1);
	}
	dup2(null, 0);
	dup2(output, 1);
	dup2(output, 2);
	enter_directory(r->path);
	execvp(argv[0], argv);
	_exit(127);
}

static int status_of(int wait_status)
{
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status);
	return 128 + WTERMSIG(wait_status);
}

/* Waits for the child's end, and serves shims meanwhile if there are any. */
static int await(struct host *h, pid_t pid)
{
	struct pollfd p = {.events = POLLIN};
	int status = 0;
	char byte;

	if (!h) {
		waitpid(pid, &status, 0);
		return status_of(status);
	}
	p.fd = h->request;
	while (waitpid(pid, &status, WNOHANG) == 0)
		if (poll(&p, 1, POLL_MS) > 0 && read(p.fd, &byte, 1) == 1)
			serve(h);
	return status_of(status);
}

/* Copies what the child has printed, the first part of it. */
static void copy_output(FILE *from, FILE *to)
{
	char text[1024];
	size_t n;

	rewind(from);
	n = fread(text, 1, sizeof(text), from);
	fwrite(text, 1, n, to);
}

static int run_child(struct drill_run *r, struct host *h, char *const argv[],
		     FILE *err)
{
	FILE *output = tmpfile();
	int status = 126;
	pid_t pid;

	if (!output)
		return status;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		become(r, h ? h->dir : NULL, fileno(output), argv);
	if (pid > 0) {
		status = await(h, pid);
		copy_output(output, err);
	}
	fclose(output);
	return status;
}

int drill_host_shell(struct drill_run *r, const char *text, FILE *err)
{
	char *copy = strdup(text);
	char sh[] = "/bin/sh", c[] = "-c";
	char *argv[] = {sh, c, copy, NULL};
	struct host h = {.r = r};
	int status = set_up(&h);

	if (!copy || status)
		fprintf(err, "%s: %s\n", h.dir, strerror(-status));
	else
		status = run_child(r, &h, argv, err);
	clean_up(&h);
	free(copy);
	return status;
}

int drill_host_python(struct drill_run *r, const char *program, FILE *err)
{
	char name[DIR_SIZE];
	char python[] = "python3";
	char *argv[] = {python, name, NULL};
	int fd, status;
	FILE *f;

	name_temporary(name, sizeof(name));
	fd = mkostemp(name, O_CLOEXEC);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f) {
		fprintf(err, "%s: %s\n", name, strerror(errno));
		return 126;
	}
	fputs(program, f);
	fclose(f);
	status = run_child(r, NULL, argv, err);
	unlink(name);
	return status;
}
