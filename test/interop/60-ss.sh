#!/bin/sh
# SPDX-License-Identifier: ISC
#
# 60-ss - ss on Linux and tern ss agree on the state of each connection
#
#	ss, peer.py (Linux, 10.9.0.1) ----- TUN ----- tern (10.9.0.2), tern ss
#
# What one end sees is what it must be given what the other sees.  The third
# segment of a handshake is lost on purpose by --impair: of the packets in one
# direction only the first, the SYN, gets through.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

LATER=fffffffffffffffe # all packets but the first of 64

# both WHAT LINUX TERN PORT - the states at both ends
both()
{
	check "$1: Linux $2" within 5 linux_has "$2" "$4"
	check "$1: tern $3" within 5 tern_has "$3" "$4"
}

start_peer()
{
	rm -f "$work/go"
	mkfifo "$work/go"
	python3 "$here/peer.py" "$@" <"$work/go" >"$work/peer" 2>&1 \
		3>&- &
	p=$!
	started="$started $p"
	exec 4>"$work/go"
}

start_nc()
{
	rm -f "$work/in"
	mkfifo "$work/in"
	# shellcheck disable=SC2086 # a list of words on purpose
	"$tern" nc $link "$@" <"$work/in" >"$work/out" 2>"$work/err" 4>&- &
	nc=$!
	started="$started $nc"
	exec 3>"$work/in"
	ready $nc
}

stop()
{
	exec 3>&- 4>&-
	kill -KILL $nc $p 2>/dev/null
	wait $nc $p 2>/dev/null
}

# Linux connects, and its ACK is lost.
device tun
start_nc -l --impair rx-mask=$LATER 5000
within 5 tern_listens 5000
start_peer connect $TERN 5000 go
both 'third segment lost' ESTAB SYN-RECV 5000
"$tern" ss -Htano >"$work/ss"
contains 'tern will send its SYN,ACK again' "$work/ss" 'SYN-RECV.*timer:(synack,'
"$tern" ss -Htlne >"$work/ss"
contains 'one entry in the SYN queue' "$work/ss" 'synq:1/'
"$tern" ss -Htn >"$work/ss"
same 'not shown without -a' "$(grep -c SYN-RECV "$work/ss")" 0
stop

# The same with the SYN,ACK lost.
device tun
start_nc -l --impair tx-mask=ffffffffffffffff 5000
within 5 tern_listens 5000
start_peer connect $TERN 5000 go
both 'second segment lost' SYN-SENT SYN-RECV 5000
stop

# tern connects, and its ACK is lost.
device tun
start_peer listen 5001 1 go
within 5 linux_listens 5001
start_nc --impair tx-mask=$LATER $LINUX 5001
both 'third segment of tern lost' SYN-RECV ESTAB 5001
stop

# Everything of tern's is lost.
device tun
start_peer listen 5001 1 go
within 5 linux_listens 5001
start_nc --impair tx-mask=ffffffffffffffff $LINUX 5001
check 'first segment of tern lost: tern SYN-SENT' \
	within 5 tern_has SYN-SENT 5001
stop

# Established, half closed both ways, and over.
device tun
start_nc -l --both -k 5000
within 5 tern_listens 5000
start_peer connect $TERN 5000 send=abc go shut go eof
both 'established' ESTAB ESTAB 5000
"$tern" ss -tanoimep >"$work/ss"
cat "$work/ss"
contains 'header' "$work/ss" '^State  *Recv-Q  *Send-Q  *Local Address:Port'
contains 'TCP_INFO' "$work/ss" 'mss:14[0-9]* pmtu:1500'
contains 'bytes' "$work/ss" 'bytes_received:3'
contains 'memory' "$work/ss" 'skmem:(r0,rb'
contains 'process' "$work/ss" "users:((\"tern nc\",pid=$nc,fd="
"$tern" ss --json -ta nc >"$work/json"
check 'JSON' python3 -c 'import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert {r["state"] for r in rows} == {"LISTEN", "ESTABLISHED"}, rows
assert all(r["pid"] > 0 for r in rows), rows' "$work/json"
echo >&4
both 'Linux closed' FIN-WAIT-2 CLOSE-WAIT 5000
exec 3>&-
both 'both closed' TIME-WAIT LISTEN 5000
check 'of tern nothing is left but the listener' \
	[ "$("$tern" ss -Htan | wc -l)" = 1 ]
stop

device tun
start_peer listen 5001 1 go shut go
within 5 linux_listens 5001
start_nc $LINUX 5001
both 'established' ESTAB ESTAB 5001
exec 3>&-
both 'tern closed' CLOSE-WAIT FIN-WAIT-2 5001
echo >&4
end_of $nc
same 'tern nc ends' $? 0
stop

# A server that closes first keeps TIME-WAIT, and is seen to.
device tun
mkdir "$work/www"
# shellcheck disable=SC2086
"$tern" httpd -q $link "$work/www" 2>"$work/err" &
nc=$!
started="$started $nc"
within 5 tern_listens 80
curl -s -0 -o /dev/null http://$TERN/
check 'tern in TIME-WAIT' within 5 tern_has TIME-WAIT 80
"$tern" ss -Htano >"$work/ss"
contains 'for its minute' "$work/ss" 'TIME-WAIT.*timer:(timewait,[15][0-9.minsec]*,0'
"$tern" ss -s >"$work/ss"
contains 'in the summary' "$work/ss" '^TIME-WAIT  *1$'
same 'Linux has none' "$(ss -Htan "dport = :80" | grep -c TIME-WAIT)" 0
check 'a tunable is read' [ "$("$tern" ss --sysctl \
	net.ipv4.tcp_syncookies)" = 'net.ipv4.tcp_syncookies = 1' ]
check 'and set' [ "$("$tern" ss --sysctl net.ipv4.tcp_syncookies=0)" = \
	'net.ipv4.tcp_syncookies = 0' ]
"$tern" ss --sysctl net.ipv4.tcp_syncookies=7x 2>"$work/err"
same 'not to anything' $? 1

# What a client of the control socket may do to the process: nothing.
check 'the control socket bears with anybody' python3 - \
	"$XDG_RUNTIME_DIR/tern/$nc.sock" <<-'EOF'
	import json, os, socket, stat, sys, time
	path = sys.argv[1]

	def connect():
	    s = socket.socket(socket.AF_UNIX)
	    s.connect(path)
	    s.settimeout(5)
	    return s, s.makefile()

	def ask(text):
	    s, f = connect()
	    try:
	        s.sendall(text)
	        return f.readline()
	    except ConnectionError:
	        return ""

	assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
	assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700
	for bad in (b"\n", b"x\n", b"[]\n", b'{"cmd": 1}\n', b'{"cmd": "no"}\n',
	            b'{"cmd": "trace", "types": ["no"]}\n', b"\xff\0\n",
	            b'{"cmd": "sysctl", "name": "no"}\n'):
	    assert "error" in json.loads(ask(bad)), bad
	assert ask(b"x" * 5000) == ""                      # longer than a line may be
	s, f = connect()
	s.sendall(b'{"cmd": "hello"}\n' * 200)             # many at once
	assert sum('"end"' in f.readline() for _ in range(400)) == 200
	crowd = []
	for _ in range(40):                                # more than it takes
	    crowd.append(connect())
	for c, f in crowd:
	    c.close()
	    f.close()
	time.sleep(0.5)
	deaf, _ = connect()                                # one that never reads
	for _ in range(3):
	    deaf.sendall(b'{"cmd": "sysctl"}\n' * 200)
	s, f = connect()
	s.sendall(b'{"cmd": "list"}\n')
	assert "state" in json.loads(f.readline())
	EOF
check 'and the process lives' curl -s -o /dev/null --max-time 5 http://$TERN/

# A reader that is too slow is told what it has missed.
mkfifo "$work/slow"
"$tern" trace --filter segments $nc >"$work/slow" 2>/dev/null &
trace=$!
started="$started $trace"
exec 5<"$work/slow"
sleep 0.3
curl -s -o /dev/null "http://$TERN/?[1-9000]"
cat <&5 >"$work/trace" &
started="$started $!"
check 'events that were lost are counted' \
	within 10 grep -qs 'events were lost here' "$work/trace"
exec 5<&-
kill -INT $trace
end_of $trace

kill -INT $nc
end_of $nc
same 'SIGINT ends it with status 0' $? 0
conclude
