/* SPDX-License-Identifier: ISC */
/*
 * packet_ring.c - the two rings that a packet socket shares with the kernel
 *
 *	block	+--------+-------+------+-------+------+-----------+
 *		| header | frame | data | frame | data | not used  |
 *		|        | header|      | header|      |           |
 *		+--------+-------+------+-------+------+-----------+
 *		    |        |              ^ tp_next_offset
 *		    | num_pkts, block_status
 *		    v
 *		the owner: TP_STATUS_USER or TP_STATUS_KERNEL
 *
 * The vnet header of a frame lies right before its data.  What is sent goes
 * into slots of one size, header, vnet header and data one after the other.
 *
 * An owner's mark is read with acquire and written with release semantics, and
 * all that it guards in between.  The kernel is trusted to mean well, and not
 * to be free of mistakes: offsets are checked against the block.
 */
#include "packet_ring.h"

#include <stddef.h>
#include <string.h>

static struct tpacket_block_desc *block_at(const struct packet_rx *r)
{
	return (void *)(r->map + (size_t)r->block * r->block_size);
}

static void give_back(struct packet_rx *r)
{
	struct tpacket_block_desc *b = block_at(r);

	__atomic_store_n(&b->hdr.bh1.block_status, TP_STATUS_KERNEL,
			 __ATOMIC_RELEASE);
	r->left = 0;
	r->block = r->block + 1 == r->n_blocks ? 0 : r->block + 1;
}

/* Makes sure that there is a frame to look at. */
static bool begin_block(struct packet_rx *r)
{
	struct tpacket_block_desc *b;

	while (r->left == 0) {
		b = block_at(r);
		if (!(__atomic_load_n(&b->hdr.bh1.block_status,
				      __ATOMIC_ACQUIRE) &
		      TP_STATUS_USER))
			return false;
		r->left = b->hdr.bh1.num_pkts;
		r->offset = b->hdr.bh1.offset_to_first_pkt;
		if (r->left == 0)
			give_back(r);
	}
	return true;
}

static bool header_fits(const struct packet_rx *r)
{
	return r->offset <= r->block_size - sizeof(struct tpacket3_hdr) &&
	       r->offset % _Alignof(struct tpacket3_hdr) == 0;
}

static const struct tpacket3_hdr *frame_at(const struct packet_rx *r)
{
	return (const void *)((const uint8_t *)block_at(r) + r->offset);
}

static bool is_usable(const struct packet_rx *r, const struct tpacket3_hdr *h)
{
	uint64_t end = (uint64_t)r->offset + h->tp_mac + h->tp_snaplen;

	if (h->tp_status & TP_STATUS_VLAN_VALID && h->hv1.tp_vlan_tci & 0xfff)
		return false; /* not of this network */
	return h->tp_snaplen == h->tp_len && h->tp_snaplen > 0 &&
	       h->tp_mac >= sizeof(*h) + sizeof(struct virtio_net_hdr) &&
	       end <= r->block_size;
}

bool packet_rx_peek(struct packet_rx *r, struct packet_view *v)
{
	const struct tpacket3_hdr *h;

	if (!begin_block(r))
		return false;
	v->data = NULL;
	if (!header_fits(r))
		return true;
	h = frame_at(r);
	if (!is_usable(r, h))
		return true;
	v->data = (const uint8_t *)h + h->tp_mac;
	v->len = h->tp_snaplen;
	memcpy(&v->vnet, v->data - sizeof(v->vnet), sizeof(v->vnet));
	return true;
}

void packet_rx_advance(struct packet_rx *r)
{
	uint32_t step = header_fits(r) ? frame_at(r)->tp_next_offset : 0;

	r->left--;
	if (r->left == 0 || step == 0 || step > r->block_size - r->offset)
		give_back(r);
	else
		r->offset += step;
}

static struct tpacket3_hdr *slot_at(const struct packet_tx *r, uint32_t i)
{
	return (void *)(r->map + (size_t)(i / r->per_block) * r->block_size +
			(size_t)(i % r->per_block) * r->slot_size);
}

uint32_t packet_tx_room(const struct packet_tx *r)
{
	return r->slot_size - PACKET_TX_HEADER;
}

uint8_t *packet_tx_peek(const struct packet_tx *r)
{
	struct tpacket3_hdr *h = slot_at(r, r->next);

	if (__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) !=
	    TP_STATUS_AVAILABLE)
		return NULL;
	return (uint8_t *)h + PACKET_TX_HEADER;
}

void packet_tx_commit(struct packet_tx *r, uint32_t len)
{
	struct tpacket3_hdr *h = slot_at(r, r->next);

	h->tp_next_offset = 0;
	h->tp_len = len;
	h->tp_snaplen = len;
	__atomic_store_n(&h->tp_status, TP_STATUS_SEND_REQUEST,
			 __ATOMIC_RELEASE);
	r->next = r->next + 1 == r->n_slots ? 0 : r->next + 1;
}

void packet_tx_forget(struct packet_tx *r)
{
	struct tpacket3_hdr *h;
	uint32_t i, before;

	for (i = 0; i < r->n_slots; i++) {
		before = (r->next ? r->next : r->n_slots) - 1;
		h = slot_at(r, before);
		if (__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) !=
		    TP_STATUS_SEND_REQUEST)
			return;
		h->tp_status = TP_STATUS_AVAILABLE;
		r->next = before;
	}
}
