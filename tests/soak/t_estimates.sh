#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Do the intervals of estimates hold the truth as often as they say, over many runs?
estimates=$(dirname "$0")/../bpf/t_estimates.py
[ -x "$estimates" ] || { echo "no t_estimates.py" >&2; exit 77; }
HB_RUNS=${HB_RUNS:-200} exec "$estimates"
