/* SPDX-License-Identifier: ISC */
/*
 * notes.h - what a connection notes about its text: the error queue of
 * MSG_ZEROCOPY and SO_TIMESTAMPING, and when text came
 *
 * A send that wants to be told of leaves a note with the sequence number behind
 * its last octet.  It is awaited until that is acknowledged; on the way
 * timestamps of it are queued, and at the end the note itself, if it is one of
 * MSG_ZEROCOPY.  The queue is what recvmsg(2) with MSG_ERRQUEUE reads, and
 * POLLERR says that it is not empty.
 *
 *	send -> awaited ----------------> queued -> MSG_ERRQUEUE
 *	           |    acknowledged, over  ^
 *	           +------------------------+
 *	             copies: left, acknowledged
 *
 * Text that comes is noted only if SO_TIMESTAMP and the like ask for it.
 *
 * Each note is charged NOTE_CHARGE bytes, and those of a descriptor may cost
 * what SO_RCVBUF allows; timestamps beyond that are lost, and a send with
 * MSG_ZEROCOPY is refused.
 */
#ifndef TERN_SOCK_NOTES_H
#define TERN_SOCK_NOTES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/list.h"

#define NOTE_CHARGE 768 /* as Linux charges a buffer without text */

/* SOF_TIMESTAMPING_TX_SOFTWARE, _SCHED, _ACK, _HARDWARE: what one send may ask
 * for.  There is no hardware here: that is nothing. */
#define NOTES_TX_FLAGS 0x303u

struct socks;
struct fd;
struct tcp_opts;
struct control_in;
struct control_out;
struct note;

struct notes {
	struct list awaited; /* by sequence number */
	struct list queued;  /* the error queue, oldest first */
	struct list came;    /* when text came, by sequence number */
	uint32_t n;	     /* notes of all three */
	uint32_t n_came;
	uint32_t zc_next; /* number of the next send with MSG_ZEROCOPY */
	uint32_t ts_base; /* OPT_ID counts from here */
};

void notes_init(struct notes *n);

/* Gives all of them back. */
void notes_free(struct socks *s, struct notes *n);

/* The options of a descriptor are to be *o now, or were inherited: what comes
 * is noted, or not.  Returns 0 or -ENOBUFS. */
int notes_options(struct socks *s, struct fd *f, int fd,
		  const struct tcp_opts *o);

/* One send: see notes_begin(). */
struct notes_send {
	struct note *zc;   /* of MSG_ZEROCOPY, made beforehand, or NULL */
	uint32_t tx_flags; /* timestamps wanted */
	bool eor;
};

/* Before a send: makes what it will need.  Returns 0, or -ENOBUFS. */
int notes_begin(struct socks *s, struct fd *f, int fd, int flags,
		const struct control_in *in, struct notes_send *w);

/* After it: `n` bytes were taken, or none. */
void notes_sent(struct socks *s, struct fd *f, int fd, struct notes_send *w,
		ssize_t n);

/* MSG_ERRQUEUE: takes the oldest.  0, or -EAGAIN. */
ssize_t notes_receive(struct socks *s, struct fd *f, int fd,
		      const struct control_out *out);

/* After `n` octets were read, or with `peek` were looked at: tells what the
 * options want to be told of them. */
void notes_read(struct socks *s, struct fd *f, int fd,
		const struct control_out *out, ssize_t n, bool peek);

#endif
