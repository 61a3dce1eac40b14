/* SPDX-License-Identifier: ISC */
/* both.c - processor time of two processes and of the kernel's for them */
#include "both.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t thread_ns(const char *pid)
{
	unsigned long long ns = 0;
	char path[300], name[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (!fgets(name, sizeof(name), f))
		name[0] = '\0';
	fclose(f);
	if (strncmp(name, "ksoftirqd/", 10) != 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%s/schedstat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%llu", &ns) != 1)
		ns = 0;
	fclose(f);
	return ns;
}

static uint64_t soft_interrupts_ns(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	uint64_t ns = 0;

	while (d && (e = readdir(d)) != NULL)
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			ns += thread_ns(e->d_name);
	if (d)
		closedir(d);
	return ns;
}

static uint64_t process_ns(pid_t pid)
{
	struct timespec t;
	clockid_t id;

	must(clock_getcpuclockid(pid, &id) == 0 && clock_gettime(id, &t) == 0,
	     "the other process is gone");
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t all_ns(const struct both *b)
{
	return cpu_ns() + process_ns(b->other) + soft_interrupts_ns();
}

void both_start(struct both *b)
{
	b->s.cpu_ns = all_ns(b);
	b->s.wall_ns = clock_ns();
}

void both_end(struct both *b)
{
	b->s.wall_ns = clock_ns() - b->s.wall_ns;
	b->s.cpu_ns = all_ns(b) - b->s.cpu_ns;
}
