/* SPDX-License-Identifier: ISC */
/*
 * cc.h - congestion control: one table of functions an algorithm
 *
 * An algorithm knows nothing of the connection: it is given numbers and the
 * time, and owns struct cc and struct cc_cold.  Loss detection and repair
 * decide when something is a congestion event; cc only says how much may be in
 * flight then, and how fast it may leave.
 *
 *	on_start      text goes out, and nothing was in flight; start_clock
 *	on_ack        each ACK that delivers or marks something
 *	on_lost       each segment that repair takes for lost
 *	on_loss       fast recovery begins: a congestion event
 *	on_ecn        the network has marked a packet: another
 *	on_rto        the retransmission timer has expired
 *	on_recovered  all that was lost is repaired
 *	on_undo       nothing was lost after all
 *	on_idle       nothing was sent for longer than RTO
 *
 * congest.h is how a connection calls them.  Integers only: the same on every
 * machine.
 */
#ifndef TERN_TCP_CC_H
#define TERN_TCP_CC_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/cwv.h"
#include "tcp/rate.h"

#define CC_PRIVATE    320	 /* bytes an algorithm may keep */
#define CC_OF_RTO     128	 /* of them, what on_rto() needs comes first */
#define CC_SSTHRESH_0 UINT32_MAX /* "arbitrarily high", RFC 5681 3.1 */
#define CC_CWND_MAX   (UINT32_C(1) << 30) /* largest window, RFC 7323 2.3 */

/* The windows, in the control block. */
struct cc {
	uint32_t cwnd;	   /* bytes */
	uint32_t ssthresh; /* bytes */
	uint32_t acked;	   /* bytes acknowledged towards the next increase */
};

/* What lives in the cold half, which is all zero before init(). */
struct cc_cold {
	uint64_t pacing_rate;  /* bytes a second; 0: the caller may derive one
				  from cwnd and SRTT */
	uint32_t send_quantum; /* bytes that may leave in one go, 0: as above */
	uint32_t seed; /* of the algorithm's chance, set before init() */
	bool mark_app_limited; /* asks the caller to do so, who clears it: what
				  is sent now shows less than the path has */
	uint64_t priv[CC_PRIVATE / 8];
};

/* What an algorithm wants to know again after a silence in which the cold half
 * was given back: what it has learnt of the path. */
struct cc_memo {
	uint64_t rate;
	uint32_t first, second;
	struct cwv cwv;
};

/* The connection at the moment of an event. */
struct cc_now {
	uint64_t now;
	uint64_t delivered;  /* C.delivered: bytes delivered so far */
	uint32_t inflight;   /* C.inflight: bytes in the network, after the
				    event; what is taken for lost is not */
	uint32_t unrepaired; /* bytes taken for lost that have not arrived
				    yet, sent again or not; if paced */
	uint32_t late_ns;    /* how late the host was lately, if paced */
	uint32_t smss;	     /* sender maximum segment size */
	uint32_t una, nxt;   /* SND.UNA, SND.NXT */
	uint32_t srtt_us;    /* 0: no sample yet */
	uint32_t min_rtt_us; /* smallest sample ever, 0: none yet */
	uint32_t init_cwnd;  /* segments, for cc_iw() */
	bool has_sack;	     /* more than one loss a round trip is seen */
	bool app_limited;    /* C.app_limited is set */
	bool paced;	     /* text waits for departure times */
	bool no_abe;	     /* a mark is what a loss is: not RFC 8511 */
};

/* One acknowledgment. */
struct cc_ack {
	struct cc_now at;
	const struct rate_sample *rs;
	uint32_t acked; /* bytes by which SND.UNA advanced, SYN and FIN not */
	uint32_t delivered;	 /* bytes newly acknowledged or SACKed */
	uint32_t lost;		 /* bytes newly taken for lost */
	uint32_t prior_inflight; /* C.inflight before this ACK */
	uint32_t marked;	 /* bytes of `delivered` that came marked with
				    CE: all of them if the peer said ECE (RFC
				    8257 3.3), or what AccECN counted */
	uint32_t rtt_us;	 /* sample of this ACK, 0: none */
	bool cwnd_limited;	 /* the window was in use (RFC 7661) */
	bool counts_all;	 /* slow start knows no L */
	bool after_rto;		 /* slow start follows a timeout: L = 1 SMSS */
	bool in_recovery; /* fast recovery: PRR sets cwnd, unless the algorithm
			     owns it */
};

/* A segment taken for lost. */
struct cc_lost {
	uint32_t len;	       /* bytes of it */
	uint32_t lost_since;   /* bytes lost since it was sent, it included */
	uint32_t tx_in_flight; /* C.inflight just after it was sent */
	bool is_app_limited;
};

struct cc_ops {
	const char *name;
	bool wants_ecn; /* asks for ECN, and for the receiver's feedback of
			   each change of CE (RFC 8257 3.2) */
	bool owns_cwnd; /* repair leaves cwnd alone, in recovery too */
	bool paces;	/* pacing_rate and send_quantum are set, and a must */
	bool limits_are_path; /* what the peer's window or a full send buffer
			     slows down counts as the path's doing, not as
			     the user's: as on Linux, and the former as in
			     4.1.1.3.1 of draft-ietf-ccwg-bbr */

	/* cwnd and ssthresh are set by the caller before (IW, RFC 6928), but
	   0 as long as no SYN was answered.  NULL: all zero is well. */
	void (*init)(struct cc *c, struct cc_cold *f, const struct cc_now *at);
	void (*on_ack)(struct cc *c, struct cc_cold *f, const struct cc_ack *a);
	/* Sets ssthresh; repair brings cwnd down to it.  What was in flight
	   counts as at->inflight, with what is taken for lost (FlightSize). */
	void (*on_loss)(struct cc *c, struct cc_cold *f,
			const struct cc_now *at);
	/* The network has marked a packet instead of dropping it (RFC 3168
	   6.1.2): sets ssthresh and cwnd.  Once a window of data at most, and
	   never during loss recovery.  NULL: on_loss, and cwnd = ssthresh. */
	void (*on_ecn)(struct cc *c, struct cc_cold *f,
		       const struct cc_now *at);
	/* Sets ssthresh (unless `again`, for the same segment) and cwnd to the
	   loss window.  at->inflight is FlightSize. */
	void (*on_rto)(struct cc *c, struct cc_cold *f, const struct cc_now *at,
		       bool again);
	/* RFC 5681 4.1; NULL: the model outlives silence. */
	void (*on_idle)(struct cc *c, struct cc_cold *f,
			const struct cc_now *at, uint64_t idle_ns,
			uint64_t rto_ns);
	/* Prior windows come back. */
	void (*on_undo)(struct cc *c, struct cc_cold *f,
			const struct cc_now *at, uint32_t prior_cwnd,
			uint32_t prior_ssthresh);

	/* These may be NULL. */
	void (*on_start)(struct cc *c, struct cc_cold *f,
			 const struct cc_now *at);
	/* The same for who wants to know no more than the time: all that is
	   spent on most segments of a dialogue. */
	void (*start_clock)(struct cc_cold *f, uint64_t now);
	/* As on_ack, for who wants to know no more of an ACK that ends what was
	   in flight, while the window is not in use and nothing is lost,
	   repaired or marked: all that is spent on most ACKs of a dialogue.
	   Returns false, and has done nothing, if on_ack is to be called. */
	bool (*on_unused)(struct cc *c, struct cc_cold *f, uint64_t now,
			  uint32_t srtt_us, uint32_t acked);
	void (*on_lost)(struct cc *c, struct cc_cold *f,
			const struct cc_now *at, const struct cc_lost *lost);
	void (*on_recovered)(struct cc *c, struct cc_cold *f,
			     const struct cc_now *at);
	/* The cold half goes: false if there is nothing worth keeping.  It is
	   back, after init(). */
	bool (*save)(const struct cc_cold *f, struct cc_memo *m);
	void (*restore)(struct cc *c, struct cc_cold *f,
			const struct cc_now *at, const struct cc_memo *m);
	/* TCP_CC_INFO as on Linux: writes at most `len` bytes and returns how
	   many. */
	uint32_t (*info)(const struct cc *c, const struct cc_cold *f, void *out,
			 uint32_t len);
};

extern const struct cc_ops cc_cubic, cc_newreno, cc_bbr, cc_bbr1, cc_dctcp;

/* The algorithms by name and by number; NULL past the last or if unknown. */
const struct cc_ops *cc_find(const char *name);
const struct cc_ops *cc_at(unsigned int i);

/* What struct tcp_bbr_info of Linux tells; gains in 1/256. */
struct cc_bbr_told {
	uint64_t bw; /* bytes a second */
	uint32_t min_rtt_us, pacing_gain, cwnd_gain;
};

/* Writes up to `len` bytes of it.  Returns how many. */
uint32_t cc_tell_bbr(const struct cc_bbr_told *told, void *out, uint32_t len);

/* The next number of an algorithm's chance: any do, as long as flows differ. */
uint32_t cc_chance(struct cc_cold *f);

/* IW of RFC 6928: min(n * mss, max(2 * mss, 14600)) for n = 10. */
uint32_t cc_initial_window(uint32_t smss, uint32_t n_segments);

static inline uint32_t cc_iw(const struct cc_now *at)
{
	return cc_initial_window(at->smss, at->init_cwnd);
}

#endif
