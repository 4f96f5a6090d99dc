#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# The system's python on purpose: it is the one that the package python3-jsonschema serves.
"""Does `heapbeat top`, on a real terminal, sort, open, filter, pause and fit, whatever a process is
called and whatever becomes of the daemon; and does it give everything back?"""
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from daemon import Daemon, copy_calls, private_run
from documents import validate
from target import (BIN, Checks, EXIT_OK, EXIT_RUNTIME, EXIT_USAGE, Workload, demand, need_root,
                    run, wait_for)
from terminal import Terminal

HOSTILE = b"\x1b[2J\x1b[31m\x9b7m\r"
LATE = 1 << 21  # no process has such a number here
BUSY, CALM = "top-busy", "top-calm"
UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}


@contextlib.contextmanager
def churning(folder, name, rate):
    with Workload("churn", rate, 600, program=copy_calls(folder, name)) as workload:
        workload.send()
        yield workload


@contextlib.contextmanager
def hostile():
    """A process that has named itself so that a terminal would be cleared and coloured."""
    child = subprocess.Popen([sys.executable, "-c", "import ctypes, sys\n"
                              "ctypes.CDLL(None).prctl(15, %r, 0, 0, 0)\n"
                              "print(flush=True)\nsys.stdin.read()" % HOSTILE],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        child.stdout.readline()
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()


def rows(lines):
    """[line] of the table, those with a PID first."""
    return [line for line in lines if re.match(r" *\d+ ", line)]


def pids(lines):
    return [int(line.split()[0]) for line in rows(lines)]


def column(lines, title):
    """The figures below @title, as numbers; "-" left out."""
    header = next((line for line in lines if line.lstrip().startswith("PID")), "")
    end = header.find(title) + len(title)
    if end < len(title):
        return []
    cells = [re.search(r"(-?[\d.]+) ?([kMG]?B)?$", line[:end]) for line in rows(lines)]
    return [float(cell.group(1)) * UNITS[cell.group(2) or "B"] for cell in cells if cell]


def check_sorting(top, busy, calm):
    top.wait(lambda lines: {busy, calm} <= set(pids(lines)) and len(column(lines, "BYTES/S")) > 1,
             "both with their rates")
    top.wait(lambda lines: [p for p in pids(lines) if p in (busy, calm)] == [busy, calm],
             "the busy one before the calm one")
    top.press("r")
    top.wait(lambda lines: [p for p in pids(lines) if p in (busy, calm)] == [calm, busy],
             "the calm one before the busy one")
    top.press("P")
    top.wait(lambda lines: pids(lines) == sorted(pids(lines)), "ascending PIDs")
    top.press("R")
    top.wait(lambda lines: len(column(lines, "RSS")) > 1 and
             column(lines, "RSS") == sorted(column(lines, "RSS"), reverse=True), "RSS descending")
    top.press("<", "<")
    top.wait(lambda lines: column(lines, "LIVE") == sorted(column(lines, "LIVE"), reverse=True),
             "two columns to the left: live bytes")
    top.press("B")


def check_change(top):
    top.press("c")
    top.wait_text("+BYTES/S")
    top.press("c")
    top.wait(lambda lines: not any("+BYTES/S" in line for line in lines), "no changes")


def check_filter(top, busy, calm):
    top.type("/CALM")
    top.press("Enter")
    top.wait(lambda lines: pids(lines) == [calm], "the calm one alone")
    top.press("Escape")
    top.wait(lambda lines: {busy, calm} <= set(pids(lines)), "both again")


def check_drill_down(top, busy):
    top.type("/top-busy")
    top.press("Enter")
    top.wait(lambda lines: pids(lines) == [busy], "the busy one alone")
    top.press("Enter")
    top.wait_text("%s (pid %d)  sites" % (BUSY, busy))
    top.wait_text("churn_malloc", 40)
    top.press("Enter")
    top.wait_text("%s (pid %d)  site" % (BUSY, busy))
    lines = top.wait(lambda lines: any("called by" in line for line in lines) and lines, "a site")
    text = "\n".join(lines)
    for word in ("churn_malloc", "Stacks", "Advice", "allocations/s"):
        demand(word in text, "the page of a site does not say %s" % word)
    top.press("e")
    top.wait_text("  advice")
    top.press("Escape")
    top.wait_text("  sites")
    top.press("BSpace")
    top.wait(lambda lines: pids(lines) == [busy], "the processes, still filtered")
    top.press("Escape")
    top.wait(lambda lines: len(pids(lines)) > 1, "all processes")


def clock(lines):
    found = re.search(r"(\d\d:\d\d:\d\d) UTC", lines[0])
    return found and found.group(1)


def check_pause(top, daemon):
    top.press("p")
    top.wait_text("[paused]")
    held = top.screen()
    # Two new lists would have come by.
    for _ in range(2):
        before = json.loads(daemon.get("/api/v1/processes"))["at"]
        wait_for(lambda: json.loads(daemon.get("/api/v1/processes"))["at"] > before, "news", 10)
    demand(top.screen() == held, "the screen has changed while it was paused")
    top.press("Space")
    top.wait(lambda lines: clock(lines) and clock(lines) > clock(held), "a later time")


def check_sizes(top, busy):
    wide = top.screen()
    top.resize(40, 10)
    lines = top.wait(lambda lines: len(lines) == 10 and "ALLOC/S" not in lines[1] and
                     "BYTES/S" in lines[1] and "COMMAND" in lines[1] and lines, "a narrow table")
    demand(all(len(line) <= 40 for line in lines), "too wide: %r" % lines)
    demand(busy in pids(lines) and "q quit" in lines[9], "missing: %r" % lines)
    top.press("h")
    top.wait_text("top: help")
    top.press("Escape")
    top.resize(100, 30)
    top.wait(lambda lines: len(lines) == 30 and lines[1] == wide[1], "the wide table again")


def check_hostile(top, pid):
    line = top.wait(lambda lines: next((row for row in rows(lines) if int(row.split()[0]) == pid),
                                       None), "the hostile process")
    demand(re.search(r"\?\[2J\?\[31m", line) or "\ufffd[2J\ufffd[31m" in line, repr(line))
    demand("observed" in top.screen()[0], "the title is gone: %r" % top.screen()[0])
    demand("\x1b[31m" not in "\n".join(top.screen(escapes=True)), "the terminal was coloured")


def check_hang(top, daemon):
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        top.press("P")
        top.wait(lambda lines: pids(lines) == sorted(pids(lines)), "ascending PIDs", 5)
        top.press("r")
        top.wait(lambda lines: pids(lines) == sorted(pids(lines), reverse=True), "descending", 5)
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    top.press("B")


def check_restart(top, daemon, busy):
    daemon.stop(signal.SIGKILL)
    top.wait_text("daemon gone, retrying")
    demand(busy in pids(top.screen()), "what was known is gone")
    held = clock(top.screen())
    # Its links and maps are taken down before its lock is free.
    wait_for(lambda: not lock_is_held(), "the killed daemon's lock", 20)
    daemon.start()
    top.wait(lambda lines: clock(lines) > held and
             not any("daemon gone" in line for line in lines), "news of the new daemon")
    top.wait(lambda lines: busy in pids(lines) and column(lines, "BYTES/S"), "its rate again")


def lock_is_held():
    done = subprocess.run(["flock", "-n", "/run/heapbeat.lock", "true"], check=False)
    return done.returncode != 0


def check_end(top):
    top.press("q")
    top.wait_text("ended with 0")


def with_daemon(checks, folder, named):
    busy, calm, evil = named
    with Daemon(folder, "-p", "%d,%d,%d" % named, "--budget", "50%", "--budget.host", "100%",
                "--interval", 4096) as daemon, \
            Terminal(folder, [BIN, "top", "-d", "0.3", "--socket.path", daemon.socket]) as top:
        for name, check, words in (
                ("processes_are_sorted_by_any_column", check_sorting, (busy, calm)),
                ("changes_are_shown_on_request", check_change, ()),
                ("filter_narrows_the_table", check_filter, (busy, calm)),
                ("enter_opens_sites_and_a_site", check_drill_down, (busy,)),
                ("pause_holds_the_screen", check_pause, (daemon,)),
                ("screen_fits_40x10_and_back", check_sizes, (busy,)),
                ("hostile_name_stays_text", check_hostile, (evil,)),
                ("documents_come_a_line_each", lambda _, *words: check_documents(*words),
                 (daemon, calm)),
                ("keys_are_answered_while_the_daemon_hangs", check_hang, (daemon,)),
                ("daemon_may_go_and_come_back", check_restart, (daemon, busy)),
                ("quit_gives_the_terminal_back", check_end, ())):
            with checks.case(name):
                check(top, *words)


def check_own(pid):
    """No daemon: an observer for as long as it is wanted."""
    done = run("top", "-b", "-n", 1, "-p", pid)
    demand(done.returncode == EXIT_OK and not done.stderr, "%d: %s" % (done.returncode, done.stderr))
    demand(pids(done.stdout.splitlines()) == [pid], done.stdout)
    demand(column(done.stdout.splitlines(), "RSS"), "no RSS: %s" % done.stdout)
    left = [name for name in os.listdir("/run") if name.startswith("heapbeat-top")]
    demand(not left and not lock_is_held(), "left behind: %s" % left)


def check_documents(daemon, pid):
    done = daemon.run("top", "--json", "-n", 2, "-d", "0.5", "-p", pid)
    demand(done.returncode == EXIT_OK and not done.stderr, "%d: %s" % (done.returncode, done.stderr))
    lines = done.stdout.splitlines()
    demand(len(lines) == 2, "%d lines" % len(lines))
    for line in lines:
        items = validate(line, "processes")["items"]
        demand([item["pid"] for item in items] == [pid], "other processes: %s" % line[:200])


def check_refusals():
    for code, words, why in ((EXIT_RUNTIME, ("-b", "-p", LATE), "no process %d" % LATE),
                             (EXIT_USAGE, (), "needs a terminal"),
                             (EXIT_USAGE, ("-b", "--sort", "beauty"), "COLUMN")):
        done = run("top", *words)
        demand(done.returncode == code and why in done.stderr and not done.stdout and
               len(done.stderr.splitlines()) == 1, "%s: %d, %r" % (words, done.returncode, done.stderr))

    with tempfile.TemporaryDirectory() as folder, \
            Terminal(folder, ["env", "TERM=dumb", BIN, "top"]) as top:
        top.wait_text("ended with %d" % EXIT_USAGE)


def main():
    need_root()
    private_run()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder, churning(folder, BUSY, 1009) as busy, \
            churning(folder, CALM, 211) as calm, hostile() as evil:
        with checks.case("screen_of_a_daemon"):
            with_daemon(checks, folder, (busy.pid, calm.pid, evil.pid))
        with checks.case("observer_of_its_own_ends_with_it"):
            check_own(calm.pid)
        with checks.case("wrong_use_is_told_apart"):
            check_refusals()
        with checks.case("targets_go_on"):
            demand(busy.alive() and calm.alive(), "a target has ended")
    checks.finish()


if __name__ == "__main__":
    main()
