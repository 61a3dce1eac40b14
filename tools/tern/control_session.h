/* SPDX-License-Identifier: ISC */
/*
 * control_session.h - one client of a control socket, as the server sees it
 */
#ifndef TERN_TOOL_CONTROL_SESSION_H
#define TERN_TOOL_CONTROL_SESSION_H

#include <stdbool.h>
#include <stdint.h>

struct session;
struct control_config;

/* Takes over `fd`.  Returns NULL if there is no memory (fd is left open). */
struct session *session_open(int fd, const struct control_config *config);
void session_close(struct session *c);
int session_fd(const struct session *c);

/* Reads requests.  Returns 0, or -1 if the client is gone. */
int session_read(struct session *c);

/*
 * Makes the next piece of the answer and writes what the client takes.
 * Returns 1 if there is more to do at once, 0, or -1 if the client is gone.
 */
int session_write(struct session *c);

/* True if the events it waits for (EPOLLIN, EPOLLOUT) have changed. */
bool session_wants(struct session *c, uint32_t *events);

#endif
