/* SPDX-License-Identifier: ISC */
/*
 * tunable.c - the table of tunables: Linux's names where Linux has the thing,
 * tern.* where it does not
 *
 * The initial values stand in src/tcp/tcp.c and src/net/net.c; a test compares.
 */
#include "stack/tunable.h"

#include <string.h>

#include "stack/tern.h"

#define IPV4 "net.ipv4."
#define CORE "net.core."

#define BYTES_MAX (1 << 30)

#define TCP(field) TUNABLE_TCP, offsetof(struct tcp_tunables, field)
#define TCP_SIGNED(field) \
	TUNABLE_TCP_SIGNED, offsetof(struct tcp_tunables, field)
#define TCP_3(field) TUNABLE_TCP_3, offsetof(struct tcp_tunables, field)
#define NET(field)   TUNABLE_NET, offsetof(struct net_tunables, field)
#define FLAG(field)  TUNABLE_FLAG, offsetof(struct net_tunables, field)

/* clang-format off */
static const struct tunable tunables[] = {
	{{IPV4 "tcp_syn_retries", "retransmissions",
	  "of a SYN, before connect() ends in ETIMEDOUT", 1, 127, 7},
	 TCP(syn_retries)},
	{{IPV4 "tcp_synack_retries", "retransmissions",
	  "of a SYN,ACK, before the half-open connection is given up",
	  0, 127, 5}, TCP(synack_retries)},
	{{IPV4 "tcp_retries1", "retransmissions",
	  "after which the way to the peer is looked for again (R1)",
	  0, 255, 3}, TCP(retries1)},
	{{IPV4 "tcp_retries2", "retransmissions",
	  "after which a connection ends in ETIMEDOUT (R2)", 0, 255, 15},
	 TCP(retries2)},
	{{IPV4 "tcp_orphan_retries", "retransmissions",
	  "after which a connection that no descriptor holds is given up",
	  0, 255, 8}, TCP(orphan_retries)},
	{{IPV4 "tcp_max_orphans", "connections",
	  "that no descriptor holds; beyond it close() resets", 0, 1 << 24,
	  65536}, TCP(max_orphans)},
	{{IPV4 "tcp_fin_timeout", "seconds",
	  "that a closed socket stays in FIN-WAIT-2", 0, 86400, 60},
	 TCP(fin_timeout_s)},
	{{"tern.tcp_time_wait", "seconds", "of TIME-WAIT: 2 MSL", 1, 3600, 60},
	 TCP(time_wait_s)},
	{{IPV4 "tcp_max_tw_buckets", "entries", "in TIME-WAIT", 0, 1 << 30,
	  1 << 24}, TCP(max_tw_buckets)},
	{{IPV4 "tcp_max_syn_backlog", "entries",
	  "of one listener's SYN queue", 1, 1 << 24, 4096},
	 TCP(max_syn_backlog)},
	{{CORE "somaxconn", "connections", "that listen() may ask to queue",
	  0, 1 << 24, 4096}, TCP(somaxconn)},
	{{IPV4 "tcp_syncookies", "mode",
	  "0: none, 1: when the SYN queue is full, 2: always", 0, 2, 1},
	 TCP(syncookies)},
	{{IPV4 "tcp_abort_on_overflow", "flag",
	  "reset instead of drop when the accept queue is full", 0, 1, 0},
	 TCP(abort_on_overflow)},
	{{IPV4 "tcp_keepalive_time", "seconds",
	  "of silence before the first keep-alive probe", 1, 32767, 7200},
	 TCP(keepalive_time_s)},
	{{IPV4 "tcp_keepalive_intvl", "seconds", "between keep-alive probes",
	  1, 32767, 75}, TCP(keepalive_intvl_s)},
	{{IPV4 "tcp_keepalive_probes", "probes",
	  "unanswered, that end the connection", 1, 127, 9},
	 TCP(keepalive_probes)},
	{{IPV4 "tcp_rmem", "bytes",
	  "of a receive buffer: least, initial, most", 2304, BYTES_MAX,
	  131072}, TCP_3(rmem)},
	{{IPV4 "tcp_wmem", "bytes", "of a send buffer: least, initial, most",
	  2304, BYTES_MAX, 16384}, TCP_3(wmem)},
	{{CORE "rmem_max", "bytes", "that SO_RCVBUF may ask for", 2304,
	  BYTES_MAX, 4194304}, TCP(rmem_max)},
	{{CORE "wmem_max", "bytes", "that SO_SNDBUF may ask for", 4608,
	  BYTES_MAX, 4194304}, TCP(wmem_max)},
	{{IPV4 "tcp_mem", "pages",
	  "of 4096 bytes that the stack may use: with more than the second, "
	  "buffers stop to grow, and go on with less than the first; with more "
	  "than the third no window moves. Initially 4, 5 and 6 eighths of the "
	  "memory limit, here for 1 GiB", 1, 1 << 30, 163840}, TCP_3(mem)},
	{{IPV4 "tcp_adv_win_scale", "exponent",
	  "of the part of a receive buffer that is overhead: 1/2^n of it, or, "
	  "if n is not positive, all but 1/2^-n", -31, 31, 1},
	 TCP_SIGNED(adv_win_scale)},
	{{IPV4 "tcp_moderate_rcvbuf", "flag",
	  "receive buffers grow by what is read in a round trip", 0, 1, 1},
	 TCP(moderate_rcvbuf)},
	{{IPV4 "tcp_notsent_lowat", "bytes",
	  "that wait to be sent, with which a socket is not writable", 0,
	  UINT32_MAX, UINT32_MAX}, TCP(notsent_lowat)},
	{{IPV4 "tcp_timestamps", "flag", "offer the timestamps option", 0, 1,
	  1}, TCP(timestamps)},
	{{IPV4 "tcp_window_scaling", "flag", "offer the window scale option",
	  0, 1, 1}, TCP(window_scaling)},
	{{IPV4 "tcp_sack", "flag", "offer selective acknowledgement", 0, 1, 1},
	 TCP(sack)},
	{{"tern.tcp_uto", "flag", "send and heed the option of RFC 5482", 0, 1,
	  0}, TCP(uto)},
	{{"tern.tcp_uto_adv", "seconds",
	  "of user timeout that sockets advertise which have none of their "
	  "own; 0: none", 0, 86400, 0}, TCP(uto_adv_s)},
	{{"tern.tcp_uto_min", "seconds",
	  "of user timeout, at least, whatever a peer asks for", 100, 86400,
	  100}, TCP(uto_min_s)},
	{{"tern.tcp_uto_max", "seconds",
	  "of user timeout, at most, whatever a peer asks for", 100, 1966020,
	  86400}, TCP(uto_max_s)},
	{{IPV4 "tcp_fastopen", "bits",
	  "RFC 7413: 1: client, 2: server, 4: client without a cookie, 512: "
	  "server without a cookie, 1024: every listener; others say nothing",
	  0, 2147483647, 1},
	 TCP(fastopen)},
	{{IPV4 "tcp_fastopen_blackhole_timeout_sec", "seconds",
	  "that clients leave RFC 7413 alone, doubling, when a connection gets "
	  "nothing through; 0: never", 0, 1 << 20, 0},
	 TCP(fastopen_blackhole_s)},
	{{IPV4 "tcp_ecn", "mode",
	  "of ECN, asked for by us and by others: 0: neither, 1: RFC 3168 "
	  "both, 2: RFC 3168 by others, 3: RFC 9768 both, 4: RFC 3168, and "
	  "RFC 9768 by others, 5: RFC 9768 by others", 0, 5, 2}, TCP(ecn)},
	{{IPV4 "tcp_ecn_fallback", "flag",
	  "a SYN that stays unanswered goes again without ECN", 0, 1, 1},
	 TCP(ecn_fallback)},
	{{IPV4 "tcp_ecn_option", "mode",
	  "RFC 9768's option: 0: never, 1: for CE only, 2: when a counter has "
	  "changed, 3: also where it seems to be lost", 0, 3, 2},
	 TCP(ecn_option)},
	{{IPV4 "tcp_recovery", "bits",
	  "1: loss is told by time (RACK), else by count (RFC 6675); with it, "
	  "2: its window does not grow, 4: nor is it 0 after tcp_reordering "
	  "duplicates", 0, 7, 1}, TCP(recovery)},
	{{IPV4 "tcp_early_retrans", "mode",
	  "3, 4: a tail loss probe when an ACK is overdue; else none", 0, 4,
	  3}, TCP(early_retrans)},
	{{IPV4 "tcp_frto", "mode", "0: do not look for spurious timeouts", 0,
	  2, 2}, TCP(frto)},
	{{IPV4 "tcp_dsack", "flag", "tell of text that arrives twice", 0, 1,
	  1}, TCP(dsack)},
	{{IPV4 "tcp_reordering", "segments",
	  "SACKed behind a segment, that make it lost", 1, 300, 3},
	 TCP(reordering)},
	{{IPV4 "tcp_max_reordering", "segments",
	  "that tcp_reordering may grow to", 1, 65535, 300},
	 TCP(max_reordering)},
	{{IPV4 "tcp_min_rtt_wlen", "seconds",
	  "that the smallest round trip is remembered, half of it at least",
	  0, 86400, 300}, TCP(min_rtt_wlen_s)},
	{{"tern.tcp_rto_initial_ms", "milliseconds",
	  "until the first retransmission of a SYN", 10, 120000, 1000},
	 TCP(rto_initial_ms)},
	{{"tern.tcp_rto_min_ms", "milliseconds",
	  "of the retransmission timeout, at least", 1, 120000, 200},
	 TCP(rto_min_ms)},
	{{IPV4 "tcp_rto_max_ms", "milliseconds",
	  "of the retransmission timeout, at most", 1000, 120000, 120000},
	 TCP(rto_max_ms)},
	{{IPV4 "tcp_thin_linear_timeouts", "flag",
	  "with less than four segments in flight the first six timeouts do "
	  "not back off", 0, 1, 0}, TCP(thin_linear_timeouts)},
	{{"tern.tcp_delack_min_ms", "milliseconds",
	  "that an acknowledgement waits for more to acknowledge, or for text "
	  "to go with; 0: none waits", 0, 499, 40}, TCP(delack_min_ms)},
	{{"tern.tcp_quick_acks", "segments",
	  "acknowledged at once when a connection begins", 0, 255, 16},
	 TCP(quick_acks)},
	{{"tern.tcp_crowd", "connections",
	  "and more: text after a silence is acknowledged at once if the last "
	  "ACK went alone, and memory for text is not kept",
	  1, 1 << 30, 16384}, TCP(crowd)},
	{{"tern.tcp_quickack", "flag",
	  "with tern.tcp_linux_acks: nothing waits to be acknowledged, as with "
	  "`quickack` of a route of Linux", 0, 1, 0}, TCP(quickack)},
	{{"tern.tcp_init_rcv_wnd", "segments",
	  "of the window that a SYN offers at most; 0: what the buffer has "
	  "room for", 0, 65535, 0}, TCP(init_rcv_wnd)},
	{{IPV4 "tcp_challenge_ack_limit", "segments",
	  "challenge ACKs of one connection in 5 s; more than 127: any number",
	  0, 2147483647, 10},
	 TCP(challenge_ack_limit)},
	{{IPV4 "tcp_invalid_ratelimit", "milliseconds",
	  "between ACKs that answer unacceptable segments", 0, 60000, 500},
	 TCP(invalid_ratelimit_ms)},
	{{"tern.tcp_init_cwnd", "segments", "of the initial window", 1, 100,
	  10}, TCP(init_cwnd)},
	{{IPV4 "tcp_slow_start_after_idle", "flag",
	  "the congestion window shrinks while nothing is sent", 0, 1, 1},
	 TCP(slow_start_after_idle)},
	{{IPV4 "tcp_min_tso_segs", "segments",
	  "that text goes in at least, as if a device cut them, the last one "
	  "with PSH; 0: PSH is on what was sent last only", 0, 255, 0},
	 TCP(min_tso_segs)},
	{{"tern.tcp_pacing", "flag",
	  "pace with every congestion control, not only where it asks for it",
	  0, 1, 0}, TCP(pacing)},
	{{IPV4 "tcp_pacing_ss_ratio", "percent",
	  "of cwnd per round trip is the pacing rate in slow start", 1, 1000,
	  200}, TCP(pacing_ss_ratio)},
	{{IPV4 "tcp_pacing_ca_ratio", "percent",
	  "of cwnd per round trip is the pacing rate otherwise", 1, 1000,
	  120}, TCP(pacing_ca_ratio)},
	{{IPV4 "tcp_tw_reuse", "mode",
	  "connect() may take a port from TIME-WAIT: 0: never, 1: yes, "
	  "2: on the loopback interface", 0, 2, 2}, TCP(tw_reuse)},
	{{IPV4 "tcp_rfc1337", "flag", "a RST does not end TIME-WAIT", 0, 1, 1},
	 TCP(rfc1337)},
	{{IPV4 "tcp_min_snd_mss", "bytes",
	  "of a segment, whatever the peer asks for", 48, 65535, 48},
	 TCP(min_snd_mss)},
	{{IPV4 "tcp_base_mss", "bytes",
	  "of a segment, when the path seems to swallow larger ones", 48,
	  65535, 1024}, TCP(base_mss)},
	{{IPV4 "tcp_mtu_probing", "mode",
	  "the path MTU is found by larger segments: 0: never, 1: when large "
	  "ones seem to vanish, 2: from the start", 0, 2, 1},
	 TCP(mtu_probing)},
	{{IPV4 "tcp_mtu_probe_floor", "bytes",
	  "of a segment, however much vanishes", 48, 65535, 48},
	 TCP(mtu_probe_floor)},
	{{IPV4 "tcp_probe_threshold", "bytes",
	  "between what arrives and what does not, when the search rests", 1,
	  65535, 8}, TCP(probe_threshold)},
	{{IPV4 "tcp_probe_interval", "seconds",
	  "that the search rests", 1, 1 << 20, 600}, TCP(probe_interval_s)},
	{{"tern.tcp_rst_per_second", "segments",
	  "resets that answer segments of no connection", 0, 100000000,
	  1000000}, TCP(rst_per_s)},
	{{"tern.tcp_user_timeout", "seconds",
	  "that sent data may remain unacknowledged; 0: tcp_retries2 decides",
	  0, 86400, 0}, TCP(user_timeout_s)},
	{{"tern.tcp_cork_ms", "milliseconds",
	  "that TCP_CORK and MSG_MORE hold a part of a segment back",
	  1, 60000, 200}, TCP(cork_ms)},
	{{"tern.tcp_prediction", "flag",
	  "what nearly every segment is takes a short way, as input and as "
	  "output; 0 does the same slowly, for comparison", 0, 1, 1},
	 TCP(prediction)},
	{{"tern.tcp_bsd_layout", "flag",
	  "options and windows are laid out as FreeBSD does, not as Linux",
	  0, 1, 0}, TCP(bsd_layout)},
	{{IPV4 "tcp_syn_linear_timeouts", "segments",
	  "SYNs that go again before the time begins to double; they do not "
	  "count for tcp_syn_retries", 0, 127, 0}, TCP(syn_linear_timeouts)},
	{{"tern.tcp_rto_min_added", "flag",
	  "the least retransmission timeout is added to the round trip, as on "
	  "Linux", 0, 1, 0}, TCP(rto_min_added)},
	{{"tern.tcp_slow_start_all", "flag",
	  "an ACK counts in slow start for all that it acknowledges, as on "
	  "Linux", 0, 1, 0}, TCP(slow_start_all)},
	{{"tern.tcp_linux_cwnd", "flag",
	  "as on Linux: ssthresh is of cwnd, not of FlightSize, after a mark "
	  "as after a loss, repair counts in segments, and cwnd stays as many "
	  "when they become smaller", 0, 1, 0},
	 TCP(linux_cwnd)},
	{{"tern.tcp_linux_acks", "flag",
	  "what a connection does as on Linux, where RFC 9293 leaves it open: "
	  "which ACKs wait, and how long (dialogue.c); text beyond the window "
	  "is refused whole; a window that alone changes never shrinks; a "
	  "reset tells the window; TCP_CORK, TCP_NOTSENT_LOWAT, "
	  "TCP_DEFER_ACCEPT; an ICMP error ends a connect(), an MTU that it "
	  "tells is believed at once; a FIN is in SACK blocks; a SYN that "
	  "comes again is answered once in tcp_invalid_ratelimit, and goes "
	  "again soon after an ACK that cannot be of it", 0, 1, 0},
	 TCP(linux_acks)},
	{{"tern.tcp_whole_window", "flag",
	  "the first window is whole segments, and room for one is kept back, "
	  "as on Linux", 0, 1, 0}, TCP(whole_window)},
	{{IPV4 "tcp_congestion_control", "name",
	  "of the algorithm that new sockets have", 0, 255, 0},
	 TUNABLE_CC, 0},
	{{IPV4 "ip_local_port_range", "ports",
	  "that are picked for sockets: first, last", 1, 65535,
	  PORT_RANGE_LO}, TUNABLE_PORTS, 0},
	{{IPV4 "ip_default_ttl", "hops", "that a datagram may make", 1, 255,
	  64}, NET(ip_default_ttl)},
	{{IPV4 "ip_no_pmtu_disc", "flag", "datagrams may be fragmented", 0, 1,
	  0}, FLAG(ip_no_pmtu_disc)},
	{{IPV4 "icmp_msgs_per_sec", "messages", "to all destinations, a second",
	  0, 1000000, 1000}, NET(icmp_msgs_per_sec)},
	{{IPV4 "icmp_msgs_burst", "messages",
	  "in a row beyond icmp_msgs_per_sec", 0, 1000000, 50},
	 NET(icmp_msgs_burst)},
	{{IPV4 "icmp_ratelimit", "milliseconds",
	  "between ICMP errors to one destination", 0, 3600000, 1000},
	 NET(icmp_ratelimit_ms)},
	{{IPV4 "icmp_echo_ignore_all", "flag", "do not answer pings", 0, 1, 0},
	 FLAG(icmp_echo_ignore_all)},
	{{IPV4 "icmp_echo_ignore_broadcasts", "flag",
	  "do not answer pings to a broadcast address", 0, 1, 1},
	 FLAG(icmp_echo_ignore_broadcasts)},
	{{IPV4 "route.mtu_expires", "seconds",
	  "that a learnt path MTU is believed", 1, 1000000, 600},
	 NET(mtu_expires_s)},
	{{IPV4 "route.min_pmtu", "bytes",
	  "of a path MTU, whatever a router says", 68, 65535, 552},
	 NET(min_pmtu)},
	{{IPV4 "neigh.default.gc_thresh3", "entries", "of neighbours", 1,
	  1 << 20, 1024}, NET(neigh_max)},
	{{IPV4 "neigh.default.unres_qlen", "frames",
	  "that wait for one neighbour's answer", 0, 1024, 64},
	 NET(neigh_queue_max)},
	{{IPV4 "neigh.default.mcast_solicit", "requests",
	  "unanswered, before a neighbour is unreachable", 1, 255, 3},
	 NET(neigh_solicits)},
	{{IPV4 "neigh.default.retrans_time_ms", "milliseconds",
	  "between requests for a neighbour", 1, 3600000, 1000},
	 NET(neigh_retrans_ms)},
	{{IPV4 "neigh.default.base_reachable_time_ms", "milliseconds",
	  "that a neighbour's answer is believed", 1, 86400000, 30000},
	 NET(neigh_reachable_ms)},
	{{IPV4 "neigh.default.gc_stale_time", "seconds",
	  "after which an unused neighbour is forgotten", 1, 1000000, 60},
	 NET(neigh_stale_s)},
};
/* clang-format on */

const struct tunable *tunable_at(size_t i)
{
	return i < ARRAY_LEN(tunables) ? &tunables[i] : NULL;
}

const struct tunable *tunable_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(tunables); i++)
		if (strcmp(tunables[i].pub.name, name) == 0)
			return &tunables[i];
	return NULL;
}
