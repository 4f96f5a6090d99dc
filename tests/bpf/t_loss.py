#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""When the ring or the live map is too small, is every lost record counted, exactly?

Both sides of an identity must be above zero: an identity of zeros proves nothing.
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import report
from target import (Checks, EXIT_OK, EXIT_PARTIAL, Recorder, Workload, demand, need_root, run)

ROUNDS = 61
LOSS_MADE_PUBLIC = 0.01  # a report with more loss than this ends with EXIT_PARTIAL


def observe(folder, name, *options):
    """The report on a run of many calls under a starved observer; checks the exit codes."""
    path = os.path.join(folder, name + ".hb")
    with Workload("sites", ROUNDS) as workload:
        with Recorder([workload.pid], path, "--full", "--interval", 1, *options) as recorder:
            recorder.wait_open()
            truth = workload.truth()
            code = recorder.stop()
            demand(code in (EXIT_OK, EXIT_PARTIAL), "record ended with %d: %s"
                   % (code, recorder.stderr()))
        workload.end()
    done = run("report", "--json", path)
    item = report.process(report.hotspots(done.stdout), workload.pid)
    row = report.loss(item)["samples"]
    lossy = row["sampled"] - row["delivered"] > LOSS_MADE_PUBLIC * row["sampled"]
    want = EXIT_PARTIAL if lossy else EXIT_OK
    demand(done.returncode == want, "report ended with %d instead of %d: %s"
           % (done.returncode, want, done.stderr.strip()))
    return truth, item


def check_identities(truth, item):
    wrong = report.identities(item)
    demand(not wrong, "; ".join(wrong))
    # What was lost are records; the counters must not know of it.
    for function, row in truth["functions"].items():
        if row["calls"]:
            have = report.functions(item).get(function)
            demand(have == (row["calls"], row["bytes"]), "%s: truth %s, report %s" % (
                function, (row["calls"], row["bytes"]), have))
    demand(report.counter(item, "frees") == truth["frees"], "frees: truth %d, report %s" % (
        truth["frees"], report.counter(item, "frees")))


def check_ring(folder, name, *options):
    truth, item = observe(folder, name, *options)
    check_identities(truth, item)
    row = report.loss(item)
    demand(row["samples"]["delivered"] > 0, "nothing was delivered")
    demand(row["ring_full"] > 0, "nothing was lost")


def check_live_map(folder):
    truth, item = observe(folder, "live", "--no-stacks", "--ring-bytes", 16 << 20,
                          "--live-entries", 100)
    check_identities(truth, item)
    row = report.loss(item)["blocks"]
    demand(row["inserted"] > 0, "nothing was inserted")
    demand(row["table_full"] > 0, "the table was never full")


def main():
    need_root()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        with checks.case("full_ring_with_stacks_is_counted"):
            check_ring(folder, "stacks", "--ring-bytes", 65536)
        with checks.case("full_ring_of_one_page_is_counted"):
            check_ring(folder, "page", "--ring-bytes", 4096, "--no-stacks")
        with checks.case("full_live_map_is_counted"):
            check_live_map(folder)
    checks.finish()


if __name__ == "__main__":
    main()
