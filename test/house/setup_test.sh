#!/bin/sh
# SPDX-License-Identifier: ISC
#
# scripts/setup, on a machine made of a PATH: it leaves alone what is complete,
# installs exactly what is missing, updates the package lists only if it must,
# and names what it could not get.  Nothing real is installed.
set -u

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bin=$work/bin
failed=0

# The machine: everything but pkg-config and python3.  Its apt-get can install
# those two, if $work/lists is there; `apt-get update` makes that.
fresh()
{
	rm -rf "$bin" "$work/calls" "$work/lists"
	mkdir "$bin"
	for name in sh cc c++ as ld make objcopy cmake ninja cat chmod cut env grep \
		head ln mktemp rm sed sort tail touch; do
		path=$(command -v $name) || exit 77
		printf '#!/bin/sh\nexec %s "$@"\n' "$path" >"$bin/$name"
	done
	printf '#!/bin/sh\necho 1000\n' >"$bin/id"
	# shellcheck disable=SC2016 # for the script that is written
	printf '#!/bin/sh\n[ "$1" != -n ] || shift\nexec "$@"\n' >"$bin/sudo"
	cat >"$bin/apt-get" <<-SCRIPT
		#!/bin/sh
		echo "\$*" >>$work/calls
		case \$1 in
		update) touch $work/lists ;;
		install)
			[ -e $work/lists ] || exit 100
			for package; do
				case \$package in
				pkg-config | python3)
					ln -s /bin/true $bin/\$package ;;
				esac
			done ;;
		esac
	SCRIPT
	chmod +x "$bin"/*
}

# expect STATUS CALLS OUTPUT
expect()
{
	: >>"$work/calls"
	PATH=$bin sh scripts/setup >"$work/out" 2>&1 </dev/null
	status=$?
	printf '%s' "$2" >"$work/want"
	if [ $status != "$1" ] || ! diff "$work/want" "$work/calls" ||
		{ [ "$3" ] && ! grep -qF -- "$3" "$work/out"; }; then
		echo "setup_test: expected status $1 and '$3'; got $status and:"
		cat "$work/out"
		failed=1
	fi
}

install='install -y --no-install-recommends pkg-config python3
'

fresh
touch "$work/lists"
expect 0 "$install" 'installing pkg-config python3'
rm "$work/calls"
expect 0 '' ''

fresh
expect 0 "${install}update
$install" 'installing pkg-config python3'

fresh
rm "$bin/apt-get"
expect 1 '' "no apt-get to install it (Debian's names): pkg-config python3"

fresh
rm "$bin/sudo"
expect 1 '' 'run as root: apt-get install pkg-config python3'

# sudo that may not, and a package that does not exist.
fresh
printf '#!/bin/sh\nexit 1\n' >"$bin/sudo"
expect 1 '' 'still missing: pkg-config python3'
fresh
touch "$work/lists"
sed -i 's/ | python3)/)/' "$bin/apt-get"
expect 1 "$install" 'still missing: python3'

if PATH=$bin sh scripts/setup everything >"$work/out" 2>&1 ||
	! grep -q "unknown argument 'everything'" "$work/out"; then
	echo "setup_test: an unknown argument is not refused by name"
	failed=1
fi
exit $failed
