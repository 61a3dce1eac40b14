/* SPDX-License-Identifier: ISC */
/*
 * accecn.c - More Accurate ECN feedback, RFC 9768 3.2
 *
 *	packet      r.cep          ACE, 3 bits         s.cep      cc
 *	with CE --> counts up --> of each segment --> follows --> on_ecn()
 *	text    --> r.ceb ...  --> option, 24 bits --> s.ceb ...
 *
 * The field wraps every eight marks.  The receiver therefore acknowledges at
 * least every third mark, and the sender, when an ACK covers more than seven
 * segments and no option says better, takes the largest number of marks that
 * fits (3.2.2.5).
 *
 * Fields that the path wipes or changes are noticed in the handshake, where
 * each end says how the other's SYN arrived (3.2.2.3, 3.2.2.4); then packets
 * are no longer sent as ECN-capable, but what arrives is reported all the same.
 *
 * What the option costs comes from the room that text leaves: it goes on pure
 * ACKs and short segments (3.2.3.3 leaves that choice), and SACK goes first.
 */
#include "tcp/accecn.h"

#include "tcp/ecn.h"
#include "tcp/output.h"
#include "wire/tcp_opt.h"

#define ACE_MASK      7U
#define FIELD_MASK    UINT32_C(0xffffff) /* 24 bits */
#define CE_UNSAID_MAX 7U		 /* 3.2.2.5.1: n, at the very most */
#define INITIAL_CEP   5
#define INITIAL_E0B   1
#define INITIAL_E1B   1

/* tcp_ecn_option, as on Linux. */
enum { OPTION_NEVER, OPTION_LEAST, OPTION_USUAL, OPTION_ALWAYS };

static const struct accecn_counters initial = {
	.cep = INITIAL_CEP,
	.e0b = INITIAL_E0B,
	.e1b = INITIAL_E1B,
};

void accecn_init(struct accecn *a)
{
	*a = (struct accecn){.r = initial, .s = initial, .told = initial};
}

uint8_t accecn_handshake_ace(uint8_t ip_ecn)
{
	static const uint8_t ace[] = {
		[ECN_NOT_ECT] = 2,
		[ECN_ECT_1] = 3,
		[ECN_ECT_0] = 4,
		[ECN_CE] = 6,
	};

	return ace[ip_ecn & ECN_FIELD];
}

uint8_t accecn_ace(struct tcb *t, bool pure)
{
	struct accecn *a = &t->flow->accecn;
	const uint8_t first = a->handshake;

	if (!pure || !first)
		return a->r.cep & ACE_MASK;
	a->handshake = 0;
	return first;
}

/* ---------------------------------------------------------------- option */

/* Counters in the order of the fields, 3.2.3. */
static void in_order(const struct accecn_counters *c, uint8_t order,
		     uint32_t field[3])
{
	field[0] = order ? c->e1b : c->e0b;
	field[1] = c->ceb;
	field[2] = order ? c->e0b : c->e1b;
}

/* The last of the fields in which two sets differ, counted from 1. */
static uint8_t last_change(const struct accecn_counters *a,
			   const struct accecn_counters *b, uint8_t order)
{
	uint32_t x[3], y[3];
	uint8_t n = 3;

	in_order(a, order, x);
	in_order(b, order, y);
	while (n > 0 && x[n - 1] == y[n - 1])
		n--;
	return n;
}

static bool option_due(const struct tcp *tcp, const struct accecn *a)
{
	const uint32_t mode = tcp->tun.ecn_option;

	if (mode == OPTION_NEVER || (a->option_off && mode != OPTION_ALWAYS))
		return false;
	if (a->option_owed || a->r.ceb != a->told.ceb)
		return true;
	return mode != OPTION_LEAST &&
	       (a->r.e0b != a->told.e0b || a->r.e1b != a->told.e1b);
}

static uint32_t option_len(uint8_t n)
{
	return (2U + 3U * n + 3U) & ~3U;
}

/* "It SHOULD include a field for every counter that has changed at some time";
 * without room for that, those that have changed since the last option. */
uint32_t accecn_option(const struct tcp *tcp, const struct tcb *t,
		       uint32_t room, struct tcp_options *o)
{
	const struct accecn *a = &t->flow->accecn;
	const uint8_t order =
		a->r.e1b != initial.e1b && a->r.e0b == initial.e0b;
	uint8_t n = last_change(&a->r, &initial, order);

	if (!option_due(tcp, a))
		return 0;
	if (a->option_owed)
		n = 3;
	if (option_len(n) > room)
		n = last_change(&a->r, &a->told, order);
	if (n == 0 || option_len(n) > room)
		return 0;
	o->present |= TERN_OPT_ACCECN;
	o->accecn_order = order;
	o->n_accecn = n;
	in_order(&a->r, order, o->accecn);
	return option_len(n);
}

void accecn_option_initial(struct tcp_options *o)
{
	o->present |= TERN_OPT_ACCECN;
	o->accecn_order = 0;
	o->n_accecn = 3;
	in_order(&initial, 0, o->accecn);
}

void accecn_sent(struct tcb *t, const struct tcp_options *o, struct seq seq,
		 uint32_t text_len)
{
	struct accecn *a = &t->flow->accecn;

	a->unsaid = 0;
	if (!(o->present & TERN_OPT_ACCECN))
		return;
	a->told = a->r;
	if (a->option_owed)
		a->option_owed = (a->option_owed - 1U) & 3U;
	if (text_len > 0 && seq_eq(seq, seq_add(t->snd.iss, 1)))
		a->option_first = true;
}

void accecn_text_lost(struct tcb *t, struct seq seq)
{
	struct accecn *a = &t->flow->accecn;

	if (a->option_first && seq_eq(seq, seq_add(t->snd.iss, 1)))
		a->option_off = true; /* 3.2.3.2.2 */
}

/* --------------------------------------------------------- data receiver */

/* What came as one may have been many. */
static uint32_t packets_in(const struct segment *seg)
{
	const uint32_t size = seg->size;

	return size && seg->text_len > size ? (seg->text_len + size - 1) / size
					    : 1;
}

/* 3.2.2.5.1: which marks are told at once. */
static void trigger_ack(struct tcp *tcp, struct tcb *t,
			const struct segment *seg, bool ce)
{
	struct accecn *a = &t->flow->accecn;
	const bool unacked =
		seg->text_len > 0 || !seq_eq(t->rcv.acked, t->rcv.nxt);

	if (!ce)
		return;
	/* The marks before this one, while the field can still tell them. */
	if (a->unsaid + packets_in(seg) > CE_UNSAID_MAX && a->unsaid > 0)
		reply_ack_of(tcp, t);
	a->unsaid = (uint8_t)min_u32(a->unsaid + packets_in(seg), UINT8_MAX);
	if (seg->text_len > 0 && !(t->conn.flags & ECN_CE_LAST))
		t->ack_now = true;
	if (a->unsaid >= (unacked ? 2 : 3))
		t->ack_now = true;
}

void accecn_arrived(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	struct accecn_counters *r = &t->flow->accecn.r;
	const bool ce = ecn_codepoint_of(seg) == ECN_CE;

	trigger_ack(tcp, t, seg, ce);
	switch ((enum ecn_codepoint)ecn_codepoint_of(seg)) {
	case ECN_NOT_ECT:
		break;
	case ECN_ECT_1:
		r->e1b += seg->text_len;
		break;
	case ECN_ECT_0:
		r->e0b += seg->text_len;
		break;
	case ECN_CE:
		r->cep += packets_in(seg);
		r->ceb += seg->text_len;
		break;
	}
	t->conn.flags &= (uint8_t)~ECN_CE_LAST;
	if (ce)
		t->conn.flags |= ECN_CE_LAST;
}

/* ----------------------------------------------------------- data sender */

static uint32_t ace_of(const struct segment *seg)
{
	return (seg->flags & ECN_FLAGS) >> ECN_ACE_SHIFT;
}

/* A counter follows a field, which may have wrapped once.  Half the range back
 * is an older one: nothing new. */
static uint32_t follow(uint32_t *counter, uint32_t field)
{
	const uint32_t d = (field - *counter) & FIELD_MASK;

	if (d > FIELD_MASK / 2)
		return 0;
	*counter += d;
	return d;
}

/* Returns the bytes that are newly marked CE. */
static uint32_t read_option(struct accecn *a, const struct tcp_options *o)
{
	uint32_t *const counter[3] = {
		o->accecn_order ? &a->s.e1b : &a->s.e0b,
		&a->s.ceb,
		o->accecn_order ? &a->s.e0b : &a->s.e1b,
	};
	uint32_t ceb = 0;
	int i;

	for (i = 0; i < o->n_accecn; i++) {
		const uint32_t d = follow(counter[i], o->accecn[i]);

		if (i == 1)
			ceb = d;
	}
	a->option_in = true;
	return ceb;
}

/* 3.2.3.2.4: an initial value that is 0 was wiped on the way. */
static void check_option(struct accecn *a, const struct tcp_options *o)
{
	const bool there = o->present & TERN_OPT_ACCECN;

	if (there && ((o->n_accecn > 0 && o->accecn[0] == 0) ||
		      (o->n_accecn > 2 && o->accecn[2] == 0)))
		a->option_ignore = true;
}

/* Table 4: what the ACK of our SYN,ACK says of it. */
static uint32_t read_handshake(struct tcb *t, uint32_t ace)
{
	struct accecn *a = &t->flow->accecn;

	a->proven = true;
	if (ace == 0)
		t->conn.flags |= ECN_NO_ECT | ECN_DEAF; /* Note 1 */
	if (ace == 3 || ace == 4 || ace == 6) /* it was sent as Not-ECT */
		t->conn.flags |= ECN_NO_ECT;
	if (ace != 6)
		return 0;
	a->s.cep = INITIAL_CEP + 1;
	return 1;
}

/*
 * 3.2.2.5.2: how many marks an ACE field stands for that was ahead by `d`.  The
 * option decides; without it, if more than seven segments are acknowledged, the
 * field may have wrapped, and as many are taken as can be.
 */
static uint32_t unwrap(const struct tcb *t, uint32_t d, bool option,
		       uint32_t ceb, uint32_t acked)
{
	const struct accecn *a = &t->flow->accecn;
	const uint32_t mss = max_u32(t->mss, 1);
	const uint32_t n = (acked + mss - 1) / mss;

	if (option) {
		while ((uint64_t)d * mss < ceb)
			d += ACE_MASK + 1;
		return d;
	}
	if (n <= ACE_MASK || d > n || (a->option_in && d == 0))
		return d;
	return n - ((n - d) & ACE_MASK);
}

/* 3.2.2.4, once: the first field after the handshake is not 0. */
static void prove(struct tcb *t, uint32_t ace)
{
	struct accecn *a = &t->flow->accecn;

	if (!a->proven && ace == 0)
		t->conn.flags |= ECN_NO_ECT | ECN_DEAF;
	a->proven = true;
}

uint32_t accecn_feedback(struct tcb *t, const struct segment *seg,
			 uint32_t acked)
{
	struct accecn *a = &t->flow->accecn;
	const uint32_t ace = ace_of(seg);
	bool option = seg->opt.present & TERN_OPT_ACCECN;
	uint32_t ceb = 0, d;

	if (seg->was_syn || (seg->flags & SYN) ||
	    seq_lt(seg->ack, t->snd.una)) /* superseded, appendix A.1 */
		return 0;
	if (a->opening) {
		a->opening = false;
		check_option(a, &seg->opt);
		if (seg->text_len == 0 && !(seg->opt.present & TERN_OPT_SACK))
			return read_handshake(t, ace);
	}
	prove(t, ace);
	option = option && !a->option_ignore;
	if (option)
		ceb = read_option(a, &seg->opt);
	d = (ace - a->s.cep) & ACE_MASK;
	d = unwrap(t, d, option, ceb, acked);
	a->s.cep += d;
	if (a->s.ceb > 0 && a->s.cep == INITIAL_CEP)
		t->conn.flags |= ECN_NO_ECT; /* 3.2.3.2.5 */
	if (t->conn.flags & ECN_DEAF)
		return 0;
	if (option && ceb > 0)
		return ceb;
	return d ? max_u32(min_u32(d * t->mss, acked), 1) : 0;
}

void accecn_syn_ack(struct tcb *t, const struct segment *seg)
{
	struct accecn *a = &t->flow->accecn;
	const uint8_t ip_ecn = ecn_codepoint_of(seg);

	a->handshake = accecn_handshake_ace(ip_ecn) & 7U;
	if (ip_ecn != ECN_CE || a->syn_ack_ce)
		return;
	a->syn_ack_ce = true; /* once, however many come */
	a->r.cep++;
}

void accecn_agreed(struct tcb *t, const struct segment *seg)
{
	struct accecn *a = &t->flow->accecn;
	const uint32_t ace = ace_of(seg);

	check_option(a, &seg->opt);
	a->option_owed = 2;
	/* Our SYN went as Not-ECT; 5 means that it came so (3.1.3). */
	if (ace == 3 || ace == 4 || ace == 6)
		t->conn.flags |= ECN_NO_ECT;
	accecn_syn_ack(t, seg);
}
