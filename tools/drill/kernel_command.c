/* SPDX-License-Identifier: ISC */
/*
 * kernel_command.c - commands of a script, for the running kernel
 *
 * sysctl and what is like it write below /proc/sys/net, which shows each
 * process the values of its own namespace.  ip, tc, ss and nstat are the
 * programs of this machine, run in the namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

#include "kernel.h"
#include "shim.h"
#include "words.h"

#define PROC "/proc/sys/"
#define NET  "net/"

#define CONGESTION "tcp_congestion_control"

static bool refuse(char *why, size_t size, const char *name, const char *what)
{
	snprintf(why, size, "%s: %s", name, what);
	return false;
}

/* net.ipv4.tcp_x, net/ipv4/tcp_x and /proc/sys/net/ipv4/tcp_x are one. */
static bool path_of(const char *name, char *path, size_t size)
{
	char *p;

	if (strncmp(name, PROC, strlen(PROC)) == 0)
		name += strlen(PROC);
	snprintf(path, size, "%s%s", PROC, name);
	for (p = path + strlen(PROC); !strchr(name, '/') && *p; p++)
		if (*p == '.')
			*p = '/';
	return strncmp(path + strlen(PROC), NET, strlen(NET)) == 0 &&
	       !strstr(path, "..");
}

static bool read_value(const char *path, char *value, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, value, size - 1);
	const int err = errno;

	if (fd >= 0)
		close(fd);
	errno = err;
	if (n < 0)
		return false;
	value[n] = 0;
	value[strcspn(value, "\n")] = 0;
	for (; *value; value++)
		if (*value == '\t')
			*value = ' ';
	return true;
}

static bool write_value(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	const size_t len = strlen(value);
	const bool ok = fd >= 0 && write(fd, value, len) == (ssize_t)len;
	const int err = errno;

	if (fd >= 0)
		close(fd);
	errno = err;
	return ok;
}

/* So that it can be put back. */
static void remember(struct drill_kernel *k, const char *name, const char *old)
{
	struct drill_kernel_sysctl *c;
	int i;

	for (i = 0; i < k->n_changed; i++)
		if (strcmp(k->changed[i].name, name) == 0)
			return;
	if (k->n_changed == DRILL_KERNEL_SYSCTLS)
		return;
	c = &k->changed[k->n_changed++];
	snprintf(c->name, sizeof(c->name), "%s", name);
	snprintf(c->value, sizeof(c->value), "%s", old);
}

/* Outside of the first namespace the sysctl takes only what everybody may use,
 * but root may use more by an option. */
static bool assign_congestion(struct drill_kernel *k, const char *path,
			      const char *value)
{
	if (errno != EPERM || strcmp(drill_base_name(path), CONGESTION) != 0 ||
	    strlen(value) >= sizeof(k->congestion))
		return false;
	snprintf(k->congestion, sizeof(k->congestion), "%s", value);
	return true;
}

bool drill_kernel_set(struct drill_kernel *k, const char *name,
		      const char *value, char *why, size_t size)
{
	char path[PATH_MAX], old[128];

	if (!path_of(name, path, sizeof(path)))
		return refuse(why, size, name,
			      "the kernel's namespace has no such sysctl");
	if (!read_value(path, old, sizeof(old)))
		return refuse(why, size, name, strerror(errno));
	if (strcmp(old, value) == 0)
		return true;
	remember(k, name, old);
	if (write_value(path, value)) {
		if (strcmp(drill_base_name(path), CONGESTION) == 0)
			k->congestion[0] = 0;
		return true;
	}
	return assign_congestion(k, path, value) ||
	       refuse(why, size, name, strerror(errno));
}

static bool kernel_get(const char *name, char *value, size_t size)
{
	char path[PATH_MAX];

	if (!path_of(name, path, sizeof(path)))
		return refuse(value, size, name,
			      "the kernel's namespace has no such sysctl");
	return read_value(path, value, size) ||
	       refuse(value, size, name, strerror(errno));
}

static bool set_sysctl(void *ctx, const char *name, const char *value,
		       char *why, size_t size)
{
	return drill_kernel_set(ctx, name, value, why, size);
}

static bool get_sysctl(void *ctx, const char *name, char *value, size_t size)
{
	(void)ctx;
	return kernel_get(name, value, size);
}

static void restore(struct drill_kernel *k)
{
	char why[256];
	int i;

	for (i = k->n_changed; i > 0; i--)
		(void)drill_kernel_set(k, k->changed[i - 1].name,
				       k->changed[i - 1].value, why,
				       sizeof(why));
}

/* Copies what the program prints; the streams may be in memory. */
static void copy(int fd, FILE *to)
{
	char text[4096];
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0)
		fwrite(text, 1, (size_t)n, to);
}

static int run_program(char **argv, FILE *out)
{
	int fds[2], status = 0;
	pid_t pid;

	if (pipe(fds))
		return 126;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		execvp(drill_base_name(argv[0]), argv);
		_exit(127);
	}
	close(fds[1]);
	copy(fds[0], out);
	close(fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

static bool is_program(const char *name)
{
	static const char *const names[] = {"ip", "tc", "ss", "nstat"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

int drill_kernel_command(struct drill_stage *s, char **argv, FILE *out,
			 FILE *err)
{
	struct drill_kernel *k = (struct drill_kernel *)s->library;
	const struct drill_sysctls how = {k, set_sysctl, get_sysctl, NULL};
	const char *name = drill_base_name(argv[0]);

	if (strcmp(name, "sysctl") == 0)
		return drill_shim_sysctl(&how, argv, out, err);
	if (strcmp(name, "set_sysctls.py") == 0)
		return drill_shim_set_sysctls(&how, argv, out, err);
	if (drill_shim_means_nothing(name))
		return 0;
	if (strcmp(name, DRILL_SHIM_DEFAULTS) == 0) {
		restore(k);
		return 0;
	}
	if (is_program(name))
		return run_program(argv, out);
	fprintf(err, "%s: there is no such command for the kernel\n", name);
	return 127;
}
