# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows cost.go_service.looks.*: whether looks at a Go service keep within its budget."""
import os
import struct
import tempfile

import report
from costs import ENOUGH, wait_alone
from figures import Figure
from loads import GO_RATE, GoService
from target import Recorder, demand, run, timed_records

NAME = "cost.go_service.looks"
RUN_S = 240
INTERVAL_NS = 10 * 10 ** 9
BUDGET, FLOOR = 0.01, 0.0005  # of the process's CPU, of one core
RECORD_VITALS, RECORD_GO_STATE = 11, 13
CPU_AT, CHARGED_AT = 24, 152  # in the bodies of these records


def series(path, kind, at):
    """[(time in ns, value)] of one figure of the only process of a capture."""
    return [(time_ns, struct.unpack_from("<Q", body, at)[0])
            for time_ns, of, body in timed_records(path) if of == kind]


def value_at(points, time_ns):
    """Between the readings before and after."""
    for (t0, v0), (t1, v1) in zip(points, points[1:]):
        if t0 <= time_ns <= t1 and t1 > t0:
            return v0 + (v1 - v0) * (time_ns - t0) / (t1 - t0)
    return points[-1][1] if time_ns > points[-1][0] else points[0][1]


def intervals(path):
    """[(charged, accrued)] of each 10 s, ns of CPU."""
    cpu, charged = series(path, RECORD_VITALS, CPU_AT), series(path, RECORD_GO_STATE, CHARGED_AT)
    begun, end = charged[0][0], min(cpu[-1][0], charged[-1][0])
    found = []
    while begun + INTERVAL_NS <= end:
        until = begun + INTERVAL_NS
        spent = value_at(charged, until) - value_at(charged, begun)
        used = value_at(cpu, until) - value_at(cpu, begun)
        found.append((spent, max(BUDGET * used, FLOOR * INTERVAL_NS)))
        begun = until
    return found


def kept(found):
    """How many charged no more than what accrued in them and what the one before left: a look pays
    for its span at a random moment of it. As model/charge.c judges."""
    cnt, left = 0, None
    for spent, accrued in found:
        balance = accrued + (accrued if left is None else left) - spent
        cnt += balance >= 0
        left = min(max(balance, 0), accrued)
    return cnt


def within_budget():
    with tempfile.TemporaryDirectory() as folder, GoService(folder) as load:
        path = os.path.join(folder, "looks.hb")
        wait_alone()
        with Recorder([load.pid], path, "-d", "%ds" % RUN_S) as recorder:
            demand(recorder.child.wait(timeout=RUN_S + 60) in ENOUGH, recorder.stderr())
        found = intervals(path)
        looks = report.process(report.hotspots(
            run("report", "--json", path).stdout), load.pid)["go"]["looks"]
    demand(looks["looks"] >= RUN_S // 30, "%d looks in %d s" % (looks["looks"], RUN_S))
    share = kept(found) / len(found)
    spent = sum(s for s, _ in found) / sum(a for _, a in found)
    return [
        Figure(NAME + ".within_budget", share, share, share, "ratio", len(found),
               "%d requests/s, 10 s intervals of record -d %ds whose charge kept within the budget; "
               "%d looks" % (GO_RATE, RUN_S, looks["looks"])),
        Figure(NAME + ".budget_used", spent, spent, spent, "ratio", len(found),
               "charged by all probes, of what the budget has accrued"),
    ]


ROWS = {NAME + ".within_budget": within_budget}
ROW_S = {NAME + ".within_budget": RUN_S + 60}
