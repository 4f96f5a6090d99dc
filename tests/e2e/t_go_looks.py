#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does a look that stays open see every object, every slice and map that grows and every string that
is put together, with its place, type and size, for several versions of Go; and is there a look in a
session of five seconds?

HB_GO_VERSIONS: other versions, ",".
"""
import collections
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import go_toolchains as toolchains
import report
from target import BIN, Checks, Recorder, Workload, demand, need_root, records, wait_for

MINORS = (19, 23, 26, 27)
RECORD_GO_LOOK = 24
TINY = 16  # bytes: below, objects share a block and classes count blocks
EXACT_MAX = 512  # beyond, since 1.22, objects with pointers have a header that mallocgc adds
APPENDED = 100
PER_ROUND = {  # function: [(type, rounded size, bytes)]
    "main.siteLeaf": [("main.leaf", 24, 24)],
    "main.siteTiny": [("int32", 4, 4)],
    "main.siteBytes": [("uint8", 1000, 1000), ("uint8", 5120, 5000), ("uint8", 40960, 40000)],
}
CONCATS = {(39, 2): 1, (69, 3): 1, (158, 7): 1}  # (bytes, strings): a round
MAP_STEPS = {200: 5, 3000: 9}  # doublings from 8 entries


def growth(each):
    """[(needed, old)] in bytes of a slice of @each bytes that is appended to one by one: as it
    doubles up to here in every version."""
    steps, have = [], 0
    for length in range(1, APPENDED + 1):
        if length > have:
            steps.append((length * each, have * each))
            have = max(1, 2 * have)
    return steps


class Program:
    def __init__(self, version, folder):
        self.version = version
        self.path = toolchains.build(version, "looks", os.path.join(folder, "looks-" + version),
                                     "-trimpath")
        self.workload = self.truth = self.item = None

    def calls(self, kind):
        return [row for row in self.item["go"]["looks"]["calls"] if row["kind"] == kind]

    def rows(self, kind, function):
        """{(type, size, old): (calls, bytes)} at @function, without what the runtime needs for
        itself when it collects there."""
        return {(row.get("type"), row["size"], row.get("old", 0)): (row["calls"], row["bytes"])
                for row in self.calls(kind) if row.get("function") == function
                and "runtime." not in row.get("type", "")}


def is_open(path, cnt):
    """Every program's look has been told of, and so is open."""
    if not os.path.exists(path):
        return False
    images = {body[:4] for kind, body in records(path) if kind == RECORD_GO_LOOK}
    return len(images) >= cnt


def observe(programs, path):
    for program in programs:
        program.workload = Workload(program=program.path).__enter__()
    pids = [program.workload.pid for program in programs]
    with Recorder(pids, path, "--full") as recorder:
        wait_for(lambda: is_open(path, len(programs)) or recorder.child.poll() is not None,
                 lambda: "looks to open: %s" % recorder.stderr(), 60)
        for program in programs:
            program.truth = program.workload.truth()
        demand(recorder.stop() == 0, recorder.stderr())
    document = read_report(path)
    for program in programs:
        program.item = report.process(document, program.workload.pid)
        program.workload.end()
        program.workload.__exit__()


def read_report(path):
    done = subprocess.run([BIN, "report", "--json", path], capture_output=True,
                          text=True, timeout=60, check=False)
    demand(done.returncode == 0, done.stderr)
    return report.hotspots(done.stdout)


def session_of_five_seconds_has_a_look(program, path):
    """Of a program that does nothing: it is seen from the first moment on."""
    with Workload(program=program.path) as workload:
        with Recorder([workload.pid], path, "-d", "5s") as recorder:
            demand(recorder.child.wait(timeout=60) == 0, recorder.stderr())
        item = report.process(read_report(path), workload.pid)
    looks = item["go"].get("looks")
    demand(looks and looks["looks"] >= 1 and looks["open_s"] > 0, "looks: %s" % looks)


def check_objects(program):
    rounds = program.truth["rounds"]
    for function, wanted in PER_ROUND.items():
        want = {(kind, size, 0): (rounds, rounds * size_bytes)
                for kind, size, size_bytes in wanted}
        have = program.rows("alloc", function)
        demand(have == want, "%s: %s, in truth %s" % (function, have, want))
    have = program.rows("alloc", "main.siteNode")
    demand(have == {("main.node", 40, 0): (rounds + 1, 40 * (rounds + 1))}, "nodes: %s" % have)


def check_classes(program):
    """All objects of the process, by the class that each size falls into. The runtime's own may be
    from before its figures are said, or after."""
    classes = sorted(size for size, _ in program.truth["classes"] if size)
    seen, own = collections.Counter(), collections.Counter()
    for row in program.calls("alloc"):
        counter = own if row.get("type", "").startswith("runtime.") else seen
        counter[next((size for size in classes if size >= row["size"]), 0)] += row["calls"]
    mallocs, runtimes = sum(seen.values()), sum(own.values())
    demand(mallocs <= program.truth["mallocs"] <= mallocs + runtimes,
           "%d objects seen and %d of the runtime, in truth %d" % (
               mallocs, runtimes, program.truth["mallocs"]))
    for size, truth in program.truth["classes"]:
        if TINY < size <= EXACT_MAX:
            demand(seen[size] <= truth <= seen[size] + own[size],
                   "class %d: %d seen and %d of the runtime, in truth %d" % (
                       size, seen[size], own[size], truth))


def check_slices(program):
    rounds = program.truth["rounds"]
    for function, times, kind in (("main.siteInts", rounds + 1, "int"),
                                  ("main.siteNodes", rounds, "*main.node")):
        want = {(kind, needed, old): (times, times * needed) for needed, old in growth(8)}
        have = program.rows("grow", function)
        demand(have == want, "%s: %s, in truth %s" % (function, have, want))
    grown = sum(calls for function in ("main.siteInts", "main.siteNodes")
                for calls, _ in program.rows("grow", function).values())
    demand(grown == program.truth["grown"], "%d grown, in truth %d" % (
        grown, program.truth["grown"]))


def check_maps(program):
    maps = program.truth["maps"]
    want = collections.Counter()
    for steps in MAP_STEPS.values():
        for step in range(steps):
            want[("map[int]int", 16 << step, 8 << step)] += maps
    have = {key: calls for key, (calls, _) in program.rows("map_grow", "main.siteMap").items()}
    demand(have == dict(want), "%s, in truth %s" % (have, dict(want)))


def check_strings(program):
    rounds = program.truth["rounds"]
    want = {(None, size, cnt): (times * rounds + (cnt == 2), (times * rounds + (cnt == 2)) * size)
            for (size, cnt), times in CONCATS.items()}
    have = program.rows("concat", "main.siteConcat")
    demand(have == want, "%s, in truth %s" % (have, want))
    for function in ("main.siteSame", "main.siteShort"):
        demand(not program.rows("concat", function), "%s makes no string" % function)


def check_sums(program):
    looks = program.item["go"]["looks"]
    demand(looks["looks"] == 1 and looks["dropped_calls"] == 0, "%d looks, %d calls dropped" % (
        looks["looks"], looks["dropped_calls"]))
    demand(0 < looks["charged_s"] <= report.charged_s(program.item), "charged: %s" % looks)


def main():
    need_root()
    if not toolchains.installed():
        print("no Go toolchain here")
        sys.exit(77)
    asked = os.environ.get("HB_GO_VERSIONS")
    versions = asked.split(",") if asked else toolchains.versions(MINORS)
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="t_go_looks.") as folder:
        programs = []
        for version in versions:
            with checks.case("go%s_builds" % version):
                programs.append(Program(version, folder))
        path = os.path.join(folder, "looks.hb")
        with checks.case("looks_open_in_full_mode"):
            observe(programs, path)
        for program in programs if all(program.item for program in programs) else ():
            for name, check in (("every_object_is_seen_once", check_objects),
                                ("size_classes_are_the_runtimes_own", check_classes),
                                ("every_growth_of_a_slice_is_seen", check_slices),
                                ("every_growth_of_a_map_is_seen", check_maps),
                                ("every_new_string_is_seen", check_strings),
                                ("sums_are_told", check_sums)):
                with checks.case("go%s_%s" % (program.version, name)):
                    check(program)
        with checks.case("replay_is_the_same"):
            demand(read_report(path) == read_report(path), "two reports of one capture differ")
        with checks.case("session_of_five_seconds_has_a_look"):
            session_of_five_seconds_has_a_look(programs[-1], path)
    checks.finish()


if __name__ == "__main__":
    main()
