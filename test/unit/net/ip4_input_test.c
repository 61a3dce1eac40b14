/* SPDX-License-Identifier: ISC */
/*
 * ip4_input_test.c - which datagrams pass, and under what name others drop
 */
#include "net/ip4.h"

#include "fixture.h"

/* A good datagram to us, to be spoilt. */
static uint32_t good(uint8_t *p)
{
	struct ip4_header ip = ip_header(PEER_IP, OUR_IP, IP_PROTO_TCP);
	uint8_t l4[20] = {1, 2, 3, 4};

	return put_ip(p, &ip, l4, sizeof(l4));
}

static void fix_checksum(uint8_t *p, uint32_t header_len)
{
	store_be16(p + 10, 0);
	store_be16(p + 10, checksum_finish(sum_bytes(0, p, header_len)));
}

/* Expects the datagram to be dropped under one name. */
static void expect_drop(struct host *h, const uint8_t *p, uint32_t len,
			enum tern_drop reason)
{
	uint64_t before = drops(h, reason), all = all_drops(h);
	int n = h->n_notes;

	inject(h, h->tun, p, len);
	assert_int_equal(drops(h, reason), before + 1);
	assert_int_equal(all_drops(h), all + 1);
	assert_int_equal(h->n_notes, n);
	assert_int_equal(block_pool_count(h->env.blocks), 0);
}

static void a_good_one_passes(struct host *h)
{
	const struct note *note;
	uint8_t p[64];

	inject(h, h->tun, p, good(p));
	note = last_note(h);
	assert_int_equal(note->packet.src, PEER_IP);
	assert_int_equal(note->packet.dst, OUR_IP);
	assert_int_equal(note->packet.ttl, 64);
	assert_int_equal(note->packet.tos, 0);
	assert_false(note->packet.csum_ok);
	assert_false(note->packet.group);
	assert_int_equal(note->packet.l4_len, 20);
	assert_int_equal(note->packet.l4_contig, 20);
	assert_int_equal(note->packet.l4_off, 20);
	assert_int_equal(note->packet.in->index, h->tun);
	assert_int_equal(note->l4[3], 4);
	assert_int_equal(counter(h, TERN_IpInReceives), 1);
	assert_int_equal(counter(h, TERN_IpInDelivers), 1);
	assert_int_equal(all_drops(h), 0);
}

/* I6: IHL and total length, at and around their limits. */
static void lengths(struct host *h)
{
	uint8_t p[64];
	uint32_t len = good(p);

	for (uint32_t n = 1; n < 20; n++)
		expect_drop(h, p, n, TERN_DROP_FRAME_SHORT);
	for (uint32_t n = 20; n < len; n++)
		expect_drop(h, p, n, TERN_DROP_IP_TOTAL_LENGTH);
	for (uint8_t ihl = 0; ihl < 5; ihl++) {
		good(p);
		p[0] = 0x40 | ihl;
		fix_checksum(p, 20);
		expect_drop(h, p, len, TERN_DROP_IP_HEADER_LENGTH);
	}
	good(p);
	p[0] = 0x4f; /* 60 bytes of header in a datagram of 40 */
	fix_checksum(p, 40);
	expect_drop(h, p, len, TERN_DROP_IP_TOTAL_LENGTH);
	good(p);
	store_be16(p + 2, 19);
	fix_checksum(p, 20);
	expect_drop(h, p, len, TERN_DROP_IP_TOTAL_LENGTH);
	assert_int_equal(counter(h, TERN_IpInHdrErrors),
			 counter(h, TERN_IpInReceives));
	/* As short as can be: a header alone. */
	good(p);
	store_be16(p + 2, 20);
	fix_checksum(p, 20);
	inject(h, h->tun, p, len);
	assert_int_equal(last_note(h)->packet.l4_len, 0);
}

static void version_and_checksum(struct host *h)
{
	uint8_t p[64];
	uint32_t len = good(p);

	for (uint8_t v = 0; v < 16; v++) {
		if (v == 4)
			continue;
		good(p);
		p[0] = (uint8_t)(v << 4 | 5);
		fix_checksum(p, 20);
		expect_drop(h, p, len, TERN_DROP_IP_VERSION);
	}
	for (uint32_t bit = 0; bit < 160; bit++) {
		if (bit < 32)
			continue; /* version and lengths: seen above */
		good(p);
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		expect_drop(h, p, len, TERN_DROP_IP_CHECKSUM);
	}
	assert_int_equal(counter(h, TERN_IpInCsumErrors), 128);
}

/* MUST-50 and RFC 7126: ignored, or dropped. */
static void options(struct host *h)
{
	static const struct {
		uint8_t bytes[8];
		bool passes;
	} rows[] = {
		{{1, 1, 1, 1, 1, 1, 1, 1}, true},    /* no operation */
		{{0, 9, 9, 9, 9, 9, 9, 9}, true},    /* end of list */
		{{7, 7, 4, 0, 0, 0, 0, 0}, true},    /* record route */
		{{68, 8, 5, 0, 0, 0, 0, 0}, true},   /* timestamp */
		{{148, 4, 0, 0, 0, 0, 0, 0}, true},  /* router alert */
		{{99, 8, 1, 2, 3, 4, 5, 6}, true},   /* unknown */
		{{131, 7, 4, 1, 1, 1, 1, 0}, false}, /* loose route */
		{{137, 7, 4, 1, 1, 1, 1, 0}, false}, /* strict route */
		{{1, 1, 131, 3, 4, 0, 0, 0}, false}, /* after others */
		{{7, 0, 4, 0, 0, 0, 0, 0}, false},   /* length 0 */
		{{7, 1, 4, 0, 0, 0, 0, 0}, false},   /* length 1 */
		{{7, 9, 4, 0, 0, 0, 0, 0}, false},   /* beyond the end */
		{{1, 1, 1, 1, 1, 1, 1, 7}, false},   /* no length at all */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ip4_header ip = ip_header(PEER_IP, OUR_IP, 6);
		uint8_t p[64], l4[20] = {0};
		uint32_t len;

		ip.options = rows[i].bytes;
		ip.options_len = 8;
		len = put_ip(p, &ip, l4, sizeof(l4));
		if (!rows[i].passes) {
			expect_drop(h, p, len, TERN_DROP_IP_OPTIONS);
			continue;
		}
		h->n_notes = 0;
		inject(h, h->tun, p, len);
		assert_int_equal(h->n_notes, 1);
		assert_int_equal(h->notes[0].packet.l4_off, 28);
		assert_int_equal(h->notes[0].packet.l4_len, 20);
	}
}

/* I9: who cannot have sent it. */
static void martian_sources(struct host *h)
{
	const uint32_t bad[] = {
		0,
		IP(0, 255, 1, 1),
		IP(127, 0, 0, 1),
		IP(127, 255, 255, 255),
		IP(224, 0, 0, 1),
		IP(239, 1, 2, 3),
		IP(240, 0, 0, 1),
		UINT32_MAX,
		IP(10, 0, 0, 255),
		IP(10, 0, 0, 0),
		IP(172, 16, 0, 1), /* ours, and not the destination */
	};
	const uint32_t good_ones[] = {
		IP(1, 0, 0, 1),	  IP(126, 255, 255, 255),
		IP(128, 0, 0, 0), IP(223, 255, 255, 255),
		PEER_IP,
	};

	/* To any address of ours, and to the first of the interface. */
	for (size_t i = 0; i < 2 * ARRAY_LEN(bad); i++) {
		uint32_t dst = i % 2 ? OUR_IP : IP(172, 16, 0, 1);
		struct ip4_header ip = ip_header(bad[i / 2], dst, 6);
		uint8_t p[64], l4[20] = {0};

		if (ip.src != dst)
			expect_drop(h, p, put_ip(p, &ip, l4, 20),
				    TERN_DROP_IP_SOURCE);
	}
	assert_int_equal(counter(h, TERN_IpInAddrErrors),
			 2 * ARRAY_LEN(bad) - 1);
	for (size_t i = 0; i < ARRAY_LEN(good_ones); i++) {
		inject_ip(h, h->tun, good_ones[i], OUR_IP, IP_PROTO_TCP);
		inject_ip(h, h->tun, good_ones[i], IP(172, 16, 0, 1),
			  IP_PROTO_TCP);
	}
	assert_int_equal(h->n_notes, 2 * ARRAY_LEN(good_ones));
}

/* TCP names it; nobody else gets it. */
static void source_equal_to_destination(struct host *h)
{
	inject_ip(h, h->tun, OUR_IP, OUR_IP, IP_PROTO_TCP);
	assert_int_equal(h->n_notes, 1);
	inject_ip(h, h->tun, OUR_IP, OUR_IP, IP_PROTO_ICMP);
	assert_int_equal(drops(h, TERN_DROP_IP_SOURCE), 1);
	assert_int_equal(take_all(h, h->tun) + take_all(h, 1), 0);
}

static void destinations(struct host *h)
{
	const uint32_t bad[] = {0, IP(10, 0, 0, 2), IP(8, 8, 8, 8),
				IP(127, 0, 0, 1), IP(240, 0, 0, 1)};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		inject_ip(h, h->tun, PEER_IP, bad[i], IP_PROTO_TCP);
		assert_int_equal(drops(h, TERN_DROP_IP_DESTINATION), i + 1);
	}
	assert_int_equal(h->n_notes, 0);
	/* Any address of ours, on whatever link. */
	inject_ip(h, h->tun, PEER_IP, IP(172, 16, 0, 1), IP_PROTO_TCP);
	inject_ip(h, h->eth, PEER_IP, IP(172, 16, 0, 1), IP_PROTO_TCP);
	assert_int_equal(h->n_notes, 2);
	assert_false(last_note(h)->packet.group);
}

/* MUST-57 is TCP's, which must be told. */
static void groups_are_marked(struct host *h)
{
	const uint32_t dst[] = {UINT32_MAX, IP(10, 0, 0, 255), IP(10, 0, 0, 0),
				IP(224, 0, 0, 1)};

	for (size_t i = 0; i < ARRAY_LEN(dst); i++) {
		inject_ip(h, h->tun, PEER_IP, dst[i], IP_PROTO_TCP);
		assert_int_equal(h->n_notes, i + 1);
		assert_true(last_note(h)->packet.group);
	}
	inject_ip(h, h->tun, PEER_IP, IP(224, 0, 0, 1), IP_PROTO_ICMP);
	assert_int_equal(drops(h, TERN_DROP_IP_DESTINATION), 1);
	/* No error is ever sent about them. */
	inject_ip(h, h->tun, PEER_IP, UINT32_MAX, 99);
	assert_int_equal(drops(h, TERN_DROP_IP_PROTOCOL), 1);
	assert_int_equal(take_all(h, h->eth), 0);
}

/* I1 to I3: nothing of a fragment gets through. */
static void fragments(struct host *h)
{
	uint8_t p[64];
	uint32_t len = good(p);

	store_be16(p + 6, 0x2000); /* more to come */
	fix_checksum(p, 20);
	expect_drop(h, p, len, TERN_DROP_IP_FRAGMENT);
	store_be16(p + 6, 0x0001); /* the last, at 8 */
	fix_checksum(p, 20);
	expect_drop(h, p, len, TERN_DROP_IP_FRAGMENT);
	store_be16(p + 6, 0x1fff); /* at 65528: beyond 65535 */
	fix_checksum(p, 20);
	expect_drop(h, p, len, TERN_DROP_IP_FRAGMENT);
	assert_int_equal(counter(h, TERN_IpInDiscards), 3);
	store_be16(p + 6, 0x4000); /* DF is no fragment */
	fix_checksum(p, 20);
	inject(h, h->tun, p, len);
	assert_int_equal(h->n_notes, 1);
}

static void ttl_does_not_matter_here(struct host *h)
{
	uint8_t p[64];
	uint32_t len = good(p);

	p[8] = 0;
	fix_checksum(p, 20);
	inject(h, h->tun, p, len);
	assert_int_equal(last_note(h)->packet.ttl, 0);
}

static void unknown_protocols_are_unreachable(struct host *h)
{
	uint8_t p[256];
	uint32_t len;
	struct ip4_header ip;

	inject_ip(h, h->tun, IP(172, 16, 0, 2), IP(172, 16, 0, 1), 99);
	assert_int_equal(drops(h, TERN_DROP_IP_PROTOCOL), 1);
	assert_int_equal(counter(h, TERN_IpInUnknownProtos), 1);
	len = take(h, h->tun, p, sizeof(p));
	assert_int_equal(ip4_parse(p, len, len, &ip), 0);
	assert_int_equal(ip.proto, IP_PROTO_ICMP);
	assert_int_equal(p[20], ICMP4_UNREACHABLE);
	assert_int_equal(p[21], ICMP4_PROTO_UNREACHABLE);
}

static void padding_is_cut_off(struct host *h)
{
	uint8_t p[100];
	uint32_t len = good(p);

	memset(p + len, 0xee, sizeof(p) - len);
	inject(h, h->tun, p, sizeof(p));
	/* fixture.h compares the frame's length with the packet's. */
	assert_int_equal(last_note(h)->packet.l4_len, 20);
}

/* Headers that do not lie in one piece are dropped, never pieced together. */
static void scattered_headers(struct host *h)
{
	uint8_t p[64];
	uint32_t len = good(p);

	for (uint32_t cut = 1; cut < len; cut++) {
		struct tern_frame f;
		int n = h->n_notes;

		assert_int_equal(
			tern_frame_copy(&f, h->env.blocks, p + cut, len - cut),
			0);
		memcpy(f.head, p, cut);
		f.head_len = (uint16_t)cut;
		f.len = len;
		net_input(&h->net, net_if(&h->net, h->tun), &f, 1);
		if (cut < 20) {
			assert_int_equal(drops(h, TERN_DROP_FRAME_SCATTERED),
					 cut);
			assert_int_equal(h->n_notes, n);
		} else {
			assert_int_equal(h->n_notes, n + 1);
			assert_int_equal(last_note(h)->packet.l4_contig,
					 cut - 20);
		}
	}
}

static void loopback_takes_what_is_ours(struct host *h)
{
	const int lo = TERN_IF_LOOPBACK;

	inject_ip(h, lo, IP(127, 0, 0, 1), IP(127, 0, 0, 1), IP_PROTO_TCP);
	inject_ip(h, lo, IP(127, 0, 0, 1), IP(127, 3, 0, 1), IP_PROTO_TCP);
	inject_ip(h, lo, OUR_IP, OUR_IP, IP_PROTO_TCP);
	inject_ip(h, lo, IP(127, 0, 0, 1), OUR_IP, IP_PROTO_TCP);
	assert_int_equal(h->n_notes, 4);
	assert_true(last_note(h)->packet.csum_ok); /* trusted */
	inject_ip(h, lo, OUR_IP, PEER_IP, IP_PROTO_TCP);
	assert_int_equal(drops(h, TERN_DROP_IP_DESTINATION), 1);
}

static void known_checksums(struct host *h)
{
	const uint8_t flags[] = {TERN_FRAME_CSUM_OK, TERN_FRAME_CSUM_PARTIAL};
	struct tern_frame f;
	uint8_t p[64];
	uint32_t len = good(p);

	for (int i = 0; i < 2; i++) {
		assert_int_equal(tern_frame_copy(&f, h->env.blocks, p, len), 0);
		f.flags = flags[i];
		net_input(&h->net, net_if(&h->net, h->tun), &f, 1);
		assert_true(last_note(h)->packet.csum_ok);
	}
}

HOST_TEST(a_good_one_passes)
HOST_TEST(lengths)
HOST_TEST(version_and_checksum)
HOST_TEST(options)
HOST_TEST(martian_sources)
HOST_TEST(source_equal_to_destination)
HOST_TEST(destinations)
HOST_TEST(groups_are_marked)
HOST_TEST(fragments)
HOST_TEST(ttl_does_not_matter_here)
HOST_TEST(unknown_protocols_are_unreachable)
HOST_TEST(padding_is_cut_off)
HOST_TEST(scattered_headers)
HOST_TEST(loopback_takes_what_is_ours)
HOST_TEST(known_checksums)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_one_passes_test),
		cmocka_unit_test(lengths_test),
		cmocka_unit_test(version_and_checksum_test),
		cmocka_unit_test(options_test),
		cmocka_unit_test(martian_sources_test),
		cmocka_unit_test(source_equal_to_destination_test),
		cmocka_unit_test(destinations_test),
		cmocka_unit_test(groups_are_marked_test),
		cmocka_unit_test(fragments_test),
		cmocka_unit_test(ttl_does_not_matter_here_test),
		cmocka_unit_test(unknown_protocols_are_unreachable_test),
		cmocka_unit_test(padding_is_cut_off_test),
		cmocka_unit_test(scattered_headers_test),
		cmocka_unit_test(loopback_takes_what_is_ours_test),
		cmocka_unit_test(known_checksums_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
