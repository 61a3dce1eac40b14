#!/bin/sh
# SPDX-License-Identifier: ISC
#
# 90-drill - the same scripts against tern and against the running kernel
#
# Those of test/script/linux state what Linux does, and were written against
# it.  Time is real here, and the machine may be busy: the tolerance is wide.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

scripts=$here/../script/linux

"$tern" drill "$scripts" >"$work/ours" ||
	fail "tern differs from its own scripts: $(cat "$work/ours")"
"$tern" drill --kernel --tolerance-usecs=60000 -j 8 "$scripts" \
	>"$work/theirs" 2>&1 ||
	fail "the kernel differs: $(cat "$work/theirs")"

# The namespace of each script went with it, and was not this one.
ip link show tun0 >/dev/null 2>&1 && fail 'a script has left its device'

# A sysctl of a script is the namespace's.
before=$(cat /proc/sys/net/ipv4/tcp_sack)
cat >"$work/sysctl.pkt" <<'END'
0 `sysctl -q net.ipv4.tcp_sack=0`
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 1000 <mss 1000,sackOK,nop,nop>
+0 > S. 0:0(0) ack 1 <mss 1460>
END
"$tern" drill --kernel "$work/sysctl.pkt" >"$work/out" 2>&1 ||
	fail "a sysctl does not count: $(cat "$work/out")"
[ "$(cat /proc/sys/net/ipv4/tcp_sack)" = "$before" ] ||
	fail 'a sysctl was set outside of the namespace'

# What only tern has is refused by name, and fails the script.
echo "0 \`sysctl -q tern.tcp_init_cwnd=4\`" >"$work/tern.pkt"
"$tern" drill --kernel "$work/tern.pkt" >"$work/out" 2>&1 &&
	fail 'the kernel has taken a tunable of tern'
grep -q 'tern.tcp_init_cwnd' "$work/out" ||
	fail "the tunable is not named: $(cat "$work/out")"
conclude
