#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# The system's python on purpose: it is the one that the package python3-jsonschema serves.
"""Do record, report, advise, attach and detach, as clients of a daemon, count exactly, end in good
order and give the processes back, however a client dies?"""
import json
import os
import signal
import socket
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import report
from daemon import Daemon, private_run
from documents import validate
from target import (BIN, CALLS, CALLS_EXIT_CODE, Checks, EXIT_OK, EXIT_REFUSED, EXIT_RUNTIME,
                    EXIT_USAGE, Skip, Workload, demand, images, need_root, open_windows,
                    run, wait_for)

# Every call leaves a record; stacks of 8 KB each would not fit between two drains.
FULL = ("--full", "--interval", 1, "--no-stacks")
RING = ("--ring-bytes", 16 << 20)
LATE = 1 << 21  # no process has such a number here


def say(done):
    return "exit code %d: %s" % (done.returncode, done.stderr.strip()[:300])


def demand_refusal(done, code, *words):
    """One clear line on stderr, and this exit code."""
    lines = done.stderr.strip().splitlines()
    demand(done.returncode == code, "%s, not %d" % (say(done), code))
    demand(len(lines) == 1 and lines[0].startswith("heapbeat: ") and
           all(word in lines[0] for word in words), "unclear: %r" % lines)


def demand_exact(path, pid, truth):
    done = run("report", "--json", path)
    demand(done.returncode == EXIT_OK, "report: " + say(done))
    item = report.process(report.hotspots(done.stdout), pid)
    samples = report.loss(item)["samples"]
    # On a busy machine a few samples may be lost, and are told; calls and bytes are counted all the
    # same, only what hangs on samples is not exact then.
    demand(samples["lost"] <= samples["sampled"] / 100, "lost: %s" % samples)
    wrong = report.identities(item) + report.differences(truth, item, not samples["lost"])
    demand(not wrong, "; ".join(wrong))


def check_attach(daemon):
    with Workload("basic") as workload:
        demand(daemon.state(workload.pid) != "attached", "attached without being asked")
        done = daemon.run("attach", workload.pid)
        demand(done.returncode == EXIT_OK and done.stdout == "attached %d\n" % workload.pid,
               "attach: %s%s" % (done.stdout, say(done)))
        daemon.wait_state(workload.pid, "attached")
        done = daemon.run("attach", workload.pid)
        demand(done.returncode == EXIT_OK, "attached twice: " + say(done))
        done = daemon.run("detach", workload.pid)
        demand(done.returncode == EXIT_OK and done.stdout == "detached %d\n" % workload.pid,
               "detach: %s%s" % (done.stdout, say(done)))
        daemon.wait_state(workload.pid, "unwanted")
        demand_refusal(daemon.run("detach", workload.pid), EXIT_RUNTIME, str(workload.pid))
        truth = workload.truth()
        demand(truth["frees"] > 0 and workload.end() == CALLS_EXIT_CODE, "the target has changed")


def check_attach_refusals(daemon):
    demand_refusal(daemon.run("attach", LATE), EXIT_RUNTIME, "no process", str(LATE))
    demand_refusal(daemon.run("attach", daemon.pid), EXIT_REFUSED, str(daemon.pid))
    demand_refusal(daemon.run("attach", "nobody"), EXIT_USAGE, "nobody")
    done = daemon.run("attach", "%d,%d" % (LATE, LATE + 1))
    demand_refusal(done, EXIT_RUNTIME, str(LATE))


def check_translated(daemon, folder):
    try:
        workload = Workload("churn", 100, 100, os.path.join(folder, "translated"),
                            wrapper=("qemu-x86_64",))
    except FileNotFoundError as why:
        raise Skip("no qemu-x86_64 here") from why
    with workload:
        demand_refusal(daemon.run("attach", workload.pid), EXIT_REFUSED, "translat")
        demand_refusal(daemon.run("record", "-p", workload.pid, "-d", "1s", "-o",
                                  os.path.join(folder, "t.hb")), EXIT_REFUSED, "translat")
        demand(workload.alive(), "the target has died")


def check_without_daemon(folder):
    nowhere = os.path.join(folder, "nobody.sock")
    for verb, more in (("status", ()), ("attach", (1,)), ("detach", (1,))):
        done = run(verb, "--socket.path", nowhere, *more)
        demand_refusal(done, EXIT_RUNTIME, "daemon", nowhere)


def check_record(daemon, folder, mode):
    """By a client, the daemon's own observation resting meanwhile."""
    path = os.path.join(folder, mode + ".hb")
    with Workload(mode) as workload:
        demand(daemon.run("attach", workload.pid).returncode == EXIT_OK, "attach failed")
        with daemon.recorder([workload.pid], path, *FULL) as recorder:
            recorder.wait_open()
            truth = workload.truth()
            demand(recorder.stop() == EXIT_OK, "record: " + recorder.stderr())
        demand_exact(path, workload.pid, truth)
        demand(workload.end() == CALLS_EXIT_CODE, "the target has changed")


def check_command(daemon, folder):
    path = os.path.join(folder, "command.hb")
    with Workload("record", "--socket.path", daemon.socket, *FULL, "-o", path, "--", CALLS,
                  "sizes", program=BIN) as command:
        command.truth()
        code = command.end()
        demand(code == CALLS_EXIT_CODE, "record -- CMD ends with %d: %s"
               % (code, command.child.stderr.read()[-300:]))
    items = report.processes(report.hotspots(run("report", "--json", path).stdout))
    demand(len(items) == 1 and report.has_exited(items[0]), "%d processes" % len(items))
    # From libc's first malloc on: more than the workload says of its own span, never less.
    demand(report.counter(items[0], "failures") > 0 and not report.identities(items[0]),
           "%s" % report.identities(items[0]))


def check_live(daemon, verb, schema):
    with Workload("churn", 1000, 60) as workload:
        workload.send()
        done = daemon.run(verb, "--json", "-p", workload.pid, "-d", "1s")
        demand(done.returncode == EXIT_OK and not done.stderr.strip(), say(done))
        document = validate(done.stdout, schema)
        if schema == "hotspots":
            report.process(document, workload.pid)
        demand(workload.alive(), "the target is gone")


def counted(daemon, pid):
    return daemon.metric("heapbeat_allocations_total", 'pid="%d"' % pid) or 0


def demand_observed(daemon, pid):
    """The daemon sees new calls of this process again."""
    before = counted(daemon, pid)
    wait_for(lambda: counted(daemon, pid) > before,
             lambda: "calls of %d beyond %d: %s" % (pid, before, daemon.tail()), 30)


def check_killed(daemon, folder, workload):
    """SIGKILL in the middle of a stream."""
    path = os.path.join(folder, "killed.hb")
    demand_observed(daemon, workload.pid)
    with daemon.recorder([workload.pid], path, *FULL) as recorder:
        recorder.wait_open()
        recorder.child.kill()
        recorder.child.wait()
    demand_observed(daemon, workload.pid)
    done = run("report", path)
    demand(done.returncode == 5 and "truncated" in done.stderr, "its capture: " + say(done))
    # What it held is free for the next.
    done = daemon.run("record", *FULL, "-p", workload.pid, "-d", "500ms", "-o", path)
    demand(done.returncode == EXIT_OK, "the next client: " + say(done))
    demand_observed(daemon, workload.pid)


def check_stopped(daemon, folder, workload):
    """A client that reads nothing holds up neither the daemon nor its target."""
    path = os.path.join(folder, "stopped.hb")
    with daemon.recorder([workload.pid], path, *FULL) as recorder:
        recorder.wait_open()
        recorder.child.send_signal(signal.SIGSTOP)
        ticks = daemon.metric("process_cpu_seconds_total")
        wait_for(lambda: daemon.metric("process_cpu_seconds_total") > ticks, "another tick", 10)
        demand(daemon.run("status").returncode == EXIT_OK, "no status meanwhile")
        recorder.child.send_signal(signal.SIGCONT)
        demand(recorder.stop() == EXIT_OK, "record: " + recorder.stderr())
    demand(run("report", path).returncode == EXIT_OK, "its capture is not whole")


def check_second(daemon, folder, workload):
    first, second = (os.path.join(folder, name) for name in ("first.hb", "second.hb"))
    with daemon.recorder([workload.pid], first, *FULL) as recorder:
        recorder.wait_open()
        demand_refusal(daemon.run("record", "-p", workload.pid, "-d", "1s", "-o", second),
                       EXIT_RUNTIME, str(workload.pid), "another client")
        demand(not os.path.exists(second), "a capture of nothing was written")
        demand(open_windows(first) == [workload.pid], "the first client has lost its window")
        demand(recorder.stop() == EXIT_OK, "record: " + recorder.stderr())


def check_exec(daemon, folder):
    """A target that execs under a client, and ends: both images are in the capture."""
    path = os.path.join(folder, "exec.hb")
    with Workload("exec", "basic") as workload:
        demand(daemon.run("attach", workload.pid).returncode == EXIT_OK, "attach failed")
        with daemon.recorder([workload.pid], path, *FULL) as recorder:
            recorder.wait_open()
            first = workload.truth()
            workload.expect("ready")
            recorder.wait_open(workload.pid, 2)
            second = workload.truth()
            demand(workload.end() == CALLS_EXIT_CODE, "the target has changed")
            code = recorder.child.wait(timeout=30)
            demand(code == EXIT_OK, "record ended with %d: %s" % (code, recorder.stderr()))
        demand(images(path, workload.pid) == 2, "%d images" % images(path, workload.pid))
        document = report.hotspots(run("report", "--json", path).stdout)
        for truth, item in zip((first, second), report.images(document, workload.pid)):
            wrong = report.differences(truth, item)
            demand(not wrong, "; ".join(wrong))


def converse(daemon, data):
    """What the daemon answers to these bytes, until it closes."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(10)
        peer.connect(daemon.socket)
        peer.sendall(data)
        text = b""
        while chunk := peer.recv(65536):
            text += chunk
    return text


def check_nonsense(daemon):
    """Requests that make no sense are answered with a reason, and change nothing."""
    for data in (b"\0\xff\n", b"{}\n", b"[1]\n", b'{"verb":"attach"}\n', b'{"verb":"x"}\n',
                 b'{"verb":"attach","pid":-1}\n', b'{"verb":"attach","pid":1e99}\n',
                 b'{"verb":"observe","pids":[]}\n', b'{"verb":"observe","pids":["a"]}\n',
                 b'{"verb":"observe","pids":[4194305],"duration_s":1e300}\n',
                 b'{"verb":"document","name":"../etc"}\n', b'{"verb":"document"}\n',
                 b"[" * 60000 + b"\n", b"x" * 200000):
        try:
            lines = converse(daemon, data).splitlines()
        except (BrokenPipeError, ConnectionResetError):
            continue  # refused before it had read all
        answer = json.loads(lines[-1])
        demand(len(lines) == 2 and answer["ok"] is False and answer["error"] and answer["code"],
               "%r is answered by %r" % (data[:40], lines))
    demand(daemon.child.poll() is None, "the daemon has ended: " + daemon.tail())


def check_crowd(daemon):
    """More connections than the daemon takes: the others are shut, and it goes on."""
    peers = []
    try:
        for _ in range(100):
            peer = socket.socket(socket.AF_UNIX)
            peer.settimeout(10)
            peer.connect(daemon.socket)
            peers.append(peer)
        greeted = sum(bool(peer.recv(1)) for peer in peers)
        demand(0 < greeted < len(peers), "%d of %d are greeted" % (greeted, len(peers)))
    finally:
        for peer in peers:
            peer.close()
    wait_for(lambda: daemon.run("status").returncode == EXIT_OK, "room for status", 10)


def check_all(checks, daemon, folder):
    for name, check in (("attach_and_detach_at_run_time", check_attach),
                        ("attach_says_why_not", check_attach_refusals)):
        with checks.case(name):
            check(daemon)
    with checks.case("a_translated_target_is_refused"):
        check_translated(daemon, folder)
    for mode in ("basic", "threads", "realloc"):
        with checks.case("record_of_%s_by_a_client_is_exact" % mode):
            check_record(daemon, folder, mode)
    with checks.case("record_of_a_command_by_a_client"):
        check_command(daemon, folder)
    with checks.case("record_follows_an_exec_of_its_target"):
        check_exec(daemon, folder)
    for verb, schema in (("report", "hotspots"), ("advise", "recommendations")):
        with checks.case("%s_by_a_client" % verb):
            check_live(daemon, verb, schema)
    with checks.case("nonsense_on_the_socket_is_answered"):
        check_nonsense(daemon)
    with checks.case("too_many_connections_are_shut"):
        check_crowd(daemon)
    with checks.case("the_daemon_is_still_itself"):
        demand(daemon.stop()[0] == EXIT_OK, daemon.tail())


def main():
    need_root()
    private_run()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        with checks.case("without_a_daemon_its_verbs_say_so"):
            check_without_daemon(folder)
        with Daemon(folder, *RING) as daemon:
            check_all(checks, daemon, folder)
        with Workload("churn", 500, 120) as workload:
            workload.send()
            with Daemon(folder, *RING, "-p", workload.pid) as daemon:
                for name, check in (("a_killed_client_gives_its_target_back", check_killed),
                                    ("a_stopped_client_holds_nobody_up", check_stopped),
                                    ("a_second_client_is_refused", check_second)):
                    with checks.case(name):
                        check(daemon, folder, workload)
    checks.finish()


if __name__ == "__main__":
    main()
