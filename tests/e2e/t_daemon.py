#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# The system's python on purpose: it is the one that the package python3-jsonschema serves.
"""Does the daemon start, say how it is, take a new configuration, and end - by signal, by SIGKILL,
by a loss - as its pages promise, with its targets unharmed?"""
import json
import os
import signal
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from contextlib import ExitStack

from daemon import Daemon, copy_calls, kernel_ids, private_run
from documents import validate
from target import (CALLS, CALLS_EXIT_CODE, Checks, EXIT_OK, EXIT_PARTIAL, EXIT_RUNTIME, EXIT_USAGE,
                    LOCK, Workload, demand, need_root, progress, text_changes, wait_for)

MANY = 30
# A promise of the man page, and the only clock that is asserted here; on a busy machine everything
# takes its time.
END_S = 2.0


def churn(stack, rate=200, path=None, program=CALLS):
    more = (path,) if path else ()
    workload = stack.enter_context(Workload("churn", rate, 300, *more, program=program))
    workload.send()
    return workload


def demand_end(daemon):
    code, seconds = daemon.stop()
    limit = END_S * max(1, os.getloadavg()[0] / os.cpu_count())
    demand(code == EXIT_OK, "ended with %d: %s" % (code, daemon.tail()))
    demand(seconds < limit, "ended after %.1f s, not within %.1f" % (seconds, limit))


def check_answers(folder):
    """Those named by PID are attached before it says that it is ready."""
    with ExitStack() as stack:
        workload = churn(stack)
        daemon = stack.enter_context(Daemon(folder, "-p", workload.pid))
        demand(daemon.state(workload.pid) == "attached", "not attached at once: %s" % daemon.tail())
        for path in ("/healthz", "/readyz", "/-/healthy", "/-/ready"):
            daemon.get(path)
        document = validate(daemon.get("/api/v1/status"), "status")
        kinds = {item["kind"] for item in document["items"]}
        demand({"daemon", "targets", "collector", "map", "program"} <= kinds, "only %s" % kinds)
        done = daemon.run("status", "--json")
        demand(done.returncode == EXIT_OK, done.stderr)
        state = next(item for item in validate(done.stdout, "status")["items"]
                     if item["kind"] == "daemon")
        demand(state["ready"] and state["attached_total"] == 1, "%s" % state)
        processes = validate(daemon.get("/api/v1/processes"), "processes")
        demand(sum(item["state"] == "attached" for item in processes["items"]) == 1, "not one")
        wait_for(lambda: [line.split()[:2] for line in daemon.run("status").stdout.splitlines()
                          if line.split()[:1] == [str(workload.pid)]]
                 == [[str(workload.pid), "calls"]], "its line in status", 10)
        demand_end(daemon)
        demand(not os.path.exists(daemon.socket), "its socket is still there")
        demand(not text_changes(workload.pid, "libc.so"), "libc is not as it was")


def check_second(folder):
    with Daemon(folder) as first, \
            Daemon(folder, socket=os.path.join(folder, "second.sock")).start_within() as second:
        code = second.child.wait(timeout=30)
        demand(code == EXIT_RUNTIME, "the second ends with %d: %s" % (code, second.tail()))
        demand("pid %d" % first.pid in second.tail() and len(second.log().splitlines()) == 1,
               "unclear: " + second.log())
        demand(first.run("status").returncode == EXIT_OK, "the first has suffered")
        with open(LOCK) as file:
            demand(int(file.read()) == first.pid, "the lock names another")


def check_bad_start(folder):
    """What cannot be is said at once, with the documented code, and leaves nothing behind."""
    for options, code, word in (
            (("--config.strict", "-p", 1 << 21), EXIT_RUNTIME, "no process"),
            (("--socket.group", "no-such-group"), EXIT_USAGE, "no-such-group"),
            (("--capabilities.keep", "flying"), EXIT_USAGE, "flying"),
            (("--web.telemetry-path", "metrics"), EXIT_USAGE, "metrics")):
        with Daemon(folder, *options).start_within() as daemon:
            got = daemon.child.wait(timeout=40)
            demand(got == code and word in daemon.log(), "%s: %d, %s"
                   % (options, got, daemon.tail()))
            demand(not os.path.exists(daemon.socket), "%s: its socket is still there"
                   % str(options))
    with Daemon(folder, "-p", 1 << 21) as daemon:
        daemon.wait_log("no process %d, continuing without it" % (1 << 21))


class Config:
    """A file of YAML, rewritten by a test."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "heapbeat.yml")

    def write(self, text):
        with open(self.path + ".new", "w") as file:
            file.write(text)
        os.rename(self.path + ".new", self.path)


def attached(daemon):
    return sorted(pid for pid, item in daemon.processes().items() if item["state"] == "attached")


def wait_attached(daemon, pids, what):
    wait_for(lambda: attached(daemon) == sorted(pids), lambda: "%s: %s, not %s; log: %s"
             % (what, attached(daemon), sorted(pids), daemon.tail()), 30)


def reload_ok(daemon):
    return daemon.metric("heapbeat_config_last_reload_successful")


def check_reload(folder):
    config = Config(folder)
    name = "hb%d" % os.getpid()
    program = copy_calls(folder, name)
    with ExitStack() as stack:
        three = [churn(stack, program=program).pid for _ in range(3)]
        config.write("comm: [nobody]\nlog.level: info\n")
        daemon = stack.enter_context(Daemon(folder, "--config.file", config.path))
        demand(attached(daemon) == [], "somebody is observed")
        # Selectors.
        config.write("comm: [%s]\nlog.level: info\n" % name)
        demand("configuration reloaded" in daemon.reload(), "not reloaded")
        wait_attached(daemon, three, "comm")
        demand(reload_ok(daemon) == 1, "reload_successful is not 1")
        # Fewer at once.
        config.write("comm: [%s]\nmax-targets: 1\n" % name)
        daemon.reload()
        wait_for(lambda: len(attached(daemon)) == 1, lambda: "one of %s alone" % attached(daemon),
                 30)
        # A broken file leaves all as it was.
        one = attached(daemon)
        config.write("comm: [%s]\nmax-targetz: 3\n" % name)
        said = daemon.reload()
        demand("level=error" in said and "max-targetz" in said and ":2:1" in said and
               "max-targets" in said, "unclear: " + said)
        wait_for(lambda: reload_ok(daemon) == 0, "reload_successful 0", 10)
        demand(attached(daemon) == one, "the old configuration has not stayed")
        # The level of the log, and what takes a restart.
        config.write("max-targets: 3\npid: [%d]\nlog.level: error\nweb.max-requests: 7\n"
                     % three[0])
        daemon.reload_quietly()
        wait_for(lambda: reload_ok(daemon) == 1, "reload_successful 1", 10)
        wait_attached(daemon, three[:1], "pid alone")
        demand("web.max-requests has changed" in daemon.log(), daemon.tail())
        # A pid that the file names no more is left alone again.
        config.write("max-targets: 3\n")
        daemon.reload_quietly()
        wait_attached(daemon, [], "nobody named")
        config.write("all: true\nmax-targets: 2\n")
        daemon.reload()
        wait_for(lambda: len(attached(daemon)) == 2, "two of all", 30)
        status, _ = daemon.ask("/-/reload", "POST")
        demand(status in (403, 404, 405), "POST /-/reload without lifecycle: %d" % status)
        demand(daemon.stop()[0] == EXIT_OK, daemon.tail())


def check_lifecycle(folder):
    config = Config(folder)
    config.write("max-targets: 3\n")
    with Daemon(folder, "--config.file", config.path, "--web.enable-lifecycle") as daemon:
        demand(daemon.ask("/-/reload")[0] == 405, "GET reloads")
        status, body = daemon.ask("/-/reload", "POST")
        demand(status == 200, "POST /-/reload: %d %s" % (status, body))
        daemon.wait_log("configuration reloaded")


def check_many(folder):
    """SIGTERM with many attached, some of them in a window."""
    with ExitStack() as stack:
        pids = [churn(stack, 50).pid for _ in range(MANY)]
        daemon = stack.enter_context(
            Daemon(folder, "--max-targets", MANY, "-p", ",".join(map(str, pids))))
        demand(attached(daemon) == sorted(pids), "only %d" % len(attached(daemon)))
        wait_for(lambda: any(text_changes(pid, "libc.so") for pid in pids), "a window")
        demand_end(daemon)
        for pid in pids:
            demand(not text_changes(pid, "libc.so"), "libc of %d is not as it was" % pid)


def check_killed(folder):
    """kill -9 and restart: nothing is left, targets go on, counters begin anew."""
    counter = os.path.join(folder, "progress")
    with ExitStack() as stack:
        workload = churn(stack, 2000, counter)
        name = 'pid="%d"' % workload.pid

        def calls(daemon):
            return daemon.metric("heapbeat_allocations_total", name) or 0

        with Daemon(folder, "-p", workload.pid) as daemon:
            wait_for(lambda: calls(daemon) > 3000, lambda: "calls: " + daemon.tail(), 30)
            wait_for(lambda: text_changes(workload.pid, "libc.so"), "a breakpoint in libc")
            last = calls(daemon)
            held = daemon.kernel_objects()
            kinds = {kind for kind, _ in held}
            demand(kinds == {"link", "prog", "map"}, "it holds only %s" % kinds)
            demand(held <= kernel_ids(), "bpftool does not know what it holds")
            daemon.child.kill()
            daemon.child.wait()
        wait_for(lambda: not held & kernel_ids(), lambda: "the end of %s" % (held & kernel_ids()))
        wait_for(lambda: not text_changes(workload.pid, "libc.so"), "libc to be as it was")
        before = progress(counter)
        wait_for(lambda: progress(counter) > before, "the target to go on")
        # Its socket is still in the way.
        with Daemon(folder, "-p", workload.pid) as daemon:
            demand(calls(daemon) < last, "a counter goes on where the old one was killed")
            wait_for(lambda: calls(daemon) > 0, lambda: "calls again: " + daemon.tail(), 30)
            demand(daemon.stop()[0] == EXIT_OK, daemon.tail())
        workload.child.terminate()
        demand(workload.child.wait(timeout=20) == -signal.SIGTERM, "the target has ended itself")


def check_loss(folder):
    """A ring that is too small, and --on-loss=exit."""
    with ExitStack() as stack:
        path = os.path.join(folder, "loss-progress")
        workload = churn(stack, 30000, path)
        daemon = stack.enter_context(
            Daemon(folder, "--ring-bytes", 4096, "--interval", 1, "--budget", "100%",
                   "--budget.host", "100%", "--on-loss", "exit", "-p", workload.pid))
        code = daemon.child.wait(timeout=40)
        demand(code == EXIT_PARTIAL, "ended with %d: %s" % (code, daemon.tail()))
        demand("--on-loss" in daemon.log().splitlines()[-1], "unclear: " + daemon.tail())
        before = progress(path)
        wait_for(lambda: progress(path) > before, "the target to go on")


def check_log_lines(folder):
    """Whatever it logs can be read by machines."""
    with ExitStack() as stack:
        workload = churn(stack)
        daemon = stack.enter_context(Daemon(folder, "--log.format", "json", "--log.level", "debug",
                                            "-p", workload.pid))
        demand(daemon.stop()[0] == EXIT_OK, daemon.tail())
        for line in daemon.log().splitlines():
            item = json.loads(line)
            demand({"ts", "level", "component", "msg"} <= set(item), line)


def check_whole_run(folder):
    """A target under a daemon tells the same truth, and ends as it does alone."""
    with Workload("threads") as workload, Daemon(folder, "-p", workload.pid) as daemon:
        truth = workload.truth()
        demand(truth["frees"] > 0 and workload.end() == CALLS_EXIT_CODE, "it has changed")
        wait_for(lambda: workload.pid not in daemon.processes(), "its end to be seen", 10)
        demand(daemon.stop()[0] == EXIT_OK, daemon.tail())


def main():
    need_root()
    private_run()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        for name, check in (("it_attaches_answers_and_ends", check_answers),
                            ("a_second_daemon_says_who_holds_the_lock", check_second),
                            ("a_start_that_fails_leaves_nothing", check_bad_start),
                            ("sighup_changes_what_it_may", check_reload),
                            ("post_reload_needs_lifecycle", check_lifecycle),
                            ("sigterm_with_%d_targets" % MANY, check_many),
                            ("sigkill_leaves_nothing_behind", check_killed),
                            ("on_loss_exit", check_loss),
                            ("json_log_lines", check_log_lines),
                            ("a_target_is_the_same", check_whole_run)):
            with checks.case(name):
                check(folder)
    checks.finish()


if __name__ == "__main__":
    main()
