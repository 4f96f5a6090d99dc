#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A log pipeline in two versions, at the same pace of lines: the same kinds of faults as in the service
of story.py in another shape, held against the same thresholds. Prints side by side what a line costs and
what heapbeat advises; exit code 1 if it names other lines than the sources are marked with, or says of
the second version what it should say of the first alone.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import advised
from story import build
from target import Failure, Skip, demand, need_root

SOURCE = os.path.join(HERE, "..", "workloads", "go", "pipeline")
# Boxes, keys by + and maps that grow are below the floors here: what is about them is said by nobody.
RULES = ("go-pool", "go-prealloc", "go-bytes-string", "go-value-slice", "go-gogc")
VERSIONS = ("before", "after")


def observe(programs, folder, version, options):
    """(what the program says of itself, what heapbeat says of it)"""
    ship = subprocess.Popen([os.path.join(programs, "ship"), "-rate", str(options.rate), "-seconds",
                             str(options.seconds + 5)], stdout=subprocess.PIPE)
    program = subprocess.Popen([os.path.join(programs, version)], stdin=ship.stdout,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    ship.stdout.close()
    recording = advised.Recording(program.pid, options.seconds,
                                  os.path.join(folder, version + ".hb"))
    try:
        said = recording.end()
        figures = json.loads(program.communicate(timeout=90)[1])
        demand(program.returncode == 0 and ship.wait() == 0, "the pipeline failed")
    finally:
        for child in (ship, program):
            if child.poll() is None:
                child.kill()
            child.wait()
        recording.kill()
    return figures, said


def show(runs):
    def row(what, form, value):
        print("%-32s %12s %12s" % (what, *(form % value(figures, said) for figures, said in runs)))

    print("%-32s %12s %12s" % (("",) + VERSIONS))
    row("lines", "%d", lambda f, _: f["events"])
    row("allocated bytes per line", "%.0f", lambda f, _: f["allocated_bytes"] / f["events"])
    row("allocated objects per line", "%.2f", lambda f, _: f["mallocs"] / f["events"])
    row("CPU per line (us)", "%.2f", lambda f, _: f["cpu_seconds"] / f["events"] * 1e6)
    row("collections", "%d", lambda f, _: f["gc_cycles"])
    row("GC interval by heapbeat (ms)", "%s", lambda _, said: "%.0f" % said.interval_ms()
        if said.interval_ms() else "none")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", help="folder for the built programs")
    parser.add_argument("--rate", type=int, default=40000, help="lines per second")
    parser.add_argument("--seconds", type=int, default=30, help="of observation of each version")
    options = parser.parse_args()
    if not 1 <= options.seconds <= 90 or not 1 <= options.rate <= 200000:
        parser.error("--seconds 1..90, --rate 1..200000")
    need_root()
    with tempfile.TemporaryDirectory(prefix="pipeline.") as folder:
        programs = os.path.abspath(options.programs or os.path.join(folder, "programs"))
        os.makedirs(programs, exist_ok=True)
        build(SOURCE, programs, "./before", "./after", "./ship")
        runs = [observe(programs, folder, version, options) for version in VERSIONS]
        demand(runs[0][0]["events"] == runs[1][0]["events"], "they took different lines")
        show(runs)
        return 0 if advised.judge(runs[0][1], runs[1][1], SOURCE, RULES) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Skip as why:
        print("pipeline: " + str(why), file=sys.stderr)
        sys.exit(77)
    except Failure as why:
        print("pipeline: FAILED: " + str(why), file=sys.stderr)
        sys.exit(1)
