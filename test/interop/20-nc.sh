#!/bin/sh
# SPDX-License-Identifier: ISC
#
# 20-nc - 1 GiB each way through tern nc
#
#	curl, peer.py (Linux, 10.9.0.1) ----- TUN, TAP ----- tern nc (10.9.0.2)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

SIZE=$((1 << 30))
head -c $SIZE /dev/urandom >"$work/big"
big=$(sum "$work/big")

# curl sends; what it says before the bytes is HTTP, and it wants an answer.
upload()
{
	mkfifo "$work/answer"
	# shellcheck disable=SC2086 # a list of words on purpose
	"$tern" nc -l -v $link $2 5000 <"$work/answer" 2>"$work/err" |
		python3 -c '
import hashlib, sys
data = sys.stdin.buffer
while line := data.readline().strip():
    if line.lower().startswith(b"content-length:"):
        left = int(line.split()[1])
h = hashlib.sha256()
while left and (piece := data.read(min(left, 1 << 18))):
    h.update(piece)
    left -= len(piece)
print(h.hexdigest(), flush=True)
' >"$work/hash" &
	nc=$!
	started="$started $nc"
	exec 3>"$work/answer"
	check "$1: it listens" within 10 tern_listens 5000
	start=$(clock)
	curl -s -T "$work/big" -H 'Expect:' http://$TERN:5000/ >"$work/reply" &
	curl=$!
	started="$started $curl"
	within 60 test -s "$work/hash"
	took=$(($(clock) - start))
	printf 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n' >&3
	exec 3>&-
	end_of $curl
	same "$1: curl has sent it all" $? 0
	same "$1: and got its answer" "$(cat "$work/reply")" ok
	end_of $nc
	same "$1: 1 GiB from curl" "$(cat "$work/hash")" "$big"
	echo "$1, Linux sends: $(megabytes_per_second $SIZE $took)"
	rm "$work/answer" "$work/hash"
}

# tern sends, as a client, to a server of Linux's that hashes.
download()
{
	python3 - >"$work/hash" <<-'EOF' &
	import hashlib, socket
	server = socket.create_server(("10.9.0.1", 5001))
	s, _ = server.accept()
	h = hashlib.sha256()
	while piece := s.recv(1 << 18):
	    h.update(piece)
	s.sendall(b"thanks")
	print(h.hexdigest(), flush=True)
	EOF
	server=$!
	started="$started $server"
	within 10 linux_listens 5001
	start=$(clock)
	# shellcheck disable=SC2086
	"$tern" nc -v $link $2 $LINUX 5001 <"$work/big" >"$work/reply" \
		2>"$work/err"
	same "$1: tern nc ends with" $? 0
	took=$(($(clock) - start))
	end_of $server
	same "$1: 1 GiB to Linux" "$(cat "$work/hash")" "$big"
	same "$1: and what came back" "$(cat "$work/reply")" thanks
	echo "$1, tern sends: $(megabytes_per_second $SIZE $took)"
}

for kind in tun tap; do
	device "$kind"
	upload "$kind" ''
	device "$kind"
	download "$kind" ''
	device "$kind"
	upload "$kind, no offload" --no-offload
	device "$kind"
	download "$kind, no offload" --no-offload
done

# A bad link: what is lost, doubled, spoilt or late is made good.
head -c 20000000 "$work/big" >"$work/small"
small=$(sum "$work/small")
bad=--impair=loss=2%,duplicate=1%,reorder=2%,corrupt=1%,delay=2,seed=7
device tun
# shellcheck disable=SC2086
"$tern" nc -l -v $link $bad 5000 </dev/null >"$work/got" 2>"$work/err" &
nc=$!
started="$started $nc"
within 10 tern_listens 5000
timeout 100 python3 "$here/peer.py" connect $TERN 5000 \
	sendfile="$work/small" shut eof
same 'Linux sends over a bad link' $? 0
end_of $nc
same 'and it arrives' "$(sum "$work/got")" "$small"

device tun
python3 "$here/peer.py" listen 5001 1 save="$work/got" &
server=$!
started="$started $server"
within 10 linux_listens 5001
# shellcheck disable=SC2086
timeout 100 "$tern" nc $link $bad $LINUX 5001 <"$work/small"
same 'tern sends over a bad link' $? 0
end_of $server
same 'and it arrives there' "$(sum "$work/got")" "$small"
conclude
