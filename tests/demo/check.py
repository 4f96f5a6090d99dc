#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare what heapbeat said with what the demo's programs really do.

usage: check.py FAULTY FAULTY.C REDIS-PID SERVICE-PID REPORT.JSON ADVISE.JSON
The faults are comments "expect: RULE" on definition lines of the source. The name of the function
on such a line is taken from the program's DWARF.
"""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import report

BUDGET_RATIO = 0.01   # of the process's CPU time ...
BUDGET_CORES = 0.0005  # ... or of one core, whichever is more
ROUNDING = 1.001
REDIS_SITES = ("_sdsnewlen", "createStringObject")


def functions_by_line(program):
    """{line: name} of every function defined in the program, from its DWARF."""
    dump = subprocess.run(["readelf", "--debug-dump=info", program], check=True,
                          capture_output=True, text=True).stdout
    found = {}
    for entry in re.split(r"\n <[0-9a-f]+><[0-9a-f]+>: ", dump):
        if "(DW_TAG_subprogram)" not in entry.split("\n", 1)[0]:
            continue
        name = re.search(r"DW_AT_name\s*:\s.*?(\w+)\s*$", entry, re.M)
        line = re.search(r"DW_AT_decl_line\s*:\s*(\d+)", entry)
        if name and line and "DW_AT_low_pc" in entry:
            found[int(line.group(1))] = name.group(1)
    return found


def expectations(program, source):
    """{function: rule, or "nothing"}."""
    names = functions_by_line(program)
    with open(source) as file:
        marks = {number: match.group(1) for number, match in
                 ((i, re.search(r"/\* expect: ([\w-]+) \*/", line)) for i, line in
                  enumerate(file, 1)) if match}
    return {names[number]: rule for number, rule in marks.items()}


class Verdict:
    def __init__(self):
        self.failed = False

    def say(self, good, text):
        print("  %s  %s" % ("true " if good else "FALSE", text))
        self.failed = self.failed or not good


def check_advice(verdict, expected, given, pid):
    own = [(rule, function) for rule, owner, function in given if owner == pid]
    for function, rule in sorted(expected.items(), key=lambda row: row[1]):
        drawn = sorted(r for r, f in own if f == function)
        if rule == "nothing":
            verdict.say(not drawn, "%s is healthy and draws no advice%s"
                        % (function, "" if not drawn else ", but got " + ", ".join(drawn)))
        else:
            verdict.say(rule in drawn, "%s draws %s%s" % (
                function, rule, "" if rule in drawn else ", but got %s; advice for: %s" % (
                    drawn or "none", own or "nothing")))
    for wanted in ("prealloc", "leak"):
        strangers = [f for r, f in own if r == wanted and expected.get(f) != wanted]
        verdict.say(not strangers, "nobody else is accused of %s%s"
                    % (wanted, "" if not strangers else ": " + ", ".join(map(str, strangers))))


def check_cost(verdict, item, name):
    if report.mode(item) == "full":
        print("  --     %s was observed in full: no budget" % name)
        return
    charged = report.charged_s(item)
    budget = max(BUDGET_RATIO * report.cpu_s(item), BUDGET_CORES * report.span_s(item))
    verdict.say(charged <= budget * ROUNDING, "%s paid %.2f ms of CPU, its budget was %.2f ms"
                % (name, charged * 1e3, budget * 1e3))


def main():
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    program, source = sys.argv[1:3]
    redis, service = int(sys.argv[3]), int(sys.argv[4])
    with open(sys.argv[5]) as file:
        hotspots = report.hotspots(file.read())
    with open(sys.argv[6]) as file:
        given = report.advice(report.recommendations(file.read()))
    expected = expectations(program, source)
    if sorted(set(expected.values())) != ["leak", "nothing", "prealloc"]:
        sys.exit("check.py: '%s' is not the program of '%s'" % (program, source))
    verdict = Verdict()
    check_advice(verdict, expected, given, service)
    sites = {function for function, _, _ in report.sites(report.process(hotspots, redis))}
    verdict.say(bool(sites.intersection(REDIS_SITES)), "redis allocates at one of %s%s" % (
        ", ".join(REDIS_SITES), "" if sites.intersection(REDIS_SITES) else
        ", but the sites are: " + ", ".join(sorted(map(str, sites)))))
    check_cost(verdict, report.process(hotspots, redis), "redis")
    check_cost(verdict, report.process(hotspots, service), "the service")
    sys.exit(1 if verdict.failed else 0)


if __name__ == "__main__":
    main()
