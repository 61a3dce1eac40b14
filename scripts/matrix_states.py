# SPDX-License-Identifier: ISC
#
# matrix_states.py - the states of a connection, for scripts/matrix
#
# How a connection gets into each (the functions in PREAMBLES), and how it is
# proven to be there (those in PROOFS), as lines of a packet script.  All of them
# keep a Peer up to date, who knows the sequence numbers.

MSS = 1000	# of the peer, and what we send at a time
WND = 1000	# what the peer offers, so MAX.SND.WND

STATES = {
    "CLOSED": "TCP_CLOSE", "LISTEN": "TCP_LISTEN",
    "SYN-SENT": "TCP_SYN_SENT", "SYN-RECEIVED-active": "TCP_SYN_RECV",
    "ESTABLISHED": "TCP_ESTABLISHED", "FIN-WAIT-1": "TCP_FIN_WAIT1",
    "FIN-WAIT-2": "TCP_FIN_WAIT2", "CLOSE-WAIT": "TCP_CLOSE_WAIT",
    "CLOSING": "TCP_CLOSING", "LAST-ACK": "TCP_LAST_ACK",
}

AFTER_FIN = {
    "ESTABLISHED": "CLOSE-WAIT", "FIN-WAIT-1": "CLOSING",
    "FIN-WAIT-2": "TIME-WAIT",
}


class Peer:
    """The connection as the peer knows it; numbers count from each ISN."""

    def __init__(self, state):
        self.state = state
        self.lines = []
        self.fd = 3		# -1: accept() has still to give it
        self.una = self.nxt = 0	# what tern has sent
        self.rcv = 0		# RCV.NXT of tern
        self.edge = 0		# RCV.NXT + RCV.WND
        self.unread = 0
        self.urgent = ""	# ignored; ahead of the text; arrived; read
        self.held = None	# or first and last octet, whether a FIN is
        self.restarted = False	# the 2 MSL

    def say(self, *lines):
        self.lines += lines

    def arrives(self, flags, seq, n=0, ack=None, more="", after="+.03"):
        a = "" if ack is None else f" ack {ack % 2**32}"
        win = 0 if "R" in flags else WND
        self.say(f"{after} < {flags} {seq % 2**32}:{(seq + n) % 2**32}({n})"
                 f"{a} win {win}{more}")

    def leaves(self, flags, seq, n=0, ack=None, more="", after="+0"):
        a = "" if ack is None else f" ack {ack % 2**32}"
        self.say(f"{after} > {flags} {seq % 2**32}:{(seq + n) % 2**32}({n})"
                 f"{a}{more}")

    def acks(self, after="+0"):
        self.leaves(".", self.nxt, 0, self.rcv, after=after)

    def sends(self, n=MSS):
        self.say(f"+0 write({self.fd}, ..., {n}) = {n}")
        self.leaves("P.", self.nxt, n, self.rcv)
        self.nxt += n

    def is_in(self, state):
        name = STATES[state]
        self.say(f"+0 %{{ assert tcpi_state == {name}, tcpi_state }}%")


# How to get there.  SO_RCVBUF is so large that the window is 65535, the most
# that goes without scaling, whatever part of the buffer is offered.

def listens(p):
    p.say("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
          "+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0",
          "+0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [200000], 4) = 0",
          "+0 bind(3, ..., ...) = 0",
          "+0 listen(3, 1) = 0")
    p.fd = -1


def syn_sent(p):
    p.say("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
          "+0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [200000], 4) = 0",
          "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0",
          "+0 connect(3, ..., ...) = -1 EINPROGRESS "
          "(Operation now in progress)")
    p.leaves("S", 0, more=" <...>")
    p.nxt = 1


def syn_sent_alone(p):
    """Linux sends the SYN again when an ACK of it cannot be right."""
    p.say("`sysctl -q tern.tcp_linux_acks=0`")
    syn_sent(p)


def syn_received(p):
    listens(p)
    p.arrives("S", 0, more=f" <mss {MSS}>", after="+0")
    p.rcv = p.nxt = 1
    p.edge = p.rcv + 65535
    p.leaves("S.", 0, 0, 1, " win 65535 <mss 1460>")


def syn_received_active(p):
    syn_sent(p)
    p.arrives("S", 0, more=f" <mss {MSS}>")
    p.rcv = p.nxt = 1
    p.edge = p.rcv + 65535
    p.leaves("S.", 0, 0, 1, " win 65535 <mss 1460>")
    p.is_in(p.state)


# 2000 octets were sent and acknowledged, so that SND.UNA - MAX.SND.WND is
# something that was sent.
def open_and_send(p):
    syn_received(p)
    p.arrives(".", 1, 0, 1, after="+.1")
    p.una = 1
    accept(p)
    for _ in range(2):
        p.sends()
        p.arrives(".", 1, 0, p.nxt, after="+.1")
        p.una = p.nxt


def established(p):
    open_and_send(p)
    p.sends()


def shuts_down(p):
    p.say(f"+0 shutdown({p.fd}, SHUT_WR) = 0")
    p.leaves("F.", p.nxt, 0, p.rcv)
    p.nxt += 1


# The window does not move for the FIN: its right edge stays (3.8.6.2.2).
def peer_closes(p, ack):
    p.arrives("F.", p.rcv, 0, ack)
    p.rcv += 1
    p.leaves(".", p.nxt, 0, p.rcv, f" win {p.edge - p.rcv}")


def fin_wait_1(p):
    open_and_send(p)
    shuts_down(p)


def fin_wait_2(p):
    fin_wait_1(p)
    p.arrives(".", p.rcv, 0, p.nxt)
    p.una = p.nxt


def close_wait(p):
    open_and_send(p)
    peer_closes(p, p.nxt)
    p.sends()


def closing(p):
    fin_wait_1(p)
    peer_closes(p, p.una)


def last_ack(p):
    open_and_send(p)
    peer_closes(p, p.nxt)
    shuts_down(p)


def time_wait(p):
    p.say("`sysctl -q net.ipv4.tcp_rfc1337=1`")
    fin_wait_1(p)
    p.una = p.nxt
    peer_closes(p, p.nxt)


PREAMBLES = {
    "CLOSED": lambda p: p.say("0 `true`"), "LISTEN": listens,
    "SYN-SENT": syn_sent_alone, "SYN-RECEIVED": syn_received,
    "SYN-RECEIVED-active": syn_received_active,
    "ESTABLISHED": established, "FIN-WAIT-1": fin_wait_1,
    "FIN-WAIT-2": fin_wait_2, "CLOSE-WAIT": close_wait,
    "CLOSING": closing, "LAST-ACK": last_ack, "TIME-WAIT": time_wait,
}


# Proofs.

def accept(p):
    p.fd = 5 if any("= 4" in line for line in p.lines) else 4
    p.say(f"+0 accept(3, ..., ...) = {p.fd}")


# The gap before what is held is filled, in pieces that one packet can carry.
# A window that was closed opens again when it is read.
def fill_gap(p):
    first, last, fin = p.held
    while p.rcv < first:
        n = min(first - p.rcv, 32767)
        p.arrives("P.", p.rcv, n, p.una, after="+0")
        p.unread += n
        p.rcv += n
        if p.rcv == first:
            p.unread += last - first
            p.rcv = last + fin
        p.acks("+0~+.05")
    if fin:
        p.state = AFTER_FIN[p.state]
    read_all(p)
    if p.rcv == p.edge and not fin:
        p.acks()


# The last octet of the urgent data stands apart from the stream, if it is
# there; reading stops where it was.
def read_all(p):
    if p.urgent == "arrived":
        p.say(f"+0 recv({p.fd}, ..., 1, MSG_OOB) = 1")
        p.unread -= 1
        p.urgent = "read"
    if p.unread:
        p.say(f"+0 read({p.fd}, ..., 100000) = {p.unread}")
    p.unread = 0


def prove_urgent(p):
    told = "0" if p.urgent == "ignored" else "POLLPRI"
    if p.state in ("CLOSING", "LAST-ACK", "TIME-WAIT", "CLOSED"):
        told = "POLLHUP"
    n = 0 if told == "0" else 1
    p.say(f"+0 poll([{{fd={p.fd}, events=POLLPRI, revents={told}}}], 1, 0)"
          f" = {n}")


def text_is_taken(p):
    p.arrives("P.", p.rcv, 10, p.una)
    p.rcv += 10
    p.unread += 10
    p.acks("+0~+.05")
    read_all(p)


def is_acked(p):
    n = 1 if p.una < p.nxt else 0
    p.say(f"+0 %{{ assert tcpi_unacked == {n}, tcpi_unacked }}%")


def the_end_is_read(p):
    p.say(f"+0 read({p.fd}, ..., 100000) = 0")


def prove_established(p):
    is_acked(p)
    text_is_taken(p)
    p.arrives(".", p.rcv, 0, p.nxt)
    p.sends(10)


def prove_fin_wait_1(p):
    text_is_taken(p)
    p.arrives(".", p.rcv, 0, p.nxt)
    p.una = p.nxt
    p.is_in("FIN-WAIT-2")


def prove_fin_wait_2(p):
    text_is_taken(p)
    p.arrives("F.", p.rcv, 0, p.nxt)
    p.rcv += 1
    p.acks()
    the_end_is_read(p)


def prove_close_wait(p):
    is_acked(p)
    the_end_is_read(p)
    p.arrives(".", p.rcv, 0, p.nxt)
    p.sends(10)


def prove_closing(p):
    p.arrives(".", p.rcv, 0, p.nxt)
    p.una = p.nxt
    prove_time_wait(p)


# The FIN again is acknowledged, and when 2 MSL are over it meets nobody.
def prove_time_wait(p):
    p.arrives("F.", p.rcv - 1, 0, p.nxt, after="+1")
    p.acks()
    p.arrives("F.", p.rcv - 1, 0, p.nxt, after="+61")
    p.leaves("R", p.nxt)


# 40 s are over.  An old ACK is answered and restarts nothing; 71 s after the
# first FIN another one meets TIME-WAIT if it has begun anew, or else nobody.
def prove_time_wait_goes_on(p):
    p.arrives(".", p.rcv - 1, 0, p.nxt, after="+1")
    p.acks()
    p.arrives("F.", p.rcv - 1, 0, p.nxt, after="+30")
    if p.restarted:
        p.acks()
    else:
        p.leaves("R", p.nxt)


def prove_last_ack(p):
    p.arrives(".", p.rcv, 0, p.nxt)
    p.is_in("CLOSED")
    prove_closed(p)


def prove_closed(p):
    p.arrives(".", p.rcv, 0, 4444)
    p.leaves("R", 4444)


def prove_listen(p):
    prove_closed(p)
    p.say("+0 poll([{fd=3, events=POLLIN, revents=0}], 1, 0) = 0")
    p.arrives("S", 0, more=f" <mss {MSS}>")
    p.leaves("S.", 0, 0, 1, " <mss 1460>")


def prove_syn_sent(p):
    p.arrives("S.", 0, 0, 1, f" <mss {MSS}>")
    p.leaves(".", 1, 0, 1)
    p.is_in("ESTABLISHED")


def prove_syn_received(p):
    p.arrives(".", p.rcv, 0, p.nxt)
    p.una = p.nxt
    accept(p)
    p.is_in("ESTABLISHED")
    prove_established(p)


def prove_syn_received_active(p):
    p.arrives(".", p.rcv, 0, p.nxt)
    p.una = p.nxt
    p.is_in("ESTABLISHED")
    prove_established(p)


PROOFS = {
    "CLOSED": prove_closed, "LISTEN": prove_listen,
    "SYN-SENT": prove_syn_sent, "SYN-RECEIVED": prove_syn_received,
    "SYN-RECEIVED-active": prove_syn_received_active,
    "ESTABLISHED": prove_established, "FIN-WAIT-1": prove_fin_wait_1,
    "FIN-WAIT-2": prove_fin_wait_2, "CLOSE-WAIT": prove_close_wait,
    "CLOSING": prove_closing, "LAST-ACK": prove_last_ack,
    "TIME-WAIT": prove_time_wait,
}


def prove(p, begun):
    if p.state not in ("LISTEN", "SYN-RECEIVED", "CLOSED") and p.fd < 0:
        accept(p)
    if p.state in STATES and p.state != "LISTEN" and begun != "CLOSED":
        p.is_in(p.state)
    if p.urgent:
        prove_urgent(p)
    if p.held:
        was = p.state
        fill_gap(p)
        if p.state != was and p.state in STATES:
            p.is_in(p.state)
    else:
        read_all(p)
    if begun == p.state == "TIME-WAIT":
        prove_time_wait_goes_on(p)
    else:
        PROOFS[p.state](p)
