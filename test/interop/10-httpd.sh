#!/bin/sh
# SPDX-License-Identifier: ISC
#
# 10-httpd - curl takes 1 GiB from tern httpd, and everything else it asks for
#
#	curl (Linux, 10.9.0.1) ----- TUN, TAP ----- tern httpd (10.9.0.2:80)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

SIZE=$((1 << 30))
www=$work/www
mkdir "$www" "$www/sub" "$www/with index"
head -c $SIZE /dev/urandom >"$www/big"
big=$(sum "$www/big")
printf 'hello, world\n' >"$www/a.txt"
printf '<p>index</p>\n' >"$www/with index/index.html"
: >"$www/empty"
echo x >"$www/sub/<&\">%.txt"
echo secret >"$work/secret"
ln -s ../secret "$www/leak"
ln -s a.txt "$www/inside"
mkfifo "$www/fifo"
for i in $(seq 200); do
	head -c $((i * 1000)) "$www/big" >"$www/file$i"
done

# serve KIND ARG... - a fresh device and a tern httpd on it
serve()
{
	device "$1"
	shift
	# shellcheck disable=SC2086 # lists of words on purpose
	"$tern" httpd "$www" $link "$@" >"$work/log" 2>"$work/err" &
	httpd=$!
	started="$started $httpd"
	ready $httpd && within 5 tern_listens 80
}

stop()
{
	kill -INT $httpd
	end_of $httpd
	same 'SIGINT ends it with status 0' $? 0
	tail -n 1 "$work/err"
}

# download WHAT - 1 GiB, compared byte for byte
download()
{
	same "$1: 1 GiB is the same" \
		"$(curl -s http://$TERN/big | sum)" "$big"
	echo "$1: $(curl -s -o /dev/null -w '%{speed_download}' \
		http://$TERN/big | awk '{ print int($1 / 1e6) }') MB/s"
}

# status WHAT EXPECTED CURL-ARG...
status()
{
	what=$1 expected=$2
	shift 2
	same "$what: $expected" "$(curl -s -o "$work/body" -D "$work/head" \
		-w '%{http_code}' --max-time 10 "$@")" "$expected"
}

# raw REQUEST - sends bytes as they are and prints the status line
raw()
{
	python3 - "$1" <<-'EOF'
	import socket, sys
	s = socket.create_connection(("10.9.0.2", 80), timeout=10)
	s.sendall(sys.argv[1].encode().decode("unicode_escape").encode("latin1"))
	s.shutdown(socket.SHUT_WR)
	data = b""
	while piece := s.recv(65536):
	    data += piece
	print(data.split(b"\r\n")[0].decode())
	EOF
}

requests()
{
	u=http://$TERN
	status 'a file' 200 $u/a.txt
	same 'its bytes' "$(cat "$work/body")" 'hello, world'
	contains 'its type' "$work/head" 'Content-Type: text/plain'
	etag=$(sed -n 's/^ETag: //p' "$work/head" | tr -d '\r')
	modified=$(sed -n 's/^Last-Modified: //p' "$work/head" | tr -d '\r')
	status 'an empty file' 200 $u/empty
	status 'HEAD' 200 -I $u/big
	contains 'HEAD tells the length' "$work/head" "Content-Length: $SIZE"
	status 'none' 404 $u/none
	status 'a file as directory' 404 $u/a.txt/
	status 'a method' 405 -X DELETE $u/a.txt
	contains 'those that are allowed' "$work/head" '^Allow: GET, HEAD'
	status 'a body nobody wants' 405 -T "$www/a.txt" $u/a.txt
	status 'a query' 200 "$u/a.txt?x=1"
	status 'percent' 200 "$u/%61%2etxt"
	status 'bad percent' 400 "$u/%6"
	status 'a zero byte' 400 "$u/a%00b"
	status 'climbing' 403 --path-as-is "$u/../secret"
	status 'climbing, encoded' 403 --path-as-is "$u/%2e%2e/secret"
	status 'climbing from below' 403 --path-as-is "$u/sub/../../secret"
	status 'a link that leads out' 403 $u/leak
	status 'a link that does not' 200 $u/inside
	status 'a FIFO' 403 $u/fifo
	status 'a directory without slash' 301 $u/sub
	contains 'where it is' "$work/head" '^Location: /sub/'
	status 'no other host' 301 --path-as-is "$u//sub"
	contains 'it is this one' "$work/head" '^Location: /sub/'
	status 'a listing' 200 $u/sub/
	contains 'its links' "$work/body" './%3C%26%22%3E%25.txt'
	contains 'its names' "$work/body" '&lt;&amp;&quot;&gt;%.txt'
	status 'its file' 200 "$u/sub/%3C%26%22%3E%25.txt"
	status 'an index' 200 "$u/with%20index/"
	contains 'of its own' "$work/body" '<p>index</p>'

	status 'a range' 206 -r 1-3 $u/a.txt
	same 'its bytes' "$(cat "$work/body")" ell
	contains 'its place' "$work/head" '^Content-Range: bytes 1-3/13'
	status 'the end' 206 -r 7- $u/a.txt
	same 'its bytes' "$(cat "$work/body")" world
	status 'the last' 206 -r -6 $u/a.txt
	same 'its bytes' "$(cat "$work/body")" world
	status 'too long a range' 206 -r 0-999999999999999999999 $u/a.txt
	status 'beyond' 416 -r 13- $u/a.txt
	contains 'how long it is' "$work/head" '^Content-Range: bytes \*/13'
	status 'of nothing' 416 -r 0- $u/empty
	status 'two ranges' 200 -r 0-1,3-4 $u/a.txt
	status 'a strange range' 200 -H 'Range: lines=1-2' $u/a.txt
	status 'same file' 304 -H "If-None-Match: $etag" $u/a.txt
	status 'other file' 200 -H 'If-None-Match: "x"' $u/a.txt
	status 'not since' 304 -H "If-Modified-Since: $modified" $u/a.txt
	status 'range of the same' 206 -r 0-1 -H "If-Range: $etag" $u/a.txt
	status 'range of another' 200 -r 0-1 -H 'If-Range: "x"' $u/a.txt

	same 'no Host' "$(raw 'GET / HTTP/1.1\r\n\r\n')" \
		'HTTP/1.1 400 Bad Request'
	same 'two' "$(raw 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')" \
		'HTTP/1.1 400 Bad Request'
	same 'HTTP/1.0' "$(raw 'GET /a.txt HTTP/1.0\r\n\r\n')" 'HTTP/1.1 200 OK'
	same 'no method' "$(raw 'NONE / HTTP/1.1\r\nHost: a\r\n\r\n')" \
		'HTTP/1.1 501 Not Implemented'
	same 'no HTTP' "$(raw '\x16\x03\x01\x02\x00')" \
		'HTTP/1.1 501 Not Implemented'
	status 'a long target' 414 "$u/$(head -c 9000 /dev/zero | tr '\0' a)"
	status 'a long head' 431 -H "X: $(head -c 40000 /dev/zero | tr '\0' a)" \
		$u/a.txt
}

# Requests on one connection, one after the other and ahead of their answers.
persistence()
{
	same 'three requests, one connection' "$(curl -s -o /dev/null \
		-o /dev/null -o /dev/null -w '%{num_connects} ' \
		http://$TERN/a.txt http://$TERN/none http://$TERN/a.txt)" \
		'1 0 0 '
	check 'requests sent ahead' python3 - <<-'EOF'
	import socket
	s = socket.create_connection(("10.9.0.2", 80), timeout=10)
	one = b"GET /file%d HTTP/1.1\r\nHost: x\r\n\r\n"
	s.sendall(b"".join(one % i for i in range(1, 101)) +
	          b"GET /a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	data = b""
	while piece := s.recv(1 << 18):
	    data += piece
	assert data.count(b"HTTP/1.1 200 OK") == 101, data[:200]
	assert len(data) > 1000 * 100 * 101 // 2
	EOF
}

# 200 files over 50 connections at a time, and 500 idle ones meanwhile.
many()
{
	check '200 files at once' python3 - "$www" 2>"$work/curl" <<-'EOF'
	import hashlib, socket, subprocess, sys, tempfile
	www = sys.argv[1]
	idle = [socket.create_connection(("10.9.0.2", 80)) for _ in range(500)]
	with tempfile.TemporaryDirectory() as got:
	    subprocess.run(["curl", "-s", "-Z", "--parallel-max", "50",
	                    "-o", got + "/file#1",
	                    "http://10.9.0.2/file[1-200]"], check=True)
	    for i in range(1, 201):
	        a = open(f"{www}/file{i}", "rb").read()
	        b = open(f"{got}/file{i}", "rb").read()
	        assert a == b, i
	EOF
}

for kind in tun tap; do
	serve "$kind" || continue
	download "$kind"
	requests
	persistence
	many
	stop
	serve "$kind" --no-offload || continue
	download "$kind, no offload"
	stop
done

# A download that is going on when the signal comes.
serve tun && {
	curl -s --limit-rate 1M -o /dev/null http://$TERN/big &
	curl=$!
	started="$started $curl"
	within 5 tern_has ESTAB 80
	sleep 0.3
	kill -INT $httpd
	end_of $httpd 20
	same 'a signal during a download' $? 0
	contains 'which is cut short' "$work/log" 'cut short'
	end_of $curl
	check 'and curl knows' [ $? != 0 ]
}
conclude
