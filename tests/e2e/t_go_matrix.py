#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Is what is read of a live Go runtime what the program says of itself, to the last unit, for each
version of Go and form of binary?

HB_GO_VERSIONS: "all" (1.17 to the newest, and stripped programs from npm), or versions, ",".
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import go_toolchains as toolchains
from target import Checks, Failure, Skip, WORKLOADS, Workload, demand, need_root

DUMP = os.path.join(WORKLOADS, "go_dump")
STATE, CLASSES, BUCKETS, GOROUTINES, CYCLES = 1, 2, 4, 8, 16
ALL_PARTS = 31
PART_NAMES = {STATE: "GC state", CLASSES: "classes", BUCKETS: "mbuckets",
              GOROUTINES: "goroutines", CYCLES: "pauses"}
STACK_MAX = 32  # frames that MemProfileRecord holds
GOAL_NONE = 1 << 62
FORMS = (("plain", ()), ("stripped", ("-ldflags=-s -w",)), ("pie", ("-buildmode=pie",)),
         ("pie-stripped", ("-buildmode=pie", "-ldflags=-s -w")))
EXTERNAL = ("external", ("-buildmode=pie", "-ldflags=-s -w -linkmode=external"))
COLUMNS = ("version", "form", "pclntab", "version read", "types", "mbuckets", "GC state",
           "classes", "pauses", "goroutines", "profilealloc", "mallocgc family")
# Programs that ship stripped, and their versions: an old and a new Go, with and without a profile.
NPM_PROGRAMS = (("@esbuild/linux-x64@0.16.0", "bin/esbuild", ("--serve=127.0.0.1:0",)),
                ("@esbuild/linux-x64@0.28.0", "bin/esbuild", ("--serve=127.0.0.1:0",)))


class Truth(Workload):
    """The program tests/workloads/go/truth."""

    def __init__(self, path, **env):
        super().__init__(program=path, env=env)

    def ask(self, command):
        self.child.stdin.write(command.encode() + b"\n")
        return self.line()

    def do(self, command):
        answer = self.ask(command)
        demand(answer == "done", "the program said %r" % answer[:80])

    def tell(self, command):
        return json.loads(self.ask(command))


class Reader(Workload):
    """go_dump on a process; what it has told of buckets is kept."""

    def __init__(self, pid):
        super().__init__(pid, program=DUMP)
        self.buckets, self.counts = {}, {}
        self.hello = {}

    def __enter__(self):
        self.hello = json.loads(self.line())
        demand("error" not in self.hello, "go_dump: %s" % self.hello.get("error"))
        return self

    def read(self, parts=ALL_PARTS):
        self.child.stdin.write(b"read %d\n" % parts)
        reading = json.loads(self.line())
        demand("error" not in reading, "go_dump: %s" % reading.get("error"))
        for bucket in reading["buckets"]:
            demand(bucket["number"] not in self.buckets, "bucket told twice")
            self.buckets[bucket["number"]] = bucket
        for number, *counts in reading["counts"]:
            demand(number in self.buckets, "counts of a bucket that was not told")
            self.counts[number] = counts
        return reading


def same(name, mine, truth):
    demand(mine == truth, "%s: read %s, the program says %s" % (name, mine, truth))


def check_stats(truth, reader):
    """Right after ReadMemStats, with everything quiet."""
    said = truth.tell("stats")
    reading = reader.read()
    same("parts", reading["parts"], ALL_PARTS)
    state = reading["state"]
    for mine, theirs in (("mallocs", "mallocs"), ("frees", "frees"), ("allocated", "total_alloc"),
                         ("cycles", "cycles"), ("forced", "forced"), ("pause_ns", "pause_ns"),
                         ("cpu_ppm", "cpu_ppm"), ("goroutines", "goroutines"),
                         ("procs", "procs"), ("in_heap", "heap_in_use"),
                         ("in_stacks", "stack_in_use")):
        same(mine, state[mine], said[theirs])
    same("heap alloc", state["allocated"] - state["freed"], said["heap_alloc"])
    same("goal", state["goal"], goal_of(said))
    top = said["classes"][-1][0]
    same("classes", [row[:3] for row in reading["classes"] if 0 < row[0] <= top],
         [row for row in said["classes"] if row[1]])
    same("live objects", sum(row[1] - row[2] for row in reading["classes"]),
         said["mallocs"] - said["frees"])
    return said, reading


def check_cycles(said, reading):
    """All that the ring holds the first time, then the new ones."""
    same("cycles told", [row[0] for row in reading["cycles"]],
         list(range(max(1, said["cycles"] - 254), said["cycles"] + 1)))
    same("pauses", [row[3] for row in reversed(reading["cycles"])], said["pauses"])
    now = time.time_ns()
    demand(all(0 <= now - row[2] < 120e9 for row in reading["cycles"]), "cycles ended long ago")


def check_forced(truth, reader):
    before = reader.read(CYCLES)["state"]["cycles"]
    truth.do("gc 3")
    rows = reader.read(CYCLES)["cycles"]
    same("forced cycles", [row[:2] for row in rows], [[before + i, 2] for i in (1, 2, 3)])
    demand(0 < rows[-1][4] < 10e9, "mark time %d ns" % rows[-1][4])
    same("cycles without any", reader.read(CYCLES)["cycles"], [])


def check_goroutines(truth, reader):
    """Creation sites by the program's own list."""
    text = truth.tell("goroutines")
    want = {}
    for stack in text.strip().split("\n\n"):
        lines = stack.split("\n")
        created = re.match(r"created by (\S+)", lines[-2])
        site = "%s:%s" % (created[1], re.search(r":(\d+)", lines[-1])[1]) if created else None
        want[site] = want.get(site, 0) + 1
    reading = reader.read(GOROUTINES)
    have = {(row["created"] or [None])[0]: row["cnt"] for row in reading["goroutines"]}
    same("goroutines", have, want)
    waiting = [row for row in reading["goroutines"] if row["created"]]
    demand(all(row["status"] == [0, 0, row["cnt"]] for row in waiting), "not all of them wait")
    demand(all(0 < row["wait_ns"] < 300e9 for row in waiting), "no waiting time")
    demand(any("main" in row["entry"][0] for row in waiting), "no entry of main")


def check_types(truth, reader):
    for said in truth.tell("types"):
        reader.child.stdin.write(b"type %d\n" % said["address"])
        same("type", json.loads(reader.line()), [said["name"], said["size"]])


def check_profile(truth, reader):
    """MemProfile(p, true) right after runtime.GC(), stacks by runtime.CallersFrames."""
    want, have = {}, {}
    for record in truth.tell("profile"):
        key = (record["alloc_bytes"] // record["allocs"], tuple(record["stack"]))
        row = want.setdefault(key, [0, 0])
        row[0] += record["allocs"]
        row[1] += record["frees"]
        same("freed bytes", record["free_bytes"], record["frees"] * key[0])
    reader.read(BUCKETS)
    for number, (allocs, frees, _) in reader.counts.items():
        bucket = reader.buckets[number]
        if allocs:
            row = have.setdefault((bucket["size"], tuple(bucket["stack"][:STACK_MAX])), [0, 0])
            row[0] += allocs
            row[1] += frees
    demand(len(want) > 20, "the program sampled only %d sites" % len(want))
    differ = [key for key in set(want) | set(have) if want.get(key) != have.get(key)]
    demand(not differ, "%d of %d sites differ, such as %s: read %s, the program says %s" % (
        len(differ), len(want), differ[:1], have.get((differ or [0])[0]),
        want.get((differ or [0])[0])))
    names = " ".join(name for _, stack in have for name in stack)
    demand("main.fill:" in names and "main.newSession:" in names, "inlined names are missing")


def goal_of(said):
    return said["next_gc"] if said["next_gc"] < GOAL_NONE else 0


def settled(truth, reader):
    """What both say when nothing moved in between. Over its limit, a program runs many cycles; under
    one, its goal follows each page that the scavenger gives back: one equal pair is asked of many."""
    found = None
    for _ in range(40):
        said, state = truth.tell("stats"), reader.read()["state"]
        if state["cycles"] == said["cycles"] and state["mallocs"] == said["mallocs"]:
            found = said, state
            if state["goal"] == goal_of(said):
                break
    demand(found, "the program is never quiet")
    return found


def check_settings(path):
    """GOGC and GOMEMLIMIT as they were set, and the goal under them."""
    minor = None
    for env in ({"GOGC": "37"}, {"GOGC": "off"}, {"GOGC": "off", "GOMEMLIMIT": "64MiB"},
                {"GOMEMLIMIT": "20MiB"}):
        with Truth(path, **env) as truth, Reader(truth.pid) as reader:
            minor = reader.hello["minor"]
            truth.do("grow 20000")
            truth.do("churn 20000")
            said, state = settled(truth, reader)
            same("GOGC", state["gogc"], {"37": 37, "off": -1}.get(env.get("GOGC"), 100))
            limit = int(env["GOMEMLIMIT"][:2]) << 20 if "GOMEMLIMIT" in env and minor >= 19 else -1
            same("GOMEMLIMIT", state["limit"], limit)
            same("goal", state["goal"], goal_of(said))


def check_busy(truth, reader):
    """While everything changes: nothing falls, no cycle is lost, nothing is told twice."""
    truth.do("collect")
    for _ in range(2):
        truth.do("loop 500")
    last, cycle = reader.read()["state"], None
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        reading = reader.read()
        for name in ("mallocs", "frees", "allocated", "freed", "cycles", "pause_ns"):
            if reading["parts"] & STATE:
                demand(reading["state"][name] >= last[name], "%s fell" % name)
        last = reading["state"] if reading["parts"] & STATE else last
        for row in reading["cycles"]:
            demand(cycle is None or row[0] == cycle + 1, "cycle %d after %s" % (row[0], cycle))
            cycle = row[0]
        for _, allocs, frees, _ in reading["counts"]:
            demand(frees <= allocs, "more frees than allocations")
    demand(cycle, "no cycle in a second")


def check_end(truth, reader):
    truth.child.kill()
    truth.child.wait()
    reader.child.stdin.write(b"read\n")
    same("reading of the dead", json.loads(reader.line()), {"error": "No such process"})


def check_places(reader, row):
    """A probe has its place in the function that samples for the profile, and in all that allocate;
    that it counts exactly there is the test of the probes."""
    places = {name: (delta, instruction, reason)
              for name, delta, instruction, reason in reader.hello["places"]}
    for name in ("runtime.profilealloc", "runtime.mallocgc"):
        demand(name in places, "%s was not found" % name)
    unusable = {name: place[2] for name, place in places.items() if not place[1]}
    same("functions without a place", unusable, {})
    row["profilealloc"] = "+%d %s" % (places["runtime.profilealloc"][0],
                                      places["runtime.profilealloc"][1].split()[0])
    row["mallocgc family"] = "%d of %d" % (len(places) - 1, len(places) - 1)


def check_program(path, row):
    with Truth(path) as truth:
        for work in ("grow 3000", "churn 100000", "leak 7", "large 5", "deep 1009", "many 23",
                     "gc 1"):
            truth.do(work)
        with Reader(truth.pid) as reader:
            row["pclntab"] = "ok"
            row["version read"] = reader.hello["version"][2:]
            same("parts", reader.hello["parts"], ALL_PARTS)
            check_places(reader, row)
            said, reading = check_stats(truth, reader)
            row["GC state"] = row["classes"] = "exact"
            check_cycles(said, reading)
            check_forced(truth, reader)
            row["pauses"] = "exact"
            check_goroutines(truth, reader)
            row["goroutines"] = "exact"
            check_types(truth, reader)
            row["types"] = "exact"
            check_profile(truth, reader)
            row["mbuckets"] = "exact"
            check_busy(truth, reader)
            check_end(truth, reader)


def check_no_profile(version, folder):
    """A program that cannot read its own profile does not take one, and that is said."""
    source = os.path.join(folder, "plain.go")
    with open(source, "w") as file:
        file.write('package main\n\nimport "os"\n\nfunc main() {\n'
                   '\tos.Stdout.WriteString("ready\\n")\n\tos.Stdin.Read(make([]byte, 1))\n}\n')
    path = os.path.join(folder, "plain")
    go, env = toolchains.toolchain(version)
    done = toolchains.run_go(go, "build", "-o", path, source, env=env)
    demand(not done.returncode, done.stderr[-200:])
    with Workload(program=path) as plain, Reader(plain.pid) as reader:
        same("parts", reader.hello["parts"], ALL_PARTS & ~BUCKETS)
        demand("heap profile: off" in reader.hello["coverage"], reader.hello["coverage"])


def has_external_linker(version):
    """runtime/cgo is not shipped built since 1.20, nor with the modules of older toolchains."""
    return toolchains.minor_of(version) >= 20


def matrix(checks, versions, folder):
    rows, worked = [], 0
    for version in versions:
        forms = list(FORMS) + ([EXTERNAL] if has_external_linker(version) else [])
        for name, flags in forms:
            row = dict.fromkeys(COLUMNS, "-")
            row.update(version=version, form=name)
            with checks.case("go%s_%s_is_read_exactly" % (version, name)):
                path = os.path.join(folder, "truth-%s-%s" % (version, name))
                check_program(toolchains.build(version, "truth", path, *flags), row)
                worked += 1
            rows.append(row)
        with checks.case("go%s_settings_and_goals" % version):
            check_settings(os.path.join(folder, "truth-%s-stripped" % version))
        with checks.case("go%s_without_a_profile" % version):
            check_no_profile(version, folder)
    return rows, worked


def print_table(rows):
    widths = [max(len(name), *(len(str(row[name])) for row in rows)) for name in COLUMNS]
    for cells in [COLUMNS] + [[str(row[name]) for name in COLUMNS] for row in rows]:
        print("# " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip(),
              flush=True)


def check_npm(package, binary, arguments, folder):
    """A stripped program of somebody else: all parts, none of them empty."""
    home = os.path.join(folder, re.sub(r"\W", "_", package))
    done = subprocess.run(["npm", "install", "--prefix", home, "--no-save", package],
                          capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise Skip("npm cannot fetch %s" % package)
    path = glob.glob(os.path.join(home, "node_modules", package.rsplit("@", 1)[0], binary))[0]
    child = subprocess.Popen([path, *arguments], stdin=subprocess.PIPE,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while True:
            time.sleep(0.2)
            try:
                with Reader(child.pid) as reader:
                    first, second = reader.read(), reader.read()
                break
            except Failure:
                if time.monotonic() > end or child.poll() is not None:
                    raise
        demand(reader.hello["version"].startswith("go1."), reader.hello["version"])
        same("parts", first["parts"], reader.hello["parts"])
        demand(first["parts"] & (STATE | CLASSES | GOROUTINES | CYCLES) ==
               STATE | CLASSES | GOROUTINES | CYCLES, reader.hello["coverage"])
        demand(first["total"] >= 1 and first["state"]["mallocs"] > 1000 and
               second["state"]["mallocs"] >= first["state"]["mallocs"], "no figures")
        demand(all(not row["entry"][0].startswith("?") for row in first["goroutines"]),
               "goroutines without a name")
    finally:
        child.kill()
        child.wait()


def wanted():
    asked = os.environ.get("HB_GO_VERSIONS", "")
    if asked == "all":
        return toolchains.versions(range(17, 28))
    if asked:
        return asked.split(",")
    # What Debian has, one in the middle, what is current.
    return toolchains.versions((19, 23, toolchains.newest_minor()))


def main():
    need_root()
    checks = Checks()
    with checks.case("go_is_there"):
        demand(toolchains.installed(), "no Go toolchain (Debian: golang-go)")
    if not checks.failed:
        with tempfile.TemporaryDirectory(prefix="hb-go-matrix-") as folder:
            rows, worked = matrix(checks, wanted(), folder)
            with checks.case("some_version_is_there"):
                demand(worked, "no version of Go could be had")
            if os.environ.get("HB_GO_VERSIONS") == "all":
                for package, binary, arguments in NPM_PROGRAMS:
                    with checks.case("npm_%s" % re.sub(r"\W+", "_", package).strip("_")):
                        check_npm(package, binary, arguments, folder)
        print_table(rows)
    checks.finish()


if __name__ == "__main__":
    main()
