#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the daemon live within what its unit grants, and does it say to systemd what Type=notify and
WatchdogSec= wait for? There is no systemd here: the test reads the unit and makes the same
surroundings: its capabilities, no new privileges, a read-only system with /run writable, no homes.
System calls are listed by strace and compared with the unit's filter."""
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from target import (BIN, EXIT_OK, TESTS, Checks, Failure, Skip, Workload,  # noqa: E402
                    demand, features, observer_runs, wait_for)

UNIT = os.path.join(TESTS, "..", "packaging", "heapbeat.service")
PORT = 21161
# In a mount namespace of its own, where / is read-only (that of the unit's ProtectSystem=strict),
# and so that the lock is not the host's.
SURROUNDINGS = ("mount --make-rprivate / && mount -t tmpfs tmpfs /run && "
                "mount -t tmpfs -o ro tmpfs /home && mount -t tmpfs -o ro tmpfs /root && "
                "mount --bind \"$SCRATCH\" \"$SCRATCH\" && mount -o remount,bind,ro / && "
                "exec \"$@\"")
# uretprobe, met by the child on which prices are measured. No filter has its name; the kernel lets
# it pass every filter.
TRAMPOLINE = {"syscall_0x14f", "uretprobe"}


def setting(name):
    with open(UNIT) as file:
        return re.search(r"^%s=(.*)$" % name, file.read(), re.MULTILINE).group(1).split()


class Notifications:
    """The socket that systemd would listen on; read at once, since its queue is short."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.seen = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        while True:
            states = self.socket.recv(4096)
            if not states:
                return
            self.seen += states.decode().split("\n")

    def wait(self, state):
        """Until it is told, or told once more."""
        wait_for(lambda: state in self.seen, lambda: "%s; seen: %s" % (state, self.seen))
        self.seen.clear()

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", self.path)
        self.reader.join()
        self.socket.close()


class Service:
    """heapbeat run in the surroundings of the unit."""

    def __init__(self, folder, config, without=(), trace=None):
        self.config = os.path.join(folder, "heapbeat.yml")
        with open(self.config, "w") as file:
            file.write(config)
        self.notifications = Notifications(folder)
        granted = [name for name in setting("CapabilityBoundingSet") if name not in without]
        kept = ",".join("+" + name[len("CAP_"):].lower() for name in granted)
        # -D: the daemon keeps the pid of this child, the tracer is beside it
        tracer = ["strace", "-D", "-f", "-qq", "-o", trace] if trace else []
        environment = dict(os.environ, SCRATCH=folder, NOTIFY_SOCKET=self.notifications.path,
                           WATCHDOG_USEC="2000000", JOURNAL_STREAM="8:1")
        self.log = tempfile.TemporaryFile()
        self.child = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", SURROUNDINGS, "sh", "setpriv",
             "--bounding-set=-all," + kept, "--inh-caps=-all", "--no-new-privs", *tracer, BIN,
             "run", "--config.file", self.config], env=environment, stderr=self.log)

    def __enter__(self):
        try:
            self.notifications.wait("READY=1")
        except Failure as why:
            self.__exit__()
            raise Failure("%s; the log: %s" % (why, self.said())) from why
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.notifications.close()

    def said(self):
        self.log.seek(0)
        return self.log.read().decode()

    def get(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (PORT, path), timeout=10) as answer:
            return answer.read().decode()

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        code = self.child.wait(timeout=20)
        self.notifications.wait("STOPPING=1")
        return code


def config(**more):
    """The shipped configuration on a port of this test's own."""
    with open(os.path.join(TESTS, "..", "packaging", "heapbeat.yml")) as file:
        text = file.read().replace("127.0.0.1:10060", "127.0.0.1:%d" % PORT)
    return text + "".join("%s: %s\n" % item for item in more.items())


def check_observes(service):
    """A target is attached and its calls are counted, by the metrics."""
    def counted():
        metrics = service.get("/metrics")
        return re.search(r'^heapbeat_allocations_total\{.*comm="calls".*\} [1-9]', metrics,
                         re.MULTILINE)
    wait_for(counted, lambda: "calls in the metrics; the log: " + service.said())


def check_privileges(folder):
    with Workload("churn", 5000, 60) as workload:
        workload.send()
        with Service(folder, config(comm="calls", **{"socket.group": "root"})) as service:
            check_observes(service)
            with open("/proc/%d/status" % service.child.pid) as file:
                status = file.read()
            demand(re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE), "privileges may be new")
            demand(service.stop() == EXIT_OK, "it ended otherwise: " + service.said())
            lines = service.said().splitlines()
            demand(all(re.match(r"<[3-7]>level=\w+ component=\w+ msg=", line) for line in lines),
                   "not all of the log is for the journal: %s" % lines)
        demand(workload.alive(), "the target is gone")


def check_without_admin(folder):
    if not {"multi links", "session links"} & set(features()):
        raise Skip("perf links alone work here, and they need it")
    with Workload("churn", 5000, 60) as workload:
        workload.send()
        without = ("CAP_SYS_ADMIN", "CAP_CHOWN")
        with Service(folder, config(comm="calls"), without=without) as service:
            check_observes(service)
            demand(service.stop() == EXIT_OK, "it ended otherwise: " + service.said())


def check_notifications(folder):
    with Service(folder, config()) as service:
        demand("waiting for heapbeat attach" in service.said(), "it does not say that it waits")
        service.notifications.wait("WATCHDOG=1")
        service.notifications.wait("WATCHDOG=1")
        with open(service.config, "a") as file:
            file.write("nonsense: 1\n")
        service.child.send_signal(signal.SIGHUP)
        service.notifications.wait("READY=1")
        wait_for(lambda: "heapbeat.yml:" in service.said() and "nonsense" in service.said(),
                 "the place of the mistake in the log")
        demand(service.child.poll() is None, "a bad file ended it")
        demand(service.stop() == EXIT_OK, "it ended otherwise: " + service.said())


def filtered(group):
    """The system calls of a group of systemd's, groups within it included."""
    listed = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter", group],
                            capture_output=True, text=True, check=True).stdout
    names = set()
    for line in listed.splitlines():
        name = line.strip()
        if name.startswith("@") and name != group:
            names |= filtered(name)
        elif re.fullmatch(r"[a-z_0-9]+", name):
            names.add(name)
    return names


def check_system_calls(folder):
    for command in ("strace", "systemd-analyze"):
        if not shutil.which(command):
            raise Skip("no %s here" % command)
    allowed = filtered("@default")
    for item in setting("SystemCallFilter"):
        allowed |= filtered(item) if item.startswith("@") else {item}
    demand(len(allowed) > 200 and "ptrace" not in allowed, "the filter is not read right")
    trace = os.path.join(folder, "trace")
    with Workload("churn", 5000, 60) as workload:
        workload.send()
        with Service(folder, config(comm="calls"), trace=trace) as service:
            check_observes(service)
            for path in ("/", "/api/v1/hotspots", "/debug/pprof/allocs?seconds=1"):
                with contextlib.suppress(urllib.error.HTTPError, UnicodeDecodeError):
                    service.get(path)
            service.child.send_signal(signal.SIGHUP)
            service.notifications.wait("READY=1")
            demand(service.stop() == EXIT_OK, "it ended otherwise: " + service.said())
    time.sleep(0.2)  # strace, no child of ours, writes its last lines
    with open(trace) as file:
        traced = file.read()
    used = set(re.findall(r"^\d+ +([a-z]\w*)\(", traced, re.MULTILINE))
    demand({"bpf", "perf_event_open", "accept4"} <= used, "not much was traced: %s" % sorted(used))
    beyond = used - allowed - TRAMPOLINE
    demand(not beyond, "beyond the unit's filter: %s" % sorted(beyond))
    families = set(re.findall(r"^\d+ +socket\((\w+),", traced, re.MULTILINE))
    beyond = families - set(setting("RestrictAddressFamilies"))
    demand(not beyond, "beyond the unit's address families: %s" % sorted(beyond))
    demand(setting("MemoryDenyWriteExecute") == ["yes"] and
           not re.search(r"PROT_WRITE\|PROT_EXEC", traced), "memory is writable and executable")


def main():
    checks = Checks()
    if os.geteuid():
        print("needs root")
        sys.exit(77)
    if observer_runs():
        print("another observer runs on this host")
        sys.exit(77)
    for name, check in (
            ("the_daemon_works_with_what_the_unit_grants", check_privileges),
            ("without_perf_links_sys_admin_is_not_needed", check_without_admin),
            ("systemd_hears_ready_alive_reloaded_and_stopping", check_notifications),
            ("every_system_call_passes_the_filter_of_the_unit", check_system_calls)):
        with checks.case(name), tempfile.TemporaryDirectory() as folder:
            check(folder)
    checks.finish()


main()
