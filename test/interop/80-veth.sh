#!/bin/sh
# SPDX-License-Identifier: ISC
#
# 80-veth - the links of interfaces, against Linux with and without offloads
#
#	Linux, 10.9.0.1 --- tern0 (veth) tern1 --- AF_PACKET, AF_XDP --- tern
#
# With its offloads on, Linux leaves checksums partial and sends segments far
# above the MTU; a capture tells whether that happened.  No data may be damaged,
# no checksum wrong, and little retransmitted.
# Three links, four ways each: on a busy machine that takes its time.
INTEROP_SECONDS=${INTEROP_SECONDS:-550}
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v ethtool >/dev/null || skip 'ethtool is missing'
ip link add tern0 type veth peer name tern1 2>/dev/null || skip 'no veth here'

SIZE=$((16 << 20))
head -c $SIZE /dev/urandom >"$work/big"
big=$(sum "$work/big")
mkdir "$work/www"
mv "$work/big" "$work/www/big"

# What tern cannot have here it says; then there is nothing to test.
usable()
{
	wire "$1" on
	# shellcheck disable=SC2086 # a list of words on purpose
	timeout 20 "$tern" nc -w 5 $link $LINUX 9 2>"$work/err" </dev/null
	! grep -E 'without AF_XDP|cannot do this|not permitted' "$work/err"
}

counter()
{
	"$tern" ss --stats | awk -v name="$1" '$1 == name { n = $2 }
		END { print n + 0 }'
}

# What tern counted while it was alive.
counted()
{
	same "$1: checksums that were wrong" "$(counter TcpInCsumErrors)" 0
	segments=$(counter TcpOutSegs)
	again=$(counter TcpRetransSegs)
	check "$1: of $segments segments, $again were sent again" \
		[ $((again * 20)) -le $((segments + 200)) ]
}

# longest FILE - of the packets in a capture, as the enhanced blocks say
longest()
{
	python3 - "$1" <<-'EOF'
	import struct, sys
	data = open(sys.argv[1], "rb").read()
	at = top = 0
	while at + 12 <= len(data):
	    kind, size = struct.unpack_from("<II", data, at)
	    if size < 12 or at + size > len(data):
	        break
	    if kind == 6:
	        top = max(top, struct.unpack_from("<I", data, at + 24)[0])
	    at += size
	print(top)
	EOF
}

# both WHAT OPTIONS - a file each way at once, then many short connections
both()
{
	# shellcheck disable=SC2086 # a list of words on purpose
	"$tern" httpd $link $2 "$work/www" 2>"$work/err" &
	server=$!
	started="$started $server"
	ready $server || return
	start=$(clock)
	curl -s "http://$TERN/big" >"$work/got"
	took=$(($(clock) - start))
	same "$1: a file to Linux" "$(sum "$work/got")" "$big"
	echo "$1, tern sends: $(megabytes_per_second $SIZE $took)"
	rm "$work/got"
	counted "$1, sending"
	kill -INT $server
	end_of $server
	same "$1: httpd ends with" $? 0

	# shellcheck disable=SC2086
	"$tern" nc -l $link $2 --pcap "$work/pcap" 5000 >"$work/got" \
		2>"$work/err" </dev/null &
	server=$!
	started="$started $server"
	within 10 tern_listens 5000
	start=$(clock)
	python3 - "$work/www/big" $TERN <<-'EOF' &
	import socket, sys
	s = socket.create_connection((sys.argv[2], 5000))
	s.sendfile(open(sys.argv[1], "rb"))
	s.shutdown(socket.SHUT_WR)
	s.recv(1)
	EOF
	sender=$!
	started="$started $sender"
	end_of $sender 60
	same "$1: Linux has sent it all" $? 0
	end_of $server 60
	took=$(($(clock) - start))
	same "$1: a file from Linux" "$(sum "$work/got")" "$big"
	echo "$1, Linux sends: $(megabytes_per_second $SIZE $took)"
	top=$(longest "$work/pcap")
	rm "$work/got" "$work/pcap"

	# shellcheck disable=SC2086
	"$tern" perf -s $link $2 >/dev/null 2>"$work/err" &
	server=$!
	started="$started $server"
	within 10 tern_listens 5201
	"$tern" perf --kernel -c $TERN --crr --count 500 -P 8 --json \
		>"$work/json" 2>&1
	same "$1: 500 short connections" $? 0
	counted "$1, short"
	kill -INT $server
	end_of $server
}

for kind in packet packet,immediate xdp; do
	if ! usable $kind; then
		echo "not tested here: $kind"
		continue
	fi
	for offload in on off; do
		for own in '' --no-offload; do
			wire $kind $offload
			what="$kind, Linux $offload${own:+, $own}"
			both "$what" "$own"
			echo "$what: the longest packet had $top bytes"
			case $kind-$offload in
			packet*-on) check "$what: above the MTU" \
				[ "$top" -gt 9000 ] ;;
			*) check "$what: no more than the MTU" \
				[ "$top" -le 1514 ] ;;
			esac
		done
	done

	# The interface goes in the middle of it.
	wire $kind on
	# shellcheck disable=SC2086
	"$tern" httpd $link "$work/www" 2>"$work/err" &
	server=$!
	started="$started $server"
	ready $server
	ip link del tern0
	end_of $server 30
	same "$kind: the interface goes, and httpd ends with" $? 1
	contains 'and says so' "$work/err" '^tern httpd: .*tern1 is gone'
	wire $kind on
	ip link set tern1 down
	# shellcheck disable=SC2086
	timeout -s INT 2 "$tern" nc -w 0.5 $link $LINUX 80 2>"$work/err" \
		</dev/null
	contains "$kind: it is down" "$work/err" 'tern1 is down'
done
# shellcheck disable=SC2086
timeout 5 "$tern" nc --link xdp:tern9 --addr $TERN/24 $LINUX 80 2>"$work/err"
contains 'an interface that is not there' "$work/err" \
	'no such interface\|without AF_XDP'
timeout 5 "$tern" nc --link packet:lo --addr $TERN/24 $LINUX 80 2>"$work/err"
contains 'one that is no Ethernet' "$work/err" 'accepted is an Ethernet'
conclude
