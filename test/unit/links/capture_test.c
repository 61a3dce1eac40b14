/* SPDX-License-Identifier: ISC */
/* capture_test.c - the file that a capture writes, byte for byte */
#include "frames.h"
#include "links/pcapng.h"

static struct tern_link *near, *far;

/* What the writer got; it fails at write number `fail_at`. */
static struct {
	uint8_t bytes[200000];
	size_t len;
	int calls, fail_at;
} file;

static int write_file(void *ctx, const void *bytes, size_t len)
{
	assert_ptr_equal(ctx, &file);
	if (++file.calls == file.fail_at)
		return -ENOSPC;
	assert_in_range(len, 12, sizeof(file.bytes) - file.len);
	memcpy(file.bytes + file.len, bytes, len);
	file.len += len;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	memory_begin(&mem);
	file.len = 0;
	file.calls = file.fail_at = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tern_link_close(near);
	tern_link_close(far);
	memory_end(&mem);
	return 0;
}

static int open_with(uint32_t flags, uint32_t depth,
		     const struct tern_capture_config *with)
{
	struct tern_pipe_config pipe = {
		.alloc = mem.alloc, .flags = flags, .depth = depth};
	struct tern_capture_config c = *with;
	struct tern_link *ends[2];
	int error;

	assert_int_equal(tern_pipe_create(ends, &pipe), 0);
	far = ends[1];
	c.alloc = mem.alloc;
	c.write = write_file;
	c.write_ctx = &file;
	error = tern_capture_create(&near, ends[0], &c);
	if (error)
		near = ends[0];
	return error;
}

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

/* The i-th block; its two lengths agree. */
static const uint8_t *block(int i, uint32_t type)
{
	const uint8_t *p = file.bytes;
	uint32_t len;

	for (;;) {
		assert_true(p + 12 <= file.bytes + file.len);
		len = le32(p + 4);
		assert_int_equal(len % 4, 0);
		assert_int_equal(le32(p + len - 4), len);
		if (i-- == 0)
			break;
		p += len;
	}
	assert_int_equal(le32(p), type);
	return p;
}

static void send_frame(struct tern_link *l, uint32_t payload, tern_time now)
{
	struct tern_frame f;

	frame_make(&f, &mem, payload, 1, 0x10);
	assert_int_equal(tern_link_send(l, &f, 1, now), 1);
}

static void test_start_of_a_file(void **state)
{
	static const uint8_t expected[] = {
		/* Section: type, length, byte order, 1.0, no length. */
		0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1,
		0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 28, 0,
		0, 0,
		/* Interface: type, length, raw IP, snaplen 96. */
		1, 0, 0, 0, 44, 0, 0, 0, 101, 0, 0, 0, 96, 0, 0, 0,
		/* Name "tern0", times in nanoseconds, end. */
		2, 0, 5, 0, 't', 'e', 'r', 'n', '0', 0, 0, 0, 9, 0, 1, 0, 9, 0,
		0, 0, 0, 0, 0, 0, 44, 0, 0, 0};
	const struct tern_capture_config c = {
		.header = true, .name = "tern0", .snaplen = 96};

	(void)state;
	assert_int_equal(open_with(0, 0, &c), 0);
	assert_int_equal(file.len, sizeof(expected));
	assert_memory_equal(file.bytes, expected, sizeof(expected));
	assert_int_equal(file.calls, 2);
}

/* A second link of the same file has no section header of its own. */
static void test_second_interface(void **state)
{
	const struct tern_capture_config c = {.interface = 1};
	const uint8_t *p;

	(void)state;
	assert_int_equal(open_with(TERN_IF_ETHERNET, 0, &c), 0);
	p = block(0, 1);
	assert_int_equal(p[8], PCAPNG_ETHERNET);
	assert_int_equal(le32(p + 12), 0);
	assert_memory_equal(p + 20, "pipe", 4);
	send_frame(near, 10, 0);
	assert_int_equal(le32(block(1, 6) + 8), 1);
}

static void test_packets_both_ways(void **state)
{
	const tern_time now = 2 * TERN_S + 5;
	const struct tern_capture_config c = {.header = true,
					      .epoch_ns = TERN_S};
	const uint8_t *p;
	struct tern_frame f;
	uint64_t at;

	(void)state;
	assert_int_equal(open_with(0, 0, &c), 0);
	send_frame(near, 13, now);
	p = block(2, 6);
	at = (uint64_t)le32(p + 12) << 32 | le32(p + 16);
	assert_int_equal(at, 3 * TERN_S + 5);
	assert_int_equal(le32(p + 8), 0);
	assert_int_equal(le32(p + 20), HEADERS + 13);
	assert_int_equal(le32(p + 24), HEADERS + 13);
	assert_true(packet_is_sound(p + 28, HEADERS + 13));
	assert_int_equal(p[28 + HEADERS + 12], payload_byte(12));
	/* Padding, then option 2 of 4 bytes: out. */
	assert_memory_equal(p + 28 + HEADERS + 13,
			    "\0\0\0\2\0\4\0\2\0\0\0\0\0\0\0", 15);
	assert_int_equal(le32(p + 4), 28 + 56 + 12 + 4);

	send_frame(far, 1, now);
	assert_int_equal(tern_link_recv(near, &f, 1, now + 1), 1);
	tern_frame_release(&f);
	p = block(3, 6);
	assert_int_equal(le32(p + 16), (uint32_t)(3 * TERN_S + 6));
	assert_memory_equal(p + 28 + HEADERS + 1 + 3,
			    "\2\0\4\0\1\0\0\0\0\0\0\0", 12);
	assert_int_equal(file.calls, 4);
}

/* The frame itself is not touched: partial stays partial. */
static void test_gso_is_one_long_packet(void **state)
{
	const struct tern_capture_config c = {.header = true};
	struct tern_frame f;
	const uint8_t *p;

	(void)state;
	assert_int_equal(open_with(TERN_IF_CSUM | TERN_IF_GSO, 0, &c), 0);
	frame_make(&f, &mem, 65495, 1, 0x10);
	f.gso_size = 1460;
	assert_int_equal(tern_link_send(near, &f, 1, 0), 1);
	p = block(2, 6);
	assert_int_equal(le32(p + 20), 65535);
	assert_int_equal(le32(p + 24), 65535);
	assert_true(packet_is_sound(p + 28, 65535));
	assert_int_equal(tern_link_recv(far, &f, 1, 0), 1);
	assert_int_equal(f.flags, TERN_FRAME_CSUM_PARTIAL);
	assert_int_equal(f.gso_size, 1460);
	assert_int_equal(f.part[0].block->refs, 1);
	tern_frame_release(&f);
}

/* Cut off after the checksum was made over all of it. */
static void test_snaplen(void **state)
{
	const struct tern_capture_config c = {.snaplen = 40};
	uint8_t flat[200];
	struct tern_frame f;
	const uint8_t *p;

	(void)state;
	assert_int_equal(open_with(0, 0, &c), 0);
	send_frame(near, 100, 0);
	p = block(1, 6);
	assert_int_equal(le32(p + 4), 28 + 40 + 12 + 4);
	assert_int_equal(le32(p + 20), 40);
	assert_int_equal(le32(p + 24), 140);
	assert_int_equal(tern_link_recv(far, &f, 1, 0), 1);
	tern_frame_finish_csum(&f);
	tern_frame_read(&f, 0, flat, sizeof(flat));
	assert_memory_equal(p + 28, flat, 40);
	tern_frame_release(&f);
}

/* Of 70 frames 40 are taken; those are written once, the rest later. */
static void test_writes_what_was_taken(void **state)
{
	const struct tern_capture_config c = {.header = true};
	struct tern_frame f[70], got[40];
	int i;

	(void)state;
	assert_int_equal(open_with(0, 40, &c), 0);
	for (i = 0; i < 70; i++)
		frame_number(&f[i], &mem, (uint32_t)i);
	assert_int_equal(tern_link_send(near, f, 70, 0), 40);
	assert_int_equal(file.calls, 2 + 40);
	assert_int_equal(tern_link_send(near, f + 40, 30, 0), 0);
	assert_int_equal(file.calls, 2 + 40);
	assert_int_equal(tern_link_recv(far, got, 40, 0), 40);
	for (i = 0; i < 40; i++)
		tern_frame_release(&got[i]);
	assert_int_equal(tern_link_send(near, f + 40, 30, 0), 30);
	assert_int_equal(file.calls, 2 + 70);
	for (i = 0; i < 70; i++)
		assert_int_equal(le32(block(2 + i, 6) + 28), i);
}

static void test_writer_fails(void **state)
{
	const struct tern_capture_config c = {.header = true};
	struct tern_frame f;

	(void)state;
	file.fail_at = 4;
	assert_int_equal(open_with(0, 0, &c), 0);
	send_frame(near, 1, 0);
	assert_int_equal(tern_capture_status(near), 0);
	send_frame(near, 2, 0);
	assert_int_equal(tern_capture_status(near), -ENOSPC);
	send_frame(near, 3, 0);
	send_frame(far, 4, 0);
	assert_int_equal(tern_link_recv(near, &f, 1, 0), 1);
	tern_frame_release(&f);
	assert_int_equal(file.calls, 4);
	assert_int_equal(tern_capture_status(near), -ENOSPC);
}

static void test_create_refuses(void **state)
{
	const struct tern_capture_config with = {.header = true};
	struct tern_capture_config c = {.alloc = mem.alloc};
	struct tern_link *l;

	(void)state;
	file.fail_at = 2;
	assert_int_equal(open_with(0, 0, &with), -ENOSPC);
	assert_int_equal(tern_capture_create(&l, near, &c), -EINVAL);
	c.write = write_file;
	mem.fail_in = 0;
	assert_int_equal(tern_capture_create(&l, near, &c), -ENOMEM);
	mem.fail_in = -1;
}

static void test_far_end_is_gone(void **state)
{
	const struct tern_capture_config c = {.header = true};
	struct tern_frame f[2];

	(void)state;
	assert_int_equal(open_with(0, 0, &c), 0);
	assert_true(tern_link_deadline(near) == TERN_NEVER);
	tern_link_close(far);
	frame_number(&f[0], &mem, 1);
	assert_int_equal(tern_link_send(near, f, 1, 0), -ENODEV);
	assert_int_equal(tern_link_recv(near, &f[1], 1, 0), -ENODEV);
	tern_frame_release(&f[0]);
	assert_int_equal(file.calls, 2);
	tern_link_close(near);
	assert_int_equal(open_with(0, 0, &c), 0);
}

static void test_long_names_are_cut(void **state)
{
	struct tern_capture_config c = {.header = false};
	char name[400];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = 0;
	c.name = name;
	assert_int_equal(open_with(0, 0, &c), 0);
	assert_int_equal(file.len, PCAPNG_INTERFACE_MAX - 8);
	assert_int_equal(block(0, 1)[18], PCAPNG_NAME_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(test_start_of_a_file),   TEST(test_second_interface),
		TEST(test_packets_both_ways), TEST(test_gso_is_one_long_packet),
		TEST(test_snaplen),	      TEST(test_writes_what_was_taken),
		TEST(test_writer_fails),      TEST(test_create_refuses),
		TEST(test_far_end_is_gone),   TEST(test_long_names_are_cut),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
