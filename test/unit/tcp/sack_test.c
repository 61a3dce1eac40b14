/* SPDX-License-Identifier: ISC */
/*
 * sack_test.c - the SACK option as its reader: RFC 2018 5, RFC 2883 4, and what
 * of it is not believed
 */
#include "unit/tcp/flight.h"

static uint32_t sacked(struct drive *d)
{
	return flight_tcb(d)->flow->sent.n_sacked;
}

/* Whole segments between SND.UNA and SND.NXT count; the order of the blocks
 * does not matter, nor how often one is told. */
static void blocks_count(void **state)
{
	struct drive *d = flight_of(10, 0);

	(void)state;
	flight_sack(d, 0, SACK1(5, 6));
	assert_int_equal(sacked(d), MSS);
	flight_sack(d, 0, SACK2(5, 6, 2, 3));
	assert_int_equal(sacked(d), 2 * MSS);
	flight_sack(d, 0, SACK2(5, 6, 2, 3));
	assert_int_equal(sacked(d), 2 * MSS);
	flight_sack(d, 0, SACK1(4, 8));
	assert_int_equal(sacked(d), 5 * MSS);
	assert_int_equal(COUNTED(d, TCPSACKDiscard), 0);
	drive_free(d);
}

/* Up to SND.NXT, and no octet further; blocks that are empty, or turned round,
 * say nothing. */
static void blocks_out_of_range(void **state)
{
	static const struct {
		uint32_t left, right;
		uint32_t counts, discarded;
	} row[] = {
		{9001, 10001, 1000, 0},	  {9001, 10002, 0, 1},
		{10001, 11001, 0, 1},	  {10001, 10001, 0, 1},
		{5001, 5001, 0, 1},	  {6001, 5001, 0, 1},
		{5001, 0x70000000, 0, 1}, {1, 1001, 1000, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		struct drive *d = flight_of(10, 0);

		inject(d, SEG(ACK, 1, 1, .n_sack = 1,
			      .sack = {{row[i].left, row[i].right}}));
		assert_int_equal(sacked(d), row[i].counts);
		assert_int_equal(COUNTED(d, TCPSACKDiscard), row[i].discarded);
		drive_free(d);
	}
}

/* What covers a part of a segment is of no use: segments go again whole. */
static void parts_of_segments(void **state)
{
	struct drive *d = flight_of(10, 0);

	(void)state;
	inject(d, SEG(ACK, 1, 1, .n_sack = 1, .sack = {{2001, 3000}}));
	assert_int_equal(sacked(d), 0);
	inject(d, SEG(ACK, 1, 1, .n_sack = 1, .sack = {{2002, 3001}}));
	assert_int_equal(sacked(d), 0);
	inject(d, SEG(ACK, 1, 1, .n_sack = 1, .sack = {{2002, 5000}}));
	assert_int_equal(sacked(d), MSS); /* the one in the middle */
	drive_free(d);
}

/* A block that the ACK field has overtaken is neither a D-SACK, if it is not
 * the first, nor of any use. */
static void old_block(void **state)
{
	struct drive *d = flight_of(10, 0);

	(void)state;
	inject(d, SEG(ACK, 1, 1 + 3 * MSS, .n_sack = 2,
		      .sack = {{1 + 5 * MSS, 1 + 6 * MSS}, {1, 1 + 2 * MSS}}));
	assert_int_equal(sacked(d), MSS);
	assert_int_equal(COUNTED(d, TCPDSACKRecv), 0);
	drive_free(d);
}

/* A block that the ACK field has reached in part counts for its rest. */
static void block_around_una(void **state)
{
	struct drive *d = flight_of(10, 0);

	(void)state;
	inject(d, SEG(ACK, 1, 1 + 3 * MSS, .n_sack = 1,
		      .sack = {{1 + 2 * MSS, 1 + 5 * MSS}}));
	assert_int_equal(sacked(d), 2 * MSS);
	drive_free(d);
}

/* RFC 2883 4: the first block is a D-SACK if it is not above the ACK field, or
 * inside the second one. */
static void which_are_dsacks(void **state)
{
	static const struct {
		struct blocks b;
		uint32_t old, above;
	} row[] = {
		{{1, {{0, 1}}}, 1, 0},
		{{1, {{3, 4}}}, 1, 0}, /* up to the ACK field */
		{{1, {{3, 5}}}, 0, 0},
		{{1, {{4, 5}}}, 0, 0},
		{{2, {{6, 7}, {6, 7}}}, 0, 1},
		{{2, {{6, 7}, {5, 7}}}, 0, 1},
		{{2, {{6, 7}, {6, 8}}}, 0, 1},
		{{2, {{6, 8}, {6, 7}}}, 0, 0},
		{{2, {{5, 7}, {6, 7}}}, 0, 0},
		{{2, {{5, 6}, {7, 8}}}, 0, 0},
		{{2, {{7, 8}, {5, 6}}}, 0, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		struct drive *d = flight_of(10, 0);

		flight_sack(d, 4, row[i].b);
		assert_int_equal(COUNTED(d, TCPDSACKRecv), row[i].old);
		assert_int_equal(COUNTED(d, TCPDSACKOfoRecv), row[i].above);
		assert_int_equal(COUNTED(d, TCPSACKDiscard), 0);
		drive_free(d);
	}
}

/* The ACK for our FIN may bear one, too, when the user is gone and it ends the
 * connection. */
static void dsack_at_the_end(void **state)
{
	struct drive *d = flight_of(1, 0);

	(void)state;
	flight_ack(d, 1);
	inject(d, SEG(ACK | FIN, 1, 1 + MSS));
	drive_drain(d);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(ACK | FIN, 1 + MSS, 2));
	assert_int_equal(flight_tcb(d)->state, LAST_ACK);
	inject(d, SEG(ACK, 2, 2 + MSS, .n_sack = 1, .sack = {{1, 1 + MSS}}));
	assert_int_equal(map_count(&d->n->tcp.conns), 0);
	assert_int_equal(COUNTED(d, TCPDSACKRecv), 1);
	drive_free(d);
}

/* A D-SACK for what was never sent is forged; so is one from before the
 * beginning, and one that is empty is none. */
static void forged_dsacks(void **state)
{
	struct drive *d = flight_of(10, 0);

	(void)state;
	inject(d, SEG(ACK, 1, 1 + 4 * MSS, .n_sack = 2,
		      .sack = {{10001, 12001}, {10001, 13001}}));
	assert_int_equal(COUNTED(d, TCPSACKDiscard), 2);
	inject(d, SEG(ACK, 1, 1 + 4 * MSS, .n_sack = 1,
		      .sack = {{(uint32_t)-1, 1 + MSS}}));
	assert_int_equal(COUNTED(d, TCPSACKDiscard), 3);
	assert_int_equal(COUNTED(d, TCPDSACKRecv), 0);
	assert_int_equal(COUNTED(d, TCPDSACKOfoRecv), 0);
	inject(d, SEG(ACK, 1, 1 + 4 * MSS, .n_sack = 1, .sack = {{0, MSS}}));
	assert_int_equal(COUNTED(d, TCPDSACKRecv), 1);
	inject(d, SEG(ACK, 1, 1 + 4 * MSS, .n_sack = 1, .sack = {{5, 5}}));
	assert_int_equal(COUNTED(d, TCPDSACKRecv), 1);
	drive_free(d);
}

/* No more D-SACKs count than segments were sent again: else a peer could widen
 * the reordering window as he likes. */
static void no_more_than_sent_again(void **state)
{
	struct drive *d = flight_of(10, 0);
	const struct rack *k = &flight_tcb(d)->flow->repair.rack;

	(void)state;
	flight_sack(d, 4, SACK1(0, 1));
	assert_int_equal(k->mult, 1);
	assert_false(k->in_dsack_round);
	drive_free(d);

	d = flight_of(10, 0);
	flight_sack(d, 0, SACK1(1, 10));
	flight_expect(d, 0, 1);
	drive_sleep(d, RTT);
	flight_sack(d, 1, SACK1(0, 1));
	k = &flight_tcb(d)->flow->repair.rack;
	assert_int_equal(k->mult, 2);
	flight_ack(d, 10);
	drive_send(d, MSS, 0);
	flight_expect(d, 10, 1);
	drive_sleep(d, RTT / 2);
	flight_sack(d, 11, SACK1(0, 1)); /* a second for one */
	drive_send(d, MSS, 0);
	flight_expect(d, 11, 1);
	assert_int_equal(flight_tcb(d)->flow->repair.rack.mult, 2);
	drive_free(d);
}

/* Reordering is looked for in order of sequence (RFC 8985 6.2 step 3), however
 * the blocks are put: here the youngest island comes first. */
static void order_of_blocks(void **state)
{
	struct drive *d = flight_of(10, 0);

	(void)state;
	flight_sack(d, 0, SACK2(8, 9, 2, 3));
	assert_int_equal(COUNTED(d, TCPSACKReorder), 0);
	flight_sack(d, 0, SACK2(2, 4, 8, 9));
	assert_int_equal(COUNTED(d, TCPSACKReorder), 1);
	drive_free(d);
}

/* RFC 2018 2: without SACK-permitted the option says nothing. */
static void not_permitted(void **state)
{
	struct drive *d = flight_new(false);

	(void)state;
	drive_send(d, 10 * MSS, 0);
	flight_expect(d, 0, 10);
	flight_sack(d, 0, SACK1(1, 10));
	expect_nothing(d);
	assert_int_equal(sacked(d), 0);
	drive_free(d);
}

/* An option that has no blocks is nothing, nor is one without the flag. */
static void no_blocks(void **state)
{
	static const uint8_t raw[] = {5, 2, 1, 1};
	struct drive *d = flight_of(10, 0);

	(void)state;
	inject(d, SEG(ACK, 1, 1, .options = raw, .options_len = sizeof(raw)));
	assert_int_equal(sacked(d), 0);
	assert_int_equal(COUNTED(d, TCPSACKDiscard), 0);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_count),
		cmocka_unit_test(blocks_out_of_range),
		cmocka_unit_test(parts_of_segments),
		cmocka_unit_test(old_block),
		cmocka_unit_test(block_around_una),
		cmocka_unit_test(which_are_dsacks),
		cmocka_unit_test(dsack_at_the_end),
		cmocka_unit_test(forged_dsacks),
		cmocka_unit_test(no_more_than_sent_again),
		cmocka_unit_test(order_of_blocks),
		cmocka_unit_test(not_permitted),
		cmocka_unit_test(no_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
