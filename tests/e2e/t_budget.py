#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the default mode stay within its budget, and does it see enough for that?

By heapbeat's own account: what it charges for every hit is checked by the bench against the CPU
that targets really lose.
"""
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import report
from target import (Checks, EXIT_OK, EXIT_PARTIAL, Recorder, Skip, TESTS, Workload, demand,
                    need_root, progress, run, wait_for)

SPAN_S = 12
BUDGET_RATIO = 0.01
BUDGET_CORES = 0.0005
SEEN_RATIO = 0.003  # a budget is also there to be used
SAMPLES = 50
SLEEPER_ERROR = 0.15  # rates of a look have errors of 2 to 4 %, and machines have hiccups
PYJSON = os.path.join(TESTS, "workloads", "pyjson.py")


def observe(pid, path):
    """The report on @pid over one run of the default mode."""
    done = run("record", "-p", pid, "-d", "%ds" % SPAN_S, "-o", path, timeout=SPAN_S + 60)
    # On a machine that has no CPU left, the ring may overflow: counted, said, and no matter here.
    demand(done.returncode in (EXIT_OK, EXIT_PARTIAL), "record ended with %d: %s"
           % (done.returncode, done.stderr.strip()))
    return read(path, pid)


def read(path, pid):
    done = run("report", "--json", path)
    demand(done.returncode in (EXIT_OK, EXIT_PARTIAL), "report ended with %d: %s"
           % (done.returncode, done.stderr.strip()))
    return report.process(report.hotspots(done.stdout), pid)


def demand_within_budget(item):
    charged = report.charged_s(item)
    budget = max(BUDGET_RATIO * report.cpu_s(item), BUDGET_CORES * report.span_s(item))
    demand(charged > 0, "nothing was charged")
    demand(charged <= budget, "%.2f ms were charged, the budget was %.2f ms"
           % (charged * 1e3, budget * 1e3))


def demand_busy(item):
    """It used its CPU, was only looked at, and the looks have seen something."""
    demand(report.cpu_s(item) > SPAN_S / 5, "not busy: %.2f s of CPU" % report.cpu_s(item))
    demand(report.mode(item) == "look", "mode %s" % report.mode(item))
    demand_within_budget(item)
    seen = report.observed_s(item) / report.span_s(item)
    demand(seen >= SEEN_RATIO, "only %.3f %% of the time was seen" % (seen * 100))
    demand(report.samples(item) >= SAMPLES, "%d samples" % report.samples(item))
    wrong = report.identities(item)
    demand(not wrong, "; ".join(wrong))


def check_tight(folder):
    """malloc and free, and nothing else, as fast as it goes."""
    with Workload("churn", 100000000, SPAN_S + 60) as workload:
        workload.send()
        demand_busy(observe(workload.pid, os.path.join(folder, "tight.hb")))


def check_python(folder):
    with Workload(SPAN_S + 60, program=PYJSON) as workload:
        workload.send()
        demand_busy(observe(workload.pid, os.path.join(folder, "python.hb")))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False


@contextlib.contextmanager
def program(*arguments):
    child = subprocess.Popen(list(map(str, arguments)), stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def check_redis(folder):
    if not shutil.which("redis-server") or not shutil.which("redis-benchmark"):
        raise Skip("no redis-server here")
    port = free_port()
    with program("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "",
                 "--appendonly", "no", "--dir", folder, "--maxmemory", "100mb",
                 "--maxmemory-policy", "allkeys-random") as server:
        wait_for(lambda: answers(port), "redis-server to answer")
        with program("redis-benchmark", "-h", "127.0.0.1", "-p", port, "-l", "-q", "-P", 8, "-d",
                     200, "-r", 10000, "-t", "set,get,lpush", "-n", 300000) as load:
            item = observe(server.pid, os.path.join(folder, "redis.hb"))
            demand(load.poll() is None, "redis-benchmark has ended early")
        demand(answers(port), "redis-server does not answer any more")
        demand_busy(item)


def check_quiet(folder):
    """What fits the budget by far is not looked at in windows: every call and free is counted."""
    path, counter = os.path.join(folder, "quiet.hb"), os.path.join(folder, "progress")
    with Workload("churn", 23, 100, counter) as workload:
        workload.send()
        wait_for(lambda: os.path.exists(counter) and progress(counter) > 0, "progress")
        before = progress(counter)
        with Recorder([workload.pid], path) as recorder:
            recorder.wait_open()
            opened = progress(counter)
            wait_for(lambda: progress(counter) > opened + 197, "197 calls", 30)
            stopping = progress(counter)
            code = recorder.stop()
            demand(code == EXIT_OK, "record ended with %d: %s" % (code, recorder.stderr()))
        after = progress(counter)
    item = read(path, workload.pid)
    demand(report.mode(item) == "exact", "mode %s" % report.mode(item))
    demand_within_budget(item)
    calls = report.functions(item)["malloc"][0]
    demand(stopping - opened <= calls <= after - before, "%d calls, but between %d and %d were made"
           % (calls, stopping - opened, after - before))
    demand(report.frees_seen(item), "frees were not seen")
    demand(abs(report.counter(item, "frees") - calls) <= 1, "%d calls and %d frees"
           % (calls, report.counter(item, "frees")))
    live = report.counter(item, "live_objects")
    demand(live is not None and 0 <= live <= 1, "%s live objects" % live)


def check_sleeper(folder):
    """Most services sleep most of the time: what a look costs must not pass for their rate."""
    path, counter = os.path.join(folder, "sleeper.hb"), os.path.join(folder, "turns")
    with Workload("churn", 3001, 100, counter) as workload:
        workload.send()
        wait_for(lambda: os.path.exists(counter) and progress(counter) > 0, "progress")
        before, begun = progress(counter), time.monotonic()
        item = observe(workload.pid, path)
        true = (progress(counter) - before) / (time.monotonic() - begun)
    demand(report.mode(item) == "look", "mode %s" % report.mode(item))
    demand_within_budget(item)
    said = report.counter(item, "calls_rate")
    demand(abs(said - true) <= SLEEPER_ERROR * true, "%.0f calls a second were made, %.0f are said"
           % (true, said))


def main():
    need_root()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        for name, check in (("tight_loop_is_within_budget", check_tight),
                            ("redis_is_within_budget", check_redis),
                            ("python_is_within_budget", check_python),
                            ("rate_of_a_sleeping_process_is_true", check_sleeper),
                            ("quiet_process_is_counted_exactly", check_quiet)):
            with checks.case(name):
                check(folder)
    checks.finish()


if __name__ == "__main__":
    main()
