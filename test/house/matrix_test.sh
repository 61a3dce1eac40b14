#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The packet scripts of every segment in every state are those that
# scripts/matrix writes from its tables; and it finds one that is not, one too
# many and one too few.
set -u

root=$PWD
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

fail()
{
	echo "matrix_test: $*"
	failed=1
}

scripts/matrix --check || fail 'run scripts/matrix'

mkdir -p "$work/test/script" &&
	cp -R test/script/matrix "$work/test/script" || exit 1
cd "$work" || exit 1
m=test/script/matrix
echo '// by hand' >>$m/listen/syn-seq-0.pkt
mv $m/closed/rst-seq-0.pkt $m/closed/other.pkt
"$root/scripts/matrix" --check >out && fail 'finds nothing'
for f in listen/syn-seq-0 closed/rst-seq-0 closed/other; do
	grep -q "^$m/$f.pkt: " out || fail "does not find $f"
done
"$root/scripts/matrix" >out && "$root/scripts/matrix" --check >out ||
	fail 'does not put right what it finds'
diff -r "$root/$m" $m || fail 'writes something else'
[ $failed = 0 ]
