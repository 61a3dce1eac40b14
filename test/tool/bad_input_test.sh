#!/bin/sh
# SPDX-License-Identifier: ISC
#
# bad_input_test - a wrong command line says what was wrong and what is accepted
#
# Exit status 2 for what is wrong by itself, 1 for what cannot be done here.
set -u

tern=${BUILD:?}/tern
[ -x "$tern" ] || exit 77
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

# Nobody's control sockets but ours.
XDG_RUNTIME_DIR=$dir/run
export XDG_RUNTIME_DIR
mkdir -m 700 "$XDG_RUNTIME_DIR"

# expect STATUS PATTERN COMMAND [ARG...]
expect()
{
	status=$1 pattern=$2
	shift 2
	timeout 20 "$tern" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	got=$?
	if [ $got != "$status" ] || ! grep -q -e "$pattern" "$dir/err"; then
		echo "tern $*: status $got, expected $status and '$pattern'"
		cat "$dir/out" "$dir/err"
		failed=1
	elif ! head -n 1 "$dir/err" | grep -q "^tern $1: "; then
		echo "tern $*: the message does not begin with its command"
		cat "$dir/err"
		failed=1
	fi
}

link='--tun tern0 --addr 10.9.0.2/24'

# The link and the address, the same for all three.
for command in "httpd $dir" 'nc 10.9.0.1 80' 'perf -s'; do
	# shellcheck disable=SC2086 # lists of words on purpose
	{
		expect 2 'give --link KIND:NAME, --tun NAME' $command
		expect 2 'give --addr A/P' $command --tun tern0
		expect 2 'unrecognized option' $command --tune tern0
		expect 2 'there is a device already' $command --tun a --tap b
		expect 2 '1 to 15 characters' $command --tun ''
		expect 2 '1 to 15 characters' $command --tun sixteencharacter
		expect 2 '1 to 15 characters' $command --tap a/b
		expect 2 'there is a device already' $command --tun a \
			--link packet:b
		expect 2 'accepted are tun:NAME' $command --link wire:a
		expect 2 'accepted are tun:NAME' $command --link tunnel:a
		expect 2 'accepted are tun:NAME' $command --link ''
		expect 2 '1 to 15 characters' $command --link packet
		expect 2 '1 to 15 characters' $command --link xdp:,queue=0
		expect 2 'accepted are multi-queue' $command --link tun:a,copy
		expect 2 'accepted are multi-queue' $command --link xdp:a,
		expect 2 'accepted are multi-queue' $command \
			--link xdp:a,immediate
		expect 2 'accepted are 0 to 65535' $command \
			--link xdp:a,zero-copy,queue=65536
		expect 2 'accepted are 0 to 1000' $command \
			--link xdp:a,busy-poll=x
		for addr in x 10.9.0.2 10.9.0.2/33 10.9.0.2/0 10.9.0.256/24 \
			10.9.0.0/24 10.9.0.255/24 0.0.0.0/24 127.0.0.1/8 \
			224.0.0.1/24 10.9.0.2/ 10.9.0.2/24x ''; do
			expect 2 'a.b.c.d/1 to /32' $command --addr "$addr"
		done
		expect 2 'a.b.c.d of a host' $command --gateway 10.9.0
		for mtu in 67 65536 -1 x '' 1500x; do
			expect 2 '68 to 65535' $command $link --mtu "$mtu"
		done
		expect 2 'NAME=VALUE' $command $link --sysctl x
		for word in loss loss=101 loss=-1 loss=x% los=1% delay=fast \
			rate=0 rate=1x mask=-1 mask=g seed=x queue=0; do
			expect 2 "$word" $command $link --impair "$word"
			expect 2 'accepted are loss' $command $link \
				--impair "loss=1%,$word"
		done
	}
done

# What cannot be had here.
# shellcheck disable=SC2086
{
	expect 1 'accepted is one that can be read' httpd $link "$dir/none"
	expect 1 'accepted is one that can be read' httpd $link "$tern"
	expect 2 'give DIR' httpd $link
	expect 2 'one directory' httpd $link a b
	for port in 0 65536 x '' 80x; do
		expect 2 '1 to 65535' httpd $link "$dir" --port "$port"
		expect 2 '1 to 65535' nc $link 10.9.0.1 "$port"
		expect 2 '1 to 65535' nc $link -l "$port"
	done
	expect 2 '0 to 65535' httpd $link "$dir" --backlog many
	expect 2 'HOST PORT, or -l PORT' nc $link
	expect 2 'HOST PORT, or -l PORT' nc $link 10.9.0.1
	expect 2 'HOST PORT, or -l PORT' nc $link -l 10.9.0.1 80
	expect 2 'too much' nc $link 10.9.0.1 80 81
	expect 2 'only with -l' nc $link -k 10.9.0.1 80
	expect 2 'only without -l' nc $link -l -p 4 80
	expect 2 'seconds above 0' nc $link -w 0 10.9.0.1 80
	expect 2 '0 to 65535' nc $link --linger x 10.9.0.1 80
	expect 1 'an IPv4 address or a name' nc $link no..name 80
	expect 1 'cannot be written' nc $link -o "$dir/none/file" 10.9.0.1 80
}

expect 2 'one of --memory, -s and -c' perf
expect 2 'one of --memory, -s and -c' perf --memory -s
expect 2 'no argument is accepted' perf --memory 10.9.0.1
expect 2 'no device is used' perf --memory --tun tern0
expect 2 'no device is used' perf --memory --kernel
expect 2 'no device is used' perf --kernel -s --mtu 1500
expect 2 'only with --memory' perf --kernel -s --gso
expect 2 "the client's to say" perf --kernel -s --crr
expect 2 'one of --reverse, --rr and --crr' perf --memory --crr --rr 1
expect 2 '1 to 16777216' perf --memory --rr 0
expect 2 '1 to 16777216' perf --memory --length 17m
expect 2 '1 to 100000' perf --memory --parallel 0
expect 2 'seconds above 0' perf --memory --time -1
expect 2 'seconds above 0' perf --memory --interval never
expect 2 '1 to 1073741824' perf --memory --window 2g
expect 1 'no such tunable' perf --memory --sysctl net.ipv4.tcp_nonsense=1
expect 1 'Connection refused' perf --kernel -c 127.0.0.1 -p 1

expect 2 'unrecognized option' ss --everything
expect 2 'one process' ss 1 2
expect 1 'no tern process is running' ss
expect 1 "no tern process '4194305'" ss 4194305
expect 2 'accepted are segments' trace --filter everything
expect 2 'a number from 1 on' trace --count 0
expect 1 'no tern process is running' trace

# A directory for control sockets that others may write to is not used.
mkdir -m 777 "$XDG_RUNTIME_DIR/tern"
chmod 777 "$XDG_RUNTIME_DIR/tern"
expect 1 'mode 0700' ss
rmdir "$XDG_RUNTIME_DIR/tern"

# Without the right to make devices.
chmod 755 "$dir"
drop=
[ "$(id -u)" != 0 ] || drop='setpriv --reuid 65534 --regid 65534 --clear-groups'
if [ -z "$drop" ] || command -v setpriv >/dev/null; then
	# shellcheck disable=SC2086
	timeout 20 $drop "$tern" nc $link 10.9.0.1 80 2>"$dir/err" </dev/null
	if [ $? != 1 ] || ! grep -q 'tern nc: --tun tern0: not permitted\|there is no /dev/net/tun' "$dir/err"; then
		echo "without privilege:"
		cat "$dir/err"
		failed=1
	fi
fi

# Each has a help text, which goes to standard output.
for command in httpd nc perf ss trace; do
	if ! "$tern" "$command" --help | grep -q "^Usage: tern $command"; then
		echo "tern $command --help does not help"
		failed=1
	fi
done
exit $failed
