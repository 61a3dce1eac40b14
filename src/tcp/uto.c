/* SPDX-License-Identifier: ISC */
/*
 * uto.c - the User Timeout option, RFC 5482
 *
 *	USER_TIMEOUT = min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT))
 *
 * The RFC's names: ENABLED is tern.tcp_uto, ADV_UTO is TCP_USER_TIMEOUT or
 * tern.tcp_uto_adv, the limits are tern.tcp_uto_min and tern.tcp_uto_max.
 * CHANGEABLE: who has set TCP_USER_TIMEOUT keeps it, whatever the peer says
 * (3.1).  The option goes in SYN and SYN,ACK, in the first segment after them,
 * since a server may have forgotten the SYN (3), and when it has changed.
 */
#include "tcp/uto.h"

#define MINUTES	  0x8000 /* G: the number is of minutes, not seconds */
#define VALUE_MAX 0x7fff

uint16_t uto_encode(uint64_t s)
{
	if (s <= VALUE_MAX)
		return (uint16_t)s;
	return (uint16_t)(MINUTES | min_u64((s + 59) / 60, VALUE_MAX));
}

uint32_t uto_decode(uint16_t uto)
{
	const uint32_t value = uto & VALUE_MAX;

	return uto & MINUTES ? value * 60 : value;
}

static uint32_t advertised_s(const struct tcp *tcp, const struct tcp_opts *o)
{
	if (o->user_timeout_ms)
		return (o->user_timeout_ms + 999) / 1000;
	return tcp->tun.uto_adv_s;
}

void uto_advertise(const struct tcp *tcp, const struct tcp_opts *opts,
		   struct tcp_options *o)
{
	const uint16_t uto = uto_encode(advertised_s(tcp, opts));

	if (!tcp->tun.uto || uto == 0)
		return;
	o->present |= TERN_OPT_UTO;
	o->uto = uto;
}

void uto_option(const struct tcp *tcp, struct tcb *t, uint32_t room,
		struct tcp_options *o)
{
	if (!t->uto_owed || room < 4)
		return;
	t->uto_owed = false;
	uto_advertise(tcp, t->opts, o);
}

void uto_changed(const struct tcp *tcp, struct tcb *t)
{
	t->uto_owed = tcp->tun.uto != 0;
}

uint32_t uto_timeout_s(const struct tcp *tcp, const struct tcb *t)
{
	uint32_t s;

	if (likely(!tcp->tun.uto))
		return 0;
	s = max_u32(uto_decode(t->remote_uto), tcp->tun.uto_adv_s);
	if (s == 0)
		return 0;
	return min_u32(max_u32(s, tcp->tun.uto_min_s), tcp->tun.uto_max_s);
}
