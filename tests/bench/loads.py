# SPDX-License-Identifier: GPL-2.0-or-later
"""Running programs whose cost is measured, each with a counter of the work it has done.

Every one is a context manager; `pid` is the process to observe, work() its progress.
"""
import contextlib
import json
import os
import re
import socket
import struct
import subprocess
import sys
import time
import urllib.request

from target import CALLS, TESTS, WORKLOADS, Skip, progress, wait_for

GO_SERVICE = os.path.join(WORKLOADS, "go", "service")
GO_RATE = 400  # requests a second: a third of a core, so that they do not queue for it
GO_CONNECTIONS = 8
SECONDS = 600  # the workloads' own bound; they are ended before


def cpu_s(pid):
    """CPU time of all threads of @pid, to the nanosecond."""
    return time.clock_gettime(~pid << 3 | 2)


class Child:
    """A program with a shared progress file."""

    def __init__(self, folder, *command):
        self.path = os.path.join(folder, "progress")
        self.child = subprocess.Popen([*command, self.path], stdin=subprocess.PIPE,
                                      stdout=subprocess.DEVNULL)
        self.pid = self.child.pid

    def __enter__(self):
        with contextlib.suppress(BrokenPipeError):
            self.child.stdin.write(b"\n")
            self.child.stdin.flush()
        wait_for(self.started, "the workload's progress")
        return self

    def started(self):
        return os.path.exists(self.path) and os.path.getsize(self.path) == 8 and self.work()

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()

    def work(self):
        with open(self.path, "rb") as file:
            return struct.unpack("=Q", file.read(8))[0]


class Redis:
    """redis-server under redis-benchmark, on loopback."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL,
                 "stderr": subprocess.DEVNULL}
        self.address = ("127.0.0.1", int(port))
        self.server = subprocess.Popen(["redis-server", "--port", port, "--bind", "127.0.0.1",
                                        "--save", "", "--appendonly", "no", "--dir", folder],
                                       **quiet)
        self.client_command = ["redis-benchmark", "-p", port, "-t", "set", "-d", "200", "-r",
                               "10000", "-P", "8", "-n", "1000000", "-l", "-q"]
        self.quiet = quiet
        self.client = None
        self.pid = self.server.pid

    def __enter__(self):
        wait_for(self.answers, "redis-server")
        self.client = subprocess.Popen(self.client_command, **self.quiet)
        wait_for(lambda: self.work() > 1000, "redis-benchmark")
        return self

    def __exit__(self, *_):
        for child in (self.client, self.server):
            if child:
                child.kill()
                child.wait()

    def answers(self):
        with contextlib.suppress(OSError):
            return self.work() >= 0
        return False

    def work(self):
        with socket.create_connection(self.address, timeout=20) as connection:
            connection.sendall(b"INFO stats\r\n")
            text = b""
            while b"total_commands_processed" not in text or not text.endswith(b"\n"):
                text += connection.recv(65536)
        return int(re.search(rb"total_commands_processed:(\d+)", text).group(1))


class GoService:
    """The JSON service of workloads/go/service under its own load, on loopback."""

    def __init__(self, folder):
        if not os.access(GO_SERVICE, os.X_OK):
            raise Skip("no Go toolchain has built '%s'" % GO_SERVICE)
        self.path = os.path.join(folder, "progress")
        self.server = subprocess.Popen([GO_SERVICE, "serve", self.path], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE)
        self.client = None
        self.pid = self.server.pid

    def __enter__(self):
        self.address = self.server.stdout.readline().decode().strip()
        self.client = subprocess.Popen([GO_SERVICE, "load", self.address, str(GO_RATE),
                                        str(GO_CONNECTIONS)], stdin=subprocess.PIPE)
        wait_for(lambda: self.work() > GO_RATE, "the service's first second of work")
        return self

    def __exit__(self, *_):
        for child in (self.client, self.server):
            if child:
                child.kill()
                child.wait()
                child.stdin.close()
        self.server.stdout.close()

    def work(self):
        return progress(self.path)

    def latencies(self):
        """{ns: requests} since the last such question; see the service."""
        with urllib.request.urlopen("http://%s/slice" % self.address, timeout=20) as answer:
            counts = json.load(answer)["counts"]
        return {int(ns): n for ns, n in counts.items()}


LOADS = {
    "loop": lambda folder: Child(folder, CALLS, "churn", "100000000", str(SECONDS)),
    "redis": Redis,
    "pyjson": lambda folder: Child(folder, sys.executable,
                                   os.path.join(TESTS, "workloads", "pyjson.py"), str(SECONDS)),
}
