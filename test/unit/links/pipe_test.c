/* SPDX-License-Identifier: ISC */
/* pipe_test.c - the memory pipe: order, depth, ends that close */
#include "frames.h"

static struct tern_link *end[2];

static int setup(void **state)
{
	const struct tern_pipe_config c = {
		.flags = TERN_IF_ETHERNET | TERN_IF_GSO | TERN_IF_CSUM,
		.mtu = 9000,
		.depth = 3,
	};
	struct tern_pipe_config with = c;

	(void)state;
	memory_begin(&mem);
	with.alloc = mem.alloc;
	return tern_pipe_create(end, &with);
}

static void close_both(void)
{
	tern_link_close(end[0]);
	tern_link_close(end[1]);
}

static void send_number(int from, uint32_t number, int expected)
{
	struct tern_frame f;

	frame_number(&f, &mem, number);
	assert_int_equal(tern_link_send(end[from], &f, 1, 0), expected);
	if (expected != 1)
		tern_frame_release(&f);
}

static void expect_number(int at, uint32_t number)
{
	struct tern_frame f;

	assert_int_equal(tern_link_recv(end[at], &f, 1, 0), 1);
	assert_int_equal(frame_which(&f), number);
}

static void test_says_what_it_is(void **state)
{
	(void)state;
	assert_int_equal(end[0]->flags,
			 TERN_IF_ETHERNET | TERN_IF_GSO | TERN_IF_CSUM);
	assert_int_equal(end[1]->mtu, 9000);
	assert_int_equal(end[0]->pollfd, -1);
	assert_int_equal(end[0]->mac[0], 2);
	assert_memory_not_equal(end[0]->mac, end[1]->mac, 6);
	assert_true(tern_link_deadline(end[0]) == TERN_NEVER);
	close_both();
}

static void test_keeps_order_around_the_ring(void **state)
{
	uint32_t i;

	(void)state;
	send_number(0, 0, 1);
	for (i = 0; i < 10; i++) {
		send_number(0, i + 1, 1);
		expect_number(1, i);
	}
	expect_number(1, 10);
	close_both();
}

static void test_directions_are_apart(void **state)
{
	struct tern_frame f;

	(void)state;
	send_number(0, 1, 1);
	send_number(1, 2, 1);
	expect_number(0, 2);
	expect_number(1, 1);
	assert_int_equal(tern_link_recv(end[0], &f, 1, 0), 0);
	close_both();
}

static void test_takes_no_more_than_its_depth(void **state)
{
	struct tern_frame f[5];
	uint32_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		frame_number(&f[i], &mem, i);
	assert_int_equal(tern_link_send(end[0], f, 5, 0), 3);
	assert_int_equal(f[0].n_parts, 0);
	assert_int_equal(f[3].n_parts, 1);
	assert_int_equal(tern_link_send(end[0], f + 3, 2, 0), 0);
	assert_int_equal(tern_link_recv(end[1], f, 2, 0), 2);
	assert_int_equal(frame_which(&f[0]), 0);
	assert_int_equal(frame_which(&f[1]), 1);
	assert_int_equal(tern_link_send(end[0], f + 3, 2, 0), 2);
	for (i = 2; i < 5; i++)
		expect_number(1, i);
	close_both();
}

static void test_hands_payload_over_as_it_is(void **state)
{
	struct tern_frame f, got;
	const uint8_t *data;

	(void)state;
	frame_make(&f, &mem, 3000, 1, 0);
	f.gso_size = 1460;
	data = f.part[0].data;
	assert_int_equal(tern_link_send(end[0], &f, 1, 0), 1);
	assert_int_equal(tern_link_recv(end[1], &got, 1, 0), 1);
	assert_ptr_equal(got.part[0].data, data);
	assert_int_equal(got.flags, TERN_FRAME_CSUM_PARTIAL);
	assert_int_equal(got.gso_size, 1460);
	tern_frame_release(&got);
	close_both();
}

static void test_peer_is_gone(void **state)
{
	struct tern_frame f;

	(void)state;
	send_number(0, 1, 1);
	send_number(0, 2, 1);
	tern_link_close(end[0]);
	send_number(1, 3, -ENODEV);
	expect_number(1, 1);
	expect_number(1, 2);
	assert_int_equal(tern_link_recv(end[1], &f, 1, 0), -ENODEV);
	tern_link_close(end[1]);
}

static void test_close_drops_what_is_under_way(void **state)
{
	(void)state;
	send_number(0, 1, 1);
	send_number(1, 2, 1);
	close_both();
}

static void test_create_without_memory(void **state)
{
	struct tern_pipe_config c = {.alloc = mem.alloc};
	struct tern_link *l[2];
	long i;

	(void)state;
	close_both();
	for (i = 0; i < 3; i++) {
		mem.fail_in = i;
		assert_int_equal(tern_pipe_create(l, &c), -ENOMEM);
	}
	mem.fail_in = -1;
	assert_int_equal(tern_pipe_create(l, &c), 0);
	assert_int_equal(l[0]->mtu, 1500);
	tern_link_close(l[1]);
	tern_link_close(l[0]);
}

static void test_create_refuses(void **state)
{
	struct tern_pipe_config c = {.mtu = 1500};
	struct tern_link *l[2];

	(void)state;
	close_both();
	assert_int_equal(tern_pipe_create(l, &c), -EINVAL);
	c.alloc = mem.alloc;
	c.mtu = 65536;
	assert_int_equal(tern_pipe_create(l, &c), -EINVAL);
	c.mtu = 65535;
	c.depth = UINT32_MAX;
	assert_int_equal(tern_pipe_create(l, &c), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, memory_teardown)
		TEST(test_says_what_it_is),
		TEST(test_keeps_order_around_the_ring),
		TEST(test_directions_are_apart),
		TEST(test_takes_no_more_than_its_depth),
		TEST(test_hands_payload_over_as_it_is),
		TEST(test_peer_is_gone),
		TEST(test_close_drops_what_is_under_way),
		TEST(test_create_without_memory),
		TEST(test_create_refuses),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
