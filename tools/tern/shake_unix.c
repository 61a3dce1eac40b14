/* SPDX-License-Identifier: ISC */
/*
 * shake_unix.c - scenarios: AF_UNIX stream sockets
 */
#include <errno.h>
#include <string.h>

#include "shake.h"

#include "sim/world.h"

#define PATH "/run/echo"

static int make_listener(struct shake *s, int backlog)
{
	int fd = shake_unix_socket(s, SERVER);

	shake_note(s, "A name instead of an address and a port.");
	shake_unix_bind(s, SERVER, fd, PATH);
	shake_listen(s, SERVER, fd, backlog);
	return fd;
}

void shake_unix_open(struct shake *s)
{
	char heard[64] = "", answer[64] = "";
	int lfd, cfd, sfd, err;
	uint32_t waiting;

	shake_stage_unix(s);
	if (s->broken)
		lfd = shake_unix_socket(s, SERVER);
	else
		lfd = make_listener(s, 2);
	cfd = shake_unix_socket(s, CLIENT);
	shake_note(s, "0, not EINPROGRESS: there is nothing to wait for.");
	err = shake_unix_connect(s, CLIENT, cfd, PATH);
	waiting = s->queues.n_accept;
	shake_note(s, "One may write before the other has called accept().");
	shake_send(s, CLIENT, cfd, "hello, server");
	sfd = shake_accept(s, SERVER, lfd);
	if (sfd >= 0) {
		shake_recv(s, SERVER, sfd, heard, sizeof(heard));
		shake_send(s, SERVER, sfd, "hello, client");
	}
	shake_recv(s, CLIENT, cfd, answer, sizeof(answer));

	shake_promise(s, err == 0 && waiting == 1,
		      "connect() is done at once: the connection is in the "
		      "accept queue");
	shake_promise(s,
		      !strcmp(heard, "hello, server") &&
			      !strcmp(answer, "hello, client"),
		      "both sides received what the other sent");
	shake_promise(s,
		      err == 0 && shake_count(s, 0, CLIENT, SHAKE_ANY) == 0 &&
			      shake_count(s, 0, SERVER, SHAKE_ANY) == 0,
		      "not one segment was sent");
}

void shake_unix_full(struct shake *s)
{
	int lfd, fd, err[3], again, i;
	tern_time begin;

	shake_stage_unix(s);
	begin = s->failed ? 0 : sim_world_now(s->world);
	lfd = make_listener(s, s->broken ? 4 : 1);
	for (i = 0; i < 3; i++) {
		fd = shake_unix_socket(s, CLIENT);
		if (i == 2)
			shake_note(s, "The queue is full, and the client is "
				      "told so.");
		err[i] = shake_unix_connect(s, CLIENT, fd, PATH);
	}
	shake_note(s, "accept() makes room ...");
	shake_accept(s, SERVER, lfd);
	shake_note(s, "... and the next try succeeds.");
	again = shake_unix_connect(s, CLIENT, fd, PATH);

	shake_promise(s, err[0] == 0 && err[1] == 0,
		      "the queue takes as many as backlog says, and one");
	shake_promise(s,
		      err[2] == -ECONNREFUSED && !s->failed &&
			      sim_world_now(s->world) == begin,
		      "the next one gets ECONNREFUSED, at once");
	shake_promise(s, err[2] && again == 0,
		      "after an accept() there is room again");
}
