#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""peer - one end of a connection of Linux's, told what to do step by step

    peer.py listen PORT [BACKLOG] STEP...
    peer.py connect HOST PORT STEP...

Steps: send=TEXT, sendfile=FILE, recv=BYTES (prints them), save=FILE (all until
the end of the stream), flood (sends zeroes
for ever), eof (there must be nothing more), shut (sends FIN),
reset (closes with RST), close, sleep=SECONDS, go (waits for a line or the end
of standard input), say=TEXT.

Exits 0, or 1 after the name of the error: ECONNREFUSED, ECONNRESET, ...
"""

import errno
import os
import socket
import struct
import sys
import time


def save(sock, name):
    with open(name, "wb") as out:
        while data := sock.recv(1 << 18):
            out.write(data)


def recv(sock, count):
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise SystemExit(f"end of stream after {len(data)} bytes")
        data += piece
    sys.stdout.write(data.decode())
    sys.stdout.flush()


def eof(sock):
    data = sock.recv(100)
    if data:
        raise SystemExit(f"{data!r} where the end was expected")


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    sock.close()


def sendfile(sock, name):
    with open(name, "rb") as source:
        sock.sendfile(source)


def flood(sock):
    while True:
        sock.sendall(bytes(1 << 18))


STEPS = {
    "send": lambda s, v: s.sendall(v.encode()),
    "sendfile": sendfile,
    "recv": lambda s, v: recv(s, int(v)),
    "save": save,
    "flood": lambda s, v: flood(s),
    "eof": lambda s, v: eof(s),
    "shut": lambda s, v: s.shutdown(socket.SHUT_WR),
    "reset": lambda s, v: reset(s),
    "close": lambda s, v: s.close(),
    "sleep": lambda s, v: time.sleep(float(v)),
    "go": lambda s, v: sys.stdin.readline(),
    "say": lambda s, v: print(v, flush=True),
}


def main():
    kind, *steps = sys.argv[1:]
    if kind == "listen":
        listener = socket.create_server(
            ("", int(steps.pop(0))), reuse_port=False,
            backlog=int(steps.pop(0)) if steps[1:2] and
            steps[1].isdigit() else 1)
        if steps and steps[0].isdigit():
            steps.pop(0)
        sock, _ = listener.accept()
    else:
        host, port = steps.pop(0), int(steps.pop(0))
        sock = socket.create_connection((host, port), timeout=60)
        sock.settimeout(None)
    for step in steps:
        name, _, value = step.partition("=")
        STEPS[name](sock, value)


try:
    main()
except OSError as error:
    print(errno.errorcode.get(error.errno, error), file=sys.stderr)
    os._exit(1)
