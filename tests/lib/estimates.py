# SPDX-License-Identifier: GPL-2.0-or-later
"""How good the stated intervals of sampled sites are: `calls sites` under `record --full`, judged
by its own truth. Used by bpf/t_estimates.py (a few runs) and by the bench (many).

A case is one site of one run. Judged are, of each run, the sites largest in truth that hold enough
expected samples: a site of three samples says nothing of the method.
"""
import contextlib
import json
import math
import os

import report
from target import CALLS_EXIT_CODE, EXIT_OK, Recorder, Workload, demand, run

INTERVAL_BYTES = 512 << 10
ROUNDS = 1009  # of `calls sites`: six sites with 20 expected samples and more, in 1.5 s of CPU
SITES = 10
SAMPLES_MIN = 20
TOGETHER = 8  # runs in one recording: attaching and detaching cost as much as a run
Z95 = 1.959964


class Case:
    """One site of one run: what is true, and what was stated."""

    def __init__(self, site, stated):
        self.function = site["function"]
        self.truth = site["bytes"]
        self.value, self.low, self.high = stated
        self.half_width_of_truth = half_width(site)

    def is_covered(self):
        return self.low <= self.truth <= self.high

    def width_ratio(self):
        """Stated half-width by the one that plain sampling of the true calls has."""
        return (self.high - self.low) / 2 / self.half_width_of_truth


def half_width(site):
    """1.96 sqrt(sum of x^2 (1-p)/p) with p = x/interval, over the site's true calls."""
    return Z95 * math.sqrt(site["bytes"] * INTERVAL_BYTES - site["bytes_squared"])


def judged_sites(truth):
    """The sites to judge. All their sizes lie between p = 2^-16 and 1, so that the expected number
    of samples is bytes / interval."""
    large = sorted(truth["sites"], key=lambda site: -site["bytes"])[:SITES]
    return [site for site in large if site["bytes"] / INTERVAL_BYTES >= SAMPLES_MIN]


def cases_of(truth, item):
    demand(report.interval_bytes(item) == INTERVAL_BYTES, "sampled at another interval: %s"
           % report.interval_bytes(item))
    wrong = report.identities(item)
    demand(not wrong, "; ".join(wrong))
    stated = report.site_bytes(item)
    return [Case(site, stated.get(site["function"], (0.0, 0.0, 0.0)))
            for site in judged_sites(truth)]


def observe(count, path):
    """[(truth, pid)] of @count runs in one recording to @path."""
    with contextlib.ExitStack() as stack:
        runs = [stack.enter_context(Workload("sites", ROUNDS)) for _ in range(count)]
        pids = [workload.pid for workload in runs]
        with Recorder(pids, path, "--full") as recorder:
            recorder.wait_open(processes=count)
            for workload in runs:
                workload.send()
            truths = [json.loads(workload.line()) for workload in runs]
            code = recorder.stop()
            demand(code == EXIT_OK, "record ended with %d: %s" % (code, recorder.stderr()))
        for workload in runs:
            demand(workload.end() == CALLS_EXIT_CODE, "a workload ended with another code")
        return list(zip(truths, pids))


def measure(runs, folder):
    """The cases of @runs runs."""
    path = os.path.join(folder, "sites.hb")
    cases = []
    while runs > 0:
        observed = observe(min(runs, TOGETHER), path)
        runs -= len(observed)
        done = run("report", "--json", path)
        demand(done.returncode == EXIT_OK, "report ended with %d: %s"
               % (done.returncode, done.stderr.strip()))
        document = report.hotspots(done.stdout)
        for truth, pid in observed:
            cases += cases_of(truth, report.process(document, pid))
        os.remove(path)
    demand(cases, "no site holds %d expected samples" % SAMPLES_MIN)
    return cases


def coverage(cases):
    """Share of cases whose stated interval holds the truth."""
    return sum(case.is_covered() for case in cases) / len(cases)


def width_ratio(cases):
    return sum(case.width_ratio() for case in cases) / len(cases)
