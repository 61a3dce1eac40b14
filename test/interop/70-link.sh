#!/bin/sh
# SPDX-License-Identifier: ISC
#
# 70-link - what is said when a device cannot be had, or goes away
#
#	Linux, 10.9.0.1 ----- tern0 (TUN, TAP) ----- tern, 10.9.0.2
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

mkdir "$work/www"

# says STATUS PATTERN COMMAND... - a command that ends by itself
says()
{
	status=$1 pattern=$2
	shift 2
	timeout 20 "$tern" "$@" >"$work/out" 2>"$work/err" </dev/null
	same "status of $1, $pattern" $? "$status"
	contains 'what it says' "$work/err" "^tern $1: .*$pattern"
}

for kind in tun tap; do
	other=tap
	[ $kind = tun ] || other=tun

	device "$kind"
	# shellcheck disable=SC2086 # lists of words on purpose
	{
		"$tern" httpd $link "$work/www" 2>"$work/err.httpd" &
		httpd=$!
		started="$started $httpd"
		ready $httpd
		says 1 'another program holds this device' nc $link $LINUX 80
		says 1 "is no $other device" nc --$other tern0 \
			--addr $TERN/24 $LINUX 80
		says 1 'is no' nc --$kind lo --addr $TERN/24 $LINUX 80
		says 1 'an address in the network of --addr' perf -s --$kind \
			tern1 --addr 10.8.0.2/24 --gateway 10.7.0.1
		says 1 'no such tunable' perf -s --$kind tern1 \
			--addr 10.8.0.2/24 --sysctl net.none=1
		says 1 'accepted are' perf -s --$kind tern1 \
			--addr 10.8.0.2/24 --sysctl net.ipv4.tcp_syncookies=99
		says 1 'cannot be written' perf -s --$kind tern1 \
			--addr 10.8.0.2/24 --pcap "$work/none/x"
	}
	ip link del tern0
	end_of $httpd
	same "$kind: the device goes, and httpd ends with" $? 1
	contains 'and says so' "$work/err.httpd" '^tern httpd: .*tern0 is gone'
	check 'its control socket is gone too' \
		[ ! -e "$XDG_RUNTIME_DIR/tern/$httpd.sock" ]

	# In the middle of a transfer.
	device "$kind"
	# shellcheck disable=SC2086
	"$tern" nc -l $link 5000 >/dev/null 2>"$work/err" &
	nc=$!
	started="$started $nc"
	within 10 tern_listens 5000
	python3 "$here/peer.py" connect $TERN 5000 flood >/dev/null 2>&1 &
	p=$!
	started="$started $p"
	within 5 tern_has ESTAB 5000
	sleep 0.2
	ip link del tern0
	end_of $nc
	same "$kind: the device goes, and nc ends with" $? 1
	contains 'and says so' "$work/err" 'tern0 is gone'
	kill -KILL $p 2>/dev/null

	# A device that is down is not an error, but worth a word.
	ip tuntap add dev tern0 mode "$kind"
	# shellcheck disable=SC2086
	says 1 'tern0 is down on this system; .* ip link set tern0 up' \
		nc -w 0.5 $link $LINUX 80
	contains 'and then' "$work/err" 'timed out'
done

# Names that are patterns, and captures.
device tun
# shellcheck disable=SC2086
"$tern" httpd $link --pcap "$work/pcap" "$work/www" 2>"$work/err" &
httpd=$!
started="$started $httpd"
within 10 tern_listens 80
curl -s -o /dev/null http://$TERN/
kill -TERM $httpd
end_of $httpd
same 'SIGTERM ends it with status 0' $? 0
check 'a capture begins as pcapng does' \
	[ "$(od -An -tx4 -N4 "$work/pcap" | tr -d ' ')" = 0a0d0d0a ]
if command -v tcpdump >/dev/null; then
	tcpdump -nr "$work/pcap" >"$work/dump" 2>/dev/null
	contains 'tcpdump reads it' "$work/dump" 'Flags \[S\.\]'
fi
timeout -s INT 2 "$tern" perf -s --tun 'any%d' --addr 10.8.0.2/24 \
	2>"$work/err"
contains 'a pattern becomes a name' "$work/err" 'any0 is down'
conclude
