#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Every public call has a manual page: one that names it and shows how it is
# declared, or an alias of such a page.  Nothing else is described, and mandoc
# has nothing to say about any page.
set -u

pages=${PAGES-doc/man}
headers=${HEADERS-include/tern}
failed=0

complain()
{
	echo "man_test: $*"
	failed=1
}

# The functions that a header declares, its inline ones too.
calls()
{
	name='tern_[a-z0-9_]+\('
	cat "$headers"/*.h | tr '\n' ' ' |
		grep -oE "(TERN_API|static inline) [^;(){}]*[ *]$name" |
		grep -oE "$name\$" | tr -d '(' | sort -u
}

# The page on which a name is described: its own or the one it stands for.
page_of() # NAME
{
	target=$(sed -n '1s,^\.so man3/,,p' "$pages/$1.3")
	echo "$pages/${target:-$1.3}"
}

all=$(calls | tr '\n' ' ')
n=0
for call in $all; do
	n=$((n + 1))
	[ -e "$pages/$call.3" ] || {
		complain "$call has no page"
		continue
	}
	page=$(page_of "$call")
	[ -e "$page" ] || {
		complain "$call: there is no $page"
		continue
	}
	grep -qE "^\.Nm $call( ,)?\$" "$page" ||
		complain "$page does not name $call"
	grep -qE "^\.F[no] $call( |\$)" "$page" ||
		complain "$page does not declare $call"
done
[ $n -gt 100 ] || complain "found $n calls only"

for page in "$pages"/*.[1-9]; do
	case $(head -n 1 "$page") in
	.so*)
		name=$(basename "$page" .3)
		case " $all" in
		*" $name "*) ;;
		*) complain "$page is of no call" ;;
		esac
		continue
		;;
	esac
	command -v mandoc >/dev/null || continue
	mandoc -T lint -W warning "$page" || failed=1
	# A reference within the manual leads somewhere.
	for xr in $(sed -n 's/^\.Xr \(tern[^ ]*\) \([1-9]\).*/\1.\2/p' "$page")
	do
		[ -e "$pages/$xr" ] || complain "$page: there is no $xr"
	done
done
echo "$n calls"
exit $failed
