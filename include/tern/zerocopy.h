/* SPDX-License-Identifier: ISC */
/*
 * zerocopy.h - sending and receiving by reference, without a copy
 *
 * Sending: the application lends memory, and may neither change nor free it
 * until it is told that the loan is done.  Nothing calls the application back:
 * what is done waits on a queue of the descriptor, and POLLMSG (EPOLLMSG) says
 * that something does.  (POLLERR, which is said for MSG_ZEROCOPY, nobody can
 * decline to hear, and an error is one too.)
 *
 *	application		stack			link, peer
 *
 *	+--------+ tern_send_zc	+----------------+
 *	| memory |------------->| send queue     |
 *	| 64 KiB |   cookie	| bytes on loan  |---> frame (slice)
 *	+--------+		+----------------+	 |
 *	    |			  |   again, if lost --->|
 *	 only to be		  | acknowledged	 | sent, read
 *	 read now		  v			 v
 *	    |			all references are gone
 *	    |	  POLLMSG		|
 *	    |<--------------------------+
 *	    |	  tern_zc_done: cookie, length
 *	    v
 *	 as before
 *
 * A loan is done when all of it is acknowledged, or the connection is over in
 * whatever way, and no frame under way refers to it.  It says nothing of
 * whether the peer got the bytes.  Over a link in memory (tern_pipe_create)
 * the peer holds the same memory until its application has read it.
 *
 * Closing a descriptor does not end its loans, since the connection goes on:
 * they pass to descriptor -1.  tern_destroy() ends them without a word; frames
 * that are then still held by a link or by another stack refer to the memory,
 * so close links, and stacks at their other end, before it goes.
 *
 * Receiving: the application takes slices out of the receive queue, only to
 * read them, and gives each back.  Until then its memory counts towards
 * SO_RCVBUF as if it were unread, and the window stays closed by as much.
 *
 *	link		stack			 application
 *
 *	frame --->	+---------------+ tern_recv_zc	+----------+
 *			| receive queue |-------------->| slices,  |
 *			+---------------+		| to read  |
 *			  window:			+----------+
 *			  free - queued - held		     |
 *				   ^	tern_recv_zc_done    |
 *				   +-------------------------+
 *
 * All is counted in one thread (or under tern_host_lock()): slices go back with
 * tern_recv_zc_done(), also when the descriptor is closed, and only when the
 * stack has been destroyed with tern_block_unref().
 */
#ifndef TERN_ZEROCOPY_H
#define TERN_ZEROCOPY_H

#include <sys/types.h>

#include <tern/frame.h>
#include <tern/types.h>

/* A loan that is done. */
struct tern_zc_done {
	uint64_t cookie; /* as given to tern_send_zc() */
	uint32_t len;	 /* bytes that it took of the buffer */
	bool copied;	 /* they were few, and were copied at once */
};

/*
 * Sends without copying.  Returns how many bytes, from the start of the buffer,
 * are on loan, which may be fewer than asked for: one loan, which
 * tern_zc_done() will name by `cookie`.  With 0 or an error nothing was lent.
 * Up to 1024 bytes are copied, and done at once.  What is lent counts towards
 * SO_SNDBUF while it is not acknowledged, like all that is queued.  Flags:
 * MSG_OOB, MSG_MORE, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_EOR.  Errors as of
 * tern_send(), and -ENOBUFS with 1024 loans of the descriptor that
 * tern_zc_done() has not named yet, -EOPNOTSUPP for AF_UNIX and other flags.
 */
TERN_API TERN_CHECK ssize_t tern_send_zc(struct tern *n, int fd,
					 const void *buf, size_t len, int flags,
					 uint64_t cookie);

/*
 * Names loans of the descriptor that are done, in that order and at most `max`
 * of them: their memory is the application's again.  fd -1: those of
 * descriptors that are closed.  Returns their number, 0 if nothing is on loan,
 * -EAGAIN if nothing is done yet, -EBADF, -EINVAL if max is not positive.
 */
TERN_API TERN_CHECK int tern_zc_done(struct tern *n, int fd,
				     struct tern_zc_done *done, int max);

/*
 * Receives without copying: takes slices from the start of the receive queue,
 * at most `max`, each with its reference, only to be read.  Stops in front of
 * urgent data and goes on behind it, as tern_recv() does.  Returns their
 * number, 0 at the end of the stream.  Flags: MSG_DONTWAIT.  Errors as of
 * tern_recv(), and -EINVAL if max is not positive, -EOPNOTSUPP for AF_UNIX and
 * for other flags, such as MSG_PEEK.
 */
TERN_API TERN_CHECK int tern_recv_zc(struct tern *n, int fd,
				     struct tern_slice *slices, int max,
				     int flags);

/*
 * Gives slices back, as they were got, in any order; the array is empty then.
 * May open the window.  `fd` is where they came from, closed or not.
 */
TERN_API void tern_recv_zc_done(struct tern *n, int fd,
				struct tern_slice *slices, int n_slices);

#endif
