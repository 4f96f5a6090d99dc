# SPDX-License-Identifier: GPL-2.0-or-later
"""`heapbeat run` for tests: started, asked and ended; a /run of the test's own, so that several
observers may run side by side on one host.
"""
import contextlib
import ctypes
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import target
from target import BIN, Failure, demand, wait_for

CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 1 << 18
READY = re.compile(r'"ready: (?:http on port (\d+), )?socket ')


def private_run():
    """From here on this process and what it starts have a /run that nobody else sees: the lock of
    the one observer per host lies there."""
    libc = ctypes.CDLL(None, use_errno=True)
    if (libc.unshare(CLONE_NEWNS) or
            libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None) or
            libc.mount(b"tmpfs", b"/run", b"tmpfs", 0, b"mode=755")):
        raise OSError(ctypes.get_errno(), "cannot make a private /run")


def copy_calls(folder, name):
    """The workload `calls` under another name, which is its command name too: other tests may run
    `calls` on this host."""
    path = os.path.join(folder, name)
    shutil.copy(target.CALLS, path)
    return path


@contextlib.contextmanager
def fleet(live, spawns, seconds, busy_below=300):
    """A host of @live processes and @spawns short-lived ones a second: workloads/fleet.c."""
    child = subprocess.Popen([os.path.join(target.OUT, "tests", "workloads", "fleet"), str(live),
                              str(spawns), str(seconds), str(busy_below)], stdout=subprocess.PIPE, text=True)
    try:
        demand(child.stdout.readline().strip() == "%d live" % live, "the fleet did not start")
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


class Daemon:
    """A daemon on a port and a socket of its own; within `with`, it is ready. It is ended by its
    own pid."""

    def __init__(self, folder, *options, socket=None, listen="127.0.0.1:0", wrapper=(), **popen):
        self.socket = socket or os.path.join(folder, "heapbeat.sock")
        self.port = None
        self.log_file = tempfile.NamedTemporaryFile(dir=folder, prefix="daemon-", suffix=".log")
        self.command = [*wrapper, BIN, "run", "--socket.path", self.socket,
                        "--web.listen-address", listen, *map(str, options)]
        self.popen = popen
        self.child = None

    def start(self):
        """Without waiting for anything."""
        self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                      stdout=self.log_file, stderr=self.log_file, **self.popen)
        self.pid = self.child.pid
        return self

    @contextlib.contextmanager
    def start_within(self):
        """One that is not expected to become ready."""
        self.start()
        try:
            yield self
        finally:
            self.__exit__()

    def __enter__(self):
        self.start()
        try:
            found = wait_for(lambda: READY.search(self.log()) or self.child.poll() is not None,
                             lambda: "the daemon to be ready: " + self.tail(), 40)
            demand(found is not True, "the daemon ended with %s: %s"
                   % (self.child.poll(), self.tail()))
        except BaseException:
            self.__exit__()
            raise
        self.port = int(found.group(1)) if found.group(1) else None
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.log_file.close()

    def log(self):
        with open(self.log_file.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def tail(self):
        return " | ".join(self.log().splitlines()[-4:])[-600:]

    def wait_log(self, pattern, deadline_s=20.0, after=0):
        """Until a line matches behind the first @after characters; the match."""
        return wait_for(lambda: re.search(pattern, self.log()[after:], re.M),
                        lambda: "'%s' in the log: %s" % (pattern, self.tail()), deadline_s)

    def stop(self, number=signal.SIGTERM, deadline_s=30.0):
        """Exit code, and seconds that it took."""
        began = time.monotonic()
        self.child.send_signal(number)
        return self.child.wait(timeout=deadline_s), time.monotonic() - began

    def reload(self):
        """SIGHUP, and what was logged because of it."""
        before = len(self.log())
        self.child.send_signal(signal.SIGHUP)
        self.wait_log(r"component=config .*(the old configuration stays|configuration reloaded)",
                      after=before)
        return self.log()[before:]

    def reload_quietly(self):
        """SIGHUP to a daemon that may log nothing of it."""
        before = self.metric("heapbeat_config_last_reload_success_timestamp_seconds")
        self.child.send_signal(signal.SIGHUP)
        wait_for(lambda: self.metric("heapbeat_config_last_reload_success_timestamp_seconds") >
                 before, lambda: "a reload: " + self.tail(), 10)

    def ask(self, path, method="GET", timeout=20):
        """(status, body as text)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8")
        finally:
            connection.close()

    def get(self, path):
        status, body = self.ask(path)
        if status != 200:
            raise Failure("%s: status %d, %s" % (path, status, body[:100]))
        return body

    def processes(self):
        """{pid: item} of /api/v1/processes."""
        return {item["pid"]: item
                for item in json.loads(self.get("/api/v1/processes?limit=10000"))["items"]}

    def state(self, pid):
        """Where the process stands with the daemon, None if it does not list it."""
        return self.processes().get(pid, {}).get("state")

    def wait_state(self, pid, state, deadline_s=20.0):
        """The process's item, once it is in @state."""
        def there():
            item = self.processes().get(pid)
            return item if item and item["state"] == state else None
        return wait_for(there, lambda: "process %d to be %s, not %s; log: %s"
                        % (pid, state, self.state(pid), self.tail()), deadline_s)

    def metric(self, name, labels=""):
        """The value of the series whose labels contain @labels, or None."""
        for line in self.get("/metrics").splitlines():
            found = re.match(r"([a-z_:]+)(\{.*\})? (\S+)$", line)
            if found and found.group(1) == name and labels in (found.group(2) or ""):
                return float(found.group(3))
        return None

    def run(self, verb, *arguments, **options):
        """heapbeat as a client of this daemon, to its end."""
        words = list(map(str, arguments))
        return target.run(verb, "--socket.path", self.socket, *words, **options)

    def recorder(self, pids, path, *options):
        return target.Recorder(pids, path, "--socket.path", self.socket, *options)

    def kernel_objects(self):
        """{(kind, id)} of the links, programs and maps that it holds, by its descriptors."""
        found = set()
        for number in os.listdir("/proc/%d/fdinfo" % self.pid):
            try:
                with open("/proc/%d/fdinfo/%s" % (self.pid, number)) as file:
                    text = file.read()
            except FileNotFoundError:
                continue
            kind = re.search(r"^(link|map)_id:\s*(\d+)", text, re.M) or \
                re.search(r"^(prog)_id:\s*(\d+)", text, re.M)
            if kind:
                found.add((kind.group(1), int(kind.group(2))))
        return found


def kernel_ids():
    """{(kind, id)} of all links, programs and maps of the host, says bpftool."""
    found = set()
    for kind in ("link", "prog", "map"):
        done = subprocess.run(["bpftool", "-j", kind, "list"], capture_output=True, timeout=30,
                              check=True)
        found |= {(kind, item["id"]) for item in json.loads(done.stdout or "[]")}
    return found
