# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page takes to draw: page.*"""
import os
import subprocess
import sys

from figures import Figure
from target import TESTS, Failure, Skip

WORDS = {"page.flame_ms": "from figures to pixels, 25 times; value: median, low and high: the extremes",
         "page.flame_first_ms": "the same, the first time since the page was opened"}


def row():
    done = subprocess.run([sys.executable, os.path.join(TESTS, "page", "t_browser.py"), "--only",
                           "a_profile_of_2000_stacks"], capture_output=True, text=True)
    if done.returncode == 77:
        raise Skip(done.stdout.strip())
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("figure ")]
    if done.returncode or len(lines) != len(WORDS):
        raise Failure(done.stdout + done.stderr)
    return [Figure(name, float(value), float(low), float(high), "ms", int(n),
                   "flame graph of 2,000 stacks in Chromium, 1,400 pixels wide: " + WORDS[name])
            for _, name, value, low, high, n in lines]


ROWS = {"page": row}
