/* SPDX-License-Identifier: ISC */
/*
 * call_file.c - open and sendfile
 *
 *	open("/dev/zero", O_RDONLY) = 5
 *	sendfile(4, 5, [0], 1000) = 1000
 *
 * Files are the runner's, and are only read: to be sent.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call_table.h"

enum drill_progress drill_call_open(struct drill_run *r, struct drill_call *c)
{
	const struct drill_expr *e = drill_call_arg(c, 0);
	const int number = c->s->result->kind == DRILL_EXPR_NUMBER
				   ? (int)c->s->result->number
				   : drill_fd_unused(&r->fds);
	struct drill_fd *fd;
	int64_t flags;
	int file;

	if (e->kind != DRILL_EXPR_STRING) {
		drill_run_wrong(r, e->place, "expected the path of a file");
		return DRILL_CALL_WRONG;
	}
	if (!drill_arg_number(r, c, 1, &flags))
		return DRILL_CALL_WRONG;
	if (r->config->confined)
		return drill_call_answer(c, -EPERM);
	file = open(e->text, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return drill_call_answer(c, -errno);
	if (number < 0 || drill_fd_find(&r->fds, number)) {
		close(file);
		drill_run_fail(r, c->event,
			       "open() returned a new descriptor, which the "
			       "script does not expect");
		return DRILL_CALL_WRONG;
	}
	fd = drill_fd_add(&r->fds, number, -1);
	fd->kind = DRILL_FD_FILE;
	fd->file = file;
	return drill_call_answer(c, number);
}

/* Where to read from: [N], or NULL for where the file stands. */
static bool offset_of(struct drill_run *r, const struct drill_call *c,
		      const struct drill_fd *file, int64_t *at)
{
	const struct drill_expr *e = drill_call_arg(c, 2);

	*at = file->read_pos;
	if (e->kind == DRILL_EXPR_LIST)
		return drill_value_number(r, e->first, at);
	if (e->kind == DRILL_EXPR_NUMBER || e->kind == DRILL_EXPR_ELLIPSIS)
		return true;
	return drill_run_wrong(r, e->place,
			       "expected an offset such as [0], or NULL");
}

static ssize_t read_at(const struct drill_fd *file, int64_t at, uint8_t *buf,
		       size_t len)
{
	ssize_t n = pread(file->file, buf, len, at);

	if (n < 0 && errno == ESPIPE)
		n = read(file->file, buf, len);
	return n < 0 ? -errno : n;
}

/* Sends what has been read.  As with other calls, a blocking socket takes all
 * of it in the end. */
static enum drill_progress send_text(struct drill_run *r, struct drill_call *c,
				     struct drill_fd *to, const uint8_t *buf,
				     size_t len)
{
	struct drill_flow *flow = drill_fd_flow(r, to);
	enum drill_progress p;
	ssize_t n;

	n = r->stage.target->write(&r->stage, to->tern, buf, len);
	if (n > 0) {
		c->done += (size_t)n;
		to->write_pos += (uint32_t)n;
		if (flow) /* it is what the file has, not the pattern */
			flow->text_out_known = false;
	}
	if (n < 0 && n != -EAGAIN)
		return drill_call_answer(c, c->done ? (int64_t)c->done : n);
	if (n == (ssize_t)len)
		return drill_call_answer(c, (int64_t)c->done);
	p = drill_call_wait(r, c, to, SO_SNDTIMEO, 0);
	if (p == DRILL_CALL_DONE && c->done)
		c->result = (int64_t)c->done;
	return p;
}

enum drill_progress drill_call_sendfile(struct drill_run *r,
					struct drill_call *c)
{
	struct drill_fd *to, *from, no_to, no_from;
	enum drill_progress p;
	int64_t at;
	uint8_t *buf;
	size_t len;
	ssize_t n;

	if (!drill_arg_fd(r, c, 0, &to, &no_to) ||
	    !drill_arg_fd(r, c, 1, &from, &no_from) ||
	    !drill_arg_size(r, c, 3, &len))
		return DRILL_CALL_WRONG;
	if (from->kind != DRILL_FD_FILE)
		return drill_call_answer(c, from->tern < 0 ? -EBADF : -EINVAL);
	if (!offset_of(r, c, from, &at))
		return DRILL_CALL_WRONG;
	len -= c->done;
	buf = drill_grow(NULL, len ? len : 1, 1);
	n = read_at(from, at + (int64_t)c->done, buf, len);
	if (n > 0)
		p = send_text(r, c, to, buf, (size_t)n);
	else
		p = drill_call_answer(c, c->done ? (int64_t)c->done : n);
	free(buf);
	if (p == DRILL_CALL_DONE && c->result > 0 &&
	    drill_call_arg(c, 2)->kind != DRILL_EXPR_LIST)
		from->read_pos += (uint32_t)c->result;
	return p;
}
