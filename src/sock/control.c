/* SPDX-License-Identifier: ISC */
/*
 * control.c - control messages of sendmsg(2) and recvmsg(2)
 *
 * Of those that may be sent SO_TIMESTAMPING says something here; others of the
 * level SOL_SOCKET are refused, since they would do nothing, and those of other
 * levels are not looked at, as on Linux.
 */
#include "sock/control.h"

#include <errno.h>

#include <linux/net_tstamp.h>

#include "base/bytes.h"
#include "sock/notes.h"

static int read_one(const struct cmsghdr *c, bool is_tcp, struct control_in *in)
{
	uint32_t flags;

	if (c->cmsg_level != SOL_SOCKET)
		return 0;
	if (!is_tcp || c->cmsg_type != SO_TIMESTAMPING ||
	    c->cmsg_len != CMSG_LEN(sizeof(flags)))
		return -EINVAL;
	memcpy(&flags, CMSG_DATA(c), sizeof(flags));
	if (flags & ~NOTES_TX_FLAGS)
		return -EINVAL;
	in->has_tx = true;
	in->tx_flags = flags;
	return 0;
}

int control_read(const struct msghdr *msg, bool is_tcp, struct control_in *in)
{
	const struct cmsghdr *c;
	struct msghdr copy = *msg; /* CMSG_NXTHDR() wants it writable */
	int err;

	if (!msg->msg_control || msg->msg_controllen < sizeof(*c))
		return 0;
	for (c = CMSG_FIRSTHDR(&copy); c;) {
		union {
			const struct cmsghdr *in;
			struct cmsghdr *writable;
		} p = {c};
		size_t left = (size_t)((const char *)msg->msg_control +
				       msg->msg_controllen - (const char *)c);

		if (c->cmsg_len < sizeof(*c) || c->cmsg_len > left)
			return -EINVAL;
		err = read_one(c, is_tcp, in);
		if (err)
			return err;
		c = CMSG_NXTHDR(&copy, p.writable);
	}
	return 0;
}

void control_put(const struct control_out *out, const struct cmsghdr *head,
		 const void *data)
{
	struct msghdr *msg = out->msg;
	const size_t left = out->room - msg->msg_controllen;
	uint8_t *at = (uint8_t *)msg->msg_control + msg->msg_controllen;
	struct cmsghdr h = *head;
	size_t n = h.cmsg_len - CMSG_LEN(0);

	if (!msg->msg_control || left < sizeof(h)) {
		msg->msg_flags |= MSG_CTRUNC;
		return;
	}
	if (left < h.cmsg_len) {
		msg->msg_flags |= MSG_CTRUNC;
		h.cmsg_len = left;
		n = left - min_size(left, CMSG_LEN(0));
	}
	memcpy(at, &h, sizeof(h));
	memcpy(at + CMSG_LEN(0), data, n);
	msg->msg_controllen += min_size(CMSG_ALIGN(h.cmsg_len), left);
}
