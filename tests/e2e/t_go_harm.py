#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Is a Go program the same while all probes of its runtime come and go, whatever it does?

HB_GO_ROUNDS: how often they come and go. HB_GO_HARM: other programs of `harm` to try, by ":".
"""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from go_probes import DRIVER, HARM, Probes, need_go
from target import (CALLS_EXIT_CODE, Checks, Skip, Workload, demand, features, need_root,
                    text_changes, wait_for)

ROUNDS = int(os.environ.get("HB_GO_ROUNDS", "50"))
ROUND_S = 5  # at most, on perf links: each of 13 probes takes 0.1 s to go
PERF_SHARE = 10  # of the rounds
KILLS = 5
PARTS = "samples,refills,cycles,looks"
SAMPLED_OFTEN = "4096"  # bytes between the runtime's own samples


def storm(program, disturb):
    """Run the storm; while it rages, disturb(pid). Its output, stderr and exit code."""
    with Workload("storm", SAMPLED_OFTEN, program=program) as workload:
        workload.send()
        disturb(workload.pid)
        demand(workload.alive(), "it has died: code %s, %r" % (
            workload.child.poll(), workload.child.stderr.read()[-300:]
            if not workload.alive() else b""))
        changes = text_changes(workload.pid, os.path.basename(program))
        demand(not changes, "its text is not its file's: %s" % changes[:4])
        code = workload.end()
        return workload.output, workload.child.stderr.read(), code


def demand_same(program, disturb):
    plain = storm(program, lambda _: time.sleep(0.2))
    demand(plain[2] == CALLS_EXIT_CODE, "undisturbed it ends with %d: %r"
           % (plain[2], plain[1]))
    seen = storm(program, disturb)
    for what, want, have in zip(("stdout", "stderr", "exit code"), plain, seen):
        demand(want == have, "%s differs: %r, disturbed %r" % (what, want, have))


def flap(rounds, link):
    def disturb(pid):
        done = subprocess.run([DRIVER, "flap", str(pid), str(rounds), link],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=rounds * ROUND_S + 60, check=False)
        demand(done.returncode == 0, done.stderr.strip())
        counters = json.loads(done.stdout.splitlines()[-1])
        demand(not counters["unusable"], counters["coverage"])
        # Every probe but 1.17's was hit, or the rounds have said nothing.
        idle = [i for i, n in enumerate(counters["counted"]) if not n and i != 3]
        demand(not idle, "probes %s were never hit: %s" % (idle, counters))
        check_look(counters["look"])
    return disturb


def check_look(look):
    """Every hit of a look is counted once; all entries were there, and objects came by."""
    demand(not look["missing"], look["missing"])
    demand(look["hits"] == look["foreign"] + look["shut"] + look["repeated"] + look["passed"]
           + sum(look["counted"]), "hits of looks: %s" % look)
    demand(look["counted"][0] > 0, "looks have seen no object: %s" % look)


def kill_observers(pid):
    """However the observer dies, the kernel takes its probes off."""
    for i in range(KILLS):
        with Probes(pid, PARTS, bound=1000) as probes:
            time.sleep(0.03 * i)
            probes.child.kill()
        wait_for(lambda: not text_changes(pid, os.path.basename(HARM)), "its text to be restored")


def need_link(link):
    if "%s links" % link not in features():
        raise Skip("no %s links here, says doctor" % link)


def main():
    need_root()
    need_go()
    checks = Checks()
    for link, rounds in (("session", ROUNDS), ("perf", max(1, ROUNDS // PERF_SHARE))):
        with checks.case("storm_is_the_same_while_probes_come_and_go_%d_times_on_%s_links"
                         % (rounds, link)):
            need_link(link)
            demand_same(HARM, flap(rounds, link))
    with checks.case("storm_is_the_same_when_observers_are_killed"):
        demand_same(HARM, kill_observers)
    for program in filter(None, os.environ.get("HB_GO_HARM", "").split(":")):
        with checks.case("%s_is_the_same" % os.path.basename(program)):
            demand_same(program, flap(ROUNDS, "session"))
    checks.finish()


if __name__ == "__main__":
    main()
