#!/bin/sh
# SPDX-License-Identifier: ISC
#
# two_stacks.sh PROGRAM - checks what two_stacks prints

"$1" | grep -q '^1048576 bytes intact in [0-9.]* ms, [0-9.]* Gbit/s$'
