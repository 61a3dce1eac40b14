#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The core is pure: its archive calls nothing but what a compiler itself may
# call and a few functions of memory to memory, and it holds no byte that can be
# written.  All state hangs on struct tern.
set -u

archive=$BUILD/libtern-internal.a
[ -e "$archive" ] || {
	echo "purity_test: no $archive"
	exit 1
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

allowed='mem(cpy|move|set|cmp|chr)|bcmp|str(len|n?cmp|chr|c?spn)|abort'
allowed="$allowed|__cpu_model" # what the processor can, base/cpu.h
allowed="$allowed|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail"
[ -z "$SAN" ] || allowed="$allowed|__(asan|ubsan|sanitizer|start_asan|stop_asan)_.*"

# Symbols of libc that no object of the core defines.
nm -g "$archive" | awk 'NF == 3 { print $3 }' | sort -u >"$work/defined"
nm -u "$archive" | awk '$1 == "U" { print $2 }' | sort -u >"$work/wanted"
comm -13 "$work/defined" "$work/wanted" | grep -vxE "$allowed" >"$work/impure"
if [ -s "$work/impure" ]; then
	echo "purity_test: the core calls:"
	cat "$work/impure"
	nm -A -u "$archive" | grep -wFf "$work/impure"
	failed=1
fi

# Every section that can be written, but for tables whose pointers are
# relocated once (.data.rel.ro).  Sanitizers add some of their own.
if [ -z "$SAN" ]; then
	objdump -h "$archive" | awk '
		/file format/ { object = $1 }
		$2 ~ /^\.(data|bss|tdata|tbss|init_array|ctors)/ &&
		$2 !~ /^\.data\.rel\.ro/ && $3 !~ /^0+$/ {
			printf "%s %s 0x%s bytes\n", object, $2, $3
		}' >"$work/writable"
	nm -A "$archive" | awk '$2 == "C" || $3 == "C"' >>"$work/writable"
	if [ -s "$work/writable" ]; then
		echo "purity_test: the core has memory of its own:"
		cat "$work/writable"
		failed=1
	fi
fi
exit $failed
