/* SPDX-License-Identifier: ISC */
/*
 * cc.h - congestion control: one table of functions an algorithm
 *
 * An algorithm knows nothing of the connection: it is given numbers and the
 * time, and owns struct cc.  Loss detection and repair decide when something
 * is a congestion event; cc only says how large the window is then.
 */
#ifndef TERN_TCP_CC_H
#define TERN_TCP_CC_H

#include <stdbool.h>
#include <stdint.h>

#define CC_PRIVATE    96	 /* bytes an algorithm may keep */
#define CC_SSTHRESH_0 UINT32_MAX /* "arbitrarily high", RFC 5681 3.1 */

struct cc_ops;

/* The windows, in the control block; `priv` lives in its cold half. */
struct cc {
	uint32_t cwnd;	   /* bytes */
	uint32_t ssthresh; /* bytes */
	uint32_t acked;	   /* bytes acknowledged towards the next increase */
};

/* One acknowledgment that advanced SND.UNA. */
struct cc_ack {
	uint64_t now;
	uint32_t acked;	 /* bytes newly acknowledged, SYN and FIN not */
	uint32_t flight; /* FlightSize before this ACK */
	uint32_t smss;	 /* sender maximum segment size */
	uint32_t srtt_us, rtt_us, min_rtt_us; /* 0: none */
	bool cwnd_limited; /* the window was in use (RFC 7661) */
	bool after_rto;	   /* slow start follows a timeout: L = 1 SMSS */
	uint32_t marked;   /* bytes of `acked` that the peer says came marked
			      with CE: all of them if it said ECE (RFC 8257
			      3.3), or what AccECN counted */
};

struct cc_ops {
	const char *name;
	bool wants_ecn; /* asks for ECN, and for the receiver's feedback of
			   each change of CE (RFC 8257 3.2) */
	/* cwnd and ssthresh are set by the caller before (IW, RFC 6928). */
	void (*init)(struct cc *c, void *priv, uint32_t smss, uint64_t now);
	/* Not called during fast recovery. */
	void (*on_ack)(struct cc *c, void *priv, const struct cc_ack *a);
	/* A loss was detected by duplicate ACKs: sets ssthresh. */
	void (*on_loss)(struct cc *c, void *priv, uint32_t flight,
			uint32_t smss, uint64_t now);
	/* The network has marked a packet instead of dropping it (RFC 3168
	   6.1.2): sets ssthresh and cwnd.  Once a window of data at most, and
	   never during loss recovery.  NULL: on_loss, and cwnd = ssthresh. */
	void (*on_ecn)(struct cc *c, void *priv, uint32_t flight, uint32_t smss,
		       uint64_t now);
	/* The retransmission timer expired: sets ssthresh (unless `again`, for
	   the same segment) and cwnd to the loss window. */
	void (*on_rto)(struct cc *c, void *priv, uint32_t flight, uint32_t smss,
		       bool again);
	/* Nothing was sent for longer than one RTO (RFC 5681 4.1). */
	void (*on_idle)(struct cc *c, void *priv, uint32_t initial_window,
			uint64_t idle_ns, uint64_t rto_ns);
	/* The loss event turned out to be none: prior windows come back. */
	void (*on_undo)(struct cc *c, void *priv, uint32_t prior_cwnd,
			uint32_t prior_ssthresh);
};

extern const struct cc_ops cc_newreno;

/* The algorithms by name and by number; NULL past the last or if unknown. */
const struct cc_ops *cc_find(const char *name);
const struct cc_ops *cc_at(unsigned int i);

/* IW of RFC 6928: min(n * mss, max(2 * mss, 14600)) for n = 10. */
uint32_t cc_initial_window(uint32_t smss, uint32_t n_segments);

#endif
