# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows cost.go_service.t1.*: what the always-on observation of a Go service costs it - its runtime
read from outside, and a probe on each of its own samples and GC cycles."""
import os
import random
import struct
import tempfile
import time

from costs import ENOUGH, record, over_repeats, wait_alone
import report
from figures import Figure, bootstrap, centre, median, quantile
from loads import GO_RATE, GoService, cpu_s
from target import Recorder, demand, records, wait_for

NAME = "cost.go_service.t1"
SLICE_S = 3.0
SETTLE_S = 0.5  # after links are made, or gone
BUDGET_S = 780
PAIRS_MAX = 150
REPEATS = 3
TAIL = 0.98  # of a slice's latencies only the rest is kept: enough for the pooled 99.9th percentile
RECORD_GO_STATE, RECORD_GO_SAMPLE, RECORD_GO_CYCLE = 13, 18, 19


class Slice:
    """What a span of the service's life has cost, and how long its clients waited."""

    def __init__(self, load, observer=None):
        load.latencies()
        begun, cpu, work = time.monotonic(), cpu_s(load.pid), load.work()
        own = cpu_s(observer.child.pid) if observer else 0
        time.sleep(SLICE_S)
        self.seconds = time.monotonic() - begun
        self.own_s = cpu_s(observer.child.pid) - own if observer else 0
        done = load.work() - work
        demand(done > GO_RATE, "%d requests in %.1f s" % (done, self.seconds))
        self.cost = (cpu_s(load.pid) - cpu) / done
        counts = sorted(load.latencies().items())
        self.requests = sum(n for _, n in counts)
        left = self.requests - int(TAIL * self.requests)
        self.tail = []
        for ns, n in reversed(counts):
            self.tail += [ns] * min(n, left - len(self.tail))


def kinds(path):
    return {kind for kind, _ in records(path)} if os.path.exists(path) else set()


def observed_slice(load, path):
    wait_alone()
    with Recorder([load.pid], path) as recorder:
        wait_for(lambda: RECORD_GO_STATE in kinds(path), recorder.stderr)
        # Samples come tens of times a second here: until then the probes do not stand.
        wait_for(lambda: RECORD_GO_SAMPLE in kinds(path), "the first sample of the runtime")
        time.sleep(SETTLE_S)
        result = Slice(load, recorder)
        demand(recorder.stop() in ENOUGH, recorder.stderr())
    demand(RECORD_GO_CYCLE in kinds(path), "no GC cycle was seen")
    time.sleep(SETTLE_S)
    return result


def p999_ms(slices):
    """Of all requests of @slices together."""
    tail = sorted((ns for one in slices for ns in one.tail), reverse=True)
    return tail[int(0.001 * sum(one.requests for one in slices))] / 1e6


def pooled(name, slices, how):
    low, high = bootstrap(slices, p999_ms)
    return Figure(name, p999_ms(slices), low, high, "ms", len(slices), how)


def measured():
    """Adjacent slices of one process, observed or not, in random order within each pair."""
    order = random.Random(NAME)
    deadline = time.monotonic() + BUDGET_S
    pairs = []
    with tempfile.TemporaryDirectory() as folder, GoService(folder) as load:
        path = os.path.join(folder, "cost.hb")
        while time.monotonic() < deadline and len(pairs) < PAIRS_MAX:
            if order.random() < 0.5:
                with_it = observed_slice(load, path)
                pairs.append((with_it, Slice(load)))
            else:
                without = Slice(load)
                pairs.append((observed_slice(load, path), without))
    ratios = [with_it.cost / without.cost for with_it, without in pairs]
    low, high = bootstrap(ratios, centre)
    how = "%d requests/s, slices of %g s, " % (GO_RATE, SLICE_S)
    shares = [with_it.own_s / with_it.seconds for with_it, _ in pairs]
    return [
        Figure(NAME + ".measured", centre(ratios), low, high, "ratio", len(pairs),
               how + "CPU per request, median of all means of two adjacent pairs"),
        pooled(NAME + ".p999", [with_it for with_it, _ in pairs],
               how + "99.9th percentile of the observed ones, from due to answered"),
        pooled(NAME + ".p999_bare", [without for _, without in pairs],
               how + "99.9th percentile of the others"),
        Figure(NAME + ".observer_cpu", median(shares), quantile(shares, 0.05),
               quantile(shares, 0.95), "cores", len(shares),
               how + "CPU of the observer while it observes, low and high: 5th and 95th percentile"),
    ]


def charged():
    with tempfile.TemporaryDirectory() as folder, GoService(folder) as load:
        path = os.path.join(folder, "cost.hb")
        items = []
        for _ in range(REPEATS):
            items.append(record(load, "default", path))
            demand({RECORD_GO_SAMPLE, RECORD_GO_CYCLE} <= kinds(path), "the probes did not stand")
    # Looks have a budget of their own to use up: cost.go_service.looks.
    return [over_repeats(NAME + ".charged",
                         [report.charged_s(item) - item["go"].get("looks", {}).get("charged_s", 0)
                          for item in items],
                         [report.cpu_s(item) for item in items],
                         "record -d 20s, low and high: of the repeats; charged_s / cpu_s")]


ROWS = {NAME + ".charged": charged, NAME + ".measured": measured}
# A pair takes 8 s, and its interval is to be as narrow as half a percent.
ROW_S = {NAME + ".measured": 900}
