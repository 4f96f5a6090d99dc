# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows cost.*: what observing costs a running program, as charged and as measured."""
import functools
import os
import random
import tempfile
import time

import report
from figures import Figure, bootstrap, median
from loads import LOADS, cpu_s
from target import (EXIT_OK, EXIT_PARTIAL, Failure, Recorder, demand, observer_runs, run,
                    wait_for)

MODES = {"default": (), "full": ("--full",)}
ENOUGH = (EXIT_OK, EXIT_PARTIAL)  # lost samples (a busy machine) change no cost
REPEATS = 3
RECORD_S = 20
BUDGET_S = 240  # for the slices of one row

# A slice in default mode must hold whole spans of the governor: looks are drawn in 10 s.
SLICE_S = {"default": 10.0, "full": 1.0}


def wait_alone():
    wait_for(lambda: not observer_runs(), "another observer to end", 120)


def record(load, mode, path):
    """The report's item of one recording."""
    wait_alone()
    done = run("record", "-p", load.pid, "-d", "%ds" % RECORD_S, "-o", path, *MODES[mode],
               timeout=RECORD_S + 60)
    demand(done.returncode in ENOUGH, "record ended with %d: %s"
           % (done.returncode, done.stderr.strip()))
    done = run("report", "--json", path, timeout=60)
    demand(done.returncode in ENOUGH, "report: %s" % done.stderr.strip())
    return report.process(report.hotspots(done.stdout), load.pid)


def over_repeats(name, parts, wholes, how):
    """Ratio of sums; low and high are the least and the largest repeat."""
    ratios = [part / whole for part, whole in zip(parts, wholes)]
    return Figure(name, sum(parts) / sum(wholes), min(ratios), max(ratios), "ratio", len(ratios),
                  how)


def charged(load_name, mode):
    name = "cost.%s.%s" % (load_name, mode)
    with tempfile.TemporaryDirectory() as folder, LOADS[load_name](folder) as load:
        path = os.path.join(folder, "cost.hb")
        items = [record(load, mode, path) for _ in range(REPEATS)]
    how = "record -d %ds%s, low and high: of the repeats; " % (
        RECORD_S, "".join(" " + option for option in MODES[mode]))
    return [
        over_repeats(name + ".charged", [report.charged_s(item) for item in items],
                     [report.cpu_s(item) for item in items],
                     how + "charged_s / cpu_s"),
        over_repeats(name + ".seen", [report.observed_s(item) for item in items],
                     [report.span_s(item) for item in items],
                     how + "observed_s / span_s"),
    ]


def cost_of_work(load, seconds):
    """CPU seconds per unit of work, over a slice."""
    cpu, work = cpu_s(load.pid), load.work()
    time.sleep(seconds)
    cpu, work = cpu_s(load.pid) - cpu, load.work() - work
    if not work:
        raise Failure("no work was done in %g s" % seconds)
    return cpu / work


def observed_slice(load, mode, path):
    wait_alone()
    with Recorder([load.pid], path, *MODES[mode]) as recorder:
        if mode == "full":
            recorder.wait_open()
        else:
            wait_for(lambda: os.path.exists(path), "the capture")
        cost = cost_of_work(load, SLICE_S[mode])
        demand(recorder.stop() in ENOUGH, recorder.stderr())
    return cost


def measured(load_name, mode):
    """Adjacent slices of one process, observed or not, in random order within each pair."""
    order = random.Random(load_name + mode)
    deadline = time.monotonic() + BUDGET_S
    pairs = []
    with tempfile.TemporaryDirectory() as folder, LOADS[load_name](folder) as load:
        path = os.path.join(folder, "cost.hb")
        while time.monotonic() < deadline - 2 * SLICE_S[mode] - 5 and len(pairs) < 60:
            if order.random() < 0.5:
                with_it = observed_slice(load, mode, path)
                without = cost_of_work(load, SLICE_S[mode])
            else:
                without = cost_of_work(load, SLICE_S[mode])
                with_it = observed_slice(load, mode, path)
            pairs.append(with_it / without)
    low, high = bootstrap(pairs, median)
    return [Figure("cost.%s.%s.measured" % (load_name, mode), median(pairs), low, high, "ratio",
                   len(pairs), "CPU per unit of work, adjacent slices of %g s, median of pairs"
                   % SLICE_S[mode])]


ROWS = {}
for _load in LOADS:
    for _mode in MODES:
        ROWS["cost.%s.%s.charged" % (_load, _mode)] = functools.partial(charged, _load, _mode)
for _load in LOADS:
    for _mode in MODES:
        ROWS["cost.%s.%s.measured" % (_load, _mode)] = functools.partial(measured, _load, _mode)
