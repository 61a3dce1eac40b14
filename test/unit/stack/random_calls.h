/* SPDX-License-Identifier: ISC */
/*
 * random_calls.h - two stacks at play, and the calls that are made of them
 *
 * Each do_...() makes one call with arguments by chance, and keeps account of
 * what it has learned: what a stream must bring, and which edges were told.
 */
#ifndef TERN_TEST_STACK_RANDOM_CALLS_H
#define TERN_TEST_STACK_RANDOM_CALLS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/un.h>

#include "two.h"

#define FDS   96
#define PORTS 4 /* listened on at either end: 80 and above */
#define LOANS 64
#define LENT  8000 /* bytes of one */

enum { SLICES = 6 };

struct end {
	int fd;		       /* -1: none */
	uint16_t lport, rport; /* 0: not known yet */
	uint32_t sent, got;
	uint32_t known; /* POLLIN, POLLOUT: edges told and not used up */
	struct tern_slice slices[SLICES]; /* held */
	int n_slices;
};

struct play {
	struct two t;
	struct tern *n[2];
	int ep[2], edge[2]; /* the sets */
	struct end ends[2][FDS];
	uint16_t urgent[65536]; /* ports that urgent data went between */
	uint64_t dice;
	uint32_t trouble; /* of so many frames, one is lost and so on */
	struct tern_frame held[2]; /* on its way to either end */
	uint8_t lent[2][LOANS][LENT];
	bool on_loan[2][LOANS];
	long n_bytes, n_accepted, n_done; /* to see that something happens */
};

static inline uint32_t roll(struct play *p, uint32_t n)
{
	p->dice ^= p->dice << 13;
	p->dice ^= p->dice >> 7;
	p->dice ^= p->dice << 17;
	return (uint32_t)((p->dice >> 11) % n);
}

/* The byte that the socket at port `from` sends to that at `to`. */
static inline uint8_t byte_of(uint16_t from, uint16_t to, uint32_t at)
{
	return (uint8_t)((from * 7U + to * 13U + at * 31U + (at >> 8)) >> 2);
}

static inline struct end *free_end(struct play *p, int k)
{
	for (int i = 0; i < FDS; i++)
		if (p->ends[k][i].fd < 0)
			return &p->ends[k][i];
	return NULL;
}

static inline struct end *some_end(struct play *p, int k)
{
	struct end *e = &p->ends[k][roll(p, FDS)];

	return e->fd < 0 ? NULL : e;
}

static inline void keep(struct play *p, int k, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLPRI |
					   EPOLLRDHUP | EPOLLMSG,
				 .data.fd = fd};
	struct end *e = free_end(p, k);

	if (!e) {
		assert_int_equal(tern_close(p->n[k], fd), 0);
		return;
	}
	/* Without memory it is not kept. */
	if (tern_epoll_ctl(p->n[k], p->ep[k], EPOLL_CTL_ADD, fd, &ev) == 0) {
		ev.events |= EPOLLET;
		if (tern_epoll_ctl(p->n[k], p->edge[k], EPOLL_CTL_ADD, fd,
				   &ev) == 0) {
			*e = (struct end){.fd = fd};
			return;
		}
	}
	assert_int_equal(tern_close(p->n[k], fd), 0);
}

static inline void learn_ports(struct play *p, int k, struct end *e)
{
	struct sockaddr_in a, b;
	socklen_t len = sizeof(a);

	if (e->rport ||
	    tern_getpeername(p->n[k], e->fd, (struct sockaddr *)&b, &len) < 0)
		return;
	len = sizeof(a);
	tern_getsockname(p->n[k], e->fd, (struct sockaddr *)&a, &len);
	if (a.sin_family != AF_INET)
		return;
	e->lport = ntohs(a.sin_port);
	e->rport = ntohs(b.sin_port);
	e->sent = e->got = 0;
}

static inline void do_listen(struct play *p, int k)
{
	uint16_t port = (uint16_t)(80 + roll(p, PORTS));
	struct sockaddr_in a = two_addr(INADDR_ANY, port);
	int on = 1, fd = tern_socket(p->n[k], AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		return;
	if (roll(p, 2))
		tern_setsockopt(p->n[k], fd, SOL_SOCKET, SO_REUSEADDR, &on,
				sizeof(on));
	if (roll(p, 4) == 0)
		tern_setsockopt(p->n[k], fd, SOL_SOCKET, SO_REUSEPORT, &on,
				sizeof(on));
	if (tern_bind(p->n[k], fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	    tern_listen(p->n[k], fd, (int)roll(p, 5)) == 0)
		keep(p, k, fd);
	else
		tern_close(p->n[k], fd);
}

static inline void do_dial(struct play *p, int k)
{
	static const uint32_t to[4] = {TWO_B, TWO_A, INADDR_LOOPBACK, TWO_B};
	uint32_t ip = roll(p, 3) ? (k ? TWO_A : TWO_B) : to[roll(p, 4)];
	struct sockaddr_in a = two_addr(ip, (uint16_t)(80 + roll(p, PORTS)));
	int fd = tern_socket(p->n[k], AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	if (tern_connect(p->n[k], fd, (struct sockaddr *)&a, sizeof(a)) ==
	    -EINPROGRESS)
		keep(p, k, fd);
	else
		tern_close(p->n[k], fd);
}

static inline void do_accept(struct play *p, int k, struct end *e)
{
	int fd = tern_accept(p->n[k], e->fd, NULL, NULL);

	if (fd < 0)
		return;
	p->n_accepted++;
	keep(p, k, fd);
}

static inline void do_send(struct play *p, int k, struct end *e)
{
	uint8_t buf[3000];
	uint32_t len = 1 + roll(p, roll(p, 4) ? 200 : sizeof(buf) - 1);
	ssize_t r;

	learn_ports(p, k, e);
	for (uint32_t i = 0; i < len; i++)
		buf[i] = byte_of(e->lport, e->rport, e->sent + i);
	r = tern_send(p->n[k], e->fd, buf, len, roll(p, 4) ? 0 : MSG_MORE);
	if (r > 0)
		e->sent += (uint32_t)r;
	if (r == -EAGAIN)
		e->known &= ~(uint32_t)POLLOUT;
}

/* Lends memory, which is not touched before it has come back. */
static inline void do_lend(struct play *p, int k, struct end *e)
{
	uint32_t i = roll(p, LOANS), len;
	ssize_t r;

	if (p->on_loan[k][i])
		return;
	learn_ports(p, k, e);
	len = 1 + roll(p, roll(p, 2) ? 2000 : LENT - 1);
	for (uint32_t at = 0; at < len; at++)
		p->lent[k][i][at] = byte_of(e->lport, e->rport, e->sent + at);
	r = tern_send_zc(p->n[k], e->fd, p->lent[k][i], len,
			 roll(p, 4) ? 0 : MSG_MORE, i);
	if (r > 0) {
		e->sent += (uint32_t)r;
		p->on_loan[k][i] = true;
	}
	if (r == -EAGAIN)
		e->known &= ~(uint32_t)POLLOUT;
}

static inline void learn_done(struct play *p, int k, int fd)
{
	struct tern_zc_done done[4];
	int n = tern_zc_done(p->n[k], fd, done, 1 + (int)roll(p, 4));

	for (int i = 0; i < n; i++) {
		assert_true(p->on_loan[k][done[i].cookie]);
		p->on_loan[k][done[i].cookie] = false;
		memset(p->lent[k][done[i].cookie], 0, LENT);
	}
	p->n_done += n > 0 ? n : 0;
}

static inline void give_back(struct play *p, int k, struct end *e)
{
	tern_recv_zc_done(p->n[k], e->fd, e->slices, e->n_slices);
	e->n_slices = 0;
}

/* Urgent data does not stay in the stream. */
static inline bool is_urgent(const struct play *p, const struct end *e)
{
	return p->urgent[e->lport] == (e->lport ^ e->rport) ||
	       p->urgent[e->rport] == (e->lport ^ e->rport);
}

static inline void do_receive(struct play *p, int k, struct end *e)
{
	uint8_t buf[8000];
	const int flags[4] = {0, 0, MSG_PEEK, MSG_WAITALL};
	int flag = flags[roll(p, 4)];
	ssize_t r;

	learn_ports(p, k, e);
	r = tern_recv(p->n[k], e->fd, buf, 1 + roll(p, sizeof(buf)), flag);
	if (r == -EAGAIN && flag != MSG_WAITALL)
		e->known &= ~(uint32_t)POLLIN;
	if (r <= 0)
		return;
	p->n_bytes += r;
	if (!e->rport || is_urgent(p, e))
		return;
	for (ssize_t i = 0; i < r; i++)
		assert_int_equal(buf[i], byte_of(e->rport, e->lport,
						 e->got + (uint32_t)i));
	if (flag != MSG_PEEK)
		e->got += (uint32_t)r;
}

/* Holds what it gets for a while. */
static inline void do_borrow(struct play *p, int k, struct end *e)
{
	struct tern_slice *s = e->slices + e->n_slices;
	int n;

	learn_ports(p, k, e);
	if (e->n_slices == SLICES || roll(p, 4) == 0) {
		give_back(p, k, e);
		return;
	}
	n = tern_recv_zc(p->n[k], e->fd, s,
			 1 + (int)roll(p, (uint32_t)(SLICES - e->n_slices)), 0);
	if (n == -EAGAIN)
		e->known &= ~(uint32_t)POLLIN;
	for (int i = 0; i < n; i++) {
		p->n_bytes += s[i].len;
		if (e->rport && !is_urgent(p, e))
			for (uint32_t at = 0; at < s[i].len; at++)
				assert_int_equal(
					s[i].data[at],
					byte_of(e->rport, e->lport, e->got++));
	}
	e->n_slices += n > 0 ? n : 0;
}

static inline void do_option(struct play *p, int k, struct end *e)
{
	static const int opts[][2] = {
		{SOL_SOCKET, SO_KEEPALIVE},  {SOL_SOCKET, SO_SNDBUF},
		{SOL_SOCKET, SO_RCVBUF},     {SOL_SOCKET, SO_RCVLOWAT},
		{SOL_SOCKET, SO_REUSEADDR},  {IPPROTO_TCP, TCP_NODELAY},
		{IPPROTO_TCP, TCP_CORK},     {IPPROTO_TCP, TCP_MAXSEG},
		{IPPROTO_TCP, TCP_QUICKACK}, {IPPROTO_TCP, TCP_WINDOW_CLAMP},
		{IPPROTO_TCP, TCP_KEEPIDLE}, {IPPROTO_TCP, TCP_DEFER_ACCEPT},
		{IPPROTO_TCP, TCP_LINGER2},  {IPPROTO_TCP, TCP_USER_TIMEOUT},
		{IPPROTO_IP, IP_TTL},	     {IPPROTO_IP, IP_RECVERR}};
	const int values[] = {0, 1, 2, 100, 1000, 5000, 100000, -1};
	const int *o = opts[roll(p, sizeof(opts) / sizeof(opts[0]))];
	struct linger l = {(int)roll(p, 2), (int)roll(p, 2)};
	int value = values[roll(p, 8)];

	if (roll(p, 8) == 0)
		tern_setsockopt(p->n[k], e->fd, SOL_SOCKET, SO_LINGER, &l,
				sizeof(l));
	else
		tern_setsockopt(p->n[k], e->fd, o[0], o[1], &value,
				sizeof(value));
}

static inline void do_disconnect(struct play *p, int k, struct end *e)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	if (tern_connect(p->n[k], e->fd, &none, sizeof(none)) == 0)
		e->lport = e->rport = 0;
}

/* An end that is used again after a failure has another peer. */
static inline void do_connect_again(struct play *p, int k, struct end *e)
{
	struct sockaddr_in a =
		two_addr(k ? TWO_A : TWO_B, (uint16_t)(80 + roll(p, PORTS)));

	if (tern_connect(p->n[k], e->fd, (struct sockaddr *)&a, sizeof(a)) ==
	    -EINPROGRESS)
		e->lport = e->rport = 0;
}

static inline void do_urgent(struct play *p, int k, struct end *e)
{
	uint8_t c = 0;

	learn_ports(p, k, e);
	if (roll(p, 20) || !e->lport)
		return;
	/* From now on the streams between these ports are not compared. */
	p->urgent[e->lport] = p->urgent[e->rport] = e->lport ^ e->rport;
	(void)!tern_send(p->n[k], e->fd, &c, 1, MSG_OOB);
	(void)!tern_recv(p->n[k], e->fd, &c, 1, MSG_OOB);
}

static inline void do_unix(struct play *p, int k)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd, pair[2];

	a.sun_path[0] = (char)('a' + roll(p, 3));
	if (roll(p, 3) == 0) {
		if (tern_socketpair(p->n[k], AF_UNIX, SOCK_STREAM, 0, pair))
			return;
		keep(p, k, pair[0]);
		keep(p, k, pair[1]);
		return;
	}
	fd = tern_socket(p->n[k], AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0)
		return;
	if (roll(p, 2) == 0) {
		if (tern_bind(p->n[k], fd, (struct sockaddr *)&a, sizeof(a)) ==
		    0)
			(void)!tern_listen(p->n[k], fd, (int)roll(p, 3));
	} else {
		(void)!tern_connect(p->n[k], fd, (struct sockaddr *)&a,
				    sizeof(a));
	}
	keep(p, k, fd);
}

static inline void do_close(struct play *p, int k, struct end *e)
{
	assert_int_equal(tern_close(p->n[k], e->fd), 0);
	assert_int_equal(tern_close(p->n[k], e->fd), -EBADF);
	give_back(p, k, e);
	e->fd = -1;
}

static inline void on_socket(struct play *p, int k, struct end *e)
{
	int value;

	switch (roll(p, 32)) {
	case 0:
		do_close(p, k, e);
		break;
	case 1:
		tern_shutdown(p->n[k], e->fd, (int)roll(p, 3));
		break;
	case 2:
		do_option(p, k, e);
		break;
	case 3:
		if (roll(p, 8) == 0)
			do_disconnect(p, k, e);
		break;
	case 4:
		do_urgent(p, k, e);
		break;
	case 5:
		tern_ioctl(p->n[k], e->fd, FIONREAD, &value);
		break;
	case 6:
		if (roll(p, 4) == 0)
			do_connect_again(p, k, e);
		break;
	case 7:
	case 8:
	case 9:
		do_accept(p, k, e);
		break;
	case 10:
	case 11:
	case 12:
		do_lend(p, k, e);
		break;
	case 13:
	case 14:
		do_borrow(p, k, e);
		break;
	case 15:
		learn_done(p, k, roll(p, 4) ? e->fd : -1);
		break;
	default:
		if (roll(p, 2))
			do_send(p, k, e);
		else
			do_receive(p, k, e);
	}
}

#endif
