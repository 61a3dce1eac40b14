/* SPDX-License-Identifier: ISC */
/*
 * main.c - bench-linux: the system's own TCP, asked the suite's questions
 *
 *	bench-linux bulk | rr | crr | memory [name=value]...
 *
 *	address=A	of the server (127.0.0.1)
 *	client_ns=NAME	network namespaces of `ip netns`, so that a veth
 *	server_ns=NAME	pair lies between the two
 *
 * Client and server are two processes.  The kernel does most of the work in
 * their time; what it does in that of its threads for soft interrupts is added.
 */
#include "linux.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES 1000000

int new_socket(int flags)
{
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	const int on = 1, window = (int)argument("window", 0);

	must(fd >= 0, "socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (window) {
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &window, sizeof(window));
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
	}
	return fd;
}

static void enter(const char *namespace)
{
	char path[100];
	int fd;

	if (!namespace)
		return;
	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		skip("a network namespace cannot be entered", errno);
	close(fd);
}

static pid_t start_server(bool echo)
{
	int fds[2];
	char byte;
	pid_t pid;

	must(pipe(fds) == 0, "pipe");
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		enter(argument_text("server_ns", NULL));
		serve(echo, fds[1]);
	}
	close(fds[1]);
	must(read(fds[0], &byte, 1) == 1, "the server did not start");
	close(fds[0]);
	return pid;
}

static const struct {
	const char *name;
	bool echo;
	void (*ask)(struct both *b);
} questions[] = {
	{"bulk", false, client_bulk},
	{"rr", true, client_rr},
	{"crr", true, client_crr},
	{"memory", true, client_memory},
};

int main(int argc, char **argv)
{
	struct rlimit files = {FILES, FILES};
	struct both b;
	size_t i;

	arguments(argc - 1, argv + 1);
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		if (argc < 2 || strcmp(argv[1], questions[i].name) != 0)
			continue;
		b.other = start_server(questions[i].echo);
		enter(argument_text("client_ns", NULL));
		questions[i].ask(&b);
		kill(b.other, SIGKILL);
		waitpid(b.other, NULL, 0);
		return 0;
	}
	must(false, "usage: bench-linux QUESTION [name=value]...");
	return 2;
}
