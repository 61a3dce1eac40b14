/* SPDX-License-Identifier: ISC */
/* connect_test.c - AF_UNIX sockets: names, backlog, the ends of connections */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "domain.h"

static struct domain t;

static int setup(void **state)
{
	(void)state;
	return domain_open(&t);
}

static int teardown(void **state)
{
	(void)state;
	return domain_close(&t);
}

static struct unix_sock *open_as(uint32_t user)
{
	struct unix_sock *u = unix_create(&t.d);

	assert_non_null(u);
	unix_set_user(u, user);
	return u;
}

static struct unix_sock *listener(const char *name, uint32_t backlog)
{
	struct unix_sock *u = open_as(1);

	assert_int_equal(unix_bind(&t.d, u, name, (uint16_t)strlen(name)), 0);
	assert_int_equal(unix_listen(u, backlog), 0);
	return u;
}

static int dial(struct unix_sock *u, const char *name)
{
	return unix_connect(&t.d, u, name, (uint16_t)strlen(name));
}

static void test_nobody_listens(void **state)
{
	struct unix_sock *a = open_as(1), *b = open_as(2);

	(void)state;
	assert_int_equal(dial(a, "door"), -ECONNREFUSED);
	assert_int_equal(unix_bind(&t.d, b, "door", 4), 0);
	assert_int_equal(dial(a, "door"), -ECONNREFUSED);
	assert_int_equal(unix_listen(a, 1), -EINVAL); /* unnamed */
	unix_close(&t.d, a);
	unix_close(&t.d, b);
}

static void test_connected_before_accept(void **state)
{
	struct unix_sock *l = listener("door", 5), *c = open_as(2), *s;

	(void)state;
	assert_int_equal(unix_poll(c), POLLOUT | POLLHUP);
	assert_null(unix_accept(l));
	assert_int_equal(dial(c, "door"), 0);
	assert_int_equal(domain_told(&t, 1), POLLIN);
	assert_int_equal(unix_poll(l), POLLIN);
	assert_int_equal(unix_poll(c), POLLOUT);
	assert_int_equal(dial(c, "door"), -EISCONN);
	s = unix_accept(l);
	assert_ptr_equal(s->peer, c);
	assert_int_equal(unix_poll(l), 0);
	assert_int_equal(s->name->len, 4);
	assert_ptr_equal(unix_peer_name(c), s->name);
	assert_null(unix_peer_name(s));
	unix_check(l);
	unix_check(c);
	unix_close(&t.d, l);

	/* The listener's name may be had again while a child still has it. */
	l = listener("door", 5);
	unix_close(&t.d, s);
	assert_memory_equal(unix_peer_name(c)->bytes, "door", 4);
	unix_close(&t.d, c);
	unix_close(&t.d, l);
}

static void test_backlog_and_one(void **state)
{
	struct unix_sock *l = listener("door", 2), *c[5];

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		c[i] = open_as(10 + i);
		assert_int_equal(dial(c[i], "door"), i < 3 ? 0 : -EAGAIN);
	}
	unix_check(l);
	unix_close(&t.d, unix_accept(l));
	assert_int_equal(dial(c[3], "door"), 0);
	assert_int_equal(dial(c[4], "door"), -EAGAIN);
	assert_int_equal(unix_listen(l, 3), 0);
	assert_int_equal(dial(c[4], "door"), 0);

	/* The oldest comes first: c[0] was taken above. */
	for (unsigned int i = 1; i < 5; i++) {
		struct unix_sock *s = unix_accept(l);

		assert_ptr_equal(s->peer, c[i]);
		unix_close(&t.d, s);
	}
	for (unsigned int i = 0; i < 5; i++)
		unix_close(&t.d, c[i]);
	unix_close(&t.d, l);
}

static void test_listener_closes_on_waiting(void **state)
{
	struct unix_sock *l = listener("door", 5);
	struct unix_sock *a = open_as(2), *b = open_as(3);

	(void)state;
	assert_int_equal(dial(a, "door"), 0);
	assert_int_equal(dial(b, "door"), 0);
	unix_close(&t.d, a); /* the child stays, at the end of its stream */
	unix_check(l);
	assert_int_equal(l->n_accept, 2);
	domain_told(&t, 3);
	unix_close(&t.d, l);
	assert_true(domain_told(&t, 3) & POLLHUP);
	assert_int_equal(unix_poll(b) & (POLLERR | POLLHUP | POLLIN),
			 POLLERR | POLLHUP | POLLIN);
	assert_int_equal(unix_take_error(b), -ECONNRESET);
	assert_int_equal(unix_take_error(b), 0);
	unix_close(&t.d, b);
}

static void test_shut_listener_refuses(void **state)
{
	struct unix_sock *l = listener("door", 5), *c = open_as(2);

	(void)state;
	unix_shutdown(&t.d, l, SHUT_WR);
	assert_int_equal(dial(c, "door"), 0);
	unix_close(&t.d, c);
	unix_shutdown(&t.d, l, SHUT_RD);
	c = open_as(2);
	assert_int_equal(dial(c, "door"), -ECONNREFUSED);
	unix_close(&t.d, unix_accept(l));
	unix_close(&t.d, c);
	unix_close(&t.d, l);
}

static void test_names(void **state)
{
	struct unix_sock *a = open_as(1), *b = open_as(2), *c = open_as(3);

	(void)state;
	assert_int_equal(unix_bind(&t.d, a, "x", 1), 0);
	assert_int_equal(unix_bind(&t.d, a, "y", 1), -EINVAL);
	assert_int_equal(unix_bind(&t.d, a, "", 0), 0);
	assert_int_equal(unix_bind(&t.d, b, "x", 1), -EADDRINUSE);
	assert_int_equal(unix_bind(&t.d, b, "\0x", 2), 0); /* abstract */
	assert_int_equal(unix_bind(&t.d, c, "", 0), 0);
	assert_int_equal(c->name->len, 6);
	assert_int_equal(c->name->bytes[0], 0);
	for (int i = 1; i < 6; i++)
		assert_non_null(strchr("0123456789abcdef", c->name->bytes[i]));
	unix_close(&t.d, a);
	a = open_as(1);
	assert_int_equal(unix_bind(&t.d, a, "x", 1), 0);
	unix_close(&t.d, a);
	unix_close(&t.d, b);
	unix_close(&t.d, c);
}

static void test_no_memory(void **state)
{
	struct unix_sock *l = listener("door", 5), *c = open_as(2), *u;
	struct unix_sock *all[1000];
	size_t n = 0;

	(void)state;
	t.env.mem.limit = mem_used(&t.env.mem);
	while ((u = unix_create(&t.d)))
		all[n++] = u;
	assert_true(n > 0);
	assert_int_equal(dial(c, "door"), -ENOBUFS);
	assert_int_equal(unix_bind(&t.d, c, "other", 5), -ENOBUFS);
	assert_int_equal(unix_poll(c), POLLOUT | POLLHUP);
	assert_int_equal(l->n_accept, 0);
	while (n)
		unix_close(&t.d, all[--n]);
	assert_int_equal(dial(c, "door"), 0);
	unix_close(&t.d, c);
	unix_close(&t.d, l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nobody_listens, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_connected_before_accept,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_backlog_and_one, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_listener_closes_on_waiting,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_shut_listener_refuses,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
