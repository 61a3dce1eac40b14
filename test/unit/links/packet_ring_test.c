/* SPDX-License-Identifier: ISC */
/* packet_ring_test.c - the rings of packet sockets, in memory of our own */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "links/packet_ring.h"

#define BLOCK	4096
#define N_BLOCK 3
#define FIRST	64 /* offset of the first frame */
#define MAC	96 /* of its data */
#define STEP	256

static _Alignas(64) uint8_t rx_map[N_BLOCK * BLOCK];
static struct packet_rx rx;

static int setup(void **state)
{
	(void)state;
	memset(rx_map, 0, sizeof(rx_map));
	memset(&rx, 0, sizeof(rx));
	rx.map = rx_map;
	rx.block_size = BLOCK;
	rx.n_blocks = N_BLOCK;
	return 0;
}

static struct tpacket_block_desc *block(uint32_t i)
{
	return (void *)(rx_map + i * BLOCK);
}

static struct tpacket3_hdr *frame(uint32_t i, uint32_t k)
{
	return (void *)(rx_map + i * BLOCK + FIRST + k * STEP);
}

/* Fills block i with n frames whose only byte is first, first + 1, ... */
static void fill(uint32_t i, uint32_t n, uint8_t first)
{
	struct tpacket3_hdr *h;
	uint32_t k;

	for (k = 0; k < n; k++) {
		h = frame(i, k);
		memset(h, 0, STEP);
		h->tp_next_offset = k + 1 < n ? STEP : 0;
		h->tp_mac = MAC;
		h->tp_len = h->tp_snaplen = 1;
		((uint8_t *)h)[MAC] = (uint8_t)(first + k);
		((uint8_t *)h)[MAC - sizeof(struct virtio_net_hdr)] = 7;
	}
	block(i)->hdr.bh1.num_pkts = n;
	block(i)->hdr.bh1.offset_to_first_pkt = FIRST;
	block(i)->hdr.bh1.block_status = TP_STATUS_USER;
}

static void take(uint8_t byte)
{
	struct packet_view v;

	assert_true(packet_rx_peek(&rx, &v));
	assert_non_null(v.data);
	assert_int_equal(v.len, 1);
	assert_int_equal(*v.data, byte);
	assert_int_equal(v.vnet.flags, 7);
	packet_rx_advance(&rx);
}

/* The frame is there, and nothing can be done with it. */
static void take_unusable(void)
{
	struct packet_view v;

	assert_true(packet_rx_peek(&rx, &v));
	assert_null(v.data);
	packet_rx_advance(&rx);
}

static void take_nothing(void)
{
	struct packet_view v;

	assert_false(packet_rx_peek(&rx, &v));
}

static void test_frames_in_order(void **state)
{
	uint32_t round;

	(void)state;
	take_nothing();
	for (round = 0; round < 2; round++) {
		fill(0, 2, 10);
		fill(1, 1, 20);
		take(10);
		assert_int_equal(block(0)->hdr.bh1.block_status,
				 TP_STATUS_USER);
		take(11);
		/* A block that was read is the kernel's at once. */
		assert_int_equal(block(0)->hdr.bh1.block_status,
				 TP_STATUS_KERNEL);
		take(20);
		take_nothing();
		fill(2, 3, 30);
		take(30);
		take(31);
		take(32);
		take_nothing();
	}
}

/* A timer may close a block that has nothing in it. */
static void test_empty_block(void **state)
{
	(void)state;
	fill(0, 0, 0);
	fill(1, 1, 5);
	take(5);
	assert_int_equal(block(0)->hdr.bh1.block_status, TP_STATUS_KERNEL);
	take_nothing();
	/* All of them: an end is found. */
	setup(NULL);
	fill(0, 0, 0);
	fill(1, 0, 0);
	fill(2, 0, 0);
	take_nothing();
}

static void test_unusable_frames(void **state)
{
	(void)state;
	fill(0, 6, 1);
	frame(0, 0)->tp_len = 2; /* cut short */
	frame(0, 1)->tp_len = frame(0, 1)->tp_snaplen = 0;
	frame(0, 2)->tp_status = TP_STATUS_VLAN_VALID;
	frame(0, 2)->hv1.tp_vlan_tci = 0xe001;
	frame(0, 3)->tp_status = TP_STATUS_VLAN_VALID; /* priority only */
	frame(0, 3)->hv1.tp_vlan_tci = 0xe000;
	frame(0, 4)->tp_mac = 50; /* no room for a vnet header */
	take_unusable();
	take_unusable();
	take_unusable();
	take(4);
	take_unusable();
	take(6);
	take_nothing();
}

/* What lies outside of the block is not looked at, and costs that block. */
static void test_offsets_outside(void **state)
{
	const uint32_t beyond[] = {0, BLOCK, UINT32_MAX, BLOCK - FIRST + 1};
	struct packet_view v;
	size_t i;

	(void)state;
	fill(0, 1, 1);
	frame(0, 0)->tp_snaplen = frame(0, 0)->tp_len = BLOCK - FIRST - MAC;
	assert_true(packet_rx_peek(&rx, &v));
	assert_int_equal(v.len, BLOCK - FIRST - MAC);
	frame(0, 0)->tp_snaplen = ++frame(0, 0)->tp_len;
	take_unusable();
	for (i = 0; i < 4; i++) {
		setup(NULL);
		fill(0, 2, 1);
		fill(1, 1, 9);
		frame(0, 0)->tp_next_offset = beyond[i];
		take(1);
		take(9);
	}
	setup(NULL);
	fill(0, 1, 1);
	fill(1, 1, 9);
	block(0)->hdr.bh1.offset_to_first_pkt = BLOCK - 8;
	take_unusable();
	take(9);
	setup(NULL);
	fill(0, 1, 1);
	fill(1, 1, 9);
	block(0)->hdr.bh1.offset_to_first_pkt = FIRST + 1; /* not aligned */
	take_unusable();
	take(9);
}

#define SLOT 512
#define N_TX 5

static _Alignas(64) uint8_t tx_map[3 * 2 * SLOT];

static struct tpacket3_hdr *slot(uint32_t i)
{
	/* Two slots a block, and some bytes that are left. */
	return (void *)(tx_map + i / 2 * (2 * SLOT) + i % 2 * SLOT);
}

static void test_slots(void **state)
{
	struct packet_tx tx = {.map = tx_map,
			       .block_size = 2 * SLOT,
			       .per_block = 2,
			       .slot_size = SLOT,
			       .n_slots = N_TX};
	uint32_t i, room = packet_tx_room(&tx);
	uint8_t *to;

	(void)state;
	memset(tx_map, 0, sizeof(tx_map));
	assert_int_equal(room, SLOT - 48);
	for (i = 0; i < N_TX; i++) {
		to = packet_tx_peek(&tx);
		assert_ptr_equal(to, (uint8_t *)slot(i) + 48);
		packet_tx_commit(&tx, room - i);
		assert_int_equal(slot(i)->tp_status, TP_STATUS_SEND_REQUEST);
		assert_int_equal(slot(i)->tp_len, room - i);
		assert_int_equal(slot(i)->tp_next_offset, 0);
	}
	assert_null(packet_tx_peek(&tx));
	/* The first was sent, the second is on its way. */
	slot(0)->tp_status = TP_STATUS_AVAILABLE;
	slot(1)->tp_status = TP_STATUS_SENDING;
	assert_non_null(packet_tx_peek(&tx));
	packet_tx_commit(&tx, 1);
	assert_null(packet_tx_peek(&tx));
	/* Taken back: 0, 4, 3, 2, and not 1. */
	packet_tx_forget(&tx);
	assert_int_equal(tx.next, 2);
	for (i = 0; i < N_TX; i++)
		assert_int_equal(slot(i)->tp_status,
				 i == 1 ? TP_STATUS_SENDING
					: TP_STATUS_AVAILABLE);
	packet_tx_forget(&tx);
	assert_int_equal(tx.next, 2);
}

static void test_forget_all(void **state)
{
	struct packet_tx tx = {.map = tx_map,
			       .block_size = 2 * SLOT,
			       .per_block = 2,
			       .slot_size = SLOT,
			       .n_slots = N_TX};
	uint32_t i;

	(void)state;
	memset(tx_map, 0, sizeof(tx_map));
	for (i = 0; i < N_TX + 2; i++) {
		slot(i % N_TX)->tp_status = TP_STATUS_AVAILABLE;
		packet_tx_commit(&tx, 1);
	}
	packet_tx_forget(&tx);
	assert_int_equal(tx.next, 2); /* all the way round */
	assert_non_null(packet_tx_peek(&tx));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_frames_in_order, setup),
		cmocka_unit_test_setup(test_empty_block, setup),
		cmocka_unit_test_setup(test_unusable_frames, setup),
		cmocka_unit_test_setup(test_offsets_outside, setup),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_forget_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
