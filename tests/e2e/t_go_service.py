#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the daemon tell of Go programs what they tell of themselves - their heap profile to the last
byte, their leaks, their settings - whatever they are called and wherever they live, and do the
short sessions?"""
import contextlib
import http.client
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import go_build
import pprof
import report
from daemon import Daemon, copy_calls, private_run
from target import (BIN, Checks, EXIT_OK, Failure, Skip, Workload, demand, need_root, run,
                    wait_for)

ME = os.getpid()
STRIPPED = "-ldflags=-s -w"
CODE = 7  # of the programs that end by themselves
UNIT_BYTES = 512 << 10  # the profile's: a sample stands for that much, at most
HOSTILE = b'go\x1b[31m"\n\xff'
SMALL = 40
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def listen(number):
    return "127.0.0.1:%d" % (22000 + number)


class Program:
    """A Go program under its own name; it ends with its input."""

    def __init__(self, path, *arguments, wrapper=(), env=None):
        self.child = subprocess.Popen([*wrapper, path, *map(str, arguments)],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      env=dict(os.environ, **(env or {})))
        self.pid = self.child.pid

    def __enter__(self):
        self.said = self.child.stdout.readline().decode().strip()
        if not self.said:
            self.__exit__()
            raise Failure("the program ended with %s" % self.child.returncode)
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(timeout=5)
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        self.child.stdout.close()

    def end(self):
        """What it says when its input ends, and its exit code."""
        self.child.stdin.close()
        return self.child.stdout.read().decode(), self.child.wait(timeout=10)

    def get(self, path):
        """Of the service that it is."""
        connection = http.client.HTTPConnection(self.said, timeout=20)
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        finally:
            connection.close()

    def profile(self, collect=False):
        return pprof.sites(self.get("/debug/pprof/heap" + ("?gc=1" if collect else "")))


def fetch(daemon, path):
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        demand(answer.status == 200, "%s: status %d, %r" % (path, answer.status, body[:100]))
        return body
    finally:
        connection.close()


def profile_of(daemon, pid, kind="heap"):
    """As heapbeat serves it; None before there is one."""
    item = daemon.processes()[pid]
    with contextlib.suppress(Failure):
        return pprof.sites(fetch(daemon, "/targets/%s/debug/pprof/%s" % (item["id"], kind)))
    return None


def go_of(daemon, pid):
    """What the daemon has read of its runtime."""
    def there():
        go = daemon.processes().get(pid, {}).get("go")
        return go if go and "goroutines" in go else None
    return wait_for(there, lambda: "process %d to be read: %s" % (pid, daemon.tail()), 30)


def hotspots(text, pid):
    return report.process(report.hotspots(text), pid)


def report_on(daemon, pid, *options, seconds=2):
    done = daemon.run("report", "-p", pid, "-d", "%ds" % seconds, *options)
    demand(done.returncode == EXIT_OK, "report: exit code %d, %s" % (done.returncode, done.stderr))
    return done.stdout


def check_own_profile(daemon, service):
    """Quiet, after a collection: chains, counts and bytes, of all four types."""
    go_of(daemon, service.pid)
    service.get("/work?n=3000")
    own = service.profile(collect=True)
    demand(len(own) > 5 and all(pprof.total(own, name) for name in pprof.TYPES),
           "it has no profile of its own: %s" % own)
    served = {}

    def agrees():
        served.update(heap=profile_of(daemon, service.pid) or {})
        return served["heap"] == own

    with contextlib.suppress(Failure):
        wait_for(agrees, "", 15)
    # Asking allocates, and may have collected.
    demand(service.profile() == own, "it was not quiet")
    for kind in ("heap", "allocs"):
        wrong = pprof.differences(profile_of(daemon, service.pid, kind), own)
        demand(not wrong, "%s: %d of %d sites: %s" % (kind, len(wrong), len(own),
                                                      "; ".join(wrong[:3])))


def largest_deviation(mine, own):
    """Of the sites of at least 2 % in either: (how far beyond what is allowed, site), the worst."""
    totals = pprof.total(mine, "alloc_space"), pprof.total(own, "alloc_space")
    worst = (-math.inf, "none")
    for chain in set(mine) | set(own):
        values = [rows.get(chain, {}).get("alloc_space", 0) for rows in (mine, own)]
        if max(value / max(1, total) for value, total in zip(values, totals)) < 0.02:
            continue
        allowed = max(0.02 * values[1], 3 * math.sqrt(values[1] * UNIT_BYTES))
        over = abs(values[0] - values[1]) - allowed if all(values) else math.inf
        worst = max(worst, (over, "%s: %d, own %d" % (chain[0], *values)))
    return worst


def check_under_load(daemon, service):
    """What is served was true a few seconds ago: the program's own profiles of these seconds are
    kept, and the one of that moment is held against it."""
    service.get("/load")
    own, before = [], profile_of(daemon, service.pid)
    end = time.monotonic() + 30
    try:
        while True:
            own.append(service.profile())
            served = profile_of(daemon, service.pid)
            size = pprof.total(served, "alloc_space")
            if size > max(pprof.total(own[0], "alloc_space"),
                          2 * pprof.total(before, "alloc_space")):
                break
            demand(time.monotonic() < end, "its profile does not grow")
            time.sleep(0.2)
    finally:
        service.get("/load")
    nearest = min(own, key=lambda rows: abs(pprof.total(rows, "alloc_space") - size))
    over, site = largest_deviation(served, nearest)
    demand(over <= 0, "too far off: %s" % site)


def check_leaks(daemon, service):
    """Goroutines and a cache that only grow, in a stripped program: seen within a minute."""
    service.get("/fault")
    began = time.monotonic()

    def in_metrics():
        text = daemon.get("/metrics")
        mine = [line for line in text.splitlines() if 'pid="%d"' % service.pid in line]
        def has(name, label, least):
            return any(line.startswith(name + "{") and label in line and
                       float(line.rsplit(" ", 1)[1]) >= least for line in mine)
        return (has("heapbeat_go_goroutines_by_site", "main.leakOne", 100) and
                has("heapbeat_go_goroutines_growing", "", 1) and
                has("heapbeat_hotspot_live_bytes", "main.remember", 4 << 20))
    wait_for(in_metrics, "leaks in /metrics", 60)
    item = hotspots(report_on(daemon, service.pid, "--json", seconds=5), service.pid)
    took = time.monotonic() - began
    leak = [row for row in item["go"]["goroutines"]["created_by"]
            if row.get("function") == "main.leakOne"]
    demand(len(leak) == 1 and leak[0]["file"].endswith("sites.go") and leak[0]["growing"],
           "goroutines: %s" % leak)
    live = max(item["sites"], key=lambda row: report.number(row.get("live_bytes")) or 0)
    demand(live["function"] in ("main.remember", "main.sitePage"), "most is held by %s" % live)
    text = report_on(daemon, service.pid, seconds=5)
    demand(re.search(r"main\.leakOne \(sites\.go:\d+\) -> ", text), "no creation site: %s" % text)
    demand(re.search(r"MB +main\.remember \(sites\.go:\d+\)", text), "no site: %s" % text)
    demand(re.search(r"running .* goroutines, growth \d", text), "no growth: %s" % text)
    check_rows(text)
    demand(took < 60, "it took %g s" % took)


def check_rows(text):
    """No row of a site says nothing."""
    empty = [line for line in text.splitlines()
             if re.match(r"\s+0 %\s+0 B\s+\S+\s+0\s+(0 B|-)\s", line)]
    demand(not empty, "rows of nothing: %s" % empty[:2])


def check_service(checks, folder, programs):
    with Program(programs["profile"], "serve") as service, \
            Daemon(folder, "-p", service.pid, listen=listen(1)) as daemon:
        daemon.wait_state(service.pid, "attached")
        with checks.case("served_profile_is_the_programs_own"):
            check_own_profile(daemon, service)
        with checks.case("served_profile_under_load"):
            check_under_load(daemon, service)
        with checks.case("leaks_are_seen_within_a_minute"):
            check_leaks(daemon, service)
        with checks.case("the_service_is_released"):
            demand(daemon.stop()[0] == EXIT_OK, daemon.tail())
            demand(service.child.poll() is None, "the service has died")


def record(folder, *command):
    """(items of the report on a recorded command, its exit code)"""
    capture = os.path.join(folder, "brief.hb")
    done = run("record", "-o", capture, "--", *command, timeout=30)
    if not os.path.exists(capture):
        return done, []
    told = run("report", "--json", capture)
    return done, report.processes(report.hotspots(told.stdout)) if told.stdout else []


def demand_figures(item):
    go = item["go"]
    demand(go["version"].startswith("go1."), "version %s" % go.get("version"))
    calls, size = report.counter(item, "calls"), report.counter(item, "bytes")
    demand(calls and calls > 1000 and size and size > 1 << 20, "%s calls, %s bytes" % (calls, size))
    demand(any(row["function"].startswith("main.site") for row in item["sites"]),
           "no site of its own: %s" % [row["function"] for row in item["sites"]][:5])


def check_brief(folder, program):
    done, items = record(folder, program, "brief", 2)
    demand(done.returncode == CODE, "exit code %d: %s" % (done.returncode, done.stderr))
    demand(len(items) == 1, "%d images" % len(items))
    demand_figures(items[0])
    told = run("report", "--json", "--", program, "brief", 2)
    demand(told.returncode == EXIT_OK, "report: exit code %d: %s" % (told.returncode, told.stderr))
    demand_figures(report.processes(report.hotspots(told.stdout))[0])


def check_again(folder, program):
    """Becomes another program in place: two images, both with figures."""
    done, items = record(folder, program, "again", 2)
    demand(done.returncode == CODE, "exit code %d: %s" % (done.returncode, done.stderr))
    demand(len(items) == 2 and len({item["process"]["pid"] for item in items}) == 1,
           "images: %s" % [item["process"] for item in items])
    for item in items:
        demand_figures(item)


def check_nothing(folder, program):
    for _ in range(5):
        began = time.monotonic()
        done, _ = record(folder, program, "nothing")
        demand(done.returncode == CODE, "exit code %d: %s" % (done.returncode, done.stderr))
        demand(time.monotonic() - began < 10, "it took %g s" % (time.monotonic() - began))


def check_mixed(folder, program):
    """Two heaps in one process: both are told, neither is added to the other."""
    with Program(program) as mixed, Daemon(folder, "-p", mixed.pid, listen=listen(2)) as daemon:
        daemon.wait_state(mixed.pid, "attached")
        item = hotspots(report_on(daemon, mixed.pid, "--json"), mixed.pid)
        go, native = item["go"]["figures"], item["figures"]
        demand(not item["go"].get("primary"), "Go's heap is taken for the process's")
        # C takes 3000 bytes a round, Go eight times as many objects of 1536.
        ratio = report.number(go["bytes_rate"]) / report.number(native["bytes_rate"])
        demand(2 < ratio < 8, "Go has %g times the bytes of C instead of 4.1" % ratio)
        functions = report.functions(item)
        demand(set(functions) >= {"malloc"} and "main.fromGo" in {
            row["function"] for row in item["sites"]}, "functions %s" % functions)
        text = report_on(daemon, mixed.pid)
        demand(re.search(r"^  go heap +\S+ allocations/s", text, re.M) and
               re.search(r"^  malloc +\S+ .*allocations/s", text, re.M), "two heaps: %s" % text)
        for _ in range(3):
            done = daemon.run("detach", mixed.pid)
            demand(done.returncode == EXIT_OK, done.stderr)
            wait_for(lambda: daemon.state(mixed.pid) != "attached", "it to be released")
            done = daemon.run("attach", mixed.pid)
            demand(done.returncode == EXIT_OK, done.stderr)
            daemon.wait_state(mixed.pid, "attached")
        go_of(daemon, mixed.pid)
        demand(daemon.stop()[0] == EXIT_OK, daemon.tail())
        said, code = mixed.end()
        demand(code == CODE and re.fullmatch(r"\d+ true\n", said), "%d, %r" % (code, said))


def check_unprofiled(daemon, plain):
    """Nothing in it can read a profile: sites come from where its Ps take spans."""
    item = hotspots(report_on(daemon, plain.pid, "--json"), plain.pid)
    demand("MemProfile is not linked" in item["go"]["coverage"], item["go"]["coverage"])
    top = item["sites"][0]
    demand(top["function"] == "main.fill" and top["bytes"]["basis"] == "sampled",
           "%s, %s" % (top["function"], top["bytes"]))
    text = report_on(daemon, plain.pid)
    demand("main.fill (main.go:" in text and "from samples of probes" in text, text)


def check_settings(daemon, bare, limited):
    """GOGC and GOMEMLIMIT as they are set; of no limit there is no series."""
    def series(name, pid):
        return daemon.metric(name, 'pid="%d"' % pid)
    for one in (bare, limited):
        go_of(daemon, one.pid)
    wait_for(lambda: series("heapbeat_go_memory_limit_bytes", limited.pid), "the limit", 10)
    demand(series("heapbeat_go_memory_limit_bytes", limited.pid) == 96 << 20, "another limit")
    demand(series("heapbeat_go_memory_limit_bytes", bare.pid) is None, "a limit that nobody set")
    demand(series("heapbeat_go_gogc_ratio", bare.pid) == 1, "another GOGC")
    demand(series("heapbeat_go_gogc_ratio", limited.pid) is None, "a GOGC that is off")
    demand('gogc="off"' in "".join(line for line in daemon.get("/metrics").splitlines() if
                                   line.startswith("heapbeat_go_info") and
                                   'pid="%d"' % limited.pid in line), "GOGC is not off")
    text = report_on(daemon, limited.pid)
    demand(re.search(r"GOGC off, GOMEMLIMIT 101 MB", text), text)
    text = report_on(daemon, bare.pid)
    demand(re.search(r"GOGC 100, no GOMEMLIMIT", text), text)


def check_words(daemon, plain):
    """ps, status and doctor speak of it as of a process that is read."""
    done = run("ps")
    demand(re.search(r"^ *%d .*\bgo\b" % plain.pid, done.stdout, re.M), "ps: %s" % done)
    daemon.wait_state(plain.pid, "attached")
    done = daemon.run("status")
    demand(re.search(r"^go +attached \d", done.stdout, re.M) and
           re.search(r"^ +%d .*B/s" % plain.pid, done.stdout, re.M), "status: %s" % done.stdout)
    done = run("doctor", "--probes", "-p", plain.pid)
    demand(done.returncode == EXIT_OK and "Go runtime: read from outside" in done.stdout,
           "doctor: %d, %s %s" % (done.returncode, done.stdout, done.stderr))


def check_plain(checks, folder, program):
    limits = {"GOGC": "off", "GOMEMLIMIT": str(96 << 20)}
    with Program(program) as bare, Program(program, env=limits) as limited, \
            Daemon(folder, "-p", "%d,%d" % (bare.pid, limited.pid), listen=listen(3)) as daemon:
        with checks.case("without_a_profile_sites_are_sampled"):
            check_unprofiled(daemon, bare)
        with checks.case("settings_are_told_and_absent_ones_are_not"):
            check_settings(daemon, bare, limited)
        with checks.case("ps_status_and_doctor"):
            check_words(daemon, bare)


@contextlib.contextmanager
def odd_ones(folder, program):
    """Deleted, in a root of its own, of a hostile name, stopped."""
    root = os.path.join(folder, "root")
    os.mkdir(root)
    shutil.copy(program, os.path.join(root, "inner"))
    gone = os.path.join(folder, "gone%d" % ME)
    shutil.copy(program, gone)
    named = os.path.join(folder.encode(), HOSTILE)
    shutil.copy(program, named)
    with contextlib.ExitStack() as stack:
        def begin(*arguments, **options):
            return stack.enter_context(Program(*arguments, **options))
        ones = {"deleted": begin(gone), "hostile": begin(named), "stopped": begin(program),
                "chrooted": begin("/inner", wrapper=("unshare", "--mount", "chroot", root))}
        os.remove(gone)
        os.kill(ones["stopped"].pid, signal.SIGSTOP)
        try:
            yield ones
        finally:
            os.kill(ones["stopped"].pid, signal.SIGCONT)


def check_odd(checks, folder, program):
    with odd_ones(folder, program) as ones, \
            Daemon(folder, "-p", ",".join(str(one.pid) for one in ones.values()),
                   listen=listen(4)) as daemon:
        for kind, one in ones.items():
            with checks.case("a_%s_program_is_read" % kind):
                go = go_of(daemon, one.pid)
                demand(go["version"].startswith("go1.") and go["goroutines"] >= 2, go)
        with checks.case("names_of_odd_programs"):
            for kind in ("deleted", "chrooted", "hostile"):
                text = report_on(daemon, ones[kind].pid)
                demand("main.fill (main.go:" in text, "%s: %s" % (kind, text))
                demand(not CONTROL.search(text), "%s: control bytes: %r" % (kind, text))
            text = report_on(daemon, ones["stopped"].pid)
            demand("goroutines" in text, text)
            for page in ("/metrics", "/", "/api/v1/hotspots"):
                demand(not CONTROL.search(daemon.get(page)), page)


def check_many(folder, program):
    """More than there is room for: each gets its turn, and the native ones their looks."""
    native = copy_calls(folder, "n%d" % ME)
    with contextlib.ExitStack() as stack:
        small = [stack.enter_context(Program(program, 4096)) for _ in range(SMALL)]
        churning = [stack.enter_context(Workload("churn", 200, 300, program=native))
                    for _ in range(2)]
        for one in churning:
            one.send()
        daemon = stack.enter_context(Daemon(folder, "--exe", program, "--exe", native,
                                            "--max-targets", 4, listen=listen(5)))
        unread = {one.pid for one in small}
        unseen = {one.pid for one in churning}

        def all_served():
            items = daemon.processes()
            for pid in list(unread):
                if "goroutines" in (items.get(pid, {}).get("go") or {}):
                    unread.discard(pid)
            for pid in list(unseen):
                if report.number(items.get(pid, {}).get("calls_rate")):
                    unseen.discard(pid)
            return not unread and not unseen
        wait_for(all_served, lambda: "%d of %d Go processes, %d native ones; %s"
                 % (len(unread), SMALL, len(unseen), daemon.tail()), 60)
        demand(daemon.stop()[0] == EXIT_OK, daemon.tail())
        demand(all(one.child.poll() is None for one in small), "one has died")


def build_all(folder):
    """Stripped, each under a name of its own."""
    programs = {}
    for name in ("profile", "plain"):
        path = os.path.join(folder, "%s%d" % (name, ME))
        # With cgo, net brings a second heap along.
        done = subprocess.run([go_build.find_go(), "build", "-trimpath", STRIPPED, "-o", path,
                               "."], cwd=os.path.join(go_build.SOURCES, name), check=False,
                              env=dict(os.environ, CGO_ENABLED="0"), capture_output=True,
                              text=True, timeout=300)
        demand(done.returncode == 0, "go build %s: %s" % (name, done.stderr[-300:]))
        programs[name] = path
    return programs


def build_mixed(folder):
    if not shutil.which("gcc") and not shutil.which("cc"):
        raise Skip("no C compiler")
    return go_build.build("mixed", folder, STRIPPED)


def main():
    need_root()
    private_run()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        programs = build_all(folder)
        check_service(checks, folder, programs)
        for name, check in (("a_brief_program_has_figures", check_brief),
                            ("exec_in_place_is_a_new_image", check_again),
                            ("a_program_that_ends_at_once", check_nothing)):
            with checks.case(name):
                check(folder, programs["profile"])
        with checks.case("two_heaps_are_never_added"):
            check_mixed(folder, build_mixed(folder))
        check_plain(checks, folder, programs["plain"])
        check_odd(checks, folder, programs["plain"])
        with checks.case("many_go_processes_leave_room_for_others"):
            check_many(folder, programs["plain"])
    checks.finish()


if __name__ == "__main__":
    main()
