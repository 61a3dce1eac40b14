/* SPDX-License-Identifier: ISC */
/*
 * call_control.c - fcntl and ioctl
 */
#include <errno.h>
#include <fcntl.h>

#include <tern/socket.h>

#include "call_table.h"

enum drill_progress drill_call_fcntl(struct drill_run *r, struct drill_call *c)
{
	struct drill_fd *fd, unknown;
	int64_t cmd, arg = 0;

	if (!drill_arg_fd(r, c, 0, &fd, &unknown) ||
	    !drill_arg_number(r, c, 1, &cmd) ||
	    (drill_call_arg(c, 2) && !drill_arg_number(r, c, 2, &arg)))
		return DRILL_CALL_WRONG;
	return drill_call_answer(c, r->stage.target->fcntl(&r->stage, fd->tern,
							   (int)cmd, (int)arg));
}

enum drill_progress drill_call_ioctl(struct drill_run *r, struct drill_call *c)
{
	const struct drill_expr *e = drill_call_arg(c, 2);
	struct drill_fd *fd, unknown;
	int64_t request, in = 0;
	int value, err;

	if (!drill_arg_fd(r, c, 0, &fd, &unknown) ||
	    !drill_arg_number(r, c, 1, &request))
		return DRILL_CALL_WRONG;
	if (e && e->kind == DRILL_EXPR_LIST)
		e = e->first;
	if (e && e->kind != DRILL_EXPR_ELLIPSIS &&
	    !drill_value_number(r, e, &in))
		return DRILL_CALL_WRONG;
	value = (int)in;
	err = r->stage.target->ioctl(&r->stage, fd->tern,
				     (unsigned long)request, &value);
	if (!err && !drill_value_check(r, c, e, "the value", value))
		return DRILL_CALL_WRONG;
	return drill_call_answer(c, err);
}
