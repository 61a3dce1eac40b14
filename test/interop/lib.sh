# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# lib.sh - what the scripts of this directory have in common
#
# A script begins with `. "$(dirname "$0")/lib.sh"`, which runs it again in a
# network namespace of its own; that is where all of this happens:
#
#	+------------------------ namespace ------------------------+
#	|                                                           |
#	|  Linux, 10.9.0.1 ----- tern0 (TUN or TAP) ----- tern,     |
#	|  curl, ss, peer.py                              10.9.0.2  |
#	|                                                           |
#	+-----------------------------------------------------------+
#
# It vanishes with the last process in it; those that a script started are
# ended when it ends.  A script exits 0 if it passed, 1 if not, and 77 if it
# cannot be run here: without root, /dev/net/tun, or a program.
set -u

LINUX=10.9.0.1
TERN=10.9.0.2
here=$(cd "$(dirname "$0")" && pwd)
tern=${BUILD:-$here/../../build}/tern

skip()
{
	echo "skipped: $*"
	exit 77
}

if [ -z "${INTEROP_INSIDE:-}" ]; then
	[ "$(id -u)" = 0 ] || skip 'needs root'
	[ -x "$tern" ] || skip "$tern was not built"
	[ -c /dev/net/tun ] || skip 'there is no /dev/net/tun'
	for program in ip ss curl python3 unshare timeout sha256sum; do
		command -v $program >/dev/null || skip "$program is missing"
	done
	unshare --net true 2>/dev/null || skip 'no new network namespace'
	INTEROP_INSIDE=1
	export INTEROP_INSIDE
	exec timeout --foreground -k 5 "${INTEROP_SECONDS:-300}" \
		unshare --net sh "$0" "$@"
fi

work=$(mktemp -d) || exit 1
XDG_RUNTIME_DIR=$work/run
export XDG_RUNTIME_DIR
mkdir -m 700 "$XDG_RUNTIME_DIR"
failures=0
started=

finish()
{
	status=$?
	trap - EXIT INT TERM
	for pid in $started; do
		kill -KILL "$pid" 2>/dev/null
	done
	rm -rf "$work"
	exit $status
}
trap finish EXIT
trap 'exit 1' INT TERM

# IPv6 would put packets of its own between those that are counted here.
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 2>/dev/null || :
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 2>/dev/null || :
ip link set lo up

# A port that was used stays in TIME-WAIT for a minute, and Linux becomes slow
# when it has to look for a free one: give it many.
echo '10000 65535' >/proc/sys/net/ipv4/ip_local_port_range

pass()
{
	echo "ok: $*"
}

fail()
{
	echo "FAILED: $*"
	failures=$((failures + 1))
}

# check WHAT COMMAND... - the command must succeed
check()
{
	checked=$1
	shift
	if "$@"; then
		pass "$checked"
	else
		fail "$checked ($*)"
	fi
}

# same WHAT A B - two words must be equal
same()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1: '$2' is not '$3'"
	fi
}

# contains WHAT FILE PATTERN
contains()
{
	if grep -q -e "$3" "$2"; then
		pass "$1"
	else
		fail "$1: '$3' is not in"
		sed 's/^/	/' "$2" | tail -n 15
	fi
}

# within SECONDS COMMAND... - the command succeeds before that
within()
{
	tries=$(($1 * 20))
	shift
	while [ $tries -gt 0 ]; do
		"$@" && return 0
		sleep 0.05
		tries=$((tries - 1))
	done
	return 1
}

# end_of PID [SECONDS] - waits for a process we started; $? is its status
end_of()
{
	if ! within "${2:-20}" gone "$1"; then
		echo "process $1 does not end"
		kill -KILL "$1"
	fi
	wait "$1"
}

gone()
{
	# A process that has ended is a zombie until it is waited for.
	case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in
	'' | Z*) return 0 ;;
	*) return 1 ;;
	esac
}

# device KIND [DEVICE] - makes a fresh tern0, with Linux's end up
device()
{
	kind=$1
	dev=${2:-tern0}
	ip link del "$dev" 2>/dev/null
	ip tuntap add dev "$dev" mode "$kind" || exit 1
	ip addr add $LINUX/24 dev "$dev"
	ip link set "$dev" up
	# shellcheck disable=SC2034 # for the scripts
	link="--$kind $dev --addr $TERN/24"
}

# wire KIND[,OPTION] on|off - the same with a pair of interfaces instead, tern at
# one end, and Linux at the other with its offloads on or off
wire()
{
	ip link del tern0 2>/dev/null
	ip link add tern0 type veth peer name tern1 || exit 1
	ip addr add $LINUX/24 dev tern0
	ethtool -K tern0 tx "$2" tso "$2" gso "$2" >/dev/null 2>&1
	ip link set tern0 up
	ip link set tern1 up
	option=${1#*,}
	[ "$option" != "$1" ] || option=
	# shellcheck disable=SC2034 # for the scripts
	link="--link ${1%%,*}:tern1${option:+,$option} --addr $TERN/24"
}

controlled()
{
	[ -S "$XDG_RUNTIME_DIR/tern/$1.sock" ]
}

# ready PID - the tern process has opened its device and its control socket
ready()
{
	within 10 controlled "$1" || {
		fail "tern process $1 did not start"
		return 1
	}
}

# Is there a socket in this state?  linux_has STATE PORT; tern_has STATE PORT
linux_has()
{
	ss -Htan "( sport = :$2 or dport = :$2 )" | grep -q "^$1 "
}

tern_has()
{
	"$tern" ss -Htan 2>/dev/null | grep -q "^$1 .*:$2\( \|\$\)"
}

tern_listens()
{
	"$tern" ss -Htln 2>/dev/null | grep -q ":$1 "
}

linux_listens()
{
	[ -n "$(ss -Htln "sport = :$1")" ]
}

# sum [FILE]
sum()
{
	sha256sum "$@" | cut -d ' ' -f 1
}

# megabytes_per_second BYTES NANOSECONDS
megabytes_per_second()
{
	echo "$(($1 * 1000 / $2)) MB/s"
}

clock()
{
	date +%s%N
}

conclude()
{
	[ $failures = 0 ] || {
		echo "$failures failed"
		exit 1
	}
	exit 0
}
