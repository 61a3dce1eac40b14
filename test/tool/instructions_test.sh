#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The number of instructions that a unit of work takes, both ends together, is
# what test/golden/instructions.txt says, within 2% either way: what became
# dearer is noticed at once, whatever the machine, and what became cheaper is
# written down before it can be lost again.
#
# Callgrind counts, over build/bench-tern's fixed workloads.  Only the build
# that the golden file was made with is compared: its compiler, optimised as a
# whole.  To accept new numbers, then to be read in `git diff`:
#
#	GOLDEN_UPDATE=1 BUILD=build sh test/tool/instructions_test.sh
set -u

golden=test/golden/instructions.txt
BUILD=${BUILD:-build}
cache=$BUILD/CMakeCache.txt
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

skip()
{
	echo "instructions_test: skipped: $*"
	exit 77
}

cached()
{
	sed -n "s/^$1:[A-Z]*=//p" "$cache"
}

command -v valgrind >/dev/null 2>&1 || skip "there is no valgrind"
[ -z "${SAN:-}" ] || skip "a build with sanitizers"
[ "$(cached TERN_LTO) $(cached CMAKE_BUILD_TYPE)" = "ON RelWithDebInfo" ] ||
	skip "not the build that is measured"
compiler=$("$(cached CMAKE_C_COMPILER)" --version | sed -n '1s/^[^ ]* //p')
vectors=$(grep -q -m 1 avx2 /proc/cpuinfo 2>/dev/null && echo AVX2)
head="# $compiler, $(uname -m)${vectors:+ $vectors}"
[ "${GOLDEN_UPDATE:-}" ] || [ "$(head -n 1 "$golden")" = "$head" ] ||
	skip "the golden file is of another compiler or processor"

# count KIND N WORDS...: what one unit takes
count()
{
	kind=$1 n=$2
	shift 2
	valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		--collect-atstart=no --toggle-collect=work_measured \
		"$BUILD/bench-tern" work "kind=$kind" "n=$n" \
		>"$work/log" 2>&1 || {
		cat "$work/log" >&2
		exit 1
	}
	all=$(sed -n 's/.*Collected : \([0-9][0-9]*\).*/\1/p' "$work/log")
	[ "$all" ] || exit 1
	printf '%-8s %7d   %s\n' "$kind" "$((all / n))" "$*"
}

{
	echo "$head"
	echo "# Instructions of a unit of work, both ends; see \
test/tool/instructions_test.sh"
	echo "#"
	count segment 400 "a segment of 1448 bytes, sent, summed, received"
	count stream 40 "45 of them at once"
	count super 40 "64 KiB at once over a trusted link"
	count rr 200 "a request and a response of 64 bytes"
	count crr 100 "a connection: opened, 64 bytes each way, closed"
	count open 256 "a connection: opened"
	count timer 256 "the expiry of a retransmission timer"
} >"$work/now" || exit 1

if [ "${GOLDEN_UPDATE:-}" ]; then
	cp "$work/now" "$golden"
	exit 0
fi

awk '
	/^#/ { next }
	NR == FNR { was[$1] = $2; n++; next }
	{
		seen++
		change = was[$1] ? ($2 - was[$1]) * 100 / was[$1] : 100
		printf "%-8s %7d instructions, golden %7d: %+.1f%%\n",
			$1, $2, was[$1], change
		if (change > 2 || change < -2)
			bad = 1
	}
	END { exit bad || seen != n }
' "$golden" "$work/now" && exit 0
echo "instructions_test: more than 2% away; if that is meant:"
echo "	GOLDEN_UPDATE=1 BUILD=$BUILD sh test/tool/instructions_test.sh"
exit 1
