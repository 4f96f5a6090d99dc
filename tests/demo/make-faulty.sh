#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Write the demo service's source with a name drawn at random for every @function@ of the template,
# and beside it which name stands for which: for whoever debugs the build, read by no check.
# usage: make-faulty.sh TEMPLATE SOURCE MAP
set -eu

[ $# = 3 ] || { echo "usage: make-faulty.sh TEMPLATE SOURCE MAP" >&2; exit 2; }

script=$(mktemp)
trap 'rm -f "$script"' EXIT
: >"$3"
for function in $(grep -o '@[a-z_]*@' "$1" | tr -d @ | sort -u); do
	name=fn_$(od -An -N 5 -tx1 /dev/urandom | tr -d ' \n')
	echo "s/@$function@/$name/g" >>"$script"
	echo "$function $name" >>"$3"
done
sed -f "$script" "$1" >"$2"
