/* SPDX-License-Identifier: ISC */
/*
 * call.h - the system calls of a script
 *
 * The stack never blocks.  A call that would wait in a kernel is tried again
 * whenever something has happened, until it has an answer: so each is a
 * function that can be entered many times, and keeps in struct drill_call what
 * it must remember.
 */
#ifndef TERN_DRILL_CALL_H
#define TERN_DRILL_CALL_H

#include <sys/socket.h>

#include "script.h"

struct drill_run;
struct drill_fd;

enum drill_progress {
	DRILL_CALL_DONE,
	DRILL_CALL_BLOCKS,
	DRILL_CALL_WRONG, /* and the failure has been told */
};

struct drill_call {
	const struct drill_event *event;
	const struct drill_syscall *s;
	const struct drill_call_row *row;
	int64_t begin_ns, end_ns;
	bool begun;	  /* entered before */
	int64_t until_ns; /* waits no longer; INT64_MAX: for ever */
	size_t done;	  /* bytes so far */
	int64_t result;	  /* or a negative errno */
};

struct drill_call_row {
	const char *name;
	int min_args, max_args;
	enum drill_progress (*run)(struct drill_run *r, struct drill_call *c);
	bool makes_fd; /* the result is a descriptor, made by the call */
};

/* The row of a call, NULL if there is none of that name. */
const struct drill_call_row *drill_call_find(const char *name);

/* The i-th argument; NULL if there are fewer. */
const struct drill_expr *drill_call_arg(const struct drill_call *c, int i);

/* Ends the call with this result. */
enum drill_progress drill_call_answer(struct drill_call *c, int64_t result);

/*
 * What becomes of a call on `fd` that the stack has answered with -EAGAIN: the
 * end for one that does not block, or whose time (the socket option `timeout`,
 * if not 0) is up.
 */
enum drill_progress drill_call_wait(struct drill_run *r, struct drill_call *c,
				    const struct drill_fd *fd, int timeout,
				    int flags);

/* The same with a time in milliseconds, negative for ever. */
enum drill_progress drill_call_wait_ms(struct drill_run *r,
				       struct drill_call *c, int64_t ms);

/* Arguments.  Each fails the script, and returns false, on another kind. */
bool drill_arg_number(struct drill_run *r, const struct drill_call *c, int i,
		      int64_t *v);
bool drill_arg_size(struct drill_run *r, const struct drill_call *c, int i,
		    size_t *v);

/* An unknown descriptor gets a number that the stack does not know. */
bool drill_arg_fd(struct drill_run *r, const struct drill_call *c, int i,
		  struct drill_fd **fd, struct drill_fd *unknown);

bool drill_value_number(struct drill_run *r, const struct drill_expr *e,
			int64_t *v);

/* A number in a structure; `otherwise` if the field is not there or is "...".
 */
bool drill_value_field(struct drill_run *r, const struct drill_expr *e,
		       const char *name, int64_t otherwise, int64_t *v);

/* False if the structure has a field that is none of these, separated by '|'.
 */
bool drill_value_fields(struct drill_run *r, const struct drill_expr *e,
			const char *known);

/* Compares with what the script says, unless it says "...", or e is NULL. */
bool drill_value_check(struct drill_run *r, const struct drill_call *c,
		       const struct drill_expr *e, const char *what,
		       int64_t actual);

/* An address: "..." is `usual`. */
bool drill_value_addr(struct drill_run *r, const struct drill_expr *e,
		      const struct sockaddr_storage *usual,
		      struct sockaddr_storage *out, socklen_t *len);
bool drill_value_check_addr(struct drill_run *r, const struct drill_call *c,
			    const struct drill_expr *e,
			    const struct sockaddr_storage *actual);
void drill_addr_make(struct sockaddr_storage *out, uint32_t addr,
		     uint16_t port);

/* From here on packets without ports are those of this connection, which is
 * being opened to `peer`. */
void drill_call_connected(struct drill_run *r, struct drill_fd *fd,
			  const struct sockaddr_storage *peer);

/* The flow of a connected socket; NULL if there is none. */
struct drill_flow *drill_fd_flow(struct drill_run *r,
				 const struct drill_fd *fd);

/* Bytes that are sent or were received, as `e` (a string or "...") has them. */
bool drill_text_fill(struct drill_run *r, struct drill_fd *fd,
		     const struct drill_expr *e, uint8_t *buf, size_t len);
bool drill_text_check(struct drill_run *r, const struct drill_call *c,
		      struct drill_fd *fd, const struct drill_expr *e,
		      const uint8_t *buf, size_t len);

#endif
