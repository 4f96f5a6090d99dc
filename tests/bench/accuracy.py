# SPDX-License-Identifier: GPL-2.0-or-later
"""Row accuracy.*: whether the stated intervals of sites hold the truth, and how wide they are."""
import os
import tempfile
import time

import estimates
from figures import Figure, mean_interval, wilson

RUNS = 200
BUDGET_S = 250


def sites():
    runs, cases = 0, []
    wanted = int(os.environ.get("HB_RUNS", RUNS))
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        while runs < wanted and time.monotonic() - begun < BUDGET_S:
            more = min(estimates.TOGETHER, wanted - runs)
            cases += estimates.measure(more, folder)
            runs += more
    how = "%d runs of calls sites %d under record --full, %d cases" % (
        runs, estimates.ROUNDS, len(cases))
    covered = sum(case.is_covered() for case in cases)
    mean, low, high = mean_interval([case.width_ratio() for case in cases])
    return [
        Figure("accuracy.site_coverage", covered / len(cases), *wilson(covered, len(cases)),
               "ratio", len(cases), how + "; share whose stated 95 % interval holds the truth"),
        Figure("accuracy.site_width_ratio", mean, low, high, "ratio", len(cases),
               how + "; stated half-width by that of plain sampling"),
    ]


ROWS = {"accuracy.site": sites}
