#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the demo pass, as a user runs it? HB_DEMO_ARGS: as for demo.sh.
set -u
tests=$(cd "$(dirname "$0")/.." && pwd)
. "$tests/lib/lib.sh"

out=${HB_OUT:-$tests/../.output}
name=demo_passes$(echo "${HB_DEMO_ARGS:-}" | tr -c 'a-z\n' '_')
if "$tests/demo/demo.sh" "${HB_BIN:-$out/heapbeat}" "$out" 2>&1; then
	ok "$name"
else
	not_ok "$name" "see its output"
fi
finish
