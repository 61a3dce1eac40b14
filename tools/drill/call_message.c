/* SPDX-License-Identifier: ISC */
/*
 * call_message.c - sendmsg and recvmsg
 *
 *	{msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0,
 *	 msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_TOS, cmsg_data=2}]}
 *
 * The data of a control message is a number, a list of numbers, a string, or
 * a structure: of the error queue, or a timestamp, {scm_sec=..., scm_nsec=...}
 * since the script began.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h>

#include <tern/socket.h>

#include "call_table.h"
#include "transfer.h"

#define CONTROL_MAX    512
#define MESSAGE_FIELDS "msg_name|msg_iov|msg_flags|msg_control"
#define CONTROL_FIELDS "cmsg_level|cmsg_type|cmsg_data"
#define ERROR_FIELDS   "ee_errno|ee_origin|ee_type|ee_code|ee_info|ee_data"
#define TIME_FIELDS    "scm_sec|scm_nsec"

struct control {
	_Alignas(struct cmsghdr) uint8_t bytes[CONTROL_MAX];
	size_t len;
};

static const struct drill_expr *message_of(struct drill_run *r,
					   const struct drill_call *c)
{
	const struct drill_expr *e = drill_call_arg(c, 1);

	if (e->kind == DRILL_EXPR_STRUCT && drill_expr_field(e, "msg_iov"))
		return drill_value_fields(r, e, MESSAGE_FIELDS) ? e : NULL;
	drill_run_wrong(r, e->place,
			"expected a message such as {msg_name(...)=..., "
			"msg_iov(1)=[{..., 1000}], msg_flags=0}");
	return NULL;
}

/* What sendmsg() is given in one control message: numbers of 32 bits. */
static bool put_data(struct drill_run *r, const struct drill_expr *e,
		     uint8_t *out, size_t *len)
{
	const struct drill_expr *x = e->kind == DRILL_EXPR_LIST ? e->first : e;
	int64_t v;

	if (e->kind == DRILL_EXPR_STRING) {
		*len = e->len < 64 ? e->len : 64;
		memcpy(out, e->text, *len);
		return true;
	}
	for (*len = 0; x && *len < 64; x = x->next) {
		int32_t word;

		if (!drill_value_number(r, x, &v))
			return false;
		word = (int32_t)v;
		memcpy(out + *len, &word, sizeof(word));
		*len += sizeof(word);
		if (e->kind != DRILL_EXPR_LIST)
			break;
	}
	return true;
}

static bool put_control(struct drill_run *r, const struct drill_expr *e,
			struct control *out)
{
	const struct drill_expr *data = drill_expr_field(e, "cmsg_data");
	struct cmsghdr head = {0};
	uint8_t bytes[64];
	int64_t level, type;
	size_t len = 0;

	if (!drill_value_fields(r, e, CONTROL_FIELDS) ||
	    !drill_value_field(r, e, "cmsg_level", 0, &level) ||
	    !drill_value_field(r, e, "cmsg_type", 0, &type) ||
	    (data && !put_data(r, data, bytes, &len)))
		return false;
	if (out->len + CMSG_SPACE(len) > CONTROL_MAX)
		return drill_run_wrong(r, e->place,
				       "expected fewer control messages");
	head.cmsg_level = (int)level;
	head.cmsg_type = (int)type;
	head.cmsg_len = CMSG_LEN(len);
	memcpy(out->bytes + out->len, &head, sizeof(head));
	memcpy(out->bytes + out->len + CMSG_LEN(0), bytes, len);
	out->len += CMSG_SPACE(len);
	return true;
}

static bool fill_control(struct drill_run *r, const struct drill_expr *msg,
			 struct control *out)
{
	const struct drill_expr *list = drill_expr_field(msg, "msg_control");
	const struct drill_expr *e;

	memset(out, 0, sizeof(*out));
	if (!list || list->kind != DRILL_EXPR_LIST)
		return true;
	for (e = list->first; e; e = e->next)
		if (!put_control(r, e, out))
			return false;
	return true;
}

static bool fill_name(struct drill_run *r, const struct drill_expr *msg,
		      struct sockaddr_storage *addr, struct msghdr *m)
{
	const struct drill_expr *e = drill_expr_field(msg, "msg_name");
	struct sockaddr_storage usual;
	socklen_t len;

	if (!e || e->kind != DRILL_EXPR_STRUCT)
		return true;
	drill_addr_make(&usual, r->set.remote, r->set.connect_port);
	if (!drill_value_addr(r, e, &usual, addr, &len))
		return false;
	m->msg_name = addr;
	m->msg_namelen = len;
	return true;
}

enum drill_progress drill_call_sendmsg(struct drill_run *r,
				       struct drill_call *c)
{
	const struct drill_expr *e = message_of(r, c);
	struct drill_transfer t = {0};
	struct sockaddr_storage addr;
	struct msghdr m = {0};
	struct control control;
	int64_t flags;
	ssize_t n;

	if (!e || !drill_arg_fd(r, c, 0, &t.fd, &t.unknown) ||
	    !drill_arg_number(r, c, 2, &flags) || !fill_name(r, e, &addr, &m) ||
	    !fill_control(r, e, &control) ||
	    !drill_transfer_vector(r, drill_expr_field(e, "msg_iov"), &t))
		return DRILL_CALL_WRONG;
	t.flags = (int)flags;
	if (!drill_transfer_fill(r, c, &t))
		return DRILL_CALL_WRONG;
	m.msg_iov = t.iov;
	m.msg_iovlen = (size_t)t.n_parts;
	if (control.len) {
		m.msg_control = control.bytes;
		m.msg_controllen = control.len;
	}
	n = r->stage.target->sendmsg(&r->stage, t.fd->tern, &m, t.flags);
	if (m.msg_name && !c->begun && t.flags & MSG_FASTOPEN)
		drill_call_connected(r, t.fd, &addr);
	return drill_transfer_sent(r, c, &t, n);
}

static bool check_error(struct drill_run *r, const struct drill_call *c,
			const struct drill_expr *e, const uint8_t *bytes,
			size_t len)
{
	struct sock_extended_err err;

	memset(&err, 0, sizeof(err));
	memcpy(&err, bytes, len < sizeof(err) ? len : sizeof(err));
	return drill_value_fields(r, e, ERROR_FIELDS) &&
	       drill_value_check(r, c, drill_expr_field(e, "ee_errno"),
				 "ee_errno", err.ee_errno) &&
	       drill_value_check(r, c, drill_expr_field(e, "ee_origin"),
				 "ee_origin", err.ee_origin) &&
	       drill_value_check(r, c, drill_expr_field(e, "ee_type"),
				 "ee_type", err.ee_type) &&
	       drill_value_check(r, c, drill_expr_field(e, "ee_code"),
				 "ee_code", err.ee_code) &&
	       drill_value_check(r, c, drill_expr_field(e, "ee_info"),
				 "ee_info", err.ee_info) &&
	       drill_value_check(r, c, drill_expr_field(e, "ee_data"),
				 "ee_data", err.ee_data);
}

/* A time since the script began. */
static bool check_time(struct drill_run *r, const struct drill_call *c,
		       const struct drill_expr *e, const struct cmsghdr *h)
{
	const bool micro = h->cmsg_type == SO_TIMESTAMP;
	int64_t sec, nsec, wanted[2];
	tern_time at;

	if (h->cmsg_len < CMSG_LEN(sizeof(wanted)))
		return drill_run_fail(r, c->event, "%s(): no time in it",
				      c->s->name);
	memcpy(&sec, CMSG_DATA(h), sizeof(sec));
	memcpy(&nsec, CMSG_DATA(h) + sizeof(sec), sizeof(nsec));
	at = (tern_time)sec * TERN_S + (tern_time)(micro ? nsec * 1000 : nsec);
	if (!drill_value_fields(r, e, TIME_FIELDS) ||
	    !drill_value_field(r, e, "scm_sec", 0, &wanted[0]) ||
	    !drill_value_field(r, e, "scm_nsec", 0, &wanted[1]))
		return false;
	nsec = (int64_t)(at - r->stage.stamp_origin);
	wanted[1] += wanted[0] * (int64_t)TERN_S;
	if (llabs(nsec - wanted[1]) <= drill_run_tolerance(r, wanted[1]))
		return true;
	return drill_run_fail(r, c->event,
			      "%s(): the timestamp is %lld.%09lld, expected "
			      "%lld.%09lld",
			      c->s->name, (long long)(nsec / (int64_t)TERN_S),
			      (long long)(nsec % (int64_t)TERN_S),
			      (long long)(wanted[1] / (int64_t)TERN_S),
			      (long long)(wanted[1] % (int64_t)TERN_S));
}

static bool check_data(struct drill_run *r, const struct drill_call *c,
		       const struct drill_expr *e, const uint8_t *bytes,
		       size_t len)
{
	const struct drill_expr *x = e->kind == DRILL_EXPR_LIST ? e->first : e;
	size_t at = 0;

	if (e->kind == DRILL_EXPR_STRUCT)
		return check_error(r, c, e, bytes, len);
	if (e->kind != DRILL_EXPR_NUMBER && e->kind != DRILL_EXPR_LIST)
		return true;
	for (; x; x = x->next) {
		int32_t v = 0;

		if (at < len)
			memcpy(&v, bytes + at, len - at < 4 ? len - at : 4);
		if (!drill_value_check(r, c, x, "cmsg_data", v))
			return false;
		at += sizeof(v);
		if (e->kind != DRILL_EXPR_LIST)
			break;
	}
	return true;
}

static bool is_time(const struct drill_expr *e)
{
	return e->kind == DRILL_EXPR_STRUCT &&
	       (drill_expr_field(e, "scm_sec") ||
		drill_expr_field(e, "scm_nsec"));
}

static bool check_one_control(struct drill_run *r, const struct drill_call *c,
			      const struct drill_expr *e, struct cmsghdr *h)
{
	const struct drill_expr *data = drill_expr_field(e, "cmsg_data");

	return drill_value_fields(r, e, CONTROL_FIELDS) &&
	       drill_value_check(r, c, drill_expr_field(e, "cmsg_level"),
				 "cmsg_level", h->cmsg_level) &&
	       drill_value_check(r, c, drill_expr_field(e, "cmsg_type"),
				 "cmsg_type", h->cmsg_type) &&
	       (!data ||
		(is_time(data) ? check_time(r, c, data, h)
			       : check_data(r, c, data, CMSG_DATA(h),
					    h->cmsg_len - CMSG_LEN(0))));
}

static bool check_control(struct drill_run *r, const struct drill_call *c,
			  const struct drill_expr *msg, struct msghdr *m)
{
	const struct drill_expr *list = drill_expr_field(msg, "msg_control");
	struct cmsghdr *h = CMSG_FIRSTHDR(m);
	const struct drill_expr *e;

	if (!list || list->kind != DRILL_EXPR_LIST)
		return true;
	for (e = list->first; e; e = e->next) {
		if (!h)
			return drill_run_fail(r, c->event,
					      "%s(): a control message is "
					      "missing",
					      c->s->name);
		if (!check_one_control(r, c, e, h))
			return false;
		h = CMSG_NXTHDR(m, h);
	}
	if (!h)
		return true;
	return drill_run_fail(r, c->event,
			      "%s(): a control message of level %d, type %d "
			      "was not expected",
			      c->s->name, h->cmsg_level, h->cmsg_type);
}

static bool check_message(struct drill_run *r, const struct drill_call *c,
			  const struct drill_expr *e, struct msghdr *m,
			  const struct sockaddr_storage *addr)
{
	if (m->msg_namelen > 0 &&
	    !drill_value_check_addr(r, c, drill_expr_field(e, "msg_name"),
				    addr))
		return false;
	return drill_value_check(r, c, drill_expr_field(e, "msg_flags"),
				 "msg_flags", m->msg_flags) &&
	       check_control(r, c, e, m);
}

enum drill_progress drill_call_recvmsg(struct drill_run *r,
				       struct drill_call *c)
{
	const struct drill_expr *e = message_of(r, c);
	struct drill_transfer t = {0};
	struct sockaddr_storage addr;
	struct control control = {0};
	struct msghdr m = {.msg_name = &addr,
			   .msg_namelen = sizeof(addr),
			   .msg_control = control.bytes,
			   .msg_controllen = sizeof(control.bytes)};
	enum drill_progress p;
	int64_t flags;
	ssize_t n;

	memset(&addr, 0, sizeof(addr));
	if (!e || !drill_arg_fd(r, c, 0, &t.fd, &t.unknown) ||
	    !drill_arg_number(r, c, 2, &flags) ||
	    !drill_transfer_vector(r, drill_expr_field(e, "msg_iov"), &t))
		return DRILL_CALL_WRONG;
	t.flags = (int)flags;
	m.msg_iov = t.iov;
	m.msg_iovlen = (size_t)t.n_parts;
	n = r->stage.target->recvmsg(&r->stage, t.fd->tern, &m, t.flags);
	if (n == -EAGAIN && drill_transfer_takes_less(r, c, &t))
		n = r->stage.target->recvmsg(&r->stage, t.fd->tern, &m,
					     t.flags & ~MSG_WAITALL);
	p = drill_transfer_received(r, c, &t, n);
	if (p == DRILL_CALL_DONE && c->result >= 0 &&
	    !check_message(r, c, e, &m, &addr))
		return DRILL_CALL_WRONG;
	return p;
}
