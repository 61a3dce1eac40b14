/* SPDX-License-Identifier: ISC */
/*
 * repair.h - loss repair with SACK: which losses there are, when to send what
 * again, and when none of it was needed
 *
 * recovery.h's job without SACK is done by recovery.c.  What is here works on
 * the records of what is in flight (sent.h); a connection whose peer speaks
 * SACK comes here whenever it has some.
 */
#ifndef TERN_TCP_REPAIR_H
#define TERN_TCP_REPAIR_H

#include <tern/types.h>

#include "tcp/prr.h"
#include "tcp/rack.h"
#include "tcp/seq.h"

struct tcp;
struct tcb;
struct segment;
struct delivery;
struct outseg;
struct sent;

/* What early_at, which comes before the retransmission timer, is for. */
enum repair_timer {
	REPAIR_NONE,
	REPAIR_REORDER, /* RACK: reordered segments have had their time */
	REPAIR_PROBE,	/* TLP: an ACK is overdue */
};

/* net.ipv4.tcp_recovery */
enum recovery_flag {
	RECOVERY_BY_TIME = 1,	    /* RACK */
	RECOVERY_STATIC_WINDOW = 2, /* RACK.reo_wnd does not grow */
	RECOVERY_NO_DUP_THRESH = 4, /* ... nor is it 0 for duplicates */
};

/* RFC 5682: was the timeout spurious? */
enum frto {
	FRTO_OFF,
	FRTO_FIRST, /* waits for the first ACK after a timeout */
	FRTO_NEW,   /* new text was sent then; waits for the next ACK */
};

/* RFC 8985 7. */
struct tlp {
	struct seq end;	    /* TLP.end_seq, with `out` */
	bool out : 1;	    /* a probe is in flight */
	bool is_rexmit : 1; /* TLP.is_retrans */
	bool unsampled : 1; /* no round trip since the last probe */
	bool due : 1;	    /* output is to send one */
};

/* To take a reduction back: RFC 3522, 4015, 3708. */
struct undo {
	struct seq since; /* SND.UNA when it was made */
	uint32_t cwnd, ssthresh;
	uint32_t rexmit_bytes; /* sent again since, and not D-SACKed */
	uint32_t rexmit_ts;    /* TSval of the first of them */
	bool armed : 1;
	bool rexmitted : 1;
};

/* In the cold half of every connection. */
struct repair {
	uint64_t early_at; /* TERN_NEVER if not running */
	struct rack rack;
	struct undo undo;
	struct tlp tlp;
	struct seq high_rxt;  /* RFC 6675: HighRxt */
	struct seq lost_edge; /* what lies before has been judged */
	uint32_t reordering;  /* segments: DupThresh */
	uint32_t n_dsack;
	uint8_t early; /* enum repair_timer */
	uint8_t frto;  /* enum frto */
	bool rescued;  /* RFC 6675: RescueRxt is set */
	bool by_count; /* RFC 6675 instead of RACK */
	struct prr prr;
};

/* The cold half is made, and all zero. */
void repair_init(const struct tcp *tcp, struct repair *p);

/* True if repair is done here, and not in recovery.c. */
bool repair_is_on(const struct tcb *t);

/* True if a D-SACK may yet show that the last repair was not needed, though
 * nothing is in flight any more. */
bool repair_may_be_undone(const struct tcb *t);

/*
 * An ACK, after SND.UNA was moved if it says so: SACK blocks are read, losses
 * found, and the state of repair and cwnd follow.  `advanced`: it acknowledges
 * something new.
 */
void repair_on_ack(struct tcp *tcp, struct tcb *t, const struct segment *seg,
		   struct delivery *d);

/* The retransmission timer has expired. */
void repair_on_rto(struct tcp *tcp, struct tcb *t);

/* early_at has come. */
void repair_timeout(struct tcp *tcp, struct tcb *t);

/* A segment has left. */
void repair_on_sent(struct tcp *tcp, struct tcb *t, const struct outseg *o);

/* What is in flight before `stop` must go again, for no fault of the path's
 * load. */
void repair_resend(struct tcp *tcp, struct tcb *t, struct seq stop);

/* Sets early_at anew, after what was sent or arrived. */
void repair_arm(struct tcp *tcp, struct tcb *t);
/* ... where SACK is spoken, something is in flight, and nothing was lost. */
void repair_arm_probe(struct tcp *tcp, struct tcb *t);
void repair_disarm(struct tcb *t);

/* sack.c: reads the option. */
void sack_process(struct tcp *tcp, struct tcb *t, const struct segment *seg,
		  struct delivery *d);

/* detect.c: finds what is lost, by time or by count; marks it. */
void detect_losses(struct tcp *tcp, struct tcb *t, struct delivery *d);
void detect_on_rto(struct tcp *tcp, struct tcb *t);
void detect_mark(struct tcp *tcp, struct tcb *t, struct sent *r,
		 struct delivery *d);
uint64_t detect_deadline(const struct tcp *tcp, const struct tcb *t);

/* undo.c: reductions that were not needed. */
void undo_begin(struct tcb *t);
void undo_on_sent_again(struct tcp *tcp, struct tcb *t, uint32_t len);
void undo_on_dsack(struct tcb *t, struct seq left, struct seq right,
		   const struct delivery *d);
/* Returns true if it was taken back. */
bool undo_try(struct tcp *tcp, struct tcb *t, const struct segment *seg,
	      const struct delivery *d);
void undo_take_back(struct tcp *tcp, struct tcb *t);

/* frto.c: an ACK that offers a window of `wnd`.  Returns true if the timeout is
 * found to be spurious. */
void frto_begin(const struct tcp *tcp, struct tcb *t, bool again);
bool frto_on_ack(struct tcp *tcp, struct tcb *t, uint32_t wnd, bool advanced,
		 bool original, bool dup);

/* tlp.c. */
uint64_t tlp_deadline(const struct tcp *tcp, const struct tcb *t);
void tlp_expire(struct tcp *tcp, struct tcb *t);
void tlp_on_sent(struct tcp *tcp, struct tcb *t, const struct outseg *o);
void tlp_on_ack(struct tcp *tcp, struct tcb *t, const struct segment *seg,
		const struct delivery *d);
void tlp_reset(struct tcb *t);

#endif
