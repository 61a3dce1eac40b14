#!/bin/sh
# SPDX-License-Identifier: ISC
#
# sysctl_test - tern sysctl and tern nstat ask a running process, and say what
# would have been right
#
# In a network namespace of its own, for the TUN device.
set -u

tern=${BUILD:?}/tern
[ -x "$tern" ] || exit 77
if [ -z "${SYSCTL_TEST_INSIDE-}" ]; then
	unshare -rn sh -c 'test -w /dev/net/tun' 2>/dev/null || exit 77
	SYSCTL_TEST_INSIDE=1 exec unshare -rn sh "$0"
fi
dir=$(mktemp -d) || exit 1
failed=0
XDG_RUNTIME_DIR=$dir
export XDG_RUNTIME_DIR

"$tern" nc -l --tun tern0 --addr 10.9.0.2/24 7 </dev/null >/dev/null \
	2>"$dir/nc" &
nc=$!
trap 'kill $nc 2>/dev/null; wait; rm -rf "$dir"' EXIT
n=0
until "$tern" sysctl -n tcp_sack >/dev/null 2>&1; do
	n=$((n + 1))
	[ $n -lt 100 ] || { # no TUN device can be made here
		cat "$dir/nc"
		exit 77
	}
	sleep 0.1
done

# expect STATUS PATTERN ARG... - of what is said, on either output
expect()
{
	status=$1 pattern=$2
	shift 2
	timeout 20 "$tern" "$@" >"$dir/out" 2>&1 </dev/null
	got=$?
	if [ $got != "$status" ] || ! grep -q -e "$pattern" "$dir/out"; then
		echo "tern $*: status $got, expected $status and '$pattern'"
		cat "$dir/out"
		failed=1
	fi
}

expect 0 '^net.ipv4.tcp_sack = 1$' sysctl net.ipv4.tcp_sack
expect 0 '^1$' sysctl -n net/ipv4/tcp_sack
expect 0 '^net.ipv4.tcp_sack = 0$' sysctl tcp_sack=0
expect 0 '^0$' sysctl -n tcp_sack
expect 0 '"value":"0"' sysctl --json tcp_sack
expect 0 'tcp_wmem = 4096 16384 4194304$' sysctl 'net.ipv4.tcp_[rw]mem'
expect 0 'seconds.*0 to 86400' sysctl -d tcp_fin_timeout
expect 0 '^tern.tcp_time_wait = 60$' sysctl -a
expect 1 "no tunable 'tcp_sakc'; similar: net.ipv4.tcp_sack," sysctl tcp_sakc
expect 1 "'7' is not accepted, but a number from 0 to 1" sysctl tcp_sack=7
expect 1 '3 numbers from 2304 to 1073741824' sysctl 'tcp_rmem=9 8 7'
expect 1 'there is no .x.; it is ' sysctl tcp_congestion_control=x
expect 2 'give NAME' sysctl
expect 1 'no tern process' sysctl -p nobody tcp_sack

expect 0 '^TcpInSegs  *0  *0.0$' nstat -az
expect 0 '^TcpExtTCPTimeouts  *0 ' nstat -az 'TcpExt*'
expect 0 '^TernDrop_TCP_SEQ ' nstat -azd
expect 0 '"TcpInErrs":0' nstat -zj 'tcpin*'
expect 0 '^#tern nc' nstat
[ -e "$dir/tern/$nc.nstat" ] || {
	echo 'nstat has remembered nothing'
	failed=1
}
exit $failed
