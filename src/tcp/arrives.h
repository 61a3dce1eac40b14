/* SPDX-License-Identifier: ISC */
/*
 * arrives.h - SEGMENT ARRIVES, RFC 9293 3.10.7
 *
 * tcp_segment_arrives() picks the section; each section is a file.  None of
 * this sends: what is owed is marked in the control block.
 */
#ifndef TERN_TCP_ARRIVES_H
#define TERN_TCP_ARRIVES_H

#include "tcp/listener.h"
#include "tcp/tcb.h"
#include "tcp/tcp.h"

struct delivery;

/* Counts and traces a segment thrown away; says DROP. */
enum verdict segment_drop(struct tcp *tcp, const struct tern_tuple *tuple,
			  enum tern_drop reason);
enum verdict tcb_drop(struct tcp *tcp, const struct tcb *t,
		      enum tern_drop reason);

/* 3.10.7.1 to 3.10.7.4. */
void arrives_closed(struct tcp *tcp, struct segment *seg,
		    const struct tern_tuple *tuple);
void arrives_listen(struct tcp *tcp, struct listener *l, struct segment *seg,
		    const struct tern_tuple *tuple);
void arrives_syn_sent(struct tcp *tcp, struct tcb *t, struct segment *seg);
void arrives_other(struct tcp *tcp, struct tcb *t, struct segment *seg);

/* The peer lives: it has sent what nobody can who only knows the tuple. */
static inline void segment_is_alive(const struct tcp *tcp, struct tcb *t)
{
	t->rx_at = tcp->env->now;
	t->keep_probes = 0;
}

/* An event of a control block: the section, then tcp_settle(). */
void tcp_segment_arrives(struct tcp *tcp, struct tcb *t, struct segment *seg);

/* The ACK of our SYN, that makes SYN-RECEIVED end. */
void arrives_complete(struct tcp *tcp, struct tcb *t,
		      const struct segment *seg);

/* Fifth: our FIN is acknowledged.  DROP if the connection is over with it. */
enum verdict arrives_fin_acked(struct tcp *tcp, struct tcb *t);
/* After the eighth: a FIN in the segment that acknowledges ours leads from
 * FIN-WAIT-1 straight to TIME-WAIT; without one FIN-WAIT-2 begins here. */
void arrives_end(struct tcp *tcp, struct tcb *t);

/*
 * Header prediction: the segment that is next and says nothing unusual, and the
 * third one of a handshake.  Returns true if it was dealt with.
 */
bool arrives_fast(struct tcp *tcp, struct tcb *t, struct segment *seg);

/* ack.c: the body of step five in synchronized states. */
enum verdict ack_process(struct tcp *tcp, struct tcb *t,
			 const struct segment *seg);
void ack_update_window(struct tcp *tcp, struct tcb *t,
		       const struct segment *seg);
/* SND.UNA advances to SEG.ACK: queue, timers, samples, congestion control. */
void ack_advance(struct tcp *tcp, struct tcb *t, const struct segment *seg);
bool ack_of_fin(const struct tcb *t);
/* Takes a sample of the round trip.  Returns it in microseconds, or 0. */
uint32_t ack_sample_rtt(struct tcp *tcp, struct tcb *t,
			const struct segment *seg);

/* ack_plain.c: is it all that is in flight, and one segment?  Then SND.UNA
 * advances by ack_plain(). */
bool ack_is_plain(const struct tcp *tcp, const struct tcb *t, struct seq ack);
void ack_plain(struct tcp *tcp, struct tcb *t, const struct segment *seg);

/* ... with our FIN, and has the connection no user?  Then ack_last() is all
 * that is left to be done about it. */
bool ack_is_last(const struct tcp *tcp, const struct tcb *t, struct seq ack);
void ack_last(struct tcp *tcp, struct tcb *t, struct seq ack);

/* Is it the ACK of our SYN, and nothing else in flight or queued?  Then SND.UNA
 * advances by ack_of_syn(). */
bool ack_is_of_syn(const struct tcp *tcp, const struct tcb *t, struct seq ack);
void ack_of_syn(struct tcp *tcp, struct tcb *t, const struct segment *seg);

/* recovery.c: RFC 5681 3.2, 6582, 3042. */
void recovery_on_dupack(struct tcp *tcp, struct tcb *t);
void recovery_on_ack(struct tcp *tcp, struct tcb *t, const struct segment *seg,
		     const struct delivery *d);
void recovery_on_rto(struct tcp *tcp, struct tcb *t);
void recovery_trace(struct tcp *tcp, const struct tcb *t);

/*
 * RFC 2883: text that came twice.  dsack_note() enters a run of such bytes,
 * unless one of this segment is entered already; dsack_note_old() those at the
 * front of a segment, and forgets what the segment before has left;
 * dsack_take() gives the block to be told, if there is one, and returns the
 * number, 0 or 1.
 */
void dsack_forget(struct tcb *t);
void dsack_note(struct tcb *t, struct seq left, struct seq right);
void dsack_note_old(struct tcp *tcp, struct tcb *t, const struct segment *seg);
uint8_t dsack_take(struct flow *f, struct tcp_sack_block *out);

/* text.c: step seven; and the FIN that step eight sees or text held back. */
void text_process(struct tcp *tcp, struct tcb *t, struct segment *seg);
/* The same for a user who receives, if there is text, all of it next and in the
 * window. */
void text_predicted(struct tcp *tcp, struct tcb *t, struct segment *seg);
/* Cuts from a segment what lies outside the window. */
void text_trim_front(struct segment *seg, uint32_t n);
void text_trim_back(struct segment *seg, uint32_t n);
void fin_process(struct tcp *tcp, struct tcb *t, const struct segment *seg);
void fin_arrived(struct tcp *tcp, struct tcb *t);

/* urgent.c: step six, 3.8.5. */
void urgent_process(struct tcp *tcp, struct tcb *t, const struct segment *seg);

/* timestamp.c: RFC 7323. */
uint32_t timestamp_now(const struct tcp *tcp, uint32_t offset);
enum verdict timestamp_check(struct tcp *tcp, struct tcb *t,
			     const struct segment *seg);
void timestamp_update(struct tcp *tcp, struct tcb *t,
		      const struct segment *seg);
/* TS.Recent becomes SEG.TSval. */
void timestamp_take(const struct tcp *tcp, struct tcb *t,
		    const struct segment *seg);

/* blind.c: RFC 5961, and answers that must not feed a loop. */
void blind_challenge(struct tcp *tcp, struct tcb *t);
bool blind_ack_plausible(const struct tcb *t, struct seq ack);
void blind_answer_unacceptable(struct tcp *tcp, struct tcb *t,
			       const struct segment *seg);

/* window.c: RCV.WND, 3.8.6.2.2. */
uint16_t window_select(struct tcp *tcp, struct tcb *t);
/* `told`: what our SYN has said, or 0; the edge will not be left of it. */
void window_init(const struct tcp *tcp, struct tcb *t, uint16_t told);
uint32_t window_space(const struct tcp *tcp, const struct tcb *t);
/* What is offered at most before anything is known of the peer. */
uint32_t window_first(const struct tcp *tcp, const struct tcb *t);
bool window_update_due(struct tcp *tcp, const struct tcb *t);

/* The field of a header that says once more what was offered. */
uint16_t window_last(const struct tcp *tcp, const struct tcb *t);

/* What could be offered, in bytes from RCV.NXT, be it less than was. */
uint32_t window_next(struct tcp *tcp, const struct tcb *t);
void window_round(struct tcb *t);
uint8_t window_scale_for(const struct tcp *tcp, const struct tcp_opts *o,
			 uint32_t rcvbuf);
/* The most text that the peer may put into a segment: our MSS option, less
 * timestamps. */
uint16_t window_segment(const struct tcp *tcp, const struct net_path *path,
			const struct tcp_opts *o, bool ts);
/* What a SYN may offer, in bytes; never scaled.  `seg`: window_segment(), or 0
 * if it is not known. */
uint16_t window_initial(const struct tcp *tcp, const struct tcp_opts *o,
			uint32_t rcvbuf, uint16_t seg);

/* mss.c: 3.7.1. */
uint16_t mss_to_advertise(const struct tcp *tcp, const struct net_path *path,
			  const struct tcp_opts *o);
/* The same less the timestamps that each segment will have. */
uint32_t mss_advertised(const struct tcp *tcp, const struct tcb *t);
uint16_t mss_from_option(const struct tcp *tcp, const struct tcp_options *opt);
void mss_update(const struct tcp *tcp, struct tcb *t);

/* The connection is ESTABLISHED now: windows, samples, congestion control. */
void established_init(struct tcp *tcp, struct tcb *t);

#endif
