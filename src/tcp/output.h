/* SPDX-License-Identifier: ISC */
/*
 * output.h - what may be sent now, and how a segment is made of it
 */
#ifndef TERN_TCP_OUTPUT_H
#define TERN_TCP_OUTPUT_H

#include "tcp/tcb.h"
#include "tcp/tcp.h"

/* A segment that output has decided on. */
struct outseg {
	struct seq seq;
	uint32_t len;	 /* bytes of text */
	uint16_t flags;	 /* SYN, FIN, PSH; ACK is added */
	bool again;	 /* a retransmission */
	bool cut;	 /* it would be full, but makes room for options */
	bool probe;	 /* larger than others, to find the path MTU */
	bool frame_end;	 /* PSH only as the last of a burst, burst.c */
	bool tail_probe; /* RFC 8985 7 */
	bool twice;	 /* again, though it was not taken for lost */
	bool rescue;	 /* RFC 6675 4, NextSeg (4) */
};

/* True if tcp_output() would send something for this connection. */
bool output_wanted(struct tcp *tcp, const struct tcb *t);

/* True if it might: cheap, and never false where output_wanted() is true. */
bool output_suspected(struct tcp *tcp, const struct tcb *t);

/* True if what is queued waits for nothing but the peer's window. */
bool output_window_blocked(const struct tcb *t);

/* Finds the path again; false if there is none now. */
bool output_reroute(struct tcp *tcp, struct tcb *t);

/*
 * Makes the segment in *f.  Returns true if the frame is ready, false if the
 * floor below has taken it (it counts as sent all the same).  *len is the text
 * that went, fewer than asked if the frame has no room for more slices.
 */
bool emit_segment(struct tcp *tcp, struct tcb *t, const struct outseg *o,
		  struct tern_frame *f, uint32_t *len);

/* Adds the text of a segment, which begins `off` bytes into the send queue and
 * is in the parts of the frame, to a sum. */
uint64_t emit_sum_text(struct tcb *t, uint32_t off, const struct tern_frame *f,
		       uint64_t acc);

/* Tells the trace hook of a segment with `len` bytes of text, whose header is
 * at p; callers check env_traced() first. */
void emit_trace(struct tcp *tcp, const struct tcb *t, const uint8_t *p,
		uint32_t len, bool again);

/* The same as emit_segment() for all text that is queued, in no more than
 * TERN_FRAME_PARTS pieces, with no flags but ACK and PSH and no option but
 * timestamps. */
bool emit_plain(struct tcp *tcp, struct tcb *t, const struct outseg *o,
		struct tern_frame *f);

/* Writes options in the layout that is set.  Returns their length. */
uint32_t emit_options(const struct tcp *tcp, uint8_t *p,
		      const struct tcp_options *o);

/* <SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK> of a connection, 3.5.2 group 3. */
void reply_reset_of(struct tcp *tcp, const struct tcb *t);

/* <SEQ=SND.NXT><CTL=RST>, as if what came last had found nobody. */
void reply_reset_now(struct tcp *tcp, const struct tcb *t);

/* An ACK at once, of what has arrived so far: for what the next segment of this
 * batch would hide (RFC 8257 3.2, RFC 9768 3.2.2.5.1). */
void reply_ack_of(struct tcp *tcp, struct tcb *t);

/* The reset that answers a segment of no connection, 3.5.2 group 1 and 2. */
void reply_reset(struct tcp *tcp, const struct segment *seg,
		 const struct tern_tuple *tuple);

/* A segment without text of something that is not a control block. */
struct bare_segment {
	struct tern_tuple tuple;
	struct seq seq, ack;
	uint16_t flags;
	uint16_t wnd;
	uint8_t tos, ttl;
	const struct tcp_options *opt; /* NULL: none */
	const struct net_path *path;   /* NULL: it is to be found */
};
void reply_bare(struct tcp *tcp, const struct bare_segment *b);

/* Tell the trace hook of a segment; callers check env_traced() first. */
void segment_trace_in(struct tcp *tcp, const struct tern_tuple *tuple,
		      const struct tcp_header *h, const struct tcp_options *opt,
		      uint32_t text_len);
void segment_trace_out(struct tcp *tcp, const struct tern_tuple *tuple,
		       const struct tcp_header *h,
		       const struct tcp_options *opt, uint32_t text_len,
		       bool again);

#endif
