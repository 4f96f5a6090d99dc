#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the real pprof read what report --pprof writes, and find the same figures as the report?"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import report
from target import (BIN, Checks, EXIT_OK, EXIT_RUNTIME, OUT, WORKLOADS, Workload, demand,
                    need_root, run)

VERSION = "v0.0.0-20261016150608-1facf8f91b50"
TOOLS = os.path.join(OUT, "tools")
PPROF = os.path.join(TOOLS, "pprof-" + VERSION)
FULL = ("--full", "--interval", 1, "--ring-bytes", 32 << 20)
# Each sample type, its unit for pprof, and the figure of the report that its total is.
TYPES = (("alloc_objects", "count", "calls"), ("alloc_space", "B", "bytes"),
         ("inuse_objects", "count", "live_objects"), ("inuse_space", "B", "live_bytes"))
ROUNDS = {"few": 11, "many": 23}


def find_go():
    return shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")


def build_pprof():
    """Build the pinned pprof once; exit code 77 where that cannot be."""
    go = find_go()
    if os.access(PPROF, os.X_OK):
        return
    if not go:
        print("no go toolchain")
        sys.exit(77)
    os.makedirs(TOOLS, exist_ok=True)
    done = subprocess.run([go, "install", "github.com/google/pprof@" + VERSION], timeout=240,
                          env=dict(os.environ, GOBIN=TOOLS, GOFLAGS="-mod=mod"), check=False,
                          capture_output=True, text=True)
    if done.returncode:
        print("cannot build pprof: %s" % " ".join(done.stderr.split())[-200:])
        sys.exit(77)
    os.rename(os.path.join(TOOLS, "pprof"), PPROF)


def pprof(*arguments):
    """What the real pprof prints."""
    done = subprocess.run([PPROF, *arguments], timeout=60, capture_output=True, text=True,
                          env=dict(os.environ, PPROF_TMPDIR=TOOLS), check=False)
    demand(done.returncode == 0, "pprof %s: %s" % (" ".join(arguments), done.stderr[:300]))
    return done.stdout


def top(path, sample_type, unit, *options):
    """({function: flat}, total) of pprof -top, to the last unit."""
    text = pprof("-top", "-nodefraction=0", "-nodecount=100000", "-sample_index=" + sample_type,
                 "-unit=" + unit, *options, path)
    rows = {}
    for line in text.splitlines():
        found = re.match(r"\s*(-?\d+)B?\s+\S+%\s+\S+%\s+-?\d+B?\s+\S+%\s+(.+)$", line)
        if found:
            name = found.group(2).replace(" (inline)", "")
            rows[name] = rows.get(name, 0) + int(found.group(1))
    total = re.search(r"Showing nodes accounting for .* of (-?\d+)B? total", text)
    demand(total, "no total: %s" % text[:200])
    return rows, int(total.group(1))


def answer(*arguments, code=EXIT_OK):
    done = subprocess.run([BIN, *map(str, arguments)], capture_output=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=60)
    demand(done.returncode == code, "%s: exit code %d: %s" % (
        " ".join(map(str, arguments)), done.returncode, done.stderr[:200]))
    return done.stdout


def record_sites(folder, name, rounds):
    """(capture, truth) of a program of known sites."""
    capture = os.path.join(folder, name + ".hb")
    with Workload("record", *FULL, "-o", capture, "--", os.path.join(WORKLOADS, "calls"), "sites",
                  rounds, program=BIN) as workload:
        truth = workload.truth()
        workload.end()
    return capture, truth


class Recorded:
    """A capture, its report, its profile and the truth."""

    def __init__(self, folder, name, rounds):
        self.capture, self.truth = record_sites(folder, name, rounds)
        self.item = report.processes(report.hotspots(answer("report", "--json",
                                                            self.capture).decode()))[0]
        self.profile = os.path.join(folder, name + ".pb.gz")
        answer("report", "--pprof", self.profile, self.capture)

    def expected(self, column):
        """{function: calls or bytes} of the program's own sites."""
        return {row["function"]: row[column] for row in self.truth["sites"]}


def check_totals(recorded):
    """Each total is the report's, each site is the truth, to the last unit."""
    for sample_type, unit, figure in TYPES:
        rows, total = top(recorded.profile, sample_type, unit)
        want = report.counter(recorded.item, figure)
        demand(want and total == want, "%s: pprof %d, report %s" % (sample_type, total, want))
        demand(sum(rows.values()) == total, "%s: rows sum up to %d of %d"
               % (sample_type, sum(rows.values()), total))
    for sample_type, unit, column in (("alloc_objects", "count", "calls"),
                                      ("alloc_space", "B", "bytes")):
        rows, _ = top(recorded.profile, sample_type, unit)
        wrong = ["%s: pprof %s, truth %d" % (name, rows.get(name), value)
                 for name, value in recorded.expected(column).items() if rows.get(name) != value]
        demand(not wrong, "%s: %s" % (sample_type, "; ".join(wrong[:3])))


def check_raw(recorded):
    text = pprof("-raw", recorded.profile)
    demand("PeriodType: space bytes" in text and re.search(r"^Period: 1$", text, re.M),
           "no period: %s" % text[:200])
    demand(re.search(r"alloc_objects/count alloc_space/bytes\[dflt\] inuse_objects/count "
                     r"inuse_space/bytes", text), "other sample types: %s" % text[:300])
    demand(re.search(r"site_page \S*sites\.c:\d+", text), "no file and line of site_page")
    demand(re.search(r"^1: 0x\S+/0x\S+/0x0 \S*/calls [0-9a-f]{40} \[FN\]\[FL\]\[LN\]\[IN\]", text,
                     re.M), "the first mapping is not the program with its build-id")
    heap = recorded.profile + ".heap"
    answer("report", "--by", "live", "--pprof", heap, recorded.capture)
    demand("inuse_space/bytes[dflt]" in pprof("-raw", heap), "--by live shows something else first")


def check_tags(recorded):
    text = pprof("-tags", recorded.profile)
    pid = recorded.item["process"]["pid"]
    demand(re.search(r"\(\s*100%\): calls$", text, re.M), "no comm: %s" % text[:300])
    demand(re.search(r"\(\s*100%%\): %d$" % pid, text, re.M), "no pid %d: %s" % (pid, text[:300]))


def check_diff(few, many):
    for sample_type, unit, column in (("alloc_objects", "count", "calls"),
                                      ("alloc_space", "B", "bytes")):
        rows, _ = top(many.profile, sample_type, unit, "-diff_base=" + few.profile)
        base = few.expected(column)
        wrong = ["%s: %s instead of %d" % (name, rows.get(name, 0), value - base[name])
                 for name, value in many.expected(column).items()
                 if rows.get(name, 0) != value - base[name]]
        demand(not wrong, "%s: %s" % (sample_type, "; ".join(wrong[:3])))


def check_estimate(folder):
    """Of a busy process within the budget: the report's rate over the whole span."""
    capture = os.path.join(folder, "busy.hb")
    with subprocess.Popen([os.path.join(WORKLOADS, "faulty")], stdout=subprocess.DEVNULL) as busy:
        try:
            done = run("record", "-p", busy.pid, "-d", "3s", "-o", capture)
        finally:
            busy.terminate()
    demand(done.returncode == EXIT_OK, done.stderr.strip())
    item = report.processes(report.hotspots(answer("report", "--json", capture).decode()))[0]
    profile = os.path.join(folder, "busy.pb.gz")
    with open(profile, "wb") as file:
        file.write(answer("report", "--pprof", "-", capture))
    want = report.counter(item, "bytes")
    if not report.frees_seen(item):
        want = max(want, report.counter(item, "bytes_rate") * report.span_s(item))
    rows, total = top(profile, "alloc_space", "B")
    demand(rows and abs(total - want) <= 1 + want * 1e-9, "pprof %d, report %s" % (total, want))


def check_pictures(recorded):
    svg = xml.etree.ElementTree.fromstring(answer("report", "--svg", recorded.capture))
    titles = [title.text for title in svg.iter("{http://www.w3.org/2000/svg}title")]
    demand(any(title.startswith("site_rare_large: ") for title in titles),
           "no frame of the largest site: %s" % titles[:5])
    scope = json.loads(answer("report", "--speedscope", recorded.capture))
    names = {frame["name"] for frame in scope["shared"]["frames"]}
    demand(names >= set(recorded.expected("calls")), "frames are missing: %s" % sorted(names)[:9])
    demand(sum(scope["profiles"][0]["weights"]) == report.counter(recorded.item, "bytes"),
           "weights sum up to %d" % sum(scope["profiles"][0]["weights"]))


def check_unwritable(recorded):
    for path in ("/dev/full", "/nonexistent/profile.pb.gz"):
        done = run("report", "--pprof", path, recorded.capture)
        demand(done.returncode == EXIT_RUNTIME and path in done.stderr,
               "%s: exit code %d, %s" % (path, done.returncode, done.stderr[:100]))


def main():
    need_root()
    build_pprof()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        recorded = {}
        with checks.case("profiles_are_written"):
            for name, rounds in ROUNDS.items():
                recorded[name] = Recorded(folder, name, rounds)
        if len(recorded) == len(ROUNDS):
            few, many = recorded["few"], recorded["many"]
            for name, check, arguments in (
                    ("totals_and_sites_are_exact", check_totals, (many,)),
                    ("raw_form_is_complete", check_raw, (many,)),
                    ("labels_name_the_process", check_tags, (many,)),
                    ("a_difference_is_what_came_between", check_diff, (few, many)),
                    ("a_busy_process_is_carried_over", check_estimate, (folder,)),
                    ("pictures_have_the_same_stacks", check_pictures, (many,)),
                    ("unwritable_files_are_errors", check_unwritable, (many,))):
                with checks.case(name):
                    check(*arguments)
    checks.finish()


if __name__ == "__main__":
    main()
