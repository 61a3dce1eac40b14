#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What `make install` leaves is enough for others: a project that knows only the
# prefix builds and runs through find_package and through pkg-config, shared and
# static, in C and in C++.  It has functions that are named like internals of
# tern, and must still be running its own.
set -u

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
libdir=

# The sanitizers' runtimes would have to be linked by the outsider too.
[ -z "$SAN" ] || exit 77

die()
{
	echo "install_test: $*"
	exit 1
}
quietly()
{
	"$@" >"$work/log" 2>&1 || {
		cat "$work/log"
		die "failed: $*"
	}
}

# The names that the program below takes are indeed internal ones.
for name in tcp_input tcp_output tcp_set_state ip4_input ip4_parse net_input \
	mem_alloc mem_free; do
	nm "$BUILD/libtern-internal.a" | grep -q " T $name\$" ||
		die "$name is no internal function any more: take another"
done

quietly cmake --install "$BUILD" --prefix "$prefix"
libdir=$(dirname "$(find "$prefix" -name libtern.a)")
[ -e "$prefix/bin/tern" ] || [ ! -e "$BUILD/tern" ] || die "no tool"
{ [ -h "$libdir/libtern.so" ] && [ -e "$libdir/libtern.so.0" ]; } ||
	die "libtern.so is not versioned"
if [ -e "$BUILD/libtern-packetdrill.so" ]; then
	[ -e "$libdir/libtern-packetdrill.so" ] ||
		die "no library for packetdrill"
	status=0
	env -u TERN_PACKETDRILL_CONTROL \
		"$prefix/libexec/tern-packetdrill/sysctl" -a \
		>"$work/log" 2>&1 || status=$?
	[ $status = 126 ] || die "sysctl for packetdrill: status $status"
fi
for page in doc/man/*.*; do
	[ ! -e "$page" ] || find "$prefix" -name "$(basename "$page")" |
		grep -q . || die "$page is not installed"
done

mkdir "$work/app"
cat >"$work/app/app.c" <<'C'
#include <stdio.h>
#include <tern/tern.h>
#include <tern/libc.h>

/* Names of internals of tern, with other arguments and other answers. */
#define MINE(name) int name(void); int name(void) { calls++; return -1; }
static int calls;
MINE(tcp_input)
MINE(tcp_output)
MINE(tcp_set_state)
MINE(ip4_input)
MINE(ip4_parse)
MINE(net_input)
MINE(mem_alloc)
MINE(mem_free)
double seq_add(double a, double b);
double seq_add(double a, double b) { return a * b; }

int main(void)
{
	struct tern_config config;
	struct tern *stack;
	int ret;

	tern_config_init(&config);
	config.alloc = tern_libc_allocator();
	ret = tern_create(&stack, &config, 0);
	if (ret)
		return 1;
	if (tcp_input() != -1 || mem_alloc() != -1 || seq_add(2, 8) != 16)
		return 2;
	ret = tern_socket(stack, AF_INET, SOCK_STREAM, 0);
	if (ret < 0)
		return 3;
	tern_advance(stack, TERN_S);
	tern_selfcheck(stack);
	tern_destroy(stack);
	if (calls != 2) /* tern called mine */
		return 4;
	puts("works");
	return 0;
}
C
cat >"$work/app/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.22)
project(app C CXX)
set(CMAKE_C_STANDARD 11)
set(CMAKE_CXX_STANDARD 17)
find_package(tern 0.1 REQUIRED)
configure_file(app.c ${CMAKE_BINARY_DIR}/app.cc COPYONLY)
foreach(kind tern static)
	add_executable(c-${kind} app.c)
	add_executable(cxx-${kind} ${CMAKE_BINARY_DIR}/app.cc)
	target_link_libraries(c-${kind} tern::${kind})
	target_link_libraries(cxx-${kind} tern::${kind})
endforeach()
CMAKE

quietly cmake -S "$work/app" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix"
quietly cmake --build "$work/cmake"
for program in c-tern c-static cxx-tern cxx-static; do
	[ "$("$work/cmake/$program")" = works ] || die "$program does not work"
done

PKG_CONFIG_PATH=$libdir/pkgconfig
export PKG_CONFIG_PATH
pkg-config --exists 'tern >= 0.1' || die "tern.pc is not found"
# shellcheck disable=SC2046 # flags are words
quietly "$CC" $(pkg-config --cflags tern) -o "$work/shared" \
	"$work/app/app.c" $(pkg-config --libs tern)
[ "$(LD_LIBRARY_PATH=$libdir "$work/shared")" = works ] ||
	die "the shared library does not work through pkg-config"
rm "$libdir"/libtern.so*
# shellcheck disable=SC2046
quietly "$CC" $(pkg-config --cflags tern) -o "$work/static" \
	"$work/app/app.c" $(pkg-config --static --libs tern)
[ "$("$work/static")" = works ] ||
	die "the static library does not work through pkg-config"

# What nobody calls goes: a program that only asks for a name stays small.
cat >"$work/small.c" <<'C'
#include <tern/tern.h>
int main(void) { return tern_tcp_state_name(TERN_TCP_LISTEN)[0] != 'L'; }
C
quietly "$CC" -I"$prefix/include" -Wl,--gc-sections -o "$work/small" \
	"$work/small.c" "$libdir/libtern.a"
"$work/small" || die "the small program does not work"
small=$(size "$work/small" | awk 'NR == 2 { print $1 }')
whole=$(size -t "$libdir/libtern.a" | awk 'END { print $1 }')
[ "$small" -lt $((whole / 4)) ] ||
	die "libtern.a cannot be linked in part: $small of $whole bytes"
exit 0
