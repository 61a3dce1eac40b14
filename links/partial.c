/* SPDX-License-Identifier: ISC */
/*
 * partial.c - recognising a checksum that its sender left partial
 *
 * Two interfaces joined in one kernel (veth) hand on segments whose checksum
 * nobody has completed, and XDP has no word for that.  But what stands in the
 * field then is exactly the folded sum of the pseudo header.  A segment whose
 * complete checksum is that value by chance is accepted too, as it should be;
 * a damaged one would be, with the chance of 2^-16 that a checksum always
 * leaves it.  So this is for links whose wire is memory.
 */
#include "partial.h"

#include "header.h"

#define IP4_FRAGMENT 6	    /* flags and offset */
#define IP4_NOT_ONLY 0x3fff /* more fragments, or not the first */

void partial_mark(struct tern_frame *f, const uint8_t *data, uint32_t len)
{
	const uint8_t *ip = data + ETH_LEN;
	uint32_t ip_len, total;
	uint16_t pseudo;

	if (len < ETH_LEN + IP4_LEN ||
	    get_be16(data + ETH_TYPE) != ETH_TYPE_IP4)
		return;
	ip_len = ip4_header_len(ip);
	total = get_be16(ip + IP4_TOTAL);
	if (ip[IP4_PROTOCOL] != IP4_TCP || ip_len < IP4_LEN ||
	    get_be16(ip + IP4_FRAGMENT) & IP4_NOT_ONLY ||
	    total < ip_len + TCP_LEN || total > len - ETH_LEN)
		return;
	pseudo = folded_sum(IP4_TCP + total - ip_len, ip + IP4_SOURCE, 8);
	if (get_be16(ip + ip_len + TCP_CHECKSUM) != pseudo)
		return;
	f->flags |= TERN_FRAME_CSUM_PARTIAL;
	f->csum_start = (uint16_t)(ETH_LEN + ip_len);
	f->csum_offset = TCP_CHECKSUM;
}
