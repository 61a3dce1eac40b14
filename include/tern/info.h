/* SPDX-License-Identifier: ISC */
/*
 * info.h - the list of sockets, as netstat and ss show it
 *
 * Everything that has a TCP state is listed: listeners with the fill of both
 * queues, SYN queue entries (SYN-RECEIVED), connections, and TIME-WAIT.
 */
#ifndef TERN_INFO_H
#define TERN_INFO_H

#include <tern/trace.h>
#include <tern/types.h>

struct tern_sockinfo {
	int family; /* AF_INET or AF_UNIX */
	int fd;	    /* descriptor, -1 if it has none */
	enum tern_tcp_state state;
	struct tern_tuple tuple;
	char path[108]; /* AF_UNIX: bound name, "" if none */

	/* As ss: a listener shows its accept queue and its limit here. */
	uint32_t recv_q, send_q;
	uint32_t n_syn, max_syn; /* listeners: the SYN queue */

	enum tern_tcp_timer timer; /* the one that expires next */
	tern_time timer_at;
	uint32_t retries;

	/* Connections only. */
	uint32_t rto_us, srtt_us, rttvar_us, min_rtt_us;
	uint32_t mss, rcv_mss, peer_mss, pmtu;
	uint32_t cwnd, ssthresh; /* bytes */
	uint32_t snd_wnd, rcv_wnd;
	uint32_t unacked; /* bytes in flight */
	uint8_t snd_wscale, rcv_wscale;
	bool timestamps, sack, wscale_ok;
	const char *cc; /* name of the congestion control */
	uint64_t bytes_acked, bytes_received;
	uint32_t segs_in, segs_out, retrans;
	uint32_t error; /* pending errno */
};

/*
 * Lists sockets from *cursor on (0 at first; tern moves it), at most `max`.
 * Returns their number, 0 at the end.  What comes and goes between two calls
 * may be missed or listed twice, everything else is listed once.
 */
TERN_API int tern_sockets(const struct tern *n, uint64_t *cursor,
			  struct tern_sockinfo *out, int max);

#endif
