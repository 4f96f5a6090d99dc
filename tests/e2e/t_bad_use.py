#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does every wrong use end with one clear line on stderr and the documented exit code?"""
import contextlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import report
from target import (BIN, Checks, EXIT_OK, EXIT_PARTIAL, EXIT_REFUSED, EXIT_RUNTIME, EXIT_USAGE,
                    RECORD_END, Recorder, Skip, Workload, demand, need_root, records, run,
                    wait_for)

NOBODY = 65534
SPIN_32 = r"""
void _start(void) { for (;;) __asm__ volatile("movl $29, %eax; int $0x80"); }
"""


def expect(done, code, pattern):
    """Exit code @code, nothing on stdout, one line on stderr that says @pattern."""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    demand(done.returncode == code, "exit code %d instead of %d: %s"
           % (done.returncode, code, done.stderr.strip()))
    demand(len(lines) == 1, "%d lines on stderr: %s" % (len(lines), done.stderr.strip()))
    demand(re.search(pattern, lines[0], re.I), "unclear: %s" % lines[0])
    demand(not done.stdout.strip(), "on stdout: %s" % done.stdout[:100])


def missing_pid():
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


def check_options():
    expect(run("record", "--no-such-option"), EXIT_USAGE, "no-such-option")
    expect(run("no-such-verb"), EXIT_USAGE, "no-such-verb")
    expect(run("record", "-p", "12x", "-d", "1s"), EXIT_USAGE, "12x")
    expect(run("record", "-p", os.getpid(), "-d", "soon"), EXIT_USAGE, "soon")
    expect(run("record", "-p", os.getpid(), "-d", "1s", "--budget", "much"), EXIT_USAGE, "much")
    expect(run("record", "-p", os.getpid(), "-d", "1s", "--interval", "-5"), EXIT_USAGE, "-5")


def check_missing_pid(folder):
    pid = missing_pid()
    for verb in (["record", "-o", os.path.join(folder, "gone.hb")], ["report"], ["advise"]):
        expect(run(*verb, "-p", pid, "-d", "1s"), EXIT_RUNTIME, str(pid))


def check_not_root(folder):
    """As nobody, with a copy of the binary that nobody can reach."""
    place = os.path.join(folder, "open")
    os.mkdir(place)
    os.chmod(folder, 0o755)
    os.chmod(place, 0o777)
    copy = shutil.copy(BIN, place)
    with Workload("basic") as workload:
        done = subprocess.run(
            ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups",
             "--bounding-set=-all", copy, "record", "-p", str(workload.pid), "-d", "1s",
             "-o", os.path.join(place, "x.hb")],
            capture_output=True, text=True, timeout=30, check=False)
        expect(done, EXIT_REFUSED, r"root|permi|capabilit")
        demand(workload.alive(), "the target is gone")


def check_zombie_leader(folder):
    with Workload("zombie_leader") as workload:
        done = run("record", "-p", workload.pid, "-d", "1s", "-o", os.path.join(folder, "z.hb"))
        expect(done, EXIT_REFUSED, r"leader|zombie")
        demand(workload.alive(), "the target is gone")


def check_32_bit(folder):
    source, program = os.path.join(folder, "spin.c"), os.path.join(folder, "spin32")
    with open(source, "w") as file:
        file.write(SPIN_32)
    built = subprocess.run(["gcc", "-m32", "-nostdlib", "-static", "-fno-pie", "-no-pie", "-o",
                            program, source], capture_output=True, check=False)
    if built.returncode:
        raise Skip("this gcc builds no 32-bit programs")
    try:
        child = subprocess.Popen([program])
    except OSError as why:
        raise Skip("this kernel runs no 32-bit programs: %s" % why) from why
    try:
        done = run("record", "-p", child.pid, "-d", "1s", "-o", os.path.join(folder, "b.hb"))
        expect(done, EXIT_REFUSED, "32")
        demand(child.poll() is None, "the target is gone")
    finally:
        child.kill()
        child.wait()


def check_not_elf(folder):
    path = os.path.join(folder, "garbage")
    with open(path, "wb") as file:
        file.write(b"\x00\x01\x02 this is no program\n" * 50)
    os.chmod(path, 0o755)
    expect(run("record", "-o", os.path.join(folder, "n.hb"), "--", path), EXIT_RUNTIME, "garbage")
    expect(run("record", "-o", os.path.join(folder, "n.hb"), "--", path + "-missing"),
           EXIT_RUNTIME, "garbage-missing")


def make_capture(path):
    """A short, good capture."""
    with Workload("basic") as workload:
        with Recorder([workload.pid], path, "--full", "--interval", 1) as recorder:
            recorder.wait_open()
            workload.truth()
            code = recorder.stop()
            demand(code == EXIT_OK, "record ended with %d: %s" % (code, recorder.stderr()))
        workload.end()
    demand(any(kind == RECORD_END for kind, _ in records(path)), "the capture has no end")
    mode = stat.S_IMODE(os.stat(path).st_mode)
    demand(mode == 0o600, "the capture has mode %o" % mode)


def check_foreign(folder):
    path = os.path.join(folder, "foreign.hb")
    for content in (b"this is no capture\n" * 40, b""):
        with open(path, "wb") as file:
            file.write(content)
        for verb in ("report", "advise"):
            expect(run(verb, path), EXIT_RUNTIME, "foreign.hb")
    for verb in ("report", "advise"):
        expect(run(verb, os.path.join(folder, "nowhere.hb")), EXIT_RUNTIME, "nowhere.hb")
        expect(run(verb, folder), EXIT_RUNTIME, re.escape(folder))


def check_newer(folder, good):
    path = os.path.join(folder, "newer.hb")
    with open(good, "rb") as file:
        data = bytearray(file.read())
    data[8] += 1
    with open(path, "wb") as file:
        file.write(data)
    expect(run("report", path), EXIT_RUNTIME, "newer.hb")


def readable_in_part(path):
    """A capture without an end: read to its last whole record, said so, exit code 5."""
    done = run("report", "--json", path)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    demand(done.returncode == EXIT_PARTIAL, "exit code %d instead of %d: %s"
           % (done.returncode, EXIT_PARTIAL, done.stderr.strip()))
    demand(len(lines) == 1 and re.search("truncat|incomplete", lines[0], re.I),
           "not said: %s" % done.stderr.strip())
    return report.hotspots(done.stdout)


def check_truncated(folder, good):
    path = os.path.join(folder, "cut.hb")
    with open(good, "rb") as file:
        data = file.read()
    for cut in (len(data) - 1, len(data) - 8, len(data) * 2 // 3, len(data) // 3, 40):
        with open(path, "wb") as file:
            file.write(data[:cut])
        readable_in_part(path)


@contextlib.contextmanager
def small_tmpfs(folder):
    place = os.path.join(folder, "small")
    os.mkdir(place)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", place],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise Skip("no tmpfs: " + done.stderr.strip())
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def check_full_disk(folder):
    """The disk fills up while the target allocates without end."""
    with small_tmpfs(folder) as place, Workload("churn", 20000, 60) as workload:
        path = os.path.join(place, "full.hb")
        with Recorder([workload.pid], path, "--full", "--interval", 1) as recorder:
            recorder.wait_open()
            workload.send()
            wait_for(lambda: recorder.child.poll() is not None, "record to give up", 40)
            demand(recorder.child.returncode == EXIT_RUNTIME, "record ended with %d: %s"
                   % (recorder.child.returncode, recorder.stderr()))
            lines = recorder.stderr().splitlines()
            demand(lines and "No space left" in lines[-1], "not said: %s" % recorder.stderr())
        demand(workload.alive(), "the target is gone")
        document = readable_in_part(path)
        report.process(document, workload.pid)


def check_second_session(folder):
    with Workload("basic") as workload:
        with Recorder([workload.pid], os.path.join(folder, "first.hb")) as recorder:
            recorder.wait_open()
            done = run("record", "-p", workload.pid, "-d", "1s", "-o",
                       os.path.join(folder, "second.hb"))
            expect(done, EXIT_RUNTIME, r"\b%d\b" % recorder.child.pid)
            demand(recorder.child.poll() is None, "the first session is gone")
            demand(recorder.stop() == EXIT_OK, "the first session failed: " + recorder.stderr())


def main():
    need_root()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        good = os.path.join(folder, "good.hb")
        for name, check, arguments in (
                ("bad_option_is_a_usage_error", check_options, ()),
                ("vanished_pid_is_named", check_missing_pid, (folder,)),
                ("user_without_privilege_is_told_so", check_not_root, (folder,)),
                ("zombie_leader_is_refused", check_zombie_leader, (folder,)),
                ("32_bit_target_is_refused", check_32_bit, (folder,)),
                ("command_that_is_no_program_is_named", check_not_elf, (folder,)),
                ("foreign_capture_is_refused", check_foreign, (folder,)),
                ("capture_is_private_and_has_an_end", make_capture, (good,)),
                ("newer_capture_is_refused", check_newer, (folder, good)),
                ("truncated_capture_is_read_to_its_last_whole_record", check_truncated,
                 (folder, good)),
                ("full_disk_leaves_a_readable_capture", check_full_disk, (folder,)),
                ("second_session_names_the_first", check_second_session, (folder,))):
            with checks.case(name):
                check(*arguments)
    checks.finish()


if __name__ == "__main__":
    main()
