#!/bin/sh
# SPDX-License-Identifier: ISC
#
# packetdrill_stock_test - packetdrill itself drives the stack, where there is
# one: what passes with `tern drill` passes with it too
set -u

tern=${BUILD:?}/tern
so=$BUILD/libtern-packetdrill.so
[ -x "$tern" ] && [ -e "$so" ] && [ -z "$SAN" ] || exit 77
if ! command -v packetdrill >/dev/null; then
	echo "packetdrill_stock_test: skipped: there is no packetdrill here"
	exit 77
fi
failed=0
for f in test/script/data/*.pkt test/script/close/*.pkt; do
	LD_PRELOAD=$so PATH=$BUILD/packetdrill-bin:$PATH timeout 20 \
		packetdrill --so_filename="$so" --so_flags=linux \
		--ip_version=ipv4 "$f" || {
		echo "packetdrill_stock_test: $f has failed"
		failed=1
	}
done
exit $failed
