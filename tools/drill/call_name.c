/* SPDX-License-Identifier: ISC */
/*
 * call_name.c - getsockname and getpeername
 */
#include <string.h>

#include "call_table.h"

/* What has come, compared with the address and the length in brackets. */
static enum drill_progress answer(struct drill_run *r, struct drill_call *c,
				  const struct sockaddr_storage *addr,
				  socklen_t len, int err)
{
	const struct drill_expr *e = drill_call_arg(c, 2);

	if (e->kind == DRILL_EXPR_LIST)
		e = e->first;
	if (!err &&
	    (!drill_value_check_addr(r, c, drill_call_arg(c, 1), addr) ||
	     !drill_value_check(r, c, e, "the length of the address", len)))
		return DRILL_CALL_WRONG;
	return drill_call_answer(c, err);
}

enum drill_progress drill_call_getsockname(struct drill_run *r,
					   struct drill_call *c)
{
	struct sockaddr_storage addr;
	struct drill_fd *fd, unknown;
	socklen_t len = sizeof(addr);
	int err;

	memset(&addr, 0, sizeof(addr));
	if (!drill_arg_fd(r, c, 0, &fd, &unknown))
		return DRILL_CALL_WRONG;
	err = r->stage.target->getsockname(&r->stage, fd->tern,
					   (struct sockaddr *)&addr, &len);
	return answer(r, c, &addr, len, err);
}

enum drill_progress drill_call_getpeername(struct drill_run *r,
					   struct drill_call *c)
{
	struct sockaddr_storage addr;
	struct drill_fd *fd, unknown;
	socklen_t len = sizeof(addr);
	int err;

	memset(&addr, 0, sizeof(addr));
	if (!drill_arg_fd(r, c, 0, &fd, &unknown))
		return DRILL_CALL_WRONG;
	err = r->stage.target->getpeername(&r->stage, fd->tern,
					   (struct sockaddr *)&addr, &len);
	return answer(r, c, &addr, len, err);
}
