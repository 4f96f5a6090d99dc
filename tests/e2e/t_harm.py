#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Is a target the same with and without observation, whatever it does and however we die?

HB_ROUNDS: how often an observer is killed.
"""
import os
import random
import re
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from target import (CALLS, CALLS_EXIT_CODE, Checks, EXIT_OK, EXIT_PARTIAL, EXIT_REFUSED, Recorder,
                    Skip, WORKLOADS, Workload, demand, need_root, progress, run, text_changes,
                    wait_for)

CXX_THROW = os.path.join(WORKLOADS, "cxx_throw")
KILL_ROUNDS = int(os.environ.get("HB_ROUNDS", "5"))
KILL_ROUND_S = 12  # at most; the target must outlive all of them
# Options of record under which a target must stay the same: the default and the deepest one.
OBSERVATIONS = {"default": (), "full": ("--full", "--interval", "1")}
# Lines of the workload to wait for between the first and the last byte, and where a new image
# says "ready" and waits again.
PROGRAMS = {
    "cxx_throw": (CXX_THROW, (), 1, False),
    "longjmp": (CALLS, ("longjmp",), 1, False),
    "pthread_exit_leader": (CALLS, ("pthread_exit_leader",), 1, False),
    "exec_by_leader": (CALLS, ("exec", "basic"), 1, True),
    "exec_by_other_thread": (CALLS, ("exec_thread", "basic"), 1, True),
    "fork": (CALLS, ("fork",), 2, False),
    "realloc": (CALLS, ("realloc",), 1, False),
}


def run_through(workload, lines, new_image):
    """All that the workload says, and its exit code."""
    workload.send()
    for _ in range(lines):
        workload.line()
    if new_image:
        workload.expect("ready")
        workload.send()
        workload.line()
    return workload.end()


def observed(name, options, folder):
    program, arguments, lines, new_image = PROGRAMS[name]
    with Workload(*arguments, program=program) as workload:
        if options is None:
            code = run_through(workload, lines, new_image)
        else:
            path = os.path.join(folder, name + ".hb")
            with Recorder([workload.pid], path, *options) as recorder:
                recorder.wait_open()
                code = run_through(workload, lines, new_image)
                # The target is gone, or goes on as another image: either is an end in good order.
                if recorder.child.poll() is None:
                    recorder.child.send_signal(signal.SIGINT)
                status = recorder.child.wait(timeout=60)
                # Samples may be lost on a busy machine; the target must not notice that either.
                demand(status in (EXIT_OK, EXIT_PARTIAL), "record ended with %d: %s"
                       % (status, recorder.stderr()))
        return workload.output, workload.child.stderr.read(), code


def check_same(name, options, folder):
    plain = observed(name, None, folder)
    demand(plain[2] == CALLS_EXIT_CODE, "without observation it ends with %d" % plain[2])
    seen = observed(name, options, folder)
    for what, want, have in zip(("stdout", "stderr", "exit code"), plain, seen):
        demand(want == have, "%s differs: %r, observed %r" % (what, want, have))


def demand_progress(workload, path, where):
    demand(workload.alive(), "%s: the target has died, code %s" % (where, workload.child.poll()))
    before = progress(path)
    wait_for(lambda: progress(path) > before or not workload.alive(), "progress " + where)
    demand(workload.alive(), "%s: the target has died, code %s" % (where, workload.child.poll()))


def check_kill(folder):
    """SIGKILL between the start of record and well after its window has opened."""
    path, counter = os.path.join(folder, "k.hb"), os.path.join(folder, "progress")
    with Workload("churn", 20000, min(600, KILL_ROUNDS * KILL_ROUND_S), counter) as workload:
        workload.send()
        demand(not text_changes(workload.pid, "libc.so"), "libc was changed before the start")
        for turn in range(KILL_ROUNDS):
            with Recorder([workload.pid], path, "--full") as recorder:
                if not turn:
                    # Once surely attached, else five early kills would prove nothing.
                    recorder.wait_open()
                    demand(text_changes(workload.pid, "libc.so"), "no breakpoint in libc")
                # Not a wait for anything: the moment itself is what is drawn at random.
                pause = random.uniform(0, 1.5)
                time.sleep(pause)
                recorder.child.kill()
                recorder.child.wait()
            wait_for(lambda: not text_changes(workload.pid, "libc.so"),
                     lambda: "libc's text to be its file's again after %g s: %s"
                     % (pause, text_changes(workload.pid, "libc.so")[:4]))
            demand_progress(workload, counter, "after SIGKILL in round %d" % turn)


def check_after_kill(folder):
    """Nothing of a killed session stands in the way of the next."""
    with Workload("basic") as workload:
        with Recorder([workload.pid], os.path.join(folder, "next.hb"), "--full") as recorder:
            recorder.wait_open()
            demand(recorder.stop() == 0, "record: " + recorder.stderr())
        demand(workload.end() == CALLS_EXIT_CODE, "the target ended otherwise")


def check_translated(folder, wrapper, pattern):
    """Code under a translator would die of a breakpoint: it must be refused, with the reason."""
    counter = os.path.join(folder, "translated")
    try:
        workload = Workload("churn", 100, 100, counter, wrapper=wrapper)
    except FileNotFoundError as why:
        raise Skip("no '%s' here" % wrapper[0]) from why
    with workload:
        workload.send()
        wait_for(lambda: os.path.exists(counter) and os.path.getsize(counter) == 8, "the counter")
        demand_progress(workload, counter, "before")
        done = run("record", "-p", workload.pid, "-d", "1s", "-o", os.path.join(folder, "t.hb"))
        demand(done.returncode == EXIT_REFUSED, "exit code %d instead of %d: %s"
               % (done.returncode, EXIT_REFUSED, done.stderr.strip()))
        lines = done.stderr.strip().splitlines()
        demand(len(lines) == 1 and re.search(pattern, lines[0], re.I), "unclear: %s" % lines)
        demand_progress(workload, counter, "afterwards")


def main():
    need_root()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        for name in PROGRAMS:
            for depth, options in OBSERVATIONS.items():
                with checks.case("%s_is_the_same_under_%s_observation" % (name, depth)):
                    check_same(name, options, folder)
        with checks.case("sigkill_at_any_moment_restores_every_byte"):
            check_kill(folder)
        with checks.case("a_killed_session_does_not_block_the_next"):
            check_after_kill(folder)
        with checks.case("qemu_user_target_survives_and_is_refused"):
            check_translated(folder, ("qemu-x86_64",), "qemu|translat")
        with checks.case("valgrind_target_survives_and_is_refused"):
            check_translated(folder, ("valgrind", "-q", "--tool=none"), "valgrind|translat")
    checks.finish()


if __name__ == "__main__":
    main()
