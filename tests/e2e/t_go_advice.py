#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the rules for Go programs fire where they should, nowhere else, and come true?

One recording of three programs for each rule: one with the fault, its twin under the floor or without
the pattern, and the mended one. Then the setting that go-gogc advises, and what it gives.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import go_build
import report
from target import Checks, EXIT_OK, demand, need_root, run

MARK = {"go-goroutine-leak": "main.askAndForget", "go-heap-leak": "main.cacheForEver",
        "go-gogc": None}
MODES = ("fires", "twin", "mended")
# A leak is one after 30 s; the pace of collections shows in half of that.
SPAN, SHORT_SPAN = "40s", "15s"
LIVE_S = "75"


class Crowd:
    """Programs {name: process} that are observed together, and what was said of them."""

    def __init__(self, binary, folder, started, span=SPAN):
        path = os.path.join(folder, "go.hb")
        self.programs = {}
        try:
            for name, words, environment in started:
                program = subprocess.Popen([binary, *words, LIVE_S], stdout=subprocess.PIPE,
                                           env=dict(os.environ, **environment))
                self.programs[name] = program
                program.stdout.readline()
            pids = ",".join(str(p.pid) for p in self.programs.values())
            done = run("record", "-p", pids, "-d", span, "-o", path)
            demand(done.returncode == EXIT_OK, done.stderr.strip())
        finally:
            for program in self.programs.values():
                program.send_signal(signal.SIGTERM)
            self.truth = {name: json.loads(program.communicate()[0] or b"{}")
                          for name, program in self.programs.items()}
        self.document = report.hotspots(run("report", "--json", path).stdout)
        self.advice = report.recommendations(run("advise", "--json", path).stdout)

    def drawn(self, name):
        """Advice of one program, by rule."""
        pid = self.programs[name].pid
        return {item["rule"]: item for item in self.advice["items"]
                if item["process"]["pid"] == pid}

    def interval_s(self, name):
        go = report.process(self.document, self.programs[name].pid)["go"]
        return 1 / go["gc"]["cycles_rate"]["value"]


def check_fires(crowd, rule):
    advice = crowd.drawn(rule + " fires").get(rule)
    demand(advice, "no %s; notes: %s" % (rule, [n for n in crowd.advice["notes"]
                                                if n["rule"] == rule][:3]))
    if MARK[rule]:
        demand(advice["site"]["function"] == MARK[rule],
               "it names %s" % advice["site"]["function"])
    return advice


def check_silent(crowd, rule, mode):
    found = crowd.drawn("%s %s" % (rule, mode))
    demand(rule not in found, "%s is drawn" % rule)


def check_setting(binary, folder, crowd):
    advice = check_fires(crowd, "go-gogc")
    numbers = {row["name"]: row["figure"] for row in advice["prediction"] + advice["evidence"]}
    gogc = "%d" % numbers["gogc"]["value"]
    then = Crowd(binary, folder, [("then", ("go-gogc", "fires"), {"GOGC": gogc})],
                 SHORT_SPAN)
    said, found = numbers["interval_then"], then.interval_s("then")
    print("# GOGC %s: every %.0f ms, said %.0f to %.0f" % (gogc, found * 1e3, said["low"] * 1e3,
                                                           said["high"] * 1e3))
    demand(said["low"] <= found <= said["high"], "GOGC %s: every %.0f ms, said %.0f to %.0f" % (
        gogc, found * 1e3, said["low"] * 1e3, said["high"] * 1e3))
    demand("go-gogc" not in then.drawn("then"), "still drawn at GOGC %s" % gogc)


def main():
    need_root()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        binary = go_build.build("rules", folder, "-ldflags=-s -w")
        crowd = Crowd(binary, folder, [("%s %s" % (rule, mode), (rule, mode), {})
                                       for rule in MARK for mode in MODES])
        for rule in MARK:
            with checks.case(rule.replace("-", "_") + "_fires"):
                check_fires(crowd, rule)
            for mode in MODES[1:]:
                with checks.case("%s_is_silent_for_the_%s_one" % (rule.replace("-", "_"), mode)):
                    check_silent(crowd, rule, mode)
        with checks.case("the_advised_gogc_gives_the_interval_that_was_said"):
            check_setting(binary, folder, crowd)
    checks.finish()


if __name__ == "__main__":
    main()
