#!/bin/sh
# SPDX-License-Identifier: ISC
#
# bench-tern answers the questions of the benchmark suite: small ones here, to
# see that every step of them works (data is compared, calls must succeed) and
# that each figure is one line of JSON with a value above zero.
set -u

bench=$BUILD/bench-tern
[ -x "$bench" ] || exit 77
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# ask FIGURES QUESTION [name=value]...: so many figures at least
ask()
{
	figures=$1
	shift
	"$bench" "$@" >"$work/out" 2>"$work/err"
	status=$?
	good=$(grep -cE '^\{"figure": "[^"]*", "unit": "[^"]+", "value": [0-9]' \
		"$work/out")
	zero=$(grep -c '"value": 0,' "$work/out")
	if [ $status != 0 ] || [ "$good" -lt "$figures" ] || [ "$zero" != 0 ]; then
		echo "bench_test: $*: status $status, $good figures, $zero zero"
		cat "$work/out" "$work/err"
		failed=1
	fi
}

ask 1 bulk ms=200
ask 1 bulk ms=200 window=1m gso=1 trusted=1
ask 1 rr ms=200 conns=200
ask 1 crr ms=200 idle=100 waiting=200
ask 4 memory conns=2000
ask 5 memory conns=2000 spoken=1
ask 1 memory conns=2000 what=timewait
ask 2 memory conns=2000 what=synq
ask 6 millions conns=2000
ask 5 timers conns=2000 ms=200
ask 3 scale conns=100
ask 7 pause conns=100 times=2
for kind in segment super rr crr open timer; do
	ask 0 work kind=$kind n=40
done

"$bench" nonsense 2>/dev/null && failed=1
"$bench" rr conns=many 2>/dev/null && failed=1
exit $failed
