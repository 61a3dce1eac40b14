#!/bin/sh
# SPDX-License-Identifier: ISC
#
# libtern.so exports exactly what test/golden/symbols.txt lists, libtern.a the
# same, and the public headers declare the same.  GOLDEN_UPDATE=1 rewrites the
# list.  libtern-packetdrill.so exports what cmake/packetdrill.map lists.
set -u

# Sanitizers export names of their own.
[ -z "$SAN" ] || exit 77
golden=test/golden/symbols.txt
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

nm -D --defined-only "$BUILD/libtern.so" | awk '{ print $3 }' |
	LC_ALL=C sort >"$work/shared"
nm -g --defined-only "$BUILD/libtern.a" | awk 'NF == 3 { print $3 }' |
	LC_ALL=C sort >"$work/static"

grep -hv '^#' include/tern/*.h | tr '\n' ' ' | grep -o 'TERN_API[^;(]*(' |
	grep -o '[A-Za-z_0-9]*($' | tr -d '(' | LC_ALL=C sort >"$work/declared"

if grep -v '^tern_' "$work/shared"; then
	echo "symbols_test: not our prefix"
	failed=1
fi
if ! diff -u "$work/declared" "$work/shared"; then
	echo "symbols_test: declared and exported names differ"
	failed=1
fi
if [ "${GOLDEN_UPDATE-}" ]; then
	mkdir -p test/golden
	cp "$work/shared" $golden
fi
if ! diff -u $golden "$work/shared"; then
	echo "symbols_test: libtern.so differs; if it should: make golden-update"
	failed=1
fi
if ! diff -u "$work/shared" "$work/static"; then
	echo "symbols_test: libtern.a and libtern.so differ"
	failed=1
fi

# What packetdrill loads has its entry, and what it interposes.
so=$BUILD/libtern-packetdrill.so
if [ -e "$so" ]; then
	nm -D --defined-only "$so" | awk '{ print $3 }' |
		LC_ALL=C sort >"$work/so"
	sed -n 's/^\t\t\([a-z0-9_]*\);$/\1/p' cmake/packetdrill.map |
		LC_ALL=C sort >"$work/map"
	if [ ! -s "$work/map" ] || ! diff -u "$work/map" "$work/so"; then
		echo "symbols_test: libtern-packetdrill.so differs from its map"
		failed=1
	fi
fi
exit $failed
