#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Are causes and types those of each version of Go from 1.17 on, and shares within 10 % where a site has
# a thousand samples?
causes=$(dirname "$0")/../e2e/t_go_causes.py
[ -x "$causes" ] || { echo "no t_go_causes.py" >&2; exit 77; }
failed=0
HB_GO_VERSIONS=${HB_GO_VERSIONS:-all} HB_CAUSES_SECONDS=${HB_CAUSES_SECONDS:-60} "$causes" || failed=1
HB_GO_VERSIONS=1.26.8 HB_CAUSES_SECONDS=180 "$causes" || failed=1
exit $failed
