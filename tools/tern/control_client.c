/* SPDX-License-Identifier: ISC */
/*
 * control_client.c - the other end of a control socket
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "control_client.h"
#include "message.h"
#include "number.h"

#define PATIENCE_S 5

/* "123.sock" gives 123; anything else 0. */
static pid_t parse_name(const char *name)
{
	char *end;
	long pid = strtol(name, &end, 10);

	return pid > 0 && pid <= INT32_MAX && !strcmp(end, ".sock") ? (pid_t)pid
								    : 0;
}

/* Returns 0 or a negative errno: -ECONNREFUSED if its process is dead. */
static int connect_path(struct peer *p, const char *directory)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = PATIENCE_S};
	int r = snprintf(name.sun_path, sizeof(name.sun_path), "%s/%d.sock",
			 directory, (int)p->pid);

	if (r < 0 || (size_t)r >= sizeof(name.sun_path))
		return -ENAMETOOLONG;
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return -errno;
	setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(p->fd, (const struct sockaddr *)&name, sizeof(name)) == 0)
		p->in = fdopen(p->fd, "r");
	if (!p->in) {
		r = -errno;
		close(p->fd);
		if (r == -ECONNREFUSED)
			unlink(name.sun_path);
		return r;
	}
	return 0;
}

static int greet(struct peer *p)
{
	const char *command, *detail;
	json_t *line;
	int failed;

	if (peer_ask(p, json_pack("{s:s}", "cmd", "hello")) < 0)
		return -1;
	line = peer_next(p, &failed);
	if (json_unpack(line, "{s:s, s:s}", "command", &command, "detail",
			&detail) < 0) {
		json_decref(line);
		return -1;
	}
	snprintf(p->command, sizeof(p->command), "%s", command);
	snprintf(p->detail, sizeof(p->detail), "%s", detail);
	json_decref(line);
	while ((line = peer_next(p, &failed)))
		json_decref(line);
	return failed ? -1 : 0;
}

/* `who` is a PID, a command, or a whole word of the detail. */
static bool matches(const struct peer *p, const char *who)
{
	const char *at;
	uint64_t pid;
	size_t len;

	if (!who || !strcmp(who, p->command))
		return true;
	if (number_parse(who, 1, INT32_MAX, &pid) && (pid_t)pid == p->pid)
		return true;
	len = strlen(who);
	for (at = p->detail; len && (at = strstr(at, who)); at++)
		if ((at == p->detail || at[-1] == ' ') &&
		    (!at[len] || strchr(" ,/", at[len])))
			return true;
	return false;
}

static int find_in(struct peer *peers, int max, const char *who,
		   const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	struct peer *p;
	int n = 0;

	while (directory && n < max && (entry = readdir(directory))) {
		p = &peers[n];
		memset(p, 0, sizeof(*p));
		p->pid = parse_name(entry->d_name);
		if (!p->pid || connect_path(p, path) < 0)
			continue;
		if (greet(p) == 0 && matches(p, who))
			n++;
		else
			peer_close(p);
	}
	if (directory)
		closedir(directory);
	return n;
}

int peer_find(struct peer *peers, int max, const char *who)
{
	char path[256];
	int r = control_directory(path, sizeof(path), false), n = 0;

	if (r == -EPERM) {
		message("%s: not used, because others may write there; "
			"accepted is a directory of yours with mode 0700",
			path);
		return -1;
	}
	if (r == 0)
		n = find_in(peers, max, who, path);
	if (n > 0)
		return n;
	if (who)
		message("no tern process '%s' in %s; accepted is a PID, a "
			"command such as httpd, or a device",
			who, path);
	else
		message("no tern process is running (none in %s)", path);
	return -1;
}

void peer_close(struct peer *p)
{
	if (p->in)
		fclose(p->in);
	p->in = NULL;
}

int peer_ask(struct peer *p, json_t *request)
{
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0;
	ssize_t n = -1;

	json_decref(request);
	if (text) {
		text[len] = '\n';
		n = send(p->fd, text, len + 1, MSG_NOSIGNAL);
	}
	free(text);
	if (n >= 0)
		return 0;
	message_error(-errno, "process %d", (int)p->pid);
	return -1;
}

json_t *peer_next(struct peer *p, int *failed)
{
	const char *error;
	char *text = NULL;
	size_t size = 0;
	ssize_t len;
	json_t *line;

	*failed = 1;
	errno = 0;
	len = getline(&text, &size, p->in);
	line = len > 0 ? json_loadb(text, (size_t)len, 0, NULL) : NULL;
	free(text);
	if (!line) {
		if (errno == EAGAIN)
			message("process %d does not answer", (int)p->pid);
		else if (errno != EINTR)
			message("process %d has ended", (int)p->pid);
		return NULL;
	}
	if (json_unpack(line, "{s:s}", "error", &error) == 0) {
		message("%s", error);
		json_decref(line);
		return NULL;
	}
	if (!json_object_get(line, "end"))
		return line;
	*failed = 0;
	json_decref(line);
	return NULL;
}
