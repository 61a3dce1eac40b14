/* SPDX-License-Identifier: ISC */
/* info_test.c - the list of sockets, as ss shows it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/un.h>

#include "two.h"

#define ROWS_MAX 3000

static struct tern_sockinfo rows[ROWS_MAX];
static int n_rows;

/* Reads the whole list, `step` rows at a time. */
static void list(struct tern *n, int step)
{
	uint64_t cursor = 0;
	int k;

	n_rows = 0;
	while ((k = tern_sockets(n, &cursor, rows + n_rows, step)) > 0) {
		assert_true(k <= step);
		n_rows += k;
		assert_true(n_rows + step <= ROWS_MAX);
	}
}

static const struct tern_sockinfo *row_of(int fd)
{
	const struct tern_sockinfo *found = NULL;

	for (int i = 0; i < n_rows; i++)
		if (rows[i].fd == fd) {
			assert_null(found);
			found = &rows[i];
		}
	return found;
}

static int count(enum tern_tcp_state state)
{
	int n = 0;

	for (int i = 0; i < n_rows; i++)
		n += rows[i].family == AF_INET && rows[i].state == state;
	return n;
}

static void test_states(void **state)
{
	const struct tern_sockinfo *r;
	struct two t;
	int l, e[2], f[2], waiting;

	(void)state;
	assert_int_equal(two_open(&t), 0);
	list(t.a, 10);
	assert_int_equal(n_rows, 0);
	l = two_listen(t.b, 80, 7);
	assert_int_equal(two_connect(&t, 80, l, e), 0);
	assert_int_equal(two_connect(&t, 80, l, f), 0);
	waiting = two_dial(t.a, TWO_B, 80);
	two_run(&t);
	assert_int_equal(tern_send(t.a, e[0], "12345", 5, 0), 5);
	two_run(&t);

	list(t.b, 10);
	assert_int_equal(n_rows, 4);
	r = row_of(l);
	assert_int_equal(r->state, TERN_TCP_LISTEN);
	assert_int_equal(r->tuple.lport, 80);
	assert_int_equal(r->recv_q, 1);
	assert_int_equal(r->send_q, 7);
	r = row_of(e[1]);
	assert_int_equal(r->state, TERN_TCP_ESTABLISHED);
	assert_int_equal(r->tuple.laddr, TWO_B);
	assert_int_equal(r->tuple.raddr, TWO_A);
	assert_int_equal(r->recv_q, 5);
	r = row_of(-1); /* in the accept queue */
	assert_int_equal(r->state, TERN_TCP_ESTABLISHED);

	/* A SYN that is not answered yet. */
	assert_true(two_dial(t.a, TWO_B, 80) >= 0);
	two_move(&t, t.a, t.if_a, t.b, t.if_b);
	list(t.b, 1);
	assert_int_equal(count(TERN_TCP_SYN_RECEIVED), 1);
	assert_int_equal(row_of(l)->n_syn, 1);
	list(t.a, 1);
	assert_int_equal(count(TERN_TCP_SYN_SENT), 1);
	two_run(&t);

	/* FIN-WAIT-2 and CLOSE-WAIT, then TIME-WAIT. */
	assert_int_equal(tern_shutdown(t.a, f[0], SHUT_WR), 0);
	two_run(&t);
	list(t.a, 3);
	assert_int_equal(row_of(f[0])->state, TERN_TCP_FIN_WAIT_2);
	list(t.b, 3);
	assert_int_equal(row_of(f[1])->state, TERN_TCP_CLOSE_WAIT);
	assert_int_equal(tern_close(t.b, f[1]), 0);
	assert_int_equal(tern_close(t.a, f[0]), 0);
	two_run(&t);
	list(t.a, 3);
	assert_int_equal(count(TERN_TCP_TIME_WAIT), 1);
	assert_null(row_of(f[0]));
	assert_int_equal(row_of(waiting)->state, TERN_TCP_ESTABLISHED);
	two_close(&t);
}

/* Everything is listed once, however the list is cut. */
static void test_many_once(void **state)
{
	static const int steps[] = {1, 2, 3, 7, 64, 1000};
	static uint8_t seen[1000];
	struct two t;

	(void)state;
	assert_int_equal(two_open(&t), 0);
	for (int i = 0; i < 500; i++)
		assert_true(two_dial(t.a, TWO_B, 9) >= 0);
	for (int i = 0; i < 250; i++) {
		int p[2];

		assert_int_equal(
			tern_socketpair(t.a, AF_UNIX, SOCK_STREAM, 0, p), 0);
	}
	for (size_t k = 0; k < 6; k++) {
		memset(seen, 0, sizeof(seen));
		list(t.a, steps[k]);
		assert_int_equal(n_rows, 1000);
		for (int i = 0; i < n_rows; i++) {
			assert_in_range(rows[i].fd, 0, 999);
			assert_int_equal(seen[rows[i].fd]++, 0);
		}
	}
	two_close(&t);
}

/* The descriptor is told with its generation, not the place alone. */
static void test_descriptors_of_a_later_generation(void **state)
{
	struct tern *n = two_stack(1, 1);
	int fd = -1, un[2];

	(void)state;
	while (fd < 1 << 24) {
		if (fd >= 0)
			tern_close(n, fd);
		fd = two_dial(n, INADDR_LOOPBACK, 9);
	}
	assert_int_equal(tern_socketpair(n, AF_UNIX, SOCK_STREAM, 0, un), 0);
	list(n, 4);
	assert_non_null(row_of(fd));
	assert_int_equal(row_of(fd)->state, TERN_TCP_SYN_SENT);
	assert_non_null(row_of(un[1]));
	assert_null(row_of(fd & 0xffffff));
	tern_destroy(n);
}

static void test_unix(void **state)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	const struct tern_sockinfo *r;
	struct tern *n = two_stack(1, 1);
	int l = tern_socket(n, AF_UNIX, SOCK_STREAM, 0);
	int c = tern_socket(n, AF_UNIX, SOCK_STREAM, 0);
	int d = tern_socket(n, AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	strcpy(a.sun_path, "/run/door");
	assert_int_equal(tern_bind(n, l, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(tern_listen(n, l, 3), 0);
	assert_int_equal(tern_connect(n, c, (struct sockaddr *)&a, sizeof(a)),
			 0);
	assert_int_equal(tern_send(n, c, "1234567", 7, 0), 7);
	memcpy(a.sun_path, "\0x\0y", 4);
	assert_int_equal(tern_bind(n, d, (struct sockaddr *)&a,
				   offsetof(struct sockaddr_un, sun_path) + 4),
			 0);
	list(n, 2);
	assert_int_equal(n_rows, 3);
	r = row_of(l);
	assert_int_equal(r->family, AF_UNIX);
	assert_int_equal(r->state, TERN_TCP_LISTEN);
	assert_int_equal(r->recv_q, 1);
	assert_int_equal(r->send_q, 3);
	assert_string_equal(r->path, "/run/door");
	r = row_of(c);
	assert_int_equal(r->state, TERN_TCP_ESTABLISHED);
	assert_int_equal(r->send_q, 7);
	assert_string_equal(r->path, "");
	r = row_of(d);
	assert_int_equal(r->state, TERN_TCP_CLOSED);
	assert_string_equal(r->path, "@x@y");
	assert_int_equal(tern_close(n, l), 0);
	list(n, 2);
	assert_int_equal(row_of(c)->state, TERN_TCP_CLOSED);
	assert_int_equal(row_of(c)->error, 104); /* ECONNRESET */
	tern_destroy(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_many_once),
		cmocka_unit_test(test_descriptors_of_a_later_generation),
		cmocka_unit_test(test_unix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
