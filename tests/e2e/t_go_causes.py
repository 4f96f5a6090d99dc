#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Is each allocation of a Go program told with its cause, type and line, and its share, on old and new
versions of Go, stripped or not, and is the compiler quoted where it says why?

HB_GO_VERSIONS: "all" (1.17 to the newest), or versions, ",". HB_CAUSES_SECONDS: how long each runs.
"""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import go_toolchains as toolchains
import report
from target import Checks, EXIT_OK, EXIT_RUNTIME, Failure, Workload, demand, need_root, run

FORMS = (("plain", ()), ("stripped", ("-trimpath", "-ldflags=-s -w")))
SECONDS = int(os.environ.get("HB_CAUSES_SECONDS", "9"))
RATE = 2000  # rounds per second at most: as many as the machine can
# Two objects of the first are one of the profile's. The others allocate in several sizes: their
# number hangs on the few samples of the smallest, of which there may be none.
NOT_COUNTED = ("convT64", "append", "map-growth", "makemap")
# What the report calls each cause of the workload's marks.
CAUSES = {"newobject": "moved to heap", "makeslice": "make slice", "makeslice-large": "make slice",
          "append": "append", "convT": "interface boxing", "convTstring": "interface boxing",
          "convTslice": "interface boxing", "convT64": "interface boxing",
          "concatstrings": "string +", "slicebytetostring": "to string",
          "stringtoslicebyte": "to bytes", "map-growth": "map insert",
          "makemap-small": "make map", "makemap": "make map", "closure": "moved to heap",
          "reflect.New": "reflect", "go": "moved to heap", "makechan-small": "make channel",
          "makechan": "make channel"}
# Of these the call shows no type: it has none as its argument, or one that was made at run time.
WITHOUT_TYPE = ("makemap-small", "reflect.New")
ENOUGH = 250  # samples of a program: its largest sites have some 35
FEW = 25  # samples that a site must be expected to have before it must be there
# Errors are stated as one standard error. Of some hundred shares one in 370 lies beyond three.
MOST_ERRORS, BEYOND_THREE = 5, 0.03
MANY, MANY_ERROR = 1000, 0.10


def truth_of(program):
    """{line: site} of the marked lines: exact objects and bytes of some rounds."""
    done = subprocess.run([program, "-truth", "-rounds", "20"], capture_output=True, text=True,
                          timeout=120, check=False, stdin=subprocess.DEVNULL)
    demand(not done.returncode, "-truth: %s" % done.stderr[-200:])
    return {site["line"]: site for site in json.loads(done.stdout)["sites"]}


def uses_of(item):
    """{line: use} of the marked file, the heaviest where a line has several."""
    found = {}
    for use in item["uses"]:
        if use.get("file", "").endswith("sites.go"):
            found.setdefault(use["line"], use)
    return found


def check_site(site, use):
    """Cause, type and place of one use."""
    name = "line %d (%s)" % (site["line"], site["cause"])
    demand(use["cause"] == CAUSES[site["cause"]], "%s: cause is %r" % (name, use["cause"]))
    want = None if site["cause"] in WITHOUT_TYPE else site["type"].replace("_", " ")
    demand(use.get("type") == want, "%s: type is %r, not %r" % (name, use.get("type"), want))
    demand(use["function"] == site["function"], "%s: in %r" % (name, use["function"]))
    demand(("via" in use) == (site["cause"] == "reflect.New"), "%s: via %r" % (
        name, use.get("via")))


def check_named(truth, item):
    """Every marked line that must have samples is there, and nothing else of this file is."""
    uses = uses_of(item)
    samples = sum(use["bytes"]["n"] for use in uses.values())
    whole = sum(site["bytes"] for site in truth.values())
    for line, site in truth.items():
        if line in uses:
            check_site(site, uses[line])
        else:
            demand(samples * site["bytes"] / whole < FEW, "line %d (%s) is missing" % (
                line, site["cause"]))
    other = sum(use["bytes"]["n"] for line, use in uses.items() if line not in truth)
    demand(other <= 2 + samples * 0.01, "%d samples at lines without a mark" % other)
    return samples


def shares(truth, item, quantity):
    """[(cause, share, its standard error, truth, samples)] of the marked lines."""
    key = {"bytes": "bytes", "objects": "calls"}[quantity]
    lines = {line: site for line, site in truth.items()
             if quantity == "bytes" or site["cause"] not in NOT_COUNTED}
    uses = {line: use for line, use in uses_of(item).items() if line in lines}
    mine = sum(use[key]["value"] for use in uses.values())
    theirs = sum(site[quantity] for site in lines.values())
    variance = sum(use[key]["stderr"] ** 2 for use in uses.values())
    rows = []
    for line, use in uses.items():
        share = use[key]["value"] / mine
        own = use[key]["stderr"] ** 2
        # of x / (x + y), x and y independent
        error = ((1 - share) ** 2 * own + share ** 2 * (variance - own)) ** 0.5 / mine
        rows.append((lines[line]["cause"], share, error, lines[line][quantity] / theirs,
                     use["bytes"]["n"]))
    return rows


def check_shares(rows):
    rows = [row for row in rows if row[4] >= FEW]
    beyond = 0
    for cause, share, error, want, samples in rows:
        off = abs(share - want)
        demand(off <= MOST_ERRORS * error, "%s: share %.4f, truth %.4f, error %.4f" % (
            cause, share, want, error))
        beyond += off > 3 * error
        if samples >= MANY:
            demand(off <= MANY_ERROR * want, "%s: share %.4f of %d samples, truth %.4f" % (
                cause, share, samples, want))
    demand(rows, "no site has %d samples" % FEW)
    demand(beyond <= 1 + BEYOND_THREE * len(rows), "%d of %d shares are beyond 3 errors" % (
        beyond, len(rows)))


class Built:
    """One version and form of the workload, running."""

    def __init__(self, version, form, program, truth):
        self.version, self.form, self.program, self.truth = version, form, program, truth
        self.name = "go%s_%s" % (version, form)
        self.workload = Workload("-rate", RATE, "-seconds", 300, program=program)


def build_all(checks, folder, wanted, stack):
    built = []
    for version in wanted:
        with checks.case("go%s_builds" % version):
            truth = None
            for form, flags in FORMS:
                path = os.path.join(folder, "c%s%s" % (version.replace(".", ""), form[0]))
                toolchains.build(version, "causes", path, *flags)
                truth = truth or truth_of(path)
                built.append((version, form, path, truth))
    return [Built(*row) for row in built]


def record_all(built, capture, stack):
    """The report of all of them, once more and longer where the machine was busy."""
    for each in built:
        stack.enter_context(each.workload)
    for seconds in (SECONDS, 3 * SECONDS, 9 * SECONDS):
        done = run("record", "-p", ",".join(str(each.workload.pid) for each in built), "-d",
                   "%ds" % seconds, "-o", capture, timeout=seconds + 60)
        demand(done.returncode == EXIT_OK, "record: %s" % done.stderr[-300:])
        document = report.hotspots(run("report", "--json", "--by", "escape", capture).stdout)
        samples = [sum(use["bytes"]["n"] for use in uses_of(
            report.process(document, each.workload.pid)).values()) for each in built]
        if min(samples) >= ENOUGH:
            return document
    raise Failure("of one program there are only %d samples" % min(samples))


def check_text(capture, each):
    done = run("report", "--by", "escape", capture)
    demand(done.returncode == EXIT_OK, done.stderr[-200:])
    for want in ("append: []main.Item", "interface boxing: uint64", "closure", "string +",
                 "moved to heap: main.Item", "reflect.New"):
        demand(want in done.stdout, "%r is not in the report" % want)
    for site in each.truth.values():
        if CAUSES[site["cause"]] == "append":
            demand("sites.go:%d  append" % site["line"] in done.stdout, "no line of the append")


def check_log(capture, version, folder):
    go, env = toolchains.toolchain(version)
    log = os.path.join(folder, "build.log")
    sources = os.path.join(toolchains.SOURCES, "causes")
    done = toolchains.run_go(go, "build", "-gcflags=-m=2", "-o", os.path.join(folder, "logged"),
                             ".", env=env, cwd=sources)
    demand("escapes to heap" in done.stderr, "go build -m=2: %s" % done.stderr[-200:])
    with open(log, "w") as file:
        file.write(done.stderr)
    quoted = run("report", "--by", "escape", "--escape-log", log, capture)
    demand(quoted.returncode == EXIT_OK, quoted.stderr[-200:])
    for want in ("go: &Item{...} escapes to heap", "sinkItem = &Item{...} (assign) at ./sites.go"):
        demand(want in quoted.stdout, "%r is not quoted" % want)
    with open(log, "w") as file:  # every line lies elsewhere now
        for line in done.stderr.splitlines(keepends=True):
            place = line.split(":", 2)
            if len(place) == 3 and place[1].isdigit():
                line = "%s:%d:%s" % (place[0], int(place[1]) + 1, place[2])
            file.write(line)
    refused = run("report", "--by", "escape", "--escape-log", log, capture)
    demand(refused.returncode == EXIT_RUNTIME and "of another build" in refused.stderr and
           not refused.stdout, "%d %r" % (refused.returncode, refused.stderr[-200:]))


def wanted():
    asked = os.environ.get("HB_GO_VERSIONS", "")
    if asked == "all":
        return toolchains.versions(range(17, 28))
    if asked:
        return asked.split(",")
    return toolchains.versions((19, 23, toolchains.newest_minor()))


def check_all(checks, folder, built, stack):
    capture = os.path.join(folder, "causes.hb")
    document = None
    with checks.case("causes_are_recorded"):
        document = record_all(built, capture, stack)
    if not document:
        return
    rows = []
    for each in built:
        with checks.case(each.name):
            item = report.process(document, each.workload.pid)
            samples = check_named(each.truth, item)
            mine = shares(each.truth, item, "bytes") + shares(each.truth, item, "objects")
            rows += mine
            checks.line("# %s: %d samples, worst share off by %.1f errors" % (
                each.name, samples, max([abs(row[1] - row[3]) / row[2] for row in mine
                                         if row[4] >= FEW], default=0)))
    with checks.case("shares_are_those_of_an_exact_count"):
        check_shares(rows)
    with checks.case("the_report_is_read_by_line"):
        check_text(capture, built[-1])
    with checks.case("the_compiler_is_quoted_and_another_builds_log_refused"):
        check_log(capture, built[-1].version, folder)
    with checks.case("a_replay_needs_no_binary"):
        before = run("report", "--json", "--by", "escape", capture).stdout
        for each in built:
            os.rename(each.program, each.program + ".gone")
        after = run("report", "--json", "--by", "escape", capture).stdout
        demand(before == after, "without the binaries the report is another one")


def main():
    need_root()
    checks = Checks()
    with checks.case("go_is_there"):
        demand(toolchains.installed(), "no Go toolchain (Debian: golang-go)")
    if not checks.failed:
        folder = tempfile.mkdtemp(prefix="hb-go-causes-")
        try:
            with contextlib.ExitStack() as stack:
                built = build_all(checks, folder, wanted(), stack)
                check_all(checks, folder, built, stack)
        finally:
            shutil.rmtree(folder)
    checks.finish()


if __name__ == "__main__":
    main()
