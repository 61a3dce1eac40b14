#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The tree obeys scripts/tidy; and scripts/tidy finds what it must: the findings
# in test/house/tidy are those listed in tidy.expect, and each limit is tried at
# its edge.
set -u

here=test/house
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

fail()
{
	echo "tidy_test: $*"
	failed=1
}

scripts/tidy || fail "the tree breaks rules of STYLE.md, see above"

scripts/tidy --root $here/tidy >"$work/out" &&
	fail "a tree full of findings passes"
if [ "${GOLDEN_UPDATE-}" ]; then
	cp "$work/out" $here/tidy.expect
fi
diff -u $here/tidy.expect "$work/out" || fail "findings differ"

# fresh: an empty tree.  put FILE: stdin becomes a file with a proper head.
tree=$work/tree
fresh()
{
	rm -rf "$tree"
	mkdir -p "$tree/src/net" "$tree/scripts"
}
put()
{
	{
		printf '/* SPDX-License-Identifier: ISC */\n'
		printf '/*\n * %s - a test\n */\n' "$(basename "$1")"
		cat
	} >"$tree/$1"
}
lines() # COUNT
{
	awk -v n="$1" 'BEGIN { while (n-- > 0) print "\tx();" }'
}

# expect NUMBER PATTERN: that many findings, each of them matching.
expect()
{
	scripts/tidy --root "$tree" >"$work/out"
	status=$?
	all=$(wc -l <"$work/out")
	some=$(grep -c -- "$2" "$work/out")
	if [ "$all" != "$1" ] || [ "$some" != "$1" ] ||
		[ $status != $((all > 0)) ]; then
		fail "expected $1 x '$2', exit status $status:"
		cat "$work/out"
	fi
}

function_of() # LINES
{
	printf 'void f(int a)\n{\n'
	lines $(($1 - 3))
	printf '}\n'
}

fresh
function_of 70 | put src/net/a.c
expect 0 x
function_of 71 | put src/net/a.c
expect 1 'src/net/a.c:5: f() is 71 lines (limit 70)'
lines 596 | put src/net/a.c
expect 0 x
lines 597 | put src/net/a.c
expect 1 'src/net/a.c:601: file is 601 lines (limit 600)'

# Tests and scripts are no exception.
fresh
mkdir "$tree/test"
function_of 71 | put test/a_test.c
expect 1 'test/a_test.c:5: f() is 71 lines (limit 70)'
lines 597 | put test/a_test.c
expect 1 'test/a_test.c:601: file is 601 lines (limit 600)'
fresh
{
	echo '#!/bin/sh'
	lines 599
} >"$tree/scripts/a"
expect 0 x
lines 1 >>"$tree/scripts/a"
expect 1 'scripts/a:601: file is 601 lines (limit 600)'
fresh

# Tabs count as eight; a multi-byte character counts once.
printf '\t%072d\n/* %074d */\n/* \303\274%073d */\n' 1 1 1 | put src/net/a.c
expect 0 x
printf '\t%073d\n/* %075d */\n' 1 1 | put src/net/a.c
expect 2 'is 81 columns (limit 80)'

printf 'static void f(int a, int (*b)(int, int), int c,\n%s\n{\n}\n' \
	'	      int d, int e, int g)' | put src/net/a.c
expect 0 x
printf 'static void f(int a, int (*b)(int, int), int c,\n%s\n{\n}\n' \
	'	      int d, int e, int g, int h)' | put src/net/a.c
expect 1 'src/net/a.c:5: f() takes 7 parameters (limit 6)'

# The allow-list: exact numbers only, and nothing that needs no excuse.
allow()
{
	echo "src/net/a.c $* because" >"$tree/scripts/tidy.allow"
}
allow parameters 7
expect 0 x
allow parameters 6
expect 1 'takes 7 parameters'
allow parameters 8
expect 1 'tidy.allow:1: src/net/a.c needs 7 only: lower the number 8'
put src/net/a.c </dev/null
expect 1 'tidy.allow:1: src/net/a.c has no parameters finding any more'
echo "src/net/a.c parameters many" >"$tree/scripts/tidy.allow"
scripts/tidy --root "$tree" >/dev/null 2>&1 &&
	fail "a malformed allow-list passes"

# What is staged counts, not what lies beside it.
if command -v git >/dev/null 2>&1; then
	# A hook of git may run this, with its repository in the environment.
	# shellcheck disable=SC2046 # a list of words on purpose
	unset $(git rev-parse --local-env-vars)
	fresh
	git -C "$tree" init -q
	put src/net/a.c </dev/null
	echo "int a; // no" | put src/net/b.c
	git -C "$tree" add src/net/a.c
	scripts/tidy --root "$tree" --staged ||
		fail "an unstaged file counts as staged"
	git -C "$tree" add src/net/b.c
	put src/net/b.c </dev/null
	scripts/tidy --root "$tree" --staged >/dev/null &&
		fail "a staged finding is not found"
fi

exit $failed
