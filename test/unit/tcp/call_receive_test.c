/* SPDX-License-Identifier: ISC */
/*
 * call_receive_test.c - RECEIVE, RFC 9293 3.10.3: MSG_WAITALL, MSG_TRUNC,
 * MSG_PEEK and octets out of band
 */
#include "unit/tcp/flight.h"

static uint8_t buf[100];

static ssize_t receive(struct drive *d, size_t len, int flags)
{
	memset(buf, 0xee, sizeof(buf));
	return tern_recv(d->n, d->fd, buf, len, flags);
}

/* MSG_WAITALL waits for all of it, while more can come. */
static void waits_for_all(void **state)
{
	struct drive *d = flight_new(false);

	(void)state;
	inject(d, SEG(ACK, 1, 1, .len = 10));
	assert_int_equal(receive(d, 11, MSG_WAITALL), -EAGAIN);
	assert_int_equal(receive(d, 10, MSG_WAITALL | MSG_PEEK), 10);
	assert_int_equal(receive(d, 10, MSG_WAITALL), 10);
	inject(d, SEG(ACK, 11, 1, .len = 10));
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_RD), 0);
	assert_int_equal(receive(d, 11, MSG_WAITALL), 10);
	drive_free(d);

	d = flight_new(false);
	inject(d, SEG(ACK | FIN, 1, 1, .len = 10));
	assert_int_equal(receive(d, 11, MSG_WAITALL), 10);
	assert_int_equal(receive(d, 11, MSG_WAITALL), 0);
	drive_free(d);

	d = flight_new(false);
	inject(d, SEG(ACK, 1, 1, .len = 10));
	inject(d, SEG(RST, 11, 0));
	assert_int_equal(receive(d, 11, MSG_WAITALL), 10);
	assert_int_equal(receive(d, 11, MSG_WAITALL), -ECONNRESET);
	assert_int_equal(receive(d, 11, MSG_WAITALL), 0);
	drive_free(d);
}

/* ... and while there is room for it: a full buffer gives what it has. */
static void no_room_for_all(void **state)
{
	struct drive *d = flight_new(false);
	const struct tcb *t = flight_tcb(d);
	static uint8_t big[1 << 20];
	uint32_t seq = 1;

	(void)state;
	drive_set(d, d->fd, SOL_SOCKET, SO_RCVBUF, 4096);
	while (seq_lt(t->rcv.nxt, t->rcv.adv)) {
		const uint32_t n =
			min_u32(seq_len(t->rcv.nxt, t->rcv.adv), 1000);

		inject(d, SEG(ACK, seq, 1, .len = n));
		seq += n;
		drive_drain(d);
	}
	assert_int_equal(tern_recv(d->n, d->fd, big, sizeof(big), MSG_WAITALL),
			 seq - 1);
	drive_free(d);

	/* The buffer has become larger, but the peer does not know it yet. */
	d = flight_new(false);
	t = flight_tcb(d);
	drive_set(d, d->fd, SOL_SOCKET, SO_RCVBUF, 4096);
	for (seq = 1; seq_lt(t->rcv.nxt, t->rcv.adv); drive_drain(d)) {
		const uint32_t n =
			min_u32(seq_len(t->rcv.nxt, t->rcv.adv), 1000);

		inject(d, SEG(ACK, seq, 1, .len = n));
		seq += n;
	}
	flight_tcb(d)->bufs.rcv = 1 << 20;
	assert_int_equal(tern_recv(d->n, d->fd, big, sizeof(big), MSG_WAITALL),
			 seq - 1);
	drive_free(d);
}

/* MSG_TRUNC throws away without a copy. */
static void thrown_away(void **state)
{
	struct drive *d = flight_new(false);

	(void)state;
	inject(d, SEG(ACK, 1, 1, .len = 10));
	assert_int_equal(receive(d, 4, MSG_TRUNC), 4);
	assert_int_equal(buf[0], 0xee);
	assert_int_equal(receive(d, 100, 0), 6);
	assert_int_equal(buf[0], 4);
	drive_free(d);
}

/* Reading stops in front of the urgent octet, and goes on behind it; the octet
 * is out of band, once. */
static void urgent(void **state)
{
	struct drive *d = flight_new(false);

	(void)state;
	inject(d, SEG(ACK | URG, 1, 1, .len = 10, .up = 5)); /* octet 4 */
	assert_int_equal(receive(d, 100, MSG_PEEK), 4);
	assert_int_equal(receive(d, 100, MSG_WAITALL), 4);
	assert_int_equal(receive(d, 1, MSG_OOB | MSG_PEEK), 1);
	assert_int_equal(receive(d, 1, MSG_OOB), 1);
	assert_int_equal(buf[0], 4);
	assert_int_equal(receive(d, 1, MSG_OOB), -EINVAL);
	assert_int_equal(receive(d, 100, 0), 5);
	assert_int_equal(buf[0], 5);
	assert_int_equal(receive(d, 100, 0), -EAGAIN);
	drive_free(d);

	d = flight_new(false);
	inject(d, SEG(ACK | URG, 1, 1, .len = 4, .up = 5)); /* not here yet */
	assert_int_equal(receive(d, 1, MSG_OOB), -EAGAIN);
	assert_int_equal(receive(d, 100, 0), 4);
	assert_int_equal(receive(d, 1, MSG_OOB), -EAGAIN);
	inject(d, SEG(ACK | FIN, 5, 1));
	assert_int_equal(receive(d, 1, MSG_OOB), 0); /* nor will it come */
	drive_free(d);

	d = flight_new(false); /* in the stream, if the user wants it there */
	drive_set(d, d->fd, SOL_SOCKET, SO_OOBINLINE, 1);
	inject(d, SEG(ACK | URG, 1, 1, .len = 10, .up = 5));
	assert_int_equal(receive(d, 1, MSG_OOB), -EINVAL);
	assert_int_equal(receive(d, 100, 0), 4);
	assert_int_equal(receive(d, 100, 0), 6);
	drive_free(d);
}

/* The hole alone: it is taken, and there is nothing. */
static void urgent_alone(void **state)
{
	struct drive *d = flight_new(false);

	(void)state;
	inject(d, SEG(ACK | URG, 1, 1, .len = 1, .up = 1));
	assert_int_equal(receive(d, 100, MSG_PEEK), -EAGAIN);
	assert_int_equal(receive(d, 1, MSG_OOB | MSG_PEEK), 1);
	assert_int_equal(receive(d, 100, 0), -EAGAIN);
	assert_int_equal(receive(d, 1, MSG_OOB), -EINVAL); /* lost, unread */
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_all),
		cmocka_unit_test(no_room_for_all),
		cmocka_unit_test(thrown_away),
		cmocka_unit_test(urgent),
		cmocka_unit_test(urgent_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
