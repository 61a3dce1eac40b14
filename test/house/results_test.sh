#!/bin/sh
# SPDX-License-Identifier: ISC
#
# scripts/results counts what ctest reports, and takes no silence for a pass.
set -u

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# A tree of its own, whose table of requirements is a draft, and empty.
columns='id\tsection\ttag\twording\tstatus\tcode\ttests\treason\n'
mkdir "$work/scripts" "$work/spec" &&
	cp scripts/results scripts/spec "$work/scripts" || exit 1
# shellcheck disable=SC2059 # tabs
printf "$columns" >"$work/spec/rfc9293.tsv"
results=$work/scripts/results

# program NAME STATUS OUTPUT [WHY NOT RUN]
program()
{
	printf '<testcase name="%s" status="%s">' "$1" "$2"
	[ -z "${4-}" ] || printf '<skipped message="%s"/>' "$4"
	printf '<system-out>%b</system-out></testcase>\n' "$3"
}

# expect STATUS LAST-LINE; the programs come on stdin.
expect()
{
	{
		echo '<testsuite>'
		cat
		echo '</testsuite>'
	} >"$work/xml"
	"$results" "$work/xml" "$work/tsv" >"$work/out" 2>&1
	status=$?
	if [ $status != "$1" ] || [ "$(tail -n 1 "$work/out")" != "$2" ]; then
		echo "results_test: expected status $1, '$2'; got $status:"
		cat "$work/out"
		failed=1
	fi
}

ok='[       OK ]'
expect 0 '3 passed, 0 failed' <<EOT
$(program unit-a run "[ RUN      ] one\n$ok one\nno end of line$ok two\n")
$(program house-b run 'all is well')
EOT
printf 'unit-a\tone\tpassed\nunit-a\ttwo\tpassed\nhouse-b\thouse-b\tpassed\n' |
	diff - "$work/tsv" || failed=1

# cmocka names what failed twice.
expect 1 '1 passed, 1 failed' <<EOT
$(program unit-a fail "$ok one\n[  FAILED  ] two\n\n[  FAILED  ] two\n")
EOT
# A leak after the last test, a crash in the middle, a time-out.
expect 1 '2 passed, 1 failed' <<EOT
$(program unit-a fail "$ok one\n$ok two\nSUMMARY: leaked")
EOT
expect 1 '0 passed, 1 failed' <<EOT
$(program unit-a fail '')
EOT
expect 0 '1 passed, 0 failed' <<EOT
$(program unit-a run "$ok one\n[  SKIPPED ] two\n[  SKIPPED ] two\n")
$(program tool-b notrun '' SKIP_RETURN_CODE=77)
EOT
expect 1 '1 passed, 1 failed' <<EOT
$(program unit-a run "$ok one")
$(program unit-b notrun '' 'Unable to find executable')
EOT
expect 1 '0 passed, 0 failed' </dev/null

"$results" "$work/none" "$work/tsv" >"$work/out" 2>&1 && failed=1
[ "$(tail -n 1 "$work/out")" = '0 passed, 1 failed' ] || failed=1

# The table is a test as well, once it is enforced; an empty one fails.
# shellcheck disable=SC2059 # tabs
printf "# RFC 9293, TCP\n# stage: enforced\n$columns" >"$work/spec/rfc9293.tsv"
expect 1 '1 passed, 1 failed' <<EOT
$(program house-b run 'all is well')
EOT
grep -qx 'failed: spec' "$work/out" || failed=1

exit $failed
