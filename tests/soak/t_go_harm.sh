#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Is a Go program the same while the probes of its runtime come and go a thousand times?
HB_GO_ROUNDS=${HB_GO_ROUNDS:-1000} exec "$(dirname "$0")/../e2e/t_go_harm.py"
