/* SPDX-License-Identifier: ISC */
/*
 * linux.h - bench-linux: the system's own TCP, asked the suite's questions
 *
 *	main.c		arguments, the two processes
 *	server.c	an epoll loop that swallows, or answers
 *	client.c	what is measured
 */
#ifndef BENCH_LINUX_H
#define BENCH_LINUX_H

#include <netinet/in.h>

#include "bench/both.h"

#define PORTS 64
#define PORT  5201
#define SIZE  64 /* of a request and of a response */

/* A TCP socket with the window that was asked for. */
int new_socket(int flags);

/* Answers on each connection if `echo`, else throws away; never returns. */
void serve(bool echo, int ready_fd) __attribute__((noreturn));

void client_bulk(struct both *b);
void client_rr(struct both *b);
void client_crr(struct both *b);
void client_memory(struct both *b);

#endif
