/* SPDX-License-Identifier: ISC */
/*
 * vnet.c - the virtio net header, virtio 1.2 5.1.6, against a frame's own marks
 *
 *	virtio			frame
 *	F_NEEDS_CSUM		TERN_FRAME_CSUM_PARTIAL, csum_start, csum_offset
 *	F_DATA_VALID		TERN_FRAME_CSUM_OK (received only)
 *	GSO_TCPV4, gso_size	gso_size
 *	GSO_ECN			CWR is set in the TCP header
 *	hdr_len			hdr_len (sent only)
 *
 * The fields are in the machine's byte order, as TUN has them unless told
 * otherwise.  The hdr_len of a received header is a hint about where the
 * sender's buffers were split, no more; the length of the headers is read from
 * the TCP header instead.
 */
#include "vnet.h"

#include <string.h>

#include "header.h"

static bool has_cwr(const struct tern_frame *f)
{
	uint8_t flags = 0;

	tern_frame_read(f, (uint32_t)f->csum_start + TCP_FLAGS, &flags, 1);
	return flags & TCP_CWR;
}

void vnet_from_frame(struct virtio_net_hdr *v, const struct tern_frame *f)
{
	memset(v, 0, sizeof(*v));
	if (!(f->flags & TERN_FRAME_CSUM_PARTIAL))
		return;
	v->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	v->csum_start = f->csum_start;
	v->csum_offset = f->csum_offset;
	v->gso_type = VIRTIO_NET_HDR_GSO_NONE;
	if (f->gso_size == 0 || f->len <= (uint32_t)f->hdr_len + f->gso_size)
		return; /* one segment is not worth the name */
	v->gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	if (has_cwr(f))
		v->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	v->gso_size = f->gso_size;
	v->hdr_len = f->hdr_len;
}

static bool mark_gso(const struct virtio_net_hdr *v, struct tern_frame *f)
{
	uint8_t tcp[TCP_LEN];
	uint32_t hdr_len, n;

	n = tern_frame_read(f, v->csum_start, tcp, sizeof(tcp));
	if (v->gso_size == 0 || n < sizeof(tcp))
		return false;
	hdr_len = v->csum_start + tcp_header_len(tcp);
	if (hdr_len > f->len || hdr_len > UINT16_MAX)
		return false;
	f->gso_size = v->gso_size;
	f->hdr_len = (uint16_t)hdr_len;
	return true;
}

bool vnet_to_frame(const struct virtio_net_hdr *v, struct tern_frame *f)
{
	unsigned int type = v->gso_type & ~(unsigned int)VIRTIO_NET_HDR_GSO_ECN;

	if (type != VIRTIO_NET_HDR_GSO_NONE && type != VIRTIO_NET_HDR_GSO_TCPV4)
		return false; /* was not asked for */
	if (!(v->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)) {
		/* A long one with complete sums is one long segment. */
		if (v->flags & VIRTIO_NET_HDR_F_DATA_VALID)
			f->flags |= TERN_FRAME_CSUM_OK;
		return true;
	}
	if ((uint32_t)v->csum_start + v->csum_offset + 2 > f->len)
		return false;
	f->flags |= TERN_FRAME_CSUM_PARTIAL;
	f->csum_start = v->csum_start;
	f->csum_offset = v->csum_offset;
	return type == VIRTIO_NET_HDR_GSO_NONE || mark_gso(v, f);
}
