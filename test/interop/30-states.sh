#!/bin/sh
# SPDX-License-Identifier: ISC
#
# 30-states - how connections begin and end, with Linux as client and as server
#
#	peer.py (Linux, 10.9.0.1) ----- TUN, TAP ----- tern nc (10.9.0.2)
#
# Refused, half-close, simultaneous close, reset; the states that tern went
# through are read from tern trace, those of Linux from ss.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# Whoever holds the other end of a FIFO keeps it open: fd 3 and 4 are ours.
peer()
{
	exec python3 "$here/peer.py" "$@" 3>&- 4>&-
}

# tern_nc ARG... - tern nc with standard input from fd 3, traced
tern_nc()
{
	rm -f "$work/in" "$work/traces"
	mkfifo "$work/in"
	# shellcheck disable=SC2086 # a list of words on purpose
	"$tern" nc -v $link "$@" <"$work/in" >"$work/out" 2>"$work/err" \
		4>&- &
	nc=$!
	started="$started $nc"
	exec 3>"$work/in"
	ready $nc || return
	"$tern" trace --filter states $nc >"$work/trace" 2>"$work/traces" \
		3>&- 4>&- &
	started="$started $!"
	within 5 grep -qs following "$work/traces"
}

# went WHAT FROM TO - the trace shows this edge (it may be a little late)
went()
{
	check "$1: $2 -> $3" within 5 grep -q -e "$2 -> $3" "$work/trace"
}

refused()
{
	device "$1"
	# shellcheck disable=SC2086
	"$tern" nc $link $LINUX 4 2>"$work/err" </dev/null
	same "$1: Linux refuses, status" $? 1
	contains "$1: and it is said" "$work/err" 'Connection refused'

	device "$1"
	tern_nc -l 5000 # something else is open
	within 10 tern_listens 5000
	(peer connect $TERN 4) 2>"$work/peer"
	same "$1: tern refuses" "$(cat "$work/peer")" ECONNREFUSED
	kill -INT $nc
	end_of $nc
	same "$1: and a signal ends nc -l" $? 130
	exec 3>&-
}

# One end sends FIN and goes on to receive.
half_close()
{
	device "$1"
	tern_nc -l --both 5000
	within 10 tern_listens 5000
	peer connect $TERN 5000 send=early shut recv=4 eof >"$work/peer" &
	p=$!
	started="$started $p"
	check "$1: Linux closes first: tern in CLOSE-WAIT" \
		within 5 tern_has CLOSE-WAIT 5000
	check "$1: Linux in FIN-WAIT-2" linux_has FIN-WAIT-2 5000
	printf late >&3
	exec 3>&-
	end_of $p
	same "$1: Linux gets what comes late" "$?$(cat "$work/peer")" 0late
	end_of $nc
	same "$1: tern got what came early" "$?$(cat "$work/out")" 0early
	went "$1" ESTABLISHED CLOSE-WAIT
	went "$1" CLOSE-WAIT LAST-ACK
	went "$1" LAST-ACK CLOSED

	device "$1"
	peer listen 5001 1 recv=5 eof sleep=1 send=late shut >"$work/peer" &
	p=$!
	started="$started $p"
	within 10 linux_listens 5001
	tern_nc $LINUX 5001
	printf early >&3
	exec 3>&-
	check "$1: tern closes first: tern in FIN-WAIT-2" \
		within 5 tern_has FIN-WAIT-2 5001
	check "$1: Linux in CLOSE-WAIT" linux_has CLOSE-WAIT 5001
	end_of $nc
	same "$1: tern gets what comes late" "$?$(cat "$work/out")" 0late
	end_of $p
	same "$1: Linux got what came early" "$?$(cat "$work/peer")" 0early
	went "$1" ESTABLISHED FIN-WAIT-1
	went "$1" FIN-WAIT-1 FIN-WAIT-2
	went "$1" FIN-WAIT-2 TIME-WAIT
}

# Both FINs are on their way at once: the link takes 200 ms.
simultaneous()
{
	for side in server client; do
		device "$1"
		mkfifo "$work/go"
		if [ $side = server ]; then
			tern_nc -l --both --impair delay=200 5000
			within 10 tern_listens 5000
			peer connect $TERN 5000 send=a recv=1 go shut eof \
				<"$work/go" >"$work/peer" &
			port=5000
		else
			peer listen 5001 1 send=a recv=1 go shut eof \
				<"$work/go" >"$work/peer" &
			port=5001
		fi
		p=$!
		started="$started $p"
		exec 4>"$work/go"
		if [ $side = client ]; then
			within 10 linux_listens 5001
			tern_nc --impair delay=200 $LINUX 5001
		fi
		printf b >&3
		within 5 test -s "$work/peer"
		within 5 test -s "$work/out"
		exec 3>&- 4>&-
		what="$1, tern is $side"
		check "$what: Linux in CLOSING" within 2 linux_has CLOSING $port
		end_of $p
		same "$what: simultaneous close, Linux" $? 0
		end_of $nc
		same "$what: simultaneous close, tern" $? 0
		went "$what" FIN-WAIT-1 CLOSING
		went "$what" CLOSING TIME-WAIT
		rm "$work/go"
	done
}

resets()
{
	device "$1"
	tern_nc -l --both 5000
	within 10 tern_listens 5000
	(peer connect $TERN 5000 send=a sleep=0.3 reset)
	end_of $nc
	same "$1: Linux resets, status of tern" $? 1
	contains "$1: and it is said" "$work/err" 'Connection reset by peer'
	went "$1" ESTABLISHED CLOSED
	exec 3>&-

	device "$1"
	peer listen 5001 1 recv=1 eof >"$work/peer" 2>&1 &
	p=$!
	started="$started $p"
	within 10 linux_listens 5001
	# Linux may lose the first SYN while the device comes up.
	tern_nc --linger 0 -w 3 $LINUX 5001
	printf a >&3
	end_of $p
	same "$1: tern resets, Linux sees" "$?$(cat "$work/peer")" 1aECONNRESET
	end_of $nc
	exec 3>&-
}

for kind in tun tap; do
	refused "$kind"
	half_close "$kind"
	simultaneous "$kind"
	resets "$kind"
done
conclude
