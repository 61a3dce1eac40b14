/* SPDX-License-Identifier: ISC */
/*
 * control.h - control messages of sendmsg(2) and recvmsg(2)
 */
#ifndef TERN_SOCK_CONTROL_H
#define TERN_SOCK_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/socket.h>

/* What the control messages of a send ask for. */
struct control_in {
	bool has_tx;	   /* SO_TIMESTAMPING was there: */
	uint32_t tx_flags; /* SOF_TIMESTAMPING_TX_* of this send */
};

/*
 * Reads them; `is_tcp`: of a socket that takes SO_TIMESTAMPING.  Returns 0, or
 * -EINVAL for one that is damaged or asks the socket for something else.
 */
int control_read(const struct msghdr *msg, bool is_tcp, struct control_in *in);

/* Where messages of a receive go: msg_controllen bytes of msg_control are used,
 * `room` are there. */
struct control_out {
	struct msghdr *msg;
	size_t room;
};

/* Appends one.  What does not fit is cut, and MSG_CTRUNC says so. */
void control_put(const struct control_out *out, const struct cmsghdr *head,
		 const void *data);

#endif
