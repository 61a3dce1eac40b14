/* SPDX-License-Identifier: ISC */
/*
 * httpd_buffer.c - memory that files are read into, and that is lent to the
 * stack
 *
 * A buffer goes to tern_send_zc() as it was read, and is of use again when the
 * loan is done: when its bytes are acknowledged, or the connection has ended.
 * So a file is copied once, from the page cache, and what a slow client has
 * under way costs what it would in a send queue.
 *
 * (To lend a mapping of the file itself would spare that copy, too; but a file
 * that is cut short then ends the program, or sends segments that nobody can
 * write.)
 */
#include <stdlib.h>

#include "httpd.h"

#define BUFFERS_MAX 8192 /* more is sent by copying */
#define DONE	    64

struct buffer *buffer_get(struct httpd *h)
{
	struct buffer *b = h->buffers;

	if (b) {
		h->buffers = b->next;
		return b;
	}
	if (h->n_buffers == BUFFERS_MAX)
		return NULL;
	b = malloc(sizeof(*b));
	if (!b)
		return NULL;
	b->older = h->all;
	h->all = b;
	h->n_buffers++;
	return b;
}

void buffer_put(struct httpd *h, struct buffer *b)
{
	b->next = h->buffers;
	h->buffers = b;
}

void buffers_free(struct httpd *h)
{
	struct buffer *b;

	while ((b = h->all) != NULL) {
		h->all = b->older;
		free(b);
	}
}

void buffers_take_back(struct httpd *h, int fd)
{
	struct tern_zc_done done[DONE];
	int i, n;

	do {
		n = tern_zc_done(h->loop.stack, fd, done, DONE);
		for (i = 0; i < n; i++)
			buffer_put(h,
				   (struct buffer *)(uintptr_t)done[i].cookie);
	} while (n == DONE);
}
