/* SPDX-License-Identifier: ISC */
/*
 * transfer.c - what the calls that send and those that receive have in common
 */
#include "transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include <tern/socket.h>

static bool add_part(struct drill_run *r, const struct drill_expr *text,
		     const struct drill_expr *size, struct drill_transfer *t)
{
	const size_t max =
		r->config->max_bytes ? r->config->max_bytes : (size_t)64 << 20;
	int64_t len;

	if (!text || (text->kind != DRILL_EXPR_ELLIPSIS &&
		      text->kind != DRILL_EXPR_STRING &&
		      text->kind != DRILL_EXPR_NUMBER))
		return drill_run_wrong(r, text ? text->place : r->event->place,
				       "expected '...' or a string");
	if (!drill_value_number(r, size, &len))
		return false;
	if (len < 0 || (size_t)len > max - t->len)
		return drill_run_wrong(r, size->place,
				       "expected a length of at most %zu "
				       "bytes",
				       max);
	if (t->n_parts == DRILL_PARTS_MAX)
		return drill_run_wrong(r, size->place,
				       "expected at most %d parts",
				       DRILL_PARTS_MAX);
	t->part[t->n_parts] = text;
	t->iov[t->n_parts].iov_len = (size_t)len;
	t->n_parts++;
	t->len += (size_t)len;
	return true;
}

static void place_parts(struct drill_transfer *t)
{
	size_t at = 0;
	int i;

	t->buf = drill_grow(NULL, t->len ? t->len : 1, 1);
	for (i = 0; i < t->n_parts; i++) {
		t->iov[i].iov_base = t->buf + at;
		at += t->iov[i].iov_len;
	}
}

bool drill_transfer_plain(struct drill_run *r, const struct drill_call *c,
			  int text, struct drill_transfer *t)
{
	if (!drill_arg_fd(r, c, 0, &t->fd, &t->unknown) ||
	    !add_part(r, drill_call_arg(c, text), drill_call_arg(c, text + 1),
		      t))
		return false;
	place_parts(t);
	return true;
}

bool drill_transfer_vector(struct drill_run *r, const struct drill_expr *list,
			   struct drill_transfer *t)
{
	const struct drill_expr *e;

	if (list->kind != DRILL_EXPR_LIST)
		return drill_run_wrong(r, list->place,
				       "expected a list such as "
				       "[{..., 1000}]");
	for (e = list->first; e; e = e->next) {
		if (e->kind != DRILL_EXPR_STRUCT || drill_expr_count(e) != 2)
			return drill_run_wrong(r, e->place,
					       "expected a buffer and its "
					       "length, as in {..., 1000}");
		if (!add_part(r, drill_expr_at(e, 0), drill_expr_at(e, 1), t))
			return false;
	}
	place_parts(t);
	return true;
}

/* Leaves out of the vector what has been sent. */
static void skip_done(struct drill_transfer *t, size_t done)
{
	int i;

	for (i = 0; i < t->n_parts; i++) {
		struct iovec *v = &t->iov[i];
		size_t n = done < v->iov_len ? done : v->iov_len;

		v->iov_base = (uint8_t *)v->iov_base + n;
		v->iov_len -= n;
		done -= n;
	}
}

bool drill_transfer_fill(struct drill_run *r, const struct drill_call *c,
			 struct drill_transfer *t)
{
	struct drill_fd fd = *t->fd;
	int i;

	/* The whole of it once more, as it was when the call began. */
	fd.write_pos -= (uint32_t)c->done;
	for (i = 0; i < t->n_parts; i++) {
		struct iovec *v = &t->iov[i];

		if (!drill_text_fill(r, &fd, t->part[i], v->iov_base,
				     v->iov_len)) {
			free(t->buf);
			return false;
		}
		fd.write_pos += (uint32_t)v->iov_len;
	}
	skip_done(t, c->done);
	return true;
}

enum drill_progress drill_transfer_sent(struct drill_run *r,
					struct drill_call *c,
					struct drill_transfer *t, ssize_t n)
{
	enum drill_progress p;

	free(t->buf);
	if (n > 0) {
		c->done += (size_t)n;
		t->fd->write_pos += (uint32_t)n;
	}
	if (n < 0 && n != -EAGAIN)
		return drill_call_answer(c, c->done ? (int64_t)c->done : n);
	if (n >= 0 && c->done == t->len)
		return drill_call_answer(c, (int64_t)c->done);
	p = drill_call_wait(r, c, t->fd, SO_SNDTIMEO, t->flags);
	if (p == DRILL_CALL_DONE && c->done)
		c->result = (int64_t)c->done;
	return p;
}

bool drill_transfer_takes_less(struct drill_run *r, const struct drill_call *c,
			       const struct drill_transfer *t)
{
	int mode;

	if (r->stage.target->blocks || !(t->flags & MSG_WAITALL))
		return false;
	mode = r->stage.target->fcntl(&r->stage, t->fd->tern, F_GETFL, 0);
	return mode & O_NONBLOCK || t->flags & MSG_DONTWAIT ||
	       (c->begun && c->until_ns <= drill_stage_time(&r->stage));
}

/* Compares `n` bytes, part by part. */
static bool check_parts(struct drill_run *r, const struct drill_call *c,
			const struct drill_transfer *t, size_t n)
{
	struct drill_fd fd = *t->fd;
	int i;

	for (i = 0; i < t->n_parts && n > 0; i++) {
		const struct iovec *v = &t->iov[i];
		size_t len = n < v->iov_len ? n : v->iov_len;

		if (!drill_text_check(r, c, &fd, t->part[i], v->iov_base, len))
			return false;
		fd.read_pos += (uint32_t)len;
		n -= len;
	}
	return true;
}

enum drill_progress drill_transfer_received(struct drill_run *r,
					    struct drill_call *c,
					    struct drill_transfer *t, ssize_t n)
{
	bool ok = true;

	if (n == -EAGAIN) {
		free(t->buf);
		return drill_call_wait(r, c, t->fd, SO_RCVTIMEO, t->flags);
	}
	if (n > 0 && !(t->flags & (MSG_OOB | MSG_TRUNC)))
		ok = check_parts(r, c, t, (size_t)n);
	if (n > 0 && !(t->flags & (MSG_OOB | MSG_PEEK)))
		t->fd->read_pos += (uint32_t)n;
	free(t->buf);
	return ok ? drill_call_answer(c, n) : DRILL_CALL_WRONG;
}
