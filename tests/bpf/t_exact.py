#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Is every call, byte, failure and live block counted, to the last unit?

Each way of calling, on each allocator, under each kind of link; in full mode, and where no call
fails also in the default mode, which hooks returns only for samples.
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import report
from target import (CALLS_EXIT_CODE, Checks, EXIT_OK, Recorder, Workload, demand, need_root, run)

MODES = ("basic", "sizes", "realloc", "threads", "nesting")
WITHOUT_FAILURES = ("basic", "threads", "nesting")
ALLOCATORS = ("glibc", "jemalloc")
LINKS = ("session", "multi", "perf")
# Every call leaves a record: the ring must hold what comes between two drains, and stacks of 8 KB
# each would not fit. Sites are then the first frames, which need no copy.
FULL = ("--full", "--interval", 1, "--no-stacks", "--ring-bytes", 64 << 20)
DEFAULT = ("--budget", "off")


def observe(mode, allocator, options, path):
    """The truth of a run that was observed to @path, and its pid."""
    with Workload(mode, allocator=allocator) as workload:
        with Recorder([workload.pid], path, *options) as recorder:
            recorder.wait_open()
            truth = workload.truth()
            code = recorder.stop()
            demand(code == EXIT_OK, "record ended with %d: %s" % (code, recorder.stderr()))
        code = workload.end()
        demand(code == CALLS_EXIT_CODE, "the workload ended with %d" % code)
        return truth, workload.pid


def check(mode, allocator, link, full, path):
    truth, pid = observe(mode, allocator, (*(FULL if full else DEFAULT), "--link", link), path)
    done = run("report", "--json", path)
    demand(done.returncode == EXIT_OK, "report ended with %d: %s"
           % (done.returncode, done.stderr.strip()))
    item = report.process(report.hotspots(done.stdout), pid)
    wrong = report.identities(item) + report.differences(truth, item, full)
    demand(not wrong, "; ".join(wrong))


def main():
    need_root()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        for link in LINKS:
            for allocator in ALLOCATORS:
                for mode in MODES:
                    for full in (True, False) if mode in WITHOUT_FAILURES else (True,):
                        name = "%s_%s_%s_%s" % (mode, allocator, link,
                                                "full" if full else "default")
                        with checks.case("exact_" + name):
                            check(mode, allocator, link, full, os.path.join(folder, name + ".hb"))
    checks.finish()


if __name__ == "__main__":
    main()
