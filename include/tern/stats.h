/* SPDX-License-Identifier: ISC */
/*
 * stats.h - what a stack counts: events, and drops by their reason
 *
 * Counters carry the names that Linux gives them in /proc/net/snmp and
 * /proc/net/netstat, so that what people know still holds.  Every frame or
 * segment that is thrown away is counted under one reason of enum tern_drop;
 * where Linux counts the same thing, that counter moves too.
 */
#ifndef TERN_STATS_H
#define TERN_STATS_H

#include <tern/types.h>

/* clang-format off */
#define TERN_COUNTERS(X) \
	X(IpInReceives) X(IpInHdrErrors) X(IpInAddrErrors) X(IpInDiscards) \
	X(IpInDelivers) X(IpInUnknownProtos) X(IpInCsumErrors) \
	X(IpOutRequests) X(IpOutDiscards) X(IpOutNoRoutes) \
	X(IpOutTransmits) X(IpExtInOctets) X(IpExtOutOctets) X(IcmpInMsgs) \
	X(IcmpInErrors) X(IcmpInCsumErrors) X(IcmpInDestUnreachs) \
	X(IcmpInTimeExcds) X(IcmpInParmProbs) X(IcmpInSrcQuenchs) \
	X(IcmpInRedirects) X(IcmpInEchos) X(IcmpInEchoReps) X(IcmpOutMsgs) \
	X(IcmpOutDestUnreachs) X(IcmpOutTimeExcds) X(IcmpOutEchoReps) \
	X(IcmpOutRateLimitHost) X(IcmpOutRateLimitGlobal) X(ArpInRequests) \
	X(ArpInReplies) X(ArpOutRequests) X(ArpOutReplies) X(ArpUnresolved) \
	X(TcpActiveOpens) X(TcpPassiveOpens) X(TcpAttemptFails) \
	X(TcpEstabResets) X(TcpInSegs) X(TcpOutSegs) X(TcpRetransSegs) \
	X(TcpInErrs) X(TcpOutRsts) X(TcpInCsumErrors) \
	X(TcpExtSyncookiesSent) X(TcpExtSyncookiesRecv) \
	X(TcpExtSyncookiesFailed) X(TcpExtEmbryonicRsts) \
	X(TcpExtListenOverflows) X(TcpExtListenDrops) \
	X(TcpExtTCPReqQFullDrop) X(TcpExtTCPReqQFullDoCookies) \
	X(TcpExtTCPDeferAcceptDrop) X(TcpExtTW) X(TcpExtTWRecycled) \
	X(TcpExtTCPTimeWaitOverflow) X(TcpExtPAWSEstab) \
	X(TcpExtDelayedACKs) X(TcpExtTCPHPHits) X(TcpExtTCPPureAcks) \
	X(TcpExtTCPHPAcks) X(TcpExtTCPRenoRecovery) X(TcpExtTCPTimeouts) \
	X(TcpExtTCPFastRetrans) X(TcpExtTCPSlowStartRetrans) \
	X(TcpExtTCPSackRecovery) X(TcpExtTCPSackRecoveryFail) \
	X(TcpExtTCPSACKReneging) X(TcpExtTCPSACKReorder) \
	X(TcpExtTCPSACKDiscard) X(TcpExtTCPLostRetransmit) \
	X(TcpExtTCPLossProbes) X(TcpExtTCPLossProbeRecovery) \
	X(TcpExtTCPDSACKOldSent) X(TcpExtTCPDSACKOfoSent) \
	X(TcpExtTCPDSACKRecv) X(TcpExtTCPDSACKOfoRecv) \
	X(TcpExtTCPDSACKUndo) X(TcpExtTCPLossUndo) X(TcpExtTCPFullUndo) \
	X(TcpExtTCPPartialUndo) X(TcpExtTCPSynRetrans) X(TcpExtTCPOFOQueue) \
	X(TcpExtTCPOFODrop) X(TcpExtTCPOFOMerge) X(TcpExtTCPRcvQDrop) \
	X(TcpExtTCPZeroWindowDrop) X(TcpExtTCPChallengeACK) \
	X(TcpExtTCPSYNChallenge) X(TcpExtTCPACKSkippedChallenge) \
	X(TcpExtTCPACKSkippedSeq) X(TcpExtTCPACKSkippedTimeWait) \
	X(TcpExtTCPAbortOnData) X(TcpExtTCPAbortOnClose) \
	X(TcpExtTCPAbortOnMemory) X(TcpExtTCPAbortOnTimeout) \
	X(TcpExtTCPAbortOnLinger) X(TcpExtTCPFromZeroWindowAdv) \
	X(TcpExtTCPToZeroWindowAdv) X(TcpExtTCPKeepAlive) \
	X(TcpExtTCPWinProbe) X(TcpExtTCPOrigDataSent) \
	X(TcpExtTCPMTUPSuccess) X(TcpExtTCPMTUPFail) \
	X(TcpExtTCPTimeWaitReuse) X(TcpExtTCPSpuriousRTOs) \
	X(TcpExtTCPLimitedTransmit) X(TcpExtOutOfWindowIcmps) \
	X(TcpExtTCPFastOpenActive) X(TcpExtTCPFastOpenActiveFail) \
	X(TcpExtTCPFastOpenPassive) X(TcpExtTCPFastOpenPassiveFail) \
	X(TcpExtTCPFastOpenListenOverflow) X(TcpExtTCPFastOpenCookieReqd) \
	X(TcpExtTCPFastOpenBlackhole) X(TcpExtTCPUrgent) \
	X(TcpExtTCPMemoryPressures) X(TcpExtTCPMemoryPressuresChrono) \
	X(TcpExtTCPMinTTLDrop) X(TcpExtTCPMD5Unexpected)

/*
 * Reasons to throw something away: name, what it means.  DROP_NONE is 0.
 */
#define TERN_DROPS(X) \
	X(NONE, "not dropped") \
	X(NO_MEMORY, "the memory limit is reached") \
	X(FRAME_SHORT, "a header does not fit into the frame") \
	X(FRAME_SCATTERED, "headers are not contiguous") \
	X(ETH_NOT_FOR_US, "Ethernet destination is another station") \
	X(ETH_TYPE, "EtherType is not spoken here") \
	X(ARP_INVALID, "malformed ARP packet") \
	X(ARP_NOT_FOR_US, "ARP request for another host") \
	X(ARP_UNSOLICITED, "ARP reply that nobody asked for") \
	X(ARP_CONFLICT, "another station claims an address of ours") \
	X(ARP_QUEUE_FULL, "too many frames wait for one neighbour") \
	X(ARP_UNRESOLVED, "neighbour did not answer") \
	X(NEIGH_TABLE_FULL, "neighbour table is full") \
	X(IP_VERSION, "IP version is not 4") \
	X(IP_HEADER_LENGTH, "IP header length is illegal") \
	X(IP_TOTAL_LENGTH, "IP total length is illegal") \
	X(IP_CHECKSUM, "IP header checksum is wrong") \
	X(IP_OPTIONS, "malformed or source-routing IP option") \
	X(IP_FRAGMENT, "IP fragment") \
	X(IP_SOURCE, "IP source address is illegal") \
	X(IP_DESTINATION, "IP destination is not this host") \
	X(IP_PROTOCOL, "IP protocol is not spoken here") \
	X(IP_NO_ROUTE, "no route to the destination") \
	X(IP_TTL, "time to live is used up") \
	X(IP_TOO_BIG, "datagram exceeds the MTU and may not be cut") \
	X(ICMP_SHORT, "ICMP message is too short") \
	X(ICMP_CHECKSUM, "ICMP checksum is wrong") \
	X(ICMP_TYPE, "ICMP type is ignored") \
	X(ICMP_GROUP, "ICMP message to a group address") \
	X(ICMP_QUOTE, "quoted datagram is unusable") \
	X(ICMP_NO_CONNECTION, "quoted segment is of no connection") \
	X(ICMP_OUT_OF_WINDOW, "quoted sequence number is not in flight") \
	X(ICMP_MTU, "path MTU told is not less than the datagram was") \
	X(ICMP_RATE, "ICMP rate limit") \
	X(REPLY_QUEUE_FULL, "too many replies wait for the link") \
	X(LINK_DOWN, "interface is down") \
	X(TCP_HEADER, "TCP header is malformed") \
	X(TCP_CHECKSUM, "TCP checksum is wrong") \
	X(TCP_OPTION, "malformed TCP option") \
	X(TCP_BROADCAST, "TCP segment to or from a group address") \
	X(TCP_LAND, "SYN whose source is its destination") \
	X(TCP_SIGNED, "MD5 signature (RFC 2385) without a key for it") \
	X(TCP_MIN_TTL, "time to live is less than IP_MINTTL allows") \
	X(TCP_DEVICE, "not the interface of SO_BINDTODEVICE") \
	X(TCP_NO_SOCKET, "no connection and no listener") \
	X(TCP_FLAGS, "flags make no sense in this state") \
	X(TCP_LISTEN_ACK, "ACK to a listener, no cookie") \
	X(TCP_LISTEN_RST, "RST to a listener") \
	X(TCP_ACCEPT_QUEUE_FULL, "accept queue is full") \
	X(TCP_SYN_QUEUE_FULL, "SYN queue is full") \
	X(TCP_DEFER_ACCEPT, "bare ACK while TCP_DEFER_ACCEPT waits for data") \
	X(TCP_COOKIE, "SYN cookie is not ours") \
	X(TCP_SEQ, "sequence number is outside the window") \
	X(TCP_ACK, "acknowledgement is of something never sent") \
	X(TCP_NO_ACK, "segment without ACK in a synchronized state") \
	X(TCP_OLD_ACK, "acknowledgement is too old") \
	X(TCP_RST_SEQ, "RST inside the window but not at its left edge") \
	X(TCP_SYN_IN_WINDOW, "SYN in a synchronized state") \
	X(TCP_PAWS, "timestamp is older than the last") \
	X(TCP_NO_TIMESTAMP, "timestamp option is missing") \
	X(TCP_DUPLICATE, "all of the text was received before") \
	X(TCP_AFTER_FIN, "text beyond the FIN") \
	X(TCP_ZERO_WINDOW, "text while the window is closed") \
	X(TCP_OOO_FULL, "reassembly queue is full") \
	X(TCP_RCV_BUFFER, "receive buffer is full") \
	X(TCP_CLOSED_DATA, "text for a socket that is closed") \
	X(TCP_TIMEWAIT, "old segment in TIME-WAIT") \
	X(TCP_TIMEWAIT_RST, "RST in TIME-WAIT is ignored, RFC 1337") \
	X(TCP_TIMEWAIT_FULL, "TIME-WAIT table is full") \
	X(TCP_CHALLENGE_RATE, "challenge ACK is over its budget") \
	X(TCP_RST_RATE, "RST rate limit")

enum tern_counter {
#define X(name) TERN_##name,
	TERN_COUNTERS(X)
#undef X
	TERN_COUNTER_N,
};

enum tern_drop {
#define X(name, what) TERN_DROP_##name,
	TERN_DROPS(X)
#undef X
	TERN_DROP_N,
};
/* clang-format on */

/* Returns the value of a counter since tern_create(). */
TERN_API uint64_t tern_counter(const struct tern *n, enum tern_counter c);

/* Returns how much was thrown away for reason `d`. */
TERN_API uint64_t tern_drops(const struct tern *n, enum tern_drop d);

/* Returns Linux's name of the counter, such as "TcpExtListenOverflows". */
TERN_API const char *tern_counter_name(enum tern_counter c);

/* Returns the reason's name, such as "TCP_SEQ", and its meaning in words. */
TERN_API const char *tern_drop_name(enum tern_drop d);
TERN_API const char *tern_drop_text(enum tern_drop d);

/*
 * Memory in use, in bytes: of one purpose, of all, the most there ever was,
 * and the limit from the configuration.
 */
TERN_API size_t tern_memory(const struct tern *n, enum tern_mem_purpose p);
TERN_API size_t tern_memory_total(const struct tern *n);
TERN_API size_t tern_memory_peak(const struct tern *n);
TERN_API size_t tern_memory_limit(const struct tern *n);

#endif
