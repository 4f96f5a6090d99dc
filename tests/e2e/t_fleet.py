#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the daemon find the processes that its selectors name - begun later, forked, become another
program - let go of the others, and tell of each what /proc tells, whatever it is called?"""
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from daemon import Daemon, copy_calls, private_run
from target import (CALLS, CALLS_EXIT_CODE, Checks, EXIT_OK, Failure, Skip, Workload, demand,
                    need_root, wait_for)

ME = os.getpid()
PAGE = os.sysconf("SC_PAGESIZE")
# A byte that is no UTF-8, a quote, a new line, a backslash, and a terminal's escape: 15 bytes.
HOSTILE = b'\xff"\n\\\x1b[31mred}\x7f '
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@contextlib.contextmanager
def churning(*, rate=100, **options):
    with Workload("churn", rate, 300, **options) as workload:
        workload.send()
        yield workload


def wait_gone(daemon, pid):
    wait_for(lambda: pid not in daemon.processes(), lambda: "the end of %d to be seen" % pid)


def calls_of(daemon, comm):
    return daemon.metric("heapbeat_allocations_total", 'comm="%s"' % comm) or 0


def check_comm(daemon, program):
    """Begun after the daemon; its end is seen; its counts stay with its group."""
    name = os.path.basename(program)
    with Workload("basic", program=program) as workload:
        daemon.wait_state(workload.pid, "attached")
        released = daemon.metric("heapbeat_released_total")
        demand(workload.truth()["frees"] > 0 and workload.end() == CALLS_EXIT_CODE,
               "the target has changed")
        wait_gone(daemon, workload.pid)
        demand(released is None or daemon.metric("heapbeat_released_total") > released,
               "it was never released")
    with churning(program=program, rate=1000) as workload:
        daemon.wait_state(workload.pid, "attached")
        wait_for(lambda: calls_of(daemon, name) > 0, lambda: "its calls: " + daemon.tail(), 30)
        before = calls_of(daemon, name)
    wait_gone(daemon, workload.pid)
    demand(calls_of(daemon, name) >= before, "its group has lost the dead one's counts")


def check_exe(daemon, program):
    with churning(program=program) as workload:
        item = daemon.wait_state(workload.pid, "attached")
        demand(item["exe"] == os.path.basename(program), "its file is %s" % item["exe"])


def check_others(daemon):
    """What no selector names is left alone."""
    with churning() as workload:
        wait_for(lambda: daemon.state(workload.pid), "it to be known")
        demand(daemon.state(workload.pid) == "unwanted", daemon.state(workload.pid))


def check_exec(daemon, folder, comm):
    """The selected one becomes another program: released; and the other way round."""
    shell = os.path.join(folder, comm + "-sh")
    shutil.copy("/bin/sh", shell)
    program = copy_calls(folder, "other%d" % ME)
    for first, second, before, after in ((shell, program, "attached", "unwanted"),
                                         ("/bin/sh", shell, "unwanted", "attached")):
        last = "exec %s" % program if second == program else "exec %s -c 'read y; read z'" % shell
        child = subprocess.Popen([first, "-c", "read x; " + last + (
            " churn 100 300" if second == program else "")], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL)
        try:
            daemon.wait_state(child.pid, before)
            child.stdin.write(b"\n\n")
            child.stdin.flush()
            wait_for(lambda: daemon.processes().get(child.pid, {}).get("comm") ==
                     os.path.basename(second)[:15], "it to be the other program")
            daemon.wait_state(child.pid, after)
            demand(child.poll() is None, "it has died: %s" % child.returncode)
        finally:
            child.kill()
            child.wait()
            child.stdin.close()


@contextlib.contextmanager
def own_cgroup(name):
    """The file to which a process of the new cgroup writes itself."""
    for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"):
        folder = os.path.join(root, name)
        if not os.path.exists(os.path.join(root, "cgroup.procs")):
            continue
        try:
            os.mkdir(folder)
        except OSError:
            continue
        break
    else:
        raise Skip("no cgroup can be made here")
    try:
        yield os.path.join(folder, "cgroup.procs")
    finally:
        wait_for(lambda: not open(os.path.join(folder, "cgroup.procs")).read(), "it to be empty")
        os.rmdir(folder)


def check_cgroup(daemon, name):
    with own_cgroup(name) as procs, \
            churning(wrapper=("sh", "-c", 'echo $$ >"$0" && exec "$@"', procs)) as workload:
        item = daemon.wait_state(workload.pid, "attached")
        demand(item["unit"] == name, "its unit is %r" % item["unit"])
    wait_gone(daemon, workload.pid)


PREFORK = """
import os, sys, time
workers = []
for _ in range(4):
    pid = os.fork()
    if not pid:
        while True:
            bytearray(1 << 20)
            time.sleep(0.01)
    workers.append(pid)
print(*workers, flush=True)
sys.stdin.read()
for pid in workers:
    os.kill(pid, 15)
    os.waitpid(pid, 0)
"""


def check_prefork(daemon, folder, comm):
    """A server and its workers: each is observed by itself."""
    name = comm + "-srv"
    python = os.path.join(folder, name)
    os.symlink(sys.executable, python)
    server = subprocess.Popen([python, "-c", PREFORK], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    try:
        pids = [server.pid, *map(int, server.stdout.readline().split())]
        demand(len(pids) == 5, "only %s" % pids)
        items = [daemon.wait_state(pid, "attached") for pid in pids]
        demand(len({item["id"] for item in items}) == 5, "they share an id")
        wait_for(lambda: calls_of(daemon, name) > 0, "their calls", 30)
        os.kill(pids[1], 9)
        wait_gone(daemon, pids[1])
        demand(all(daemon.state(pid) == "attached" for pid in pids[2:]), "others have gone too")
    finally:
        server.stdin.close()
        server.wait(timeout=20)
        server.stdout.close()
    for pid in pids:
        wait_gone(daemon, pid)


def check_children(folder):
    """Of a process named by PID: followed, unless that is not wanted."""
    for options, wanted in (((), "attached"), (("--no-follow",), "unwanted")):
        with Workload("fork", "wait") as workload, \
                Daemon(folder, "-p", workload.pid, *options) as daemon:
            workload.send()
            child = int(workload.line().split()[1])
            daemon.wait_state(child, wanted)
            # It must still be so when the plan has been made some times.
            ticks = daemon.metric("process_cpu_seconds_total")
            for _ in range(3):
                wait_for(lambda: daemon.metric("process_cpu_seconds_total") > ticks, "a tick", 10)
                ticks = daemon.metric("process_cpu_seconds_total")
            demand(daemon.state(child) == wanted, "then %s" % daemon.state(child))
            workload.send()
            for _ in range(2):
                demand(json.loads(workload.line())["frees"] > 0, "no truth")
            demand(workload.end() == CALLS_EXIT_CODE, "the target has changed")


def resident(pid):
    try:
        with open("/proc/%d/statm" % pid) as file:
            return int(file.read().split()[1]) * PAGE
    except (FileNotFoundError, ProcessLookupError):
        return None


def check_memory(daemon):
    """RSS of every process that did not change meanwhile; the kernel keeps up to a batch of pages
    per CPU to itself."""
    slack = 128 * os.cpu_count() * PAGE

    def compare():
        before = {int(name): resident(int(name)) for name in os.listdir("/proc") if name.isdigit()}
        seen = daemon.processes()
        stable = [pid for pid, size in before.items() if size and resident(pid) == size]
        both = [pid for pid in stable if pid in seen and seen[pid].get("rss_bytes")]
        wrong = [(pid, before[pid], seen[pid]["rss_bytes"]) for pid in both
                 if abs(seen[pid]["rss_bytes"] - before[pid]) > max(slack, before[pid] / 100)]
        return both, wrong

    def agrees():
        both, wrong = compare()
        return len(both) if both and not wrong else None

    cnt = wait_for(agrees, lambda: "the same sizes: %s" % compare()[1][:5], 15)
    demand(cnt >= 3, "only %d processes could be compared" % cnt)
    missing = [pid for pid in compare()[0] if pid not in daemon.processes()]
    demand(not missing, "it does not know %s" % missing)


def demand_clean(what, text):
    found = CONTROL.search(text)
    demand(not found, "%s has control bytes: %r" % (
        what, text[max(0, found.start() - 40):found.end() + 40] if found else ""))


def check_hostile(folder):
    """Named so by its file, and by itself: prctl after the exec."""
    path = os.path.join(folder.encode(), HOSTILE[:14])
    shutil.copy(CALLS, path)
    with churning(program=path, rate=1000) as by_file, \
            subprocess.Popen([sys.executable, "-c", "import ctypes, sys\n"
                              "ctypes.CDLL(None).prctl(15, %r, 0, 0, 0)\n"
                              "print(flush=True)\nsys.stdin.read()" % HOSTILE],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE) as by_name:
        by_name.stdout.readline()
        pids = by_file.pid, by_name.pid
        with Daemon(folder, "--log.level", "debug", "-p", "%d,%d" % pids) as daemon:
            for pid in pids:
                item = daemon.wait_state(pid, "attached")
                demand("\ufffd" in item["comm"] and '"' in item["comm"], repr(item["comm"]))
                wait_for(lambda: 'pid="%d"' % pid in daemon.get("/metrics"), "its series", 10)
            wait_for(lambda: daemon.metric("heapbeat_allocations_total",
                                           'pid="%d"' % by_file.pid), "its calls", 30)
            metrics = daemon.get("/metrics")
            check_promtool(metrics)
            demand_clean("/metrics", metrics)
            demand('comm="\ufffd\\"\\n\\\\' in metrics, "the name is another")
            page = daemon.get("/")
            demand_clean("the landing page", page)
            demand('[31mred}' not in page or "&quot;" in page, "the page does not escape")
            for words in ((), ("--json",)):
                done = daemon.run("status", *words)
                demand(done.returncode == EXIT_OK, done.stderr)
                demand_clean("status", done.stdout)
            for page in ("/sd/metrics", "/sd/profiles", "/sd/parca", "/api/v1/hotspots",
                         "/api/v1/recommendations"):
                json.loads(daemon.get(page))
            daemon.run("detach", by_file.pid)
            daemon.run("record", "-p", by_file.pid, "-d", "100ms", "-o",
                       os.path.join(folder, "h.hb"))
            demand(daemon.stop()[0] == EXIT_OK, daemon.tail())
            demand_clean("the log", daemon.log())
            for line in daemon.log().splitlines():
                demand(re.match(r"ts=\S+ level=\w+ component=\w+ msg=", line), repr(line))
        by_name.stdin.close()
        by_name.wait(timeout=20)


def check_promtool(metrics):
    if not shutil.which("promtool"):
        raise Failure("promtool is not installed")
    done = subprocess.run(["promtool", "check", "metrics"], input=metrics, text=True, timeout=30,
                          capture_output=True, check=False)
    demand(done.returncode == 0, "promtool says: %s" % (done.stderr + done.stdout)[:300])


def check_all(checks, folder):
    comm, unit = "hb%d" % ME, "hb-%d.service" % ME
    program = copy_calls(folder, comm)
    by_exe = copy_calls(folder, "x" + comm)
    with Daemon(folder, "--comm", comm + "*", "--exe", folder + "/x*", "--cgroup", unit) as daemon:
        with checks.case("comm_begun_later"):
            check_comm(daemon, program)
        with checks.case("exe_begun_later"):
            check_exe(daemon, by_exe)
        with checks.case("cgroup"):
            check_cgroup(daemon, unit)
        with checks.case("others_are_left_alone"):
            check_others(daemon)
        with checks.case("exec_into_another_program"):
            check_exec(daemon, folder, comm)
        with checks.case("prefork_workers_each_by_itself"):
            check_prefork(daemon, folder, comm)
        with checks.case("resident_memory_is_that_of_proc"):
            check_memory(daemon)
        with checks.case("the_daemon_ends"):
            demand(daemon.stop()[0] == EXIT_OK, daemon.tail())


def main():
    need_root()
    private_run()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        check_all(checks, folder)
        with checks.case("children_of_a_process_named_by_pid"):
            check_children(folder)
        with checks.case("hostile_names_do_no_harm"):
            check_hostile(folder)
    checks.finish()


if __name__ == "__main__":
    main()
