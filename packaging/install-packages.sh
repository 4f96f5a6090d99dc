#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install what is missing of packaging/debian-packages.txt for the given needs (build, demo, test,
# lint). Touches no network when everything is there. Usage: install-packages.sh build [test ...]
set -eu

list=$(dirname "$0")/debian-packages.txt
missing=
for need in "$@"; do
	for row in $(awk -v need="$need" '$1 == need { print $2 ":" $3 }' "$list"); do
		package=${row%%:*}
		command=${row#*:}
		[ -z "$command" ] || ! command -v "$command" >/dev/null || continue
		status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
		case " $missing " in *" $package "*) continue ;; esac
		[ "$status" = installed ] || missing="$missing $package"
	done
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
	echo "missing Debian packages:$missing" >&2
	echo "run as root: apt-get install -y --no-install-recommends$missing" >&2
	exit 1
fi
echo "  APT     $missing"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# shellcheck disable=SC2086 # the list is words on purpose
apt-get -qq install -y --no-install-recommends $missing >/dev/null
