# SPDX-License-Identifier: ISC
#
# questions.py - what the suite asks, whom, and what tern must reach
#
# A question has contests; in a contest each system runs a command that prints
# its figures.  Goals are of the median: a plain number that tern must reach, or
# a peer and the multiple of its figure.

from dataclasses import dataclass, field


@dataclass
class Contest:
    name: str
    entries: dict  # system -> command, as a list of words
    goals: dict = field(default_factory=dict)  # figure -> goal, see above
    rounds: int = 0  # 0: as many as are asked for


@dataclass
class Question:
    title: str
    contests: list
    less: bool = False  # less is better
    note: str = ""


WINDOWS = ("64k", "256k", "1m", "4m")


def tern(*words):
    return ["{build}/tuned/bench-tern", *words]


def plain(*words):
    """As anybody's build is: not tuned by a profile."""
    return ["{build}/bench-tern", *words]


def lwip(program, *words):
    return [f"{{build}}/bench-lwip-{program}", *words]


def linux(*words):
    return ["{build}/bench-linux", *words]


def limit(*words):
    return ["{build}/bench-limit", *words]


def gvisor(*words):
    return ["{build}/bench-gvisor", *words]


VETH = ("client_ns={client_ns}", "server_ns={server_ns}",
        "address={veth_address}")


def bulk():
    contests = []
    for window in WINDOWS:
        w = f"window={window}"
        goals = [("lwip", 2.5)]
        if window == "4m":
            goals.append(("bulk 64k", 0.8))
        contests.append(Contest(window, {
            "tern": tern("bulk", w),
            "tern plain": plain("bulk", w),
            "lwip": lwip(window, "bulk", w),
            "linux veth": linux("bulk", w, *VETH),
            "iperf3 veth": ["bench/linux/iperf3", w, *VETH],
            "gvisor": gvisor("bulk", w),
            "limit": limit("bulk", w),
        }, {"": goals}))
    return Question(
        "Bulk, MSS 1460: checksums made and checked, data copied in and out",
        contests, note="limit: copy, sum, sum, copy of 1460 bytes")


def super_segments():
    w = "window=1m"
    return Question(
        "Bulk, segments of 64 KiB over a link that is trusted", [
            Contest("1m", {
                "tern": tern("bulk", w, "gso=1", "trusted=1"),
                "linux lo": linux("bulk", w),
                "iperf3 lo": ["bench/linux/iperf3", w],
                "limit": limit("super", "window=64k"),
            }, {"": [("linux lo", 8), ("limit", 0.6)]}),
            Contest("by reference", {
                "tern": tern("bulk", w, "gso=1", "trusted=1", "zc=1"),
                "copied": tern("bulk", w, "gso=1", "trusted=1"),
            }, {"": [("copied", 3)]})],
        note="limit: two copies of 64 KiB that stay in the cache; by "
             "reference: tern_send_zc and tern_recv_zc, and nobody reads")


def rr():
    floor = {"1": 2e6, "100": 1.8e6, "10k": 1.2e6, "1m": 0.6e6}
    # What one end of a connection has that is not in the cache; of a million,
    # few have a cold half.
    lines = {"10k": 28, "1m": 14}
    contests = []
    for conns, goal in floor.items():
        number = conns.replace("k", "000").replace("m", "000000")
        c = f"conns={number}"
        entries = {"tern": tern("rr", c), "tern plain": plain("rr", c)}
        if conns != "1m":
            entries["lwip"] = lwip("pcbs" if conns == "10k" else "64k", "rr", c)
            entries["linux lo"] = linux("rr", c)
            entries["linux veth"] = linux("rr", c, *VETH)
            entries["gvisor"] = gvisor("rr", c)
        if conns in lines:
            entries["limit"] = limit("touch", c, f"lines={lines[conns]}")
        contests.append(Contest(conns, entries, {"": [goal]}))
    return Question(
        "Requests and responses of 64 bytes, over connections at random",
        contests, note="one at a time on 1 connection, else 32 at a time; "
                       "limit: as many lines of the cache as both ends have, "
                       "28 or 14 each, asked for and written, and nothing else")


def crr():
    return Question(
        "Connect, 64 bytes each way, four-way close; 100 at a time", [
            Contest("alone", {
                "tern": tern("crr"),
                "tern plain": plain("crr"),
                "lwip": lwip("few", "crr"),
                "linux lo": linux("crr"),
                "linux veth": linux("crr", *VETH),
                "gvisor": gvisor("crr"),
            }, {"": [5e5]}),
            Contest("crowd", {
                "tern": tern("crr", "idle=1000000", "waiting=1000000"),
            }, {"": [4e5]})],
        note="crowd: with 1 M idle connections and 1 M in TIME-WAIT; lwIP "
             "keeps none in TIME-WAIT when it runs out of 400 control blocks")


def memory():
    return Question(
        "Memory of a connection that does nothing, a million of them", [
            Contest("idle", {
                "tern": tern("memory"),
                "lwip": lwip("pcbs", "memory", "conns=11990"),
                "linux lo": linux("memory", "conns=10000"),
            }, {"resident": [384]}),
            Contest("spoken", {"tern": tern("memory", "spoken=1")},
                    {"resident": [384]}),
            Contest("TIME-WAIT", {"tern": tern("memory", "what=timewait")},
                    {"charged": [64]}),
            Contest("SYN queue", {"tern": tern("memory", "what=synq")},
                    {"charged": [96]}),
        ], less=True,
        note="resident: growth of the process, or of Linux's slabs; charged: "
             "what tern counts itself; lwIP has 12 k, Linux 10 k")


def millions():
    return Question(
        "Ten million connections, both ends in one process", [
            Contest("10m", {"tern": tern("millions")}, rounds=1)], less=True,
        note="ns of processor time for each connection, and bytes for each; "
             "speak: a byte each way")


def tun():
    goals = {"": [("raw", 0.85)]}
    return Question(
        "TUN, segments of 64 KiB, to and from a Linux socket", [
            Contest("to", {
                "tern": tern("tun", "way=to", "zc=1", "ring=1"),
                "copied": tern("tun", "way=to", "ring=1"),
                "without ring": tern("tun", "way=to", "zc=1"),
                "raw": tern("tun", "way=to", "raw=1"),
            }, goals),
            Contest("from", {
                "tern": tern("tun", "way=from", "zc=1"),
                "copied": tern("tun", "way=from"),
                "raw": tern("tun", "way=from", "raw=1"),
            }, goals)],
        note="raw: a program that only reads and writes frames; tern sends "
             "and receives by reference, and writes bursts through "
             "io_uring; copied: through buffers of its own")


def timers():
    return Question(
        "Timers of a million connections", [
            Contest("1m", {"tern": tern("timers")}, {
                "idle": [1], "keepalive": [200], "retransmission": [200]})],
        less=True, note="idle: processor time in %; ns for an expiry, without "
                        "and with the making of the segment; random: each "
                        "at a time of its own")


def link(*words):
    return ["{build}/bench-link", *words]


def links():
    contests = []
    for kind in ("tap", "packet", "xdp"):
        for way in ("send", "recv"):
            for size in ("60", "1514"):
                words = ("packets", f"kind={kind}", f"way={way}",
                         f"size={size}")
                entries = {"tern": link(*words, "by=tern"),
                           "raw": link(*words, "by=raw")}
                if kind == "tap":
                    entries["uring"] = link("packets", "kind=uring",
                                            f"way={way}", f"size={size}",
                                            "by=raw")
                contests.append(Contest(f"{kind} {way} {size}", entries,
                                        {"": [("raw", 0.85)]}))
    return Question(
        "Frames through a link, beside a program that does nothing else",
        contests, note="at a TAP or one end of a veth; who sends what is "
                       "received counts too; xdp in copy mode")


def limits():
    return Question("What no stack can avoid", [
        Contest(act, {"limit": limit(act)})
        for act in ("copy", "checksum", "copysum")])


SCALE = (1, 10, 100, 1000, 10000, 100000, 1000000, 10000000)


def scale():
    return Question(
        "Costs as a function of the number of connections", [
            Contest(str(n), {"tern": tern("scale", f"conns={n}")}, rounds=3)
            for n in SCALE], less=True,
        note="ns for a packet, for opening and closing, for an expiry")


def pause():
    return Question(
        "The longest call, while connections come and go", [
            Contest(n, {"tern": tern("pause", f"conns={number}",
                                     f"times={times}")},
                    {"longest": [100]}, rounds=1)
            for n, number, times in (("1m", 1000000, 5),
                                     ("10m", 10000000, 3))],
        less=True,
        note="of each call the least of 5 runs, of 3 with 10 M")


QUESTIONS = {
    "bulk": bulk(),
    "super": super_segments(),
    "rr": rr(),
    "crr": crr(),
    "memory": memory(),
    "millions": millions(),
    "tun": tun(),
    "timers": timers(),
    "links": links(),
    "limits": limits(),
    "scale": scale(),
    "pause": pause(),
}
