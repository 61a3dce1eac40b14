/* SPDX-License-Identifier: ISC */
/*
 * packet_test.c - the links of Ethernet interfaces, AF_PACKET and AF_XDP
 *
 * Two interfaces joined by the kernel (veth), a link at one of them or at each.
 * All but the first test need a network namespace, and those of AF_XDP that the
 * kernel has it; they are skipped where that is not to be had.
 */
#include "frames.h"

#include <poll.h>
#include <time.h>

#include "device.h"

enum kind { PACKET, PACKET_OFFLOAD, PLAIN, PLAIN_OFFLOAD, XDP, XDP_BUSY };

static bool may_open; /* interfaces, in a namespace of our own */

static int setup(void **state)
{
	(void)state;
	memory_begin(&mem);
	if (may_open && !device_veth("va", "vb"))
		may_open = false;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (may_open && if_nametoindex("va"))
		device_delete("va");
	memory_end(&mem);
	return 0;
}

static tern_time clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (tern_time)ts.tv_sec * TERN_S + (tern_time)ts.tv_nsec;
}

static int open_link(struct tern_link **l, enum kind kind, const char *name)
{
	const bool offload = kind == PACKET_OFFLOAD || kind == PLAIN_OFFLOAD;
	const bool plain = kind == PLAIN || kind == PLAIN_OFFLOAD;
	const struct tern_packet_config packet = {.name = name,
						  .offload = offload,
						  .immediate = plain,
						  .blocks = mem.blocks,
						  .alloc = mem.alloc};
	const struct tern_xdp_config xdp = {.name = name,
					    .busy_poll_us =
						    kind == XDP_BUSY ? 20 : 0,
					    .blocks = mem.blocks,
					    .alloc = mem.alloc};

	if (kind < XDP)
		return tern_packet_open(l, &packet);
	return tern_xdp_open(l, &xdp);
}

/* Skips the test where the machine will not have it. */
static struct tern_link *open_or_skip(enum kind kind, const char *name)
{
	struct tern_link *l;
	int r;

	if (!may_open)
		skip();
	r = open_link(&l, kind, name);
	if (r == -EPERM || r == -ENOSYS || r == -EOPNOTSUPP ||
	    r == -EAFNOSUPPORT || r == -ENOPROTOOPT)
		skip();
	assert_int_equal(r, 0);
	assert_int_equal(l->mtu, 1500);
	assert_true(l->flags & TERN_IF_ETHERNET);
	assert_string_equal(l->name, name);
	return l;
}

/* A TCP frame with an Ethernet header, for everybody. */
static void make(struct tern_frame *f, uint32_t payload, uint16_t gso_size)
{
	frame_make(f, &mem, payload, 1, 0x10);
	memmove(f->head + ETH_LEN, f->head, f->head_len);
	memset(f->head, 0xff, 6);
	memset(f->head + 6, 2, 6);
	put_be16(f->head + ETH_TYPE, ETH_TYPE_IP4);
	f->head_len = (uint16_t)(f->head_len + ETH_LEN);
	f->hdr_len = (uint16_t)(f->hdr_len + ETH_LEN);
	f->csum_start = (uint16_t)(f->csum_start + ETH_LEN);
	f->len += ETH_LEN;
	f->gso_size = gso_size;
}

static void send_now(struct tern_link *l, struct tern_frame *f)
{
	assert_int_equal(tern_link_send(l, f, 1, clock_now()), 1);
	assert_int_equal(f->n_parts, 0);
}

/* Takes what is there, which may be the kernel's. */
static void drain(struct tern_link *l)
{
	struct tern_frame f;
	int r;

	while ((r = tern_link_recv(l, &f, 1, clock_now())) == 1)
		tern_frame_release(&f);
	assert_int_equal(r, 0);
}

/* Waits for a TCP frame; the kernel sends others too. */
static void await(struct tern_link *l, struct tern_frame *f)
{
	struct pollfd p = {.fd = l->pollfd, .events = POLLIN};
	tern_time until = clock_now() + 20 * TERN_S;
	uint8_t head[ETH_LEN + IP4_LEN];

	while (clock_now() < until) {
		while (tern_link_recv(l, f, 1, clock_now()) == 1) {
			tern_frame_read(f, 0, head, sizeof(head));
			if (get_be16(head + ETH_TYPE) == ETH_TYPE_IP4 &&
			    head[ETH_LEN + IP4_PROTOCOL] == IP4_TCP)
				return;
			tern_frame_release(f);
		}
		poll(&p, 1, 10);
	}
	fail_msg("no frame came");
}

static void check_frame(struct tern_frame *f, uint32_t payload)
{
	static uint8_t flat[70000];
	uint32_t i;

	tern_frame_finish_csum(f);
	assert_int_equal(tern_frame_read(f, 0, flat, sizeof(flat)), f->len);
	assert_int_equal(f->len, ETH_LEN + HEADERS + payload);
	assert_true(packet_is_sound(flat + ETH_LEN, HEADERS + payload));
	for (i = 0; i < payload; i++)
		assert_int_equal(flat[ETH_LEN + HEADERS + i], payload_byte(i));
	tern_frame_release(f);
}

/* Both ways, more frames than there are buffers or slots. */
static void exchange(enum kind ka, enum kind kb)
{
	struct tern_link *l[2];
	struct tern_frame f;
	uint32_t i, payload;

	l[1] = open_or_skip(kb, "vb");
	l[0] = open_or_skip(ka, "va");
	for (i = 0; i < 6000; i++) {
		payload = i % 1461;
		make(&f, payload, 0);
		if (!(l[i & 1]->flags & TERN_IF_CSUM))
			tern_frame_finish_csum(&f);
		send_now(l[i & 1], &f);
		/* The rings are longer than that, and blocks come late. */
		if (i % 40 != 39)
			continue;
		for (uint32_t k = i - 39; k <= i; k += 2) {
			await(l[1], &f);
			check_frame(&f, k % 1461);
			await(l[0], &f);
			check_frame(&f, (k + 1) % 1461);
		}
	}
	tern_link_close(l[0]);
	tern_link_close(l[1]);
}

static void test_packet_exchange(void **state)
{
	(void)state;
	exchange(PACKET, PACKET);
}

static void test_packet_offload_exchange(void **state)
{
	(void)state;
	exchange(PACKET_OFFLOAD, PACKET_OFFLOAD);
}

static void test_plain_exchange(void **state)
{
	(void)state;
	exchange(PLAIN, PLAIN);
}

static void test_plain_offload_exchange(void **state)
{
	(void)state;
	exchange(PLAIN_OFFLOAD, PACKET_OFFLOAD);
}

/* Checksums that were left partial come through XDP as they are. */
static void test_packet_to_xdp(void **state)
{
	(void)state;
	exchange(PACKET_OFFLOAD, XDP);
}

static void test_xdp_exchange(void **state)
{
	(void)state;
	exchange(XDP, XDP);
}

static void test_xdp_busy_poll(void **state)
{
	(void)state;
	exchange(XDP_BUSY, XDP_BUSY);
}

/* Segments of many MSS stay whole, up to the longest there is. */
static void gso(enum kind from, enum kind to)
{
	const uint32_t payload[] = {1461, 20000, 65455};
	struct tern_link *l[2];
	struct tern_frame f;
	size_t i;

	l[0] = open_or_skip(from, "va");
	l[1] = open_or_skip(to, "vb");
	assert_int_equal(l[0]->flags,
			 TERN_IF_ETHERNET | TERN_IF_CSUM | TERN_IF_GSO);
	assert_int_equal(l[1]->flags, TERN_IF_ETHERNET);
	for (i = 0; i < 300; i++) {
		make(&f, payload[i % 3], 1460);
		send_now(l[0], &f);
		await(l[1], &f);
		assert_int_equal(f.gso_size, 1460);
		assert_int_equal(f.hdr_len, ETH_LEN + HEADERS);
		assert_int_equal(f.flags, TERN_FRAME_CSUM_PARTIAL);
		check_frame(&f, payload[i % 3]);
	}
	tern_link_close(l[0]);
	tern_link_close(l[1]);
}

static void test_packet_gso(void **state)
{
	(void)state;
	gso(PACKET_OFFLOAD, PACKET);
}

static void test_plain_gso(void **state)
{
	(void)state;
	gso(PLAIN_OFFLOAD, PLAIN);
}

/* Too long for the wire, or too short for one: lost, and nothing else is. */
static void odd_lengths(enum kind kind)
{
	struct tern_link *l[2];
	struct tern_frame f;
	uint8_t junk[20];

	l[0] = open_or_skip(kind, "va");
	l[1] = open_or_skip(kind, "vb");
	make(&f, 60000, 0);
	f.flags = 0;
	send_now(l[0], &f);
	memset(junk, 0xff, sizeof(junk));
	assert_int_equal(tern_frame_copy(&f, mem.blocks, junk, 5), 0);
	send_now(l[0], &f);
	assert_int_equal(tern_frame_copy(&f, mem.blocks, junk, 20), 0);
	send_now(l[0], &f);
	make(&f, 30, 0);
	tern_frame_finish_csum(&f);
	send_now(l[0], &f);
	await(l[1], &f);
	check_frame(&f, 30);
	tern_link_close(l[0]);
	tern_link_close(l[1]);
}

static void test_packet_odd_lengths(void **state)
{
	(void)state;
	odd_lengths(PACKET);
}

static void test_plain_odd_lengths(void **state)
{
	(void)state;
	odd_lengths(PLAIN);
}

static void test_xdp_odd_lengths(void **state)
{
	(void)state;
	odd_lengths(XDP);
}

/* What the stack cannot store is lost, and the next frame is not. */
static void without_memory(enum kind kind)
{
	struct tern_link *l[2];
	struct tern_frame f;
	tern_time until;

	l[0] = open_or_skip(kind, "va");
	l[1] = open_or_skip(kind, "vb");
	make(&f, 100, 0);
	tern_frame_finish_csum(&f);
	send_now(l[0], &f);
	block_pool_trim(mem.blocks);
	mem.fail_in = 0;
	for (until = clock_now() + 50 * TERN_MS; clock_now() < until;)
		assert_int_equal(tern_link_recv(l[1], &f, 1, clock_now()), 0);
	mem.fail_in = -1;
	make(&f, 200, 0);
	tern_frame_finish_csum(&f);
	send_now(l[0], &f);
	await(l[1], &f);
	check_frame(&f, 200);
	tern_link_close(l[0]);
	tern_link_close(l[1]);
}

static void test_packet_without_memory(void **state)
{
	(void)state;
	without_memory(PACKET);
}

static void test_plain_without_memory(void **state)
{
	(void)state;
	without_memory(PLAIN);
}

static void test_xdp_without_memory(void **state)
{
	(void)state;
	without_memory(XDP);
}

/* An interface that is down loses frames and comes back. */
static void down(enum kind kind)
{
	struct tern_link *l[2];
	struct tern_frame f;
	int i;

	l[0] = open_or_skip(kind, "va");
	l[1] = open_or_skip(kind, "vb");
	assert_true(device_set_up("va", false));
	for (i = 0; i < 10000; i++) {
		make(&f, 10, 0);
		send_now(l[0], &f);
	}
	drain(l[0]);
	assert_true(device_set_up("va", true));
	assert_true(device_crosses("va", "vb"));
	make(&f, 77, 0);
	tern_frame_finish_csum(&f);
	send_now(l[0], &f);
	await(l[1], &f);
	check_frame(&f, 77);
	tern_link_close(l[0]);
	tern_link_close(l[1]);
}

static void test_packet_down(void **state)
{
	(void)state;
	down(PACKET);
}

static void test_plain_down(void **state)
{
	(void)state;
	down(PLAIN);
}

/* With the tag 5 the frame is not of this network, with the tag 0 it is. */
static void tagged(enum kind kind)
{
	struct tern_link *l[2];
	struct tern_frame f;
	uint8_t p[200];
	uint32_t len;
	int i;

	l[0] = open_or_skip(PACKET, "va");
	l[1] = open_or_skip(kind, "vb");
	for (i = 0; i < 2; i++) {
		make(&f, 50 + (uint32_t)i, 0);
		tern_frame_finish_csum(&f);
		tern_frame_read(&f, 0, p, 12);
		put_be16(p + 12, 0x8100);
		put_be16(p + 14, i ? 0x2000 : 0x2005);
		tern_frame_read(&f, 12, p + 16, sizeof(p) - 16);
		len = f.len + 4;
		tern_frame_release(&f);
		assert_int_equal(tern_frame_copy(&f, mem.blocks, p, len), 0);
		send_now(l[0], &f);
	}
	await(l[1], &f);
	check_frame(&f, 51);
	tern_link_close(l[0]);
	tern_link_close(l[1]);
}

static void test_packet_tagged(void **state)
{
	(void)state;
	tagged(PACKET);
}

static void test_plain_tagged(void **state)
{
	(void)state;
	tagged(PLAIN);
}

/* It goes away: both calls say so, recv() first. */
static void gone(enum kind kind)
{
	struct tern_link *l = open_or_skip(kind, "va");
	tern_time until = clock_now() + 20 * TERN_S;
	struct tern_frame f;
	int r = 0;

	drain(l);
	assert_true(device_delete("va"));
	while (r == 0 && clock_now() < until) {
		r = tern_link_recv(l, &f, 1, clock_now());
		if (r == 1)
			tern_frame_release(&f);
		r = r < 0 ? r : 0;
		usleep(1000);
	}
	assert_int_equal(r, -ENODEV);
	make(&f, 10, 0);
	assert_int_equal(tern_link_send(l, &f, 1, clock_now()), -ENODEV);
	tern_frame_release(&f);
	tern_link_close(l);
}

static void test_packet_gone(void **state)
{
	(void)state;
	gone(PACKET);
}

static void test_plain_gone(void **state)
{
	(void)state;
	gone(PLAIN);
}

static void test_xdp_gone(void **state)
{
	(void)state;
	gone(XDP);
}

static void test_refuses(void **state)
{
	struct tern_packet_config packet = {
		.name = "none-such", .blocks = mem.blocks, .alloc = mem.alloc};
	struct tern_xdp_config xdp = {
		.name = "none-such", .blocks = mem.blocks, .alloc = mem.alloc};
	struct tern_link *l;
	bool built = tern_xdp_open(&l, &xdp) != -ENOSYS;

	(void)state;
	assert_int_equal(tern_packet_open(&l, &packet), -ENODEV);
	if (built)
		assert_int_equal(tern_xdp_open(&l, &xdp), -ENODEV);
	packet.name = xdp.name = "a-name-of-16-byt";
	assert_int_equal(tern_packet_open(&l, &packet), -EINVAL);
	if (built)
		assert_int_equal(tern_xdp_open(&l, &xdp), -EINVAL);
	packet.name = xdp.name = "lo"; /* is no Ethernet */
	assert_int_equal(tern_packet_open(&l, &packet), -EINVAL);
	if (built)
		assert_int_equal(tern_xdp_open(&l, &xdp), -EINVAL);
	packet.blocks = xdp.blocks = NULL;
	assert_int_equal(tern_packet_open(&l, &packet), -EINVAL);
	if (built)
		assert_int_equal(tern_xdp_open(&l, &xdp), -EINVAL);
}

static void test_refuses_interface(void **state)
{
	struct tern_xdp_config xdp = {
		.name = "va", .blocks = mem.blocks, .alloc = mem.alloc};
	struct tern_link *l = open_or_skip(XDP, "va"), *second;

	(void)state;
	assert_int_equal(tern_xdp_open(&second, &xdp), -EBUSY);
	tern_link_close(l);
	xdp.queue = 4000;
	assert_int_equal(tern_xdp_open(&second, &xdp), -EINVAL);
	xdp.queue = 0;
	xdp.mtu = 3823;
	assert_int_equal(tern_xdp_open(&second, &xdp), -EINVAL);
	xdp.mtu = 3822;
	assert_int_equal(tern_xdp_open(&second, &xdp), 0);
	tern_link_close(second);
	mem.fail_in = 0;
	assert_int_equal(tern_xdp_open(&second, &xdp), -ENOMEM);
	mem.fail_in = -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(test_refuses),
		TEST(test_packet_exchange),
		TEST(test_packet_offload_exchange),
		TEST(test_plain_exchange),
		TEST(test_plain_offload_exchange),
		TEST(test_packet_to_xdp),
		TEST(test_xdp_exchange),
		TEST(test_xdp_busy_poll),
		TEST(test_packet_gso),
		TEST(test_plain_gso),
		TEST(test_packet_odd_lengths),
		TEST(test_plain_odd_lengths),
		TEST(test_xdp_odd_lengths),
		TEST(test_packet_without_memory),
		TEST(test_plain_without_memory),
		TEST(test_xdp_without_memory),
		TEST(test_packet_down),
		TEST(test_plain_down),
		TEST(test_packet_tagged),
		TEST(test_plain_tagged),
		TEST(test_packet_gone),
		TEST(test_plain_gone),
		TEST(test_xdp_gone),
		TEST(test_refuses_interface),
#undef TEST
	};

	may_open = device_namespace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
