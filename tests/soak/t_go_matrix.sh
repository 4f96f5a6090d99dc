#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Is every version of Go from 1.17 on read exactly, in every form, and stripped programs from npm?
matrix=$(dirname "$0")/../e2e/t_go_matrix.py
[ -x "$matrix" ] || { echo "no t_go_matrix.py" >&2; exit 77; }
HB_GO_VERSIONS=${HB_GO_VERSIONS:-all} exec "$matrix"
