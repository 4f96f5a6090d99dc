#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Is what a workload says of itself the truth? It is compared with a counting preload library."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from target import CALLS_EXIT_CODE, Checks, Workload, demand

MODES = (["basic"], ["basic", 4], ["sizes"], ["realloc"], ["threads"], ["fork"], ["nesting"],
         ["longjmp"], ["pthread_exit_leader"], ["zombie_leader"], ["churn", 997, 1], ["sites", 101],
         ["exec", "basic"], ["exec_thread", "basic"])


def compare(truth):
    oracle = truth["oracle"]
    for key, value in oracle.items():
        demand(truth[key] == value, "%s: %s is %s, the oracle saw %s"
               % (truth["mode"], key, truth[key], value))
    per_site = {}
    for site in truth["sites"]:
        row = per_site.setdefault(site["call"], [0, 0, 0])
        for i, key in enumerate(("calls", "bytes", "failures")):
            row[i] += site[key]
    for call, row in truth["functions"].items():
        demand(per_site.get(call, [0, 0, 0]) == [row["calls"], row["bytes"], row["failures"]],
               "%s: the sites of %s do not sum up" % (truth["mode"], call))
    born = sum(row["bytes"] for row in truth["functions"].values())
    demand(born - truth["freed_bytes"] == truth["live_bytes"], "live bytes do not sum up")
    demand(sum(row["calls"] for row in truth["functions"].values()) > 50, "hardly any call")


def check(arguments, allocator):
    with Workload(*arguments, allocator=allocator, oracle=True) as workload:
        truth = workload.truth()
        compare(truth)
        demand(truth["allocator"] == allocator, "runs on %s" % truth["allocator"])
        if arguments[0].startswith("exec"):
            workload.expect("ready")
            workload.send()
        if arguments[0].startswith(("exec", "fork")):
            second = json.loads(workload.line())
            compare(second)
            demand(second["mode"] != truth["mode"], "the same truth twice")
        code = workload.end()
        demand(code == CALLS_EXIT_CODE, "exit code %d" % code)


def main():
    checks = Checks()
    for allocator in ("glibc", "jemalloc"):
        for arguments in MODES:
            with checks.case("truth_of_%s_on_%s" % ("_".join(map(str, arguments)), allocator)):
                check(arguments, allocator)
    checks.finish()


if __name__ == "__main__":
    main()
