/* SPDX-License-Identifier: ISC */
/*
 * tcb.h - the Transmission Control Block, RFC 9293 3.3.1
 *
 * Every RFC variable keeps its RFC name: SND.UNA is t->snd.una, RCV.NXT is
 * t->rcv.nxt, SEG.ACK is seg->ack.  Fields that are ours, not the RFC's, stand
 * after the blank line in each group.
 *
 * A control block comes in two halves.  The hot half, struct tcb, is all that
 * an idle connection has.  The cold half, struct flow, holds the queues; it is
 * made when data moves and goes back when the connection has been idle for a
 * while.  LISTEN, the SYN queue's SYN-RECEIVED and TIME-WAIT are not control
 * blocks: listener.h, synq.h, timewait.h.
 *
 * Invariants (tcp_check(), which runs after every entry in tests):
 *  I1 SND.UNA =< snd.rtx =< SND.NXT =< SND.UNA + queued + SYN + FIN
 *  I2 the right edge rcv.adv never moves left (SHLD-14)
 *  I3 while something is in flight, or is queued and the peer's window is
 *     closed, rexmit_at is set; persist and retransmit exclude each other
 *  I4 a control block is in the table iff its state is not CLOSED
 *  I5 reassembly ranges are beyond RCV.NXT and inside the window ever offered
 *  I6 bytes queued == snd.end - SND.UNA - SYN - FIN
 *  I7 what owes something is on the work list of its interface
 *  I8 the records of what was sent, if there are any, cover all of it but SYN
 */
#ifndef TERN_TCP_TCB_H
#define TERN_TCP_TCB_H

#include "base/list.h"
#include "base/wheel.h"
#include "net/net.h"
#include "tcp/accecn.h"
#include "tcp/cc.h"
#include "tcp/conn.h"
#include "tcp/opts.h"
#include "tcp/plpmtud.h"
#include "tcp/reass.h"
#include "tcp/recvq.h"
#include "tcp/repair.h"
#include "tcp/rtt.h"
#include "tcp/sendq.h"
#include "tcp/sent.h"
#include "tcp/seq.h"
#include "tcp/tally.h"
#include "tcp/tcp.h"
#include "wire/tcp.h"

/* RFC 9293 3.3.2, with the numbers of <tern/trace.h>. */
enum tcp_state {
	CLOSED = TERN_TCP_CLOSED,
	LISTEN = TERN_TCP_LISTEN,
	SYN_SENT = TERN_TCP_SYN_SENT,
	SYN_RECEIVED = TERN_TCP_SYN_RECEIVED,
	ESTABLISHED = TERN_TCP_ESTABLISHED,
	FIN_WAIT_1 = TERN_TCP_FIN_WAIT_1,
	FIN_WAIT_2 = TERN_TCP_FIN_WAIT_2,
	CLOSE_WAIT = TERN_TCP_CLOSE_WAIT,
	CLOSING = TERN_TCP_CLOSING,
	LAST_ACK = TERN_TCP_LAST_ACK,
	TIME_WAIT = TERN_TCP_TIME_WAIT,
};

/* Loss repair, as Linux's tcpi_ca_state numbers it. */
enum tcp_recovery {
	RECOVERY_OPEN = 0,     /* nothing suspicious */
	RECOVERY_DISORDER = 1, /* duplicate ACKs, limited transmit */
	RECOVERY_FAST = 3,     /* fast recovery, RFC 6582 */
	RECOVERY_LOSS = 4,     /* after a retransmission timeout */
};

/* conn.fastopen, RFC 7413. */
enum fastopen_flag {
	FASTOPEN_ASKS = 1,	  /* client: wants it */
	FASTOPEN_DATA = 2,	  /* ... and may put text into its SYN */
	FASTOPEN_DEFERS = 4,	  /* ... which waits for text */
	FASTOPEN_SENT = 8,	  /* ... and had some */
	FASTOPEN_FREE = 16,	  /* ... without a cookie */
	FASTOPEN_EXPERIMENT = 32, /* the option has kind 254 */
	FASTOPEN_EARLY = 64,	  /* server: the user has it before the third
				     segment */
	FASTOPEN_TAKEN = 128,	  /* text of the SYN was acknowledged with it */
	FASTOPEN_GIVES = 0x400,	  /* SYN,ACK has a cookie */
	FASTOPEN_FAIL = 0x300,	  /* enum fastopen_fail */
};
#define FASTOPEN_FAIL_SHIFT 8

/* flow.kept */
enum flow_kept {
	FLOW_KEPT_ECN = 1,
	FLOW_KEPT_FASTOPEN = 2,
	FLOW_KEPT_MTU = 4,
	FLOW_KEPT_LENT = 8, /* the user holds slices of the receive queue */
};

struct tcp;
struct listener;
struct pending;
struct tcb;

#define TCP_NO_USER UINT32_MAX /* tcb.user: no descriptor holds it */

/*
 * The cold half: only while data is queued, and a second longer.  What text in
 * order and its ACK need comes first, so that it is in few lines of the cache;
 * what begins with `accecn` is for other days.
 */
struct flow {
	struct tcb *t;
	struct list link;
	struct list *on;  /* what the link is on: tcp->ooo_flows while reass
			    holds text, tcp->idle_flows, or nothing */
	uint64_t look_at; /* on tcp->idle_flows: when somebody looks */
	const struct flow *ahead; /* on tcp->idle_flows: one that is some places
				     behind, or was; only to be prefetched */
	bool dsack_due;
	bool fin_held;
	uint8_t kept;	    /* enum flow_kept: for what it stays while idle */
	uint8_t cc_number;  /* whose `cc` is: in cc_at() */
	bool send_full;	    /* the last SEND had more than there was room for */
	bool pace_waits;    /* text is or was held back until pace_next */
	bool ecn_reduced;   /* a mark has reduced cwnd, and then SND.NXT was */
	struct sendq sendq; /* from SND.UNA on */
	struct reass reass; /* beyond RCV.NXT */
	struct recvq recvq; /* before RCV.NXT */
	struct {
		uint32_t ssthresh; /* most that is offered, until more came */
		uint32_t rtt_us;   /* round trip as the receiver sees it */
		uint32_t taken;	   /* by the user, in a round trip, at most */
		struct seq from;   /* first octet not read at `since` */
		struct seq window_end; /* a window's time began at window_at */
		uint64_t since, window_at;
		uint64_t text_at;  /* when text came last, 0: never */
		uint16_t last_len; /* text of the last segment */
		uint16_t ato_ms;   /* dialogue.c: an ACK waits, 0: no text */
		uint8_t small;	   /* ... segments not full, 2: and more */
		bool measured;	   /* rtt_us is of what came, not of SYNs */
		uint32_t last_ecr; /* of the timestamp it was measured by */
	} rcv;			   /* autotune.c */
	struct seq push_seq;	   /* all before it was pushed by the user */
	struct seq sml;		   /* end of the last segment under full size */
	struct {
		struct seq end;	    /* what begins behind it is another burst */
		struct seq mark;    /* no burst goes beyond, PSH stands there */
		uint32_t held_room; /* text waits for more room than this */
		bool on;
	} burst;	 /* burst.c */
	uint32_t marked; /* bytes of text that the ACK in hand says came
				   with CE */
	struct seq ecn_recover;

	struct plpmtud mtu;   /* what a timer needs begins here; ahead.h */
	uint64_t ack_at;      /* delayed acknowledgment, or TERN_NEVER */
	uint64_t push_at;     /* override of SWS avoidance and of MSG_MORE;
			       TERN_NEVER if not waiting */
	uint64_t pace_at;     /* text waits for its departure, or TERN_NEVER */
	uint64_t pace_next;   /* earliest departure of the next text, 0: never
			       paced */
	struct rate rate;     /* what the path has delivered */
	struct sentq sent;    /* what is in flight */
	struct repair repair; /* ... and ends with it, but for PRR */
	struct eor *eor;      /* marks of MSG_EOR, while t->eor; eor.c */
	struct cc_cold cc;

	struct accecn accecn;
	uint64_t pace_late; /* ns that text left late, not made good yet */
	struct {
		uint64_t since;	 /* when `now` began */
		uint32_t now;	 /* ns that a departure was late, at most */
		uint32_t before; /* ... in the window before */
	} lateness;
	struct seq fin_seq; /* rcv_fin_held: sequence number of a FIN that
			       arrived before text in front of it */
	struct seq up;	    /* SND.UP, while t->urgent_out */
	uint32_t dup_room;  /* bytes by which duplicates may still inflate
			       cwnd: what was in flight when SND.UNA moved */
	struct tcp_sack_block dsack;  /* dsack.c, if dsack_due */
	struct listener *fo_listener; /* where it is pending, or NULL */
	struct list fo_link;	      /* on its fastopens */
};

/* Of the algorithm's own, CUBIC and Reno use less while little is sent. */
#define FLOW_USUAL (offsetof(struct flow, cc) + 104)

/* Of it what a timer needs: most of what `mtu` begins. */
#define FLOW_TIMERS \
	(offsetof(struct flow, repair.prr) - offsetof(struct flow, mtu))

struct tcb {
	struct conn conn;
	struct list work; /* on netif->work while it owes something */
	struct wheel_guide wheel;

	/* Deadlines, TERN_NEVER if not running; timeout.c has the list. */
	uint64_t rexmit_at; /* retransmission, or persist */
	uint64_t idle_at;   /* keep-alive, or end of FIN-WAIT-2 */

	struct flow *flow;   /* NULL while idle */
	struct tally *tally; /* NULL before the first flow */

	struct {
		struct seq una, nxt, wl1, wl2, iss;
		uint32_t wnd;

		struct seq end;	  /* of all that the user has queued, SYN and
				     FIN counted: SND.NXT gets there */
		struct seq rtx;	  /* after a timeout: what is to be sent again
				     begins here; SND.NXT itself never goes
				     back */
		uint32_t wnd_max; /* MAX.SND.WND, RFC 5961 5.2 */
	} snd;
	struct {
		struct seq nxt, up, irs;

		struct seq adv;	  /* right edge offered: RCV.NXT + RCV.WND */
		struct seq acked; /* Last.ACK.sent, RFC 7323 4.3 */
	} rcv;

	struct cc cc;
	struct rtt rtt;
	struct seq rtt_seq;  /* end of the segment being timed */
	struct seq recover;  /* RFC 6582 */
	uint64_t rtt_start;  /* when it was sent, 0 if none is timed */
	uint64_t stalled_at; /* since when nothing new was acknowledged while
				something was in flight, or the window was
				closed; for R2 and the user timeout */
	uint64_t rx_at;	     /* when the last segment arrived */

	struct pending *pending; /* while it waits for accept(), listener.h */
	struct net_path path;
	uint32_t user; /* number that the socket floor knows it by */

	uint32_t ts_recent;
	uint32_t ts_recent_ms; /* clock of ts_recent, for 24 days' idleness */

	uint16_t send_mss; /* SendMSS: the peer's MSS option, or the default */
	uint16_t mss;	   /* payload of a full segment: Eff.snd.MSS less the
			      options that every segment carries */
	uint16_t rcv_mss;  /* RMSS as guessed from what arrives */
	uint16_t path_mtu;

	uint8_t state;	  /* enum tcp_state; written by tcp_set_state() only */
	uint8_t recovery; /* enum tcp_recovery */
	uint8_t dupacks;
	uint8_t backoff : 7; /* doublings of RTO, at most 32 */
	bool asked : 1;	     /* the user is told of readiness, tcp_ask() */
	uint8_t retries;     /* unanswered SYNs, retransmissions, probes */
	uint8_t keep_probes; /* keep-alive probes unanswered */
	uint8_t snd_wscale, rcv_wscale;
	uint8_t quick_acks; /* segments still to be acknowledged at once */
	uint8_t n_challenges : 7; /* challenge ACKs sent in this period */
	bool dead_end : 1;    /* connect() cannot: the user has shut it down */
	uint8_t dupacks_owed; /* one for each segment out of order */
	uint8_t port_flags : 5; /* with port_held: as held in tcp->ports */
	bool sparse : 1;	/* sparse.h: text came after a silence */
	bool lone_ack : 1;	/* ... and an ACK that had waited went alone */
	bool dialogue : 1;	/* dialogue.c: ACKs wait for an answer */
	uint32_t challenge_ms;	/* start of the challenge period, in ms */
	uint32_t oow_ms; /* when a segment outside the window was answered
				 last, in ms */

	/* As a number they are looked at together, tcb_has(). */
	union {
		struct {
			bool passive : 1;   /* came from LISTEN (MUST-11) */
			bool wscale_ok : 1; /* both ends sent the option */
			bool ts_ok : 1;
			bool sack_ok : 1;
			/* Slow start that a timeout began, RFC 3465. */
			bool slow_after_rto : 1;
			/* cwnd, not the user, held output back. */
			bool cwnd_limited : 1;
			bool syn_unacked : 1; /* SND.UNA is still ISS */
			bool fin_acked : 1;
			/* The user closed: FIN follows the last byte. */
			bool fin_queued : 1;
			/* He will not receive (SHUT_RD, close). */
			bool rcv_shut : 1;
			bool orphan : 1; /* he closed the descriptor */
			/* rexmit_at is the persist timer. */
			bool persisting : 1;
			bool urgent_out : 1; /* SND.UP is beyond SND.UNA */
			/* RCV.UP is valid: urgent data was announced, and its
			 * last octet was read. */
			bool urgent_in : 1;
			bool urgent_read : 1;
			/* R1 was passed and told (SHLD-9). */
			bool reported : 1;
			bool syn_rexmitted : 1; /* RFC 6298 5.7 */
			/* RFC 6928: then the initial window is one segment. */
			bool syn_lost_twice : 1;
			bool port_held : 1; /* counted in tcp->ports */
			/* The user chose the local address, and port. */
			bool bound_addr : 1;
			bool bound_port : 1;
			/* CLOSED here; TIME-WAIT goes on elsewhere. */
			bool time_waiting : 1;
			/* FIN was received: RCV.NXT is behind it. */
			bool peer_fin : 1;
			bool was_open : 1; /* it has been ESTABLISHED */
			/* connect() has told the user so, or has yet to tell
			 * what came of it. */
			bool connected : 1;
			bool connecting : 1;
			/* There was an OPEN, whatever came of it. */
			bool has_past : 1;
			/* The last SEND said that more will follow. */
			bool more : 1;
			/* In fast recovery: and the timer restarted. */
			bool partial_acked : 1;
			bool eor : 1; /* there are marks of MSG_EOR */
			/* SEND was refused for want of memory, and room is not
			 * reported until some is acknowledged. */
			bool send_held : 1;
			/* The user is told what moves, tcp_watch(). */
			bool watched : 1;

			/* What output owes: set on input, paid once per batch
			 * (MUST-58). */
			bool ack_now : 1;
			bool challenge : 1; /* a challenge ACK, RFC 5961 */
			bool probe_now : 1; /* a window probe or keep-alive */
			/* The segment at SND.UNA, out of turn. */
			bool rexmit_now : 1;
			/* The user has read; perhaps tell the peer. */
			bool wnd_update : 1;
			/* MSG_MORE has waited long enough; so has a window too
			 * small, 3.8.6.2.1. */
			bool push_now : 1;
			bool override_sws : 1;
			/* Our user timeout is to be told, RFC 5482. */
			bool uto_owed : 1;

			/* Segments that limited transmit may send beyond cwnd,
			 * RFC 3042. */
			uint8_t limited;
			/* The peer's user timeout as in the option; 0: none. */
			uint16_t remote_uto;
		};
		uint64_t marks;
	};

	int16_t error;	    /* pending -errno for the user, 0 if none */
	int16_t soft_error; /* last ICMP error that did not end it, -errno */

	uint32_t segs_in, segs_out, n_rexmit;

	const struct tcp_opts *opts; /* shared, opts.h */
	struct tcp_bufs bufs;
};

/* Is one of these true of it?  tcb_has(t, .ack_now = true, .challenge = true)
 * is one comparison, whatever their number. */
#define tcb_has(t, ...) \
	(((t)->marks & (const struct tcb){__VA_ARGS__}.marks) != 0)

#define SEGMENT_PARTS 36 /* 32 packets, if each has but one */

/* A segment in host order.  Text is slices of the frame it came in. */
struct segment {
	struct seq seq; /* SEG.SEQ */
	struct seq ack; /* SEG.ACK, valid if flags & ACK */
	uint32_t wnd;	/* SEG.WND, scaled */
	uint32_t len;	/* SEG.LEN, counting SYN and FIN */
	uint16_t up;	/* SEG.UP */
	uint16_t flags; /* enum tcp_flag */

	uint32_t hash; /* of its tuple, demux_hash(); not for control blocks */
	uint32_t text_len;
	uint8_t n_parts;
	uint8_t tos;
	bool was_syn;  /* a SYN that crossed ours; it was taken off */
	uint16_t size; /* text of each of those that came as one, else 0 */
	struct tern_slice part[SEGMENT_PARTS]; /* borrowed references */
	struct tcp_options opt;
	struct packet *packet;
};

/* What a step of SEGMENT ARRIVES says about the rest of them. */
enum verdict { NEXT, DROP };

/* Octets that the user may read now, not counting what is out of band. */
uint32_t tcp_readable(const struct tcb *t);

/* POLLIN: as many as SO_RCVLOWAT wants, or no more can come. */
bool tcp_can_read(const struct tcb *t);

/* RCV.WND: what is left of the window last offered. */
static inline uint32_t tcp_rcv_wnd(const struct tcb *t)
{
	return seq_lt(t->rcv.nxt, t->rcv.adv) ? seq_len(t->rcv.nxt, t->rcv.adv)
					      : 0;
}

/* FlightSize: what was sent and is not acknowledged. */
static inline uint32_t tcp_flight(const struct tcb *t)
{
	return seq_len(t->snd.una, t->snd.nxt);
}

static inline uint32_t tcp_sendq_len(const struct tcb *t)
{
	return t->flow ? t->flow->sendq.len : 0;
}

/* Sequence number of the first byte in the send queue, of what follows its
 * last one, and of what follows the FIN behind that. */
static inline struct seq output_data_start(const struct tcb *t)
{
	return seq_add(t->snd.una, t->syn_unacked);
}

static inline struct seq output_data_end(const struct tcb *t)
{
	return seq_sub(t->snd.end, t->fin_queued && !t->fin_acked);
}

static inline struct seq output_end(const struct tcb *t)
{
	return t->snd.end;
}

/* Bytes of text that were never sent: D of 3.8.6.2.1. */
static inline uint32_t output_unsent(const struct tcb *t)
{
	const struct seq end = output_data_end(t);

	return seq_lt(t->snd.nxt, end) ? seq_len(t->snd.nxt, end) : 0;
}

/* Bytes that the user may have in the send queue.  Half of SO_SNDBUF, as read
 * back, is for overhead, as on Linux. */
static inline uint32_t send_limit(const struct tcb *t)
{
	return t->bufs.snd / 2;
}

/* TCP_NOTSENT_LOWAT, or the tunable that stands in for it. */
static inline uint32_t send_lowat(const struct tcp *tcp, const struct tcb *t)
{
	return t->opts->notsent_lowat ? t->opts->notsent_lowat
				      : tcp->tun.notsent_lowat;
}

/* True if it is or was open, or tried to be: the peer is known. */
static inline bool tcp_opened(const struct tcb *t)
{
	return t->was_open || t->conn.raddr != 0;
}

/*
 * What of the send queue counts towards send_limit().  What the peer has SACKed
 * is not in flight, and must not keep the user from filling the window while a
 * hole is repaired, which takes round trips if the repair is lost as well: it
 * may have the other half of SO_SNDBUF.
 */
static inline uint32_t tcp_sendq_charged(const struct tcb *t)
{
	if (!t->flow)
		return 0;
	if (likely(t->flow->sent.n_sacked == 0))
		return t->flow->sendq.len;
	return t->flow->sendq.len -
	       min_u32(t->flow->sent.n_sacked,
		       min_u32(t->bufs.snd / 2, t->flow->sendq.len));
}

/* True if poll(2) should call it writable: a third of the room is free, and
 * less than half of what TCP_NOTSENT_LOWAT allows waits to be sent. */
static inline bool send_room_ok(const struct tcp *tcp, const struct tcb *t)
{
	const uint32_t lowat = send_lowat(tcp, t);

	return !t->send_held &&
	       (uint64_t)tcp_sendq_charged(t) * 3 <=
		       (uint64_t)send_limit(t) * 2 &&
	       (lowat == UINT32_MAX || 2 * (uint64_t)output_unsent(t) < lowat);
}

#endif
