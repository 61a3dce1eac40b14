/* SPDX-License-Identifier: ISC */
/*
 * shake_list.c - the scenarios, in the order in which they tell the story
 */
#include "shake.h"

static const struct shake_scenario scenarios[] = {
	{"open", "the three-way handshake",
	 "Why three? Each side must tell where its numbers begin, and hear "
	 "that this was understood: two questions and two answers, and the "
	 "middle two travel in one segment.",
	 shake_open},
	{"data", "bytes with numbers",
	 "Every byte has a number. ack names the next one that is expected, so "
	 "it acknowledges everything before it.",
	 shake_data},
	{"close", "the four-way close and TIME-WAIT",
	 "Why four? Each direction is closed by itself: FIN and ACK there, FIN "
	 "and ACK back, and between the two the other side may go on talking. "
	 "Whoever closes first waits 2MSL at the end.",
	 shake_close_four},
	{"simultaneous-open", "both connect at the same moment",
	 "No server at all: both ends bind a port and connect to each other. "
	 "The SYNs cross, and one connection comes of it, not two.",
	 shake_simultaneous_open},
	{"simultaneous-close", "both close at the same moment",
	 "The FINs cross, and both ends pass through CLOSING, the state that "
	 "is seen least of all. Both wait in TIME-WAIT.",
	 shake_simultaneous_close},
	{"half-close", "one direction ends, the other goes on",
	 "shutdown(SHUT_WR) says: I have sent all I had. What the other side "
	 "still has to say arrives all the same, in FIN-WAIT-2.",
	 shake_half_close},
	{"fin-ack", "three segments close as well",
	 "If the other side has nothing left to say, its ACK and its FIN go "
	 "out as one segment: from FIN-WAIT-1 straight to TIME-WAIT.",
	 shake_fin_ack},
	{"lost-last-ack", "why TIME-WAIT: the last ACK gets lost",
	 "Nobody acknowledges an ACK. Whoever sent the last one has to stay "
	 "and say it again when the FIN comes once more.",
	 shake_lost_last_ack},
	{"time-wait", "the port is busy until 2MSL are over",
	 "An old segment must not turn up in a new connection between the same "
	 "ports, so they rest for two lifetimes of a segment: one for the last "
	 "ACK to get there, one for a FIN to come back.",
	 shake_time_wait},
	{"half-open", "a client that withholds the third segment",
	 "This client sends a SYN and then nothing. Its request stays in the "
	 "SYN queue, visible as SYN-RECEIVED, until the server gives up.",
	 shake_half_open},
	{"lost-syn", "the first segment gets lost",
	 "The client cannot know whether its SYN was lost, or only the answer: "
	 "after one second it says the same again.",
	 shake_lost_syn},
	{"lost-syn-ack", "the second segment gets lost",
	 "Now both sides miss an answer, and both may repeat what they said. "
	 "The numbers show that it is the same request.",
	 shake_lost_syn_ack},
	{"lost-third-ack", "the third segment gets lost",
	 "The client is ESTABLISHED, the server is not. It does no harm: every "
	 "segment carries an acknowledgement, and the first data completes the "
	 "handshake.",
	 shake_lost_third_ack},
	{"no-listen", "nobody listens on the port",
	 "The host is there, the program is not: RST, and connect() says "
	 "ECONNREFUSED.",
	 shake_no_listen},
	{"syn-queue-full", "the SYN queue is full: cookies",
	 "A flood of SYNs that are never followed up fills the SYN queue. From "
	 "then on the server remembers nothing: what it must know is in the "
	 "number of its SYN,ACK, and comes back in the third segment.",
	 shake_syn_queue_full},
	{"accept-queue-full", "the accept queue is full",
	 "The server's program does not call accept(). When its accept queue "
	 "is full, further SYNs are thrown away without a word: the client "
	 "repeats them, and ends in ETIMEDOUT.",
	 shake_accept_queue_full},
	{"bind-none", "a client that binds nothing",
	 "connect() chooses: the address is that of the interface through "
	 "which the route leads, the port one of the ephemeral range.",
	 shake_bind_none},
	{"bind-foreign", "an address that is not this host's",
	 "bind() accepts only addresses that are the host's own.",
	 shake_bind_foreign},
	{"bind-busy", "a port that is taken",
	 "Two sockets cannot both listen on one address and port.",
	 shake_bind_busy},
	{"server-crash", "the server crashes and comes back",
	 "The server has forgotten everything, the client has not. Its next "
	 "data meets a host that knows of no such connection.",
	 shake_server_crash},
	{"cable-cut", "the cable is cut",
	 "No segment says that the cable is gone. Silence is all there is, and "
	 "the sender waits twice as long each time before it tries again.",
	 shake_cable_cut},
	{"keepalive", "is anybody there?",
	 "An idle connection sends nothing, for years if it must be. With "
	 "SO_KEEPALIVE the stack asks now and then, and notices that the other "
	 "side is gone.",
	 shake_keepalive},
	{"zero-window", "a receiver that does not read",
	 "The window says how much the receiver has room for. When it is 0 the "
	 "sender stops, and asks from time to time, lest a lost window update "
	 "stop both for ever.",
	 shake_zero_window},
	{"unix-open", "the same calls without a network",
	 "AF_UNIX sockets join two programs on one host: no segments, no "
	 "handshake. connect() puts the connection into the accept queue "
	 "itself.",
	 shake_unix_open},
	{"unix-full", "AF_UNIX: the backlog is full",
	 "Where a TCP client would be left to repeat its SYN, the AF_UNIX "
	 "client hears ECONNREFUSED at once: the queue is on this very host.",
	 shake_unix_full},
};

const struct shake_scenario *shake_scenario_at(unsigned int i)
{
	return i < sizeof(scenarios) / sizeof(scenarios[0]) ? &scenarios[i]
							    : NULL;
}
