#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the demo pass on every kind of link?
set -u
tests=$(cd "$(dirname "$0")/.." && pwd)

failed=0
for link in multi perf; do
	HB_DEMO_ARGS="--link $link" "$tests/e2e/t_demo.sh" || failed=1
done
exit $failed
