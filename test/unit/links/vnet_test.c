/* SPDX-License-Identifier: ISC */
/* vnet_test.c - frames against virtio net headers, both ways */
#include "frames.h"
#include "links/vnet.h"

static struct tern_frame frame;

static int setup(void **state)
{
	(void)state;
	memory_begin(&mem);
	frame_make(&frame, &mem, 3000, 1, 0x10);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tern_frame_release(&frame);
	memory_end(&mem);
	return 0;
}

static void test_complete_frame_needs_nothing(void **state)
{
	const struct virtio_net_hdr nothing = {0};
	struct virtio_net_hdr v;

	(void)state;
	frame.flags = 0;
	frame.gso_size = 1000; /* means nothing without a partial sum */
	vnet_from_frame(&v, &frame);
	assert_memory_equal(&v, &nothing, sizeof(v));
	frame.flags = TERN_FRAME_CSUM_OK;
	vnet_from_frame(&v, &frame);
	assert_memory_equal(&v, &nothing, sizeof(v));
}

static void test_partial_sum_goes_out(void **state)
{
	struct virtio_net_hdr v;

	(void)state;
	vnet_from_frame(&v, &frame);
	assert_int_equal(v.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	assert_int_equal(v.csum_start, IP4_LEN);
	assert_int_equal(v.csum_offset, TCP_CHECKSUM);
	assert_int_equal(v.gso_type, VIRTIO_NET_HDR_GSO_NONE);
	assert_int_equal(v.gso_size, 0);
}

static void test_gso_goes_out(void **state)
{
	struct virtio_net_hdr v;

	(void)state;
	frame.gso_size = 2999;
	vnet_from_frame(&v, &frame);
	assert_int_equal(v.gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
	assert_int_equal(v.gso_size, 2999);
	assert_int_equal(v.hdr_len, HEADERS);
	frame.gso_size = 3000; /* one segment is none */
	vnet_from_frame(&v, &frame);
	assert_int_equal(v.gso_type, VIRTIO_NET_HDR_GSO_NONE);
	frame.gso_size = 1000;
	frame.head[IP4_LEN + TCP_FLAGS] |= TCP_CWR;
	vnet_from_frame(&v, &frame);
	assert_int_equal(v.gso_type,
			 VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN);
}

static void test_sums_come_in(void **state)
{
	struct virtio_net_hdr v = {0};

	(void)state;
	frame.flags = 0;
	assert_true(vnet_to_frame(&v, &frame));
	assert_int_equal(frame.flags, 0);
	v.flags = VIRTIO_NET_HDR_F_DATA_VALID;
	assert_true(vnet_to_frame(&v, &frame));
	assert_int_equal(frame.flags, TERN_FRAME_CSUM_OK);
	frame.flags = 0;
	v.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	v.csum_start = 20;
	v.csum_offset = 16;
	assert_true(vnet_to_frame(&v, &frame));
	assert_int_equal(frame.flags, TERN_FRAME_CSUM_PARTIAL);
	assert_int_equal(frame.csum_start, 20);
	assert_int_equal(frame.csum_offset, 16);
}

/* The header's own word for the length of headers is not believed. */
static void test_gso_comes_in(void **state)
{
	struct virtio_net_hdr v = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN,
		.csum_start = 20,
		.csum_offset = 16,
		.gso_size = 1448,
		.hdr_len = 1500,
	};

	(void)state;
	frame.hdr_len = 0;
	assert_true(vnet_to_frame(&v, &frame));
	assert_int_equal(frame.gso_size, 1448);
	assert_int_equal(frame.hdr_len, HEADERS);
}

static void test_unusable_headers(void **state)
{
	const struct virtio_net_hdr good = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.csum_start = 20,
		.csum_offset = 16,
		.gso_size = 1448,
	};
	struct virtio_net_hdr v = good;

	(void)state;
	v.gso_type = VIRTIO_NET_HDR_GSO_UDP;
	assert_false(vnet_to_frame(&v, &frame));
	v = good;
	v.gso_size = 0;
	assert_false(vnet_to_frame(&v, &frame));
	v = good; /* the field just inside, then outside */
	v.gso_type = VIRTIO_NET_HDR_GSO_NONE;
	v.csum_start = (uint16_t)(frame.len - 18);
	assert_true(vnet_to_frame(&v, &frame));
	v.csum_start++;
	assert_false(vnet_to_frame(&v, &frame));
	v = good; /* no room for a TCP header */
	v.csum_start = (uint16_t)(frame.len - 19);
	v.csum_offset = 0;
	assert_false(vnet_to_frame(&v, &frame));
	v = good; /* TCP header longer than what there is */
	frame.len = 70;
	frame.head[IP4_LEN + TCP_OFFSET] = 0xf0;
	assert_false(vnet_to_frame(&v, &frame));
	frame.len = 80;
	assert_true(vnet_to_frame(&v, &frame));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(test_complete_frame_needs_nothing),
		TEST(test_partial_sum_goes_out),
		TEST(test_gso_goes_out),
		TEST(test_sums_come_in),
		TEST(test_gso_comes_in),
		TEST(test_unusable_headers),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
