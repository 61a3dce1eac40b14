#!/bin/sh
# SPDX-License-Identifier: ISC
#
# echo_tun.sh PROGRAM - lets echo_tun ask itself; 77 if that is not allowed

said=$("$1" --self-test)
status=$?
[ $status = 0 ] || exit $status
[ "$said" = "echo: hello, tern" ]
