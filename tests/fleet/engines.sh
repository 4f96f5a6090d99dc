#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Build a real store of profiles, let it scrape the daemon, and ask it what it has stored. By hand: a
# first build takes a quarter of an hour and 250 MB in OUT/tools.
#
# usage: tests/fleet/engines.sh OUT [URL]
#   URL: of a daemon that runs already, as http://127.0.0.1:10060; without it, one is started (root)
# Exit code: 0 passed, 1 failed, 77 no toolchain, or the registry refuses today.
set -u

[ $# -ge 1 ] || { echo "usage: tests/fleet/engines.sh OUT [URL]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/tools" || exit 2
out=$(cd "$1" && pwd)
tools=$out/tools
parca_version=v0.28.0
pprof_version=v0.0.0-20261016150608-1facf8f91b50

PATH=$PATH:/usr/local/go/bin
command -v go >/dev/null || { echo "no go toolchain"; exit 77; }
export GOFLAGS=-mod=mod

refused() { # LOG
	echo "cannot build: $(tail -n 1 "$1" | tail -c 200)"
	exit 77
}

pprof=$tools/pprof-$pprof_version
if ! [ -x "$pprof" ]; then
	GOBIN=$tools go install "github.com/google/pprof@$pprof_version" >"$tools/log" 2>&1 ||
		refused "$tools/log"
	mv "$tools/pprof" "$pprof"
fi

# Parca's module replaces some of its requirements, which go install refuses; a module that requires
# it is built without the replacements.
parca=$tools/parca-$parca_version
if ! [ -x "$parca" ]; then
	mkdir -p "$tools/parca-module"
	(
		cd "$tools/parca-module" || exit 1
		printf 'module engines\n\ngo 1.26\n\nrequire github.com/parca-dev/parca %s\n' \
			"$parca_version" >go.mod
		nice go build -o "$parca" github.com/parca-dev/parca/cmd/parca
	) >"$tools/log" 2>&1 || refused "$tools/log"
fi

shift
HB_OUT=$out exec "$here/parca.py" "$parca" "$pprof" "$@"
