/* SPDX-License-Identifier: ISC */
/*
 * raw_packet.c - a packet socket with TPACKET_V3 rings
 *
 * Blocks and slots are as large as tern's for a wire without offload.
 */
#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#define RX_BLOCK (256U << 10)
#define RX_N	 16U
#define TX_BLOCK (1U << 20)
#define TX_N	 8U
#define SLOT	 2048U
#define SLOTS	 (TX_BLOCK / SLOT * TX_N)
#define DATA	 48 /* behind the header of a slot */

static int fd;
static uint8_t *map;
static uint32_t frame_size, tx_next, rx_next, rx_left;
static uint8_t frame[FRAME_MAX], *rx_frame;

static void set(int option, const void *value, socklen_t len)
{
	if (setsockopt(fd, SOL_PACKET, option, value, len) < 0)
		skip("no TPACKET_V3", errno);
}

static int packet_open(uint32_t size)
{
	struct tpacket_req3 rx = {.tp_block_size = RX_BLOCK,
				  .tp_block_nr = RX_N,
				  .tp_frame_size = 2048,
				  .tp_frame_nr = RX_BLOCK / 2048 * RX_N,
				  .tp_retire_blk_tov = 1};
	struct tpacket_req3 tx = {.tp_block_size = TX_BLOCK,
				  .tp_block_nr = TX_N,
				  .tp_frame_size = SLOT,
				  .tp_frame_nr = SLOTS};
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = (int)if_nametoindex(DEVICE)};
	int version = TPACKET_V3, one = 1, bytes = 8 << 20;

	frame_size = size;
	wire_frame(frame, size);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		skip("no packet socket", errno);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	set(PACKET_VERSION, &version, sizeof(version));
	set(PACKET_IGNORE_OUTGOING, &one, sizeof(one));
	set(PACKET_RX_RING, &rx, sizeof(rx));
	set(PACKET_TX_RING, &tx, sizeof(tx));
	map = mmap(NULL, RX_BLOCK * RX_N + TX_BLOCK * TX_N,
		   PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(map != MAP_FAILED, "mmap");
	must(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0, "bind");
	return fd;
}

static uint32_t packet_send(uint32_t n)
{
	struct tpacket3_hdr *h;
	uint32_t i;

	for (i = 0; i < n; i++) {
		h = (void *)(map + RX_BLOCK * RX_N + (size_t)tx_next * SLOT);
		if (h->tp_status != TP_STATUS_AVAILABLE)
			break;
		memcpy((uint8_t *)h + DATA, frame, frame_size);
		h->tp_len = h->tp_snaplen = frame_size;
		h->tp_next_offset = 0;
		__atomic_store_n(&h->tp_status, TP_STATUS_SEND_REQUEST,
				 __ATOMIC_RELEASE);
		tx_next = (tx_next + 1) % SLOTS;
	}
	sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
	return i;
}

static struct tpacket_block_desc *block(void)
{
	return (void *)(map + (size_t)rx_next * RX_BLOCK);
}

static bool next_block(void)
{
	struct tpacket_block_desc *b = block();

	if (!(__atomic_load_n(&b->hdr.bh1.block_status, __ATOMIC_ACQUIRE) &
	      TP_STATUS_USER))
		return false;
	rx_left = b->hdr.bh1.num_pkts;
	rx_frame = (uint8_t *)b + b->hdr.bh1.offset_to_first_pkt;
	return rx_left > 0;
}

static uint32_t packet_recv(uint32_t max)
{
	const struct tpacket3_hdr *h;
	uint32_t i;

	for (i = 0; i < max; i++) {
		if (rx_left == 0 && !next_block())
			break;
		h = (void *)rx_frame;
		looked_at += rx_frame[h->tp_mac + 12];
		rx_frame += h->tp_next_offset;
		if (--rx_left > 0)
			continue;
		__atomic_store_n(&block()->hdr.bh1.block_status,
				 TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		rx_next = (rx_next + 1) % RX_N;
	}
	return i;
}

const struct mover raw_packet = {packet_open, packet_send, packet_recv};
