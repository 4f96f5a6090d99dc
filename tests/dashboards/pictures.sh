#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Draw the dashboards with Grafana's own components (from npm, into OUT/pictures) from a Prometheus
# that scrapes heapbeat. Exit code 77 where the components cannot be installed or chromium is missing.
#
# usage: pictures.sh OUT --prometheus URL --out DIR [what draw/draw.mjs takes]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/pictures/draw"
build=$(cd "$1/pictures" && pwd)
shift

[ -x /usr/bin/chromium ] || { echo "chromium is not installed"; exit 77; }
cp "$here/ask.mjs" "$build/"
cp -R "$here/draw/." "$build/draw/"
cd "$build/draw"
if ! cmp -s package-lock.json node_modules/.installed; then
	npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >npm.log 2>&1 ||
		{ echo "npm ci: $(tail -n 1 npm.log)"; exit 77; }
	cp package-lock.json node_modules/.installed
fi
node node_modules/vite/bin/vite.js build
cd "$OLDPWD"
exec node "$build/draw/draw.mjs" --page "$build/draw/dist" \
	--allow "$here/may_be_empty.json" "$@" \
	"$here/../../dashboards/overview.json" "$here/../../dashboards/process.json" \
	"$here/../../dashboards/go.json" "$here/../../dashboards/self.json"
