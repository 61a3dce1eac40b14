/* SPDX-License-Identifier: ISC */
/*
 * shake_time_wait.c - scenario: what TIME-WAIT keeps others from
 *
 * The server closes first here, so that the TIME-WAIT is at the end with the
 * well-known port, where it is felt.  Twice: once to wait until it is over,
 * once to be reopened by the same client (RFC 9293 3.10.7.4, RFC 6191).
 */
#include <errno.h>
#include <sys/socket.h>

#include "shake.h"

#define CLIENT_PORT 40000

/* Opens from the fixed port, and closes: the server first, or the client. */
static void open_and_close(struct shake *s, int lfd, bool server_first)
{
	enum shake_side first = server_first ? SERVER : CLIENT;
	enum shake_side then = server_first ? CLIENT : SERVER;
	int fd[2];

	fd[CLIENT] = shake_socket(s, CLIENT);
	shake_bind(s, CLIENT, fd[CLIENT], 0, CLIENT_PORT);
	shake_connect(s, CLIENT, fd[CLIENT], SHAKE_SERVER_ADDR, SHAKE_PORT);
	shake_run(s, 5 * SHAKE_DELAY);
	fd[SERVER] = shake_accept(s, SERVER, lfd);
	shake_close(s, first, fd[first]);
	shake_run(s, 5 * SHAKE_DELAY);
	shake_close(s, then, fd[then]);
	shake_run(s, 5 * SHAKE_DELAY);
}

/* Tries to have the port.  Returns the socket, and the result of bind(). */
static int try_port(struct shake *s, int *result)
{
	int fd = shake_socket(s, SERVER);

	*result = shake_bind(s, SERVER, fd, 0, SHAKE_PORT);
	return fd;
}

static void reopen(struct shake *s)
{
	int fd = shake_socket(s, CLIENT);

	shake_bind(s, CLIENT, fd, 0, CLIENT_PORT);
	shake_tell(s, CLIENT, SHAKE_SYN,
		   "A SYN into TIME-WAIT. Its timestamp is newer than the last "
		   "of the old connection: it cannot be an old one.");
	shake_connect(s, CLIENT, fd, SHAKE_SERVER_ADDR, SHAKE_PORT);
	shake_run(s, 5 * SHAKE_DELAY);
}

void shake_time_wait(struct shake *s)
{
	int lfd, fd, busy, free_again;
	enum tern_tcp_state waiting, again, reopened;

	shake_stage(s);
	s->show_timestamps = true;
	shake_fold(s, "(opened, and closed by the server)");
	lfd = shake_make_listener(s, SHAKE_PORT, 3);
	open_and_close(s, lfd, !s->broken);
	shake_close(s, SERVER, lfd);
	shake_unfold(s);
	waiting = shake_state(s, SERVER, 0);
	shake_note(s, "The server was stopped and is started again: the old "
		      "connection still has the port.");
	fd = try_port(s, &busy);
	shake_close(s, SERVER, fd);
	shake_run(s, 61 * TERN_S);
	shake_note(s, "2MSL are over. (With SO_REUSEADDR it need not have "
		      "waited.)");
	lfd = try_port(s, &free_again);
	shake_listen(s, SERVER, lfd, 3);
	shake_fold(s, "(opened, and closed by the server)");
	open_and_close(s, lfd, !s->broken);
	shake_unfold(s);
	shake_run(s, 5 * TERN_S);
	again = shake_state(s, SERVER, 0);
	reopen(s);
	reopened = shake_state(s, SERVER, 0);

	shake_promise(s, waiting == TERN_TCP_TIME_WAIT && busy == -EADDRINUSE,
		      "while TIME-WAIT lasts, bind() says EADDRINUSE");
	shake_promise(s, waiting == TERN_TCP_TIME_WAIT && free_again == 0,
		      "after 2MSL the port is free");
	shake_promise(s,
		      again == TERN_TCP_TIME_WAIT &&
			      reopened == TERN_TCP_ESTABLISHED &&
			      shake_state(s, CLIENT, 0) == TERN_TCP_ESTABLISHED,
		      "a SYN with a newer timestamp may reopen it before");
}
