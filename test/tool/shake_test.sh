#!/bin/sh
# SPDX-License-Identifier: ISC
#
# shake_test - tern shake as its user sees it: options, formats, bad input
#
# What the scenarios promise is tested by test/sim/shake_test.c.
set -u
tern=$BUILD/tern
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

fail()
{
	echo "shake_test: $*" >&2
	failed=1
}

# expect STATUS ARGUMENTS...: output in $dir/out, messages in $dir/err
expect()
{
	expected=$1
	shift
	"$tern" shake "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	[ "$status" = "$expected" ] ||
		fail "shake $*: exit $status, not $expected"
}

# shows FILE TEXT
shows()
{
	grep -qF -e "$2" "$dir/$1" || fail "no '$2' in $1: $(head -c 300 "$dir/$1")"
}

unset LC_ALL LC_CTYPE NO_COLOR
LANG=C.UTF-8
export LANG

# Without a scenario it shows the first; --list has a line for each.
expect 0
shows out 'open: the three-way handshake'
expect 0 --list
n=$(wc -l <"$dir/out")
[ "$n" -ge 25 ] || fail "--list shows $n scenarios"
expect 0 open data close
[ "$(grep -c '^promise: ' "$dir/out")" -ge 9 ] || fail 'promises are missing'
shows out '3 scenarios'
shows out 'all kept'

# Bad usage names what was wrong and what is accepted.
expect 2 no-such-thing
shows err "no scenario 'no-such-thing'"
shows err 'accept-queue-full'
[ -s "$dir/out" ] && fail 'a diagram in spite of bad usage'
expect 2 --width=10 open
shows err 'from 72 to 200'
expect 2 --width=wide open
shows err "not 'wide'"
expect 2 --seed=-1 open
expect 2 --seed= open
expect 2 --color=sometimes open
shows err 'auto, always or never'
expect 2 --no-such-option
shows err 'unrecognized option'
expect 1 --pcap "$dir/none/x.pcapng" open
shows err 'No such file or directory'
if [ -w /dev/full ]; then
	"$tern" shake open >/dev/full 2>"$dir/err" &&
		fail 'a full disk goes unnoticed'
	shows err 'No space left'
fi

# No line is wider than asked for, with or without characters beyond ASCII.
for width in 72 80 120 200; do
	for ascii in '' --ascii; do
		expect 0 --all --width $width $ascii
		python3 - "$dir/out" $width <<-'END' || fail "wider than $width"
			import sys
			lines = open(sys.argv[1], encoding="utf-8").read().split("\n")
			sys.exit(max(map(len, lines)) > int(sys.argv[2]))
		END
	done
done
expect 0 --all --ascii
LC_ALL=C grep -q '[^ -~]' "$dir/out" && fail '--ascii is not'
LANG=C
expect 0 open
LC_ALL=C grep -q '[^ -~]' "$dir/out" && fail 'LANG=C is not ASCII'
LANG=C.UTF-8

# Colours only if asked for, or on a terminal.
escape=$(printf '\033')
expect 0 open
grep -qF "$escape" "$dir/out" && fail 'colours in a file'
expect 0 --color=always open
grep -qF "$escape" "$dir/out" || fail 'no colours with --color=always'

# The same seed draws the same picture, another one another.
expect 0 --all --json --seed 7
mv "$dir/out" "$dir/first"
expect 0 --all --json --seed 7
cmp -s "$dir/first" "$dir/out" || fail 'the seed does not decide'
expect 0 --all --json --seed 8
cmp -s "$dir/first" "$dir/out" && fail 'the seed does not matter'

# Each scenario is one JSON object in one line.
python3 - "$dir/out" <<-'END' || fail 'JSON'
	import json, sys
	names = set()
	for line in open(sys.argv[1]):
	    o = json.loads(line)
	    names.add(o["scenario"])
	    assert o["kept"] is True and o["promises"] and o["steps"]
	    assert all(p["kept"] is True for p in o["promises"])
	    times = [s["time"] for s in o["steps"]]
	    assert times == sorted(times), o["scenario"]
	    for s in o["steps"]:
	        if s["kind"] == "segment":
	            assert s["sent"] <= s["time"] and s["segment"]["flags"]
	            assert s["from"] != s["to"] and s["states"]
	assert len(names) >= 25
END
expect 1 --break --json open
python3 - "$dir/out" <<-'END' || fail 'JSON of a broken promise'
	import json, sys
	o = json.loads(open(sys.argv[1]).read())
	assert o["kept"] is False
	assert not all(p["kept"] for p in o["promises"])
END

# A capture: a section header, an interface per wire, a packet per segment.
expect 0 --pcap "$dir/x.pcapng" open close bind-none
python3 - "$dir/x.pcapng" <<-'END' || fail 'pcapng'
	import struct, sys
	data = open(sys.argv[1], "rb").read()
	at, kinds = 0, []
	while at < len(data):
	    kind, length = struct.unpack_from("<II", data, at)
	    assert length % 4 == 0 and length >= 12
	    assert struct.unpack_from("<I", data, at + length - 4)[0] == length
	    if kind == 6:
	        interface = struct.unpack_from("<I", data, at + 8)[0]
	        assert interface < kinds.count(1)
	    kinds.append(kind)
	    at += length
	assert kinds[0] == 0x0A0D0D0A and kinds.count(0x0A0D0D0A) == 1
	assert kinds.count(1) == 3 and kinds.count(6) == 3 + 7 + 3, kinds
END

exit $failed
