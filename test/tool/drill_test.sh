#!/bin/sh
# SPDX-License-Identifier: ISC
#
# drill_test - tern drill as its user sees it: options, exit status, messages,
# JUnit, and what runs outside (the shell with its shims, python3)
#
# What the scripts of test/script show is another test; what the runner says of
# packets and calls is tried by test/unit/drill.
set -u
tern=$BUILD/tern
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/tmp"
export TMPDIR="$dir/tmp"
failed=0

fail()
{
	echo "drill_test: $*" >&2
	failed=1
}

# expect STATUS ARGUMENTS...: output in $dir/out, messages in $dir/err
expect()
{
	expected=$1
	shift
	"$tern" drill "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	[ "$status" = "$expected" ] ||
		fail "drill $*: exit $status, not $expected: $(cat "$dir/out")"
}

# shows FILE TEXT
shows()
{
	grep -qF -e "$2" "$dir/$1" || fail "no '$2' in $1: $(cat "$dir/$1")"
}

# ends TEXT: the last line of the output
ends()
{
	last=$(tail -n 1 "$dir/out")
	[ "$last" = "$1" ] || fail "the last line is '$last', not '$1'"
}

mkdir -p "$dir/set/sub" "$dir/none"
echo '0 socket(..., SOCK_STREAM, 0) = 3' >"$dir/set/good.pkt"
echo '0 socket(..., SOCK_STREAM, 0) = -1 EMFILE' >"$dir/set/sub/bad.pkt"
echo 'no script' >"$dir/set/sub/notes.txt"
echo '+0 < Q 0:0(0)' >"$dir/broken"

# What excludes each other, and what cannot be used.
expect 2 --kernel --so=none "$dir/set/good.pkt"
shows err 'exclude each other'
expect 2 --tolerance-usecs=much "$dir/set/good.pkt"
shows err "accepts 1 to"

# The tolerance of the command line counts, and not that of the script.
cat >"$dir/late.pkt" <<'END'
--tolerance_usecs=1000
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS
+0 > S 0:0(0) <...>
+1.3 > S 0:0(0) <...>
END
expect 1 "$dir/late.pkt"
shows out 'not as expected: time'
expect 0 --tolerance-usecs=400000 "$dir/late.pkt"

# Only root has a kernel to play with.
if [ "$(id -u)" != 0 ]; then
	expect 2 --kernel "$dir/set/good.pkt"
	shows err 'the kernel cannot be used: a network namespace'
fi

# Exit status and closing line.
expect 0 "$dir/set/good.pkt"
ends '1 passed, 0 failed'
expect 1 -j 2 "$dir/set"
ends '1 passed, 1 failed'
shows out 'bad.pkt:1: socket() returned 0, expected -1 EMFILE'
expect 2 "$dir/broken" "$dir/set/good.pkt"
ends '1 passed, 1 failed'
shows out 'broken:1:6: expected flags'
expect 2 "$dir/none"
shows err 'there is no script'
expect 2 "$dir/nothing"
shows err 'No such file or directory'

# Bad usage names what was wrong and what is accepted.
expect 2
shows err 'expected a script'
expect 2 -j 0 "$dir/set"
shows err '1 to 256'
expect 2 --profile plan9 "$dir/set"
shows err 'linux or freebsd'
expect 2 --ip ipv6 "$dir/set"
shows err 'the stack has no IPv6'
expect 2 --ip mapped "$dir/set"
expect 2 --ip x "$dir/set"
shows err 'ipv4, ipv6 or mapped'
expect 2 -D X "$dir/set"
shows err 'NAME=VALUE'
expect 0 --ip ipv4 --profile freebsd "$dir/set/good.pkt"
if [ -w /dev/full ]; then
	"$tern" drill "$dir/set/good.pkt" >/dev/full 2>"$dir/err" &&
		fail 'a full disk goes unnoticed'
fi

# What -D defines comes before what the script does.
printf -- '-D FD=4\n0 socket(..., SOCK_STREAM, 0) = 3\n+0 close(FD) = 0\n' \
	>"$dir/define.pkt"
expect 1 "$dir/define.pkt"
expect 0 -D FD=3 "$dir/define.pkt"

# Reports come in the order of names, however many run at a time.
for i in 1 2 3 4 5 6 7 8 9; do
	echo "0 socket(..., SOCK_STREAM, 0) = -1 E$i" |
		sed "s/E$i/EPERM/" >"$dir/set/sub/$i.pkt"
done
expect 1 -j 7 "$dir/set/sub"
grep -o 'sub/[^:]*.pkt:1:' "$dir/out" >"$dir/order"
sort -c "$dir/order" || fail 'reports are out of order'
rm "$dir"/set/sub/[1-9].pkt

# JUnit.
expect 1 --junit "$dir/x.xml" "$dir/set"
python3 - "$dir/x.xml" <<-'END' || fail JUnit
	import sys, xml.etree.ElementTree as tree
	suite = tree.parse(sys.argv[1]).getroot()
	assert suite.get("tests") == "2" and suite.get("failures") == "1"
	cases = {c.get("name"): c for c in suite.iter("testcase")}
	assert set(cases) == {"good.pkt", "bad.pkt"}
	assert cases["good.pkt"].find("failure") is None
	assert "EMFILE" in cases["bad.pkt"].find("failure").get("message")
END
expect 2 --junit "$dir/nowhere/x.xml" "$dir/set/good.pkt"

# --verbose tells each event.
expect 0 --verbose "$dir/set/good.pkt"
shows out '0.000000  0 socket(..., SOCK_STREAM, 0) = 3'
shows out 'passed: '

# The shell runs where the script lies, and its sysctl is the stack's.
cat >"$dir/shell.pkt" <<'END'
`test -d set && x=$(sysctl -n net.ipv4.tcp_sack); test "$x" = 1
sysctl -q net.ipv4.tcp_sack=0 net/ipv4/tcp_timestamps=0`
`./common/defaults.sh; sysctl net.ipv4.tcp_sack | grep -q 'tcp_sack = 1'`
`sysctl -q net.ipv4.tcp_rmem='4096 70000 80000'
 ./set_sysctls.py /proc/sys/net/ipv4/tcp_retries2=9
 [ "$(sysctl -n net.ipv4.tcp_rmem)" = '4096 70000 80000' ]
 [ "$(sysctl -n net.ipv4.tcp_retries2)" = 9 ]`
0 socket(..., SOCK_STREAM, 0) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 `ss -Hlnt | grep -q '^LISTEN.*192.168.0.1:8080'`
+0 `ip link show | grep -q 'mtu 1500' && ip tcp_metrics flush all`
+0 `nstat -az TcpInSegs | grep -q 'TcpInSegs *0 '`
+0 `(sysctl -n net.ipv4.tcp_sack & sysctl -n net.ipv4.tcp_sack; wait) | grep -c 1 | grep -qx 2`
END
expect 0 "$dir/shell.pkt"
# A script of defaults is read for what the stack knows, and ends up in the
# same place with a shell and without.
mkdir "$dir/common"
cat >"$dir/common/defaults.sh" <<'END'
#!/bin/bash
if [ -e /nowhere ]; then exit 1; fi
sysctl -q net.ipv4.tcp_nothing=1 \
	net.ipv4.tcp_rmem="4096 70000 80000" \
	net.ipv4.tcp_retries2=11
echo 12 >/proc/sys/net/ipv4/tcp_keepalive_probes
false
END
for run in '../common/defaults.sh' 'x=1; ../common/defaults.sh'; do
	cat >"$dir/set/defaults.pkt" <<-END
	\`sysctl -q net.ipv4.tcp_sack=0\`
	\`$run\`
	\`[ "\$(sysctl -n net.ipv4.tcp_rmem)" = '4096 70000 80000' ] &&
	[ "\$(sysctl -n net.ipv4.tcp_retries2)" = 11 ] &&
	[ "\$(sysctl -n net.ipv4.tcp_keepalive_probes)" = 12 ] &&
	[ "\$(sysctl -n net.ipv4.tcp_sack)" = 1 ]\`
	\`/tmp/sysctl_restore_\${PPID}.sh\`
	\`[ "\$(sysctl -n net.ipv4.tcp_retries2)" = 15 ]\`
	END
	expect 0 "$dir/set/defaults.pkt"
done
rm "$dir/set/defaults.pkt"

# One that is not there is told of, where it may matter.
cat >"$dir/absent.pkt" <<'END'
`../no/defaults.sh`
0 socket(..., SOCK_STREAM, 0) = 4
+0 close(3) = 0
END
expect 1 "$dir/absent.pkt"
shows out '(../no/defaults.sh is not there: the profile stands for it)'

# What a shell reads from and writes to /proc/sys is the stack's.
cat >"$dir/proc.pkt" <<'END'
`for i in 1 2; do echo "$i" > /proc/sys/net/ipv4/tcp_ecn; done`
`[ "$(cat /proc/sys/net/ipv4/tcp_ecn)" = 2 ]`
`echo "4096 8192 16384" >/proc/sys/net/ipv4/tcp_rmem || exit 1`
`cat /proc/sys/net/ipv4/tcp_rmem | grep -q 8192`
`for i in x; do echo "$i" > /proc/sys/net/ipv4/tcp_ecn; done`
END
expect 1 "$dir/proc.pkt"
shows out 'proc.pkt:5: the command failed'

# FreeBSD's names are read back in FreeBSD's units.
cat >"$dir/freebsd.pkt" <<'END'
`set -e
for set in msl=20000 keepidle=5000 recvspace=30000 rfc1323=1 delayed_ack=0 \
	path_mtu_discovery=0 cc.algorithm=newreno syncookies_only=1 retries=9
do
	sysctl -w net.inet.tcp.$set >/dev/null
	test "$(sysctl -n net.inet.tcp.${set%=*})" = "${set#*=}"
done
test "$(sysctl -n net.inet.tcp.log_in_vain)" = 0
sysctl kern.ipc.maxsockbuf=4194304
test "$(sysctl -n net.ipv4.tcp_rmem)" = '4096 60000 4194304'
! sysctl -n net.inet.tcp.nothing`
END
expect 0 --profile freebsd "$dir/freebsd.pkt"
cat >"$dir/exit.pkt" <<'END'
`echo oh no | cat; exit 3`
END
expect 1 "$dir/exit.pkt"
shows out 'exit.pkt:1: the command failed with status 3: oh no'
cat >"$dir/exit.pkt" <<'END'
`x=net.ipv4.nothing; sysctl -q $x=1`
END
expect 1 "$dir/exit.pkt"
shows out 'the stack has no tunable net.ipv4.nothing'
[ -z "$(ls "$TMPDIR")" ] || fail "something is left: $(ls "$TMPDIR")"

# A file can be sent, and read on where it was left.
printf 'abcdefgh' >"$dir/file"
cat >"$dir/file.pkt" <<END
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
+0 open("$dir/file", O_RDONLY) = 5
+0 open("$dir/nothing", O_RDONLY) = -1 ENOENT
+0 sendfile(4, 5, [2], 4) = 4
+0 > P. 1:5(4) ack 1
+0 sendfile(4, 5, NULL, 5) = 5
+0 > P. 5:10(5) ack 1
+0 sendfile(4, 5, NULL, 5) = 3
+0 > P. 10:13(3) ack 1
+0 sendfile(4, 5, NULL, 5) = 0
+0 close(5) = 0
+0 sendfile(4, 5, NULL, 5) = -1 EBADF
END
expect 0 "$dir/file.pkt"

# Code that is more than asserts goes to python3, with what came before.
cat >"$dir/code.pkt" <<'END'
0 socket(..., SOCK_STREAM, 0) = 3
+0 %{
    import math
    def twice(x):
        return 2 * x
    seen = tcpi_state
}%
+0 %{ assert twice(seen) == 2 * TCP_CLOSE, seen }%
END
expect 0 "$dir/code.pkt"
echo '+0 %{ assert math.sqrt(seen) == 0, seen }%' >>"$dir/code.pkt"
expect 1 "$dir/code.pkt"
shows out 'code.pkt:9: the code fails: AssertionError: 7'
mkdir "$dir/empty"
PATH=$dir/empty "$tern" drill "$dir/code.pkt" >"$dir/out" 2>"$dir/err" &&
	fail 'code passes without python3'
shows out 'python3 is needed'

# A script that brings the runner down is a failed script.
cat >"$dir/killed.pkt" <<'END'
`kill -9 $PPID`
END
expect 1 "$dir/killed.pkt" "$dir/set/good.pkt"
shows out 'crashed (signal 9)'
ends '1 passed, 1 failed'

exit $failed
