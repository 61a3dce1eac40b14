#!/bin/sh
# SPDX-License-Identifier: ISC
#
# echo_memory.sh PROGRAM - checks what echo_memory prints

[ "$("$1")" = "echo: hello, tern" ]
