#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Do the dashboards have the types that Grafana's own schema says, and is a wrong type noticed?
# The schema and the compiler come from npm into OUT/tools; where npm refuses, skipped.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/lib.sh"

dashboards=$here/../../dashboards
tools=${HB_OUT:-$here/../../.output}/tools/types
mkdir -p "$tools/check"
cp "$here/types/package.json" "$here/types/package-lock.json" "$tools/"
if ! cmp -s "$tools/package-lock.json" "$tools/node_modules/.installed"; then
	(cd "$tools" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error) \
		>"$tools/npm.log" 2>&1 || {
		echo "npm ci: $(tail -n 1 "$tools/npm.log")"
		exit 77
	}
	cp "$tools/package-lock.json" "$tools/node_modules/.installed"
fi

# wrap FILE NAME: the JSON as a constant of the type, enums being what they stand for.
wrap() {
	{
		echo "import type { Dashboard } from '@grafana/schema';"
		echo 'type Plain<T> = T extends string ? `${T}` : T extends object'
		echo '  ? { [K in keyof T]: Plain<T[K]> } : T;'
		echo "export const dashboard: Plain<Dashboard> ="
		cat "$1"
	} >"$tools/check/$2.ts"
}

compile() { # NAME
	(cd "$tools/check" && ../node_modules/.bin/tsc --noEmit --strict --skipLibCheck --target es2022 \
		--moduleResolution bundler --module esnext "$1.ts") >"$tools/check/$1.log" 2>&1
}

for name in overview process go self; do
	wrap "$dashboards/$name.json" "$name"
	compile "$name"
	expect "types_of_dashboard_${name}_are_those_of_the_schema" \
		"$(head -n 3 "$tools/check/$name.log" | tr '\n' ' ')" [ $? = 0 ]
done

sed 's/"min": 0,/"min": "zero",/' "$dashboards/overview.json" >"$tools/check/broken.json"
wrap "$tools/check/broken.json" broken
compile broken
expect a_number_that_is_text_is_noticed "tsc took it: $(head -n 1 "$tools/check/broken.log")" \
	grep -q "TS2322.*'string' is not assignable" "$tools/check/broken.log"
finish
