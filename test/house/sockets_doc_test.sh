#!/bin/sh
# SPDX-License-Identifier: ISC
#
# doc/sockets.md and doc/tunables.md are what scripts/sockets-doc makes of the
# source, and the script notices when they are not.
set -u

scripts/sockets-doc --check || exit 1

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/doc" "$work/scripts" "$work/test/unit"
cp -r include src "$work"
cp -r test/unit/sock "$work/test/unit"
cp doc/sockets.md doc/tunables.md "$work/doc"
cp scripts/sockets-doc "$work/scripts"
sed -i 's/SO_KEEPALIVE,/SO_DEBUG,/' "$work/src/sock/opt_socket.c"
if "$work/scripts/sockets-doc" --check >/dev/null; then
	echo "sockets_doc_test: a change of the table was not noticed"
	exit 1
fi
