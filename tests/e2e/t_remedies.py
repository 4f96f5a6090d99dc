#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do `pool` and `mmap-churn` fire where they should, nowhere else, and save what they predict?

The workload counts what it does itself. It is observed, does what is advised, and is observed again;
its requests are the unit, so a busy machine that serves fewer changes nothing.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import report
from target import Checks, EXIT_OK, Failure, WORKLOADS, demand, need_root, run

REMEDY = os.path.join(WORKLOADS, "remedy")
# Looks earn their budget by the second, and on a busy machine eight seconds buy a look of a
# millisecond or none: what was seen of too little is looked at for longer.
SPANS = ("8s", "16s", "32s", "64s")
LOOKS = ("--budget", "5%")
THROUGHOUT = ("--budget", "off", "--interval", "65536")
FIXED = "glibc.malloc.mmap_threshold=131072"
LARGE = str(40 << 20)
# A 95 % interval misses one time in twenty: three misses in a row are no chance.
TRIES = 3


class Observed:
    """What the workload said of itself and what heapbeat said of it."""

    def __init__(self, folder, mode, *arguments, how=LOOKS, tunables=None, span=SPANS[0]):
        path = os.path.join(folder, "remedy.hb")
        environment = {k: v for k, v in os.environ.items() if k != "GLIBC_TUNABLES"}
        if tunables:
            environment["GLIBC_TUNABLES"] = tunables
        with subprocess.Popen([REMEDY, mode, *arguments], stdout=subprocess.PIPE,
                              env=environment) as service:
            try:
                service.stdout.readline()
                done = run("record", "-p", service.pid, "-d", span, "-o", path, *how)
                demand(done.returncode == EXIT_OK, done.stderr.strip())
            finally:
                service.send_signal(signal.SIGTERM)
            self.truth = json.loads(service.stdout.readline())
            self.item = report.process(report.hotspots(run("report", "--json", path).stdout),
                                       service.pid)
        self.advice = report.recommendations(run("advise", "--json", path).stdout)

    def per_second(self, key):
        return self.truth[key] / self.truth["seconds"]

    def drawn(self, rule):
        """The one advice of @rule, or None."""
        found = [item for item in self.advice["items"] if item["rule"] == rule]
        demand(len(found) < 2, "%d advices of %s" % (len(found), rule))
        return found[0] if found else None

    def unseen(self):
        """Why nothing can be said of the process, or None."""
        return None if self.item["coverage"]["windows"] else "no window within the budget"

    def lacks(self, rule):
        """Why @rule cannot speak yet, or None: then its silence is a verdict."""
        reasons = [note["not_enough_data"] for note in self.advice["notes"]
                   if note["rule"] == rule]
        return self.unseen() or (reasons[0] if reasons else None)

    def vm_calls_per_second(self):
        functions = report.functions(self.item)
        calls = sum(functions.get(name, (0, 0))[0] for name in ("mmap", "munmap", "brk"))
        return calls / self.item["coverage"]["observed_s"]


def observe(lacks, *arguments, **options):
    """As long as it takes until @lacks has no reason."""
    for span in SPANS:
        observed = Observed(*arguments, span=span, **options)
        reason = lacks(observed)
        if not reason:
            return observed
        print("# %s, observed for %s: %s" % (arguments[1], span, reason), flush=True)
    raise Failure("too little is seen in %s: %s" % (span, reason))


def numbers(advice, role):
    return {row["name"]: row["figure"] for row in advice[role]}


def outside(name, truth, figure):
    """A line if @truth lies outside of the interval of @figure. The program's own counts are over
    its whole life, which is some seconds longer than it was observed: 1 % for that."""
    low, high = figure["low"], figure.get("high", float("inf"))
    if not 0.99 * low <= truth <= 1.01 * high:
        yield "%s is %g, said %g to %g" % (name, truth, low, high)


def lasting(check, *arguments):
    """@check yields what is wrong; chance alone may make it do so now and then."""
    for _ in range(TRIES):
        wrong = "; ".join(check(*arguments))
        if not wrong:
            return
    demand(False, wrong)


def pool_misses(folder, mode, how):
    before = observe(lambda observed: observed.lacks("pool"), folder, mode, how=how)
    advice = before.drawn("pool")
    demand(advice, "no pool for %s" % mode)
    demand(advice["site"]["function"] == "make_object", "it names another site")
    evidence, saved = numbers(advice, "evidence"), numbers(advice, "prediction")
    demand(evidence["p50"]["value"] == 480 == evidence["p95"]["value"], "another size")
    yield from outside("rate", before.per_second("mallocs"), evidence["calls_rate"])
    yield from outside("bytes", before.per_second("bytes"), evidence["bytes_rate"])
    held = int(evidence["held"]["value"])
    after = observe(Observed.unseen, folder, mode, str(held), how=how)
    if after.drawn("pool"):
        yield "still drawn with the pool in use"
    requests = before.per_second("requests")
    for key, name in (("mallocs", "calls_avoided"), ("bytes", "bytes_avoided")):
        change = (before.truth[key] / before.truth["requests"] -
                  after.truth[key] / after.truth["requests"])
        yield from outside("%s (%d held)" % (name, held), change * requests, saved[name])


def churn_misses(folder, size, tunables, how):
    before = observe(lambda observed: observed.lacks("mmap-churn"), folder, "buffers", size,
                     how=how, tunables=tunables)
    advice = before.drawn("mmap-churn")
    demand(advice, "no mmap-churn")
    demand(advice["site"]["function"] == "buffers", "it names another site")
    evidence, saved = numbers(advice, "evidence"), numbers(advice, "prediction")
    yield from outside("blocks", before.per_second("mallocs"), evidence["blocks_rate"])
    setting = "glibc.malloc.mmap_threshold=%d:glibc.malloc.trim_threshold=%d" % (
        evidence["threshold"]["value"], evidence["trim"]["value"])
    demand(setting in advice["text"]["sketch"], "the sketch lacks the setting")
    after = observe(Observed.unseen, folder, "buffers", size, how=how, tunables=setting)
    if after.drawn("mmap-churn"):
        yield "still drawn with the setting"
    # Each block of the program was one mmap and one munmap: its own count, not an estimate.
    change = (2 * before.truth["mallocs"] / before.truth["requests"] *
              before.per_second("requests") - after.vm_calls_per_second())
    yield from outside("calls_avoided", change, saved["calls_avoided"])


def draws_none(folder, rule, *arguments, tunables=None):
    found = observe(Observed.unseen, folder, *arguments, tunables=tunables).drawn(rule)
    demand(not found, "%s is drawn" % rule)


def main():
    need_root()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        with checks.case("pool_saves_what_it_predicts_from_looks"):
            lasting(pool_misses, folder, "objects", LOOKS)
        with checks.case("pool_saves_what_it_predicts_when_seen_throughout"):
            lasting(pool_misses, folder, "objects", THROUGHOUT)
        with checks.case("pool_is_large_enough_for_bursts"):
            lasting(pool_misses, folder, "burst", THROUGHOUT)
        with checks.case("objects_that_live_for_seconds_draw_no_pool"):
            draws_none(folder, "pool", "queued")
        with checks.case("objects_of_many_sizes_draw_no_pool"):
            draws_none(folder, "pool", "varied")
        with checks.case("mmap_churn_under_a_fixed_threshold_ends_as_predicted"):
            lasting(churn_misses, folder, str(1 << 20), FIXED, LOOKS)
        with checks.case("mmap_churn_of_very_large_blocks_ends_as_predicted"):
            lasting(churn_misses, folder, LARGE, None, THROUGHOUT)
        with checks.case("a_threshold_that_adapts_draws_no_mmap_churn"):
            draws_none(folder, "mmap-churn", "buffers")
        with checks.case("large_blocks_that_stay_draw_no_mmap_churn"):
            draws_none(folder, "mmap-churn", "resident", tunables=FIXED)
        with checks.case("what_a_program_maps_itself_draws_no_mmap_churn"):
            draws_none(folder, "mmap-churn", "mapping")
    checks.finish()


if __name__ == "__main__":
    main()
