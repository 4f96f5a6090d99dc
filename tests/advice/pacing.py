#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The pacing model against the runtime: from a capture at GOGC=100 alone, what another setting gives of
interval, heap and CPU of the collector, and what it does give. `make advice` runs it.

A setting is hit if interval and heap goal are within 15 %, and the collector's CPU within 25 %. Prints
all three and

    advice.pacing_hits      settings that were hit, of five

Exit code 1: fewer than four. What a run gives is the program's own account of its last three quarters.
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import go_build
from target import EXIT_OK, OUT, WORKLOADS, Failure, demand, need_root, run

SETTINGS = (25, 50, 200, 400, 800)
SECONDS = int(os.environ.get("HB_PACING_SECONDS", "36"))
WITHIN, CPU_WITHIN, HITS_LEAST = 0.15, 0.25, 4
PACING = os.path.join(WORKLOADS, "go_pacing")


def start(binary, gogc):
    """34 MB live and 57 MB/s: paced by nothing but its environment."""
    program = subprocess.Popen([binary, "go-memlimit", "twin", str(SECONDS)], stdout=subprocess.PIPE,
                               text=True, env=dict(os.environ, GOGC=str(gogc)))
    program.stdout.readline()
    return program


def truth(program):
    text = program.communicate(timeout=3 * SECONDS)[0]
    demand(program.returncode == 0, "the program failed")
    return json.loads(text)["gc"]


def predict(binary, folder):
    """({gogc: answer}, facts) of a capture at 100."""
    path = os.path.join(folder, "pace.hb")
    program = start(binary, 100)
    try:
        done = run("record", "-p", program.pid, "-d", "%ds" % (SECONDS - 4), "-o", path,
                   timeout=SECONDS + 60)
        demand(done.returncode == EXIT_OK, done.stderr.strip())
    finally:
        today = truth(program)
    done = subprocess.run([PACING, path, str(program.pid), *map(str, SETTINGS)],
                          capture_output=True, text=True, check=False)
    demand(done.returncode == 0, "the model does not fit: %s%s" % (done.stdout, done.stderr))
    facts = json.loads(done.stdout)
    print("at 100: every %.0f ms (own account %.0f), %.1f MB live, goal %.1f MB, %.1f ms of CPU each "
          "(own %.1f), ends %.1f MB short" % (
              facts["interval_s"] * 1e3, today["interval_seconds"] * 1e3,
              facts["live_bytes"] / 1e6, facts["goal_bytes"] / 1e6, facts["cycle_cpu_s"] * 1e3,
              today["cores"] * today["interval_seconds"] * 1e3, facts["short_bytes"] / 1e6))
    return {int(row["gogc"]): row for row in facts["answers"]}


def compare(gogc, said, found):
    """True for a hit; prints the row."""
    pairs = ((said["interval_s"] * 1e3, found["interval_seconds"] * 1e3, WITHIN),
             (said["goal_bytes"] / 1e6, found["goal_bytes"] / 1e6, WITHIN),
             (said["gc_cores"], found["cores"], CPU_WITHIN))
    errors = [guess / real - 1 if real > 0 else float("inf") for guess, real, _ in pairs]
    hit = all(abs(error) <= pair[2] for error, pair in zip(errors, pairs))
    print("%5d %7.0f %7.0f %+5.0f %%  %7.1f %7.1f %+5.0f %%  %6.3f %6.3f %+5.0f %%  %s" % (
        gogc, *pairs[0][:2], 100 * errors[0], *pairs[1][:2], 100 * errors[1], *pairs[2][:2],
        100 * errors[2], "hit" if hit else "missed"), flush=True)
    return hit


def main():
    need_root()
    with tempfile.TemporaryDirectory() as folder:
        binary = go_build.build("rules", folder, "-ldflags=-s -w")
        said = predict(binary, folder)
        print("%5s %23s  %23s  %21s" % ("GOGC", "interval ms: said, is", "goal MB: said, is",
                                        "cores: said, is"))
        hits = sum(compare(gogc, said[gogc], truth(start(binary, gogc))) for gogc in SETTINGS)
    print("\nadvice.pacing_hits %d" % hits)
    with open(os.path.join(OUT, "pacing.json"), "w", encoding="utf-8") as file:
        json.dump({"advice.pacing_hits": hits}, file)
    return 0 if hits >= HITS_LEAST else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as why:
        sys.exit("pacing: %s" % why)
