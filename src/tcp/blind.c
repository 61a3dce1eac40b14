/* SPDX-License-Identifier: ISC */
/*
 * blind.c - against those who guess: RFC 5961, and answers that must not feed
 * a loop
 *
 * The budget of challenge ACKs belongs to one connection: a count shared by all
 * tells an attacker about connections that are not his (CVE-2016-5696).
 * Answers to probes and retransmissions are not challenges and are not limited
 * by it.
 */
#include "tcp/arrives.h"

#define CHALLENGES_MAX	    127 /* that are counted */
#define CHALLENGE_PERIOD_MS 5000

/* Linux: with answers to what is not acceptable, one in tcp_invalid_ratelimit
 * of all. */
static bool is_too_soon(struct tcp *tcp, struct tcb *t)
{
	const uint32_t now_ms = (uint32_t)(tcp->env->now / TERN_MS) | 1;

	if (t->oow_ms && now_ms - t->oow_ms < tcp->tun.invalid_ratelimit_ms) {
		env_count(tcp->env, TERN_TcpExtTCPACKSkippedChallenge);
		return true;
	}
	t->oow_ms = now_ms;
	return false;
}

void blind_challenge(struct tcp *tcp, struct tcb *t)
{
	const uint32_t now_ms = (uint32_t)(tcp->env->now / TERN_MS);

	if (unlikely(tcp->tun.linux_acks) && is_too_soon(tcp, t))
		return;
	if (t->n_challenges == 0 ||
	    now_ms - t->challenge_ms >= CHALLENGE_PERIOD_MS) {
		t->challenge_ms = now_ms;
		t->n_challenges = 0;
	}
	if (t->n_challenges >= tcp->tun.challenge_ack_limit) {
		tcb_drop(tcp, t, TERN_DROP_TCP_CHALLENGE_RATE);
		return;
	}
	if (t->n_challenges < CHALLENGES_MAX)
		t->n_challenges++;
	env_count(tcp->env, TERN_TcpExtTCPChallengeACK);
	t->challenge = true;
}

/*
 * MAY-12, RFC 5961 5.2: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT; and not
 * before what was really sent ("ghost ACKs").
 */
bool blind_ack_plausible(const struct tcb *t, struct seq ack)
{
	const uint64_t sent = tally_acked(t) + 1;
	const uint64_t back = min_u64(t->snd.wnd_max, sent);
	const struct seq oldest = seq_sub(t->snd.una, (uint32_t)back);

	return seq_le(oldest, ack) && seq_le(ack, t->snd.nxt);
}

/*
 * First step: "an acknowledgment should be sent in reply (unless the RST bit is
 * set)".  Segments without text are answered twice a second at most, so that
 * two ends that disagree do not answer each other for ever.
 */
void blind_answer_unacceptable(struct tcp *tcp, struct tcb *t,
			       const struct segment *seg)
{
	const uint32_t now_ms = (uint32_t)(tcp->env->now / TERN_MS) | 1;
	uint32_t pause_ms = tcp->tun.invalid_ratelimit_ms;

	if (seq_eq(seg->seq, seq_sub(t->rcv.nxt, 1)) && !tcp->tun.linux_acks)
		pause_ms /= 10; /* a probe, or a keep-alive */
	if (seg->flags & RST)
		return;
	if (seg->flags & SYN) { /* RFC 5961 4.2: whatever its number */
		blind_challenge(tcp, t);
		return;
	}
	if (seg->text_len == 0 && !(seg->flags & FIN)) {
		if (t->oow_ms && now_ms - t->oow_ms < pause_ms) {
			env_count(tcp->env, TERN_TcpExtTCPACKSkippedSeq);
			return;
		}
		t->oow_ms = now_ms;
	}
	t->ack_now = true;
}
