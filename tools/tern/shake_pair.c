/* SPDX-License-Identifier: ISC */
/*
 * shake_pair.c - the usual beginnings: a listener, and a connection to it
 */
#include "shake.h"

int shake_make_listener(struct shake *s, uint16_t port, int backlog)
{
	int fd = shake_socket(s, SERVER);

	if (shake_bind(s, SERVER, fd, 0, port))
		return -1;
	if (shake_listen(s, SERVER, fd, backlog))
		return -1;
	return fd;
}

void shake_make_pair(struct shake *s, struct shake_pair *p)
{
	p->listener = shake_make_listener(s, SHAKE_PORT, 4);
	p->client = shake_socket(s, CLIENT);
	shake_connect(s, CLIENT, p->client, SHAKE_SERVER_ADDR, SHAKE_PORT);
	shake_run(s, 5 * SHAKE_DELAY);
	p->server = shake_accept(s, SERVER, p->listener);
}

void shake_make_pair_folded(struct shake *s, struct shake_pair *p)
{
	shake_fold(s, "(opened: see tern shake open)");
	shake_make_pair(s, p);
	shake_unfold(s);
}
