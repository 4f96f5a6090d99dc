# SPDX-License-Identifier: GPL-2.0-or-later
"""What a capture of a busy process takes an hour, and what reading it takes."""
import os
import subprocess
import tempfile
import time

import hour
from figures import Figure, median
from loads import LOADS
from target import BIN, EXIT_OK, EXIT_PARTIAL, demand, run

RECORD_S = 60
REPEATS = 5
LOAD = "redis"


def reading(path):
    """(seconds, MB) of a report on @path."""
    begun = time.monotonic()
    child = subprocess.Popen([BIN, "report", path], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    demand(child.returncode in (EXIT_OK, EXIT_PARTIAL), "report ended with %d" % child.returncode)
    return time.monotonic() - begun, usage.ru_maxrss * 1024 / 1e6


def row():
    with tempfile.TemporaryDirectory() as folder:
        path, long = os.path.join(folder, "short.hb"), os.path.join(folder, "hour.hb")
        with LOADS[LOAD](folder) as load:
            done = run("record", "-p", load.pid, "-d", "%ds" % RECORD_S, "-o", path)
            demand(done.returncode in (EXIT_OK, EXIT_PARTIAL), done.stderr)
        size = hour.stretch(path, long, 3600)
        runs = [reading(long) for _ in range(REPEATS)]
    seconds, memory = zip(*runs)
    how = "%s for %d s in default mode, its records told again at later times until they last an hour" \
        % (LOAD, RECORD_S)
    return [
        Figure("capture.mb_per_hour", size / 1e6, size / 1e6, size / 1e6, "MB", 1, how),
        Figure("capture.report_s", median(seconds), min(seconds), max(seconds), "s", REPEATS,
               how + "; low and high: of the repeats"),
        Figure("capture.report_mb", max(memory), min(memory), max(memory), "MB", REPEATS,
               how + "; resident memory at most; low and high: of the repeats"),
    ]


ROWS = {"capture": row}
