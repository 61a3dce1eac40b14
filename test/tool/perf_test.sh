#!/bin/sh
# SPDX-License-Identifier: ISC
#
# perf_test - each measurement runs, ends in time, and says plausible things
set -u

tern=${BUILD:?}/tern
[ -x "$tern" ] || exit 77
dir=$(mktemp -d) || exit 1
server=
trap '[ -z "$server" ] || kill $server 2>/dev/null; rm -rf "$dir"' EXIT
failed=0

# A tenth of a second is enough to have something to report; sanitizers are slow.
t=0.1
[ -z "${SAN:-}" ] || t=1

fail()
{
	echo "$*"
	failed=1
}

# measured ARG... - the total of a measurement is not nothing
measured()
{
	timeout 30 "$tern" perf --json "$@" >"$dir/json" 2>"$dir/err"
	status=$?
	[ $status = 0 ] || fail "tern perf $*: status $status, $(cat "$dir/err")"
	python3 - "$dir/json" <<-'EOF' || fail "tern perf $*: see above"
	import json, sys
	o = json.load(open(sys.argv[1]))
	total = o["total"]
	assert total["failed"] == 0, o
	assert total["bytes"] > 0, o
	if o["mode"] in ("rr", "crr"):
	    assert total["transactions"] > 100, o
	EOF
}

for mode in '' -R '--rr 64' '--rr 100000' --crr; do
	# shellcheck disable=SC2086 # a list of words on purpose
	{
		measured --memory -t $t $mode
		measured --memory -t $t -P 20 $mode
	}
done
measured --memory -t $t --verify -P 3 -w 64k
measured --memory -t $t --gso --verify
measured --memory -t $t --no-csum --mtu 9000

# By reference, each byte is still what was sent, also where a window or a write
# is smaller than what arrives in one piece.
measured --memory -t $t --zc --verify
measured --memory -t $t --zc --verify -P 3 -w 64k
measured --memory -t $t --zc --verify --gso -l 5000
measured --memory -t $t --zc -R --gso --no-csum
grep -q '"by_reference": true' "$dir/json" || fail "$(cat "$dir/json")"
for mode in '--memory --rr 64' '--memory --crr' '--kernel -s'; do
	# shellcheck disable=SC2086
	"$tern" perf --zc $mode >/dev/null 2>"$dir/err"
	[ $? = 2 ] && grep -q -e '--zc' "$dir/err" ||
		fail "--zc with $mode: $(cat "$dir/err")"
done
measured --memory -t 30 --crr --count 1000
measured --memory -t $t --sysctl net.ipv4.tcp_timestamps=0

# A line each interval, and the total.
"$tern" perf --memory -t 0.5 -i 0.1 >"$dir/out" 2>&1 || fail 'no report'
[ "$(grep -c 'bit/s' "$dir/out")" -ge 4 ] || fail "$(cat "$dir/out")"
grep -q '^bulk, 1 connection, .*% of a core' "$dir/out" ||
	fail "$(cat "$dir/out")"

# The same program over the system's own TCP.
port=$((20000 + $$ % 20000))
"$tern" perf --kernel -s -p $port 2>"$dir/server" >"$dir/server.out" &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	grep -q listening "$dir/server" && break
	sleep 0.1
done
for mode in '' -R '--rr 64' '--crr --count 500'; do
	# shellcheck disable=SC2086
	measured --kernel -c 127.0.0.1 -p $port -t $t $mode
done

# A signal ends a measurement, with a report and its number.
timeout --preserve-status -s INT 1 "$tern" perf --memory -t 20 >"$dir/out" 2>&1
status=$?
[ $status = 130 ] || fail "SIGINT gave status $status"
grep -q '^bulk, ' "$dir/out" || fail "no report after SIGINT"
kill -INT $server
wait $server || fail "the server ended with status $?"
server=
exit $failed
