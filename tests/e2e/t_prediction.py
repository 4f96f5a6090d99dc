#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the change that is advised save what was predicted, within the stated interval?

The demo's service is observed, does what `prealloc` advises, and is observed again. Its requests
are the unit: one note is kept for each, so a busy machine that serves fewer changes nothing.
"""
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import report
from target import Checks, EXIT_OK, WORKLOADS, demand, need_root, run

FAULTY = os.path.join(WORKLOADS, "faulty")
MAP = FAULTY + ".map"
SPAN = "15s"
# A 95 % interval misses one time in twenty: three misses in a row are no chance.
TRIES = 3


def observe(folder, name, *arguments):
    """The report and the advice on a service that ran with @arguments, and its pid."""
    path = os.path.join(folder, name + ".hb")
    with subprocess.Popen([FAULTY, *arguments], stdout=subprocess.PIPE) as service:
        try:
            service.stdout.readline()
            done = run("record", "-p", service.pid, "-d", SPAN, "-o", path, "--budget", "5%")
            demand(done.returncode == EXIT_OK, done.stderr.strip())
        finally:
            service.send_signal(signal.SIGTERM)
    item = report.process(report.hotspots(run("report", "--json", path).stdout), service.pid)
    return item, report.recommendations(run("advise", "--json", path).stdout)


def names():
    with open(MAP) as file:
        return dict(line.split() for line in file)


def requests(item):
    """Requests served while observed: each keeps one note."""
    note = names()["keep_note"]
    return sum(calls for function, calls, _ in report.sites(item) if function == note)


def per_request(item):
    """Reallocs and requested bytes for one request."""
    served = requests(item)
    demand(served > 100, "only %g requests were seen" % served)
    functions = report.functions(item)
    reallocs = functions.get("realloc", (0, 0))[0]
    return reallocs / served, sum(size for _, size in functions.values()) / served


def missed(folder):
    """What was saved outside of its predicted interval, as lines."""
    before, advice = observe(folder, "before")
    found = [item for item in advice["items"] if item["rule"] == "prealloc"]
    demand(len(found) == 1, "%d prealloc advices" % len(found))
    demand(found[0]["site"]["function"] == names()["grow_response"], "it names another site")
    said = {row["name"]: row["figure"] for row in found[0]["prediction"]}
    capacity = {row["name"]: row["figure"] for row in found[0]["evidence"]}["p95"]["value"]
    after, _ = observe(folder, "after", str(int(capacity)))
    rate = requests(before) / before["coverage"]["observed_s"]
    for at, key in ((0, "reallocs_avoided"), (1, "bytes_avoided")):
        saved = (per_request(before)[at] - per_request(after)[at]) * rate
        if not said[key]["low"] <= saved <= said[key]["high"]:
            yield "%s: %g saved, %g to %g predicted" % (key, saved, said[key]["low"],
                                                        said[key]["high"])


def check(folder):
    for _ in range(TRIES):
        wrong = "; ".join(missed(folder))
        if not wrong:
            return
    demand(False, wrong)


def main():
    need_root()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        with checks.case("prealloc_saves_what_it_predicts"):
            check(folder)
    checks.finish()


if __name__ == "__main__":
    main()
