#!/bin/sh
# SPDX-License-Identifier: ISC
#
# 40-queues - a full accept queue, and a closed window, on either side
#
#	python3 (Linux, 10.9.0.1) ----- TUN, TAP ----- tern (10.9.0.2)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# tern has the listener: one is being served, backlog + 1 wait, the others'
# SYNs are dropped and sent again, until there is room.
full_at_tern()
{
	device "$1"
	# shellcheck disable=SC2086 # a list of words on purpose
	"$tern" nc -l -k -d --backlog 1 $link 5000 >"$work/out" 2>"$work/err" &
	nc=$!
	started="$started $nc"
	within 10 tern_listens 5000
	python3 - >"$work/peer" 2>&1 <<-'EOF' &
	import select, socket, time

	def connecting(n):
	    sockets = []
	    for _ in range(n):
	        s = socket.socket()
	        s.setblocking(False)
	        s.connect_ex(("10.9.0.2", 5000))
	        sockets.append(s)
	        time.sleep(0.1)
	    return sockets

	def connected(s):
	    return s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1

	all = connecting(6)
	time.sleep(0.3)
	print("connected", sum(map(connected, all)), flush=True)
	time.sleep(0.7)
	done = set()
	end = time.time() + 30
	while len(done) < 6 and time.time() < end:
	    for s in all:
	        if s not in done and connected(s):
	            s.setblocking(True)
	            s.sendall(b"x")
	            s.shutdown(socket.SHUT_WR)
	            while s.recv(100):
	                pass
	            done.add(s)
	    time.sleep(0.05)
	print("served", len(done), flush=True)
	EOF
	p=$!
	started="$started $p"
	within 10 grep -q connected "$work/peer"
	same "$1: tern's queue takes one served and two waiting" \
		"$(cat "$work/peer")" 'connected 3'
	same "$1: tern ss: Recv-Q and Send-Q of the listener" \
		"$("$tern" ss -Htln | awk '{ print $2 "/" $3 }')" 2/1
	check "$1: Linux in SYN-SENT" linux_has SYN-SENT 5000
	"$tern" ss --stats >"$work/stats"
	contains "$1: counted" "$work/stats" TcpExtListenOverflows
	contains "$1: named" "$work/stats" 'TCP_ACCEPT_QUEUE_FULL'
	end_of $p 40
	same "$1: all six are served in the end" \
		"$(tail -n 1 "$work/peer")" 'served 6'
	same "$1: six bytes came" "$(wc -c <"$work/out")" 6
	kill -INT $nc
	end_of $nc
	same "$1: SIGINT ends nc -lk with status 0" $? 0
}

# Linux has the listener, whose queue is full with connections of its own.
full_at_linux()
{
	device "$1"
	rm -f "$work/go"
	mkfifo "$work/go"
	python3 - "$work/go" >"$work/peer" 2>&1 <<-'EOF' &
	import socket, sys
	server = socket.create_server(("10.9.0.1", 5201), backlog=1)
	own = [socket.create_connection(("10.9.0.1", 5201)) for _ in range(2)]
	open(sys.argv[1]).read()
	for s in own:
	    server.accept()
	server.settimeout(20)
	for n in range(6):
	    s, _ = server.accept()
	    data = b""
	    while len(data) < 64:
	        data += s.recv(64 - len(data))
	    s.sendall(data)
	    while s.recv(100):
	        pass
	print("served", n + 1, flush=True)
	EOF
	p=$!
	started="$started $p"
	within 10 linux_listens 5201
	within 10 full
	# shellcheck disable=SC2086
	"$tern" perf -c $LINUX --crr -P 6 --count 6 $link \
		>"$work/out" 2>"$work/err" &
	perf=$!
	started="$started $perf"
	ready $perf
	check "$1: tern in SYN-SENT" within 5 tern_has SYN-SENT 5201
	check "$1: and sends its SYN again" within 5 sends_again
	echo >"$work/go"
	end_of $p 40
	same "$1: Linux serves all six in the end" "$(cat "$work/peer")" \
		'served 6'
	end_of $perf
	same "$1: tern perf has lost none" $? 0
}

# shellcheck disable=SC2317 # within calls it
full()
{
	[ "$(ss -Htln 'sport = :5201' | awk '{ print $2 }')" = 2 ]
}

# shellcheck disable=SC2317 # within calls it
sends_again()
{
	"$tern" ss -Htano | grep -q 'SYN-SENT.*timer:(on,[^,]*,[1-9]'
}

# The receiver does not read: the window closes, and opens again.
window()
{
	head -c 20000000 /dev/urandom >"$work/data"
	hash=$(sum "$work/data")

	device "$1"
	mkfifo "$work/out-$1"
	# shellcheck disable=SC2086
	"$tern" nc -l $link 5000 >"$work/out-$1" 2>"$work/err" </dev/null &
	nc=$!
	started="$started $nc"
	exec 5<>"$work/out-$1"
	within 10 tern_listens 5000
	python3 "$here/peer.py" connect $TERN 5000 \
		sendfile="$work/data" shut eof 5>&- &
	p=$!
	started="$started $p"
	check "$1: Linux probes tern's closed window" \
		within 20 linux_persists 5000
	# Opened before the writing end goes: nc must never be without a reader.
	exec 6<"$work/out-$1" 5>&-
	sha256sum <&6 >"$work/hash" &
	reader=$!
	started="$started $reader"
	exec 6<&-
	end_of $p
	end_of $nc
	end_of $reader
	same "$1: and all arrives" "$(cut -d ' ' -f 1 "$work/hash")" "$hash"

	device "$1"
	rm -f "$work/go"
	mkfifo "$work/go"
	python3 "$here/peer.py" listen 5001 1 go save="$work/got" <"$work/go" &
	p=$!
	started="$started $p"
	exec 4>"$work/go"
	within 10 linux_listens 5001
	# shellcheck disable=SC2086
	"$tern" nc $link $LINUX 5001 <"$work/data" >/dev/null 4>&- &
	nc=$!
	started="$started $nc"
	check "$1: tern probes Linux's closed window" \
		within 20 tern_persists 5001
	exec 4>&-
	end_of $p
	end_of $nc
	same "$1: tern nc ends with" $? 0
	same "$1: and all arrives there" "$(sum "$work/got")" "$hash"
}

# shellcheck disable=SC2317 # within calls it
linux_persists()
{
	ss -Htano "( dport = :$1 )" | grep -q 'timer:(persist'
}

# shellcheck disable=SC2317 # within calls it
tern_persists()
{
	"$tern" ss -Htano 2>/dev/null | grep -q ":$1 .*timer:(persist"
}

for kind in tun tap; do
	full_at_tern "$kind"
	full_at_linux "$kind"
	window "$kind"
done
conclude
