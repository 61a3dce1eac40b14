/* SPDX-License-Identifier: ISC */
/*
 * call_open.c - socket, bind, listen, accept, connect, shutdown, close
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <tern/socket.h>

#include "call_table.h"

enum drill_progress drill_call_socket(struct drill_run *r, struct drill_call *c)
{
	int64_t domain = AF_INET, type, protocol;

	if (drill_call_arg(c, 0)->kind != DRILL_EXPR_ELLIPSIS &&
	    !drill_arg_number(r, c, 0, &domain))
		return DRILL_CALL_WRONG;
	if (!drill_arg_number(r, c, 1, &type) ||
	    !drill_arg_number(r, c, 2, &protocol))
		return DRILL_CALL_WRONG;
	if (domain == AF_INET6 && r->set.mapped)
		domain = AF_INET;
	return drill_call_answer(
		c, r->stage.target->socket(&r->stage, (int)domain, (int)type,
					   (int)protocol));
}

/* The address and its length, which is another one if the script says so. */
static bool address(struct drill_run *r, const struct drill_call *c,
		    const struct sockaddr_storage *usual,
		    struct sockaddr_storage *addr, socklen_t *len)
{
	const struct drill_expr *e = drill_call_arg(c, 2);

	if (!drill_value_addr(r, drill_call_arg(c, 1), usual, addr, len))
		return false;
	if (e->kind == DRILL_EXPR_NUMBER)
		*len = (socklen_t)e->number;
	return true;
}

enum drill_progress drill_call_bind(struct drill_run *r, struct drill_call *c)
{
	struct sockaddr_storage usual, addr;
	struct drill_fd *fd, unknown;
	socklen_t len;

	drill_addr_make(&usual, r->set.local, r->set.bind_port);
	if (!drill_arg_fd(r, c, 0, &fd, &unknown) ||
	    !address(r, c, &usual, &addr, &len))
		return DRILL_CALL_WRONG;
	return drill_call_answer(
		c, r->stage.target->bind(&r->stage, fd->tern,
					 (struct sockaddr *)&addr, len));
}

enum drill_progress drill_call_listen(struct drill_run *r, struct drill_call *c)
{
	struct drill_fd *fd, unknown;
	int64_t backlog;

	if (!drill_arg_fd(r, c, 0, &fd, &unknown) ||
	    !drill_arg_number(r, c, 1, &backlog))
		return DRILL_CALL_WRONG;
	return drill_call_answer(
		c, r->stage.target->listen(&r->stage, fd->tern, (int)backlog));
}

/* What accept() says of the peer. */
static bool check_peer(struct drill_run *r, const struct drill_call *c,
		       const struct sockaddr_storage *addr, socklen_t len)
{
	const struct drill_expr *e = drill_call_arg(c, 2);

	if (!drill_value_check_addr(r, c, drill_call_arg(c, 1), addr))
		return false;
	if (e->kind == DRILL_EXPR_LIST)
		e = e->first;
	return drill_value_check(r, c, e, "the length of the address", len);
}

static enum drill_progress accept_with(struct drill_run *r,
				       struct drill_call *c, int flags)
{
	struct sockaddr_storage addr;
	struct drill_fd *fd, unknown;
	socklen_t len = sizeof(addr);
	int n;

	memset(&addr, 0, sizeof(addr));
	if (!drill_arg_fd(r, c, 0, &fd, &unknown))
		return DRILL_CALL_WRONG;
	n = r->stage.target->accept(&r->stage, fd->tern,
				    (struct sockaddr *)&addr, &len, flags);
	if (n == -EAGAIN)
		return drill_call_wait(r, c, fd, SO_RCVTIMEO, 0);
	if (n >= 0 && !check_peer(r, c, &addr, len))
		return DRILL_CALL_WRONG;
	return drill_call_answer(c, n);
}

enum drill_progress drill_call_accept(struct drill_run *r, struct drill_call *c)
{
	return accept_with(r, c, 0);
}

enum drill_progress drill_call_accept4(struct drill_run *r,
				       struct drill_call *c)
{
	int64_t flags;

	if (!drill_arg_number(r, c, 3, &flags))
		return DRILL_CALL_WRONG;
	return accept_with(r, c, (int)flags);
}

void drill_call_connected(struct drill_run *r, struct drill_fd *fd,
			  const struct sockaddr_storage *peer)
{
	struct sockaddr_in local, remote;
	socklen_t len = sizeof(local);
	struct drill_flow *flow;

	memcpy(&remote, peer, sizeof(remote));
	memset(&local, 0, sizeof(local));
	if (remote.sin_family != AF_INET ||
	    r->stage.target->getsockname(&r->stage, fd->tern,
					 (struct sockaddr *)&local, &len))
		return;
	flow = drill_flow_use(&r->flows, ntohs(local.sin_port),
			      ntohs(remote.sin_port));
	flow->local_renew = true;
	fd->read_pos = fd->write_pos = 0;
	r->subject = fd->script;
}

enum drill_progress drill_call_connect(struct drill_run *r,
				       struct drill_call *c)
{
	struct sockaddr_storage usual, addr;
	struct drill_fd *fd, unknown;
	enum drill_progress p;
	socklen_t len;
	int n;

	drill_addr_make(&usual, r->set.remote, r->set.connect_port);
	if (!drill_arg_fd(r, c, 0, &fd, &unknown) ||
	    !address(r, c, &usual, &addr, &len))
		return DRILL_CALL_WRONG;
	n = r->stage.target->connect(&r->stage, fd->tern,
				     (struct sockaddr *)&addr, len);
	/* 0 is an opening that waits for the first text, RFC 7413 */
	if ((n == -EINPROGRESS || n == 0) && !c->begun)
		drill_call_connected(r, fd, &addr);
	if (n != -EINPROGRESS && n != -EALREADY)
		return drill_call_answer(c, n);
	p = drill_call_wait(r, c, fd, SO_SNDTIMEO, 0);
	if (p == DRILL_CALL_DONE) /* Linux tells the first from later ones */
		c->result = c->begun ? -EINPROGRESS : n;
	return p;
}

enum drill_progress drill_call_shutdown(struct drill_run *r,
					struct drill_call *c)
{
	struct drill_fd *fd, unknown;
	int64_t how;

	if (!drill_arg_fd(r, c, 0, &fd, &unknown) ||
	    !drill_arg_number(r, c, 1, &how))
		return DRILL_CALL_WRONG;
	return drill_call_answer(
		c, r->stage.target->shutdown(&r->stage, fd->tern, (int)how));
}

/* True while text or FIN are not acknowledged. */
static bool is_closing(struct drill_run *r, const struct drill_fd *fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (r->stage.target->getsockopt(&r->stage, fd->tern, IPPROTO_TCP,
					TCP_INFO, &info, &len))
		return false;
	return info.tcpi_state == TCP_ESTABLISHED ||
	       info.tcpi_state == TCP_CLOSE_WAIT ||
	       info.tcpi_state == TCP_FIN_WAIT1 ||
	       info.tcpi_state == TCP_CLOSING ||
	       info.tcpi_state == TCP_LAST_ACK;
}

/* close() waits, with SO_LINGER {1, t}, until all that was sent is acknowledged
 * or t is over: as on Linux also if O_NONBLOCK is set. */
static bool lingers(struct drill_run *r, struct drill_call *c,
		    const struct drill_fd *fd)
{
	struct linger lg = {0, 0};
	socklen_t len = sizeof(lg);
	int unread = 0;

	if (r->stage.target->getsockopt(&r->stage, fd->tern, SOL_SOCKET,
					SO_LINGER, &lg, &len) ||
	    !lg.l_onoff || lg.l_linger <= 0 || !is_closing(r, fd))
		return false;
	if (c->begun)
		return c->until_ns > drill_stage_time(&r->stage);
	if (!r->stage.target->ioctl(&r->stage, fd->tern, FIONREAD, &unread) &&
	    unread > 0)
		return false;
	r->stage.target->shutdown(&r->stage, fd->tern, SHUT_WR);
	c->until_ns =
		drill_stage_time(&r->stage) + (int64_t)lg.l_linger * 1000000000;
	return true;
}

enum drill_progress drill_call_close(struct drill_run *r, struct drill_call *c)
{
	struct drill_fd *fd, unknown;
	int n = 0;

	if (!drill_arg_fd(r, c, 0, &fd, &unknown))
		return DRILL_CALL_WRONG;
	if (fd->pipe || fd->kind == DRILL_FD_FILE) {
		drill_fd_remove(&r->fds, fd);
		return drill_call_answer(c, 0);
	}
	if (fd->kind == DRILL_FD_SOCKET && !r->stage.target->blocks &&
	    lingers(r, c, fd))
		return DRILL_CALL_BLOCKS;
	n = r->stage.target->close_fd(&r->stage, fd->tern);
	if (n == 0)
		drill_fd_remove(&r->fds, fd);
	return drill_call_answer(c, n);
}
