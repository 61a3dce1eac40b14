/* SPDX-License-Identifier: ISC */
/*
 * packet_ring.h - the two rings that a packet socket shares with the kernel
 *
 * Both are memory that the kernel writes too; struct tpacket3_hdr and what goes
 * around it are in <linux/if_packet.h>.  No system call is made here.
 */
#ifndef TERN_LINKS_PACKET_RING_H
#define TERN_LINKS_PACKET_RING_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/if_packet.h>
#include <linux/virtio_net.h>

/*
 * Frames received: blocks, each of which the kernel fills and gives over as a
 * whole.  All but the first three members begin as 0.
 */
struct packet_rx {
	uint8_t *map;
	uint32_t block_size, n_blocks;
	uint32_t block;	 /* the one that is read now or next */
	uint32_t left;	 /* frames of it that were not read, 0: not begun */
	uint32_t offset; /* of the next frame in it */
};

/* A frame in the ring, until packet_rx_advance(). */
struct packet_view {
	struct virtio_net_hdr vnet;
	const uint8_t *data; /* NULL if it is unusable */
	uint32_t len;
};

/*
 * Shows the next frame.  One that was cut short, carries a VLAN tag or lies
 * outside of its block is unusable.  Returns false if the kernel has given over
 * no more.
 */
bool packet_rx_peek(struct packet_rx *r, struct packet_view *v);

/* Goes on to the frame behind, giving a block that was read to the kernel. */
void packet_rx_advance(struct packet_rx *r);

/* Where in a slot the kernel looks for the data: behind its own header. */
#define PACKET_TX_HEADER                                                   \
	((uint32_t)(sizeof(struct tpacket3_hdr) + TPACKET_ALIGNMENT - 1) / \
	 TPACKET_ALIGNMENT * TPACKET_ALIGNMENT)

/*
 * Frames to be sent: slots, in blocks of `per_block`.  All but the first five
 * members begin as 0.
 */
struct packet_tx {
	uint8_t *map;
	uint32_t block_size, per_block, slot_size, n_slots;
	uint32_t next; /* the slot that is filled next */
};

/* Bytes that fit into a slot, vnet header included. */
uint32_t packet_tx_room(const struct packet_tx *r);

/* Where to write the next frame to; NULL if the ring is full. */
uint8_t *packet_tx_peek(const struct packet_tx *r);

/* Gives that slot, with `len` bytes, to the kernel. */
void packet_tx_commit(struct packet_tx *r, uint32_t len);

/* Takes back all slots that the kernel has not looked at. */
void packet_tx_forget(struct packet_tx *r);

#endif
