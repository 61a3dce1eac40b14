#!/bin/sh
# SPDX-License-Identifier: ISC
#
# scripts/spec finds what is untrue; the cases stand in spec_cases.py, which
# makes all of them in one process.
exec python3 test/house/spec_cases.py
