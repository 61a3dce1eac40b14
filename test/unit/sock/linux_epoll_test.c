/* SPDX-License-Identifier: ISC */
/*
 * linux_epoll_test.c - poll and epoll: as Linux
 */
#include "side.h"

static long ctl(struct side *s, int ep, int op, int fd, uint32_t events,
		int tag)
{
	struct epoll_event ev = {.events = events, .data.u64 = (uint64_t)tag};

	return do_epoll_ctl(s, ep, op, fd, &ev);
}

/* Waits for up to `max` events and notes what and in which order. */
static void note_wait(struct side *s, int ep, int max)
{
	struct epoll_event evs[32];
	long n = do_epoll_wait(s, ep, evs, max);

	NOTE(s, n);
	for (long i = 0; i < n; i++) {
		NOTE(s, (long)evs[i].data.u64);
		NOTE(s, evs[i].events);
	}
}

static void unix_pair(struct side *s, int p[2])
{
	NEED(do_socketpair(s, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p));
}

static void send_one(struct side *s, int fd)
{
	NEED(do_send(s, fd, "x", 1, 0));
	side_settle(s);
}

static void take(struct side *s, int fd)
{
	char buf[64];

	NEED(do_recv(s, fd, buf, sizeof(buf), 0));
}

static void registering(struct side *s)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int ep = NEED(do_epoll_create(s)), p[2];

	unix_pair(s, p);
	NOTE(s, ctl(s, ep, EPOLL_CTL_MOD, p[0], EPOLLIN, 1));
	NOTE(s, ctl(s, ep, EPOLL_CTL_DEL, p[0], EPOLLIN, 1));
	NOTE(s, ctl(s, ep, EPOLL_CTL_ADD, p[0], EPOLLIN, 1));
	NOTE(s, ctl(s, ep, EPOLL_CTL_ADD, p[0], EPOLLIN, 1));
	NOTE(s, ctl(s, ep, EPOLL_CTL_MOD, p[0], EPOLLOUT, 1));
	NOTE(s, ctl(s, ep, 17, p[0], EPOLLOUT, 1));
	NOTE(s, ctl(s, ep, EPOLL_CTL_ADD, 999999, EPOLLIN, 1));
	NOTE(s, ctl(s, 999999, EPOLL_CTL_ADD, p[0], EPOLLIN, 1));
	NOTE(s, ctl(s, p[1], EPOLL_CTL_ADD, p[0], EPOLLIN, 1));
	NOTE(s, ctl(s, p[1], EPOLL_CTL_ADD, p[1], EPOLLIN, 1));
	NOTE(s, ctl(s, ep, EPOLL_CTL_ADD, ep, EPOLLIN, 1));
	NOTE(s, do_epoll_ctl(s, ep, EPOLL_CTL_ADD, p[1], NULL));
	NOTE(s, do_epoll_ctl(s, 999999, EPOLL_CTL_ADD, p[1], NULL));
	NOTE(s, do_epoll_ctl(s, ep, EPOLL_CTL_DEL, p[0], NULL));
	NOTE(s, do_epoll_ctl(s, ep, EPOLL_CTL_DEL, p[0], NULL));
	NOTE(s, do_epoll_wait(s, ep, &ev, 0));
	NOTE(s, do_epoll_wait(s, ep, &ev, -1));
	NOTE(s, do_epoll_wait(s, ep, &ev, INT32_MAX));
	NOTE(s, do_epoll_wait(s, p[0], &ev, 1));
	NOTE(s, do_epoll_wait(s, 999999, &ev, 1));
	NOTE(s, do_epoll_wait(s, 999999, &ev, 0));
	NOTE(s, do_close(s, ep));
	NOTE(s, do_epoll_wait(s, ep, &ev, 1));
	NOTE(s, ctl(s, ep, EPOLL_CTL_ADD, p[0], EPOLLIN, 1));
}

static void level(struct side *s)
{
	int ep = NEED(do_epoll_create(s)), p[2];

	unix_pair(s, p);
	NEED(ctl(s, ep, EPOLL_CTL_ADD, p[0], EPOLLIN, 1));
	note_wait(s, ep, 8);
	send_one(s, p[1]);
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);
	take(s, p[0]);
	note_wait(s, ep, 8);
	NEED(ctl(s, ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLOUT, 2));
	note_wait(s, ep, 8);
	NEED(ctl(s, ep, EPOLL_CTL_MOD, p[0], 0, 3));
	send_one(s, p[1]);
	note_wait(s, ep, 8);
	NEED(ctl(s, ep, EPOLL_CTL_MOD, p[0], EPOLLIN, 4));
	note_wait(s, ep, 8);
	NEED(ctl(s, ep, EPOLL_CTL_DEL, p[0], 0, 0));
	note_wait(s, ep, 8);

	/* Hanging up is told unasked. */
	NEED(ctl(s, ep, EPOLL_CTL_ADD, p[0], 0, 5));
	note_wait(s, ep, 8);
	NEED(do_close(s, p[1]));
	note_wait(s, ep, 8);
	NEED(ctl(s, ep, EPOLL_CTL_MOD, p[0], EPOLLRDHUP, 6));
	note_wait(s, ep, 8);
	NEED(do_close(s, p[0]));
	note_wait(s, ep, 8);
}

static void edge(struct side *s)
{
	int ep = NEED(do_epoll_create(s)), p[2];

	unix_pair(s, p);
	NEED(ctl(s, ep, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLET, 1));
	note_wait(s, ep, 8);
	send_one(s, p[1]);
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);
	send_one(s, p[1]); /* not empty before: told all the same */
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);
	NEED(ctl(s, ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET, 2));
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);
	take(s, p[0]);
	note_wait(s, ep, 8);
	send_one(s, p[1]);
	take(s, p[0]); /* came and went */
	note_wait(s, ep, 8);
	NEED(do_shutdown(s, p[1], SHUT_WR));
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);

	/* Registered while ready. */
	unix_pair(s, p);
	send_one(s, p[1]);
	NEED(ctl(s, ep, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLOUT | EPOLLET, 3));
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);
}

static void edge_tcp(struct side *s)
{
	int ep = NEED(do_epoll_create(s)), e[2];

	side_connected(s, e);
	NEED(ctl(s, ep, EPOLL_CTL_ADD, e[0],
		 EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 1));
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);
	send_one(s, e[1]);
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);
	send_one(s, e[1]);
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);
	take(s, e[0]);
	note_wait(s, ep, 8);
	NEED(do_shutdown(s, e[1], SHUT_WR));
	side_settle(s);
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);
	NEED(do_shutdown(s, e[0], SHUT_WR));
	side_settle(s);
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);
}

static void tcp_reset_and_refused(struct side *s)
{
	struct linger now = {1, 0};
	struct sockaddr_in at;
	int ep = NEED(do_epoll_create(s)), e[2], fd;

	side_connected(s, e);
	NEED(ctl(s, ep, EPOLL_CTL_ADD, e[0], EPOLLET, 1));
	note_wait(s, ep, 8);
	NEED(do_setsockopt(s, e[1], SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	NEED(do_close(s, e[1]));
	side_settle(s);
	note_wait(s, ep, 8);
	NOTE(s, side_opt(s, e[0], SOL_SOCKET, SO_ERROR));
	note_wait(s, ep, 8);

	fd = side_tcp(s);
	NEED(do_close(s, side_listener(s, &at, 1)));
	NEED(ctl(s, ep, EPOLL_CTL_ADD, fd, EPOLLOUT, 2));
	note_wait(s, ep, 8);
	NOTE(s, do_connect(s, fd, &at, sizeof(at)));
	side_settle(s);
	note_wait(s, ep, 8);
	NEED(do_close(s, fd));
	note_wait(s, ep, 8);
}

static void listeners(struct side *s)
{
	struct sockaddr_in at;
	int ep = NEED(do_epoll_create(s));
	int l = side_tcp(s), c;

	/* Registered before it listens. */
	NEED(ctl(s, ep, EPOLL_CTL_ADD, l, EPOLLIN, 1));
	note_wait(s, ep, 8);
	at = side_addr(INADDR_LOOPBACK, 0);
	NEED(do_bind(s, l, &at, sizeof(at)));
	NEED(do_listen(s, l, 5));
	note_wait(s, ep, 8);
	at = side_name(s, l);
	c = side_dial(s, &at);
	note_wait(s, ep, 8);
	NEED(do_accept(s, l, NULL, NULL, 0));
	note_wait(s, ep, 8);
	NEED(ctl(s, ep, EPOLL_CTL_ADD, c, EPOLLOUT, 2));
	note_wait(s, ep, 8);
	NEED(do_shutdown(s, l, SHUT_RD));
	note_wait(s, ep, 8);
}

static void once(struct side *s)
{
	int ep = NEED(do_epoll_create(s)), p[2];

	unix_pair(s, p);
	NEED(ctl(s, ep, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLONESHOT, 1));
	send_one(s, p[1]);
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);
	send_one(s, p[1]);
	note_wait(s, ep, 8);
	NEED(ctl(s, ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 2));
	note_wait(s, ep, 8);
	take(s, p[0]);
	NEED(ctl(s, ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 3));
	note_wait(s, ep, 8);
	send_one(s, p[1]);
	note_wait(s, ep, 8);
	NEED(do_close(s, p[1])); /* spent: not even this is told */
	note_wait(s, ep, 8);
	NEED(ctl(s, ep, EPOLL_CTL_MOD, p[0], EPOLLONESHOT, 4));
	note_wait(s, ep, 8);
}

static void exclusive(struct side *s)
{
	int ep = NEED(do_epoll_create(s)), in = NEED(do_epoll_create(s)), p[2];

	unix_pair(s, p);
	NOTE(s, ctl(s, ep, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLEXCLUSIVE, 1));
	NOTE(s, ctl(s, ep, EPOLL_CTL_MOD, p[0], EPOLLIN, 1));
	NOTE(s, ctl(s, ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLEXCLUSIVE, 1));
	NOTE(s, ctl(s, ep, EPOLL_CTL_DEL, p[0], EPOLLEXCLUSIVE, 1));
	NOTE(s, ctl(s, ep, EPOLL_CTL_MOD, p[1], EPOLLIN | EPOLLEXCLUSIVE, 1));
	NOTE(s, ctl(s, ep, EPOLL_CTL_ADD, p[0],
		    EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT, 1));
	NOTE(s, ctl(s, ep, EPOLL_CTL_ADD, p[0],
		    EPOLLIN | EPOLLEXCLUSIVE | EPOLLRDHUP, 1));
	NOTE(s,
	     ctl(s, ep, EPOLL_CTL_ADD, p[0],
		 EPOLLOUT | EPOLLEXCLUSIVE | EPOLLET | EPOLLERR | EPOLLHUP, 2));
	NOTE(s, ctl(s, ep, EPOLL_CTL_ADD, in, EPOLLIN | EPOLLEXCLUSIVE, 1));
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);
}

/* The order in which they became ready; those not told come first. */
static void order(struct side *s)
{
	int ep = NEED(do_epoll_create(s)), p[6][2];

	for (int i = 0; i < 6; i++) {
		unix_pair(s, p[i]);
		NEED(ctl(s, ep, EPOLL_CTL_ADD, p[i][0], EPOLLIN, i));
	}
	send_one(s, p[4][1]);
	send_one(s, p[1][1]);
	send_one(s, p[3][1]);
	note_wait(s, ep, 8);
	note_wait(s, ep, 2);
	note_wait(s, ep, 2);
	note_wait(s, ep, 2);
	send_one(s, p[0][1]);
	send_one(s, p[4][1]);
	note_wait(s, ep, 2);
	note_wait(s, ep, 2);
	take(s, p[1][0]);
	NEED(do_close(s, p[3][0]));
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);
}

static void nested(struct side *s)
{
	int a = NEED(do_epoll_create(s)), b = NEED(do_epoll_create(s));
	int c = NEED(do_epoll_create(s)), p[2];

	unix_pair(s, p);
	NEED(ctl(s, b, EPOLL_CTL_ADD, p[0], EPOLLIN, 1));
	NEED(ctl(s, a, EPOLL_CTL_ADD, b, EPOLLIN, 2));
	NEED(ctl(s, c, EPOLL_CTL_ADD, a, EPOLLIN | EPOLLET, 3));
	NOTE(s, side_events(s, a));
	note_wait(s, a, 8);
	send_one(s, p[1]);
	NOTE(s, side_events(s, a));
	NOTE(s, side_events(s, b));
	NOTE(s, side_events(s, c));
	note_wait(s, c, 8);
	note_wait(s, c, 8);
	note_wait(s, a, 8);
	note_wait(s, b, 8);
	send_one(s, p[1]);
	note_wait(s, c, 8);
	take(s, p[0]);
	NOTE(s, side_events(s, a));
	note_wait(s, a, 8);
	note_wait(s, b, 8);
	send_one(s, p[1]);
	NEED(do_close(s, b));
	note_wait(s, a, 8);
	NOTE(s, ctl(s, a, EPOLL_CTL_DEL, b, 0, 0));
}

static void loops(struct side *s)
{
	int e[8];

	for (int i = 0; i < 8; i++)
		e[i] = NEED(do_epoll_create(s));
	NOTE(s, ctl(s, e[0], EPOLL_CTL_ADD, e[1], EPOLLIN, 0));
	NOTE(s, ctl(s, e[1], EPOLL_CTL_ADD, e[0], EPOLLIN, 0));
	NOTE(s, ctl(s, e[1], EPOLL_CTL_ADD, e[2], EPOLLIN, 0));
	NOTE(s, ctl(s, e[2], EPOLL_CTL_ADD, e[0], EPOLLIN, 0));
	NOTE(s, ctl(s, e[2], EPOLL_CTL_ADD, e[3], EPOLLIN, 0));
	NOTE(s, ctl(s, e[3], EPOLL_CTL_ADD, e[4], EPOLLIN, 0));
	NOTE(s, ctl(s, e[4], EPOLL_CTL_ADD, e[5], EPOLLIN, 0));
	NOTE(s, ctl(s, e[6], EPOLL_CTL_ADD, e[0], EPOLLIN, 0));
	NOTE(s, ctl(s, e[6], EPOLL_CTL_ADD, e[1], EPOLLIN, 0));
	NOTE(s, ctl(s, e[7], EPOLL_CTL_ADD, e[6], EPOLLIN, 0));
	NOTE(s, ctl(s, e[2], EPOLL_CTL_ADD, e[4], EPOLLIN, 0));
	NOTE(s, ctl(s, e[3], EPOLL_CTL_ADD, e[1], EPOLLIN, 0));
	NOTE(s, do_close(s, e[3]));
	NOTE(s, ctl(s, e[4], EPOLL_CTL_ADD, e[5], EPOLLIN, 0));
	NOTE(s, ctl(s, e[5], EPOLL_CTL_ADD, e[0], EPOLLIN, 0));
}

/* A small send buffer: room is told when there is enough of it. */
static void room(struct side *s)
{
	static char buf[300000];
	int ep = NEED(do_epoll_create(s)), e[2];
	long left = 0, r;

	side_connected(s, e);
	NEED(side_set_opt(s, e[0], SOL_SOCKET, SO_SNDBUF, 30000));
	NEED(ctl(s, ep, EPOLL_CTL_ADD, e[0], EPOLLOUT | EPOLLET, 1));
	note_wait(s, ep, 8);
	while ((r = do_send(s, e[0], buf, sizeof(buf), 0)) > 0) {
		left += r;
		side_settle(s);
		side_settle(s);
	}
	do_epoll_wait(s, ep, &(struct epoll_event){0}, 1);
	note_wait(s, ep, 8);
	while (left > 0) {
		r = do_recv(s, e[1], buf, sizeof(buf), 0);
		left -= r > 0 ? r : 0;
		side_settle(s);
	}
	side_settle(s);
	note_wait(s, ep, 8);
	note_wait(s, ep, 8);
}

/* The send buffer is full; then the user says that no more will come. */
static void shut_while_full(struct side *s)
{
	static char buf[300000];
	int ep = NEED(do_epoll_create(s)), lt = NEED(do_epoll_create(s)), e[2];

	side_connected(s, e);
	NEED(side_set_opt(s, e[0], SOL_SOCKET, SO_SNDBUF, 30000));
	while (do_send(s, e[0], buf, sizeof(buf), 0) > 0) {
		side_settle(s);
		side_settle(s);
	}
	NEED(ctl(s, ep, EPOLL_CTL_ADD, e[0], EPOLLOUT | EPOLLET, 1));
	NEED(ctl(s, lt, EPOLL_CTL_ADD, e[0], EPOLLOUT, 2));
	note_wait(s, ep, 8);
	note_wait(s, lt, 8);
	NEED(do_shutdown(s, e[0], SHUT_WR));
	note_wait(s, ep, 8);
	note_wait(s, lt, 8);
	note_wait(s, ep, 8);
	NEED(do_shutdown(s, e[0], SHUT_RD));
	note_wait(s, ep, 8);
	note_wait(s, lt, 8);
}

static void polling(struct side *s)
{
	struct pollfd p[5];
	int pair[2], e[2];

	unix_pair(s, pair);
	side_connected(s, e);
	send_one(s, pair[1]);
	p[0] = (struct pollfd){pair[0], POLLIN, 0x7f};
	p[1] = (struct pollfd){-1, POLLIN, 0x7f};
	p[2] = (struct pollfd){999999, POLLIN, 0x7f};
	p[3] = (struct pollfd){e[0], POLLIN, 0x7f};
	p[4] = (struct pollfd){e[1], 0, 0x7f};
	NOTE(s, do_poll(s, p, 5));
	for (int i = 0; i < 5; i++)
		NOTE(s, p[i].revents);
	NOTE(s, do_poll(s, p, 0));
	p[0].events = 0;
	p[3].events = POLLOUT;
	p[4].events = POLLWRNORM;
	NOTE(s, do_poll(s, p, 5));
	for (int i = 0; i < 5; i++)
		NOTE(s, p[i].revents);
}

SCRIPT(registering)
SCRIPT(level)
SCRIPT(edge)
SCRIPT(edge_tcp)
SCRIPT(tcp_reset_and_refused)
SCRIPT(listeners)
SCRIPT(once)
SCRIPT(exclusive)
SCRIPT(order)
SCRIPT(nested)
SCRIPT(loops)
SCRIPT(room)
SCRIPT(shut_while_full)
SCRIPT(polling)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registering),
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_edge),
		cmocka_unit_test(test_edge_tcp),
		cmocka_unit_test(test_tcp_reset_and_refused),
		cmocka_unit_test(test_listeners),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_exclusive),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_shut_while_full),
		cmocka_unit_test(test_polling),
	};

	return cmocka_run_group_tests(tests, side_kernel, NULL);
}
