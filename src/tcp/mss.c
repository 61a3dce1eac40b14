/* SPDX-License-Identifier: ISC */
/*
 * mss.c - the Maximum Segment Size, RFC 9293 3.7.1
 */
#include "tcp/arrives.h"

#define DEFAULT_SEND_MSS 536 /* MUST-15 */
#define HEADERS		 40  /* fixed IPv4 and TCP headers */

/*
 * What our SYN says (MUST-14, SHLD-5, MAY-3): MMS_R - 20 at most (MUST-67),
 * never less for options, which the sender subtracts.
 */
uint16_t mss_to_advertise(const struct tcp *tcp, const struct net_path *path,
			  const struct tcp_opts *o)
{
	/* SHLD-6: what the interface can always take.  What is known of the
	 * path says what can be sent, and nothing of what will arrive. */
	uint32_t mtu = net_mtu(tcp->net, path);
	uint32_t mss = mtu > HEADERS ? mtu - HEADERS : 0;

	if (o->maxseg)
		mss = min_u32(mss, o->maxseg);
	return (uint16_t)min_u32(mss, 65535 - HEADERS);
}

uint32_t mss_advertised(const struct tcp *tcp, const struct tcb *t)
{
	const uint32_t mss = mss_to_advertise(tcp, &t->path, t->opts);
	const uint32_t options = t->ts_ok ? 12 : 0;

	return mss > options ? mss - options : 1;
}

/* SendMSS; a floor keeps a hostile MSS from costing a header a byte. */
uint16_t mss_from_option(const struct tcp *tcp, const struct tcp_options *opt)
{
	uint16_t mss = DEFAULT_SEND_MSS;

	if (opt->present & TERN_OPT_MSS)
		mss = opt->mss;
	return (uint16_t)max_u32(mss, tcp->tun.min_snd_mss);
}

/*
 * MUST-16: Eff.snd.MSS = min(SendMSS + 20, MMS_S) - TCPhdrsize - IPoptionsize;
 * the timestamps that every segment carries are part of TCPhdrsize.
 */
void mss_update(const struct tcp *tcp, struct tcb *t)
{
	uint32_t room, mss;

	t->path_mtu = (uint16_t)min_u32(
		net_pmtu(tcp->net, t->conn.raddr, &t->path), 65535);
	t->path_mtu = (uint16_t)plpmtud_limit(t, t->path_mtu);
	room = t->path_mtu > HEADERS ? t->path_mtu - HEADERS : 0;
	mss = min_u32(room, t->send_mss);
	if (t->opts->maxseg)
		mss = min_u32(mss, t->opts->maxseg);
	mss = max_u32(mss, min_u32(tcp->tun.min_snd_mss, room));
	if (t->ts_ok)
		mss -= 12;
	t->mss = (uint16_t)mss;
}
