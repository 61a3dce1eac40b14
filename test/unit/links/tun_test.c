/* SPDX-License-Identifier: ISC */
/* tun_test.c - the TUN driver over sockets: frames, offload, what it refuses */
#include "tun.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Two links over the ends of a socket pair. */
static void attach_pair(struct tern_link *l[2], const struct tern_tun_config *c,
			int type)
{
	int fds[2], i;

	assert_int_equal(socketpair(AF_UNIX, type, 0, fds), 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(tern_tun_attach(&l[i], fds[i], c), 0);
		assert_int_equal(l[i]->pollfd, fds[i]);
		assert_true(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
	}
}

static void close_pair(struct tern_link *l[2])
{
	tern_link_close(l[0]);
	tern_link_close(l[1]);
}

static void test_socket_carries_frames(void **state)
{
	struct tern_tun_config c = config(false, false);
	struct tern_frame f, got[2];
	struct tern_link *l[2];
	uint8_t flat[1500];

	(void)state;
	attach_pair(l, &c, SOCK_SEQPACKET);
	assert_int_equal(l[0]->mtu, 1500);
	assert_int_equal(l[0]->flags, TERN_IF_POINTOPOINT);
	assert_true(tern_link_deadline(l[0]) == TERN_NEVER);
	assert_int_equal(tern_link_recv(l[1], got, 2, 0), 0);
	/* Without offload a partial checksum is completed. */
	frame_make(&f, &mem, 1000, 1, 0x10);
	assert_int_equal(tern_link_send(l[0], &f, 1, 0), 1);
	assert_int_equal(f.n_parts, 0);
	assert_int_equal(tern_link_recv(l[1], got, 2, 0), 1);
	assert_int_equal(got[0].flags, 0);
	assert_int_equal(got[0].head_len, 0);
	assert_int_equal(tern_frame_read(&got[0], 0, flat, sizeof(flat)), 1040);
	assert_true(packet_is_sound(flat, 1040));
	tern_frame_release(&got[0]);
	close_pair(l);
}

/* Also the longest there is. */
static void test_offload_carries_gso(void **state)
{
	struct tern_tun_config c = config(false, true);
	static uint8_t flat[65535];
	struct tern_frame f;
	struct tern_link *l[2];

	(void)state;
	c.mtu = 1400;
	attach_pair(l, &c, SOCK_DGRAM);
	assert_int_equal(l[0]->mtu, 1400);
	assert_int_equal(l[0]->flags,
			 TERN_IF_POINTOPOINT | TERN_IF_CSUM | TERN_IF_GSO);
	frame_make(&f, &mem, 65495, 1, 0x10);
	f.gso_size = 1360;
	assert_int_equal(tern_link_send(l[0], &f, 1, 0), 1);
	assert_int_equal(tern_link_recv(l[1], &f, 1, 0), 1);
	assert_int_equal(f.len, 65535);
	assert_int_equal(f.flags, TERN_FRAME_CSUM_PARTIAL);
	assert_int_equal(f.csum_start, IP4_LEN);
	assert_int_equal(f.csum_offset, TCP_CHECKSUM);
	assert_int_equal(f.gso_size, 1360);
	assert_int_equal(f.hdr_len, HEADERS);
	tern_frame_finish_csum(&f);
	tern_frame_read(&f, 0, flat, sizeof(flat));
	assert_true(packet_is_sound(flat, 65535));
	assert_int_equal(flat[65534], payload_byte(65494));
	tern_frame_release(&f);
	close_pair(l);
}

/* A small frame does not pin the block for the largest. */
static void test_small_frames_get_small_blocks(void **state)
{
	const struct {
		uint32_t payload;
		size_t at_most;
	} want[] = {{10, 1024}, {1460, 4096}, {2008, 4096}, {9000, 70000}};
	struct tern_tun_config c = config(false, true);
	struct tern_link *l[2];
	struct tern_frame f;
	size_t i, size;

	(void)state;
	attach_pair(l, &c, SOCK_DGRAM);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		frame_make(&f, &mem, want[i].payload, 1, 0x10);
		assert_int_equal(tern_link_send(l[0], &f, 1, 0), 1);
		assert_int_equal(tern_link_recv(l[1], &f, 1, 0), 1);
		size = tern_block_size(f.part[0].block);
		assert_in_range(size, f.len, want[i].at_most);
		tern_frame_release(&f);
	}
	close_pair(l);
}

/* A full socket is not an error; what was not sent is still the caller's. */
static void test_full_socket(void **state)
{
	struct tern_tun_config c = config(false, false);
	struct tern_frame f;
	struct tern_link *l[2];
	uint32_t sent = 0, i;

	(void)state;
	attach_pair(l, &c, SOCK_SEQPACKET);
	for (;;) {
		frame_number(&f, &mem, sent);
		if (tern_link_send(l[0], &f, 1, 0) == 0)
			break;
		sent++;
	}
	assert_in_range(sent, 1, 100000);
	assert_int_equal(f.n_parts, 1);
	for (i = 0; i < sent; i++) {
		struct tern_frame got;

		assert_int_equal(tern_link_recv(l[1], &got, 1, 0), 1);
		assert_int_equal(frame_which(&got), i);
	}
	assert_int_equal(tern_link_send(l[0], &f, 1, 0), 1);
	close_pair(l);
}

static void test_peer_is_gone(void **state)
{
	const int types[] = {SOCK_SEQPACKET, SOCK_DGRAM};
	struct tern_tun_config c = config(false, false);
	struct tern_frame f[2];
	struct tern_link *l[2];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		attach_pair(l, &c, types[i]);
		tern_link_close(l[1]);
		frame_number(&f[0], &mem, 1);
		assert_int_equal(tern_link_send(l[0], f, 1, 0), -ENODEV);
		assert_int_equal(f[0].n_parts, 1);
		tern_frame_release(&f[0]);
		if (types[i] == SOCK_SEQPACKET)
			assert_int_equal(tern_link_recv(l[0], f, 2, 0),
					 -ENODEV);
		tern_link_close(l[0]);
	}
}

/* Frames that cannot be stored are lost, and the next one is not. */
static void test_without_memory(void **state)
{
	struct tern_tun_config c = config(false, false);
	struct tern_frame f[2];
	struct tern_link *l[2];
	uint32_t i;

	(void)state;
	attach_pair(l, &c, SOCK_SEQPACKET);
	for (i = 0; i < 3; i++) {
		frame_make(&f[0], &mem, 1000, i, 0);
		assert_int_equal(tern_link_send(l[0], f, 1, 0), 1);
	}
	block_pool_trim(mem.blocks);
	mem.fail_in = 0;
	assert_int_equal(tern_link_recv(l[1], f, 2, 0), 0);
	mem.fail_in = -1;
	assert_int_equal(tern_link_recv(l[1], f, 2, 0), 1);
	assert_int_equal(f[0].len, 1040);
	tern_frame_release(&f[0]);
	close_pair(l);
}

/* Headers that do not fit their frame: the frame is lost, no more. */
static void test_malformed_headers(void **state)
{
	struct tern_tun_config c = config(false, true);
	uint8_t junk[30];
	struct tern_link *l;
	struct tern_frame f;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	assert_int_equal(tern_tun_attach(&l, fds[0], &c), 0);
	memset(junk, 0xff, sizeof(junk));
	assert_int_equal(write(fds[1], junk, sizeof(junk)), sizeof(junk));
	assert_int_equal(write(fds[1], junk, 10), 10); /* header only */
	assert_int_equal(write(fds[1], junk, 3), 3);   /* not even that */
	memset(junk, 0, sizeof(junk));
	assert_int_equal(write(fds[1], junk, sizeof(junk)), sizeof(junk));
	assert_int_equal(tern_link_recv(l, &f, 1, 0), 0);
	assert_int_equal(tern_link_recv(l, &f, 1, 0), 0);
	assert_int_equal(tern_link_recv(l, &f, 1, 0), 0);
	assert_int_equal(tern_link_recv(l, &f, 1, 0), 1);
	assert_int_equal(f.len, 20);
	tern_frame_release(&f);
	tern_link_close(l);
	close(fds[1]);
}

static void test_refuses(void **state)
{
	struct tern_tun_config c = config(false, false);
	struct tern_link *l;
	int fds[2];

	(void)state;
	assert_int_equal(tern_tun_attach(&l, -1, &c), -EBADF);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(tern_tun_attach(&l, fds[0], &c), -EINVAL);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(tern_tun_attach(&l, fds[0], &c), -EINVAL);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	c.name = "a-name-of-16-byt";
	assert_int_equal(tern_tun_attach(&l, fds[0], &c), -EINVAL);
	assert_int_equal(tern_tun_open(&l, &c), -EINVAL);
	c.name = NULL;
	mem.fail_in = 0;
	assert_int_equal(tern_tun_attach(&l, fds[0], &c), -ENOMEM);
	mem.fail_in = -1;
	c.ring = true;
	for (mem.fail_in = 0; mem.fail_in < 2; mem.fail_in++) {
		const long fail_in = mem.fail_in;

		assert_true(tern_tun_attach(&l, fds[0], &c) < 0);
		mem.fail_in = fail_in;
	}
	mem.fail_in = -1;
	c.ring = false;
	c.blocks = NULL;
	assert_int_equal(tern_tun_attach(&l, fds[0], &c), -EINVAL);
	assert_int_equal(tern_tun_open(&l, &c), -EINVAL);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, memory_setup, memory_teardown)
		TEST(test_socket_carries_frames),
		TEST(test_offload_carries_gso),
		TEST(test_small_frames_get_small_blocks),
		TEST(test_full_socket),
		TEST(test_peer_is_gone),
		TEST(test_without_memory),
		TEST(test_malformed_headers),
		TEST(test_refuses),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
