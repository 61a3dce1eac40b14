/* SPDX-License-Identifier: ISC */
/*
 * address_test.c - RFC 9293 3.9.2.3: addresses from and to which nothing may
 * come
 *
 * The rule speaks of SYNs and is meant for all segments, as RFC 1122 3.2.1.3
 * has it: nothing is answered, and nothing changes.
 */
#include "unit/rfc/drive.h"

#define SUBNET_ADDR ip4_addr(10, 1, 2, 3) /* of a link with broadcast */

static const uint32_t no_host[] = {
	UINT32_C(0x00000000),			    /* 0.0.0.0, this host */
	UINT32_C(0x00010203),			    /* 0/8, this network */
	UINT32_C(0x7f000001),			    /* 127/8, loopback */
	UINT32_C(0x7fffffff), UINT32_C(0xe0000001), /* 224/4, multicast */
	UINT32_C(0xefffffff), UINT32_C(0xf0000001), /* 240/4, reserved */
	UINT32_C(0xfffffffe), UINT32_C(0xffffffff), /* limited broadcast */
	UINT32_C(0x0a0102ff), /* 10.1.2.255, broadcast of our subnet */
};
#define N_NO_HOST (sizeof(no_host) / sizeof(no_host[0]))

static const uint16_t all_flags[] = {
	SYN, SYN | ACK, ACK, RST, RST | ACK, FIN | ACK, FIN, PSH | URG | ACK, 0,
};
#define N_FLAGS (sizeof(all_flags) / sizeof(all_flags[0]))

/* A stack with two links, the second of which has a broadcast address. */
static struct drive *two_links(void)
{
	const struct tern_if_config ic = {.name = "d1", .mtu = 1500};
	struct drive *d = drive_new();
	int second = tern_if_add(d->n, &ic);

	assert_true(second > 0);
	assert_int_equal(tern_addr_add(d->n, second, SUBNET_ADDR, 24), 0);
	return d;
}

static struct dseg from(size_t i, uint16_t flags)
{
	return SEG(flags, 0, 0, .src = no_host[i], .src_zero = !no_host[i]);
}

/* MUST-63: a SYN from no host makes no connection and gets no answer. */
static void must_63_syn_from_invalid_source(void **state)
{
	struct drive *d = two_links();
	size_t i;

	(void)state;
	drive_listen(d, 8);
	for (i = 0; i < N_NO_HOST; i++) {
		inject(d, from(i, SYN));
		expect_nothing(d);
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	}
	assert_int_equal(tern_drops(d->n, TERN_DROP_IP_SOURCE), N_NO_HOST);
	drive_free(d);
}

/* MUST-63: and so with segments of any kind, to a port where nobody is too. */
static void must_63_any_segment_from_invalid_source(void **state)
{
	struct drive *d = two_links();
	size_t i, k;

	(void)state;
	drive_listen(d, 8);
	for (i = 0; i < N_NO_HOST; i++) {
		for (k = 0; k < N_FLAGS; k++) {
			d->lport = STACK_PORT;
			inject(d, from(i, all_flags[k]));
			d->lport = 7;
			inject(d, from(i, all_flags[k]));
		}
	}
	expect_nothing(d);
	assert_int_equal(tern_drops(d->n, TERN_DROP_IP_SOURCE),
			 2 * N_NO_HOST * N_FLAGS);
	drive_free(d);
}

/* MUST-63: our own address is not a peer's, be it this link's or another's. */
static void must_63_from_our_own_address(void **state)
{
	struct drive *d = two_links();
	size_t k;

	(void)state;
	drive_listen(d, 8);
	for (k = 0; k < N_FLAGS; k++) {
		d->rport = PEER_PORT;
		inject(d, SEG(all_flags[k], 0, 0, .src = STACK_ADDR));
		inject(d, SEG(all_flags[k], 0, 0, .src = SUBNET_ADDR));
		d->rport = STACK_PORT; /* LAND */
		inject(d, SEG(all_flags[k], 0, 0, .src = STACK_ADDR));
	}
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* MUST-57, for all segments: to a group there is no answer either. */
static void must_57_any_segment_to_a_group(void **state)
{
	static const uint32_t groups[] = {
		UINT32_C(0xffffffff), UINT32_C(0xe0000001),
		UINT32_C(0xefffffff), UINT32_C(0x0a0102ff),
		UINT32_C(0x0a010200), /* its old form */
	};
	struct drive *d = two_links();
	size_t i, k;

	(void)state;
	drive_listen(d, 8);
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		for (k = 0; k < N_FLAGS; k++) {
			d->lport = STACK_PORT;
			inject(d, SEG(all_flags[k], 0, 0, .dst = groups[i]));
			d->lport = 7;
			inject(d, SEG(all_flags[k], 0, 0, .dst = groups[i]));
		}
	}
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* MUST-46: a connection to no host is refused at once, and nothing is sent. */
static void must_46_open_to_invalid_address(void **state)
{
	struct drive *d = two_links();
	struct sockaddr_in sin;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < N_NO_HOST; i++) {
		if (no_host[i] == 0 || no_host[i] >> 24 == 127)
			continue; /* this host itself, which is fine */
		sin = drive_addr(no_host[i], PEER_PORT);
		fd = drive_socket(d);
		assert_true(tern_connect(d->n, fd, (struct sockaddr *)&sin,
					 sizeof(sin)) < 0);
		assert_int_equal(drive_get(d, fd, SOL_SOCKET, SO_ERROR), 0);
		expect_nothing(d);
		assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
		expect(d, SEG(SYN, 0, 0));
		assert_int_equal(tern_close(d->n, fd), 0);
	}
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_63_syn_from_invalid_source),
		cmocka_unit_test(must_63_any_segment_from_invalid_source),
		cmocka_unit_test(must_63_from_our_own_address),
		cmocka_unit_test(must_57_any_segment_to_a_group),
		cmocka_unit_test(must_46_open_to_invalid_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
