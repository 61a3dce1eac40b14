#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Every public header compiles alone, and twice, as C11 and as C++17, without a
# warning and without any macro defined on its behalf.
set -u

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

case ${CC-cc} in
*clang) cxx=clang++ ;;
*) cxx=c++ ;;
esac

try() # HEADER SUFFIX COMPILER FLAGS...
{
	printf '#include <tern/%s>\n#include <tern/%s>\n' "$1" "$1" \
		>"$work/header$2"
	shift 2
	"$@" -Wall -Wextra -Wpedantic -Wconversion -Werror -Iinclude \
		-c -o "$work/header.o" "$file" || failed=1
}

n=0
for path in include/tern/*.h; do
	[ -e "$path" ] || continue
	header=$(basename "$path")
	file=$work/header.c
	try "$header" .c "${CC-cc}" -std=c11
	file=$work/header.cc
	try "$header" .cc "$cxx" -std=c++17
	n=$((n + 1))
done
echo "$n headers"
[ $n -gt 0 ] && exit $failed
