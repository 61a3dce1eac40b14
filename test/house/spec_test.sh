#!/bin/sh
# SPDX-License-Identifier: ISC
#
# scripts/spec accepts a tree in which every requirement of RFC 9293 is marked in
# code and in a test that passed, and those of other ledgers name both, and
# rejects each way in which that can be untrue.
set -u

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0
tree=$work/tree
table=$tree/spec/rfc9293.tsv

# A tree that is in order: 111 met, 8 departures (MUST-1 to MUST-8).
mkdir -p "$tree/spec" "$tree/src/tcp" "$tree/test/unit" "$tree/build"
grep -v '^#' spec/rfc9293.tsv | cut -f 1-4 | sed 's/$/\t\t\t\t/' |
	sed '1s/\t*$/\tstatus\tcode\ttests\treason/' >"$table"
printf '/* SPDX */\n/*\n * a.c - MUST-9 in a head does not count\n */\n' \
	>"$tree/src/tcp/a.c"
printf '/* SPDX */\n/*\n * a_test.c - all\n */\n#include <a>\n\n' \
	>"$tree/test/unit/a_test.c"
cut -f 1 "$table" | tail -n +2 | while read -r id; do
	printf '\nvoid a(void)\n{\n\ta(); /* (%s) */\n}\n' "$id" \
		>>"$tree/src/tcp/a.c"
	printf '/* %s */\nstatic void t_%s(void **state)\n{\n}\n\n' \
		"$id" "$id" | sed '/void/s/-/_/' >>"$tree/test/unit/a_test.c"
	printf 'unit-a\tt_%s\tpassed\n' "$id" | sed 's/-/_/2' \
		>>"$tree/build/results.tsv"
done
sed -i 's/(MUST-\([1-8]\))/DEPARTS MUST-\1: so./' "$tree/src/tcp/a.c"
scripts/spec --root "$tree" --update
sed -i '/^MUST-[1-8]\t/s/\tmet\t\(.*\)\t$/\tdeparts\t\1\tbecause/' "$table"
scripts/spec --root "$tree" --update
mv "$tree" "$work/good"

fresh()
{
	rm -rf "$tree"
	cp -r "$work/good" "$tree"
}

total=119

# expect STATUS COUNT [COMPLAINT]
expect()
{
	scripts/spec --root "$tree" --build "$tree/build" >"$work/out"
	status=$?
	if [ $status != "$1" ] || [ "$(tail -n 1 "$work/out")" != "$2 of $total" ] ||
		{ [ "${3-}" ] && ! grep -qx -- "$3" "$work/out"; }; then
		echo "spec_test: expected status $1, $2 of $total, '${3-}'; got:"
		cat "$work/out"
		failed=1
	fi
}

fresh
expect 0 119
grep -q '^MUST-9	.*	met	src/tcp/a.c:48	unit-a\/t_MUST_9	$' "$table" || {
	echo "spec_test: the row of MUST-9 is not as it should be"
	failed=1
}

fresh
sed -i '/^MUST-58/d' "$table"
expect 1 118 'MUST-58: no row'

fresh
sed -i 's/^\(SHLD-3\t.*\)/\1\n\1/' "$table"
expect 1 119 'SHLD-3: 2 rows'

fresh
sed -i '1s/^/\n/' "$tree/src/tcp/a.c"
expect 0 119
sed -i '1s/^/\n\n\n/' "$tree/src/tcp/a.c"
expect 1 0 'MUST-58: src/tcp/a.c:293 does not bear the mark: make spec'
scripts/spec --root "$tree" --update
expect 0 119

fresh
sed -i 's/(MUST-58)//' "$tree/src/tcp/a.c"
scripts/spec --root "$tree" --update
expect 1 118 'MUST-58: no code bears the mark'

fresh
sed -i 's/t_MUST_58	passed/t_MUST_58	failed/' "$tree/build/results.tsv"
expect 1 118 'MUST-58: test unit-a/t_MUST_58 failed'
sed -i 's/t_MUST_58	failed/t_MUST_58	skipped/' "$tree/build/results.tsv"
expect 1 118 'MUST-58: test unit-a/t_MUST_58 skipped'
sed -i '/t_MUST_58	/d' "$tree/build/results.tsv"
expect 1 118 'MUST-58: test unit-a/t_MUST_58 was not run'

fresh
sed -i '/t_MUST_58/d' "$tree/test/unit/a_test.c"
sed -i '/^MUST-58/s|unit-a/t_MUST_58||' "$table"
expect 1 118 'MUST-58: no test bears the mark'

# A test script is known by its path.
sed -i '/^MUST-58/s/\t\t$/\ttest\/tool\/acks_test.sh\t/' "$table"
scripts/spec --root "$tree" --update
expect 1 118 'MUST-58: test test/tool/acks_test.sh was not run'
printf 'tool-acks\ttool-acks\tpassed\n' >>"$tree/build/results.tsv"
expect 0 119

# So is a packet script, which bears its marks anywhere.
fresh
mkdir -p "$tree/test/script/ack"
printf '// Shown in passing, (MUST-58).\n' >"$tree/test/script/ack/gap.pkt"
scripts/spec --root "$tree" --update
expect 1 118 'MUST-58: test script/ack/gap was not run'
printf 'script\tack/gap\tpassed\n' >>"$tree/build/results.tsv"
expect 0 119

fresh
sed -i '/^MUST-1\t/s/because//' "$table"
expect 1 118 'MUST-1: no reason'

fresh
sed -i 's/DEPARTS MUST-1:/MUST-1/' "$tree/src/tcp/a.c"
expect 1 118 'MUST-1: no comment with DEPARTS in src/'

fresh
sed -i 's/(MUST-9)/DEPARTS MUST-9/' "$tree/src/tcp/a.c"
sed -i '/^MUST-9\t/s/\tmet\t\(.*\)\t$/\tdeparts\t\1\tbecause/' "$table"
expect 1 119 '9 departures, 8 are allowed'

fresh
sed -i '/^MAY-1\t/s/\tmet\t.*$/\tn\/a\t\t\tnot done/' "$table"
sed -i '/^SHLD-13\t/s/\tmet\t.*$/\tn\/a\t\t\tnot ours/' "$table"
scripts/spec --root "$tree" --update
expect 0 119
sed -i '/^SHLD-1\t/s/\tmet\t.*$/\tn\/a\t\t\tnot done/' "$table"
expect 1 118 'SHLD-1: n/a, but it is neither a MAY nor for applications'

fresh
echo '/* MUST-70 */' >>"$tree/src/tcp/a.c"
expect 1 119 'MUST-70: marked, but not an identifier of RFC 9293'

fresh
echo >>"$tree/CONFORMANCE.md"
expect 1 119 'CONFORMANCE.md is not made from spec/: make spec'

# Another ledger: code by function, tests by mark or by name.
other=$tree/spec/rfc0001.tsv
total=121
fresh
{
	printf '# RFC 1, Of tests: a ledger.\n'
	head -n 1 "$table"
	printf 'ONE-1\t1\tW\tIt is.\tmet\tsrc/tcp/b.c:b_is\t\t\n'
	printf 'ONE-2\t2\tW\tIt is so.\t%s\n' \
		'met	src/tcp/b.c:B_MAX src/tcp/b.c:b_table	unit-b	'
} >"$other"
printf '#define B_MAX 1\nstatic const int b_table[] = {1};\n' \
	>"$tree/src/tcp/b.c"
printf 'static int b_is(int a)\n{\n\tb_not();\n}\n' >>"$tree/src/tcp/b.c"
mkdir -p "$tree/test/script/one"
printf '// It is (ONE-1).\n' >"$tree/test/script/one/is.pkt"
printf 'script\tone/is\tpassed\nunit-b\tunit-b\tpassed\n' \
	>>"$tree/build/results.tsv"
scripts/spec --root "$tree" --update
rm -rf "$work/good"
mv "$tree" "$work/good"

fresh
expect 0 121 'RFC 1: 2 of 2 (2 met, 0 departs, 0 n/a)'
grep -q '^ONE-1	.*	script/one/is	$' "$other" &&
	grep -qF '| [RFC 1](spec/rfc0001.tsv) | Of tests | 2 | 2 | 0 | 0 |' \
		"$tree/CONFORMANCE.md" || {
	echo "spec_test: the other ledger is not as it should be"
	failed=1
}

# one_wrong SED COMPLAINT: a ledger in which one thing is untrue
one_wrong()
{
	fresh
	sed -i "$1" "$other"
	scripts/spec --root "$tree" --update
	expect 1 120 "$2"
}
one_wrong 's/b_is/b_not/' 'ONE-1: b_not is not defined in src/tcp/b.c'
one_wrong 's/b.c:b_is/c.c:b_is/' \
	'ONE-1: src/tcp/c.c:b_is: no such file, or no name after it'
one_wrong 's/src.tcp.b.c:b_is//' 'ONE-1: no code is named'
one_wrong 's/unit-b/unit-c/' 'ONE-2: test unit-c was not run'
one_wrong 's/unit-b//' 'ONE-2: no test bears the mark'
one_wrong '/ONE-2/s/\tmet/\tdeparts/' 'ONE-2: no reason'
one_wrong '/ONE-2/s/\tmet/\tperhaps/' "ONE-2: unknown status 'perhaps'"
one_wrong 's/It is so.//' 'ONE-2: no section, or no wording'

fresh
sed -i 's/passed/failed/' "$tree/build/results.tsv"
expect 1 0 'ONE-1: test script/one/is failed'

fresh
sed -i 's/ONE-1/ONE-3/' "$tree/test/script/one/is.pkt"
expect 1 121 'ONE-3: marked, but not an identifier of RFC 1'

fresh
sed -i 's/^ONE-2/ONE-1/' "$other"
expect 1 120 'ONE-1: 2 rows'

exit $failed
