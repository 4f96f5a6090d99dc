#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Is each process image exact from its first covered moment to its end?

A command from its first instruction on, both sides of a fork and of an exec, a first thread that
leaves before the others, and processes that end under observation.
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import report
from target import (BIN, CALLS, CALLS_EXIT_CODE, Checks, EXIT_OK, Recorder, Workload, demand,
                    need_link, need_root, open_windows, progress, run, text_changes, wait_for)

LINKS = ("session", "multi")
FULL = ("--full", "--interval", 1, "--no-stacks", "--ring-bytes", 16 << 20)
SIGKILLED = 128 + 9


def read(path):
    done = run("report", "--json", path)
    demand(done.returncode == EXIT_OK, "report ended with %d: %s"
           % (done.returncode, done.stderr.strip()))
    return report.hotspots(done.stdout)


def demand_same(truth, item, name):
    wrong = report.identities(item) + report.differences(truth, item)
    demand(not wrong, "%s: %s" % (name, "; ".join(wrong)))


def images(document, pid, cnt):
    found = report.images(document, pid)
    demand(len(found) == cnt, "%d images of process %d instead of %d" % (len(found), pid, cnt))
    names = {report.identity(item) for item in found}
    demand(len(names) == cnt, "several images are called the same: %s" % names)
    return found


def stop(recorder):
    code = recorder.stop()
    demand(code == EXIT_OK, "record ended with %d: %s" % (code, recorder.stderr()))


def whole_life(folder):
    """What a preloaded library counts of `calls basic`, from its start to its end."""
    path = os.path.join(folder, "oracle.json")
    with Workload("basic", oracle=True, env={"HB_ORACLE_OUT": path}) as workload:
        truth = workload.truth()
        workload.end()
    with open(path) as file:
        totals = json.load(file)
    demand(totals["functions"]["malloc"]["calls"] > truth["functions"]["malloc"]["calls"],
           "nothing happens before the program's own calls")
    return totals


def compare_totals(totals, item):
    comparison = report.Comparison()
    report.compare_calls(comparison, dict(totals, allocator="glibc", vm={}), item)
    demand(not comparison.wrong, "; ".join(comparison.wrong))


def check_command(folder, options):
    """`--`: the command is counted from the dynamic linker's first malloc on, to its end."""
    need_link(options)
    totals = whole_life(folder)
    path = os.path.join(folder, "command.hb")
    with Workload("record", *FULL, *options, "-o", path, "--", CALLS, "basic",
                  program=BIN) as command:
        truth = command.truth()
        code = command.end()
    demand(code == CALLS_EXIT_CODE, "record ended with %d, its command with %d"
           % (code, CALLS_EXIT_CODE))
    document = read(path)
    demand(len(report.processes(document)) == 1, "%d processes instead of the command"
           % len(report.processes(document)))
    item = report.processes(document)[0]
    demand(report.has_exited(item), "the command's end was not seen")
    wrong = report.identities(item)
    demand(not wrong, "; ".join(wrong))
    compare_totals(totals, item)
    want = {site["function"]: site["calls"] for site in truth["sites"] if site["calls"]}
    have = report.by_function(report.sites(item))
    differing = {name: calls for name, calls in want.items()
                 if have.get(name, (0, 0))[0] != calls}
    demand(not differing, "the sites %s are not in the report: %s" % (differing, have))


def check_command_default(folder):
    """A quiet command in the default mode: one image, every call seen but for a first moment."""
    path = os.path.join(folder, "default.hb")
    with Workload("record", "-o", path, "--", CALLS, "churn", 53, 3, program=BIN) as command:
        command.truth()
        command.end()
    document = read(path)
    demand(len(report.processes(document)) == 1, "%d processes instead of one"
           % len(report.processes(document)))
    item = report.processes(document)[0]
    demand(report.mode(item) == "exact", "mode %s" % report.mode(item))
    demand(report.functions(item)["malloc"][0] > 0, "not a call was seen")


def check_command_goes_on(folder):
    """When the time is up, the command is let go, alive and unchanged."""
    path, counter = os.path.join(folder, "on.hb"), os.path.join(folder, "progress")
    arguments = [BIN, "record", *FULL, "-d", "500ms", "-o", path, "--", CALLS, "churn", 1009, 60,
                 counter]
    child = subprocess.Popen(list(map(str, arguments)), stdin=subprocess.PIPE,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    pid = 0
    try:
        pid, = wait_for(lambda: open_windows(path), "the command's window")
        child.stdin.write(b"\n")
        child.stdin.flush()
        code = child.wait(timeout=60)
        demand(code == EXIT_OK, "record ended with %d" % code)
        before = progress(counter)
        wait_for(lambda: progress(counter) > before, "the command to go on")
        demand(not text_changes(pid, "libc.so"), "a probe was left in libc")
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        end_orphan(pid, counter)
        child.stdin.close()


def end_orphan(pid, counter):
    """End the command by its pid, if it is still the program that we have started."""
    try:
        with open("/proc/%d/cmdline" % pid) as file:
            is_ours = counter in file.read()
    except FileNotFoundError:
        return
    if is_ours:
        os.kill(pid, 9)


def check_exit_codes(folder):
    path = os.path.join(folder, "short.hb")
    for command, want in ((["true"], 0), (["false"], 1), (["sh", "-c", "exit 42"], 42),
                          (["sh", "-c", "kill -9 $$"], SIGKILLED)):
        for options in ((), FULL):
            done = run("record", *options, "-o", path, "--", *command)
            demand(done.returncode == want, "%s: exit code %d instead of %d: %s" % (
                command, done.returncode, want, done.stderr.strip()))
            items = report.processes(read(path))
            demand(len(items) == 1, "%s: %d images" % (command, len(items)))
            demand(report.has_exited(items[0]), "%s: its end was not seen" % command)


def check_fork(folder, options):
    path = os.path.join(folder, "fork.hb")
    with Workload("fork", "wait") as workload:
        with Recorder([workload.pid], path, *FULL, *options) as recorder:
            recorder.wait_open()
            workload.send()
            word, number = workload.line().split()
            demand(word == "child", "the workload said %r" % word)
            child = int(number)
            recorder.wait_open(child)
            workload.send()
            truths = {child: json.loads(workload.line()), workload.pid: json.loads(workload.line())}
            stop(recorder)
        code = workload.end()
        demand(code == CALLS_EXIT_CODE, "the parent ended with %d" % code)
    status = truths[workload.pid]["extra"]["child_status"]
    demand(status == 0, "the child ended with status %d" % status)
    document = read(path)
    for pid, truth in truths.items():
        item, = images(document, pid, 1)
        demand_same(truth, item, truth["mode"])
        demand(report.has_exited(item) == (pid == child), "%s: exited is %s"
               % (truth["mode"], report.has_exited(item)))
    inherited = truths[child]["unmatched"]
    demand(inherited > 0, "the child has freed nothing that it inherited")


def check_fork_unwaited(folder):
    """A child that is gone before anybody can look at it is no trouble, and no figure of others."""
    path = os.path.join(folder, "quick.hb")
    with Workload("fork") as workload:
        with Recorder([workload.pid], path, *FULL) as recorder:
            recorder.wait_open()
            workload.send()
            workload.line()
            truth = json.loads(workload.line())
            stop(recorder)
        workload.end()
    item, = images(read(path), workload.pid, 1)
    demand_same(truth, item, "the parent")


def check_no_follow(folder):
    path = os.path.join(folder, "alone.hb")
    with Workload("fork") as workload:
        with Recorder([workload.pid], path, *FULL, "--no-follow") as recorder:
            recorder.wait_open()
            workload.send()
            workload.line()
            truth = json.loads(workload.line())
            stop(recorder)
        workload.end()
    document = read(path)
    demand(len(report.processes(document)) == 1, "a child was followed")
    demand_same(truth, report.process(document, workload.pid), "the parent")


def check_exec(folder, mode, options):
    path = os.path.join(folder, mode + ".hb")
    with Workload(mode, "basic") as workload:
        with Recorder([workload.pid], path, *FULL, *options) as recorder:
            recorder.wait_open()
            old = workload.truth()
            workload.expect("ready")
            recorder.wait_open(workload.pid, image=2)
            new = workload.truth()
            stop(recorder)
        code = workload.end()
        demand(code == CALLS_EXIT_CODE, "the new image ended with %d" % code)
    first, second = images(read(path), workload.pid, 2)
    demand_same(old, first, "the old image")
    demand_same(new, second, "the new image")
    demand(report.loss(first)["blocks"]["purged"] == old["live_objects"],
           "%d blocks were live at the exec, %d were purged"
           % (old["live_objects"], report.loss(first)["blocks"]["purged"]))
    demand(report.has_exited(first) and not report.has_exited(second), "which image has ended?")


def check_exit(folder, options):
    path = os.path.join(folder, "exit.hb")
    with Workload("realloc") as workload:
        with Recorder([workload.pid], path, *FULL, *options) as recorder:
            recorder.wait_open()
            truth = workload.truth()
            code = workload.end()
            demand(code == CALLS_EXIT_CODE, "the workload ended with %d" % code)
            # Nobody stops it: its last target is gone.
            code = recorder.child.wait(timeout=20)
            demand(code == EXIT_OK, "record ended with %d: %s" % (code, recorder.stderr()))
    item, = images(read(path), workload.pid, 1)
    demand_same(truth, item, "the process")
    demand(report.has_exited(item), "its end was not seen")
    demand(report.loss(item)["blocks"]["purged"] == truth["live_objects"], "not purged at the exit")


def check_leader_leaves(folder, options):
    path = os.path.join(folder, "leader.hb")
    with Workload("pthread_exit_leader") as workload:
        with Recorder([workload.pid], path, *FULL, *options) as recorder:
            recorder.wait_open()
            truth = workload.truth()
            demand(recorder.child.poll() is None, "record has ended with the first thread")
            stop(recorder)
        workload.end()
    item, = images(read(path), workload.pid, 1)
    # The first thread's end frees what its thread cache holds: through free(NULL).
    truth["free_nulls"] = report.counter(item, "free_nulls")
    demand_same(truth, item, "the process")
    demand(not report.has_exited(item), "it is said to have exited")


def check_abandoned_calls(folder, options):
    """A call that longjmp has left never returns: it is in flight, and counts as nothing."""
    path = os.path.join(folder, "longjmp.hb")
    with Workload("longjmp") as workload:
        with Recorder([workload.pid], path, *FULL, *options) as recorder:
            recorder.wait_open()
            truth = workload.truth()
            stop(recorder)
        workload.end()
    item, = images(read(path), workload.pid, 1)
    demand_same(truth, item, "the process")
    want, have = truth["extra"]["abandoned_posix_memalign"], report.loss(item)["hits"]["in_flight"]
    demand(want == have, "%d calls were abandoned, %d are in flight" % (want, have))


def main():
    need_root()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        for link in LINKS:
            options = ("--link", link)
            for name, check, arguments in (
                    ("command_is_exact_from_its_first_malloc", check_command, ()),
                    ("both_sides_of_a_fork_are_exact", check_fork, ()),
                    ("both_sides_of_an_exec_are_exact", check_exec, ("exec",)),
                    ("exec_by_another_thread_is_followed", check_exec, ("exec_thread",)),
                    ("process_is_exact_to_its_exit", check_exit, ()),
                    ("threads_are_exact_after_the_first_has_left", check_leader_leaves, ()),
                    ("abandoned_calls_are_in_flight", check_abandoned_calls, ())):
                with checks.case("%s_%s" % (name, link)):
                    check(folder, *arguments, options)
        with checks.case("both_sides_of_an_exec_are_exact_perf"):
            check_exec(folder, "exec", ("--link", "perf"))
        for name, check in (("quiet_command_is_one_image", check_command_default),
                            ("command_goes_on_when_the_time_is_up", check_command_goes_on),
                            ("exit_code_is_the_command's", check_exit_codes),
                            ("child_that_ends_at_once_is_no_trouble", check_fork_unwaited),
                            ("no_follow_leaves_children_alone", check_no_follow)):
            with checks.case(name):
                check(folder)
    checks.finish()


if __name__ == "__main__":
    main()
