# SPDX-License-Identifier: ISC
#
# peers.py - builds whom tern is compared with, and lays the wire of Linux
#
# What is not there is no error: prepare() returns the reasons, which the suite
# prints where the peer's turn would have been.

import os
import shutil
import subprocess

from questions import QUESTIONS, WINDOWS

GVISOR = "/usr/share/gocode/src/gvisor.dev/gvisor/pkg/tcpip"


class Absent(Exception):
    pass


def call(*command, env=None):
    try:
        done = subprocess.run(command, capture_output=True, text=True,
                              check=False, env=env)
    except OSError as error:
        raise Absent(str(error)) from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise Absent(lines[-1] if lines else f"{command[0]} failed")


def build_lwip(build):
    """A program for each window, and two with other numbers of blocks."""
    place = os.path.join(build, "peers")
    call("bench/lwip/fetch", place)
    source = os.path.join(place, "lwip")
    programs = {window: (size(window), 256) for window in WINDOWS}
    programs["pcbs"] = (65536, 12000)
    programs["few"] = (65536, 400)
    made = [os.path.join("bench/lwip", f) for f in os.listdir("bench/lwip")]
    newest = max(os.path.getmtime(f) for f in made + ["bench/measure.c"])
    for name, (window, blocks) in programs.items():
        program = os.path.join(build, f"bench-lwip-{name}")
        if os.path.exists(program) and os.path.getmtime(program) > newest:
            continue
        call("bench/lwip/build", source, str(window), str(blocks), program)


def size(text):
    units = {"k": 1 << 10, "m": 1 << 20}
    return int(text[:-1]) * units[text[-1]]


def build_gvisor(build):
    if not shutil.which("go"):
        raise Absent("golang-go is not installed")
    if not os.path.isdir(GVISOR):
        raise Absent("golang-gvisor-gvisor-dev is not installed")
    env = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode",
           "GOFLAGS": "",
           "GOCACHE": os.path.abspath(os.path.join(build, "peers/go"))}
    call("go", "build", "-o", os.path.join(build, "bench-gvisor"),
         "bench/gvisor/main.go", "bench/gvisor/count.go", env=env)


def build_own(build):
    call("cmake", "--build", build, "--target", "bench-tern", "bench-linux",
         "bench-limit", "bench-link")
    if not os.path.exists(os.path.join(build, "tuned/bench-tern")):
        call("scripts/tune", os.path.join(build, "tuned"),
             str(os.cpu_count()))


def check_iperf3():
    if not shutil.which("iperf3"):
        raise Absent("iperf3 is not installed")


def prepare(names, build):
    """Builds what the questions need.  Returns system -> why it is absent."""
    build_own(build)
    wanted = {system.split()[0] for name in names
              for contest in QUESTIONS[name].contests
              for system in contest.entries}
    builders = {"lwip": lambda: build_lwip(build),
                "gvisor": lambda: build_gvisor(build),
                "iperf3": check_iperf3}
    absent = {}
    for system, make in builders.items():
        if system not in wanted:
            continue
        try:
            make()
        except Absent as reason:
            absent[system] = str(reason)
    return absent


class Veth:
    """Two network namespaces, and between them a wire without offloads."""

    OFFLOADS = ("tso", "gso", "gro", "tx", "rx", "sg")

    def __init__(self):
        self.ends = [f"tbench{os.getpid()}{end}" for end in "ab"]
        self.reason = None
        self.places = {"client_ns": self.ends[0], "server_ns": self.ends[1],
                       "veth_address": "10.99.0.2"}

    def __enter__(self):
        try:
            if os.geteuid():
                raise Absent("network namespaces need root")
            if not shutil.which("ethtool"):
                raise Absent("ethtool is not installed")
            for end in self.ends:
                call("ip", "netns", "add", end)
            call("ip", "link", "add", "veth0", "netns", self.ends[0], "type",
                 "veth", "peer", "name", "veth0", "netns", self.ends[1])
            for i, end in enumerate(self.ends):
                self._configure(end, f"10.99.0.{i + 1}/24")
        except Absent as reason:
            self.reason = str(reason)
        return self

    def _configure(self, end, address):
        call("ip", "-n", end, "addr", "add", address, "dev", "veth0")
        call("ip", "-n", end, "link", "set", "veth0", "up")
        for offload in self.OFFLOADS:
            call("ip", "netns", "exec", end, "ethtool", "-K", "veth0",
                 offload, "off")

    def __exit__(self, *_):
        for end in self.ends:
            subprocess.run(["ip", "netns", "del", end], check=False,
                           stderr=subprocess.DEVNULL)
