/* SPDX-License-Identifier: ISC */
/*
 * control_client.h - the other end of a control socket
 *
 * What tern ss and tern trace use to find running processes and ask them.
 */
#ifndef TERN_TOOL_CONTROL_CLIENT_H
#define TERN_TOOL_CONTROL_CLIENT_H

#include <jansson.h>
#include <stdio.h>
#include <sys/types.h>

struct peer {
	pid_t pid;
	char command[32];
	char detail[96];
	FILE *in;
	int fd;
};

/*
 * Connects to the processes that `who` names: a PID, the name of a command or
 * of a device, or everything if NULL.  Stores at most `max`.  Returns their
 * number, or -1 after a message if there is none.
 */
int peer_find(struct peer *peers, int max, const char *who);
void peer_close(struct peer *p);

/* Sends a request (and lets go of it).  Returns 0, or -1 after a message. */
int peer_ask(struct peer *p, json_t *request);

/*
 * The next line of the answer.  NULL at its end, or after a message if it is
 * an error or the process is gone; `failed` tells which.
 */
json_t *peer_next(struct peer *p, int *failed);

#endif
