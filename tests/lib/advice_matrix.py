# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules of advice for Go programs, each held against the three programs that tests/workloads/go/rules
has for it: one with the fault, which must draw it at the marked line, a twin and the mended one, which
must not. And what was predicted, against what both programs say of themselves.
"""
import glob
import json
import os
import re
import signal
import statistics
import subprocess

import go_build
import report
from target import EXIT_OK, TESTS, demand, run

MODES = ("fires", "twin", "mended")
# A leak is one after 30 s.
SPAN_S = 40
SOURCES = os.path.join(go_build.SOURCES, "rules")
TABLE = os.path.join(os.path.dirname(TESTS), "src", "advice", "rows_*.c")
# What a prediction is about, in the program's own words, per second.
PREDICTED = {"bytes_avoided": "bytes", "calls_avoided": "objects", "cycles_avoided": "gc_cycles"}


def rules_of_table():
    """Ids of the rules for Go, as the table has them."""
    found = []
    for path in sorted(glob.glob(TABLE)):
        with open(path, encoding="utf-8") as file:
            found += re.findall(r'\.id = "(go-[a-z-]+)"', file.read())
    return found


def rules_of_programs(binary):
    """Ids of the rules that there are programs for."""
    done = subprocess.run([binary], capture_output=True, text=True, check=False)
    return [line.strip() for line in done.stderr.splitlines()[1:]]


def marks():
    """{rule: {(file, line), ...}} that a rule is expected to name. A rule of the process has none."""
    found = {}
    for path in glob.glob(os.path.join(SOURCES, "*.go")):
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                mark = re.search(r"// expect: (.+)$", line)
                for rule in mark.group(1).split() if mark else ():
                    found.setdefault(rule, set()).add((os.path.basename(path), number))
    return found


class Crowd:
    """Programs {(rule, mode): process} that are observed together, and what was said of them."""

    def __init__(self, binary, folder, started, span_s=SPAN_S, environment=None):
        path = os.path.join(folder, "go.hb")
        self.programs, self.truth = {}, {}
        try:
            for rule, mode in started:
                self.programs[rule, mode] = subprocess.Popen(
                    [binary, rule, mode, "%d" % (span_s + 150)], stdout=subprocess.PIPE,
                    env=dict(os.environ, **(environment or {})))
            for program in self.programs.values():
                program.stdout.readline()
            pids = ",".join(str(p.pid) for p in self.programs.values())
            done = run("record", "-p", pids, "-d", "%ds" % span_s, "-o", path, timeout=span_s + 120)
            demand(done.returncode == EXIT_OK, done.stderr.strip())
        finally:
            for program in self.programs.values():
                program.send_signal(signal.SIGTERM)
            for key, program in self.programs.items():
                self.truth[key] = json.loads(program.communicate()[0] or b"{}")
        self.document = report.hotspots(run("report", "--json", path).stdout)
        self.advice = report.recommendations(run("advise", "--json", path).stdout)
        os.unlink(path)

    def drawn(self, rule, mode):
        """Advice of one program by the rule that is meant."""
        pid = self.programs[rule, mode].pid
        return [item for item in self.advice["items"]
                if item["process"]["pid"] == pid and item["rule"] == rule]

    def notes(self, rule, mode):
        pid = self.programs[rule, mode].pid
        return [note["not_enough_data"] for note in self.advice["notes"]
                if note["rule"] == rule and note["process"]["pid"] == pid]

    def interval_s(self, rule, mode):
        """Between collections, on average."""
        go = report.process(self.document, self.programs[rule, mode].pid)["go"]
        return 1 / go["gc"]["cycles_rate"]["value"]


def place(item):
    site = item.get("site") or {}
    return os.path.basename(site.get("file") or ""), site.get("line")


def wrong(crowd, rule, mode, marked):
    """Why this cell is not as expected, or None."""
    found = crowd.drawn(rule, mode)
    if mode != "fires":
        return "%s at %s:%s" % (rule, *place(found[0])) if found else None
    if not found:
        return "silent: %s" % (crowd.notes(rule, mode) or "nothing is said")
    if marked and not any(place(item) in marked for item in found):
        return "it names %s" % ", ".join("%s:%s" % place(item) for item in found)
    return None


def predictions(crowd, rule):
    """(what, said, measured) of the advice that the program with the fault has drawn: what it saves in
    a second, of which both programs tell, request by request; of several places what they save
    together. On a crowded machine a program falls behind its pace and catches up: how many requests
    there were in a second while it was observed is told by the bytes that it allocated meanwhile."""
    before, after = (crowd.truth[rule, mode] for mode in ("fires", "mended"))
    observed = report.process(crowd.document, crowd.programs[rule, "fires"].pid)
    bytes_rate = report.number(observed["figures"]["bytes_rate"])
    rate = bytes_rate / before["bytes"] * before["requests"] if before["bytes"] else 0
    total = {}
    for item in crowd.drawn(rule, "fires"):
        for row in item["prediction"]:
            if row["name"] in PREDICTED and "high" in row["figure"]:
                figure = total.setdefault(row["name"], {"value": 0, "low": 0, "high": 0})
                for key in figure:
                    figure[key] += row["figure"][key]
    for name, figure in total.items():
        key = PREDICTED[name]
        yield name, figure, rate * (before[key] / before["requests"] -
                                    after[key] / after["requests"])


class Score:
    """Predictions that were inside of their intervals, and how far off in half-widths."""

    def __init__(self):
        self.inside, self.ratios, self.misses = 0, [], []

    def add(self, rule, name, figure, measured):
        half = (figure["high"] - figure["low"]) / 2
        inside = figure["low"] <= measured <= figure["high"]
        self.inside += inside
        self.ratios.append(abs(measured - figure["value"]) / half if half > 0 else
                           0 if inside else float("inf"))
        if not inside:
            self.misses.append("%s %s: %.4g measured, %.4g said (%.4g to %.4g)" % (
                rule, name, measured, figure["value"], figure["low"], figure["high"]))

    def __len__(self):
        return len(self.ratios)

    def inside_ratio(self):
        return self.inside / len(self.ratios) if self.ratios else 0

    def error_ratio(self):
        return statistics.median(self.ratios) if self.ratios else float("inf")
