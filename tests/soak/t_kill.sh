#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Is every byte of a target restored, whenever of many times the observer is killed?
HB_ROUNDS=${HB_ROUNDS:-50} exec "$(dirname "$0")/../e2e/t_harm.py"
