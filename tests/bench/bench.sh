#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: tests/bench/bench.sh OUT [ROW]: the rows whose name begins with ROW, or all that
# OUT/bench.json does not hold yet for this build. See README.md.
set -u

[ $# -ge 1 ] || { echo "usage: tests/bench/bench.sh OUT [ROW]" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "the bench needs root" >&2; exit 4; }

HB_OUT=$(cd "$1" && pwd) || exit 2
export HB_OUT PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8
exec python3 "$(dirname "$0")/bench.py" "${2:-}"
