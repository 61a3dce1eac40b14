/* SPDX-License-Identifier: ISC */
/*
 * tun_raw.c - the limit of a TUN device: reading and writing, and no stack
 *
 * A kernel's socket only sends to what acknowledges, and only takes what comes
 * with the right numbers.  This does that, and nothing beyond it: it answers
 * one SYN, counts bytes, writes the same headers with other numbers before data
 * that lies ready, and acknowledges once for all that was there to be read.
 * What gets lost is sent again from the oldest on, after a rest.  No byte is
 * copied or looked at.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/virtio_net.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "device.h"

#define MSS	 1460
#define SUPER	 (44 * MSS)
#define READS	 16
#define REST_MS	 20
#define SHIFT	 14 /* of our window */
#define ISS	 1000
#define OPTIONS	 8
#define HEAD_MAX (sizeof(struct headers) + OPTIONS)

struct headers {
	struct virtio_net_hdr v;
	struct iphdr ip;
	struct tcphdr tcp;
} __attribute__((packed));

struct raw {
	int fd;
	bool open;
	uint16_t their_port;
	uint16_t ours;		/* our window, shifted */
	uint32_t nxt, una, rcv; /* next to send, oldest unacknowledged */
	uint64_t window, acked; /* of the peer; bytes it acknowledged */
	uint64_t received;	/* bytes */
	uint8_t shift;		/* of its window */
	bool owes;		/* an acknowledgement */
	uint8_t in[HEAD_MAX + 65536 + 60], out[SUPER + PATTERN];
};

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint64_t sum_words(const void *p, size_t len)
{
	const uint8_t *bytes = p;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint64_t)(bytes[i] << 8 | bytes[i + 1]);
	return sum;
}

/* The sum of the pseudo header; the device adds the rest. */
static void fill_head(const struct raw *r, struct headers *h, size_t options,
		      size_t len)
{
	const size_t tcp_len = sizeof(h->tcp) + options + len;

	memset(h, 0, sizeof(*h));
	h->v.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	h->v.csum_start = sizeof(h->ip);
	h->v.csum_offset = 16;
	if (len > MSS) {
		h->v.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
		h->v.gso_size = MSS;
		h->v.hdr_len = sizeof(h->ip) + sizeof(h->tcp);
	}
	h->ip.version = 4;
	h->ip.ihl = 5;
	h->ip.ttl = 64;
	h->ip.protocol = IPPROTO_TCP;
	h->ip.frag_off = htons(IP_DF);
	h->ip.tot_len = htons((uint16_t)(sizeof(h->ip) + tcp_len));
	h->ip.saddr = htonl(DEVICE_OURS);
	h->ip.daddr = htonl(DEVICE_KERNEL);
	h->ip.check = htons((uint16_t)~fold(sum_words(&h->ip, sizeof(h->ip))));
	h->tcp.source = htons(DEVICE_PORT);
	h->tcp.dest = htons(r->their_port);
	h->tcp.seq = htonl(r->nxt);
	h->tcp.ack_seq = htonl(r->rcv);
	h->tcp.doff = ((sizeof(h->tcp) + options) / 4) & 15;
	h->tcp.ack = 1;
	h->tcp.window = htons(r->ours);
	h->tcp.check =
		htons(fold(sum_words(&h->ip.saddr, 8) + IPPROTO_TCP + tcp_len));
}

/* Returns false if the device is full. */
static bool put(struct raw *r, struct headers *h, const void *data, size_t len)
{
	struct iovec iov[2] = {{.iov_base = h, .iov_len = sizeof(*h)},
			       {.iov_len = len}};

	memcpy(&iov[1].iov_base, &data, sizeof(data));
	if (writev(r->fd, iov, len ? 2 : 1) > 0)
		return true;
	must(errno == EAGAIN, "the device");
	return false;
}

static void answer_syn(struct raw *r, const struct headers *h)
{
	static const uint8_t options[OPTIONS] = {2, 4, MSS >> 8, MSS & 255,
						 1, 3, 3,	 SHIFT};
	struct headers reply;
	const uint8_t *o = (const uint8_t *)(h + 1);
	size_t i, len = (size_t)h->tcp.doff * 4 - sizeof(h->tcp);

	for (i = 0; i<len; i += o[i]> 1 ? o[i + 1] : 1)
		if (o[i] == 3)
			r->shift = o[i + 2];
	r->their_port = ntohs(h->tcp.source);
	r->rcv = ntohl(h->tcp.seq) + 1;
	r->nxt = ISS;
	fill_head(r, &reply, OPTIONS, 0);
	reply.tcp.syn = 1;
	reply.tcp.window = htons(65535);
	put(r, &reply, options, OPTIONS);
	r->nxt = r->una = ISS + 1;
}

static void handle(struct raw *r, size_t size)
{
	const struct headers *h = (const void *)r->in;
	const uint32_t ack = ntohl(h->tcp.ack_seq);
	size_t head;

	if (size < sizeof(*h) || h->ip.version != 4 ||
	    h->ip.protocol != IPPROTO_TCP)
		return;
	if (h->tcp.syn) {
		answer_syn(r, h);
		return;
	}
	r->open = true;
	head = sizeof(h->v) + sizeof(h->ip) + (size_t)h->tcp.doff * 4;
	if ((int32_t)(ack - r->una) > 0) {
		r->acked += ack - r->una;
		r->una = ack;
		if ((int32_t)(r->nxt - r->una) < 0)
			r->nxt = r->una;
	}
	r->window = (uint64_t)ntohs(h->tcp.window) << r->shift;
	if (size > head) {
		r->owes = true;
		if (ntohl(h->tcp.seq) == r->rcv) {
			r->rcv += (uint32_t)(size - head);
			r->received += size - head;
		}
	}
}

static int take_in(struct raw *r)
{
	ssize_t n;
	int i;

	for (i = 0; i < READS; i++) {
		n = read(r->fd, r->in, sizeof(r->in));
		if (n < 0) {
			must(errno == EAGAIN, "the device");
			break;
		}
		handle(r, (size_t)n);
	}
	return i;
}

static int put_out(struct raw *r)
{
	struct headers h;
	uint32_t at;
	int i;

	for (i = 0; i < READS; i++) {
		if (r->nxt - r->una + SUPER > r->window)
			break;
		at = (uint32_t)((r->acked + (r->nxt - r->una)) % PATTERN);
		fill_head(r, &h, 0, SUPER);
		if (!put(r, &h, r->out + at, SUPER))
			break;
		r->nxt += SUPER;
	}
	return i;
}

static int acknowledge(struct raw *r)
{
	struct headers h;

	if (!r->owes)
		return 0;
	fill_head(r, &h, 0, 0);
	r->owes = !put(r, &h, NULL, 0);
	return 1;
}

void tun_raw(int fd, struct device_run *run, struct device_peer *peer, bool to)
{
	static struct raw r;
	uint32_t una;
	int moved;

	r.fd = fd;
	r.ours = (uint16_t)(device_window() >> SHIFT);
	pattern_fill(r.out, sizeof(r.out), 0);
	do {
		moved = take_in(&r);
		if (r.open)
			moved += to ? put_out(&r) : acknowledge(&r);
		if (moved)
			continue;
		una = r.una;
		device_wait(fd, REST_MS);
		if (take_in(&r) == 0 && r.una == una)
			r.nxt = una;
	} while (device_measure(run, to ? peer->received : r.received));
}
