#!/bin/sh
# SPDX-License-Identifier: ISC
#
# packetdrill_test - each script has one verdict, whichever way the stack is
# driven: in the runner's process, or through packetdrill's interface
#
# Some scripts are also broken on purpose, at a packet of the stack or at the
# result of a call, so that failures are compared too: what has failed, and in
# which line.
set -u

tern=${BUILD:?}/tern
so=$BUILD/libtern-packetdrill.so
[ -x "$tern" ] && [ -e "$so" ] || exit 77
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

# The verdict of each script, and where it has failed.
verdicts()
{
	grep -E '(^[^ ]*\.pkt:[0-9]+: )|(^(passed|failed): )|( passed, )' |
		sed 's/\(\.pkt:[0-9]*: [a-z_]*\).*/\1/'
}

# compare WHAT DIR
compare()
{
	"$tern" drill -v -j2 "$2" | verdicts >"$dir/own"
	"$tern" drill -v -j2 --so "$so" "$2" | verdicts >"$dir/so"
	if [ ! -s "$dir/own" ] || ! diff -u "$dir/own" "$dir/so"; then
		echo "packetdrill_test: $1: the verdicts differ"
		failed=1
	fi
}

compare 'the scripts' test/script

# break_scripts KIND N AWK-PROGRAM: copies of scripts, the N-th packet or result
# of each changed by the program, which counts them in i.
break_scripts()
{
	find test/script -name '*.pkt' | LC_ALL=C sort | sed -n '1~20p' |
		xargs awk -v n="$2" -v out="$dir/broken/$1-$2-" '
			FNR == 1 {
				if (to)
					close(to)
				i = 0
				to = FILENAME
				gsub("/", "-", to)
				to = out to
			}
			'"$3"'
			{ print >to }'
}

mkdir "$dir/broken"
for n in 1 3 8; do
	# shellcheck disable=SC2016 # awk's
	break_scripts packet $n '
		/^ *[-+*0-9.~]+ +> / && ++i == n {
			if (!sub(/ack [0-9]+/, "ack 77"))
				sub(/ > /, " > 7777 > 7 ")
		}'
	# shellcheck disable=SC2016 # awk's
	break_scripts result $n '
		/\) = -?[0-9]+/ && !/socket\(|accept|pipe|epoll_c/ && ++i == n {
			sub(/\) = -?[0-9]+/, ") = 4242")
		}'
done
compare 'broken scripts' "$dir/broken"
if ! tail -n 1 "$dir/own" | grep -q '[1-9][0-9]* failed'; then
	echo "packetdrill_test: too few of the broken scripts fail"
	tail -n 1 "$dir/own"
	failed=1
fi
exit $failed
