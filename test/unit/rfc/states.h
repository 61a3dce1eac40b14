/* SPDX-License-Identifier: ISC */
/*
 * states.h - brings a connection into any state, RFC 9293 3.3.2
 *
 * The receive buffer has 10000 bytes, nothing was sent or received but SYN and
 * FIN, and nothing is unanswered except what the state itself waits for.
 */
#ifndef TERN_TEST_RFC_STATES_H
#define TERN_TEST_RFC_STATES_H

#include "unit/rfc/drive.h"

#define STATES_WND 10000

/* A state, and what SND.NXT and RCV.NXT are in it. */
struct place {
	enum tern_tcp_state state;
	uint32_t snd_nxt, rcv_nxt;
	bool active; /* SYN-RECEIVED by a simultaneous open */
};

static const struct place synchronized_places[] = {
	{TERN_TCP_ESTABLISHED, 1, 1, false}, {TERN_TCP_FIN_WAIT_1, 2, 1, false},
	{TERN_TCP_FIN_WAIT_2, 2, 1, false},  {TERN_TCP_CLOSE_WAIT, 1, 2, false},
	{TERN_TCP_CLOSING, 2, 2, false},     {TERN_TCP_LAST_ACK, 2, 2, false},
};

#define N_SYNCHRONIZED 6

static inline void to_fin_wait_1(struct drive *d)
{
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	expect(d, SEG(FIN | ACK, 1, 1));
}

static inline void to_close_wait(struct drive *d)
{
	inject(d, SEG(FIN | ACK, 1, 1));
	expect(d, SEG(ACK, 1, 2));
}

/* From ESTABLISHED on. */
static inline void to_later_state(struct drive *d, enum tern_tcp_state s)
{
	if (s == TERN_TCP_FIN_WAIT_1 || s == TERN_TCP_FIN_WAIT_2 ||
	    s == TERN_TCP_CLOSING || s == TERN_TCP_TIME_WAIT)
		to_fin_wait_1(d);
	if (s == TERN_TCP_FIN_WAIT_2 || s == TERN_TCP_TIME_WAIT)
		inject(d, SEG(ACK, 1, 2));
	if (s == TERN_TCP_CLOSING) {
		inject(d, SEG(FIN | ACK, 1, 1));
		expect(d, SEG(ACK, 2, 2));
	}
	if (s == TERN_TCP_TIME_WAIT) {
		inject(d, SEG(FIN | ACK, 1, 2));
		expect(d, SEG(ACK, 2, 2));
	}
	if (s == TERN_TCP_CLOSE_WAIT || s == TERN_TCP_LAST_ACK)
		to_close_wait(d);
	if (s == TERN_TCP_LAST_ACK) {
		assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
		expect(d, SEG(FIN | ACK, 1, 2));
	}
}

/* A stack with one connection in this state. */
static inline struct drive *drive_to(const struct place *p)
{
	struct drive *d = drive_new();
	const struct dseg syn = SEG(SYN, 0, 0, .mss = 1460);
	int fd;

	if (p->active || p->state == TERN_TCP_SYN_SENT) {
		fd = drive_socket(d);
		drive_set(d, fd, SOL_SOCKET, SO_RCVBUF, STATES_WND);
		assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
		expect(d, SEG(SYN, 0, 0));
		if (p->state == TERN_TCP_SYN_RECEIVED) {
			inject(d, syn);
			expect(d, SEG(SYN | ACK, 0, 1));
		}
	} else if (p->state != TERN_TCP_CLOSED) {
		drive_listen(d, 8);
		drive_set(d, d->lfd, SOL_SOCKET, SO_RCVBUF, STATES_WND);
		if (p->state == TERN_TCP_SYN_RECEIVED) {
			inject(d, syn);
			expect(d, SEG(SYN | ACK, 0, 1));
		} else if (p->state != TERN_TCP_LISTEN) {
			drive_accept(d, syn);
			to_later_state(d, p->state);
		}
	}
	expect_nothing(d);
	if (p->state != TERN_TCP_LISTEN)
		assert_int_equal(drive_state(d), p->state);
	return d;
}

#endif
