#!/bin/sh
# SPDX-License-Identifier: ISC
#
# 50-short - 10,000 short connections each way, none lost; streams and requests
#
#	tern perf --kernel (Linux, 10.9.0.1) --- TUN, TAP --- tern perf (10.9.0.2)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=10000

# total FIELD - of the measurement in $work/json
total()
{
	python3 -c 'import json, sys
print(round(json.load(open(sys.argv[1]))["total"][sys.argv[2]]))' \
		"$work/json" "$1"
}

# measured WHAT ARG... - prints the figure that matters
measured()
{
	what=$1
	shift
	"$tern" perf --json "$@" >"$work/json" 2>"$work/err"
	same "$what: status" $? 0
	case "$*" in
	*--crr*)
		same "$what: none lost" "$(total transactions)" $COUNT
		same "$what: none failed" "$(total failed)" 0
		echo "$what: $(total transactions_per_second) connections/s"
		;;
	*--rr*)
		echo "$what: $(total transactions_per_second) transactions/s"
		;;
	*)
		echo "$what: $(($(total bits_per_second) / 1000000)) Mbit/s," \
			"$(total retransmitted) retransmitted"
		;;
	esac
}

for kind in tun tap; do
	device "$kind"
	# shellcheck disable=SC2086 # a list of words on purpose
	"$tern" perf -s $link >"$work/out" 2>"$work/err" &
	server=$!
	started="$started $server"
	within 10 tern_listens 5201
	for mode in "--crr --count $COUNT" '--rr 64 -t 2' '-t 3' '-R -t 3'; do
		# shellcheck disable=SC2086
		measured "$kind: Linux to tern, $mode" --kernel -c $TERN $mode
	done
	"$tern" ss --stats >"$work/stats"
	"$tern" ss -s
	kill -INT $server
	end_of $server
	same "$kind: SIGINT ends the server with status 0" $? 0

	"$tern" perf --kernel -s >"$work/out" 2>"$work/err" &
	server=$!
	started="$started $server"
	within 10 linux_listens 5201
	for mode in "--crr --count $COUNT" '--rr 64 -t 2' '-t 3' '-R -t 3'; do
		device "$kind"
		# shellcheck disable=SC2086
		measured "$kind: tern to Linux, $mode" $link -c $LINUX $mode
	done
	kill -INT $server
	end_of $server
done
conclude
